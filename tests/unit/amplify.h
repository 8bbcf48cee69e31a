#pragma once
/* tests/unit/amplify.h -- no answer by UDP to who may not be there is longer than
 * three times its query; the longest of a program is printed at its end.
 *
 * Three is written here once more: who raises ANSWER_TIMES is to hear of it. */

#include <stdio.h>
#include <stdlib.h>

enum { AMPLIFY_TIMES = 3 };

static size_t amplify_query, amplify_answer;	/* of the worst; 0: none yet */

static inline void
amplify_say(void)
{
	printf("# largest UDP answer without a cookie: %.2f times its query (%zu octets for %zu)\n",
	    (double)amplify_answer / (double)amplify_query, amplify_answer, amplify_query);
}

/* answer 0: none came. */
static inline void
amplify(size_t query, size_t answer)
{
	if (answer > AMPLIFY_TIMES * query)
		fail_msg("%zu octets for %zu", answer, query);
	if (answer == 0 || (amplify_query != 0 &&
	    answer * amplify_query <= amplify_answer * query))
		return;
	if (amplify_query == 0)
		atexit(amplify_say);
	amplify_query = query;
	amplify_answer = answer;
}
