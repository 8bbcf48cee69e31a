#include <string.h>

#include "wire/mtaconf_body.h"

const struct mtaconf_server mtaconf_servers[] = {
	{ "postfix", mtaconf_postfix },
	{ "exim", mtaconf_exim },
	{ "sendmail", mtaconf_sendmail },
	{ "opensmtpd", mtaconf_opensmtpd },
	{ NULL, NULL },
};

static void
say(struct mtaconf_out *o, struct mtaconf_fact fact)
{
	fact.file = o->file;
	fact.line = o->file == NULL ? 0 : o->line;
	if (o->err == 0)
		o->err = o->fn(o->ctx, &fact);
}

void
mtaconf_say(struct mtaconf_out *o, enum mtaconf_kind kind, struct str text)
{
	say(o, (struct mtaconf_fact){ .kind = kind, .text = text });
}

void
mtaconf_say_below(struct mtaconf_out *o, enum mtaconf_kind kind, struct str text)
{
	say(o, (struct mtaconf_fact){ .kind = kind, .text = text, .below = true });
}

void
mtaconf_say_set(struct mtaconf_out *o, struct str name, struct str value)
{
	say(o, (struct mtaconf_fact){ .kind = MTACONF_SETTING, .text = name, .value = value });
}

void
mtaconf_say_net(struct mtaconf_out *o, const struct net *n)
{
	bool any = n->len == 0 || (addr_is_v4(&n->addr) && n->len == 96);

	say(o, (struct mtaconf_fact){ .kind = any ? MTACONF_NET_ANY : MTACONF_NET, .net = *n });
}

bool
mtaconf_open(struct mtaconf_out *o, unsigned depth)
{
	return depth < MTACONF_DEPTH && o->opened++ < MTACONF_OPENED;
}

int
mtaconf_line(struct str *line, struct str *rest)
{
	if (rest->n == 0)
		return 0;
	*line = str_cut(rest, '\n');
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return 1;
}

int
mtaconf_word(struct str *word, struct str *rest, const char *seps)
{
	size_t n = strlen(seps), i = 0;

	while (rest->n > 0 && memchr(seps, rest->p[0], n) != NULL) {
		rest->p++;
		rest->n--;
	}
	while (i < rest->n && memchr(seps, rest->p[i], n) == NULL)
		i++;
	*word = (struct str){ rest->p, i };
	rest->p += i;
	rest->n -= i;
	return i > 0;
}

const struct mtaconf_file *
mtaconf_find(const struct mtaconf_in *in, struct str path)
{
	while (path.n > 0) {
		for (size_t i = 0; i < in->n; i++)
			if (str_eq(in->file[i].name, path))
				return &in->file[i];
		(void)str_cut(&path, '/');
	}
	return NULL;
}

struct str
mtaconf_base(struct str path)
{
	struct str base;

	do
		base = str_cut(&path, '/');
	while (path.n > 0);
	return base;
}

/* "10.1" and "10.1." are 10.1.0.0/16; at least one number and at most three. */
static int
net_short(struct net *out, struct str s)
{
	uint8_t o[4] = { 0 };
	size_t n = 0;

	while (s.n > 0) {
		uint64_t v;

		if (n == 3 || str_u64(&v, str_cut(&s, '.'), 255) != 0)
			return SEK_EPARSE;
		o[n++] = (uint8_t)v;
	}
	if (n == 0)
		return SEK_EPARSE;
	*out = (struct net){ addr_v4(o[0], o[1], o[2], o[3]), (uint8_t)(96 + 8 * n) };
	return 0;
}

/* "[x]/len" and "[x]" as x and len; "IPv6:" in front is Sendmail's. */
static struct str
net_unbracket(struct str *s)
{
	struct str head;

	if (str_istarts(*s, STR("ipv6:")))
		*s = (struct str){ s->p + 5, s->n - 5 };
	if (s->n == 0 || s->p[0] != '[')
		return str_cut(s, '/');
	s->p++;
	s->n--;
	head = str_cut(s, ']');
	if (s->n > 0 && s->p[0] == '/') {
		s->p++;
		s->n--;
	}
	return head;
}

int
mtaconf_net(struct net *out, struct str s)
{
	struct str head = net_unbracket(&s);
	struct addr masked;
	unsigned shift;
	uint64_t len;

	*out = (struct net){ .len = 128 };
	if (addr_parse(&out->addr, head) != 0)
		return s.n == 0 ? net_short(out, head) : SEK_EPARSE;
	shift = str_find(head, ':') >= 0 ? 0 : 96;
	if (s.n == 0)
		return 0;
	if (str_u64(&len, s, 128 - shift) != 0)
		return SEK_EPARSE;
	out->len = (uint8_t)(len + shift);
	masked = addr_mask(&out->addr, out->len);
	if (addr_eq(&masked, &out->addr))
		return 0;
	out->addr = masked;
	return MTACONF_HOST_BITS;
}
