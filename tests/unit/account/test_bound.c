/* However long a log is, a span holds so much memory and no more: messages
 * without end, each from another client to another domain, many never over,
 * more than half of unknown side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "log_rig.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED false
#endif

enum {
	MESSAGES = 300000,
	HELD_MB = 80,	/* issue 6 allows 200 for everything: two that read, and one of what was read */
};

static uint64_t messages = MESSAGES;

enum { CLIENT, CLEANUP, QMGR, SENT, DEFERRED, REMOVED, STOP };

static const char *const daemons[] = { "smtpd", "cleanup", "qmgr", "smtp", "smtp", "qmgr" };

static size_t
line(char *out, size_t cap, uint64_t i, int which)
{
	unsigned n = (unsigned)(i * 2654435761U), at = (unsigned)(i / 50);
	int a = (int)(n & 255), b = (int)(n >> 8 & 255), c = (int)(n >> 16 & 255), head, tail = 0;

	head = snprintf(out, cap, "2026-%02u-%02uT%02u:%02u:%02u+00:00 mx postfix/%s[9]: %08X: ",
	    1 + at / 86400 / 28 % 12, 1 + at / 86400 % 28, at / 3600 % 24, at / 60 % 60, at % 60, daemons[which],
	    (unsigned)i | 0x10000000);
	out += head;
	cap -= (size_t)head;
	if (which == CLIENT)
		tail = snprintf(out, cap, "client=unknown[%d.%d.%d.%d]", 11 + a % 100, b, c, a);
	else if (which == CLEANUP)
		tail = snprintf(out, cap, "message-id=<%u@mail.example>", n);
	else if (which == QMGR)
		tail = snprintf(out, cap, "from=<a@from%d-%d.example>, size=%d, nrcpt=1 (queue active)", b, c, a);
	else if (which == SENT)
		tail = snprintf(out, cap, "to=<v@to%u.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)", n % 1000000);
	else if (which == DEFERRED)
		tail = snprintf(out, cap, "to=<v@to%u.example>, relay=none, delay=1, dsn=4.4.1, "
		    "status=deferred (timed out)", n % 1000000);
	else
		tail = snprintf(out, cap, "removed");
	out[tail] = '\n';
	return (size_t)(head + tail) + 1;
}

static void
a_span_holds_so_much_and_no_more(void **state)
{
	static const int steps[3][7] = { { CLIENT, CLEANUP, QMGR, SENT, REMOVED, STOP },
		{ CLIENT, CLEANUP, QMGR, DEFERRED, STOP }, { CLIENT, CLEANUP, QMGR, DEFERRED, SENT, REMOVED, STOP } };
	const struct account_clock clock = { .year = 2026 };
	const struct account_limits limits = { .names = 0 };
	struct account_own *own = account_own_new();
	struct account_span *s = account_span_new(own, &limits, true);
	struct account_result r = { .file = NULL };
	struct rusage before, after;
	char text[512];
	uint64_t seen = 0;

	(void)state;
	assert_non_null(s);
	getrusage(RUSAGE_SELF, &before);
	or_die(account_span_file(s, 0, &clock));
	for (uint64_t i = 0; i < messages; i++)
		for (int k = 0; steps[i % 3][k] != STOP; k++)
			or_die(account_span_octets(s, text, line(text, sizeof(text), i, steps[i % 3][k])));
	getrusage(RUSAGE_SELF, &after);
	print_message("# %llu messages: %ld MB\n", (unsigned long long)messages, (after.ru_maxrss - before.ru_maxrss) / 1024);
	if (!SANITIZED)
		assert_true((after.ru_maxrss - before.ru_maxrss) / 1024 <= HELD_MB);
	or_die(account_span_end(s, &r));
	/* and nothing is counted twice or lost, but what was too much is said */
	for (int c = 0; c < ACCOUNT_CLASS_N; c++)
		seen += r.n[c].recipients;
	assert_int_equal(seen, r.total.recipients);
	assert_int_equal(r.total.messages, messages);
	assert_true(r.at_least);
	account_span_free(s);
	account_own_free(own);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_holds_so_much_and_no_more),
	};

	if (argc > 1)
		messages = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
