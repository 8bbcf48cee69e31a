#pragma once
/* web/template.h -- pages: a subset of Mustache over JSON, compiled once.
 *
 * Pure but for memory.  Templates are ours (embedded at build); all values are
 * hostile and are escaped for HTML text and double-quoted attributes.
 *
 *	{{name}} {{a.b}}	value, escaped; numbers as decimal, missing: nothing
 *	{{#name}}...{{/name}}	for each of a list, or once if true, not empty, not 0
 *	{{^name}}...{{/name}}	otherwise
 *	{{.}}			the value of the list's turn
 *	{{>name}}		another template (no recursion: depth 8)
 *	{{_tag}}		text of the language (web/text.h), which may hold {{name}}
 *	{{t:name}}		a time (seconds, UTC) as <time datetime=...>, local for people
 *	{{!...}}		nothing
 *
 * There is no unescaped form. */

#include <jansson.h>

#include "base/buf.h"
#include "web/text.h"

struct template;

/* Compiles name's source (borrowed for ever).  at: set to line on failure.
 * Returns 0, SEK_ENOMEM, SEK_EPARSE (an open section, an unknown tag), SEK_ELIMIT. */
int template_compile(struct template **out, struct str source, unsigned *at) MUST_CHECK;
void template_free(struct template *t);

/* The embedded template of that name ("page-check"), compiled at template_setup(). */
int template_setup(void) MUST_CHECK;
const struct template *template_of(const char *name);

/* Renders view in that language into out (whose max is the caller's).
 * Returns 0, SEK_ENOMEM, SEK_ELIMIT. */
int template_render(struct gbuf *out, const struct template *t,
    const json_t *view, enum lang lang) MUST_CHECK;
