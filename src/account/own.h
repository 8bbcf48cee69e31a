#pragma once
/* account/own.h -- which networks, hosts and domains are ours.
 *
 * Given by option, read from the server's configuration (wire/mtaconf), or
 * learned from the log (forensics.md 4.9): a domain is ours when mail for it
 * was delivered into a mailbox here or by LMTP, or to a next hop inside;
 * loopback and RFC 1918 next hops are inside.  Clients in loopback are ours
 * always; RFC 1918 clients only when given, configured or learned.
 *
 * Asking changes nothing: threads may share one that nobody adds to. */

#include <stdbool.h>

#include "account/result.h"
#include "base/str.h"
#include "wire/addr.h"

struct account_own;

enum account_own_how { ACCOUNT_OWN_BY_OPTION, ACCOUNT_OWN_BY_CONFIG, ACCOUNT_OWN_BY_LOG };

struct account_own *account_own_new(void);	/* NULL: no memory */
void account_own_free(struct account_own *o);	/* o may be NULL */

/* Return 0, SEK_ENOMEM, or SEK_ELIMIT when there are more than anybody has (65536).
 * What stands there already keeps the better of both hows.  A domain
 * ".example.org" is example.org and all below it; a name of more than 255
 * octets is no domain and is not kept (0). */
int account_own_add_net(struct account_own *o, const struct net *n,
    enum account_own_how how) MUST_CHECK;
int account_own_add_domain(struct account_own *o, struct str domain,
    enum account_own_how how) MUST_CHECK;

bool account_own_has_addr(const struct account_own *o, const struct addr *a);

/* Any case, with or without the dot at its end.  "" is a user of this host, so
 * ours; "[192.0.2.25]" and "[IPv6:...]" are ours when the address is. */
bool account_own_has_domain(const struct account_own *o, struct str domain);

/* A configuration was read and names all (even when that is none), or names
 * what is not in its files (a map in a database): then what it says is a part. */
void account_own_read_nets(struct account_own *o, bool whole);
void account_own_read_domains(struct account_own *o, bool whole);

/* Are they complete, so that what is not in them is not ours?  When an option
 * or whole configuration said so; not while they are only learned. */
bool account_own_knows_nets(const struct account_own *o);
bool account_own_knows_domains(const struct account_own *o);

/* Everything of b into a (two spans of one log).  Returns 0, SEK_ENOMEM or
 * SEK_ELIMIT; then a part of b is in a. */
int account_own_join(struct account_own *a, const struct account_own *b) MUST_CHECK;

/* Fills own_net, own_domain and where they are from, in order of the text;
 * borrowed from o until it is added to, asked again, or freed.
 * Returns 0 or SEK_ENOMEM. */
int account_own_show(struct account_own *o, struct account_result *r) MUST_CHECK;
