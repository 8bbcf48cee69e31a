#pragma once
/* tool/zone_live.h -- what a server answers by UDP, beside a snapshot.
 *
 * Every record of the zones is asked for by its owner and type (of a large
 * list, evenly spread ones), and beside each address its neighbour, where that
 * is not listed.  The serial is not compared: a list goes on changing.  So what
 * differs is looked up in the journal, and is no difference where that has said
 * anything since. */

#include "fact/answer.h"
#include "tool/zone_differ.h"
#include "tool/zone_journal.h"

struct zone_live {
	struct addr		 to;
	uint16_t		 port;
	uint64_t		 most;	/* records that are asked for, some more or less */
	const struct zone_journal *journal;	/* of the snapshot's serial; NULL: none */
	uint64_t		 asked;	/* set: questions that were answered */
};

/* Returns 0 (d says what differs), or an exit code after one message on err:
 * EXIT_UNAVAILABLE (nobody answers there), EXIT_OSERR, those of
 * zone_journal_changed(); 130, without one, after a signal (tool/stop). */
int zone_live_compare(struct zone_differ *d, struct zone_live *l,
    const struct snapshot *s, FILE *err) MUST_CHECK;
