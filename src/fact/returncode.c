#include "fact/returncode.h"

#include "base/buf.h"

static const struct returncode codes[] = {
	{ RETURNCODE_ENTRY, "entry", "Relays mail for strangers.", "Open relay.",
	    "Open relays in" },
	{ RETURNCODE_EXIT, "exit", "Sends out mail of an open relay.", "Relay exit.",
	    "Relay exits in" },
};

const struct returncode *
returncode_of(unsigned code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return &codes[i];
	return NULL;
}

static const struct returncode unknown = { 0, "", "Listed.", "Listed.", "Listed:" };

static const struct returncode *
known(unsigned code)
{
	const struct returncode *c = returncode_of(code);

	return c != NULL ? c : &unknown;
}

/* Joins LAB, reason and page with spaces; 0 when they do not fit.
 * addr  whose page; "": the first page */
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
		wbuf_str(&w, addr[0] != '\0' ? "ip/" : "");
		wbuf_str(&w, addr);
	}
	return w.err != 0 ? 0 : w.len;
}

size_t
returncode_write(char out[RETURNCODE_TEXT], unsigned code, const struct addr *a,
    struct str url, bool lab)
{
	const struct returncode *c = known(code);
	char addr[ADDR_TEXT];
	size_t n = 0;

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
returncode_write_range(char out[RETURNCODE_TEXT], unsigned code,
    const struct net *range, struct str url, bool lab)
{
	char net[NET_TEXT], addr[ADDR_TEXT], reason[RETURNCODE_TEXT + 1];
	struct wbuf w = wbuf_of(reason, sizeof(reason));
	size_t n = 0;

	net_text(net, range);
	addr_text(addr, &range->addr);
	wbuf_printf(&w, "%s %s.", known(code)->range, net);
	wbuf_u8(&w, '\0');
	if (url.n > 0) {
		n = join(out, lab, reason, url, addr);
		if (n == 0)
			n = join(out, lab, reason, url, "");
	}
	return n > 0 ? n : join(out, lab, reason, STR(""), "");
}

size_t
returncode_write_except(char out[RETURNCODE_TEXT], const struct net *range,
    bool lab)
{
	char net[NET_TEXT], reason[RETURNCODE_TEXT + 1];
	struct wbuf w = wbuf_of(reason, sizeof(reason));

	net_text(net, range);
	wbuf_printf(&w, "Not listed: excluded from %s.", net);
	wbuf_u8(&w, '\0');
	return join(out, lab, reason, STR(""), "");
}

size_t
returncode_write_test(char out[RETURNCODE_TEXT], bool lab)
{
	return join(out, lab, "Test entry of RFC 5782, not a listing.", STR(""), "");
}
