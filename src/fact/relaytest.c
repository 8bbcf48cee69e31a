#include "fact/relaytest.h"

#include <string.h>

#include "base/buf.h"

/* One row a form, in the catalogue's order; a row's index is stored.
 *
 * The step follows section 7: 10 plain, 20 STARTTLS, 30 neutral look-alikes
 * whose bounces return to us, 40 routes through the target's own names, 50
 * greeting, 60 ports and IPv6, 70 senders that pretend (only after refusals),
 * 80 the rest.
 * ALONE marks what some server takes for a syntax error: literals, recipients
 * without a domain, two unquoted @, malformed routes (section 4, Exim). */
#define F(id, deep, from, to, kind, ehlo, port, step, flags) \
	{ id, DEPTH_##deep, from, to, SESSION_##kind, ehlo, port, step, flags }
#define ALONE FORM_ALONE
#define INSIDE FORM_SENDER_INSIDE
#define NULL_SENDER FORM_NULL_SENDER
#define NEEDS_HOST FORM_NEEDS_HOST
#define NEEDS_DOM FORM_NEEDS_DOM
#define NEEDS_PD2 FORM_NEEDS_PD2
#define NO_BRACKETS FORM_NO_BRACKETS
#define NEEDS_MX FORM_NEEDS_MX
#define NO_RELAY FORM_NO_RELAY

const struct relaytest relaytest_forms[RELAYTEST_N] = {
	F("P01", GENTLE, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 10, 0),
	F("P02", FULL, "", "{T}@{pd}", PLAIN, NULL, 0, 70, NULL_SENDER),
	F("P03", FULL, "{u}@{host}", "{T}@{pd}", PLAIN, NULL, 0, 72, INSIDE | NEEDS_HOST),
	F("P04", FULL, "{u}@{dom}", "{T}@{pd}", PLAIN, NULL, 0, 71, INSIDE | NEEDS_DOM),
	F("P05", OWNER, "{u}@[{ip}]", "{T}@{pd}", PLAIN, NULL, 0, 73, ALONE | INSIDE),
	F("P06", FULL, "{u}", "{T}@{pd}", PLAIN, NULL, 0, 75, ALONE | INSIDE),
	F("P07", LAB, "{u}@localhost", "{T}@{pd}", PLAIN, NULL, 0, 80, INSIDE),
	F("P08", NORMAL, "{S}@{pd2}", "{T}@{pd}", PLAIN, NULL, 0, 80, NEEDS_PD2),
	F("P09", FULL, "postmaster@{dom}", "{T}@{pd}", PLAIN, NULL, 0, 80, INSIDE | NEEDS_DOM),
	F("P10", FULL, "{T}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 80, 0),
	F("P11", FULL, "{pd}!{S}", "{T}@{pd}", PLAIN, NULL, 0, 80, ALONE),
	F("P12", FULL, "@{host}:{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 80, NEEDS_HOST),
	F("P13", FULL, "{S}%{pd}@{dom}", "{T}@{pd}", PLAIN, NULL, 0, 80, INSIDE | NEEDS_DOM),
	F("P14", NORMAL, "{S}@{dom}.{pd}", "{T}@{pd}", PLAIN, NULL, 0, 33, NEEDS_DOM),
	F("P15", NORMAL, "{S}={dom}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 34, NEEDS_DOM),
	F("P16", FULL, "{u}@sub.{dom}", "{T}@{pd}", PLAIN, NULL, 0, 74, INSIDE | NEEDS_DOM),
	F("P17", FULL, "{dom}!{u}", "{T}@{pd}", PLAIN, NULL, 0, 80, ALONE | INSIDE | NEEDS_DOM),
	F("R01", FULL, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 80, ALONE | NO_BRACKETS),
	F("R02", FULL, "{S}@{pd}", "\"{T}@{pd}\"", PLAIN, NULL, 0, 80, ALONE),
	F("R03", FULL, "{S}@{pd}", "\"{T}%{pd}\"", PLAIN, NULL, 0, 80, ALONE),
	F("R04", FULL, "{S}@{pd}", "{T}%{pd}", PLAIN, NULL, 0, 80, ALONE),
	F("R05", FULL, "{S}@{pd}", "{pd}!{T}", PLAIN, NULL, 0, 80, ALONE),
	F("R06", FULL, "{S}@{pd}", "{T}@{pd}.", PLAIN, NULL, 0, 80, ALONE),
	F("R07", FULL, "{S}@{pd}", "{T}@{PD}", PLAIN, NULL, 0, 80, 0),
	F("R08", FULL, "{S}@{pd}", "{T}@[{rx}]", PLAIN, NULL, 0, 80, ALONE),
	F("R09", FULL, "{S}@{pd}", "< {T}@{pd} >", PLAIN, NULL, 0, 80, ALONE | NO_BRACKETS),
	F("R10", FULL, "{S}@{pd}", "{T}%{pd}@", PLAIN, NULL, 0, 80, ALONE),
	F("R11", FULL, "{S}@{pd}", "{T}@{pd}@", PLAIN, NULL, 0, 80, ALONE),
	F("R12", NORMAL, "{S}@{pd}", "{T}@{dom}.{pd}", PLAIN, NULL, 0, 31, NEEDS_DOM),
	F("R13", NORMAL, "{S}@{pd}", "{T}={dom}@{pd}", PLAIN, NULL, 0, 32, NEEDS_DOM),
	F("R14", NORMAL, "{S}@{pd}", "postmaster@{T}.{pd}", PLAIN, NULL, 0, 30, 0),
	F("R15", NORMAL, "{S}@{pd}", "abuse@{T}.{pd}", PLAIN, NULL, 0, 80, 0),
	F("X01", NORMAL, "{S}@{pd}", "{T}%{pd}@{host}", PLAIN, NULL, 0, 41, NEEDS_HOST),
	F("X02", NORMAL, "{S}@{pd}", "{T}%{pd}@[{ip}]", PLAIN, NULL, 0, 42, ALONE),
	F("X03", NORMAL, "{S}@{pd}", "{T}%{pd}@{dom}", PLAIN, NULL, 0, 40, NEEDS_DOM),
	F("X04", NORMAL, "{S}@{pd}", "{T}%{pd}@localhost", PLAIN, NULL, 0, 80, 0),
	F("X05", NORMAL, "{S}@{pd}", "{T}%{pd}%{dom}@{host}", PLAIN, NULL, 0, 80,
	    NEEDS_HOST | NEEDS_DOM),
	F("A01", FULL, "{S}@{pd}", "{T}@{pd}@{host}", PLAIN, NULL, 0, 80, ALONE | NEEDS_HOST),
	F("A02", FULL, "{S}@{pd}", "{T}@{pd}@[{ip}]", PLAIN, NULL, 0, 80, ALONE),
	F("A03", FULL, "{S}@{pd}", "{T}@{pd}@{dom}", PLAIN, NULL, 0, 80, ALONE | NEEDS_DOM),
	F("Q01", NORMAL, "{S}@{pd}", "\"{T}@{pd}\"@{host}", PLAIN, NULL, 0, 44, NEEDS_HOST),
	F("Q02", NORMAL, "{S}@{pd}", "\"{T}@{pd}\"@[{ip}]", PLAIN, NULL, 0, 45, ALONE),
	F("Q03", NORMAL, "{S}@{pd}", "\"{T}@{pd}\"@{dom}", PLAIN, NULL, 0, 80, NEEDS_DOM),
	F("Q04", NORMAL, "{S}@{pd}", "\"{T}%{pd}\"@{host}", PLAIN, NULL, 0, 80, NEEDS_HOST),
	F("Q05", NORMAL, "{S}@{pd}", "\"{T}%{pd}\"@[{ip}]", PLAIN, NULL, 0, 80, ALONE),
	F("Q06", NORMAL, "{S}@{pd}", "\"{T}%{pd}\"@{dom}", PLAIN, NULL, 0, 43, NEEDS_DOM),
	F("T01", FULL, "{S}@{pd}", "@{host}:{T}@{pd}", PLAIN, NULL, 0, 80, NEEDS_HOST),
	F("T02", FULL, "{S}@{pd}", "@[{ip}]:{T}@{pd}", PLAIN, NULL, 0, 80, ALONE),
	F("T03", FULL, "{S}@{pd}", "@{dom}:{T}@{pd}", PLAIN, NULL, 0, 80, NEEDS_DOM),
	F("T04", FULL, "{S}@{pd}", "@localhost:{T}@{pd}", PLAIN, NULL, 0, 80, 0),
	F("T05", FULL, "{S}@{pd}", "@{host},@{dom}:{T}@{pd}", PLAIN, NULL, 0, 80,
	    NEEDS_HOST | NEEDS_DOM),
	F("T06", FULL, "{S}@{pd}", "{host}:{T}@{pd}", PLAIN, NULL, 0, 80, ALONE | NEEDS_HOST),
	F("B01", NORMAL, "{S}@{pd}", "{pd}!{T}@{host}", PLAIN, NULL, 0, 47, NEEDS_HOST),
	F("B02", NORMAL, "{S}@{pd}", "{pd}!{T}@[{ip}]", PLAIN, NULL, 0, 80, ALONE),
	F("B03", NORMAL, "{S}@{pd}", "{pd}!{T}@{dom}", PLAIN, NULL, 0, 46, NEEDS_DOM),
	F("B04", NORMAL, "{S}@{pd}", "{host}!{pd}!{T}", PLAIN, NULL, 0, 80, ALONE | NEEDS_HOST),
	F("B05", NORMAL, "{S}@{pd}", "{dom}!{T}@{pd}", PLAIN, NULL, 0, 80, NEEDS_DOM),
	F("Z01", FULL, "{u}@{dom}", "{T}%{pd}@{dom}", PLAIN, NULL, 0, 80, INSIDE | NEEDS_DOM),
	F("Z02", OWNER, "{u}@[{ip}]", "{T}%{pd}@[{ip}]", PLAIN, NULL, 0, 80, ALONE | INSIDE),
	F("Z03", OWNER, "{u}@[{ip}]", "{T}%{pd}@{host}", PLAIN, NULL, 0, 80,
	    ALONE | INSIDE | NEEDS_HOST),
	F("Z04", FULL, "{u}@{host}", "{T}%{pd}@{host}", PLAIN, NULL, 0, 80, INSIDE | NEEDS_HOST),
	F("Z05", FULL, "", "{T}%{pd}@{dom}", PLAIN, NULL, 0, 80, NULL_SENDER | NEEDS_DOM),
	F("Z06", FULL, "{u}@{dom}", "\"{T}@{pd}\"", PLAIN, NULL, 0, 80, ALONE | INSIDE | NEEDS_DOM),
	F("Z07", FULL, "{u}@{dom}", "{pd}!{T}", PLAIN, NULL, 0, 80, ALONE | INSIDE | NEEDS_DOM),
	F("Z08", FULL, "{u}@{dom}", "@{dom}:{T}@{pd}", PLAIN, NULL, 0, 80, INSIDE | NEEDS_DOM),
	F("H01", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "{host}", 0, 50, NEEDS_HOST),
	F("H02", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "{dom}", 0, 52, NEEDS_DOM),
	F("H03", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "localhost", 0, 51, 0),
	F("H04", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "[127.0.0.1]", 0, 80, 0),
	F("H05", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "[{ip}]", 0, 80, 0),
	F("H06", GENTLE, "{S}@{pd}", "{T}@{pd}", HELO, NULL, 0, 11, 0),
	F("N01", NORMAL, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 587, 60, 0),
	F("N02", NORMAL, "{S}@{pd}", "{T}@{pd}", TLS, NULL, 465, 61, 0),
	F("N03", NORMAL, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 2525, 62, 0),
	F("N04", OWNER, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 80, 0),
	F("S01", GENTLE, "{S}@{pd}", "{T}@{pd}", STARTTLS, NULL, 0, 20, 0),
	F("U01", OWNER, "{S}@{pd}", "{T}@{pd}", AUTH, NULL, 0, 80, ALONE),
	F("U02", OWNER, "{S}@{pd}", "{T}@{pd}", AUTH, NULL, 0, 80, ALONE),
	F("U03", OWNER, "{S}@{pd}", "{T}@{pd}", AUTH, NULL, 0, 80, ALONE),
	F("U04", OWNER, "{S}@{pd}", "{T}@{pd}", AUTH, NULL, 0, 80, ALONE),
	F("V01", OWNER, "{S}@{pd}", "{T}@{pd}", XCLIENT, NULL, 0, 80, ALONE),
	F("V02", OWNER, "{S}@{pd}", "{T}@{pd}", XFORWARD, NULL, 0, 80, ALONE),
	F("V03", OWNER, "{S}@{pd}", "{T}@{pd}", PROXY, NULL, 0, 80, ALONE),
	F("I01", NORMAL, "{S}@{pd}", "{T}@{pd}", IPV6, NULL, 0, 63, 0),
	F("M01", FULL, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 80, ALONE | NEEDS_MX | NO_RELAY),
	F("W01", LAB, "{S}@{pd}", "{T}@{pd}", PTR, NULL, 0, 80, ALONE),
	/* beyond the catalogue */
	F("H07", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "localhost.localdomain", 0, 53, 0),
	F("N05", FULL, "{u}@{dom}", "{T}@{pd}", PLAIN, NULL, 587, 80, INSIDE | NEEDS_DOM),
	F("U05", OWNER, "{u}@{dom}", "{T}@{pd}", AUTH, NULL, 0, 80, ALONE | INSIDE | NEEDS_DOM),
	F("X06", NORMAL, "{S}@{pd}", "SRS0=a1b2=c3={pd}={T}@{dom}", PLAIN, NULL, 0, 80, NEEDS_DOM),
	F("Z09", FULL, "{u}@{dom}", "{T}@{pd}", EHLO, "{host}", 0, 80,
	    INSIDE | NEEDS_HOST | NEEDS_DOM),
	F("P18", NORMAL, "postmaster@{S}.{pd}", "{T}@{pd}", PLAIN, NULL, 0, 35, 0),
};

int
relaytest_find(struct str id)
{
	for (int i = 0; i < RELAYTEST_N; i++)
		if (str_eq(id, str_of(relaytest_forms[i].id)))
			return i;
	return -1;
}

const char *
relaytest_class(uint8_t form)
{
	static const struct { char letter; const char *tag; } classes[] = {
		{ 'P', "plain" }, { 'R', "recipient" }, { 'X', "percent" }, { 'A', "two-at" },
		{ 'Q', "quoted" }, { 'T', "route" }, { 'B', "bang" }, { 'Z', "both" },
		{ 'H', "greeting" }, { 'N', "port" }, { 'S', "starttls" }, { 'U', "auth" },
		{ 'V', "proxy" }, { 'I', "ipv6" }, { 'M', "mx" }, { 'W', "ptr" },
	};

	for (size_t i = 0; form < RELAYTEST_N &&
	    i < sizeof(classes) / sizeof(classes[0]); i++)
		if (classes[i].letter == relaytest_forms[form].id[0])
			return classes[i].tag;
	return "none";
}

/* Forms that are several without names, the likeliest first, each mechanism at
 * each port; a 0 ends the ports (25 is the target's own), an empty text the
 * mechanisms. */
static const struct several {
	char		 id[4];
	uint16_t	 ports[8];
	const char	*mechanisms[4];
} several[] = {
	{ "N04", { 26, 24, 1025, 8025, 10025, 10026, 0 }, { "" } },
	{ "V03", { 25, 10025, 2525, 587, 0 }, { "" } },
	{ "U01", { 25, 587, 465, 0 }, { "PLAIN", "LOGIN", "CRAM-MD5", "" } },
	{ "U02", { 25, 587, 465, 0 }, { "LOGIN", "PLAIN", "CRAM-MD5", "" } },
	{ "U03", { 25, 587, 465, 0 }, { "ANONYMOUS", "" } },
	{ "U04", { 0 }, { "NTLM", "" } },
};

static const struct several *
several_of(uint8_t form)
{
	for (size_t i = 0; form < RELAYTEST_N &&
	    i < sizeof(several) / sizeof(several[0]); i++)
		if (str_eq(str_of(several[i].id), str_of(relaytest_forms[form].id)))
			return &several[i];
	return NULL;
}

static unsigned
several_ports(const struct several *s)
{
	unsigned n = 0;

	while (s != NULL && s->ports[n] != 0)
		n++;
	return n;
}

static unsigned
several_mechanisms(const struct several *s)
{
	unsigned n = 0;

	while (s != NULL && s->mechanisms[n][0] != '\0')
		n++;
	return n;
}

static unsigned
at_least_one(unsigned n)
{
	return n > 0 ? n : 1;
}

unsigned
relaytest_variants(uint8_t form)
{
	const struct several *s = several_of(form);

	return at_least_one(several_ports(s)) * at_least_one(several_mechanisms(s));
}

uint16_t
relaytest_port(uint8_t form, uint8_t variant)
{
	const struct several *s = several_of(form);
	unsigned n = several_ports(s), at = variant / at_least_one(several_mechanisms(s));

	if (n > 0)
		return at < n && s->ports[at] != 25 ? s->ports[at] : 0;
	return form < RELAYTEST_N ? relaytest_forms[form].port : 0;
}

const char *
relaytest_mechanism(uint8_t form, uint8_t variant)
{
	const struct several *s = several_of(form);
	unsigned n = several_mechanisms(s);

	return n > 0 && variant < relaytest_variants(form) ? s->mechanisms[variant % n] : "";
}

/* A proved owner is asked before others about the senders that his server may
 * believe: right after the plain forms and those that look like its own were
 * refused, and about those with a percent sign right after the neutral ones with
 * it.  What is behind them may be taken for a mailbox here and bounced, after
 * which none of them goes (relay-tests section 5, rule 1; doc/decisions/0057). */
static const struct { char id[4]; uint8_t step; } owner_steps[] = {
	{ "P02", 36 }, { "P04", 37 }, { "P03", 38 }, { "P05", 39 }, { "P16", 39 },
	{ "P06", 39 }, { "Z01", 43 }, { "Z04", 43 },
};

static unsigned
step_of(const struct relaytest *f, enum depth depth)
{
	for (size_t i = 0; depth >= DEPTH_OWNER &&
	    i < sizeof(owner_steps) / sizeof(owner_steps[0]); i++)
		if (str_eq(str_of(f->id), str_of(owner_steps[i].id)))
			return owner_steps[i].step;
	return f->step;
}

size_t
relaytest_plan(uint8_t out[RELAYTEST_N], enum depth depth)
{
	size_t n = 0;

	for (uint8_t i = 0; i < RELAYTEST_N; i++) {
		const struct relaytest *f = &relaytest_forms[i];
		size_t at = n;

		if (f->depth > depth)
			continue;
		while (at > 0 &&
		    step_of(&relaytest_forms[out[at - 1]], depth) > step_of(f, depth)) {
			out[at] = out[at - 1];
			at--;
		}
		out[at] = i;
		n++;
	}
	return n;
}

bool
relaytest_together(uint8_t a, uint8_t b)
{
	const struct relaytest *x, *y;

	if (a >= RELAYTEST_N || b >= RELAYTEST_N)
		return false;
	x = &relaytest_forms[a];
	y = &relaytest_forms[b];
	return x->port == y->port && x->session == y->session &&
	    ((x->flags | y->flags) & FORM_ALONE) == 0 &&
	    str_eq(str_of(x->ehlo), str_of(y->ehlo));
}

/* Placeholders: name, which value, and what its octets may be. */
enum octets { OCTETS_NAME, OCTETS_LITERAL };

static const struct hole {
	struct str	 name;
	size_t		 offset;
	enum octets	 may;
	bool		 upper;
} holes[] = {
#define HOLE(text, field, may, up) \
	{ { text, sizeof(text) - 1 }, offsetof(struct relaytest_names, field), may, up }
	HOLE("T", T, OCTETS_NAME, false), HOLE("S", S, OCTETS_NAME, false),
	HOLE("pd", pd, OCTETS_NAME, false), HOLE("PD", pd, OCTETS_NAME, true),
	HOLE("pd2", pd2, OCTETS_NAME, false), HOLE("rx", rx, OCTETS_LITERAL, false),
	HOLE("host", host, OCTETS_NAME, false), HOLE("dom", dom, OCTETS_NAME, false),
	HOLE("ip", ip, OCTETS_LITERAL, false),
#undef HOLE
};

static bool
value_ok(struct str s, enum octets may)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!ascii_alnum(c) && c != '.' && c != '-' && c != '_' &&
		    !(c == ':' && may == OCTETS_LITERAL))
			return false;
	}
	return s.n > 0;
}

/* Writes what the placeholder called name stands for.
 * Returns 0 or SEK_EPARSE. */
static int
fill_hole(struct wbuf *w, struct str name, const struct relaytest_names *n)
{
	if (str_eq(name, STR("u"))) {
		wbuf_str(w, "relaytest");
		return 0;
	}
	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
		const struct hole *h = &holes[i];
		struct str v;

		if (!str_eq(name, h->name))
			continue;
		memcpy(&v, (const uint8_t *)n + h->offset, sizeof(v));
		if (!value_ok(v, h->may))
			return SEK_EPARSE;
		for (size_t k = 0; k < v.n; k++) {
			bool low = v.p[k] >= 'a' && v.p[k] <= 'z';

			wbuf_u8(w, (uint8_t)(low && h->upper ? v.p[k] - 0x20 : v.p[k]));
		}
		return 0;
	}
	return SEK_EPARSE;
}

int
relaytest_fill(char *out, size_t cap, const char *tmpl,
    const struct relaytest_names *n)
{
	struct str rest = str_of(tmpl);
	struct wbuf w = wbuf_of(out, cap == 0 ? 0 : cap - 1);
	int err = cap == 0 ? SEK_ELIMIT : 0;

	while (err == 0 && rest.n > 0) {
		bool hole = str_find(rest, '{') >= 0;
		struct str text = str_cut(&rest, '{');

		wbuf_bytes(&w, text.p, text.n);
		if (hole)
			err = fill_hole(&w, str_cut(&rest, '}'), n);
	}
	if (err == 0 && w.err != 0)
		err = SEK_ELIMIT;
	if (cap > 0)
		out[err == 0 ? w.len : 0] = '\0';
	return err;
}
