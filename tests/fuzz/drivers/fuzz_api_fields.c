/* Small texts of a request, the same octets read as each of them: Authorization,
 * ?at=, If-None-Match. */
#include <stdlib.h>
#include <string.h>

#include "web/auth.h"
#include "web/etag.h"
#include "web/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* auth.c also reads requests; none is made here. */
struct str
http_header(const struct http_request *r, const char *name)
{
	(void)r;
	(void)name;
	return (struct str){ 0 };
}

struct str
http_cookie(const struct http_request *r, const char *name)
{
	return http_header(r, name);
}

static void
check_bearer(struct str s)
{
	struct str key;
	int err = auth_bearer(&key, s);

	if (err != 0) {
		demand(err == AUTH_NONE || err == SEK_EPARSE);
		return;
	}
	demand(key.n > 0 && key.n <= AUTH_TEXT);
	demand(key.p >= s.p && key.p + key.n <= s.p + s.n);
	for (size_t i = 0; i < key.n; i++)
		demand(key.p[i] > ' ' && key.p[i] < 0x7f && key.p[i] != '"' && key.p[i] != '\\');
}

static void
check_when(struct str s)
{
	struct wall t, again;
	char text[WALL_TEXT];

	if (when_parse(&t, s) != 0)
		return;
	demand(t.s >= 0);
	wall_text(text, t);
	demand(when_parse(&again, str_of(text)) == 0 && again.s == t.s);
}

static void
check_etag(struct str s)
{
	char etag[ETAG_TEXT], alone[ETAG_TEXT + 4];
	size_t len;

	etag_of(etag, 42, s);
	len = strlen(etag);
	demand(len < sizeof(etag) && etag_match(str_of(etag), etag));
	demand(strcspn(etag, "\r\n") == len);
	(void)etag_match(s, etag);
	memcpy(alone, "x, ", 3);
	memcpy(alone + 3, etag, len + 1);
	demand(etag_match(str_of(alone), etag) && !etag_match(STR("W/\"1\""), etag));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str s = { (const char *)p, n };

	check_bearer(s);
	check_when(s);
	check_etag(s);
	return 0;
}
