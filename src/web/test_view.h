#pragma once
/* web/test_view.h -- what the page of a test shows, out of its snapshot.
 *
 * Pure but for memory; by allow-list, as check_view.h.  script.js makes the same
 * sentences out of the same snapshot by the same rule: the text is
 *
 *	test.now-STATE-WHY	if there is one, else
 *	test.now-STATE
 *	test.done-VERDICT-removed, test.done-VERDICT	of a test that is done
 *
 * (test.what-... alike).  A change of the rule is made in both. */

#include "web/page.h"

/* So long a result is the answer to whoever asks anew: as the keeper does it. */
enum { TEST_REUSED_S = 120 };

void test_view(json_t *view, const json_t *snapshot, struct wall now, enum lang lang);
