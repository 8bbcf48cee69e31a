#pragma once
/* account/line.h -- one line of a log to the event that it is of, whichever
 * mail server wrote it. */

#include "wire/mail_event.h"
#include "wire/syslog.h"

enum { LINE_OTHER = 1 };	/* no log line, or of no mail server */

/* *line and *ev borrow octets, or unwrapped, which has room for SYSLOG_LINE_MAX;
 * before is of the lines before, of the same log.  Returns 0, or LINE_OTHER: then
 * line->text.p is NULL when it has no stamp. */
int line_read(struct mail_event *ev, struct syslog_line *line, struct syslog_before *before,
    struct str octets, char *unwrapped) MUST_CHECK;
