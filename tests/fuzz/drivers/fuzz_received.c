#include <stdlib.h>

#include "wire/received.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define MUST(x) do { if (!(x)) abort(); } while (0)

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *in = (const char *)p;
	struct received r;

	if (received_read(&r, (struct str){ in, n }) != 0)
		return 0;
	const struct str all[] = {
		r.helo, r.rdns, r.by, r.by_also, r.with, r.id, r.rcpt,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].n == 0)
			continue;
		MUST(all[i].p >= in && all[i].p + all[i].n <= in + n);
		for (size_t k = 0; k < all[i].n; k++)
			MUST(all[i].p[k] != '\n' && all[i].p[k] != ' ');
	}
	return 0;
}
