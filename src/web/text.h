#pragma once
/* web/text.h -- every sentence of pages and API by its tag, ja and en.
 *
 * One table, made at build from web/texts (tag, en, ja: both or the build
 * fails).  Tags are stable: they stand in pages as data-t="tag" and in
 * problem+json.  Sources: glossary of the design documents. */

#include "base/str.h"

enum lang { LANG_EN, LANG_JA, LANG_N };

/* "en", "ja". */
extern const char *const lang_names[LANG_N];

/* The language that fits an Accept-Language value best (RFC 9110 12.5.4);
 * hostile; LANG_EN where nothing fits. */
enum lang lang_of_accept(struct str value);

/* The text of a tag, UTF-8, static; NULL: no such tag. */
const char *text_of(const char *tag, enum lang lang);
