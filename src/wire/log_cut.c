#include "wire/log_cut.h"

/* A call also where the linker could put it inline, for then it is filled with
 * "rep stos" again: a third of all that the grammar of Postfix costs. */
#if __has_attribute(noipa)
__attribute__((noipa))
#else
__attribute__((noinline))
#endif
void
log_cut_zero(void *p, size_t n)
{
	memset(p, 0, n);
}

struct str
log_cut_quoted(struct str *s)
{
	size_t i = 1;
	struct str in;

	if (s->n == 0 || s->p[0] != '"')
		return (struct str){ s->p, 0 };
	while (i < s->n && s->p[i] != '"')
		i += s->p[i] == '\\' && i + 1 < s->n ? 2 : 1;
	in = (struct str){ s->p + 1, i - 1 };
	*s = log_cut_off(*s, i < s->n ? i + 1 : i);
	return in;
}

/* Octets of the quoted string at the start of s; 1 when it has no end, as in
 * an address that the server cut: then the quote is an octet like others. */
static size_t
quoted_len(struct str s)
{
	struct str rest = s;

	log_cut_quoted(&rest);
	return rest.n > 0 || s.p[s.n - 1] == '"' ? s.n - rest.n : 1;
}

static size_t
mailbox_len(struct str s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != ' ' && s.p[i] != ',' && s.p[i] != '>') {
		if (s.p[i] == '"')
			i += quoted_len(log_cut_off(s, i));
		else
			i += s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
	}
	return i;
}

struct str
log_cut_mailbox(struct str *s)
{
	struct str box = { s->p, mailbox_len(*s) };

	*s = log_cut_off(*s, box.n);
	return box;
}

struct str
log_cut_path(struct str *s)
{
	struct str in, rest;

	if (s->n == 0 || s->p[0] != '<')
		return (struct str){ s->p, 0 };
	rest = log_cut_off(*s, 1);
	in = rest;
	/* source routes have commas, broken addresses blanks */
	while (rest.n > 0) {
		log_cut_mailbox(&rest);
		if (rest.n > 0 && rest.p[0] == '>') {
			in.n -= rest.n;
			*s = log_cut_off(rest, 1);
			return in;
		}
		rest = log_cut_off(rest, rest.n > 0);
	}
	*s = in;
	return log_cut_word(s);
}

struct str
log_cut_address(struct str *s)
{
	return s->n > 0 && s->p[0] == '<' ? log_cut_path(s) : log_cut_mailbox(s);
}

void
log_cut_behind_colon(struct str *s)
{
	while (s->n > 0 && !log_cut_lit(s, STR(": "))) {
		if (s->p[0] == '<')
			log_cut_path(s);
		else
			*s = log_cut_off(*s, 1);
	}
}

bool
log_cut_u32(uint32_t *out, struct str *s)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < s->n && ascii_digit(s->p[i]); i++) {
		v = v * 10 + (uint64_t)(s->p[i] - '0');
		if (v > UINT32_MAX)
			return false;
	}
	if (i == 0)
		return false;
	*out = (uint32_t)v;
	*s = log_cut_off(*s, i);
	return true;
}

bool
log_cut_addr(struct addr *out, uint16_t *port, struct str *s)
{
	struct str rest = *s, in, tail;
	uint32_t n = 0;

	if (!log_cut_lit(&rest, STR("[")))
		return false;
	in = log_cut_to(&rest, ']');
	if (in.p + in.n == rest.p)	/* no ] */
		return false;
	if (str_istarts(in, STR("IPv6:")))
		in = log_cut_off(in, 5);
	if (in.n >= ADDR_TEXT || addr_parse(out, in) != 0)
		return false;
	tail = rest;
	if (log_cut_lit(&tail, STR(":")) && log_cut_u32(&n, &tail) && n < 65536) {
		*port = (uint16_t)n;
		rest = tail;
	}
	*s = rest;
	return true;
}
