/* Rules of the format, checked here once so that lookups need not ask:
 *  1. Head, section table and each section have a hash; padding is zero; no
 *     octet of the file stands outside of these.
 *  2. Keys rise strictly within a list; a v4 list's index rises and ends at
 *     the list's length; no IPv6 key is a mapped IPv4 address.
 *  3. A change's running sum differs from the one before by +1 (listed since
 *     the base) or -1 (gone since), so that "how many more in this range" is
 *     one subtraction. */

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "wire/snapshot.h"

#include <string.h>

#include "wire/snapshot_body.h"

struct file {			/* being opened */
	const uint8_t		*p;
	size_t			 n;
	struct snapshot_view	*v;
	uint64_t		 at;	/* end of the section before, aligned */
	const struct snap_row	*row;
	bool			 zone, index;	/* seen; a V4_INDEX wants its V4_LOW now */
};

/* Opening ---------------------------------------------------------------- */

static bool
head_makes_sense(const struct snapshot_view *v)
{
	const struct snapshot_head *h = &v->head;

	return v->kind >= SNAPSHOT_BASE && v->kind <= SNAPSHOT_TAIL &&
	    h->life >= SNAPSHOT_ALIVE && h->life <= SNAPSHOT_CLOSING &&
	    (h->flags & ~(uint32_t)(SNAPSHOT_LAB | SNAPSHOT_OUT)) == 0 &&
	    h->base_serial <= h->serial &&
	    (v->kind != SNAPSHOT_BASE || h->base_serial == h->serial);
}

static bool
read_head(struct file *f, uint32_t *sections)
{
	struct rbuf r = rbuf_of(f->p, f->n);
	struct snapshot_head *h = &f->v->head;
	const uint8_t *magic = rbuf_bytes(&r, SNAP_MAGIC_LEN);
	uint16_t version = rbuf_u16(&r);
	uint64_t octets;
	uint32_t zero;

	f->v->kind = (enum snapshot_kind)rbuf_u16(&r);
	*sections = rbuf_u32(&r);
	octets = rbuf_u64(&r);
	h->serial = rbuf_u32(&r);
	h->base_serial = rbuf_u32(&r);
	h->made_s = (int64_t)rbuf_u64(&r);
	h->expiry_s = (int64_t)rbuf_u64(&r);
	h->flags = rbuf_u32(&r);
	h->life = rbuf_u8(&r);
	zero = rbuf_u8(&r);
	zero |= rbuf_u16(&r);
	return r.err == 0 && memcmp(magic, SNAP_MAGIC, SNAP_MAGIC_LEN) == 0 &&
	    version == SNAP_VERSION && octets == f->n && zero == 0 &&
	    *sections <= SNAP_SECTIONS && head_makes_sense(f->v);
}

static bool
head_hash_is(const struct file *f, uint32_t sections)
{
	uint8_t all[SNAP_HASHED_HEAD + SNAP_SECTIONS * SNAP_ROW];
	struct rbuf r = rbuf_of(f->p, f->n);
	size_t table = (size_t)sections * SNAP_ROW;
	const uint8_t *head = rbuf_bytes(&r, SNAP_HASHED_HEAD);
	uint64_t hash = rbuf_u64(&r);
	const uint8_t *rows = rbuf_bytes(&r, table);

	if (r.err != 0)
		return false;
	memcpy(all, head, SNAP_HASHED_HEAD);
	memcpy(all + SNAP_HASHED_HEAD, rows, table);
	return XXH3_64bits(all, SNAP_HASHED_HEAD + table) == hash;
}

/* Takes section row i off the table and checks where it lies. */
static bool
read_row(struct snap_row *row, struct file *f, uint32_t i)
{
	struct rbuf r = rbuf_of(f->p, f->n);
	uint32_t zero;

	r.at = SNAP_HEAD + (size_t)i * SNAP_ROW;	/* head_hash_is() was here */
	row->type = rbuf_u16(&r);
	row->code = rbuf_u16(&r);
	zero = rbuf_u32(&r);
	row->at = rbuf_u64(&r);
	row->octets = rbuf_u64(&r);
	row->count = rbuf_u64(&r);
	row->hash = rbuf_u64(&r);
	return zero == 0 && row->at == f->at && row->at <= f->n &&
	    row->octets <= f->n - row->at && row->count <= UINT32_MAX;
}

static bool
padding_is_zero(const struct file *f, uint64_t from, uint64_t to)
{
	if (to > f->n)
		return false;
	for (uint64_t i = from; i < to; i++)
		if (f->p[i] != 0)
			return false;
	return true;
}

