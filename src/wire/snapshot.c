/* Rules of the format, checked here once so that lookups need not ask:
 *  1. Head, section table and each section have a hash; padding is zero; no
 *     octet of the file stands outside of these.
 *  2. Keys rise strictly within a set; the index of IPv4 addresses rises and
 *     ends at their number; no IPv6 key is a mapped IPv4 address.
 *  3. A change's running sum differs from the one before by +1 (there since
 *     the base) or -1 (gone since), so that "how many more within this net" is
 *     one subtraction.
 *  4. No range holds a test address or has the name of something else
 *     (snapshot_range_ok). */

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "wire/snapshot.h"

#include <string.h>

#include "wire/snapshot_body.h"

const struct snap_shape snap_shapes[SNAPSHOT_FORMS][2] = {
	[SNAPSHOT_ADDRESS] = { { SNAP_V4, SNAP_S_V4_LOW, SNAP_S_V4_CHANGE },
	    { SNAP_V6, SNAP_S_V6, SNAP_S_V6_CHANGE } },
	[SNAPSHOT_RANGE] = { { SNAP_R4, SNAP_S_V4_RANGE, SNAP_S_V4_RANGE_CHANGE },
	    { SNAP_R6, SNAP_S_V6_RANGE, SNAP_S_V6_RANGE_CHANGE } },
	[SNAPSHOT_EXCEPT] = { { SNAP_V4, SNAP_S_V4_EXCEPT, SNAP_S_V4_EXCEPT_CHANGE },
	    { SNAP_V6, SNAP_S_V6_EXCEPT, SNAP_S_V6_EXCEPT_CHANGE } },
};

struct file {			/* being opened */
	const uint8_t		*p;
	size_t			 n;
	struct snapshot_view	*v;
	uint64_t		 at;	/* end of the section before, aligned */
	const struct snap_row	*row;
	bool			 zone;	/* seen */
	struct snapshot_list	*index;	/* a V4_INDEX wants its V4_LOW now */
};

/* Opening ---------------------------------------------------------------- */

/* A day belongs to what closes. */
static bool
life_ok(const struct snapshot_head *h)
{
	return h->life >= SNAPSHOT_ALIVE && h->life <= SNAPSHOT_EMPTY &&
	    (h->empties == 0 || h->life == SNAPSHOT_CLOSING);
}

static bool
head_makes_sense(const struct snapshot_view *v)
{
	const struct snapshot_head *h = &v->head;

	return v->kind >= SNAPSHOT_BASE && v->kind <= SNAPSHOT_TAIL &&
	    life_ok(h) &&
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

	f->v->kind = (enum snapshot_kind)rbuf_u16(&r);
	*sections = rbuf_u32(&r);
	octets = rbuf_u64(&r);
	h->serial = rbuf_u32(&r);
	h->base_serial = rbuf_u32(&r);
	h->made_s = (int64_t)rbuf_u64(&r);
	h->expiry_s = (int64_t)rbuf_u64(&r);
	h->flags = rbuf_u32(&r);
	h->life = rbuf_u8(&r);
	h->empties = (uint32_t)rbuf_u8(&r) << 16;
	h->empties |= rbuf_u16(&r);
	return r.err == 0 && memcmp(magic, SNAP_MAGIC, SNAP_MAGIC_LEN) == 0 &&
	    version == SNAP_VERSION && octets == f->n &&
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

struct section {
	const char		*name;
	enum snapshot_kind	 in;
	bool			(*open)(struct file *f, struct rbuf r);
	enum snapshot_form	 form;	/* of open_keys */
	bool			 v6;
};

static bool open_zone(struct file *f, struct rbuf r);
static bool open_index(struct file *f, struct rbuf r);
static bool open_low(struct file *f, struct rbuf r);
static bool open_keys(struct file *f, struct rbuf r);
static bool open_steps(struct file *f, struct rbuf r);

#define BASE(name, form, v6) { name, SNAPSHOT_BASE, open_keys, form, v6 }
#define CHANGE(name, form, v6) { name, SNAPSHOT_OVERLAY, open_keys, form, v6 }

static const struct section sections[] = {
	[SNAP_S_ZONE] = { "zone", SNAPSHOT_BASE, open_zone, 0, false },
	[SNAP_S_V4_INDEX] = { "v4 index", SNAPSHOT_BASE, open_index, 0, false },
	[SNAP_S_V4_LOW] = { "v4 keys", SNAPSHOT_BASE, open_low, 0, false },
	[SNAP_S_V6] = BASE("v6 keys", SNAPSHOT_ADDRESS, true),
	[SNAP_S_V4_CHANGE] = CHANGE("v4 changes", SNAPSHOT_ADDRESS, false),
	[SNAP_S_V6_CHANGE] = CHANGE("v6 changes", SNAPSHOT_ADDRESS, true),
	[SNAP_S_STEP] = { "steps", SNAPSHOT_TAIL, open_steps, 0, false },
	[SNAP_S_V4_RANGE] = BASE("v4 ranges", SNAPSHOT_RANGE, false),
	[SNAP_S_V6_RANGE] = BASE("v6 ranges", SNAPSHOT_RANGE, true),
	[SNAP_S_V4_EXCEPT] = BASE("v4 exceptions", SNAPSHOT_EXCEPT, false),
	[SNAP_S_V6_EXCEPT] = BASE("v6 exceptions", SNAPSHOT_EXCEPT, true),
	[SNAP_S_V4_RANGE_CHANGE] = CHANGE("v4 range changes", SNAPSHOT_RANGE, false),
	[SNAP_S_V6_RANGE_CHANGE] = CHANGE("v6 range changes", SNAPSHOT_RANGE, true),
	[SNAP_S_V4_EXCEPT_CHANGE] = CHANGE("v4 exception changes", SNAPSHOT_EXCEPT, false),
	[SNAP_S_V6_EXCEPT_CHANGE] = CHANGE("v6 exception changes", SNAPSHOT_EXCEPT, true),
};

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
	return r.err == 0 && rbuf_left(&r) == 0 && z->url.n <= SNAPSHOT_URL &&
	    f->row->code == 0 && f->row->count == 1;
}

