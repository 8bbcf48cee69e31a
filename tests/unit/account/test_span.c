#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "log_rig.h"

static size_t
octets_of(const struct log *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += strlen(l->file[i]);
	return n;
}

/* Where two texts differ: that line of both. */
static void
differ(const char *name, size_t cut, const char *whole, const char *parts)
{
	while (*whole != '\0' && *parts != '\0') {
		size_t a = strcspn(whole, "\n"), b = strcspn(parts, "\n");

		if (a != b || memcmp(whole, parts, a) != 0)
			break;
		whole += a + 1;
		parts += b + 1;
	}
	print_error("%s: cut at %zu\nwhole: %.*s\nparts: %.*s\n", name, cut,
	    (int)strcspn(whole, "\n"), whole, (int)strcspn(parts, "\n"), parts);
}

static int
cut_everywhere(const char *name, const struct log *l)
{
	size_t n = octets_of(l);
	char *whole = log_text(l, NULL, 0);
	int bad = 0;

	for (size_t at = 0; at <= n && bad < 3; at++) {
		char *parts = log_text(l, &at, 1);

		if (strcmp(whole, parts) != 0) {
			differ(name, at, whole, parts);
			bad++;
		}
		free(parts);
	}
	free(whole);
	return bad;
}

static void
a_log_cut_at_any_octet_is_the_same_log(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(log_cases) / sizeof(log_cases[0]); i++) {
		struct account_own *own = case_own(&log_cases[i]);
		struct log l = case_log(&log_cases[i], own);

		bad += cut_everywhere(log_cases[i].name, &l);
		account_own_free(own);
	}
	assert_int_equal(bad, 0);
}

/* Any other way of cutting: so many spans, joined from the left or the right,
 * their octets given in pieces. */
static char *
text_of_parts(const struct log *l, const size_t *cut, size_t n_cuts, bool from_right)
{
	struct account_file file[8] = { { .octets = 0 } };
	struct account_result r = { .file = file, .n_files = l->n };
	struct account_span *part[8];
	char *text;

	for (size_t i = 0; i <= n_cuts; i++)
		part[i] = span_of(l, i == 0, i == 0 ? 0 : cut[i - 1], i < n_cuts ? cut[i] : SIZE_MAX);
	for (size_t i = n_cuts; from_right && i > 0; i--)
		or_die(account_span_join(part[i - 1], part[i]));
	for (size_t i = 1; !from_right && i <= n_cuts; i++)
		or_die(account_span_join(part[0], part[i]));
	or_die(account_span_end(part[0], &r));
	text = result_text(&r);
	account_span_free(part[0]);
	return text;
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static int
cut_order(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

static int
cut_in_many(const char *name, const struct log *l, uint32_t *seed)
{
	enum { TRIES = 300 };
	size_t n = octets_of(l), cut[7];
	char *whole = log_text(l, NULL, 0);
	int bad = 0;

	for (int i = 0; i < TRIES && bad < 3; i++) {
		size_t cuts = 2 + next_random(seed) % 6;
		char *parts;

		for (size_t k = 0; k < cuts; k++)
			cut[k] = next_random(seed) % (n + 1);
		qsort(cut, cuts, sizeof(cut[0]), cut_order);
		parts = text_of_parts(l, cut, cuts, i % 2 == 0);
		if (strcmp(whole, parts) != 0) {
			for (size_t k = 0; k < cuts; k++)
				print_error("%zu ", cut[k]);
			differ(name, (size_t)i % 2, whole, parts);
			bad++;
		}
		free(parts);
	}
	free(whole);
	return bad;
}

static void
spans_joined_in_any_way_are_one_span(void **state)
{
	uint32_t seed = 20261128;
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(log_cases) / sizeof(log_cases[0]); i++) {
		struct account_own *own = case_own(&log_cases[i]);
		struct log l = case_log(&log_cases[i], own);

		bad += cut_in_many(log_cases[i].name, &l, &seed);
		account_own_free(own);
	}
	assert_int_equal(bad, 0);
}

/* All cases behind each other are one log as well. */
static void
many_logs_behind_each_other_too(void **state)
{
	struct account_own *own = case_own(&log_cases[0]);
	size_t cap = 1 << 20, n = 0;
	char *all = malloc(cap);
	const char *file[1] = { all };
	struct log l = { .file = file, .n = 1, .own = own };
	uint32_t seed = 7;

	(void)state;
	assert_non_null(all);
	for (size_t i = 0; i < sizeof(log_cases) / sizeof(log_cases[0]); i++)
		for (size_t k = 0; k < 4 && log_cases[i].file[k] != NULL; k++)
			n += (size_t)snprintf(all + n, cap - n, "%s\n", log_cases[i].file[k]);
	assert_int_equal(cut_in_many("all", &l, &seed), 0);
	free(all);
	account_own_free(own);
}

/* Takes files and line numbers out of a result's text. */
static void
places_off(char *text)
{
	char *to = text;

	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(p, "\n") + 1;

		if (strncmp(p, "file ", 5) == 0) {
			p += n;
			continue;
		}
		for (; n > 0; n--, p++) {
			if (*p != '@') {
				*to++ = *p;
				continue;
			}
			while (n > 1 && strchr("@:0123456789", *p) != NULL) {
				n--;
				p++;
			}
			*to++ = *p;
		}
	}
	*to = '\0';
}

