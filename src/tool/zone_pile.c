/* One heap of keys for each thing that can be said of an address: in which
 * set, with which code or as an exception, by how long a prefix, as an address
 * or a range.  A list of ten million addresses is one heap of 40 MB.  Reading
 * merges the heaps; most addresses stand in one alone. */

#include "tool/zone_pile.h"

#include <stdlib.h>
#include <string.h>

#include "tool/zone_sort.h"

enum {
	FIRST_CAP = 1024,
	DASH = 255,
	READY = 3 * (SNAPSHOT_CODE_MAX + 1),	/* entries at one address */
};

struct kind {
	uint8_t	set, code, len;
	bool	v6, range;
};

struct heap {
	struct kind	kind;
	uint8_t		*keys;	/* owned */
	size_t		 n, cap;
	bool		 unsorted;
	size_t		 at;	/* reading: the first one that was not given yet */
	uint64_t	 hi, lo;	/* reading: that one, as a number */
};

struct covered {		/* the range that reading is inside of */
	uint64_t	hi, lo;		/* of its first address */
	uint64_t	by[SNAPSHOT_CODE_MAX + 1];	/* sets that list it, by code */
	bool		any;
};

struct zone_pile {
	struct heap		**heaps;
	size_t			  n_heaps;
	struct heap		 *last;	/* that something was added to */
	struct covered		  in[2];	/* IPv4, IPv6 */
	struct snapshot_entry	  ready[READY];	/* at one address, in order */
	size_t			  n_ready, next_ready;
};

/* Adding ----------------------------------------------------------------- */

struct zone_pile *
zone_pile_new(void)
{
	return calloc(1, sizeof(struct zone_pile));
}

void
zone_pile_free(struct zone_pile *p)
{
	for (size_t i = 0; p != NULL && i < p->n_heaps; i++) {
		free(p->heaps[i]->keys);
		free(p->heaps[i]);
	}
	if (p != NULL)
		free(p->heaps);
	free(p);
}

static inline bool
same_kind(const struct kind *a, const struct kind *b)
{
	return a->set == b->set && a->code == b->code && a->len == b->len &&
	    a->v6 == b->v6 && a->range == b->range;
}

static struct heap *
new_heap(struct zone_pile *p, const struct kind *kind)
{
	struct heap *h = calloc(1, sizeof(*h)), **all;

	if (h == NULL)
		return NULL;
	all = realloc(p->heaps, (p->n_heaps + 1) * sizeof(*all));
	if (all == NULL) {
		free(h);
		return NULL;
	}
	p->heaps = all;
	h->kind = *kind;
	p->heaps[p->n_heaps++] = h;
	return h;
}

static struct heap *
heap_for(struct zone_pile *p, const struct kind *kind)
{
	if (p->last != NULL && same_kind(&p->last->kind, kind))
		return p->last;
	for (size_t i = 0; i < p->n_heaps; i++)
		if (same_kind(&p->heaps[i]->kind, kind))
			return p->last = p->heaps[i];
	return p->last = new_heap(p, kind);
}

static size_t
width_of(const struct heap *h)
{
	return h->kind.v6 ? ZONE_SORT_V6 : ZONE_SORT_V4;
}

static int
grow(struct heap *h)
{
	size_t cap = h->cap == 0 ? FIRST_CAP : h->cap * 2;
	uint8_t *keys = realloc(h->keys, cap * width_of(h));

	if (keys == NULL)
		return SEK_ENOMEM;
	h->keys = keys;
	h->cap = cap;
	return 0;
}

static inline int
add_key(struct zone_pile *p, const struct kind *kind, const uint8_t *key)
{
	struct heap *h = heap_for(p, kind);
	size_t width = kind->v6 ? ZONE_SORT_V6 : ZONE_SORT_V4;
	int err = 0;

	if (h == NULL)
		return SEK_ENOMEM;
	if (h->n == h->cap && (err = grow(h)) != 0)
		return err;
	memcpy(h->keys + h->n * width, key, width);
	if (h->n > 0 && memcmp(h->keys + (h->n - 1) * width, key, width) >= 0)
		h->unsorted = true;
	h->n++;
	return 0;
}

