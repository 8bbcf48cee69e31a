#include "account/names.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "account/count.h"
#include "account/grow.h"

void
names_init(struct account_names *n, size_t cap)
{
	*n = (struct account_names){ .cap = cap };
}

void
names_free(struct account_names *n)
{
	free(n->row);
	free(n->slot);
	free(n->text);
	free(n->count);
	*n = (struct account_names){ .cap = n->cap };
}

static struct names_row *
rows_alloc(size_t n)
{
	return aligned_alloc(alignof(struct names_row),
	    n * sizeof(struct names_row));
}

int
names_copy(struct account_names *to, const struct account_names *from)
{
	*to = *from;
	to->row = NULL;
	if (from->row != NULL)
		to->row = rows_alloc(from->cap_row);
	if (to->row != NULL)
		memcpy(to->row, from->row, from->n * sizeof(*from->row));
	to->slot = grow_copy(from->slot, from->n_slots, from->n_slots,
	    sizeof(*from->slot));
	to->text = grow_copy(from->text, from->n_text, from->cap_text, 1);
	to->count = grow_copy(from->count, from->n_counts, from->cap_counts,
	    sizeof(*from->count));
	if ((from->row == NULL) == (to->row == NULL) &&
	    (from->slot == NULL) == (to->slot == NULL) &&
	    (from->text == NULL) == (to->text == NULL) &&
	    (from->count == NULL) == (to->count == NULL))
		return 0;
	names_free(to);
	return SEK_ENOMEM;
}

/* Slots ---------------------------------------------------------------- */

static uint64_t
slot_of(uint64_t hash, size_t row)
{
	return (hash & 0xffffffff00000000) | (row + 1);
}

static void
slot_put(struct account_names *n, uint64_t hash, size_t row)
{
	size_t i = hash & (n->n_slots - 1);

	while (n->slot[i] != 0)
		i = (i + 1) & (n->n_slots - 1);
	n->slot[i] = slot_of(hash, row);
}

static int
slots_room(struct account_names *n)
{
	size_t to = n->n_slots == 0 ? 64 : 2 * n->n_slots;
	uint64_t *slot;

	if (2 * (n->n + 1) <= n->n_slots)
		return 0;
	slot = calloc(to, sizeof(*slot));
	if (slot == NULL)
		return SEK_ENOMEM;
	free(n->slot);
	n->slot = slot;
	n->n_slots = to;
	for (size_t i = 0; i < n->n; i++)
		slot_put(n, n->row[i].hash, i);
	return 0;
}

static struct str
name_kept(struct str name)
{
	if (name.n > NAMES_LONG)
		name.n = NAMES_LONG;
	return name;
}

struct names_key
names_key(struct str name)
{
	name = name_kept(name);
	return (struct names_key){ name, XXH3_64bits(name.p, name.n) };
}

static const char *
row_name(const struct account_names *n, const struct names_row *r)
{
	return r->len <= NAMES_SHORT ? r->name : n->text + r->text;
}

static uint32_t
row_find(const struct account_names *n, const struct names_key *k)
{
	if (n->n_slots == 0)
		return NAMES_NONE;
	for (size_t i = k->hash & (n->n_slots - 1); n->slot[i] != 0;
	     i = (i + 1) & (n->n_slots - 1)) {
		uint32_t at = (uint32_t)n->slot[i] - 1;
		const struct names_row *r = &n->row[at];

		if ((n->slot[i] ^ k->hash) >> 32 == 0 && r->hash == k->hash &&
		    r->len == k->name.n &&
		    (k->name.n == 0 ||
		        memcmp(row_name(n, r), k->name.p, k->name.n) == 0))
			return at;
	}
	return NAMES_NONE;
}

uint32_t
names_find(const struct account_names *n, struct str name)
{
	struct names_key k = names_key(name);

	return row_find(n, &k);
}

void
names_touch_slot(const struct account_names *n, const struct names_key *k)
{
	if (n->n_slots > 0)
		__builtin_prefetch(&n->slot[k->hash & (n->n_slots - 1)]);
}

void
names_touch_row(const struct account_names *n, const struct names_key *k)
{
	uint64_t slot =
	    n->n_slots == 0 ? 0 : n->slot[k->hash & (n->n_slots - 1)];
	const char *row;

	if (slot == 0 || (slot ^ k->hash) >> 32 != 0)
		return;
	row = (const char *)&n->row[(uint32_t)slot - 1];
	__builtin_prefetch(row);
	__builtin_prefetch(row + 64, 1);
	__builtin_prefetch(row + 128, 1);
}

