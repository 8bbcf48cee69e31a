#include "account/line.h"

#include <string.h>

#include "wire/log_exim.h"
#include "wire/log_loss.h"
#include "wire/log_opensmtpd.h"
#include "wire/log_postfix.h"
#include "wire/log_sendmail.h"

typedef int reader(struct mail_event *out, const struct syslog_line *line);

/* By the tag that each server writes when nobody set another; in this order
 * they are asked about all other tags. */
static const struct { reader *read; struct str tags[3]; } readers[] = {
	{ log_postfix_read, { STR("postfix"), { NULL, 0 }, { NULL, 0 } } },
	{ log_sendmail_read, { STR("sm-"), STR("sendmail"), { NULL, 0 } } },
	{ log_exim_read, { STR("exim"), { NULL, 0 }, { NULL, 0 } } },
	{ log_opensmtpd_read, { STR("smtpd"), STR("opensmtpd"), { NULL, 0 } } },
};

enum { READERS = sizeof(readers) / sizeof(readers[0]), SENDMAIL = 1, EXIM = 2 };

static bool
starts(struct str s, struct str with)
{
	return with.p != NULL && s.n >= with.n && memcmp(s.p, with.p, with.n) == 0;
}

static size_t
first_reader(struct str tag)
{
	if (tag.n == 0)
		return EXIM;
	for (size_t i = 0; i < READERS; i++)
		for (size_t k = 0;
		     k < sizeof(readers[i].tags) / sizeof(readers[i].tags[0]);
		     k++)
			if (starts(tag, readers[i].tags[k]))
				return i;
	return 0;
}

/* Whose the tag is: the tag alone says it, so a kept one is asked about once; but
 * Sendmail has any tag that it was given, and is known by its lines. */
enum { UNASKED, NOBODY, FIRST };

static int
read_by_tag(struct mail_event *ev, const struct syslog_line *line)
{
	const size_t first = first_reader(line->program);
	size_t i = first;

	if (readers[first].read(ev, line) != 0)
		for (i = 0; i < READERS; i++)
			if (i != first && readers[i].read(ev, line) == 0)
				break;
	if (line->tag != NULL)
		line->tag->reader = (uint8_t)(i < READERS ? FIRST + i : NOBODY);
	return i < READERS ? 0 : LINE_OTHER;
}

int
line_cut(struct syslog_line *line, struct syslog_before *before, struct str octets,
    char *unwrapped)
{
	return syslog_read_next(line, before, octets, unwrapped, SYSLOG_LINE_MAX) != 0 ?
	    LINE_OTHER : 0;
}

int
line_tell(struct mail_event *ev, const struct syslog_line *line)
{
	if (log_loss_may(line->text) && log_loss_read(ev, line) == 0)
		return 0;
	if (line->tag == NULL || line->tag->reader == UNASKED)
		return read_by_tag(ev, line);
	if (line->tag->reader == NOBODY)
		return readers[SENDMAIL].read(ev, line) == 0 ? 0 : LINE_OTHER;
	return readers[line->tag->reader - FIRST].read(ev, line) == 0 ? 0 : LINE_OTHER;
}
