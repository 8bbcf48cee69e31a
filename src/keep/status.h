#pragma once
/* keep/status.h -- the life of the list and until when that is believed, as
 * journal rows; keep/sunset.h says how one state follows another.
 *
 * A status row has
 *	code	life (enum snapshot_life), which `_status.ZONE` says
 *	addr	its last 8 octets: the expiry, seconds since 1970, big-endian
 *	proofs	state (enum sunset): finer than the life
 *	until	the day of that state, 0: none
 *	reason	of a person's step; none where the keeper only refreshes
 * and len 128.  `_status` says what the last row says and nothing else, so that
 * every change of it has a serial of its own and secondaries hear of it. */

#include "fact/record.h"
#include "keep/publish_steps.h"

enum sunset {			/* stored: never reorder */
	SUNSET_ALIVE,
	SUNSET_FROZEN,		/* no new listings */
	SUNSET_ANNOUNCED,	/* day: when it will be emptied */
	SUNSET_CLOSING,		/* announced and frozen */
	SUNSET_EMPTY,		/* answers nothing; day: the first one for the end */
	SUNSET_ENDED,		/* as before, and its delegation may go */
	SUNSETS
};

struct status {
	enum sunset	at;
	int64_t		expiry_s;	/* 0: there is no row yet */
	struct wall	day;
};

/* The life that a state is published as, and its words: "alive", "frozen",
 * "closing", "empty" (of a life, "alive" for none); "alive", "frozen",
 * "announced", "closing", "empty", "ended" (of a state). */
uint8_t status_life(enum sunset at);
const char *status_life_word(unsigned life);
const char *status_word(enum sunset at);

/* What the last row says; without any: alive, expiry_s 0.  Returns 0,
 * SEK_ESTORE. */
int status_last(struct status *out, struct keep *k) MUST_CHECK;

/* Appends a row.  reason may be NULL.  Of a write or of keep_precious().
 * Returns 0, SEK_ESTORE, STORE_FULL. */
int status_append(struct keep *k, const struct status *s,
    const struct digest *reason) MUST_CHECK;

/* Until when a state is believed that is said now: status_expiry from now, but
 * not past an announced day, which is kept. */
int64_t status_expiry(const struct keep *k, enum sunset at, struct wall day);

/* Appends a row that says the same again, until status_expiry() or longer where
 * the last one did.  Of a write or of keep_precious(); ctx unused.
 * Returns 0, SEK_ESTORE, STORE_FULL. */
int status_again(struct keep *k, void *ctx) MUST_CHECK;

/* Appends and commits such a row when the last one expires within half of
 * status_expiry, or there is none; past an announced day none is made any more
 * (event sunset-due).  An expiry never goes backwards; a clock that jumps back
 * makes no row, one that jumps ahead makes one.
 * next_ms: when to call again; set on every return.
 * Not inside keep_write().  Returns 0, SEK_ESTORE, STORE_FULL. */
int status_refresh(struct keep *k, int64_t *next_ms) MUST_CHECK;

/* --- what a life forbids --- */

/* May runs of that kind connect?  NULL, or the tag: "list-frozen",
 * "list-empty", "store" (it cannot be read). */
const char *status_forbids(struct keep *k, enum run_kind purpose);

/* What may a proof do?  An enum below, or a negative error. */
enum status_lists { STATUS_LISTS_NOTHING, STATUS_LISTS_AGAIN, STATUS_LISTS_ALL };
int status_lists(struct keep *k) MUST_CHECK;
