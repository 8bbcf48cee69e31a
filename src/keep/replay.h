#pragma once
/* keep/replay.h -- what was in the zone at a serial, by the journal alone:
 * `sekimori zone verify` compares it with what is published.
 *
 * Nothing is kept between two pages, so a journal of any size is read while
 * the keeper does its work. */

#include "keep/control.h"
#include "wire/snapshot.h"

enum {
	/* rows of a page: a few milliseconds, and its entries are one message */
	REPLAY_ROWS = 300,
	REPLAY_WORD = 48,	/* octets of an entry in it, the blank too */
};

/* Calls fn for the entries of the addresses above *after, in order of address,
 * form and code, as far as a page of rows goes; *after is then the last address
 * that was looked at, and *end says that there are no more.
 * serial  what rows of later ones say does not count
 * Returns 0, what fn returned if that was not 0, SEK_ESTORE. */
int replay_page(struct keep *k, uint32_t serial, struct addr *after, bool *end,
    int (*fn)(void *ctx, const struct snapshot_entry *e), void *ctx) MUST_CHECK;

/* Request of the control socket (sekimori.control(7)). */
void replay_verb(struct request *r);
