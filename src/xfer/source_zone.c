/* A whole zone as a source: what fact/answer_cursor.h walks, and the SOA once
 * more at the end.  Nothing is collected, so a zone of any size begins at once
 * and costs the same memory. */
#include "xfer/source.h"

#include <stdlib.h>
#include <string.h>

#include "fact/answer_cursor.h"

struct zone {
	struct source		source;
	struct answer_cursor	cursor;
	struct packet_record	soa;	/* the first record, and the last */
	bool			begun, ended;
};

_Static_assert((int)ANSWER_RDATA <= (int)PACKET_DATA, "every record fits");

static void
to_record(struct packet_record *to, const struct answer_record *r)
{
	to->owner = r->owner;
	to->type = r->type;
	to->ttl_s = r->ttl_s;
	to->len = r->len;
	memcpy(to->data, r->data, r->len);
}

static int
zone_next(struct source *source, struct packet_record *out)
{
	struct zone *z = (struct zone *)source;
	struct answer_record r;
	int err = z->ended ? ANSWER_END : answer_cursor_next(&z->cursor, &r);

	if (err == 0) {
		to_record(out, &r);
		if (!z->begun)
			z->soa = *out;
		z->begun = true;
		return 0;
	}
	if (err != ANSWER_END)
		return err;
	if (z->ended || !z->begun)
		return SOURCE_END;
	z->ended = true;
	*out = z->soa;
	return 0;
}

static void
zone_free(struct source *source)
{
	free((struct zone *)source);
}

int
source_zone(struct source **out, const struct snapshot *s, enum answer_zone which)
{
	struct zone *z = calloc(1, sizeof(*z));
	int err;

	if (z == NULL)
		return SEK_ENOMEM;
	z->source = (struct source){ zone_next, zone_free };
	err = answer_cursor_start(&z->cursor, s, which);
	if (err == 0)
		*out = &z->source;
	else
		free(z);
	return err;
}
