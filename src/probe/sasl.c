#include "probe/sasl.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/buf.h"
#include "probe/caps.h"
#include "wire/mail_put.h"
#include "wire/mime.h"

static void
put_text(struct wbuf *w, struct str text)
{
	mail_put_base64(w, text.p, text.n);
}

static void
put_plain(struct wbuf *w, const struct sasl *s)
{
	char octets[2 * SASL_TEXT + 2];
	struct wbuf o = wbuf_of(octets, sizeof(octets));

	wbuf_u8(&o, 0);		/* no authorization identity */
	wbuf_str(&o, s->user);
	wbuf_u8(&o, 0);
	wbuf_str(&o, s->pass);
	put_text(w, (struct str){ octets, o.len });
}

static int
finish(char out[SASL_LINE], struct wbuf *w)
{
	out[w->err == 0 ? w->len : 0] = '\0';
	return w->err;
}

int
sasl_first(char out[SASL_LINE], struct sasl *s, struct str trace)
{
	struct wbuf w = wbuf_of(out, SASL_LINE - 1);

	s->round = 0;
	switch (s->mechanism) {
	case CAP_PLAIN:
		wbuf_str(&w, "AUTH PLAIN ");
		put_plain(&w, s);
		break;
	case CAP_ANONYMOUS:
		wbuf_str(&w, "AUTH ANONYMOUS ");
		put_text(&w, trace);
		break;
	case CAP_LOGIN:
		wbuf_str(&w, "AUTH LOGIN");
		break;
	case CAP_CRAM_MD5:
		wbuf_str(&w, "AUTH CRAM-MD5");
		break;
	case CAP_NTLM:
		wbuf_str(&w, "AUTH NTLM");
		break;
	default:
		out[0] = '\0';
		return SEK_EPARSE;
	}
	return finish(out, &w);
}

/* "user digest", the digest keyed with the password over the challenge. */
static void
put_cram(struct wbuf *w, const struct sasl *s, struct str challenge)
{
	char text[SASL_TEXT + 2 + 2 * EVP_MAX_MD_SIZE + 1];
	uint8_t octets[SASL_LINE], mac[EVP_MAX_MD_SIZE];
	const struct mime_text in = { challenge, MIME_BASE64 };
	struct mime_decoder d = mime_decoder_of(&in);
	size_t n = 0, len = str_of(s->user).n;
	unsigned mac_n = 0;
	int c;

	while (n < sizeof(octets) && (c = mime_next(&d)) >= 0)
		octets[n++] = (uint8_t)c;
	if (HMAC(EVP_md5(), s->pass, (int)str_of(s->pass).n, octets, n, mac, &mac_n) == NULL) {
		wbuf_str(w, "*");
		return;
	}
	(void)!str_copy(text, sizeof(text), str_of(s->user));
	text[len++] = ' ';
	str_hex(text + len, mac, mac_n);
	put_text(w, str_of(text));
}

/* MS-NLMP 2.2.1.1: flags Unicode, OEM, request target, NTLM, always sign. */
static const char ntlm_negotiate[32] = "NTLMSSP\0\1\0\0\0\7\202\0\0"
    "\0\0\0\0\40\0\0\0\0\0\0\0\40\0\0";

/* MS-NLMP 2.2.1.3 with one zero for an LM response, nothing else, and the flag
 * "anonymous". */
static const char ntlm_nobody[65] = "NTLMSSP\0\3\0\0\0"
    "\1\0\1\0\100\0\0\0" "\0\0\0\0\101\0\0\0" "\0\0\0\0\100\0\0\0"
    "\0\0\0\0\100\0\0\0" "\0\0\0\0\100\0\0\0" "\0\0\0\0\101\0\0\0"
    "\5\212\0\0";

void
sasl_next(char out[SASL_LINE], struct sasl *s, struct str challenge)
{
	struct wbuf w = wbuf_of(out, SASL_LINE - 1);
	unsigned round = s->round++;

	if (s->mechanism == CAP_LOGIN && round < 2)
		put_text(&w, str_of(round == 0 ? s->user : s->pass));
	else if (s->mechanism == CAP_CRAM_MD5 && round == 0)
		put_cram(&w, s, challenge);
	else if (s->mechanism == CAP_NTLM && round == 0)
		put_text(&w, (struct str){ ntlm_negotiate, sizeof(ntlm_negotiate) });
	else if (s->mechanism == CAP_NTLM && round == 1)
		put_text(&w, (struct str){ ntlm_nobody, sizeof(ntlm_nobody) });
	else
		wbuf_str(&w, "*");
	(void)finish(out, &w);
}
