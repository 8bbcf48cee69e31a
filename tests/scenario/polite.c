/* tests/scenario/polite.c -- does the prober keep to its limits?
 *
 * Seventy-two servers of all tempers write down each connection and each command, for
 * five days in which we ask for tests of them again and again, at all depths (fifty
 * of them in one network at once, twelve of one operator in networks of their own),
 * cancel some, opt some out, start the keeper
 * anew and set its clock.  What they saw is held to the limits of relay-tests
 * section 5 and architecture section 4, which are written down here once more. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keep/nominate.h"
#include "keep/pace.h"
#include "world.h"

enum {
	SERVERS = 72, IN_ONE_NET = 50, OF_OPERATOR = 60,	/* and those after it */ DAYS = 5, HOUR_S = 3600, DAY_S = 86400,
	SEEN = 256,		/* forms of one server that were answered for good */
	STARTS = 200,		/* connections that are remembered */
	SHOWN = 20,		/* faults that are printed */
	OUTS = 4,
	LETTER_MOST = 4096, SESSION_MOST_S = 900,
};

enum class { FOREIGN, LISTED, OWNER, LAB, CLASSES };

static const struct limits {
	const char	*name;
	int64_t		 between_s;
	unsigned	 refusals, per_day, per_net;	/* 0: no limit */
	unsigned	 per_operator;
	int64_t		 operator_s, mailbox_s, silence_s;
	bool		 once;		/* no form twice in these days */
} limits[CLASSES] = {
	[FOREIGN] = { "foreign", 60, 3, 20, 2, 4, 10, 3600, 86400, true },
	[LISTED] = { "listed", 120, 3, 6, 2, 4, 10, 600, 86400, false },
	[OWNER] = { "owner", 10, 10, 200, 0, 0, 0, 60, 600, false },
	[LAB] = { "lab", 0, 0, 0, 0, 0, 0, 0, 0, false },
};

/* --- the servers --- */

static const struct temper {
	const char	*name, *rules[4][2];	/* verb[~part], reply */
	bool		 relays, bounces;
} tempers[] = {
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
enum { TEMPERS = sizeof(tempers) / sizeof(tempers[0]), REFUSES = 0, KEEPS = 1, BOUNCES = 2, SAYS_421 = 3,
	SILENT = 8, SLOW = 10 };
static const size_t of_operators[] = { REFUSES, SILENT, SLOW };

static const struct temper relays = { "relays", { { NULL, NULL } }, true, false };

struct server {
	struct addr	addr;
	enum class	class;
	enum depth	depth;		/* beyond which nothing may go */
	const struct temper *temper;
	bool		out;		/* opted out */
	/* what it saw */
	unsigned	open, talks, refused, accepted, at_limit;
	int64_t		began, ended, silent, taken;	/* taken: a letter, not handed on */
	int64_t		starts[STARTS];
	char		from[512], form[700], greeting[80];
	uint64_t	seen[SEEN];
	unsigned	n_seen;
	bool		refuses;	/* it did, in a dialogue */
};

static struct server servers[SERVERS];
static struct { unsigned talks, letters, most_a_day, most_at_once; int64_t least_s; } sums[CLASSES];
static struct { unsigned talks, most_at_once; int64_t began, least_s; } operator;
static unsigned faults, after_silence;

static int64_t
now_s(const struct world *w)
{
	return w->clock.mono.ms / 1000;
}

static void fault(const struct world *w, const struct server *s, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
fault(const struct world *w, const struct server *s, const char *fmt, ...)
{
	char addr[ADDR_TEXT], text[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	addr_text(addr, &s->addr);
	if (faults++ < SHOWN)
		printf("# %s (%s, %s) after %lld s: %s\n", addr, limits[s->class].name,
		    s->temper->name, (long long)now_s(w), text);
}

/* --- connections --- */

static bool
same_net(const struct addr *a, const struct addr *b)
{
	return memcmp(a->o, b->o, addr_is_v4(a) ? 15 : 6) == 0;
}

static bool
of_operator(const struct server *s)
{
	return s >= servers + OF_OPERATOR;
}

static unsigned
open_near(const struct server *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < SERVERS; i++)
		if (same_net(&servers[i].addr, &s->addr))
			n += servers[i].open;
	return n;
}

static unsigned
begun_in_a_day(const struct server *s, int64_t now)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->talks && i < STARTS; i++)
		n += s->starts[i] > now - DAY_S;
	return n;
}

