#include "account/fill.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "account/count.h"
#include "account/tally_body.h"

/* Tables ----------------------------------------------------------------- */

struct ranked {
	uint64_t	rank;
	uint64_t	lead;	/* the first octets of the name as a number: most differ there */
	struct str	name;	/* as it is kept: addresses as octets */
	uint32_t	row;
};

static uint64_t
lead_of(struct str name)
{
	uint64_t lead = 0;

	if (name.n > 0)
		memcpy(&lead, name.p, name.n < sizeof(lead) ? name.n : sizeof(lead));
	return be64toh(lead);
}

/* Names in the order of their octets: one that begins another stands before it. */
static int
ranked_order(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
	int c;

	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	if (x->lead != y->lead)
		return x->lead < y->lead ? -1 : 1;
	c = n == 0 ? 0 : memcmp(x->name.p, y->name.p, n);
	return c != 0 ? c : x->name.n < y->name.n ? -1 : x->name.n > y->name.n;
}

/* Rows in which something was counted, in order. */
static size_t
rank_all(const struct account_names *n, struct ranked *out)
{
	size_t rows = 0;

	for (uint32_t i = 0; i < n->n; i++) {
		uint64_t rank = names_rank(n, i);
		struct str name = names_text(n, i);

		if (rank > 0)
			out[rows++] = (struct ranked){ rank, lead_of(name), name, i };
	}
	qsort(out, rows, sizeof(*out), ranked_order);
	return rows;
}

static bool
is_addr_axis(enum account_axis axis)
{
	return axis == ACCOUNT_BY_CLIENT || axis == ACCOUNT_BY_NETWORK;
}

static int
name_fill(struct account_row *row, enum account_axis axis, struct str kept,
    struct arena *a)
{
	char text[NET_TEXT];
	struct net net;

	row->name = kept;
	if (!is_addr_axis(axis))
		return 0;
	memcpy(net.addr.o, kept.p, sizeof(net.addr.o));
	net.len = addr_is_v4(&net.addr) ? 120 : 48;
	if (axis == ACCOUNT_BY_CLIENT)
		addr_text(text, &net.addr);
	else
		net_text(text, &net);
	row->name = arena_str(a, str_of(text));
	return row->name.p == NULL ? SEK_ENOMEM : 0;
}

static bool
is_own(const struct account_tally *t, enum account_axis axis, struct str kept)
{
	struct addr a;

	if (is_addr_axis(axis)) {
		memcpy(a.o, kept.p, sizeof(a.o));
		return learn_is_loopback(&a) ||
		    account_own_has_addr(t->own, &a) ||
		    account_own_has_addr(t->learn.own, &a);
	}
	if (axis != ACCOUNT_BY_DOMAIN && axis != ACCOUNT_BY_SENDER_DOMAIN)
		return false;
	return account_own_has_domain(t->own, kept) ||
	    account_own_has_domain(t->learn.own, kept);
}

/* A row has few of the classes: room for those alone. */
static int
counts_fill(struct account_row *row, const struct account_names *names,
    const struct names_row *r, struct arena *a)
{
	const struct names_count *c = NULL;
	struct account_count *n;
	uint8_t k = 0;

	while ((c = names_count_next(names, r, c)) != NULL)
		row->at[c->class] = ++k;
	row->n = n = arena_alloc(a, k * sizeof(*n));
	if (n == NULL)
		return SEK_ENOMEM;
	while ((c = names_count_next(names, r, c)) != NULL)
		names_count_sum(&n[row->at[c->class] - 1], c);
	return 0;
}

static int
past_fill(struct account_row *row, const struct account_past_store *p,
    uint64_t owner, struct arena *a)
{
	struct account_past past, *kept;

	if (!past_tell(p, owner, &past, &row->networks))
		return 0;
	row->past = kept = arena_alloc(a, sizeof(*kept));
	if (kept == NULL)
		return SEK_ENOMEM;
	*kept = past;
	return 0;
}

