#include "account/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

enum {
	DAY_S = 86400,
	STEP_S = 7 * DAY_S,	/* no zone changes twice in a week */
	YEAR_S = 31556952,	/* a mean one */
	OFFSET_MAX_S = 26 * 3600,	/* more than any zone ever had */
	PATH_OCTETS = 4096,
};
static const int64_t first_s = 631152000;	/* 1990-01-01 */

/* --- making the table --- */

static bool
two_digits(int32_t *out, const char *p)
{
	*out = (p[0] - '0') * 10 + p[1] - '0';
	return ascii_digit(p[0]) && ascii_digit(p[1]);
}

/* "+09:00", "-0330", "+09". */
static bool
fixed(int32_t *offset_s, const char *t)
{
	size_t n = strlen(t);
	int32_t h = 0, m = 0;

	if ((t[0] != '+' && t[0] != '-') || (n != 3 && n != 5 && n != 6) ||
	    !two_digits(&h, t + 1) || (n == 6 && t[3] != ':') ||
	    (n > 3 && !two_digits(&m, t + n - 2)) || h > 25 || m > 59)
		return false;
	*offset_s = (h * 60 + m) * 60 * (t[0] == '-' ? -1 : 1);
	return true;
}

/* The C library takes any text for a zone, and what it does not know for UTC. */
static bool
is_there(const char *name)
{
	const char *dir = getenv("TZDIR");
	char path[PATH_OCTETS];

	if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL)
		return false;
	snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir :
	    "/usr/share/zoneinfo", name);
	return access(path, R_OK) == 0;
}

/* What the system calls its zone, for people. */
static void
system_name(char out[ACCOUNT_ZONE_NAME])
{
	const char *env = getenv("TZ"), *at;
	char link[PATH_OCTETS];
	ssize_t n = readlink("/etc/localtime", link, sizeof(link) - 1);

	link[n > 0 ? n : 0] = '\0';
	at = strstr(link, "zoneinfo/");
	if (env != NULL && env[0] != '\0')
		str_clean(out, ACCOUNT_ZONE_NAME, str_of(env[0] == ':' ? env + 1 : env));
	else
		str_clean(out, ACCOUNT_ZONE_NAME, str_of(at != NULL ? at + 9 : "UTC"));
}

static int32_t
offset_at(int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm;

	return localtime_r(&t, &tm) == NULL ? 0 : (int32_t)tm.tm_gmtoff;
}

/* The first second in (a, b] with the offset of b. */
static int64_t
change_between(int64_t a, int64_t b, int32_t offset)
{
	while (b - a > 1) {
		int64_t mid = a + (b - a) / 2;

		if (offset_at(mid) == offset)
			b = mid;
		else
			a = mid;
	}
	return b;
}

static void
fill(struct account_zone *z, int64_t now_s)
{
	const int64_t end = now_s + 2 * (int64_t)YEAR_S;
	int32_t offset = offset_at(first_s);

	z->n = 1;
	z->at[0].from_s = INT64_MIN;
	z->at[0].offset_s = offset;
	for (int64_t s = first_s; s < end && z->n < ACCOUNT_ZONE_CHANGES; s += STEP_S) {
		int32_t next = offset_at(s + STEP_S);

		if (next == offset)
			continue;
		z->at[z->n].from_s = change_between(s, s + STEP_S, next);
		z->at[z->n++].offset_s = next;
		offset = next;
	}
}

static void
fill_of(struct account_zone *z, const char *name, int64_t now_s)
{
	const char *env = getenv("TZ");
	char *before = env != NULL ? strdup(env) : NULL;

	setenv("TZ", name, 1);
	tzset();
	fill(z, now_s);
	if (env == NULL)
		unsetenv("TZ");
	else if (before != NULL)
		setenv("TZ", before, 1);
	free(before);
	tzset();
}

int
account_zone_load(struct account_zone *z, const char *name, int64_t now_s)
{
	int32_t offset = 0;

	memset(z, 0, sizeof(*z));
	if (name == NULL) {
		tzset();
		fill(z, now_s);
		system_name(z->name);
		return 0;
	}
	if (str_copy(z->name, sizeof(z->name), str_of(name)) != 0)
		return SEK_EPARSE;
	if (strcmp(name, "Z") == 0 || strcmp(name, "UTC") == 0 || fixed(&offset, name)) {
		z->n = 1;
		z->at[0].from_s = INT64_MIN;
		z->at[0].offset_s = offset;
		return 0;
	}
	if (!is_there(name))
		return SEK_EPARSE;
	fill_of(z, name, now_s);
	return 0;
}

void
account_zone_tz(const struct account_zone *z, char out[ACCOUNT_ZONE_TZ])
{
	int32_t east_s, m;

	if (!fixed(&east_s, z->name)) {
		snprintf(out, ACCOUNT_ZONE_TZ, "%s", strcmp(z->name, "Z") == 0 ? "UTC" : z->name);
		return;
	}
	/* POSIX (tzset): a name in <> is of letters, digits and signs alone, and
	 * hours are counted to the west */
	m = abs(east_s) / 60;
	snprintf(out, ACCOUNT_ZONE_TZ, "<%c%02d%02d>%c%02d:%02d", z->name[0], m / 60, m % 60,
	    z->name[0] == '+' ? '-' : '+', m / 60, m % 60);
}

/* --- asking it --- */

/* Which row is in force at s. */
static size_t
row_at(const struct account_zone *z, int64_t s)
{
	size_t lo = 0, hi = z->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (z->at[mid].from_s <= s)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

int32_t
account_zone_offset(const struct account_zone *z, int64_t utc_s)
{
	return z->at[row_at(z, utc_s)].offset_s;
}

/* Does row i hold the moment that it makes of wall_s? */
static bool
row_has(const struct account_zone *z, size_t i, int64_t wall_s)
{
	int64_t s = wall_s - z->at[i].offset_s;

	return s >= z->at[i].from_s && (i + 1 == z->n || s < z->at[i + 1].from_s);
}

/* From where to where only row i answers: not within an offset's change. */
static void
same_around(const struct account_zone *z, size_t i, int64_t *since_s, int64_t *until_s)
{
	*since_s = i == 0 ? INT64_MIN : z->at[i].from_s + OFFSET_MAX_S;
	*until_s = i + 1 == z->n ? INT64_MAX : z->at[i + 1].from_s - OFFSET_MAX_S;
}

int
account_zone_utc(const struct account_zone *z, int64_t wall_s, int64_t out[2],
    int64_t *since_s, int64_t *until_s)
{
	size_t from = row_at(z, wall_s - OFFSET_MAX_S), to = row_at(z, wall_s + OFFSET_MAX_S);
	size_t found = from;
	int n = 0;

	for (size_t i = from; i <= to; i++)
		if (n < 2 && row_has(z, i, wall_s)) {
			out[n++] = wall_s - z->at[i].offset_s;
			found = i;
		}
	if (n == 0) {	/* skipped in spring: the first row that ends before it */
		while (found < to && wall_s - z->at[found].offset_s < z->at[found].from_s)
			found++;
		out[n++] = wall_s - z->at[found].offset_s;
	}
	if (since_s != NULL && until_s != NULL) {
		*since_s = *until_s = wall_s;
		if (from == to)
			same_around(z, from, since_s, until_s);
	}
	return n;
}
