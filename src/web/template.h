#pragma once
/* web/template.h -- pages: a subset of Mustache over JSON, compiled once.
 *
 * Pure but for memory.  Templates and texts are ours (embedded at build); all
 * values are hostile and are escaped for HTML text and double-quoted
 * attributes; control octets, direction marks and what is no UTF-8 become
 * U+FFFD.  Names are letters, digits, - and _.
 *
 *	{{name}} {{a.b}}	value, escaped; numbers as decimal, missing: nothing
 *	{{#name}}...{{/name}}	for each of a list, or once if true, not empty, not 0
 *	{{^name}}...{{/name}}	otherwise
 *	{{.}}			the value of the list's turn
 *	{{>name}}		another template (no recursion: depth 8)
 *	{{t:name}} {{s:name}}	a time (seconds, UTC) as <time datetime=...>, to the minute or
 *				the second, local for people: JST in ja, UTC in en
 *	{{y:name}}		a day (its first second, UTC) as <time datetime=...>, in UTC
 *	{{d:name}}		seconds as a duration: "3 minutes"
 *	{{_tag}}		text of the language (web/text.h), without markup: for attributes
 *	data-t="tag">		the attribute stays, and the text of the tag comes after the >;
 *	data-t="{{name}}">	the same by the tag that the value is.  It is the element's last
 *				attribute.  Values in it are <bdi>; an unknown tag gives nothing.
 *	{{!...}}		nothing
 *
 * A name is looked for in the turn of the innermost section, then outwards.
 * There is no unescaped form. */

#include <jansson.h>

#include "base/buf.h"
#include "web/text.h"

struct template;

enum {
	TEMPLATE_DEPTH = 16,	/* sections in each other; templates in each other are 8 */
	TEMPLATE_STEPS = 1000000,	/* that one rendering may take */
};

/* Compiles name's source (borrowed for ever).  at: set to line on failure.
 * Returns 0, SEK_ENOMEM, SEK_EPARSE (an open section, an unknown tag, text or
 * template), SEK_ELIMIT. */
int template_compile(struct template **out, struct str source, unsigned *at) MUST_CHECK;
void template_free(struct template *t);		/* t may be NULL */

/* Compiles all that is embedded, once at start: texts and templates.
 * Returns 0, SEK_ENOMEM; an embedded one that is wrong is asserted. */
int template_setup(void) MUST_CHECK;
void template_end(void);

/* The embedded template of that name ("page-check"); it must be there. */
const struct template *template_of(const char *name);

/* Renders view in that language into out (whose max is the caller's).
 * Returns 0, SEK_ENOMEM, SEK_ELIMIT. */
int template_render(struct gbuf *out, const struct template *t,
    const json_t *view, enum lang lang) MUST_CHECK;
