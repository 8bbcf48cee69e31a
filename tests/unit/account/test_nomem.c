/* No memory at any moment while a log is read: SEK_ENOMEM, never a crash, a leak
 * (by the sanitizer) or another answer.  Linked with --wrap (../nomem.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nomem.h"
#include "account/judge.h"
#include "account/learn.h"
#include "log_rig.h"
#include "read_rig.h"

enum { PARTS = 3, FAILURES_MAX = 100000 };

void *__real_aligned_alloc(size_t line, size_t n);
void *__wrap_aligned_alloc(size_t line, size_t n);

void *
__wrap_aligned_alloc(size_t line, size_t n)
{
	return refuse() ? NULL : __real_aligned_alloc(line, n);
}

/* --- spans: lines, messages, counts, what is learned --- */

struct life {
	struct account_span	*part[PARTS];
	struct account_own	*own;
	char			*text;		/* the answer; NULL: none */
};

/* A part of the log from octet from up to octet to of its first file. */
static int
read_part(struct life *m, const struct log *l, size_t part, size_t from, size_t to)
{
	const struct account_clock clock = { .year = 2026 };
	struct account_span *s = account_span_new(m->own, &l->limits, part == 0);
	int rc = s == NULL ? SEK_ENOMEM : 0;

	m->part[part] = s;
	if (rc == 0)
		rc = account_span_file(s, 0, &clock);
	if (rc == 0)
		rc = account_span_octets(s, l->file[0] + from, to - from);
	for (size_t i = 1; rc == 0 && part == PARTS - 1 && i < l->n; i++) {
		rc = account_span_file(s, (uint32_t)i, &clock);
		if (rc == 0)
			rc = account_span_octets(s, l->file[i], strlen(l->file[i]));
	}
	return rc;
}

static int
judge(struct life *m, struct account_result *r)
{
	int rc = account_own_join(m->own, account_span_learned(m->part[0]));

	if (rc == 0)
		rc = account_own_show(m->own, r);
	if (rc == 0)
		account_judge(r, m->own);
	return rc;
}

static int
join_and_end(struct life *m)
{
	struct account_file file[8] = { { .octets = 0 } };
	struct account_result r = { .file = file, .n_files = 1 };
	int rc = 0;

	for (size_t i = 1; rc == 0 && i < PARTS; i++) {
		rc = account_span_join(m->part[0], m->part[i]);
		m->part[i] = NULL;
	}
	if (rc == 0)	/* as --follow does, again and again */
		rc = account_span_look(m->part[0], &r);
	if (rc == 0)
		rc = account_span_end(m->part[0], &r);
	if (rc == 0)
		rc = judge(m, &r);
	if (rc == 0) {
		fail_at = -1;
		m->text = result_text(&r);
	}
	return rc;
}

/* Everything that a reading does, in three spans that are joined. */
static int
live(struct life *m, const struct log_case *c)
{
	struct log l = case_log(c, NULL);
	const size_t n = strlen(l.file[0]), cut[] = { 0, n / 3, 2 * n / 3, n };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < PARTS; i++)
		rc = read_part(m, &l, i, cut[i], cut[i + 1]);
	return rc == 0 ? join_and_end(m) : rc;
}

/* With allocation number n refused.  Returns what it said. */
static int
life(const struct log_case *c, long n, char **text)
{
	struct life m = { .own = case_own(c) };
	int rc;

	fail_at = n;
	rc = live(&m, c);
	fail_at = -1;
	for (size_t i = 0; i < PARTS; i++)
		account_span_free(m.part[i]);
	account_own_free(m.own);
	*text = m.text;
	return rc;
}

/* Returns how many allocations there were to refuse. */
static long
every_life(const struct log_case *c)
{
	char *want, *got;
	long n = 0;
	int rc = life(c, -1, &want);

	assert_int_equal(rc, 0);
	while ((rc = life(c, n, &got)) != 0) {
		if (rc != SEK_ENOMEM || got != NULL || n == FAILURES_MAX)
			fail_msg("%s: allocation %ld: %d", c->name, n, rc);
		n++;
	}
	if (strcmp(got, want) != 0)
		fail_msg("%s: allocation %ld changes\n%s", c->name, n, got);
	free(got);
	free(want);
	return n;
}

