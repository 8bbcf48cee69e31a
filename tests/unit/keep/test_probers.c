/* Several processes of the probe role: who gets what, and what becomes of it
 * when one of them dies. */

#include "fixture.h"

#include "keep/order.h"
#include "keep/probers.h"

#include <unistd.h>

enum { PROBERS = 3, TARGETS = 9, HELD_MAX = 64, HOUR_S = 3600 };

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

static struct mine probers[PROBERS];
static unsigned dials[256];	/* sessions granted, by the last octet of the target */

static struct held *
held(struct mine *p, uint64_t order)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->held[i].order == order)
			return &p->held[i];
	fail_msg("no such order");
	return NULL;
}

/* Never two at once to one address, whoever has it. */
static void
granted(struct held *h)
{
	for (size_t i = 0; i < PROBERS; i++)
		for (size_t k = 0; k < probers[i].n; k++)
			if (probers[i].held[k].granted &&
			    addr_eq(&probers[i].held[k].addr, &h->addr))
				fail_msg("two dialogues with one address");
	h->granted = true;
	dials[h->addr.o[15]]++;
}

static void
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
	default:
		fail_msg("prober got message %u", fr->type);
	}
}

static void
left(void *ctx, struct channel *c)
{
	((struct mine *)ctx)->channel = NULL;
	channel_free(c);
}

static void
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

static void
dies(struct fixture *f, unsigned nth)
{
	channel_free(probers[nth].channel);
	probers[nth] = (struct mine){ 0 };	/* its connections end with it */
	pass(f, 0);
}

/* All that it has is refused; the sessions end. */
static void
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

static void
all_refuse(struct fixture *f)
{
	for (int turns = 0; turns < 400 && order_count(f->keep) > 0; turns++) {
		for (size_t i = 0; i < PROBERS; i++)
			if (probers[i].channel != NULL)
				refuse_all(&probers[i]);
		pass(f, 5);
	}
}

/* A control that holds; then three probers of ours instead of the fixture's. */
static int
open_three(void **state)
{
	int err = fixture_open(state);
	struct fixture *f = *state;

	memset(probers, 0, sizeof(probers));
	memset(dials, 0, sizeof(dials));
	f->does = DOES_REFUSE;
	assert_int_equal(nominate(f, target(200), DEPTH_GENTLE), 0);
	pass(f, 60);
	assert_int_equal(verdict(f, target(200), NULL), VERDICT_CLOSED);
	for (unsigned i = 0; i < PROBERS; i++)
		join(f, i);
	pass(f, 0);
	return err;
}

static int
close_three(void **state)
{
	struct fixture *f = *state;

	keeper_free(f->keep);
	f->keep = NULL;
	for (size_t i = 0; i < PROBERS; i++)
		channel_free(probers[i].channel);
	return fixture_close(state);
}

static void
nominate_some(struct fixture *f)
{
	for (uint8_t i = 0; i < TARGETS; i++)
		assert_int_equal(nominate(f, target(10 + i), DEPTH_GENTLE), 0);
	pass(f, 2);
}

static void
all_are_closed(struct fixture *f)
{
	for (uint8_t i = 0; i < TARGETS; i++)
		assert_int_equal(verdict(f, target(10 + i), NULL), VERDICT_CLOSED);
}

static void
sessions_are_spread(void **state)
{
	struct fixture *f = *state;

	nominate_some(f);
	for (size_t i = 0; i < PROBERS; i++)
		assert_int_equal(probers[i].n, TARGETS / PROBERS);
	all_refuse(f);
	all_are_closed(f);
}

static void
of_one_that_dies_others_take_over(void **state)
{
	struct fixture *f = *state;
	unsigned before[TARGETS];

	nominate_some(f);
	for (size_t i = 0; i < TARGETS; i++)
		before[i] = dials[10 + i];
	dies(f, 1);
	pass(f, 30);
	assert_int_equal(probers_count(f->keep), PROBERS - 1);
	assert_int_equal(probers[0].n + probers[2].n, TARGETS);
	for (size_t i = 0, again = 0; i < TARGETS; i++) {
		again += dials[10 + i] - before[i];
		if (i + 1 == TARGETS)
			assert_int_equal(again, TARGETS / PROBERS);	/* the others went on */
	}
	all_refuse(f);
	all_are_closed(f);
}

static void
each_dies_once_and_comes_back(void **state)
{
	struct fixture *f = *state;

	nominate_some(f);
	for (unsigned i = 0; i < PROBERS; i++) {
		dies(f, i);
		join(f, i);
		pass(f, 5);
	}
	all_refuse(f);
	all_are_closed(f);
}

static void
with_none_all_waits(void **state)
{
	struct fixture *f = *state;

	nominate_some(f);
	for (unsigned i = 0; i < PROBERS; i++)
		dies(f, i);
	pass(f, HOUR_S);
	assert_int_equal(order_count(f->keep), 0);
	for (uint8_t i = 0; i < TARGETS; i++)
		assert_int_equal(verdict(f, target(10 + i), NULL), VERDICT_NONE);
	join(f, 2);
	pass(f, 30);
	assert_int_equal(probers[2].n, TARGETS);
	all_refuse(f);
	all_are_closed(f);
}

/* Whoever broke into one of them cannot speak for the others. */
static void
of_an_order_speaks_who_has_it(void **state)
{
	struct fixture *f = *state;
	struct held mine;
	struct order_now now;

	nominate_some(f);
	mine = probers[0].held[0];
	send_to(probers[1].channel, MSG_FOUND, &(struct msg_found){ .order = mine.order,
	    .attempt = mine.attempts[0], .finding = FIND_REFUSED, .code = 550 });
	send_to(probers[1].channel, MSG_ENDED, &(struct msg_ended){ .order = mine.order,
	    .finding = FIND_DONE });
	pass(f, 1);
	assert_true(order_busy(f->keep, &mine.addr));
	assert_int_equal(order_count(f->keep), TARGETS);
	for (uint64_t run = 1; run < 40; run++)
		if (order_now(f->keep, run, &now))
			assert_int_equal(now.found, 0);
}

static void
a_number_that_cannot_be_is_refused(void **state)
{
	struct fixture *f = *state;
	int pair[2];

	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(keeper_probe(f->keep, PROBERS_MAX, pair[0]), SEK_ELIMIT);
	close(pair[1]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sessions_are_spread, open_three, close_three),
		cmocka_unit_test_setup_teardown(of_one_that_dies_others_take_over, open_three, close_three),
		cmocka_unit_test_setup_teardown(each_dies_once_and_comes_back, open_three, close_three),
		cmocka_unit_test_setup_teardown(with_none_all_waits, open_three, close_three),
		cmocka_unit_test_setup_teardown(of_an_order_speaks_who_has_it, open_three, close_three),
		cmocka_unit_test_setup_teardown(a_number_that_cannot_be_is_refused, open_three, close_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
