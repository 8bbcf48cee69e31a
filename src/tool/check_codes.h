#pragma once
/* tool/check_codes.h -- --list ZONE[=CODES]: a list, and which of its answers
 * count.
 *
 * Pure but for the translation of a refusal. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
	/* octets of a zone and its NUL: with 32 nibbles and their dots in front
	 * it is still a name (RFC 1035 2.3.4) */
	CHECK_ZONE = 190,
	CHECK_RANGES = 32,
};

struct check_codes {
	size_t	n;		/* 0: every code counts */
	struct { uint32_t lo, hi; } r[CHECK_RANGES];	/* in 127.0.0.0/8, host order, lo <= hi */
};

/* Reads "2,4-11" or "127.0.0.2,127.0.0.4-127.0.0.11": a number alone is the
 * last octet.  127.0.0.1 and the error codes 127.255.255.0 and up never mean
 * listed and are refused.  why (a static, translated sentence) is set on
 * failure.  Returns 0 or SEK_EPARSE. */
int check_codes_read(struct check_codes *out, struct str s, const char **why) MUST_CHECK;

bool check_codes_has(const struct check_codes *c, uint32_t code);

/* Reads "bl.example" or "bl.example=2,4-11" into a zone in A-labels and lower
 * case, and its codes.  Returns 0, SEK_EPARSE or SEK_ENOMEM. */
int check_codes_list(char zone[CHECK_ZONE], struct check_codes *codes,
    struct str s, const char **why) MUST_CHECK;
