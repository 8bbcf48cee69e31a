#include "account/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "sys/sandbox.h"
#include "wire/syslog.h"

enum {
	BUFFER = 256 * 1024,
	WAIT_US = 500 * 1000,	/* then the wish to stop is looked for */
	BAD_MAX = 1000,		/* damaged entries in a row: then it is left */
	US = 1000000,
};

/* What the four servers write, and who says that lines were lost.  Postfix' tags
 * are without number (postfix-out/smtpd): it goes by facility, as all do but an
 * Exim that was told otherwise. */
static const char *const matches[] = {
	"SYSLOG_FACILITY=2",
	"_SYSTEMD_UNIT=postfix.service", "_SYSTEMD_UNIT=postfix@-.service",
	"_SYSTEMD_UNIT=exim4.service", "_SYSTEMD_UNIT=exim.service",
	"_SYSTEMD_UNIT=sendmail.service", "_SYSTEMD_UNIT=sm-client.service",
	"_SYSTEMD_UNIT=opensmtpd.service",
	"SYSLOG_IDENTIFIER=exim", "SYSLOG_IDENTIFIER=exim4",
	"SYSLOG_IDENTIFIER=sendmail", "SYSLOG_IDENTIFIER=sm-mta", "SYSLOG_IDENTIFIER=sm-msp-queue",
	"SYSLOG_IDENTIFIER=smtpd",
	"SYSLOG_IDENTIFIER=systemd-journald", "SYSLOG_IDENTIFIER=rsyslogd",
};

struct reader {
	const struct account_journal	*j;
	sd_journal			*journal;
	FILE				*out;
	uint64_t			 bad;
};

/* --- fields --- */

/* The value of a field of this entry; "" without it.  Borrowed until the next
 * call. */
static struct str
field(struct reader *r, const char *name)
{
	const void *p;
	size_t n, skip = strlen(name) + 1;

	if (sd_journal_get_data(r->journal, name, &p, &n) < 0 || n < skip)
		return (struct str){ "", 0 };
	return (struct str){ (const char *)p + skip, n - skip };
}

/* As one word of a line: a blank or a line's end in it becomes "_". */
static void
put_word(struct reader *r, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		putc_unlocked((unsigned char)s.p[i] <= ' ' ? '_' : s.p[i], r->out);
}

static void
put_text(struct reader *r, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		putc_unlocked(s.p[i] == '\n' || s.p[i] == '\0' ? ' ' : s.p[i], r->out);
}

/* When it was written, where that is told; else when it was taken. */
static uint64_t
moment_us(struct reader *r)
{
	uint64_t us;

	if (str_u64(&us, field(r, "_SOURCE_REALTIME_TIMESTAMP"), INT64_MAX) != 0 &&
	    sd_journal_get_realtime_usec(r->journal, &us) < 0)
		us = 0;
	return us;
}

