#include "wire/syslog_body.h"

#include <string.h>

enum { TAG_MAX = 128 };

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct str
left_trim(struct str s)
{
	while (s.n > 0 && blank(s.p[0]))
		s = log_cut_off(s, 1);
	return s;
}

/* Octets before the next blank. */
static size_t
word_len(struct str s)
{
	size_t n = 0;

	while (n < s.n && !blank(s.p[n]))
		n++;
	return n;
}

/* What stands before the next blank; the blanks go too. */
static struct str
word_take(struct str *s)
{
	struct str w = { s->p, word_len(*s) };

	*s = left_trim(log_cut_off(*s, w.n));
	return w;
}

static void
pid_set(struct syslog_line *out, struct str digits)
{
	uint64_t v = 0;

	for (size_t i = 0; i < digits.n; i++) {
		if (!ascii_digit(digits.p[i]) || v > UINT32_MAX)
			return;
		v = v * 10 + (uint64_t)(digits.p[i] - '0');
	}
	if (digits.n == 0 || v > UINT32_MAX)
		return;
	out->pid = (uint32_t)v;
	out->pid_text = digits;
}

/* May stand in a tag before [ or : -- RFC 3164 says letters and digits,
 * programs write more (postfix/smtpd, sm-mta, postfix@-). */
static bool
tag_octet(char c)
{
	static const bool ends[256] = {
		[0 ... ' '] = true, ['['] = true, [':'] = true, ['"'] = true, ['<'] = true, ['='] = true,
	};

	return !ends[(uint8_t)c];
}

/* Takes "[12]" off *s; "" unless it stands there whole.  What is between is
 * no number where a syslogd writes a thread's name. */
static struct str
brackets_take(struct str *s)
{
	size_t at = 1;
	struct str in = { s->p, 0 };

	if (s->n < 3 || s->p[0] != '[')
		return in;
	while (at < s->n && s->p[at] != ']' && s->p[at] != ' ')
		at++;
	if (at == s->n || s->p[at] == ' ')
		return in;
	in = (struct str){ s->p + 1, at - 1 };
	*s = log_cut_off(*s, at + 1);
	return in;
}

static bool
is_number(struct str s)
{
	size_t n = 0;

	while (n < s.n && ascii_digit(s.p[n]))
		n++;
	return s.n > 0 && n == s.n;
}

/* "<Info>: ", which Apple's syslogd puts behind the pid, off *s. */
static void
level_skip(struct str *s)
{
	size_t at = 1;

	if (s->n < 4 || s->p[0] != '<')
		return;
	while (at < s->n && ((uint8_t)s->p[at] | 0x20) >= 'a' && ((uint8_t)s->p[at] | 0x20) <= 'z')
		at++;
	if (at > 1 && at + 1 < s->n && s->p[at] == '>' && s->p[at + 1] == ':')
		*s = left_trim(log_cut_off(*s, at + 2));
}

/* "postfix/127.0.0.1:10025/smtpd[12]: ": the name of an instance may be the
 * address where it listens, with its colons and brackets. */
static int
address_tag_take(struct syslog_line *out, struct str *s)
{
	ptrdiff_t end = str_search((struct str){ s->p, s->n < TAG_MAX ? s->n : TAG_MAX }, STR("]: "));
	struct str head = { s->p, end < 0 ? 0 : (size_t)end }, pid;
	const char *open = head.n == 0 ? NULL : memrchr(head.p, '[', head.n);

	if (open == NULL || word_len(head) < head.n || str_find(head, '/') < 0)
		return SYSLOG_OTHER;
	pid = (struct str){ open + 1, (size_t)(head.p + head.n - open) - 1 };
	pid_set(out, pid);
	if (out->pid_text.n == 0)
		return SYSLOG_OTHER;
	out->program = (struct str){ head.p, head.n - pid.n - 1 };
	*s = left_trim(log_cut_off(*s, head.n + 2));
	return 0;
}

int
syslog_tag_take(struct syslog_line *out, struct str *s)
{
	struct str pid, rest;
	size_t at = 0;
	bool colon;

	while (at < s->n && at < TAG_MAX && tag_octet(s->p[at]))
		at++;
	if (at == 0 || at == s->n)
		return SYSLOG_OTHER;
	rest = log_cut_off(*s, at);
	pid = brackets_take(&rest);
	colon = rest.n > 0 && rest.p[0] == ':';
	if (!colon && pid.n == 0)
		return SYSLOG_OTHER;
	rest = log_cut_off(rest, colon);
	/* "prog[12]:text" of a template without the blank that imjournal leaves out */
	if (rest.n > 0 && !blank(rest.p[0]) && !(colon && is_number(pid)))
		return address_tag_take(out, s);
	out->program = (struct str){ s->p, at };
	pid_set(out, pid);
	*s = left_trim(rest);
	if (!colon)
		level_skip(s);
	return 0;
}

