#pragma once
/* keep/token.h -- keeper's keys: tokens and letter blocks made and checked.
 *
 * The MAC of a token is the first 96 bits of HMAC-SHA256 over its kind, key
 * id and attempt id and over what the attempt's row says of form, target
 * address, port and minting time, so that a token fits one attempt only.  A
 * token is the same whenever it is minted again for the same row: nothing of
 * it is stored.
 *
 * Keys stand in state.dir/token.keys (mode 0600, one "ID TIME HEX" a line),
 * made at the first start; the newest one that is not younger than the
 * attempt counts.  With a store in memory they stay in memory. */

#include "fact/letter.h"
#include "keep/keep.h"
#include "wire/token.h"

/* Reads or makes the keys.  Returns 0, SEK_ENOMEM, SEK_ESYS, or SEK_EPARSE
 * for a key file that is none (logged with its line). */
int token_open(struct keep *k) MUST_CHECK;
void token_close(struct keep *k);	/* wipes the keys */

/* Adds a new key, for attempts from now on.  Old ones keep verifying.
 * Returns 0, SEK_ELIMIT (255 keys), SEK_ESYS. */
int token_new_key(struct keep *k) MUST_CHECK;

/* The token of an attempt as text. */
void token_mint(char out[TOKEN_TEXT], struct keep *k, const struct attempt *a,
    enum token_kind kind);

/* Is t the genuine token of this attempt?  In constant time. */
bool token_verify(struct keep *k, const struct token *t, const struct attempt *a);

/* The signed block of the probe letter (fact/letter.h), LF between its lines
 * and none at the end, at most 400 octets of ASCII, with a NUL; and its MAC alone. */
enum { TOKEN_BLOCK_MAC = 2 * 16 + 1 };	/* hex and a NUL */
void token_block_mac(char out[TOKEN_BLOCK_MAC], struct keep *k, const struct attempt *a);
void token_block(char out[LETTER_BLOCK], struct keep *k, const struct attempt *a);

/* A MAC for another use of the keys: what one use made is nothing to any
 * other, nor to tokens.  use is one of our constant words; octets are at most
 * TOKEN_MAC_OF.  By the newest key, whose id is returned. */
enum { TOKEN_MAC_OF = 256 };
uint8_t token_mac(uint8_t out[TOKEN_MAC], struct keep *k, const char *use,
    const void *octets, size_t n);

/* The same by the key of that id; false when it is not there. */
bool token_mac_by(uint8_t out[TOKEN_MAC], struct keep *k, uint8_t key,
    const char *use, const void *octets, size_t n);

/* Is mac that of octets, by the key of that id?  In constant time; false also
 * for a key that is not there. */
bool token_mac_is(struct keep *k, uint8_t key, const uint8_t mac[TOKEN_MAC],
    const char *use, const void *octets, size_t n);
