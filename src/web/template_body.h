#pragma once
/* web/template_body.h -- a compiled template: shared by template*.c alone. */

#include "base/arena.h"
#include "web/embed.h"
#include "web/template.h"
#include "web/text_rows.h"

enum op_kind {
	OP_OCTETS,		/* p[0..n) as it is */
	OP_VALUE,		/* the rest but OP_PARTIAL, _TEXT, _ELEMENT: of keys */
	OP_ISOLATED,		/* a value within a text */
	OP_MINUTE, OP_SECOND,	/* a time */
	OP_DAY,
	OP_SPAN,		/* a duration */
	OP_EACH, OP_NOT,	/* the section ends before ops[n] */
	OP_END,			/* of it */
	OP_PARTIAL,		/* template n of embed_pages */
	OP_TEXT,		/* text n of text_rows, for an attribute */
	OP_ELEMENT,		/* text n, for an element */
	OP_ELEMENT_BY,		/* the text whose tag is the value */
};

struct op {
	enum op_kind	 kind;
	size_t		 n;
	const char	*p;
	const char	**keys;		/* of the arena; a.b.c is 3 */
	size_t		 n_keys;	/* 0: {{.}} */
};

struct template {
	struct op	*ops;
	size_t		 n, cap;
	struct arena	*arena;		/* for keys */
};

/* Filled by template_setup(), in the order of text_rows and embed_pages. */
extern struct template **template_texts[LANG_N];
extern struct template **template_pages;

/* Compiles a text: nothing but values in it. */
int template_compile_text(struct template **out, struct str text);
