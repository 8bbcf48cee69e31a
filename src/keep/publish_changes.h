#pragma once
/* keep/publish_changes.h -- what changed since a base, sorted, in memory.
 *
 * One row for each entry that was ever touched since that base, with what the
 * base says of it, so that a publication looks up what is new alone.  Pure. */

#include "wire/snapshot_build.h"

struct publish_change {
	struct snapshot_entry	e;
	bool			listed;	/* now */
	bool			below;	/* is it in the base? */
	uint32_t		serial;	/* that made it so */
	uint32_t		nth;	/* among those of one settling */
};

struct publish_changes {	/* zeroed: none */
	struct publish_change	*at;	/* owned; in order of entries, no doubles */
	size_t			 n, cap;
	struct publish_change	*fresh;	/* owned; as they came */
	size_t			 n_fresh, cap_fresh;
};

/* Remembers that e is listed, or not, since serial.  Returns 0 or SEK_ENOMEM. */
int changes_add(struct publish_changes *c, const struct snapshot_entry *e,
    bool listed, uint32_t serial) MUST_CHECK;

/* Puts what was added into its place; the last word on an entry counts.  base:
 * what is asked for new entries; NULL: there is none yet.
 * Cost: a sort and a look-up of the new ones, one move of the rest.
 * Returns 0 or SEK_ENOMEM (nothing is lost: call again). */
int changes_settle(struct publish_changes *c,
    const struct snapshot_view *base) MUST_CHECK;

/* A base holds everything up to its serial: only later changes stay, and are
 * asked for in it.  What was added must be settled. */
void changes_rebase(struct publish_changes *c, const struct snapshot_view *base);

/* Copies what differs from the base to out, room for c->n.  Returns how many. */
size_t changes_effective(const struct publish_changes *c, struct snapshot_change *out);
void changes_free(struct publish_changes *c);
