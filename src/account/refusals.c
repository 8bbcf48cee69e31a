#include "account/refusals.h"

#include <stdlib.h>
#include <string.h>

#include "account/grow.h"
#include "account/result.h"

void
refusals_free(struct account_refusals *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->one[i].line);
	free(r->one);
	*r = (struct account_refusals){ .one = NULL };
}

static int64_t
stretch_of(const struct account_refusals *r, struct account_at at)
{
	return at.s >> r->wide;
}

/* Where a stretch is, or would be. */
static size_t
find(const struct account_refusals *r, int64_t stretch)
{
	size_t lo = 0, hi = r->n;

	if (hi > 0 && stretch_of(r, r->one[hi - 1].first) < stretch)
		return hi;	/* as it is, nearly always */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (stretch_of(r, r->one[mid].first) < stretch)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* b's into a's, which is of the same stretch; b's line is a's now or gone. */
static void
put_together(struct refusal *a, struct refusal *b)
{
	if (at_before(b->first, a->first)) {
		char *line = a->line;

		a->first = b->first;
		a->line = b->line;
		a->len = b->len;
		b->line = line;
	}
	at_last(&a->last, b->last);
	free(b->line);
}

static void
widen(struct account_refusals *r)
{
	size_t n = 0;

	r->wide++;
	for (size_t i = 0; i < r->n; i++) {
		struct refusal one = r->one[i];

		if (n > 0 && stretch_of(r, r->one[n - 1].first) == stretch_of(r, one.first))
			put_together(&r->one[n - 1], &one);
		else
			r->one[n++] = one;
	}
	r->n = n;
}

/* Takes *one, its line with it. */
static int
take(struct account_refusals *r, struct refusal *one)
{
	size_t i = find(r, stretch_of(r, one->first));

	if (i < r->n && stretch_of(r, r->one[i].first) == stretch_of(r, one->first)) {
		put_together(&r->one[i], one);
		return 0;
	}
	if (grow_room((void **)&r->one, &r->cap, r->n + 1, sizeof(*r->one)) < 0) {
		free(one->line);
		return SEK_ENOMEM;
	}
	memmove(r->one + i + 1, r->one + i, (r->n - i) * sizeof(*r->one));
	r->one[i] = *one;
	r->n++;
	while (r->n > REFUSALS_MOST)
		widen(r);
	return 0;
}

static int
line_copy(struct refusal *one, struct str line)
{
	one->len = line.n < ACCOUNT_QUOTE ? line.n : ACCOUNT_QUOTE;
	one->line = malloc(one->len + 1);
	if (one->line == NULL)
		return SEK_ENOMEM;
	if (one->len > 0)
		memcpy(one->line, line.p, one->len);
	return 0;
}

int
refusals_add(struct account_refusals *r, struct account_at at, struct str line)
{
	size_t i = find(r, stretch_of(r, at));
	struct refusal one = { .first = at, .last = at };

	if (i < r->n && stretch_of(r, r->one[i].first) == stretch_of(r, at) &&
	    !at_before(at, r->one[i].first)) {	/* nothing new but the time */
		at_last(&r->one[i].last, at);
		return 0;
	}
	return line_copy(&one, line) < 0 ? SEK_ENOMEM : take(r, &one);
}

int
refusals_join(struct account_refusals *a, const struct account_refusals *b,
    const struct account_shift *by)
{
	while (a->wide < b->wide)
		widen(a);
	for (size_t i = 0; i < b->n; i++) {
		struct refusal one = { .first = at_shift(b->one[i].first, by),
			.last = at_shift(b->one[i].last, by) };

		if (line_copy(&one, (struct str){ b->one[i].line, b->one[i].len }) < 0 ||
		    take(a, &one) < 0)
			return SEK_ENOMEM;
	}
	return 0;
}

int
refusals_copy(struct account_refusals *to, const struct account_refusals *from)
{
	const struct account_shift as_it_is = { .file = 0 };

	*to = (struct account_refusals){ .one = NULL };
	if (refusals_join(to, from, &as_it_is) == 0)
		return 0;
	refusals_free(to);
	return SEK_ENOMEM;
}

bool
refusals_after(const struct account_refusals *r, struct account_at at, struct account_at *out,
    struct str *line)
{
	size_t i = at_is(at) ? find(r, stretch_of(r, at)) : 0;

	while (i < r->n && at_is(at) && !at_before(at, r->one[i].last))
		i++;
	if (i == r->n)
		return false;
	if (!at_is(at) || at_before(at, r->one[i].first)) {
		*out = r->one[i].first;
		*line = (struct str){ r->one[i].line, r->one[i].len };
	} else {
		*out = r->one[i].last;
		*line = (struct str){ "", 0 };
	}
	return true;
}
