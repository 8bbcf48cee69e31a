#pragma once
/* tool/life.h -- what a list says of itself in the TXT record of _status.ZONE:
 * "closing expires=2026-11-28T00:00:00Z empties=2027-06-01 LAB".
 *
 * Pure; the text is hostile.  Words that are not known are passed over, so that
 * later ones may be added. */

#include "base/clock.h"
#include "base/str.h"

struct life {
	uint8_t		is;		/* enum snapshot_life; 0: not one of them */
	bool		lab;
	struct wall	expires;	/* 0: not said, or no time */
	struct wall	empties;	/* the day on which it will be emptied; 0: not said */
};

void life_read(struct life *out, struct str text);

/* "alive", "frozen", "closing", "empty"; "" for none. */
const char *life_word(unsigned is);

/* Does it say both, a life and until when?  Only then it is ours to believe. */
bool life_said(const struct life *l);
