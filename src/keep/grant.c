#include "keep/grant.h"

#include <string.h>

#include <openssl/crypto.h>

#include "keep/token.h"

static const char use[] = "sekimori grant 1";

struct grant {
	uint8_t	key, method;
	uint8_t	until[8];
	uint8_t	mac[TOKEN_MAC];
};
_Static_assert(sizeof(struct grant) == 22, "36 letters");

static const char *const names[PROOF_N] = {
	[PROOF_NONE] = "none", [PROOF_SOURCE] = "source", [PROOF_TXT] = "txt",
	[PROOF_MAIL] = "mail", [PROOF_DOMAIN] = "domain",
};

const char *
proof_name(enum proof_method m)
{
	return (unsigned)m < PROOF_N ? names[m] : names[PROOF_NONE];
}

enum proof_method
proof_parse(struct str s)
{
	for (enum proof_method m = PROOF_SOURCE; m <= PROOF_MAIL; m++)
		if (str_eq(s, str_of(names[m])))
			return m;
	return PROOF_NONE;
}

/* What the MAC covers beside the key. */
static struct wbuf
covered(uint8_t *out, size_t cap, const struct grant *g, const struct addr *a)
{
	struct wbuf w = wbuf_of(out, cap);

	wbuf_u8(&w, g->method);
	wbuf_bytes(&w, g->until, sizeof(g->until));
	wbuf_bytes(&w, a->o, sizeof(a->o));
	return w;
}

void
grant_make(char out[GRANT_TEXT], struct keep *k, const struct addr *a,
    enum proof_method m, struct wall until)
{
	struct grant g = { .method = (uint8_t)m };
	struct wbuf at = wbuf_of(g.until, sizeof(g.until)), w;
	uint8_t octets[64];

	wbuf_u64(&at, (uint64_t)until.s);
	w = covered(octets, sizeof(octets), &g, a);
	g.key = token_mac(g.mac, k, use, w.p, w.len);
	str_base32(out, &g, sizeof(g));
	OPENSSL_cleanse(&g, sizeof(g));
}

bool
grant_holds(struct keep *k, struct str text, const struct addr *a,
    enum proof_method *m, struct wall *until)
{
	struct grant g;
	struct rbuf at;
	struct wbuf w;
	uint8_t octets[64];

	if (str_unbase32(&g, sizeof(g), text) != 0)
		return false;
	w = covered(octets, sizeof(octets), &g, a);
	if (!token_mac_is(k, g.key, g.mac, use, w.p, w.len))
		return false;
	at = rbuf_of(g.until, sizeof(g.until));
	until->s = (int64_t)rbuf_u64(&at);
	*m = g.method;
	return g.method > PROOF_NONE && g.method <= PROOF_MAIL &&
	    until->s > keep_now(k).s;
}
