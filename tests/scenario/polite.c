/* tests/scenario/polite.c -- does the prober keep to its limits?
 *
 * Seventy-two servers of all tempers write down each connection and each command
 * (polite_saw.c), for five days in which we ask for tests of them again and again, at
 * all depths (fifty of them in one network at once, twelve of one operator in networks
 * of their own), cancel some, opt some out, start the keeper anew and set its clock. */
#include "polite.h"

#include <stdlib.h>
#include <unistd.h>

enum { DAYS = 5, OUTS = 4 };

/* --- the servers --- */

static const struct temper tempers[] = {
	{ "refuses", { { "RCPT", "550 5.7.1 no" } }, false, false },
	{ "keeps", { { NULL, NULL } }, false, false },
	{ "bounces", { { NULL, NULL } }, false, true },
	{ "says 421", { { "RCPT", "421 4.7.0 not now" } }, false, false },
	{ "greylists", { { "RCPT", "450 4.2.0 greylisted" } }, false, false },
	{ "hangs up", { { "RCPT", "550 no" }, { "RSET", "!drop" } }, false, false },
	{ "is full", { { "BANNER", "421 4.3.2 full" } }, false, false },
	{ "blocks us", { { "BANNER", "554 5.7.1 no service" } }, false, false },
	{ "is silent", { { "BANNER", "!silence" } }, false, false },
	{ "refuses data", { { "DATA", "554 5.7.1 no" } }, false, false },
	{ "is slow", { { "RCPT", "!silence" } }, false, false },
};
enum {
	TEMPERS = sizeof(tempers) / sizeof(tempers[0]),
	REFUSES = 0, KEEPS = 1, BOUNCES = 2, SAYS_421 = 3, SILENT = 8, SLOW = 10,
};
static const size_t of_operators[] = { REFUSES, SILENT, SLOW };

static const struct temper relays = { "relays", { { NULL, NULL } }, true, false };

/* --- what we ask for --- */

static void
name_of(char out[32], size_t i)
{
	snprintf(out, 32, i < OF_OPERATOR ? "m.c%zu.example" : "m%zu.operator.example", i);
}

static void
server_is(struct world *w, size_t i, enum class class, struct addr a, const struct temper *t)
{
	static const enum depth deepest[CLASSES] = {
		[FOREIGN] = DEPTH_FULL, [LISTED] = DEPTH_FULL, [OWNER] = DEPTH_OWNER, [LAB] = DEPTH_LAB,
	};
	struct peer *p = world_peer(w, &a, true);
	size_t at = strlen(w->dns);
	char text[ADDR_TEXT], name[32];

	polite_servers[i] = (struct server){ .addr = a, .class = class,
	    .depth = deepest[class], .temper = t };
	p->relays = t->relays;
	p->bounces = t->bounces;
	for (; p->n < 4 && t->rules[p->n][0] != NULL; p->n++) {
		snprintf(p->rules[p->n].verb, sizeof(p->rules[0].verb), "%s", t->rules[p->n][0]);
		snprintf(p->rules[p->n].reply, sizeof(p->rules[0].reply), "%s", t->rules[p->n][1]);
	}
	addr_text(text, &a);
	name_of(name, i);
	snprintf(w->dns + at, sizeof(w->dns) - at, "%s %s %s\n", name,
	    addr_is_v4(&a) ? "a" : "aaaa", text);
}

static void
servers_are(struct world *w)
{
	size_t i = 0;

	for (; i < IN_ONE_NET; i++)
		server_is(w, i, FOREIGN, addr_v4(203, 0, 113, (uint8_t)(1 + i)), &tempers[i % TEMPERS]);
	for (; i < IN_ONE_NET + 4; i++)
		server_is(w, i, LISTED, addr_v4(198, 51, 100, (uint8_t)i), &relays);
	server_is(w, i++, OWNER, addr_v4(10, 1, 2, 3), &tempers[REFUSES]);
	server_is(w, i++, OWNER, addr_v4(10, 1, 2, 4), &tempers[KEEPS]);
	server_is(w, i++, OWNER, addr_v4(10, 1, 2, 5), &tempers[SAYS_421]);
	server_is(w, i++, LAB, addr_v4(198, 18, 1, 6), &tempers[REFUSES]);
	server_is(w, i++, LAB, addr_v4(198, 18, 1, 7), &tempers[KEEPS]);
	server_is(w, i++, LAB, addr_v4(198, 18, 1, 8), &tempers[BOUNCES]);
	for (; i < SERVERS; i++) {
		struct addr a = { { 0x20, 1, 0x0d, 0xb8, 0, (uint8_t)i, [15] = 1 } };

		server_is(w, i, FOREIGN, a, &tempers[of_operators[i % 3]]);
	}
}

