/* The cases of judge_cases.h, and what a verdict says beside its reasons. */
#include "judge_cases.h"

static void
judge(size_t i)
{
	memset(&g, 0, sizeof(g));
	g.r.lines = 1000;
	g.r.lines_mail = 900;
	g.own = account_own_new();
	assert_non_null(g.own);
	if (strchr(cases[i].own, 'n') != NULL)
		account_own_read_nets(g.own, true);
	if (strchr(cases[i].own, 'd') != NULL)
		account_own_read_domains(g.own, true);
	cases[i].make();
	account_judge(&g.r, g.own);
	account_own_free(g.own);
}

static bool
has_tag(struct str tag)
{
	for (size_t v = 0; v < g.r.n_verdicts; v++)
		for (size_t k = 0; k < g.r.verdict[v].n_reasons; k++)
			if (str_eq(tag, str_of(g.r.verdict[v].reason[k].tag)))
				return true;
	return false;
}

static void
got_verdicts(char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t v = 0; v < g.r.n_verdicts; v++)
		len += (size_t)snprintf(out + len, cap - len, "%s%s", v > 0 ? " " : "",
		    causes[g.r.verdict[v].cause]);
}

static void
got_tags(char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t v = 0; v < g.r.n_verdicts; v++)
		for (size_t k = 0; k < g.r.verdict[v].n_reasons; k++)
			len += (size_t)snprintf(out + len, cap - len, " %s",
			    g.r.verdict[v].reason[k].tag);
}

static void
each_rule_both_sides(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char verdicts[200], tags[1000];
		struct str rest = str_of(cases[i].tags);

		judge(i);
		got_verdicts(verdicts, sizeof(verdicts));
		got_tags(tags, sizeof(tags));
		if (strcmp(verdicts, cases[i].want) != 0)
			fail_msg("%s: want %s, got %s (%s )", cases[i].name, cases[i].want, verdicts, tags);
		while (rest.n > 0) {
			struct str tag = str_cut(&rest, ' ');
			bool not = tag.n > 0 && tag.p[0] == '-';

			if (has_tag(not ? (struct str){ tag.p + 1, tag.n - 1 } : tag) == not)
				fail_msg("%s: want %.*s, got%s", cases[i].name, (int)tag.n, tag.p, tags);
		}
	}
}

/* Each reason in some case, and only those in the list. */
static void
every_reason_has_a_case(void **state)
{
	bool seen[100] = { false };
	size_t n = 0;

	(void)state;
	while (account_reason_tags[n] != NULL)
		n++;
	assert_true(n < 100);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		judge(i);
		for (size_t k = 0; k < n; k++)
			seen[k] |= has_tag(str_of(account_reason_tags[k]));
	}
	for (size_t k = 0; k < n; k++)
		if (!seen[k])
			fail_msg("no case has %s", account_reason_tags[k]);
}

static size_t
case_of(const char *name)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(cases[i].name, name) == 0)
			return i;
	fail_msg("no case %s", name);
	return 0;
}

static void
numbers_and_times_of_a_relay(void **state)
{
	const struct account_verdict *v = &g.r.verdict[0];

	(void)state;
	judge(case_of("strangers, closed later"));
	assert_int_equal(v->n.messages, 100);
	assert_int_equal(v->n.recipients, 300);
	assert_int_equal(v->n.delivered, 280);
	assert_true(v->first.s == noon.s && v->first.where.line == 10);
	assert_true(v->last.s == one.s && v->last.where.line == 20);
	assert_true(v->refused_first.s == two.s && v->refused_first.where.line == 30);
	assert_int_equal(v->n_who, 3);
	assert_true(str_eq(v->who[0], STR("198.51.1.7")));
	assert_true(str_eq(v->reason[0].line, STR("the first line")));
	assert_int_equal(v->reason[0].side, ACCOUNT_FOR);
}

/* An office's mail is not counted as strangers', and the other way round. */
static void
an_office_is_counted_apart(void **state)
{
	const struct account_verdict *v = g.r.verdict;

	(void)state;
	judge(case_of("an office of whose network nobody said anything, beside strangers"));
	assert_int_equal(v[0].n.recipients, 300 - 2);
	assert_int_equal(v[1].n.recipients, 40 + 2);
	judge(case_of("strangers that borrow our name less than half of the time"));
	assert_int_equal(v[0].n.recipients, 300 + 40);
}

static void
who_may_be_a_stranger_is_named(void **state)
{
	const struct account_verdict *v = &g.r.verdict[0];

	(void)state;
	judge(case_of("one network, one foreign sender"));
	assert_int_equal(v->n.messages, 100);
	assert_int_equal(v->n_who, 1);
	assert_true(str_eq(v->who[0], STR("198.51.1.7")));
}

static void
only_the_thieves_mail_counts(void **state)
{
	const struct account_verdict *v = &g.r.verdict[0];

	(void)state;
	judge(case_of("their mail counted apart"));
	assert_int_equal(v->n.messages, 45);
	assert_int_equal(v->n.recipients, 270);
	assert_true(v->first.s == one.s && v->last.s == two.s);
	assert_true(str_eq(v->who[0], STR("carol")));
	assert_true(g.row[ACCOUNT_BY_ACCOUNT][0].burst);
}

static void
a_thousand_accounts_have_room(void **state)
{
	char name[32];

	(void)state;
	memset(&g, 0, sizeof(g));
	g.own = account_own_new();
	for (unsigned i = 0; i < ROWS; i++) {
		struct account_row *a;

		snprintf(name, sizeof(name), "user%u", i);
		a = row(ACCOUNT_BY_ACCOUNT, name);
		*of(a, ACCOUNT_SUBMITTED) = count(100, 900, 900);
		*past_of(a) = (struct account_past){ .days = i % 2, .usual = 1, .day = 900,
			.networks_new = i % 4 };
	}
	g.r.lines_mail = 1;
	account_judge(&g.r, g.own);
	account_own_free(g.own);
	assert_int_equal(g.r.n_verdicts, 2);
	assert_int_equal(g.r.verdict[0].n_who, 8);
	assert_int_equal(g.r.verdict[0].n.messages, 100 * ROWS / 2);
	assert_int_equal(g.r.verdict[1].n_reasons, ACCOUNT_REASONS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_both_sides),
		cmocka_unit_test(every_reason_has_a_case),
		cmocka_unit_test(numbers_and_times_of_a_relay),
		cmocka_unit_test(an_office_is_counted_apart),
		cmocka_unit_test(who_may_be_a_stranger_is_named),
		cmocka_unit_test(only_the_thieves_mail_counts),
		cmocka_unit_test(a_thousand_accounts_have_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
