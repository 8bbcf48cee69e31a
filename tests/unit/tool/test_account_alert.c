/* Alerts: once when it begins, once when it is over, with the seconds from the
 * first abusive message; what the child tells its parent; the metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/i18n.h"
#include "tool/account_alert.h"
#include "tool/account_metrics.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

enum { T = 1795417000, ROWS = 80 };

static struct account_file file = { .name = STR("mail.log") };
static struct account_row rows[ROWS], clients[2];
static struct account_past past[ROWS];
static struct account_count sent;
static struct account_result r;
static struct account_alert_state state;
static struct account_alert told[ACCOUNT_ALERTS];

static int
fresh(void **ctx)
{
	(void)ctx;
	memset(&r, 0, sizeof(r));
	memset(&state, 0, sizeof(state));
	memset(rows, 0, sizeof(rows));
	memset(clients, 0, sizeof(clients));
	memset(past, 0, sizeof(past));
	memset(&sent, 0, sizeof(sent));
	r.file = &file;
	r.n_files = 1;
	clients[0].name = STR("192.0.2.7");
	clients[0].at[ACCOUNT_RELAYED] = 1;
	clients[0].n = &sent;
	clients[0].past = clients[1].past = &past[0];
	clients[1].name = STR("\033[2J");
	r.table[ACCOUNT_BY_CLIENT] = (struct account_table){ .row = clients, .n = 2 };
	return 0;
}

/* Strangers' messages until last_s, n in all. */
static void
relayed(int64_t first_s, int64_t last_s, uint64_t n)
{
	r.n_verdicts = 1;
	r.verdict[0] = (struct account_verdict){ .cause = ACCOUNT_OPEN_RELAY, .first = { first_s, { 0, 12 } } };
	r.class_first[ACCOUNT_RELAYED] = r.verdict[0].first;
	r.class_last[ACCOUNT_RELAYED] = (struct account_when){ last_s, { 0, 12 + n } };
	r.n[ACCOUNT_RELAYED] = (struct account_count){ .messages = n, .recipients = 2 * n };
	sent.recipients = 2 * n;
}

static size_t
step(int64_t now_s)
{
	return account_alert_step(&state, &r, now_s, told, N(told));
}

static void
relaying_is_told_once(void **ctx)
{
	(void)ctx;
	assert_int_equal(step(T), 0);
	relayed(T, T + 3, 5);
	assert_int_equal(step(T + 4), 1);
	assert_string_equal(account_alert_tag(&told[0]), "relay-begins");
	assert_int_equal(told[0].first_s, T);
	assert_int_equal(account_alert_after_s(&told[0]), 4);
	assert_int_equal(told[0].messages, 5);
	assert_int_equal(told[0].recipients, 10);
	assert_int_equal(told[0].line, 12);
	assert_string_equal(told[0].file, "mail.log");
	assert_string_equal(told[0].who, "192.0.2.7");
	for (int64_t i = 5; i < 100; i++) {
		relayed(T, T + i, 5 + (uint64_t)i);
		assert_int_equal(step(T + i), 0);
	}
}

static void
it_is_over_when_it_is_quiet(void **ctx)
{
	(void)ctx;
	relayed(T, T + 10, 5);
	assert_int_equal(step(T + 10), 1);
	assert_int_equal(step(T + 10 + ACCOUNT_ALERT_QUIET_S - 1), 0);
	assert_int_equal(step(T + 10 + ACCOUNT_ALERT_QUIET_S), 1);
	assert_string_equal(account_alert_tag(&told[0]), "relay-ends");
	assert_int_equal(told[0].last_s, T + 10);
	assert_int_equal(told[0].messages, 5);
	assert_int_equal(step(T + 10 + ACCOUNT_ALERT_QUIET_S + 1), 0);
}

static void
it_may_begin_again(void **ctx)
{
	int64_t later = T + 5 * ACCOUNT_ALERT_QUIET_S;

	(void)ctx;
	relayed(T, T + 10, 5);
	assert_int_equal(step(T + 10), 1);
	assert_int_equal(step(later - 1), 1);
	relayed(T, later, 8);
	assert_int_equal(step(later + 1), 1);
	assert_string_equal(account_alert_tag(&told[0]), "relay-begins");
	assert_int_equal(told[0].first_s, later);	/* not that of the first time */
	assert_int_equal(told[0].messages, 3);
	assert_int_equal(account_alert_after_s(&told[0]), 1);
}

