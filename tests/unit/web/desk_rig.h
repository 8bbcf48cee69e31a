#pragma once
/* tests/unit/web/desk_rig.h -- the handlers between a fake HTTP and a test that
 * plays the keeper, on a fake loop.  Include fake_http.h first. */

#include <unistd.h>

#include "../snapshot_make.h"
#include "web/relay_events.h"
#include "web/web.h"

enum { RIG_NOW = 1795385196 };	/* 2026-11-22T22:06:36Z */

struct rig {
	struct clock_fake	 clock;
	struct loop		*loop;
	struct conf		*conf;
	struct published	 published;
	struct snapshot_view	 base;
	uint8_t			*octets;
	struct web		 web;
	struct channel		*keeper;	/* our end; NULL: it is away */
	int			 sock;		/* the keeper's end */
	uint64_t		 id;		/* of the request read last */
	unsigned		 drops;		/* MSG_CTL_DROP seen */
};

static inline void
rig_run(struct rig *r)
{
	loop_run(r->loop, r->clock.mono);
}

static inline void
rig_pass(struct rig *r, int64_t ms)
{
	loop_run(r->loop, (struct mono){ r->clock.mono.ms + ms });
}

static inline void
rig_message(void *ctx, struct channel *c, struct frame *f)
{
	(void)c;
	desk_message(((struct rig *)ctx)->web.desk, f);
}

static inline void
rig_keeper_goes(void *ctx, struct channel *c)
{
	struct rig *r = ctx;

	desk_keeper(r->web.desk, NULL);
	channel_free(c);
	r->keeper = NULL;
}

static inline void
rig_keeper_comes(struct rig *r)
{
	static const struct channel_events events = {
		.message = rig_message, .gone = rig_keeper_goes,
	};
	int pair[2];

	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(channel_new(&r->keeper, r->loop, pair[0], &events, r), 0);
	r->sock = pair[1];
	desk_keeper(r->web.desk, r->keeper);
}

static inline void
rig_keeper_dies(struct rig *r)
{
	close(r->sock);
	r->sock = -1;
	rig_run(r);
	assert_null(r->keeper);
}

static inline void
rig_conf(struct rig *r)
{
	struct conf_why why;

	assert_int_equal(conf_default(&r->conf), 0);
	assert_int_equal(conf_set(r->conf, "lab.range", STR("192.0.2.0/24"), &why), 0);
	assert_int_equal(conf_set(r->conf, "lab.range", STR("2001:db8::/32"), &why), 0);
}

/* One entry, 192.0.2.25, at serial 42. */
static inline void
rig_publish(struct rig *r)
{
	const struct snapshot_entry entry = { addr_v4(192, 0, 2, 25), 2, 0 };
	int64_t n = make_base(&r->octets, 42, 0, &entry, 1);
	const char *part;

	assert_true(n > 0);
	assert_int_equal(snapshot_open(&r->base, r->octets, (size_t)n, &part), 0);
	r->published.s.base = &r->base;
}

static inline void
rig_open(struct rig *r, bool keeper)
{
	*r = (struct rig){ .sock = -1 };
	clock_fake_init(&r->clock, (struct wall){ RIG_NOW });
	r->loop = loop_new_fake(&r->clock);
	assert_non_null(r->loop);
	rig_conf(r);
	r->web = (struct web){ .loop = r->loop, .conf = r->conf, .published = &r->published };
	assert_int_equal(desk_new(&r->web.desk, r->loop), 0);
	assert_int_equal(relays_new(&r->web.relays, r->loop, r->web.desk, r->conf->url), 0);
	if (keeper)
		rig_keeper_comes(r);
}

static inline void
rig_close(struct rig *r)
{
	desk_free(r->web.desk);
	relays_free(r->web.relays);
	channel_free(r->keeper);
	if (r->sock >= 0)
		close(r->sock);
	conf_free(r->conf);
	free(r->octets);
	loop_free(r->loop);
	fake_free_streams();
}

/* The next request that came to the keeper as text into out; false: none. */
static inline bool
rig_asked(struct rig *r, char *out, size_t cap)
{
	static struct frame f;
	struct msg_part m;
	struct msg_id id;

	while (r->sock >= 0 && frame_read(r->sock, &f) == 0) {
		if (f.type == MSG_CTL_DROP) {
			assert_int_equal(frame_decode(&id, sizeof(id), &f), 0);
			r->drops++;
		} else if (f.type == MSG_CTL) {
			assert_int_equal(frame_decode(&m, sizeof(m), &f), 0);
			assert_true(m.octets.n < cap);
			memcpy(out, m.octets.p, m.octets.n);
			out[m.octets.n] = '\0';
			r->id = m.id;
			return true;
		}
	}
	return false;
}

/* Answers the request read last; done: the end, else an event. */
static inline void
rig_say(struct rig *r, const char *text, bool done)
{
	struct msg_part m = { .id = r->id, .octets = str_of(text) };

	assert_int_equal(frame_write(r->sock, done ? MSG_CTL_DONE : MSG_CTL_EVENT, &m, -1), 0);
	rig_run(r);
}