static int
add4(struct zone_pile *p, const struct kind *kind, uint32_t a)
{
	const uint8_t key[ZONE_SORT_V4] = {
		(uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a,
	};

	return add_key(p, kind, key);
}

/* Length of the largest whole octets around the /24 at a inside first..last. */
static uint8_t
octets_len(uint32_t a, uint32_t first, uint32_t last)
{
	uint32_t m8 = a & 0xff000000, m16 = a & 0xffff0000;

	if (m8 >= first && (m8 | 0xffffff) <= last)
		return 8;
	return m16 >= first && (m16 | 0xffff) <= last ? 16 : 24;
}

static uint64_t
pieces4(uint32_t first, uint32_t last)
{
	uint64_t from = ((uint64_t)first + 255) >> 8, to = ((uint64_t)last + 1) >> 8;

	if (from >= to)		/* no whole /24 */
		return (uint64_t)last - first + 1;
	return (to - from) + ((from << 8) - first) + ((uint64_t)last + 1 - (to << 8));
}

/* Is the /24 at a one that a snapshot can hold?  The others, 127.0.0.0/24
 * among them, are split: at most 65,536 addresses in all, whatever is read. */
static bool
can_be_range(uint32_t a)
{
	const struct net net = { addr_v4((uint8_t)(a >> 24), (uint8_t)(a >> 16),
	    (uint8_t)(a >> 8), 0), SNAPSHOT_RANGE_V4 };

	return snapshot_range_ok(&net);
}

static int
add_piece(struct zone_pile *p, struct kind *kind, uint32_t a, unsigned len,
    uint64_t n)
{
	int err = 0;

	kind->len = (uint8_t)len;
	kind->range = n == 256 && can_be_range(a);
	if (kind->range)
		return add4(p, kind, a);
	for (uint64_t i = 0; i < n && err == 0; i++)
		err = add4(p, kind, (uint32_t)(a + i));
	return err;
}

int
zone_pile_add4(struct zone_pile *p, unsigned set, unsigned code,
    uint32_t first, uint32_t last, unsigned len)
{
	struct kind kind = { .set = (uint8_t)set, .code = (uint8_t)code };
	uint64_t n;

	if (pieces4(first, last) > ZONE_PIECES)
		return SEK_ELIMIT;
	for (uint64_t a = first; a <= last; a += n) {
		bool whole = (a & 255) == 0 && a + 255 <= last;
		unsigned as = len != DASH ? len : !whole ? 32 :
		    octets_len((uint32_t)a, first, last);
		int err;

		n = whole ? 256 : 1;
		err = add_piece(p, &kind, (uint32_t)a, as, n);
		if (err != 0)
			return err;
	}
	return 0;
}

static uint64_t
half(const uint8_t *o)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v = v << 8 | o[i];
	return v;
}

static void
put_half(uint8_t *o, uint64_t v)
{
	for (size_t i = 8; i-- > 0; v >>= 8)
		o[i] = (uint8_t)v;
}

/* The pieces of a prefix up to /64 differ in the upper half, those of a longer
 * one in the lower half. */
int
zone_pile_add(struct zone_pile *p, unsigned set, unsigned code,
    const struct net *net)
{
	struct kind kind = { (uint8_t)set, (uint8_t)code, net->len, true, net->len <= 64 };
	unsigned free_bits = (kind.range ? 64u : 128u) - net->len;
	struct addr a = net->addr;
	uint8_t *varied = kind.range ? a.o : a.o + 8;
	uint64_t from = half(varied);

	if (addr_is_v4(&net->addr) && net->len >= 96) {
		uint32_t v4 = (uint32_t)half(net->addr.o + 8);

		return zone_pile_add4(p, set, code, v4,
		    (uint32_t)(v4 + ((uint64_t)1 << (128 - net->len)) - 1), net->len - 96u);
	}
	if (free_bits > 16 || (kind.range && half(a.o) == 0))	/* ::/64 */
		return SEK_ELIMIT;
	for (uint64_t i = 0; i < (uint64_t)1 << free_bits; i++) {
		int err;

		put_half(varied, from + i);
		err = add_key(p, &kind, a.o);
		if (err != 0)
			return err;
	}
	return 0;
}

