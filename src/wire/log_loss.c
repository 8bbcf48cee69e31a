#include "wire/log_loss.h"

#include "wire/log_cut.h"

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
	*s = log_cut_off(*s, n);
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

	if (n == 0 || !log_cut_begins(s, STR(" time")))
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
		s = log_cut_off(s, at + words.n);
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

	if (log_cut_lit(&s, STR("Forwarding to syslog missed ")))
		return loss(out, MAIL_LOST, number_take(&s));
	if (!log_cut_lit(&s, STR("Suppressed ")))
		return MAIL_OTHER;
	n = number_take(&s);
	if (!log_cut_lit(&s, STR(" messages from ")) || !mail_unit(s))
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

	if (!log_cut_begins(s, STR("im")) || str_search(s, STR("rate-limiting")) < 0)
		return MAIL_OTHER;
	if (at < 0)
		return loss(out, MAIL_LOST, 0);
	from = log_cut_off(from, (size_t)at + sizeof(" lost ") - 1);
	if (from.n > 0 && ascii_digit(from.p[0]))
		return loss(out, MAIL_LOST, number_take(&from));
	from = (struct str){ s.p, (size_t)at };	/* "...: 225 messages" */
	if (!log_cut_ends(from, STR(" messages")))
		return loss(out, MAIL_LOST, 0);
	from.n -= sizeof(" messages") - 1;
	for (at = (ptrdiff_t)from.n; at > 0 && ascii_digit(from.p[at - 1]); at--)
		;
	from = log_cut_off(from, (size_t)at);
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
		return log_cut_lit(&s, STR("message repeated ")) ? repeats(out, s) : MAIL_OTHER;
	case '-':
		if (!log_cut_lit(&s, STR("--- ")))
			return MAIL_OTHER;
		return log_cut_lit(&s, STR("last message repeated ")) ? repeats(out, s) : MAIL_OTHER;
	case 'l':
		if (line->program.n > 0)
			return MAIL_OTHER;
		return log_cut_lit(&s, STR("last message repeated ")) ? repeats(out, s) : MAIL_OTHER;
	case 'L':
		return log_cut_begins(s, STR("Last message '")) ? repeats_at_end(out, s) : MAIL_OTHER;
	case 'S':
	case 'F':
		if (!log_cut_begins(s, STR("Suppressed ")) && !log_cut_begins(s, STR("Forwarding ")))
			return MAIL_OTHER;
		if (str_eq(line->program, STR("systemd-journald")) || str_eq(line->program, STR("systemd-journal")) ||
		    str_eq(line->program, STR("journal")) || str_eq(line->program, STR("journald")))
			return journald_read(out, s);
		return MAIL_OTHER;
	case 'i':
		return log_cut_begins(line->program, STR("rsyslogd")) ? rsyslog_read(out, s) : MAIL_OTHER;
	default:
		return MAIL_OTHER;
	}
}
