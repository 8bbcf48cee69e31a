/* web/desk.c with a keeper at the other end of a channel, on a clock that jumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <unistd.h>

#include "web/desk.h"

enum { HEARD = 16 };

struct world {
	struct clock_fake	 clock;
	struct loop		*loop;
	struct desk		*desk;
	struct channel		*ours, *keeper;
	/* what the keeper heard */
	unsigned		 asked, gone_on, dropped;
	uint64_t		 ids[HEARD];
	uint64_t		 last_drop;
	char			 text[200];
};

/* One who asks. */
struct asker {
	struct world	*w;
	struct ask	*ask;
	unsigned	 events, done;
	int		 exit;		/* -1: done(NULL) */
	bool		 inside;	/* desk_ask() runs */
	bool		 ask_again;	/* in done() */
	bool		 drop_at_event;
	int		 err;		/* of asking again */
};

static void
keeper_hears(void *ctx, struct channel *c, struct frame *f)
{
	struct world *w = ctx;
	struct msg_part m;
	struct msg_id id;

	(void)c;
	if (f->type == MSG_CTL) {
		assert_int_equal(frame_decode(&m, sizeof(m), f), 0);
		w->ids[w->asked++ % HEARD] = m.id;
		assert_int_equal(str_copy(w->text, sizeof(w->text), m.octets), 0);
		return;
	}
	assert_int_equal(frame_decode(&id, sizeof(id), f), 0);
	if (f->type == MSG_CTL_GO) {
		w->gone_on++;
	} else {
		assert_int_equal(f->type, MSG_CTL_DROP);
		w->dropped++;
		w->last_drop = id.id;
	}
}

static void
keeper_gone(void *ctx, struct channel *c)
{
	struct world *w = ctx;

	channel_free(c);
	w->keeper = NULL;
}

static void
we_hear(void *ctx, struct channel *c, struct frame *f)
{
	struct world *w = ctx;

	(void)c;
	desk_message(w->desk, f);
}

/* As sys/role.c does it. */
static void
our_keeper_gone(void *ctx, struct channel *c)
{
	struct world *w = ctx;

	channel_free(c);
	w->ours = NULL;
	desk_keeper(w->desk, NULL);
}

static void
join(struct world *w)
{
	static const struct channel_events ours = { .message = we_hear, .gone = our_keeper_gone };
	static const struct channel_events keeper = { .message = keeper_hears, .gone = keeper_gone };
	int pair[2];

	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(channel_new(&w->ours, w->loop, pair[0], &ours, w), 0);
	assert_int_equal(channel_new(&w->keeper, w->loop, pair[1], &keeper, w), 0);
	desk_keeper(w->desk, w->ours);
}

static void
open_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	clock_fake_init(&w->clock, (struct wall){ 1700000000 });
	w->loop = loop_new_fake(&w->clock);
	assert_non_null(w->loop);
	assert_int_equal(desk_new(&w->desk, w->loop), 0);
}

static void
close_world(struct world *w)
{
	desk_free(w->desk);
	channel_free(w->ours);
	channel_free(w->keeper);
	loop_free(w->loop);
}

static void
pass(struct world *w, int64_t ms)
{
	loop_run(w->loop, (struct mono){ w->clock.mono.ms + ms });
}

static int ask(struct asker *a, int64_t wait_ms);

static void
on_event(void *ctx, const json_t *ev)
{
	struct asker *a = ctx;

	assert_true(json_is_object(ev));
	a->events++;
	if (a->drop_at_event)
		desk_drop(a->ask);
}

static void
on_done(void *ctx, const json_t *answer)
{
	struct asker *a = ctx;

	assert_false(a->inside);
	a->done++;
	a->exit = answer == NULL ? -1 :
	    (int)json_integer_value(json_object_get(answer, "exit"));
	if (a->ask_again) {
		a->ask_again = false;
		a->err = ask(a, 1000);
	}
}

static int
ask(struct asker *a, int64_t wait_ms)
{
	static const struct ask_events ev = { on_event, on_done };
	json_t *request = json_pack("{ss}", "verb", "status");
	int err;

	a->inside = true;
	err = desk_ask(&a->ask, a->w->desk, request, &ev, a, wait_ms);
	a->inside = false;
	json_decref(request);
	return err;
}

static void
say(struct world *w, unsigned type, uint64_t id, const char *json)
{
	struct msg_part m = { .id = id, .octets = str_of(json) };

	assert_int_equal(channel_send(w->keeper, type, &m, -1), 0);
	pass(w, 0);
}

/* --- tests --- */

