/* Whatever allocation fails while a page is made: it is answered exactly once,
 * whole or with a refusal, and nothing is lost but the page (ASan sees the rest). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../nomem.h"
#include "state.h"

static const char *states;

static const char *const pages[] = { "home", "check-listed-owner", "check-cleared", "check-alone-listed",
	"check-special", "retest-strange", "resolve", "test-open-owner", "prove-txt", "prove-mail-wrong", "optout-proved",
	"evidence", "lookup-network", "retest-limit" };

/* What may come instead: the list alone for what the keeper said of an address,
 * "cut" for evidence of which an event could not be kept. */
static bool
is_other(const char *name, const struct fake *f)
{
	return (strncmp(name, "check-", 6) == 0 && strstr(f->body, "check.alone") != NULL) ||
	    (strcmp(name, "evidence") == 0 && strstr(f->body, "evidence.cut") != NULL);
}

/* Shows the state with its n-th allocation failing.  Was there an n-th? */
static bool
shown_without(struct fake *f, const json_t *s, long n, const char *name, const char *whole)
{
	fake_left = n;
	state_show(f, s, LANG_JA);
	if (f->code != 503 && strcmp(f->body, whole) != 0 && !is_other(name, f))
		fail_msg("%s without its allocation %ld: answered %u, but not whole", name, n, f->code);
	assert_true(f->n > 0);
	return fake_left < 0;
}

static void
every_page_is_answered_once(void **state)
{
	char path[1024];
	struct fake f;

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		char *whole;
		json_t *s;
		long n = 0;

		snprintf(path, sizeof(path), "%s/%s.json", states, pages[i]);
		s = json_load_file(path, 0, NULL);
		assert_non_null(s);
		fake_left = -1;
		fake_new(&f);
		state_begin(&f, s);
		state_show(&f, s, LANG_JA);
		whole = strdup(f.body);
		for (f.clock.mono.ms += 5000; shown_without(&f, s, n, pages[i], whole); n++)
			f.clock.mono.ms += 5000;	/* past the cache's time */
		free(whole);
		if (n < 20)
			fail_msg("%s: only %ld allocations seen", pages[i], n);
		fake_free(&f);
		json_decref(s);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_is_answered_once),
	};

	if (argc != 2)
		return 64;
	states = argv[1];
	fake_fail_at = &fail_at;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
