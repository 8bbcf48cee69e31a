#include "web/template.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "web/template_body.h"

enum { TEMPLATE_ARENA = 256 * 1024, NAME_PARTS = 4, NAME_OCTETS = 64 };

struct compiler {
	struct template	*t;
	struct str	 whole, rest;	/* source: all, and what is not read yet */
	bool		 text;
	size_t		 open[TEMPLATE_DEPTH];	/* sections: index of their op */
	size_t		 n_open;
};

struct template **template_texts[LANG_N];
struct template **template_pages;

void
template_free(struct template *t)
{
	if (t == NULL)
		return;
	arena_free(t->arena);
	free(t->ops);
	free(t);
}

static int
add(struct compiler *c, struct op op)
{
	struct template *t = c->t;
	size_t cap = t->cap == 0 ? 16 : t->cap * 2;
	struct op *grown;

	if (t->n == t->cap) {
		grown = realloc(t->ops, cap * sizeof(*grown));
		if (grown == NULL)
			return SEK_ENOMEM;
		t->ops = grown;
		t->cap = cap;
	}
	t->ops[t->n++] = op;
	return 0;
}

static int
add_octets(struct compiler *c, struct str s)
{
	struct op op = { .kind = OP_OCTETS, .p = s.p, .n = s.n };

	return s.n == 0 ? 0 : add(c, op);
}

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= NAME_OCTETS;
}

/* "a.b" to keys; "." has none. */
static int
take_name(struct compiler *c, struct op *op, struct str name)
{
	struct str part;

	if (str_eq(name, STR(".")))
		return 0;
	op->keys = arena_alloc(c->t->arena, NAME_PARTS * sizeof(*op->keys));
	if (op->keys == NULL)
		return SEK_ENOMEM;
	do {
		bool last = str_find(name, '.') < 0;

		part = str_cut(&name, '.');
		if (!is_name(part) || (!last && name.n == 0))
			return SEK_EPARSE;
		if (op->n_keys == NAME_PARTS)
			return SEK_ELIMIT;
		op->keys[op->n_keys] = arena_str(c->t->arena, part).p;
		if (op->keys[op->n_keys++] == NULL)
			return SEK_ENOMEM;
	} while (name.n > 0);
	return 0;
}

static int
add_value(struct compiler *c, enum op_kind kind, struct str name)
{
	struct op op = { .kind = kind };
	int err = take_name(c, &op, name);

	return err != 0 ? err : add(c, op);
}

static int
section_open(struct compiler *c, enum op_kind kind, struct str name)
{
	int err;

	if (c->n_open == TEMPLATE_DEPTH)
		return SEK_ELIMIT;
	err = add_value(c, kind, name);
	if (err == 0)
		c->open[c->n_open++] = c->t->n - 1;
	return err;
}

static bool
same_name(const struct op *a, const struct op *b)
{
	if (a->n_keys != b->n_keys)
		return false;
	for (size_t i = 0; i < a->n_keys; i++)
		if (strcmp(a->keys[i], b->keys[i]) != 0)
			return false;
	return true;
}

static int
section_close(struct compiler *c, struct str name)
{
	struct op end = { .kind = OP_END };
	int err = take_name(c, &end, name);

	if (err != 0)
		return err;
	if (c->n_open == 0 || !same_name(&end, &c->t->ops[c->open[c->n_open - 1]]))
		return SEK_EPARSE;
	err = add(c, end);
	if (err == 0)
		c->t->ops[c->open[--c->n_open]].n = c->t->n;
	return err;
}

static int
add_text(struct compiler *c, enum op_kind kind, struct str tag)
{
	ptrdiff_t i = text_index(tag);
	struct op op = { .kind = kind, .n = (size_t)i };

	return i < 0 ? SEK_EPARSE : add(c, op);
}

static int
add_partial(struct compiler *c, struct str name)
{
	struct op op = { .kind = OP_PARTIAL };
	const struct embedded *e;
	char text[NAME_OCTETS + 1];

	if (str_copy(text, sizeof(text), name) != 0)
		return SEK_EPARSE;
	e = embed_find(embed_pages, embed_pages_n, text);
	if (e == NULL)
		return SEK_EPARSE;
	op.n = (size_t)(e - embed_pages);
	return add(c, op);
}

/* What stands between {{ and }}. */
static int
take_tag(struct compiler *c, struct str tag)
{
	static const struct { struct str mark; enum op_kind kind; } typed[] = {
		{ { "t:", 2 }, OP_MINUTE }, { { "s:", 2 }, OP_SECOND }, { { "d:", 2 }, OP_SPAN },
		{ { "y:", 2 }, OP_DAY },
	};
	char first = tag.n > 0 ? tag.p[0] : '\0';
	struct str name = { tag.p + 1, tag.n - 1 };

	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
		if (str_istarts(tag, typed[i].mark))
			return add_value(c, typed[i].kind, (struct str){ tag.p + 2, tag.n - 2 });
	if (c->text)
		return add_value(c, OP_ISOLATED, tag);
	switch (first) {
	case '#': return section_open(c, OP_EACH, name);
	case '^': return section_open(c, OP_NOT, name);
	case '/': return section_close(c, name);
	case '>': return add_partial(c, name);
	case '_': return add_text(c, OP_TEXT, name);
	case '!': return 0;
	default: return add_value(c, OP_VALUE, tag);
	}
}

