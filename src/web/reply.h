#pragma once
/* web/reply.h -- JSON as the answer to a request: what every one has. */

#include <jansson.h>

#include "web/http.h"
#include "web/text.h"

/* The language that the request asks for (Accept-Language). */
enum lang reply_lang(const struct http_request *r);

/* What the answers depend on, beside the path. */
#define REPLY_VARY "Accept-Language, Authorization, Cookie"

/* Answers r with doc (taken over; NULL: out of memory, which is a bare 503)
 * and ends it.  a  code and fields are the caller's, type may be; Content-Language
 * and Vary are added: room for two fields must be left. */
void reply_json(struct http_request *r, struct http_answer *a, json_t *doc);