static void
put_stamp(struct reader *r, uint64_t us)
{
	time_t s = (time_t)(us / US);
	struct tm tm;
	char text[32];

	if (gmtime_r(&s, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return;
	fprintf(r->out, "%s.%06" PRIu64 "+00:00", text, us % US);
}

static void
put_entry(struct reader *r)
{
	struct str s;

	put_stamp(r, moment_us(r));
	putc_unlocked(' ', r->out);
	put_word(r, (s = field(r, "_HOSTNAME")).n > 0 ? s : STR("-"));
	putc_unlocked(' ', r->out);
	s = field(r, "SYSLOG_IDENTIFIER");
	put_word(r, s.n > 0 ? s : field(r, "_COMM"));
	s = field(r, "SYSLOG_PID");
	if (s.n == 0)
		s = field(r, "_PID");
	if (s.n > 0) {
		putc_unlocked('[', r->out);
		put_word(r, s);
		putc_unlocked(']', r->out);
	}
	fputs(": ", r->out);
	put_text(r, field(r, "MESSAGE"));
	putc_unlocked('\n', r->out);
}

/* --- entries --- */

static bool
is_over(struct reader *r)
{
	uint64_t us;

	return ferror(r->out) != 0 ||
	    (r->j->far != NULL && atomic_load(&r->j->far->stop)) ||
	    (r->j->until_s != 0 && sd_journal_get_realtime_usec(r->journal, &us) >= 0 &&
	    us >= (uint64_t)r->j->until_s * US);
}

/* One is damaged: the next one, unless nothing else comes. */
static bool
skip_bad(struct reader *r, int rc, unsigned *in_a_row)
{
	if (rc != -EBADMSG && rc != -ENODATA && rc != -EIO && rc != -ESTALE)
		return false;
	r->bad++;
	return ++*in_a_row < BAD_MAX;
}

/* At the end: waits for more.  false: there will be none. */
static bool
wait_for_more(struct reader *r)
{
	if (!r->j->follow || fflush(r->out) != 0)
		return false;
	return sd_journal_wait(r->journal, WAIT_US) >= 0;
}

static void
read_all(struct reader *r)
{
	unsigned in_a_row = 0;

	for (;;) {
		int rc = sd_journal_next(r->journal);

		if (is_over(r))
			return;
		if (rc > 0) {
			put_entry(r);
			in_a_row = 0;
		} else if (rc == 0 ? !wait_for_more(r) : !skip_bad(r, rc, &in_a_row)) {
			return;
		}
	}
}

/* --- the process --- */

static int
add_matches(sd_journal *j)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < sizeof(matches) / sizeof(matches[0]); i++) {
		rc = sd_journal_add_match(j, matches[i], 0);
		if (rc >= 0)
			rc = sd_journal_add_disjunction(j);
	}
	return rc;
}

static int
position(struct reader *r)
{
	int rc;

	sd_journal_set_data_threshold(r->journal, SYSLOG_LINE_MAX);
	rc = add_matches(r->journal);
	if (rc >= 0)
		rc = r->j->since_s > 0 ?
		    sd_journal_seek_realtime_usec(r->journal, (uint64_t)r->j->since_s * US) :
		    sd_journal_seek_head(r->journal);
	if (rc >= 0 && r->j->follow)	/* before the sandbox: what is to be watched */
		rc = sd_journal_get_fd(r->journal);
	return rc;
}

static _Noreturn void
complain(const char *what, int e, int code)
{
	fprintf(stderr, "sekimori account: %s: %s\n", what, strerror(e));
	exit(code);
}

static bool
is_there(sd_journal *j)
{
	uint64_t octets = 0;

	return sd_journal_get_usage(j, &octets) >= 0 && octets > 0;
}

static void
enter(const struct account_journal *j)
{
	static const char *const places[] = { "/var/log/journal", "/run/log/journal" };
	const char *dirs[3] = { j->dir };
	const struct sandbox box = { .role = "journal", .may = MAY_FILES | MAY_WATCH,
	    .dirs = dirs, .strict = j->strict, .read_only = true };
	size_t n = j->dir != NULL ? 1 : 0;

	for (size_t i = 0; j->dir == NULL && i < 2; i++)
		if (access(places[i], X_OK) == 0)
			dirs[n++] = places[i];
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || sandbox_enter(&box, NULL) != 0)
		complain("journal", errno, EXIT_OSERR);
}

_Noreturn void
account_journal(const struct account_journal *j)
{
	struct reader r = { .j = j, .out = fdopen(j->out, "w") };
	int rc = j->dir != NULL ? sd_journal_open_directory(&r.journal, j->dir, 0) :
	    sd_journal_open(&r.journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);

	if (rc < 0)
		complain(j->dir != NULL ? j->dir : "journal", -rc, EXIT_NOINPUT);
	if (!is_there(r.journal))	/* what may not be read is as if it were not there */
		complain(j->dir != NULL ? j->dir : "journal", ENOENT, EXIT_NOINPUT);
	if (r.out == NULL || setvbuf(r.out, NULL, _IOFBF, BUFFER) != 0)
		complain("journal", errno, EXIT_OSERR);
	if ((rc = position(&r)) < 0)
		complain("journal", -rc, EXIT_NOINPUT);
	enter(j);
	read_all(&r);
	rc = fflush(r.out) != 0 && errno != EPIPE ? EXIT_IOERR : 0;
	if (r.bad > 0)
		fprintf(stderr, "sekimori account: journal: damaged entries: %" PRIu64 "\n", r.bad);
	sd_journal_close(r.journal);
	exit(rc);
}
