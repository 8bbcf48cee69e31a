/* tests/account/gen/gen.c -- a mail log of any size, with what is true of it.
 *
 *	gen postfix|exim [--size N[K|M|G]] [--seed N] [--iso]
 *	    [--stories relay,account] [--truth FILE] >LOG
 *
 * The same arguments give the same octets. The world is in gen.h; whose step is
 * next is found by a heap over time. FILE (or standard error) gets the truth
 * as JSON: counted where things happen, before a line is written. */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gen.h"

enum { SECOND_US = 1000000, MINUTE_S = 60, DAY_S = 86400 };
static const int64_t begin_s = INT64_C(1772323200);	/* 2026-03-01 */
static const int64_t queue_life_s = 5 * DAY_S;	/* Postfix and Exim alike */

/* -- chance and text */

uint32_t
gen_below(struct gen *g, uint32_t n)
{
	return (uint32_t)((rand_u64(&g->rand) >> 32) * n >> 32);
}

uint32_t
gen_skewed(struct gen *g, uint32_t n)
{
	uint64_t a = rand_u64(&g->rand) >> 32;

	return (uint32_t)(((a * a >> 32) * a >> 32) * n >> 32);
}

static void
stamp(struct gen *g)
{
	time_t now = (time_t)(g->now_us / SECOND_US);
	struct tm tm;

	if (now == g->stamped_s)
		return;
	g->stamped_s = now;
	gmtime_r(&now, &tm);
	strftime(g->stamp, sizeof(g->stamp), g->says == &gen_exim ?
	    "%Y-%m-%d %H:%M:%S" : g->iso ? "%Y-%m-%dT%H:%M:%S" :
	    "%b %e %H:%M:%S", &tm);
}

