/* A whole zone as a source: the records of answer_cursor, and the SOA again. */
#include "xfer/source.h"

#include <stdlib.h>

struct zone {
	struct source		 source;
	struct answer_cursor	 cursor;
	struct answer_record	 soa;
	bool			 begun, ended;
};

static int
zone_next(struct source *source, struct answer_record *out)
{
	struct zone *z = (struct zone *)source;
	int err;

	if (z->ended)
		return SOURCE_END;
	err = answer_cursor_next(&z->cursor, out);
	if (err == 0 && !z->begun) {
		z->begun = true;
		z->soa = *out;
	}
	if (err != ANSWER_END)
		return err;
	z->ended = true;
	if (!z->begun)
		return SOURCE_END;	/* no such zone is published */
	*out = z->soa;
	return 0;
}

static void
zone_free(struct source *source)
{
	free(source);
}

int
source_zone(struct source **out, const struct snapshot *s, enum answer_zone which)
{
	struct zone *z = calloc(1, sizeof(*z));
	int err = z == NULL ? SEK_ENOMEM : answer_cursor_start(&z->cursor, s, which);

	if (err != 0) {
		free(z);
		return err;
	}
	z->source = (struct source){ zone_next, zone_free };
	*out = &z->source;
	return 0;
}
