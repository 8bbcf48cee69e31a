/* What people wrap their logs in: grep's file name, docker compose's and
 * kubectl's prefixes, columns of a CSV file (RFC 4180) or of one with tabs. */
#include "wire/syslog_body.h"

#include <string.h>

enum { PREFIX_MAX = 255, PREFIXES_MAX = 3, COLUMNS_MAX = 32 };

static struct str
blanks_off(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = log_cut_off(s, 1);
	return s;
}

/* A quoted column off *s, doubled quotes as one. */
static struct str
quoted_column(struct str *s, struct syslog_room *room)
{
	struct str all = log_cut_off(*s, 1), out = { all.p, 0 };
	size_t at = 0, n = 0;
	bool doubled = false;

	for (; at < all.n; at++) {
		if (all.p[at] != '"')
			continue;
		if (at + 1 >= all.n || all.p[at + 1] != '"')
			break;
		doubled = true;
		at++;
	}
	out.n = at < all.n ? at : all.n;
	*s = log_cut_off(all, at < all.n ? at + 1 : all.n);
	if (!doubled)
		return out;
	for (size_t i = 0; i < out.n; i++) {
		syslog_room_put(room, &n, (uint8_t)out.p[i]);
		i += out.p[i] == '"';
	}
	return syslog_room_take(room, n);
}

static struct str
column_take(struct str *line, char sign, struct syslog_room *room)
{
	struct str column;

	if (line->n == 0 || line->p[0] != '"')
		return str_cut(line, sign);
	column = quoted_column(line, room);
	(void)str_cut(line, sign);
	return column;
}

/* Columns whose line stands in parts. */
struct columns {
	struct syslog_line stamp, tag;
	bool timed, tagged;
	struct str host;	/* behind the stamp */
	struct str longest;	/* of those behind tag or stamp */
};

static bool
letter(char c)
{
	return ascii_alnum(c) && !ascii_digit(c);
}

