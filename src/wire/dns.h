#pragma once
/* wire/dns.h -- DNS messages, read and written through cursors.
 *
 * Pure: no socket, no clock, no allocation; safe on hostile bytes.
 * Source: RFC 1035 4, RFC 6891 (EDNS), RFC 6698 (TLSA), RFC 8914 (extended
 * errors).  A message is one struct rbuf over all of it, since names point
 * back into it.
 *
 * A client writes dns_query_build(), reads dns_reply_open() and
 * dns_reply_next().  A server reads dns_query_read(). */

#include "wire/addr.h"
#include "wire/dns_name.h"

enum dns_type {
	DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_PTR = 12,
	DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28, DNS_OPT = 41, DNS_TLSA = 52,
	DNS_TKEY = 249, DNS_TSIG = 250, DNS_IXFR = 251, DNS_AXFR = 252,
	DNS_ANY = 255,
};
enum { DNS_IN = 1 };
enum dns_rcode {
	DNS_NOERROR = 0, DNS_FORMERR = 1, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4, DNS_REFUSED = 5, DNS_NOTAUTH = 9, DNS_BADVERS = 16,
	DNS_BADCOOKIE = 23,
};
enum dns_flag {		/* of the second 16 bits of the header */
	DNS_QR = 0x8000, DNS_AA = 0x0400, DNS_TC = 0x0200, DNS_RD = 0x0100,
	DNS_RA = 0x0080, DNS_AD = 0x0020, DNS_CD = 0x0010,
	DNS_OPCODE_MASK = 0x7800, DNS_RCODE_MASK = 0x000f,
};
enum {
	DNS_HEAD = 12,
	DNS_PLAIN = 512,	/* octets of an answer without EDNS, RFC 1035 4.2.1 */
	DNS_EDNS = 1232,	/* what we offer and take at most by UDP */
	DNS_QUERY_MAX = DNS_HEAD + DNS_NAME_MAX + 4 + 11,
	DNS_CHAIN_MAX = 8,	/* CNAMEs followed in one reply */
	DNS_RECORDS_MAX = 512,	/* of a reply's answer section; more: SEK_ELIMIT */
	DNS_END = 1,		/* no further record */
};

struct dns_head {
	uint16_t	id, flags;
	uint16_t	qd, an, ns, ar;
};

struct dns_rr {			/* a record as it lies in the message */
	struct dns_name	owner;
	uint16_t	type, class;
	uint32_t	ttl_s;
	size_t		at, len;	/* rdata: octets of the message */
};

void dns_head_read(struct dns_head *h, struct rbuf *m);
void dns_head_write(struct wbuf *w, const struct dns_head *h);
void dns_rr_read(struct dns_rr *rr, struct rbuf *m);	/* failure: m->err */

/* Client ----------------------------------------------------------------- */

/* Writes one question with RD, AD (RFC 6840 5.7: "tell me AD") and EDNS 1232.
 * Returns its octets. */
size_t dns_query_build(uint8_t out[DNS_QUERY_MAX], uint16_t id,
    const struct dns_name *name, uint16_t type);

struct dns_record {
	struct dns_name	owner;		/* hostile, as all names here */
	uint16_t	type;
	uint32_t	ttl_s;		/* smallest along the chain; at most 2^31 - 1 */
	struct dns_name	name;		/* MX, PTR, CNAME, NS; SOA: MNAME */
	struct dns_name	mbox;		/* SOA: RNAME */
	uint16_t	pref;		/* MX */
	struct addr	addr;		/* A, AAAA */
	uint32_t	soa[5];		/* serial, refresh, retry, expire, minimum */
	uint8_t		tlsa[3];	/* usage, selector, matching type */
	const uint8_t	*data;		/* TLSA: association; TXT: strings with length octets; borrowed */
	size_t		len;
};

struct dns_reply {			/* an open reply; fields for the caller: */
	unsigned	rcode;		/* with EDNS's upper bits */
	bool		ad, tc;
	unsigned	chain;		/* CNAMEs followed */
	struct dns_name	owner;		/* where the chain ended: records belong to it */
	/* not for the caller: */
	struct rbuf	m;
	uint16_t	type, left;
	uint32_t	ttl_s;
};

/* Opens msg[0..n) as the reply to the question for name and type, class IN.
 * id -1: whatever it carries.  msg is borrowed until the last record is read.
 * Every record of the answer section is read once here and the CNAME chain is
 * followed, in whatever order it lies.
 * Returns 0 (also for an rcode other than 0); SEK_EPARSE: no reply to that
 * question, or bytes that break the grammar; SEK_ELIMIT: chain longer than
 * DNS_CHAIN_MAX, a loop among them, or more than DNS_RECORDS_MAX records. */
int dns_reply_open(struct dns_reply *r, const void *msg, size_t n, int id,
    const struct dns_name *name, uint16_t type) MUST_CHECK;

/* The next record of the question's type at the end of the chain.
 * Returns 0, DNS_END, or SEK_EPARSE for rdata that breaks its type. */
int dns_reply_next(struct dns_record *out, struct dns_reply *r) MUST_CHECK;

/* Joins a TXT record's strings (RFC 7208 3.3).  out holds cap octets, no NUL.
 * Returns 0, or SEK_ELIMIT when they do not fit. */
int dns_txt_join(char *out, size_t cap, size_t *len,
    const struct dns_record *txt) MUST_CHECK;

/* Server ----------------------------------------------------------------- */

enum dns_query_is {	/* positive results of dns_query_read */
	DNS_QUERY_DROP = 1,	/* no header, or a response: never answer */
	DNS_QUERY_FORMERR = 2,	/* answer the header, and the question if qd is 1 */
	DNS_QUERY_NOTIMP = 3,	/* an opcode other than QUERY */
	DNS_QUERY_COOKIE = 4,	/* no question but a COOKIE (RFC 7873 5.4); to who
				 * knows no cookies it is DNS_QUERY_FORMERR */
};
enum { DNS_OPTION_COOKIE = 10, DNS_OPTION_EDE = 15 };

struct dns_query {
	struct dns_head	head;
	struct dns_name	name;		/* len 0: no question could be read */
	uint16_t	type, class;
	size_t		question;	/* octets from DNS_HEAD to the question's end; 0 none */
	bool		edns, dnssec_ok;
	bool		tsig;		/* the last record is one (RFC 8945 5.1) */
	uint8_t		version;	/* EDNS */
	const uint8_t	*cookie;	/* the first COOKIE option, of any length; borrowed; or NULL */
	uint16_t	cookie_len;
	uint16_t	size;		/* EDNS: octets the asker takes, at least 512 */
};

/* Reads a query of any quality.  Whatever could be read is in *q.
 * Returns 0 or enum dns_query_is (RFC 8906 3). */
int dns_query_read(struct dns_query *q, const void *msg, size_t n) MUST_CHECK;
