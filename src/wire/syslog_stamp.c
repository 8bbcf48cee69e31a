/* Stamps: RFC 3164 4.1.2, RFC 5424 6.2.3, what journalctl(1) -o short-full,
 * short-iso and short-unix print, and syslogds that put the year in. */
#include "wire/syslog_body.h"

#include <string.h>

enum { LEAP_YEAR = 1972 };	/* year-less stamps: 29 February must be a day */

struct stamp {
	int	year, month, day;	/* month 1..12 */
	int	hour, minute, second;
};

static bool
leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static const uint16_t days_before[2][13] = {
	{ 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 },
	{ 0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366 },
};

/* Seconds since 1970 of a proleptic Gregorian wall clock; -1: no such day. */
static int64_t
stamp_seconds(const struct stamp *t)
{
	int y = t->year - 1;
	const uint16_t *before = days_before[leap(t->year)];
	int64_t days;

	if (t->year < 1970 || t->month < 1 || t->month > 12 || t->day < 1 ||
	    t->day > before[t->month] - before[t->month - 1] ||
	    t->hour > 23 || t->minute > 59 || t->second > 60)
		return -1;
	days = (int64_t)365 * (t->year - 1970) + (y / 4 - 1969 / 4) -
	    (y / 100 - 1969 / 100) + (y / 400 - 1969 / 400) +
	    before[t->month - 1] + t->day - 1;
	return days * 86400 + t->hour * 3600 + t->minute * 60 + t->second;
}

/* n decimal digits at p, or -1. */
static int
digits(const char *p, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned char)p[i] - (unsigned)'0';

		if (d > 9)
			return -1;
		v = v * 10 + (int)d;
	}
	return v;
}

/* Two digits at p; sets *bad to what is no digit. */
static inline int
two(const char *p, unsigned *bad)
{
	unsigned tens = (unsigned char)p[0] - (unsigned)'0', ones = (unsigned char)p[1] - (unsigned)'0';

	*bad |= tens > 9 || ones > 9;
	return (int)(tens * 10 + ones);
}

#define MONTH(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

static int
month_number(const char *p)
{
	switch (MONTH((uint8_t)p[0], (uint8_t)p[1], (uint8_t)p[2])) {
	case MONTH('J', 'a', 'n'): return 1;
	case MONTH('F', 'e', 'b'): return 2;
	case MONTH('M', 'a', 'r'): return 3;
	case MONTH('A', 'p', 'r'): return 4;
	case MONTH('M', 'a', 'y'): return 5;
	case MONTH('J', 'u', 'n'): return 6;
	case MONTH('J', 'u', 'l'): return 7;
	case MONTH('A', 'u', 'g'): return 8;
	case MONTH('S', 'e', 'p'): return 9;
	case MONTH('O', 'c', 't'): return 10;
	case MONTH('N', 'o', 'v'): return 11;
	case MONTH('D', 'e', 'c'): return 12;
	default: return -1;
	}
}

/* "03:04:05" at s.p[*at..]. */
static bool
clock_take(struct stamp *t, struct str s, size_t *at)
{
	const char *p = s.p + *at;
	unsigned bad = 0;

	if (s.n < *at + 8 || p[2] != ':' || p[5] != ':')
		return false;
	t->hour = two(p, &bad);
	t->minute = two(p + 3, &bad);
	t->second = two(p + 6, &bad);
	*at += 8;
	return bad == 0;
}

/* ".678901" or ",678", of which microseconds are kept. */
static uint32_t
fraction_take(struct str s, size_t *at)
{
	uint32_t us = 0, unit = 100000;

	if (s.n < *at + 2 || (s.p[*at] != '.' && s.p[*at] != ',') ||
	    !ascii_digit(s.p[*at + 1]))
		return 0;
	for ((*at)++; *at < s.n && ascii_digit(s.p[*at]); (*at)++) {
		us += (uint32_t)(s.p[*at] - '0') * unit;
		unit /= 10;
	}
	return us;
}

