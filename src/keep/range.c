#include "keep/range.h"

#include <stdlib.h>
#include <string.h>

#include "fact/special_use.h"
#include "keep/journal.h"
#include "keep/list_body.h"
#include "keep/permit.h"
#include "keep/status.h"
#include "wire/snapshot.h"

enum { LEN_V4 = 120, LEN_V6 = 64, RANGES_AT_ONCE = 256 };

struct net
range_net(const struct addr *a)
{
	uint8_t len = addr_is_v4(a) ? LEN_V4 : LEN_V6;

	return (struct net){ addr_mask(a, len), len };
}

static struct addr
last_of(const struct net *n)
{
	struct addr last = n->addr;

	for (unsigned i = n->len; i < 128; i++)
		last.o[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return last;
}

/* --- what stands --- */

static int
stands_at(struct range_at *out, struct keep *k, struct wall at)
{
	struct journal_row j;
	int err = store_one(k->store, Q_JOURNAL_RANGE_AT, ARGS(ARG_A(out->net.addr),
	    ARG_I(out->net.len), ARG_I(CODE_ENTRY), ARG_I(at.s)), &j);

	out->stands = err == 0 && j.kind == JOURNAL_ADD;
	out->since = j.made;
	return err < 0 ? err : 0;
}

static int
excepted_at(struct range_at *out, struct keep *k, const struct addr *a, struct wall at)
{
	struct journal_row j;
	int err = store_one(k->store, Q_JOURNAL_EXCEPT_AT, ARGS(ARG_A(*a),
	    ARG_I(CODE_ENTRY), ARG_I(at.s)), &j);

	out->excepted = err == 0 && j.kind == JOURNAL_EXCEPT;
	out->excepted_since = j.made;
	return err < 0 ? err : 0;
}

int
range_at(struct range_at *out, struct keep *k, const struct addr *a, struct wall at)
{
	struct addr last;
	int err;

	*out = (struct range_at){ .net = range_net(a) };
	err = stands_at(out, k, at);
	if (err != 0 || !out->stands)
		return err;
	err = excepted_at(out, k, a, at);
	if (err != 0 || at.s != INT64_MAX)
		return err;
	last = last_of(&out->net);
	return store_number(k->store, Q_LISTING_INSIDE_UNTIL, ARGS(
	    ARG_A(out->net.addr), ARG_A(last), ARG_I(CODE_ENTRY)), &out->until.s);
}

static int
range_now(struct range_at *out, struct keep *k, const struct addr *a)
{
	return range_at(out, k, a, (struct wall){ INT64_MAX });
}

static int
seen(void *ctx, const void *row)
{
	(void)row;
	*(bool *)ctx = true;
	return STORE_STOP;
}

/* Is any address of n listed by itself? */
static int
any_inside(struct keep *k, const struct net *n, bool *any)
{
	struct addr last = last_of(n);

	*any = false;
	return store_each(k->store, Q_LISTING_INSIDE, ARGS(ARG_A(n->addr),
	    ARG_A(last), ARG_I(CODE_ENTRY), ARG_I(1)), seen, any);
}

static int
listed_itself(struct keep *k, const struct addr *a, bool *listed)
{
	const struct net one = { *a, 128 };

	return any_inside(k, &one, listed);
}

/* --- exceptions --- */

static int
except_row(struct keep *k, const struct addr *a, enum journal_kind kind,
    const struct digest *reason)
{
	struct journal_row j = {
		.kind = (uint8_t)kind, .addr = *a, .len = 128,
		.code = CODE_ENTRY, .made = keep_now(k), .reason = *reason,
	};

	return journal_append(k, &j);
}

/* Excepts a from the range that stands around it, unless it is listed by
 * itself or excepted already. */
static int
except_one(struct keep *k, const struct addr *a, const struct digest *reason)
{
	struct range_at r;
	bool itself;
	int err = range_now(&r, k, a);

	if (err == 0)
		err = listed_itself(k, a, &itself);
	if (err != 0 || !r.stands || r.excepted || itself)
		return err;
	return except_row(k, a, JOURNAL_EXCEPT, reason);
}

struct excepts {		/* those that stand; the last row of each counts */
	struct addr	*at;	/* owned */
	size_t		 n, cap;
};

static int
excepts_row(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct excepts *e = ctx;

	if (e->n > 0 && addr_eq(&e->at[e->n - 1], &j->addr))
		e->n--;		/* an earlier row of the same address */
	if (j->kind != JOURNAL_EXCEPT)
		return 0;
	if (e->n == e->cap) {
		size_t cap = e->cap == 0 ? 64 : e->cap * 2;
		struct addr *at = realloc(e->at, cap * sizeof(*at));

		if (at == NULL)
			return SEK_ENOMEM;
		e->at = at;
		e->cap = cap;
	}
	e->at[e->n++] = j->addr;
	return 0;
}

static int
excepts_end(struct keep *k, const struct net *n)
{
	struct addr last = last_of(n);
	struct excepts e = { 0 };
	int err = store_each(k->store, Q_JOURNAL_EXCEPTS, ARGS(ARG_A(n->addr),
	    ARG_A(last)), excepts_row, &e);

	for (size_t i = 0; i < e.n && err == 0; i++)
		err = except_row(k, &e.at[i], JOURNAL_UNEXCEPT, &list_no_reason);
	free(e.at);
	return err;
}

/* --- the end of a range --- */

static int
range_end(struct keep *k, const struct net *n, const struct digest *reason)
{
	const struct listing l = { .addr = n->addr, .len = n->len, .code = CODE_ENTRY };
	int err = list_row_remove(k, &l, JOURNAL_REMOVE, reason);

	return err == 0 ? excepts_end(k, n) : err;
}

int
range_left(struct keep *k, const struct addr *a, bool cleared,
    const struct digest *reason)
{
	struct range_at r;
	bool any;
	int err = range_now(&r, k, a), opted;

	if (err != 0 || !r.stands)
		return err;
	err = any_inside(k, &r.net, &any);
	if (err != 0)
		return err;
	if (!any)
		return range_end(k, &r.net, &list_no_reason);
	opted = cleared ? 0 : permit_opted_out(k, a);
	if (opted < 0)
		return opted;
	return cleared || opted ? except_one(k, a, reason) : 0;
}

int
range_clear(struct keep *k, const struct addr *a, const struct digest *reason,
    bool *excepted)
{
	struct range_at r;
	int err = range_now(&r, k, a);

	*excepted = err == 0 && r.stands && !r.excepted;
	return *excepted ? except_one(k, a, reason) : err;
}

int
range_entered(struct keep *k, const struct addr *a)
{
	struct range_at r;
	int err = range_now(&r, k, a);

	if (err != 0 || !r.stands || !r.excepted)
		return err;
	return except_row(k, a, JOURNAL_UNEXCEPT, &list_no_reason);
}

/* --- opt-outs --- */

/* How many addresses n holds, RANGE_EXCEPTS + 1 for more than that. */
static unsigned
addresses_in(const struct net *n)
{
	unsigned bits = 128u - n->len;

	return bits > 12 ? RANGE_EXCEPTS + 1 : 1u << bits;
}

static struct addr
address_at(const struct net *n, unsigned i)
{
	struct addr a = n->addr;

	a.o[15] |= (uint8_t)i;
	a.o[14] |= (uint8_t)(i >> 8);
	return a;
}

/* n lies inside one range that may stand. */
static int
opted_inside(struct keep *k, const struct net *n)
{
	struct range_at r;
	int err = range_now(&r, k, &n->addr);

	if (err != 0 || !r.stands)
		return err;
	if (addresses_in(n) > RANGE_EXCEPTS)
		return range_end(k, &r.net, &list_no_reason);
	for (unsigned i = 0; i < addresses_in(n) && err == 0; i++) {
		struct addr a = address_at(n, i);

		err = except_one(k, &a, &list_no_reason);
	}
	return err;
}

struct found { struct net at[RANGES_AT_ONCE]; size_t n; };

static int
found_row(void *ctx, const void *row)
{
	const struct listing *l = row;
	struct found *f = ctx;

	f->at[f->n++] = (struct net){ l->addr, l->len };
	return 0;
}

/* Every range inside n, some hundreds at a time. */
static int
opted_around(struct keep *k, const struct net *n)
{
	struct addr last = last_of(n);
	struct found f;
	int err;

	do {
		f.n = 0;
		err = store_each(k->store, Q_LISTING_RANGES, ARGS(ARG_A(n->addr),
		    ARG_A(last), ARG_I(RANGES_AT_ONCE)), found_row, &f);
		for (size_t i = 0; i < f.n && err == 0; i++)
			err = range_end(k, &f.at[i], &list_no_reason);
	} while (err == 0 && f.n == RANGES_AT_ONCE);
	return err;
}

int
range_opted_out(struct keep *k, const struct net *n)
{
	const struct net around = range_net(&n->addr);

	return n->len > around.len ? opted_inside(k, n) : opted_around(k, n);
}

/* --- the operator's work --- */

struct work {
	const struct net *n;
	struct addr	 addr;
	bool		 ends;
	struct str	 reason, who;
	const char	**why;
};

static int
refuse(const struct work *w, const char *why)
{
	*w->why = why;
	return RANGE_REFUSED;
}

/* Opt-outs that a new range has to respect. */
struct opted {
	struct keep	*k;
	const struct net *range;
	struct net	at[RANGES_AT_ONCE];
	size_t		n;
	bool		whole, many;
};

static int
opted_row(void *ctx, const void *row)
{
	const struct optout *o = row;
	struct net n = { o->addr, o->len };
	struct opted *w = ctx;

	if (o->domain.n > 0)
		return 0;	/* whose addresses they are is not known here */
	if (net_within(w->range, &n)) {
		w->whole = true;
		return STORE_STOP;
	}
	if (!net_within(&n, w->range))
		return 0;
	if (w->n == RANGES_AT_ONCE || addresses_in(&n) > RANGE_EXCEPTS) {
		w->many = true;
		return STORE_STOP;
	}
	w->at[w->n++] = n;
	return 0;
}

static bool
is_special(struct keep *k, const struct net *n)
{
	struct addr last = last_of(n);
	const char *why;

	return special_use(&n->addr, k->conf->lab, k->conf->n_lab, &why) ||
	    special_use(&last, k->conf->lab, k->conf->n_lab, &why);
}

/* Returns 0, RANGE_REFUSED, or an error. */
static int
may_widen(struct keep *k, const struct work *w)
{
	struct net range = range_net(&w->n->addr);
	const char *life;
	struct range_at r;
	bool any;
	int err;

	if (range.len != w->n->len)
		return refuse(w, "range-length");
	if (is_special(k, w->n))
		return refuse(w, "special-use");
	if (!snapshot_range_ok(w->n))
		return refuse(w, "range-name");
	life = status_forbids(k, RUN_PROBE);
	if (life != NULL)
		return refuse(w, life);
	err = range_now(&r, k, &w->n->addr);
	if (err == 0)
		err = any_inside(k, w->n, &any);
	if (err != 0)
		return err;
	return r.stands ? refuse(w, "range-listed") :
	    any ? 0 : refuse(w, "range-unproved");
}

static int
widen_add(struct keep *k, const struct work *w, const struct opted *opted)
{
	struct listing l = {
		.addr = w->n->addr, .len = w->n->len, .code = CODE_ENTRY,
		.since = keep_now(k), .proof = keep_now(k), .until = RANGE_UNTIL,
	};
	int err = list_reason(&l.evidence, k, w->reason, w->who);

	if (err == 0)
		err = list_row_add(k, &l);
	for (size_t i = 0; i < opted->n && err == 0; i++)
		err = opted_inside(k, &opted->at[i]);
	return err;
}

static int
widen_now(struct keep *k, void *ctx)
{
	struct work *w = ctx;
	struct opted opted = { .k = k, .range = w->n };
	int err = may_widen(k, w);

	if (err == 0)
		err = store_each(k->store, Q_OPTOUT_ALL, NO_ARGS, opted_row, &opted);
	if (err != 0)
		return err;
	if (opted.whole || opted.many)
		return refuse(w, "range-opted-out");
	return widen_add(k, w, &opted);
}

static int
narrow_now(struct keep *k, void *ctx)
{
	struct work *w = ctx;
	struct net range = range_net(&w->n->addr);
	struct digest reason;
	struct range_at r;
	int err;

	if (range.len != w->n->len)
		return refuse(w, "range-length");
	err = range_now(&r, k, &w->n->addr);
	if (err != 0)
		return err;
	if (!r.stands)
		return refuse(w, "range-not-listed");
	err = list_reason(&reason, k, w->reason, w->who);
	return err == 0 ? range_end(k, w->n, &reason) : err;
}

static int
except_now(struct keep *k, void *ctx)
{
	struct work *w = ctx;
	struct digest reason;
	struct range_at r;
	bool itself;
	int err = range_now(&r, k, &w->addr), opted;

	if (err == 0)
		err = listed_itself(k, &w->addr, &itself);
	if (err != 0)
		return err;
	if (!r.stands || r.excepted != w->ends)
		return refuse(w, "range-not-listed");
	if (itself)
		return refuse(w, "range-listed-itself");
	opted = w->ends ? permit_opted_out(k, &w->addr) : 0;
	if (opted != 0)
		return opted < 0 ? opted : refuse(w, "range-opted-out");
	err = list_reason(&reason, k, w->reason, w->who);
	return err == 0 ? except_row(k, &w->addr, w->ends ? JOURNAL_UNEXCEPT :
	    JOURNAL_EXCEPT, &reason) : err;
}

static bool
too_long(const struct work *w)
{
	return w->reason.n > TEXT_REASON || w->who.n > TEXT_WHO;
}

/* What lists is no precious row: it waits for a disk with room. */
int
range_widen(struct keep *k, const struct net *n, struct str reason,
    struct str who, const char **why)
{
	struct work w = { .n = n, .reason = reason, .who = who, .why = why };
	int err = too_long(&w) ? SEK_ELIMIT : keep_write(k);

	if (err == 0)
		err = keep_done(k, widen_now(k, &w));
	return err == 0 ? keep_flush(k) : err;
}

int
range_narrow(struct keep *k, const struct net *n, struct str reason,
    struct str who, const char **why)
{
	struct work w = { .n = n, .reason = reason, .who = who, .why = why };

	return too_long(&w) ? SEK_ELIMIT : keep_precious(k, narrow_now, &w);
}

int
range_except(struct keep *k, const struct addr *a, bool ends, struct str reason,
    struct str who, const char **why)
{
	struct work w = { .addr = *a, .ends = ends, .reason = reason, .who = who,
	    .why = why };

	return too_long(&w) ? SEK_ELIMIT : keep_precious(k, except_now, &w);
}
