#pragma once
/* wire/smtp_cmd.h -- cut and read one SMTP command of a client.
 *
 * Pure; every octet is hostile.
 *
 * 1. A line ends in CRLF and in nothing else.  A CR or LF alone is an own
 *    condition, since two readers that disagree about it can be made to see
 *    different mails (SMTP smuggling); RFC 5321 2.3.8.
 * 2. 512 octets with the CRLF, 1,024 for MAIL and RCPT with parameters
 *    (RFC 5321 4.5.3.1.4; RFC 1870 and others add to it).
 * 3. Lenient where old relays are known to be wrong and nothing is at stake:
 *    spaces after "FROM:" and "TO:", no brackets, white space at the end of a
 *    line, dots anywhere in a local part (Japanese carriers gave out such
 *    addresses), '_' in a domain, one dot after it; no name or several words
 *    behind HELO.  A sender, to whom nothing is ever sent, may be any text
 *    between brackets: relays hand on what they made of an odd one.  A receiver
 *    that turns such a relay away would call it closed.
 * Source: RFC 5321 4.1.2, 4.5.3.1, appendix C; RFC 1870 (SIZE); RFC 6152. */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum smtp_verb {
	SMTP_OTHER = 0,		/* not known here */
	SMTP_HELO, SMTP_EHLO, SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_RSET,
	SMTP_NOOP, SMTP_QUIT, SMTP_VRFY, SMTP_HELP, SMTP_STARTTLS,
	SMTP_VERB_N
};

enum {
	SMTP_LINE = 512, SMTP_LINE_MAIL = 1024,	/* octets with CRLF */
	SMTP_PATH = 320,	/* octets of an address without <> and route */
	SMTP_LOCAL = 255,	/* octets of its local part; VERP passes RFC 5321's 64 */
	SMTP_NAME = 255,	/* octets of a HELO argument */

	SMTP_CMD_MORE = 1,	/* no whole line yet */
	SMTP_CMD_BARE = 2,	/* a CR or LF alone */
};

struct smtp_cmd {
	enum smtp_verb	verb;
	struct str	arg;	/* HELO, EHLO: first word or empty; else what follows the verb; hostile */
	struct str	path;	/* MAIL, RCPT: address without <>, route and last dot; hostile; empty: <> */
	struct str	domain;	/* of path, part after the @; empty where it is none that we can read */
	bool		has_size;
	uint64_t	size;	/* SIZE= of MAIL, octets */
	bool		eightbit;	/* BODY=8BITMIME */
};

/* Cuts one line off in[0..n).
 * line  without its CRLF, borrowed; set on 0
 * used  octets taken with the CRLF; set on 0
 * Returns 0; SMTP_CMD_MORE; SMTP_CMD_BARE; SEK_ELIMIT when SMTP_LINE_MAIL
 * octets hold no CRLF.  After the last two the session cannot go on. */
int smtp_cmd_line(struct str *line, size_t *used, const char *in, size_t n) MUST_CHECK;

/* Reads a line.  *out is set in every case as far as it was understood (the
 * verb always); its text borrows from line.
 * Returns 0, or the SMTP reply code that the client deserves: 500 (not a
 * command: NUL, control or 8-bit octet, longer than rule 2 allows), 501
 * (arguments break the grammar), 555 (a parameter that we never offered). */
int smtp_cmd_read(struct smtp_cmd *out, struct str line) MUST_CHECK;
