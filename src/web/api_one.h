#pragma once
/* web/api_one.h -- a thing with a name that is shown and cancelled: a test, a gate. */

#include "web/api.h"

struct api_one {
	const char	*key;		/* its name's member in the request */
	const char	*show, *cancel;	/* verbs */
	/* Answers with what the keeper said of it. */
	void		(*reply)(struct api_ask *q, struct http_answer *a,
			    const json_t *answer);
};

/* Asks the keeper for it; then() has the answer, with q->one. */
void api_one_ask(struct web *w, struct http_request *r, const struct route_words *words,
    const struct api_one *one, void (*then)(struct api_ask *q, const json_t *answer));

/* GET of one, and PATCH to the state "cancelled"; words->id is its name.  The
 * request is answered, now or later. */
void api_one_get(struct web *w, struct http_request *r, const struct route_words *words,
    const struct api_one *one);
void api_one_patch(struct web *w, struct http_request *r, const struct route_words *words,
    const struct api_one *one);
