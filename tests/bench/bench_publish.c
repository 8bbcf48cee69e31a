/* tests/bench/bench_publish.c -- the keeper's part of "one changed entry at ten
 * million": from the journal's commit to a reader that has verified and mapped
 * what was handed over, and what that costs the keeper.
 *
 *	bench_publish [ENTRIES [SECONDS [CHANGES_A_SECOND]]]
 *
 * A store in a file below TMPDIR, a real loop, a reader in a process of its
 * own.  Not a test: it prints what it measured and judges nothing. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "keep/journal.h"
#include "keep/keep.h"
#include "keep/list.h"
#include "keep/publish.h"
#include "sys/published.h"

enum { SERIALS = 1 << 16, SAMPLES = 1 << 20, TICK_MS = 10, BATCH = 20000, BASELINE_S = 5 };

struct shared {			/* between keeper and reader */
	_Atomic int64_t	committed_ns[SERIALS];
	_Atomic int64_t	first_base_ns;
	_Atomic uint32_t serial;	/* the reader has */
	_Atomic uint32_t bases, overlays;
	_Atomic uint32_t n, from;	/* samples; those to be counted */
	int32_t		 us[SAMPLES];
};

struct bench {
	struct keep	k;
	struct shared	*shared;
	struct rand	rand;
	struct loop_timer *tick, *lag;
	uint32_t	entries, per_tick, flip, serial;
	int64_t		end_ns, due_ns, worst_ns, worst_write_ns;
	bool		wait_base;
};

static void
need(int err, const char *what)
{
	if (err == 0)
		return;
	fprintf(stderr, "bench_publish: %s: %d\n", what, err);
	exit(1);
}

static int64_t
now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

