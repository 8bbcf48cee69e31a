#pragma once
/* tests/unit/keep/held.h -- probers that hold their sessions until the test ends
 * them; beside fixture.h, in the place of the one that answers at once. */

#include "fixture.h"

#include "keep/order.h"
#include "keep/probers.h"

enum { HELD_PROBERS = 3, HELD_MAX = 64 };

struct held {			/* an order that a prober was given */
	struct addr	addr;
	uint64_t	order;
	uint64_t	attempts[FORMS_MAX];
	size_t		n;
	bool		granted;
};

struct mine {			/* a prober that does what the test says */
	struct channel	*channel;	/* our end */
	struct held	 held[HELD_MAX];
	size_t		 n, orders;	/* in hand; ever */
};

static struct mine probers[HELD_PROBERS];
static unsigned dials[256];	/* sessions granted, by the last octet of the target */

static inline struct held *
held(struct mine *p, uint64_t order)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->held[i].order == order)
			return &p->held[i];
	fail_msg("no such order");
	return NULL;
}

/* Never two at once to one address, whoever has it. */
static inline void
granted(struct held *h)
{
	for (size_t i = 0; i < HELD_PROBERS; i++)
		for (size_t k = 0; k < probers[i].n; k++)
			if (probers[i].held[k].granted &&
			    addr_eq(&probers[i].held[k].addr, &h->addr))
				fail_msg("two dialogues with one address");
	h->granted = true;
	if (h->addr.o[13] == 18)	/* target() */
		dials[h->addr.o[15]]++;
}

static inline void
hears(void *ctx, struct channel *c, struct frame *fr)
{
	struct mine *p = ctx;
	union { struct msg_form form; struct msg_grant grant; struct msg_id id;
		struct msg_order order; } m;
	struct held *h;

	assert_int_equal(frame_decode(&m, message_shape(fr->type)->size, fr), 0);
	switch (fr->type) {
	case MSG_ORDER:
		assert_true(p->n < HELD_MAX);
		p->orders++;
		p->held[p->n++] = (struct held){ .addr = m.order.addr, .order = m.order.order };
		break;
	case MSG_FORM:
		h = held(p, m.form.order);
		h->attempts[h->n++] = m.form.attempt;
		break;
	case MSG_GO:
		send_to(c, MSG_NAMED, &m.id);
		send_to(c, MSG_ASK, &m.id);
		break;
	case MSG_GRANT:
		assert_true(m.grant.ok);
		granted(held(p, m.grant.id));
		break;
	case MSG_RESOLVE:	/* the resolver is slow */
		break;
	default:
		fail_msg("prober got message %u", fr->type);
	}
}

static inline void
left(void *ctx, struct channel *c)
{
	((struct mine *)ctx)->channel = NULL;
	channel_free(c);
}

static inline void
join(struct fixture *f, unsigned nth)
{
	static const struct channel_events ev = { .message = hears, .gone = left };
	struct mine *p = &probers[nth];
	int pair[2];

	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(keeper_probe(f->keep, nth, pair[0]), 0);
	*p = (struct mine){ 0 };
	assert_int_equal(channel_new(&p->channel, f->loop, pair[1], &ev, p), 0);
}

static inline void
dies(struct fixture *f, unsigned nth)
{
	channel_free(probers[nth].channel);
	probers[nth] = (struct mine){ 0 };	/* its connections end with it */
	pass(f, 0);
}

/* All that it has is refused; the sessions end. */
static inline void
refuse_all(struct mine *p)
{
	while (p->n > 0) {
		const struct held *h = &p->held[--p->n];
		struct msg_ended end = { .order = h->order, .finding = FIND_DONE };

		for (size_t i = 0; i < h->n; i++)
			send_to(p->channel, MSG_FOUND, &(struct msg_found){ .order = h->order,
			    .attempt = h->attempts[i], .finding = FIND_REFUSED, .code = 550,
			    .said = STR("no") });
		send_to(p->channel, MSG_ENDED, &end);
	}
}

static inline void
all_refuse(struct fixture *f)
{
	for (int turns = 0; turns < 400 && order_count(f->keep) > 0; turns++) {
		for (size_t i = 0; i < HELD_PROBERS; i++)
			if (probers[i].channel != NULL)
				refuse_all(&probers[i]);
		pass(f, 5);
	}
}


/* A control that holds; then n of these probers instead of the fixture's. */
static inline int
held_open(void **state, unsigned n)
{
	int err = fixture_open(state);
	struct fixture *f = *state;

	memset(probers, 0, sizeof(probers));
	memset(dials, 0, sizeof(dials));
	f->does = DOES_REFUSE;
	assert_int_equal(nominate(f, target(200), DEPTH_GENTLE), 0);
	pass(f, 60);
	assert_int_equal(verdict(f, target(200), NULL), VERDICT_CLOSED);
	for (unsigned i = 0; i < n; i++)
		join(f, i);
	pass(f, 0);
	return err;
}

static inline int
held_close(void **state)
{
	struct fixture *f = *state;

	keeper_free(f->keep);
	f->keep = NULL;
	for (size_t i = 0; i < HELD_PROBERS; i++)
		channel_free(probers[i].channel);
	return fixture_close(state);
}
