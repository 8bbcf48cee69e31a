#include "keep/nominate.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "fact/relaytest.h"
#include "fact/verdict.h"
#include "keep/evidence.h"
#include "keep/optouts.h"
#include "keep/order.h"
#include "keep/pace.h"
#include "keep/pace_place.h"
#include "keep/permit.h"
#include "keep/range.h"
#include "wire/msg.h"
#include "wire/received.h"

enum { PROVED_AGAIN_S = 3600 };

/* --- the proofs --- */

static bool
trusted_receiver(const struct conf *c, struct str name)
{
	struct str all = str_of(c->receivers);

	while (all.n > 0)
		if (str_ieq(str_cut(&all, ' '), name))
			return true;
	return false;
}

/* A receiver that the operator trusts recorded that address as the connecting
 * client; only the topmost Received line can be believed at all. */
static const char *
proof_mail(struct keep *k, const struct nomination *n)
{
	struct received r;
	struct str value;

	if (n->evidence.n == 0)
		return "no-evidence";
	if (msg_find(&value, n->evidence, STR("Received"), 0) != 0 ||
	    received_read(&r, value) != 0)
		return "evidence-unreadable";
	if (!trusted_receiver(k->conf, r.by))
		return "receiver-not-trusted";
	return addr_eq(&r.from, &n->addr) ? NULL : "evidence-names-another";
}

static bool
address_ends(struct str text, size_t at)
{
	return at >= text.n || !(ascii_alnum(text.p[at]) || text.p[at] == '.' ||
	    text.p[at] == ':');
}

/* A line of the operator's own mail log in which that address is a client. */
static const char *
proof_log(const struct nomination *n)
{
	char addr[ADDR_TEXT];
	struct str left = n->evidence, needle;
	ptrdiff_t at;

	if (n->evidence.n == 0)
		return "no-evidence";
	addr_text(addr, &n->addr);
	needle = str_of(addr);
	while ((at = str_search(left, needle)) >= 0) {
		size_t start = (size_t)at;
		bool begins = start > 0 && (left.p[start - 1] == '[' ||
		    left.p[start - 1] == ' ' || left.p[start - 1] == '=');

		if (begins && address_ends(left, start + needle.n))
			return NULL;
		left = (struct str){ left.p + start + 1, left.n - start - 1 };
	}
	return "evidence-names-another";
}

static const char *
proof_owner(struct keep *k, const struct nomination *n)
{
	if (permit_lab(k->conf, &n->addr) || permit_own(k, &n->addr))
		return NULL;	/* or run on the server itself */
	return "owner-not-proved";
}

const char *
nominate_proof(struct keep *k, const struct nomination *n)
{
	if (str_trim(n->reason).n == 0)
		return "no-reason";
	switch (n->basis) {
	case BASIS_OWNER:
		return proof_owner(k, n);
	case BASIS_EVIDENCE:
		return proof_mail(k, n);
	case BASIS_LOG:
		return proof_log(n);
	case BASIS_AUTHORITY:
		return NULL;	/* the operator's word, signed by who */
	default:
		return "no-basis";
	}
}

/* --- nominations --- */

static int
nominee_put(struct keep *k, const struct nomination *n)
{
	int64_t valid = basis_rules[n->basis].valid_s, now = keep_now(k).s;
	struct nominee row = {
		.addr = n->addr, .host = n->host, .basis = (uint8_t)n->basis,
		.depth = (uint8_t)n->depth, .made = { now },
		.until = { valid == 0 ? 0 : now + valid },
		.reason = n->reason, .who = n->who,
	};
	int err = 0;

	if (n->evidence.n > 0)
		err = evidence_put(&row.evidence, k, EVIDENCE_MAIL, n->evidence);
	if (err == 0)
		err = store_put(k->store, &nominee_shape, &row);
	if (err == 0)
		log_event(LOG_LV_NOTICE, "nominee", LOG_N("id", row.id),
		    LOG_Z("basis", basis_rules[n->basis].name),
		    LOG_T("reason", n->reason), LOG_T("who", n->who));
	return err;
}

/* *reused: the class allows no further set of forms yet (keep/pace). */
static int
run_queue(struct keep *k, const struct permit *p, const struct nomination *n,
    enum run_kind kind, uint64_t *run, bool *joined, bool *reused)
{
	int err;
	struct run r = {
		.addr = n->addr, .port = n->port == 0 ? 25 : n->port,
		.kind = (uint8_t)kind, .basis = (uint8_t)p->basis,
		.depth = (uint8_t)n->depth, .pace = (uint8_t)p->pace,
		.host = n->host, .domains = n->domains, .every = n->every,
		.nominee = p->nominee, .who = n->who,
	};

	*joined = true;
	err = n->since.s > 0 ? pace_go_on(k, &r, n->since) : STORE_NONE;
	if (err == STORE_NONE)
		err = pace_queue(k, &r, joined);
	*run = r.id;
	*reused = err == PACE_SPENT;
	return *reused ? 0 : err;
}

