#pragma once
/* account/names_row.h -- what a table of names keeps of each: laid out so that
 * a message changes two lines of a processor's cache a name. */

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/at.h"
#include "account/result.h"

enum {
	NAMES_NONE = 0xffffffff,	/* there is no such name */
	NAMES_GONE = 0xfffffffe,	/* there was one; it is in the rest now */
	NAMES_NO_CLASS = 0xff,
	NAMES_LONG = 255,		/* octets of a name that are kept */
};

enum names_flag {
	NAMES_OWN = 1,		/* a domain that is surely ours; a client that was named as ours */
	NAMES_SETTLED = 2,	/* a domain that was taken for theirs before the end */
	NAMES_PRIVATE = 8,	/* a client: RFC 1918 and its like */
	NAMES_LOOPBACK = 16,	/* a client: this host */
	NAMES_ASKED = 4,	/* a domain whose side was looked up */
};

/* What became of recipients.  So many fit into 32 bits, since each is a line;
 * all of it is added to every row that a message has, as two vectors. */
struct names_fate {
	uint32_t	messages, recipients, delivered, deferred, bounced, discarded, queued, attempts;
};

struct names_count {	/* of one class, in a line of a processor's cache */
	alignas(64) uint64_t	octets;		/* do not fit */
	struct names_fate	n;
	uint32_t		next;		/* index of another class's; 0: none */
	uint32_t		message;	/* serial of the message that was counted last */
	uint32_t		refused;
	uint32_t		class;		/* NAMES_NO_CLASS: nothing was counted yet */
};

enum { NAMES_SHORT = 30 };

/* Looked at for every message: what is needed then lies in two lines of a
 * processor's cache, the rest behind it. */
struct names_row {
	alignas(64) uint64_t	hash;
	struct account_at	last;
	uint32_t		counts;		/* of other classes: the first of them */
	uint32_t		near;		/* row of another table that belongs to it, 1 + number; 0: look */
	uint8_t			len, flags;
	char			name[NAMES_SHORT];
	struct names_count	one;		/* of the class that came first */
	struct account_at	first;
	uint64_t		inherited;	/* rank that it began with */
	uint32_t		text;		/* where its name is, when it is longer than NAMES_SHORT */
	uint32_t		pending;	/* recipients that are not settled */
	uint32_t		logins_failed;
	char			country[2];	/* clients; 0: not known */
};

_Static_assert(offsetof(struct names_row, first) == 128, "two lines");

static inline void
names_fate_add(struct names_fate *a, const struct names_fate *b)
{
	a->messages += b->messages;
	a->recipients += b->recipients;
	a->delivered += b->delivered;
	a->deferred += b->deferred;
	a->bounced += b->bounced;
	a->discarded += b->discarded;
	a->queued += b->queued;
	a->attempts += b->attempts;
}

/* Adds it to counts of 64 bits. */
static inline void
names_fate_sum(struct account_count *a, const struct names_fate *b)
{
	a->messages += b->messages;
	a->recipients += b->recipients;
	a->delivered += b->delivered;
	a->deferred += b->deferred;
	a->bounced += b->bounced;
	a->discarded += b->discarded;
	a->queued += b->queued;
	a->attempts += b->attempts;
}

static inline void
names_count_sum(struct account_count *a, const struct names_count *b)
{
	names_fate_sum(a, &b->n);
	a->octets += b->octets;
	a->refused += b->refused;
}

/* Something of it was accepted then. */
static inline void
names_seen(struct names_row *r, struct account_at at)
{
	if (at_is(r->last) && !at_before(at, r->last)) {	/* so the first stands */
		r->last = at;
		return;
	}
	at_first(&r->first, at);
	at_last(&r->last, at);
}