/* As an exception that is one bit shorter than the address: a range is
 * shorter, a listing of the address longer. */
int
zone_pile_name(struct zone_pile *p, unsigned set, const struct addr *a)
{
	bool v6 = !addr_is_v4(a);
	const struct kind kind = { (uint8_t)set, ZONE_EXCEPT, v6 ? 127 : 31, v6, false };

	return add_key(p, &kind, v6 ? a->o : a->o + 12);
}

/* Giving ----------------------------------------------------------------- */

void
zone_pile_sort(struct zone_pile *p)
{
	for (size_t i = 0; i < p->n_heaps; i++) {
		struct heap *h = p->heaps[i];

		if (h->unsorted)
			h->n = zone_sort(h->keys, h->n, width_of(h));
		h->unsorted = false;
	}
}

/* An address as two numbers, IPv4 in its mapped form, as addr_cmp() orders. */
static void
look(struct heap *h)
{
	const uint8_t *key = h->keys + h->at * width_of(h);

	if (h->kind.v6) {
		h->hi = half(key);
		h->lo = half(key + 8);
		return;
	}
	h->hi = 0;
	h->lo = 0xffff00000000 | (uint64_t)key[0] << 24 | (uint64_t)key[1] << 16 |
	    (uint64_t)key[2] << 8 | key[3];
}

static int
pile_rewind(void *ctx)
{
	struct zone_pile *p = ctx;

	memset(p->in, 0, sizeof(p->in));
	p->n_ready = p->next_ready = 0;
	for (size_t i = 0; i < p->n_heaps; i++) {
		p->heaps[i]->at = 0;
		if (p->heaps[i]->n > 0)
			look(p->heaps[i]);
	}
	return 0;
}

static bool
comes_before(const struct heap *a, const struct heap *b)
{
	return a->hi < b->hi || (a->hi == b->hi && a->lo < b->lo);
}

/* The heap with the lowest address; *alone: no other one has it too. */
static struct heap *
lowest(const struct zone_pile *p, bool *alone)
{
	struct heap *low = NULL;

	*alone = true;
	for (size_t i = 0; i < p->n_heaps; i++) {
		struct heap *h = p->heaps[i];

		if (h->at == h->n)
			continue;
		if (low == NULL || comes_before(h, low)) {
			low = h;
			*alone = true;
		} else if (h->hi == low->hi && h->lo == low->lo) {
			*alone = false;
		}
	}
	return low;
}

static void
advance(struct heap *h)
{
	if (++h->at < h->n)
		look(h);
}

static struct snapshot_entry
entry_of(uint64_t hi, uint64_t lo, unsigned code, enum snapshot_form form)
{
	struct snapshot_entry e = { .code = (uint8_t)code, .form = (uint8_t)form };

	put_half(e.addr.o, hi);
	put_half(e.addr.o + 8, lo);
	return e;
}

struct said {			/* of one address and form */
	uint8_t		listed[ZONE_SETS][SNAPSHOT_CODE_MAX + 1];	/* 1 + length; 0 not */
	uint8_t		except[ZONE_SETS];
	uint64_t	sets;		/* that say anything */
	bool		v6;
};

/* Takes what all heaps say of the address at (hi, lo) as a range, or as an
 * address, off them. */
