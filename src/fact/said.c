#include "fact/said.h"

/* The reading so far. */
struct reading {
	struct said	 said;
	struct str	 form;
	bool		 greeted;	/* the next reply answers our greeting */
	bool		 inside;	/* the form has begun */
	bool		 seen;
};

static struct str
after(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.n - n };
}

/* The literal in the first line of a reply to EHLO, as Exim, Sendmail and
 * OpenSMTPD write it.  The name before it is what we said. */
static struct addr
greeted_client(struct str line)
{
	struct addr a;
	struct str in;

	while (str_find(line, '[') >= 0) {
		(void)str_cut(&line, '[');
		in = line;
		in = str_cut(&in, ']');
		if (str_istarts(in, STR("IPv6:")))
			in = after(in, 5);
		if (addr_parse(&a, in) == 0)
			return a;
	}
	return addr_none;
}

/* "form P01", whatever follows the id. */
static bool
is_form(struct str text, struct str form)
{
	return str_istarts(text, form) &&
	    (text.n == form.n || !ascii_alnum(text.p[form.n]));
}

static void
take_remark(struct reading *r, struct str text)
{
	if (str_istarts(text, STR("connected to "))) {
		r->said = (struct said){ 0 };
		r->inside = r->greeted = false;
	} else if (str_istarts(text, STR("TLSv"))) {
		r->said.tls = true;
	} else if (str_istarts(text, STR("form "))) {
		r->inside = is_form(after(text, 5), r->form);
		r->seen = r->seen || r->inside;
	}
}

static void
take_command(struct reading *r, struct str text)
{
	if (!str_istarts(text, STR("EHLO ")) && !str_istarts(text, STR("HELO ")))
		return;
	r->said.name = after(text, 5);
	r->said.ehlo = (struct str){ 0 };
	r->greeted = true;
}

static void
take_reply(struct reading *r, struct str line)
{
	struct str text = after(line, 3);

	if (r->said.banner.n == 0) {
		r->said.banner = text;
	} else if (r->greeted && r->said.ehlo.n == 0) {
		r->said.ehlo = text;
		r->said.client = greeted_client(text);
	} else if (r->greeted) {
		r->said.ehlo.n = (size_t)(line.p + line.n - r->said.ehlo.p);
	}
}

int
said_read(struct said *out, struct str transcript, struct str form)
{
	struct reading r = { .form = form };
	bool was;

	while (transcript.n > 0) {
		struct str line = str_cut(&transcript, '\n');

		was = r.inside;
		if (str_istarts(line, STR("S: "))) {
			take_reply(&r, line);
			continue;
		}
		if (line.n < 3 || (line.p[0] != '*' && line.p[0] != 'C'))
			continue;
		r.greeted = false;
		if (line.p[0] == 'C')
			take_command(&r, after(line, 3));
		else
			take_remark(&r, after(line, 2));
		if (was && !r.inside)
			break;	/* *out has what the form was sent under */
		if (r.inside)
			*out = r.said;
	}
	if (r.inside)
		*out = r.said;
	return r.seen ? 0 : SEK_EPARSE;
}
