#pragma once
/* keep/control.h -- the control protocol: what the operator's tools ask, and
 * what the web role asks for its visitors.
 *
 * A client of the socket is a process that the socket's mode lets in;
 * SO_PEERCRED names it in records.  The web role has a channel of its own and
 * few requests (keep/verbs.c), with the rights of each visitor
 * (keep/visit.h).  The protocol is in sekimori.control(7). */

#include <jansson.h>

#include "keep/keep.h"

int control_open(struct keep *k) MUST_CHECK;
void control_close(struct keep *k);

/* Accepts clients on a listening SEQPACKET socket (taken over). */
int control_listen(struct keep *k, int sock) MUST_CHECK;

/* A new channel to the web role; the old one is given up.  Takes over sock.
 * Returns 0 or SEK_ENOMEM. */
int control_web(struct keep *k, int sock) MUST_CHECK;

bool control_has_web(const struct keep *k);	/* is that role there? */

/* A prober's answer to a question of a client; or this prober died. */
void control_resolved(struct keep *k, const struct msg_resolved *m);
void control_unresolved(struct keep *k, int who);

/* --- for keep/verbs.c --- */

struct client;

struct request {
	struct keep	*keep;
	struct client	*client;
	json_t		*json;		/* hostile in its texts; may be no object */
	struct gbuf	 evidence;	/* hostile octets that came with it */
	char		 who[TEXT_WHO];	/* "uid 0", "web" */
	bool		 web;		/* with a visitor's rights only */
	void		*state;		/* of a verb that answers later */
	void		(*state_free)(void *state);	/* when r goes; or NULL */
};

/* Sends one event, or none when the client is slow; ev is borrowed. */
void request_event(struct request *r, json_t *ev);

/* Sends one event in any case, for produce().  Takes over ev.  Returns 0,
 * SEK_ENOMEM, SEK_ELIMIT. */
int request_event_surely(struct request *r, json_t *ev) MUST_CHECK;

/* Ends the request with an object (taken over; NULL: empty); "exit" is set in
 * it.  r is gone afterwards. */
void request_done(struct request *r, int exit, json_t *obj);

/* The same with exit 0; NULL is a lack of memory, which is told. */
void request_answer(struct request *r, json_t *obj);

/* Ends it with an error: tag, and a sentence that says what, where and what
 * to do.  r is gone afterwards. */
void request_fail(struct request *r, int exit, const char *tag,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The same with one more member (value is taken over; NULL: the answer is
 * lost). */
void request_fail_with(struct request *r, int exit, const char *tag,
    const char *key, json_t *value, const char *fmt, ...) PRINTF_LIKE(6, 7);

/* Asks the prober to resolve a name; done(r, nth, m) follows from the loop,
 * also when the prober is down (m->ok 0), unless r is gone.  Several may be
 * open at once.  Returns 0, SEK_ENOMEM, SEK_ELIMIT (too many questions of all
 * requests) or SEK_EPARSE (too long a name). */
int request_resolve(struct request *r, enum resolve_kind kind, struct str name,
    unsigned nth, void (*done)(struct request *r, unsigned nth,
    const struct msg_resolved *m)) MUST_CHECK;

/* Sends events of which none may be lost, as fast as the client takes them:
 * produce(r) is called from the loop, again and again, until it returns false;
 * then it has ended r.  Where too many do so already, r has failed and is gone. */
void request_stream(struct request *r, bool (*produce)(struct request *r));

/* Follows addresses until each has its final verdict, or wait_s are over; then
 * the request is done.  Returns 0 or SEK_ENOMEM. */
int request_follow(struct request *r, const struct addr *addrs, size_t n,
    int64_t wait_s) MUST_CHECK;

/* keep/verbs.c: carries out a complete request. */
void verb_run(struct request *r);
