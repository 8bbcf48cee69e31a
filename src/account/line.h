#pragma once
/* account/line.h -- one line of a log to the event that it is of, whichever
 * mail server wrote it; in two steps, since its id stands at the beginning. */

#include "wire/mail_event.h"
#include "wire/syslog.h"

enum { LINE_OTHER = 1 };	/* no log line, or of no mail server */

/* Its stamp, tag and text.  *line borrows octets, or unwrapped, which has room
 * for SYSLOG_LINE_MAX; before is of the lines before, of the same log.  Returns
 * 0, or LINE_OTHER: it has no stamp. */
int line_cut(struct syslog_line *line, struct syslog_before *before, struct str octets,
    char *unwrapped) MUST_CHECK;

/* What it tells; *ev borrows what *line does.  Returns 0 or LINE_OTHER. */
int line_tell(struct mail_event *ev, const struct syslog_line *line) MUST_CHECK;
