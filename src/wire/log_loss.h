#pragma once
/* wire/log_loss.h -- what the loggers themselves say: lines are missing here,
 * or one line stands for many.
 *
 * Pure; the text is hostile.  For lines of every program, to be asked before
 * the servers' readers: rsyslog folds repeats under the tag of what repeats.
 * Of journald's notices only those about a mail server's unit count.
 * Sources: journald.conf(5) RateLimitBurst=, rsyslog's imuxsock, imjournal and
 * $RepeatedMsgReduction, syslogd(8) of the BSDs, syslog-ng's suppress(). */

#include "wire/mail_event.h"
#include "wire/syslog.h"

/* Can text be one of those lines?  Hardly any is, so this is asked inline. */
static inline bool
log_loss_may(struct str text)
{
	static const bool begins[256] = {
		['m'] = true, ['-'] = true, ['l'] = true, ['L'] = true, ['S'] = true, ['F'] = true, ['i'] = true,
	};

	return text.n > 0 && begins[(uint8_t)text.p[0]];
}

/* Fills all of *out on 0: MAIL_LOST or MAIL_REPEATS with lost_n.  Returns 0,
 * or MAIL_OTHER for every other line. */
int log_loss_read(struct mail_event *out, const struct syslog_line *line) MUST_CHECK;
