#pragma once
/* web/desk.h -- where web asks the keeper: the control protocol's client side
 * on the loop, bounded in time.
 *
 * Requests and events are those of sekimori.control(7); the keeper lets this
 * channel use the verbs that are marked for web only.  Texts in answers may
 * quote a remote host: hostile. */

#include <jansson.h>

#include "sys/channel.h"
#include "sys/loop.h"

struct desk;
struct ask;

enum { DESK_ASKS = 2048 };	/* open at once */

struct ask_events {
	/* a live line; borrowed for the call; may be NULL */
	void	(*event)(void *ctx, const json_t *ev);
	/* the end, once; the ask is gone.  answer has "exit" (0: it worked);
	 * NULL: the keeper is down, went away or did not answer in time */
	void	(*done)(void *ctx, const json_t *answer);
};

int desk_new(struct desk **out, struct loop *l) MUST_CHECK;
void desk_free(struct desk *d);		/* every open ask ends with NULL */

/* The channel to keeper, borrowed; NULL: it is down, every open ask ends. */
void desk_keeper(struct desk *d, struct channel *c);
void desk_message(struct desk *d, const struct frame *f);	/* MSG_CTL_EVENT, MSG_CTL_DONE */
bool desk_open(const struct desk *d);	/* is the keeper there? */

/* Sends request (borrowed).  wait_ms: until done must have come; -1 for
 * following.  *out is valid until done.  done never comes from inside this
 * call.  Returns 0, SEK_ENOMEM, or SEK_ELIMIT (too many, too long, the queue
 * to the keeper is full) -- then done does not come; a keeper that is down is
 * no error: done(NULL) follows.  From within desk_free(): SEK_ELIMIT. */
int desk_ask(struct ask **out, struct desk *d, const json_t *request,
    const struct ask_events *ev, void *ctx, int64_t wait_ms) MUST_CHECK;

/* Nobody waits any more: done does not come, the keeper is told.  a may be NULL. */
void desk_drop(struct ask *a);