static void
read_hosts(struct snapshot_zone *z, struct rbuf *r)
{
	for (size_t i = 0; i < z->n_hosts; i++) {
		const uint8_t *a;

		z->hosts[i].ns = rbuf_u8(r);
		a = rbuf_bytes(r, sizeof(z->hosts[i].addr.o));
		if (a == NULL || z->hosts[i].ns >= z->n_ns) {
			r->err = SEK_EPARSE;
			return;
		}
		memcpy(z->hosts[i].addr.o, a, sizeof(z->hosts[i].addr.o));
	}
}

static bool
open_zone(struct file *f, struct rbuf r)
{
	struct snapshot_zone *z = &f->v->zone;

	dns_name_read_plain(&z->zone, &r);
	dns_name_read_plain(&z->hostmaster, &r);
	z->n_ns = rbuf_u8(&r);
	if (z->n_ns == 0 || z->n_ns > SNAPSHOT_NS)
		return false;
	for (size_t i = 0; i < z->n_ns; i++)
		dns_name_read_plain(&z->ns[i], &r);
	z->n_hosts = rbuf_u8(&r);
	if (z->n_hosts > SNAPSHOT_HOSTS)
		return false;
	read_hosts(z, &r);
	z->ttl_s = rbuf_u32(&r);
	z->negative_ttl_s = rbuf_u32(&r);
	z->refresh_s = rbuf_u32(&r);
	z->retry_s = rbuf_u32(&r);
	z->expire_s = rbuf_u32(&r);
	z->url.n = rbuf_u16(&r);
	z->url.p = (const char *)rbuf_bytes(&r, z->url.n);
	f->zone = true;
	return r.err == 0 && rbuf_left(&r) == 0 && z->url.n <= SNAPSHOT_URL;
}

static struct snapshot_list *
new_list(struct file *f, bool v6)
{
	struct snapshot_view *v = f->v;
	uint16_t code = f->row->code;

	if (v->n_lists == SNAPSHOT_LISTS || code < SNAPSHOT_CODE_MIN ||
	    code > SNAPSHOT_CODE_MAX)
		return NULL;
	for (size_t i = 0; i < v->n_lists; i++)
		if (v->lists[i].code == code && v->lists[i].v6 == v6)
			return NULL;
	v->lists[v->n_lists] = (struct snapshot_list){ .code = (uint8_t)code, .v6 = v6 };
	return &v->lists[v->n_lists++];
}

static bool
open_index(struct file *f, struct rbuf r)
{
	struct snapshot_list *l = new_list(f, false);
	uint32_t before = 0;

	if (l == NULL || r.n != SNAP_INDEX || f->row->count != SNAP_BUCKETS + 1)
		return false;
	for (size_t i = 0; i <= SNAP_BUCKETS; i++) {
		uint32_t at = snap_u32(r.p + i * 4);

		if (at < before || (i == 0 && at != 0))
			return false;
		before = at;
	}
	l->index = r.p;
	l->n = before;
	f->index = true;
	return true;
}

static bool
open_low(struct file *f, struct rbuf r)
{
	struct snapshot_list *l = &f->v->lists[f->v->n_lists - 1];
	size_t i = 0;

	if (l->code != f->row->code || l->n != f->row->count ||
	    r.n != l->n * SNAP_LOW)
		return false;
	for (size_t b = 1; b <= SNAP_BUCKETS; b++) {
		size_t end = snap_u32(l->index + b * 4);

		for (i++; i < end; i++)
			if (snap_u16(r.p + i * 2) <= snap_u16(r.p + i * 2 - 2))
				return false;
		i = end;
	}
	l->keys = r.p;
	f->index = false;
	return true;
}

/* An IPv4 address has one place, and that is not here. */
static bool
is_mapped(const uint8_t *key, size_t width)
{
	static const uint8_t mapped[] = { [10] = 0xff, [11] = 0xff };

	return width == SNAP_V6 && memcmp(key, mapped, sizeof(mapped)) == 0;
}

/* Keys of width octets in records of stride, and their sums if there are any. */
static bool
open_keys(struct file *f, struct rbuf r, size_t width, size_t stride)
{
	struct snapshot_list *l = new_list(f, width == SNAP_V6);
	uint32_t sum = 0;

	if (l == NULL || r.n / stride != f->row->count || r.n % stride != 0)
		return false;
	l->keys = r.p;
	l->n = r.n / stride;
	for (size_t i = 0; i < l->n; i++) {
		const uint8_t *k = r.p + i * stride;

		if (i > 0 && memcmp(k - stride, k, width) >= 0)
			return false;
		if (is_mapped(k, width))
			return false;
		if (stride == width)
			continue;
		if (snap_u32(k + width) != sum + 1 && snap_u32(k + width) != sum - 1)
			return false;
		sum = snap_u32(k + width);
	}
	return true;
}