/* Rows ----------------------------------------------------------------- */

static int
rows_room(struct account_names *n)
{
	size_t to = n->cap_row < 64 ? 64 : n->cap_row + n->cap_row / 2;
	struct names_row *row;

	if (n->n < n->cap_row)
		return 0;
	row = rows_alloc(to);
	if (row == NULL)
		return SEK_ENOMEM;
	if (n->n > 0)
		memcpy(row, n->row, n->n * sizeof(*row));
	free(n->row);
	n->row = row;
	n->cap_row = to;
	return 0;
}

int
names_row_of(struct account_names *n, const struct names_key *k, uint32_t *row)
{
	struct names_row *r;

	*row = row_find(n, k);
	if (*row != NAMES_NONE)
		return 0;
	if (slots_room(n) < 0 || rows_room(n) < 0 ||
	    grow_room((void **)&n->text, &n->cap_text, n->n_text + k->name.n,
	        1) < 0)
		return SEK_ENOMEM;
	r = &n->row[n->n];
	*r = (struct names_row){ .hash = k->hash, .inherited = n->base, .text = (uint32_t)n->n_text,
		.len = (uint8_t)k->name.n, .one = { .class = NAMES_NO_CLASS } };
	if (r->len > NAMES_SHORT) {
		memcpy(n->text + n->n_text, k->name.p, k->name.n);
		n->n_text += k->name.n;
	} else if (r->len > 0) {
		memcpy(r->name, k->name.p, k->name.n);
	}
	slot_put(n, k->hash, n->n);
	*row = (uint32_t)n->n++;
	return 0;
}

int
names_row(struct account_names *n, struct str name, uint32_t *row)
{
	struct names_key k = names_key(name);

	return names_row_of(n, &k, row);
}

struct str
names_text(const struct account_names *n, uint32_t row)
{
	return (struct str){ row_name(n, &n->row[row]), n->row[row].len };
}

struct names_count *
names_count(struct account_names *n, uint32_t row, enum account_class class)
{
	struct names_row *r = &n->row[row];

	if (r->one.class == (uint32_t)class)
		return &r->one;
	if (r->one.class == NAMES_NO_CLASS) {
		r->one.class = class;
		return &r->one;
	}
	for (uint32_t i = r->counts; i != 0; i = n->count[i].next)
		if (n->count[i].class == (uint32_t)class)
			return &n->count[i];
	if (n->n_counts == 0)
		n->n_counts = 1;
	if (grow_room((void **)&n->count, &n->cap_counts, n->n_counts + 1,
	        sizeof(*n->count)) < 0)
		return NULL;
	n->count[n->n_counts] = (struct names_count){ .class = class, .next = r->counts };
	r->counts = (uint32_t)n->n_counts;
	return &n->count[n->n_counts++];
}

/* The next counts of a row; NULL: the first; returns NULL behind the last. */
static const struct names_count *
count_next(const struct account_names *n, const struct names_row *r,
    const struct names_count *c)
{
	uint32_t i;

	if (c == NULL)
		return r->one.class == NAMES_NO_CLASS ? NULL : &r->one;
	i = c == &r->one ? r->counts : c->next;
	return i == 0 ? NULL : &n->count[i];
}

void
names_sum(const struct account_names *n, uint32_t row,
    struct account_count *out)
{
	const struct names_row *r = &n->row[row];

	for (const struct names_count *c = count_next(n, r, NULL); c != NULL;
	     c = count_next(n, r, c)) {
		struct account_count *o = &out[c->class];

		o->messages += c->messages;
		o->recipients += c->recipients;
		o->delivered += c->delivered;
		o->deferred += c->deferred;
		o->bounced += c->bounced;
		o->discarded += c->discarded;
		o->queued += c->queued;
		o->octets += c->octets;
		o->attempts += c->attempts;
		o->refused += c->refused;
	}
}

/* The cap -------------------------------------------------------------- */

uint64_t
names_rank(const struct account_names *n, uint32_t row)
{
	const struct names_row *r = &n->row[row];
	uint64_t leaves = r->pending, stays = 0, refused = r->logins_failed;

	for (const struct names_count *c = count_next(n, r, NULL); c != NULL;
	     c = count_next(n, r, c)) {
		if (c->class <= ACCOUNT_NOTICED)
			leaves += c->recipients;
		else
			stays += c->recipients;
		refused += c->refused;
	}
	return (leaves << 16) + (stays << 8) + refused;
}

static int
rank_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* The rank at which the half begins that is forgotten; ranks are written to
 * rank[].  Those of that very rank are kept while there is room. */
