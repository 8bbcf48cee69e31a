/* Issue 6: splitting a log at any octet into two files, given in order, gives
 * the same result; and how many threads read makes no difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "log_rig.h"
#include "read_rig.h"

/* Where a line stands is another place when files are cut: "@1:7" goes. */
static void
without_places(char *text)
{
	char *to = text;

	for (const char *at = text; *at != '\0';) {
		if (*at == '@')
			at += 1 + strspn(at + 1, "0123456789:");
		else
			*to++ = *at++;
	}
	*to = '\0';
}

/* Reads the files; what is returned is to be freed. */
static char *
read_text(struct account_seen *seen, size_t n, const struct account_own *own, unsigned jobs)
{
	const struct account_read_rules rules = rules_of(own, jobs);
	struct account_result r = { 0 };
	struct account_reading in;
	char *text;

	assert_int_equal(account_read(&in, seen, n, &rules), 0);
	assert_int_equal(account_span_end(in.span, &r), 0);
	text = result_text(&r);
	account_reading_free(&in);
	for (size_t i = 0; i < n; i++)
		close(seen[i].fd);
	without_places(text);
	return text;
}

static char *
whole_of(const struct log_case *c, size_t *n)
{
	char *all = NULL;
	FILE *f = open_memstream(&all, n);

	for (size_t i = 0; i < 4 && c->file[i] != NULL; i++) {
		const size_t len = strlen(c->file[i]);

		fputs(c->file[i], f);
		if (len > 0 && c->file[i][len - 1] != '\n')
			fputc('\n', f);
	}
	fclose(f);
	return all;
}

static char *
read_cut(const char *all, size_t n, size_t at, const struct account_own *own)
{
	struct account_seen seen[2] = { file_of("a", all, at), file_of("b", all + at, n - at) };

	return read_text(seen, 2, own, 1);
}

static void
two_files_are_the_one_that_was_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(log_cases) / sizeof(log_cases[0]); i++) {
		struct account_own *own = case_own(&log_cases[i]);
		size_t n;
		char *all = whole_of(&log_cases[i], &n);
		struct account_seen seen = file_of("a", all, n);
		char *want = read_text(&seen, 1, own, 1);

		for (size_t at = 0; at <= n; at++) {
			char *got = read_cut(all, n, at, own);

			if (strcmp(got, want) != 0)
				fail_msg("%s: cut at %zu (\"%.*s|%.*s\")\n%s\n%s", log_cases[i].name,
				    at, at < 20 ? (int)at : 20, all + at - (at < 20 ? at : 20),
				    n - at < 20 ? (int)(n - at) : 20, all + at, want, got);
			free(got);
		}
		free(want);
		free(all);
		account_own_free(own);
	}
}

/* One line again and again with another number: enough to be cut into runs. */
static void
threads_make_no_difference(void **state)
{
	enum { MESSAGES = 90000, LINE = 500 };
	char *text[3], *all = malloc((size_t)MESSAGES * LINE);
	static const unsigned jobs[] = { 1, 2, 7 };
	struct account_own *own = account_own_new();
	size_t n = 0;

	(void)state;
	assert_non_null(all);
	for (unsigned i = 0; i < MESSAGES; i++) {
		unsigned s = i / 20;

		n += (size_t)sprintf(all + n, "Mar  3 %02u:%02u:%02u mx postfix/smtpd[7]: %010X: "
		    "client=unknown[198.51.100.%u]\nMar  3 %02u:%02u:%02u mx postfix/qmgr[9]: %010X: "
		    "from=<a%u@s.example>, size=1, nrcpt=1 (queue active)\nMar  3 %02u:%02u:%02u mx "
		    "postfix/smtp[3]: %010X: to=<v%u@far.example>, relay=mx.far.example[203.0.113.9]:25, "
		    "delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 OK)\nMar  3 %02u:%02u:%02u mx "
		    "postfix/qmgr[9]: %010X: removed\n",
		    s / 3600, s / 60 % 60, s % 60, i, i % 250, s / 3600, s / 60 % 60, s % 60, i, i % 7,
		    s / 3600, s / 60 % 60, s % 60, i, i, s / 3600, s / 60 % 60, s % 60, i);
	}
	for (size_t k = 0; k < 3; k++) {
		struct account_seen seen = file_of("mail.log", all, n);

		text[k] = read_text(&seen, 1, own, jobs[k]);
		if (strcmp(text[k], text[0]) != 0)
			fail_msg("%u threads", jobs[k]);
	}
	assert_non_null(strstr(text[0], "total m=90000 "));
	for (size_t k = 0; k < 3; k++)
		free(text[k]);
	free(all);
	account_own_free(own);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_files_are_the_one_that_was_cut),
		cmocka_unit_test(threads_make_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
