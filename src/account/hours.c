#include "account/hours.h"

#include <stdlib.h>
#include <string.h>

#include "account/grow.h"

enum {
	DAY_HOURS = 24,
	/* Silence says something only where there is talk: the same hour of the
	 * day before and after had so many lines, */
	HOLE_DAILY = 20,
	/* or the hours on both sides of a gap of a few hours had so many.  At 120
	 * lines an hour chance leaves an hour empty in 10^-52 of cases. */
	HOLE_BESIDE = 120, HOLE_SHORT = 6,
};

void
hours_init(struct account_hours *h, size_t most)
{
	*h = (struct account_hours){ .most = most };
}

void
hours_free(struct account_hours *h)
{
	free(h->row);
	hours_init(h, h->most);
}

int
hours_copy(struct account_hours *to, const struct account_hours *from)
{
	*to = *from;
	to->row = grow_copy(from->row, from->n, from->cap, sizeof(*from->row));
	return (to->row == NULL) == (from->row == NULL) ? 0 : SEK_ENOMEM;
}

static int64_t
hour_of(int64_t s)
{
	return s >= 0 ? s / HOURS_S : -((-s + HOURS_S - 1) / HOURS_S);
}

/* How many rows are before an hour. */
static size_t
place_of(const struct account_hours *h, int64_t hour)
{
	size_t lo = 0, hi = h->n;

	if (h->n == 0 || h->row[h->n - 1].hour < hour)
		return h->n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (h->row[mid].hour < hour)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
row_at(struct account_hours *h, int64_t hour, struct hours_row **out)
{
	size_t i;

	if (h->at < h->n && h->row[h->at].hour == hour) {
		*out = &h->row[h->at];
		return 0;
	}
	i = place_of(h, hour);
	*out = NULL;
	if (i == h->n || h->row[i].hour != hour) {
		if (h->n >= h->most) {
			h->full = true;
			return 0;
		}
		if (grow_room((void **)&h->row, &h->cap, h->n + 1,
		        sizeof(*h->row)) < 0)
			return SEK_ENOMEM;
		memmove(&h->row[i + 1], &h->row[i],
		    (h->n - i) * sizeof(*h->row));
		h->row[i] = (struct hours_row){ .hour = hour };
		h->n++;
	}
	h->at = i;
	*out = &h->row[i];
	return 0;
}

int
hours_find(struct account_hours *h, int64_t s, struct hours_row **out)
{
	return row_at(h, hour_of(s), out);
}

int
hours_join(struct account_hours *a, const struct account_hours *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct hours_row *from = &b->row[i];
		struct hours_row *r;

		if (row_at(a, from->hour, &r) < 0)
			return SEK_ENOMEM;
		if (r == NULL)
			continue;
		r->lines += from->lines;
		r->refused += from->refused;
		r->logins_failed += from->logins_failed;
		for (int c = 0; c < ACCOUNT_CLASS_N; c++) {
			r->messages[c] += from->messages[c];
			r->recipients[c] += from->recipients[c];
		}
	}
	a->full |= b->full;
	return 0;
}

static uint64_t
lines_of(const struct account_hours *h, int64_t hour)
{
	size_t i = place_of(h, hour);

	return i < h->n && h->row[i].hour == hour ? h->row[i].lines : 0;
}

static bool
is_hole(const struct account_hours *h, int64_t hour, size_t after)
{
	const struct hours_row *left = &h->row[after - 1], *right = left + 1;

	if (lines_of(h, hour - DAY_HOURS) >= HOLE_DAILY &&
	    lines_of(h, hour + DAY_HOURS) >= HOLE_DAILY)
		return true;
	return right->hour - left->hour <= HOLE_SHORT + 1 &&
	    left->lines >= HOLE_BESIDE && right->lines >= HOLE_BESIDE;
}

uint64_t
hours_holes(const struct account_hours *h, int64_t *first_s)
{
	uint64_t n = 0;

	for (size_t i = 1; i < h->n; i++) {
		/* a week without a line is no log of those days: other files */
		if (h->row[i].hour - h->row[i - 1].hour > 7 * DAY_HOURS)
			continue;
		for (int64_t hour = h->row[i - 1].hour + 1;
		     hour < h->row[i].hour; hour++) {
			if (!is_hole(h, hour, i))
				continue;
			if (n++ == 0)
				*first_s = hour * HOURS_S;
		}
	}
	return n;
}