static void
answers_find_who_asked(void **state)
{
	struct world w;
	struct asker a, b;

	(void)state;
	open_world(&w);
	join(&w);
	a = b = (struct asker){ .w = &w };
	assert_int_equal(ask(&a, 1000), 0);
	assert_int_equal(ask(&b, 1000), 0);
	pass(&w, 0);
	assert_int_equal(w.asked, 2);
	assert_int_equal(w.gone_on, 2);
	assert_string_equal(w.text, "{\"verb\":\"status\"}");
	assert_true(w.ids[0] != w.ids[1]);
	say(&w, MSG_CTL_EVENT, w.ids[1], "{\"event\":\"x\"}");
	say(&w, MSG_CTL_DONE, w.ids[1], "{\"exit\":0}");
	say(&w, MSG_CTL_DONE, w.ids[0], "{\"exit\":75}");
	assert_int_equal(b.events, 1);
	assert_int_equal(b.exit, 0);
	assert_int_equal(a.events, 0);
	assert_int_equal(a.exit, 75);
	pass(&w, 5000);
	assert_int_equal(a.done, 1);
	assert_int_equal(b.done, 1);
	assert_int_equal(w.dropped, 0);
	close_world(&w);
}

static void
strange_answers_reach_nobody(void **state)
{
	static const char *const bad[] = { "", "[]", "{", "{\"exit\":0,\"exit\":1}", "7" };
	struct msg_id id;
	struct world w;
	struct asker a;

	(void)state;
	open_world(&w);
	join(&w);
	a = (struct asker){ .w = &w };
	assert_int_equal(ask(&a, -1), 0);
	pass(&w, 0);
	say(&w, MSG_CTL_DONE, 0, "{\"exit\":0}");
	say(&w, MSG_CTL_DONE, w.ids[0] + DESK_ASKS, "{\"exit\":0}");
	say(&w, MSG_CTL_DONE, w.ids[0] + 1, "{\"exit\":0}");
	id.id = w.ids[0];
	assert_int_equal(channel_send(w.keeper, MSG_CTL_GO, &id, -1), 0);
	assert_int_equal(a.done + a.events, 0);
	say(&w, MSG_CTL_DONE, w.ids[0], bad[3]);
	assert_int_equal(a.exit, -1);
	assert_int_equal(a.done, 1);
	/* one event is missing: what comes after it would look whole */
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		a = (struct asker){ .w = &w };
		assert_int_equal(ask(&a, -1), 0);
		pass(&w, 0);
		say(&w, MSG_CTL_EVENT, w.ids[1 + i], bad[i]);
		pass(&w, 0);
		assert_int_equal(a.events, 0);
		assert_int_equal(a.exit, -1);
		assert_int_equal(a.done, 1);
		assert_int_equal(w.dropped, 1 + i);
	}
	close_world(&w);
}

static void
without_a_keeper_the_answer_is_none(void **state)
{
	struct world w;
	struct asker a;

	(void)state;
	open_world(&w);
	a = (struct asker){ .w = &w };
	assert_false(desk_open(w.desk));
	assert_int_equal(ask(&a, 1000), 0);
	assert_int_equal(a.done, 0);
	pass(&w, 0);
	assert_int_equal(a.done, 1);
	assert_int_equal(a.exit, -1);
	close_world(&w);
}

/* Also who asks again from within, of the dead keeper and of the next one. */
static void
a_dying_keeper_ends_every_ask(void **state)
{
	struct asker a[8];
	struct world w;

	(void)state;
	open_world(&w);
	join(&w);
	for (size_t i = 0; i < 8; i++) {
		a[i] = (struct asker){ .w = &w, .ask_again = i % 2 == 0 };
		assert_int_equal(ask(&a[i], -1), 0);
	}
	pass(&w, 0);
	channel_free(w.keeper);
	w.keeper = NULL;
	pass(&w, 0);
	pass(&w, 0);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(a[i].done, i % 2 == 0 ? 2 : 1);
		assert_int_equal(a[i].exit, -1);
	}
	join(&w);
	assert_true(desk_open(w.desk));
	assert_int_equal(ask(&a[1], 1000), 0);
	pass(&w, 0);
	say(&w, MSG_CTL_DONE, w.ids[(w.asked - 1) % HEARD], "{\"exit\":0}");
	assert_int_equal(a[1].exit, 0);
	close_world(&w);
}

static void
who_waits_too_long_hears_nothing_and_the_keeper_is_told(void **state)
{
	struct world w;
	struct asker a, b;

	(void)state;
	open_world(&w);
	join(&w);
	a = b = (struct asker){ .w = &w };
	assert_int_equal(ask(&a, 1000), 0);
	assert_int_equal(ask(&b, -1), 0);
	pass(&w, 999);
	assert_int_equal(a.done, 0);
	pass(&w, 1);
	assert_int_equal(a.done, 1);
	assert_int_equal(a.exit, -1);
	pass(&w, 0);
	assert_int_equal(w.dropped, 1);
	assert_int_equal(w.last_drop, w.ids[0]);
	say(&w, MSG_CTL_DONE, w.ids[0], "{\"exit\":0}");
	assert_int_equal(a.done, 1);
	pass(&w, 1000000);
	assert_int_equal(b.done, 0);
	close_world(&w);
	assert_int_equal(b.done, 1);	/* at the end everybody hears */
	assert_int_equal(b.exit, -1);
}

