#pragma once
/* keep/publish_entries.h -- all entries of a zone in memory, packed, for the
 * writing of a base.
 *
 * 6 octets an IPv4 entry, 18 an IPv6 one, in pieces of 1 MiB: ten million
 * IPv4 addresses take 60 MB while a base is read and written. */

#include "keep/publish_changes.h"

struct publish_entries {	/* zeroed: empty */
	uint8_t	**pieces;	/* owned */
	size_t	n_pieces, cap_pieces;
	size_t	used;		/* octets of the last piece */
	size_t	at_piece, at;	/* of the reading */
};

/* Entries are added in order (snapshot_build.h).  Returns 0 or SEK_ENOMEM. */
int entries_add(struct publish_entries *e, const struct snapshot_entry *in) MUST_CHECK;

/* Reading, as a snapshot_source wants it; ctx is the struct. */
int entries_rewind(void *ctx);
int entries_next(void *ctx, struct snapshot_entry *out);
void entries_free(struct publish_entries *e);

/* Entries with changes over them: the changes' word counts. */
struct publish_merged {
	struct publish_entries	*entries;	/* borrowed, both */
	const struct publish_changes *changes;
	size_t			 change;	/* next one */
	bool			 have;		/* entry is one that was not given yet */
	struct snapshot_entry	 entry;
};
int merged_rewind(void *ctx);
int merged_next(void *ctx, struct snapshot_entry *out);