/* --- a list that goes on --- */

enum { SETTLED_VERDICTS = 64 };		/* looked at: an address has a few ports */

struct settled_seek {
	struct keep			*keep;
	const struct nomination		*n;
	enum depth			 depth;
	uint64_t			 verdict;	/* found; 0: none */
};

static bool
is_settled(const struct settled_seek *s, const struct verdict_row *v)
{
	struct run_text text;
	struct run r;

	if (v->made.s < s->n->since.s || v->provisional ||
	    (!v->control && v->verdict != VERDICT_OPEN))
		return false;
	return pace_run(&r, &text, s->keep, v->run) == 0 && r.kind == RUN_PROBE &&
	    r.port == (s->n->port == 0 ? 25 : s->n->port) && r.depth >= s->depth &&
	    r.every >= s->n->every;
}

static int
settled_row(void *ctx, const void *row)
{
	const struct verdict_row *v = row;
	struct settled_seek *s = ctx;

	if (!is_settled(s, v))
		return 0;
	s->verdict = v->id;
	return STORE_STOP;
}

int
nominate_settled(struct verdict_row *v, struct keep *k, const struct nomination *n)
{
	struct settled_seek s = { .keep = k, .n = n };
	struct permit p;
	int err;

	permit_check(&p, k, &n->addr, RUN_PROBE);
	s.depth = n->has_depth ? n->depth : p.ok ? p.usual : DEPTH_NORMAL;
	err = store_each(k->store, Q_VERDICT_NEWEST, ARGS(ARG_A(n->addr),
	    ARG_I(SETTLED_VERDICTS)), settled_row, &s);
	if (err < 0)
		return err;
	return s.verdict == 0 ? STORE_NONE :
	    store_one(k->store, Q_VERDICT_BY_ID, ARGS(ARG_I(s.verdict)), v);
}

bool
nominate_every(const struct keep *k, const struct nomination *n)
{
	return n->basis == BASIS_OWNER || permit_lab(k->conf, &n->addr);
}

int
nominate_add(struct keep *k, const struct nomination *n, bool *joined, bool *reused)
{
	struct nomination queued = *n;
	struct permit p;
	uint64_t run;
	int err = nominee_put(k, n);

	*joined = *reused = false;
	if (err != 0)
		return err;
	permit_check(&p, k, &n->addr, RUN_PROBE);
	queued.depth = n->has_depth ? n->depth : p.usual;
	if (p.ok && queued.depth > p.deepest)
		return SEK_EPARSE;
	return run_queue(k, &p, &queued, RUN_PROBE, &run, joined, reused);
}

int
nominate_basis(struct keep *k, const struct nomination *n)
{
	return nominee_put(k, n);
}

int
nominate_round(struct keep *k, const struct nomination *n, uint64_t *run)
{
	struct nomination queued = *n;
	struct permit p;
	bool joined, reused;
	int err;

	permit_check(&p, k, &n->addr, RUN_PROBE);
	queued.depth = n->has_depth ? n->depth : p.usual;
	if (p.ok && queued.depth > p.deepest)
		return SEK_EPARSE;
	err = run_queue(k, &p, &queued, RUN_PROBE, run, &joined, &reused);
	return err == 0 && reused ? SEK_ELIMIT : err;
}

static int
take_port(void *ctx, const void *row)
{
	const struct attempt *a = row;

	if (a->form < RELAYTEST_N && relaytest_forms[a->form].port == 0)
		*(uint16_t *)ctx = a->port;
	return 0;
}

/* The port at which forms without one of their own last worked, or 25. */
static int
worked_port(struct keep *k, const struct addr *a, uint16_t *port)
{
	*port = 25;
	return store_each(k->store, Q_ATTEMPT_RETURNED, ARGS(ARG_A(*a)), take_port, port);
}

int
nominate_test(struct keep *k, const struct addr *a, enum run_kind kind,
    uint16_t port, struct str who, uint64_t *run, bool *reused)
{
	struct nomination n = { .addr = *a, .who = who };
	struct permit p;
	bool joined;

	if (port == 0 && kind == RUN_RETEST && worked_port(k, a, &port) < 0)
		return SEK_ESTORE;
	permit_check(&p, k, a, kind);
	n.port = port;
	n.depth = p.usual;
	return run_queue(k, &p, &n, kind, run, &joined, reused);
}

int
nominate_retest(struct keep *k, const struct addr *a, uint16_t port,
    struct str who, bool *reused)
{
	uint64_t run;

	return nominate_test(k, a, RUN_RETEST, port, who, &run, reused);
}

/* --- owners --- */

struct proved {			/* the newest proof of one kind that holds */
	enum basis	basis;
	struct wall	made, until;
};

static int
proved_row(void *ctx, const void *row)
{
	const struct nominee *n = row;
	struct proved *p = ctx;

	if (n->basis != p->basis)
		return 0;
	p->made = n->made;
	p->until = n->until;
	return STORE_STOP;
}

