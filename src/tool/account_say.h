#pragma once
/* tool/account_say.h -- an account as a report on a terminal: the answer first.
 *
 * 80 columns; words carry what a colour says; times are local ones with their
 * zone.  Nothing of a log reaches the terminal as it was. */

#include <stdio.h>

#include "tool/account_text.h"

/* Returns 0, or SEK_ESYS: it could not be written. */
int account_say(FILE *out, const struct account_result *r, const struct account_look *look) MUST_CHECK;
