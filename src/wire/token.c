#include "wire/token.h"

#include <string.h>

#include "base/buf.h"

void
token_text(char out[TOKEN_TEXT], const struct token *t)
{
	uint8_t octets[TOKEN_OCTETS];
	struct wbuf w = wbuf_of(octets, sizeof(octets));

	wbuf_u8(&w, t->key);
	wbuf_u64(&w, t->attempt);
	wbuf_u8(&w, t->kind);
	wbuf_bytes(&w, t->mac, sizeof(t->mac));
	str_base32(out, octets, sizeof(octets));
}

int
token_parse(struct token *out, struct str s)
{
	uint8_t octets[TOKEN_OCTETS];
	struct rbuf r = rbuf_of(octets, sizeof(octets));
	struct token t;

	if (str_unbase32(octets, sizeof(octets), s) != 0)
		return SEK_EPARSE;
	t.key = rbuf_u8(&r);
	t.attempt = rbuf_u64(&r);
	t.kind = rbuf_u8(&r);
	memcpy(t.mac, rbuf_bytes(&r, sizeof(t.mac)), sizeof(t.mac));
	if (t.kind != TOKEN_RECIPIENT && t.kind != TOKEN_SENDER)
		return SEK_EPARSE;
	*out = t;
	return 0;
}

/* What stands before ".pd" in a domain; false when it is not under pd. */
static bool
below(struct str *out, struct str domain, struct str pd)
{
	if (domain.n < pd.n + 2 || !str_iends(domain, pd) ||
	    domain.p[domain.n - pd.n - 1] != '.')
		return false;
	*out = (struct str){ domain.p, domain.n - pd.n - 1 };
	return true;
}

static bool
is_literal(struct str domain)
{
	return domain.n > 2 && domain.p[0] == '[' && domain.p[domain.n - 1] == ']';
}

static struct str
unquoted(struct str local)
{
	if (local.n >= 2 && local.p[0] == '"' && local.p[local.n - 1] == '"')
		return (struct str){ local.p + 1, local.n - 2 };
	return local;
}

int
token_from_rcpt(struct token *out, struct str rcpt, struct str pd)
{
	struct str local = unquoted(str_cut(&rcpt, '@')), domain = rcpt, under;

	if (domain.n > 0 && domain.p[domain.n - 1] == '.')
		domain.n--;
	if (pd.n == 0)
		return SEK_EPARSE;
	if (is_literal(domain))
		return token_parse(out, local);
	if (domain.n == 0 && str_ieq(str_cut(&local, '!'), pd))
		return token_parse(out, local);
	if (str_ieq(domain, pd))
		return token_parse(out, str_cut(&local, '='));
	if (!below(&under, domain, pd))
		return SEK_EPARSE;
	if (str_ieq(local, STR("postmaster")) || str_ieq(local, STR("abuse")))
		return token_parse(out, under);
	return token_parse(out, local);
}
