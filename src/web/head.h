#pragma once
/* web/head.h -- the head of a request, judged: our side of the HTTP parser.
 *
 * Pure but for the arena; every octet is hostile.  libmicrohttpd cuts the head
 * into fields and is lenient on the way; what it lets pass and a proxy before
 * us might read otherwise (RFC 9112 11.2, request smuggling) ends here.
 *
 * 1. Method and field names are tokens (RFC 9110 5.6.2), so no space stands
 *    before a colon; values have no control octet but HTAB; a target is visible
 *    ASCII alone.
 * 2. Host, Content-Length and Transfer-Encoding at most once, Host always from
 *    HTTP/1.1 on.
 * 3. A body has a Content-Length; with Transfer-Encoding it is refused (RFC 9112
 *    6.3 allows 411).  Both together are an attack.
 * 4. GET, HEAD, DELETE, OPTIONS have no body. */

#include "sys/conf.h"
#include "web/percent.h"

enum { HEAD_FIELDS = 100 };

struct head_field { struct str name, value; };	/* value trimmed */

struct head {
	struct str		 method;
	struct str		 target;
	bool			 old;		/* HTTP/1.0 */
	size_t			 n_fields;
	struct head_field	*fields;
};

/* Judges all but the target.  body_len: set on 0, octets that follow.
 * Returns 0, or the status that refuses: 400, 411, 413 (over max), 501. */
unsigned head_judge(const struct head *h, size_t max, size_t *body_len);

/* Cuts a request target into path (decoded, as struct http_request says) and
 * query (raw).  Takes origin-form and absolute-form, whose authority is not
 * looked at.  Returns 0, SEK_EPARSE, SEK_ENOMEM. */
int head_target(struct str *path, struct str *query, struct arena *a,
    struct str target) MUST_CHECK;

/* The first field of that name in any case; p is NULL when there is none. */
struct str head_find(const struct head *h, const char *name);

/* The value of a cookie of that name in all Cookie fields (RFC 6265 5.4), the
 * first one; p is NULL when there is none. */
struct str head_cookie(const struct head *h, const char *name);

/* Who asks: peer, or what our proxies say of it.  Of all X-Forwarded-For
 * fields together the rightmost address that is no proxy; the leftmost where
 * all are; addr_none where what a proxy wrote is no address.  An address may
 * have a port, IPv6 brackets. */
struct addr head_client(const struct head *h, const struct addr *peer,
    const struct net *proxies, size_t n);

/* Is a within one of the nets? */
bool head_within(const struct addr *a, const struct net *nets, size_t n);