/* "[ID 197553 mail.info] " of Solaris stands before the text. */
static struct str
solaris_skip(struct str s)
{
	ptrdiff_t close;

	if (s.n < 4 || s.p[0] != '[' || memcmp(s.p, "[ID ", 4) != 0 || (close = str_find(s, ']')) < 0)
		return s;
	return left_trim(log_cut_off(s, (size_t)close + 1));
}

/* "mail.info", "mail:info", "<mail.info>": facility and severity, where
 * BusyBox, AIX and FreeBSD's syslogd -v put them. */
static bool
facility_word(struct str w)
{
	if (w.n > 2 && w.p[0] == '<' && w.p[w.n - 1] == '>')
		return true;
	return w.n > 5 && memcmp(w.p, "mail", 4) == 0 && (w.p[4] == '.' || w.p[4] == ':');
}

static const struct str levels[] = {
	STR("INFO"), STR("NOTICE"), STR("WARN"), STR("WARNING"), STR("ERROR"), STR("ERR"), STR("DEBUG"),
	STR("CRIT"), STR("CRITICAL"), STR("ALERT"), STR("EMERG"), STR("FATAL"), STR("PANIC"),
};

/* A level, which supervisors of containers put where the host is: one host's
 * lines must not look like those of several. */
static bool
level_word(struct str w)
{
	if (w.n < 3 || w.p[0] < 'A' || w.p[0] > 'Z')
		return false;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (str_eq(w, levels[i]))
			return true;
	return false;
}

/* "Mail.Info" of Kiwi's files */
static bool
mail_level_word(struct str w)
{
	if (w.n < 8 || !str_istarts(w, STR("mail.")))
		return false;
	w = log_cut_off(w, 5);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (str_ieq(w, levels[i]))
			return true;
	return false;
}

/* A line without the wrapping of a container: depth is how often one was
 * taken off. */
static int
bare_read(struct syslog_line *out, struct str s, int depth);

/* The line that stands at s behind another's head.  Its own stamp counts only
 * where the outer one has no zone and it has.  Returns false if none does. */
static bool
inner_take(struct syslog_line *out, struct str s, int depth)
{
	struct syslog_line in;

	log_cut_zero(&in, sizeof(in));
	if (depth > 0 || bare_read(&in, s, depth + 1) != 0 || in.program.n == 0)
		return false;
	if (in.stamp != SYSLOG_UTC) {
		in.at_s = out->at_s;
		in.at_us = out->at_us;
		in.stamp = out->stamp;
	}
	*out = in;
	return true;
}

bool
syslog_runtime(struct str tag)
{
	size_t hex = 0;

	while (hex < tag.n && (ascii_digit(tag.p[hex]) || (tag.p[hex] >= 'a' && tag.p[hex] <= 'f')))
		hex++;
	return (hex == tag.n && hex == 12) || log_cut_begins(tag, STR("docker")) ||
	    log_cut_begins(tag, STR("podman")) || log_cut_begins(tag, STR("conmon"));
}

/* Log drivers can be told to write the container's name instead: that of one
 * with a mail server most often says so. */
bool
syslog_container(struct str tag)
{
	static const struct str words[] = {
		STR("mail"), STR("postfix"), STR("exim"), STR("smtp"), STR("mta"), STR("mx"), STR("relay"),
	};

	if (syslog_runtime(tag))
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_search(tag, words[i]) >= 0)
			return true;
	return false;
}

/* What stands behind a container's tag: a whole line, or the tag of the program
 * within; else it is the container's own text. */
static void
contained_take(struct syslog_line *out, int depth)
{
	if (syslog_stamp_likely(out->text) && syslog_container(out->program) && inner_take(out, out->text, depth))
		return;
	if (syslog_runtime(out->program))
		(void)(syslog_tag_take(out, &out->text) != 0);
}

/* "Message forwarded from mx: " of AIX, whose host is the sender's. */
static void
forwarded_skip(struct syslog_line *out, struct str *s)
{
	struct str host;

	if (!log_cut_lit(s, STR("Message forwarded from ")))
		return;
	host = word_take(s);
	if (host.n > 1 && host.p[host.n - 1] == ':')
		out->host = (struct str){ host.p, host.n - 1 };
}

/* A zone or a year stands where the host should be, and that behind it. */
static bool
host_behind(struct syslog_line *out, struct str *s)
{
	struct str rest = *s, host = out->host;

	while (host.n > 0 && syslog_stamp_more(out, host))
		host = word_take(&rest);
	if (host.p == out->host.p)
		return false;
	if (facility_word(host))	/* OpenWrt's logread */
		host.n = 0;
	out->host = host;
	*s = rest;
	return true;
}