static void
a_span_without_memory_says_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(log_cases) / sizeof(log_cases[0]); i++)
		assert_in_range(every_life(&log_cases[i]), 20, FAILURES_MAX);
}

/* --- files --- */

enum { FILES = 6 };

static int
read_files(struct account_seen *seen, const struct account_own *own, unsigned jobs,
    uint64_t *messages)
{
	const struct account_read_rules rules = rules_of(own, jobs);
	struct account_result r = { 0 };
	struct account_reading in;
	int rc = account_read(&in, seen, FILES, &rules);

	if (rc == 0)
		rc = account_span_end(in.span, &r);
	*messages = rc == 0 ? r.total.messages : 0;
	account_reading_free(&in);
	return rc;
}

static void
fill(struct account_seen *seen)
{
	static const char *const names[FILES] = { "mail.log", "mail.log.1", "mail.log.2", "copy",
		"other.log", "mail.log.3" };
	char text[1000];

	for (size_t i = 0; i < FILES; i++) {
		unsigned at = i == 3 ? 0 : (unsigned)i;
		int n = snprintf(text, sizeof(text), "Mar  %u 10:00:01 mx postfix/smtpd[7]: 4A1B2C3D%u: "
		    "client=unknown[198.51.100.7]\nMar  %u 10:00:01 mx postfix/cleanup[8]: 4A1B2C3D%u: "
		    "message-id=<4711.0123456789.0123456789.0123456789.0123456789@stranger.example>\n"
		    "Mar  %u 10:00:01 mx postfix/qmgr[9]: 4A1B2C3D%u: "
		    "from=<a@s.example>, size=1, nrcpt=1 (queue active)\nMar  %u 10:00:02 mx "
		    "postfix/smtp[3]: 4A1B2C3D%u: to=<v@far.example>, relay=mx.far.example"
		    "[203.0.113.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 OK)\n"
		    "Mar  %u 10:00:02 mx postfix/qmgr[9]: 4A1B2C3D%u: removed\n",
		    9 - at, at, 9 - at, at, 9 - at, at, 9 - at, at, 9 - at, at);

		seen[i] = file_of(names[i], text, (size_t)n);
	}
}

/* The same with allocation number n refused, wherever it is. */
static int
read_once(const struct account_own *own, unsigned jobs, long n, uint64_t *messages)
{
	struct account_seen seen[FILES];
	int rc;

	fill(seen);
	fail_at = n;
	rc = read_files(seen, own, jobs, messages);
	fail_at = -1;
	for (size_t i = 0; i < FILES; i++)
		close(seen[i].fd);
	return rc;
}

static void
every_reading(unsigned jobs)
{
	struct account_own *own = account_own_new();
	uint64_t want, got;
	long n = 0;
	int rc;

	assert_int_equal(read_once(own, jobs, -1, &want), 0);
	assert_int_equal(want, 5);	/* and a copy */
	while ((rc = read_once(own, jobs, n, &got)) != 0) {
		if (rc != SEK_ENOMEM || n == FAILURES_MAX)
			fail_msg("%u threads, allocation %ld: %d", jobs, n, rc);
		n++;
	}
	assert_in_range(n, 50, FAILURES_MAX);
	assert_int_equal(got, want);
	account_own_free(own);
}

static void
files_without_memory_are_no_other_files(void **state)
{
	(void)state;
	every_reading(1);
}

static void
a_thread_without_memory_ends_all(void **state)
{
	(void)state;
	every_reading(3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_without_memory_says_so),
		cmocka_unit_test(files_without_memory_are_no_other_files),
		cmocka_unit_test(a_thread_without_memory_ends_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
