#include "wire/master_body.h"

static void
skip_comment(struct master_scan *s)
{
	while (s->at < s->n && s->p[s->at] != '\n')
		s->at++;
}

bool
master_word_skip(struct master_scan *s)
{
	for (; s->at < s->n && !s->bad; s->at++) {
		char c = s->p[s->at];

		if (c == ';') {
			skip_comment(s);
			if (s->at == s->n)
				break;
		} else if (c == '(') {
			s->depth++;
		} else if (c == ')') {
			s->bad = s->depth == 0;
			s->depth -= !s->bad;
		} else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
			return true;
		}
	}
	return false;
}

static bool
ends_word(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' ||
	    c == '(' || c == ')' || c == '"';
}

static bool
ends_quoted(char c)
{
	return c == '"' || c == '\n';
}

static void
read_until(struct master_scan *s, bool (*ends)(char c))
{
	for (; s->at < s->n && !ends(s->p[s->at]); s->at++)
		if (s->p[s->at] == '\\' && ++s->at == s->n) {
			s->bad = true;
			return;
		}
}

bool
master_word_next(struct master_scan *s, struct master_word *w)
{
	size_t from;

	if (!master_word_skip(s))
		return false;
	w->quoted = s->p[s->at] == '"';
	s->at += w->quoted;
	from = s->at;
	read_until(s, w->quoted ? ends_quoted : ends_word);
	w->is = (struct str){ s->p + from, s->at - from };
	if (w->quoted) {
		s->bad = s->bad || s->at == s->n || s->p[s->at] != '"';
		s->at += !s->bad;
	}
	return !s->bad;
}

bool
master_word_open(struct master_scan s)
{
	struct master_word w;

	while (master_word_next(&s, &w))
		;
	return !s.bad && s.depth > 0;
}

size_t
master_word_octet(uint8_t *out, struct str s)
{
	unsigned v = 0;

	if (s.p[0] != '\\') {
		*out = (uint8_t)s.p[0];
		return 1;
	}
	if (s.n >= 2 && !ascii_digit(s.p[1])) {
		*out = (uint8_t)s.p[1];
		return 2;
	}
	if (s.n < 4)
		return 0;
	for (size_t i = 1; i < 4; i++) {
		if (!ascii_digit(s.p[i]))
			return 0;
		v = v * 10 + (unsigned)(s.p[i] - '0');
	}
	*out = (uint8_t)v;
	return v > 255 ? 0 : 4;
}

/* Takes "30m", or digits alone, off s. */
static bool
take_unit(uint64_t *out, struct str *s)
{
	static const struct { char unit; uint32_t s; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 },
	};
	size_t n = 0;

	while (n < s->n && ascii_digit(s->p[n]))
		n++;
	if (str_u64(out, (struct str){ s->p, n }, INT32_MAX) != 0)
		return false;
	if (n == s->n) {
		*s = (struct str){ NULL, 0 };
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == ascii_lower(s->p[n])) {
			*out *= units[i].s;
			*s = (struct str){ s->p + n + 1, s->n - n - 1 };
			return true;
		}
	return false;
}

bool
master_word_ttl(uint32_t *out, struct str s)
{
	uint64_t all = 0, part;

	if (s.n == 0)
		return false;
	while (s.n > 0) {
		if (!take_unit(&part, &s))
			return false;
		all += part;
		if (all > INT32_MAX)	/* RFC 2181 8 */
			return false;
	}
	*out = (uint32_t)all;
	return true;
}
