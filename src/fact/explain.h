#pragma once
/* fact/explain.h -- by which mistake a relay is open, and what mends it.
 *
 * Pure: what worked, what was refused, and what the target's own Received line
 * says of our session become one cause out of a table of rules
 * (fact/explain_rules.h).  A cause is named only for a form that came back.
 * "Undetermined" is an answer: from outside some mistakes look the same, and a
 * wrong line to mend costs more time than none.
 *
 * Source: the catalogue of relay tests, who falls for what (section 3); the
 * manuals of the servers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fact/chain.h"
#include "fact/mta.h"
#include "fact/relaytest.h"
#include "fact/said.h"

enum cause {		/* numbers are stored: never reuse one */
	CAUSE_NONE = 0,		/* nothing came back */
	CAUSE_UNDETERMINED = 1,
	CAUSE_UNCONDITIONAL = 2,	/* relays for anybody, nothing narrower seen */
	CAUSE_CLIENT_LOST = 3,	/* it recorded a client that is not us: proxy, NAT, container */
	CAUSE_TRUSTED_V4 = 4,	/* it saw our address, and trusts too many networks */
	CAUSE_TRUSTED_V6 = 5,
	CAUSE_SENDER_DOMAIN = 6,
	CAUSE_HELO_NAME = 7,
	CAUSE_PTR_NAME = 8,
	CAUSE_CERTIFICATE = 9,	/* any certificate, or TLS alone, is good enough */
	CAUSE_MX_BACKUP = 10,	/* for domains whose MX it is: no open relay */
	CAUSE_WILDCARD_DOMAIN = 11,
	CAUSE_PATTERN = 12,	/* a pattern without an anchor */
	CAUSE_LOCAL_PART = 13,	/* postmaster, abuse at any domain */
	CAUSE_NULL_SENDER = 14,
	CAUSE_PERCENT = 15,
	CAUSE_BANG = 16,
	CAUSE_QUOTED = 17,
	CAUSE_SOURCE_ROUTE = 18,
	CAUSE_SUBMISSION = 19,	/* 587, 465, 2525 ... relay without authentication */
	CAUSE_TLS_TERMINATOR = 20,	/* TLS is taken off in front */
	CAUSE_ANY_CREDENTIALS = 21,
	CAUSE_ANONYMOUS = 22,
	CAUSE_XCLIENT = 23,
	CAUSE_PROXY = 24,	/* PROXY protocol from anywhere */
	CAUSE_INNER_HOST = 25,	/* the host behind the entry routes on */
	CAUSE_N
};

/* What was seen, for and against a cause; bits.  Stored: never reuse one. */
enum explain_sign {
	SIGN_PLAIN_WORKED = 1 << 0,	/* for us, strangers, without more */
	SIGN_PLAIN_REFUSED = 1 << 1,
	SIGN_PLAIN_UNKNOWN = 1 << 2,	/* not sent, or no answer */
	SIGN_SAW_US = 1 << 3,		/* its line has our address */
	SIGN_SAW_LOOPBACK = 1 << 4,
	SIGN_SAW_TARGET = 1 << 5,	/* ... the target's own */
	SIGN_SAW_PRIVATE = 1 << 6,	/* ... a private or special one */
	SIGN_SAW_ANOTHER = 1 << 7,	/* ... another public one */
	SIGN_SAW_NOTHING = 1 << 8,	/* no line, or no address in it */
	SIGN_TLS_GONE = 1 << 9,		/* we spoke TLS, its line records none */
	SIGN_AUTHENTICATED = 1 << 10,
	SIGN_CERTIFICATE = 1 << 11,
	SIGN_THEIR_NAME = 1 << 12,	/* it found a name of its own domain for us */
	SIGN_OTHER_REFUSED = 1 << 13,	/* IPv6 refused what IPv4 took, or the other way */
	SIGN_OTHER_WORKED = 1 << 14,
	SIGN_SENDER_REFUSED = 1 << 15,	/* a sender of its domain did not help */
	SIGN_PATTERN_REFUSED = 1 << 16,	/* look-alikes of its domain did not help */
	SIGN_NEXT_ROUTED = 1 << 17,	/* the host behind got the address unchanged */
	SIGN_NEXT_PLAIN = 1 << 18,	/* ... got it rewritten by the entry */
	SIGN_NEXT_SILENT = 1 << 19,	/* ... does not say what it got */
	SIGN_OTHER_EXIT = 1 << 20,	/* another address delivered, no line says which host */
	SIGN_POSTFIX = 1 << 21,		/* Postfix: it checks the inner address of a route */
	SIGN_FROM_INSIDE = 1 << 22,	/* we are on the target itself, whom it may trust */
	SIGN_PLAIN_TAKEN = 1 << 23,	/* accepted like the one that came back, and still on its way */
	SIGN_N = 24			/* how many */
};

enum explain_is {
	EXPLAIN_REFUSED,	/* in the session, or bounced */
	EXPLAIN_TAKEN,		/* accepted, and not back so far */
	EXPLAIN_WORKED,		/* it came back */
	EXPLAIN_PUT_OFF,	/* 4xx so far */
};

struct explain_form {	/* a form that got its answer */
	uint8_t		form;
	enum explain_is	is;
	uint16_t	port;
};

struct explain_in {
	const struct explain_form *forms;
	size_t		 n;
	size_t		 lead;		/* of explain_lead(): the rest is about that form */
	bool		 again;		/* it was put off itself before it was taken */
	const struct chain *chain;	/* of the mail that came back */
	struct str	 plain;		/* token@domain: the recipient without any route; empty unknown */
	const struct said *said;	/* of its session */
	struct str	 accepted;	/* hostile: reply to it */
	struct str	 refused;	/* hostile: reply to a form that was refused, or empty */
	struct addr	 target;	/* where we connected to */
	const struct addr *ours;	/* our addresses, under which it may have seen us */
	size_t		 n_ours;
	struct str	 domain;	/* the target's own, or empty */
};

struct explain {	/* texts borrowed from in */
	enum cause	 cause;
	bool		 sure;		/* nothing else fits what was seen */
	enum cause	 second;	/* what fits next best; CAUSE_NONE: nothing */
	uint8_t		 form;		/* that came back */
	uint8_t		 decide;	/* form that would tell both apart; RELAYTEST_NONE */
	uint16_t	 port;
	enum mta	 mta;
	uint32_t	 signs;		/* enum explain_sign */
	struct addr	 client;	/* that the target saw; :: unknown */
	struct str	 client_name;	/* hostile: the name it found for that */
	struct str	 helo;		/* hostile: greeting that it recorded */
	struct str	 inner;		/* hostile: name of the host behind */
	struct addr	 inner_addr;	/* its address, or :: */
};

/* Which of the forms that worked says most: the plainest.  Returns its index,
 * or n when none worked. */
size_t explain_lead(const struct explain_form *forms, size_t n);

/* Names the cause.  never fails; without a form that worked it is CAUSE_NONE. */
void explain(struct explain *out, const struct explain_in *in);

const char *explain_name(enum cause c);		/* "client-address-lost" */
const char *explain_sign_name(unsigned bit);	/* of 1 << bit: "saw-loopback" */

/* The signs that speak for a cause, and against it. */
uint32_t explain_for(enum cause c);
uint32_t explain_against(enum cause c);

enum { EXPLAIN_FIX = 40, EXPLAIN_FIXES = 2 };

/* Tags of the texts that say what to change: that of the server, and for some
 * causes one about what stands before or behind it.  Returns how many. */
size_t explain_fix(char out[EXPLAIN_FIXES][EXPLAIN_FIX], enum cause c, enum mta m);
