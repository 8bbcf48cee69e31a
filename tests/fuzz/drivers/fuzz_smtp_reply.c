/* A reply is cut at the same place however much follows it, an error never
 * heals, and its text holds no octet that could end a line. */
#include <stdlib.h>
#include <string.h>

#include "wire/smtp_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
check_reply(const struct smtp_reply *r, const char *in, size_t n)
{
	struct str all = { in, r->used }, text = { r->text, r->len }, line;
	struct smtp_reply again;
	size_t lines = 0;

	demand(r->code >= 200 && r->code <= 599 && r->used > 0 && r->used <= n);
	demand(r->text >= in && r->text + r->len <= in + r->used);
	demand(str_find(text, '\0') < 0 && str_find(text, '\r') < 0 && str_find(text, '\n') < 0);
	demand(smtp_reply_read(&again, in, r->used) == 0 && again.used == r->used);
	demand(smtp_reply_read(&again, in, r->used - 1) == SMTP_REPLY_MORE);
	while (smtp_reply_line(&line, &all))
		lines++;
	demand(all.n == 0 && lines >= 1 && lines <= SMTP_REPLY_LINES);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *in = (const char *)p;
	struct smtp_reply r, part;
	int err = smtp_reply_read(&r, in, n);

	if (err == 0)
		check_reply(&r, in, n);
	for (size_t k = 0; k < n; k += 1 + n / 16) {
		int before = smtp_reply_read(&part, in, k);

		demand(before == SMTP_REPLY_MORE || before == err);
		demand(before != 0 || part.used == r.used);
	}
	return 0;
}
