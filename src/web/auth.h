#pragma once
/* web/auth.h -- what a request brings to be believed: an API key, or the grant
 * of a proved owner.
 *
 * Nothing is checked here but the spelling: the keeper decides what a key or a
 * grant is worth.  Sources: RFC 6750 2.1 (Bearer), RFC 6265 (cookies). */

#include <jansson.h>

#include "web/http.h"

enum {
	AUTH_NONE = 1,		/* there is none */
	AUTH_TEXT = 256,	/* octets of a key or grant at most */
	AUTH_COOKIE = 40,	/* name of a grant's cookie and a NUL */
};

/* Reads the value of Authorization: "Bearer" in any case, a space, and letters,
 * digits, - . _ ~ + / =.  key borrows from value; hostile.
 * Returns 0, AUTH_NONE (an empty value), or SEK_EPARSE. */
int auth_bearer(struct str *key, struct str value) MUST_CHECK;

/* Name of the cookie that holds the grant for an address: owner_ and its 16
 * octets in hex. */
void auth_cookie(char name[AUTH_COOKIE], const struct addr *a);

/* The grant that the request brings for that address; empty: none, or none
 * that could be one.  Hostile: letters and digits. */
struct str auth_grant(const struct http_request *r, const struct addr *a);

/* Put into a request to the keeper who asks ("asker"), the key that r brings
 * ("key"), its grant for a ("grant").  Return 0; AUTH_NONE: r brings none;
 * SEK_EPARSE: Authorization cannot be read; SEK_ENOMEM. */
int auth_add_asker(json_t *request, const struct http_request *r) MUST_CHECK;
int auth_add_key(json_t *request, const struct http_request *r) MUST_CHECK;
int auth_add_grant(json_t *request, const struct http_request *r,
    const struct addr *a) MUST_CHECK;
