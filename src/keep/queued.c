#include "keep/queued.h"

#include <stdlib.h>
#include <string.h>

#include "fact/relaytest.h"
#include "keep/permit.h"
#include "keep/verbs.h"

struct queued {
	struct request		*r;	/* NULL: it went meanwhile */
	struct nomination	 n;	/* its depth alone */
	struct addr		 addrs[MESSAGE_ADDRS];
	size_t			 count;
	bool			 follows;
};

static json_t *
queued_event(const struct addr *a, const struct nomination *n, const struct permit *p)
{
	uint8_t plan[RELAYTEST_N];
	char text[ADDR_TEXT];
	enum depth depth = n->has_depth ? n->depth : p->usual;

	addr_text(text, a);
	return json_pack("{ss ss si ss ss ss}", "event", "queued", "addr", text,
	    "forms", (int)relaytest_plan(plan, depth), "depth", depth_names[depth],
	    "pace", pace_rules[p->pace].name, "basis", basis_rules[p->basis].name);
}

static void
tell_queued(struct request *r, const struct nomination *n,
    const struct addr *addrs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct permit p;
		json_t *ev;

		permit_check(&p, r->keep, &addrs[i], RUN_PROBE);
		ev = p.ok ? queued_event(&addrs[i], n, &p) : NULL;
		if (ev != NULL)
			request_event(r, ev);
		json_decref(ev);
	}
}

static void
queued_forget(void *state)
{
	((struct queued *)state)->r = NULL;
}

static void
queued_committed(void *ctx, int err)
{
	struct queued *q = ctx;
	struct request *r = q->r;

	if (r != NULL) {
		r->state = NULL;
		r->state_free = NULL;
		if (err == 0)
			tell_queued(r, &q->n, q->addrs, q->count);
		if (err != 0)
			verb_fail_store(r, err);
		else if (!q->follows)
			request_done(r, 0, NULL);
	}
	free(q);
}

void
queued_answer(struct request *r, const struct nomination *n,
    const struct addr *addrs, size_t count)
{
	struct queued *q = calloc(1, sizeof(*q));
	struct keep *k = r->keep;

	if (q == NULL) {
		verb_fail_store(r, SEK_ENOMEM);
		return;
	}
	q->r = r;
	q->n.has_depth = n->has_depth;
	q->n.depth = n->depth;
	q->count = count;
	memcpy(q->addrs, addrs, count * sizeof(*addrs));
	q->follows = json_is_true(json_object_get(r->json, "follow"));
	r->state = q;
	r->state_free = queued_forget;
	if (q->follows)
		verb_stay(r, addrs, count);	/* r may be gone */
	if (keep_after(k, queued_committed, q) != 0)
		queued_committed(q, SEK_ENOMEM);
}
