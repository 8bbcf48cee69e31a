#pragma once
/* fact/shape.h -- one table describes a struct; codec, store and JSON read it.
 *
 * A shape lists the fields of a plain struct in order.  The same list encodes
 * a message between roles, binds a row of the database and prints JSON, so
 * that a field is added in one place.
 *
 * Encoding, in order of the table: integers in network order in their width,
 * addresses and digests as their octets, text and octets as u32 length and
 * octets.  Nothing may follow the last field. */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "wire/addr.h"

enum field_type {
	FIELD_U8, FIELD_U16, FIELD_U32, FIELD_U64, FIELD_I64,
	FIELD_WALL,	/* struct wall; seconds */
	FIELD_ADDR,	/* struct addr */
	FIELD_DIGEST,	/* struct digest */
	FIELD_TEXT,	/* struct str, text (UTF-8 or hostile octets), at most max octets */
	FIELD_OCTETS,	/* struct str, any octets, at most max */
};

struct digest {
	uint8_t	o[32];		/* SHA-256; all zero: none */
};

struct field {
	const char	*name;	/* column name, JSON key */
	enum field_type	 type;
	size_t		 offset;
	uint32_t	 max;	/* octets of text or octets */
};

struct shape {
	const char		*name;	/* table or message name */
	size_t			 size;	/* of the struct */
	const struct field	*fields;
	size_t			 n;
};

/* Rows of a shape's table: FIELD(nominee, addr, FIELD_ADDR, 0) */
#define FIELD(s, f, t, m) { #f, (t), offsetof(struct s, f), (m) }
#define SHAPE(label, s, table) \
	{ (label), sizeof(struct s), (table), sizeof(table) / sizeof((table)[0]) }

/* Writes *p; errors stick in w (SEK_ELIMIT also for text past its max). */
void shape_encode(struct wbuf *w, const struct shape *s, const void *p);

/* Reads into *p, whose text borrows from r's octets.
 * Returns 0, or SEK_EPARSE: short, too long a text, or octets left over. */
int shape_decode(void *p, const struct shape *s, struct rbuf r) MUST_CHECK;
