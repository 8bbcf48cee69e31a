/* Which day of an owner is its day, and what was before it: days and networks
 * in, account_past out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "account/past.h"

enum { NOON = 1700049600, DAY_S = 86400, OWNER = 7, MAILS = 12 };

/* Mails: day, hour, network (0: none), recipients. */
static const struct {
	const char	*name;
	struct { int day, hour; uint32_t net; uint64_t recipients; } mail[MAILS];
	uint32_t	days, networks_new;
	uint64_t	usual, day, strange;
	bool		later;
} cases[] = {
	{ "one day, one network", { { 0, 0, 1, 5 }, { 0, 1, 1, 7 } }, 0, 1, 0, 12, 12, false },
	{ "the busiest, of equal ones the first", { { 0, 0, 1, 5 }, { 1, 0, 1, 9 }, { 2, 0, 1, 9 } },
	    1, 0, 5, 9, 0, false },
	{ "the first jump, not the busiest day", { { 0, 0, 1, 5 }, { 1, 0, 2, 200 }, { 2, 0, 2, 9000 } },
	    1, 1, 5, 200, 9200, false },
	{ "ninety-nine is no jump", { { 0, 0, 1, 2 }, { 1, 0, 2, 99 } }, 1, 1, 2, 99, 99, false },
	{ "nine times is no jump", { { 0, 0, 1, 20 }, { 1, 0, 2, 199 } }, 1, 1, 20, 199, 199, false },
	{ "the same day, a network that came later", { { 0, 0, 1, 5 }, { 0, 2, 2, 100 }, { 0, 3, 3, 60 } },
	    0, 2, 5, 165, 160, true },
	{ "less than ten times what those before had", { { 0, 0, 1, 12 }, { 0, 2, 2, 110 } },
	    0, 2, 0, 122, 122, false },
	{ "the burst's own first day hides it no more",
	    { { 0, 0, 1, 3 }, { 0, 2, 2, 200 }, { 1, 0, 2, 8000 } }, 0, 1, 3, 203, 8200, true },
	{ "a home whose address changes daily", { { 0, 0, 1, 10 }, { 1, 0, 2, 10 }, { 2, 0, 3, 10 },
	    { 3, 0, 4, 10 }, { 4, 0, 5, 10 }, { 5, 0, 6, 10 }, { 6, 0, 7, 10 }, { 7, 0, 8, 10 },
	    { 8, 0, 9, 10 }, { 9, 0, 10, 10 }, { 10, 0, 11, 10 }, { 11, 0, 12, 10 } },
	    0, 1, 0, 10, 120, false },
	{ "a user without networks", { { 0, 0, 0, 3 }, { 1, 0, 0, 200 }, { 2, 0, 0, 7 } },
	    1, 0, 3, 200, 207, false },
};

static void
tell(struct account_past *out, size_t i)
{
	struct account_past_store p;
	struct account_past nobody;
	uint32_t networks, day;

	past_init(&p);
	for (size_t k = 0; k < MAILS && cases[i].mail[k].recipients > 0; k++) {
		struct past_mail mail = { .net = cases[i].mail[k].net, .sender = 1,
			.accepted = at_of(NOON + (int64_t)cases[i].mail[k].day * DAY_S +
			    cases[i].mail[k].hour * 3600, 0, k + 1),
			.n = { .messages = 1, .recipients = cases[i].mail[k].recipients } };

		assert_int_equal(past_add(&p, OWNER, &mail, &day), 0);
	}
	assert_true(past_tell(&p, OWNER, out, &networks));
	assert_false(past_tell(&p, OWNER + 1, &nobody, &networks));
	assert_memory_equal(&nobody, &past_none, sizeof(nobody));
	assert_int_equal(networks, 0);
	past_free(&p);
}

static void
its_day(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct account_past p;

		tell(&p, i);
		if (p.days != cases[i].days || p.usual != cases[i].usual || p.day != cases[i].day ||
		    p.networks_new != cases[i].networks_new || p.later != cases[i].later ||
		    p.strange.recipients != cases[i].strange)
			fail_msg("%s: days %u usual %u day %u new %u strange %u later %d", cases[i].name,
			    p.days, (unsigned)p.usual, (unsigned)p.day, p.networks_new,
			    (unsigned)p.strange.recipients, p.later);
	}
}

/* 01:44 in Japan is the evening before in UTC, where the day's work is. */
static void
a_night_is_no_day(void **state)
{
	static struct account_zone zone = { .n = 1, .at = { { INT64_MIN, 9 * 3600 } } };
	const int64_t morning = 1776042000, night = 1776098642;	/* 10:00, 01:44 +09:00 */
	struct account_past_store p;
	struct account_past out;
	uint32_t n;

	(void)state;
	past_init(&p);
	p.zone = &zone;
	assert_int_equal(past_add(&p, OWNER, &(struct past_mail){ .accepted = at_of(morning, 0, 1),
	    .n = { 1, 3, 0, 0, 0, 0, 0, 0, 0, 0 } }, &n), 0);
	assert_int_equal(past_add(&p, OWNER, &(struct past_mail){ .accepted = at_of(night, 0, 2),
	    .n = { 1, 200, 0, 0, 0, 0, 0, 0, 0, 0 } }, &n), 0);
	assert_true(past_tell(&p, OWNER, &out, &n));
	past_free(&p);
	assert_int_equal(out.days, 1);
	assert_int_equal(out.day, 200);
	assert_int_equal(out.strange.recipients, 200);
	assert_true(out.day_s == 1776092400);	/* 2026-04-14 00:00 +09:00 */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_day),
		cmocka_unit_test(a_night_is_no_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