static void
a_dropped_ask_is_silent(void **state)
{
	struct world w;
	struct asker a, b;

	(void)state;
	open_world(&w);
	join(&w);
	a = (struct asker){ .w = &w };
	b = (struct asker){ .w = &w, .drop_at_event = true };
	assert_int_equal(ask(&a, 1000), 0);
	assert_int_equal(ask(&b, 1000), 0);
	pass(&w, 0);
	desk_drop(a.ask);
	desk_drop(NULL);
	pass(&w, 0);
	assert_int_equal(w.dropped, 1);
	assert_int_equal(w.last_drop, w.ids[0]);
	say(&w, MSG_CTL_DONE, w.ids[0], "{\"exit\":0}");
	say(&w, MSG_CTL_EVENT, w.ids[1], "{}");
	say(&w, MSG_CTL_EVENT, w.ids[1], "{}");
	say(&w, MSG_CTL_DONE, w.ids[1], "{\"exit\":0}");
	pass(&w, 5000);
	assert_int_equal(a.done + b.done, 0);
	assert_int_equal(b.events, 1);
	assert_int_equal(w.dropped, 2);
	close_world(&w);
}

static void
asks_are_bounded_in_number(void **state)
{
	static struct asker many[DESK_ASKS];
	struct asker more;
	struct world w;

	(void)state;
	open_world(&w);
	join(&w);
	more = (struct asker){ .w = &w };
	for (size_t i = 0; i < DESK_ASKS; i++) {
		many[i] = (struct asker){ .w = &w };
		assert_int_equal(ask(&many[i], -1), 0);
	}
	assert_int_equal(ask(&more, 1000), SEK_ELIMIT);
	desk_drop(many[7].ask);
	assert_int_equal(ask(&more, 1000), 0);
	pass(&w, 1000);
	assert_int_equal(more.done, 1);
	close_world(&w);
	assert_int_equal(many[0].done, 1);
	assert_int_equal(many[7].done, 0);
}

static void
asks_are_bounded_in_size(void **state)
{
	static char text[MESSAGE_PART + 1];
	static const struct ask_events ev = { on_event, on_done };
	struct world w;
	struct asker a;
	json_t *long_one;

	(void)state;
	open_world(&w);
	join(&w);
	a = (struct asker){ .w = &w };
	memset(text, 'a', sizeof(text) - 1);
	long_one = json_pack("{ss}", "verb", text);
	assert_int_equal(desk_ask(&a.ask, w.desk, long_one, &ev, &a, 1000), SEK_ELIMIT);
	json_decref(long_one);
	pass(&w, 2000);
	assert_int_equal(a.done, 0);
	assert_int_equal(w.gone_on, 0);
	close_world(&w);
}

/* A keeper that reads nothing: its queue grows to its mark and no further. */
static void
a_keeper_that_hangs_is_not_fed(void **state)
{
	static char text[MESSAGE_PART - 100];
	static const struct ask_events ev = { on_event, on_done };
	struct world w;
	struct asker a;
	json_t *request;
	int err = 0, pair[2];
	static const struct channel_events ours = { .message = we_hear, .gone = our_keeper_gone };

	(void)state;
	open_world(&w);
	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(channel_new(&w.ours, w.loop, pair[0], &ours, &w), 0);
	desk_keeper(w.desk, w.ours);
	memset(text, 'a', sizeof(text) - 1);
	request = json_pack("{ss}", "verb", text);
	a = (struct asker){ .w = &w };
	for (int i = 0; err == 0 && i < DESK_ASKS; i++)
		err = desk_ask(&a.ask, w.desk, request, &ev, &a, 100000);
	json_decref(request);
	assert_int_equal(err, SEK_ELIMIT);
	assert_true(channel_queued(w.ours) < CHANNEL_HIGH + 2 * MESSAGE_PART);
	close(pair[1]);
	pass(&w, 0);
	assert_true(a.done > 10);
	close_world(&w);
}

static void
nobody_asks_at_the_end(void **state)
{
	struct world w;
	struct asker a;

	(void)state;
	open_world(&w);
	join(&w);
	a = (struct asker){ .w = &w, .ask_again = true };
	assert_int_equal(ask(&a, 1000), 0);
	close_world(&w);
	assert_int_equal(a.done, 1);
	assert_int_equal(a.err, SEK_ELIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_find_who_asked),
		cmocka_unit_test(strange_answers_reach_nobody),
		cmocka_unit_test(without_a_keeper_the_answer_is_none),
		cmocka_unit_test(a_dying_keeper_ends_every_ask),
		cmocka_unit_test(who_waits_too_long_hears_nothing_and_the_keeper_is_told),
		cmocka_unit_test(a_dropped_ask_is_silent),
		cmocka_unit_test(asks_are_bounded_in_number),
		cmocka_unit_test(asks_are_bounded_in_size),
		cmocka_unit_test(a_keeper_that_hangs_is_not_fed),
		cmocka_unit_test(nobody_asks_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