/* Behind the host, where no tag stands. */
static void
tagless_take(struct syslog_line *out, struct str s, int depth)
{
	struct str rest = s, from_host = { out->host.p, (size_t)(s.p + s.n - out->host.p) };

	if (out->host.n > 0 && syslog_stamp_likely(from_host) && inner_take(out, from_host, depth))	/* no host: ts(1) */
		return;
	(void)log_cut_lit(&rest, STR("| "));	/* docker service logs */
	if (inner_take(out, rest, depth))	/* a relay that put its own head before */
		return;
	if (host_behind(out, &s) && syslog_tag_take(out, &s) == 0) {
		out->text = s;
		return;
	}
	rest = s;
	if (facility_word(word_take(&rest)))
		forwarded_skip(out, &rest);
	else
		rest = s;
	if (rest.p == s.p || syslog_tag_take(out, &rest) != 0)
		rest = s;
	out->text = solaris_skip(rest);
}

/* After the stamp: "host tag: text", "tag: text", "host text". */
static void
head_take(struct syslog_line *out, struct str s, int depth)
{
	struct str word = { s.p, word_len(s) };
	struct str rest = left_trim(log_cut_off(s, word.n));

	if (s.n > 0 && s.p[0] == '<' && facility_word(word)) {
		s = rest;
		word.p = s.p;
		word.n = word_len(s);
		rest = left_trim(log_cut_off(s, word.n));
	}
	if (word.n > 1 && word.p[word.n - 1] == ':') {	/* no host */
		rest = s;
		if (syslog_tag_take(out, &rest) == 0) {
			out->text = solaris_skip(rest);
			return;
		}
		rest = left_trim(log_cut_off(s, word.n));
	}
	if (!level_word(word))
		out->host = word;
	if (syslog_tag_take(out, &rest) != 0) {
		tagless_take(out, rest, depth);
		return;
	}
	out->text = solaris_skip(rest);
	contained_take(out, depth);
}

/* Is s "host prog[12]: ..."?  A blank between day and hour is Exim's own log
 * as well as some syslogds'. */
static bool
host_and_tag(struct str s)
{
	struct str host = word_take(&s), tag = str_cut(&s, ' ');
	ptrdiff_t open = str_find(tag, '[');

	if (host.n == 0 || open < 1 || tag.n < 4 || tag.p[tag.n - 1] != ':' || tag.p[tag.n - 2] != ']' ||
	    (host.p[0] == '[' && host.p[host.n - 1] == ']'))
		return false;
	for (size_t i = (size_t)open + 1; i + 2 < tag.n; i++)
		if (!ascii_digit(tag.p[i]))
			return false;
	return true;
}

/* Exim's own: "[12] text", the pid only with log_selector = +pid. */
static void
exim_take(struct syslog_line *out, struct str s)
{
	ptrdiff_t close = s.n > 2 && s.p[0] == '[' ? str_find(s, ']') : -1;

	if (close > 1 && (size_t)close + 1 < s.n && blank(s.p[close + 1])) {
		pid_set(out, (struct str){ s.p + 1, (size_t)close - 1 });
		if (out->pid_text.n > 0)
			s = left_trim(log_cut_off(s, (size_t)close + 1));
	}
	out->text = s;
}

/* "[id a="b"][id ...]" or "-": what follows; *s unchanged if it is none. */
static struct str
structured_skip(struct str s)
{
	size_t at = 0;
	bool in = false;

	if (s.n > 0 && s.p[0] == '-')
		return left_trim(log_cut_off(s, 1));
	if (s.n == 0 || s.p[0] != '[')
		return s;
	for (; at < s.n; at++) {
		if (s.p[at] == '\\' && in)
			at++;
		else if (s.p[at] == '"')
			in = !in;
		else if (s.p[at] == ']' && !in && (at + 1 == s.n || s.p[at + 1] != '['))
			return left_trim(log_cut_off(s, at + 1));
	}
	return s;
}

static struct str
nil_off(struct str s)
{
	return s.n == 1 && s.p[0] == '-' ? (struct str){ s.p, 0 } : s;
}

/* RFC 5424 6 after "1 ". */
static int
rfc5424_take(struct syslog_line *out, struct str s, int depth)
{
	size_t n = syslog_stamp_len(out, s);

	if (n == 0)
		return SYSLOG_OTHER;
	s = log_cut_off(s, n);
	out->host = nil_off(word_take(&s));
	out->program = nil_off(word_take(&s));
	pid_set(out, word_take(&s));
	(void)word_take(&s);	/* MSGID */
	s = structured_skip(s);
	if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
		s = log_cut_off(s, 3);
	out->text = left_trim(s);
	contained_take(out, depth);
	return 0;
}

