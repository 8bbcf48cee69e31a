/* What a terminal shows of an account: the answer, in both languages, in 80
 * columns, and nothing of a log as it was. */
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
#include "tool/account_bars.h"
#include "tool/account_say.h"
#include "tool/wrap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const char *catalogues;

static char *
said(const struct account_result *r, struct account_look look)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(account_say(f, r, &look), 0);
	fclose(f);
	assert_int_equal(strlen(text), n);	/* no NUL within */
	return text;
}

static const struct {
	const char	*name, *en, *ja;
} parts[] = {
	{ "the answer comes first", "Open relay: this server took mail from strangers",
	  "第三者中継:" },
	{ "when it began, with its line", "2026-11-23 15:58:04 JST (mail.log:120394)",
	  "2026-11-23 15:58:04 JST (mail.log:120394)" },
	{ "how long", "2 h 56 min", "2 時間 56 分" },
	{ "when the door was closed", "refused since 2026-11-23 18:55:40 JST", "拒否の開始    2026-11-23 18:55:40 JST" },
	{ "a lower bound is said to be one", "at least 912,000", "少なくとも 912,000" },
	{ "recipients by their ends", "delivered 845,000", "配送済み 845,000" },
	{ "for it", "+ messages of outside clients", "+ ログインしていない外部の接続元から" },
	{ "against it", "- nobody said which networks are ours", "- 自組織のネットワークが指定されていません" },
	{ "what would decide", "--own-domain or", "--own-domain" },
	{ "the line that proves it", "| Nov 23 15:58:04 mx postfix", "| Nov 23 15:58:04 mx postfix" },
	{ "the second verdict too", "Stolen account:", "認証情報の窃用" },
	{ "a day without anything", "...                         0", "...                         0" },
	{ "by whom it is listed", "bl.example", "bl.example" },
	{ "which address of ours they named", "203.0.113.25", "203.0.113.25" },
	{ "a refusal that named no list", "(no list was named)", "(リスト名の記載なし)" },
	{ "the hours of the incident", "messages per hour", "1 時間あたりの通数" },
	{ "all of the logs in larger bars", "messages per day", "1 日あたりの通数" },
	{ "what the marked part is", "█ for strangers", "█ 第三者の中継" },
	{ "attempts that were refused", "relay attempts: 7,000, the first 2026-11-23 18:55:40 JST", "中継の試み 7,000 件、最初 2026-11-23" },
	{ "a row of a table", "912,299", "912,299" },
	{ "what is ours is marked", "[ours] 198.51.100.9", "[自組織] 198.51.100.9" },
	{ "an account unlike before is marked", "[unlike before]", "[普段と異なる]" },
	{ "names that the table did not hold", "and 20 beyond the table", "表に入りきらないもの 20 件" },
	{ "a name that was not given", "(none given)", "(名乗りなし)" },
	{ "what makes the numbers a lower bound", "lines that the log service dropped: 1,234", "ログ機構が捨てた行: 1,234" },
	{ "what was taken for ours, and from where", "198.51.100.0/24, 2001:db8::/32 (read from the configuration)",
	  "198.51.100.0/24, 2001:db8::/32 (設定から読み取り)" },
	{ "what is only learned", "learned from these logs", "ログから推定" },
	{ "a file's trouble", "! is cut off", "! 途中で切れています" },
	{ "the zone", "times without a zone were read in Asia/Tokyo", "Asia/Tokyo" },
	{ "the year is inferred", "it was inferred", "推定" },
	{ "which servers wrote the lines", "Postfix 999,980, Exim 10", "Postfix 999,980、Exim 10" },
};

static void
has_its_parts(const char *lang)
{
	struct account_result r;
	bool ja = strcmp(lang, "ja") == 0;
	char *text;

	i18n_switch(lang);
	rig_result(&r);
	text = said(&r, (struct account_look){ 0 });
	for (size_t i = 0; i < N(parts); i++) {
		const char *want = ja ? parts[i].ja : parts[i].en;

		if (strstr(text, want) == NULL)
			fail_msg("%s (%s): want %s, got\n%s", parts[i].name, lang, want, text);
	}
	assert_true(text == strstr(text, ja ? parts[0].ja : parts[0].en));
	free(text);
}

