#pragma once
/* wire/dns_name.h -- domain names as octets.
 *
 * Pure; safe on hostile bytes.  A name is kept uncompressed in wire form:
 * length octet and label, again and again, and a zero (RFC 1035 3.1).  Its
 * case is kept, all comparisons ignore it (RFC 4343). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum {
	DNS_NAME_MAX = 255,	/* octets of a name on the wire, RFC 1035 2.3.4 */
	DNS_LABEL_MAX = 63,
	DNS_NAME_TEXT = 1010,	/* longest text (every octet as \DDD) and a NUL */
};

struct dns_name {
	uint8_t	len;		/* 1..255, with the final zero; 0: not set */
	uint8_t	o[DNS_NAME_MAX];
};

/* Reads the name at m->at of the message m->p[0..m->n) and moves m past it.
 * Pointers (RFC 1035 4.1.4) may only go backwards, to below the place where
 * the part that they end began, so a loop cannot be written; the length bound
 * ends everything else.  Failure sticks in m->err; out->len is then 0. */
void dns_name_read(struct dns_name *out, struct rbuf *m);

/* As dns_name_read, but a pointer is a failure (a question has no need). */
void dns_name_read_plain(struct dns_name *out, struct rbuf *m);

void dns_name_write(struct wbuf *w, const struct dns_name *n);	/* uncompressed */

/* Reads dotted text with or without the final dot; "." is the root.  Any octet
 * but the dot stands for itself, no escapes.  Returns 0, or SEK_EPARSE for an
 * empty or too long label or name. */
int dns_name_parse(struct dns_name *out, struct str text) MUST_CHECK;

/* Reads a name as it stands in a master file (RFC 1035 5.1): \DDD and \X are
 * one octet, @ is the origin, a name without the final dot is below it.
 * origin  NULL: there is none, every name is whole
 * Returns 0 or SEK_EPARSE. */
int dns_name_read_text(struct dns_name *out, struct str text,
    const struct dns_name *origin) MUST_CHECK;

/* Writes dotted text without a final dot, in lower case; "." for the root.
 * Octets other than letters, digits, -, _ and * come as \DDD (RFC 1035 5.1), so
 * the text is harmless.  Returns octets without the NUL. */
size_t dns_name_text(char out[DNS_NAME_TEXT], const struct dns_name *n);

bool dns_name_eq(const struct dns_name *a, const struct dns_name *b);

/* Is n at or below apex?  *above: octets of n in front of apex. */
bool dns_name_below(const struct dns_name *n, const struct dns_name *apex,
    size_t *above);

/* Writes one label in front of apex: label "in", apex bl.example gives
 * in.bl.example.  Returns 0, or SEK_ELIMIT past DNS_NAME_MAX. */
int dns_name_under(struct dns_name *out, struct str label,
    const struct dns_name *apex) MUST_CHECK;

/* Hostmaster as a mail address to SOA RNAME form (RFC 1035 8): what stands
 * before the @ is one label.  Returns 0 or SEK_EPARSE. */
int dns_name_mailbox(struct dns_name *out, struct str mail) MUST_CHECK;
