#pragma once
/* probe/run.h -- many sessions at once, driven by keeper over its channel.
 *
 *	MSG_ORDER, MSG_FORM..., MSG_GO -> names by DNS -> MSG_ASK -> MSG_GRANT
 *	-> connect at once -> MSG_SAID, MSG_FOUND... -> MSG_ENDED
 *
 * MSG_LETTER is another thing: a letter of ours for the operator's own mail
 * server (probe/post.h).
 * MSG_HALT ends an order at any moment: no further form, QUIT where possible.
 * Nothing is dialled without a grant for that very session, given just before.
 * A form that was not begun gets no MSG_FOUND: keeper still has it as it was.
 * MSG_ENDED comes once per order; FIND_NONE in it means that nothing was
 * connected to (denied, or no form applies).  Everything is bounded: one reply
 * (wire/smtp_reply), the wait for it, the session, its transcript. */

#include "fact/message.h"
#include "probe/plan.h"
#include "sys/channel.h"
#include "sys/conf.h"
#include "sys/loop_delay.h"
#include "sys/resolve.h"
#include "sys/stream.h"

enum {
	RUN_CONNECT_MS = 60 * 1000,	/* for the TCP handshake */
	RUN_SESSION_MS = 15 * 60 * 1000,	/* of a session, from the connection on */
	RUN_NAMES_MS = 20 * 1000,	/* for all DNS questions before it */
	RUN_GRANT_MS = 60 * 1000,	/* for keeper's answer */
	RUN_LOAD_MS = 10 * 1000,	/* between two MSG_LOAD */
	RUN_QUESTIONS = 256,		/* open MSG_RESOLVE; more are "temporary" */
};

struct prober;

struct prober_with {	/* all borrowed, all outlive the prober but the resolver */
	struct loop		*loop;
	struct dialer		*dialer;
	struct resolver		*resolver;	/* free it before the prober */
	struct tls_ctx		*tls;
	const struct conf	*conf;
	const struct plan_list	*list;
	struct loop_delay	*delay;	/* NULL: nobody wants to know; free it after */
};

/* Returns 0, SEK_ENOMEM or SEK_ESYS. */
int prober_new(struct prober **out, const struct prober_with *with) MUST_CHECK;

/* The channel to keeper, borrowed; NULL when it is lost: then every session
 * ends with QUIT where that is possible, and nothing new starts. */
void prober_keeper(struct prober *p, struct channel *c);

/* A message of keeper.  What cannot be read or does not fit is logged and
 * dropped: keeper orders again what got no answer. */
void prober_message(struct prober *p, const struct frame *f);

/* Sessions that were ordered and have not ended. */
size_t prober_sessions(const struct prober *p);

void prober_free(struct prober *p);	/* ends all as if keeper was lost; may be NULL */
