/* The pure part of a gate: when it was open, what is different, how often it may
 * look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rand.h"
#include "keep/gate.h"
#include "keep/gate_plan.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

enum { START_S = 1795000000, PLACES = 8 };

static struct gate *
gate_new(void)
{
	struct gate *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	return g;
}

/* --- exit, and the moments of it --- */

struct step {
	int		 at;		/* seconds after the start */
	enum verdict	 verdict;	/* of a round of 10 s that ended then; NONE: a letter */
	int		 taken;		/* of a letter: when the server took it */
};

static const struct {
	const char	*name;
	struct step	 steps[8];
	int		 exit;
	int		 first, last, before, after;	/* -1: none */
} cases[] = {
	{ "closed in each round", { { 10, VERDICT_CLOSED, 0 }, { 40, VERDICT_CLOSED, 0 } },
	    0, -1, -1, -1, -1 },
	{ "no round at all is not closed", { { 0, VERDICT_NONE, -1 } }, 2, -1, -1, -1, -1 },
	{ "one round without an answer is not closed all the time",
	    { { 10, VERDICT_CLOSED, 0 }, { 40, VERDICT_UNTESTED, 0 }, { 70, VERDICT_CLOSED, 0 } },
	    2, -1, -1, -1, -1 },
	{ "taken and not come back is undecided", { { 10, VERDICT_ACCEPTS, 0 } }, 2, -1, -1, -1, -1 },
	{ "open in the middle", { { 10, VERDICT_CLOSED, 0 }, { 40, VERDICT_CLOSED, 0 },
	    { 62, VERDICT_NONE, 61 }, { 63, VERDICT_OPEN, 0 }, { 92, VERDICT_NONE, 91 },
	    { 93, VERDICT_OPEN, 0 }, { 130, VERDICT_CLOSED, 0 } }, 1, 61, 91, 40, 120 },
	{ "open from the beginning to the end", { { 5, VERDICT_NONE, 4 }, { 6, VERDICT_OPEN, 0 },
	    { 36, VERDICT_NONE, 35 }, { 37, VERDICT_OPEN, 0 } }, 1, 4, 35, -1, -1 },
	{ "a letter that comes back rounds later counts for when it was taken",
	    { { 10, VERDICT_CLOSED, 0 }, { 40, VERDICT_ACCEPTS, 0 }, { 70, VERDICT_CLOSED, 0 },
	    { 75, VERDICT_NONE, 38 } }, 1, 38, 38, 10, 60 },
	{ "an open round without its letter is open all the same",
	    { { 10, VERDICT_OPEN, 0 } }, 1, -1, -1, -1, -1 },
};

static void
play(struct gate *g, const struct step *s)
{
	struct gate_round r = { .began = { START_S + s->at - 10 },
	    .ended = { START_S + s->at }, .verdict = s->verdict, .why = "x" };
	struct gate_opening o = { .at = { START_S + s->taken }, .port = 25 };

	if (s->verdict != VERDICT_NONE)
		assert_int_equal(gate_round(g, &r, NULL, NULL, 0), 0);
	else if (s->taken > 0)
		(void)gate_opened(g, &o);
}

static void
moment(const char *name, const char *what, struct wall got, int want)
{
	int64_t is = got.s == 0 ? -1 : got.s - START_S;

	if (is != want)
		fail_msg("%s: %s: want %d, got %lld", name, what, want, (long long)is);
}

static void
moments(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct gate *g = gate_new();

		for (size_t k = 0; k < N(cases[i].steps); k++)
			play(g, &cases[i].steps[k]);
		if (gate_exit(g) != cases[i].exit)
			fail_msg("%s: exit %d", cases[i].name, gate_exit(g));
		moment(cases[i].name, "first", g->first.at, cases[i].first);
		moment(cases[i].name, "last", g->last.at, cases[i].last);
		moment(cases[i].name, "closed before", gate_closed_before(g), cases[i].before);
		moment(cases[i].name, "closed after", gate_closed_after(g), cases[i].after);
		free(g);
	}
}

/* However often the verdict turns, what is kept is bounded and nothing is
 * forgotten that counts. */
