/* tests/bench/bench_check.c -- microseconds of CPU of the keeper's answer to
 * `check`, over its channel and back, as the web role asks it.
 *
 *	bench_check [LISTINGS [OPTOUTS]]
 *
 * Not a test: it prints what it measured and judges nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "keep/journal.h"
#include "keep/keeper.h"
#include "keep/list.h"
#include "keep/optouts.h"

enum { ROUNDS = 20000, BATCH = 1000 };

static unsigned answers;

static void
need(int err, const char *what)
{
	if (err == 0)
		return;
	fprintf(stderr, "%s: %d\n", what, err);
	exit(1);
}

static struct addr
nth(uint32_t i)
{
	uint32_t a = 0x0a000000 + i * 3;	/* below 10/8, the laboratory */

	return addr_v4((uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a);
}

static void
list(struct keep *k, uint32_t from, uint32_t to)
{
	int64_t now = keep_now(k).s;

	need(keep_write(k), "write");
	for (uint32_t i = from; i < to; i++) {
		struct listing l = { .addr = nth(i), .len = 128, .code = CODE_ENTRY,
			.since = { now - 86400 }, .proof = { now - 3600 },
			.until = { now + 86400 * 29 }, .proofs = 2 };
		struct journal_row j = { .kind = JOURNAL_ADD, .addr = l.addr, .len = 128,
			.code = CODE_ENTRY, .made = l.since, .until = l.until, .proofs = 1 };

		need(journal_append(k, &j), "journal");
		j.made = l.proof;
		j.proofs = 2;
		need(journal_append(k, &j), "journal");
		need(store_put(k->store, &listing_shape, &l), "listing");
	}
	need(keep_done(k, 0), "done");
	need(keep_flush(k), "flush");
}

static void
opt_out(struct keep *k, uint32_t n)
{
	need(keep_write(k), "write");
	for (uint32_t i = 0; i < n; i++) {
		uint8_t len = i % 2 ? 128 : 120;
		struct addr a = nth(i * 7);
		struct optout o = { .addr = addr_mask(&a, len), .len = len,
			.made = keep_now(k) };

		o.addr.o[12] = 0x0c;	/* not those that are listed */
		need(store_put(k->store, &optout_shape, &o), "optout");
	}
	need(keep_done(k, 0), "done");
	need(keep_flush(k), "flush");
}

static void
answer(void *ctx, struct channel *c, struct frame *f)
{
	struct msg_part m;

	(void)ctx, (void)c;
	if (frame_decode(&m, sizeof(m), f) != 0 || m.octets.n < 300)
		need(1, "an answer that is none");
	answers++;
}

static void
gone(void *ctx, struct channel *c)
{
	(void)ctx, (void)c;
}

static void
ask(struct channel *c, uint64_t id, const struct addr *a)
{
	char addr[ADDR_TEXT], text[200];
	struct msg_part m = { .id = id };
	struct msg_id go = { id };

	addr_text(addr, a);
	m.octets = (struct str){ text, (size_t)snprintf(text, sizeof(text),
	    "{\"verb\":\"check\",\"addr\":\"%s\",\"asker\":\"203.0.113.7\"}", addr) };
	need(channel_send(c, MSG_CTL, &m, -1), "send");
	need(channel_send(c, MSG_CTL_GO, &go, -1), "send");
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
measure(struct loop *l, struct clock_fake *clock, struct channel *c,
    const char *what, uint32_t from, uint32_t n)
{
	double start, took;

	answers = 0;
	start = cpu_us();
	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct addr a = nth(from + (uint32_t)(i * 7919 % n));

		ask(c, i + 1, &a);
		loop_run(l, clock->mono);
	}
	took = cpu_us() - start;
	need(answers != ROUNDS, "answers");
	printf("%-28s %6.1f us a check\n", what, took / ROUNDS);
}

int
main(int argc, char **argv)
{
	static const struct channel_events ev = { .message = answer, .gone = gone };
	uint32_t listings = argc > 1 ? (uint32_t)atoi(argv[1]) : 100000;
	uint32_t optouts = argc > 2 ? (uint32_t)atoi(argv[2]) : 10000;
	char dir[] = "/tmp/sekimori-bench.XXXXXX", url[64], why[256] = "";
	struct clock_fake clock;
	struct keeper_in in = { 0 };
	struct channel *c;
	struct rand rand;
	struct conf *conf;
	struct conf_why cw;
	struct keep *k;
	int pair[2];

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(url, sizeof(url), "sqlite:%s/db", dir);
	clock_fake_init(&clock, (struct wall){ 1795000000 });
	rand_real(&rand);
	need(conf_default(&conf), "conf");
	need(conf_set(conf, "state.dir", str_of(dir), &cw), "conf");
	need(conf_set(conf, "lab.range", STR("10.0.0.0/8"), &cw), "conf");
	in = (struct keeper_in){ .loop = loop_new_fake(&clock), .rand = &rand,
		.conf = conf, .store = url };
	need(keeper_new(&k, &in, why), why);
	for (uint32_t i = 0; i < listings; i += BATCH)
		list(k, i, i + BATCH);
	opt_out(k, optouts);
	optouts_close(k);
	need(optouts_open(k), "optouts");
	need(frame_pair(pair), "pair");
	need(keeper_web(k, pair[0]), "web");
	need(channel_new(&c, in.loop, pair[1], &ev, NULL), "channel");
	printf("%" PRIu32 " listings, %" PRIu32 " opt-outs\n", listings, optouts);
	measure(in.loop, &clock, c, "listed", 0, listings);
	measure(in.loop, &clock, c, "not listed", listings + 1, 1000000);
	channel_free(c);
	keeper_free(k);
	loop_free(in.loop);
	conf_free(conf);
	snprintf(url, sizeof(url), "rm -rf %s", dir);
	return system(url) == 0 ? 0 : 1;
}
