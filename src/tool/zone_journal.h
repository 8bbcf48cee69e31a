#pragma once
/* tool/zone_journal.h -- the zone's entries at a serial, as the daemon's journal
 * has them: asked for page by page, so neither side keeps more than one. */

#include <jansson.h>
#include <stdio.h>

#include "wire/snapshot.h"

enum { ZONE_JOURNAL_END = 1 };

struct zone_journal {
	const char	*socket;	/* borrowed; NULL: the usual place */
	uint32_t	 serial;
	FILE		*err;
	uint8_t		 life;		/* of the status at that serial; 0: there is none */
	int64_t		 empties_s;	/* ... its day; 0: none */
	int64_t		 expiry_s;
	/* not for the caller: */
	unsigned	 part;
	struct addr	 after;
	bool		 end, begun;
	json_t		*page;		/* owned */
	struct str	 words;		/* of the page, those that were not given yet */
};

/* Starts before the first entry. */
void zone_journal_start(struct zone_journal *j, const char *socket,
    uint32_t serial, FILE *err);

/* The next one, in the order of snapshot_each().
 * Returns 0, ZONE_JOURNAL_END, or an exit code of 64 and up after one message. */
int zone_journal_next(struct zone_journal *j, struct snapshot_entry *out) MUST_CHECK;
void zone_journal_free(struct zone_journal *j);

/* Has the journal said anything of a, or of the range around it, after that
 * serial?  Of the status where a is addr_none.
 * Returns 0 (*changed is set) or an exit code after one message. */
int zone_journal_changed(const struct zone_journal *j, const struct addr *a,
    bool *changed) MUST_CHECK;
