#pragma once
/* account/listing.h -- replies that say "you are on a blocklist": by which list,
 * for which address of ours.
 *
 * A reply is hostile and anybody's prose; taken are the texts that servers
 * write by themselves, and their like:
 *   Postfix   Service unavailable; Client host [A] blocked using LIST; (reject_rbl_client, postconf(5) default_rbl_reply)
 *   Sendmail  Rejected: A listed at LIST   (FEATURE(dnsbl), cf/README)
 *   Exim      A is listed at LIST, ... in a black list at LIST   (spec.txt, dnslists and $dnslist_domain)
 *   receivers' own: "on our block list", "blocklisted", "see https://HOST/..." */

#include "account/at.h"
#include "account/kmv.h"
#include "account/result.h"

struct listing_said {
	struct str	list;		/* borrows the reply; "" : not by whom */
	bool		has_ours;
	struct addr	ours;
};

/* Does the reply name a blocklist? */
bool listing_read(struct listing_said *out, struct str reply);

enum { LISTINGS_MAX = 256, LISTING_REPLY = 300, LISTING_NAME = 100 };

struct listing {
	uint64_t		hash;
	char list[LISTING_NAME], domain[LISTING_NAME], reply[LISTING_REPLY];
	uint16_t		n_list, n_domain, n_reply;
	bool			has_ours;
	struct addr		ours;
	uint64_t		replies;
	struct kmv		domains;
	struct account_at	first, last;
};

struct account_listings {
	struct listing	*one;	/* owned */
	size_t		 n, cap;
	bool		 full;
};

/* Counts the reply when it names a list; domain: whose reply it is, in any
 * case.  Returns 0 or SEK_ENOMEM. */
int listing_add(struct account_listings *l, struct str reply, struct str domain,
    struct account_at at) MUST_CHECK;

int listing_join(struct account_listings *a, const struct account_listings *b,
    const struct account_shift *by) MUST_CHECK;
