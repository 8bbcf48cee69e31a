/* Words that all of Postfix writes in one way. */
#include "wire/log_postfix_body.h"

enum { HOST_MAX = 256 };	/* octets before the [: RFC 1035 names, and sockets' */

static uint16_t
port_take(struct str *s)
{
	uint32_t v = 0;
	size_t at = 1;

	if (s->n < 2 || s->p[0] != ':' || !ascii_digit(s->p[1]))
		return 0;
	for (; at < s->n && at < 6 && ascii_digit(s->p[at]); at++)
		v = v * 10 + (uint32_t)(s->p[at] - '0');
	*s = log_cut_off(*s, at);
	return v <= 65535 ? (uint16_t)v : 0;
}

bool
log_postfix_host_take(struct log_postfix_host *out, struct str *s)
{
	struct str inside, rest = *s;
	size_t head = s->n < HOST_MAX ? s->n : HOST_MAX;
	const char *open = head == 0 ? NULL : memchr(s->p, '[', head), *close;

	if (open == NULL)
		return false;
	*out = (struct log_postfix_host){ .name = { s->p, (size_t)(open - s->p) } };
	rest = log_cut_off(rest, out->name.n + 1);
	close = rest.n == 0 ? NULL : memchr(rest.p, ']', rest.n < HOST_MAX ? rest.n : HOST_MAX);
	if (close == NULL)
		return false;
	inside = (struct str){ rest.p, (size_t)(close - rest.p) };
	rest = log_cut_off(rest, inside.n + 1);
	if (inside.n > 5 && str_istarts(inside, STR("IPv6:")))
		inside = log_cut_off(inside, 5);
	out->has_addr = addr_parse(&out->addr, inside) == 0 || addr_parse(&out->addr, str_cut(&inside, '%')) == 0;
	out->port = port_take(&rest);
	*s = rest;
	return true;
}

static bool
angle_follows(struct str s, size_t at)
{
	return at + 1 >= s.n || memchr(" ,:;)", s.p[at + 1], 5) != NULL;
}

/* Offset of the > that ends s, which begins behind its <; -1: none. */
static ptrdiff_t
angle_end(struct str s, bool quotes)
{
	bool in = false;

	for (size_t i = 0; i < s.n; i++) {
		if (quotes && s.p[i] == '\\' && in)
			i++;
		else if (quotes && s.p[i] == '"')
			in = !in;
		else if (!in && s.p[i] == '>' && angle_follows(s, i))
			return (ptrdiff_t)i;
	}
	return quotes ? angle_end(s, false) : -1;
}

bool
log_postfix_angle(struct str *out, struct str *s)
{
	const char *end;
	struct str rest = *s;
	ptrdiff_t n;

	if (s->n < 2 || s->p[0] != '<')
		return false;
	rest = log_cut_off(rest, 1);
	end = memchr(rest.p, '>', rest.n);
	if (end == NULL)
		return false;
	n = end - rest.p;
	if (memchr(rest.p, '"', (size_t)n) != NULL || !angle_follows(rest, (size_t)n))
		n = angle_end(rest, true);
	if (n < 0)
		return false;
	*out = (struct str){ rest.p, (size_t)n };
	rest = log_cut_off(rest, (size_t)n + 1);
	*s = rest;
	return true;
}

struct str
log_postfix_value(struct str *s)
{
	const char *at = s->p, *end = s->p + s->n;
	struct str out = *s;

	while (at + 1 < end && (at = memchr(at, ',', (size_t)(end - at))) != NULL) {
		if (at + 1 < end && at[1] == ' ') {
			out.n = (size_t)(at - out.p);
			*s = log_cut_off(*s, out.n + 2);
			return out;
		}
		at++;
	}
	*s = (struct str){ end, 0 };
	return out;
}
