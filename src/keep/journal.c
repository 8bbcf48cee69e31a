#include "keep/journal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/log.h"

/* Rules:
 * 1. seq has no gap; serial is the same for all rows of a commit and grows by
 *    one with each commit that writes rows, by more at a jump; 0 is no serial.
 * 2. prev of a row is hash of the row before; zero at seq 1.
 * 3. Nothing is remembered of rows that are not committed: each append reads
 *    the last row of the open transaction, so an undone write leaves no trace. */

enum { ROW_MAX = 512, REPLAY_ROWS = 1 << 24 };

struct keep_journal {
	uint32_t serial;	/* committed */
	uint32_t jump;		/* the next one, at least */
};

void
journal_hash(struct digest *out, const struct journal_row *row)
{
	uint8_t octets[ROW_MAX];
	struct wbuf w = wbuf_of(octets, sizeof(octets));
	unsigned n = sizeof(out->o);

	shape_encode(&w, &journal_shape, row);
	assert(w.err == 0 && w.len > sizeof(row->hash));
	if (EVP_Digest(octets, w.len - sizeof(row->hash), out->o, &n,
	    EVP_sha256(), NULL) != 1)
		abort();	/* a chain without hashes is none */
}

static bool
digest_eq(const struct digest *a, const struct digest *b)
{
	return memcmp(a->o, b->o, sizeof(a->o)) == 0;
}

int
journal_open(struct keep *k)
{
	struct journal_row last;
	struct digest hash;
	int err = store_one(k->store, Q_JOURNAL_LAST, NO_ARGS, &last);

	if (err < 0)
		return err;
	if (err == 0) {
		journal_hash(&hash, &last);
		if (!digest_eq(&hash, &last.hash))
			return SEK_EPARSE;
	}
	k->journal = calloc(1, sizeof(*k->journal));
	if (k->journal == NULL)
		return SEK_ENOMEM;
	k->journal->serial = err == 0 ? last.serial : 0;
	return 0;
}

void
journal_close(struct keep *k)
{
	free(k->journal);
	k->journal = NULL;
}

void
journal_jump(struct keep *k, uint32_t serial)
{
	k->journal->jump = serial;
}

uint32_t
journal_serial(const struct keep *k)
{
	return k->journal->serial;
}

bool
journal_committed(struct keep *k)
{
	struct journal_row last;
	int err = store_one(k->store, Q_JOURNAL_LAST, NO_ARGS, &last);

	if (err < 0)
		log_event(LOG_LV_ERR, "store", LOG_Z("why", store_why(k->store)));
	if (err != 0 || last.serial == k->journal->serial)
		return false;
	k->journal->serial = last.serial;
	return true;
}

int
journal_append(struct keep *k, struct journal_row *row)
{
	struct journal_row last = { 0 };
	int err = store_one(k->store, Q_JOURNAL_LAST, NO_ARGS, &last);

	if (err < 0)
		return err;
	row->seq = last.seq + 1;
	row->serial = k->journal->serial + 1;
	if (row->serial < k->journal->jump)
		row->serial = k->journal->jump;
	if (row->serial == 0)
		row->serial = 1;
	row->prev = last.hash;
	journal_hash(&row->hash, row);
	return store_put(k->store, &journal_shape, row);
}

/* --- the whole chain --- */

static int
walk_row(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct journal_walk *w = ctx;
	struct digest hash;

	journal_hash(&hash, j);
	if (j->seq != w->seq + 1 || !digest_eq(&j->prev, &w->hash) ||
	    !digest_eq(&j->hash, &hash) ||
	    (w->seq > 0 && (int32_t)(j->serial - w->serial) < 0)) {
		w->bad = w->seq + 1;
		return STORE_STOP;
	}
	w->seq = j->seq;
	w->serial = j->serial;
	w->hash = j->hash;
	return 0;
}