static void
many_spans(void **state)
{
	struct gate *g = gate_new();

	(void)state;
	for (int i = 0; i < 1000; i++)
		play(g, &(struct step){ 10 + 30 * i,
		    i % 2 == 0 ? VERDICT_CLOSED : VERDICT_INCONCLUSIVE, 0 });
	assert_int_equal(g->rounds, 1000);
	assert_int_equal(g->undecided, 500);
	assert_int_equal(g->spans, GATE_SPANS);
	assert_int_equal(gate_exit(g), 2);
	assert_int_equal(g->span[GATE_SPANS - 1].ended.s, START_S + 10 + 30 * 999);
	free(g);
}

/* --- differences --- */

static struct gate_facts *
facts(const char *banner, const char *offer, const char *reply)
{
	struct gate_facts *f = calloc(1, sizeof(*f));
	struct gate_fact b = { .kind = GATE_BANNER, .port = 25 },
	    o = { .kind = GATE_OFFER, .port = 25 }, r = { .kind = GATE_REPLY, .port = 25, .form = 3 };

	assert_non_null(f);
	if (banner != NULL)
		assert_int_equal(gate_facts_put(f, &b, banner), 0);
	if (offer != NULL)
		assert_int_equal(gate_facts_put(f, &o, offer), 0);
	if (reply != NULL)
		assert_int_equal(gate_facts_put(f, &r, reply), 0);
	return f;
}

static size_t
round_with(struct gate *g, int at, struct gate_facts *f, size_t places[PLACES])
{
	struct gate_round r = { .began = { START_S + at - 1 }, .ended = { START_S + at },
	    .verdict = VERDICT_CLOSED, .why = "all-refused" };
	size_t n = gate_round(g, &r, f, places, PLACES);

	free(f);
	return n;
}

static void
differences(void **state)
{
	struct gate *g = gate_new();
	size_t at[PLACES];

	(void)state;
	assert_int_equal(round_with(g, 1, facts("mx", "A; B", "refused 554"), at), 0);
	assert_int_equal(round_with(g, 2, facts("mx", "A; B", "refused 554"), at), 0);
	assert_int_equal(round_with(g, 3, facts("mx", "A", "refused 554"), at), 1);
	assert_string_equal(g->change[at[0]].was, "A; B");
	assert_string_equal(g->change[at[0]].is, "A");
	/* the same again is no news, and a round that saw nothing says nothing */
	assert_int_equal(round_with(g, 4, facts("mx", "A", NULL), at), 0);
	assert_int_equal(round_with(g, 5, facts(NULL, NULL, NULL), at), 0);
	assert_false(g->change[0].back);
	assert_int_equal(round_with(g, 6, facts("mx", "A; B", "refused 550"), at), 2);
	assert_int_equal(g->changes, 2);
	assert_true(g->change[0].back);
	assert_int_equal(g->change[0].first.s, START_S + 3);
	assert_int_equal(g->change[0].last.s, START_S + 4);
	assert_int_equal(g->change[0].rounds, 2);
	assert_int_equal(g->change[1].what.kind, GATE_REPLY);
	/* it goes again */
	assert_int_equal(round_with(g, 7, facts("mx", "A", "refused 550"), at), 1);
	assert_false(g->change[0].back);
	free(g);
}

/* What the baseline did not see is learned, not told. */
static void
learned_later(void **state)
{
	struct gate *g = gate_new();
	size_t at[PLACES];

	(void)state;
	assert_int_equal(round_with(g, 1, facts(NULL, NULL, NULL), at), 0);
	assert_int_equal(round_with(g, 2, facts("mx", "A", "refused 554"), at), 0);
	assert_int_equal(round_with(g, 3, facts("mx", "B", "refused 554"), at), 1);
	free(g);
}

