#include "fact/returncode.h"

#include "base/buf.h"

static const struct returncode codes[] = {
	{ RETURNCODE_ENTRY, "entry", "Relays mail for strangers.", "Open relay." },
	{ RETURNCODE_EXIT, "exit", "Sends out mail of an open relay.", "Relay exit." },
};

const struct returncode *
returncode_of(unsigned code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return &codes[i];
	return NULL;
}

/* Joins LAB, reason and page with spaces; 0 when they do not fit. */
static size_t
join(char out[RETURNCODE_TEXT], bool lab, const char *reason, struct str url,
    const char *addr)
{
	struct wbuf w = wbuf_of(out, RETURNCODE_TEXT);

	if (lab)
		wbuf_str(&w, "LAB");
	if (reason[0] != '\0' && w.len > 0)
		wbuf_u8(&w, ' ');
	wbuf_str(&w, reason);
	if (url.n > 0) {
		if (w.len > 0)
			wbuf_u8(&w, ' ');
		wbuf_bytes(&w, url.p, url.n);
		wbuf_str(&w, "ip/");
		wbuf_str(&w, addr);
	}
	return w.err != 0 ? 0 : w.len;
}

size_t
returncode_write(char out[RETURNCODE_TEXT], unsigned code, const struct addr *a,
    struct str url, bool lab)
{
	static const struct returncode unknown = { 0, "", "Listed.", "Listed." };
	const struct returncode *c = returncode_of(code);
	char addr[ADDR_TEXT];
	size_t n = 0;

	if (c == NULL)
		c = &unknown;
	addr_text(addr, a);
	if (url.n > 0) {
		n = join(out, lab, c->text, url, addr);
		if (n == 0)
			n = join(out, lab, c->brief, url, addr);
		if (n == 0)
			n = join(out, lab, "", url, addr);
	}
	return n > 0 ? n : join(out, lab, c->text, STR(""), addr);
}

size_t
returncode_write_test(char out[RETURNCODE_TEXT], bool lab)
{
	return join(out, lab, "Test entry of RFC 5782, not a listing.", STR(""), "");
}