/* Is there one that says the same already?  1, 0, or an error. */
static int
proved_lately(struct keep *k, const struct addr *a, enum basis b, struct wall *until)
{
	struct proved p = { .basis = b };
	int64_t now = keep_now(k).s;
	struct wall opted;
	int err = store_each(k->store, Q_NOMINEE_LIVE, ARGS(ARG_A(*a), ARG_I(now)),
	    proved_row, &p);

	if (err == 0)
		err = optouts_find(k, a, &opted);
	if (err < 0)
		return err;
	*until = p.until;
	return p.made.s > now - PROVED_AGAIN_S && p.made.s <= now &&
	    (err == 0 || p.made.s > opted.s);
}

int
nominate_owner(struct keep *k, const struct addr *a, enum basis b,
    struct str how, struct str who, struct wall *until)
{
	struct nomination n = { .addr = *a, .basis = b, .depth = basis_rules[b].usual,
	    .reason = how, .who = who };
	int lately = proved_lately(k, a, b, until);

	if (lately != 0)
		return lately < 0 ? lately : 0;
	until->s = keep_now(k).s + basis_rules[b].valid_s;
	return nominee_put(k, &n);
}

int
nominate_also(struct permit *out, struct keep *k, const struct run *r,
    const struct addr *a)
{
	struct nomination n = { .addr = *a };
	char how[ADDR_TEXT + 40], from[ADDR_TEXT];
	struct wall until;
	int err;

	permit_check(out, k, a, r->kind);
	if (out->ok || strcmp(out->why, "no-basis") != 0 || proof_owner(k, &n) != NULL ||
	    (r->basis != BASIS_OWNER && !permit_lab(k->conf, a)))
		return 0;
	addr_text(from, &r->addr);
	snprintf(how, sizeof(how), "a confirmed name of %s leads there too", from);
	err = nominate_owner(k, a, BASIS_OWNER, str_of(how), STR("keeper"), &until);
	if (err == 0)
		permit_check(out, k, a, r->kind);
	return err;
}

/* --- opt-outs --- */

struct wish {			/* what optout_put() writes */
	const struct optout_of	*all;
	size_t			 n;
	struct optout		 row;	/* what they have in common */
};

static struct optout
optout_row(const struct wish *w, size_t i)
{
	struct optout row = w->row;

	row.domain = w->all[i].domain;
	row.addr = row.domain.n > 0 ? addr_none : w->all[i].net.addr;
	row.len = row.domain.n > 0 ? 128 : w->all[i].net.len;
	return row;
}

static int
optout_put(struct keep *k, void *ctx)
{
	const struct wish *w = ctx;
	int err = 0;

	for (size_t i = 0; err == 0 && i < w->n; i++) {
		struct optout row = optout_row(w, i);

		err = store_put(k->store, &optout_shape, &row);
		if (err == 0 && row.domain.n == 0)
			err = range_opted_out(k, &w->all[i].net);
	}
	return err;
}

/* The copy in memory, and the log. */
static void
optout_known(struct keep *k, const struct wish *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct optout_of *o = &w->all[i];
		char net[NET_TEXT] = "";

		if (o->domain.n > 0)
			optouts_add_domain(k, o->domain, w->row.made);
		else {
			optouts_add(k, &o->net, w->row.made);
			net_text(net, &o->net);
		}
		log_event(LOG_LV_NOTICE, "optout", LOG_Z("net", net),
		    LOG_T("domain", o->domain), LOG_T("operator", w->row.operator),
		    LOG_T("reason", w->row.reason), LOG_T("who", w->row.who));
	}
}

/* What is in flight stops now; what waits is looked at, and ends.  On a full
 * disk it ends when it would have gone on. */
static void
optout_stop(struct keep *k, const struct wish *w)
{
	static const struct net all = { .len = 0 };
	int err;

	order_review(k);
	err = keep_write(k);
	if (err == 0) {
		for (size_t i = 0; err == 0 && i < w->n; i++)
			err = pace_hurry(k, w->all[i].domain.n > 0 ? &all : &w->all[i].net);
		err = keep_done(k, err);
	}
	if (err != 0)
		pace_kick(k);
}

int
nominate_optouts(struct keep *k, const struct optout_of *all, size_t n,
    const struct optout_why *why)
{
	struct wish w = { .all = all, .n = n, .row = {
		.made = keep_now(k), .proof = why->proof, .reason = why->reason,
		.who = why->who, .operator = why->operator,
	} };
	int err = keep_precious(k, optout_put, &w);

	if (err != 0)
		return err;
	optout_known(k, &w);
	optout_stop(k, &w);
	return 0;
}

int
nominate_optout(struct keep *k, const struct net *n, struct str proof,
    struct str reason, struct str who)
{
	return nominate_optouts(k, &(struct optout_of){ .net = *n }, 1,
	    &(struct optout_why){ .proof = proof, .reason = reason, .who = who });
}
