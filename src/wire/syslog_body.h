#pragma once
/* wire/syslog_body.h -- what the files of wire/syslog share. */

#include "wire/log_cut.h"
#include "wire/syslog.h"

/* Reads a stamp of any form at the start of s: at_s, at_us and stamp of *out.
 * Returns its octets with the blanks behind it; 0: there is none.  A number,
 * not a *s that moves: that would cost a stalled load on every line. */
size_t syslog_stamp_len(struct syslog_line *out, struct str s);

/* Takes word, which stands behind the stamp, for a part of it: a year, or a
 * zone.  Returns false if it is none. */
bool syslog_stamp_more(struct syslog_line *out, struct str word);

/* The number of a month by its short name in another language than English;
 * -1: it is none. */
int syslog_month(struct str word);

/* Takes "prog[12]: " off *s, or "prog: ".  Returns 0, or SYSLOG_OTHER with
 * *s as it was. */
int syslog_tag_take(struct syslog_line *out, struct str *s) MUST_CHECK;

/* Is this a tag under which containers' lines are handed on? */
bool syslog_container(struct str tag);

/* Is it Docker's or Podman's own, or the first twelve digits of a container's id? */
bool syslog_runtime(struct str tag);

/* Can a stamp stand at s?  Of what servers write themselves hardly ever. */
static inline bool
syslog_stamp_likely(struct str s)
{
	return s.n > 15 && (s.p[3] == ' ' || (ascii_digit(s.p[0]) && s.p[4] == '-' && s.p[7] == '-'));
}

/* Does c at the end of a line say nothing?  Blanks, CR, NUL, and the empty
 * columns of a CSV file. */
static inline bool
syslog_trails(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0' || c == ',';
}

/* Reads s without any wrapping.  Returns 0 or SYSLOG_OTHER. */
int syslog_bare(struct syslog_line *out, struct str s) MUST_CHECK;

/* Reads a line that syslog_bare() does not know, out of what it is wrapped
 * in.  Returns 0 or SYSLOG_OTHER. */
int syslog_unwrap(struct syslog_line *out, struct str line, char *room, size_t cap) MUST_CHECK;

/* Reads the members of a JSON object, line, which begins with { or with a member.  timed: out has
 * a stamp already.  Returns 0 or SYSLOG_OTHER. */
int syslog_json(struct syslog_line *out, struct str line, bool timed, char *room, size_t cap) MUST_CHECK;

struct syslog_room {	/* for texts that lose their escapes */
	char	*p;
	size_t	 cap;
};

/* Puts octet n; what does not fit is dropped. */
static inline void
syslog_room_put(struct syslog_room *r, size_t *n, uint32_t c)
{
	if (*n < r->cap)
		r->p[(*n)++] = (char)c;
}

/* The n octets that were put, which are not room any more. */
static inline struct str
syslog_room_take(struct syslog_room *r, size_t n)
{
	struct str out = { r->p, n };

	r->p += n;
	r->cap -= n;
	return out;
}
