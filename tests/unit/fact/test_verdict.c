#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fact/verdict.h"

#define R FIND_REFUSED
#define A FIND_ACCEPTED
enum { NOW = 1000000000, OLD = NOW - VERDICT_DEADLINE_S - 1 };

static const struct {
	const char	*name;
	enum finding	 f[4];
	int64_t		 accepted;
	enum finding	 session;
	bool		 finished, control, permitted;
	enum verdict	 want;
	bool		 provisional, clears;
} cases[] = {
	{ "every form refused", { R, R, R }, 0, FIND_DONE, 1, 1, 1, VERDICT_CLOSED, 0, 1 },
	{ "a returned token is open", { R, FIND_RETURNED }, 0, FIND_DONE, 0, 0, 1, VERDICT_OPEN, 0, 0 },
	{ "open even when the basis ended since", { FIND_RETURNED }, 0, FIND_DONE, 1, 1, 0, VERDICT_OPEN, 0, 0 },
	{ "accepted is not open", { A, R }, NOW, FIND_DONE, 1, 1, 1, VERDICT_ACCEPTS, 1, 0 },
	{ "accepted past its deadline clears", { A, R }, OLD, FIND_DONE, 1, 1, 1, VERDICT_ACCEPTS, 0, 1 },
	{ "bounced is closed", { FIND_BOUNCED, R }, 0, FIND_DONE, 1, 1, 1, VERDICT_CLOSED, 0, 1 },
	{ "without control nothing is closed", { R, R }, 0, FIND_DONE, 1, 0, 1, VERDICT_INCONCLUSIVE, 0, 0 },
	{ "without control nothing accepts", { A }, OLD, FIND_DONE, 1, 0, 1, VERDICT_INCONCLUSIVE, 0, 0 },
	{ "a deferred form leaves it undecided", { R, FIND_DEFERRED }, 0, FIND_DONE, 0, 1, 1, VERDICT_INCONCLUSIVE, 1, 0 },
	{ "a cut form is never closed", { R, FIND_CUT }, 0, FIND_DONE, 1, 1, 1, VERDICT_INCONCLUSIVE, 0, 0 },
	{ "no SMTP reply is never closed", { FIND_NONE, FIND_NONE }, 0, FIND_NO_SMTP, 1, 1, 1, VERDICT_INCONCLUSIVE, 0, 0 },
	{ "554 banner is never closed", { FIND_NONE }, 0, FIND_BLOCKED, 1, 1, 1, VERDICT_INCONCLUSIVE, 0, 0 },
	{ "no connection is untested", { FIND_NONE }, 0, FIND_NO_CONNECT, 1, 1, 1, VERDICT_UNTESTED, 0, 0 },
	{ "no basis is untested", { FIND_NONE }, 0, FIND_NONE, 1, 1, 0, VERDICT_UNTESTED, 0, 0 },
	{ "barred at MAIL everywhere was never asked", { FIND_BARRED, FIND_BARRED }, 0, FIND_DONE, 1, 1, 1, VERDICT_INCONCLUSIVE, 0, 0 },
	{ "barred beside refused is closed", { R, FIND_BARRED }, 0, FIND_DONE, 1, 1, 1, VERDICT_CLOSED, 0, 1 },
	{ "accepts with an unanswered form clears nothing", { A, FIND_CUT }, OLD, FIND_DONE, 1, 1, 1, VERDICT_ACCEPTS, 0, 0 },
	{ "skipped forms do not count", { R, FIND_SKIPPED }, 0, FIND_DONE, 1, 1, 1, VERDICT_CLOSED, 0, 1 },
	{ "all skipped says nothing", { FIND_SKIPPED }, 0, FIND_DONE, 1, 1, 1, VERDICT_INCONCLUSIVE, 0, 0 },
};

