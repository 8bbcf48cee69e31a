#include "web/when.h"

enum { DAY_S = 86400, YEAR_MAX = 9999 };
#define WALL_MAX INT64_C(253402300799)	/* 9999-12-31T23:59:59Z */

/* Takes exactly that many digits off s; SEK_EPARSE sticks in *err. */
static unsigned
digits(struct str *s, size_t n, unsigned min, unsigned max, int *err)
{
	uint64_t v = 0;

	if (*err != 0 || s->n < n ||
	    str_u64(&v, (struct str){ s->p, n }, max) != 0 || v < min) {
		*err = SEK_EPARSE;
		return min;
	}
	s->p += n;
	s->n -= n;
	return (unsigned)v;
}

static char
letter(struct str *s, int *err)
{
	if (*err != 0 || s->n == 0) {
		*err = SEK_EPARSE;
		return '\0';
	}
	s->n--;
	return *s->p++;
}

static void
expect(struct str *s, char c, int *err)
{
	if (ascii_lower(letter(s, err)) != c)
		*err = SEK_EPARSE;
}

static bool
is_leap(unsigned y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int64_t
days_before_year(unsigned y)	/* from 1970 on */
{
	int64_t last = (int64_t)y - 1;

	return (last * 365 + last / 4 - last / 100 + last / 400) - 719162;
}

static int64_t
date(struct str *s, int *err)	/* days since 1970 */
{
	static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned y = digits(s, 4, 1970, YEAR_MAX, err), m, d;
	int64_t days = days_before_year(y);

	expect(s, '-', err);
	m = digits(s, 2, 1, 12, err);
	expect(s, '-', err);
	d = digits(s, 2, 1, 31, err);
	if (d > lengths[m - 1] + (unsigned)(m == 2 && is_leap(y)))
		*err = SEK_EPARSE;
	for (unsigned i = 1; i < m; i++)
		days += lengths[i - 1] + (unsigned)(i == 2 && is_leap(y));
	return days + (int64_t)d - 1;
}

static int64_t
time_of_day(struct str *s, int *err)
{
	int64_t v = 3600 * (int64_t)digits(s, 2, 0, 23, err);

	expect(s, ':', err);
	v += 60 * (int64_t)digits(s, 2, 0, 59, err);
	expect(s, ':', err);
	v += digits(s, 2, 0, 60, err);
	if (*err == 0 && s->n > 0 && *s->p == '.') {
		expect(s, '.', err);
		do
			digits(s, 1, 0, 9, err);
		while (*err == 0 && s->n > 0 && ascii_digit(*s->p));
	}
	return v;
}

static int64_t
offset(struct str *s, int *err)
{
	char sign = ascii_lower(letter(s, err));
	int64_t v;

	if (sign == 'z')
		return 0;
	if (sign != '+' && sign != '-' && sign != ' ')
		*err = SEK_EPARSE;
	v = 3600 * (int64_t)digits(s, 2, 0, 23, err);
	expect(s, ':', err);
	v += 60 * (int64_t)digits(s, 2, 0, 59, err);
	return sign == '-' ? -v : v;
}

int
when_parse(struct wall *out, struct str s)
{
	uint64_t seconds;
	int err = 0;
	int64_t v;

	if (str_u64(&seconds, s, WALL_MAX) == 0) {
		out->s = (int64_t)seconds;
		return 0;
	}
	v = date(&s, &err) * DAY_S;
	expect(&s, 't', &err);
	v += time_of_day(&s, &err);
	v -= offset(&s, &err);
	if (err != 0 || s.n > 0 || v < 0 || v > WALL_MAX)
		return SEK_EPARSE;
	out->s = v;
	return 0;
}