static void
english(void **state)
{
	(void)state;
	has_its_parts("en");
}

static void
japanese(void **state)
{
	(void)state;
	has_its_parts("ja");
	i18n_switch("en");
}

static void
nothing_of_a_log_reaches_the_terminal(void **state)
{
	struct account_result r;

	(void)state;
	rig_result(&r);
	for (int i = 0; i < 4; i++) {
		char *text, where[400];
		ptrdiff_t bad;

		i18n_switch(i & 1 ? "ja" : "en");
		text = said(&r, (struct account_look){ .ascii = (i & 2) != 0 });
		bad = look_bad(text, "\n");
		if (bad >= 0)
			fail_msg("octet %02x at: %.40s", (unsigned char)text[bad], text + (bad > 20 ? bad - 20 : 0));
		if (look_widest(text, where) > 80)
			fail_msg("%zu columns: %s", look_widest(text, where), where);
		free(text);
	}
	i18n_switch("en");
}

static void
colour_is_an_addition(void **state)
{
	struct account_result r;
	char *plain, *color, *to;

	(void)state;
	rig_result(&r);
	plain = said(&r, (struct account_look){ 0 });
	color = said(&r, (struct account_look){ .color = true });
	assert_non_null(strstr(color, "\033[1;31mOpen relay"));
	to = color;
	for (const char *p = color; *p != '\0'; p++)
		if (*p != '\033')
			*to++ = *p;
		else
			p += strcspn(p, "m");
	*to = '\0';
	assert_string_equal(plain, color);
	free(plain);
	free(color);
}

static void
nothing_at_all_is_said_too(void **state)
{
	struct account_result r = { .n_verdicts = 1 };
	char *text;

	(void)state;
	r.verdict[0].cause = ACCOUNT_NOTHING_FOUND;
	text = said(&r, (struct account_look){ 0 });
	assert_non_null(strstr(text, "Nothing found:"));
	assert_null(strstr(text, "at least"));
	free(text);
}