/* "<22>" off *s. */
static void
priority_skip(struct str *s)
{
	size_t at = 1;

	if (s->n < 3 || s->p[0] != '<')
		return;
	while (at < s->n && at < 5 && ascii_digit(s->p[at]))
		at++;
	if (at > 1 && at < s->n && s->p[at] == '>')
		*s = left_trim(log_cut_off(*s, at + 1));
}

/* "stdout F " of the container runtime interface, "{app="mail"} " of logcli. */
static bool
stream_skip(struct str *s)
{
	ptrdiff_t close = s->n > 0 && s->p[0] == '{' ? str_find(*s, '}') : -1;

	if (close > 0 && (size_t)close + 1 < s->n && blank(s->p[close + 1])) {
		*s = left_trim(log_cut_off(*s, (size_t)close + 1));
		return true;
	}
	if (s->n < 9 || s->p[0] != 's' ||
	    (memcmp(s->p, "stdout ", 7) != 0 && memcmp(s->p, "stderr ", 7) != 0) || s->p[8] != ' ')
		return false;
	*s = log_cut_off(*s, 9);
	return true;
}

/* Can "stdout F ", a stamp or a priority stand at s?  Most often a host does. */
static bool
may_begin_line(struct str s)
{
	return s.n > 3 && (s.p[0] == 's' || s.p[0] == '<' || s.p[0] == '{' || ascii_digit(s.p[0]) || s.p[3] == ' ');
}

/* After a stamp with a zone: is it a container's, and the line of syslog
 * stands behind it? */
static bool
contained(struct syslog_line *out, struct str s, int depth)
{
	bool stream;

	if (out->stamp != SYSLOG_UTC || !may_begin_line(s))
		return false;
	stream = stream_skip(&s);
	if (inner_take(out, s, depth))
		return true;
	if (!stream || (s.p[0] != '{' && syslog_tag_take(out, &s) != 0))
		return false;
	out->text = s;
	return true;
}

/* After a stamp with a blank in it: does a line stand behind, as s6-log and
 * Kiwi ("Mail.Info 192.0.2.1 <22>Jan  2 ...") write it? */
static bool
collected(struct syslog_line *out, struct str s, int depth)
{
	struct str rest = s;

	if (mail_level_word(word_take(&rest))) {
		s = rest;
		out->host = word_take(&s);
		if (inner_take(out, s, depth))
			return true;
		if (syslog_tag_take(out, &s) != 0)
			return false;
		out->text = s;
		return true;
	}
	return syslog_stamp_likely(s) && inner_take(out, s, depth);
}

static int
bare_read(struct syslog_line *out, struct str s, int depth)
{
	bool spaced, zoned;
	size_t n;

	priority_skip(&s);
	if (s.n > 2 && s.p[0] == '1' && s.p[1] == ' ' && ascii_digit(s.p[2]))
		return rfc5424_take(out, log_cut_off(s, 2), depth);
	spaced = s.n > 10 && s.p[10] == ' ' && ascii_digit(s.p[0]);
	zoned = s.n > 10 && s.p[10] == 'T';
	n = syslog_stamp_len(out, s);
	if (n == 0)
		return SYSLOG_OTHER;
	s = log_cut_off(s, n);
	if (zoned && contained(out, s, depth))
		return 0;
	if (spaced && collected(out, s, depth))
		return 0;
	if (spaced && !host_and_tag(s))
		exim_take(out, s);
	else
		head_take(out, s, depth);
	return 0;
}

int
syslog_bare(struct syslog_line *out, struct str s)
{
	return bare_read(out, s, 0);
}

/* Blanks, CR, NUL and the empty columns of a CSV file off the end; NUL runs, a BOM and blanks off the start.
 * A run of NULs amid the line is where a crash cut it: what follows it is the
 * line. */
static struct str
line_trim(struct str s)
{
	const char *nul;

	while (s.n > 0 && syslog_trails(s.p[s.n - 1]))
		s.n--;
	nul = s.n > 0 ? memrchr(s.p, '\0', s.n) : NULL;
	if (nul != NULL)
		s = log_cut_off(s, (size_t)(nul - s.p) + 1);
	if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
		s = log_cut_off(s, 3);
	return left_trim(s);
}

int
syslog_read(struct syslog_line *out, struct str line, char *unwrapped, size_t cap)
{
	log_cut_zero(out, sizeof(*out));
	if (line.n > SYSLOG_LINE_MAX)
		line.n = SYSLOG_LINE_MAX;
	line = line_trim(line);
	if (line.n == 0)
		return SYSLOG_OTHER;
	if (syslog_bare(out, line) == 0) {
		if (out->program.n > 0 || out->text.n == 0 || out->text.p[0] != '{')
			return 0;
		return syslog_json(out, out->text, true, unwrapped, cap);	/* fluentd's files */
	}
	return syslog_unwrap(out, line, unwrapped, cap);
}
