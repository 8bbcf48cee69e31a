#pragma once
/* fact/answer.h -- query octets to response octets.
 *
 * Pure: no socket, no clock, no allocation; safe on hostile bytes.  serve (UDP)
 * and xfer (TCP) both answer through it, `sekimori zone export` walks with it.
 * Sources: RFC 1034 4.3.2, RFC 5782 2 and 5, RFC 6891, RFC 8020 (NXDOMAIN:
 * nothing below), RFC 8482 (ANY), RFC 8906 (no silence), RFC 8914. */

#include "base/clock.h"
#include "wire/dns.h"
#include "wire/snapshot.h"

enum {
	ANSWER_TCP_MAX = 65535,
	ANSWER_STATUS_TEXT = 128,	/* octets of _status, at most */
};

struct answer_info {		/* for counters; what became of the query */
	unsigned	rcode;	/* extended, of what was sent */
	bool		listed;	/* an A or TXT of an entry went out */
	bool		truncated;
};

struct answer_asker {		/* how the question came */
	bool		tcp;
	struct wall	now;	/* for the TTL of _status */
};

/* Answers q[0..n) from s.
 * s     base NULL: nothing published yet, SERVFAIL; an overlay that does not
 *       belong to the base must not be given.  An expiry in the past changes
 *       nothing but the TTL of _status: DNS keeps answering.
 * out   not overlapping q; cap >= 512
 * info  may be NULL
 * Returns octets in out, at most what asker, transport and cap allow (then TC);
 * 0: say nothing (no header, or a response). */
size_t answer_make(const struct snapshot *s, const uint8_t *q, size_t n,
    const struct answer_asker *who, uint8_t *out, size_t cap,
    struct answer_info *info);

/* The text of _status.ZONE, the same for pages and logs:
 * "alive serial=12 made=… expires=2026-11-23T00:00:00Z", with " LAB".
 * Returns octets, no NUL. */
size_t answer_status(char out[ANSWER_STATUS_TEXT], const struct snapshot *s);

enum answer_zone { ANSWER_ZONE, ANSWER_OUT };

/* Calls fn for every record of the zone (out.ZONE when asked for and on), the
 * SOA first, as answer_make() gives it: names and rdata of r are borrowed for
 * the call.  What belongs to 'in.ZONE' comes in the walk of ZONE.
 * Returns 0, or what fn returned if that was not 0; SEK_ELIMIT when a name
 * does not fit under so long a zone. */
int answer_each(const struct snapshot *s, enum answer_zone which,
    struct wall now, int (*fn)(void *ctx, const struct dns_record *r),
    void *ctx) MUST_CHECK;
