#pragma once
/* keep/order_body.h -- the orders in flight, found by what they are asked for.
 *
 * Internal to keep/order*.c.  There may be thousands, and each message, each
 * run that is looked at and each limit of pace asks for some of them. */

#include "base/arena.h"
#include "keep/order.h"

enum { ORDER_BUCKETS = 4096 };	/* a power of two */

enum order_key { ORDER_BY_ID, ORDER_BY_RUN, ORDER_BY_ADDR, ORDER_BY_NET, ORDER_KEYS };

struct order {
	struct order	*next, **link;		/* of all */
	struct {
		struct order	*next, **link;
	} same[ORDER_KEYS];			/* of a bucket */
	struct keep	*keep;
	uint64_t	 id, run;
	struct addr	 addr;		/* of the run */
	struct addr	 to;		/* that is spoken to: by this it is found */
	int		 who;		/* the prober that has it; PROBER_NONE: not sent yet */
	uint16_t	 port;
	uint8_t		 pace, kind;
	uint16_t	 session;	/* of the run: 1, 2, 3 ... */
	size_t		 n, found;	/* forms, and how many were answered */
	bool		 committed;	/* before that its hook still points here */
	bool		 asked;		/* somebody waits for it */
	bool		 put_off;	/* its operator has his fill: it does not connect */
	bool		 halted;	/* its run was cancelled, or is not permitted any more */
	bool		 heard;		/* something was said in it */
	bool		 name, words;
	struct operators of;		/* not of laboratories */
	uint64_t	 ids[ORDER_FORMS];	/* of its attempts */
	uint8_t		 forms[ORDER_FORMS];
	/* until it was sent */
	struct arena	*text;		/* of all below */
	struct str	 host, hosts, domains, known;
	struct attempt	*attempts;	/* n */
};

struct keep_order {
	struct order	*all;
	struct order	*bucket[ORDER_KEYS][ORDER_BUCKETS];
	unsigned	 n, n_asked;
};

void order_link(struct keep_order *t, struct order *o);
void order_unlink(struct keep_order *t, struct order *o);

/* NULL: there is none. */
struct order *order_find(const struct keep_order *t, uint64_t id);
struct order *order_of_run(const struct keep_order *t, uint64_t run);
