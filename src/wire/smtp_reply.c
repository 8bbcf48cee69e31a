#include "wire/smtp_reply.h"

#include <string.h>

struct line {
	uint16_t	 code;
	bool		 last;
	struct str	 text;
	size_t		 used;	/* with its end */
};

/* Checks as much of a line's head as is there: three digits, then SP, "-" or
 * the end (RFC 5321 4.2: a code may stand alone).
 * Returns 0 or SEK_EPARSE. */
static int
head_check(struct str s)
{
	for (size_t i = 0; i < 3 && i < s.n; i++)
		if (!ascii_digit(s.p[i]))
			return SEK_EPARSE;
	if (s.n > 0 && (s.p[0] < '2' || s.p[0] > '5'))
		return SEK_EPARSE;
	if (s.n > 3 && str_find(STR(" -\r"), s.p[3]) < 0)
		return SEK_EPARSE;
	return 0;
}

/* A NUL anywhere, or a CR that is not the last octet. */
static bool
text_broken(struct str s)
{
	ptrdiff_t cr = str_find(s, '\r');

	return str_find(s, '\0') >= 0 || (cr >= 0 && (size_t)cr + 1 < s.n);
}

/* Reads one line.  Returns 0, SMTP_REPLY_MORE, SEK_EPARSE or SEK_ELIMIT. */
static int
line_read(struct line *l, struct str in)
{
	struct str s = { in.p, in.n < SMTP_REPLY_LINE ? in.n : SMTP_REPLY_LINE };
	ptrdiff_t end = str_find(s, '\n');

	if (end >= 0)
		s.n = (size_t)end;
	if (head_check(s) != 0 || text_broken(s))
		return SEK_EPARSE;
	if (end < 0)
		return s.n == SMTP_REPLY_LINE ? SEK_ELIMIT : SMTP_REPLY_MORE;
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	if (s.n < 3)
		return SEK_EPARSE;
	l->code = (uint16_t)((s.p[0] - '0') * 100 + (s.p[1] - '0') * 10 + (s.p[2] - '0'));
	l->last = s.n == 3 || s.p[3] == ' ';
	l->text = s.n > 4 ? (struct str){ s.p + 4, s.n - 4 } : (struct str){ s.p + s.n, 0 };
	l->used = (size_t)end + 1;
	return 0;
}

int
smtp_reply_read(struct smtp_reply *out, const char *in, size_t n)
{
	struct smtp_reply r = { 0 };
	struct line l;
	int err;

	for (unsigned lines = 0;; lines++) {
		if (lines == SMTP_REPLY_LINES || r.used > SMTP_REPLY_OCTETS)
			return SEK_ELIMIT;
		err = line_read(&l, (struct str){ in + r.used, n - r.used });
		if (err == SMTP_REPLY_MORE && n > SMTP_REPLY_OCTETS)
			return SEK_ELIMIT;
		if (err != 0)
			return err;
		if (lines > 0 && l.code != r.code)
			return SEK_EPARSE;
		if (lines == 0) {
			r.code = l.code;
			r.text = l.text.p;
			r.len = l.text.n;
		}
		r.used += l.used;
		if (l.last)
			break;
	}
	if (r.used > SMTP_REPLY_OCTETS)
		return SEK_ELIMIT;
	*out = r;
	return 0;
}

bool
smtp_reply_line(struct str *text, struct str *rest)
{
	struct line l;

	if (rest->n == 0 || line_read(&l, *rest) != 0)
		return false;
	*text = l.text;
	*rest = (struct str){ rest->p + l.used, rest->n - l.used };
	return true;
}
