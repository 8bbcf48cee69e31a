#pragma once
/* account/plan.h -- which octets are read by which run.
 *
 * Looks into files only to cut plain ones between two lines. */

#include "account/order.h"
#include "account/years.h"

struct account_piece {
	size_t		seen;		/* whose file */
	uint32_t	file;		/* its index in the result */
	bool		part;		/* of a file that was cut: [from, to) */
	uint64_t	from, to;	/* of a part */
	uint64_t	weight;		/* octets of plain log it is worth */
	int32_t		year;		/* of its first stamp without one; 0: not known */
};

struct account_run {
	size_t		first, n;	/* pieces */
};

struct account_plan {
	struct account_piece	*piece;
	size_t			 n_pieces;
	struct account_run	*run;
	size_t			 n_runs;
};

/* What is to be read, in order. */
struct account_todo {
	size_t		seen;
	uint32_t	file;
	int32_t		year;
	bool		keep_whole;	/* is not cut */
};

enum {
	ACCOUNT_RUN_LEAST = 16 * 1024 * 1024,	/* octets that are worth a span of their own */
};

/* How many octets of plain log the file is worth, in work. */
uint64_t account_plan_weight(const struct account_seen *s);

/* Cuts todo[0..n) into runs for `jobs` threads (not 0) that take them in order;
 * always the same ones.  Returns 0 or SEK_ENOMEM. */
int account_plan(struct account_plan *out, const struct account_todo *todo, size_t n,
    const struct account_seen *seen, size_t jobs) MUST_CHECK;
void account_plan_free(struct account_plan *p);