static bool
gather(struct said *s, struct zone_pile *p, uint64_t hi, uint64_t lo, bool range)
{
	s->sets = 0;
	for (size_t i = 0; i < p->n_heaps; i++) {
		struct heap *h = p->heaps[i];
		uint8_t *to;

		if (h->at == h->n || h->hi != hi || h->lo != lo ||
		    h->kind.range != range)
			continue;
		if ((s->sets >> h->kind.set & 1) == 0) {
			memset(s->listed[h->kind.set], 0, sizeof(s->listed[0]));
			s->except[h->kind.set] = 0;
		}
		s->sets |= (uint64_t)1 << h->kind.set;
		s->v6 = h->kind.v6;
		to = h->kind.code == ZONE_EXCEPT ? &s->except[h->kind.set] :
		    &s->listed[h->kind.set][h->kind.code];
		if (*to < h->kind.len + 1)
			*to = (uint8_t)(h->kind.len + 1);
		advance(h);
	}
	return s->sets != 0;
}

/* Sets that list with code, by something longer than what they except. */
static uint64_t
lists(const struct said *s, unsigned code)
{
	uint64_t sets = 0;

	for (unsigned i = 0; i < ZONE_SETS; i++)
		if ((s->sets >> i & 1) != 0 && s->listed[i][code] > s->except[i])
			sets |= (uint64_t)1 << i;
	return sets;
}

static uint64_t
excepts(const struct said *s)
{
	uint64_t sets = 0;

	for (unsigned i = 0; i < ZONE_SETS; i++)
		if ((s->sets >> i & 1) != 0 && s->except[i] > 0)
			sets |= (uint64_t)1 << i;
	return sets;
}

/* Is (hi, lo) inside the range that is being read? */
static const struct covered *
covering(const struct zone_pile *p, uint64_t hi, uint64_t lo, bool v6)
{
	const struct covered *c = &p->in[v6];
	uint64_t mask = v6 ? 0 : ~(uint64_t)0xff;

	return c->any && c->hi == hi && c->lo == (lo & mask) ? c : NULL;
}

/* All that is to be said of one address; ranges that begin there first, since
 * they cover it. */
static void
judge(struct zone_pile *p, uint64_t hi, uint64_t lo)
{
	static const struct covered none;
	const struct covered *in;
	struct said range, single;
	bool ranges = gather(&range, p, hi, lo, true);
	bool singles = gather(&single, p, hi, lo, false);
	bool v6 = ranges ? range.v6 : single.v6;
	uint64_t except = singles ? excepts(&single) : 0;

	if (ranges)
		p->in[v6] = (struct covered){ .hi = hi, .lo = lo, .any = true };
	for (unsigned code = SNAPSHOT_CODE_MIN; ranges && code <= SNAPSHOT_CODE_MAX; code++)
		p->in[v6].by[code] = lists(&range, code);
	in = covering(p, hi, lo, v6);
	if (in == NULL)
		in = &none;
	p->n_ready = p->next_ready = 0;
	for (unsigned code = SNAPSHOT_CODE_MIN; code <= SNAPSHOT_CODE_MAX; code++) {
		bool listed = singles && lists(&single, code) != 0;

		if (listed)
			p->ready[p->n_ready++] = entry_of(hi, lo, code, SNAPSHOT_ADDRESS);
		if (ranges && in->by[code] != 0)
			p->ready[p->n_ready++] = entry_of(hi, lo, code, SNAPSHOT_RANGE);
		if (!listed && in->by[code] != 0 && (in->by[code] & ~except) == 0)
			p->ready[p->n_ready++] = entry_of(hi, lo, code, SNAPSHOT_EXCEPT);
	}
}

static int
pile_next(void *ctx, struct snapshot_entry *out)
{
	struct zone_pile *p = ctx;

	for (;;) {
		struct heap *h;
		bool alone;

		if (p->next_ready < p->n_ready) {
			*out = p->ready[p->next_ready++];
			return 0;
		}
		h = lowest(p, &alone);
		if (h == NULL)
			return SNAPSHOT_END;
		if (!alone || h->kind.range || h->kind.code == ZONE_EXCEPT) {
			judge(p, h->hi, h->lo);
			continue;
		}
		*out = entry_of(h->hi, h->lo, h->kind.code, SNAPSHOT_ADDRESS);
		advance(h);
		return 0;
	}
}

struct snapshot_source
zone_pile_source(struct zone_pile *p)
{
	return (struct snapshot_source){ pile_rewind, pile_next, p };
}
