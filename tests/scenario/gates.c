/* tests/scenario/gates.c -- gates on fake time, with the real keeper, prober and
 * receiver: servers that open and close at random moments, a thousand rounds on
 * closed ones, restarts, silence, late letters, opt-outs.  TAP. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keep/gate_begin.h"
#include "keep/gate_json.h"
#include "world.h"

enum { MOMENTS = 40, CLOSED_ROUNDS = 1000 };

static unsigned tests, failed;

/* What a gate told, as it was told. */
struct heard {
	struct world	*w;
	int64_t		 first_told;	/* wall; 0: nothing was open */
	unsigned	 openings, changes, rounds, plans;
	char		 last_why[GATE_WHY], last_verdict[16];
	bool		 over;
};

static void
ok(bool good, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void
ok(bool good, const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("%s %u - %s\n", good ? "ok" : "not ok", ++tests, name);
	failed += !good;
	if (fmt[0] == '\0')
		return;
	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static void
told(void *ctx, json_t *ev)
{
	struct heard *h = ctx;
	const char *name = text(ev, "event");

	if (strcmp(name, "gate-open") == 0) {
		if (h->openings++ == 0)
			h->first_told = h->w->clock.wall.s;
	} else if (strcmp(name, "gate-change") == 0)
		h->changes++;
	else if (strcmp(name, "gate-plan") == 0)
		h->plans++;
	else if (strcmp(name, "gate-round") == 0) {
		h->rounds++;
		snprintf(h->last_why, sizeof(h->last_why), "%s", text(ev, "why"));
		snprintf(h->last_verdict, sizeof(h->last_verdict), "%s", text(ev, "verdict"));
	}
}

static void
over(void *ctx)
{
	((struct heard *)ctx)->over = true;
}

static void
world_new(struct world *w, const char *dir)
{
	struct conf_why why;

	world_open(w, dir);
	snprintf(w->store, sizeof(w->store), "memory:");
	if (conf_set(w->conf, "lab.range", STR("198.18.0.0/15"), &why) != 0 ||
	    conf_set(w->conf, "lab.range", STR("10.0.0.0/8"), &why) != 0)
		die("%s", why.text);
	world_start(w);
}

static void
rule(struct peer *p, const char *verb, const char *reply)
{
	struct rule *r = &p->rules[p->n++];

	snprintf(r->verb, sizeof(r->verb), "%s", verb);
	snprintf(r->reply, sizeof(r->reply), "%s", reply);
}

static void
close_it(struct peer *p)
{
	p->n = 0;
	rule(p, "RCPT", "554 5.7.1 Relay access denied");
	p->relays = false;
	p->ports[0] = 25;
	p->n_ports = 1;
}

static void
open_it(struct peer *p)
{
	p->n = 0;
	p->relays = true;
}

static void
down(struct peer *p)
{
	p->ports[0] = 1;
	p->n_ports = 1;
}

static struct peer *
peer_at(struct world *w, const struct addr *a)
{
	struct peer *p = world_peer(w, a, true);

	close_it(p);
	return p;
}

/* NULL, or why not. */
static const char *
begin(struct gate_run **g, struct gate_plan *plan, struct world *w, struct heard *h,
    const struct addr *a, enum depth depth, int64_t for_s, int64_t every_s)
{
	struct nomination n = { .addr = *a, .port = 25, .basis = BASIS_OWNER,
	    .depth = depth, .has_depth = true, .reason = STR("test"), .who = STR("test") };
	struct gate_wish wish = { .n = &n, .for_s = for_s, .every_s = every_s,
	    .tell = told, .over = over, .ctx = h };

	*h = (struct heard){ .w = w };
	return gate_begin(g, plan, w->keep, &wish);
}

static struct gate_run *
must_begin(struct world *w, struct heard *h, const struct addr *a, enum depth depth,
    int64_t for_s, int64_t every_s)
{
	struct gate_plan plan;
	struct gate_run *g;
	const char *why = begin(&g, &plan, w, h, a, depth, for_s, every_s);

	if (why != NULL)
		die("gate: %s", why);
	return g;
}

static void
pass_until_over(struct world *w, struct heard *h)
{
	for (int i = 0; !h->over && i < 200000; i++)
		world_pass(w, 1);
	if (!h->over)
		die("a gate does not end");
}

/* --- a random moment --- */

struct trial {
	int64_t	every, open_at, close_at;	/* seconds after the baseline */
	int64_t	opened, told;			/* wall */
	int	exit;
	int64_t	first, last;
};

/* It opens and closes within the watch.  It is open for two intervals: shorter
 * openings may fall between two looks. */
static void
try_moment(struct world *w, struct trial *t, const struct addr *a, enum depth depth)
{
	struct peer *p = peer_at(w, a);
	struct heard h;
	struct gate_run *g = must_begin(w, &h, a, depth, 20 * t->every, t->every);

	while (h.rounds == 0)
		world_pass(w, 1);
	world_pass(w, t->open_at);
	open_it(p);
	t->opened = w->clock.wall.s;
	world_pass(w, t->close_at - t->open_at);
	close_it(p);
	pass_until_over(w, &h);
	t->told = h.first_told;
	t->exit = gate_exit(g->gate);
	t->first = g->gate->first.at.s;
	t->last = g->gate->last.at.s;
	gate_run_free(g);
}

static void
random_moments(struct world *w, const char *name, struct addr a, enum depth depth,
    int64_t every, int moments)
{
	struct rand r;
	int64_t worst = 0;
	int missed = 0, late = 0, before = 0;

	rand_seeded(&r, 5);
	for (int i = 0; i < moments; i++) {
		struct trial t = { .every = every,
		    .open_at = 1 + (int64_t)(rand_u64(&r) % (uint64_t)(15 * every)) };

		t.close_at = t.open_at + 2 * every;
		a.o[15] = (uint8_t)(1 + i % 200);	/* each its own day of sessions */
		w->n_peers = 0;
		try_moment(w, &t, &a, depth);
		missed += t.exit != 1 || t.told == 0;
		late += t.told - t.opened > 2 * every;
		before += t.first < t.opened || t.last > t.opened + 2 * every + 1;
		if (t.told - t.opened > worst)
			worst = t.told - t.opened;
		if (t.exit != 1 || t.told - t.opened > 2 * every)
			printf("# moment %d: every %lld, open at %lld: exit %d, told after %lld\n",
			    i, (long long)every, (long long)t.open_at, t.exit,
			    (long long)(t.told - t.opened));
	}
	ok(missed == 0 && late == 0 && before == 0, name,
	    "%d moments, seed 5: the slowest was told after %lld s of %lld allowed",
	    moments, (long long)worst, (long long)(2 * every));
}

/* --- closed ones --- */

static void
closed_rounds(struct world *w)
{
	static const char *const replies[] = { "554 5.7.1 Relay access denied",
	    "550 no", "554 <>: Recipient address rejected", "551-a|551 b" };
	unsigned rounds = 0, undecided = 0, open = 0, changes = 0;

	for (unsigned i = 0; i < 4; i++) {
		struct addr a = addr_v4(198, 18, 30, (uint8_t)(1 + i));
		struct peer *p;
		struct gate_run *g;
		struct heard h;

		w->n_peers = 0;
		p = peer_at(w, &a);
		snprintf(p->rules[0].reply, sizeof(p->rules[0].reply), "%s", replies[i]);
		g = must_begin(w, &h, &a, DEPTH_GENTLE, (CLOSED_ROUNDS / 4 - 1) * 30, 30);
		pass_until_over(w, &h);
		rounds += g->gate->rounds;
		undecided += g->gate->undecided;
		open += g->gate->open + h.openings;
		changes += h.changes;
		if (gate_exit(g->gate) != 0)
			printf("# %s: exit %d\n", replies[i], gate_exit(g->gate));
		gate_run_free(g);
	}
	ok(rounds == CLOSED_ROUNDS && undecided == 0 && open == 0 && changes == 0,
	    "a thousand rounds on closed servers raise no alarm",
	    "%u rounds, %u undecided, %u open, %u differences", rounds, undecided, open, changes);
}

/* --- what else happens --- */

static void
restart_is_no_gap(struct world *w, const char *name, struct addr a, int64_t every)
{
	struct peer *p;
	struct gate_run *g;
	struct heard h;

	w->n_peers = 0;
	p = peer_at(w, &a);
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 6 * every, every);
	while (h.rounds < 2)
		world_pass(w, 1);
	world_pass(w, every - 1);
	down(p);
	world_pass(w, 4);
	close_it(p);
	pass_until_over(w, &h);
	ok(gate_exit(g->gate) == 0 && g->gate->closed == 7, name, "%u closed, %u undecided",
	    g->gate->closed, g->gate->undecided);
	gate_run_free(g);
}

static void
silence_is_never_closed(struct world *w)
{
	struct addr a = addr_v4(198, 18, 31, 1);
	struct peer *p;
	struct gate_run *g;
	struct heard h;

	w->n_peers = 0;
	p = peer_at(w, &a);
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 120, 30);
	while (h.rounds < 2)
		world_pass(w, 1);
	down(p);
	pass_until_over(w, &h);
	ok(gate_exit(g->gate) == 2 && g->gate->closed == 2 && g->gate->undecided == 3 &&
	    strcmp(h.last_verdict, "untested") == 0 && h.changes > 0,
	    "a server that goes silent is undecided, and its port is a difference",
	    "last: %s, %s; %u differences", h.last_verdict, h.last_why, h.changes);
	gate_run_free(g);
}