/* "Z", "+09:00", "+0900", "+09" at s.p[*at..]: seconds east; false: none there. */
static bool
offset_take(int *east_s, struct str s, size_t *at)
{
	const char *p = s.p + *at;
	size_t n = s.n - *at;
	int h, m = 0;

	*east_s = 0;
	if (n >= 1 && (p[0] == 'Z' || p[0] == 'z')) {
		*at += 1;
		return true;
	}
	if (n < 3 || (p[0] != '+' && p[0] != '-') || (h = digits(p + 1, 2)) < 0)
		return false;
	*at += 3;
	if (n >= 6 && p[3] == ':' && (m = digits(p + 4, 2)) >= 0)
		*at += 3;
	else if (n >= 5 && (m = digits(p + 3, 2)) >= 0)
		*at += 2;
	if (h > 14 || m > 59)
		return false;
	m = m < 0 ? 0 : m;
	*east_s = (h * 3600 + m * 60) * (p[0] == '-' ? -1 : 1);
	return true;
}

/* The octets of the stamp with the blanks behind it, at least one of which, or
 * the end, must follow; 0: it is none. */
static size_t
stamp_done(struct syslog_line *out, struct str s, size_t at, int64_t at_s, enum syslog_stamp kind)
{
	if (at_s < 0 || (at < s.n && s.p[at] != ' ' && s.p[at] != '\t'))
		return 0;
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t'))
		at++;
	out->at_s = at_s;
	out->stamp = kind;
	return at;
}

/* "Jan  2 03:04:05 ", which nearly every line begins with: all at its place. */
static size_t
bsd_quick(struct syslog_line *out, struct str s)
{
	const char *p = s.p;
	struct stamp t = { .year = LEAP_YEAR };
	char day[2] = { p[4] == ' ' ? '0' : p[4], p[5] };
	unsigned bad = 0;
	size_t at = 7;
	int64_t at_s;

	if (s.n < 17 || p[3] != ' ' || p[6] != ' ' || p[15] != ' ' || p[16] == ' ' || !clock_take(&t, s, &at))
		return 0;
	t.month = month_number(p);
	t.day = two(day, &bad);
	at_s = bad != 0 ? -1 : stamp_seconds(&t);
	if (at_s < 0)
		return 0;
	out->at_s = at_s;
	out->stamp = SYSLOG_YEARLESS;
	return 16;
}

/* Behind the month: " 2 03:04:05", "02 03:04:05.678901", " 2 2026 03:04:05".
 * year 0: none was written before. */
static size_t
bsd_rest(struct syslog_line *out, struct str s, int year, int month, size_t at)
{
	struct stamp t = { .year = year, .month = month };

	at += at < s.n && s.p[at] == ' ';
	if (s.n < at + 10)
		return 0;
	t.day = digits(s.p + at, 1);
	if (t.day >= 0 && ascii_digit(s.p[at + 1]))
		t.day = digits(s.p + at++, 2);
	if (t.day < 0 || s.p[++at] != ' ')
		return 0;
	at++;
	if (year == 0 && s.n >= at + 5 && s.p[at + 4] == ' ' &&
	    (t.year = digits(s.p + at, 4)) >= 0)
		at += 5;
	year = t.year > 0 ? t.year : 0;
	t.year = year == 0 ? LEAP_YEAR : year;
	if (!clock_take(&t, s, &at))
		return 0;
	out->at_us = fraction_take(s, &at);
	at += at < s.n && s.p[at] == ':';	/* Cisco, and some relays */
	return stamp_done(out, s, at, stamp_seconds(&t), year == 0 ? SYSLOG_YEARLESS : SYSLOG_LOCAL);
}

/* year: as written before, at octets of s; 0 and 0 without one. */
static size_t
bsd_take(struct syslog_line *out, struct str s, int year, size_t at)
{
	int month = s.n < at + 15 || s.p[at + 3] != ' ' ? -1 : month_number(s.p + at);

	return month < 0 ? 0 : bsd_rest(out, s, year, month, at + 4);
}

