#include "fact/cookie.h"

#include <string.h>

enum { VERSION = 1, AT_TIME = 12, AT_HASH = 16 };

static void
put_hash(uint8_t cookie[COOKIE_LEN], const uint8_t secret[COOKIE_SECRET],
    const struct addr *peer)
{
	bool v4 = addr_is_v4(peer);
	size_t len = v4 ? 4 : sizeof(peer->o);
	uint8_t in[AT_HASH + sizeof(peer->o)];
	uint64_t hash;

	memcpy(in, cookie, AT_HASH);
	memcpy(in + AT_HASH, peer->o + sizeof(peer->o) - len, len);
	hash = siphash(secret, in, AT_HASH + len);
	for (size_t i = 0; i < 8; i++)		/* as all others write it */
		cookie[AT_HASH + i] = (uint8_t)(hash >> (8 * i));
}

int32_t
cookie_age_s(const uint8_t *octets, struct wall now)
{
	const uint8_t *t = octets + AT_TIME;
	uint32_t made = (uint32_t)t[0] << 24 | (uint32_t)t[1] << 16 |
	    (uint32_t)t[2] << 8 | t[3];

	return (int32_t)((uint32_t)now.s - made);
}

/* Every octet is compared, whichever differs: time tells nothing. */
static bool
same(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= (uint8_t)(a[i] ^ b[i]);
	return differ == 0;
}

enum cookie
cookie_judge(const uint8_t *octets, size_t n,
    const uint8_t secret[COOKIE_SECRET], const struct addr *peer,
    struct wall now)
{
	uint8_t want[COOKIE_LEN];
	int32_t age_s;

	if (n <= COOKIE_CLIENT)
		return COOKIE_NEW;
	if (n != COOKIE_LEN || octets[COOKIE_CLIENT] != VERSION)
		return COOKIE_BAD;
	age_s = cookie_age_s(octets, now);
	if (age_s > COOKIE_PAST_S || age_s < -COOKIE_AHEAD_S)
		return COOKIE_BAD;
	memcpy(want, octets, AT_HASH);
	put_hash(want, secret, peer);
	return same(want + AT_HASH, octets + AT_HASH, COOKIE_LEN - AT_HASH) ?
	    COOKIE_VALID : COOKIE_BAD;
}

void
cookie_make(uint8_t out[COOKIE_LEN], const uint8_t client[COOKIE_CLIENT],
    const uint8_t secret[COOKIE_SECRET], const struct addr *peer,
    struct wall now)
{
	memcpy(out, client, COOKIE_CLIENT);
	memset(out + COOKIE_CLIENT, 0, AT_TIME - COOKIE_CLIENT);
	out[COOKIE_CLIENT] = VERSION;
	for (size_t i = 0; i < 4; i++)
		out[AT_TIME + i] = (uint8_t)((uint32_t)now.s >> (24 - 8 * i));
	put_hash(out, secret, peer);
}
