/* What people wrap their logs in: grep's file name, docker compose's and
 * kubectl's prefixes, a column of a CSV file, JSON lines. */
#include "wire/syslog_body.h"

#include <string.h>

enum {
	PREFIX_MAX = 255,
	COLUMNS_MAX = 32,
	DEPTH_MAX = 32,		/* of what is passed over in JSON */
};

enum slot { MESSAGE, TIME, HOST, PROGRAM, PID, SLOTS };

/* As journalctl(1) -o json, Docker's json-file, rsyslog's, Logstash's and Loki's
 * users write them. */
static const struct {
	struct str name;
	enum slot slot;
} keys[] = {
	{ STR("message"), MESSAGE }, { STR("log"), MESSAGE }, { STR("MESSAGE"), MESSAGE }, { STR("msg"), MESSAGE },
	{ STR("line"), MESSAGE }, { STR("textPayload"), MESSAGE },
	{ STR("time"), TIME }, { STR("@timestamp"), TIME }, { STR("timestamp"), TIME }, { STR("ts"), TIME },
	{ STR("__REALTIME_TIMESTAMP"), TIME }, { STR("timereported"), TIME }, { STR("timegenerated"), TIME },
	{ STR("host"), HOST }, { STR("hostname"), HOST }, { STR("_HOSTNAME"), HOST }, { STR("logsource"), HOST },
	{ STR("program"), PROGRAM }, { STR("programname"), PROGRAM }, { STR("SYSLOG_IDENTIFIER"), PROGRAM },
	{ STR("syslogtag"), PROGRAM }, { STR("app-name"), PROGRAM }, { STR("appname"), PROGRAM }, { STR("tag"), PROGRAM },
	{ STR("ident"), PROGRAM },
	{ STR("pid"), PID }, { STR("_PID"), PID }, { STR("SYSLOG_PID"), PID }, { STR("procid"), PID },
};

struct json {
	struct str rest;	/* not yet read */
	char *room;		/* where escapes are undone */
	size_t cap;
};

static struct str
json_trim(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = log_cut_off(s, 1);
	return s;
}

static bool
json_sign(struct json *j, char c)
{
	j->rest = json_trim(j->rest);
	if (j->rest.n == 0 || j->rest.p[0] != c)
		return false;
	j->rest = log_cut_off(j->rest, 1);
	return true;
}

/* The octets between the quotes of a string, escapes as they are. */
static int
json_string(struct json *j, struct str *out)
{
	const char *end, *escape;
	size_t at;

	if (!json_sign(j, '"') || j->rest.n == 0)
		return SYSLOG_OTHER;
	end = memchr(j->rest.p, '"', j->rest.n);
	if (end == NULL)
		return SYSLOG_OTHER;
	escape = memchr(j->rest.p, '\\', (size_t)(end - j->rest.p));
	at = (size_t)((escape == NULL ? end : escape) - j->rest.p);
	while (at < j->rest.n && j->rest.p[at] != '"')
		at += j->rest.p[at] == '\\' ? 2 : 1;
	if (at >= j->rest.n)
		return SYSLOG_OTHER;
	*out = (struct str){ j->rest.p, at };
	j->rest = log_cut_off(j->rest, at + 1);
	return 0;
}

/* A value that is no string: up to what ends it at its own depth. */
static int
json_other(struct json *j, struct str *out)
{
	struct str from = j->rest = json_trim(j->rest), skipped;
	unsigned depth = 0;

	while (j->rest.n > 0 && depth < DEPTH_MAX) {
		char c = j->rest.p[0];

		if (c == '"') {
			if (json_string(j, &skipped) != 0)
				return SYSLOG_OTHER;
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}')) {
			*out = str_trim((struct str){ from.p, from.n - j->rest.n });
			return 0;
		}
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && depth > 0)
			depth--;
		j->rest = log_cut_off(j->rest, 1);
	}
	return SYSLOG_OTHER;
}

static void
room_put(struct json *j, size_t *n, uint32_t c)
{
	if (*n < j->cap)
		j->room[(*n)++] = (char)c;
}

