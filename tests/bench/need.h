#pragma once
/* tests/bench/need.h -- a program that measures ends where it cannot go on. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Says errno's text of what, and ends. */
static inline void
need(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(EXIT_FAILURE);
}