static void
check_pauses(struct world *w, struct server *s)
{
	const struct limits *l = &limits[s->class];
	int64_t now = now_s(w), pause = now - s->ended;

	if (s->talks == 0)
		return;
	if (sums[s->class].least_s == 0 || pause < sums[s->class].least_s)
		sums[s->class].least_s = pause;
	if (pause < l->between_s)
		fault(w, s, "came again after %lld s", (long long)pause);
	if (s->silent > 0 && now - s->silent < l->silence_s)
		fault(w, s, "came %lld s after it asked for silence",
		    (long long)(now - s->silent));
	if (s->silent > 0)
		after_silence++;
}

static void
check_numbers(struct world *w, struct server *s)
{
	const struct limits *l = &limits[s->class];
	unsigned day = begun_in_a_day(s, now_s(w)), near = open_near(s);

	if (day > sums[s->class].most_a_day)
		sums[s->class].most_a_day = day;
	if (near > sums[s->class].most_at_once)
		sums[s->class].most_at_once = near;
	if (l->per_day > 0 && day > l->per_day)
		fault(w, s, "%u connections in a day", day);
	if (s->open > 1)
		fault(w, s, "%u connections at once", s->open);
	if (l->per_net > 0 && near > l->per_net)
		fault(w, s, "%u connections at once to its network", near);
}

/* Twelve networks, one operator. */
static void
check_operator(struct world *w, struct server *s)
{
	const struct limits *l = &limits[s->class];
	int64_t now = now_s(w), pause = now - operator.began;
	unsigned open = 0;

	for (size_t i = OF_OPERATOR; i < SERVERS; i++)
		open += servers[i].open;
	if (open > operator.most_at_once)
		operator.most_at_once = open;
	if (open > l->per_operator)
		fault(w, s, "%u connections at once to its operator", open);
	if (operator.talks++ > 0 && (operator.least_s == 0 || pause < operator.least_s))
		operator.least_s = pause;
	if (operator.talks > 1 && pause < l->operator_s)
		fault(w, s, "%lld s after another host of its operator", (long long)pause);
	operator.began = now;
}

static void
on_begin(struct world *w, struct server *s, uint16_t port)
{
	if (s->out)
		fault(w, s, "connected to after the opt-out");
	if (s->depth < DEPTH_OWNER && port != 25 && port != 465 && port != 587 && port != 2525)
		fault(w, s, "port %u at a depth below owner", port);
	check_pauses(w, s);
	s->starts[s->talks++ % STARTS] = s->began = now_s(w);
	s->open++;
	s->refused = 0;
	s->greeting[0] = '\0';
	sums[s->class].talks++;
	check_numbers(w, s);
	if (of_operator(s))
		check_operator(w, s);
}

static void
on_end(struct world *w, struct server *s)
{
	int64_t took = now_s(w) - s->began;

	s->open--;
	s->ended = now_s(w);
	if (took > SESSION_MOST_S + 60)
		fault(w, s, "held for %lld s", (long long)took);
	if (took >= SESSION_MOST_S)
		s->silent = now_s(w);
}

/* --- commands --- */

