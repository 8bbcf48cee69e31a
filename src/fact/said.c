#include "fact/said.h"

/* The reading so far. */
struct reading {
	struct said	 said;
	struct str	 form, token;
	bool		 greeted;	/* the next reply answers our greeting */
	bool		 inside;	/* a form with that id has begun */
	bool		 seen;		/* ... and it is the one with the token */
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
	}
}

static void
take_command(struct reading *r, struct str text)
{
	if (r->inside && r->token.n > 0 && str_search(text, r->token) >= 0)
		r->seen = true;
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

/* One line.  Returns false at the end of the form that is looked for. */
static bool
take_line(struct reading *r, struct said *out, struct str line)
{
	if (str_istarts(line, STR("S: "))) {
		take_reply(r, line);
	} else if (str_istarts(line, STR("C: "))) {
		r->greeted = false;
		take_command(r, after(line, 3));
	} else if (str_istarts(line, STR("* "))) {
		r->greeted = false;
		take_remark(r, after(line, 2));
	}
	if (r->inside)
		*out = r->said;
	return r->inside || !r->seen;
}

int
said_read(struct said *out, struct str transcript, struct str form, struct str token)
{
	struct reading r = { .form = form, .token = token };

	while (transcript.n > 0)
		if (!take_line(&r, out, str_cut(&transcript, '\n')))
			break;
	return r.seen ? 0 : SEK_EPARSE;
}