int
journal_verify(struct keep *k, uint64_t *bad)
{
	struct journal_walk w = { 0 };
	int err = store_each(k->store, Q_JOURNAL_FROM, ARGS(ARG_I(0)), walk_row, &w);

	*bad = w.bad;
	if (err != 0)
		return err;
	return w.bad != 0 ? SEK_EPARSE : 0;
}

int
journal_walk_page(struct journal_walk *w, struct keep *k, bool *end)
{
	uint64_t from = w->seq;
	int err = store_each(k->store, Q_JOURNAL_PAGE, ARGS(ARG_I(w->seq + 1),
	    ARG_I(JOURNAL_PAGE)), walk_row, w);

	*end = err == 0 && (w->bad != 0 || w->seq - from < JOURNAL_PAGE);
	return err;
}

static int
walk_begin(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct journal_walk *w = ctx;

	*w = (struct journal_walk){ j->seq, j->serial, j->hash, 0 };
	return STORE_STOP;
}

int
journal_walk_from(struct journal_walk *w, struct keep *k, uint64_t seq)
{
	int err;

	*w = (struct journal_walk){ .seq = 0 };
	err = store_each(k->store, Q_JOURNAL_PAGE, ARGS(ARG_I(seq), ARG_I(1)),
	    walk_begin, w);
	return err == 0 && w->seq != seq ? STORE_NONE : err;
}

/* --- replay --- */

struct replay {
	struct journal_row *rows;	/* owned: those about entries */
	size_t		    n, cap;
	struct wall	    at;
};

static bool
about_entry(const struct journal_row *j)
{
	return j->kind == JOURNAL_ADD || j->kind == JOURNAL_REMOVE ||
	    j->kind == JOURNAL_RETRACT;
}

static int
replay_grow(struct replay *r)
{
	size_t cap = r->cap == 0 ? 256 : r->cap * 2;
	struct journal_row *rows;

	if (cap > REPLAY_ROWS)
		return SEK_ENOMEM;
	rows = realloc(r->rows, cap * sizeof(*rows));
	if (rows == NULL)
		return SEK_ENOMEM;
	r->rows = rows;
	r->cap = cap;
	return 0;
}

static int
replay_row(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct replay *r = ctx;

	if (!about_entry(j) || j->made.s > r->at.s)
		return 0;
	if (r->n == r->cap) {
		int err = replay_grow(r);

		if (err != 0)
			return err;
	}
	r->rows[r->n++] = *j;
	return 0;
}

static int
entry_cmp(const struct journal_row *a, const struct journal_row *b)
{
	int c = addr_cmp(&a->addr, &b->addr);

	if (c == 0)
		c = a->len - b->len;
	return c == 0 ? a->code - b->code : c;
}