static bool
open_v6(struct file *f, struct rbuf r)
{
	return open_keys(f, r, SNAP_V6, SNAP_V6);
}

static bool
open_v4_change(struct file *f, struct rbuf r)
{
	return open_keys(f, r, SNAP_V4, SNAP_V4 + SNAP_SUM);
}

static bool
open_v6_change(struct file *f, struct rbuf r)
{
	return open_keys(f, r, SNAP_V6, SNAP_V6 + SNAP_SUM);
}

static bool
open_steps(struct file *f, struct rbuf r)
{
	struct snapshot_view *v = f->v;
	uint32_t before = v->head.base_serial;

	if (v->steps != NULL || r.n / SNAP_STEP != f->row->count ||
	    r.n % SNAP_STEP != 0)
		return false;
	v->steps = r.p;
	v->n_steps = r.n / SNAP_STEP;
	for (size_t i = 0; i < v->n_steps; i++) {
		struct snapshot_step s = snapshot_step(v, i);

		if (s.serial < before || s.serial == v->head.base_serial ||
		    s.serial > v->head.serial || s.len > 128)
			return false;
		before = s.serial;
	}
	return true;
}

static const struct {
	const char		*name;
	enum snapshot_kind	 in;
	bool			(*open)(struct file *f, struct rbuf r);
} sections[] = {
	[SNAP_S_ZONE] = { "zone", SNAPSHOT_BASE, open_zone },
	[SNAP_S_V4_INDEX] = { "v4 index", SNAPSHOT_BASE, open_index },
	[SNAP_S_V4_LOW] = { "v4 keys", SNAPSHOT_BASE, open_low },
	[SNAP_S_V6] = { "v6 keys", SNAPSHOT_BASE, open_v6 },
	[SNAP_S_V4_CHANGE] = { "v4 changes", SNAPSHOT_OVERLAY, open_v4_change },
	[SNAP_S_V6_CHANGE] = { "v6 changes", SNAPSHOT_OVERLAY, open_v6_change },
	[SNAP_S_STEP] = { "steps", SNAPSHOT_TAIL, open_steps },
};

static bool
open_section(struct file *f, const struct snap_row *row, const char **part)
{
	uint64_t end = row->at + row->octets;
	struct rbuf r = rbuf_of(f->p + row->at, (size_t)row->octets);
	bool known = row->type != 0 &&
	    row->type < sizeof(sections) / sizeof(sections[0]);

	if (known)
		*part = sections[row->type].name;
	if (XXH3_64bits(r.p, r.n) != row->hash ||
	    !padding_is_zero(f, end, snap_align(end)))
		return false;
	f->at = snap_align(end);
	f->row = row;
	if (!known)
		return row->type >= SNAP_MAY_IGNORE && !f->index;
	return sections[row->type].in == f->v->kind &&
	    f->index == (row->type == SNAP_S_V4_LOW) &&
	    (row->type != SNAP_S_ZONE || !f->zone) &&
	    sections[row->type].open(f, r);
}

int
snapshot_open(struct snapshot_view *v, const void *octets, size_t n,
    const char **part)
{
	struct file f = { .p = octets, .n = n, .v = v };
	struct snap_row row;
	uint32_t count;

	memset(v, 0, sizeof(*v));
	*part = "head";
	if (!read_head(&f, &count) || !head_hash_is(&f, count))
		return SEK_EPARSE;
	f.at = SNAP_HEAD + (uint64_t)count * SNAP_ROW;
	for (uint32_t i = 0; i < count; i++) {
		*part = "section table";
		if (!read_row(&row, &f, i) || !open_section(&f, &row, part))
			return SEK_EPARSE;
	}
	*part = "end";
	if (f.at != n || f.index)
		return SEK_EPARSE;
	*part = "zone";
	return v->kind == SNAPSHOT_BASE && !f.zone ? SEK_EPARSE : 0;
}

/* Looking up ------------------------------------------------------------- */

struct key {
	uint8_t	width;		/* SNAP_V4 or SNAP_V6 */
	uint8_t	o[SNAP_V6];
};

static struct key
key_of(const struct addr *a, bool v6)
{
	struct key k = { .width = v6 ? SNAP_V6 : SNAP_V4 };

	memcpy(k.o, v6 ? a->o : a->o + 12, k.width);
	return k;
}

static const struct snapshot_list *
list_of(const struct snapshot_view *v, unsigned code, bool v6)
{
	for (size_t i = 0; v != NULL && i < v->n_lists; i++)
		if (v->lists[i].code == code && v->lists[i].v6 == v6)
			return &v->lists[i];
	return NULL;
}

/* How many of n sorted records of stride octets have a key below k; with
 * through also those equal. */
