#pragma once
/* tool/account_chart.h -- SVG within the page of an account.
 *
 * No script, no font, nothing from outside; fills differ in darkness and
 * pattern, so that a print in black and white tells them apart.  Text in it is
 * ours or cleaned, and escaped. */

#include <stdio.h>

#include "tool/account_bars.h"

/* The patterns; once in a page, before any chart. */
void account_chart_fills(FILE *out);

/* What the fills stand for: a list of the classes that have something in n. */
void account_chart_legend(FILE *out, const struct account_count n[ACCOUNT_CLASS_N]);

/* Bars stacked by class, with axis, title and a description in words.
 * id  makes the names of its parts; different for each chart of a page */
void account_chart_bars(FILE *out, const struct account_bars *b, const char *id,
    const char *title);

/* The bar of a row of a table, hidden from readers of the screen since the row
 * has the numbers: recipients by class, most is the longest. */
void account_chart_row(FILE *out, const struct account_count n[ACCOUNT_CLASS_N], uint64_t most);
