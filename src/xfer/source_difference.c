/* A difference as a source (RFC 1995 4): the new SOA, then the old one with what
 * goes, the new one with what comes, and the new one again. */
#include "xfer/difference.h"
#include "xfer/source.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRY_RECORDS = 2 * ANSWER_ROOTS };	/* A and TXT below each */

struct way {
	struct source		 source;
	const struct snapshot	*s;
	enum answer_zone	 which;
	uint32_t		 from;
	struct difference	 d;
	unsigned		 part;
	size_t			 i;	/* of a part */
	size_t			 n, at;	/* records of an entry, and how many were given */
	struct answer_record	 records[ENTRY_RECORDS];
};

static int
new_soa(struct way *w, struct answer_record *out)
{
	if (w->i++ > 0)
		return SOURCE_END;
	source_soa(out, w->s, w->which, snapshot_now(w->s)->serial);
	return 0;
}

static int
old_soa(struct way *w, struct answer_record *out)
{
	if (w->i++ > 0)
		return SOURCE_END;
	source_soa(out, w->s, w->which, w->from);
	return 0;
}

static int
old_status(struct way *w, struct answer_record *out)
{
	return w->i++ > 0 || !w->d.status ? SOURCE_END :
	    answer_status_record(out, w->s, &w->d.before);
}

static int
new_status(struct way *w, struct answer_record *out)
{
	return w->i++ > 0 || !w->d.status ? SOURCE_END :
	    answer_status_record(out, w->s, snapshot_now(w->s));
}

static int
keep(void *ctx, const struct answer_record *r)
{
	struct way *w = ctx;

	if (w->n == ENTRY_RECORDS)
		return SEK_ELIMIT;
	w->records[w->n++] = *r;
	return 0;
}

/* The records of all entries that came, or of all that went. */
static int
entries(struct way *w, struct answer_record *out, bool now)
{
	while (w->at == w->n) {
		const struct difference_change *c;
		int err = 0;

		if (w->i == w->d.n)
			return SOURCE_END;
		c = &w->d.at[w->i++];
		w->at = w->n = 0;
		if (c->now == now)
			err = answer_records(w->s, w->which, &c->e, keep, w);
		if (err != 0)
			return err;
	}
	*out = w->records[w->at++];
	return 0;
}

static int
gone(struct way *w, struct answer_record *out)
{
	return entries(w, out, false);
}

static int
come(struct way *w, struct answer_record *out)
{
	return entries(w, out, true);
}

static int (*const parts[])(struct way *w, struct answer_record *out) = {
	new_soa, old_soa, old_status, gone, new_soa, new_status, come, new_soa,
};
enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

static int
way_next(struct source *source, struct answer_record *out)
{
	struct way *w = (struct way *)source;

	while (w->part < PARTS) {
		int err = parts[w->part](w, out);

		if (err != SOURCE_END)
			return err;
		w->part++;
		w->i = 0;
	}
	return SOURCE_END;
}

static void
way_free(struct source *source)
{
	struct way *w = (struct way *)source;

	difference_free(&w->d);
	free(w);
}

int
source_difference(struct source **out, const struct snapshot *s,
    const struct snapshot_view *tail, enum answer_zone which, uint32_t from)
{
	struct way *w = calloc(1, sizeof(*w));
	int err = w == NULL ? SEK_ENOMEM : difference_make(&w->d, s, tail, which, from);

	if (err != 0) {
		free(w);
		return err < 0 ? err : SOURCE_WHOLE;
	}
	w->source = (struct source){ way_next, way_free };
	w->s = s;
	w->which = which;
	w->from = from;
	*out = &w->source;
	return 0;
}
