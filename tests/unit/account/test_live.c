/* Each case writes to files as their owners do, step by step; what has come
 * through is counted in lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "account/live.h"
#include "read_rig.h"

struct rig {
	struct account_own	*own;
	struct account_span	*span;
	struct account_live	*live;
	uint32_t		 files;
	int64_t			 now_s;
};

static const char line[] = "Nov 28 10:00:00 mx postfix/smtpd[1]: connect from unknown[198.51.100.7]\n";
enum { LINE = sizeof(line) - 1 };

static void
rig_new(struct rig *g)
{
	static const struct account_limits limits;
	struct account_live_rules rules = { 0 };

	*g = (struct rig){ .own = account_own_new(), .now_s = 1795900000 };
	g->span = account_span_new(g->own, &limits, true);
	rules.span = g->span;
	g->live = account_live_new(&rules);
	assert_non_null(g->live);
}

static void
rig_free(struct rig *g)
{
	account_live_free(g->live);
	account_span_free(g->span);
	account_own_free(g->own);
}

static uint32_t
next_file(void *ctx, size_t input)
{
	struct rig *g = ctx;

	(void)input;
	return ++g->files;
}

static uint64_t
lines(struct rig *g)
{
	struct account_result r = { 0 };
	uint64_t passed;

	assert_int_equal(account_live_read(g->live, g->now_s, &passed, next_file, g), 0);
	assert_int_equal(account_span_look(g->span, &r), 0);
	return r.lines;
}

static void
put_from(int fd, size_t at, size_t n)	/* n octets of lines, the first from octet at on */
{
	char octets[LINE * 4];

	for (size_t i = 0; i < n; i++)
		octets[i] = line[(at + i) % LINE];
	assert_int_equal(write(fd, octets, n), n);
}

static void
put(int fd, size_t n)
{
	put_from(fd, 0, n);
}

static void
what_is_added_comes_line_by_line(void **state)
{
	struct rig g;
	int fd = memory_file("", 0);

	(void)state;
	rig_new(&g);
	assert_int_equal(account_live_add(g.live, 0, fd, 0, 0), 0);
	assert_int_equal(lines(&g), 0);
	put(fd, LINE);
	assert_int_equal(lines(&g), 1);
	put(fd, LINE / 2);
	assert_int_equal(lines(&g), 1);		/* a half one is none */
	put_from(fd, LINE / 2, LINE - LINE / 2);
	assert_int_equal(lines(&g), 2);
	put(fd, 3 * LINE);
	assert_int_equal(lines(&g), 5);
	rig_free(&g);
}

static void
what_was_read_before_is_not_read_again(void **state)
{
	struct rig g;
	int fd = memory_file("", 0);

	(void)state;
	put(fd, 3 * LINE);
	rig_new(&g);
	assert_int_equal(account_live_add(g.live, 0, fd, 2 * LINE, 0), 0);
	assert_int_equal(lines(&g), 1);
	rig_free(&g);
}

static void
truncated_in_place_it_begins_anew(void **state)
{
	struct rig g;
	int fd = memory_file("", 0);

	(void)state;
	rig_new(&g);
	put(fd, 3 * LINE);
	assert_int_equal(account_live_add(g.live, 0, fd, 0, 0), 0);
	assert_int_equal(lines(&g), 3);
	assert_int_equal(ftruncate(fd, 0), 0);
	lseek(fd, 0, SEEK_SET);
	put(fd, 2 * LINE);
	assert_int_equal(lines(&g), 5);
	assert_int_equal(g.files, 1);
	rig_free(&g);
}

/* The writer goes on in the old one until it is told. */
static void
renamed_it_is_read_on_beside_its_successor(void **state)
{
	struct rig g;
	int old = memory_file("", 0), new = memory_file("", 0), kept = dup(old);

	(void)state;
	rig_new(&g);
	put(old, LINE);
	assert_int_equal(account_live_add(g.live, 0, old, 0, 0), 0);
	assert_int_equal(lines(&g), 1);
	put(new, LINE);
	assert_int_equal(account_live_add(g.live, 0, new, 0, next_file(&g, 0)), 0);
	put(kept, LINE);
	assert_int_equal(lines(&g), 3);
	g.now_s += ACCOUNT_LIVE_OLD_S - 1;
	put(kept, LINE);
	assert_int_equal(lines(&g), 4);
	g.now_s += ACCOUNT_LIVE_OLD_S;		/* silent for so long: it is let go */
	assert_int_equal(lines(&g), 4);
	put(kept, LINE);
	put(new, LINE);
	assert_int_equal(lines(&g), 5);
	close(kept);
	rig_free(&g);
}

static void
a_pipe_never_makes_us_wait(void **state)
{
	struct rig g;
	int ends[2], fds[4];

	(void)state;
	rig_new(&g);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(account_live_add(g.live, 0, ends[0], 0, 0), 0);
	assert_int_equal(account_live_pipes(g.live, fds, 4), 1);
	assert_int_equal(lines(&g), 0);
	put(ends[1], LINE + 10);
	assert_int_equal(lines(&g), 1);
	assert_true(account_live_any(g.live));
	close(ends[1]);
	assert_int_equal(lines(&g), 2);		/* its last line had no end */
	assert_false(account_live_any(g.live));
	rig_free(&g);
}

static void
a_line_that_never_ended_counts_at_the_end(void **state)
{
	struct rig g;
	struct account_result r = { 0 };
	int fd = memory_file("", 0);

	(void)state;
	rig_new(&g);
	put(fd, LINE - 1);
	assert_int_equal(account_live_add(g.live, 0, fd, 0, 0), 0);
	assert_int_equal(lines(&g), 0);
	assert_int_equal(account_live_end(g.live, g.now_s), 0);
	assert_int_equal(account_span_look(g.span, &r), 0);
	assert_int_equal(r.lines, 1);
	rig_free(&g);
}

static void
more_than_can_be_watched_are_refused(void **state)
{
	struct rig g;
	int fd;

	(void)state;
	rig_new(&g);
	for (size_t i = 0; i < ACCOUNT_LIVE; i++)
		assert_int_equal(account_live_add(g.live, i, memory_file("", 0), 0, 0), 0);
	fd = memory_file("", 0);
	assert_int_equal(account_live_add(g.live, 999, fd, 0, 0), SEK_ELIMIT);
	close(fd);
	rig_free(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_comes_line_by_line),
		cmocka_unit_test(what_was_read_before_is_not_read_again),
		cmocka_unit_test(truncated_in_place_it_begins_anew),
		cmocka_unit_test(renamed_it_is_read_on_beside_its_successor),
		cmocka_unit_test(a_pipe_never_makes_us_wait),
		cmocka_unit_test(a_line_that_never_ended_counts_at_the_end),
		cmocka_unit_test(more_than_can_be_watched_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
