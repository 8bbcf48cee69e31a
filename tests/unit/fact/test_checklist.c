#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fact/checklist.h"

static void
tags_are_found_and_are_their_own(void **state)
{
	(void)state;
	for (enum check c = 0; c < CHECK_N; c++) {
		assert_non_null(checklist[c].tag);
		assert_int_equal(checklist_find(str_of(checklist[c].tag)), c);
	}
	assert_int_equal(checklist_find(STR("")), CHECK_N);
	assert_int_equal(checklist_find(STR("FCRDNS")), CHECK_N);
	for (enum check_state s = CHECK_OK; s < CHECK_STATES; s++)
		assert_int_equal(check_state_find(str_of(check_state_names[s])), s);
	assert_int_equal(check_state_find(STR("none")), CHECK_NONE);
	assert_int_equal(check_state_find(STR("okay")), CHECK_NONE);
}

/* Each required check, in each state but ok, alone is enough for a no. */
static void
every_required_one_must_be_ok(void **state)
{
	enum check_state states[CHECK_N];

	(void)state;
	for (enum check c = 0; c < CHECK_N; c++)
		for (enum check_state s = CHECK_NONE; s < CHECK_STATES; s++) {
			for (enum check k = 0; k < CHECK_N; k++)
				states[k] = CHECK_OK;
			states[c] = s;
			if (checklist_passes(states) !=
			    (s == CHECK_OK || !checklist[c].required))
				fail_msg("%s %s", checklist[c].tag, check_state_names[s]);
		}
	memset(states, 0, sizeof(states));
	assert_false(checklist_passes(states));
}

/* Architecture 1.1 names them; whoever makes one of them advice learns it. */
static void
what_the_architecture_names_is_required(void **state)
{
	static const enum check named[] = {
		CHECK_FCRDNS, CHECK_POSTMASTER, CHECK_PORT25, CHECK_MX, CHECK_CLOCK,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		assert_true(checklist[named[i]].required);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_are_found_and_are_their_own),
		cmocka_unit_test(every_required_one_must_be_ok),
		cmocka_unit_test(what_the_architecture_names_is_required),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
