#pragma once
/* fact/answer_quick.h -- the answers that nearly everybody asks for, made from
 * what was written once a snapshot.
 *
 * Pure; safe on hostile bytes.  A question of class IN for a whole address below
 * ZONE (four decimal octets or 32 nibbles), with at most one OPT record, is read
 * straight into its address; its records are copied.  All else goes to
 * answer_make(), and every answer has the very octets that it would give: a
 * test compares them. */

#include "fact/answer.h"

enum {
	ANSWER_QUICK_RR = 16,		/* an A record behind a pointer */
	ANSWER_QUICK_SOA = 544,		/* a pointer, 10 octets, two names, 20 octets */
	ANSWER_QUICK_TXT = 80,
};

struct answer_quick {		/* not for the caller but for s */
	struct snapshot	s;
	bool		usable;		/* else answer_make() does it all */
	size_t		zone_len;
	uint8_t		zone[DNS_NAME_MAX];	/* lower case */
	uint8_t		a[ANSWER_QUICK_RR];
	size_t		soa_len, n_pointers;
	uint8_t		soa[ANSWER_QUICK_SOA];
	size_t		pointers[3];	/* in soa: to be moved behind the address */
	size_t		txt_len;	/* 0: no template */
	uint8_t		txt[ANSWER_QUICK_TXT];	/* up to the address */
};

/* Writes the templates of s, whose views must outlive *k. */
void answer_quick_set(struct answer_quick *k, const struct snapshot *s);

/* As answer_make() with k->s. */
size_t answer_quick_make(const struct answer_quick *k, const uint8_t *q,
    size_t n, const struct answer_asker *who, uint8_t *out, size_t cap,
    struct answer_info *info);