/* The list of the row's code; NULL when there is no room, or no such code. */
static struct snapshot_list *
list_for(struct file *f, bool v6)
{
	struct snapshot_view *v = f->v;
	uint16_t code = f->row->code;

	if (code < SNAPSHOT_CODE_MIN || code > SNAPSHOT_CODE_MAX)
		return NULL;
	if (v->list_at[v6][code] == 0) {
		if (v->n_lists == SNAPSHOT_LISTS)
			return NULL;
		v->lists[v->n_lists] = (struct snapshot_list){
			.code = (uint8_t)code, .v6 = v6 };
		v->list_at[v6][code] = (uint8_t)++v->n_lists;
	}
	return &v->lists[v->list_at[v6][code] - 1];
}

static bool
open_index(struct file *f, struct rbuf r)
{
	struct snapshot_list *l = list_for(f, false);
	struct snapshot_set *set;
	uint32_t before = 0;

	if (l == NULL || l->of[SNAPSHOT_ADDRESS].index != NULL ||
	    r.n != SNAP_INDEX || f->row->count != SNAP_BUCKETS + 1)
		return false;
	for (size_t i = 0; i <= SNAP_BUCKETS; i++) {
		uint32_t at = snap_u32(r.p + i * 4);

		if (at < before || (i == 0 && at != 0))
			return false;
		before = at;
	}
	set = &l->of[SNAPSHOT_ADDRESS];
	set->index = r.p;
	set->n = before;
	f->index = l;
	return true;
}

static bool
open_low(struct file *f, struct rbuf r)
{
	struct snapshot_set *set = &f->index->of[SNAPSHOT_ADDRESS];
	size_t i = 0;

	if (f->index->code != f->row->code || set->n != f->row->count ||
	    r.n != set->n * SNAP_LOW)
		return false;
	for (size_t b = 1; b <= SNAP_BUCKETS; b++) {
		size_t end = snap_u32(set->index + b * 4);

		for (i++; i < end; i++)
			if (snap_u16(r.p + i * 2) <= snap_u16(r.p + i * 2 - 2))
				return false;
		i = end;
	}
	set->keys = r.p;
	f->index = NULL;
	return true;
}

/* Whether the octets of a key may stand in a set of that form: an IPv4 address
 * has one place, and that is not among IPv6 keys. */
