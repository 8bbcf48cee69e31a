/* A transcript that a hostile server filled: what is kept of it is bounded,
 * harmless and sorted. */
#include <stdlib.h>
#include <string.h>

#include "fact/spoken.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define MUST(x) do { if (!(x)) abort(); } while (0)

static void
must_be_shown(const char *text, size_t cap)
{
	size_t n = strnlen(text, cap);

	MUST(n < cap);
	for (size_t i = 0; i < n; i++)
		MUST((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str in = { (const char *)p, n };
	struct spoken a, b;
	char once[SPOKEN_BANNER], twice[SPOKEN_BANNER];

	spoken_read(&a, in);
	spoken_read(&b, in);
	MUST(memcmp(&a, &b, sizeof(a)) == 0);
	must_be_shown(a.banner, sizeof(a.banner));
	must_be_shown(a.offer, sizeof(a.offer));
	must_be_shown(a.offer_tls, sizeof(a.offer_tls));
	must_be_shown(a.tls, sizeof(a.tls));
	MUST(a.greeted || a.offer[0] == '\0');
	MUST(a.greeted_tls || a.offer_tls[0] == '\0');
	spoken_timeless(once, sizeof(once), str_of(a.banner));
	spoken_timeless(twice, sizeof(twice), str_of(once));
	must_be_shown(once, sizeof(once));
	MUST(strlen(once) <= strlen(a.banner));
	MUST(str_search(str_of(once), STR("* *")) >= 0 || strcmp(once, twice) == 0);
	return 0;
}
