#pragma once
/* sys/resolve.h -- host names to addresses, MX and PTR, through c-ares.
 *
 * c-ares carries the packets; answers are read by wire/dns.  The fake one is a
 * table, for scenarios.  A resolver that does not answer is a temporary
 * failure, never a verdict. */

#include "base/str.h"
#include "sys/loop.h"
#include "wire/addr.h"

enum resolve_err {	/* positive: what the DNS says */
	RESOLVE_NO_NAME = 1,	/* NXDOMAIN */
	RESOLVE_NO_DATA = 2,	/* the name has no such record */
	RESOLVE_NULL_MX = 3,	/* RFC 7505 */
	RESOLVE_TEMPORARY = 4,	/* SERVFAIL, timeout, refused, no resolver */
};
enum { RESOLVE_MAX = 16 };

struct resolve_answer {
	int		 err;		/* 0 or enum resolve_err */
	size_t		 n_addrs;	/* of a RESOLVE_ADDR question: v4 first */
	struct addr	 addrs[RESOLVE_MAX];
	size_t		 n_names;	/* MX hosts by preference, or PTR names */
	struct str	 names[RESOLVE_MAX];	/* hostile; lower case, no final dot; borrowed for the call */
};

struct resolver {
	/* kind: enum resolve_kind of fact/message.h.  name: host or domain,
	 * or the address as text for PTR.  Exactly one call of done follows,
	 * never from inside ask.  Returns 0, SEK_ENOMEM, SEK_EPARSE for a name
	 * that is none. */
	int	(*ask)(struct resolver *r, unsigned kind, struct str name,
		    void (*done)(void *ctx, const struct resolve_answer *a), void *ctx);
	void	(*free)(struct resolver *r);	/* open questions get no answer */
};

/* servers: "198.18.0.54" or "127.0.0.1:5300,[::1]:53"; empty: resolv.conf. */
int resolver_new(struct resolver **out, struct loop *l, const char *servers) MUST_CHECK;

/* Table of "name kind value" lines for tests; text borrowed. */
int resolver_new_fake(struct resolver **out, struct loop *l, const char *table) MUST_CHECK;