static void
verdict_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct verdict_form forms[4] = { 0 };
		struct verdict_in in = {
			.forms = forms, .session = cases[i].session,
			.finished = cases[i].finished, .control = cases[i].control,
			.permitted = cases[i].permitted, .now = { NOW },
		};
		struct verdict_out out;

		while (in.n < 4 && (cases[i].f[in.n] != FIND_NONE || in.n == 0)) {
			forms[in.n].finding = cases[i].f[in.n];
			forms[in.n].accepted.s = cases[i].accepted;
			in.n++;
		}
		verdict_of(&out, &in);
		if (out.verdict != cases[i].want ||
		    out.provisional != cases[i].provisional ||
		    out.clears != cases[i].clears)
			fail_msg("%s: got %s (%s) provisional %d clears %d",
			    cases[i].name, verdict_name(out.verdict), out.why,
			    out.provisional, out.clears);
	}
}

static void
coverage_counts_answers(void **state)
{
	struct verdict_form forms[] = {
		{ .finding = R }, { .finding = FIND_SKIPPED }, { .finding = FIND_CUT },
		{ .finding = FIND_BOUNCED },
	};
	struct verdict_in in = { forms, 4, FIND_DONE, true, true, true, false, { NOW } };
	struct verdict_out out;

	(void)state;
	verdict_of(&out, &in);
	assert_int_equal(out.done, 2);
	assert_int_equal(out.total, 3);
}

static void
deadline_is_that_of_the_last_acceptance(void **state)
{
	struct verdict_form forms[] = {
		{ A, { NOW - 100 }, false, false }, { A, { NOW - 50 }, false, false },
	};
	struct verdict_in in = { forms, 2, FIND_DONE, true, true, true, false, { NOW } };
	struct verdict_out out;

	(void)state;
	verdict_of(&out, &in);
	assert_int_equal(out.due.s, NOW - 50 + VERDICT_DEADLINE_S);
}

static void
a_form_that_once_worked_must_be_refused_again(void **state)
{
	struct verdict_form forms[] = { { .finding = R } };
	struct verdict_in in = { .forms = forms, .n = 1, .session = FIND_DONE,
		.finished = true, .control = true, .permitted = true,
		.worked_unsettled = true, .now = { NOW } };
	struct verdict_out out;

	(void)state;
	verdict_of(&out, &in);
	assert_int_equal(out.verdict, VERDICT_CLOSED);
	assert_false(out.clears);
}

/* Coverage counts forms, however many names and ports each had. */
static void
a_form_is_covered_with_all_its_names(void **state)
{
	static const struct {
		const char		*name;
		struct verdict_form	 f[4];
		size_t			 n;
		unsigned		 done, total;
	} covers[] = {
		{ "two forms", { { .finding = FIND_REFUSED }, { .finding = FIND_REFUSED } }, 2, 2, 2 },
		{ "one with two names", { { .finding = FIND_REFUSED },
		    { .finding = FIND_REFUSED, .more = true } }, 2, 1, 1 },
		{ "its second name had no answer", { { .finding = FIND_REFUSED },
		    { .finding = FIND_CUT, .more = true } }, 2, 0, 1 },
		{ "proved at its first port", { { .finding = FIND_RETURNED },
		    { .finding = FIND_NONE, .more = true } }, 2, 1, 1 },
		{ "its second port does not listen", { { .finding = FIND_REFUSED },
		    { .finding = FIND_SKIPPED, .more = true } }, 2, 1, 1 },
		{ "none of its ports does", { { .finding = FIND_SKIPPED },
		    { .finding = FIND_SKIPPED, .more = true } }, 2, 0, 0 },
		{ "and another form", { { .finding = FIND_SKIPPED },
		    { .finding = FIND_DEFERRED, .more = true }, { .finding = FIND_BARRED } }, 3, 1, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(covers) / sizeof(covers[0]); i++) {
		struct verdict_in in = { .forms = covers[i].f, .n = covers[i].n, .control = true,
		    .permitted = true, .finished = true, .now = { NOW } };
		struct verdict_out out;

		verdict_of(&out, &in);
		if (out.done != covers[i].done || out.total != covers[i].total)
			fail_msg("%s: %u of %u, want %u of %u", covers[i].name, out.done,
			    out.total, covers[i].done, covers[i].total);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_is_covered_with_all_its_names),
		cmocka_unit_test(verdict_table),
		cmocka_unit_test(coverage_counts_answers),
		cmocka_unit_test(a_form_that_once_worked_must_be_refused_again),
		cmocka_unit_test(deadline_is_that_of_the_last_acceptance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