static int
rank_cut(const struct account_names *n, uint64_t *rank, size_t keep,
    uint64_t *cut, size_t *room)
{
	uint64_t *sorted = malloc(n->n * sizeof(*sorted));

	if (sorted == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < n->n; i++)
		rank[i] = names_rank(n, (uint32_t)i) + n->row[i].inherited;
	memcpy(sorted, rank, n->n * sizeof(*sorted));
	qsort(sorted, n->n, sizeof(*sorted), rank_order);
	*cut = sorted[keep];
	*room = keep;
	for (size_t i = 0; i < keep && sorted[i] > *cut; i++)
		(*room)--;
	free(sorted);
	return 0;
}

static int
row_keep(struct account_names *to, const struct account_names *from, uint32_t i,
    uint32_t *now)
{
	const struct names_row *r = &from->row[i];
	struct names_row *mine;

	if (names_row(to, names_text(from, i), now) < 0)
		return SEK_ENOMEM;
	mine = &to->row[*now];
	mine->inherited = r->inherited;
	mine->first = r->first;
	mine->last = r->last;
	mine->pending = r->pending;
	mine->logins_failed = r->logins_failed;
	mine->flags = r->flags;
	memcpy(mine->country, r->country, sizeof(r->country));
	for (const struct names_count *c = count_next(from, r, NULL); c != NULL;
	     c = count_next(from, r, c)) {
		struct names_count *k = names_count(to, *now, c->class);
		uint32_t next;

		if (k == NULL)
			return SEK_ENOMEM;
		next = k->next;
		*k = *c;
		k->next = next;
	}
	return 0;
}

int
names_forget(struct account_names *n, uint32_t *map)
{
	struct account_names left;
	uint64_t *rank = malloc((n->n + 1) * sizeof(*rank)), cut;
	size_t room, keep = n->cap / 2;
	int rc = SEK_ENOMEM;

	names_init(&left, n->cap);
	if (rank == NULL || rank_cut(n, rank, keep, &cut, &room) < 0)
		goto out;
	memcpy(left.rest, n->rest, sizeof(left.rest));
	left.beyond = n->beyond;
	for (uint32_t i = 0; i < n->n; i++) {
		if (rank[i] > cut || (rank[i] == cut && room > 0)) {
			room -= rank[i] == cut;
			if (row_keep(&left, n, i, &map[i]) < 0)
				goto out;
			continue;
		}
		map[i] = NAMES_GONE;
		left.beyond++;
		names_sum(n, i, left.rest);
	}
	left.base = cut > n->base ? cut : n->base;
	names_free(n);
	*n = left;
	names_init(&left, 0);
	rc = 0;
out:
	names_free(&left);
	free(rank);
	return rc;
}

/* Two spans ------------------------------------------------------------ */

static void
counts_add(struct names_count *a, const struct names_count *b)
{
	a->octets += b->octets;
	a->messages += b->messages;
	a->recipients += b->recipients;
	a->delivered += b->delivered;
	a->deferred += b->deferred;
	a->bounced += b->bounced;
	a->discarded += b->discarded;
	a->queued += b->queued;
	a->attempts += b->attempts;
	a->refused += b->refused;
}

static int
row_join(struct account_names *a, const struct account_names *b, uint32_t i,
    const struct account_shift *by, uint32_t *now)
{
	const struct names_row *r = &b->row[i];
	struct names_row *mine;

	if (names_row(a, names_text(b, i), now) < 0)
		return SEK_ENOMEM;
	mine = &a->row[*now];
	at_first(&mine->first, at_shift(r->first, by));
	at_last(&mine->last, at_shift(r->last, by));
	mine->pending += r->pending;
	mine->logins_failed += r->logins_failed;
	mine->flags |= r->flags;
	if (r->country[0] != '\0')
		memcpy(mine->country, r->country, sizeof(r->country));
	for (const struct names_count *c = count_next(b, r, NULL); c != NULL;
	     c = count_next(b, r, c)) {
		struct names_count *k = names_count(a, *now, c->class);

		if (k == NULL)
			return SEK_ENOMEM;
		counts_add(k, c);
	}
	return 0;
}

int
names_join(struct account_names *a, const struct account_names *b,
    const struct account_shift *by, uint32_t *map)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (row_join(a, b, i, by, &map[i]) < 0)
			return SEK_ENOMEM;
	for (int c = 0; c < ACCOUNT_CLASS_N; c++)
		count_add(&a->rest[c], &b->rest[c]);
	a->beyond += b->beyond;
	if (b->base > a->base)
		a->base = b->base;
	return 0;
}
