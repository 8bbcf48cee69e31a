#pragma once
/* tool/check_lists.h -- the lists that are asked, and whether they are
 * believed.
 *
 * For each list: the test entries of both families, a random name below its
 * zone, and what it says of itself (TXT of _status, as ours does); for the
 * resolver: a random name below a random top. */

#include "base/rand.h"
#include "sys/loop.h"
#include "sys/resolve.h"
#include "tool/check_judge.h"
#include "tool/option.h"

enum {
	CHECK_LISTS = OPTION_LIST_MAX + 1,	/* those of --list and our own */
	CHECK_SILENT = 100,	/* questions in a row without an answer: it is asked no more */
};

struct check_list {
	char			zone[CHECK_ZONE];
	bool			own;
	struct check_codes	codes;
	struct check_belief	v4, v6;
	struct life		life;		/* what it says of itself, if it does */
	unsigned		silent;		/* questions in a row without an answer */
	uint64_t		listed, no_answer, broken;	/* cells, for the end */
};

struct check_lists {
	size_t			n;
	struct check_list	at[CHECK_LISTS];
	bool			v4, v6;		/* such an address was seen */
	bool			dumb;		/* nothing at all was answered: it is the resolver */
	/* while test entries are asked: */
	size_t			open;
	struct check_canaries	*canaries;	/* owned: two a list, and the resolver's */
	struct check_asked	*asked;		/* owned: one a question */
	struct wall		now;
	void			(*done)(void *ctx);
	void			*ctx;
};

/* Adds one; own ones come first.  Returns 0, or SEK_ELIMIT: too many, or one of
 * that zone is there. */
int check_lists_add(struct check_lists *ls, const char *zone,
    const struct check_codes *codes, bool own) MUST_CHECK;

/* Asks the test entries of all lists; done(ctx) follows, never from inside.
 * r remembers nothing, so a second time is a second look.  now: for what expires.
 * Every belief is set by it.  On failure done may still come.  Returns 0 or
 * SEK_ENOMEM. */
int check_lists_ask(struct check_lists *ls, struct resolver *r, struct rand *rand,
    struct wall now, void (*done)(void *ctx), void *ctx) MUST_CHECK;

/* The resolver is freed before. */
void check_lists_free(struct check_lists *ls);

/* The belief in a list for the family of a. */
const struct check_belief *check_lists_belief(const struct check_list *l,
    const struct addr *a);

/* An answer came: counts it, and believes the list no more when it is broken
 * or has been silent too often. */
void check_lists_note(struct check_list *l, const struct check_cell *cell,
    const struct addr *a);

/* What a person should know of a list that is believed, or NULL: N_() words. */
const char *check_lists_life(const struct check_list *l);

/* Is it not believed for a family that was seen?  No IPv6 is no fault. */
bool check_lists_bad(const struct check_lists *ls, const struct check_list *l);
bool check_lists_good(const struct check_lists *ls);	/* none is bad */
