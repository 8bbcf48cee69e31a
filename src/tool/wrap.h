#pragma once
/* tool/wrap.h -- text in lines of a terminal's width.
 *
 * Breaks at spaces, and between wide characters (CJK), but not before a closing
 * mark (JIS X 4051's kinsoku, the marks that we use).  A word longer than a
 * line is broken where the line is full. */

#include <stddef.h>
#include <stdio.h>

/* Writes text, harmless UTF-8 of one line, in lines of cols columns at most, the
 * first after what stands in it already (at columns), the others after indent
 * spaces; ends with a line feed.
 * mark  stands before each further line in place of the last of those spaces,
 *       "| "; NULL: nothing */
void wrap_text(FILE *out, const char *text, size_t at, size_t indent, size_t cols,
    const char *mark);
