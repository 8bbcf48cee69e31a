#pragma once
/* tool/account_html.h -- an account as one page that needs nothing else: no
 * script, no font, no picture, nothing from the network.
 *
 * It forbids itself the rest (Content-Security-Policy), prints on A4 in black
 * and white, and has every chart in numbers too. */

#include <stdio.h>

#include "account/result.h"

/* Returns 0, or SEK_ESYS: it could not be written. */
int account_html(FILE *out, const struct account_result *r) MUST_CHECK;
