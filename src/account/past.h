#pragma once
/* account/past.h -- what an account, a user or a host of ours did day by day:
 * whether its busy day is like those before (account_past in result.h).
 *
 * Bounded: so many days of so many owners; an owner's networks one by one up
 * to PAST_NETS, what comes after as one. */

#include "account/at.h"
#include "account/kmv.h"
#include "account/result.h"
#include "account/zone.h"

enum {
	PAST_DAYS = 16384,	/* of all owners together */
	PAST_OWNED = 16384,	/* networks of all owners together */
	PAST_NETS = 32,
};

struct past_day {
	uint64_t		owner;
	int32_t			day;		/* since 1970, by that zone */
	uint32_t		next;		/* older record of the same owner, 1 + index; 0: none */
	struct account_count	n;
	struct account_at	first, last;
	struct kmv		networks, countries, domains, senders;
};

struct past_net {
	uint64_t		owner;
	uint32_t		net;		/* hash; 0: the others together */
	int32_t			day;		/* the first */
	uint32_t		next;
	struct account_at	first, last;
	struct account_count	n;
};

struct past_owner {
	uint64_t	owner;		/* hash of axis and name; 0: free */
	uint32_t	days, nets;	/* newest record, 1 + index */
	uint32_t	n_nets;
	struct kmv	networks;	/* of all days */
};

struct account_past_store {
	const struct account_zone *zone;	/* whose midnights, borrowed; NULL: UTC's */
	struct past_day		*day;
	struct past_net		*net;
	struct past_owner	*owner;		/* open addressing, PAST_OWNERS slots */
	size_t			 n_days, cap_days, n_nets, cap_nets, n_owners;
	bool			 full;
};

extern const struct account_past past_none;	/* of a row that has none */

void past_init(struct account_past_store *p);
void past_free(struct account_past_store *p);
int past_copy(struct account_past_store *to,
    const struct account_past_store *from) MUST_CHECK;

struct past_mail {		/* recipients of one message that leave */
	struct account_at	accepted;
	uint32_t		net, country, sender;	/* hashes; 0: none */
	struct account_count	n;
};

/* Returns the day's record (1 + index; 0: full) in *day, for past_domain(). */
int past_add(struct account_past_store *p, uint64_t owner,
    const struct past_mail *mail, uint32_t *day) MUST_CHECK;
void past_domain(struct account_past_store *p, uint32_t day, uint32_t domain);

int past_join(struct account_past_store *a, const struct account_past_store *b,
    const struct account_shift *by) MUST_CHECK;

/* Fills out and the number of networks of all days.  false: the owner has no
 * day, and both are nothing. */
bool past_tell(const struct account_past_store *p, uint64_t owner,
    struct account_past *out, uint32_t *networks);
