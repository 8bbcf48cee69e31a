#include "wire/dns_name.h"

#include <string.h>

/* Each jump must bring at least one label to be of use, and a name has at
 * most 127. */
enum { JUMPS_MAX = 127, POINTER = 0xc0 };

static uint8_t
lower(uint8_t c)
{
	return (uint8_t)ascii_lower((char)c);
}

/* Appends the label of len octets at r.  Returns false past the bound. */
static bool
add_label(struct dns_name *out, struct rbuf *r, uint8_t len)
{
	const uint8_t *p = rbuf_bytes(r, len);

	if (p == NULL || out->len + 1u + len + 1u > DNS_NAME_MAX)
		return false;
	out->o[out->len++] = len;
	memcpy(out->o + out->len, p, len);
	out->len = (uint8_t)(out->len + len);
	return true;
}

/* Follows the pointer whose first octet was hi.  *floor: where the part that
 * it ends began; the target must lie before that. */
static bool
jump(struct rbuf *r, size_t *floor, uint8_t hi)
{
	size_t to = (size_t)(hi & ~POINTER) << 8 | rbuf_u8(r);

	if (r->err != 0 || to >= *floor)
		return false;
	r->at = *floor = to;
	return true;
}

static bool
read_name(struct dns_name *out, struct rbuf *m, unsigned jumps)
{
	struct rbuf r = *m;
	size_t floor = m->at;
	bool jumped = false;

	for (;;) {
		uint8_t len = rbuf_u8(&r);

		if (r.err != 0)
			return false;
		if (len >= POINTER) {
			if (jumps-- == 0 || !jump(&r, &floor, len))
				return false;
			if (!jumped)
				m->at += 2;
			jumped = true;
		} else if (len > DNS_LABEL_MAX || (len > 0 && !add_label(out, &r, len))) {
			return false;
		}
		if (!jumped)
			m->at = r.at;
		if (len == 0) {
			out->o[out->len++] = 0;
			return true;
		}
	}
}

static void
read_or_fail(struct dns_name *out, struct rbuf *m, unsigned jumps)
{
	out->len = 0;
	if (m->err != 0 || read_name(out, m, jumps))
		return;
	out->len = 0;
	m->err = SEK_EPARSE;
}

void
dns_name_read(struct dns_name *out, struct rbuf *m)
{
	read_or_fail(out, m, JUMPS_MAX);
}

void
dns_name_read_plain(struct dns_name *out, struct rbuf *m)
{
	read_or_fail(out, m, 0);
}

void
dns_name_write(struct wbuf *w, const struct dns_name *n)
{
	wbuf_bytes(w, n->o, n->len);
}

int
dns_name_parse(struct dns_name *out, struct str text)
{
	struct dns_name n = { 0 };

	if (text.n > 1 && text.p[text.n - 1] == '.')
		text.n--;
	else if (str_eq(text, STR(".")))
		text.n = 0;
	else if (text.n == 0)
		return SEK_EPARSE;
	while (text.n > 0) {
		bool more = str_find(text, '.') >= 0;
		struct str label = str_cut(&text, '.');
		struct rbuf r = rbuf_of(label.p, label.n);

		if (label.n == 0 || label.n > DNS_LABEL_MAX ||
		    (more && text.n == 0) ||
		    !add_label(&n, &r, (uint8_t)label.n))
			return SEK_EPARSE;
	}
	n.o[n.len++] = 0;
	*out = n;
	return 0;
}

/* Takes one octet of a name's text off s.  *dot: it was the end of a label. */
static bool
text_octet(uint8_t *out, bool *dot, struct str *s)
{
	unsigned v = (uint8_t)s->p[0];
	size_t used = 1;

	*dot = v == '.';
	if (v == '\\') {
		if (s->n < 2)
			return false;
		v = (uint8_t)s->p[1];
		used = 2;
		if (ascii_digit(s->p[1])) {
			if (s->n < 4 || !ascii_digit(s->p[2]) || !ascii_digit(s->p[3]))
				return false;
			v = (unsigned)((s->p[1] - '0') * 100 + (s->p[2] - '0') * 10 +
			    (s->p[3] - '0'));
			used = 4;
		}
	}
	*out = (uint8_t)v;
	s->p += used;
	s->n -= used;
	return v <= UINT8_MAX;
}

