#pragma once
/* tool/account_csv.h -- an account as tables for a spreadsheet: one file each.
 *
 * RFC 4180, UTF-8, times RFC 3339 in UTC, tags those of tool/account_words.
 * Names are cleaned as for a terminal; one that a spreadsheet could take for a
 * formula begins with '. */

#include <stdio.h>

#include "account/result.h"

/* Names of the files, without a directory; NULL at the end. */
extern const char *const account_csv_names[];

/* out has one stream for each of these names.
 * Returns 0, or SEK_ESYS: one could not be written. */
int account_csv(FILE *const *out, const struct account_result *r) MUST_CHECK;
