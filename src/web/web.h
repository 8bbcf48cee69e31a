#pragma once
/* web/web.h -- what routes, pages and API share. */

#include "sys/published.h"
#include "sys/shared.h"
#include "web/desk.h"
#include "web/http.h"
#include "web/text.h"

struct page_state;

struct web {
	struct loop			*loop;
	const struct conf		*conf;
	const struct published		*published;	/* s.base NULL: nothing yet */
	struct desk			*desk;
	struct http			*http;
	struct page_state		*pages;		/* web/page.h */
	struct relays			*relays;	/* web/relay_events.h */
	struct shared			 counters;	/* of DNS, to read; or none yet */
};

/* One row: method and pattern ("/{lang}/ip/{addr}/test"); segments in braces are
 * words of the request: {lang} is en or ja, {addr} an address in canonical or
 * any other spelling, {id} a ticket, {digest} hex. */
struct route_words {
	enum lang	lang;		/* of {lang}; else by Accept-Language */
	struct addr	addr;		/* of {addr} */
	struct str	id;		/* of {id} or {digest}; hostile, 1..64 of a-z 0-9 */
};

struct route {
	enum http_method	 method;	/* HTTP_GET serves HEAD too */
	const char		*pattern;
	void			(*handle)(struct web *w, struct http_request *r,
				    const struct route_words *words);
};

/* Tables of pages (web/page_fixed.c) and API (web/api.c); the last row has no pattern. */
extern const struct route page_routes[], api_routes[];

/* For web/page_fail.c and web/api.c: answers what no row takes, or what it may not
 * take: tag "no-such-page" (404), "wrong-method" (405), "other-site" (403).  a
 * has code and fields (Allow), which are borrowed; type and body are theirs.
 * They answer at once. */
void page_refuse(struct web *w, struct http_request *r, enum lang lang,
    struct http_answer *a, const char *tag);
void api_refuse(struct web *w, struct http_request *r, enum lang lang,
    struct http_answer *a, const char *tag);

/* Finds the row and calls it; OPTIONS is answered 204 (Allow); else 404, 405
 * (Allow) or, for a browser that posts from another site (RFC 6454 Origin,
 * Sec-Fetch-Site), 403.  Ours is the site of web.url, and this host where it is
 * spoken to by an address or as localhost (a name may be anybody's). */
void route_request(void *web, struct http_request *r);