static bool
starts(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* Tokens (36 letters of base32) become * the first time, # where one comes again:
 * a form is the same in each try. */
static void
untoken(char *out, size_t cap, const char *line)
{
	const char *first = NULL;
	size_t n = 0;

	while (*line != '\0' && n + 2 < cap) {
		size_t run = strspn(line, "abcdefghijklmnopqrstuvwxyz234567");

		if (run == 0) {
			out[n++] = *line++;
			continue;
		}
		if (run >= 36)
			out[n++] = first != NULL && strncmp(first, line, 36) == 0 ? '#' : '*';
		if (run >= 36)
			first = line;
		for (size_t i = 0; run < 36 && i < run && n + 2 < cap; i++)
			out[n++] = line[i];
		line += run;
	}
	out[n] = '\0';
}

static uint64_t
number_of(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u;

	while (*text != '\0')
		h = (h ^ (uint8_t)*text++) * 0x100000001b3u;
	return h;
}

/* A form was answered for good: it must not come again. */
static void
settled(struct world *w, struct server *s)
{
	uint64_t is = number_of(s->form);

	for (unsigned i = 0; limits[s->class].once && i < s->n_seen; i++)
		if (s->seen[i] == is)
			fault(w, s, "the same form again: %s", s->form);
	if (s->n_seen < SEEN)
		s->seen[s->n_seen++] = is;
}

static bool
inside(const char *from)
{
	return strstr(from, "probe.example") == NULL && strstr(from, "probe2.example") == NULL &&
	    !starts(from, "MAIL FROM:<>");
}

/* Rules 1 and 2 of relay-tests section 5. */
static void
on_mail(struct world *w, struct server *s, const char *line)
{
	const struct limits *l = &limits[s->class];

	snprintf(s->from, sizeof(s->from), "%s", line);
	if (s->taken > 0 && now_s(w) - s->taken < l->mailbox_s)
		fault(w, s, "a form %lld s after it took one", (long long)(now_s(w) - s->taken));
	if (!inside(line))
		return;
	if (s->class != LAB && s->class != LISTED && !s->refuses)
		fault(w, s, "a sender inside before it refused anything: %s", line);
	if (s->class != LAB && s->accepted > 0)
		fault(w, s, "a sender inside after it took a letter: %s", line);
	if (strstr(line, "[127.") != NULL || (s->depth < DEPTH_LAB && strstr(line, "@localhost") != NULL))
		fault(w, s, "a sender by a loopback name: %s", line);
	if (s->depth < DEPTH_OWNER && strchr(line, '[') != NULL)
		fault(w, s, "a sender by its literal: %s", line);
}

static void
on_rcpt(struct world *w, struct server *s, const struct sight *v)
{
	char line[1200];

	snprintf(line, sizeof(line), "%u %s %d %s %s", v->port, s->greeting, v->tls, s->from, v->line);
	untoken(s->form, sizeof(s->form), line);
	if (v->reply[0] != '5')
		return;
	settled(w, s);
	s->refuses = true;
	s->refused++;
	if (limits[s->class].refusals > 0 && s->refused > limits[s->class].refusals)
		fault(w, s, "%u refusals in a dialogue", s->refused);
	s->at_limit += s->refused == limits[s->class].refusals;
}

static void
on_letter(struct world *w, struct server *s, const struct sight *v)
{
	sums[s->class].letters++;
	if (v->octets > LETTER_MOST)
		fault(w, s, "a letter of %zu octets", v->octets);
	settled(w, s);
	if (v->reply[0] != '2')
		return;
	s->accepted++;
	if (!v->peer->relays && !v->peer->bounces)
		s->taken = now_s(w);
}

/* In the session too: it does not bounce. */
static void
on_refused_data(struct world *w, struct server *s)
{
	settled(w, s);
	s->refuses = true;
}

static const char *const of_owners[] = { "AUTH", "XCLIENT", "XFORWARD", "PROXY" };

static void
on_line(struct world *w, struct server *s, const struct sight *v)
{
	if (s->out && !starts(v->line, "QUIT"))
		fault(w, s, "after the opt-out: %s", v->line);
	for (size_t i = 0; i < sizeof(of_owners) / sizeof(of_owners[0]); i++)
		if (s->depth < DEPTH_OWNER && starts(v->line, of_owners[i]))
			fault(w, s, "at a depth below owner: %s", v->line);
	if (starts(v->line, "EHLO") || starts(v->line, "HELO"))
		snprintf(s->greeting, sizeof(s->greeting), "%s", v->line);
	if (starts(v->line, "MAIL"))
		on_mail(w, s, v->line);
	else if (starts(v->line, "RCPT"))
		on_rcpt(w, s, v);
	else if (starts(v->line, "DATA") && v->reply[0] == '5')
		on_refused_data(w, s);
	else if (strcmp(v->line, ".") == 0)
		on_letter(w, s, v);
	if (starts(v->reply, "421") || (strcmp(v->reply, "!drop") == 0 && s->refused > 0))
		s->silent = now_s(w);
}

static void
saw(struct world *w, const struct sight *v)
{
	struct server *s = servers;

	while (s < servers + SERVERS && !addr_eq(&s->addr, &v->peer->addr))
		s++;
	if (s == servers + SERVERS)
		return;
	if (v->what == SIGHT_BEGIN)
		on_begin(w, s, v->port);
	else if (v->what == SIGHT_END)
		on_end(w, s);
	else
		on_line(w, s, v);
	/* a banner of 421 is no answer to a line */
	if (v->what == SIGHT_BEGIN && v->peer->n > 0 &&
	    strcmp(v->peer->rules[0].verb, "BANNER") == 0 && starts(v->peer->rules[0].reply, "421"))
		s->silent = now_s(w);
}

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

	servers[i] = (struct server){ .addr = a, .class = class, .depth = deepest[class], .temper = t };
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
	const struct server *s = &servers[i];
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
		if (!servers[i].out && (servers[i].class < OWNER || round % 8 == 0))
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

	if (keep_write(k) != 0 || keep_done(k, nominate_retest(k, &s->addr, 0, STR("test"), &reused)) != 0 ||
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
		fault(w, s, "still connected 2 s after the opt-out");
}

/* Those that are in dialogue with us in the first hours. */
static unsigned
opt_out_some(struct world *w)
{
	unsigned outs = 0;

	for (unsigned n = 0; n < 2 * HOUR_S && outs < OUTS; n++, world_pass(w, 1))
		for (size_t i = TEMPERS; i < IN_ONE_NET; i++)
			if (servers[i].open > 0 && !servers[i].out) {
				opt_out(w, &servers[i]);
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
			if (servers[i].class == LISTED && hour > 2)
				retest(w, &servers[i]);
			if (hour % 24 == 9 && i % 4 == hour / 24 % 4)
				cancel(w, &servers[i]);
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
		if (servers[i].talks == 0 ||
		    (servers[i].temper == &tempers[REFUSES] && servers[i].n_seen < 2))
			return false;
	return true;
}

/* A limit that was never reached was not tested. */
static bool
reached(void)
{
	unsigned at_limit = 0;

	for (size_t i = 0; i < IN_ONE_NET; i++)
		at_limit += servers[i].at_limit;
	for (enum class c = FOREIGN; c < CLASSES; c++)
		printf("# %s: %u connections, %u letters; at most %u a day to one, %u at once to a "
		    "network, again after %lld s at least\n", limits[c].name, sums[c].talks,
		    sums[c].letters, sums[c].most_a_day, sums[c].most_at_once, (long long)sums[c].least_s);
	printf("# one operator: %u connections, %u at once, again after %lld s at least\n",
	    operator.talks, operator.most_at_once, (long long)operator.least_s);
	printf("# %u dialogues ended at the limit of refusals, %u began after a silence\n",
	    at_limit, after_silence);
	return all_had_their_turn() && at_limit > 0 && after_silence > 0 && sums[FOREIGN].most_a_day == 20 &&
	    sums[FOREIGN].most_at_once == 2 && sums[FOREIGN].least_s <= 62 &&
	    sums[LISTED].most_a_day == 6 && sums[LISTED].least_s <= 3700 &&
	    operator.most_at_once == 4 && operator.least_s <= 12 &&
	    sums[OWNER].least_s <= 12 && sums[OWNER].talks > 50 && sums[LAB].talks > 50;
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
	w.saw = saw;
	world_start(&w);
	outs = some_days(&w);
	ok = reached();
	printf("1..3\n%s 1 - every limit of every class is kept\n", faults == 0 ? "ok" : "not ok");
	printf("%s 2 - and was reached\n", ok ? "ok" : "not ok");
	printf("%s 3 - %u opted out in a dialogue\n", outs == OUTS ? "ok" : "not ok", outs);
	world_close(&w);
	world_remove(dir);
	return !(faults == 0 && ok && outs == OUTS);
}
