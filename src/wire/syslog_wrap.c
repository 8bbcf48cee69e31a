/* What people wrap their logs in: grep's file name, docker compose's and
 * kubectl's prefixes, columns of a CSV file (RFC 4180). */
#include "wire/syslog_body.h"

#include <string.h>

enum { PREFIX_MAX = 255, COLUMNS_MAX = 32 };

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
column_take(struct str *line, struct syslog_room *room)
{
	struct str column;

	if (line->n == 0 || line->p[0] != '"')
		return str_cut(line, ',');
	column = quoted_column(line, room);
	(void)str_cut(line, ',');
	return column;
}

/* The first column that is a whole line; or three that are a stamp, a host, and
 * a text with its tag. */
static int
csv_read(struct syslog_line *out, struct str line, char *room, size_t cap)
{
	struct syslog_room left = { room, cap };
	struct syslog_line l, stamp = { 0 };
	struct str before = { 0 };
	bool timed = false;

	for (int i = 0; i < COLUMNS_MAX && line.n > 0; i++) {
		struct str column = column_take(&line, &left), text = column;

		l = (struct syslog_line){ 0 };
		if (syslog_bare(&l, column) == 0) {
			timed = timed || l.host.n + l.text.n == 0;
			stamp = l;
			if (l.text.n > 0) {
				*out = l;
				return 0;
			}
		} else if (timed && syslog_tag_take(&stamp, &text) == 0) {
			*out = stamp;
			out->host = before;
			out->text = text;
			return 0;
		}
		before = column;
	}
	return SYSLOG_OTHER;
}

/* Colours, which docker compose writes even into files. */
static struct str
colour_skip(struct str s)
{
	size_t at = 2;

	while (s.n > 2 && s.p[0] == '\x1b' && s.p[1] == '[') {
		for (at = 2; at < s.n && at < 16 && s.p[at] != 'm'; at++)
			;
		if (at == s.n || s.p[at] != 'm')
			return s;
		s = blanks_off(log_cut_off(s, at + 1));
	}
	return s;
}

static bool
name_octet(char c)
{
	return ascii_alnum(c) || c == '.' || c == '_' || c == '-' || c == '/' || c == '@' || c == '+';
}

/* "mail.log.1:", "mail.log.1:12:", "mx-1  | ", "[pod/mx-0/postfix] ": what
 * stands behind; all of s if there is none. */
static struct str
prefix_skip(struct str s)
{
	size_t at = 0, n = s.n < PREFIX_MAX ? s.n : PREFIX_MAX;
	struct str number;

	if (s.p[0] == '[') {
		ptrdiff_t close = str_find((struct str){ s.p, n }, ']');

		return close < 0 ? s : blanks_off(log_cut_off(s, (size_t)close + 1));
	}
	while (at < n && name_octet(s.p[at]))
		at++;
	if (at < n && at > 0 && s.p[at] == ':') {
		number = s = log_cut_off(s, at + 1);
		for (at = 0; at < number.n && ascii_digit(number.p[at]); at++)
			;
		return at > 0 && at < number.n && number.p[at] == ':' ? log_cut_off(number, at + 1) : s;
	}
	while (at < n && s.p[at] == ' ')
		at++;
	return at < n && at > 0 && s.p[at] == '|' ? colour_skip(blanks_off(log_cut_off(s, at + 1))) : s;
}

/* Is the first column a stamp without quotes? */
static bool
comma_follows(struct str line)
{
	struct syslog_line l = { 0 };
	struct str first = str_cut(&line, ',');

	return line.n > 0 && ascii_digit(first.p[0]) && syslog_stamp_len(&l, first) == first.n;
}

int
syslog_unwrap(struct syslog_line *out, struct str line, char *room, size_t cap)
{
	struct str bare;

	*out = (struct syslog_line){ 0 };
	line = colour_skip(line);
	if (line.n == 0)
		return SYSLOG_OTHER;
	if (line.p[0] == '{')
		return syslog_json(out, line, false, room, cap);
	if (line.p[0] == '"' || comma_follows(line))
		return csv_read(out, line, room, cap);
	bare = prefix_skip(line);
	if (bare.n < line.n && syslog_bare(out, bare) == 0)
		return 0;
	*out = (struct syslog_line){ 0 };
	if (bare.n < line.n && bare.n > 0 && bare.p[0] == '{')
		return syslog_json(out, bare, false, room, cap);
	return SYSLOG_OTHER;
}