/* Even numbers are listed at the start, odd ones come and go. */
static struct addr
nth(const struct bench *b, uint32_t i)
{
	uint32_t a = 0x0b000000 + i * (0xd0000000u / (b->entries * 2 + 2));

	return addr_v4((uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a);
}

/* The store --------------------------------------------------------------- */

static void
fill(struct bench *b)
{
	struct keep *k = &b->k;
	int64_t began = now_ns(CLOCK_MONOTONIC);

	for (uint32_t i = 0; i < b->entries; ) {
		need(keep_write(k), "write");
		for (uint32_t n = 0; n < BATCH && i < b->entries; n++, i++) {
			struct listing l = { .addr = nth(b, i * 2), .len = 128,
				.code = CODE_ENTRY, .proofs = 2 };

			need(store_put(k->store, &listing_shape, &l), "listing");
		}
		need(keep_done(k, 0), "done");
		need(keep_flush(k), "flush");
	}
	printf("%" PRIu32 " entries filled in %.1f s\n", b->entries,
	    (double)(now_ns(CLOCK_MONOTONIC) - began) / 1e9);
}

static void
change(struct bench *b)
{
	struct keep *k = &b->k;
	bool add = b->flip++ % 4 != 3;
	struct listing l = { .len = 128, .code = CODE_ENTRY, .proofs = 2 };
	struct journal_row j = { .len = 128, .code = CODE_ENTRY, .made = keep_now(k) };

	l.addr = j.addr = nth(b, (uint32_t)(rand_u64(&b->rand) % b->entries) * 2 + add);
	j.kind = add ? JOURNAL_ADD : JOURNAL_REMOVE;
	need(journal_append(k, &j), "journal");
	need(add ? store_put(k->store, &listing_shape, &l) : store_do(k->store,
	    S_LISTING_DELETE, ARGS(ARG_A(l.addr), ARG_I(128), ARG_I(CODE_ENTRY)), NULL),
	    "listing");
}

static void
on_committed(void *ctx, int err)
{
	struct bench *b = ctx;
	uint32_t serial = journal_serial(&b->k);

	need(err, "commit");
	for (; b->serial < serial; b->serial++)
		atomic_store(&b->shared->committed_ns[(b->serial + 1) % SERIALS],
		    now_ns(CLOCK_MONOTONIC));
}

static void
on_tick(void *ctx)
{
	struct bench *b = ctx;
	int64_t now = now_ns(CLOCK_MONOTONIC);

	if (now >= b->end_ns) {
		loop_stop(b->k.loop);
		return;
	}
	while (b->due_ns <= now) {
		need(keep_write(&b->k), "write");
		for (uint32_t i = 0; i < b->per_tick; i++)
			change(b);
		need(keep_after(&b->k, on_committed, b), "after");
		need(keep_done(&b->k, 0), "done");
		b->due_ns += TICK_MS * 1000000ll;
	}
	loop_timer_set(b->tick, (b->due_ns - now) / 1000000 + 1);
}

/* How long would a command have waited? */
static void
on_lag(void *ctx)
{
	static int64_t last;
	struct bench *b = ctx;
	int64_t now = now_ns(CLOCK_MONOTONIC);

	if (last != 0 && now - last > b->worst_ns)
		b->worst_ns = now - last;
	last = now;
	if (b->wait_base && atomic_load(&b->shared->bases) > 0)
		loop_stop(b->k.loop);
	loop_timer_set(b->lag, 1);
}

/* The reader -------------------------------------------------------------- */

struct reader { struct shared *shared; struct published p; };

static void
seen(struct shared *s, uint32_t serial)
{
	int64_t now = now_ns(CLOCK_MONOTONIC);

	for (uint32_t i = atomic_load(&s->serial) + 1; i <= serial; i++) {
		int64_t at = atomic_load(&s->committed_ns[i % SERIALS]);
		uint32_t n = atomic_load(&s->n);

		if (at != 0 && n < SAMPLES) {
			s->us[n] = (int32_t)((now - at) / 1000);
			atomic_store(&s->n, n + 1);
		}
	}
	atomic_store(&s->serial, serial);
}

static void
reader_message(void *ctx, struct channel *c, struct frame *f)
{
	struct reader *r = ctx;
	struct msg_publish m;
	const char *why;
	int fd = f->fd, err;

	(void)c;
	f->fd = -1;
	need(frame_decode(&m, sizeof(m), f), "frame");
	err = published_take(&r->p, &m, fd, &why);
	if (err != 0 && err != PUBLISHED_WAITS)
		fprintf(stderr, "reader: kind %u, serial %u: %s\n", m.kind, m.serial, why);
	if (m.kind == PUBLISH_BASE) {
		if (atomic_fetch_add(&r->shared->bases, 1) == 0)
			atomic_store(&r->shared->first_base_ns, now_ns(CLOCK_MONOTONIC));
	} else if (m.kind == PUBLISH_OVERLAY) {
		atomic_fetch_add(&r->shared->overlays, 1);
	}
	if (err == 0 && m.kind != PUBLISH_TAIL)
		seen(r->shared, m.serial);
}

static void
reader_gone(void *ctx, struct channel *c)
{
	(void)ctx, (void)c;
	_exit(0);
}

static _Noreturn void
reader(struct shared *shared, int sock)
{
	static const struct channel_events ev = { .message = reader_message, .gone = reader_gone };
	static struct reader r;
	struct loop *l = loop_new();
	struct channel *c;

	r.shared = shared;
	need(l == NULL || channel_new(&c, l, sock, &ev, &r) != 0, "reader");
	loop_run(l, (struct mono){ -1 });
	_exit(1);
}

static void
keeper_message(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c, (void)f;
}

static void
keeper_gone(void *ctx, struct channel *c)
{
	(void)ctx, (void)c;
	need(1, "the reader is gone");
}

/* The rounds -------------------------------------------------------------- */

static int64_t
cpu_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000ll +
	    (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000ll;
}

/* Changes for so many seconds.  Returns the CPU's share. */
static double
run(struct bench *b, int64_t seconds)
{
	int64_t began = now_ns(CLOCK_MONOTONIC), cpu = cpu_ns();

	b->due_ns = began;
	b->end_ns = began + seconds * 1000000000ll;
	b->worst_ns = 0;
	loop_timer_set(b->tick, 0);
	loop_timer_set(b->lag, 1);
	loop_run(b->k.loop, (struct mono){ -1 });
	return (double)(cpu_ns() - cpu) / (double)(now_ns(CLOCK_MONOTONIC) - began);
}

static int
us_cmp(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

static void
print_samples(struct shared *s)
{
	uint32_t n = atomic_load(&s->n);

	if (n == 0)
		return;
	qsort(s->us, n, sizeof(s->us[0]), us_cmp);
	printf("commit to reader, %" PRIu32 " serials: median %.1f ms, p99 %.1f ms, "
	    "p99.9 %.1f ms, worst %.1f ms; %" PRIu32 " overlays, %" PRIu32 " bases\n", n,
	    s->us[n / 2] / 1e3, s->us[n - n / 100 - 1] / 1e3, s->us[n - n / 1000 - 1] / 1e3,
	    s->us[n - 1] / 1e3, atomic_load(&s->overlays), atomic_load(&s->bases));
}

static void
base_round(struct bench *b)
{
	int64_t began = now_ns(CLOCK_MONOTONIC), opened;
	struct rusage u;

	b->worst_ns = 0;
	need(publish_open(&b->k), "publish");
	opened = now_ns(CLOCK_MONOTONIC);
	b->wait_base = true;
	loop_timer_set(b->lag, 1);
	loop_run(b->k.loop, (struct mono){ -1 });
	b->wait_base = false;
	getrusage(RUSAGE_SELF, &u);
	printf("first base with the reader after %.1f s; opening %.0f ms, then the loop away "
	    "for at most %.0f ms; keeper's peak %.0f MB\n",
	    (double)(atomic_load(&b->shared->first_base_ns) - began) / 1e9,
	    (double)(opened - began) / 1e6, (double)b->worst_ns / 1e6,
	    (double)u.ru_maxrss / 1e3);
}

static void
rounds(struct bench *b, int64_t seconds, struct channel *parent)
{
	double base, with;

	base = run(b, BASELINE_S);
	printf("%" PRIu32 " changes a second without publishing: %.1f %% of a CPU\n",
	    b->per_tick * (1000 / TICK_MS), base * 100);
	b->k.parent = parent;
	base_round(b);
	atomic_store(&b->shared->n, 0);
	with = run(b, seconds);
	printf("%" PRIu32 " changes a second for %" PRId64 " s: %.1f %% of a CPU, the loop "
	    "away for at most %.0f ms, the reader is %" PRIu32 " serials behind\n",
	    b->per_tick * (1000 / TICK_MS), seconds, with * 100, (double)b->worst_ns / 1e6,
	    journal_serial(&b->k) - atomic_load(&b->shared->serial));
	print_samples(b->shared);
}

static void
open_all(struct bench *b, struct conf *conf, const char *dir)
{
	struct conf_why cw;
	char url[240], why[STORE_WHY];

	need(conf_set(conf, "state.dir", str_of(dir), &cw), "conf");
	need(conf_set(conf, "dns.zone", STR("bl.example"), &cw), "conf");
	need(conf_set(conf, "dns.ns", STR("ns.example.net"), &cw), "conf");
	need(conf_set(conf, "dns.hostmaster", STR("hostmaster@bl.example"), &cw), "conf");
	need(conf_set(conf, "web.url", STR("https://bl.example/"), &cw), "conf");
	snprintf(url, sizeof(url), "sqlite:%s/db", dir);
	b->k.loop = loop_new();
	need(b->k.loop == NULL, "loop");
	b->k.clock = loop_clock(b->k.loop);
	b->k.rand = &b->rand;
	b->k.conf = conf;
	need(store_open(&b->k.store, url, why), why);
	need(keep_commit_open(&b->k), "commit");
	need(journal_open(&b->k), "journal");
	need(loop_timer(&b->tick, b->k.loop, on_tick, b), "timer");
	need(loop_timer(&b->lag, b->k.loop, on_lag, b), "timer");
}

static void
clean(const char *dir)
{
	static const char *const names[] = { "db", "db-wal", "db-shm", "db-reserve", "base.snap" };
	char path[300];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static uint32_t
number(int argc, char **argv, int i, uint32_t def)
{
	return argc > i ? (uint32_t)strtoul(argv[i], NULL, 10) : def;
}

int
main(int argc, char **argv)
{
	static const struct channel_events ev = { .message = keeper_message, .gone = keeper_gone };
	static struct bench b;
	const char *tmp = getenv("TMPDIR");
	struct channel *parent;
	struct conf *conf;
	char dir[200];
	int pair[2];
	pid_t pid;

	snprintf(dir, sizeof(dir), "%s/sekimori-bench.XXXXXX", tmp != NULL ? tmp : "/tmp");
	b.entries = number(argc, argv, 1, 10000000);
	b.per_tick = number(argc, argv, 3, 1000) * TICK_MS / 1000;
	b.shared = mmap(NULL, sizeof(*b.shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(b.entries == 0 || b.per_tick == 0 || b.shared == MAP_FAILED ||
	    mkdtemp(dir) == NULL || frame_pair(pair) != 0, "set-up");
	pid = fork();
	need(pid < 0, "fork");
	if (pid == 0) {
		close(pair[0]);
		reader(b.shared, pair[1]);
	}
	close(pair[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	rand_seeded(&b.rand, 1);
	need(conf_default(&conf), "conf");
	open_all(&b, conf, dir);
	need(channel_new(&parent, b.k.loop, pair[0], &ev, &b), "channel");
	fill(&b);
	rounds(&b, number(argc, argv, 2, 60), parent);
	publish_close(&b.k);
	keep_commit_close(&b.k);
	journal_close(&b.k);
	store_close(b.k.store);
	channel_free(parent);
	loop_timer_free(b.tick);
	loop_timer_free(b.lag);
	loop_free(b.k.loop);
	conf_free(conf);
	clean(dir);
	waitpid(pid, NULL, 0);
	return 0;
}
