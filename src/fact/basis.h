#pragma once
/* fact/basis.h -- why a probe may be made, how long that holds, how deep and
 * how fast it may go.
 *
 * Tables of architecture 1.1 and 4 and of relay-tests section 5; pure. */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum basis {		/* numbers are stored: never reuse one */
	BASIS_NONE = 0,
	BASIS_OWNER = 1,	/* a request proved to come from the address */
	BASIS_EVIDENCE = 2,	/* a trusted receiver recorded it as client */
	BASIS_AUTHORITY = 3,	/* the operator's constituency */
	BASIS_LOG = 4,		/* a line of the operator's own mail log */
	BASIS_LISTED = 5,	/* our own live listing */
	BASIS_CONTROL = 6,	/* our own receiver: the positive control */
	BASIS_VISITOR = 7,	/* a request from that address, which a NAT may share */
	BASIS_N
};

enum depth {		/* how far into the catalogue; each includes those before */
	DEPTH_GENTLE = 0,
	DEPTH_NORMAL = 1,
	DEPTH_FULL = 2,
	DEPTH_OWNER = 3,
	DEPTH_LAB = 4,
	DEPTH_N
};

enum pace { PACE_FOREIGN = 0, PACE_LISTED = 1, PACE_OWNER = 2, PACE_LAB = 3, PACE_N };

struct basis_rule {
	const char	*name;		/* as typed: "authority" */
	int64_t		 valid_s;	/* from the proof; 0: until revoked */
	enum depth	 deepest;	/* that this basis may ask for */
	enum depth	 usual;		/* when nobody asks */
	enum pace	 pace;
};

struct pace_rule {		/* hard maxima; configuration may only be gentler */
	const char	*name;
	int64_t		 between_s;	/* end of one session to start of the next, same address */
	unsigned	 refusals;	/* refused RCPTs in a session, then QUIT; 0: no limit */
	unsigned	 per_day;	/* sessions with one address in 24 h; 0: no limit */
	unsigned	 per_net;	/* dialogues at once to one /24 or /48; 0: no limit */
	unsigned	 per_operator;	/* dialogues at once with hosts of one operator; 0: no limit */
	int64_t		 operator_s;	/* start of one session to start of the next, same operator */
	int64_t		 mailbox_s;	/* wait for the mailbox after an acceptance before the next form */
	int64_t		 backoff_s;	/* silence after 421, tarpit or an error limit */
	int64_t		 set_s;		/* one set of forms in that time, unless asked by the owner; 0: no limit */
};

extern const struct basis_rule basis_rules[BASIS_N];
extern const struct pace_rule pace_rules[PACE_N];
extern const char *const depth_names[DEPTH_N];

/* Return 0, or SEK_EPARSE for a word that is none. BASIS_CONTROL,
 * BASIS_LISTED and BASIS_VISITOR are ours and cannot be typed; the last is
 * "owner" to people. */
int basis_parse(enum basis *out, struct str s) MUST_CHECK;
int depth_parse(enum depth *out, struct str s) MUST_CHECK;