static int
nominate(struct world *w, size_t i, enum depth depth)
{
	const struct server *s = &polite_servers[i];
	char host[32];
	struct nomination n = {
		.addr = s->addr, .port = 25, .basis = s->class == OWNER ? BASIS_OWNER : BASIS_AUTHORITY,
		.depth = s->class < OWNER ? depth : s->depth, .has_depth = true,
		.every = s->class >= OWNER, .reason = STR("polite"), .who = STR("test"),
	};
	bool joined, reused;

	name_of(host, i);
	n.host = str_of(host);
	return nominate_add(w->keep, &n, &joined, &reused);
}

/* How deep: one of each temper goes the whole way, ten go half of it; never
 * the whole way at once. */
static enum depth
depth_of(size_t i, unsigned round)
{
	enum depth most = i < TEMPERS ? DEPTH_FULL : i < 2 * TEMPERS ? DEPTH_NORMAL : DEPTH_GENTLE;

	return round < (unsigned)most ? (enum depth)round : most;
}

/* All at once; an owner asks twice. */
static void
nominate_all(struct world *w, unsigned round)
{
	int err = keep_write(w->keep);

	for (size_t i = 0; err == 0 && i < SERVERS; i++)
		if (!polite_servers[i].out && (polite_servers[i].class < OWNER || round % 8 == 0))
			err = nominate(w, i, depth_of(i, round));
	if (keep_done(w->keep, err) != 0 || keep_flush(w->keep) != 0)
		die("nominate: %s", store_why(w->keep->store));
}

static void
cancel(struct world *w, const struct server *s)
{
	struct keep *k = w->keep;
	struct run r;
	bool was;
	int err = store_one(k->store, Q_RUN_LIVE_BY_ADDR, ARGS(ARG_A(s->addr)), &r);

	store_forget(k->store);
	if (err == STORE_NONE)
		return;
	if (err != 0 || keep_write(k) != 0 || keep_done(k, pace_cancel(k, r.id, &was)) != 0 ||
	    keep_flush(k) != 0)
		die("cancel: %s", store_why(k->store));
}

static void
retest(struct world *w, const struct server *s)
{
	struct keep *k = w->keep;
	bool reused;

	if (keep_write(k) != 0 ||
	    keep_done(k, nominate_retest(k, &s->addr, 0, STR("test"), &reused)) != 0 ||
	    keep_flush(k) != 0)
		die("retest: %s", store_why(k->store));
}

static void
opt_out(struct world *w, struct server *s)
{
	struct net n = { s->addr, 128 };

	s->out = true;
	if (nominate_optout(w->keep, &n, STR("mail"), STR("asked"), STR("owner")) != 0)
		die("opt-out: %s", store_why(w->keep->store));
	world_pass(w, 2);
	if (s->open > 0)
		polite_fault(w, s, "still connected 2 s after the opt-out");
}

/* Those that are in dialogue with us in the first hours. */
static unsigned
opt_out_some(struct world *w)
{
	unsigned outs = 0;

	for (unsigned n = 0; n < 2 * HOUR_S && outs < OUTS; n++, world_pass(w, 1))
		for (size_t i = TEMPERS; i < IN_ONE_NET; i++)
			if (polite_servers[i].open > 0 && !polite_servers[i].out) {
				opt_out(w, &polite_servers[i]);
				outs++;
				break;
			}
	return outs;
}

