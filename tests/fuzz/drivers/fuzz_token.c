/* Any recipient: never out of bounds; what parses goes round. */
#include <stdlib.h>
#include <string.h>

#include "wire/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = { (const char *)data, size }, pd = STR("probe.example");
	char text[TOKEN_TEXT];
	struct token t, again;

	if (token_parse(&t, s) != 0 && token_from_rcpt(&t, s, pd) != 0)
		return 0;
	token_text(text, &t);
	if (token_parse(&again, str_of(text)) != 0 ||
	    memcmp(t.mac, again.mac, sizeof(t.mac)) != 0 ||
	    t.attempt != again.attempt || t.key != again.key ||
	    t.kind != again.kind)
		abort();
	for (size_t i = 0; i < TOKEN_LETTERS; i++)
		if (memchr("abcdefghijklmnopqrstuvwxyz234567", text[i], 32) == NULL)
			abort();
	return 0;
}
