#include "xfer/access.h"

#include <string.h>

struct access_rules
access_rules_of(const struct conf *c)
{
	struct access_rules r = { .n_from = c->n_transfer_from,
		.nokey = c->transfer_nokey };

	memcpy(r.from, c->transfer_from, sizeof(r.from));
	return r;
}

enum access
access_check(const struct access_rules *r, const struct addr *client,
    const struct tsig_key *key)
{
	bool known = false;

	for (size_t i = 0; !known && i < r->n_from; i++)
		known = net_has(&r->from[i], client);
	if (!known)
		return r->n_from == 0 ? ACCESS_CLOSED : ACCESS_ADDRESS;
	if (key == NULL)
		return r->nokey ? ACCESS_OK : ACCESS_NOKEY;
	return tsig_key_allows(key, client) ? ACCESS_OK : ACCESS_KEY;
}

const char *
access_word(enum access a)
{
	static const char *const words[] = {
		[ACCESS_OK] = "ok", [ACCESS_CLOSED] = "closed",
		[ACCESS_ADDRESS] = "address", [ACCESS_NOKEY] = "no-key",
		[ACCESS_KEY] = "key",
	};

	return words[a];
}
