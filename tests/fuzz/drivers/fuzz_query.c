/* What is typed into the one field, and moments: hostile octets, nothing else. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "web/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct str s = { (const char *)p, n };
	struct query q;
	struct wall t;

	query_parse(&q, s, STR("bl.example"));
	switch (q.kind) {
	case QUERY_HOST:
	case QUERY_DOMAIN:
		/* the keeper's resolver is given only this */
		assert(q.name[0] != '\0' && memchr(q.name, '\0', sizeof(q.name)) != NULL);
		for (const char *c = q.name; *c != '\0'; c++)
			assert((*c >= 'a' && *c <= 'z') || ascii_digit(*c) || *c == '-' ||
			    *c == '_' || *c == '.');
		break;
	case QUERY_NONE:
		assert(q.why != NULL);
		break;
	default:
		assert(q.kind == QUERY_ADDR);
	}
	if (query_time(&t, s, 9 * 3600) == 0)
		assert(t.s >= -9 * 3600);
	return 0;
}
