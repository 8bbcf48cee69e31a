#pragma once
/* keep/control.h -- the control socket: what the operator's tools ask.
 *
 * A client is a process that the socket's mode lets in; SO_PEERCRED names it
 * in records.  The protocol is in sekimori.control(7). */

#include <jansson.h>

#include "keep/keep.h"

int control_open(struct keep *k) MUST_CHECK;
void control_close(struct keep *k);

/* Accepts clients on a listening SEQPACKET socket (taken over). */
int control_listen(struct keep *k, int sock) MUST_CHECK;

/* The prober's answer to a question of a client; or the prober died. */
void control_resolved(struct keep *k, const struct msg_resolved *m);
void control_unresolved(struct keep *k);

/* --- for keep/verbs.c --- */

struct client;

struct request {
	struct keep	*keep;
	struct client	*client;
	json_t		*json;		/* hostile in its texts; may be no object */
	struct gbuf	 evidence;	/* hostile octets that came with it */
	char		 who[TEXT_WHO];	/* "uid 0" */
	void		*state;		/* of a verb that answers later */
	void		(*state_free)(void *state);	/* when r goes; or NULL */
};

/* Sends one event; ev is borrowed. */
void request_event(struct request *r, json_t *ev);

/* Ends the request with an object (taken over; NULL: empty); "exit" is set in
 * it.  r is gone afterwards. */
void request_done(struct request *r, int exit, json_t *obj);

/* Ends it with an error: tag, and a sentence that says what, where and what
 * to do.  r is gone afterwards. */
void request_fail(struct request *r, int exit, const char *tag,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Asks the prober to resolve a name; done(r, m) follows, also when the prober
 * is down (m->ok 0), then perhaps from inside.  Returns 0, SEK_ENOMEM, SEK_ELIMIT. */
int request_resolve(struct request *r, enum resolve_kind kind, struct str name,
    void (*done)(struct request *r, const struct msg_resolved *m)) MUST_CHECK;

/* Follows addresses until each has its final verdict, or wait_s are over; then
 * the request is done.  Returns 0 or SEK_ENOMEM. */
int request_follow(struct request *r, const struct addr *addrs, size_t n,
    int64_t wait_s) MUST_CHECK;

/* keep/verbs.c: carries out a complete request. */
void verb_run(struct request *r);
