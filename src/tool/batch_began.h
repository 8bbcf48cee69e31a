#pragma once
/* tool/batch_began.h -- when the last list of a ledger was begun: what was
 * judged since is done, for who goes on with it (sekimori probe --resume).
 *
 * A file "list-began" beside the ledger, of this one line: the seconds since
 * 1970.  It is written by who holds the ledger's lock. */

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* Both say one sentence on err when they fail, and return the exit code:
 * EXIT_CANTCREAT, or EXIT_NOINPUT where there is none that can be read. */
int batch_began_write(const char *state, int64_t now_s, FILE *err) MUST_CHECK;
int batch_began_read(int64_t *out, const char *state, FILE *err) MUST_CHECK;