static void
kept_is_undecided(struct world *w)
{
	struct addr a = addr_v4(198, 18, 31, 2);
	struct peer *p;
	struct gate_run *g;
	struct heard h;

	w->n_peers = 0;
	p = peer_at(w, &a);
	p->n = 0;
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 60, 30);
	pass_until_over(w, &h);
	ok(gate_exit(g->gate) == 2 && g->gate->closed == 0, "what is taken and kept is undecided",
	    "last: %s, %s", h.last_verdict, h.last_why);
	gate_run_free(g);
}

/* The letter comes back when its round is long over, even the last one. */
static void
late_letter_counts(struct world *w)
{
	struct addr a = addr_v4(198, 18, 31, 3);
	struct peer *p;
	struct gate_run *g;
	struct heard h;
	int64_t opened;

	w->n_peers = 0;
	p = peer_at(w, &a);
	p->after_s = 50;
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 300, 30);
	while (h.rounds < 2)
		world_pass(w, 1);
	open_it(p);
	opened = w->clock.wall.s;
	world_pass(w, 30);
	close_it(p);
	pass_until_over(w, &h);
	ok(gate_exit(g->gate) == 1 && g->gate->first.at.s >= opened &&
	    g->gate->last.at.s <= opened + 31,
	    "a letter that comes back rounds later counts for when it was taken",
	    "open %lld s after it opened, told after %lld",
	    (long long)(g->gate->first.at.s - opened), (long long)(h.first_told - opened));
	gate_run_free(g);
}

