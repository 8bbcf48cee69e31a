#pragma once
/* tool/coverage_text.h -- how far a test went, for a person:
 * "32 of 92 forms (32 planned at depth normal), ports 25, 587". */

#include <jansson.h>
#include <stdio.h>

/* Writes it for the members of keep/coverage.h in o, without a line's end.
 * Values may be hostile: they are cleaned. */
void coverage_text_show(FILE *out, const json_t *o);