static bool
key_ok(const uint8_t *key, enum snapshot_form form, bool v6)
{
	static const uint8_t mapped[] = { [10] = 0xff, [11] = 0xff };
	struct net net = { .addr = addr_v4(0, 0, 0, 0),
		.len = v6 ? SNAPSHOT_RANGE_V6 : SNAPSHOT_RANGE_V4 };

	if (form != SNAPSHOT_RANGE)
		return !v6 || memcmp(key, mapped, sizeof(mapped)) != 0;
	if (v6)
		net.addr = addr_none;
	memcpy(v6 ? net.addr.o : net.addr.o + 12, key, v6 ? SNAP_R6 : SNAP_R4);
	return snapshot_range_ok(&net);
}

/* Keys in records of stride octets, with their sums if there are any. */
static bool
keys_ok(const struct snapshot_set *set, enum snapshot_form form, bool v6,
    size_t stride)
{
	size_t width = snap_shapes[form][v6].width;
	uint32_t sum = 0;

	for (size_t i = 0; i < set->n; i++) {
		const uint8_t *k = set->keys + i * stride;

		if ((i > 0 && memcmp(k - stride, k, width) >= 0) ||
		    !key_ok(k, form, v6))
			return false;
		if (stride == width)
			continue;
		if (snap_u32(k + width) != sum + 1 && snap_u32(k + width) != sum - 1)
			return false;
		sum = snap_u32(k + width);
	}
	return true;
}

/* Any section of keys but that of IPv4 addresses in a base. */
static bool
open_keys(struct file *f, struct rbuf r)
{
	enum snapshot_form form = sections[f->row->type].form;
	bool v6 = sections[f->row->type].v6;
	size_t stride = snap_shapes[form][v6].width +
	    (f->v->kind == SNAPSHOT_OVERLAY ? SNAP_SUM : 0u);
	struct snapshot_list *l = list_for(f, v6);

	if (l == NULL || l->of[form].keys != NULL ||
	    r.n / stride != f->row->count || r.n % stride != 0)
		return false;
	l->of[form].keys = r.p;
	l->of[form].n = r.n / stride;
	return keys_ok(&l->of[form], form, v6, stride);
}

static bool
open_steps(struct file *f, struct rbuf r)
{
	struct snapshot_view *v = f->v;
	uint32_t before = v->head.base_serial;

	if (v->steps != NULL || r.n / SNAP_STEP != f->row->count ||
	    r.n % SNAP_STEP != 0 || f->row->code != 0)
		return false;
	v->steps = r.p;
	v->n_steps = r.n / SNAP_STEP;
	for (size_t i = 0; i < v->n_steps; i++) {
		struct snapshot_step s = snapshot_step(v, i);

		if (s.serial < before || s.serial > v->head.serial ||
		    s.len > 128 || r.p[i * SNAP_STEP + 7] != 0)
			return false;
		if (s.serial == v->head.base_serial &&
		    (i > 0 || s.kind != SNAPSHOT_STEP_STATUS))
			return false;
		before = s.serial;
	}
	return true;
}

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
		return row->type >= SNAP_MAY_IGNORE && f->index == NULL;
	return sections[row->type].in == f->v->kind &&
	    (f->index != NULL) == (row->type == SNAP_S_V4_LOW) &&
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
	if (f.at != n || f.index != NULL)
		return SEK_EPARSE;
	*part = "zone";
	return v->kind == SNAPSHOT_BASE && !f.zone ? SEK_EPARSE : 0;
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

bool
snapshot_emptied(const struct snapshot *s)
{
	return snapshot_now(s)->life == SNAPSHOT_EMPTY;
}

bool
snapshot_expired(const struct snapshot *s, int64_t now_s)
{
	return s->base != NULL && snapshot_now(s)->expiry_s < now_s;
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

enum { DAY_AT = 4, EXPIRY_AT = 8 };	/* in a status step's address */

struct snapshot_status
snapshot_status_of(const struct snapshot_step *s)
{
	struct snapshot_status is = { .life = s->code,
		.empties = snap_u32(s->addr.o + DAY_AT) };

	is.expiry_s = (int64_t)((uint64_t)snap_u32(s->addr.o + EXPIRY_AT) << 32 |
	    snap_u32(s->addr.o + EXPIRY_AT + 4));
	return is;
}
