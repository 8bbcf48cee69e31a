#include "web/etag.h"

#include <inttypes.h>
#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

void
etag_of(char out[ETAG_TEXT], uint32_t serial, struct str text)
{
	snprintf(out, ETAG_TEXT, "W/\"%" PRIu32 "-%016" PRIx64 "\"", serial,
	    (uint64_t)XXH3_64bits(text.p, text.n));
}

static struct str
opaque(struct str tag)
{
	if (tag.n > 2 && tag.p[0] == 'W' && tag.p[1] == '/')
		tag = (struct str){ tag.p + 2, tag.n - 2 };
	return tag;
}

/* A comma may stand inside of a tag, but never in one of ours: a foreign tag
 * that is cut in two matches nothing. */
bool
etag_match(struct str field, const char *etag)
{
	struct str want = opaque(str_of(etag)), item;

	while (field.n > 0) {
		item = str_trim(str_cut(&field, ','));
		if (str_eq(item, STR("*")) || str_eq(opaque(item), want))
			return true;
	}
	return false;
}
