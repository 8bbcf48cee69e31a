#pragma once
/* wire/mime.h -- the first text part of a mail, and its octets undone.
 *
 * Pure; the mail is hostile.  Enough of RFC 2045 and 2046 to find a letter of
 * ours again after a mailing list or a gateway has wrapped or re-encoded it.
 *
 * 1. "First" is the first text/plain leaf in reading order.  Parts marked
 *    Content-Disposition: attachment and all below a message type are not
 *    looked into: what was attached or forwarded is a quotation.
 * 2. MIME-Version is not asked for; gateways lose it.
 * 3. At most 8 levels, 100 parts: past them there is no text.
 * 4. A decoder skips what its alphabet does not hold and never fails, as
 *    RFC 2045 6.7 and 6.8 advise; an unknown encoding is taken as it stands. */

#include <stdint.h>

#include "wire/msg.h"

enum { MIME_DEPTH = 8, MIME_PARTS = 100, MIME_BOUNDARY = 70 };
enum { MIME_NONE = 1 };		/* no text part */

enum mime_coding { MIME_PLAIN = 0, MIME_QP = 1, MIME_BASE64 = 2 };

struct mime_type {		/* of one header; text hostile, borrowed */
	struct str	type, subtype;	/* "text", "plain" when there is no field */
	struct str	params;		/* after the subtype, from the ';' on */
};

struct mime_text {
	struct str	  octets;	/* hostile, encoded; borrowed from the mail */
	enum mime_coding  coding;
};

/* Content-Type of a mail's or part's header.  Returns 0 or SEK_ELIMIT
 * (wire/msg.h); a field that cannot be read gives empty type and subtype. */
int mime_type(struct mime_type *out, struct str mail) MUST_CHECK;

/* Value of a parameter, its quotes off (backslashes stay).  Empty: none. */
struct str mime_param(struct str params, struct str name);

/* Returns 0, MIME_NONE, or SEK_ELIMIT when a header is too big. */
int mime_first_text(struct mime_text *out, struct str mail) MUST_CHECK;

struct mime_decoder {		/* private; made by mime_decoder_of */
	struct str	 in;
	enum mime_coding coding;
	uint32_t	 bits;	/* of base64 */
	unsigned	 have;	/* bits of them */
};

struct mime_decoder mime_decoder_of(const struct mime_text *t);

/* Next decoded octet, or -1 at the end. */
int mime_next(struct mime_decoder *d);
