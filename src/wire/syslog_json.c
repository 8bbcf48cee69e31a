/* JSON lines (RFC 8259): the few members that tell time, host, program and
 * text, whatever else there is. */
#include "wire/syslog_body.h"

#include <string.h>

enum {
	DEPTH_MAX = 32,		/* of what is passed over in JSON */
	OBJECTS_MAX = 4,	/* of what is looked into */
	PATH_MAX = 48,		/* octets of "log.syslog.appname" */
};

enum slot { MESSAGE, WHOLE, TIME, HOST, PROGRAM, PID, SLOTS };

/* Members by their path from the object that holds the line, as journalctl(1)
 * -o json, Docker's json-file and gelf, rsyslog's, syslog-ng's, NXLog's,
 * Logstash's, Elastic's (ECS 8), Graylog's, Loki's, Vector's, Wazuh's and the
 * clouds' users write them. */
static const struct {
	struct str path;
	enum slot slot;
} keys[] = {
	{ STR("message"), MESSAGE }, { STR("log"), MESSAGE }, { STR("MESSAGE"), MESSAGE }, { STR("msg"), MESSAGE },
	{ STR("line"), MESSAGE }, { STR("textPayload"), MESSAGE }, { STR("Message"), MESSAGE },
	{ STR("short_message"), MESSAGE }, { STR("_raw"), MESSAGE }, { STR("@message"), MESSAGE },
	{ STR("SyslogMessage"), MESSAGE }, { STR("body"), MESSAGE },
	/* the line itself beside its parts */
	{ STR("event.original"), WHOLE }, { STR("full_log"), WHOLE }, { STR("rawmsg"), WHOLE },
	{ STR("time"), TIME }, { STR("@timestamp"), TIME }, { STR("timestamp"), TIME }, { STR("ts"), TIME },
	{ STR("__REALTIME_TIMESTAMP"), TIME }, { STR("timereported"), TIME }, { STR("timegenerated"), TIME },
	{ STR("ISODATE"), TIME }, { STR("DATE"), TIME }, { STR("EventTime"), TIME }, { STR("TimeGenerated"), TIME },
	{ STR("date"), TIME }, { STR("_time"), TIME },
	{ STR("host"), HOST }, { STR("hostname"), HOST }, { STR("_HOSTNAME"), HOST }, { STR("logsource"), HOST },
	{ STR("HOST"), HOST }, { STR("Hostname"), HOST }, { STR("Computer"), HOST }, { STR("host.name"), HOST },
	{ STR("host.hostname"), HOST }, { STR("log.syslog.hostname"), HOST }, { STR("syslog.hostname"), HOST },
	{ STR("message.source"), HOST }, { STR("predecoder.hostname"), HOST },
	{ STR("program"), PROGRAM }, { STR("programname"), PROGRAM }, { STR("SYSLOG_IDENTIFIER"), PROGRAM },
	{ STR("syslogtag"), PROGRAM }, { STR("app-name"), PROGRAM }, { STR("appname"), PROGRAM },
	{ STR("tag"), PROGRAM }, { STR("ident"), PROGRAM }, { STR("PROGRAM"), PROGRAM },
	{ STR("SourceName"), PROGRAM }, { STR("application_name"), PROGRAM }, { STR("_application_name"), PROGRAM },
	{ STR("ProcessName"), PROGRAM }, { STR("process"), PROGRAM }, { STR("process.name"), PROGRAM },
	{ STR("log.syslog.appname"), PROGRAM }, { STR("syslog.appname"), PROGRAM },
	{ STR("message.application_name"), PROGRAM }, { STR("predecoder.program_name"), PROGRAM },
	{ STR("pid"), PID }, { STR("_PID"), PID }, { STR("SYSLOG_PID"), PID }, { STR("procid"), PID },
	{ STR("PID"), PID }, { STR("ProcessID"), PID }, { STR("process_id"), PID }, { STR("_process_id"), PID },
	{ STR("process.pid"), PID }, { STR("log.syslog.procid"), PID }, { STR("syslog.procid"), PID },
	{ STR("message.process_id"), PID },
	/* Graylog's export has the line's object under this name */
	{ STR("message.message"), MESSAGE }, { STR("message.timestamp"), TIME },
};

