#pragma once
/* wire/log_postfix.h -- lines of postfix's log as events.
 *
 * Pure: no clock, no allocation; the text is hostile.  Every word is looked
 * for where the server writes it, from the left: text that an outsider chose
 * (HELO, addresses, subjects, replies) is never searched (forensics.md 4.18). */

#include "wire/mail_event.h"
#include "wire/syslog.h"

/* Fills all of *out, of MAIL_NOTHING only kind and mta: half of the lines are, and
 * the rest of *out is large.  Returns 0 (out->kind may be MAIL_NOTHING) or
 * MAIL_OTHER when the line is not of this server, which its tag says. */
int log_postfix_read(struct mail_event *out, const struct syslog_line *line) MUST_CHECK;
