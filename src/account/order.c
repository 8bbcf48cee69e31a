#include "account/order.h"

#include <stdlib.h>
#include <string.h>

#include "account/years.h"
#include "base/str.h"

enum {
	DAY_S = 86400,
	DATE = 8,		/* digits of 20260131 */
	NUMBER_MAX = 99999,
	YEAR_END_S = 94694399,	/* of 1972 */
	TOUCH_S = 60,		/* sets that only touch do not overlap */
};

/* --- names --- */

static const char *const packed[] = { ".gz", ".xz", ".zst", ".bz2", ".GZ" };

static struct str
without_packing(struct str s)
{
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		if (str_iends(s, str_of(packed[i])))
			return (struct str){ s.p, s.n - strlen(packed[i]) };
	return s;
}

static bool
digits(int32_t *out, struct str s, size_t at, size_t n)
{
	uint64_t v;

	if (at + n > s.n || str_u64(&v, (struct str){ s.p + at, n }, NUMBER_MAX) != 0)
		return false;
	*out = (int32_t)v;
	return true;
}

/* 20260131 or 2026-01-31 at octet `at` of s; *len: octets of it. */
static bool
date_at(int64_t *day_s, size_t *len, struct str s, size_t at)
{
	const size_t gap = at + DATE + 2 <= s.n && s.p[at + 4] == '-' && s.p[at + 7] == '-';
	int32_t y, m, d;

	if (!digits(&y, s, at, 4) || !digits(&m, s, at + 4 + gap, 2) ||
	    !digits(&d, s, at + 6 + 2 * gap, 2) || y < 1990 || y > 2199 ||
	    m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	*len = DATE + 2 * gap;
	/* days of the months of the leap year 1972, as syslog's stamps count */
	static const int32_t before[] = { 0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335 };

	*day_s = account_years_wall(63072000 + (before[m - 1] + d - 1) * (int64_t)DAY_S, y);
	return true;
}

static bool
is_digit_at(struct str s, size_t i)
{
	return i < s.n && ascii_digit(s.p[i]);
}

/* Finds a date that stands alone in s. */
static bool
find_date(int64_t *day_s, size_t *at, size_t *len, struct str s)
{
	for (size_t i = 0; i + DATE <= s.n; i++)
		if ((i == 0 || !is_digit_at(s, i - 1)) && date_at(day_s, len, s, i) &&
		    !is_digit_at(s, i + *len)) {
			*at = i;
			return true;
		}
	return false;
}

/* ".3" at the end; what is before it stays in *s. */
static int32_t
cut_number(struct str *s)
{
	size_t n = s->n;
	int32_t v = 0;

	while (n > 0 && ascii_digit(s->p[n - 1]))
		n--;
	if (n == s->n || n < 2 || s->p[n - 1] != '.' || !digits(&v, *s, n, s->n - n))
		return 0;
	s->n = n - 1;
	return v;
}

static size_t
add(char *out, size_t at, const char *p, size_t n)
{
	if (n > ACCOUNT_FAMILY - 1 - at)
		n = ACCOUNT_FAMILY - 1 - at;
	memcpy(out + at, p, n);
	out[at + n] = '\0';
	return at + n;
}

void
account_order_name(struct account_place *p, const char *name)
{
	const char *slash = strrchr(name, '/');
	const size_t dir = slash != NULL ? (size_t)(slash + 1 - name) : 0;
	struct str base = without_packing(str_of(name + dir));
	size_t at = 0, len = 0, n;
	int64_t day_s;

	p->number = 0;
	p->name_s = 0;
	n = add(p->family, 0, name, dir);
	if (find_date(&day_s, &at, &len, base)) {
		/* rotated in the night after it, or named after the day before */
		p->name_s = day_s + 2 * DAY_S;
		n = add(p->family, n, base.p, at > 0 ? at - 1 : 0);
		add(p->family, n, base.p + at + len, base.n - at - len);
		return;
	}
	p->number = cut_number(&base);
	add(p->family, n, base.p, base.n);
}

/* --- moments --- */

static int64_t
least(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

static int64_t
moment(const struct account_stamp *s, int32_t year, const struct account_zone *zone)
{
	int64_t wall = s->kind == SYSLOG_YEARLESS ? account_years_wall(s->at_s, year) : s->at_s;
	int64_t both[2] = { wall };

	if (s->kind != SYSLOG_UTC && zone != NULL)
		account_zone_utc(zone, wall, both, NULL, NULL);
	return both[0];
}

/* Both edges, with the newest year that newest_s allows. */
static void
date_edges(struct account_place *p, const struct account_seen *s, const struct account_zone *zone)
{
	const struct account_stamp *last = s->has_last ? &s->last : &s->first;
	int32_t year = 0;

	p->year = 0;
	p->has_time = s->has_first;
	if (!s->has_first)
		return;
	if (last->kind == SYSLOG_YEARLESS)
		year = account_years_of_last(last->at_s, p->newest_s, zone);
	else if (s->first.kind == SYSLOG_YEARLESS)
		year = account_years_of_last(s->first.at_s, p->newest_s, zone);
	p->last_s = moment(last, year, zone);
	if (s->first.kind == SYSLOG_YEARLESS) {
		p->year = last->kind == SYSLOG_YEARLESS ?
		    account_years_before(s->first.at_s, last->at_s, year) : year;
		year = p->year;
	}
	p->first_s = moment(&s->first, year, zone);
	p->ends = s->has_last;
}

static void
place_alone(struct account_place *p, const struct account_seen *s,
    const struct account_order_rules *rules)
{
	*p = (struct account_place){ .number = 0 };
	account_order_name(p, s->name);
	p->newest_s = least(s->regular ? s->mtime_s : 0, rules->now_s);
	p->newest_s = least(p->newest_s, p->name_s);
	if (rules->year != 0)	/* 31 December, its end: a zone is no matter here */
		p->newest_s = least(p->newest_s, account_years_wall(YEAR_END_S, rules->year) -
		    ACCOUNT_NEWEST_SLACK_S);
	date_edges(p, s, rules->zone);
}

/* --- the order --- */

struct sorted {
	const struct account_place	*place;
	size_t				 i;
};

static int
cmp64(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_family(const void *x, const void *y)
{
	const struct sorted *a = x, *b = y;
	int c = strcmp(a->place->family, b->place->family);

	if (c == 0)	/* a date: the newest first; then numbers up */
		c = cmp64(b->place->name_s, a->place->name_s);
	if (c == 0)
		c = cmp64(a->place->number, b->place->number);
	return c != 0 ? c : (a->i > b->i) - (a->i < b->i);
}

static int
by_time(const void *x, const void *y)
{
	const struct sorted *a = x, *b = y;
	int c = cmp64(a->place->first_s, b->place->first_s);

	if (c == 0)
		c = cmp64(a->place->last_s, b->place->last_s);
	return c != 0 ? c : (a->i > b->i) - (a->i < b->i);
}

/* Of one rotated set: over when the next one begins. */
static void
bound_by_next(struct account_place *p, const struct account_place *next,
    const struct account_seen *s, const struct account_order_rules *rules)
{
	if (!next->has_time || !p->has_time)
		return;
	if (p->first_s > next->first_s + DAY_S || p->last_s > next->first_s + DAY_S) {
		p->newest_s = least(p->newest_s, next->first_s);
		date_edges(p, s, rules->zone);
	}
	if (!p->ends && p->first_s <= next->first_s) {
		p->last_s = next->first_s;
		p->ends = true;
	}
}

/* Those without a stamp stay where they were given. */
static void
lend_times(struct account_place *place, size_t n)
{
	int64_t next_s = INT64_MAX;

	for (size_t i = n; i > 0; i--) {
		struct account_place *p = &place[i - 1];

		if (p->has_time)
			next_s = p->first_s;
		else
			p->first_s = p->last_s = next_s;
	}
}

int
account_order(struct account_place *place, size_t *rank, const struct account_seen *seen,
    size_t n, const struct account_order_rules *rules)
{
	struct sorted *sorted = calloc(n + 1, sizeof(*sorted));

	if (sorted == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		place_alone(&place[i], &seen[i], rules);
		sorted[i] = (struct sorted){ &place[i], i };
	}
	qsort(sorted, n, sizeof(*sorted), by_family);
	for (size_t k = 1; k < n; k++) {
		size_t i = sorted[k].i, next = sorted[k - 1].i;

		if (strcmp(place[i].family, place[next].family) == 0)
			bound_by_next(&place[i], &place[next], &seen[i], rules);
	}
	lend_times(place, n);
	qsort(sorted, n, sizeof(*sorted), by_time);
	for (size_t k = 0; k < n; k++)
		rank[k] = sorted[k].i;
	free(sorted);
	return 0;
}

bool
account_order_overlap(const struct account_place *a, const struct account_place *b)
{
	if (!a->has_time || !b->has_time || strcmp(a->family, b->family) == 0)
		return false;
	return a->first_s + TOUCH_S < (b->ends ? b->last_s : INT64_MAX) &&
	    b->first_s + TOUCH_S < (a->ends ? a->last_s : INT64_MAX);
}
