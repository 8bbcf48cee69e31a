#include "keep/gate.h"

#include <stdio.h>
#include <string.h>

int
gate_exit(const struct gate *g)
{
	if (g->openings > 0 || g->open > 0)
		return verdict_exit(VERDICT_OPEN);
	return verdict_exit(g->undecided > 0 || g->closed == 0 ?
	    VERDICT_INCONCLUSIVE : VERDICT_CLOSED);
}

bool
gate_opened(struct gate *g, const struct gate_opening *o)
{
	bool news = g->openings == 0 || o->at.s > g->last.at.s || o->at.s < g->first.at.s;

	if (g->openings == 0 || o->at.s < g->first.at.s)
		g->first = *o;
	if (g->openings == 0 || o->at.s >= g->last.at.s)
		g->last = *o;
	g->openings++;
	return news;
}

/* --- spans --- */

static bool
goes_on(const struct gate_span *s, const struct gate_round *r)
{
	return s->verdict == r->verdict && strncmp(s->why, r->why, GATE_WHY - 1) == 0;
}

static void
span_add(struct gate *g, const struct gate_round *r)
{
	struct gate_span *s = g->spans > 0 ? &g->span[g->spans - 1] : NULL;

	if (s == NULL || (!goes_on(s, r) && g->spans < GATE_SPANS)) {
		s = &g->span[g->spans++];
		*s = (struct gate_span){ .began = r->began, .verdict = (uint8_t)r->verdict };
		snprintf(s->why, sizeof(s->why), "%s", r->why);
	}
	s->ended = r->ended;
	s->rounds++;
}

struct wall
gate_closed_before(const struct gate *g)
{
	struct wall at = { 0 };

	for (size_t i = 0; i < g->spans && g->openings > 0; i++)
		if (g->span[i].verdict == VERDICT_CLOSED &&
		    g->span[i].ended.s <= g->first.at.s)
			at = g->span[i].ended;
	return at;
}

struct wall
gate_closed_after(const struct gate *g)
{
	for (size_t i = 0; i < g->spans && g->openings > 0; i++)
		if (g->span[i].verdict == VERDICT_CLOSED &&
		    g->span[i].began.s >= g->last.at.s)
			return g->span[i].began;
	return (struct wall){ 0 };
}

/* --- differences --- */

static struct gate_change *
change_of(struct gate *g, const struct gate_fact *key)
{
	for (size_t i = 0; i < g->changes; i++) {
		const struct gate_fact *w = &g->change[i].what;

		if (w->kind == key->kind && w->port == key->port &&
		    w->form == key->form && w->variant == key->variant)
			return &g->change[i];
	}
	return NULL;
}

static struct gate_change *
change_new(struct gate *g, const struct gate_fact *key, const char *was,
    struct wall at)
{
	struct gate_change *c;

	if (g->changes == GATE_CHANGES) {
		g->more++;
		return NULL;
	}
	c = &g->change[g->changes++];
	*c = (struct gate_change){ .what = *key, .first = at };
	snprintf(c->was, sizeof(c->was), "%s", was);
	return c;
}

/* Returns the change when it is news, else NULL. */
static struct gate_change *
compare(struct gate *g, const struct gate_fact *key, const char *text, struct wall at)
{
	const char *was = gate_facts_find(&g->facts, key);
	struct gate_change *c = change_of(g, key);
	bool news;

	if (was == NULL) {	/* the baseline had no chance to see it */
		(void)gate_facts_put(&g->facts, key, text);
		return NULL;
	}
	if (gate_facts_like(was, text)) {
		news = c != NULL && !c->back;
		if (news)
			c->back = true;
		return news ? c : NULL;
	}
	if (c == NULL)
		c = change_new(g, key, was, at);
	if (c == NULL)
		return NULL;
	news = c->rounds == 0 || c->back || strcmp(c->is, text) != 0;
	snprintf(c->is, sizeof(c->is), "%s", text);
	c->last = at;
	c->rounds++;
	c->back = false;
	return news ? c : NULL;
}

static size_t
compare_all(struct gate *g, const struct gate_facts *seen, struct wall at,
    size_t *places, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < seen->n; i++) {
		struct gate_change *c = compare(g, &seen->row[i],
		    gate_facts_text(seen, &seen->row[i]), at);

		if (c != NULL && n < max)
			places[n++] = (size_t)(c - g->change);
	}
	return n;
}

size_t
gate_round(struct gate *g, const struct gate_round *r,
    const struct gate_facts *seen, size_t *places, size_t max)
{
	bool first = g->rounds++ == 0;

	g->closed += r->verdict == VERDICT_CLOSED;
	g->open += r->verdict == VERDICT_OPEN;
	g->undecided += r->verdict != VERDICT_CLOSED && r->verdict != VERDICT_OPEN;
	span_add(g, r);
	if (first) {
		g->base = *r;
		snprintf(g->base_why, sizeof(g->base_why), "%s", r->why);
		g->base.why = g->base_why;
	}
	if (seen == NULL)
		return 0;
	if (first) {
		g->facts = *seen;
		return 0;
	}
	return compare_all(g, seen, r->ended, places, max);
}