/* "fevr. 02 03:04:05", in ja_JP a number and a sign: journalctl writes the month
 * in the reader's language. */
static size_t
local_take(struct syslog_line *out, struct str s)
{
	ptrdiff_t blank = str_find((struct str){ s.p, s.n < 16 ? s.n : 16 }, ' ');
	int month = blank < 2 ? -1 : syslog_month((struct str){ s.p, (size_t)blank });

	return month < 0 ? 0 : bsd_rest(out, s, 0, month, (size_t)blank + 1);
}

/* "2026-01-02T03:04:05.678+09:00", "2026-01-02 03:04:05 +0900", and the same
 * without a zone */
static size_t
iso_take(struct syslog_line *out, struct str s)
{
	const char *p = s.p;
	struct stamp t;
	size_t at = 11, after;
	unsigned bad = 0;
	int east_s = 0;
	bool zone;
	int64_t at_s;

	if (s.n < 19 || (p[4] != '-' && p[4] != '/') || p[7] != p[4] || (p[10] != 'T' && p[10] != ' '))
		return 0;
	t.year = two(p, &bad) * 100 + two(p + 2, &bad);
	t.month = two(p + 5, &bad);
	t.day = two(p + 8, &bad);
	if (!clock_take(&t, s, &at) || bad != 0)
		return 0;
	out->at_us = fraction_take(s, &at);
	zone = offset_take(&east_s, s, &at);
	after = at + 1;
	if (!zone && s.n > at + 5 && p[at] == ' ' && (p[after] == '+' || p[after] == '-') &&
	    offset_take(&east_s, s, &after)) {
		zone = true;
		at = after;
	}
	at_s = stamp_seconds(&t);
	return stamp_done(out, s, at, at_s < 0 ? -1 : at_s - east_s, zone ? SYSLOG_UTC : SYSLOG_LOCAL);
}

/* "1767290645.123456" of journalctl -o short-unix */
static size_t
unix_take(struct syslog_line *out, struct str s)
{
	size_t at = 10;
	int high, low;

	if (s.n < 18 || s.p[10] != '.' || (high = digits(s.p, 5)) < 0 || (low = digits(s.p + 5, 5)) < 0)
		return 0;
	out->at_us = fraction_take(s, &at);
	return stamp_done(out, s, at, (int64_t)high * 100000 + low, SYSLOG_UTC);
}

/* "02 Jan 2026 03:04:05", "02/Jan/2026:03:04:05 +0900", "02 Jan 03:04:05" */
static size_t
day_first_take(struct syslog_line *out, struct str s)
{
	struct stamp t = { .day = digits(s.p, 2), .month = month_number(s.p + 3), .year = LEAP_YEAR };
	size_t at = 7, after;
	int east_s, year = s.n < 20 || (s.p[11] != ' ' && s.p[11] != ':') ? -1 : digits(s.p + 7, 4);
	int64_t at_s;

	if (t.day < 0 || t.month < 0 || s.p[6] != s.p[2] || (s.p[2] != ' ' && s.p[2] != '/' && s.p[2] != '-'))
		return 0;
	if (year >= 0) {
		t.year = year;
		at = 12;
	}
	if (!clock_take(&t, s, &at))
		return 0;
	out->at_us = fraction_take(s, &at);
	at_s = stamp_seconds(&t);
	after = at + 1;
	if (year >= 0 && at_s >= 0 && s.n > after && s.p[at] == ' ' && (s.p[after] == '+' || s.p[after] == '-') &&
	    offset_take(&east_s, s, &after))
		return stamp_done(out, s, after, at_s - east_s, SYSLOG_UTC);
	return stamp_done(out, s, at, at_s, year < 0 ? SYSLOG_YEARLESS : SYSLOG_LOCAL);
}

