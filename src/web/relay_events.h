#pragma once
/* web/relay_events.h -- one follow at the keeper, many event streams.
 *
 * Whoever watches the same test with the same rights shares a relay: one open
 * request "test-show" with follow, whose states are written once as JSON and
 * queued on every stream.  It begins with the first viewer and ends with the
 * last one, or with the test.  While the keeper is away the streams stay and
 * the follow is asked for again; who was not told of a change is told then.
 *
 * An event is
 *
 *	event: state
 *	data: {...}			web/testdoc.h
 *
 * and the last one has "id: end" too, so that a browser that comes again
 * (Last-Event-ID) is told that there is nothing more. */

#include <jansson.h>

#include "web/desk.h"
#include "web/http.h"

struct relays;

enum {
	RELAYS = 512,			/* tests followed at once, by role */
	RELAY_VIEWERS = 4096,		/* in all */
	RELAY_AGAIN_MS = 2000,		/* to the next try while the keeper is away */
	RELAY_TRIES = 60,		/* then the streams end */
};

/* l and url (web.url) are borrowed. */
int relays_new(struct relays **out, struct loop *l, struct desk *d,
    const char *url) MUST_CHECK;
void relays_free(struct relays *rs);	/* ends every stream; rs may be NULL */

/* Answers r with the stream of a test, whose first event is snapshot.  Ends r.
 * request   to the keeper, as this viewer may ask (copied); its follow, if it
 *           becomes the first one of a relay
 * snapshot  what the keeper just answered this viewer (with role, mine, state)
 * Returns 0; SEK_ELIMIT or SEK_ENOMEM: r is not answered. */
int relays_join(struct relays *rs, struct http_request *r,
    const json_t *request, const json_t *snapshot) MUST_CHECK;

size_t relays_viewers(const struct relays *rs);	/* now */
size_t relays_follows(const struct relays *rs);
