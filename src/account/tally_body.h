#pragma once
/* account/tally_body.h -- between the files of tally. */

#include "account/tally.h"

enum { TALLY_LOOK = 64 };	/* messages and recipients from one look at the caps to the next */

enum tally_side { TALLY_OURS, TALLY_THEIRS, TALLY_UNSURE };

/* tally.c: on whose side a domain, client or sender is, by what is known now;
 * a sender is asked for only where nobody said which networks are ours, and
 * never unsure: what is learned later settles what was put off. */
enum tally_side tally_domain_asked(struct account_tally *t, uint32_t row);

static inline enum tally_side
tally_domain_side(struct account_tally *t, uint32_t row)
{
	const struct account_names *n = &t->names[ACCOUNT_BY_DOMAIN];

	return row < NAMES_GONE && n->row[row].flags & NAMES_OWN ?
	    TALLY_OURS :
	    tally_domain_asked(t, row);
}

enum tally_side tally_client_side(const struct account_tally *t, uint32_t row);
enum tally_side tally_sender_side(const struct account_tally *t, uint32_t row);
enum account_class tally_class(enum account_origin origin, enum tally_side client,
    enum tally_side sender, enum tally_side given, enum tally_side domain);

/* The owner's key in t->past. */
uint64_t tally_owner(enum account_axis axis, uint64_t hash);

/* Counts t->part[] of a message.  line: its first, "" when not kept. */
int tally_parts(struct account_tally *t, struct tally_mail *m,
    struct str line) MUST_CHECK;

/* tally_message.c: the rows of a client, and of a name in lower case. */
int tally_client_row(struct account_tally *t, const struct addr *a,
    uint32_t *row) MUST_CHECK;
int tally_lower_row(struct account_tally *t, enum account_axis axis,
    struct str name, uint32_t *row) MUST_CHECK;
int tally_network_row(struct account_tally *t, const struct addr *client,
    uint32_t *row) MUST_CHECK;

/* tally_pending.c: n parts of a message whose side is not sure. */
int tally_put_off(struct account_tally *t, const struct tally_mail *m,
    const struct tally_part *p, size_t n, struct str line) MUST_CHECK;

/* Drops names above the caps, where no row is held but in t->pending. */
int tally_bound(struct account_tally *t) MUST_CHECK;

/* Rows and places of pending mail, when they stand elsewhere now. */
void tally_pending_map(unsigned char *pending, size_t n, enum account_axis axis,
    const uint32_t *map);
void tally_pending_shift(unsigned char *pending, size_t n,
    const struct account_shift *by);
