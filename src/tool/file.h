#pragma once
/* tool/file.h -- whole small files in, with one message on failure. */

#include <stdio.h>

#include "base/buf.h"

/* Reads path ("-": standard input) into g, whose max is above max.
 * Returns 0, or the exit code after one message on err: EXIT_NOINPUT
 * (unreadable), EXIT_DATA (empty, or more than max octets), EXIT_OSERR. */
int file_read(struct gbuf *g, const char *path, size_t max,
    const char *command, FILE *err) MUST_CHECK;
