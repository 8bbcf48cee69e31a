#pragma once
/* tests/unit/xfer/rig.h -- a server of a small list, without sockets.
 * Include cmocka.h first. */

#include "../snapshot_make.h"
#include "fact/record.h"
#include "keys.h"
#include "base/log.h"
#include "xfer/server.h"

struct rig {
	struct clock_fake	 clock;
	struct loop		*loop;
	struct published	 published;
	struct server		 server;
	uint8_t			*base, *tail;
	struct snapshot_view	 steps;
};

static inline void
rig_changed(void *ctx)
{
	(void)ctx;
}

/* What came before serial 4: from 2 on .25 (3), and .27 until then (4). */
static inline void
rig_tail(struct rig *x)
{
	const struct snapshot_step steps[] = {
		{ 2, SNAPSHOT_STEP_STATUS, SNAPSHOT_FROZEN, 128, { { [15] = 7 } } },
		{ 3, JOURNAL_ADD, 2, 128, addr_v4(192, 0, 2, 25) },
		{ 4, JOURNAL_REMOVE, 2, 128, addr_v4(192, 0, 2, 27) },
		{ 4, SNAPSHOT_STEP_STATUS, SNAPSHOT_ALIVE, 128, { { [12] = 0x65, 0x55, 0x42, 0x80 } } },
	};
	struct snapshot_memory m = { malloc(snapshot_tail_max(4)), snapshot_tail_max(4), 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_head h = make_head(4, 2, SNAPSHOT_OUT);
	uint64_t octets;
	const char *part;

	if (m.p == NULL || snapshot_write_tail(&sink, &h, steps, 4, &octets) != 0 ||
	    snapshot_open(&x->steps, m.p, octets, &part) != 0)
		abort();
	x->tail = m.p;
	versions_now(x->server.versions)->hold.tail = &x->steps;
}

/* Serial 4, out.ZONE on, the catalog cat.example; keys: text of the file. */
static inline void
rig_open(struct rig *x, const char *keys)
{
	static const struct snapshot_entry e[] = {
		{ .addr = { { [10] = 0xff, 0xff, 192, 0, 2, 25 } }, .code = 2 },
		{ .addr = { { [10] = 0xff, 0xff, 192, 0, 2, 26 } }, .code = 3 },
	};
	struct server *s = &x->server;
	const char *part;
	int64_t n = make_base(&x->base, 4, SNAPSHOT_OUT, e, 2);

	if (n <= 0 || snapshot_open(&x->published.base.view, x->base, (size_t)n, &part) != 0)
		abort();
	x->published.s.base = &x->published.base.view;
	clock_fake_init(&x->clock, (struct wall){ 1700000000 });
	x->loop = loop_new_fake(&x->clock);
	*s = (struct server){ .loop = x->loop, .published = &x->published, .most = 2,
		.ring = keys_ring(keys) };
	if (x->loop == NULL || dns_name_parse(&s->catalog.name, STR("cat.example")) != 0 ||
	    versions_new(&s->versions, x->loop, &x->published, rig_changed, NULL) != 0)
		abort();
	versions_look(s->versions);
	rig_tail(x);
	catalog_look(&s->catalog, &x->published.s);
}

static inline void
rig_close(struct rig *x)
{
	versions_free(x->server.versions);
	tsig_ring_free(x->server.ring);
	loop_free(x->loop);
	free(x->base);
	free(x->tail);
}
