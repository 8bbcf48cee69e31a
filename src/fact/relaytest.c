#include "fact/relaytest.h"

#include <string.h>

#include "base/buf.h"

/* One row a form, in the catalogue's order; a row's index is stored.
 *
 * The step follows section 7: 1 plain, 2 STARTTLS, 3 neutral look-alikes whose
 * bounces return to us, 4 routes through the target's own names, 5 greeting,
 * 6 ports and IPv6, 7 senders that pretend (only after refusals), 8 the rest.
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
#define NOT_YET FORM_NOT_YET

const struct relaytest relaytest_forms[RELAYTEST_N] = {
	F("P01", GENTLE, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 1, 0),
	F("P02", FULL, "", "{T}@{pd}", PLAIN, NULL, 0, 7, NULL_SENDER),
	F("P03", FULL, "{u}@{host}", "{T}@{pd}", PLAIN, NULL, 0, 7, INSIDE | NEEDS_HOST),
	F("P04", FULL, "{u}@{dom}", "{T}@{pd}", PLAIN, NULL, 0, 7, INSIDE | NEEDS_DOM),
	F("P05", OWNER, "{u}@[{ip}]", "{T}@{pd}", PLAIN, NULL, 0, 7, ALONE | INSIDE),
	F("P06", FULL, "{u}", "{T}@{pd}", PLAIN, NULL, 0, 7, ALONE | INSIDE),
	F("P07", LAB, "{u}@localhost", "{T}@{pd}", PLAIN, NULL, 0, 8, INSIDE),
	F("P08", NORMAL, "{S}@{pd2}", "{T}@{pd}", PLAIN, NULL, 0, 8, NEEDS_PD2),
	F("P09", FULL, "postmaster@{dom}", "{T}@{pd}", PLAIN, NULL, 0, 8, INSIDE | NEEDS_DOM),
	F("P10", FULL, "{T}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 8, 0),
	F("P11", FULL, "{pd}!{S}", "{T}@{pd}", PLAIN, NULL, 0, 8, ALONE),
	F("P12", FULL, "@{host}:{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 8, NEEDS_HOST),
	F("P13", FULL, "{S}%{pd}@{dom}", "{T}@{pd}", PLAIN, NULL, 0, 8, INSIDE | NEEDS_DOM),
	F("P14", NORMAL, "{S}@{dom}.{pd}", "{T}@{pd}", PLAIN, NULL, 0, 3, NEEDS_DOM),
	F("P15", NORMAL, "{S}={dom}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 3, NEEDS_DOM),
	F("P16", FULL, "{u}@sub.{dom}", "{T}@{pd}", PLAIN, NULL, 0, 7, INSIDE | NEEDS_DOM),
	F("P17", FULL, "{dom}!{u}", "{T}@{pd}", PLAIN, NULL, 0, 8, ALONE | INSIDE | NEEDS_DOM),
	F("R01", FULL, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 8, ALONE | NO_BRACKETS),
	F("R02", FULL, "{S}@{pd}", "\"{T}@{pd}\"", PLAIN, NULL, 0, 8, ALONE),
	F("R03", FULL, "{S}@{pd}", "\"{T}%{pd}\"", PLAIN, NULL, 0, 8, ALONE),
	F("R04", FULL, "{S}@{pd}", "{T}%{pd}", PLAIN, NULL, 0, 8, ALONE),
	F("R05", FULL, "{S}@{pd}", "{pd}!{T}", PLAIN, NULL, 0, 8, ALONE),
	F("R06", FULL, "{S}@{pd}", "{T}@{pd}.", PLAIN, NULL, 0, 8, ALONE),
	F("R07", FULL, "{S}@{pd}", "{T}@{PD}", PLAIN, NULL, 0, 8, 0),
	F("R08", FULL, "{S}@{pd}", "{T}@[{rx}]", PLAIN, NULL, 0, 8, ALONE),
	F("R09", FULL, "{S}@{pd}", "< {T}@{pd} >", PLAIN, NULL, 0, 8, ALONE | NO_BRACKETS),
	F("R10", FULL, "{S}@{pd}", "{T}%{pd}@", PLAIN, NULL, 0, 8, ALONE),
	F("R11", FULL, "{S}@{pd}", "{T}@{pd}@", PLAIN, NULL, 0, 8, ALONE),
	F("R12", NORMAL, "{S}@{pd}", "{T}@{dom}.{pd}", PLAIN, NULL, 0, 3, NEEDS_DOM),
	F("R13", NORMAL, "{S}@{pd}", "{T}={dom}@{pd}", PLAIN, NULL, 0, 3, NEEDS_DOM),
	F("R14", NORMAL, "{S}@{pd}", "postmaster@{T}.{pd}", PLAIN, NULL, 0, 3, 0),
	F("R15", NORMAL, "{S}@{pd}", "abuse@{T}.{pd}", PLAIN, NULL, 0, 8, 0),
	F("X01", NORMAL, "{S}@{pd}", "{T}%{pd}@{host}", PLAIN, NULL, 0, 4, NEEDS_HOST),
	F("X02", NORMAL, "{S}@{pd}", "{T}%{pd}@[{ip}]", PLAIN, NULL, 0, 4, ALONE),
	F("X03", NORMAL, "{S}@{pd}", "{T}%{pd}@{dom}", PLAIN, NULL, 0, 4, NEEDS_DOM),
	F("X04", NORMAL, "{S}@{pd}", "{T}%{pd}@localhost", PLAIN, NULL, 0, 8, 0),
	F("X05", NORMAL, "{S}@{pd}", "{T}%{pd}%{dom}@{host}", PLAIN, NULL, 0, 8,
	    NEEDS_HOST | NEEDS_DOM),
	F("A01", FULL, "{S}@{pd}", "{T}@{pd}@{host}", PLAIN, NULL, 0, 8, ALONE | NEEDS_HOST),
	F("A02", FULL, "{S}@{pd}", "{T}@{pd}@[{ip}]", PLAIN, NULL, 0, 8, ALONE),
	F("A03", FULL, "{S}@{pd}", "{T}@{pd}@{dom}", PLAIN, NULL, 0, 8, ALONE | NEEDS_DOM),
	F("Q01", NORMAL, "{S}@{pd}", "\"{T}@{pd}\"@{host}", PLAIN, NULL, 0, 4, NEEDS_HOST),
	F("Q02", NORMAL, "{S}@{pd}", "\"{T}@{pd}\"@[{ip}]", PLAIN, NULL, 0, 4, ALONE),
	F("Q03", NORMAL, "{S}@{pd}", "\"{T}@{pd}\"@{dom}", PLAIN, NULL, 0, 8, NEEDS_DOM),
	F("Q04", NORMAL, "{S}@{pd}", "\"{T}%{pd}\"@{host}", PLAIN, NULL, 0, 8, NEEDS_HOST),
	F("Q05", NORMAL, "{S}@{pd}", "\"{T}%{pd}\"@[{ip}]", PLAIN, NULL, 0, 8, ALONE),
	F("Q06", NORMAL, "{S}@{pd}", "\"{T}%{pd}\"@{dom}", PLAIN, NULL, 0, 4, NEEDS_DOM),
	F("T01", FULL, "{S}@{pd}", "@{host}:{T}@{pd}", PLAIN, NULL, 0, 8, NEEDS_HOST),
	F("T02", FULL, "{S}@{pd}", "@[{ip}]:{T}@{pd}", PLAIN, NULL, 0, 8, ALONE),
	F("T03", FULL, "{S}@{pd}", "@{dom}:{T}@{pd}", PLAIN, NULL, 0, 8, NEEDS_DOM),
	F("T04", FULL, "{S}@{pd}", "@localhost:{T}@{pd}", PLAIN, NULL, 0, 8, 0),
	F("T05", FULL, "{S}@{pd}", "@{host},@{dom}:{T}@{pd}", PLAIN, NULL, 0, 8,
	    NEEDS_HOST | NEEDS_DOM),
	F("T06", FULL, "{S}@{pd}", "{host}:{T}@{pd}", PLAIN, NULL, 0, 8, ALONE | NEEDS_HOST),
	F("B01", NORMAL, "{S}@{pd}", "{pd}!{T}@{host}", PLAIN, NULL, 0, 4, NEEDS_HOST),
	F("B02", NORMAL, "{S}@{pd}", "{pd}!{T}@[{ip}]", PLAIN, NULL, 0, 8, ALONE),
	F("B03", NORMAL, "{S}@{pd}", "{pd}!{T}@{dom}", PLAIN, NULL, 0, 4, NEEDS_DOM),
	F("B04", NORMAL, "{S}@{pd}", "{host}!{pd}!{T}", PLAIN, NULL, 0, 8, ALONE | NEEDS_HOST),
	F("B05", NORMAL, "{S}@{pd}", "{dom}!{T}@{pd}", PLAIN, NULL, 0, 8, NEEDS_DOM),
	F("Z01", FULL, "{u}@{dom}", "{T}%{pd}@{dom}", PLAIN, NULL, 0, 8, INSIDE | NEEDS_DOM),
	F("Z02", OWNER, "{u}@[{ip}]", "{T}%{pd}@[{ip}]", PLAIN, NULL, 0, 8, ALONE | INSIDE),
	F("Z03", OWNER, "{u}@[{ip}]", "{T}%{pd}@{host}", PLAIN, NULL, 0, 8,
	    ALONE | INSIDE | NEEDS_HOST),
	F("Z04", FULL, "{u}@{host}", "{T}%{pd}@{host}", PLAIN, NULL, 0, 8, INSIDE | NEEDS_HOST),
	F("Z05", FULL, "", "{T}%{pd}@{dom}", PLAIN, NULL, 0, 8, NULL_SENDER | NEEDS_DOM),
	F("Z06", FULL, "{u}@{dom}", "\"{T}@{pd}\"", PLAIN, NULL, 0, 8, ALONE | INSIDE | NEEDS_DOM),
	F("Z07", FULL, "{u}@{dom}", "{pd}!{T}", PLAIN, NULL, 0, 8, ALONE | INSIDE | NEEDS_DOM),
	F("Z08", FULL, "{u}@{dom}", "@{dom}:{T}@{pd}", PLAIN, NULL, 0, 8, INSIDE | NEEDS_DOM),
	F("H01", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "{host}", 0, 5, NEEDS_HOST),
	F("H02", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "{dom}", 0, 5, NEEDS_DOM),
	F("H03", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "localhost", 0, 5, 0),
	F("H04", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "[127.0.0.1]", 0, 8, 0),
	F("H05", FULL, "{S}@{pd}", "{T}@{pd}", EHLO, "[{ip}]", 0, 8, 0),
	F("H06", GENTLE, "{S}@{pd}", "{T}@{pd}", HELO, NULL, 0, 1, 0),
	F("N01", NORMAL, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 587, 6, 0),
	F("N02", NORMAL, "{S}@{pd}", "{T}@{pd}", TLS, NULL, 465, 6, 0),
	F("N03", NORMAL, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 2525, 6, 0),
	F("N04", OWNER, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 8, NOT_YET),
	F("S01", GENTLE, "{S}@{pd}", "{T}@{pd}", STARTTLS, NULL, 0, 2, 0),
	F("U01", OWNER, "{S}@{pd}", "{T}@{pd}", AUTH, NULL, 0, 8, NOT_YET),
	F("U02", OWNER, "{S}@{pd}", "{T}@{pd}", AUTH, NULL, 0, 8, NOT_YET),
	F("U03", OWNER, "{S}@{pd}", "{T}@{pd}", AUTH, NULL, 0, 8, NOT_YET),
	F("U04", OWNER, "{S}@{pd}", "{T}@{pd}", AUTH, NULL, 0, 8, NOT_YET),
	F("V01", OWNER, "{S}@{pd}", "{T}@{pd}", PROXY, NULL, 0, 8, NOT_YET),
	F("V02", OWNER, "{S}@{pd}", "{T}@{pd}", PROXY, NULL, 0, 8, NOT_YET),
	F("V03", OWNER, "{S}@{pd}", "{T}@{pd}", PROXY, NULL, 0, 8, NOT_YET),
	F("I01", NORMAL, "{S}@{pd}", "{T}@{pd}", IPV6, NULL, 0, 6, 0),
	F("M01", FULL, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 8, NOT_YET),
	F("W01", LAB, "{S}@{pd}", "{T}@{pd}", PLAIN, NULL, 0, 8, NOT_YET),
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

/* N04's ports, the likeliest first. */
static const uint16_t odd_ports[] = { 26, 24, 1025, 8025, 10025, 10026 };

static bool
several_ports(uint8_t form)
{
	return form < RELAYTEST_N && str_eq(str_of(relaytest_forms[form].id), STR("N04"));
}

unsigned
relaytest_variants(uint8_t form)
{
	return several_ports(form) ? sizeof(odd_ports) / sizeof(odd_ports[0]) : 1;
}

uint16_t
relaytest_port(uint8_t form, uint8_t variant)
{
	if (several_ports(form))
		return variant < relaytest_variants(form) ? odd_ports[variant] : 0;
	return form < RELAYTEST_N ? relaytest_forms[form].port : 0;
}

size_t
relaytest_plan(uint8_t out[RELAYTEST_N], enum depth depth)
{
	size_t n = 0;

	for (unsigned step = 1; step <= 8; step++)
		for (uint8_t i = 0; i < RELAYTEST_N; i++) {
			const struct relaytest *f = &relaytest_forms[i];

			if (f->step == step && f->depth <= depth &&
			    (f->flags & FORM_NOT_YET) == 0)
				out[n++] = i;
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
