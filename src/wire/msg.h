#pragma once
/* wire/msg.h -- the header fields of a mail, over its raw octets.
 *
 * Pure; the mail is hostile.  Borrows everywhere, copies nowhere.
 *
 * 1. Lines end in CRLF or LF (files and rewriting relays have LF); a CR alone
 *    is an octet of the text.
 * 2. A line that begins with SP or HTAB continues the field before it
 *    (RFC 5322 2.2.3), also when it holds nothing else (obsolete folding).
 * 3. The header ends at an empty line, or before the first line that is
 *    neither a field nor a continuation: that is where MTAs begin the body.
 *    A first line "From " or ">From " (mbox) is stepped over.
 * 4. At most 1,000 fields and 100 KiB, both ours. */

#include "base/str.h"

enum { MSG_FIELDS = 1000, MSG_HEADER = 100 * 1024 };
enum { MSG_END = 1 };		/* no more fields */

struct msg {			/* private; made by msg_of */
	struct str	mail;
	size_t		at;	/* next line */
	unsigned	fields;
	bool		ended;
};

struct msg_field {
	struct str	name;	/* without the colon and white space before it */
	struct str	value;	/* hostile; after the colon, still folded, without the last line end */
};

/* A reader at the first field.  mail must outlive all that is read. */
struct msg msg_of(struct str mail);

/* Next field, from the top.  Returns 0, MSG_END, or SEK_ELIMIT past rule 4. */
int msg_next_field(struct msg_field *out, struct msg *m) MUST_CHECK;

/* What follows the header; reads what is left of it first.
 * Returns 0, or SEK_ELIMIT past rule 4. */
int msg_body(struct str *out, struct msg *m) MUST_CHECK;

/* The nth (from 0) field of that name, white space off both ends (folding
 * included).  Returns 0, MSG_END for none, or SEK_ELIMIT. */
int msg_find(struct str *value, struct str mail, struct str name, unsigned nth) MUST_CHECK;

/* Cuts one line off *s, without its CRLF or LF; all that is left when there
 * is none. */
struct str msg_line(struct str *s);

/* SP, HTAB, CR and LF off both ends. */
struct str msg_trim(struct str s);

/* Writes value with its line ends taken out (RFC 5322 2.2.3) and a NUL.
 * Returns 0, or SEK_ELIMIT with out empty. */
int msg_unfold(char *out, size_t cap, struct str value) MUST_CHECK;
