/* The operator's file of TSIG keys: a parsed one keeps its bounds. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/tsig_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct tsig_keys k;
	const struct addr a = addr_v4(192, 0, 2, 1);
	struct tsig_key_why why;

	if (tsig_keys_parse(&k, (struct str){ (const char *)p, n }, &why) != 0) {
		assert(why.text != NULL && why.line > 0 && k.n == 0);
		return 0;
	}
	assert(k.n <= TSIG_KEYS);
	for (size_t i = 0; i < k.n; i++) {
		assert(k.at[i].len >= TSIG_SECRET_MIN && k.at[i].len <= TSIG_SECRET_MAX);
		assert(k.at[i].name.len >= 3 && k.at[i].n_nets <= TSIG_KEY_NETS);
		(void)tsig_key_allows(&k.at[i], &a);
	}
	return 0;
}
