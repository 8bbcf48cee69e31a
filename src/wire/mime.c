#include "wire/mime.h"

static bool
is_token(char c)
{
	return c > ' ' && c <= '~' && str_find(STR("()<>@,;:\\\"/[]?="), c) < 0;
}

static struct str
take_token(struct str *s)
{
	struct str t = { s->p, 0 };

	while (t.n < s->n && is_token(s->p[t.n]))
		t.n++;
	*s = (struct str){ s->p + t.n, s->n - t.n };
	return t;
}

int
mime_type(struct mime_type *out, struct str mail)
{
	struct mime_type t = { { 0 }, { 0 }, { 0 } };
	struct str v;
	int err = msg_find(&v, mail, STR("Content-Type"), 0);

	if (err < 0)
		return err;
	*out = (struct mime_type){ STR("text"), STR("plain"), { 0 } };
	if (err == MSG_END)
		return 0;
	t.type = take_token(&v);
	if (v.n > 0 && v.p[0] == '/') {
		v = (struct str){ v.p + 1, v.n - 1 };
		t.subtype = take_token(&v);
	}
	t.params = v;
	*out = t.type.n > 0 && t.subtype.n > 0 ? t :
	    (struct mime_type){ { 0 }, { 0 }, { 0 } };
	return 0;
}

/* Offset of the first ';' outside of quotes, or s.n. */
static size_t
param_end(struct str s)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < s.n && (quoted || s.p[i] != ';'); i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (quoted && s.p[i] == '\\' && i + 1 < s.n)
			i++;
	}
	return i;
}

static struct str
param_value(struct str s)
{
	s = msg_trim(s);
	if (s.n > 0 && s.p[0] == '"') {
		s = (struct str){ s.p + 1, s.n - 1 };
		if (s.n > 0 && s.p[s.n - 1] == '"')
			s.n--;
		return s;
	}
	return take_token(&s);
}

struct str
mime_param(struct str params, struct str name)
{
	while (params.n > 0) {
		size_t end = param_end(params);
		struct str one = { params.p, end }, key;

		params = end < params.n ?
		    (struct str){ params.p + end + 1, params.n - end - 1 } :
		    (struct str){ params.p + end, 0 };
		key = str_cut(&one, '=');
		if (str_ieq(msg_trim(key), name))
			return param_value(one);
	}
	return (struct str){ params.p, 0 };
}

static enum mime_coding
find_coding(struct str part)
{
	struct str v;

	if (msg_find(&v, part, STR("Content-Transfer-Encoding"), 0) != 0)
		return MIME_PLAIN;
	v = take_token(&v);
	if (str_ieq(v, STR("quoted-printable")))
		return MIME_QP;
	return str_ieq(v, STR("base64")) ? MIME_BASE64 : MIME_PLAIN;
}

static bool
is_attachment(struct str part)
{
	struct str v;

	return msg_find(&v, part, STR("Content-Disposition"), 0) == 0 &&
	    str_ieq(take_token(&v), STR("attachment"));
}

/* Is line "--boundary" or "--boundary--"?  last says which. */
static bool
is_border(struct str line, struct str boundary, bool *last)
{
	struct str tail;

	if (line.n < boundary.n + 2 || line.p[0] != '-' || line.p[1] != '-' ||
	    !str_eq((struct str){ line.p + 2, boundary.n }, boundary))
		return false;
	tail = (struct str){ line.p + 2 + boundary.n, line.n - 2 - boundary.n };
	*last = tail.n >= 2 && tail.p[0] == '-' && tail.p[1] == '-';
	if (*last)
		tail = (struct str){ tail.p + 2, tail.n - 2 };
	return msg_trim(tail).n == 0;
}

/* Next stretch of a multipart body up to a border; the first is the preamble.
 * *s is left behind the border.  Returns false when nothing is left. */
static bool
next_part(struct str *part, struct str *s, struct str boundary)
{
	struct str start = *s;
	bool last = false;

	while (s->n > 0) {
		struct str line = msg_line(s);

		if (!is_border(line, boundary, &last))
			continue;
		/* the line end before the border belongs to the border; left
		 * in place it does no harm to a reader of lines */
		*part = (struct str){ start.p, (size_t)(line.p - start.p) };
		if (last)
			*s = (struct str){ s->p + s->n, 0 };
		return true;
	}
	*part = start;		/* no closing border: cut off on the way */
	return start.n > 0;
}

