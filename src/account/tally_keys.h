#pragma once
/* account/tally_keys.h -- the names of a message and their places in the
 * tables, each of which is somewhere else in memory: told a little before
 * tally_message(), in two steps with other work between, they are at hand
 * then. */

#include "account/message.h"
#include "account/names.h"

struct account_tally;

enum {
	TALLY_RCPTS = 8,	/* the first recipients; the others are looked for by tally_message() */
	TALLY_LOW = 4 * NAMES_LONG,
};

enum tally_key { TALLY_CLIENT, TALLY_HELO, TALLY_SENDER, TALLY_ACCOUNT, TALLY_RCPT,
	TALLY_KEYS = TALLY_RCPT + TALLY_RCPTS };

struct tally_keys {
	struct addr		client;
	struct names_key	key[TALLY_KEYS];	/* TALLY_RCPT and further: the domains of recipients */
	uint16_t		has;		/* bits of them */
	uint16_t		n_low;		/* used of low */
	uint8_t			n_rcpts;
	char			low[TALLY_LOW];	/* names in lower case */
};

/* *k must stay where it is. */
void tally_keys_set(const struct account_tally *t, struct tally_keys *k,
    const struct account_message *m);

/* The next of m's recipients, in their order, while there is room. */
static inline bool
tally_keys_room(const struct tally_keys *k)
{
	return k->n_rcpts < TALLY_RCPTS && k->n_low + NAMES_LONG <= TALLY_LOW;
}

void tally_keys_rcpt(const struct account_tally *t, struct tally_keys *k,
    struct str address);
void tally_keys_touch(const struct account_tally *t, const struct tally_keys *k);