static void
banners(void **state)
{
	static const struct { const char *pattern, *text; bool like; } rows[] = {
		{ "mx ESMTP Postfix", "mx ESMTP Postfix", true },
		{ "mx ESMTP Postfix", "mx ESMTP Exim", false },
		{ "mx ESMTP Postfix", "mx ESMTP", false },
		{ "mx ESMTP", "mx ESMTP Postfix", false },
		{ "mx ESMTP *", "mx ESMTP Sat, 28 Nov", true },
		{ "mx ESMTP *", "mx ESMTP", false },
		{ "mx * ready", "mx a1b2 ready", true },
		{ "mx * ready", "mx a1 b2 ready", true },
		{ "mx * ready", "mx a1b2 busy", false },
		{ "*", "anything at all", true },
		{ "", "", true }, { "", "x", false },
	};
	struct gate_facts *f = facts("mx a1 ESMTP", NULL, NULL);
	struct gate_fact key = { .kind = GATE_BANNER, .port = 25 };

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		if (gate_facts_like(rows[i].pattern, rows[i].text) != rows[i].like)
			fail_msg("%s: %s", rows[i].pattern, rows[i].text);
	/* a word that differs from session to session is no mark of the server */
	assert_int_equal(gate_facts_put(f, &key, "mx b2 ESMTP"), 0);
	assert_string_equal(gate_facts_find(f, &key), "mx * ESMTP");
	assert_int_equal(gate_facts_put(f, &key, "another banner"), 0);
	assert_string_equal(gate_facts_find(f, &key), "mx * ESMTP");
	free(f);
}

static void
bounds(void **state)
{
	struct gate *g = gate_new();
	struct gate_facts *f;
	char text[GATE_TEXT * 2];
	size_t at[PLACES], n = 0;
	int err = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	f = facts(NULL, NULL, NULL);
	for (; err == 0; n++) {
		struct gate_fact key = { .kind = GATE_OFFER, .port = (uint16_t)(n + 1) };

		err = gate_facts_put(f, &key, text);
	}
	assert_int_equal(err, SEK_ELIMIT);
	assert_true(n > 80 && n <= GATE_FACTS);
	round_with(g, 1, f, at);
	f = facts(NULL, NULL, NULL);
	for (size_t i = 0; i < 90; i++) {
		struct gate_fact key = { .kind = GATE_OFFER, .port = (uint16_t)(i + 1) };

		(void)gate_facts_put(f, &key, "other");
	}
	assert_int_equal(round_with(g, 2, f, at), PLACES);
	assert_int_equal(g->changes, GATE_CHANGES);
	assert_int_equal(g->more, 90 - GATE_CHANGES);
	free(g);
}

/* --- the plan --- */

static const struct {
	const char	*name;
	struct gate_plan_in in;
	const char	*why;		/* NULL: it can be */
	int64_t		 least, every, fits;
	unsigned	 rounds;
} plans[] = {
	{ "a laboratory has no limit", { PACE_LAB, 5, 0, 600, 2, GATE_EVERY_S, 999, 0 }, NULL, 1, 2, 1, 301 },
	{ "... but rounds that took longer", { PACE_LAB, 5, 5, 600, 2, GATE_EVERY_S, 0, 1 }, "gate-every", 5, 2, 5, 301 },
	{ "an owner's, what fits", { PACE_OWNER, 1, 0, 600, 0, GATE_EVERY_S, 0, 0 }, NULL, 11, 30, 11, 21 },
	{ "five sessions take 55 s", { PACE_OWNER, 5, 0, 600, 0, GATE_EVERY_S, 0, 0 }, NULL, 55, 55, 55, 11 },
	{ "... and no less", { PACE_OWNER, 5, 0, 600, 30, GATE_EVERY_S, 0, 0 }, "gate-every", 55, 30, 55, 21 },
	{ "two hours of one session fit, apart", { PACE_OWNER, 1, 0, 7200, 0, GATE_EVERY_S, 0, 0 }, NULL, 11, 37, 37, 195 },
	{ "... every 30 s they do not", { PACE_OWNER, 1, 0, 7200, 30, GATE_EVERY_S, 0, 0 }, "gate-day", 11, 30, 37, 241 },
	{ "a day of five sessions", { PACE_OWNER, 5, 0, 86400, 0, GATE_EVERY_S, 0, 0 }, NULL, 55, 2216, 2216, 39 },
	{ "what was used today is gone", { PACE_OWNER, 5, 0, 600, 0, GATE_EVERY_S, 180, 0 }, NULL, 55, 200, 200, 4 },
	{ "only a baseline is left", { PACE_OWNER, 5, 0, 600, 0, GATE_EVERY_S, 194, 0 }, NULL, 55, 601, 601, 1 },
	{ "nothing is left", { PACE_OWNER, 5, 0, 600, 0, GATE_EVERY_S, 196, 0 }, "gate-day", 55, 30, 0, 21 },
	{ "a single round", { PACE_OWNER, 5, 0, 0, 0, GATE_EVERY_S, 0, 0 }, NULL, 55, 55, 55, 1 },
	{ "shorter than a round: one at the end", { PACE_OWNER, 1, 0, 20, 0, GATE_EVERY_S, 0, 0 }, NULL, 11, 20, 11, 2 },
	{ "too many for memory", { PACE_LAB, 1, 0, 86400, 1, GATE_EVERY_S, 0, 0 }, "gate-rounds", 1, 1, 5, 86401 },
	{ "after the baseline: its sessions are used", { PACE_OWNER, 2, 31, 600, 0, GATE_EVERY_S, 2, 1 }, NULL, 31, 31, 31, 20 },
};

