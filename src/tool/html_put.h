#pragma once
/* tool/html_put.h -- text into a page: as content or as the value of an
 * attribute between quotes. */

#include <stdio.h>

/* Writes text, UTF-8 without control characters, with & < > " ' escaped. */
void html_put(FILE *out, const char *text);

/* "<name>text</name>\n"; what may stand behind a name, as class="x", is ours. */
void html_put_element(FILE *out, const char *name, const char *attributes, const char *text);
