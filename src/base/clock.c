#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static struct mono
real_mono(const struct clock *c)
{
	struct timespec ts;

	(void)c;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct mono){ (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 };
}

static struct wall
real_wall(const struct clock *c)
{
	(void)c;
	return (struct wall){ (int64_t)time(NULL) };
}

static struct wall_ns
real_wall_ns(const struct clock *c)
{
	struct timespec ts;

	(void)c;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (struct wall_ns){ (int64_t)ts.tv_sec, (uint32_t)ts.tv_nsec };
}

const struct clock clock_real = { real_mono, real_wall, real_wall_ns };

static struct mono
fake_mono(const struct clock *c)
{
	return ((const struct clock_fake *)(const void *)c)->mono;
}

static struct wall
fake_wall(const struct clock *c)
{
	return ((const struct clock_fake *)(const void *)c)->wall;
}

static struct wall_ns
fake_wall_ns(const struct clock *c)
{
	const struct clock_fake *f = (const struct clock_fake *)(const void *)c;

	return (struct wall_ns){ f->wall.s, (uint32_t)f->part_ms * 1000000 };
}

void
clock_fake_init(struct clock_fake *c, struct wall start)
{
	*c = (struct clock_fake){
		.clock = { fake_mono, fake_wall, fake_wall_ns },
		.wall = start,
	};
}

void
clock_fake_pass(struct clock_fake *c, int64_t ms)
{
	c->mono.ms += ms;
	c->part_ms += ms;
	c->wall.s += c->part_ms / 1000;
	c->part_ms %= 1000;
}

void
wall_text(char out[WALL_TEXT], struct wall t)
{
	time_t s = (time_t)t.s;
	struct tm tm;

	if (t.s < -62167219200 || t.s > 253402300799 ||
	    gmtime_r(&s, &tm) == NULL ||
	    strftime(out, WALL_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, WALL_TEXT, "-");
}

/* One number of n digits, then the octet after ('\0': none). */
static bool
cut_number(int *out, struct str *s, size_t n, char after)
{
	uint64_t v = 0;

	if (s->n < n || str_u64(&v, (struct str){ s->p, n }, 9999) != 0)
		return false;
	*out = (int)v;
	*s = (struct str){ s->p + n, s->n - n };
	if (after == '\0')
		return true;
	if (s->n == 0 || ascii_lower(s->p[0]) != after)
		return false;
	*s = (struct str){ s->p + 1, s->n - 1 };
	return true;
}

/* Days from 1970-01-01 in the Gregorian calendar, also before it began: years
 * are counted from March, so that a leap day is the last of its year. */
static bool
cut_date(int64_t *days, struct str *s)
{
	static const uint8_t months[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y, m, d, leap;

	if (!cut_number(&y, s, 4, '-') || !cut_number(&m, s, 2, '-') ||
	    !cut_number(&d, s, 2, '\0') || m < 1 || m > 12 || d < 1)
		return false;
	leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	if (d > months[m - 1] + (m == 2 ? leap : 0))
		return false;
	y -= m <= 2;
	m = m > 2 ? m - 3 : m + 9;
	*days = 365 * (int64_t)y + (y >= 0 ? y / 4 - y / 100 + y / 400 : -1) +
	    (153 * m + 2) / 5 + d - 1 - 719468;
	return true;
}

/* Z, or +09:00 */
static bool
cut_zone(int64_t *offset_s, struct str s)
{
	int h, m, sign = s.n > 0 && s.p[0] == '-' ? -1 : 1;

	*offset_s = 0;
	if (s.n == 1 && ascii_lower(s.p[0]) == 'z')
		return true;
	if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-'))
		return false;
	s = (struct str){ s.p + 1, s.n - 1 };
	if (!cut_number(&h, &s, 2, ':') || !cut_number(&m, &s, 2, '\0') || h > 23 || m > 59)
		return false;
	*offset_s = sign * (h * 3600 + m * 60);
	return true;
}

static bool
cut_time(int64_t *of_day_s, struct str s)
{
	int64_t offset_s;
	int h, m, sec;

	if (!cut_number(&h, &s, 2, ':') || !cut_number(&m, &s, 2, ':') ||
	    !cut_number(&sec, &s, 2, '\0') || h > 23 || m > 59 || sec > 60)
		return false;
	if (s.n > 1 && s.p[0] == '.') {
		size_t n = 1;

		while (n < s.n && ascii_digit(s.p[n]))
			n++;
		if (n == 1)
			return false;
		s = (struct str){ s.p + n, s.n - n };
	}
	if (!cut_zone(&offset_s, s))
		return false;
	*of_day_s = h * 3600 + m * 60 + sec - offset_s;
	return true;
}

int
wall_parse(struct wall *out, struct str s)
{
	int64_t days, of_day_s = 0;

	if (!cut_date(&days, &s))
		return SEK_EPARSE;
	if (s.n > 0) {
		if (ascii_lower(s.p[0]) != 't' && s.p[0] != ' ')
			return SEK_EPARSE;
		if (!cut_time(&of_day_s, (struct str){ s.p + 1, s.n - 1 }))
			return SEK_EPARSE;
	}
	out->s = days * 86400 + of_day_s;
	return 0;
}
