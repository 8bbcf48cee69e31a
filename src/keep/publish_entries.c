#include "keep/publish_entries.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 20, HEAD = 2, V4 = 4, V6 = 16, LONGEST = HEAD + V6 };
/* First octet: the family and, above it, the form; the second is the code, then
 * the address. */
enum { IS_V6 = 1, FORM_SHIFT = 1 };

static int
piece_add(struct publish_entries *e)
{
	if (e->n_pieces == e->cap_pieces) {
		size_t cap = e->cap_pieces == 0 ? 16 : e->cap_pieces * 2;
		uint8_t **p = realloc(e->pieces, cap * sizeof(*p));

		if (p == NULL)
			return SEK_ENOMEM;
		e->pieces = p;
		e->cap_pieces = cap;
	}
	e->pieces[e->n_pieces] = malloc(PIECE);
	if (e->pieces[e->n_pieces] == NULL)
		return SEK_ENOMEM;
	e->n_pieces++;
	e->used = 0;
	return 0;
}

/* A piece that is full ends with an octet that is no entry's first. */
enum { PIECE_END = 0xff };

int
entries_add(struct publish_entries *e, const struct snapshot_entry *in)
{
	bool v6 = !addr_is_v4(&in->addr);
	size_t n = v6 ? V6 : V4;
	uint8_t *p;

	if (e->n_pieces == 0 || PIECE - e->used < LONGEST + 1) {
		int err;

		if (e->n_pieces > 0)
			e->pieces[e->n_pieces - 1][e->used] = PIECE_END;
		err = piece_add(e);
		if (err != 0)
			return err;
	}
	p = e->pieces[e->n_pieces - 1] + e->used;
	p[0] = (uint8_t)(in->form << FORM_SHIFT | (v6 ? IS_V6 : 0));
	p[1] = in->code;
	memcpy(p + HEAD, in->addr.o + V6 - n, n);
	e->used += HEAD + n;
	return 0;
}

int
entries_rewind(void *ctx)
{
	struct publish_entries *e = ctx;

	e->at_piece = e->at = 0;
	return 0;
}

int
entries_next(void *ctx, struct snapshot_entry *out)
{
	struct publish_entries *e = ctx;
	const uint8_t *p;

	if (e->at_piece + 1 < e->n_pieces && e->pieces[e->at_piece][e->at] == PIECE_END) {
		e->at_piece++;
		e->at = 0;
	}
	if (e->n_pieces == 0 || (e->at_piece + 1 == e->n_pieces && e->at == e->used))
		return SNAPSHOT_END;
	p = e->pieces[e->at_piece] + e->at;
	out->form = p[0] >> FORM_SHIFT;
	out->code = p[1];
	if ((p[0] & IS_V6) != 0)
		memcpy(out->addr.o, p + HEAD, V6);
	else
		out->addr = addr_v4(p[2], p[3], p[4], p[5]);
	e->at += (p[0] & IS_V6) != 0 ? HEAD + V6 : HEAD + V4;
	return 0;
}

void
entries_free(struct publish_entries *e)
{
	for (size_t i = 0; i < e->n_pieces; i++)
		free(e->pieces[i]);
	free(e->pieces);
	*e = (struct publish_entries){ 0 };
}

int
merged_rewind(void *ctx)
{
	struct publish_merged *m = ctx;

	m->change = 0;
	m->have = false;
	return entries_rewind(m->entries);
}

/* Reads the next entry unless one is at hand.  Returns 0 or SNAPSHOT_END. */
static int
entry_ahead(struct publish_merged *m)
{
	int err = m->have ? 0 : entries_next(m->entries, &m->entry);

	m->have = err == 0;
	return err;
}

int
merged_next(void *ctx, struct snapshot_entry *out)
{
	struct publish_merged *m = ctx;

	for (;;) {
		const struct publish_change *c = m->change < m->changes->n ?
		    &m->changes->at[m->change] : NULL;
		int end = entry_ahead(m), order;

		if (c == NULL && end != 0)
			return SNAPSHOT_END;
		order = c == NULL ? 1 : end != 0 ? -1 : snapshot_entry_cmp(&c->e, &m->entry);
		if (order > 0) {	/* nothing is said of it */
			*out = m->entry;
			m->have = false;
			return 0;
		}
		m->change++;
		if (order == 0)
			m->have = false;
		if (c->listed) {
			*out = c->e;
			return 0;
		}
	}
}