static int
row_fill(struct account_row *row, const struct account_tally *t,
    enum account_axis axis, const struct ranked *from, struct arena *a)
{
	const struct names_row *r = &t->names[axis].row[from->row];

	if (name_fill(row, axis, from->name, a) < 0 ||
	    counts_fill(row, &t->names[axis], r, a) < 0)
		return SEK_ENOMEM;
	row->own = is_own(t, axis, from->name);
	row->past = &past_none;
	row->logins_failed = r->logins_failed;
	if (at_is(r->first)) {
		row->first = at_when(r->first);
		row->last = at_when(r->last);
	}
	if (axis == ACCOUNT_BY_ACCOUNT || axis == ACCOUNT_BY_USER ||
	    axis == ACCOUNT_BY_CLIENT)
		return past_fill(row, &t->past, tally_owner(axis, r->hash), a);
	return 0;
}

static int
table_fill(struct account_table *out, const struct account_tally *t,
    enum account_axis axis, struct arena *a)
{
	const struct account_names *n = &t->names[axis];
	struct ranked *rank = malloc((n->n + 1) * sizeof(*rank));
	size_t rows;
	int rc = SEK_ENOMEM;

	if (rank == NULL)
		return SEK_ENOMEM;
	rows = rank_all(n, rank);
	*out = (struct account_table){ .n = rows < FILL_ROWS ? rows : FILL_ROWS, .beyond = n->beyond };
	memcpy(out->rest, n->rest, sizeof(out->rest));
	out->row = arena_alloc(a, out->n * sizeof(*out->row));
	if (out->row == NULL)
		goto out;
	for (size_t i = 0; i < out->n; i++)
		if (row_fill(&out->row[i], t, axis, &rank[i], a) < 0)
			goto out;
	for (size_t i = out->n; i < rows; i++) {
		names_sum(n, rank[i].row, out->rest);
		out->beyond++;
	}
	rc = 0;
out:
	free(rank);
	return rc;
}

/* The rest --------------------------------------------------------------- */

static int
hours_fill(struct account_result *out, const struct account_hours *h,
    struct arena *a)
{
	out->n_hours = 0;
	out->hour = arena_alloc(a, h->n * sizeof(*out->hour));
	if (out->hour == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < h->n; i++) {
		const struct hours_row *from = &h->row[i];
		struct account_hour *to = &out->hour[out->n_hours];
		uint64_t any = from->refused + from->logins_failed;

		*to = (struct account_hour){ .s = from->hour * 3600, .refused = from->refused,
			.logins_failed = from->logins_failed };
		for (int c = 0; c < ACCOUNT_CLASS_N; c++) {
			to->messages[c] = from->messages[c];
			to->recipients[c] = from->recipients[c];
			any += from->messages[c] + from->recipients[c];
		}
		out->n_hours += any > 0;
	}
	return 0;
}

static int
listing_order(const void *a, const void *b)
{
	const struct account_listing *x = a, *y = b;

	if (x->replies != y->replies)
		return x->replies > y->replies ? -1 : 1;
	if (x->first.s != y->first.s)
		return x->first.s < y->first.s ? -1 : 1;
	if (x->first.where.line != y->first.where.line)
		return x->first.where.line < y->first.where.line ? -1 : 1;
	return 0;
}

static int
listings_fill(struct account_result *out, const struct account_listings *l,
    struct arena *a)
{
	out->n_listings = l->n;
	out->listing = arena_alloc(a, l->n * sizeof(*out->listing));
	if (out->listing == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < l->n; i++) {
		const struct listing *from = &l->one[i];

		out->listing[i] = (struct account_listing){
		    .list = { from->list, from->n_list },
			    .domain = { from->domain, from->n_domain },
			    .reply = { from->reply, from->n_reply },
			    .ours = from->ours,
			    .has_ours = from->has_ours,
			    .replies = from->replies,
			    .domains = kmv_count(&from->domains),
			    .first = at_when(from->first),
			    .last = at_when(from->last) };
	}
	if (l->n > 1)
		qsort(out->listing, l->n, sizeof(*out->listing), listing_order);
	return 0;
}

