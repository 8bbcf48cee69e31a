#pragma once
/* wire/token.h -- the layout of a token, and where one may stand.
 *
 * Pure; safe on hostile text.  A token is a local part: 36 letters of base32
 * in lower case (RFC 4648 section 6), no delimiter in it, so that it survives
 * case folding and every rewriting of relay-tests section 3.  Whether one is
 * genuine only keeper can say (keep/token.h); here it is only cut up.
 *
 *	octet  0      key id
 *	       1..8   attempt id
 *	       9      kind
 *	       10..21 MAC
 */

#include <stdint.h>

#include "base/str.h"

enum {
	TOKEN_OCTETS = 22,
	TOKEN_MAC = 12,		/* octets: 96 bits; relay-tests 6.1 asks for 80 */
	TOKEN_LETTERS = 36,
	TOKEN_TEXT = 37,	/* letters and a NUL */
};

enum token_kind {	/* numbers are stored: never reuse one */
	TOKEN_RECIPIENT = 1,	/* {T}: back in an envelope, it proves relaying */
	TOKEN_SENDER = 2,	/* {S}: what comes to it is a bounce at most */
};

struct token {
	uint8_t		key;		/* id of the key that made the MAC */
	uint8_t		kind;		/* enum token_kind */
	uint64_t	attempt;
	uint8_t		mac[TOKEN_MAC];	/* hostile until token_verify() */
};

void token_text(char out[TOKEN_TEXT], const struct token *t);

/* Reads exactly one token, in either case.  Returns 0, or SEK_EPARSE for any
 * other length, letter or kind. */
int token_parse(struct token *out, struct str s) MUST_CHECK;

/* Finds the token of an envelope recipient (without <>) under the probe
 * domain pd, undoing the rewritings of relay-tests 6.2:
 *	TOKEN@pd  TOKEN@NAME.pd  TOKEN=NAME@pd
 *	postmaster@TOKEN.pd  abuse@TOKEN.pd
 *	TOKEN@[LITERAL]		(R08; it came to us, so the address is one of ours)
 *	pd!TOKEN		(P11, R05)
 * in any case, with or without the final dot of pd, the local part quoted or
 * not (RFC 5321 4.1.2: that makes no difference).
 * Returns 0, or SEK_EPARSE: no token where one counts. */
int token_from_rcpt(struct token *out, struct str rcpt, struct str pd) MUST_CHECK;