static void
numbers(void **state)
{
	static const struct { uint64_t n; const char *number, *octets; } cases[] = {
		{ 0, "0", "0 B" }, { 999, "999", "999 B" }, { 1000, "1,000", "1.0 kB" },
		{ 912299, "912,299", "912.2 kB" }, { 1234567890, "1,234,567,890", "1.2 GB" },
		{ UINT64_MAX, "18,446,744,073,709,551,615", "18.4 EB" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		char text[32];

		account_text_number(text, cases[i].n);
		assert_string_equal(text, cases[i].number);
		account_text_octets(text, cases[i].n);
		assert_string_equal(text, cases[i].octets);
	}
}

static void
spans(void **state)
{
	static const struct { int64_t s; const char *text; } cases[] = {
		{ -5, "0 s" }, { 59, "59 s" }, { 60, "1 min 0 s" }, { 10620, "2 h 57 min" },
		{ 2 * 86400 + 3600, "2 d 1 h" }, { 86400, "24 h 0 min" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		char text[64];

		account_text_span(text, cases[i].s);
		assert_string_equal(text, cases[i].text);
	}
}

static void
places(void **state)
{
	static const struct { const char *name, *one, *two, *want; } cases[] = {
		{ "of one directory", "/var/log/mail.log", "/var/log/mail.log.1", "mail.log:7" },
		{ "of two", "/var/log/a/mail.log", "/var/log/b/mail.log", "a/mail.log:7" },
		{ "a name that begins as the other's directory", "/var/log", "/var/log/mail.log", "log:7" },
		{ "one file", "/var/log/mail.log", NULL, "mail.log:7" },
		{ "nothing in common", "mail.log", "/var/log/mail.log", "mail.log:7" },
		{ "hostile", "/x/\033[2J", "/x/b", "\\x1b[2J:7" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct account_file files[2] = { { .name = str_of(cases[i].one) }, { .name = str_of(cases[i].two) } };
		struct account_result r = { .file = files, .n_files = cases[i].two != NULL ? 2 : 1 };
		char text[ACCOUNT_TEXT];

		account_text_place(text, &r, (struct account_where){ 0, 7 });
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s: want %s, got %s", cases[i].name, cases[i].want, text);
	}
}

/* What was only refused is not shown among those that sent. */
static void
rows_without_mail(void **state)
{
	struct account_row rows[3] = { { .name = STR("192.0.2.1"), ROW(ACCOUNT_RELAYED, .refused = 5) },
	    { .name = STR("192.0.2.2"), ROW(ACCOUNT_RECEIVED, .messages = 1, .recipients = 1) },
	    { .own = true, ROW(ACCOUNT_RECEIVED, .messages = 1, .recipients = 1) } };
	struct account_result r = { .n_verdicts = 1 };
	char *text;

	(void)state;
	r.verdict[0].cause = ACCOUNT_NOTHING_FOUND;
	r.table[ACCOUNT_BY_CLIENT] = (struct account_table){ .row = rows, .n = 3 };
	text = said(&r, (struct account_look){ 0 });
	assert_null(strstr(text, "192.0.2.1"));
	assert_non_null(strstr(text, "192.0.2.2"));
	assert_non_null(strstr(text, "(no address)"));
	assert_null(strstr(text, "[ours]"));
	free(text);
}

/* --- bars --- */

static void
bars_follow_each_other(void **state)
{
	struct account_result r;
	struct account_bars b;
	char label[ACCOUNT_BARS_LABEL];

	(void)state;
	rig_result(&r);
	account_bars_make(&b, &r, RIG_S + 100, RIG_S + 9 * RIG_HOUR + 100, 24);
	assert_int_equal(b.unit, ACCOUNT_BARS_HOUR);
	assert_int_equal(b.n, 10);
	assert_int_equal(b.bar[2].all, 0);
	assert_int_equal(b.bar[3].messages[ACCOUNT_RELAYED], 400000);
	assert_int_equal(b.bar[9].refused, 7000);
	assert_int_equal(b.most, 500000);
	account_bars_label(label, &b, 0);
	assert_string_equal(label, "2026-11-23 15:00");
	account_bars_make(&b, &r, r.first.s, r.last.s, 24);
	assert_int_equal(b.unit, ACCOUNT_BARS_DAY);
	assert_int_equal(b.n, 22);		/* until 00:00 of the day after, local time */
	assert_int_equal(b.bar[20].messages[ACCOUNT_RELAYED], 912299);
	assert_int_equal(b.bar[21].messages[ACCOUNT_RECEIVED], 1);
	account_bars_label(label, &b, 20);
	assert_string_equal(label, "2026-11-23");
}

static void
bars_are_never_too_many(void **state)
{
	struct account_hour hours[2] = { { .s = 0, .messages = { 1 } }, { .s = RIG_S, .messages = { 2 } } };
	struct account_result r = { .hour = hours, .n_hours = 2 };
	struct account_bars b;
	uint64_t sum = 0;

	(void)state;
	account_bars_make(&b, &r, 0, RIG_S, 24);
	assert_true(b.n <= 24 && b.n >= 23);
	assert_int_equal(b.unit, ACCOUNT_BARS_YEAR);
	for (size_t i = 0; i < b.n; i++)
		sum += b.bar[i].all;
	assert_int_equal(sum, 2);	/* the newest */
	account_bars_make(&b, &r, 10, 5, 24);
	assert_int_equal(b.n, 0);
}

static void
an_incident_has_its_own_bars(void **state)
{
	struct account_result r;
	int64_t from_s, to_s;

	(void)state;
	rig_result(&r);
	assert_true(account_bars_incident(&r, &from_s, &to_s));
	assert_int_equal(from_s, r.verdict[0].first.s - RIG_HOUR);
	assert_int_equal(to_s, r.verdict[0].last.s + RIG_HOUR);
	r.verdict[0].cause = ACCOUNT_UNDECIDED;
	assert_false(account_bars_incident(&r, &from_s, &to_s));
	r.verdict[0].cause = ACCOUNT_OPEN_RELAY;
	r.first.s = r.last.s - 86400;		/* its hours are seen among all */
	assert_false(account_bars_incident(&r, &from_s, &to_s));
	r.first.s = r.verdict[0].first.s - 2 * 86400;
	r.verdict[0].first.s -= 86400;		/* no small part */
	assert_false(account_bars_incident(&r, &from_s, &to_s));
}

/* A clock that is set back has an hour twice; it is one bar more, none is lost. */
static void
bars_at_a_clock_step(void **state)
{
	enum { BEFORE = 1793487600 };	/* 2026-11-01 05:00 EDT less five hours: 00:00 */
	struct account_hour hours[26];
	struct account_result r = { .hour = hours, .n_hours = N(hours) };
	struct account_bars b;
	uint64_t sum = 0;

	(void)state;
	setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
	tzset();
	for (size_t i = 0; i < N(hours); i++)
		hours[i] = (struct account_hour){ .s = BEFORE + 3600 * (int64_t)i, .messages = { 1 } };
	account_bars_make(&b, &r, BEFORE, hours[25].s, 26);
	assert_int_equal(b.n, 26);
	account_bars_make(&b, &r, BEFORE, hours[25].s, 10);
	assert_int_equal(b.unit, ACCOUNT_BARS_3_HOURS);
	for (size_t i = 0; i < b.n; i++)
		sum += b.bar[i].all;
	assert_int_equal(sum, N(hours));
	setenv("TZ", "JST-9", 1);
	tzset();
}

static void
wrapping(void **state)
{
	static const struct { const char *name, *text, *want; } cases[] = {
		{ "short", "ab cd", "ab cd\n" },
		{ "at a space", "abcdef ghij klm", "abcdef\n  ghij klm\n" },
		{ "a word that is too long", "abcdefghijklmno", "abcdefghij\n  klmno\n" },
		{ "between wide characters", "第三者中継可能", "第三者中継\n  可能\n" },
		{ "not before a closing mark", "第三者中継、可", "第三者中\n  継、可\n" },
		{ "empty", "", "\n" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		char *text = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&text, &n);

		assert_non_null(f);
		wrap_text(f, cases[i].text, 0, 2, 10, NULL);
		fclose(f);
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s: want %s, got %s", cases[i].name, cases[i].want, text);
		free(text);
	}
}

static void
cannot_be_written(void **state)
{
	struct account_look look = { 0 };
	struct account_result r;
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	rig_result(&r);
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	assert_int_equal(account_say(f, &r, &look), SEK_ESYS);
	fclose(f);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(english),
		cmocka_unit_test(japanese),
		cmocka_unit_test(nothing_of_a_log_reaches_the_terminal),
		cmocka_unit_test(colour_is_an_addition),
		cmocka_unit_test(nothing_at_all_is_said_too),
		cmocka_unit_test(numbers),
		cmocka_unit_test(spans),
		cmocka_unit_test(places),
		cmocka_unit_test(rows_without_mail),
		cmocka_unit_test(bars_follow_each_other),
		cmocka_unit_test(bars_are_never_too_many),
		cmocka_unit_test(an_incident_has_its_own_bars),
		cmocka_unit_test(bars_at_a_clock_step),
		cmocka_unit_test(wrapping),
		cmocka_unit_test(cannot_be_written),
	};

	if (argc != 2)
		return 2;
	catalogues = argv[1];
	setenv("TZ", "JST-9", 1);
	tzset();
	i18n_setup("en", catalogues);
	if (getenv("SHOW") != NULL) {
		struct account_result r;
		struct account_look look = { .color = getenv("COLOR") != NULL };

		i18n_switch(getenv("SHOW"));
		rig_result(&r);
		return account_say(stdout, &r, &look);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
