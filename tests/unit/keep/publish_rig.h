#pragma once
/* tests/unit/keep/publish_rig.h -- a keeper's lower stages that publish, and
 * the parent's end of it. */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "keep/publish.h"
#include "keep/publish_build.h"
#include "keep/publish_out.h"
#include "keep/publish_steps.h"
#include "keep/range.h"
#include "rig.h"

/* The parent's end: keeps the last base, overlay and tail, as sekimorid does,
 * and opens them as serve does. */
struct parent {
	struct rig		*r;
	struct channel		*c;
	struct publish_map	 last[4];	/* by enum publish_kind */
	unsigned		 got[4];
};

static inline void
parent_message(void *ctx, struct channel *c, struct frame *f)
{
	struct parent *p = ctx;
	struct publish_map *m;
	struct msg_publish msg;

	(void)c;
	assert_int_equal(f->type, MSG_PUBLISH);
	assert_int_equal(frame_decode(&msg, sizeof(msg), f), 0);
	assert_true(msg.kind >= PUBLISH_BASE && msg.kind <= PUBLISH_TAIL && f->fd >= 0);
	/* sealed: whoever holds the descriptor cannot change what others map */
	assert_int_equal(write(f->fd, "x", 1), -1);
	assert_int_equal(ftruncate(f->fd, 0), -1);
	m = &p->last[msg.kind];
	if (p->got[msg.kind]++ > 0) {
		publish_unmap(m);
	}
	{
		struct stat st;
		const char *part = "";
		void *at;

		assert_int_equal(fstat(f->fd, &st), 0);
		assert_true((uint64_t)st.st_size == msg.octets);
		at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, f->fd, 0);
		assert_true(at != MAP_FAILED);
		*m = (struct publish_map){ .fd = f->fd, .p = at, .n = (size_t)st.st_size };
		f->fd = -1;
		if (snapshot_open(&m->view, m->p, m->n, &part) != 0)
			fail_msg("kind %u does not open: %s", msg.kind, part);
		assert_int_equal(m->view.head.serial, msg.serial);
		assert_int_equal(m->view.kind, msg.kind);
	}
}

static inline void
parent_gone(void *ctx, struct channel *c)
{
	struct parent *p = ctx;

	p->c = NULL;
	channel_free(c);
}

static inline void
keeper_message(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c, (void)f;
}

static inline void
keeper_gone(void *ctx, struct channel *c)
{
	(void)ctx, (void)c;
}

static inline int
up(void **state)
{
	static const struct channel_events pe = { .message = parent_message, .gone = parent_gone };
	static const struct channel_events ke = { .message = keeper_message, .gone = keeper_gone };
	struct parent *p = calloc(1, sizeof(*p));
	void *rig;
	int pair[2];

	assert_non_null(p);
	rig_file(&rig);
	p->r = rig;
	for (int i = 0; i < 4; i++)
		p->last[i].fd = -1;
	rig_set(p->r, "dns.zone", "bl.example");
	rig_set(p->r, "dns.ns", "ns1.bl.example ns.other.example");
	rig_set(p->r, "dns.hostmaster", "hostmaster@bl.example");
	rig_set(p->r, "dns.listen", "127.0.0.1:53");
	rig_set(p->r, "dns.listen", "[::1]:53");
	rig_set(p->r, "dns.listen", "0.0.0.0:53");
	rig_set(p->r, "dns.listen", "198.18.0.53:53");
	rig_set(p->r, "dns.listen", "198.18.0.53:5353");	/* the same address once more */
	rig_set(p->r, "web.url", "https://bl.example/");
	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(channel_new(&p->r->k.parent, p->r->k.loop, pair[0], &ke, p), 0);
	assert_int_equal(channel_new(&p->c, p->r->k.loop, pair[1], &pe, p), 0);
	*state = p;
	return 0;
}

static inline void
let(struct parent *p, int64_t ms)
{
	loop_run(p->r->k.loop, (struct mono){ p->r->clock.mono.ms + ms });
}

static inline int
down(void **state)
{
	struct parent *p = *state;
	void *rig = p->r;

	publish_close(&p->r->k);
	channel_free(p->r->k.parent);
	channel_free(p->c);
	for (int i = 1; i < 4; i++)
		publish_unmap(&p->last[i]);
	free(p);
	return rig_end(&rig);
}

