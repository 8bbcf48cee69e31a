#pragma once
/* account/learn.h -- what is ours, learned from the log (forensics.md 4.9).
 *
 * Sure at once: a domain with mail into a mailbox or program of this host, by
 * LMTP, or by Postfix's transport "relay" (master(5): for relay_domains).
 * At the end: domains that a private next hop takes, when it takes few; one
 * that takes many is a smarthost, which takes what is not ours. */

#include "account/own.h"

enum {
	LEARN_HOPS = 256,
	LEARN_HOP_DOMAINS = 16,	/* a server behind a gateway; a smarthost has more in an hour */
	LEARN_NAME = 100,
};

struct learn_hop {
	struct addr	addr;
	bool		many;
	uint16_t	n;
	uint8_t		len[LEARN_HOP_DOMAINS];
	char		name[LEARN_HOP_DOMAINS][LEARN_NAME];
};

struct account_learn {
	struct account_own	*own;	/* learned, BY_LOG; owned */
	struct learn_hop	*hop;
	size_t			 n, cap;
};

int learn_init(struct account_learn *l) MUST_CHECK;
void learn_free(struct account_learn *l);
int learn_copy(struct account_learn *to, const struct account_learn *from) MUST_CHECK;

/* domain is lower case.  Return 0 or SEK_ENOMEM. */
int learn_domain(struct account_learn *l, struct str domain) MUST_CHECK;
int learn_hop(struct account_learn *l, const struct addr *hop,
    struct str domain) MUST_CHECK;

/* What the hops tell so far is ours. */
int learn_settle(struct account_learn *l) MUST_CHECK;
int learn_client(struct account_learn *l, const struct addr *client) MUST_CHECK;
int learn_join(struct account_learn *a, const struct account_learn *b) MUST_CHECK;

/* 127/8, ::1; RFC 1918, RFC 4193, link-local, RFC 6598. */
bool learn_is_loopback(const struct addr *a);
bool learn_is_private(const struct addr *a);