static void
planning(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(plans); i++) {
		struct gate_plan p;
		const char *why = gate_plan(&p, &plans[i].in);

		if ((why == NULL) != (plans[i].why == NULL) ||
		    (why != NULL && strcmp(why, plans[i].why) != 0))
			fail_msg("%s: %s", plans[i].name, why != NULL ? why : "it can be");
		if (p.least_s != plans[i].least || p.every_s != plans[i].every ||
		    p.fits_s != plans[i].fits || p.rounds != plans[i].rounds)
			fail_msg("%s: least %lld, every %lld, fits %lld, rounds %u", plans[i].name,
			    (long long)p.least_s, (long long)p.every_s, (long long)p.fits_s,
			    p.rounds);
	}
}

/* Whatever is asked: a plan that can be never takes more sessions than are left,
 * nor begins rounds closer than the class allows, and what it says fits does. */
static void
plans_keep_the_pace(void **state)
{
	struct rand r;

	(void)state;
	rand_seeded(&r, 20261128);
	for (int i = 0; i < 20000; i++) {
		struct gate_plan_in in = {
			.pace = rand_u64(&r) % 2 != 0 ? PACE_OWNER : PACE_LAB,
			.sessions = 1 + (unsigned)(rand_u64(&r) % 12),
			.took_s = (int64_t)(rand_u64(&r) % 90),
			.for_s = (int64_t)(rand_u64(&r) % (GATE_FOR_MAX_S + 1)),
			.every_s = (int64_t)(rand_u64(&r) % 3 * (rand_u64(&r) % 4000)),
			.usual_s = (int64_t)(rand_u64(&r) % 60),
			.used = (unsigned)(rand_u64(&r) % 210),
		};
		struct gate_plan p;
		const char *why = gate_plan(&p, &in);

		if (why == NULL && p.left != UINT_MAX && p.rounds * in.sessions > p.left)
			fail_msg("%d: %u rounds of %u, %u left", i, p.rounds, in.sessions, p.left);
		if (why == NULL && p.rounds > 2 && p.every_s < p.least_s)
			fail_msg("%d: every %lld", i, (long long)p.every_s);
		if (p.fits_s > 0) {
			in.every_s = p.fits_s;
			assert_null(gate_plan(&p, &in));
		}
	}
}

static void
sessions_of_depths(void **state)
{
	unsigned before = 0;

	(void)state;
	for (enum depth d = DEPTH_GENTLE; d < DEPTH_N; d++) {
		unsigned n = gate_plan_sessions(d, PACE_OWNER);

		printf("# depth %s: %u sessions at pace owner, %u at pace foreign\n",
		    depth_names[d], n, gate_plan_sessions(d, PACE_FOREIGN));
		assert_true(n > before);
		assert_true(gate_plan_sessions(d, PACE_FOREIGN) >= n);
		before = n;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments), cmocka_unit_test(many_spans),
		cmocka_unit_test(differences), cmocka_unit_test(learned_later),
		cmocka_unit_test(banners), cmocka_unit_test(bounds),
		cmocka_unit_test(planning), cmocka_unit_test(plans_keep_the_pace),
		cmocka_unit_test(sessions_of_depths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
