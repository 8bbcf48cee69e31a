/* kill -9 of the keeper: what was acknowledged is there, the rest is gone
 * whole. */
#include <signal.h>
#include <sys/wait.h>

#include "rig.h"

struct ack { uint32_t serial; uint16_t addr; uint8_t gone; };

enum { PER_LIFE = 3, RANDOM_LIVES = 12 };

static struct life {		/* of the process that will be killed */
	int	ack;		/* descriptor */
	long	kill_at;	/* statement, counted from 1; 0: never */
	long	at;
} life;

static void
count_down(void *ctx, const char *statement)
{
	(void)ctx, (void)statement;
	if (++life.at == life.kill_at)
		kill(getpid(), SIGKILL);
}

static void
acknowledge(struct rig *r, unsigned n, bool gone)
{
	struct ack a = { journal_serial(&r->k), (uint16_t)n, gone };

	if (write(life.ack, &a, sizeof(a)) != sizeof(a))
		_exit(2);
}

static bool
list_one(struct rig *r, unsigned n)
{
	struct rig_proof p = { .addr = rig_addr(n), .exit = rig_addr(250) };
	bool listed;

	if (keep_write(&r->k) != 0 ||
	    keep_done(&r->k, rig_prove_in(r, &p, &listed)) != 0 ||
	    keep_flush(&r->k) != 0)
		return false;
	acknowledge(r, n, false);
	return true;
}

/* Lists, and takes every third one off again; dies or ends. */
static _Noreturn void
live(const char *dir, unsigned first, unsigned n)
{
	struct rig *r = rig_new(dir);
	char why[STORE_WHY];

	rig_set(r, "dns.out", "yes");
	r->attempt = first * 10;
	if (!rig_up(r, why))
		_exit(3);
	store_test_hook = count_down;
	for (unsigned i = first; i < first + n; i++) {
		struct addr a = rig_addr(i);

		if (!list_one(r, i))
			_exit(4);
		if (i % 3 != 0)
			continue;
		if (list_remove(&r->k, &a, JOURNAL_REMOVE, STR("x"), STR("y")) != 0)
			_exit(5);
		acknowledge(r, i, true);
	}
	_exit(0);
}

static struct known {		/* what was acknowledged so far */
	uint32_t serial;
	uint8_t	is[60000];	/* 1 listed, 2 gone */
} known;

/* Reads acknowledgements; kills after stop of them (0: waits for the end).
 * Returns how the process ended. */
static int
hear(pid_t pid, int fd, unsigned stop)
{
	struct ack a;
	unsigned n = 0;
	int status;

	while (read(fd, &a, sizeof(a)) == sizeof(a)) {
		assert_true(a.serial > known.serial);
		known.serial = a.serial;
		known.is[a.addr] = a.gone ? 2 : 1;
		if (++n == stop)
			kill(pid, SIGKILL);
	}
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int
one_life(const char *dir, unsigned first, unsigned n, long kill_at, unsigned stop)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		life = (struct life){ ends[1], kill_at, 0 };
		live(dir, first, n);
	}
	close(ends[1]);
	return hear(pid, ends[0], stop);
}

/* The store opens; acknowledged rows stand; journal and listing agree. */
static void
inspect(const char *dir, unsigned upto, long when)
{
	struct rig *r = rig_new(dir);
	char why[STORE_WHY];
	unsigned differed = 99;

	if (!rig_up(r, why))
		fail_msg("killed at %ld: %s", when, why);
	if (journal_serial(&r->k) < known.serial)
		fail_msg("killed at %ld: serial went back from %u to %u", when,
		    known.serial, journal_serial(&r->k));
	known.serial = journal_serial(&r->k);
	rig_check(r);
	assert_int_equal(list_reconcile(&r->k, &differed), 0);
	assert_int_equal(differed, 0);
	for (unsigned i = 1; i < upto; i++) {
		bool is = rig_listed(r, rig_addr(i), CODE_ENTRY, NULL);

		/* a removal may be on disk without having been acknowledged */
		if ((known.is[i] == 1 && !is && i % 3 != 0) || (known.is[i] == 2 && is))
			fail_msg("killed at %ld: %u was acknowledged and is not so",
			    when, i);
	}
	rig_free(r);
}

static void
killed_before_every_single_statement(void **state)
{
	const char *dir = ((struct rig *)*state)->dir;
	unsigned first = 1;
	long at = 1;
	int status;

	rig_down(*state);
	memset(&known, 0, sizeof(known));
	do {
		status = one_life(dir, first, PER_LIFE, at, 0);
		first += PER_LIFE;
		inspect(dir, first, at);
		at++;
	} while (WIFSIGNALED(status));
	assert_int_equal(status, 0);	/* the last one was not killed any more */
	print_message("# %ld places to die at\n", at - 2);
	assert_true(at > 30);
}

static void
killed_at_random_moments(void **state)
{
	struct rig *r = *state;
	unsigned first = 1;

	rig_down(r);
	memset(&known, 0, sizeof(known));
	for (int i = 0; i < RANDOM_LIVES; i++) {
		unsigned stop = (unsigned)(rand_u64(&r->rand) % 25) + 1;
		int status = one_life(r->dir, first, 400, 0, stop);

		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		while (known.is[first] != 0)
			first++;
		inspect(r->dir, first, -(long)stop);
		first += 2;	/* the one on its way may have got through */
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_file, rig_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(killed_before_every_single_statement),
		TEST(killed_at_random_moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
