/* Any challenge, any credentials: what we answer is one line of base64 or "*",
 * and the exchange comes to its end.
 *
 * Input: mechanism, length of user and password, those, then the challenge. */
#include <stdlib.h>
#include <string.h>

#include "probe/caps.h"
#include "probe/sasl.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const unsigned mechanisms[] = {
	CAP_PLAIN, CAP_LOGIN, CAP_CRAM_MD5, CAP_ANONYMOUS, CAP_NTLM, 0,
};

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static bool
is_answer(const char *line)
{
	return strcmp(line, "*") == 0 || strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/=") == strlen(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct sasl s = { 0 };
	char line[SASL_LINE];
	size_t len;
	int err;

	if (n < 2)
		return 0;
	s.mechanism = mechanisms[p[0] % (sizeof(mechanisms) / sizeof(mechanisms[0]))];
	len = p[1] % (SASL_TEXT + 1);
	if (len > n - 2)
		return 0;
	memcpy(s.user, p + 2, len);
	memcpy(s.pass, p + 2, len);
	err = sasl_first(line, &s, STR("relaytest.probe.example"));
	demand((err == 0) == (s.mechanism != 0) && strpbrk(line, "\r\n") == NULL);
	for (int i = 0; i < 4; i++) {
		sasl_next(line, &s, (struct str){ (const char *)p + 2 + len, n - 2 - len });
		demand(is_answer(line));
	}
	demand(strcmp(line, "*") == 0);
	return 0;
}
