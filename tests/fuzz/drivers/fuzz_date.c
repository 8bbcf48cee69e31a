#include <stdlib.h>

#include "wire/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define ZONES_S ((int64_t)100 * 3600)	/* beyond any zone */
#define LAST_S ((int64_t)253402300799)	/* of 9999-12-31 */

static void
within(struct wall t)
{
	if (t.s < -ZONES_S || t.s > LAST_S + ZONES_S)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct wall t;
	struct str s = { (const char *)p, n };

	if (date_received(&t, s) == 0)
		within(t);
	if (date_read(&t, s) == 0)
		within(t);
	return 0;
}