static void
what_was_over_before_is_no_alert(void **ctx)
{
	(void)ctx;
	relayed(T - 86400, T - ACCOUNT_ALERT_QUIET_S, 1000);
	assert_int_equal(step(T), 0);
	assert_int_equal(step(T + 1), 0);
	relayed(T - 86400, T + 2, 1001);
	assert_int_equal(step(T + 2), 1);
	assert_int_equal(told[0].messages, 1);
	assert_int_equal(told[0].first_s, T + 2);
}

static void
accepted_for_ours_is_no_alert(void **ctx)
{
	(void)ctx;
	relayed(T, T + 3, 5);
	r.verdict[0].cause = ACCOUNT_UNDECIDED;
	assert_int_equal(step(T + 4), 0);
}

/* --- accounts --- */

static void
burst(size_t i, const char *name, int64_t first_s, int64_t last_s, uint64_t n)
{
	rows[i].name = str_of(name);
	rows[i].burst = true;
	rows[i].past = &past[i];
	rows[i].last = (struct account_when){ last_s, { 0, 99 } };
	past[i].day = n;
	past[i].day_first = (struct account_when){ first_s, { 0, 30 } };
	past[i].day_last = (struct account_when){ last_s, { 0, 99 } };
	r.table[ACCOUNT_BY_ACCOUNT] = (struct account_table){ .row = rows, .n = i + 1 };
}

static void
each_account_is_told_once(void **ctx)
{
	(void)ctx;
	burst(0, "a@corp.example", T, T + 5, 200);
	assert_int_equal(step(T + 5), 1);
	assert_string_equal(account_alert_tag(&told[0]), "account-begins");
	assert_string_equal(told[0].who, "a@corp.example");
	burst(1, "\033b", T + 2, T + 6, 300);
	assert_int_equal(step(T + 6), 1);
	assert_string_equal(told[0].who, "\\x1bb");
	assert_int_equal(account_alert_after_s(&told[0]), 4);
	assert_int_equal(step(T + 7), 0);
	assert_int_equal(step(T + 6 + ACCOUNT_ALERT_QUIET_S), 2);
	assert_string_equal(account_alert_tag(&told[0]), "account-ends");
}

/* Its owner writes the day after: that is nothing new. */
static void
ordinary_mail_after_a_burst_is_none(void **ctx)
{
	(void)ctx;
	burst(0, "a@corp.example", T, T + 5, 200);
	past[0].strange = (struct account_count){ .messages = 190, .recipients = 199 };
	past[0].strange_first = (struct account_when){ T + 1, { 0, 31 } };
	past[0].strange_last = (struct account_when){ T + 5, { 0, 98 } };
	assert_int_equal(step(T + 5), 1);
	assert_int_equal(told[0].first_s, T + 1);
	assert_int_equal(told[0].messages, 190);
	assert_int_equal(step(T + 5 + ACCOUNT_ALERT_QUIET_S), 1);
	rows[0].last = (struct account_when){ T + 86400, { 0, 500 } };
	assert_int_equal(step(T + 86401), 0);
}

static void
a_program_here_is_told_as_one(void **ctx)
{
	(void)ctx;
	burst(0, "www-data", T, T + 5, 200);
	r.table[ACCOUNT_BY_USER] = r.table[ACCOUNT_BY_ACCOUNT];
	r.table[ACCOUNT_BY_ACCOUNT].n = 0;
	assert_int_equal(step(T + 5), 1);
	assert_string_equal(account_alert_tag(&told[0]), "local-begins");
}

static void
more_than_are_remembered(void **ctx)
{
	static char names[ROWS][16];

	(void)ctx;
	for (size_t i = 0; i < ROWS; i++) {
		snprintf(names[i], sizeof(names[i]), "a%zu", i);
		burst(i, names[i], T, T + 5, 200);
	}
	assert_int_equal(step(T + 5), ACCOUNT_ALERTS);
	assert_int_equal(step(T + 6), 0);
	/* those that are over make room */
	for (size_t i = 0; i < ACCOUNT_ALERTS; i++)
		rows[i].burst = i % 2 == 0;
	rows[1].burst = true;
	assert_true(step(T + 5 + ACCOUNT_ALERT_QUIET_S) > 30);
}

