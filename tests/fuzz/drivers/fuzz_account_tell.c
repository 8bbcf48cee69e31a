/* What the child of `sekimori account --follow` tells, as the parent reads it.
 * Property: what is taken is clean, and tells the same when it is told again. */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tool/account_tell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_clean(const char *text)
{
	for (; *text != '\0'; text++)
		assert((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void
again(const struct account_alert *a)
{
	static char room[ACCOUNT_TELL];
	struct account_told told;
	int ends[2];

	assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
	assert(account_tell_alert(ends[0], a) == 0);
	assert(account_tell_read(&told, ends[1], room) == 0);
	assert(memcmp(&told.alert, a, sizeof(*a)) == 0);
	close(ends[0]);
	close(ends[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account_told told;
	char text[ACCOUNT_ALERT_TEXT];

	if (account_tell_parse(&told, (struct str){ (const char *)data, size }) != 0)
		return 0;
	if (told.kind == ACCOUNT_TELL_METRICS) {
		assert(told.metrics.n <= size);
		return 0;
	}
	is_clean(told.alert.who);
	is_clean(told.alert.file);
	account_alert_text(text, &told.alert);
	is_clean(text);
	again(&told.alert);
	return 0;
}