/* Cuts s off at needle, which is left out too.  False: it is not there. */
static bool
cut_at(struct str *before, struct str *rest, struct str needle)
{
	ptrdiff_t at = str_search(*rest, needle);

	if (at < 0)
		return false;
	*before = (struct str){ rest->p, (size_t)at };
	rest->p += (size_t)at + needle.n;
	rest->n -= (size_t)at + needle.n;
	return true;
}

/* After data-t=" : the tag or {{name}}, then "> and the text. */
static int
take_element(struct compiler *c)
{
	struct str tag;
	int err;

	if (!cut_at(&tag, &c->rest, STR("\">")))
		return SEK_EPARSE;
	if (tag.n > 4 && memcmp(tag.p, "{{", 2) == 0 && memcmp(tag.p + tag.n - 2, "}}", 2) == 0) {
		tag = (struct str){ tag.p + 2, tag.n - 4 };
		err = add_value(c, OP_VALUE, tag);
		if (err == 0)
			err = add_octets(c, STR("\">"));
		return err != 0 ? err : add_value(c, OP_ELEMENT_BY, tag);
	}
	err = add_octets(c, (struct str){ tag.p, tag.n + 2 });
	return err != 0 ? err : add_text(c, OP_ELEMENT, tag);
}

/* The next n octets as they are. */
static int
pass(struct compiler *c, size_t n)
{
	struct str s = { c->rest.p, n };

	c->rest = (struct str){ c->rest.p + n, c->rest.n - n };
	return add_octets(c, s);
}

static int
take_braces(struct compiler *c)
{
	struct str tag;

	c->rest = (struct str){ c->rest.p + 2, c->rest.n - 2 };
	return cut_at(&tag, &c->rest, STR("}}")) ? take_tag(c, tag) : SEK_EPARSE;
}

static int
compile(struct compiler *c)
{
	static const struct str mark = { "data-t=\"", 8 };
	ptrdiff_t brace, element;
	int err = 0;

	while (c->rest.n > 0 && err == 0) {
		brace = str_search(c->rest, STR("{{"));
		element = c->text ? -1 : str_search(c->rest, mark);
		if (brace < 0 && element < 0)
			return pass(c, c->rest.n);
		if (element >= 0 && (brace < 0 || element < brace)) {
			err = pass(c, (size_t)element + mark.n);
			if (err == 0)
				err = take_element(c);
		} else {
			err = pass(c, (size_t)brace);
			if (err == 0)
				err = take_braces(c);
		}
	}
	return err;
}

static unsigned
line_of(const struct compiler *c)
{
	unsigned line = 1;

	for (const char *p = c->whole.p; p < c->rest.p; p++)
		line += *p == '\n';
	return line;
}

static int
compile_new(struct template **out, struct compiler *c)
{
	int err = SEK_ENOMEM;

	c->t = calloc(1, sizeof(*c->t));
	if (c->t == NULL)
		return SEK_ENOMEM;
	c->t->arena = arena_new(TEMPLATE_ARENA);
	if (c->t->arena != NULL)
		err = compile(c);
	if (err == 0 && c->n_open > 0)
		err = SEK_EPARSE;
	if (err != 0)
		template_free(c->t);
	else
		*out = c->t;
	return err;
}

int
template_compile(struct template **out, struct str source, unsigned *at)
{
	struct compiler c = { .whole = source, .rest = source };
	int err = compile_new(out, &c);

	if (err != 0)
		*at = line_of(&c);
	return err;
}

int
template_compile_text(struct template **out, struct str text)
{
	struct compiler c = { .whole = text, .rest = text, .text = true };

	return compile_new(out, &c);
}

/* --- what is embedded --- */

static int
setup_texts(enum lang lang)
{
	struct template **all = calloc(text_n_rows, sizeof(struct template *));
	int err = all == NULL ? SEK_ENOMEM : 0;

	template_texts[lang] = all;
	for (size_t i = 0; i < text_n_rows && err == 0; i++) {
		err = template_compile_text(&all[i], str_of(text_rows[i].text[lang]));
		assert(err == 0 || err == SEK_ENOMEM);	/* make_texts has seen to it */
	}
	return err;
}

static int
setup_pages(void)
{
	unsigned line;
	int err = 0;

	template_pages = calloc(embed_pages_n, sizeof(struct template *));
	if (template_pages == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < embed_pages_n && err == 0; i++) {
		err = template_compile(&template_pages[i], embed_pages[i].octets, &line);
		assert(err == 0 || err == SEK_ENOMEM);	/* test_template compiles each one */
	}
	return err;
}

int
template_setup(void)
{
	int err = setup_pages();

	for (int l = 0; l < LANG_N && err == 0; l++)
		err = setup_texts((enum lang)l);
	if (err != 0)
		template_end();
	return err;
}

void
template_end(void)
{
	for (size_t i = 0; template_pages != NULL && i < embed_pages_n; i++)
		template_free(template_pages[i]);
	free(template_pages);
	template_pages = NULL;
	for (int l = 0; l < LANG_N; l++) {
		for (size_t i = 0; template_texts[l] != NULL && i < text_n_rows; i++)
			template_free(template_texts[l][i]);
		free(template_texts[l]);
		template_texts[l] = NULL;
	}
}

const struct template *
template_of(const char *name)
{
	const struct embedded *e = embed_find(embed_pages, embed_pages_n, name);

	assert(e != NULL && template_pages != NULL);
	return template_pages[e - embed_pages];
}
