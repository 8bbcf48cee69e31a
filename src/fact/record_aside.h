#pragma once
/* fact/record_aside.h -- rows beside the flow of a test: who asked, who proves,
 * who may see, what was checked, why it is so.  As fact/record.h. */

#include "fact/record.h"

struct pass {		/* keep/doctor: one run of the start-up checklist */
	uint64_t	id;
	struct wall	made, until;
	uint8_t		ok;		/* 1: every required check was shown */
	struct digest	conf;		/* SHA-256 of the configuration it is for */
	struct str	results;	/* "clock=ok mx=failed:no-mx ..." */
	struct str	who;
};

/* keep/asker: who asked the web role for a test or a code; pruned. */
struct request_row {
	uint64_t	id;
	uint64_t	run;		/* 0: none */
	struct addr	addr;
	struct addr	asker;		/* masked to /24, IPv6 /64; :: the operator */
	uint8_t		kind;		/* enum request_kind */
	uint8_t		role;		/* enum role of keep/visit.h */
	struct wall	made;
};
enum request_kind {	/* numbers are stored: never reuse one */
	REQUEST_TEST = 1,	/* made a run */
	REQUEST_JOIN = 2,	/* was given one that was there */
	REQUEST_CODE = 3,	/* a letter with a code */
	REQUEST_SOURCE = 4,	/* proved by the source address */
};

/* keep/claim: a proof of ownership under way. */
struct claim_row {
	struct digest	digest;		/* SHA-256 of the claim */
	struct addr	addr;
	uint8_t		method;		/* enum proof_method of keep/claim.h */
	struct wall	made;
	uint8_t		tries;		/* wrong codes */
	struct wall	used;		/* 0: not yet */
};

/* keep/apikey: a key of a CSIRT. */
struct apikey_row {
	uint64_t	id;
	struct digest	digest;		/* SHA-256 of the key's text */
	struct str	name;
	struct wall	made, until;	/* until 0: no end */
	struct wall	revoked;	/* 0: no */
	struct str	reason;		/* why revoked */
};

/* keep/candidate: what {host} and {dom} may stand for in one run. */
struct candidate {
	uint64_t	run;
	uint8_t		nth;		/* 0, 1, 2 ... as they came: the variant */
	uint8_t		source;		/* enum name_source */
	uint8_t		used;		/* 1: it may stand in a probe; 0: it leads elsewhere */
	uint8_t		depth;		/* which dom of its host: 0 the registrable one */
	struct wall	made;
	struct str	host, dom;	/* lower case; one may be empty */
};
enum name_source {	/* numbers are stored: never reuse one */
	NAME_PTR = 1,		/* forward-confirmed */
	NAME_GIVEN = 2,		/* the nomination's, or of a form that once worked */
	NAME_EHLO = 3, NAME_BANNER = 4, NAME_CERT = 5,	/* the target's own word */
	NAME_ADDR = 6,		/* no name: host is an IPv6 address of one that was confirmed */
	NAME_N
};

/* keep/cause: why a run came out open; one a run.  Texts hostile. */
struct cause_row {
	uint64_t	run;
	struct addr	addr;
	struct wall	made;
	uint8_t		cause, second;	/* enum cause */
	uint8_t		sure;
	uint8_t		form, decide;	/* index into relaytest_forms; RELAYTEST_NONE */
	uint8_t		mta;		/* enum mta */
	uint16_t	port;
	uint32_t	signs;		/* enum explain_sign */
	struct addr	client;		/* that the target saw; :: unknown */
	struct str	client_name, helo;	/* as it recorded them */
	struct addr	next_addr;	/* the host behind it; :: unknown */
	struct str	next_name;
};

/* keep/ledger: one session with one target, and why it was; kept. */
struct session_row {
	uint64_t	id;
	uint64_t	run;
	struct addr	addr;
	uint16_t	port;
	uint8_t		kind;		/* enum run_kind */
	uint8_t		basis;		/* enum basis that permitted it */
	uint64_t	nominee;	/* its row, or 0 */
	uint8_t		depth, pace;
	uint8_t		finding;	/* enum finding of the session */
	uint16_t	forms;		/* that it was ordered with */
	uint16_t	answered, refused, accepted;	/* of them */
	struct wall	started, ended;	/* ended 0: in flight */
	uint64_t	boot;		/* of the machine; 0: unknown */
	int64_t		up, up_ended;	/* s on the clock that nobody sets */
};

/* The key of a `listing` alone: what a base is made of. */
struct listing_key { struct addr addr; uint8_t len, code; };

extern const struct shape listing_key_shape;
extern const struct shape pass_shape, request_shape, claim_shape, apikey_shape,
    candidate_shape, cause_shape, session_shape;
