#pragma once
/* account/names.h -- names and what was counted for each: one table a kind of
 * name.
 *
 * Exact up to its cap.  Then the half with the least mail is put together
 * ("rest", "beyond") and its names are forgotten; one that comes again begins
 * anew, ranked as if it had as much as the most that was forgotten (space-
 * saving: Metwally et al. 2005), so that the top stays the top.  Counts are
 * never more than what was seen. */

#include "account/names_row.h"
#include "base/str.h"

struct names_key {
	struct str	name;	/* at most NAMES_LONG octets */
	uint64_t	hash;
};

struct account_names {
	struct names_row	*row;
	size_t			 n, cap_row, cap;	/* cap: of names */
	uint64_t		*slot;		/* half a hash and 1 + the row */
	size_t			 n_slots;
	char			*text;
	size_t			 n_text, cap_text;
	struct names_count	*count;		/* 0 is unused */
	size_t			 n_counts, cap_counts;
	uint32_t		 spare;		/* the first of those that are free; 0: none */
	uint64_t		 base;		/* rank of what is new */
	uint64_t		 beyond;
	struct account_count	 rest[ACCOUNT_CLASS_N];
};

void names_init(struct account_names *n, size_t cap);
void names_free(struct account_names *n);
int names_copy(struct account_names *to, const struct account_names *from) MUST_CHECK;

struct names_key names_key(struct str name);

/* Brings in what names_row_of() will look at: call both for all keys of a
 * message, then look. */
void names_touch_slot(const struct account_names *n, const struct names_key *k);
void names_touch_row(const struct account_names *n, const struct names_key *k);

static inline void
names_touch(const struct account_names *n, uint32_t row)
{
	__builtin_prefetch(&n->row[row], 1);
	__builtin_prefetch(&n->row[row].one, 1);
}

/* The counts of its second class, which lie elsewhere; its row is at hand. */
static inline void
names_touch_counts(const struct account_names *n, uint32_t row)
{
	if (n->row[row].counts != 0)
		__builtin_prefetch(&n->count[n->row[row].counts], 1);
}

int names_row_of(struct account_names *n, const struct names_key *k,
    uint32_t *row) MUST_CHECK;

/* The row of a name, made when there is none.  Returns 0 or SEK_ENOMEM.  It may
 * be above the cap: then call names_forget() when no row is held. */
int names_row(struct account_names *n, struct str name, uint32_t *row) MUST_CHECK;
uint32_t names_find(const struct account_names *n, struct str name);	/* NAMES_NONE */
struct str names_text(const struct account_names *n, uint32_t row);	/* until the next is added */

/* The counts of a row in a class, made when there are none; NULL: no memory.
 * Borrowed until the next call. */
struct names_count *names_count_of(struct account_names *n, uint32_t row,
    enum account_class class);

/* The same; most names have mail of one class alone. */
static inline struct names_count *
names_count(struct account_names *n, uint32_t row, enum account_class class)
{
	struct names_row *r = &n->row[row];

	return r->one.class == (uint32_t)class ? &r->one :
	    names_count_of(n, row, class);
}

/* The counts of a row class by class.  c: the one before, NULL: the first is
 * wanted.  NULL behind the last. */
const struct names_count *names_count_next(const struct account_names *n,
    const struct names_row *r, const struct names_count *c);

static inline bool
names_full(const struct account_names *n)
{
	return n->n > n->cap;
}

/* What leaves weighs most, then what is received, then what is refused. */
uint64_t names_rank(const struct account_names *n, uint32_t row);

/* Forgets names until half of the cap is left.  map, n->n long, says where each
 * row is now (NAMES_GONE); those that are left keep their order, and what is
 * near them.  Returns 0, or SEK_ENOMEM and nothing is forgotten. */
int names_forget(struct account_names *n, uint32_t *map) MUST_CHECK;

/* Everything of b into a; map, b->n long, says which row of a each is. */
int names_join(struct account_names *a, const struct account_names *b,
    const struct account_shift *by, uint32_t *map) MUST_CHECK;

/* Adds a row's counts to out[ACCOUNT_CLASS_N]. */
void names_sum(const struct account_names *n, uint32_t row, struct account_count *out);