/* Labels of text into n, without a final zero.  *whole: a dot ended it. */
static bool
text_labels(struct dns_name *n, struct str s, bool *whole)
{
	size_t begin = 0;	/* of the label being read: its length octet */
	uint8_t octet;

	n->len = 1;
	*whole = false;
	while (s.n > 0) {
		size_t label = n->len - begin - 1;

		if (!text_octet(&octet, whole, &s) || n->len == DNS_NAME_MAX - 1 ||
		    (*whole ? label == 0 : label == DNS_LABEL_MAX))
			return false;
		if (*whole) {
			n->o[begin] = (uint8_t)label;
			begin = n->len++;
		} else {
			n->o[n->len++] = octet;
		}
	}
	if (*whole)
		n->len--;
	else
		n->o[begin] = (uint8_t)(n->len - begin - 1);
	return true;
}

int
dns_name_read_text(struct dns_name *out, struct str text,
    const struct dns_name *origin)
{
	static const struct dns_name root = { .len = 1 };
	struct dns_name n = { 0 };
	bool whole;

	if (str_eq(text, STR("@")) || str_eq(text, STR("."))) {
		const struct dns_name *is = text.p[0] == '@' ? origin : &root;

		if (is == NULL)
			return SEK_EPARSE;
		*out = *is;
		return 0;
	}
	if (text.n == 0 || !text_labels(&n, text, &whole))
		return SEK_EPARSE;
	if (whole || origin == NULL)
		origin = &root;
	if ((size_t)n.len + origin->len > DNS_NAME_MAX)
		return SEK_EPARSE;
	memcpy(n.o + n.len, origin->o, origin->len);
	n.len = (uint8_t)(n.len + origin->len);
	*out = n;
	return 0;
}

static char *
put_octet(char *to, uint8_t c)
{
	if (ascii_alnum((char)c) || c == '-' || c == '_' || c == '*') {
		*to++ = ascii_lower((char)c);
		return to;
	}
	*to++ = '\\';
	*to++ = (char)('0' + c / 100);
	*to++ = (char)('0' + c / 10 % 10);
	*to++ = (char)('0' + c % 10);
	return to;
}

size_t
dns_name_text(char out[DNS_NAME_TEXT], const struct dns_name *n)
{
	char *to = out;
	size_t left = 0;

	for (size_t i = 0; i + 1 < n->len; i++) {
		if (left == 0) {
			left = n->o[i];
			if (to != out)
				*to++ = '.';
		} else {
			to = put_octet(to, n->o[i]);
			left--;
		}
	}
	if (to == out)
		*to++ = '.';
	*to = '\0';
	return (size_t)(to - out);
}

/* Length octets are below 64, so lower() leaves them alone. */
static bool
same(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool
dns_name_eq(const struct dns_name *a, const struct dns_name *b)
{
	return a->len == b->len && same(a->o, b->o, a->len);
}

bool
dns_name_below(const struct dns_name *n, const struct dns_name *apex,
    size_t *above)
{
	size_t at = 0;

	if (n->len < apex->len || apex->len == 0)
		return false;
	*above = (size_t)(n->len - apex->len);
	while (at < *above)		/* only at a label's border */
		at += n->o[at] + 1u;
	return at == *above && same(n->o + at, apex->o, apex->len);
}

int
dns_name_under(struct dns_name *out, struct str label,
    const struct dns_name *apex)
{
	struct rbuf r = rbuf_of(label.p, label.n);
	struct dns_name n = { 0 };

	if (label.n == 0 || label.n > DNS_LABEL_MAX ||
	    !add_label(&n, &r, (uint8_t)label.n) ||
	    (size_t)n.len + apex->len > DNS_NAME_MAX)
		return SEK_ELIMIT;
	memcpy(n.o + n.len, apex->o, apex->len);
	n.len = (uint8_t)(n.len + apex->len);
	*out = n;
	return 0;
}

int
dns_name_mailbox(struct dns_name *out, struct str mail)
{
	struct str local = str_cut(&mail, '@');
	struct dns_name domain;

	if (dns_name_parse(&domain, mail) != 0 ||
	    dns_name_under(out, local, &domain) != 0)
		return SEK_EPARSE;
	return 0;
}
