#include "keep/permit.h"

#include "fact/special_use.h"
#include "keep/candidate.h"
#include "keep/doctor.h"
#include "keep/list.h"
#include "keep/optouts.h"
#include "keep/status.h"

/* Rules, in order; the first that says no decides:
 * 1. Special-use addresses never, but lab ranges (fact/special_use).
 * 2. The probe mailbox's own address only for the control letter.
 * 3. What the life of the list forbids (keep/status): a frozen one looks for
 *    nothing new, an emptied one tests nothing.
 * 4. Outside lab ranges nothing while public probing is off, or the start-up
 *    checklist has not passed with this configuration (keep/doctor); but a
 *    command without the daemon may test the machine it runs on: no packet of a
 *    test leaves it.
 * 5. An opt-out ends probes at once.  Only a retest that its owner asked for
 *    after it (a proof of `owner` made later, the source address too) goes on.
 *    An opt-out of a domain is one of every name under it.
 * 6. A basis that is valid now: a live listing for retests of it, else the
 *    strongest nominee.
 * 7. In a lab range any basis counts as a proved owner with pace `lab`, but
 *    RFC 1918 keeps the pace and depth of `owner`. */

bool
permit_lab(const struct conf *c, const struct addr *a)
{
	for (size_t i = 0; i < c->n_lab; i++)
		if (net_has(&c->lab[i], a))
			return true;
	return false;
}

enum { PRIVATE_NETS = 3 };

/* RFC 1918: whose lab ranges keep the pace of owners. */
static struct net
private_net(size_t i)
{
	static const struct { uint8_t a, b, len; } blocks[PRIVATE_NETS] = {
		{ 10, 0, 8 }, { 172, 16, 12 }, { 192, 168, 16 },
	};

	return (struct net){ addr_v4(blocks[i].a, blocks[i].b, 0, 0),
	    (uint8_t)(96 + blocks[i].len) };
}

bool
permit_paced_lab(const struct conf *c)
{
	for (size_t i = 0; i < PRIVATE_NETS; i++) {
		struct net n = private_net(i);

		for (size_t j = 0; j < c->n_lab; j++)
			if (net_within(&c->lab[j], &n) || net_within(&n, &c->lab[j]))
				return true;
	}
	return false;
}

static bool
is_rfc1918(const struct addr *a)
{
	bool is = false;

	for (size_t i = 0; i < PRIVATE_NETS; i++) {
		struct net n = private_net(i);

		is = is || net_has(&n, a);
	}
	return is;
}

static bool
own_receiver(const struct conf *c, const struct addr *a)
{
	for (size_t i = 0; i < c->n_smtp; i++)
		if (addr_eq(&c->smtp[i].addr, a))
			return true;
	return false;
}

bool
permit_own(const struct keep *k, const struct addr *a)
{
	for (size_t i = 0; i < k->n_own; i++)
		if (addr_eq(&k->own[i], a))
			return true;
	return false;
}

const char *
permit_never(struct keep *k, const struct addr *a)
{
	const struct conf *c = k->conf;
	const char *why = NULL;

	if (special_use(a, c->lab, c->n_lab, &why))
		return "special-use";
	if (own_receiver(c, a))
		return "own-receiver";
	if (permit_lab(c, a) || (k->itself && permit_own(k, a)))
		return NULL;
	return doctor_public(k);
}

int
permit_opted_out(struct keep *k, const struct addr *a)
{
	struct wall made;

	return optouts_find(k, a, &made);
}

struct basis_seek {
	enum basis	best;
	struct wall	until;
	uint64_t	nominee;
	struct wall	owner;	/* when it was proved last, also by the source address; 0: never */
	struct wall	now;
};

static bool
by_owner(enum basis b)
{
	return b == BASIS_OWNER || b == BASIS_VISITOR;
}

/* The strongest live one wins: the deepest, then the fastest pace. */
static int
basis_best(void *ctx, const void *row)
{
	const struct nominee *n = row;
	struct basis_seek *seek = ctx;
	const struct basis_rule *now, *best = &basis_rules[seek->best];

	if (n->basis <= BASIS_NONE || n->basis >= BASIS_N)
		return 0;
	now = &basis_rules[n->basis];
	if (by_owner(n->basis) && n->made.s > seek->owner.s &&
	    n->made.s <= seek->now.s)
		seek->owner = n->made;
	if (seek->best == BASIS_NONE || now->deepest > best->deepest ||
	    (now->deepest == best->deepest && now->pace > best->pace)) {
		seek->best = n->basis;
		seek->until = n->until;
		seek->nominee = n->id;
	}
	return 0;
}

static int
live_basis(struct keep *k, const struct addr *a, enum run_kind purpose,
    struct basis_seek *seek)
{
	struct wall now = keep_now(k);
	struct listing l;
	int err;

