#include "account/names.h"

#include <assert.h>
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

static void *
lines_alloc(size_t n, size_t size)
{
	return grow_lines(alignof(struct names_row), n * size);
}

/* Room for one element more of size octets, which begin where a line of a
 * processor's cache does.  In large steps: room that nobody touches is no memory,
 * and what grows is copied seldom. */
static int
lines_room(void **p, size_t *cap, size_t n, size_t size)
{
	size_t to = *cap == 0 ? 64 : *cap * 8;
	void *q;

	if (n < *cap)
		return 0;
	q = lines_alloc(to, size);
	if (q == NULL)
		return SEK_ENOMEM;
	if (*p != NULL)
		memcpy(q, *p, n * size);
	free(*p);
	*p = q;
	*cap = to;
	return 0;
}

static void *
lines_copy(const void *p, size_t n, size_t cap, size_t size)
{
	void *q = p == NULL ? NULL : lines_alloc(cap, size);

	if (q != NULL)
		memcpy(q, p, n * size);
	return q;
}

int
names_copy(struct account_names *to, const struct account_names *from)
{
	*to = *from;
	to->row =
	    lines_copy(from->row, from->n, from->cap_row, sizeof(*from->row));
	to->slot = grow_copy(from->slot, from->n_slots, from->n_slots,
	    sizeof(*from->slot));
	to->text = grow_copy(from->text, from->n_text, from->cap_text, 1);
	to->count = lines_copy(from->count, from->n_counts, from->cap_counts,
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
	if (n->n_slots == 0)
		return;
	for (size_t i = k->hash & (n->n_slots - 1); n->slot[i] != 0;
	     i = (i + 1) & (n->n_slots - 1))
		if ((n->slot[i] ^ k->hash) >> 32 == 0) {
			names_touch(n, (uint32_t)n->slot[i] - 1);
			return;
		}
}

/* Rows ----------------------------------------------------------------- */

int
names_row_of(struct account_names *n, const struct names_key *k, uint32_t *row)
{
	struct names_row *r;

	*row = row_find(n, k);
	if (*row != NAMES_NONE)
		return 0;
	if (slots_room(n) < 0 ||
	    lines_room((void **)&n->row, &n->cap_row, n->n, sizeof(*n->row)) <
	        0 ||
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

/* The index of counts that are free now, whose next is not; 0: no memory. */
static uint32_t
count_new(struct account_names *n)
{
	uint32_t i = n->spare;

	if (i != 0) {
		n->spare = n->count[i].next;
		return i;
	}
	if (n->n_counts == 0)
		n->n_counts = 1;
	if (lines_room((void **)&n->count, &n->cap_counts, n->n_counts,
	        sizeof(*n->count)) < 0)
		return 0;
	return (uint32_t)n->n_counts++;
}

struct names_count *
names_count_of(struct account_names *n, uint32_t row, enum account_class class)
{
	struct names_row *r = &n->row[row];
	uint32_t i;

	if (r->one.class == (uint32_t)class)
		return &r->one;
	if (r->one.class == NAMES_NO_CLASS) {
		r->one.class = class;
		return &r->one;
	}
	for (i = r->counts; i != 0; i = n->count[i].next)
		if (n->count[i].class == (uint32_t)class)
			return &n->count[i];
	i = count_new(n);
	if (i == 0)
		return NULL;
	n->count[i] = (struct names_count){ .class = class, .next = r->counts };
	r->counts = i;
	return &n->count[i];
}

const struct names_count *
names_count_next(const struct account_names *n, const struct names_row *r,
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

	for (const struct names_count *c = names_count_next(n, r, NULL);
	     c != NULL; c = names_count_next(n, r, c)) {
		names_count_sum(&out[c->class], c);
	}
}

/* The cap -------------------------------------------------------------- */

uint64_t
names_rank(const struct account_names *n, uint32_t row)
{
	const struct names_row *r = &n->row[row];
	uint64_t leaves = r->pending, stays = 0, refused = r->logins_failed;

	for (const struct names_count *c = names_count_next(n, r, NULL);
	     c != NULL; c = names_count_next(n, r, c)) {
		if (c->class <= ACCOUNT_NOTICED)
			leaves += c->n.recipients;
		else
			stays += c->n.recipients;
		refused += c->refused;
	}
	return (leaves << 16) + (stays << 8) + refused;
}

/* The rank that has place ranks before it when the greatest is first: octet by
 * octet, for a sort of them all is most of the time of forgetting.  *room: how
 * many of that very rank stand before that place. */
static uint64_t
rank_at(const uint64_t *rank, size_t n, size_t place, size_t *room)
{
	uint64_t found = 0;

	assert(place < n);
	for (unsigned shift = 64; shift > 0;) {
		size_t many[256] = { 0 };
		unsigned octet = 255;

		shift -= 8;
		for (size_t i = 0; i < n; i++)
			if (shift == 56 || (rank[i] ^ found) >> (shift + 8) == 0)
				many[rank[i] >> shift & 255]++;
		while (many[octet] <= place)
			place -= many[octet--];
		found |= (uint64_t)octet << shift;
	}
	*room = place;
	return found;
}

/* The counts of row i are nobody's now. */
static void
counts_free(struct account_names *n, uint32_t i)
{
	for (uint32_t c = n->row[i].counts, next; c != 0; c = next) {
		next = n->count[c].next;
		n->count[c].next = n->spare;
		n->spare = c;
	}
}

/* Row i is row to now, and its name, when it is a long one, stands at the end
 * of text. */
static void
row_move(struct account_names *n, uint32_t to, uint32_t i, size_t *text)
{
	struct names_row *r = &n->row[to];

	if (to != i)
		*r = n->row[i];
	if (r->len > NAMES_SHORT) {
		memmove(n->text + *text, n->text + r->text, r->len);
		r->text = (uint32_t)*text;
		*text += r->len;
	}
	slot_put(n, r->hash, to);
}

int
names_forget(struct account_names *n, uint32_t *map)
{
	uint64_t *rank = malloc((n->n + 1) * sizeof(*rank)), cut;
	size_t room, text = 0;
	uint32_t left = 0;

	if (rank == NULL)
		return SEK_ENOMEM;
	for (uint32_t i = 0; i < n->n; i++)
		rank[i] = names_rank(n, i) + n->row[i].inherited;
	cut = rank_at(rank, n->n, n->cap / 2, &room);
	memset(n->slot, 0, n->n_slots * sizeof(*n->slot));
	for (uint32_t i = 0; i < n->n; i++) {
		if (rank[i] > cut || (rank[i] == cut && room > 0)) {
			room -= rank[i] == cut;
			map[i] = left;
			row_move(n, left++, i, &text);
			continue;
		}
		map[i] = NAMES_GONE;
		n->beyond++;
		names_sum(n, i, n->rest);
		counts_free(n, i);
	}
	n->n = left;
	n->n_text = text;
	n->base = cut > n->base ? cut : n->base;
	free(rank);
	return 0;
}

/* Two spans ------------------------------------------------------------ */

static void
counts_add(struct names_count *a, const struct names_count *b)
{
	names_fate_add(&a->n, &b->n);
	a->octets += b->octets;
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
	for (const struct names_count *c = names_count_next(b, r, NULL);
	     c != NULL; c = names_count_next(b, r, c)) {
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
