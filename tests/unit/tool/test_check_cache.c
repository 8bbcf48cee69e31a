#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tool/check_cache.h"

/* A resolver that counts what it is asked, fails as often as it is told and
 * answers after a while. */
struct counting {
	struct resolver	 base;
	struct loop	*loop;
	struct loop_timer *timer;
	unsigned	 asked, failures;	/* failures: of the next answers */
	int64_t		 takes_ms;
	size_t		 n;			/* open ones */
	struct { void (*done)(void *ctx, const struct resolve_answer *a); void *ctx; } open[64];
	bool		 freed;
};

static void
answer_all(void *ctx)
{
	struct counting *c = ctx;
	size_t n = c->n;

	c->n = 0;
	for (size_t i = 0; i < n; i++) {
		char text[] = "some words", host[] = "mx.example";
		struct resolve_answer a = { .n_names = 1, .n_texts = 1, .n_addrs = 1,
		    .names[0] = { host, 10 }, .texts[0] = { text, 10 },
		    .addrs[0] = addr_v4(192, 0, 2, 1) };

		if (c->failures > 0) {
			c->failures--;
			a = (struct resolve_answer){ .err = RESOLVE_TEMPORARY };
		}
		c->open[i].done(c->open[i].ctx, &a);
		memset(text, '!', sizeof(text));	/* borrowed for the call */
		memset(host, '!', sizeof(host));
	}
}

static int
counting_ask(struct resolver *base, unsigned kind, struct str name,
    void (*done)(void *ctx, const struct resolve_answer *a), void *ctx)
{
	struct counting *c = (struct counting *)base;

	(void)kind;
	if (str_eq(name, STR("refused")))
		return SEK_EPARSE;
	assert_true(c->n < 64);
	c->open[c->n].done = done;
	c->open[c->n++].ctx = ctx;
	c->asked++;
	if (!loop_timer_active(c->timer))
		loop_timer_set(c->timer, c->takes_ms);
	return 0;
}

static void
counting_free(struct resolver *base)
{
	((struct counting *)base)->freed = true;
}

struct rig {
	struct clock_fake clock;
	struct loop	*loop;
	struct counting	 inner;
	struct resolver	*cache;
	char		 said[512];
	bool		 inside, frees;
};

static void
open_rig(struct rig *r, size_t max)
{
	memset(r, 0, sizeof(*r));
	clock_fake_init(&r->clock, (struct wall){ 1795000000 });
	r->loop = loop_new_fake(&r->clock);
	r->inner.base = (struct resolver){ counting_ask, counting_free };
	r->inner.takes_ms = 10;
	assert_int_equal(loop_timer(&r->inner.timer, r->loop, answer_all, &r->inner), 0);
	assert_int_equal(check_cache_new(&r->cache, r->loop, &r->inner.base, max), 0);
}

static void
close_rig(struct rig *r)
{
	if (r->cache != NULL)
		r->cache->free(r->cache);
	assert_true(r->inner.freed);
	loop_timer_free(r->inner.timer);
	loop_free(r->loop);
}

static void
heard(void *ctx, const struct resolve_answer *a)
{
	struct rig *r = ctx;
	size_t n = strlen(r->said);

	assert_false(r->inside);
	if (a->err != 0)
		snprintf(r->said + n, sizeof(r->said) - n, "%d ", a->err);
	else
		snprintf(r->said + n, sizeof(r->said) - n, "%.*s/%.*s ", (int)a->names[0].n,
		    a->names[0].p, (int)a->texts[0].n, a->texts[0].p);
	if (!r->frees)
		return;
	r->cache->free(r->cache);
	r->cache = NULL;
}

static int
ask(struct rig *r, unsigned kind, const char *name)
{
	int rc;

	r->inside = true;
	rc = r->cache->ask(r->cache, kind, str_of(name), heard, r);
	r->inside = false;
	return rc;
}

static void
pass(struct rig *r, int64_t ms)
{
	loop_run(r->loop, (struct mono){ r->clock.mono.ms + ms });
}

