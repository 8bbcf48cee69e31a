#include "account/span_body.h"

static int
half_join(struct half *a, const struct half *b)
{
	if (span_half_more(a, b->text, b->n) < 0)
		return SEK_ENOMEM;
	a->whole += b->whole - b->n;
	return 0;
}

/* a goes on where b begins: the line that stands across the border is a's. */
static int
border(struct account_span *a, struct account_span *b)
{
	bool same = a->any_file && a->at.file == b->head_file;

	if (!same && account_span_file(a, b->head_file, &b->head_clock) < 0)
		return SEK_ENOMEM;
	if (a->in_head) {	/* a has not seen a LF either, or nothing at all */
		if (half_join(&a->head, &b->head) < 0)
			return SEK_ENOMEM;
		a->in_head = b->in_head;
		a->head_ends =
		    b->head_ends || (!b->in_head && a->head.whole > 0);
		a->head_open = b->head_open ||
		    (!b->in_head && !b->head_ends && a->head.whole > 0);
		return 0;
	}
	if (half_join(&a->tail, &b->head) < 0)
		return SEK_ENOMEM;
	if (b->in_head)
		return 0;
	return b->head_open || !b->head_ends ? span_file_close(a) : span_tail_next(a);
}

static void
counted_add(struct counted *to, const struct counted *from)
{
	to->octets += from->octets;
	to->rest += from->rest;
	to->lines += from->lines;
	to->other += from->other;
	to->cut += from->cut;
	if (!from->any)
		return;
	span_stamp_count(to, from->first_s);
	span_stamp_count(to, from->last_s);
}

/* b's files; the first of them is open in a. */
static int
counted_join(struct account_span *a, const struct account_span *b)
{
	for (size_t i = 0; i < b->n_counted; i++) {
		if (span_counted_open(a, b->counted[i].file) < 0)
			return SEK_ENOMEM;
		counted_add(span_counts(a), &b->counted[i]);
	}
	return span_counted_open(a, b->at.file);
}

/* What b has of lines that are not whole yet. */
static int
halves_join(struct account_span *a, struct account_span *b,
    const struct account_shift *by)
{
	if (b->carry.whole > 0) {	/* a's own was decided by b's first line */
		if (half_join(&a->carry, &b->carry) < 0)
			return SEK_ENOMEM;
		a->carry_at = b->carry_at;
		if (a->carry_at.file == by->file)
			a->carry_at.line += by->lines;
		for (size_t i = 0; i < a->n_counted; i++)
			if (a->counted[i].file == a->carry_at.file)
				a->carry_at.open = i;
	}
	return half_join(&a->tail, &b->tail);
}

int
span_parts_join(struct account_span *a, struct account_span *b)
{
	struct account_shift by = { .file = b->head_file };

	if (border(a, b) < 0 || join_flush(&a->join) < 0 ||
	    join_flush(&b->join) < 0)
		return SEK_ENOMEM;
	by.lines = a->at.line;
	by.seq = a->join.seq;
	if (join_repeats(&a->join, &b->join, &by) < 0 ||
	    tally_join(&a->tally, &b->tally, &by) < 0 ||
	    join_spans(&a->join, &b->join, &by) < 0 || counted_join(a, b) < 0)
		return SEK_ENOMEM;
	a->at.line =
	    b->at.file == b->head_file ? a->at.line + b->at.line : b->at.line;
	a->at.file = b->at.file;
	a->at.since_s = b->at.since_s;
	a->at.until_s = b->at.until_s;
	if (b->at.years.any || b->n_counted > 1)
		a->at.years = b->at.years;
	return halves_join(a, b, &by);
}

int
account_span_join(struct account_span *a, struct account_span *b)
{
	int rc = b->any_file ? span_parts_join(a, b) : 0;

	account_span_free(b);
	return rc;
}
