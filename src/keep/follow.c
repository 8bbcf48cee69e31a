/* keep/follow.c -- requests that stay until addresses have their verdict. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fact/basis.h"
#include "fact/relaytest.h"
#include "keep/control_body.h"
#include "keep/coverage.h"
#include "keep/judge.h"
#include "keep/lanes.h"

enum { FOLLOW_MAX = MESSAGE_ADDRS };

static bool
all_ended(const struct open_request *q)
{
	for (size_t i = 0; i < q->n_follows; i++)
		if (!q->follows[i].ended)
			return false;
	return true;
}

/* open (1) is graver than undecided (2), and that than closed (0). */
static int
gravity(int exit)
{
	return exit == 1 ? 2 : exit == 2 ? 1 : 0;
}

/* done, total and depth are its coverage. */
static void
follow_verdict(struct open_request *q, const char *verdict, const char *why,
    int done, int total, const char *depth)
{
	enum verdict v = VERDICT_OPEN;
	enum depth d;

	while (v < VERDICT_UNTESTED && strcmp(verdict_name(v), verdict) != 0)
		v++;
	if (q->verdict[0] != '\0' && gravity(verdict_exit(v)) <= gravity(q->exit))
		return;
	snprintf(q->verdict, sizeof(q->verdict), "%s", verdict);
	snprintf(q->why, sizeof(q->why), "%s", why);
	q->exit = verdict_exit(v);
	q->done = done;
	q->total = total;
	q->depth = depth != NULL && depth_parse(&d, str_of(depth)) == 0 ?
	    depth_names[d] : NULL;
}

static void
follow_end(struct open_request *q, bool provisional)
{
	request_done(&q->r, q->exit, json_pack("{ss sb si si si ss? ss}", "verdict", q->verdict,
	    "provisional", provisional, "done", q->done, "total", q->total,
	    "catalogue", RELAYTEST_N, "depth", q->depth, "why", q->why));
}

/* A request for many addresses wants no line of each form: only whether one
 * sends or waits, and the verdict, which must not be lost. */
static const char *const quiet_events[] = {
	"control", "connecting", "waiting", "denied", "cancelled", "verdict",
};

static bool
quiet_wants(const char *name)
{
	for (size_t i = 0; i < sizeof(quiet_events) / sizeof(quiet_events[0]); i++)
		if (strcmp(quiet_events[i], name) == 0)
			return true;
	return false;
}

static void
follow_tell(struct follow *f, const char *name, json_t *ev)
{
	struct open_request *q = f->req;
	char addr[ADDR_TEXT];
	json_t *out = q->quiet && !quiet_wants(name) ? NULL : json_copy(ev);

	if (out == NULL)
		return;
	addr_text(addr, &f->addr);
	json_object_set_new(out, "addr", json_string(addr));
	if (q->quiet && strcmp(name, "verdict") == 0) {
		if (request_event_surely(&q->r, out) != 0)
			log_event(LOG_LV_WARN, "control-event-lost",
			    LOG_Z("who", q->r.who));
		return;
	}
	request_event(&q->r, out);
	json_decref(out);
}

static void
follow_event(void *ctx, json_t *ev)
{
	struct follow *f = ctx;
	struct open_request *q = f->req;
	const char *name = json_string_value(json_object_get(ev, "event"));
	const char *why = json_string_value(json_object_get(ev, "why"));
	const char *verdict = json_string_value(json_object_get(ev, "verdict"));
	const char *by = json_string_value(json_object_get(ev, "by"));

	if (name == NULL)
		return;
	follow_tell(f, name, ev);
	if (strcmp(name, "cancelled") == 0 && by != NULL && strcmp(by, "request") == 0)
		verdict = verdict_name(VERDICT_INCONCLUSIVE);
	else if (strcmp(name, "verdict") != 0 || verdict == NULL ||
	    json_is_true(json_object_get(ev, "provisional")))
		return;
	f->ended = true;
	follow_verdict(q, verdict, why == NULL ? "" : why,
	    (int)json_integer_value(json_object_get(ev, "done")),
	    (int)json_integer_value(json_object_get(ev, "total")),
	    json_string_value(json_object_get(ev, "depth")));
	if (all_ended(q) && !q->late)
		follow_end(q, false);
}

/* What is known of an address whose waiting time is over. */
static void
follow_provisional(struct keep *k, struct follow *f)
{
	struct verdict_out out = { .verdict = VERDICT_INCONCLUSIVE };
	const char *depth = NULL;
	struct run r;
	int err = store_one(k->store, Q_RUN_LAST_BY_ADDR, ARGS(ARG_A(f->addr)), &r);

	if (err == 0 && (r.state == RUN_DONE || r.state == RUN_CANCELLED))
		err = STORE_NONE;	/* what was said of it stands */
	if (err == 0) {
		depth = coverage_depth(&r);
		err = keep_write(k);
	}
	if (err == 0 &&
	    keep_done(k, judge_run(k, &r, false, NULL, &out)) != 0)
		out = (struct verdict_out){ .verdict = VERDICT_INCONCLUSIVE };
	store_forget(k->store);
	(void)!keep_flush(k);	/* its event goes before the end */
	if (f->ended)
		return;
	f->ended = true;
	follow_verdict(f->req, verdict_name(out.verdict),
	    out.why == NULL ? "" : out.why, (int)out.done, (int)out.total, depth);
}

static void
follow_timeout(void *ctx)
{
	struct open_request *q = ((struct follow *)ctx)->req;

	q->late = true;
	for (size_t i = 0; i < q->n_follows; i++)
		if (!q->follows[i].ended)
			follow_provisional(q->r.keep, &q->follows[i]);
	follow_end(q, true);
}

int
request_follow(struct request *r, const struct addr *addrs, size_t n, int64_t wait_s)
{
	struct open_request *q = control_opened(r);

	if (q->follows == NULL)
		q->follows = calloc(FOLLOW_MAX, sizeof(*q->follows));
	if (q->follows == NULL)
		return SEK_ENOMEM;
	q->quiet = json_is_true(json_object_get(r->json, "quiet"));
	for (size_t i = 0; i < n && q->n_follows < FOLLOW_MAX; i++) {
		struct follow *f = &q->follows[q->n_follows];

		*f = (struct follow){ .req = q, .addr = addrs[i] };
		if (watch_add(&f->watch, r->keep, &addrs[i], follow_event,
		    follow_timeout, f, wait_s) != 0)
			return SEK_ENOMEM;
		if (!q->quiet)		/* a list, for which nobody sits and waits */
			lanes_ask(r->keep, &addrs[i]);
		q->n_follows++;
	}
	return 0;
}

void
follow_drop(struct open_request *q)
{
	for (size_t i = 0; i < q->n_follows; i++)
		watch_remove(q->follows[i].watch);
	free(q->follows);
	q->follows = NULL;
	q->n_follows = 0;
}
