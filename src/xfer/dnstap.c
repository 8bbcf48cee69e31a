#include "xfer/dnstap.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "xfer/dnstap_stream.h"

struct dnstap {
	struct loop		*loop;
	struct loop_timer	*drain;
	struct dnstap_about	 about;
	uint32_t		 sample, until;	/* until: our answers up to the next */
	struct dnstap_stream	*stream;	/* NULL: no collector */
	const struct shared	*rings;		/* NULL: none yet */
	struct counters_slot	*counters;
	uint64_t		 mark;		/* octets of the stream */
	uint64_t		 before, after;	/* answers not counted yet, put before mark or after */
	uint64_t		 written, dropped;	/* of this collector */
};

static void
count(struct dnstap *d, enum counter c, uint64_t n)
{
	if (d->counters != NULL)
		counters_add(d->counters, c, n);
	if (c == COUNTER_TAP_WRITTEN)
		d->written += n;
	else
		d->dropped += n;
}

/* An answer counts as written once the kernel has all of it.  One mark after
 * another is waited for, not each answer. */
static void
settle(struct dnstap *d)
{
	if (dnstap_stream_sent(d->stream) < d->mark)
		return;
	count(d, COUNTER_TAP_WRITTEN, d->before);
	d->before = d->after;
	d->after = 0;
	d->mark = dnstap_stream_taken(d->stream);
}

static void
put_frame(struct wbuf *w, const struct dnstap *d, const struct tap_answer *a,
    enum dnstap_side side)
{
	uint8_t frame[DNSTAP_FRAME_MAX];
	size_t n = dnstap_encode(frame, a, side, &d->about);

	wbuf_u32(w, (uint32_t)n);
	wbuf_bytes(w, frame, n);
}

/* Query and answer go together or not at all. */
static void
put(struct dnstap *d, const struct tap_answer *a)
{
	uint8_t both[2 * (sizeof(uint32_t) + DNSTAP_FRAME_MAX)];
	struct wbuf w = wbuf_of(both, sizeof(both));

	put_frame(&w, d, a, DNSTAP_QUERY);
	put_frame(&w, d, a, DNSTAP_ANSWER);
	assert(w.err == 0);
	if (dnstap_stream_put(d->stream, both, w.len))
		d->after++;
	else
		count(d, COUNTER_TAP_DROPPED, 1);
}

/* At most a ring's entries at once: a worker gone wild must not keep us.
 * Returns the most that a ring had. */
static int
take_all(struct dnstap *d)
{
	struct tap_ring *r;
	struct tap_entry e;
	int most = 0;

	for (uint32_t i = 0; d->rings != NULL &&
	    (r = tap_ring(d->rings, i)) != NULL; i++) {
		int n = 0;

		for (; n < TAP_ENTRIES && tap_take(r, &e); n++) {
			const struct tap_answer a = tap_shown(&e);

			put(d, &a);
		}
		if (n > most)
			most = n;
	}
	return most;
}

/* The end of a collector frees the stream.  The second settling is for a stream
 * that holds nothing any more. */
static void
drain(void *ctx)
{
	struct dnstap *d = ctx;
	int most = take_all(d);

	dnstap_stream_flush(d->stream);
	if (d->stream == NULL)
		return;
	settle(d);
	settle(d);
	loop_timer_set(d->drain,
	    most >= TAP_ENTRIES / 2 ? DNSTAP_BUSY_MS : DNSTAP_DRAIN_MS);
}

static void
up(void *ctx)
{
	struct dnstap *d = ctx;

	log_event(LOG_LV_INFO, "dnstap-begins", LOG_NONE);
	loop_timer_set(d->drain, 0);
}

static void
leave(struct dnstap *d, const char *why)
{
	settle(d);
	settle(d);
	count(d, COUNTER_TAP_DROPPED, d->before + d->after);
	log_event(LOG_LV_NOTICE, "dnstap-ends", LOG_Z("why", why),
	    LOG_N("written", d->written), LOG_N("dropped", d->dropped));
	loop_timer_stop(d->drain);
	dnstap_stream_free(d->stream);
	d->stream = NULL;
	d->mark = d->before = d->after = d->written = d->dropped = 0;
}

/* The parent sees it too, and connects anew. */
static void
gone(void *ctx, const char *why)
{
	leave(ctx, why);
}

int
dnstap_new(struct dnstap **out, struct loop *l, const struct dnstap_about *about,
    uint32_t sample)
{
	struct dnstap *d = calloc(1, sizeof(*d));
	int err;

	if (d == NULL)
		return SEK_ENOMEM;
	d->loop = l;
	d->about = *about;
	d->sample = d->until = sample;
	err = loop_timer(&d->drain, l, drain, d);
	if (err != 0) {
		free(d);
		return err;
	}
	*out = d;
	return 0;
}

void
dnstap_rings(struct dnstap *d, const struct shared *rings)
{
	d->rings = rings;
}

void
dnstap_counters(struct dnstap *d, struct counters_slot *c)
{
	d->counters = c;
}

int
dnstap_socket(struct dnstap *d, int fd)
{
	static const struct dnstap_stream_events ev = { up, gone };

	if (d->stream != NULL)
		leave(d, "another one came");
	return dnstap_stream_new(&d->stream, d->loop, fd, &ev, d);
}

void
dnstap_answer(struct dnstap *d, const struct tap_answer *a)
{
	struct tap_answer timed = *a;

	if (d == NULL || --d->until > 0)
		return;
	d->until = d->sample;
	timed.at = loop_clock(d->loop)->wall_ns(loop_clock(d->loop));
	if (d->stream == NULL || a->query_len > TAP_QUERY ||
	    a->answer_len > TAP_ANSWER)
		count(d, COUNTER_TAP_DROPPED, 1);
	else
		put(d, &timed);
}

void
dnstap_free(struct dnstap *d)
{
	if (d == NULL)
		return;
	if (loop_timer_active(d->drain))	/* there is one that takes frames */
		drain(d);
	if (d->stream != NULL)
		leave(d, "xfer stops");
	loop_timer_free(d->drain);
	free(d);
}
