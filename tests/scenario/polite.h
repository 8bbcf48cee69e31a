#pragma once
/* tests/scenario/polite.h -- servers that write down what they are asked, and hold it
 * to the limits.  What is asked of us for them: polite.c. */

#include <stdio.h>
#include <string.h>

#include "keep/nominate.h"
#include "keep/pace.h"
#include "world.h"

enum {
	SERVERS = 72, IN_ONE_NET = 50,
	OF_OPERATOR = 60,	/* it and those behind are of one operator */
	HOUR_S = 3600, DAY_S = 86400,
	SEEN = 256,		/* forms of one server that were answered for good */
	STARTS = 200,		/* connections that are remembered */
};

enum class { FOREIGN, LISTED, OWNER, LAB, CLASSES };

struct limits {
	const char	*name;
	int64_t		 between_s;
	unsigned	 refusals, per_day, per_net;	/* 0: no limit */
	unsigned	 per_operator;
	int64_t		 operator_s, mailbox_s, silence_s;
	bool		 once;		/* no form twice in these days */
};
extern const struct limits polite_limits[CLASSES];

struct temper {
	const char	*name, *rules[4][2];	/* verb[~part], reply */
	bool		 relays, bounces;
};

struct server {
	struct addr	addr;
	enum class	class;
	enum depth	depth;		/* beyond which nothing may go */
	const struct temper *temper;
	bool		out;		/* opted out */
	/* what it saw */
	unsigned	open, talks, refused, accepted, at_limit;
	int64_t		began, ended, silent, taken;	/* taken: a letter, not handed on */
	int64_t		starts[STARTS];
	char		from[512], form[700], greeting[80];
	uint64_t	seen[SEEN];
	unsigned	n_seen;
	bool		refuses;	/* it did, in a dialogue */
};

extern struct server polite_servers[SERVERS];

/* What was reached, by class and with the one operator. */
struct polite_sums {
	struct {
		unsigned	talks, letters, most_a_day, most_at_once;
		int64_t		least_s;
	} class[CLASSES];
	struct polite_operator {
		unsigned	talks, most_at_once;
		int64_t		began, least_s;
	} operator;
	unsigned	faults, after_silence;
};
extern struct polite_sums polite_sums;

void polite_fault(const struct world *w, const struct server *s, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Of struct world: a server saw something. */
void polite_saw(struct world *w, const struct sight *v);