/* A 421 asks for silence; the pace class of an owner's server keeps it for ten
 * minutes, in which nobody looks. */
static void
silence_is_kept(struct world *w)
{
	struct addr a = addr_v4(10, 4, 1, 1);
	struct gate_run *g;
	struct heard h;
	struct peer *p;
	unsigned dials;

	w->n_peers = 0;
	p = peer_at(w, &a);
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 1800, 60);
	while (h.rounds < 3)
		world_pass(w, 1);
	p->n = 0;
	rule(p, "EHLO", "421 4.7.0 come back later");
	world_pass(w, 70);
	close_it(p);
	dials = p->dials;
	world_pass(w, 500);
	ok(p->dials == dials, "the silence that a server asks for is kept", "%u more sessions",
	    p->dials - dials);
	pass_until_over(w, &h);
	ok(gate_exit(g->gate) == 2 && g->gate->undecided >= 2 && g->gate->closed > 10 &&
	    strcmp(h.last_verdict, "closed") == 0, "... and its time is undecided",
	    "%u closed, %u undecided", g->gate->closed, g->gate->undecided);
	gate_run_free(g);
}

/* After a letter was taken the class waits for the mailbox: a server known to be
 * open is not undecided meanwhile. */
static void
open_at_an_owners_pace(struct world *w)
{
	struct addr a = addr_v4(10, 5, 1, 1);
	struct gate_run *g;
	struct heard h;
	struct peer *p;

	w->n_peers = 0;
	p = peer_at(w, &a);
	open_it(p);
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 600, 40);
	pass_until_over(w, &h);
	ok(gate_exit(g->gate) == 1 && g->gate->undecided == 0 && g->gate->open >= 8,
	    "open all the time, at the pace of an owner's server", "%u open, %u undecided",
	    g->gate->open, g->gate->undecided);
	gate_run_free(g);
}