/* Issue 6: "splitting a log at any byte into two files given in order". */
static void
a_log_in_two_files_is_the_same_log(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(log_cases) / sizeof(log_cases[0]); i++) {
		struct account_own *own = case_own(&log_cases[i]);
		struct log one = case_log(&log_cases[i], own), two = one;
		size_t n = strlen(one.file[0]);
		char *a = malloc(n + 1), *b = malloc(n + 1), *whole;
		const char *file[2] = { a, b };

		assert_true(a != NULL && b != NULL);
		one.n = 1;
		two.n = 2;
		two.file = file;
		whole = log_text(&one, NULL, 0);
		places_off(whole);
		for (size_t at = 0; at <= n && bad < 3; at++) {
			char *parts;

			memcpy(a, one.file[0], at);
			a[at] = '\0';
			strcpy(b, one.file[0] + at);
			parts = log_text(&two, NULL, 0);
			places_off(parts);
			if (strcmp(whole, parts) != 0) {
				differ(log_cases[i].name, at, whole, parts);
				bad++;
			}
			free(parts);
		}
		free(whole);
		free(a);
		free(b);
		account_own_free(own);
	}
	assert_int_equal(bad, 0);
}

/* --follow looks while it reads: that changes nothing. */
static void
a_look_is_the_result_of_now(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(log_cases) / sizeof(log_cases[0]); i++) {
		struct account_own *own = case_own(&log_cases[i]);
		struct log l = case_log(&log_cases[i], own);
		const struct account_clock clock = { .year = 2026 };
		struct account_file file[8] = { { .octets = 0 } };
		struct account_result look = { .file = file, .n_files = l.n }, r = look;
		struct account_span *s = account_span_new(l.own, &l.limits, true);
		char *whole = log_text(&l, NULL, 0), *text;

		assert_non_null(s);
		for (size_t k = 0; k < l.n; k++) {
			size_t n = strlen(l.file[k]);

			or_die(account_span_file(s, (uint32_t)k, &clock));
			or_die(account_span_octets(s, l.file[k], n / 2));
			or_die(account_span_look(s, &look));
			or_die(account_span_octets(s, l.file[k] + n / 2, n - n / 2));
		}
		or_die(account_span_look(s, &look));
		text = result_text(&look);
		assert_string_equal(text, whole);
		free(text);
		or_die(account_span_end(s, &r));
		text = result_text(&r);
		assert_string_equal(text, whole);
		free(text);
		free(whole);
		account_span_free(s);
		account_own_free(own);
	}
}