static int
row_cmp(const void *pa, const void *pb)
{
	const struct journal_row *a = pa, *b = pb;
	int c = entry_cmp(a, b);

	return c != 0 ? c : a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* What one row makes of an entry; false: it is not listed after it. */
static bool
fold(struct listing *l, bool listed, const struct journal_row *j)
{
	if (j->kind != JOURNAL_ADD)
		return false;
	*l = (struct listing){
		.addr = j->addr, .len = j->len, .code = j->code,
		.since = listed ? l->since : j->made, .until = j->until,
		.proof = j->made, .proofs = j->proofs, .evidence = j->evidence,
	};
	return true;
}

static int
replay_entries(const struct replay *r,
    int (*fn)(void *ctx, const struct listing *l), void *ctx)
{
	struct listing l = { 0 };
	bool listed = false;
	int err = 0;

	for (size_t i = 0; i < r->n && err == 0; i++) {
		listed = fold(&l, listed, &r->rows[i]);
		if (i + 1 < r->n && entry_cmp(&r->rows[i], &r->rows[i + 1]) == 0)
			continue;
		if (listed)
			err = fn(ctx, &l);
		listed = false;
	}
	return err == STORE_STOP ? 0 : err;
}

int
journal_replay(struct keep *k, struct wall at,
    int (*fn)(void *ctx, const struct listing *l), void *ctx)
{
	struct replay r = { .at = at };
	int err = store_each(k->store, Q_JOURNAL_FROM, ARGS(ARG_I(0)),
	    replay_row, &r);

	if (err == 0 && r.n > 0) {
		qsort(r.rows, r.n, sizeof(*r.rows), row_cmp);
		err = replay_entries(&r, fn, ctx);
	}
	free(r.rows);
	return err;
}

struct page {
	struct replay	r;
	struct addr	last;		/* address of the last row read */
	size_t		before;		/* rows that were kept before that address */
	size_t		n;		/* rows read */
	bool		one;		/* all of the same address */
};

static int
page_row(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct page *p = ctx;

	if (p->n == 0 || !addr_eq(&p->last, &j->addr)) {
		p->one = p->n == 0;
		p->before = p->r.n;
		p->last = j->addr;
	}
	p->n++;
	return replay_row(&p->r, row);
}

/* A page that is full may end in the middle of an address: leaves that to the
 * next page, or, where it is the only one, reads it whole. */
static int
page_whole(struct page *p, struct keep *k, struct addr *to)
{
	if (p->one) {
		*to = p->last;
		p->r.n = 0;
		return store_each(k->store, Q_JOURNAL_BY_ADDR, ARGS(ARG_A(p->last)),
		    replay_row, &p->r);
	}
	p->r.n = p->before;
	*to = p->last;
	for (size_t i = sizeof(to->o); i-- > 0 && to->o[i]-- == 0; )
		;		/* the address just below it */
	return 0;
}

int
journal_replay_page(struct keep *k, struct addr *after, bool *end,
    int (*fn)(void *ctx, const struct listing *l), void *ctx)
{
	struct page p = { .r = { .at = { INT64_MAX } } };
	struct addr to;
	int err = store_each(k->store, Q_JOURNAL_ADDR_PAGE, ARGS(ARG_A(*after),
	    ARG_I(JOURNAL_PAGE)), page_row, &p);

	*end = p.n < JOURNAL_PAGE;
	memset(&to, 0xff, sizeof(to));
	if (err == 0 && !*end)
		err = page_whole(&p, k, &to);
	if (err == 0 && p.r.n > 0) {
		qsort(p.r.rows, p.r.n, sizeof(*p.r.rows), row_cmp);
		err = replay_entries(&p.r, fn, ctx);
	}
	free(p.r.rows);
	if (err == 0)
		*after = to;
	return err;
}

/* The rows of one entry, in their order. */
static bool
past_of(struct journal_past *p, const struct journal_row *rows, size_t n, struct wall at)
{
	bool listed = false;

	*p = (struct journal_past){ 0 };
	for (size_t i = 0; i < n; i++) {
		if (rows[i].made.s <= at.s) {
			listed = fold(&p->l, listed, &rows[i]);
		} else if (rows[i].kind != JOURNAL_ADD) {
			p->gone = rows[i].made;
			p->retracted = rows[i].kind == JOURNAL_RETRACT;
			break;
		}
	}
	return listed;
}

int
journal_at(struct keep *k, const struct addr *a, struct wall at,
    int (*fn)(void *ctx, const struct journal_past *p), void *ctx)
{
	struct replay r = { .at = { INT64_MAX } };
	int err = store_each(k->store, Q_JOURNAL_BY_ADDR, ARGS(ARG_A(*a)),
	    replay_row, &r);

	if (err == 0 && r.n > 0)
		qsort(r.rows, r.n, sizeof(*r.rows), row_cmp);
	for (size_t i = 0, end; i < r.n && err == 0; i = end) {
		struct journal_past p;

		for (end = i + 1; end < r.n && entry_cmp(&r.rows[i], &r.rows[end]) == 0; )
			end++;
		if (past_of(&p, &r.rows[i], end - i, at))
			err = fn(ctx, &p);
	}
	free(r.rows);
	return err == STORE_STOP ? 0 : err;
}
