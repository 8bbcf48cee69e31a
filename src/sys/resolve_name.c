#include "sys/resolve.h"

static int
resolve_name_host(struct dns_name *out, struct str name)
{
	struct addr none;

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!ascii_alnum(c) && c != '-' && c != '_' && c != '.')
			return SEK_EPARSE;
	}
	if (name.n == 0 || addr_parse(&none, name) == 0 ||
	    dns_name_parse(out, name) != 0 || out->len < 2)
		return SEK_EPARSE;
	return 0;
}

/* RFC 1035 3.5, RFC 3596 2.5 */
static int
resolve_name_reverse(struct dns_name *out, struct str text)
{
	char labels[ADDR_LABELS], whole[ADDR_LABELS + sizeof(".in-addr.arpa")];
	struct wbuf w = wbuf_of(whole, sizeof(whole));
	struct addr a;

	if (addr_parse(&a, text) != 0)
		return SEK_EPARSE;
	addr_labels(labels, &a);
	wbuf_str(&w, labels);
	wbuf_str(&w, addr_is_v4(&a) ? ".in-addr.arpa" : ".ip6.arpa");
	if (w.err != 0)
		return SEK_EPARSE;
	return dns_name_parse(out, (struct str){ whole, w.len });
}

int
resolve_name(struct dns_name *out, unsigned kind, struct str name)
{
	if (kind == RESOLVE_PTR)
		return resolve_name_reverse(out, name);
	if (kind == RESOLVE_NS && str_eq(name, STR(".")))
		return dns_name_parse(out, name);
	if (kind >= RESOLVE_ADDR && kind <= RESOLVE_CNAME)
		return resolve_name_host(out, name);
	return SEK_EPARSE;
}
