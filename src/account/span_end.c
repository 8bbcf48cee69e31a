#include "account/span_body.h"

#include <assert.h>
#include <stdlib.h>

#include "account/fill.h"
#include "account/grow.h"

void
account_span_counts(const struct account_span *s, struct account_file *f)
{
	const struct counted *c = &s->counted[s->at.open];

	f->octets = c->octets;
	f->lines = c->lines;
	f->lines_other = c->other;
	f->lines_cut = c->cut;
	f->first_s = c->first_s;
	f->last_s = c->last_s;
}

const struct account_years *
account_span_years(const struct account_span *s)
{
	return &s->at.years;
}

const struct account_own *
account_span_learned(const struct account_span *s)
{
	return s->view != NULL ? s->view->tally.learn.own : s->tally.learn.own;
}

/* Nothing comes behind what was read. */
static int
close_last(struct account_span *s)
{
	if (s->any_file && span_file_close(s) < 0)
		return SEK_ENOMEM;
	return s->carry.whole > 0 ? span_carry_take(s) : 0;
}

static void
files_fill(const struct account_span *s, struct account_result *out)
{
	out->lines = 0;
	for (size_t i = 0; i < s->n_counted; i++) {
		const struct counted *c = &s->counted[i];
		struct account_file *f =
		    c->file < out->n_files ? &out->file[c->file] : NULL;

		out->lines += c->lines;
		if (f == NULL)
			continue;
		f->octets = c->octets;
		f->lines = c->lines;
		f->lines_other = c->other;
		f->lines_cut = c->cut;
		f->first_s = c->first_s;
		f->last_s = c->last_s;
	}
}

int
account_span_end(struct account_span *s, struct account_result *out)
{
	assert(s->first);
	if (close_last(s) < 0 || span_open_end(s) < 0 ||
	    tally_settle(&s->tally, true) < 0)
		return SEK_ENOMEM;
	arena_free(s->shown);
	s->shown = arena_new(FILL_OCTETS);
	if (s->shown == NULL)
		return SEK_ENOMEM;
	files_fill(s, out);
	return fill_result(out, &s->tally, s->shown);
}

static int
half_copy(struct half *to, const struct half *from)
{
	*to = *from;
	to->text = grow_copy(from->text, from->n, from->cap, 1);
	return (to->text == NULL) == (from->text == NULL) ? 0 : SEK_ENOMEM;
}

/* Everything of s, so that the copy can be ended. */
static int
parts_copy(struct account_span *to, const struct account_span *s)
{
	struct account_tally tally;

	to->at = s->at;
	to->carry_at = s->carry_at;
	to->head_open = s->head_open;
	to->any_file = s->any_file;
	to->head_clock = s->head_clock;
	to->head_file = s->head_file;
	to->in_head = s->in_head;
	to->head_ends = s->head_ends;
	to->counted = grow_copy(s->counted, s->n_counted, s->cap_counted,
	    sizeof(*s->counted));
	to->n_counted = s->n_counted;
	to->cap_counted = s->cap_counted;
	if (half_copy(&to->head, &s->head) < 0 ||
	    half_copy(&to->tail, &s->tail) < 0 ||
	    half_copy(&to->carry, &s->carry) < 0 ||
	    (s->counted != NULL && to->counted == NULL) ||
	    tally_copy(&tally, &s->tally) < 0)
		return SEK_ENOMEM;
	tally_free(&to->tally);
	to->tally = tally;
	join_free(&to->join);
	return join_copy(&to->join, &s->join, &to->tally);
}

int
account_span_look(struct account_span *s, struct account_result *out)
{
	account_span_free(s->view);
	s->view = account_span_new(s->own, &s->limits, s->first);
	if (s->view == NULL || join_flush(&s->join) < 0 ||
	    parts_copy(s->view, s) < 0)
		return SEK_ENOMEM;
	return account_span_end(s->view, out);
}
