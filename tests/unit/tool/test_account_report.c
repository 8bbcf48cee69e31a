/* The draft of a first report: filled with the figures, no more than the logs
 * show, and what a person must decide is marked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "account_look.h"
#include "account_rig.h"
#include "base/i18n.h"
#include "tool/account_report.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static char *
draft(const struct account_result *r, const char *lang, bool html)
{
	static char *text;	/* static: gcc -O3 takes what a stream fills in for the variable */
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	i18n_switch(lang);
	assert_int_equal(account_report(f, r, html), 0);
	i18n_switch(NULL);
	fclose(f);
	return text;
}

static size_t
times(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

static const struct {
	const char	*name, *en, *ja;
} parts[] = {
	{ "it says what it is", "(first report, draft)", "(第一報・案)" },
	{ "conservative words", "could be used by third parties", "第三者による中継が可能な状態となり" },
	{ "no more than a possibility", "may have been used by a third party", "第三者に利用された可能性があり" },
	{ "a lower bound", "at least 912,000", "少なくとも 912,000" },
	{ "the busiest hour", "at least 500,000, from 2026-11-23 16:00:00 JST", "少なくとも 500,000 (2026-11-23 16:00:00 JST から)" },
	{ "destinations, counted beyond the table", "at least 22", "少なくとも 22" },
	{ "when the door was closed", "refused since 2026-11-23 18:55:40 JST", "2026-11-23 18:55:40 JST 以降" },
	{ "what is not shown to be over", "the logs show no refusal afterwards", "その後に拒否した記録がなく" },
	{ "content is not in logs", "do not hold the content", "本文は含まれない" },
	{ "listed where", "named a blocklist: bl.example, refusals: 4,012", "bl.example、拒否 4,012 件" },
	{ "why numbers are lower bounds", "lines that the log service dropped: 1,234", "ログ機構が捨てた行: 1,234" },
	{ "what would decide", "--own-domain", "--own-domain" },
	{ "recurrence", "7. Prevention of recurrence", "7. 再発防止策" },
	{ "whom to tell", "the national CSIRT", "JPCERT/CC" },
	{ "evidence", "2026-11-23 15:58:04 JST (mail.log:120394)", "2026-11-23 15:58:04 JST (mail.log:120394)" },
};

static void
filled_with_the_figures(void **state)
{
	struct account_result r;

	(void)state;
	rig_result(&r);
	for (int ja = 0; ja < 2; ja++) {
		char *text = draft(&r, ja ? "ja" : "en", false);

		for (size_t i = 0; i < N(parts); i++)
			if (strstr(text, ja ? parts[i].ja : parts[i].en) == NULL)
				fail_msg("%s: want %s, got\n%s", parts[i].name, ja ? parts[i].ja : parts[i].en, text);
		if (times(text, ja ? "【要確認】" : "[to decide]") < 18)
			fail_msg("%zu are left to a person", times(text, ja ? "【要確認】" : "[to decide]"));
		assert_true(look_bad(text, "\n") < 0);
		free(text);
	}
}

/* Chapters 1 to 8 may be published: no client, no account. */
static void
names_nobody_before_the_appendix(void **state)
{
	struct account_result r;
	char *text, *end;

	(void)state;
	rig_result(&r);
	text = draft(&r, "en", false);
	end = strstr(text, "9. Whom to tell");
	assert_non_null(end);
	*end = '\0';
	assert_null(strstr(text, "192.0.2.7"));
	assert_null(strstr(text, "=cmd"));
	assert_null(strstr(text, "owned"));	/* the rig's name in every reason */
	free(text);
}

/* A draft in another language than that of the command leaves the rest alone. */
static void
its_language_is_its_own(void **state)
{
	struct account_result r;
	char *text;

	(void)state;
	rig_result(&r);
	text = draft(&r, "ja", true);
	assert_non_null(strstr(text, "<html lang=\"ja\">"));
	assert_non_null(strstr(text, "【要確認】"));
	assert_string_equal(_("first"), "first");
	free(text);
}

static void
to_print(void **state)
{
	struct account_result r;
	char *text;

	(void)state;
	rig_result(&r);
	text = draft(&r, "en", true);
	assert_null(strstr(text, "<script"));
	assert_non_null(strstr(text, "&lt;script&gt;"));
	assert_non_null(strstr(text, "default-src 'none'"));
	assert_true(look_bad(text, "\n") < 0);
	free(text);
}

static const struct {
	const char		*name;
	enum account_cause	 cause;
	const char		*want, *never;
} others[] = {
	{ "nothing found is no incident", ACCOUNT_NOTHING_FOUND, "no use by third parties was found", "at least" },
	{ "undecided says so", ACCOUNT_UNDECIDED, "do not tell whether", "could be used by third parties" },
	{ "forwarding is no misuse", ACCOUNT_FORWARDING, "that is no misuse", "could be used by third parties" },
};

static void
without_an_incident(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(others); i++) {
		struct account_result r = { .n_verdicts = 1 };
		char *text;

		r.verdict[0].cause = others[i].cause;
		text = draft(&r, "en", false);
		if (strstr(text, others[i].want) == NULL || strstr(text, others[i].never) != NULL)
			fail_msg("%s: got\n%s", others[i].name, text);
		free(text);
	}
}

/* Beside an incident what is undecided is a question of chapter 6, no summary. */
static void
one_answer(void **state)
{
	struct account_result r;
	char *text;

	(void)state;
	rig_result(&r);
	r.verdict[r.n_verdicts++].cause = ACCOUNT_UNDECIDED;
	text = draft(&r, "en", false);
	assert_null(strstr(text, "do not tell whether"));
	free(text);
}

static void
the_most_come_first(void **state)
{
	static const struct account_past none;
	struct account_row rows[7] = { { .name = STR("none.example"), .past = &none } };
	struct account_count n[7] = { { 0 } };
	struct account_result r = { .n_verdicts = 1 };
	char *text;

	(void)state;
	for (size_t i = 1; i < 7; i++) {
		n[i].recipients = 10 * (i * 5 % 7);
		rows[i] = (struct account_row){ .name = STR("x.example"), .past = &none,
		    .at = { [ACCOUNT_RELAYED] = 1 }, .n = &n[i] };
	}
	r.verdict[0].cause = ACCOUNT_OPEN_RELAY;
	r.table[ACCOUNT_BY_DOMAIN] = (struct account_table){ .row = rows, .n = 7 };
	text = draft(&r, "en", false);
	assert_non_null(strstr(text, "x.example (60), x.example (50), x.example (40), x.example (30), x.example (20)\n"));
	assert_non_null(strstr(text, "destination domains                  6\n"));
	free(text);
}

static void
cannot_be_written(void **state)
{
	struct account_result r;
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	rig_result(&r);
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	assert_int_equal(account_report(f, &r, false), SEK_ESYS);
	fclose(f);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filled_with_the_figures),
		cmocka_unit_test(names_nobody_before_the_appendix),
		cmocka_unit_test(its_language_is_its_own),
		cmocka_unit_test(to_print),
		cmocka_unit_test(without_an_incident),
		cmocka_unit_test(one_answer),
		cmocka_unit_test(the_most_come_first),
		cmocka_unit_test(cannot_be_written),
	};

	if (argc != 2)
		return 2;
	setenv("TZ", "JST-9", 1);
	tzset();
	i18n_setup("en", argv[1]);
	if (getenv("SHOW") != NULL) {
		struct account_result r;

		i18n_switch(getenv("SHOW"));
		rig_result(&r);
		return account_report(stdout, &r, false);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
