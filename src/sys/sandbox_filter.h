#pragma once
/* sys/sandbox_filter.h -- the system calls that a role may make, as one table.
 *
 * x86-64 and aarch64.  Used by sys/sandbox.c alone. */

#include <stdbool.h>

#include "base/err.h"

/* Loads the allow-list for may (enum sandbox_may); no_new_privs must be on.
 * *on tells whether the kernel took it (one built without seccomp does not).
 * Returns 0 or SEK_ESYS. */
int sandbox_filter(unsigned may, bool strict, bool *on) MUST_CHECK;
