#pragma once
/* fact/answer.h -- query octets to response octets.
 *
 * Pure: no socket, no clock, no allocation; safe on hostile bytes.  serve (UDP)
 * and xfer (TCP) both answer through it, `sekimori zone export` walks with it.
 * Sources: RFC 1034 4.3.2, RFC 4592 (wildcards), RFC 5782 2 and 5, RFC 6891, RFC 7873 5.2 to 5.4 and
 * RFC 9018 (cookies), RFC 8020 (NXDOMAIN: nothing below), RFC 8482 (ANY), RFC
 * 8906 (no silence), RFC 8914, RFC 9619 (one question). */

#include "base/clock.h"
#include "fact/cookie.h"
#include "wire/dns.h"
#include "wire/snapshot.h"

enum {
	ANSWER_TCP_MAX = 65535,
	ANSWER_STATUS_TEXT = 128,	/* octets of _status, at most */
	ANSWER_NETS = 16,
	ANSWER_TIMES = 3,	/* UDP to who may not be there: of the query's octets, at most */
};

enum answer_verdict {
	ANSWER_PASS,
	ANSWER_SLIP,		/* too many: only "come again by TCP, or with a cookie" */
	ANSWER_DROP,		/* too many: nothing */
};

struct answer_policy {		/* zeroed: no cookies, everybody, no limit */
	bool		cookies;
	uint8_t		secret[COOKIE_SECRET];
	size_t		n_allow, n_out_allow;	/* none: everybody */
	struct net	allow[ANSWER_NETS];	/* who may ask for ZONE */
	struct net	out_allow[ANSWER_NETS];	/* for out.ZONE */
	/* NULL: none.  Asked once for a datagram without a valid cookie. */
	enum answer_verdict (*limit)(void *ctx, const struct addr *peer);
	void		*limit_ctx;
};

struct answer_asker {		/* how the question came */
	bool		tcp;
	struct wall	now;	/* for the TTL of _status, for cookies */
	struct addr	peer;
	const struct answer_policy *policy;	/* NULL: as if zeroed */
};

struct answer_info {		/* for counters; what became of the query */
	unsigned	rcode;	/* extended, of what was sent */
	bool		listed;	/* an A or TXT of an entry went out */
	bool		truncated;
	bool		denied;	/* the asker is not among those who may ask */
	bool		tsig;	/* whole, and has a signature, which nobody looked at */
	enum cookie	cookie;
	enum answer_verdict verdict;
};

/* Answers q[0..n) from s.
 * s     base NULL: nothing published yet, SERVFAIL; an overlay that does not
 *       belong to the base must not be given.  An expiry in the past changes
 *       nothing but the TTL of _status: DNS keeps answering.
 * out   not overlapping q; cap >= 512
 * info  may be NULL
 * Returns octets in out, at most what asker, transport and cap allow (then TC);
 * by UDP without a valid cookie never more than ANSWER_TIMES * n.  0: say
 * nothing (no header, a response, or the verdict was ANSWER_DROP). */
size_t answer_make(const struct snapshot *s, const uint8_t *q, size_t n,
    const struct answer_asker *who, uint8_t *out, size_t cap,
    struct answer_info *info);

/* The text of _status.ZONE, the same for pages and logs:
 * "alive expires=2026-11-23T00:00:00Z", with " LAB": nothing but what a status
 * row of the journal and the settings say, since IXFR derives it from those.
 * Returns octets, no NUL. */
size_t answer_status(char out[ANSWER_STATUS_TEXT], const struct snapshot *s);

enum answer_zone { ANSWER_ZONE, ANSWER_OUT };

/* Calls fn for every record that a cursor of fact/answer_cursor.h gives; names
 * and rdata of r are borrowed for the call.
 * now  for the TTL of _status; zeroed: as in a transfer
 * Returns 0, or what fn returned if that was not 0; SEK_ELIMIT when a name
 * does not fit under so long a zone. */
int answer_each(const struct snapshot *s, enum answer_zone which,
    struct wall now, int (*fn)(void *ctx, const struct dns_record *r),
    void *ctx) MUST_CHECK;