static void
utf8_put(struct json *j, size_t *n, uint32_t c)
{
	if (c < 0x80) {
		room_put(j, n, c);
	} else if (c < 0x800) {
		room_put(j, n, 0xc0 | c >> 6);
		room_put(j, n, 0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		room_put(j, n, 0xe0 | c >> 12);
		room_put(j, n, 0x80 | (c >> 6 & 0x3f));
		room_put(j, n, 0x80 | (c & 0x3f));
	} else {
		room_put(j, n, 0xf0 | c >> 18);
		room_put(j, n, 0x80 | (c >> 12 & 0x3f));
		room_put(j, n, 0x80 | (c >> 6 & 0x3f));
		room_put(j, n, 0x80 | (c & 0x3f));
	}
}

/* The four hex digits at s.p[at..], or -1. */
static int32_t
hex4(struct str s, size_t at)
{
	uint8_t o[2];

	if (s.n < at + 4 || str_unhex(o, 2, (struct str){ s.p + at, 4 }) != 0)
		return -1;
	return o[0] << 8 | o[1];
}

/* What \uXXXX at s.p[*at..] says, a pair of surrogates as one. */
static uint32_t
escape_unicode(struct str s, size_t *at)
{
	int32_t hi = hex4(s, *at + 2), lo;

	if (hi < 0) {
		*at += 2;
		return '?';
	}
	*at += 6;
	if (hi < 0xd800 || hi > 0xdfff)
		return (uint32_t)hi;
	if (hi > 0xdbff || s.n < *at + 6 || s.p[*at] != '\\' || s.p[*at + 1] != 'u' ||
	    (lo = hex4(s, *at + 2)) < 0xdc00 || lo > 0xdfff)
		return 0xfffd;
	*at += 6;
	return 0x10000 + ((uint32_t)(hi - 0xd800) << 10 | (uint32_t)(lo - 0xdc00));
}

/* s with its escapes undone, in the room if there are any. */
static struct str
json_plain(struct json *j, struct str s)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	size_t n = 0;
	struct str out;

	if (str_find(s, '\\') < 0)
		return s;
	for (size_t at = 0; at < s.n;) {
		const char *named;

		if (s.p[at] != '\\' || at + 1 >= s.n) {
			room_put(j, &n, (uint8_t)s.p[at++]);
		} else if (s.p[at + 1] == 'u') {
			utf8_put(j, &n, escape_unicode(s, &at));
		} else {
			named = s.p[at + 1] == '\0' ? NULL : strchr(from, s.p[at + 1]);
			room_put(j, &n, named == NULL ? (uint8_t)s.p[at + 1] : (uint8_t)to[named - from]);
			at += 2;
		}
	}
	out = (struct str){ j->room, n };
	j->room += n;
	j->cap -= n;
	return out;
}

/* [80,111,115] as octets: how journald writes a message that is not UTF-8. */
static struct str
json_octets(struct json *j, struct str s)
{
	struct str out = { j->room, 0 }, number;
	uint64_t v;

	s = (struct str){ s.p + 1, s.n > 1 ? s.n - 2 : 0 };
	while (s.n > 0) {
		number = str_trim(str_cut(&s, ','));
		if (str_u64(&v, number, 255) == 0)
			room_put(j, &out.n, (uint32_t)v);
	}
	j->room += out.n;
	j->cap -= out.n;
	return out;
}

static int
slot_of(struct str key)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].name.n == key.n && memcmp(keys[i].name.p, key.p, key.n) == 0)
			return (int)keys[i].slot;
	return -1;
}

/* One member; the first of each slot counts. */
static int
json_member(struct json *j, struct str got[SLOTS])
{
	struct str key, value;
	int slot, rc;
	bool text;

	if (json_string(j, &key) != 0 || !json_sign(j, ':'))
		return SYSLOG_OTHER;
	j->rest = json_trim(j->rest);
	text = j->rest.n > 0 && j->rest.p[0] == '"';
	rc = text ? json_string(j, &value) : json_other(j, &value);
	slot = slot_of(key);
	if (rc != 0 || slot < 0 || got[slot].n > 0 || value.n == 0)
		return rc;
	if (text)
		got[slot] = json_plain(j, value);
	else if (value.p[0] == '[' && slot == MESSAGE)
		got[slot] = json_octets(j, value);
	else if (value.p[0] != '{' && value.p[0] != '[')
		got[slot] = value;
	return 0;
}

