#include "tool/target.h"

#include <string.h>

#include "base/i18n.h"

/* Letters, digits, hyphen, underscore and dots; octets of UTF-8 for names in
 * Japanese (the resolver turns them into A-labels).  RFC 1123 2.1: a name
 * whose last label is all digits is an address that went wrong. */
static bool
is_host(struct str s)
{
	char clean[4 * 254];
	bool digits = true;	/* in the present label */
	size_t label = 0;

	if (s.n == 0 || s.n > 253)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];

		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
			if (i + 1 < s.n)
				digits = true;
			continue;
		}
		if (!ascii_alnum((char)c) && c != '-' && c != '_' && c < 0x80)
			return false;
		if (c == '-' && label == 0)
			return false;
		digits = digits && ascii_digit((char)c);
		if (++label > 63 && c < 0x80)
			return false;
	}
	return !digits && str_clean(clean, sizeof(clean), s) == s.n;
}

static int
read_port(struct target *out, struct str port, const char **why)
{
	uint64_t v;

	if (str_u64(&v, port, 65535) != 0 || v == 0) {
		*why = _("the port is not a number from 1 to 65535");
		return SEK_EPARSE;
	}
	out->port = (uint16_t)v;
	return 0;
}

/* [2001:db8::25] or [2001:db8::25]:25 */
static int
cut_bracket(struct target *out, struct str *s, const char **why)
{
	ptrdiff_t at = str_find(*s, ']');
	struct str after;

	if (at < 0) {
		*why = _("the bracket is not closed; write [2001:db8::25]:25");
		return SEK_EPARSE;
	}
	after = (struct str){ s->p + at + 1, s->n - (size_t)at - 1 };
	*s = (struct str){ s->p + 1, (size_t)at - 1 };
	if (after.n == 0)
		return 0;
	if (after.p[0] != ':') {
		*why = _("something stands after the bracket that is no port");
		return SEK_EPARSE;
	}
	return read_port(out, (struct str){ after.p + 1, after.n - 1 }, why);
}

/* Cuts ":PORT" off, where it cannot be part of an IPv6 address. */
static int
cut_port(struct target *out, struct str *s, const char **why)
{
	struct str port;
	ptrdiff_t at;

	if (s->n > 0 && s->p[0] == '[')
		return cut_bracket(out, s, why);
	at = str_find(*s, ':');
	if (at < 0)
		return 0;
	port = (struct str){ s->p + at + 1, s->n - (size_t)at - 1 };
	if (str_find(port, ':') >= 0)
		return 0;	/* an IPv6 address */
	s->n = (size_t)at;
	return read_port(out, port, why);
}

int
target_read(struct target *out, const char *text, const char **why)
{
	struct str s = str_of(text);

	*out = (struct target){ 0 };
	if (cut_port(out, &s, why) != 0)
		return SEK_EPARSE;
	if (addr_parse(&out->addr, s) == 0) {
		out->is_addr = true;
		addr_text(out->name, &out->addr);
		return 0;
	}
	if (!is_host(s)) {
		*why = _("neither an address nor a host name; write 192.0.2.25, "
		    "2001:db8::25 or mail.example.jp");
		return SEK_EPARSE;
	}
	if (s.p[s.n - 1] == '.')
		s.n--;
	for (size_t i = 0; i < s.n; i++)
		out->name[i] = ascii_lower(s.p[i]);
	out->name[s.n] = '\0';
	return 0;
}

int
target_net(char out[NET_TEXT], const char *text, const char **why)
{
	struct str s = str_of(text);
	struct net net;

	if (net_parse(&net, s) == 0) {
		net_text(out, &net);
		return 0;
	}
	*why = str_find(s, '/') >= 0 ?
	    _("not a prefix; write 192.0.2.0/24 or 2001:db8::/32, with no bits "
	    "set after the length") :
	    _("not an address; write 192.0.2.25, 2001:db8::25 or a prefix");
	return SEK_EPARSE;
}

/* No top-level domain is a number. */
static bool
ends_in_letters(const char *name)
{
	const char *last = strrchr(name, '.');

	return last != NULL && last[1 + strspn(last + 1, "0123456789")] != '\0';
}

int
target_optout(char out[256], const char *text, const char **why)
{
	struct str s = str_of(text);
	const char *no = "";
	struct target t;

	if (target_net(out, text, why) == 0)
		return 0;
	if (str_find(s, '/') >= 0 || str_find(s, ':') >= 0 || str_find(s, '.') < 0)
		return SEK_EPARSE;
	if (target_read(&t, text, &no) != 0 || t.is_addr || !ends_in_letters(t.name))
		return SEK_EPARSE;	/* the address that it was to be is no address */
	memcpy(out, t.name, sizeof(t.name));
	return 0;
}