static void
optout_ends_it(struct world *w)
{
	struct addr a = addr_v4(198, 18, 31, 4);
	struct net net = { a, 128 };
	struct gate_plan plan;
	struct gate_run *g;
	struct heard h;
	struct peer *p;
	unsigned dials;

	w->n_peers = 0;
	p = peer_at(w, &a);
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 600, 30);
	while (h.rounds < 2)
		world_pass(w, 1);
	if (nominate_optout(w->keep, &net, STR("mail"), STR("asked"), STR("owner")) != 0)
		die("optout");
	dials = p->dials;
	pass_until_over(w, &h);
	ok(p->dials == dials && g->state == GATE_STOPPED && strcmp(g->why, "opted-out") == 0 &&
	    gate_exit(g->gate) == 2, "an opt-out ends it: nothing is sent any more",
	    "%s: %s", gate_json_state(g), g->why);
	gate_run_free(g);
	ok(strcmp(begin(&g, &plan, w, &h, &a, DEPTH_GENTLE, 60, 30), "opted-out") == 0,
	    "... and none is begun after it", "%s", "");
}

/* RFC 1918 keeps the pace of an owner's server. */
static void
pace_binds(struct world *w)
{
	struct addr a = addr_v4(10, 1, 1, 1);
	struct gate_plan plan;
	struct gate_run *g;
	struct heard h;
	const char *why;
	struct peer *p;
	unsigned rounds, allowed;

	w->n_peers = 0;
	p = peer_at(w, &a);
	why = begin(&g, &plan, w, &h, &a, DEPTH_GENTLE, 600, 30);
	ok(why != NULL && strcmp(why, "gate-every") == 0 && p->dials == 0,
	    "shorter than the pace class permits is refused, and nothing is sent",
	    "%s: %lld s at least", why, (long long)plan.least_s);
	why = begin(&g, &plan, w, &h, &a, DEPTH_GENTLE, 36000, 40);
	ok(why != NULL && strcmp(why, "gate-day") == 0 && p->dials == 0,
	    "more than a day allows is refused", "%s: every %lld s fits", why,
	    (long long)plan.fits_s);
	why = begin(&g, &plan, w, &h, &a, DEPTH_LAB, 60, 0);
	ok(why != NULL && strcmp(why, "too-deep") == 0, "too deep is refused", "%s", why);
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 36000, 0);
	allowed = g->plan.rounds;
	ok(strcmp(begin(&g, &plan, w, &h, &a, DEPTH_GENTLE, 60, 0), "gate-busy") == 0,
	    "one gate watches an address", "%s", "");
	g = w->keep->gates->all;
	pass_until_over(w, &h);
	rounds = g->gate->rounds;
	ok(p->dials <= 200 && gate_exit(g->gate) == 0 && rounds == allowed,
	    "what fits into the day keeps within it", "%u rounds, %u sessions", rounds, p->dials);
	gate_run_free(g);
}

static void
listing_of(struct world *w, const struct addr *a, struct listing *l)
{
	if (store_one(w->keep->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(*a)), l) != 0)
		*l = (struct listing){ 0 };
	store_forget(w->keep->store);
}

/* Listed for a form that the gate's depth does not have: its rounds are closed, and
 * neither clear the listing nor keep its recheck away, which becomes due in the middle
 * of one. */
static void
recheck_goes_first(struct world *w)
{
	struct addr a = addr_v4(10, 6, 1, 1);
	struct nomination n = { .addr = a, .port = 25, .basis = BASIS_AUTHORITY,
	    .depth = DEPTH_NORMAL, .has_depth = true, .reason = STR("x"), .who = STR("y") };
	struct listing l = { 0 };
	struct gate_run *g;
	struct heard h;
	struct peer *p;
	bool joined, reused;

	w->n_peers = 0;
	p = peer_at(w, &a);
	p->n = 0;
	rule(p, "RCPT", "250 ok");
	snprintf(p->rules[0].part, sizeof(p->rules[0].part), "%%");
	rule(p, "RCPT", "554 no");
	p->relays = true;
	if (keep_write(w->keep) != 0 ||
	    keep_done(w->keep, nominate_add(w->keep, &n, &joined, &reused)) != 0)
		die("nominate");
	world_pass(w, 600);
	listing_of(w, &a, &l);
	if (l.proofs != 1)
		die("it is not listed");
	world_pass(w, l.proof.s + 3660 - 10 - w->clock.wall.s);
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 600, 60);
	pass_until_over(w, &h);
	listing_of(w, &a, &l);
	ok(l.proofs == 2, "a recheck that becomes due goes before the next round",
	    "%u proofs; %u closed, %u undecided", l.proofs, g->gate->closed, g->gate->undecided);
	ok(g->gate->closed >= 6 && g->gate->open == 0, "... and the rounds go on", "%s", "");
	gate_run_free(g);
}

