#pragma once
/* web/allow.h -- what of the keeper's answers goes out: member by member.
 *
 * Pure but for memory.  Everything that API answers say of an address or a test
 * is copied by a table of these rows; what has no row stays inside, whatever
 * the keeper may add one day.  Rows marked priv go to the proved owner, a
 * CSIRT's key and the operator only (architecture 5).
 *
 * The keeper's times are seconds; what goes out is RFC 3339 in UTC. */

#include <jansson.h>
#include <stdbool.h>

enum allow_as {
	ALLOW_TEXT = 1,
	ALLOW_INT,
	ALLOW_BOOL,
	ALLOW_TIME,		/* 0, "never", goes out as null */
	ALLOW_OBJECT,		/* by the table inside */
	ALLOW_LIST,		/* of objects, by the table inside */
	ALLOW_TEXTS,		/* a list of texts */
};

struct allow_row {
	const char		*name;	/* NULL ends the table */
	enum allow_as		 as;
	bool			 priv;
	const struct allow_row	*inside;
};

/* Copies what the table allows: a new object.  A member that is null stays
 * null; one that is missing, or of another type than its row says, is left out.
 * may  the reader may see the rows that are priv
 * NULL: out of memory, or in is no object. */
json_t *allow_copy(const struct allow_row *table, const json_t *in, bool may);

/* The text of a moment: new JSON, null for 0. */
json_t *allow_time(int64_t wall_s);

/* Does that role of an answer of the keeper see what is private?  Only for the
 * words "owner", "csirt", "operator"; nothing else, and no word, does. */
bool allow_role(const json_t *answer);
