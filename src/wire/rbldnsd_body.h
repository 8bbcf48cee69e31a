#pragma once
/* wire/rbldnsd_body.h -- between rbldnsd.c and rbldnsd_special.c alone. */

#include "wire/rbldnsd.h"

/* Reads a line that begins with $, s being what follows it.
 * Returns as rbldnsd_read(). */
int rbldnsd_special(struct rbldnsd_line *out, struct str s, const char **why)
    MUST_CHECK;

static inline bool
rbldnsd_space(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
rbldnsd_comment(char c)
{
	return c == '#' || c == ';';
}