/* A day's short name in some language: letters, perhaps a dot or comma. */
static bool
weekday(struct str word)
{
	for (size_t i = 0; i < word.n; i++) {
		char c = ascii_lower(word.p[i]);

		if ((uint8_t)c < 0x80 && (c < 'a' || c > 'z') && ((c != '.' && c != ',') || i + 1 < word.n))
			return false;
	}
	return word.n >= 2 && word.n <= 16;
}

/* "Fri 2026-01-02 03:04:05 JST " of journalctl -o short-full, the day in any
 * language: the zone is a name and says UTC or the machine's own.  "Fri Jan  2
 * 03:04:05". */
static size_t
weekday_take(struct syslog_line *out, struct str s)
{
	struct str rest = s, word = str_cut(&rest, ' '), zone;
	size_t n;

	if (rest.n < 15 || !weekday(word))
		return 0;
	n = ascii_digit(rest.p[0]) ? iso_take(out, rest) : bsd_take(out, rest, 0, 0);
	if (n == 0)
		n = ascii_digit(rest.p[0]) ? day_first_take(out, rest) : 0;
	if (n == 0)
		return 0;
	rest = log_cut_off(rest, n);
	zone = log_cut_word(&rest);
	if (out->stamp != SYSLOG_LOCAL || zone.n < 2 || zone.n > 6 || rest.n == 0)
		return s.n - zone.n - rest.n;
	if (str_eq(zone, STR("UTC")) || str_eq(zone, STR("GMT")))
		out->stamp = SYSLOG_UTC;
	return s.n - rest.n + 1;
}

/* The forms that few lines have. */
static size_t
rare_take(struct syslog_line *out, struct str s)
{
	size_t n;
	int year;

	if (s.p[4] == ' ' && (year = digits(s.p, 4)) >= 1970)	/* "2026 Jan  2 03:04:05" */
		return bsd_take(out, s, year, 5);
	if (ascii_digit(s.p[0]) && (n = day_first_take(out, s)) > 0)
		return n;
	n = local_take(out, s);
	return n > 0 ? n : weekday_take(out, s);
}

size_t
syslog_stamp_len(struct syslog_line *out, struct str s)
{
	size_t n;

	if (s.n < 15)
		return 0;
	if (ascii_digit(s.p[0]))
		n = s.p[10] == '.' ? unix_take(out, s) : iso_take(out, s);
	else if ((n = bsd_quick(out, s)) == 0)
		n = bsd_take(out, s, 0, 0);
	return n > 0 ? n : rare_take(out, s);
}

/* "UTC", "JST", "+0900" */
static bool
zone_word(struct str word)
{
	size_t at = 0;
	int east_s;

	if (word.p[0] == '+' || word.p[0] == '-')
		return offset_take(&east_s, word, &at) && at == word.n;
	while (at < word.n && word.p[at] >= 'A' && word.p[at] <= 'Z')
		at++;
	return at == word.n && at >= 3 && at <= 5;
}

bool
syslog_stamp_more(struct syslog_line *out, struct str word)
{
	int year = word.n == 4 ? digits(word.p, 4) : -1;
	int64_t before, days;

	if (zone_word(word))	/* of a stamp without a year nothing is known but the local time */
		return true;
	if (year < 1970 || year > 2199 || out->stamp != SYSLOG_YEARLESS)
		return false;
	before = stamp_seconds(&(struct stamp){ .year = LEAP_YEAR, .month = 1, .day = 1 });
	days = (out->at_s - before) / 86400;
	if (days >= 60 && !leap(year))	/* behind 29 February */
		days--;
	else if (days == 59 && !leap(year))
		return false;
	out->at_s = stamp_seconds(&(struct stamp){ .year = year, .month = 1, .day = 1 }) + days * 86400 +
	    (out->at_s - before) % 86400;
	out->stamp = SYSLOG_LOCAL;
	return true;
}
