#pragma once
/* fact/explain_rules.h -- the tables behind fact/explain.h.
 *
 * Forms fall into groups, in the order in which one says more than the next: a
 * relay for the plain form needs no look at routes.  The rules are read from
 * the top; the first one whose group, needed and excluded signs fit names the
 * cause. */

#include "fact/explain.h"

enum group {
	GROUP_PLAIN, GROUP_V6, GROUP_STARTTLS, GROUP_PORT, GROUP_NULL, GROUP_PATTERN,
	GROUP_LOCAL, GROUP_SENDER, GROUP_ROLE, GROUP_HELO, GROUP_PERCENT,
	GROUP_QUOTED, GROUP_BANG, GROUP_ROUTE, GROUP_AUTH, GROUP_ANON,
	GROUP_XCLIENT, GROUP_PROXY, GROUP_PTR, GROUP_MX, GROUP_ODD, GROUP_N
};

struct explain_rule {
	uint32_t	groups;		/* bits of enum group */
	uint32_t	need;		/* signs, all of them */
	uint32_t	any;		/* one of these; 0: no matter */
	uint32_t	exclude;	/* none of these */
	uint8_t		cause, second;	/* enum cause, or one of those below */
	bool		sure;
	const char	*decide;	/* form, or NULL */
};

enum {	/* causes that depend on more */
	RULE_GROUP = 200,	/* the group's own */
	RULE_FAMILY,		/* trusted networks of the family that worked */
	RULE_SERVER,		/* the likeliest mistake with that server */
	RULE_SERVER_NEXT,	/* ... and the next likely */
};

extern const struct explain_rule explain_rules[];
extern const size_t explain_n_rules;

enum group explain_group(uint8_t form);
enum cause explain_group_cause(enum group g);
enum cause explain_server_cause(enum mta m, bool next);