/* Objects whose members count as those of the object around them: exports
 * have the line's own within another. */
static const struct str wrappers[] = {
	STR("_source"), STR("result"), STR("jsonPayload"), STR("content"), STR("attributes"),
};

struct path {	/* of the object that is read, with a dot at the end */
	char text[PATH_MAX];
	size_t n;
};

struct json {
	struct str rest;	/* not yet read */
	struct syslog_room room;	/* where escapes are undone */
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
utf8_put(struct json *j, size_t *n, uint32_t c)
{
	if (c < 0x80) {
		syslog_room_put(&j->room, n, c);
	} else if (c < 0x800) {
		syslog_room_put(&j->room, n, 0xc0 | c >> 6);
		syslog_room_put(&j->room, n, 0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		syslog_room_put(&j->room, n, 0xe0 | c >> 12);
		syslog_room_put(&j->room, n, 0x80 | (c >> 6 & 0x3f));
		syslog_room_put(&j->room, n, 0x80 | (c & 0x3f));
	} else {
		syslog_room_put(&j->room, n, 0xf0 | c >> 18);
		syslog_room_put(&j->room, n, 0x80 | (c >> 12 & 0x3f));
		syslog_room_put(&j->room, n, 0x80 | (c >> 6 & 0x3f));
		syslog_room_put(&j->room, n, 0x80 | (c & 0x3f));
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

	if (str_find(s, '\\') < 0)
		return s;
	for (size_t at = 0; at < s.n;) {
		const char *named;

		if (s.p[at] != '\\' || at + 1 >= s.n) {
			syslog_room_put(&j->room, &n, (uint8_t)s.p[at++]);
		} else if (s.p[at + 1] == 'u') {
			utf8_put(j, &n, escape_unicode(s, &at));
		} else {
			named = s.p[at + 1] == '\0' ? NULL : strchr(from, s.p[at + 1]);
			syslog_room_put(&j->room, &n, named == NULL ? (uint8_t)s.p[at + 1] : (uint8_t)to[named - from]);
			at += 2;
		}
	}
	return syslog_room_take(&j->room, n);
}

/* [80,111,115] as octets: how journald writes a message that is not UTF-8. */
static struct str
json_octets(struct json *j, struct str s)
{
	struct str number;
	size_t n = 0;
	uint64_t v;

	s = (struct str){ s.p + 1, s.n > 1 ? s.n - 2 : 0 };
	while (s.n > 0) {
		number = str_trim(str_cut(&s, ','));
		if (str_u64(&v, number, 255) == 0)
			syslog_room_put(&j->room, &n, (uint32_t)v);
	}
	return syslog_room_take(&j->room, n);
}

/* Appends a key.  Returns false where no path of the table is so long. */
static bool
path_add(struct path *path, struct str key)
{
	if (key.n > sizeof(path->text) - path->n)
		return false;
	memcpy(path->text + path->n, key.p, key.n);
	path->n += key.n;
	return true;
}

static int
slot_of(const struct path *path)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].path.n == path->n && memcmp(keys[i].path.p, path->text, path->n) == 0)
			return (int)keys[i].slot;
	return -1;
}

/* The path of the members of the object under key.  Returns false when none
 * of them counts. */
static bool
object_path(struct path *path, struct str key)
{
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++)
		if (str_eq(wrappers[i], key))
			return true;
	if (!path_add(path, key) || !path_add(path, STR(".")))
		return false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].path.n > path->n && memcmp(keys[i].path.p, path->text, path->n) == 0)
			return true;
	return false;
}

static void
slot_set(struct json *j, struct str *slot, enum slot which, struct str value, bool text)
{
	if (text)
		*slot = json_plain(j, value);
	else if (value.p[0] == '[' && which == MESSAGE)
		*slot = json_octets(j, value);
	else if (value.p[0] != '{' && value.p[0] != '[')
		*slot = value;
}

