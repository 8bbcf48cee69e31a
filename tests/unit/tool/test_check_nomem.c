#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tool/check_cache.h"
#include "tool/check_run.h"

#include "../nomem.h"

static const char dns[] =
	"two.example mx 10 mx1.two.example\n"
	"two.example mx 20 mx2.two.example\n"
	"mx1.two.example a 192.0.2.25\n"
	"mx2.two.example a 192.0.2.26\n"
	"2.0.0.127.bl.example a 127.0.0.2\n"
	"26.2.0.192.bl.example a 127.0.0.2\n"
	"26.2.0.192.bl.example txt Relays for strangers.\n";

/* Returns the exit code, or -1 when the fake things around it had no memory. */
static int
run(char **said)
{
	static struct check_lists lists;
	struct check_codes all = { 0 };
	struct option_list files = { .n = 0 };
	char one[] = "two.example", *operands[] = { one };
	struct check_report report = { .format = &check_format_text, .lists = &lists };
	struct check_run_with w = { .lists = &lists, .report = &report, .lab = true, .err = stderr };
	struct clock_fake clock;
	struct rand rand;
	size_t n;
	int rc = -1;

	memset(&lists, 0, sizeof(lists));
	clock_fake_init(&clock, (struct wall){ 1795000000 });
	rand_seeded(&rand, 1);
	w.rand = &rand;
	assert_int_equal(check_lists_add(&lists, "bl.example", &all, true), 0);
	report.out = open_memstream(said, &n);
	w.err = fopen("/dev/null", "w");
	w.loop = loop_new_fake(&clock);
	if (w.loop != NULL && check_input_open(&w.input, operands, 1, &files, false, w.err) == 0 &&
	    resolver_new_fake(&w.direct, w.loop, dns) == 0) {
		if (check_cache_new(&w.resolver, w.loop, w.direct, 10) == 0)
			rc = check_run(&w);
		else
			w.direct->free(w.direct);
	}
	check_input_close(w.input);
	loop_free(w.loop);
	fclose(w.err);
	fclose(report.out);
	return rc;
}

/* Whatever is refused: it ends, nothing leaks, and what is listed is never
 * said not to be. */
static void
without_memory_nothing_is_clean(void **state)
{
	int rc = -1;
	long i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		char *said = NULL;
		bool left;

		fail_at = i;
		rc = run(&said);
		left = fail_at >= 0;	/* nothing was refused any more */
		fail_at = -1;
		if (rc == 0 || (rc != -1 && rc != 1 && rc != 2 && rc != EXIT_OSERR) ||
		    strstr(said, "two.example: not listed") != NULL)
			fail_msg("allocation %ld: exit %d\n%s", i, rc, said);
		free(said);
		if (left)
			break;
	}
	assert_int_equal(rc, 1);
	assert_in_range(i, 20, 999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_nothing_is_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