static void
classes_fill(struct account_result *out, const struct account_tally *t)
{
	out->total = t->total;
	for (int c = 0; c < ACCOUNT_CLASS_N; c++) {
		out->n[c] = t->n[c];
		out->class_first[c] = out->class_last[c] =
		    (struct account_when){ 0 };
		out->line_first[c] = quote_text(&t->first[c]);
		out->line_last[c] = quote_text(&t->last[c]);
		if (at_is(t->first[c].at)) {
			out->class_first[c] = at_when(t->first[c].at);
			out->class_last[c] = at_when(t->last[c].at);
		}
	}
}

static void
refusals_fill(struct account_result *out, const struct account_tally *t)
{
	struct account_at after;

	out->relay_refused = t->relay_refused;
	out->relay_refused_after = (struct account_when){ 0 };
	out->line_refused_after = STR("");
	out->relay_refused_first = out->relay_refused_last =
	    (struct account_when){ 0 };
	if (!at_is(t->relay_refused_first))
		return;
	out->relay_refused_first = at_when(t->relay_refused_first);
	out->relay_refused_last = at_when(t->relay_refused_last);
	if (refusals_after(&t->refusals, t->last[ACCOUNT_RELAYED].at, &after,
	        &out->line_refused_after))
		out->relay_refused_after = at_when(after);
}

static void
gaps_fill(struct account_result *out, const struct account_tally *t)
{
	int64_t hole_s = 0;

	for (int g = 0; g < ACCOUNT_GAP_N; g++) {
		out->gap_n[g] = t->gap_n[g];
		out->gap[g] = (struct account_when){ 0 };
		if (at_is(t->gap[g]))
			out->gap[g] = at_when(t->gap[g]);
	}
	out->gap_n[ACCOUNT_GAP_HOLE] = hours_holes(&t->hours, &hole_s);
	out->gap[ACCOUNT_GAP_HOLE].s = hole_s;
	/* names beyond a table are in its rest: every sum has them */
	out->gap_n[ACCOUNT_GAP_TABLE] +=
	    (uint64_t)t->past.full + t->hours.full + t->listings.full;
	out->at_least = false;
	for (int g = 0; g < ACCOUNT_GAP_N; g++)
		out->at_least |= out->gap_n[g] > 0;
}

enum {	/* octets */
	PARTS_MOST = ACCOUNT_CLASS_N * sizeof(struct account_count) + sizeof(struct account_past) +
	    NET_TEXT + 16,		/* of a row with mail of every class */
	REST_MOST = 8 * 1024 * 1024,	/* hours and listings: they have caps of their own */
};

/* Parts lie in blocks of the arena, of which less than a fifth is left over. */
_Static_assert((size_t)ACCOUNT_AXIS_N * FILL_ROWS *
    (sizeof(struct account_row) + PARTS_MOST / 4 * 5) + REST_MOST <= FILL_OCTETS,
    "full tables have room");

int
fill_result(struct account_result *out, const struct account_tally *t,
    struct arena *a)
{
	out->lines_mail = t->lines_mail;
	memcpy(out->by_mta, t->by_mta, sizeof(out->by_mta));
	out->first = out->last = (struct account_when){ 0 };
	if (at_is(t->line_first)) {
		out->first = at_when(t->line_first);
		out->last = at_when(t->line_last);
	}
	out->logins_failed = t->logins_failed;
	classes_fill(out, t);
	refusals_fill(out, t);
	gaps_fill(out, t);
	for (enum account_axis x = 0; x < ACCOUNT_AXIS_N; x++)
		if (table_fill(&out->table[x], t, x, a) < 0)
			return SEK_ENOMEM;
	if (hours_fill(out, &t->hours, a) < 0)
		return SEK_ENOMEM;
	return listings_fill(out, &t->listings, a);
}