static unsigned
some_days(struct world *w)
{
	unsigned outs = 0;

	for (unsigned hour = 0; hour < DAYS * 24; hour++) {
		if (hour % 6 == 0)
			nominate_all(w, hour / 6);
		if (hour == 0)
			outs = opt_out_some(w);
		for (size_t i = 0; i < SERVERS; i++) {
			if (polite_servers[i].class == LISTED && hour > 2)
				retest(w, &polite_servers[i]);
			if (hour % 24 == 9 && i % 4 == hour / 24 % 4)
				cancel(w, &polite_servers[i]);
		}
		if (hour % 24 == 15)
			world_kill_keeper(w);
		if (hour == 4 * 24)
			world_set_clock(w, 36 * HOUR_S);
		world_pass(w, HOUR_S);
	}
	return outs;
}

/* --- the account --- */

/* No host of the operator waits for ever for the others: all were spoken to, and
 * those that answer have heard all of their forms. */
static bool
all_had_their_turn(void)
{
	for (size_t i = OF_OPERATOR; i < SERVERS; i++)
		if (polite_servers[i].talks == 0 ||
		    (polite_servers[i].temper == &tempers[REFUSES] && polite_servers[i].n_seen < 2))
			return false;
	return true;
}

/* A limit that was never reached was not tested. */
static bool
reached(void)
{
	const struct polite_sums *s = &polite_sums;
	unsigned at_limit = 0;

	for (size_t i = 0; i < IN_ONE_NET; i++)
		at_limit += polite_servers[i].at_limit;
	for (enum class c = FOREIGN; c < CLASSES; c++)
		printf("# %s: %u connections, %u letters; at most %u a day to one, %u at once to a "
		    "network, again after %lld s at least\n", polite_limits[c].name,
		    s->class[c].talks, s->class[c].letters, s->class[c].most_a_day,
		    s->class[c].most_at_once, (long long)s->class[c].least_s);
	printf("# one operator: %u connections, %u at once, again after %lld s at least\n",
	    s->operator.talks, s->operator.most_at_once, (long long)s->operator.least_s);
	printf("# %u dialogues ended at the limit of refusals, %u began after a silence\n",
	    at_limit, s->after_silence);
	return all_had_their_turn() && at_limit > 0 && s->after_silence > 0 &&
	    s->class[FOREIGN].most_a_day == 20 && s->class[FOREIGN].most_at_once == 2 &&
	    s->class[FOREIGN].least_s <= 62 && s->operator.most_at_once == 4 &&
	    s->operator.least_s <= 12 && s->class[LISTED].most_a_day == 6 &&
	    s->class[LISTED].least_s <= 3700 && s->class[OWNER].least_s <= 12 &&
	    s->class[OWNER].talks > 50 && s->class[LAB].talks > 50;
}

int
main(void)
{
	static struct world w;
	char dir[] = "/dev/shm/polite.XXXXXX";
	struct conf_why why;
	struct net n;
	unsigned outs;
	bool ok;

	if (mkdtemp(dir) == NULL)
		die("no temporary directory");
	world_open(&w, dir);
	if (conf_set(w.conf, "lab.range", STR("198.18.0.0/15"), &why) != 0 ||
	    conf_set(w.conf, "lab.range", STR("10.0.0.0/8"), &why) != 0 ||
	    conf_set(w.conf, "probe.per_net", STR("2"), &why) != 0 ||
	    conf_set(w.conf, "probe.per_operator", STR("4"), &why) != 0 ||
	    conf_set(w.conf, "probe.domain2", STR("probe2.example"), &why) != 0)
		die("%s", why.text);
	if (net_parse(&n, STR("203.0.113.0/24")) != 0)
		die("net");
	world_public(&w, &n);
	if (net_parse(&n, STR("198.51.100.0/24")) != 0)
		die("net");
	world_public(&w, &n);
	if (net_parse(&n, STR("2001:db8::/32")) != 0)
		die("net");
	world_public(&w, &n);
	servers_are(&w);
	w.saw = polite_saw;
	world_start(&w);
	outs = some_days(&w);
	ok = reached();
	printf("1..3\n%s 1 - every limit of every class is kept\n",
	    polite_sums.faults == 0 ? "ok" : "not ok");
	printf("%s 2 - and was reached\n", ok ? "ok" : "not ok");
	printf("%s 3 - %u opted out in a dialogue\n", outs == OUTS ? "ok" : "not ok", outs);
	world_close(&w);
	world_remove(dir);
	return !(polite_sums.faults == 0 && ok && outs == OUTS);
}
