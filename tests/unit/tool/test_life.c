#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tool/life.h"
#include "wire/snapshot.h"

static const struct {
	const char *name, *text;
	uint8_t is;
	bool lab, said;
	int64_t expires_s, empties_s;
} cases[] = {
	{ "as we write it", "alive expires=2026-11-28T00:00:00Z", SNAPSHOT_ALIVE, false, true, 1795824000, 0 },
	{ "of a laboratory", "frozen expires=2026-11-28T00:00:00Z LAB", SNAPSHOT_FROZEN, true, true, 1795824000, 0 },
	{ "closing", "closing expires=1970-01-01T00:00:01Z", SNAPSHOT_CLOSING, false, true, 1, 0 },
	{ "with its day", "closing expires=1970-01-01T00:00:01Z empties=2027-06-01 LAB", SNAPSHOT_CLOSING, true, true, 1,
	  1811808000 },
	{ "the first day counts", "closing expires=1970-01-01T00:00:01Z empties=2027-06-01 empties=2027-06-02",
	  SNAPSHOT_CLOSING, false, true, 1, 1811808000 },
	{ "a day that is none", "closing expires=1970-01-01T00:00:01Z empties=soon", SNAPSHOT_CLOSING, false, true, 1, 0 },
	{ "LAB is a word of its own", "alive expires=1970-01-01T00:00:01Z LAB=no", SNAPSHOT_ALIVE, false, true, 1, 0 },
	{ "emptied", "empty expires=1970-01-01T00:00:01Z", SNAPSHOT_EMPTY, false, true, 1, 0 },
	{ "a later word", "alive since=1 expires=1970-01-01T00:00:01Z", SNAPSHOT_ALIVE, false, true, 1, 0 },
	{ "the first time counts", "alive expires=1970-01-01T00:00:01Z expires=1970-01-01T00:00:02Z",
	  SNAPSHOT_ALIVE, false, true, 1, 0 },
	{ "a time that is none", "alive expires=soon", SNAPSHOT_ALIVE, false, false, 0, 0 },
	{ "no time", "alive", SNAPSHOT_ALIVE, false, false, 0, 0 },
	{ "not a life", "lively expires=1970-01-01T00:00:01Z", 0, false, false, 1, 0 },
	{ "the life stands first", "expires=1970-01-01T00:00:01Z alive", 0, false, false, 0, 0 },
	{ "nothing", "", 0, false, false, 0, 0 },
	{ "blanks", "   ", 0, false, false, 0, 0 },
	{ "a mail policy", "v=spf1 -all", 0, false, false, 0, 0 },
};

static void
a_text_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct life l;

		life_read(&l, str_of(cases[i].text));
		if (l.is != cases[i].is || l.lab != cases[i].lab || life_said(&l) != cases[i].said ||
		    (cases[i].said && l.expires.s != cases[i].expires_s) ||
		    l.empties.s != cases[i].empties_s)
			fail_msg("%s: life %u, lab %d, until %lld", cases[i].name, l.is, l.lab,
			    (long long)l.expires.s);
		if (l.is != 0)
			assert_int_equal(strncmp(cases[i].text, life_word(l.is), strlen(life_word(l.is))), 0);
	}
	assert_string_equal(life_word(0), "");
	assert_string_equal(life_word(99), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
