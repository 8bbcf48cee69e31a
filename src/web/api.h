#pragma once
/* web/api.h -- what the handlers of the API share.
 *
 * A handler makes a request to the keeper and says what is to be done with the
 * answer; who asks, failures, and the keeper's absence are seen to here. */

#include "web/body.h"
#include "web/problem.h"

enum {
	API_WAIT_MS = 8 * 1000,		/* for the keeper; less than HTTP_WAIT_MS */
	API_STATUS_MS = 1000,		/* for its state: monitors are told soon that it hangs */
};

struct api_ask {
	struct web		*web;
	struct http_request	*r;
	json_t			*request;	/* to the keeper; owned */
	bool			 has_key, has_grant;
	int64_t			 wait_ms;	/* API_WAIT_MS, or as the handler sets it */
	struct addr		 addr;		/* the handler's */
	void			*ctx;		/* the handler's */
	const struct api_one	*one;		/* of web/api_one */
	void			(*event)(struct api_ask *q, const json_t *ev);	/* or NULL */
	void			(*end)(struct api_ask *q);	/* frees ctx; or NULL */
	/* not for the handler: */
	void			(*then)(struct api_ask *q, const json_t *answer);
	bool			 sent, inside;
};

/* The body of r as the table says, or NULL: r was answered. */
json_t *api_ask_body(struct web *w, struct http_request *r, const struct body_row *rows);

/* An ask for r with the request (taken over; NULL: out of memory), to which who
 * asks, and the key that is brought, are added.  NULL: r was answered instead. */
struct api_ask *api_ask_new(struct web *w, struct http_request *r, json_t *request);

/* The same for what nobody needs a right for: Authorization is not looked at. */
struct api_ask *api_ask_anybody(struct web *w, struct http_request *r, json_t *request);

/* Adds the grant that the request may bring for a. */
void api_ask_grant(struct api_ask *q, const struct addr *a);

/* Sends q, which is gone when r is answered.  then answers r, or sends q once
 * more; answer may be a failure, or NULL (the keeper is away, or has too much
 * to do), also from inside this call: see api_failed(). */
void api_ask_send(struct api_ask *q, void (*then)(struct api_ask *q, const json_t *answer));

/* The name of a test or gate does not tell its address to us, so that the grant for
 * it, which only a browser has, can be sent only when the keeper has named it: sends
 * q once more where that may show more.  false: answer is what there is. */
bool api_ask_again(struct api_ask *q, const json_t *answer,
    void (*then)(struct api_ask *q, const json_t *answer));

/* Answers r with a problem instead; q is gone. */
void api_ask_refuse(struct api_ask *q, const char *tag);

/* Is answer missing, a failure, or does it show that the key is worth nothing?
 * Then r is answered. */
bool api_failed(struct api_ask *q, const json_t *answer);

/* Handlers of the table in api.c. */
#define API_HANDLER(name) \
	void name(struct web *w, struct http_request *r, const struct route_words *words)
API_HANDLER(api_ip_get);
API_HANDLER(api_tests_post);
API_HANDLER(api_tests_get);
API_HANDLER(api_tests_patch);
API_HANDLER(api_tests_events);
API_HANDLER(api_gates_post);
API_HANDLER(api_gates_get);
API_HANDLER(api_gates_patch);
API_HANDLER(api_evidence_get);
API_HANDLER(api_evidence_mail);