static int
find_text(struct mime_text *out, struct str part, unsigned depth,
    unsigned *parts)
{
	struct msg m = msg_of(part);
	struct str body, boundary, child;
	struct mime_type t;
	int err = mime_type(&t, part);

	if (err == 0)
		err = msg_body(&body, &m);
	if (err != 0)
		return err;
	if (depth > 0 && is_attachment(part))
		return MIME_NONE;
	if (str_ieq(t.type, STR("text")) && str_ieq(t.subtype, STR("plain"))) {
		*out = (struct mime_text){ body, find_coding(part) };
		return 0;
	}
	boundary = mime_param(t.params, STR("boundary"));
	if (!str_ieq(t.type, STR("multipart")) || depth == MIME_DEPTH ||
	    str_ieq(t.subtype, STR("digest")) ||
	    boundary.n == 0 || boundary.n > MIME_BOUNDARY)
		return MIME_NONE;
	if (!next_part(&child, &body, boundary))	/* the preamble */
		return MIME_NONE;
	while (body.n > 0 && (*parts)++ < MIME_PARTS &&
	    next_part(&child, &body, boundary)) {
		err = find_text(out, child, depth + 1, parts);
		if (err != MIME_NONE)
			return err;
	}
	return MIME_NONE;
}

int
mime_first_text(struct mime_text *out, struct str mail)
{
	unsigned parts = 0;

	return find_text(out, mail, 0, &parts);
}

struct mime_decoder
mime_decoder_of(const struct mime_text *t)
{
	return (struct mime_decoder){ .in = t->octets, .coding = t->coding };
}

static int
next_plain(struct mime_decoder *d)
{
	int c;

	if (d->in.n == 0)
		return -1;
	c = (uint8_t)d->in.p[0];
	d->in = (struct str){ d->in.p + 1, d->in.n - 1 };
	return c;
}

static int
base64_value(int c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static int
next_base64(struct mime_decoder *d)
{
	while (d->have < 8) {
		int c = next_plain(d), v = base64_value(c);

		if (c < 0)
			return -1;
		if (c == '=') {		/* a padded group ends; another may follow */
			d->bits = d->have = 0;
			continue;
		}
		if (v < 0)
			continue;
		d->bits = (d->bits << 6 | (uint32_t)v) & 0x3fff;
		d->have += 6;
	}
	d->have -= 8;
	return (int)(d->bits >> d->have & 0xff);
}

static int
hex_value(char c)
{
	char l = ascii_lower(c);

	if (ascii_digit(c))
		return c - '0';
	return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* After a '=': an octet, or -1 for a soft line break that was taken. */
static int
qp_escape(struct mime_decoder *d)
{
	struct str s = d->in, rest = s, end;

	if (s.n >= 2 && hex_value(s.p[0]) >= 0 && hex_value(s.p[1]) >= 0) {
		d->in = (struct str){ s.p + 2, s.n - 2 };
		return hex_value(s.p[0]) << 4 | hex_value(s.p[1]);
	}
	/* RFC 2045 6.7 (3): white space before the end was added on the way */
	while (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t'))
		rest = (struct str){ rest.p + 1, rest.n - 1 };
	end = rest;
	if (rest.n > 0 && rest.p[0] == '\r')
		rest = (struct str){ rest.p + 1, rest.n - 1 };
	if (rest.n > 0 && rest.p[0] == '\n')
		d->in = (struct str){ rest.p + 1, rest.n - 1 };
	else if (end.n == 0)
		d->in = end;
	else
		return '=';	/* stray: as it stands */
	return -1;
}

static int
next_qp(struct mime_decoder *d)
{
	for (;;) {
		int c = next_plain(d);

		if (c != '=')
			return c;
		c = qp_escape(d);
		if (c >= 0)
			return c;
	}
}

int
mime_next(struct mime_decoder *d)
{
	switch (d->coding) {
	case MIME_QP:
		return next_qp(d);
	case MIME_BASE64:
		return next_base64(d);
	default:
		return next_plain(d);
	}
}