static int
retest_row(void *ctx, const void *row)
{
	const struct run *r = row;

	if (r->kind == RUN_RETEST)
		*(unsigned *)ctx = r->state;
	return 0;
}

/* A retest that somebody asks for in the middle of a round comes to its end. */
static void
retest_goes_first(struct world *w)
{
	struct addr a = addr_v4(10, 7, 1, 1);
	struct gate_run *g;
	struct heard h;
	unsigned state = 0;
	bool reused;

	w->n_peers = 0;
	(void)peer_at(w, &a);
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 900, 60);
	while (h.rounds < 2)
		world_pass(w, 1);
	world_pass(w, 65 - 30);		/* in the middle of the next */
	if (keep_write(w->keep) != 0 ||
	    keep_done(w->keep, nominate_retest(w->keep, &a, 25, STR("x"), &reused)) != 0)
		die("retest");
	pass_until_over(w, &h);
	if (store_each(w->keep->store, Q_RUN_NEWEST, ARGS(ARG_A(a), ARG_I(200)),
	    retest_row, &state) < 0)
		die("store");
	ok(state == RUN_DONE && gate_exit(g->gate) == 0 && g->gate->closed >= 12,
	    "a retest in the middle of a round takes its place, and the round begins anew",
	    "state %u; %u closed, %u undecided", state, g->gate->closed, g->gate->undecided);
	gate_run_free(g);
}

static void
cancelled(struct world *w)
{
	struct addr a = addr_v4(198, 18, 31, 5);
	struct gate_run *g;
	struct heard h;
	struct peer *p;
	unsigned dials;

	w->n_peers = 0;
	p = peer_at(w, &a);
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 600, 30);
	while (h.rounds < 3)
		world_pass(w, 1);
	world_pass(w, 28);
	gate_run_end(g, GATE_CANCELLED);
	world_pass(w, 1);
	dials = p->dials;
	world_pass(w, 300);
	ok(h.over && p->dials == dials && gate_exit(g->gate) == 0 && g->gate->rounds == 3,
	    "one that is cancelled keeps what is done, and sends no more", "%s", "");
	gate_run_free(g);
}

static void
no_control(struct world *w)
{
	struct addr a = addr_v4(198, 18, 31, 6);
	struct conf_why why;
	struct gate_run *g;
	struct heard h;

	w->n_peers = 0;
	(void)peer_at(w, &a);
	if (conf_set(w->conf, "probe.domain", STR("nowhere.example"), &why) != 0)
		die("%s", why.text);
	world_pass(w, 6 * 3600 + 1);	/* what held is too old (probe.control_age) */
	g = must_begin(w, &h, &a, DEPTH_GENTLE, 60, 30);
	pass_until_over(w, &h);
	ok(gate_exit(g->gate) == 2 && g->gate->closed == 0,
	    "without the control letter nothing is closed", "last: %s, %s", h.last_verdict,
	    h.last_why);
	gate_run_free(g);
}

int
main(void)
{
	static struct world w;
	char dir[] = "/tmp/gates.XXXXXX";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (mkdtemp(dir) == NULL)
		die("no temporary directory");
	world_new(&w, dir);
	random_moments(&w, "opened at a random moment: told within two intervals",
	    addr_v4(198, 18, 20, 1), DEPTH_GENTLE, 30, MOMENTS);
	random_moments(&w, "... also where rounds follow each other closely",
	    addr_v4(198, 19, 20, 1), DEPTH_GENTLE, 5, MOMENTS / 2);
	random_moments(&w, "... and at the pace of an owner's server",
	    addr_v4(10, 2, 20, 1), DEPTH_GENTLE, 40, MOMENTS / 2);
	random_moments(&w, "... with all forms of depth normal",
	    addr_v4(198, 19, 30, 1), DEPTH_NORMAL, 60, MOMENTS / 8);
	closed_rounds(&w);
	restart_is_no_gap(&w, "a restart of the server is no gap", addr_v4(198, 18, 31, 7), 30);
	restart_is_no_gap(&w, "... nor where the pace class rests after it",
	    addr_v4(10, 3, 1, 1), 60);
	silence_is_never_closed(&w);
	kept_is_undecided(&w);
	late_letter_counts(&w);
	silence_is_kept(&w);
	open_at_an_owners_pace(&w);
	optout_ends_it(&w);
	pace_binds(&w);
	recheck_goes_first(&w);
	retest_goes_first(&w);
	cancelled(&w);
	no_control(&w);
	printf("1..%u\n", tests);
	world_close(&w);
	world_remove(dir);
	return failed != 0;
}
