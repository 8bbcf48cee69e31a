#pragma once
/* xfer/source.h -- the records of one transfer, one after the other.
 *
 * Each kind is made by its own function; all borrow the snapshot, which must
 * stay as long as the source. */

#include "xfer/packet.h"

enum {
	SOURCE_END = 1,
	SOURCE_WHOLE = 2,	/* no difference, or a longer one than the zone */
};

struct source {
	/* Returns 0, SOURCE_END or a negative sek_err. */
	int	(*next)(struct source *s, struct answer_record *out);
	void	(*free)(struct source *s);
};

static inline void
source_free(struct source *s)
{
	if (s != NULL)
		s->free(s);
}

/* The SOA record of the zone as it was at that serial. */
void source_soa(struct answer_record *out, const struct snapshot *s,
    enum answer_zone which, uint32_t serial);

/* n records, copied.  Returns 0 or SEK_ENOMEM. */
int source_list(struct source **out, const struct answer_record *r, size_t n) MUST_CHECK;

/* A whole zone: SOA, all the rest, SOA (RFC 5936 2.2). */
int source_zone(struct source **out, const struct snapshot *s,
    enum answer_zone which) MUST_CHECK;

/* What changed since serial from, which is below that of s (RFC 1995 4; see
 * xfer/difference.h).  tail may be NULL.  Returns 0, SOURCE_WHOLE, SEK_ENOMEM. */
int source_difference(struct source **out, const struct snapshot *s,
    const struct snapshot_view *tail, enum answer_zone which,
    uint32_t from) MUST_CHECK;
