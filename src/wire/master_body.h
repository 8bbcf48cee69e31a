#pragma once
/* wire/master_body.h -- between master_line.c, master_word.c and master_data.c
 * alone. */

#include "wire/master_line.h"

struct master_scan {
	const char	*p;	/* the entry */
	size_t		 n, at;
	unsigned	 depth;	/* parentheses open */
	bool		 bad;	/* sticky: a word that does not end, or ) too many */
};

struct master_word {
	struct str	is;	/* escapes kept */
	bool		quoted;
};

struct master_entry {		/* being read */
	struct master_scan	 s;
	struct master_line	*out;
	struct master_state	*state;
	const char		*why;
};

/* Moves to the next word.  False: there is none, or the entry is bad. */
bool master_word_skip(struct master_scan *s);

/* Reads the next word; returns whether there was one. */
bool master_word_next(struct master_scan *s, struct master_word *w);

/* Is a parenthesis open at the end?  s is not moved. */
bool master_word_open(struct master_scan s);

/* One octet of a text, with its escape.  Returns octets of s, 0: broken. */
size_t master_word_octet(uint8_t *out, struct str s);

/* A time: 300, 1h30m, 1W. */
bool master_word_ttl(uint32_t *out, struct str s);

/* A name that stands in the entry. */
bool master_word_name(struct dns_name *out, const struct master_entry *e,
    struct str s);

/* Reads what is left of the entry as data of a type, "A" or "TYPE1"; sets
 * kind, r.type, and the fields of r that the type has.  False: it is not what
 * the type takes. */
bool master_data_read(struct master_entry *e, struct str type);
