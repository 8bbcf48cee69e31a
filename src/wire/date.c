#include "wire/date.h"

enum { DATE_WORDS = 8, MINUTE = 60, HOUR = 3600, DAY = 86400 };

struct words {
	struct str	w[DATE_WORDS];
	size_t		n;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* How deep in comments c leaves us (RFC 5322 3.2.2; a \ hides the next). */
static unsigned
depth_after(unsigned depth, char c)
{
	if (c == '(')
		return depth + 1;
	return c == ')' && depth > 0 ? depth - 1 : depth;
}

/* Cuts s at white space, commas and comments. */
static int
cut_words(struct words *out, struct str s)
{
	unsigned depth = 0;
	size_t from = 0;

	out->n = 0;
	for (size_t i = 0; i <= s.n; i++) {
		bool end = i == s.n || depth > 0 || is_space(s.p[i]) ||
		    s.p[i] == ',' || s.p[i] == '(';

		if (end && from < i) {
			if (out->n == DATE_WORDS)
				return SEK_EPARSE;
			out->w[out->n++] = (struct str){ s.p + from, i - from };
		}
		if (end)
			from = i + 1;
		if (i < s.n && depth > 0 && s.p[i] == '\\')
			from = ++i + 1;
		else if (i < s.n)
			depth = depth_after(depth, s.p[i]);
	}
	return depth == 0 ? 0 : SEK_EPARSE;
}

/* A name's place in a list of three-letter names, or -1. */
static int
find_name(const char *names, struct str s)
{
	for (int i = 0; s.n == 3 && names[3 * i] != '\0'; i++)
		if (str_ieq(s, (struct str){ names + 3 * i, 3 }))
			return i;
	return -1;
}

static int
read_zone(int64_t *east_s, struct str s)
{
	static const char names[] = "EDTESTCDTCSTMDTMSTPDTPST";
	static const int hours[] = { -4, -5, -5, -6, -6, -7, -7, -8 };
	uint64_t v;
	int i;

	*east_s = 0;
	if (s.n == 5 && (s.p[0] == '+' || s.p[0] == '-')) {
		if (str_u64(&v, (struct str){ s.p + 1, 4 }, 9959) != 0 || v % 100 > 59)
			return SEK_EPARSE;
		*east_s = (int64_t)(v / 100) * HOUR + (int64_t)(v % 100) * MINUTE;
		if (s.p[0] == '-')
			*east_s = -*east_s;
		return 0;
	}
	i = find_name(names, s);
	if (i >= 0)
		*east_s = (int64_t)hours[i] * HOUR;
	return 0;
}

static int
read_clock(int64_t *out, struct str s)
{
	struct str hour = str_cut(&s, ':'), minute = str_cut(&s, ':');
	uint64_t h, m, sec = 0;

	if (str_u64(&h, hour, 23) != 0 || str_u64(&m, minute, 59) != 0 ||
	    (s.n > 0 && str_u64(&sec, s, 60) != 0))
		return SEK_EPARSE;
	*out = (int64_t)h * HOUR + (int64_t)m * MINUTE + (int64_t)sec;
	return 0;
}

static bool
leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* Days from 1970-01-01 to the first of a month (0..11). */
static int64_t
days_before(int64_t year, int month)
{
	static const int before[] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334,
	};
	int64_t y = year - 1;

	return (year - 1970) * 365 + (y / 4 - y / 100 + y / 400) -
	    (1969 / 4 - 1969 / 100 + 1969 / 400) + before[month] +
	    (month > 1 && leap(year));
}

static int
read_day(int64_t *days, const struct str w[3])
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static const uint8_t last[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int month = find_name(names, w[1]);
	uint64_t day, year;

	if (month < 0 || str_u64(&day, w[0], 31) != 0 || w[2].n != 4 ||
	    str_u64(&year, w[2], 9999) != 0 || year < 1970 || day < 1 ||
	    day > last[month] + (month == 1 && leap((int64_t)year) ? 1u : 0u))
		return SEK_EPARSE;
	*days = days_before((int64_t)year, month) + (int64_t)day - 1;
	return 0;
}

int
date_read(struct wall *out, struct str s)
{
	static const char weekdays[] = "MonTueWedThuFriSatSun";
	int64_t days, clock, east;
	struct words words;
	const struct str *w = words.w;

	if (s.n > DATE_MAX)
		return SEK_ELIMIT;
	if (cut_words(&words, s) != 0)
		return SEK_EPARSE;
	if (words.n > 0 && find_name(weekdays, w[0]) >= 0) {
		w++;
		words.n--;
	}
	if (words.n != 5 || read_day(&days, w) != 0 || read_clock(&clock, w[3]) != 0 ||
	    read_zone(&east, w[4]) != 0)
		return SEK_EPARSE;
	out->s = days * DAY + clock - east;
	return 0;
}

int
date_received(struct wall *out, struct str value)
{
	unsigned depth = 0;
	size_t after = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (depth > 0 && value.p[i] == '\\')
			i++;
		else if (depth == 0 && value.p[i] == ';')
			after = i + 1;
		else
			depth = depth_after(depth, value.p[i]);
	}
	if (after == 0)
		return SEK_EPARSE;
	return date_read(out, (struct str){ value.p + after, value.n - after });
}
