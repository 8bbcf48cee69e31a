/* A line of any log: what is read of it lies inside of it or of the room for
 * undone escapes, holds no line feed, and is the same when read again, also behind
 * others: lines that follow are read as a log. */
#include <stdlib.h>
#include <string.h>

#include "wire/syslog.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static char room[SYSLOG_LINE_MAX], again_room[SYSLOG_LINE_MAX];

static bool
inside(struct str s, const char *from, size_t n)
{
	return s.p >= from && s.p <= from + n && s.n <= (size_t)(from + n - s.p);
}

static void
sound(struct str s, struct str line)
{
	if (s.n == 0)
		return;
	if (!inside(s, line.p, line.n) && !inside(s, room, sizeof(room)))
		abort();
	if (str_find(s, '\n') >= 0)
		abort();
}

static void
lines_as_a_log(struct str rest)
{
	struct syslog_before before = { 0 };
	struct syslog_line l, again;

	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');
		int rc = syslog_read(&l, line, room, sizeof(room));

		if (syslog_read_next(&again, &before, line, again_room, sizeof(again_room)) != rc)
			abort();
		if (rc == 0 && (again.at_s != l.at_s || again.at_us != l.at_us || again.stamp != l.stamp ||
		    again.pid != l.pid || !str_eq(again.host, l.host) || !str_eq(again.program, l.program) ||
		    !str_eq(again.pid_text, l.pid_text) || !str_eq(again.text, l.text)))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str rest = { (const char *)p, n }, line = str_cut(&rest, '\n');
	struct syslog_line l, again;

	lines_as_a_log((struct str){ (const char *)p, n });
	if (syslog_read(&l, line, room, sizeof(room)) != 0)
		return 0;
	sound(l.host, line);
	sound(l.program, line);
	sound(l.pid_text, line);
	sound(l.text, line);
	if (l.at_us > 999999 || (l.pid != 0 && l.pid_text.n == 0))
		abort();
	if (l.stamp == SYSLOG_YEARLESS && (l.at_s < 2 * 365 * 86400 || l.at_s > (3 * 365 + 1) * 86400))
		abort();
	if (syslog_read(&again, line, again_room, sizeof(again_room)) != 0 || again.at_s != l.at_s ||
	    !str_eq(again.text, l.text) || !str_eq(again.program, l.program))
		abort();
	return 0;
}
