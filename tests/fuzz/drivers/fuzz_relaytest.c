/* Hostile names in every form's templates: what comes out can stand in a
 * command line, or nothing comes out.  Input: capacity, then names, LF
 * between: T, S, pd, pd2, rx, host, dom, ip, and a template of its own. */
#include <stdlib.h>
#include <string.h>

#include "fact/relaytest.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check(const char *out, size_t cap, int err, const char *tmpl)
{
	size_t len = strnlen(out, cap);
	bool own = strpbrk(tmpl, "<>") == NULL;

	if (len >= cap || (err != 0 && len != 0) ||
	    (err != 0 && err != SEK_ELIMIT && err != SEK_EPARSE))
		abort();
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)out[i] < 0x20 || (unsigned char)out[i] > 0x7e ||
		    (own && (out[i] == '<' || out[i] == '>')))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str rest, part[8];
	struct relaytest_names names;
	char out[256], tmpl[64];
	size_t cap;

	if (n == 0)
		return 0;
	cap = p[0] == 0 ? 256 : p[0];
	rest = (struct str){ (const char *)p + 1, n - 1 };
	for (size_t i = 0; i < 8; i++)
		part[i] = str_cut(&rest, '\n');
	names = (struct relaytest_names){ part[0], part[1], part[2], part[3],
	    part[4], part[5], part[6], part[7] };
	for (int i = 0; i < RELAYTEST_N; i++) {
		const struct relaytest *r = &relaytest_forms[i];

		memset(out, 'x', sizeof(out));
		check(out, cap, relaytest_fill(out, cap, r->mail_from, &names), r->mail_from);
		check(out, cap, relaytest_fill(out, cap, r->rcpt_to, &names), r->rcpt_to);
	}
	if (str_copy(tmpl, sizeof(tmpl), rest) == 0 && relaytest_fill(out, cap, tmpl, &names) == 0 &&
	    strnlen(out, cap) >= cap)
		abort();
	return 0;
}