/* Seconds, milli-, micro- or nanoseconds since 1970, told by their length. */
static int
epoch_take(struct syslog_line *out, struct str s)
{
	struct str whole = str_cut(&s, '.');
	uint64_t v, unit = 1;

	if (whole.n < 9 || str_u64(&v, whole, INT64_MAX) != 0)
		return SYSLOG_OTHER;
	for (size_t n = whole.n; n > 11; n -= 3)
		unit *= 1000;
	out->at_s = (int64_t)(v / unit);
	out->at_us = unit >= 1000000 ? (uint32_t)(v % unit / (unit / 1000000)) :
	    (uint32_t)(v % unit * (1000000 / unit));
	out->stamp = SYSLOG_UTC;
	return 0;
}

static struct str
end_trim(struct str s)
{
	const char *lf;

	while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r' || s.p[s.n - 1] == ' '))
		s.n--;
	lf = s.n == 0 ? NULL : memchr(s.p, '\n', s.n);
	return lf == NULL ? s : (struct str){ s.p, (size_t)(lf - s.p) };
}

/* Program, host and pid from members of their own. */
static int
members_use(struct syslog_line *out, struct str got[SLOTS])
{
	struct str tag = end_trim(got[PROGRAM]);
	uint64_t pid;

	out->host = end_trim(got[HOST]);
	out->text = json_trim(end_trim(got[MESSAGE]));
	if (tag.n == 0 || syslog_tag_take(out, &tag) != 0)
		out->program = tag;
	if (out->program.n == 0)
		return syslog_tag_take(out, &out->text);
	if (out->pid_text.n == 0 && str_u64(&pid, got[PID], UINT32_MAX) == 0) {
		out->pid = (uint32_t)pid;
		out->pid_text = got[PID];
	}
	return 0;
}

int
syslog_json(struct syslog_line *out, struct str line, bool timed, char *room, size_t cap)
{
	struct json j = { log_cut_off(line, 1), room, cap };
	struct str got[SLOTS] = { { 0 } };
	struct syslog_line in = { 0 };
	bool whole;

	do {
		if (json_member(&j, got) != 0)
			return SYSLOG_OTHER;
	} while (json_sign(&j, ','));
	timed = timed || (got[TIME].n > 0 && (syslog_stamp_len(out, got[TIME]) > 0 || epoch_take(out, got[TIME]) == 0));
	/* where the program is a member of its own, it alone says whose the text
	 * is: a program may quote what looks like a line of another */
	whole = syslog_bare(&in, end_trim(got[MESSAGE])) == 0 &&
	    (got[PROGRAM].n == 0 || (in.program.n > 0 && str_istarts(got[PROGRAM], in.program)));
	if (!whole)
		return timed ? members_use(out, got) : SYSLOG_OTHER;
	if (timed && out->stamp == SYSLOG_UTC && in.stamp != SYSLOG_UTC) {
		in.at_s = out->at_s;
		in.at_us = out->at_us;
		in.stamp = SYSLOG_UTC;
	}
	*out = in;
	return 0;
}

/* A quoted column off *s, doubled quotes as one. */
static struct str
quoted_column(struct str *s, struct json *room)
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
		room_put(room, &n, (uint8_t)out.p[i]);
		i += out.p[i] == '"';
	}
	out = (struct str){ room->room, n };
	room->room += n;
	room->cap -= n;
	return out;
}

static struct str
column_take(struct str *line, struct json *room)
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
	struct json j = { line, room, cap };
	struct syslog_line l, stamp = { 0 };
	struct str before = { 0 };
	bool timed = false;

	for (int i = 0; i < COLUMNS_MAX && line.n > 0; i++) {
		struct str column = column_take(&line, &j), text = column;

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
		s = json_trim(log_cut_off(s, at + 1));
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

		return close < 0 ? s : json_trim(log_cut_off(s, (size_t)close + 1));
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
	return at < n && at > 0 && s.p[at] == '|' ? colour_skip(json_trim(log_cut_off(s, at + 1))) : s;
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
