#pragma once
/* fact/returncode.h -- what each 127.0.0.N says, and its text.
 *
 * Pure.  The text stays under 70 octets, so that an answer stays under three
 * times its query. */

#include <stdbool.h>

#include "base/str.h"
#include "wire/addr.h"

enum {
	RETURNCODE_ENTRY = 2,	/* as CODE_ENTRY of keep/list.h: in ZONE */
	RETURNCODE_EXIT = 3,	/* as CODE_EXIT: in out.ZONE */
	RETURNCODE_TEXT = 70,	/* octets at most */
};

struct returncode {
	uint8_t		 code;	/* last octet of the A answer */
	const char	*name;	/* "entry", for JSON and manuals */
	const char	*text;	/* the reason, a sentence */
	const char	*brief;	/* the same when room is short */
	const char	*range;	/* of a range, which follows */
};

/* The row of a code, or NULL. */
const struct returncode *returncode_of(unsigned code);

/* Writes the TXT text of a listed address: reason and the address's page, in
 * the laboratory "LAB " before both.  url ends in a slash; may be empty.
 * Cut rules: the first that fits of reason and page; brief reason and page;
 * page alone; reason alone.  Never half a sentence, never half an address.
 * Returns octets, no NUL. */
size_t returncode_write(char out[RETURNCODE_TEXT], unsigned code,
    const struct addr *a, struct str url, bool lab);

/* The text of a listed range, the same for all names below its wildcard: "Open
 * relays in 192.0.2.0/24." and a page.  Cut rules: page of its first address;
 * url alone; no page. */
size_t returncode_write_range(char out[RETURNCODE_TEXT], unsigned code,
    const struct net *range, struct str url, bool lab);

/* The text of an address that is excepted from a listed range. */
size_t returncode_write_except(char out[RETURNCODE_TEXT],
    const struct net *range, bool lab);

/* The text of the test entries (RFC 5782 5). */
size_t returncode_write_test(char out[RETURNCODE_TEXT], bool lab);
