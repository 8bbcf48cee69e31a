#pragma once
/* fact/relaytest.h -- the catalogue of relay tests as one table.
 *
 * Source: the project's catalogue of 86 forms (relay-tests, sections 3 to 7), and
 * six more that the servers' own manuals warn of (doc/decisions/0054, 0057).
 * Pure.  The index of a row is stored in attempts: never reorder or reuse rows,
 * only append. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "fact/basis.h"

enum relaytest_session {	/* what is different about the session */
	SESSION_PLAIN = 0,	/* EHLO with our name; STARTTLS only if demanded */
	SESSION_HELO,		/* HELO instead of EHLO */
	SESSION_EHLO,		/* EHLO with the argument in .ehlo */
	SESSION_STARTTLS,	/* STARTTLS first */
	SESSION_TLS,		/* TLS from the first octet */
	SESSION_IPV6,		/* the target's AAAA */
	SESSION_AUTH,		/* AUTH before MAIL; over TLS where that is offered */
	SESSION_XCLIENT,	/* XCLIENT, then EHLO again */
	SESSION_XFORWARD,
	SESSION_PROXY,		/* a PROXY line where the server says nothing first */
	SESSION_PTR,		/* from the source address whose PTR lies */
};

enum relaytest_flags {
	FORM_ALONE = 1,		/* a syntax error somewhere: in a session of its own */
	FORM_SENDER_INSIDE = 2,	/* sender within the target: only after refusals at RCPT */
	FORM_NULL_SENDER = 4,
	FORM_NEEDS_HOST = 8, FORM_NEEDS_DOM = 16, FORM_NEEDS_PD2 = 32,
	FORM_NO_BRACKETS = 64,	/* RCPT TO: without <> */
	FORM_NEEDS_MX = 128,	/* its {pd} is a name whose MX list holds the target behind us */
	FORM_NO_RELAY = 256,	/* what comes back is no relaying: recorded, never listed */
};

struct relaytest {
	char		 id[4];		/* "P01" */
	enum depth	 depth;
	const char	*mail_from;	/* template with {T} {S} {pd} {PD} {pd2} {rx} {host}
					 * {dom} {ip} {u}; "" is <>; {PD} is {pd} in capitals */
	const char	*rcpt_to;
	enum relaytest_session session;
	const char	*ehlo;		/* template, for SESSION_EHLO */
	uint16_t	 port;		/* 0: the target's own */
	uint8_t		 step;		/* order of relay-tests section 7: its step * 10, and
					 * the place within it; 80 the rest, as they stand */
	uint16_t	 flags;
};

enum { RELAYTEST_N = 92, RELAYTEST_NONE = 255 };
extern const struct relaytest relaytest_forms[RELAYTEST_N];

/* Index of a form by its id, or -1. */
int relaytest_find(struct str id);

/* What kind of form it is, as a tag: "plain", "percent", "route" ... (section 3
 * of the catalogue). */
const char *relaytest_class(uint8_t form);

/* A form that needs no name may still be several: N04 goes to six ports, V03
 * to four, U01 and U02 to three with three mechanisms each.
 * Returns how many, at least 1. */
unsigned relaytest_variants(uint8_t form);

/* The port of a variant, or 0: the target's own. */
uint16_t relaytest_port(uint8_t form, uint8_t variant);

/* The SASL mechanism of a variant, as the server names it, or "": of a form that
 * logs in that means any which is offered. */
const char *relaytest_mechanism(uint8_t form, uint8_t variant);

/* Indices of the forms of one depth and all before it, in the order in which they
 * are to be tried: that of section 7, but for the depths of a proved owner.
 * Returns how many. */
size_t relaytest_plan(uint8_t out[RELAYTEST_N], enum depth depth);

/* May two forms share one session?  (same port, same kind of session, neither
 * alone) */
bool relaytest_together(uint8_t a, uint8_t b);

struct relaytest_names {	/* what the placeholders stand for; empty: unknown */
	struct str	T, S;		/* tokens */
	struct str	pd, pd2, rx;
	struct str	host, dom;
	struct str	ip;		/* as an address literal without brackets: "192.0.2.1" or "IPv6:2001:db8::1" */
};

/* Fills a template.  The names may be hostile: one with an octet that no host
 * name, token or address literal has (white space, CR, LF, <, > ...) counts as
 * unknown, so that nothing of it can reach a command line.  {u} is
 * "relaytest".  Returns 0, SEK_ELIMIT (does not fit; cap with NUL), or
 * SEK_EPARSE when a placeholder is unknown or empty; out is then empty. */
int relaytest_fill(char *out, size_t cap, const char *tmpl,
    const struct relaytest_names *n) MUST_CHECK;