static inline struct snapshot
now(const struct parent *p)
{
	const struct snapshot_view *base = &p->last[PUBLISH_BASE].view;
	const struct snapshot_view *over = &p->last[PUBLISH_OVERLAY].view;
	bool fits = p->got[PUBLISH_OVERLAY] > 0 && snapshot_fits(base, over);

	return (struct snapshot){ base, fits ? over : NULL };
}

struct walk { struct snapshot_entry at[512]; size_t n; };

static inline int
walk_take(void *ctx, const struct snapshot_entry *e)
{
	struct walk *w = ctx;

	assert_true(w->n < 512);
	w->at[w->n++] = *e;
	return 0;
}

/* The exceptions that stand, as the journal has them, in order of address. */
struct excepts { struct addr at[256]; size_t n; };

static inline int
excepts_take(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct excepts *e = ctx;

	if (e->n > 0 && addr_eq(&e->at[e->n - 1], &j->addr))
		e->n--;
	if (j->kind == JOURNAL_EXCEPT) {
		assert_true(e->n < 256);
		e->at[e->n++] = j->addr;
	}
	return 0;
}

/* By address: listed by itself, or by a range that does not except it. */
static inline void
finds_what_is_listed(struct parent *p, const struct snapshot *s, const struct addr *a,
    const char *when)
{
	struct range_at range;
	bool want;

	assert_int_equal(range_at(&range, &p->r->k, a, (struct wall){ INT64_MAX }), 0);
	want = rig_listed(p->r, *a, CODE_ENTRY, NULL) || (range.stands && !range.excepted);
	if (snapshot_has(s, a, CODE_ENTRY) != want)
		fail_msg("%s: 198.18.%u.%u", when, a->o[14], a->o[15]);
}

/* What is published is what is in the database: base + overlay = listing and
 * exceptions. */
static inline void
agrees(struct parent *p, const char *when)
{
	static const struct addr first, last = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	static struct rig_all all;
	static struct walk w;
	struct excepts x = { .n = 0 };
	struct snapshot s = now(p);

	rig_listings(p->r, &all);
	assert_int_equal(store_each(p->r->k.store, Q_JOURNAL_EXCEPTS, ARGS(ARG_A(first),
	    ARG_A(last)), excepts_take, &x), 0);
	w.n = 0;
	assert_int_equal(snapshot_each(&s, walk_take, &w), 0);
	if (w.n != all.n + x.n)
		fail_msg("%s: %zu and %zu in the store, %zu published", when, all.n, x.n, w.n);
	for (size_t i = 0; i < all.n; i++)
		if (!snapshot_is(&s, all.at[i].len == 128 ? SNAPSHOT_ADDRESS : SNAPSHOT_RANGE,
		    &all.at[i].addr, all.at[i].code))
			fail_msg("%s: entry %zu differs", when, i);
	for (size_t i = 0; i < x.n; i++)
		if (!snapshot_is(&s, SNAPSHOT_EXCEPT, &x.at[i], CODE_ENTRY))
			fail_msg("%s: exception %zu differs", when, i);
	for (unsigned i = 0; i < 64; i++) {
		struct addr a = rig_addr(i);

		finds_what_is_listed(p, &s, &a, when);
	}
	assert_int_equal(snapshot_now(&s)->serial, journal_serial(&p->r->k));
}

static inline void
open_now(struct parent *p)
{
	int err = publish_open(&p->r->k);

	if (err != 0)
		fail_msg("publish_open: %d", err);
	let(p, 1);
}

static inline bool
prove(struct parent *p, unsigned n)
{
	return rig_prove(p->r, (struct rig_proof){ .addr = rig_addr(n) });
}

static inline void
unlist(struct parent *p, unsigned n)
{
	struct addr a = rig_addr(n);

	assert_int_equal(list_remove(&p->r->k, &a, JOURNAL_REMOVE, STR("x"), STR("y")), 0);
}

/* In real time a child takes milliseconds; the fake clock waits for its end
 * because the pipe makes the loop ready. */
static inline void
wait_for_base(struct parent *p, unsigned n)
{
	for (int i = 0; i < 200 && p->got[PUBLISH_BASE] < n; i++) {
		let(p, 50);
		usleep(5000);
	}
	assert_true(p->got[PUBLISH_BASE] >= n);
}

static inline void
reopen(struct parent *p)
{
	publish_close(&p->r->k);
	for (int i = 1; i < 4; i++) {
		publish_unmap(&p->last[i]);
		p->got[i] = 0;
	}
	open_now(p);
}
