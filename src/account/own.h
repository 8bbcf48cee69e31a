#pragma once
/* account/own.h -- which networks, hosts and domains are ours.
 *
 * Given by option, read from the server's configuration (wire/mtaconf), or
 * learned from the log (forensics.md 4.9): a domain is ours when mail for it
 * was delivered into a mailbox here or by LMTP, or to a next hop inside;
 * loopback and RFC 1918 next hops are inside.  Clients in loopback are ours
 * always; RFC 1918 clients only when given, configured or learned. */

#include <stdbool.h>

#include "base/str.h"
#include "wire/addr.h"

struct account_own;

enum account_own_how { ACCOUNT_OWN_BY_OPTION, ACCOUNT_OWN_BY_CONFIG, ACCOUNT_OWN_BY_LOG };

struct account_own *account_own_new(void);	/* NULL: no memory */
void account_own_free(struct account_own *o);

/* Return 0, SEK_ENOMEM, or SEK_ELIMIT when there are more than anybody has (65536).
 * A domain ".example.org" takes its subdomains too. */
int account_own_add_net(struct account_own *o, const struct net *n, enum account_own_how how) MUST_CHECK;
int account_own_add_domain(struct account_own *o, struct str domain, enum account_own_how how) MUST_CHECK;

bool account_own_has_addr(const struct account_own *o, const struct addr *a);
bool account_own_has_domain(const struct account_own *o, struct str domain);	/* any case */

/* Are they complete, so that what is not in them is not ours?  Not while they
 * are only learned. */
bool account_own_knows_nets(const struct account_own *o);
bool account_own_knows_domains(const struct account_own *o);

/* Everything of b into a (two spans of one log). */
int account_own_join(struct account_own *a, const struct account_own *b) MUST_CHECK;
