#pragma once
/* fact/record.h -- the rows of the store: one struct and one shape per kind.
 *
 * Who writes a kind is in style.md section 3: exactly one file each.  All
 * times are wall time in UTC; 0 means "never".  Text in a row that was read is
 * borrowed from the reader; text marked hostile came from the network. */

#include <stdint.h>

#include "base/clock.h"
#include "fact/shape.h"

enum {
	TEXT_HOST = 255,	/* octets of a host name, RFC 1035 2.3.4 */
	TEXT_REASON = 500,	/* octets of a reason typed by a person */
	TEXT_WHO = 100,
	TEXT_PATH = 320,	/* octets of a MAIL FROM or RCPT TO of ours */
	TEXT_SAID = 512,	/* octets kept of one reply */
	TRANSCRIPT_PART = 16384,	/* octets of one piece of transcript */
	TEXT_RESULTS = 2000,	/* octets of a checklist's results */
	TEXT_NAMES = 4 * (TEXT_HOST + 1),	/* octets of names with a space between */
};

struct nominee {	/* keep/nominate: a basis for one address */
	uint64_t	id;
	struct addr	addr;
	struct str	host;		/* as it was named, or empty */
	uint8_t		basis;		/* enum basis */
	uint8_t		depth;		/* enum depth that was asked for */
	struct wall	made, until;	/* until 0: until revoked */
	struct str	reason, who;
	struct digest	evidence;	/* of the mail or proof text, in `evidence` */
};

struct optout {		/* keep/nominate: never probed again */
	uint64_t	id;
	struct addr	addr;
	uint8_t		len;		/* prefix, 0..128 */
	struct wall	made;
	struct str	proof, reason, who;
	struct str	domain;		/* lower case, of every name under it; then addr is :: */
	struct str	operator;	/* whose hosts these are, or empty */
};

struct evidence {	/* keep/evidence: erasable octets beside the chain */
	struct digest	digest;		/* SHA-256 of octets: the key */
	struct wall	made;
	uint8_t		kind;		/* enum evidence_kind */
	struct str	octets;		/* hostile */
};
enum evidence_kind { EVIDENCE_MAIL = 1, EVIDENCE_RETURNED = 2, EVIDENCE_REASON = 3, EVIDENCE_TRANSCRIPT = 4 };

enum run_kind { RUN_PROBE = 1, RUN_RETEST = 2, RUN_RECHECK = 3, RUN_CONTROL = 4 };
enum run_state { RUN_QUEUED = 1, RUN_TESTING = 2, RUN_WAITING = 3, RUN_DONE = 4, RUN_CANCELLED = 5 };

struct run {		/* keep/pace: one test of one address, many sessions */
	uint64_t	id;
	struct addr	addr;
	uint16_t	port;		/* of the first forms; N01.. bring their own */
	uint8_t		kind, state;	/* enum run_kind, enum run_state */
	uint8_t		basis, depth, pace;
	uint8_t		session;	/* enum finding of the last session */
	uint16_t	sessions;	/* so far */
	struct wall	made, next;	/* next: not before */
	struct wall	ended;
	uint8_t		named, every;	/* 1: names were looked for; no stop at the first proof */
	struct str	host, domains;	/* as it was named; domains given, a space between */
	uint64_t	nominee;	/* the row that permitted its last session; 0: none is needed */
	struct str	who;		/* asked for it: a name, "visitor, owner", "recheck" ... */
};

struct attempt {	/* keep/attempt: one form sent to one address and port */
	uint64_t	id;		/* random; stands in both tokens */
	uint64_t	run;
	struct addr	addr;
	uint16_t	port;
	uint8_t		form, finding;	/* index into relaytest_forms; enum finding */
	uint16_t	code;		/* of the deciding reply */
	uint16_t	tries;
	struct wall	minted;		/* the tokens */
	struct wall	sent;		/* start of the session of the last try */
	struct wall	accepted;
	struct wall	next;		/* a deferred one: not before */
	uint8_t		variant;	/* 0 first: keep/sheet says of what */
	struct str	host, dom;	/* that {host} and {dom} stood for, or empty */
	struct str	mail_from, rcpt_to;	/* as sent */
	struct str	said;		/* hostile: the deciding reply */
};

struct transcript {	/* keep/attempt: the dialogue in pieces, with a budget */
	uint64_t	run;
	uint32_t	session, part;
	struct wall	made;
	struct str	octets;		/* hostile; lines "S: ", "C: ", "* " */
};

struct receipt {	/* keep/receipt: a mail that reached the mailbox for a token */
	uint64_t	id;
	uint64_t	attempt;
	uint8_t		kind;		/* TOKEN_RECIPIENT or TOKEN_SENDER */
	uint8_t		counts;		/* 1: proves relaying (R) or a bounce (S) */
	struct wall	made;
	struct addr	exit_addr;	/* from the socket */
	struct addr	believed;	/* client that the entry says it saw; :: unknown */
	struct addr	entry_addr;	/* as the attempt says: where we connected to */
	uint8_t		hops;		/* Received lines between entry and mailbox */
	uint8_t		linked;		/* 1: single hop, or every line links */
	struct str	helo;		/* hostile */
	struct str	mail_from;	/* hostile */
	struct str	why;		/* tag: why it does not count, or not alone; or empty */
	struct digest	mail;		/* in `evidence` */
};

struct verdict_row {	/* keep/judge */
	uint64_t	id;
	uint64_t	run;
	struct addr	addr;
	uint8_t		verdict, provisional, clears, control;
	uint16_t	done, total;	/* coverage */
	uint8_t		form;		/* that proved it; 255 none */
	struct wall	made, due;
	struct str	why, ports;	/* "25,587" */
};

struct listing {	/* keep/list: what is published; rebuilt from the journal */
	struct addr	addr;
	uint8_t		len;		/* prefix; 128 one address, 120 or 64 a range */
	uint8_t		code;		/* enum code: last octet of the A answer */
	struct wall	since, until;
	struct wall	proof;		/* the last one */
	uint16_t	proofs;		/* independent ones */
	struct digest	evidence;	/* of the last proof */
};

enum journal_kind { JOURNAL_ADD = 1, JOURNAL_REMOVE = 2, JOURNAL_RETRACT = 3, JOURNAL_STATUS = 4, JOURNAL_KEY = 5, JOURNAL_EXCEPT = 6, JOURNAL_UNEXCEPT = 7 };

struct journal_row {	/* keep/journal: append only, hash-chained */
	uint64_t	seq;		/* 1, 2, 3 ... without a gap */
	uint32_t	serial;		/* one per commit; the zone's SOA serial */
	uint8_t		kind;
	struct addr	addr;
	uint8_t		len;
	uint8_t		code;		/* of a status row: enum snapshot_life */
	struct wall	made, until;	/* until: of an add, when it expires */
	uint16_t	proofs;		/* of an add; of a status row see keep/status.h */
	struct digest	evidence, reason;
	struct digest	prev;		/* hash of the row before; zero at seq 1 */
	struct digest	hash;		/* SHA-256 of this row's encoding up to prev */
};

extern const struct shape nominee_shape, optout_shape, evidence_shape,
    run_shape, attempt_shape, transcript_shape, receipt_shape,
    verdict_shape, listing_shape, journal_shape;