void
gen_line(struct gen *g, const char *tag, uint32_t pid, const char *format, ...)
{
	char line[2048];
	size_t n;
	va_list args;

	stamp(g);
	if (!tag)
		n = (size_t)snprintf(line, sizeof(line), "%s ", g->stamp);
	else if (g->iso)
		n = (size_t)snprintf(line, sizeof(line),
		    "%s.%06u+00:00 mx1 %s[%u]: ", g->stamp,
		    (unsigned)(g->now_us % SECOND_US), tag, pid);
	else
		n = (size_t)snprintf(line, sizeof(line), "%s mx1 %s[%u]: ",
		    g->stamp, tag, pid);
	va_start(args, format);
	n += (size_t)vsnprintf(line + n, sizeof(line) - n, format, args);
	va_end(args);
	if (n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	fwrite(line, 1, n, g->out);
	g->octets += n;
	g->lines++;
}

/* -- whose step is next */

struct due {
	int64_t			 at_us;
	uint64_t		 order;	/* of two at once the earlier made */
	struct gen_message	*message;
	unsigned		 source;	/* where message is NULL */
};

static struct due *heap;
static size_t heap_n, heap_cap;
static uint64_t heap_order;

static bool
before(const struct due *a, const struct due *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us :
	    a->order < b->order;
}

static void
later(struct gen *g, int64_t in_us, struct gen_message *m, unsigned source)
{
	struct due due = { g->now_us + in_us, heap_order++, m, source };
	size_t i = heap_n++;

	if (heap_n > heap_cap) {
		heap_cap = heap_cap ? 2 * heap_cap : 1024;
		heap = realloc(heap, heap_cap * sizeof(*heap));
		if (!heap)
			abort();
	}
	for (; i > 0 && before(&due, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = due;
}

static struct due
next(void)
{
	struct due top = heap[0], last = heap[--heap_n];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < heap_n) {
		if (child + 1 < heap_n && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return top;
}

/* -- a message's life */

static int64_t
between(struct gen *g, uint32_t min_ms, uint32_t max_ms)
{
	return (int64_t)(min_ms + gen_below(g, max_ms - min_ms)) * 1000 +
	    gen_below(g, 1000);
}

static enum gen_fate
fate(struct gen *g, enum gen_kind kind)
{
	bool spam = kind == GEN_RELAY || kind == GEN_THEFT;
	uint32_t dice = gen_below(g, 1000);

	if (!gen_leaves(kind))
		return GEN_SENT;
	if (dice < (spam ? 120 : 8))
		return GEN_UNKNOWN;
	if (dice < (spam ? 230 : 30))
		return GEN_LATER;
	if (dice < (spam ? 260 : 34) || (kind == GEN_NOTICE && dice < 200))
		return GEN_NEVER;
	return GEN_SENT;
}

static uint32_t
how_many(struct gen *g, enum gen_kind kind)
{
	switch (kind) {
	case GEN_RELAY:
	case GEN_THEFT:
		return 1 + gen_below(g, GEN_RCPTS);
	case GEN_OFFICE:
	case GEN_LOGIN:
		return gen_below(g, 20) ? 1 + gen_below(g, 3) :
		    1 + gen_below(g, 30);
	case GEN_INBOUND:
		return gen_below(g, 8) ? 1 : 1 + gen_below(g, 5);
	case GEN_LOCAL:
	case GEN_NOTICE:
	case GEN_KINDS:
		break;
	}
	return 1;
}

/* Some of our people write more than others. */
static uint32_t
active(struct gen *g)
{
	uint32_t a = gen_below(g, GEN_USERS), b = gen_below(g, GEN_USERS);

	return a < b ? a : b;
}

static struct gen_message *
born(struct gen *g, enum gen_kind kind)
{
	uint32_t n = how_many(g, kind);
	struct gen_message *m = calloc(1, sizeof(*m) + n * sizeof(m->rcpts[0]));

	if (!m)
		abort();
	m->kind = kind;
	m->number = g->number++;
	m->user = kind == GEN_THEFT ? 7 : active(g);
	m->client = kind == GEN_LOGIN ?		/* from office or home */
	    GEN_STRANGERS + m->user * 2 + gen_below(g, 2) :
	    kind == GEN_RELAY || kind == GEN_THEFT ?
	    gen_below(g, kind == GEN_THEFT ? 3 : GEN_STRANGERS) :
	    GEN_STRANGERS + gen_skewed(g, GEN_CLIENTS - GEN_STRANGERS);
	m->local = gen_below(g, 65536);
	m->domain = gen_skewed(g, GEN_DOMAINS);
	m->size = 800 + gen_skewed(g, 200000);
	m->pid = 1000 + gen_below(g, 40) * 37;
	m->born_us = g->now_us;
	m->n_rcpts = n;
	for (uint32_t i = 0; i < n; i++) {
		struct gen_rcpt *r = &m->rcpts[i];

		r->local = gen_below(g, 65536);
		r->domain = kind == GEN_RELAY || kind == GEN_THEFT ?
		    gen_below(g, GEN_DOMAINS) : gen_skewed(g, GEN_DOMAINS);
		r->fate = (uint8_t)fate(g, kind);
		r->waits = r->fate == GEN_LATER ?
		    (uint8_t)(1 + gen_below(g, 3)) : 0;
	}
	return m;
}

enum { AT_CONNECT, AT_ACCEPT, AT_QUEUED, AT_DISCONNECT, AT_DELIVER, AT_END };

static int64_t
go(struct gen_message *m, unsigned step, int64_t in_us)
{
	m->step = step;
	return in_us;
}

static int64_t
do_connect(struct gen *g, struct gen_message *m)
{
	if (m->kind != GEN_LOCAL && m->kind != GEN_NOTICE)
		g->says->connect(g, m);
	return go(m, AT_ACCEPT, between(g, 2, 400));
}

static int64_t
do_accept(struct gen *g, struct gen_message *m)
{
	struct gen_count *c = &g->count[m->kind];

	if (!m->id[0])
		g->says->identify(g, m);
	g->says->accept(g, m);
	c->messages++;
	c->recipients += m->n_rcpts;
	c->last_s = g->now_us / SECOND_US;
	if (!c->first_s)
		c->first_s = c->last_s;
	return go(m, AT_QUEUED, between(g, 1, 30));
}

static int64_t
do_queued(struct gen *g, struct gen_message *m)
{
	g->says->queued(g, m);
	m->at = 0;
	m->attempts++;
	return m->attempts > 1 ? go(m, AT_DELIVER, between(g, 5, 900)) :
	    go(m, AT_DISCONNECT, between(g, 1, 500));
}

static int64_t
do_disconnect(struct gen *g, struct gen_message *m)
{
	if (m->kind != GEN_LOCAL && m->kind != GEN_NOTICE)
		g->says->disconnect(g, m);
	return go(m, AT_DELIVER, between(g, 5, 900));
}

static void
attempt(struct gen *g, struct gen_message *m, struct gen_rcpt *r)
{
	struct gen_count *c = &g->count[m->kind];

	if (r->fate == GEN_UNKNOWN) {
		r->state = GEN_BOUNCED;
		c->bounced++;
	} else if (r->fate == GEN_NEVER &&
	    g->now_us - m->born_us > queue_life_s * SECOND_US) {
		r->state = GEN_EXPIRED;
		c->expired++;
	} else if (r->waits > 0 || r->fate == GEN_NEVER) {
		r->state = GEN_DEFERRED;
		r->waits = r->waits > 0 ? (uint8_t)(r->waits - 1) : 0;
		g->deferrals++;
	} else {
		r->state = GEN_DELIVERED;
		c->delivered++;
	}
	g->says->deliver(g, m, r);
}

static bool
settled(const struct gen_rcpt *r)
{
	return r->state != GEN_WAITS && r->state != GEN_DEFERRED;
}

static int64_t
backoff(struct gen *g, const struct gen_message *m)
{
	uint32_t s = 300u << (m->attempts < 5 ? m->attempts - 1 : 4);

	return ((int64_t)s + gen_below(g, 300)) * SECOND_US;
}

/* One recipient a time, those who are settled left out. */
static int64_t
do_deliver(struct gen *g, struct gen_message *m)
{
	uint32_t waiting = 0;

	while (m->at < m->n_rcpts && settled(&m->rcpts[m->at]))
		m->at++;
	if (m->at < m->n_rcpts) {
		attempt(g, m, &m->rcpts[m->at++]);
		return go(m, AT_DELIVER, between(g, 1, 150));
	}
	for (uint32_t i = 0; i < m->n_rcpts; i++)
		waiting += !settled(&m->rcpts[i]);
	return waiting ? go(m, AT_QUEUED, backoff(g, m)) :
	    go(m, AT_END, between(g, 1, 5));
}

/* Returns -1: its life is over. */
static int64_t
do_end(struct gen *g, struct gen_message *m)
{
	uint32_t failed = 0;

	for (uint32_t i = 0; i < m->n_rcpts; i++)
		failed += m->rcpts[i].state != GEN_DELIVERED;
	if (failed && m->kind != GEN_NOTICE) {
		struct gen_message *child = born(g, GEN_NOTICE);

		child->domain = child->rcpts[0].domain = m->domain;
		child->rcpts[0].local = m->local;
		g->says->identify(g, child);
		g->says->notice(g, m, child);
		later(g, between(g, 1, 20), child, 0);
	}
	g->says->end(g, m);
	return -1;
}

static int64_t (*const steps[])(struct gen *, struct gen_message *) = {
	[AT_CONNECT] = do_connect, [AT_ACCEPT] = do_accept,
	[AT_QUEUED] = do_queued, [AT_DISCONNECT] = do_disconnect,
	[AT_DELIVER] = do_deliver, [AT_END] = do_end,
};

/* -- what happens of itself */

static void
arrive(struct gen *g, enum gen_kind kind)
{
	later(g, 0, born(g, kind), 0);
}

static uint32_t
somebody(struct gen *g)
{
	return GEN_STRANGERS + gen_skewed(g, GEN_CLIENTS - GEN_STRANGERS);
}

static void
refuse(struct gen *g, uint32_t client, bool relay)
{
	g->says->refuse(g, client, relay);
	g->rejected++;
	g->relay_denied += relay;
	if (relay && g->relayed && client < GEN_STRANGERS && !g->denied_after_s)
		g->denied_after_s = g->now_us / SECOND_US;
}

static void src_inbound(struct gen *g) { arrive(g, GEN_INBOUND); }
static void src_office(struct gen *g) { arrive(g, GEN_OFFICE); }
static void src_login(struct gen *g) { arrive(g, GEN_LOGIN); }
static void src_local(struct gen *g) { arrive(g, GEN_LOCAL); }
static void src_noise(struct gen *g) { g->says->noise(g); }

static void
src_refuse(struct gen *g)
{
	refuse(g, somebody(g), gen_below(g, 12) == 0);
}

static void
src_guess(struct gen *g)
{
	g->says->refuse_login(g, somebody(g), gen_below(g, GEN_USERS));
	g->logins_failed++;
}

/* The stories stand at parts of the log, in thousandths. */
static bool
part(const struct gen *g, unsigned from, unsigned to)
{
	uint64_t at = g->octets * 1000 / g->size;

	return at >= from && at < to;
}

/* Before and after the door stood open the strangers are refused. */
static void
src_relay(struct gen *g)
{
	if (!g->relays)
		return;
	if (part(g, 400, 600)) {
		arrive(g, GEN_RELAY);
		g->relayed = true;
	} else if (g->relayed && gen_below(g, 50) == 0)
		refuse(g, gen_below(g, GEN_STRANGERS), true);
}

static void
src_theft(struct gen *g)
{
	if (g->steals && part(g, 700, 800))
		arrive(g, GEN_THEFT);
}

static const struct {
	void		(*make)(struct gen *g);
	uint32_t	 every_ms;
} sources[] = {
	{ src_inbound, 2500 }, { src_office, 6000 }, { src_login, 7000 },
	{ src_local, 120000 }, { src_noise, 1200 }, { src_refuse, 2800 },
	{ src_guess, 9000 }, { src_relay, 4000 }, { src_theft, 6000 },
};

/* Half as much at night. */
static int64_t
gap(struct gen *g, uint32_t every_ms)
{
	int64_t hour = g->now_us / SECOND_US % DAY_S / 3600;

	return between(g, 1, 2 * every_ms) * (hour < 6 || hour > 21 ? 2 : 1);
}

static void
run(struct gen *g)
{
	for (unsigned i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		later(g, gap(g, sources[i].every_ms), NULL, i);
	while (g->octets < g->size) {
		struct due due = next();
		int64_t in_us;

		g->now_us = due.at_us;
		if (!due.message) {
			sources[due.source].make(g);
			later(g, gap(g, sources[due.source].every_ms), NULL,
			    due.source);
			continue;
		}
		in_us = steps[due.message->step](g, due.message);
		if (in_us >= 0)
			later(g, in_us, due.message, 0);
		else
			free(due.message);
	}
}

static void
forget(struct gen *g)
{
	while (heap_n > 0)
		free(heap[--heap_n].message);
	free(heap);
	free(g->domains);
	free(g->clients);
	free(g->inodes);
}

/* -- arguments */

static uint64_t
number(const char *text)
{
	static const struct { char c; unsigned shift; } units[] = {
		{ 'K', 10 }, { 'M', 20 }, { 'G', 30 } };
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	for (unsigned i = 0; i < 3; i++)
		if (*end == units[i].c)
			return n << units[i].shift;
	return n;
}

static int
usage(void)
{
	fputs("usage: gen postfix|exim [--size N[K|M|G]] [--seed N] [--iso]\n"
	    "           [--stories relay,account] [--truth FILE] >LOG\n",
	    stderr);
	return 64;
}

static bool
options(struct gen *g, int argc, char **argv, const char **truth)
{
	static const struct option names[] = {
		{ "size", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'n' },
		{ "iso", no_argument, NULL, 'i' },
		{ "stories", required_argument, NULL, 'S' },
		{ "truth", required_argument, NULL, 't' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (c) {
		case 's': g->size = number(optarg); break;
		case 'n': rand_seeded(&g->rand, number(optarg)); break;
		case 'i': g->iso = true; break;
		case 'S':
			g->relays = strstr(optarg, "relay") != NULL;
			g->steals = strstr(optarg, "account") != NULL;
			break;
		case 't': *truth = optarg; break;
		default: return false;
		}
	if (optind + 1 != argc || g->size == 0)
		return false;
	g->says = strcmp(argv[optind], "postfix") == 0 ? &gen_postfix :
	    strcmp(argv[optind], "exim") == 0 ? &gen_exim : NULL;
	return g->says != NULL;
}

int
main(int argc, char **argv)
{
	struct gen g = { .out = stdout, .size = 1 << 20, .stamped_s = -1,
		.now_us = begin_s * SECOND_US, .begun_us = begin_s * SECOND_US };
	const char *truth = NULL;
	FILE *f = stderr;

	rand_seeded(&g.rand, 1);
	if (!options(&g, argc, argv, &truth))
		return usage();
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	gen_names(&g);
	run(&g);
	if (truth && !(f = fopen(truth, "we"))) {
		perror(truth);
		return 73;
	}
	gen_truth(&g, f);
	forget(&g);
	if (fclose(f) != 0 || fflush(stdout) != 0) {
		perror("gen");
		return 74;
	}
	return 0;
}
