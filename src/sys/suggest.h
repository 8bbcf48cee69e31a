#pragma once
/* sys/suggest.h -- "did you mean ...?"
 *
 * Pure. */

#include "base/str.h"

/* The name among names[0..n) that is nearest to word: at most a third of its
 * letters (and at least one) are added, missing, other or swapped with their
 * neighbour.  NULL: none is near, or word is longer than 63 octets. */
const char *suggest(struct str word, const char *const *names, size_t n);
