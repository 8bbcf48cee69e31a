#pragma once
/* account/country.h -- the country of an address by a MaxMind-format file.
 *
 * Opened before the sandbox, by its name; looking up is thread-safe.  The file
 * must be replaced by rename, never written over, while it is open. */

#include <stdbool.h>

#include "base/err.h"
#include "wire/addr.h"

struct account_country;

/* Returns 0, SEK_ENOMEM, SEK_ESYS (cannot be read), SEK_EPARSE (no such file). */
int account_country_open(struct account_country **out, const char *path) MUST_CHECK;
void account_country_free(struct account_country *c);	/* c may be NULL */

/* Two upper-case letters of ISO 3166 and a NUL.  false: not known. */
bool account_country_of(const struct account_country *c, const struct addr *a, char code[3]);