static bool
server_name(struct str s)
{
	static const struct str names[] = {
		STR("postfix"), STR("exim"), STR("sendmail"), STR("sm-mta"), STR("smtpd"), STR("opensmtpd"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (log_cut_begins(s, names[i]))
			return true;
	return false;
}

/* "postfix/smtpd", "postfix/smtpd[12]:" alone in its column. */
static bool
tag_column(struct syslog_line *out, struct str s)
{
	struct str rest = s;

	if (!server_name(s) || str_find(s, ' ') >= 0 || s.n > PREFIX_MAX)
		return false;
	if (syslog_tag_take(out, &rest) != 0)
		out->program = s;
	return rest.n == 0 || out->program.n == s.n;
}

/* "postfix/smtpd[12]: text", "mx postfix/smtpd[12]: text" off *s.  A text may
 * begin with a word and a colon, too, so the tag has a pid or is known. */
static bool
text_column(struct syslog_line *out, struct str *s)
{
	struct syslog_line l = *out;
	struct str rest = *s;

	if (syslog_tag_take(&l, &rest) != 0) {
		l.host = str_cut(&rest, ' ');
		if (syslog_tag_take(&l, &rest) != 0)
			return false;
	}
	if (rest.n == 0 || (l.pid_text.n == 0 && !server_name(l.program)))
		return false;
	*out = l;
	*s = rest;
	return true;
}

/* Has it a letter or a dot, as hosts have, and no blank? */
static bool
host_column(struct str s)
{
	bool found = false;

	for (size_t i = 0; i < s.n; i++) {
		found = found || s.p[i] == '.' || letter(s.p[i]);
		if (s.p[i] == ' ')
			return false;
	}
	return found;
}

static void
column_note(struct columns *c, struct str column)
{
	struct syslog_line l = { 0 };
	size_t n = syslog_stamp_len(&l, column);

	if (n > 0 && n == column.n) {
		if (!c->timed)
			c->stamp = l;
		c->timed = true;
	} else if (!c->tagged && tag_column(&c->tag, column)) {
		c->tagged = true;
	} else if (c->timed && c->host.n == 0 && host_column(column)) {
		c->host = column;
	} else if (column.n > c->longest.n) {
		c->longest = column;
	}
}

/* The line out of its parts: the text is the longest of the rest. */
static int
columns_use(struct syslog_line *out, const struct columns *c)
{
	if (!c->timed || !c->tagged || c->longest.n == 0)
		return SYSLOG_OTHER;
	*out = c->stamp;
	out->host = c->host;
	out->program = c->tag.program;
	out->pid = c->tag.pid;
	out->pid_text = c->tag.pid_text;
	out->text = blanks_off(c->longest);
	return 0;
}

/* The first column that is a whole line; or a stamp, a host, and a text with
 * its tag ("mx postfix/smtpd[12]: " too); or all of these apart. */
static int
csv_read(struct syslog_line *out, struct str line, char sign, struct syslog_room left)
{
	struct columns c = { .timed = false };

	for (int i = 0; i < COLUMNS_MAX && line.n > 0; i++) {
		struct str column = column_take(&line, sign, &left), text = column;
		struct syslog_line l = { 0 };

		if (syslog_bare(&l, column) == 0 && l.text.n > 0 && l.program.n > 0) {
			*out = l;
			return 0;
		}
		if (c.timed && text_column(&c.stamp, &text)) {
			*out = c.stamp;
			if (out->host.n == 0)
				out->host = c.host;
			out->text = text;
			return 0;
		}
		column_note(&c, column);
	}
	return columns_use(out, &c);
}

/* The line without the colours that docker compose, grep and others write
 * even into files; put into the room if there are any. */
static struct str
colours_off(struct str s, struct syslog_room *room)
{
	size_t n = 0, end;

	if (str_find(s, '\x1b') < 0)
		return s;
	for (size_t at = 0; at < s.n; at++) {
		for (end = at + 2; end < s.n && end < at + 16 && !letter(s.p[end]); end++)
			;
		if (s.p[at] == '\x1b' && end < s.n && s.p[at + 1] == '[' && letter(s.p[end]))
			at = end;
		else
			syslog_room_put(room, &n, (uint8_t)s.p[at]);
	}
	return syslog_room_take(room, n);
}

static bool
name_octet(char c)
{
	return ascii_alnum(c) || c == '.' || c == '_' || c == '-' || c == '/' || c == '@' || c == '+';
}

/* "mail.log.1:", "mail.log.1:12:" */
static struct str
colon_skip(struct str s, size_t at)
{
	struct str number = s = log_cut_off(s, at + 1);

	for (at = 0; at < number.n && ascii_digit(number.p[at]); at++)
		;
	return at > 0 && at < number.n && number.p[at] == ':' ? log_cut_off(number, at + 1) : s;
}

/* "mail.log-", "mail.log-12-" of grep -C: what stands behind a dash in the
 * first word, and begins with a stamp. */
static struct str
dash_skip(struct str s, size_t end)
{
	struct syslog_line l = { 0 };

	for (size_t at = 1; at < end; at++)
		if (s.p[at] == '-' && syslog_stamp_len(&l, log_cut_off(s, at + 1)) > 0)
			return log_cut_off(s, at + 1);
	return s;
}

/* "mx-0 postfix " of stern: a pod's name has a dash.  end: of the first word. */
static struct str
pod_skip(struct str s, size_t end)
{
	struct str rest = s, pod = str_cut(&rest, ' '), container = str_cut(&rest, ' ');

	if (pod.n != end || str_find(pod, '-') < 1 || container.n == 0)
		return s;
	for (size_t i = 0; i < container.n; i++)
		if (!name_octet(container.p[i]))
			return s;
	return blanks_off(rest);
}

/* Behind a word: "mx-1  | ", "12 ", "12\t", or one of the others. */
static struct str
word_skip(struct str s)
{
	size_t n = s.n < PREFIX_MAX ? s.n : PREFIX_MAX, end = 0, digits = 0, at;
	struct str rest;

	while (end < n && name_octet(s.p[end]))
		digits += ascii_digit(s.p[end++]);
	if (end == 0 || end == n)
		return s;
	rest = dash_skip(s, end);
	if (rest.n < s.n)
		return rest;
	if (s.p[end] == ':')	/* a number: grep -n, or counted by a relay */
		return digits == end ? blanks_off(log_cut_off(s, end + 1)) : colon_skip(s, end);
	for (at = end; at < n && s.p[at] == ' '; at++)
		;
	if (at < n && s.p[at] == '|')	/* compose */
		return blanks_off(log_cut_off(s, at + 1));
	if (digits == end)	/* cat -n, a length before (RFC 6587 3.4.1) */
		return blanks_off(log_cut_off(s, end));
	return pod_skip(s, end);
}

/* What stands behind what people put before a line, "[pod/mx-0/postfix] " too;
 * all of s if there is nothing. */
static struct str
prefix_skip(struct str s)
{
	static const struct str signs[] = {	/* journalctl -o json-seq, json-sse; quoted in a letter */
		STR("\x1e"), STR("data: "), STR("> "),
	};
	ptrdiff_t close;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (log_cut_lit(&s, signs[i]))
			return s;
	if (s.n < 2 || s.p[0] != '[')
		return word_skip(s);
	if (s.p[1] == '{')	/* an array of lines */
		return log_cut_off(s, 1);
	close = str_find((struct str){ s.p, s.n < PREFIX_MAX ? s.n : PREFIX_MAX }, ']');
	return close < 0 ? s : blanks_off(log_cut_off(s, (size_t)close + 1));
}

/* The sign between columns; 0: it has none.  The first is quoted, or a stamp,
 * or a number. */
static char
columns_sign(struct str line)
{
	char unused[1];
	struct syslog_room none = { unused, 0 };
	struct syslog_line l = { 0 };
	struct str rest = line, first;
	size_t n = 0;

	if (line.n > 0 && line.p[0] == '"')
		(void)quoted_column(&rest, &none);
	else
		while (n < line.n && n < PREFIX_MAX && line.p[n] != ',' && line.p[n] != ';' && line.p[n] != '\t')
			n++;
	first = (struct str){ line.p, n };
	rest = log_cut_off(rest, n);
	if (rest.n < 2 || (rest.p[0] != ',' && rest.p[0] != ';' && rest.p[0] != '\t'))
		return line.n > 0 && line.p[0] == '"' ? ',' : '\0';
	for (n = 0; n < first.n && ascii_digit(first.p[n]); n++)
		;
	return n == first.n || (first.n > 0 && ascii_digit(first.p[0]) && syslog_stamp_len(&l, first) == first.n) ?
	    rest.p[0] : '\0';
}

int
syslog_unwrap(struct syslog_line *out, struct str line, char *room, size_t cap)
{
	struct syslog_room left = { room, cap };
	struct str bare;
	char sign;

	line = blanks_off(colours_off(line, &left));
	for (int i = 0; i <= PREFIXES_MAX && line.n > 0; i++) {
		*out = (struct syslog_line){ 0 };
		if (line.p[0] == '{')
			return syslog_json(out, line, false, left.p, left.cap);
		if ((sign = columns_sign(line)) != '\0' && csv_read(out, line, sign, left) == 0)
			return 0;
		*out = (struct syslog_line){ 0 };
		if (line.p[0] == '"')	/* a member on a line of its own, as of aws logs */
			return syslog_json(out, line, false, left.p, left.cap);
		if (syslog_bare(out, line) == 0)
			return 0;
		bare = prefix_skip(line);
		if (bare.n == line.n)
			return SYSLOG_OTHER;
		line = bare;
	}
	return SYSLOG_OTHER;
}