/* Reads one member, which may be an object that is looked into: inner then is
 * what stands between its braces, and *path theirs. */
static int
json_member(struct json *j, struct str got[SLOTS], struct path *path, struct str *inner)
{
	struct str key, value;
	struct path own = *path;
	int slot, rc;
	bool text;

	if (json_string(j, &key) != 0 || !json_sign(j, ':'))
		return SYSLOG_OTHER;
	j->rest = json_trim(j->rest);
	text = j->rest.n > 0 && j->rest.p[0] == '"';
	rc = text ? json_string(j, &value) : json_other(j, &value);
	if (rc != 0 || value.n == 0)
		return rc;
	if (!text && value.p[0] == '{') {
		if (object_path(path, key))
			*inner = (struct str){ value.p + 1, value.n - 1 };
		return 0;
	}
	slot = path_add(&own, key) ? slot_of(&own) : -1;
	if (slot >= 0 && got[slot].n == 0)
		slot_set(j, &got[slot], (enum slot)slot, value, text);
	return 0;
}

/* The first of each slot counts.  depth: of objects around this one. */
static int
json_members(struct json *j, struct str got[SLOTS], const struct path *path, int depth)
{
	do {
		struct str inner = { j->rest.p, 0 };
		struct path within = *path;

		if (json_member(j, got, &within, &inner) != 0)
			return SYSLOG_OTHER;
		if (inner.n > 1 && depth < OBJECTS_MAX) {
			struct json sub = { inner, j->room };

			if (json_members(&sub, got, &within, depth + 1) != 0)
				return SYSLOG_OTHER;
			j->room = sub.room;
		}
	} while (json_sign(j, ','));
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

static int json_read(struct syslog_line *out, struct str line, bool timed, struct syslog_room room, int depth);

/* A line that is whole in one member.  Where the program is a member of its
 * own, it alone says whose the text is: a program may quote what looks like a
 * line of another; only a container hands lines on. */
static bool
whole_line(struct syslog_line *in, struct str got[SLOTS])
{
	struct str tag = end_trim(got[PROGRAM]);

	if (syslog_bare(in, end_trim(got[MESSAGE])) == 0 && (tag.n == 0 || syslog_container(tag) ||
	    (in->program.n > 0 && str_istarts(tag, in->program))))
		return true;
	return tag.n == 0 && syslog_bare(in, end_trim(got[WHOLE])) == 0;
}

/* Takes what stands in the members.  timed: out has a stamp already.  room:
 * what is left of it. */
static int
members_take(struct syslog_line *out, struct str got[SLOTS], bool timed, struct syslog_room room, int depth)
{
	struct syslog_line in = { 0 };
	struct str message = json_trim(got[MESSAGE]);

	timed = timed || (got[TIME].n > 0 && (syslog_stamp_len(out, got[TIME]) > 0 || epoch_take(out, got[TIME]) == 0));
	if (depth == 0 && got[PROGRAM].n == 0 && message.n > 0 && message.p[0] == '{')	/* a container that writes JSON */
		return json_read(out, message, timed, room, depth + 1);
	if (!whole_line(&in, got))
		return timed ? members_use(out, got) : SYSLOG_OTHER;
	if (timed && out->stamp == SYSLOG_UTC && in.stamp != SYSLOG_UTC) {
		in.at_s = out->at_s;
		in.at_us = out->at_us;
		in.stamp = SYSLOG_UTC;
	}
	*out = in;
	return 0;
}

static int
json_read(struct syslog_line *out, struct str line, bool timed, struct syslog_room room, int depth)
{
	struct json j = { log_cut_off(line, line.p[0] == '{'), room };
	struct str got[SLOTS] = { { 0 } };
	const struct path root = { .n = 0 };

	return json_members(&j, got, &root, 0) != 0 ? SYSLOG_OTHER : members_take(out, got, timed, j.room, depth);
}

int
syslog_json(struct syslog_line *out, struct str line, bool timed, char *room, size_t cap)
{
	return json_read(out, line, timed, (struct syslog_room){ room, cap }, 0);
}