static size_t
below(const uint8_t *p, size_t n, size_t stride, const uint8_t *k,
    size_t width, bool through)
{
	size_t lo = 0;

	while (n > 0) {
		size_t half = n / 2;
		int c = memcmp(p + (lo + half) * stride, k, width);

		if (c < 0 || (through && c == 0)) {
			lo += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return lo;
}

static size_t
base_below(const struct snapshot_list *l, const struct key *k, bool through)
{
	size_t from, to, hi;

	if (l == NULL)
		return 0;
	if (l->v6)
		return below(l->keys, l->n, SNAP_V6, k->o, SNAP_V6, through);
	hi = snap_u16(k->o);
	from = snap_u32(l->index + hi * 4);
	to = snap_u32(l->index + (hi + 1) * 4);
	return from + below(l->keys + from * SNAP_LOW, to - from, SNAP_LOW,
	    k->o + 2, SNAP_LOW, through);
}

static size_t
stride_of(const struct snapshot_list *l)
{
	return (l->v6 ? SNAP_V6 : SNAP_V4) + SNAP_SUM;
}

static size_t
change_below(const struct snapshot_list *l, const struct key *k, bool through)
{
	return below(l->keys, l->n, stride_of(l), k->o, k->width, through);
}

/* Running sum of the first i changes. */
static int64_t
sum_of(const struct snapshot_list *l, size_t i)
{
	if (i == 0)
		return 0;
	return (int32_t)snap_u32(l->keys + i * stride_of(l) - SNAP_SUM);
}

/* +1 or -1 when k itself is among the changes, else 0. */
static int64_t
change_at(const struct snapshot_list *l, const struct key *k)
{
	size_t i;

	if (l == NULL)
		return 0;
	i = change_below(l, k, false);
	if (i == l->n || memcmp(l->keys + i * stride_of(l), k->o, k->width) != 0)
		return 0;
	return sum_of(l, i + 1) - sum_of(l, i);
}

static bool
base_has(const struct snapshot_list *l, const struct key *k)
{
	return base_below(l, k, true) != base_below(l, k, false);
}

bool
snapshot_has(const struct snapshot *s, const struct addr *a, unsigned code)
{
	bool v6 = !addr_is_v4(a);
	struct key k = key_of(a, v6);
	int64_t change = change_at(list_of(s->overlay, code, v6), &k);

	if (change != 0)
		return change > 0;
	return base_has(list_of(s->base, code, v6), &k);
}

uint64_t
snapshot_find(const struct snapshot *s, const struct addr *a)
{
	const struct snapshot_view *views[2] = { s->base, s->overlay };
	uint64_t codes = 0;

	for (size_t v = 0; v < 2; v++)
		for (size_t i = 0; views[v] != NULL && i < views[v]->n_lists; i++)
			if (snapshot_has(s, a, views[v]->lists[i].code))
				codes |= (uint64_t)1 << views[v]->lists[i].code;
	return codes;
}

/* The last address of net. */
static struct addr
last_of(const struct net *net)
{
	struct addr last = net->addr;

	for (unsigned i = 0; i < sizeof(last.o); i++) {
		unsigned keep = net->len > i * 8 ? net->len - i * 8u : 0;

		if (keep < 8)
			last.o[i] |= (uint8_t)(0xff >> keep);
	}
	return last;
}

bool
snapshot_any(const struct snapshot *s, const struct net *net, unsigned code)
{
	bool v6 = net->len < 96 || !addr_is_v4(&net->addr);
	const struct snapshot_list *l = list_of(s->base, code, v6);
	struct addr last = last_of(net);
	struct key from = key_of(&net->addr, v6), to = key_of(&last, v6);
	int64_t n = (int64_t)base_below(l, &to, true) -
	    (int64_t)base_below(l, &from, false);

	l = list_of(s->overlay, code, v6);
	if (l != NULL)
		n += sum_of(l, change_below(l, &to, true)) -
		    sum_of(l, change_below(l, &from, false));
	return n > 0;
}

bool
snapshot_fits(const struct snapshot_view *base,
    const struct snapshot_view *overlay)
{
	return base->kind == SNAPSHOT_BASE && overlay->kind == SNAPSHOT_OVERLAY &&
	    overlay->head.base_serial == base->head.serial;
}

const struct snapshot_head *
snapshot_now(const struct snapshot *s)
{
	return s->overlay != NULL ? &s->overlay->head : &s->base->head;
}

struct snapshot_step
snapshot_step(const struct snapshot_view *v, size_t i)
{
	const uint8_t *p = v->steps + i * SNAP_STEP;
	struct snapshot_step s = { .serial = snap_u32(p), .kind = p[4],
		.code = p[5], .len = p[6] };

	memcpy(s.addr.o, p + 8, sizeof(s.addr.o));
	return s;
}
