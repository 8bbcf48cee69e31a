/* keep/question.c -- what requests ask of the resolver, through the prober. */

#include <stdlib.h>

#include "base/log.h"
#include "keep/control_body.h"
#include "keep/probers.h"

enum { QUESTIONS_MAX = 256 };	/* as many as the prober takes (probe/run.h) */

struct question {
	struct question		*next;
	struct open_request	*req;
	uint64_t		 id;	/* of MSG_RESOLVE */
	int			 who;	/* the prober that was asked */
	unsigned		 nth;
	const char		*lost;	/* nobody will answer: why; else NULL */
	void			(*done)(struct request *r, unsigned nth,
				    const struct msg_resolved *m);
};

static void
question_lose(struct keep_control *c, struct question *q, const char *why)
{
	q->lost = why;
	loop_timer_set(c->unanswered, 0);
}

int
request_resolve(struct request *r, enum resolve_kind kind, struct str name,
    unsigned nth, void (*done)(struct request *r, unsigned nth,
    const struct msg_resolved *m))
{
	struct keep_control *c = r->keep->control;
	struct msg_resolve m = { .kind = (uint8_t)kind, .name = name };
	struct question *q;

	if (c->n_questions >= QUESTIONS_MAX)
		return SEK_ELIMIT;
	if (name.n > TEXT_HOST)
		return SEK_EPARSE;
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return SEK_ENOMEM;
	q->req = control_opened(r);
	q->id = m.id = rand_u64(r->keep->rand) | 1;
	q->nth = nth;
	q->done = done;
	q->next = c->questions;
	c->questions = q;
	c->n_questions++;
	q->who = probers_choose(r->keep);
	if (q->who == PROBER_NONE)
		question_lose(c, q, "no-prober");
	else if (probers_full(r->keep, q->who) ||
	    probers_send(r->keep, q->who, MSG_RESOLVE, &m) != 0)
		question_lose(c, q, "temporary");
	return 0;
}

static void
question_unlink(struct keep_control *c, struct question **at)
{
	struct question *q = *at;

	*at = q->next;
	c->n_questions--;
	free(q);
}

/* Takes q off and tells its request, which may be gone after. */
static void
question_answer(struct keep_control *c, struct question **at,
    const struct msg_resolved *m)
{
	struct question was = **at;

	question_unlink(c, at);
	was.done(&was.req->r, was.nth, m);
}

void
control_resolved(struct keep *k, const struct msg_resolved *m)
{
	struct question **at = &k->control->questions;

	while (*at != NULL && (*at)->id != m->id)
		at = &(*at)->next;
	if (*at != NULL && (*at)->lost == NULL)
		question_answer(k->control, at, m);
}

void
control_unresolved(struct keep *k, int who)
{
	for (struct question *q = k->control->questions; q != NULL; q = q->next)
		if (q->lost == NULL && q->who == who)
			question_lose(k->control, q, "no-prober");
}

/* An answered request may ask again, or end others: look from the start. */
void
question_unanswered(void *ctx)
{
	struct keep *k = ctx;
	struct question **at = &k->control->questions;

	while (*at != NULL) {
		struct msg_resolved none = { .ok = 0 };

		if ((*at)->lost == NULL) {
			at = &(*at)->next;
			continue;
		}
		none.why = str_of((*at)->lost);
		question_answer(k->control, at, &none);
		at = &k->control->questions;
	}
}

void
question_drop(struct open_request *req)
{
	struct keep_control *c = req->r.keep->control;
	struct question **at = &c->questions;

	while (*at != NULL)
		if ((*at)->req == req)
			question_unlink(c, at);
		else
			at = &(*at)->next;
}

void
question_close(struct keep_control *c)
{
	while (c->questions != NULL)
		question_unlink(c, &c->questions);
}
