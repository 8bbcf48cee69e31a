/* --list ZONE[=CODES]: whatever is taken leaves room for an IPv6 address in
 * front of the zone, and never counts an answer that means no listing. */
#include <stdlib.h>
#include <string.h>

#include "tool/check_codes.h"
#include "tool/check_judge.h"

static const uint32_t never[] = { 0, 0x7f000000, 0x7f000001, 0x7fffff00, 0x7ffffffe,
	0x7fffffff, 0x7effffff, 0x80000000, 0xc0000201, UINT32_MAX };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str text = { (const char *)p, n };
	char zone[CHECK_ZONE];
	struct check_codes c;
	const char *why = NULL;

	if (check_codes_list(zone, &c, text, &why) != 0) {
		if (why == NULL)
			abort();
		return 0;
	}
	if (strlen(zone) + 64 > 253 || c.n > CHECK_RANGES)
		abort();
	for (size_t i = 0; i < c.n; i++)
		if (c.r[i].lo > c.r[i].hi || !check_code_lists(c.r[i].lo) ||
		    !check_code_lists(c.r[i].hi) || !check_codes_has(&c, c.r[i].hi))
			abort();
	for (size_t i = 0; c.n > 0 && i < sizeof(never) / sizeof(never[0]); i++)
		if (check_codes_has(&c, never[i]))
			abort();
	return 0;
}
