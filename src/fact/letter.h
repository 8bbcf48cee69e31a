#pragma once
/* fact/letter.h -- is this mail the probe itself, or something about it?
 *
 * Pure; the mail is hostile.  relay-tests section 6.4: the mail must carry the
 * token in a top-level header field and the signed block in its body, found
 * after undoing transfer encodings (quoted-printable, base64) and in spite of
 * added footers; a quotation ("> "), an attachment (message/rfc822) or a
 * header inside the body does not count. */

#include <stdbool.h>

#include "base/clock.h"
#include "base/str.h"
#include "wire/addr.h"

#define LETTER_FIELD "X-Sekimori-Probe"		/* value: the recipient token */

/* The block's first and last line, each alone on its line. */
#define LETTER_BEGIN "=====BEGIN SEKIMORI PROBE====="
#define LETTER_END "=====END SEKIMORI PROBE====="
enum { LETTER_BLOCK = 1024, LETTER_MAX = 4096 };	/* octets */

struct letter_block {		/* what its lines say */
	struct str	token;		/* of the recipient */
	struct addr	target;
	uint16_t	port;
	const char	*form;
	struct wall	minted;
	struct str	mac;		/* over the lines before it, in hex; empty: those alone */
};

/* Writes the block, LF between its lines, a NUL behind. */
void letter_block(char out[LETTER_BLOCK], const struct letter_block *b);

enum letter_is {
	LETTER_PROBE = 0,	/* the probe itself */
	LETTER_NO_HEADER = 1,	/* token is not in a top-level LETTER_FIELD */
	LETTER_NO_BLOCK = 2,	/* no such block in the first text part, or quoted */
	LETTER_BOUNCE = 3,	/* a report about it: null sender is the caller's to check; multipart/report */
	LETTER_AUTO = 4,	/* Auto-Submitted other than ours, auto-replied */
};

/* mail  whole message, CRLF or LF lines
 * token the recipient token, lower case
 * block the block as it was sent, LF between its lines, from LETTER_BEGIN to
 *       LETTER_END; white space at line ends is ignored in the comparison */
enum letter_is letter_is(struct str mail, struct str token, struct str block);

/* Is this report only a word on the way ("delayed, will be tried on", relayed,
 * delivered), not the end?  RFC 3464 2.3.3: its Action fields, none of them
 * "failed"; without any, a Subject that speaks of a delay or warning, as Exim
 * writes it.  Looks at the first 64 KiB. */
bool letter_delays(struct str mail);
const char *letter_is_name(enum letter_is l);	/* tag: "no-header", ... */
