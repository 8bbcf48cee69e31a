#include "keep/asker.h"

enum { DAY_S = 86400, KEPT_S = 8 * DAY_S };

struct addr
asker_net(const struct addr *asker)
{
	return addr_mask(asker, addr_is_v4(asker) ? 96 + 24 : 64);
}

/* One bound: how many there are, and since when the oldest of them. */
struct bound {
	enum store_query	 count, oldest;
	struct store_arg	 args[3];
	size_t			 n;
	unsigned		 most;
	int64_t			 window_s;
	const char		*tag;
};

/* Returns 1 when it is reached, 0, or a negative error. */
static int
bound_reached(struct keep *k, const struct bound *b, int64_t *wait_s)
{
	int64_t n = 0, oldest = 0;
	int err = b->most >= ASKER_ANY ? 0 :
	    store_number(k->store, b->count, b->args, b->n, &n);

	if (err != 0 || b->most >= ASKER_ANY || n < (int64_t)b->most)
		return err;
	err = store_number(k->store, b->oldest, b->args, b->n, &oldest);
	if (err != 0)
		return err;
	*wait_s = oldest > 0 ? oldest + b->window_s - keep_now(k).s : b->window_s;
	if (*wait_s < 1)
		*wait_s = 1;
	return 1;
}

const char *
asker_limit(struct keep *k, enum request_kind kind, const struct addr *net,
    const struct addr *addr, const struct asker_cap *cap, int64_t *wait_s)
{
	int64_t now = keep_now(k).s;
	const struct bound bounds[] = {
		{ Q_REQUEST_BY_ADDR, Q_REQUEST_OLDEST_ADDR, { ARG_A(*addr), ARG_I(kind),
		    ARG_I(now - cap->apart_s) }, 3, cap->apart_s > 0 ? 1 : ASKER_ANY,
		    cap->apart_s, "address-limit" },
		{ Q_REQUEST_BY_ADDR, Q_REQUEST_OLDEST_ADDR, { ARG_A(*addr), ARG_I(kind),
		    ARG_I(now - DAY_S) }, 3, cap->per_addr, DAY_S, "address-limit" },
		{ Q_REQUEST_BY_ASKER, Q_REQUEST_OLDEST_ASKER, { ARG_A(*net), ARG_I(kind),
		    ARG_I(now - DAY_S) }, 3, cap->per_asker, DAY_S, "asker-limit" },
		{ Q_REQUEST_IN_ALL, Q_REQUEST_OLDEST, { ARG_I(kind),
		    ARG_I(now - DAY_S) }, 2, cap->in_all, DAY_S, "day-limit" },
	};

	*wait_s = 0;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		int reached = bound_reached(k, &bounds[i], wait_s);

		if (reached != 0)
			return reached < 0 ? "store" : bounds[i].tag;
	}
	return NULL;
}

int
asker_note(struct keep *k, enum request_kind kind, uint64_t run,
    const struct addr *net, const struct addr *addr, uint8_t role)
{
	struct request_row row = {
		.run = run, .addr = *addr, .asker = *net, .kind = (uint8_t)kind,
		.role = role, .made = keep_now(k),
	};

	return store_put(k->store, &request_shape, &row);
}

struct look {
	struct addr	net;
	struct asker_of	is;
	unsigned	rows;
};

static int
look_row(void *ctx, const void *row)
{
	const struct request_row *r = row;
	struct look *l = ctx;
	bool same = addr_eq(&r->asker, &l->net);

	l->is.known = true;
	l->is.started = l->is.started || (same && r->kind == REQUEST_TEST);
	l->is.joined = l->is.joined || same;
	l->rows++;
	return 0;
}

static int
look_at(struct look *l, struct keep *k, uint64_t run, const struct addr *net)
{
	*l = (struct look){ .net = *net };
	return store_each(k->store, Q_REQUEST_BY_RUN, ARGS(ARG_I(run)), look_row, l);
}

int
asker_of_run(struct asker_of *out, struct keep *k, uint64_t run,
    const struct addr *net)
{
	struct look l;
	int err = look_at(&l, k, run, net);

	*out = l.is;
	return err;
}

int
asker_join(struct keep *k, uint64_t run, const struct addr *net,
    const struct addr *addr, uint8_t role)
{
	struct look l;
	int err = look_at(&l, k, run, net);

	if (err != 0 || l.is.joined || l.rows >= ASKER_ROWS)
		return err;
	return asker_note(k, REQUEST_JOIN, run, net, addr, role);
}

int
asker_prune(struct keep *k)
{
	return store_do(k->store, S_REQUEST_FORGET,
	    ARGS(ARG_I(keep_now(k).s - KEPT_S)), NULL);
}
