#pragma once
/* tool/account_json.h -- all of an account as one JSON document.
 *
 * Members are in sekimori-account(1); times are RFC 3339 in UTC, tags those of
 * tool/account_words.  ASCII only.  What is no UTF-8 in a log becomes U+FFFD.
 * Tables are written row by row: a large one takes no memory. */

#include <stdio.h>

#include "account/result.h"

/* Returns 0, SEK_ENOMEM, or SEK_ESYS: it could not be written. */
int account_json(FILE *out, const struct account_result *r) MUST_CHECK;

/* A text of a log as a JSON string, or NULL: no memory. */
struct json_t *account_json_text(struct str s);
