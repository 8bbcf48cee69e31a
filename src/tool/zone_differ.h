#pragma once
/* tool/zone_differ.h -- what a comparison found: the first differing names are
 * shown, all are counted. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { ZONE_DIFFER_SHOWN = 20 };

struct zone_differ {
	FILE		*out;
	const char	*with;	/* "journal", "live", path of a dump; borrowed */
	bool		 json;
	uint64_t	 n;	/* so far */
	bool		 more;	/* there are others that were not looked at */
};

/* One more: name, and what is wrong with it (one of our texts, translated).
 * name is cleaned. */
void zone_differ_name(struct zone_differ *d, const char *name, const char *what);

/* The comparison is over: one line says how it went.
 * compared  how many, of what (translated, for people)
 * Returns 0 when nothing differs, else 1: the exit code. */
int zone_differ_end(const struct zone_differ *d, uint64_t compared,
    const char *of);
