#pragma once
/* sys/pem.h -- certificate and key of a role as files, read before its sandbox. */

#include "base/str.h"

enum { PEM_MAX = 256 * 1024 };	/* octets of one file */

/* Reads both files and gives their texts, which are wiped after, to use().
 * Returns what that does, or SEK_ESYS, SEK_ELIMIT (longer than PEM_MAX),
 * SEK_ENOMEM; what failed is logged with its file. */
int pem_use(const char *cert, const char *key,
    int (*use)(void *ctx, struct str cert, struct str key), void *ctx) MUST_CHECK;
