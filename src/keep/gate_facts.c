#include "keep/gate_facts.h"

#include <stdio.h>
#include <string.h>

static const char *const names[GATE_FACT_N] = {
	"verdict", "port", "banner", "offer", "offer-tls", "tls", "reply",
};

const char *
gate_fact_name(enum gate_fact_kind kind)
{
	return (unsigned)kind < GATE_FACT_N ? names[kind] : "unknown";
}

const char *
gate_facts_text(const struct gate_facts *f, const struct gate_fact *row)
{
	return f->pool + row->at;
}

static const struct gate_fact *
row_of(const struct gate_facts *f, const struct gate_fact *key)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct gate_fact *r = &f->row[i];

		if (r->kind == key->kind && r->port == key->port &&
		    r->form == key->form && r->variant == key->variant)
			return r;
	}
	return NULL;
}

const char *
gate_facts_find(const struct gate_facts *f, const struct gate_fact *key)
{
	const struct gate_fact *r = row_of(f, key);

	return r == NULL ? NULL : gate_facts_text(f, r);
}

/* Stars the words of text, in place, that differ; only where both have as many
 * words, since else it says something else. */
static void
star(char *text, struct str other)
{
	struct str all = str_of(text), a = all, b = other;
	char out[GATE_TEXT];
	size_t len = 0;

	while (a.n > 0 && b.n > 0) {
		struct str wa = str_cut(&a, ' '), wb = str_cut(&b, ' ');
		struct str w = str_eq(wa, wb) ? wa : STR("*");

		if (len + w.n + 2 > sizeof(out))
			return;
		if (len > 0)
			out[len++] = ' ';
		memcpy(out + len, w.p, w.n);
		len += w.n;
	}
	if (a.n > 0 || b.n > 0 || len > all.n)
		return;
	memcpy(text, out, len);
	text[len] = '\0';
}

int
gate_facts_put(struct gate_facts *f, const struct gate_fact *key, const char *text)
{
	const struct gate_fact *was = row_of(f, key);
	size_t n = strnlen(text, GATE_TEXT - 1);

	if (was != NULL) {
		if (key->kind == GATE_BANNER)
			star(f->pool + was->at, (struct str){ text, n });
		return 0;
	}
	if (f->n == GATE_FACTS || f->used + n + 1 > GATE_POOL)
		return SEK_ELIMIT;
	f->row[f->n] = *key;
	f->row[f->n].at = (uint16_t)f->used;
	f->row[f->n++].n = (uint16_t)n;
	memcpy(f->pool + f->used, text, n);
	f->pool[f->used + n] = '\0';
	f->used += n + 1;
	return 0;
}

bool
gate_facts_like(const char *pattern, const char *text)
{
	struct str p = str_of(pattern), t = str_of(text);

	while (p.n > 0) {
		struct str w = str_cut(&p, ' ');

		if (str_eq(w, STR("*"))) {
			struct str rest = p, next = str_cut(&rest, ' ');

			if (t.n == 0)
				return false;
			(void)str_cut(&t, ' ');
			while (next.n > 0 && t.n > 0) {
				struct str at = t;

				if (str_eq(str_cut(&at, ' '), next))
					break;
				t = at;
			}
			if (next.n == 0)	/* the last word: up to the end */
				return true;
		} else if (!str_eq(str_cut(&t, ' '), w))
			return false;
	}
	return t.n == 0;
}