static void
what_has_no_room_comes_later(void **ctx)
{
	(void)ctx;
	burst(0, "a", T, T + 5, 200);
	burst(1, "b", T, T + 5, 200);
	assert_int_equal(account_alert_step(&state, &r, T + 5, told, 1), 1);
	assert_string_equal(told[0].who, "a");
	assert_int_equal(account_alert_step(&state, &r, T + 6, told, 1), 1);
	assert_string_equal(told[0].who, "b");
}

static void
in_words(void **ctx)
{
	char text[ACCOUNT_ALERT_TEXT];

	(void)ctx;
	relayed(T, T + 3, 5);
	assert_int_equal(step(T + 70), 1);
	account_alert_text(text, &told[0]);
	assert_string_equal(text, "ALERT: mail of strangers is being relayed: 192.0.2.7; since "
	    "2026-11-23 15:56:40 JST (mail.log:12), seen 1 min 10 s later; messages 5, recipients 10");
	i18n_switch("ja");
	account_alert_text(text, &told[0]);
	i18n_switch("en");
	assert_non_null(strstr(text, "警報: 第三者のメールを中継しています: 192.0.2.7"));
}

/* --- metrics --- */

/* "name{label="value"} number" or a comment, each line of it. */
static bool
is_sample(struct str l)
{
	size_t i = 0;

	if (str_istarts(l, STR("# HELP sekimori_account_")) || str_istarts(l, STR("# TYPE sekimori_account_")))
		return true;
	while (i < l.n && ((l.p[i] >= 'a' && l.p[i] <= 'z') || l.p[i] == '_'))
		i++;
	if (i < l.n && l.p[i] == '{')
		while (i < l.n && l.p[i++] != '}')
			;
	if (i + 1 >= l.n || l.p[i++] != ' ')
		return false;
	while (i < l.n && ascii_digit(l.p[i]))
		i++;
	return i == l.n;
}

static void
metrics(void **ctx)
{
	static const char *const want[] = {
		"\nsekimori_account_messages_total{class=\"relayed\"} 5\n",
		"\nsekimori_account_recipients_total{class=\"relayed\"} 10\n",
		"\nsekimori_account_last_timestamp_seconds{class=\"relayed\"} 1795417003\n",
		"\nsekimori_account_last_timestamp_seconds{class=\"scripted\"} 0\n",
		"\nsekimori_account_verdict{cause=\"open-relay\"} 1\n",
		"\nsekimori_account_verdict{cause=\"undecided\"} 0\n",
		"\nsekimori_account_alerts{kind=\"relay\"} 1\n",
		"\nsekimori_account_alerts{kind=\"account\"} 0\n",
		"\nsekimori_account_updated_timestamp_seconds 1795417070\n",
	};
	char text[16384];
	struct wbuf w = wbuf_of(text, sizeof(text) - 1);
	struct str rest;

	(void)ctx;
	relayed(T, T + 3, 5);
	assert_int_equal(step(T + 70), 1);
	account_metrics(&w, &r, &state, T + 70);
	assert_int_equal(w.err, 0);
	text[w.len] = '\0';
	for (size_t i = 0; i < N(want); i++)
		if (strstr(text, want[i]) == NULL)
			fail_msg("no %s in\n%s", want[i], text);
	rest = (struct str){ text, w.len };
	while (rest.n > 0) {
		struct str l = str_cut(&rest, '\n');

		if (!is_sample(l))
			fail_msg("no sample: %.*s", (int)l.n, l.p);
	}
	w = wbuf_of(text, 100);
	account_metrics(&w, &r, &state, T);
	assert_int_equal(w.err, SEK_ELIMIT);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(relaying_is_told_once, fresh),
		cmocka_unit_test_setup(it_is_over_when_it_is_quiet, fresh),
		cmocka_unit_test_setup(it_may_begin_again, fresh),
		cmocka_unit_test_setup(what_was_over_before_is_no_alert, fresh),
		cmocka_unit_test_setup(accepted_for_ours_is_no_alert, fresh),
		cmocka_unit_test_setup(each_account_is_told_once, fresh),
		cmocka_unit_test_setup(ordinary_mail_after_a_burst_is_none, fresh),
		cmocka_unit_test_setup(a_program_here_is_told_as_one, fresh),
		cmocka_unit_test_setup(more_than_are_remembered, fresh),
		cmocka_unit_test_setup(what_has_no_room_comes_later, fresh),
		cmocka_unit_test_setup(in_words, fresh),
		cmocka_unit_test_setup(metrics, fresh),
	};

	if (argc != 2)
		return 2;
	setenv("TZ", "JST-9", 1);
	tzset();
	i18n_setup("en", argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
