#include "account/same.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "account/slice.h"
#include "account/years.h"

enum {
	HALF = ACCOUNT_SAMPLES / 2,	/* of the beginning; the others of the end */
	PART_LEAST = 8,		/* samples by which a part is believed to be the same */
	SKEW_S = 60,		/* two loggers stamp one line a little apart */
	TEXT_LEAST = 24,		/* shorter ones say too little to be the same one */
};

/* One pass over a file: every line with its moment. */
struct pass {
	struct account_years	 years;
	char			*unwrapped;
	struct account_samples	*take;		/* or */
	struct account_samples *const *find;
	size_t			 n_find;
	size_t			 next;		/* take: which of the end is the oldest */
	int64_t			 first_s, last_s;
	bool			 any;
};

static uint64_t
hash_of(const struct syslog_line *line)
{
	return XXH3_64bits_withSeed(line->text.p, line->text.n, line->pid);
}

/* The first half stays; the second is a ring of the newest. */
static void
take(struct pass *p, struct account_sample sample)
{
	struct account_samples *t = p->take;

	if (t->n < ACCOUNT_SAMPLES) {
		t->at[t->n++] = sample;
		return;
	}
	t->at[HALF + p->next] = sample;
	p->next = (p->next + 1) % HALF;
}

static void
find(struct pass *p, uint64_t hash)
{
	for (size_t k = 0; k < p->n_find; k++)
		for (size_t i = 0; i < p->find[k]->n; i++)
			if (p->find[k]->at[i].hash == hash)
				p->find[k]->found |= (uint64_t)1 << i;
}

static void
one_line(void *ctx, struct str text)
{
	struct pass *p = ctx;
	struct syslog_line line;
	int64_t s;

	if (syslog_read(&line, text, p->unwrapped, SYSLOG_LINE_MAX) != 0)
		return;
	s = account_years_utc(&p->years, line.at_s, line.stamp);
	if (!p->any || s < p->first_s)
		p->first_s = s;
	if (!p->any || s > p->last_s)
		p->last_s = s;
	p->any = true;
	if (line.text.n < TEXT_LEAST)
		return;
	if (p->find != NULL)
		find(p, hash_of(&line));
	else if (account_peek_is_mail(&line))
		take(p, (struct account_sample){ hash_of(&line), s });
}

static int
pass_octets(struct account_slice *slice, struct account_source *src)
{
	const char *o;
	size_t n;
	int rc;

	while ((rc = account_source_next(src, &o, &n)) == 0 && n > 0)
		account_slice_take(slice, o, n);
	account_slice_end(slice);
	return rc;
}

/* [from, to) of a plain file, or all. */
static int
pass_over(struct pass *p, const struct account_seen *s, uint64_t from, uint64_t to,
    struct account_far *far)
{
	struct account_source *src = NULL;
	struct account_slice slice;
	int rc = account_slice_init(&slice, one_line, p);

	p->unwrapped = malloc(SYSLOG_LINE_MAX);
	if (rc == 0 && p->unwrapped == NULL)
		rc = SEK_ENOMEM;
	if (rc == 0)
		rc = to != ACCOUNT_SOURCE_END ? account_source_part(&src, s->fd, from, to, far) :
		    account_source_open(&src, s->fd, far);
	if (rc == 0)
		rc = pass_octets(&slice, src);
	account_source_free(src);
	account_slice_free(&slice);
	free(p->unwrapped);
	return rc == SEK_ESYS ? 0 : rc;
}

static void
begin(struct pass *p, const struct account_place *place, const struct account_zone *zone,
    bool at_its_end)
{
	const struct account_clock clock = { .newest_s = place->newest_s,
	    .year = at_its_end ? 0 : place->year, .offsets = zone };

	account_years_begin(&p->years, &clock);
}

int
account_same_take(struct account_samples *out, const struct account_seen *s,
    const struct account_place *p, const struct account_zone *zone, struct account_far *far)
{
	struct pass pass = { .take = out };
	const bool edges = s->packing == ACCOUNT_PLAIN && s->size > 2 * ACCOUNT_TAIL;
	int rc;

	out->n = 0;
	begin(&pass, p, zone, false);
	if (!edges)
		return pass_over(&pass, s, 0, ACCOUNT_SOURCE_END, far);
	rc = pass_over(&pass, s, 0, ACCOUNT_TAIL, far);
	if (rc != 0)
		return rc;
	if (out->n > HALF)
		out->n = HALF;
	begin(&pass, p, zone, true);
	return pass_over(&pass, s, s->size - ACCOUNT_TAIL, s->size, far);
}

int
account_same_find(struct account_samples *const *samples, size_t n, const struct account_seen *s,
    const struct account_place *p, const struct account_zone *zone, int64_t *first_s,
    int64_t *last_s, struct account_far *far)
{
	struct pass pass = { .find = samples, .n_find = n };
	int rc;

	for (size_t k = 0; k < n; k++)
		samples[k]->found = 0;
	begin(&pass, p, zone, false);
	rc = pass_over(&pass, s, 0, ACCOUNT_SOURCE_END, far);
	*first_s = pass.first_s;
	*last_s = pass.last_s;
	return rc;
}

/* Of the samples from a to b: were enough found?  A few may differ, where one
 * of two loggers cut a line. */
static bool
most_found(const struct account_samples *s, int64_t a, int64_t b, size_t *asked)
{
	size_t found = 0;

	*asked = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].s >= a && s->at[i].s <= b) {
			++*asked;
			found += (s->found >> i) & 1;
		}
	return *asked > 0 && found * 10 >= *asked * 9;
}

enum account_share
account_same_judge(const struct account_samples *s, int64_t first_s, int64_t last_s)
{
	size_t asked, before, after;

	if (!most_found(s, first_s, last_s, &asked))
		return ACCOUNT_SHARES_NONE;
	(void)most_found(s, INT64_MIN, first_s - SKEW_S, &before);
	(void)most_found(s, last_s + SKEW_S, INT64_MAX, &after);
	if (before == 0 && after == 0)
		return ACCOUNT_SHARES_ALL;
	if (asked < PART_LEAST)
		return ACCOUNT_SHARES_NONE;
	/* on both sides: there is no one place to cut it */
	return before > 0 && after > 0 ? ACCOUNT_SHARES_NONE :
	    before > 0 ? ACCOUNT_SHARES_END : ACCOUNT_SHARES_BEGIN;
}
