#pragma once
/* sys/resolve.h -- host names to addresses, MX, PTR, TXT, NS and CNAME, through
 * c-ares.
 *
 * c-ares carries the packets; answers are read by wire/dns.  The fake one is a
 * table, for scenarios.  A resolver that does not answer is a temporary
 * failure, never a verdict; one that is stopped fails everything within the
 * tries, mostly at once, so who asks again waits first. */

#include "base/str.h"
#include "fact/message.h"
#include "sys/loop.h"
#include "wire/addr.h"
#include "wire/dns_name.h"

enum resolve_err {	/* positive: what the DNS says */
	RESOLVE_NO_NAME = 1,	/* NXDOMAIN */
	RESOLVE_NO_DATA = 2,	/* the name has no such record */
	RESOLVE_NULL_MX = 3,	/* RFC 7505: one MX, to the root */
	RESOLVE_TEMPORARY = 4,	/* SERVFAIL, timeout, refused, no resolver, an answer that is none */
};
enum {
	RESOLVE_MAX = 16,	/* addresses, names or texts kept; the best of them */
	RESOLVE_TEXTS = 4000,	/* octets of all texts: they fit into msg_resolved */
};

struct resolve_answer {
	int		 err;		/* 0 or enum resolve_err */
	bool		 alias;		/* the name is a CNAME, which was followed */
	bool		 ad;		/* the resolver says that it validated all of this (RFC 4035 3.2.3) */
	size_t		 left_out;	/* records for which there was no room below, or whose name is none */
	size_t		 n_addrs;	/* of RESOLVE_ADDR (v4 first) or RESOLVE_A, any address at all */
	struct addr	 addrs[RESOLVE_MAX];
	size_t		 n_names;	/* MX hosts by preference, PTR or NS names, the alias's CNAME */
	struct str	 names[RESOLVE_MAX];	/* the stranger's choice, yet only a-z 0-9 - _ and dots
						 * (others are left out); no final dot; borrowed for the call */
	size_t		 n_texts;	/* of a RESOLVE_TXT question */
	struct str	 texts[RESOLVE_MAX];	/* hostile: any octets; a record's strings joined (RFC 7208
						 * 3.3), in the order they came; empty ones, and what goes
						 * beyond RESOLVE_TEXTS, are left out; borrowed for the call */
};

struct resolver {
	/* kind: enum resolve_kind of fact/message.h.  name: host or domain,
	 * or the address as text for PTR; copied.  Exactly one call of done
	 * follows, never from inside ask; done may ask again, or free r.
	 * RESOLVE_NS also takes ".", the root.  RESOLVE_CNAME asks whether name is
	 * an alias, of what.
	 * RESOLVE_ADDR asks A and AAAA and is answered (err 0) when either has
	 * an address.  CNAMEs are followed within a reply only: a recursive
	 * resolver sends the chain.  Returns 0, SEK_ENOMEM, or SEK_EPARSE for a
	 * name that is none: other octets than letters, digits, - and _, an
	 * address where a name is due or the reverse, too long. */
	int	(*ask)(struct resolver *r, unsigned kind, struct str name,
		    void (*done)(void *ctx, const struct resolve_answer *a), void *ctx);
	void	(*free)(struct resolver *r);	/* open questions get no answer */
};

/* servers: "198.18.0.54" or "127.0.0.1:5300,[::1]:53"; NULL or empty:
 * resolv.conf, read now, so before the sandbox.  They must be recursive and
 * know EDNS.  At most 500 questions are under way at once, others wait.  For
 * the real loop: c-ares has a clock of its own.  Returns 0, SEK_ENOMEM,
 * SEK_EPARSE for servers that are none, or SEK_ELIB. */
int resolver_new(struct resolver **out, struct loop *l, const char *servers) MUST_CHECK;

/* The same with the wait for the first try (it doubles with each) and the
 * number of tries per server.  resolver_new: 2000, 3. */
int resolver_new_timed(struct resolver **out, struct loop *l,
    const char *servers, int timeout_ms, int tries) MUST_CHECK;

/* A table for tests, text borrowed until free.  One line is
 *
 *	NAME  KIND  VALUE		# blanks between; # begins a comment
 *
 *	mx.example	a	192.0.2.25
 *	mx.example	aaaa	2001:db8::25
 *	example		mx	10 mx.example	(a host of . alone: null MX)
 *	192.0.2.25	ptr	mx.example
 *	example		ns	ns.example
 *	slow.example	fail			(each question: RESOLVE_TEMPORARY)
 *	signed.example	ad			(its answers are validated)
 *	bl.example	txt	some words	(to the end of the line, blanks trimmed)
 *	alias.example	cname	mx.example	(followed 8 times at most)
 *
 *	*.example	mx	10 mx.example	(every name below without a line of its own)
 *
 * Names compare without case.  A name without any line is RESOLVE_NO_NAME, one
 * without the kind RESOLVE_NO_DATA.  Answers come by a timer of 0 ms.
 * Returns 0, SEK_ENOMEM, or SEK_EPARSE for a line that is none of these. */
int resolver_new_fake(struct resolver **out, struct loop *l, const char *table) MUST_CHECK;

/* For the bodies: the name whose records answer the question, as ask says. */
int resolve_name(struct dns_name *out, unsigned kind, struct str name) MUST_CHECK;
