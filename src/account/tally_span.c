#include "account/tally_body.h"

#include <stdlib.h>
#include <string.h>

#include "account/count.h"
#include "account/grow.h"

int
tally_init(struct account_tally *t, const struct account_own *own,
    const struct account_country *country, const struct tally_limits *limits)
{
	*t = (struct account_tally){ .own = own, .country = country, .most_pending = limits->pending };
	for (int a = 0; a < ACCOUNT_AXIS_N; a++)
		names_init(&t->names[a], limits->names);
	hours_init(&t->hours, limits->hours);
	past_init(&t->past);
	return learn_init(&t->learn);
}

void
tally_free(struct account_tally *t)
{
	learn_free(&t->learn);
	for (int a = 0; a < ACCOUNT_AXIS_N; a++)
		names_free(&t->names[a]);
	hours_free(&t->hours);
	past_free(&t->past);
	free(t->listings.one);
	quotes_free(&t->quotes);
	refusals_free(&t->refusals);
	free(t->pending);
	free(t->part);
	*t = (struct account_tally){ .own = NULL };
}

/* Copies what is owned; on failure what was copied so far is in to. */
static int
owned_copy(struct account_tally *to, const struct account_tally *from)
{
	for (int a = 0; a < ACCOUNT_AXIS_N; a++)
		if (names_copy(&to->names[a], &from->names[a]) < 0)
			return SEK_ENOMEM;
	if (learn_copy(&to->learn, &from->learn) < 0 ||
	    hours_copy(&to->hours, &from->hours) < 0 ||
	    past_copy(&to->past, &from->past) < 0 ||
	    quotes_copy(&to->quotes, &from->quotes) < 0 ||
	    refusals_copy(&to->refusals, &from->refusals) < 0)
		return SEK_ENOMEM;
	to->listings.one = grow_copy(from->listings.one, from->listings.n,
	    from->listings.cap, sizeof(*from->listings.one));
	to->pending =
	    grow_copy(from->pending, from->n_pending, from->cap_pending, 1);
	return (to->listings.one == NULL) == (from->listings.one == NULL) &&
	    (to->pending == NULL) == (from->pending == NULL) ? 0 : SEK_ENOMEM;
}

int
tally_copy(struct account_tally *to, const struct account_tally *from)
{
	*to = *from;
	for (int a = 0; a < ACCOUNT_AXIS_N; a++)
		names_init(&to->names[a], from->names[a].cap);
	to->learn = (struct account_learn){ .own = NULL };
	hours_init(&to->hours, from->hours.most);
	past_init(&to->past);
	to->quotes = (struct account_quotes){ .first = { .n = 0 } };
	to->listings.one = NULL;
	to->refusals = (struct account_refusals){ .one = NULL };
	to->pending = NULL;
	to->part = NULL;
	to->n_parts = to->cap_parts = 0;
	if (owned_copy(to, from) == 0)
		return 0;
	tally_free(to);
	return SEK_ENOMEM;
}

/* Two spans -------------------------------------------------------------- */

/* The rows of the smaller table go into the larger one, and pending mail that
 * names them by number follows. */
static int
names_one(struct account_tally *a, struct account_tally *b,
    enum account_axis axis, const struct account_shift *by)
{
	static const struct account_shift none = { .file = UINT32_MAX };
	struct account_names *x = &a->names[axis], *y = &b->names[axis], swap;
	bool larger = y->n > x->n;
	uint32_t *map = malloc((larger ? x->n : y->n) * sizeof(*map) + 1);
	int rc;

	if (map == NULL)
		return SEK_ENOMEM;
	if (larger) {
		for (size_t i = 0; i < y->n; i++) {
			y->row[i].first = at_shift(y->row[i].first, by);
			y->row[i].last = at_shift(y->row[i].last, by);
		}
		rc = names_join(y, x, &none, map);
		tally_pending_map(a->pending, rc == 0 ? a->n_pending : 0, axis,
		    map);
		swap = *x;
		*x = *y;
		*y = swap;
	} else {
		rc = names_join(x, y, by, map);
		tally_pending_map(b->pending, rc == 0 ? b->n_pending : 0, axis,
		    map);
	}
	free(map);
	for (size_t i = 0; i < x->n; i++)	/* numbers of other tables may be others now */
		x->row[i].near = 0;
	return rc;
}

static int
names_all(struct account_tally *a, struct account_tally *b,
    const struct account_shift *by)
{
	for (enum account_axis i = 0; i < ACCOUNT_AXIS_N; i++)
		if (names_one(a, b, i, by) < 0)
			return SEK_ENOMEM;
	if (b->n_pending == 0)
		return 0;
	if (grow_room((void **)&a->pending, &a->cap_pending,
	        a->n_pending + b->n_pending, 1) < 0)
		return SEK_ENOMEM;
	tally_pending_shift(b->pending, b->n_pending, by);
	memcpy(a->pending + a->n_pending, b->pending, b->n_pending);
	a->n_pending += b->n_pending;
	a->pending_rcpts += b->pending_rcpts;
	b->n_pending = 0;
	return 0;
}

static void
quote_join(struct quote *a, const struct quote *b, bool first,
    const struct account_shift *by)
{
	struct account_at at = at_shift(b->at, by);

	if (at_is(at) &&
	    (!at_is(a->at) ||
	        (first ? at_before(at, a->at) : at_before(a->at, at)))) {
		*a = *b;
		a->at = at;
	}
}

static void
sums_join(struct account_tally *a, const struct account_tally *b,
    const struct account_shift *by)
{
	for (int c = 0; c < ACCOUNT_CLASS_N; c++) {
		count_add(&a->n[c], &b->n[c]);
		quote_join(&a->first[c], &b->first[c], true, by);
		quote_join(&a->last[c], &b->last[c], false, by);
	}
	count_add(&a->total, &b->total);
	at_first(&a->line_first, at_shift(b->line_first, by));
	at_last(&a->line_last, at_shift(b->line_last, by));
	a->lines_mail += b->lines_mail;
	for (int m = 0; m < MAIL_MTA_N; m++)
		a->by_mta[m] += b->by_mta[m];
	a->logins_failed += b->logins_failed;
	a->relay_refused += b->relay_refused;
	at_first(&a->relay_refused_first, at_shift(b->relay_refused_first, by));
	at_last(&a->relay_refused_last, at_shift(b->relay_refused_last, by));
	for (enum account_gap g = 0; g < ACCOUNT_GAP_N; g++)
		tally_gap(a, g, at_shift(b->gap[g], by), b->gap_n[g]);
	if (b->serial > a->serial)
		a->serial = b->serial;
}

int
tally_join(struct account_tally *a, struct account_tally *b,
    const struct account_shift *by)
{
	if (learn_join(&a->learn, &b->learn) < 0 || names_all(a, b, by) < 0 ||
	    hours_join(&a->hours, &b->hours) < 0 ||
	    past_join(&a->past, &b->past, by) < 0 ||
	    listing_join(&a->listings, &b->listings, by) < 0 ||
	    quotes_join(&a->quotes, &b->quotes, by) < 0 ||
	    refusals_join(&a->refusals, &b->refusals, by) < 0)
		return SEK_ENOMEM;
	sums_join(a, b, by);
	if (a->pending_rcpts > a->most_pending)
		return tally_settle(a, false);
	return tally_bound(a);
}
