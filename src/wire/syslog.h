#pragma once
/* wire/syslog.h -- one line of a mail log: when, on which host, which program.
 *
 * Pure: no clock, no allocation; every octet of a line is hostile.  Reads
 *   RFC 3164      Jan  2 03:04:05 host postfix/smtpd[12]: text   (and "<22>" before it)
 *   RFC 5424      <22>1 2026-01-02T03:04:05.678+09:00 host postfix/smtpd 12 - - text
 *   ISO stamps    2026-01-02T03:04:05.678901+09:00 host postfix/smtpd[12]: text
 *   Exim's own    2026-01-02 03:04:05 [+0900] [12] text   (program is empty)
 * and the wrappings people have: a container's or Kubernetes' prefix, JSON
 * lines ("message", "log" or "MESSAGE" with its time), one CSV column, CR at
 * the end, NUL runs of a crash before the stamp (forensics.md 4.18).
 * Sources: RFC 3164 4.1, RFC 5424 6, rsyslog's and journald's manuals. */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum {
	SYSLOG_LINE_MAX = 65536,	/* octets of a line that are looked at; longer ones are cut and counted */
	SYSLOG_OTHER = 1,		/* no log line: free text, garbage, a cut beginning */
};

enum syslog_stamp {
	SYSLOG_UTC,		/* at_s is seconds since the epoch */
	SYSLOG_LOCAL,		/* at_s is the wall clock read as if it were UTC */
	SYSLOG_YEARLESS,	/* likewise, in the leap year 1972: the year is missing too */
};

struct syslog_line {
	int64_t			at_s;
	uint32_t		at_us;
	enum syslog_stamp	stamp;
	struct str		host;		/* all borrow the line, hostile */
	struct str		program;	/* tag as written: "postfix-out/smtpd", "sm-mta", "exim" */
	uint32_t		pid;		/* 0: none */
	struct str		pid_text;	/* the same as written; "": none */
	struct str		text;		/* after the tag, trailing CR and blanks off */
	struct syslog_tag	*tag;		/* of syslog_read_next(): until it is called again; NULL: not kept */
};

enum { SYSLOG_TAG_BITS = 5, SYSLOG_HOSTS = 4 };

struct syslog_tag {
	char	octets[56];
	uint8_t	n;			/* of octets; 0: none */
	uint8_t	reader;			/* whose lines have it; account/line's */
	uint8_t	note[6];		/* that reader's, of what the tag says; all 0: not asked yet */
};

/* What lines before had: one a log and reader, all zero at its beginning. */
struct syslog_before {
	int64_t		minute_s;
	char		minute[17];	/* as written */
	char		zone[7];	/* with the blank behind it */
	uint8_t		form, host_last, host_next;
	bool		no_nul;		/* the caller's: the next line holds no NUL */
	struct {
		char	octets[63];	/* with the blank behind it */
		uint8_t	n;
	} host[SYSLOG_HOSTS];
	struct syslog_tag tag[1 << SYSLOG_TAG_BITS];
};

/* Reads one line, which holds no LF.  unwrapped is room for the text of a JSON
 * line or a CSV column with its escapes undone (cap SYSLOG_LINE_MAX; only then
 * used, and then out borrows it; never an LF either).  Returns 0 or
 * SYSLOG_OTHER. */
int syslog_read(struct syslog_line *out, struct str line, char *unwrapped, size_t cap) MUST_CHECK;

/* The same, and the same answer, in less than half the time where the line has
 * the minute, host and tag of lines before. */
int syslog_read_next(struct syslog_line *out, struct syslog_before *before, struct str line,
    char *unwrapped, size_t cap) MUST_CHECK;
