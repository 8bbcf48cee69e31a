#pragma once
/* tool/account_report.h -- a draft of the first report on an incident, filled with
 * the figures of the logs.
 *
 * It says no more than the logs show, "at least" where lines are missing, and
 * marks every place where a person must decide: [to decide].  In the language
 * of now (i18n_switch). */

#include <stdbool.h>
#include <stdio.h>

#include "account/result.h"

/* As plain text, or as one page to print.  Returns 0, or SEK_ESYS: it could not
 * be written. */
int account_report(FILE *out, const struct account_result *r, bool html) MUST_CHECK;
