#include "tool/account_bars.h"

#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "tool/account_words.h"

enum { HOUR_S = 3600, DAY_S = 86400 };

static const char *const unit_words[ACCOUNT_BARS_UNITS] = {
	[ACCOUNT_BARS_HOUR] = N_("messages per hour"),
	[ACCOUNT_BARS_3_HOURS] = N_("messages per 3 hours"),
	[ACCOUNT_BARS_6_HOURS] = N_("messages per 6 hours"),
	[ACCOUNT_BARS_DAY] = N_("messages per day"),
	[ACCOUNT_BARS_WEEK] = N_("messages per week"),
	[ACCOUNT_BARS_MONTH] = N_("messages per month"),
	[ACCOUNT_BARS_YEAR] = N_("messages per year"),
};

const char *
account_bars_unit_words(enum account_bars_unit u)
{
	return _(unit_words[u]);
}

static void
local(struct tm *tm, int64_t s)
{
	time_t t = (time_t)s;

	if (localtime_r(&t, tm) == NULL)
		memset(tm, 0, sizeof(*tm));
}

/* Days since 1970 of the date that a clock on the wall shows. */
static int64_t
day_of(const struct tm *tm)
{
	struct tm date = { .tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday };

	return (int64_t)timegm(&date) / DAY_S;
}

/* A number that is the same within one unit and one more in the next. */
static int64_t
key_of(enum account_bars_unit u, int64_t s)
{
	struct tm tm;

	local(&tm, s);
	switch (u) {
	case ACCOUNT_BARS_HOUR:
		return s / HOUR_S;	/* also where a clock is set back */
	case ACCOUNT_BARS_3_HOURS:
		return day_of(&tm) * 8 + tm.tm_hour / 3;
	case ACCOUNT_BARS_6_HOURS:
		return day_of(&tm) * 4 + tm.tm_hour / 6;
	case ACCOUNT_BARS_DAY:
		return day_of(&tm);
	case ACCOUNT_BARS_WEEK:
		return (day_of(&tm) + 3) / 7;	/* from Monday: 1970 began on a Thursday */
	case ACCOUNT_BARS_MONTH:
		return (int64_t)tm.tm_year * 12 + tm.tm_mon;
	default:
		return tm.tm_year;
	}
}

static void
put_hour(struct account_bars *b, const struct account_hour *h)
{
	struct account_bar *bar;
	size_t i = b->n;

	while (i > 0 && b->bar[i - 1].from_s > h->s)
		i--;
	if (i == 0)
		return;
	bar = &b->bar[i - 1];
	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++) {
		bar->messages[c] += h->messages[c];
		bar->all += h->messages[c];
	}
	bar->refused += h->refused;
	if (bar->all > b->most)
		b->most = bar->all;
}

/* One bar for each key between; the hours of a clock step make no second one. */
static void
make_bars(struct account_bars *b, int64_t from_s, int64_t to_s)
{
	int64_t last = INT64_MIN;

	for (int64_t s = from_s; s <= to_s && b->n < ACCOUNT_BARS; s += HOUR_S) {
		int64_t key = key_of(b->unit, s);

		if (key <= last)
			continue;
		last = key;
		b->bar[b->n++].from_s = s;
	}
}

void
account_bars_make(struct account_bars *b, const struct account_result *r,
    int64_t from_s, int64_t to_s, size_t wanted)
{
	int64_t most = (int64_t)(wanted < ACCOUNT_BARS ? wanted : ACCOUNT_BARS);

	*b = (struct account_bars){ 0 };
	if (to_s < from_s || most == 0)
		return;
	from_s -= from_s % HOUR_S;
	while (b->unit + 1 < ACCOUNT_BARS_UNITS &&
	    key_of(b->unit, to_s) - key_of(b->unit, from_s) >= most)
		b->unit++;
	if (key_of(b->unit, to_s) - key_of(b->unit, from_s) >= most)
		from_s = to_s - (most - 1) * 365 * DAY_S;
	make_bars(b, from_s, to_s);
	for (size_t i = 0; i < r->n_hours; i++)
		if (r->hour[i].s >= from_s && r->hour[i].s <= to_s)
			put_hour(b, &r->hour[i]);
}

bool
account_bars_incident(const struct account_result *r, int64_t *from_s, int64_t *to_s)
{
	const struct account_verdict *v = &r->verdict[0];

	if (r->n_verdicts == 0 || account_words_class_of(v->cause) == ACCOUNT_CLASS_N ||
	    v->first.where.line == 0 || r->last.s - r->first.s <= DAY_S || v->last.s - v->first.s >= (r->last.s - r->first.s) / 4)
		return false;
	*from_s = v->first.s - HOUR_S > r->first.s ? v->first.s - HOUR_S : r->first.s;
	*to_s = v->last.s + HOUR_S < r->last.s ? v->last.s + HOUR_S : r->last.s;
	return true;
}

void
account_bars_label(char out[ACCOUNT_BARS_LABEL], const struct account_bars *b, size_t i)
{
	static const uint8_t lens[ACCOUNT_BARS_UNITS] = {	/* of "2026-11-23 15:00" */
		[ACCOUNT_BARS_HOUR] = 16, [ACCOUNT_BARS_3_HOURS] = 16, [ACCOUNT_BARS_6_HOURS] = 16,
		[ACCOUNT_BARS_DAY] = 10, [ACCOUNT_BARS_WEEK] = 10, [ACCOUNT_BARS_MONTH] = 7,
		[ACCOUNT_BARS_YEAR] = 4,
	};
	struct tm tm;

	local(&tm, b->bar[i].from_s);
	if (strftime(out, ACCOUNT_BARS_LABEL, "%Y-%m-%d %H:%M", &tm) == 0)
		out[0] = '\0';
	else
		out[lens[b->unit]] = '\0';
}
