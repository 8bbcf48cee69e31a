#pragma once
/* web/body.h -- JSON bodies of the API, read by a table of members.
 *
 * Pure but for memory; hostile octets.  RFC 8259, one object, no member twice,
 * none that the table does not have: who misspells one is told. */

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"

enum body_as {
	BODY_ADDR = 1,	/* an address in any spelling; becomes the canonical one */
	BODY_WORD,	/* one of words */
	BODY_INT,	/* 1..max */
	BODY_TEXT,	/* at most max octets of UTF-8 */
};

struct body_row {
	const char	*name;		/* NULL ends the table */
	enum body_as	 as;
	bool		 required;
	int64_t		 max;
	const char	*words;		/* space between */
};

struct body_why {
	const char	*tag;		/* of web/problem.h */
	json_t		*names;		/* new list of the members it is about; or NULL */
};

/* Is value (of Content-Type) application/json, whatever its parameters? */
bool body_is_json(struct str value);

/* Reads body.  *out: a new object with just the members of rows that were there.
 * Returns 0; SEK_EPARSE: why is set; SEK_ENOMEM. */
int body_read(json_t **out, const struct body_row *rows, struct str body,
    struct body_why *why) MUST_CHECK;
