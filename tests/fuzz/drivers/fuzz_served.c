#include <stdlib.h>
#include <string.h>

#include "sys/served.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* What is read comes back from what is written of it. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char text[SERVED_OCTETS];
	struct served s, again;

	if (served_parse(&s, (const char *)p, n) != 0)
		return 0;
	served_text(text, &s);
	if (served_parse(&again, text, sizeof(text)) != 0 || again.serial != s.serial ||
	    again.at_s != s.at_s || again.behind != s.behind)
		abort();
	return 0;
}