	seek->now = now;
	err = store_each(k->store, Q_NOMINEE_LIVE,
	    ARGS(ARG_A(*a), ARG_I(now.s)), basis_best, seek);

	if (err < 0 || by_owner(seek->best) ||
	    (purpose != RUN_RETEST && purpose != RUN_RECHECK))
		return err;
	err = store_one(k->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(*a)), &l);
	if (err == 0 && l.code == CODE_ENTRY && l.until.s > now.s) {
		seek->best = BASIS_LISTED;	/* an exit is nobody's to probe */
		seek->until = l.until;
		seek->nominee = 0;
	}
	store_forget(k->store);
	return err < 0 ? err : 0;
}

static void
say_no(struct permit *out, const char *why)
{
	*out = (struct permit){ .why = why };
}

static void
say_yes(struct permit *out, const struct conf *c, const struct addr *a,
    const struct basis_seek *seek)
{
	const struct basis_rule *rule = &basis_rules[seek->best];

	*out = (struct permit){
		.ok = true, .basis = seek->best, .deepest = rule->deepest,
		.usual = rule->usual, .pace = rule->pace, .until = seek->until,
		.nominee = seek->nominee, .owner = seek->owner,
	};
	if (!permit_lab(c, a))
		return;
	out->usual = DEPTH_NORMAL;
	out->deepest = is_rfc1918(a) ? DEPTH_OWNER : DEPTH_LAB;
	out->pace = is_rfc1918(a) ? PACE_OWNER : PACE_LAB;
}

static void
permit_control(struct permit *out, const struct conf *c, const struct addr *a)
{
	struct basis_seek own = { .best = BASIS_CONTROL };

	if (own_receiver(c, a) ||
	    (!addr_is_none(&c->canary) && addr_eq(a, &c->canary)))
		say_yes(out, c, a, &own);
	else
		say_no(out, "not-our-receiver");
}

void
permit_check(struct permit *out, struct keep *k, const struct addr *a,
    enum run_kind purpose)
{
	struct basis_seek seek = { .best = BASIS_NONE };
	const char *never;
	struct wall out_made;
	int opted;

	if (purpose == RUN_CONTROL) {
		permit_control(out, k->conf, a);
		return;
	}
	never = permit_never(k, a);
	if (never == NULL)
		never = status_forbids(k, purpose);
	if (never != NULL) {
		say_no(out, never);
		return;
	}
	opted = optouts_find(k, a, &out_made);
	if (opted < 0 || live_basis(k, a, purpose, &seek) < 0)
		say_no(out, "store");
	else if (opted > 0 && !(purpose == RUN_RETEST && seek.owner.s > out_made.s))
		say_no(out, "opted-out");
	else if (seek.best == BASIS_NONE)
		say_no(out, "no-basis");
	else
		say_yes(out, k->conf, a, &seek);
}

/* --- names --- */

/* The newest opt-out of any of them; *made stays where there is none. */
static int
newest_of(struct keep *k, struct str name, struct wall *made)
{
	struct wall one;
	int found = optouts_find_name(k, name, &one);

	if (found > 0 && one.s > made->s)
		*made = one;
	return found;
}

static int
names_find(struct keep *k, struct str host, struct str words, struct wall *made)
{
	int found = newest_of(k, host, made);

	while (found >= 0 && words.n > 0) {
		int more = newest_of(k, str_cut(&words, ' '), made);

		found = more < 0 ? more : found | more;
	}
	return found;
}

int
permit_names_opted_out(struct keep *k, struct str host, struct str words)
{
	struct wall made = { 0 };

	return names_find(k, host, words, &made);
}

/* A PTR name counts although it may not lead back: somebody wrote it there. */
static int
candidates_find(struct keep *k, uint64_t run, struct wall *made)
{
	struct candidates c;
	int found = candidate_read(&c, k, run);

	for (size_t i = 0; found >= 0 && i < c.n; i++) {
		int more;

		if (!c.row[i].used && c.row[i].source != NAME_PTR)
			continue;
		more = names_find(k, c.row[i].host, c.row[i].dom, made);
		found = more < 0 ? more : found | more;
	}
	return found;
}

void
permit_run(struct permit *out, struct keep *k, const struct run *r)
{
	struct wall made = { 0 };
	int found, more;

	permit_check(out, k, &r->addr, r->kind);
	if (!out->ok || r->kind == RUN_CONTROL || optouts_has_names(k) == 0)
		return;
	found = names_find(k, r->host, r->domains, &made);
	more = candidates_find(k, r->id, &made);
	if (found < 0 || more < 0)
		say_no(out, "store");
	else if ((found | more) > 0 && !(r->kind == RUN_RETEST && out->owner.s > made.s))
		say_no(out, "opted-out");
}