/* --follow reads of two files in turns, whole lines each time. */
static void
files_that_grow_in_turns(void **state)
{
	static const char *const a[] = { "Mar  3 10:00:01 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		"Mar  3 10:00:01 mx postfix/qmgr[9]: AAAA11: from=<a@spam.example>, size=10, nrcpt=1 (queue active)\n",
		"Mar  3 10:00:03 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, "
		"delay=1, dsn=2.0.0, status=sent (250 OK)\n" };
	static const char *const b[] = { "garbage\ngarbage\n", "garbage\n" };
	const struct account_clock clock = { .year = 2026 };
	const struct account_limits limits = { .names = 0 };
	struct account_file file[2] = { { .octets = 0 } };
	struct account_result r = { .file = file, .n_files = 2 };
	struct account_own *own = case_own(&log_cases[0]);
	struct account_span *s = account_span_new(own, &limits, true);
	char *text;

	(void)state;
	assert_non_null(s);
	for (int i = 0; i < 2; i++) {
		or_die(account_span_file(s, 0, &clock));
		or_die(account_span_octets(s, a[i], strlen(a[i])));
		or_die(account_span_file(s, 1, &clock));
		or_die(account_span_octets(s, b[i], strlen(b[i])));
	}
	or_die(account_span_end(s, &r));
	assert_int_equal(file[0].lines, 3);
	assert_int_equal(file[1].lines, 3);
	assert_int_equal(r.n[ACCOUNT_RELAYED].delivered, 1);
	assert_int_equal(r.class_first[ACCOUNT_RELAYED].where.line, 1);
	assert_int_equal(r.last.where.line, 3);
	text = result_text(&r);
	assert_non_null(strstr(text, "file 1 octets=24 lines=3 other=3"));
	free(text);
	account_span_free(s);
	account_own_free(own);
}

/* A queue: mail of strangers, of ours, of accounts, some behind a filter; half of
 * it was tried. */
static char *
queue_text(size_t messages)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	for (unsigned i = 0; i < messages; i++) {
		unsigned net = i % 3 == 0 ? 2 : 198, m = i % 60, s = i % 59;

		fprintf(f, "Mar  3 10:%02u:%02u mx postfix/smtpd[11]: %X: client=unknown[%s.%u]%s\n", m, s,
		    0xa0000 + i, net == 2 ? "192.0.2" : "198.51.100", i % 200, i % 7 == 0 ?
		    ", sasl_method=PLAIN, sasl_username=clerk" : "");
		fprintf(f, "Mar  3 10:%02u:%02u mx postfix/qmgr[9]: %X: from=<a%u@spam.example>, size=%u, nrcpt=3 "
		    "(queue active)\n", m, s, 0xa0000 + i, i, 100 + i);
		for (unsigned k = 0; k < 3 && i % 2 == 0; k++)
			fprintf(f, "Mar  3 10:%02u:%02u mx postfix/smtp[13]: %X: to=<v%u@d%u.example>, relay=none, "
			    "delay=1, dsn=4.4.1, status=deferred (timed out)\n", m, s, 0xa0000 + i, k, (i + k) % 900);
		if (i % 11 == 0)
			fprintf(f, "Mar  3 10:%02u:%02u mx postfix/smtp[13]: %X: to=<w@in.example>, relay=127.0.0.1[127.0.0.1]"
			    ":10024, delay=1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: "
			    "queued as %X)\n", m, s, 0xa0000 + i, 0xb0000 + i);
	}
	fclose(f);
	return text;
}

static void
a_full_queue_counted_by_two_threads_is_the_same(void **state)
{
	enum { MESSAGES = 6000 };
	static const struct log_case ours = { .domains = "town.example", .nets = "192.0.2.0/24" };
	struct account_own *own = case_own(&ours);
	char *queue = queue_text(MESSAGES), *text[2];
	const char *const file[] = { queue };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		const struct log l = { .file = file, .n = 1, .own = own, .limits = { .threads = i + 1 } };

		text[i] = log_text(&l, NULL, 0);
	}
	assert_non_null(strstr(text[0], "total m=6000 "));
	if (strcmp(text[0], text[1]) != 0) {
		differ("queue", 0, text[0], text[1]);
		fail();
	}
	free(text[0]);
	free(text[1]);
	free(queue);
	account_own_free(own);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_cut_at_any_octet_is_the_same_log),
		cmocka_unit_test(spans_joined_in_any_way_are_one_span),
		cmocka_unit_test(many_logs_behind_each_other_too),
		cmocka_unit_test(a_log_in_two_files_is_the_same_log),
		cmocka_unit_test(a_look_is_the_result_of_now),
		cmocka_unit_test(files_that_grow_in_turns),
		cmocka_unit_test(a_full_queue_counted_by_two_threads_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
