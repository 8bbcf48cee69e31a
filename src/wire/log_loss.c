#include "wire/log_loss.h"

#include "wire/log_text.h"

/* The number at the front of *s, which goes; 0: none, or past 32 bits. */
static uint32_t
number_take(struct str *s)
{
	uint64_t v = 0;
	size_t n = 0;

	while (n < s->n && ascii_digit(s->p[n]))
		n++;
	if (str_u64(&v, (struct str){ s->p, n }, UINT32_MAX) != 0)
		v = 0;
	log_text_pass(s, n);
	return (uint32_t)v;
}

static int
loss(struct mail_event *out, enum mail_event_kind kind, uint32_t n)
{
	*out = (struct mail_event){ .kind = kind, .lost_n = n };
	return 0;
}

/* "3 times..." or "1 time" */
static int
repeats(struct mail_event *out, struct str s)
{
	uint32_t n = number_take(&s);

	if (n == 0 || !LOG_STARTS(s, " time"))
		return MAIL_OTHER;
	return loss(out, MAIL_REPEATS, n);
}

/* "Last message 'text' repeated 3 times, suppressed by syslog-ng on host": the
 * text is anybody's, so the words are looked for from the end. */
static int
repeats_at_end(struct mail_event *out, struct str s)
{
	static const struct str words = { "' repeated ", 11 };

	for (size_t at = s.n; at-- > 0;) {
		if (s.p[at] != '\'' || s.n - at < words.n || memcmp(s.p + at, words.p, words.n) != 0)
			continue;
		log_text_pass(&s, at + words.n);
		return repeats(out, s);
	}
	return MAIL_OTHER;
}

static bool
mail_unit(struct str unit)
{
	static const struct str names[] = {
		STR("postfix"), STR("exim"), STR("sendmail"), STR("sm-mta"), STR("smtpd"),	/* opensmtpd too */
		STR("mail"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_search(unit, names[i]) >= 0)
			return true;
	return false;
}

/* systemd-journald: "Suppressed 38 messages from postfix@-.service", "Forwarding
 * to syslog missed 12 messages." */
static int
journald_read(struct mail_event *out, struct str s)
{
	uint32_t n;

	if (LOG_SKIP(&s, "Forwarding to syslog missed "))
		return loss(out, MAIL_LOST, number_take(&s));
	if (!LOG_SKIP(&s, "Suppressed "))
		return MAIL_OTHER;
	n = number_take(&s);
	if (!LOG_SKIP(&s, " messages from ") || !mail_unit(s))
		return MAIL_OTHER;
	return loss(out, MAIL_LOST, n);
}

/* rsyslogd: "imuxsock[pid 12]: begin to drop messages due to rate-limiting",
 * "imjournal: 225 messages lost due to rate-limiting", "imuxsock lost 225
 * messages from pid 12 due to rate-limiting" */
static int
rsyslog_read(struct mail_event *out, struct str s)
{
	ptrdiff_t at = str_search(s, STR(" lost "));
	struct str from = s;

	if (!LOG_STARTS(s, "im") || str_search(s, STR("rate-limiting")) < 0)
		return MAIL_OTHER;
	if (at < 0)
		return loss(out, MAIL_LOST, 0);
	log_text_pass(&from, (size_t)at + sizeof(" lost ") - 1);
	if (from.n > 0 && ascii_digit(from.p[0]))
		return loss(out, MAIL_LOST, number_take(&from));
	from = (struct str){ s.p, (size_t)at };	/* "...: 225 messages" */
	if (!LOG_ENDS(from, " messages"))
		return loss(out, MAIL_LOST, 0);
	from.n -= sizeof(" messages") - 1;
	for (at = (ptrdiff_t)from.n; at > 0 && ascii_digit(from.p[at - 1]); at--)
		;
	log_text_pass(&from, (size_t)at);
	return loss(out, MAIL_LOST, number_take(&from));
}

int
log_loss_read(struct mail_event *out, const struct syslog_line *line)
{
	struct str s = line->text;

	if (s.n == 0)
		return MAIL_OTHER;
	switch (s.p[0]) {
	case 'm':
		return LOG_SKIP(&s, "message repeated ") ? repeats(out, s) : MAIL_OTHER;
	case '-':
		if (!LOG_SKIP(&s, "--- "))
			return MAIL_OTHER;
		return LOG_SKIP(&s, "last message repeated ") ? repeats(out, s) : MAIL_OTHER;
	case 'l':
		if (line->program.n > 0)
			return MAIL_OTHER;
		return LOG_SKIP(&s, "last message repeated ") ? repeats(out, s) : MAIL_OTHER;
	case 'L':
		return LOG_STARTS(s, "Last message '") ? repeats_at_end(out, s) : MAIL_OTHER;
	case 'S':
	case 'F':
		if (str_eq(line->program, STR("systemd-journald")) || str_eq(line->program, STR("systemd-journal")) ||
		    str_eq(line->program, STR("journal")) || str_eq(line->program, STR("journald")))
			return journald_read(out, s);
		return MAIL_OTHER;
	case 'i':
		return LOG_STARTS(line->program, "rsyslogd") ? rsyslog_read(out, s) : MAIL_OTHER;
	default:
		return MAIL_OTHER;
	}
}
