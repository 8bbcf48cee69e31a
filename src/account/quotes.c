#include "account/quotes.h"

#include <stdlib.h>

#include "account/grow.h"

void
quotes_free(struct account_quotes *q)
{
	free(q->first.slot);
	free(q->last.slot);
	*q = (struct account_quotes){ .first = { .n = 0 } };
}

static int
end_copy(struct quotes_end *to, const struct quotes_end *from)
{
	*to = *from;
	to->slot =
	    grow_copy(from->slot, from->n, QUOTES_ENDS, sizeof(*from->slot));
	return (from->slot == NULL) == (to->slot == NULL) ? 0 : SEK_ENOMEM;
}

int
quotes_copy(struct account_quotes *to, const struct account_quotes *from)
{
	int rc = end_copy(&to->first, &from->first);

	to->last.slot = NULL;
	if (rc == 0)
		rc = end_copy(&to->last, &from->last);
	if (rc < 0)
		quotes_free(to);
	return rc;
}

/* How many stand before a moment or at it; *is: the last of them is at it. */
static size_t
end_place(const struct quotes_end *e, struct account_at at, bool *is)
{
	size_t i = e->n;

	while (i > 0 && at_before(at, e->slot[e->order[i - 1]].at))
		i--;
	*is = i > 0 && !at_before(e->slot[e->order[i - 1]].at, at);
	return i;
}

/* Adds one; when there is no room, that of order[out] goes. */
static int
end_add(struct quotes_end *e, struct account_at at, struct str line, size_t out)
{
	uint8_t slot = (uint8_t)e->n;
	bool is;
	size_t i;

	if (e->slot == NULL) {
		e->slot = malloc(QUOTES_ENDS * sizeof(*e->slot));
		if (e->slot == NULL)
			return SEK_ENOMEM;
	}
	i = end_place(e, at, &is);
	if (is ||
	    (e->n == QUOTES_ENDS && (out == 0 ? i == 0 : i == QUOTES_ENDS)))
		return 0;
	if (e->n == QUOTES_ENDS) {
		slot = e->order[out];
		memmove(&e->order[out], &e->order[out + 1],
		    QUOTES_ENDS - 1 - out);
		i -= out == 0;
		e->n--;
	}
	memmove(&e->order[i + 1], &e->order[i], e->n - i);
	e->order[i] = slot;
	e->n++;
	quote_set(&e->slot[slot], at, line);
	return 0;
}

int
quotes_add(struct account_quotes *q, struct account_at at, struct str line)
{
	if (line.n == 0)
		return 0;
	if (end_add(&q->first, at, line, QUOTES_ENDS - 1) < 0)
		return SEK_ENOMEM;
	return end_add(&q->last, at, line, 0);
}

static int
end_join(struct account_quotes *a, const struct quotes_end *b,
    const struct account_shift *by)
{
	for (size_t i = 0; i < b->n; i++)
		if (quotes_add(a, at_shift(b->slot[i].at, by),
		        quote_text(&b->slot[i])) < 0)
			return SEK_ENOMEM;
	return 0;
}

int
quotes_join(struct account_quotes *a, const struct account_quotes *b,
    const struct account_shift *by)
{
	if (end_join(a, &b->first, by) < 0)
		return SEK_ENOMEM;
	return end_join(a, &b->last, by);
}

struct str
quotes_line(const struct account_quotes *q, struct account_at at)
{
	bool is;
	size_t i = end_place(&q->first, at, &is);

	if (is)
		return quote_text(&q->first.slot[q->first.order[i - 1]]);
	i = end_place(&q->last, at, &is);
	return is ? quote_text(&q->last.slot[q->last.order[i - 1]]) : STR("");
}