#define GOOD "mx.example/some words "

static void
equal_questions_are_asked_once(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 100);
	assert_int_equal(ask(&r, RESOLVE_MX, "example.jp"), 0);
	assert_int_equal(ask(&r, RESOLVE_MX, "Example.JP."), 0);	/* while it is under way */
	assert_int_equal(ask(&r, RESOLVE_TXT, "example.jp"), 0);	/* another question */
	pass(&r, 20);
	assert_string_equal(r.said, GOOD GOOD GOOD);
	assert_int_equal(r.inner.asked, 2);
	assert_int_equal(ask(&r, RESOLVE_MX, "example.jp"), 0);		/* later */
	pass(&r, 0);
	assert_string_equal(r.said, GOOD GOOD GOOD GOOD);
	assert_int_equal(r.inner.asked, 2);
	close_rig(&r);
}

static void
a_failure_at_once_is_asked_again(void **state)
{
	static const struct { const char *name; unsigned failures; int64_t takes_ms; unsigned asked; const char *said; } cases[] = {
		{ "it comes back", 1, 10, 2, GOOD },
		{ "it does not", 2, 10, 2, "4 " },
		{ "it took its time", 1, 3000, 1, "4 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig r;

		open_rig(&r, 100);
		r.inner.failures = cases[i].failures;
		r.inner.takes_ms = cases[i].takes_ms;
		assert_int_equal(ask(&r, RESOLVE_A, "example.jp"), 0);
		pass(&r, 500);
		assert_string_equal(r.said, "");
		pass(&r, 10000);
		if (strcmp(r.said, cases[i].said) != 0 || r.inner.asked != cases[i].asked)
			fail_msg("%s: \"%s\", asked %u times", cases[i].name, r.said,
			    r.inner.asked);
		close_rig(&r);
	}
}

static void
the_oldest_are_forgotten(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 2);
	for (int i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%d.example", i);
		assert_int_equal(ask(&r, RESOLVE_A, name), 0);
		pass(&r, 20);
	}
	assert_int_equal(r.inner.asked, 3);
	assert_int_equal(ask(&r, RESOLVE_A, "n2.example"), 0);
	pass(&r, 20);
	assert_int_equal(r.inner.asked, 3);
	assert_int_equal(ask(&r, RESOLVE_A, "n0.example"), 0);
	pass(&r, 20);
	assert_int_equal(r.inner.asked, 4);
	close_rig(&r);
}

static void
a_refused_question_leaves_nothing(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 2);
	assert_int_equal(ask(&r, RESOLVE_A, "refused"), SEK_EPARSE);
	assert_int_equal(ask(&r, RESOLVE_A, "refused"), SEK_EPARSE);
	pass(&r, 20);
	assert_string_equal(r.said, "");
	close_rig(&r);
}

static void
it_may_be_freed_at_any_time(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 2);		/* with a question under way, one to be asked again, one known */
	r.inner.failures = 1;
	assert_int_equal(ask(&r, RESOLVE_A, "again.example"), 0);
	pass(&r, 20);
	assert_int_equal(ask(&r, RESOLVE_A, "a.example"), 0);
	pass(&r, 20);
	assert_int_equal(ask(&r, RESOLVE_A, "a.example"), 0);
	assert_int_equal(ask(&r, RESOLVE_A, "b.example"), 0);
	close_rig(&r);
	open_rig(&r, 2);		/* inside an answer, with others to tell */
	r.frees = true;
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask(&r, RESOLVE_A, "a.example"), 0);
	assert_int_equal(ask(&r, RESOLVE_A, "b.example"), 0);
	pass(&r, 20);
	assert_string_equal(r.said, GOOD);
	close_rig(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_questions_are_asked_once),
		cmocka_unit_test(a_failure_at_once_is_asked_again),
		cmocka_unit_test(the_oldest_are_forgotten),
		cmocka_unit_test(a_refused_question_leaves_nothing),
		cmocka_unit_test(it_may_be_freed_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
