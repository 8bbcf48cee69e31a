#pragma once
/* tests/unit/fact/answer_rig.h -- a small list, and queries of every make.
 *
 * Every answer that goes through rig_send() by UDP without a valid cookie is
 * held against three times its query (amplify.h). */

#include "../amplify.h"
#include "../snapshot_make.h"
#include "fact/answer.h"

#define RIG_TEST6 "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
#define RIG_RANGE6 "1.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
#define RIG_LISTED6 "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"

enum { RIG_CAP = 4096, RIG_NOW = 1700000100 };

/* 192.0.2.25 and 2001:db8::9 entries, 192.0.2.77 exit; 203.0.113.0/24 without
 * 203.0.113.9 and 2001:db8:0:1::/64 without 2001:db8:0:1::9 */
struct rig {
	uint8_t			*base;
	struct snapshot_view	 view;
	struct snapshot		 s;
	struct answer_policy	 policy;
	struct answer_asker	 who;
	uint8_t			 q[RIG_CAP];	/* the query, and how long it is */
	size_t			 n;
	uint8_t			 a[RIG_CAP];	/* the answer */
	size_t			 len;
	struct dns_head		 head;
	struct answer_info	 info;
};

static inline struct rig *
rig_open(uint32_t flags)
{
	struct snapshot_entry e[] = {
		{ .addr = addr_v4(192, 0, 2, 25), .code = 2 },
		{ .addr = addr_v4(192, 0, 2, 77), .code = 3 },
		{ .addr = { { 0x20, 1, 0xd, 0xb8, [15] = 9 } }, .code = 2 },
		{ addr_v4(203, 0, 113, 0), 2, SNAPSHOT_RANGE },
		{ addr_v4(203, 0, 113, 8), 2, SNAPSHOT_ADDRESS },	/* hidden */
		{ addr_v4(203, 0, 113, 9), 2, SNAPSHOT_EXCEPT },
		{ { { 0x20, 1, 0xd, 0xb8, [7] = 1 } }, 2, SNAPSHOT_RANGE },
		{ { { 0x20, 1, 0xd, 0xb8, [7] = 1, [15] = 9 } }, 2, SNAPSHOT_EXCEPT },
	};
	size_t n = make_sort(e, sizeof(e) / sizeof(e[0]));
	struct rig *r = calloc(1, sizeof(*r));
	const char *part;
	int64_t len;

	if (r == NULL)
		abort();
	len = make_base(&r->base, 10, flags, e, n);
	if (len <= 0 || snapshot_open(&r->view, r->base, (size_t)len, &part) != 0)
		abort();
	r->s.base = &r->view;
	r->who = (struct answer_asker){ .now = { RIG_NOW },
		.peer = addr_v4(198, 51, 100, 7), .policy = &r->policy };
	return r;
}

static inline void
rig_close(struct rig *r)
{
	free(r->base);
	free(r);
}

/* A policy with cookies on. */
static inline void
rig_cookies(struct rig *r)
{
	r->policy.cookies = true;
	memcpy(r->policy.secret, "sixteen octets..", COOKIE_SECRET);
}

/* Writes a question with EDNS; options go after it by rig_option(). */
static inline void
rig_question(struct rig *r, const char *name, uint16_t type)
{
	struct dns_name n;

	if (dns_name_parse(&n, str_of(name)) != 0)
		abort();
	r->n = dns_query_build(r->q, 0x1234, &n, type);
	r->q[2] = r->q[3] = 0;
}

/* The same without EDNS. */
static inline void
rig_plain(struct rig *r, const char *name, uint16_t type)
{
	rig_question(r, name, type);
	r->n -= 11;
	r->q[11] = 0;
}

static inline void
rig_option(struct rig *r, uint16_t code, const void *octets, size_t n)
{
	struct wbuf w = wbuf_of(r->q, sizeof(r->q));
	size_t at = DNS_HEAD, rdlen;

	if (r->q[5] == 1) {
		while (r->q[at] != 0)
			at += r->q[at] + 1u;
		at += 5;
	}
	at += 9;		/* to the OPT record's length */
	w.len = r->n;
	wbuf_u16(&w, code);
	wbuf_u16(&w, (uint16_t)n);
	wbuf_bytes(&w, octets, n);
	rdlen = w.len - at - 2;
	r->q[at] = (uint8_t)(rdlen >> 8);
	r->q[at + 1] = (uint8_t)rdlen;
	r->n = w.len;
}

/* Adds the cookie that the server gave this asker age_s ago. */
static inline void
rig_valid_cookie(struct rig *r, int64_t age_s)
{
	uint8_t o[COOKIE_LEN];

	cookie_make(o, (const uint8_t *)"clientco", r->policy.secret,
	    &r->who.peer, (struct wall){ r->who.now.s - age_s });
	rig_option(r, DNS_OPTION_COOKIE, o, sizeof(o));
}

static inline void
rig_send(struct rig *r)
{
	struct rbuf m;
	size_t cap = r->who.tcp ? RIG_CAP : DNS_EDNS;

	r->len = answer_make(&r->s, r->q, r->n, &r->who, r->a, cap, &r->info);
	m = rbuf_of(r->a, r->len);
	dns_head_read(&r->head, &m);
	if (r->who.tcp || r->info.cookie == COOKIE_VALID)
		return;
	amplify(r->n, r->len);
}

static inline void
rig_ask(struct rig *r, const char *name, uint16_t type)
{
	rig_question(r, name, type);
	rig_send(r);
}

/* The data of an option of the answer's OPT record; NULL: it has none such. */
static inline const uint8_t *
rig_answer_option(const struct rig *r, uint16_t code, size_t *n)
{
	struct rbuf m = rbuf_of(r->a, r->len), d;
	struct dns_head h;
	struct dns_name name;
	struct dns_rr rr = { .type = 0 };

	dns_head_read(&h, &m);
	for (unsigned i = 0; i < h.qd; i++) {
		dns_name_read_plain(&name, &m);
		(void)rbuf_bytes(&m, 4);
	}
	for (unsigned i = 0; i < (unsigned)h.an + h.ns + h.ar; i++)
		dns_rr_read(&rr, &m);
	if (m.err != 0 || rbuf_left(&m) != 0)
		fail_msg("the answer is no message");
	if (rr.type != DNS_OPT)
		return NULL;
	d = rbuf_of(r->a + rr.at, rr.len);
	while (rbuf_left(&d) > 0) {
		uint16_t is = rbuf_u16(&d);
		const uint8_t *p;

		*n = rbuf_u16(&d);
		p = rbuf_bytes(&d, *n);
		if (is == code)
			return p;
	}
	return NULL;
}

/* The extended error, or -1. */
static inline int
rig_ede(const struct rig *r)
{
	size_t n;
	const uint8_t *p = rig_answer_option(r, DNS_OPTION_EDE, &n);

	return p == NULL ? -1 : p[0] << 8 | p[1];
}
