/* tests/bench/bench_lines.c -- nanoseconds that a line of a mail log costs:
 * finding its end, reading its stamp and tag, reading what the server says.
 *
 *	bench_lines [--iso | FILE [postfix|exim|sendmail|opensmtpd]]
 *
 * Without a file it makes a mix of Postfix with stamps of RFC 3164, or of RFC 3339
 * as Debian 12 writes them: of a message of one recipient seven lines, of a
 * refused client three.  Not a test: it prints what it measured and judges
 * nothing; the three parts take turns, so believe their ratios. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/log_exim.h"
#include "wire/log_loss.h"
#include "wire/log_opensmtpd.h"
#include "wire/log_postfix.h"
#include "wire/log_sendmail.h"

enum { MESSAGES = 20000, ROUNDS = 15 };

static char *octets;
static size_t len, cap;
static bool iso;

static double
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
put(unsigned i, const char *program, const char *text)
{
	if (cap - len < 1024) {
		cap = cap * 2 + 1048576;
		octets = realloc(octets, cap);
		if (octets == NULL)
			abort();
	}
	len += (size_t)snprintf(octets + len, cap - len,
	    iso ? "2026-01-%02uT%02u:%02u:%02u.678901+09:00 mx postfix/%s[%u]: %s\n" :
	    "Jan %2u %02u:%02u:%02u mx postfix/%s[%u]: %s\n",
	    i / 86400 % 28 + 1, i / 3600 % 24, i / 60 % 60, i % 60, program, 1000 + i % 500, text);
}

#define SAY(program, ...) \
	do { \
		char text[512]; \
		snprintf(text, sizeof(text), __VA_ARGS__); \
		put(i, program, text); \
	} while (0)

static void
message(unsigned i)
{
	unsigned id = 0x3f1c2100 + i * 7919u, child = id ^ 0x5a5a5a;
	unsigned a = i * 31 % 200, b = i % 250;

	SAY("smtpd", "connect from host%u.example.net[192.0.2.%u]", a, b);
	SAY("smtpd", "%08X1: client=host%u.example.net[192.0.2.%u]", id, a, b);
	SAY("cleanup", "%08X1: message-id=<2026010203.%08x@example.net>", id, id);
	SAY("qmgr", "%08X1: from=<user%u@example.net>, size=%u, nrcpt=1 (queue active)", id, a, 900 + i % 9000);
	SAY("smtpd", "disconnect from host%u.example.net[192.0.2.%u] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5", a, b);
	SAY("smtp", "%08X1: to=<person%u@example.com>, relay=mx%u.example.com[203.0.113.%u]:25, delay=1.%u, delays=0.1/0.01/0.5/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as %08X2)", id, b, a, b, i % 10, child);
	SAY("qmgr", "%08X1: removed", id);
	if (i % 2 == 0) {
		SAY("smtpd", "connect from unknown[198.51.100.%u]", b);
		SAY("smtpd", "NOQUEUE: reject: RCPT from unknown[198.51.100.%u]: 554 5.7.1 <x%u@example.com>: Relay access denied; from=<a%u@example.org> to=<x%u@example.com> proto=ESMTP helo=<h%u.example>", b, i, a, i, a);
		SAY("smtpd", "disconnect from unknown[198.51.100.%u] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4", b);
	}
	if (i % 5 == 0)
		SAY("smtpd", "warning: unknown[198.51.100.%u]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=info", b);
	if (i % 7 == 0)
		SAY("anvil", "statistics: max connection rate 1/60s for (smtp:198.51.100.%u) at Jan  2 03:04:05", b);
}

static void
file_read(const char *name)
{
	FILE *f = fopen(name, "rb");
	size_t n;

	if (f == NULL) {
		perror(name);
		exit(EXIT_FAILURE);
	}
	do {
		if (cap - len < 1 << 20)
			octets = realloc(octets, cap = cap * 2 + (1 << 21));
		if (octets == NULL)
			abort();
		n = fread(octets + len, 1, cap - len, f);
		len += n;
	} while (n > 0);
	fclose(f);
}

static uint64_t kinds[MAIL_KIND_N], others;

static const struct {
	const char	*name;
	int		(*read)(struct mail_event *, const struct syslog_line *);
} servers[] = {
	{ "postfix", log_postfix_read }, { "exim", log_exim_read },
	{ "sendmail", log_sendmail_read }, { "opensmtpd", log_opensmtpd_read },
};
static size_t server;

/* depth 0: lines are cut; 1: syslog too; 2: the server too. */
static size_t
pass(int depth)
{
	static char room[SYSLOG_LINE_MAX];
	static struct syslog_before before;
	struct str rest = { octets, len };
	struct syslog_line l;
	struct mail_event e;
	size_t n = 0;

	before.no_nul = len == 0 || memchr(octets, '\0', len) == NULL;
	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');

		n++;
		if (depth == 0 || syslog_read_next(&l, &before, line, room, sizeof(room)) != 0)
			continue;
		if (depth == 2 && (!log_loss_may(l.text) || log_loss_read(&e, &l) != 0) && servers[server].read(&e, &l) == 0)
			kinds[e.kind]++;
		else
			others++;
	}
	return n;
}

int
main(int argc, char **argv)
{
	static const char *const names[] = { "cut", "cut, syslog", "cut, syslog, server" };
	double best[3] = { 1e9, 1e9, 1e9 };
	size_t n = 0;

	iso = argc > 1 && strcmp(argv[1], "--iso") == 0;
	while (argc > 2 && strcmp(servers[server].name, argv[2]) != 0)
		if (++server == sizeof(servers) / sizeof(servers[0]))
			return EXIT_FAILURE;
	if (argc > 1 && !iso)
		file_read(argv[1]);
	else
		for (unsigned i = 0; i < MESSAGES; i++)
			message(i);
	for (int round = 0; round < ROUNDS; round++) {
		for (int depth = 0; depth < 3; depth++) {
			double start = now_s();

			n = pass(depth);
			start = now_s() - start;
			best[depth] = start < best[depth] ? start : best[depth];
		}
	}
	printf("%zu lines, %.1f MB, %.0f octets each\n", n, (double)len / 1e6, (double)len / (double)n);
	for (int depth = 0; depth < 3; depth++)
		printf("%-22s %4.0f ns a line, %5.0f MB/s\n", names[depth], best[depth] / (double)n * 1e9,
		    (double)len / best[depth] / 1e6);
	for (int k = 0; argc > 1 && !iso && k < MAIL_KIND_N; k++)
		printf("kind %d: %llu\n", k, (unsigned long long)kinds[k] / ROUNDS);
	free(octets);
	return EXIT_SUCCESS;
}
