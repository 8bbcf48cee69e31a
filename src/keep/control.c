#include "keep/control.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "keep/judge.h"
#include "keep/watch.h"

enum {
	CLIENTS_MAX = 64,
	REQUESTS_MAX = 16,		/* of one client at a time */
	EVIDENCE_MAX = 10 << 20,	/* octets of a mail or log that is handed in */
	FOLLOW_MAX = MESSAGE_ADDRS,
	ACCEPT_AGAIN_MS = 1000,
};

struct follow {			/* one address of a request that follows */
	struct open_request	*req;
	struct watch		*watch;
	struct addr		 addr;
	bool			 ended;
};

struct open_request {
	struct request		 r;	/* first: a struct request * is one of these */
	struct open_request	*next;
	uint64_t		 id;	/* chosen by the client */
	uint64_t		 question;	/* open MSG_RESOLVE, or 0 */
	void			(*resolved)(struct request *r, const struct msg_resolved *m);
	struct follow		 follows[FOLLOW_MAX];
	size_t			 n_follows;
	int			 exit;	/* the gravest verdict so far */
	char			 verdict[16];
	int			 done, total;	/* its coverage */
	bool			 gone_on;	/* MSG_CTL_GO came */
};

struct client {
	struct client		*next;
	struct keep		*keep;
	struct channel		*channel;
	struct open_request	*requests;
	unsigned		 n_requests;
	char			 who[TEXT_WHO];
};

struct keep_control {
	struct loop_watch	*watch;
	struct loop_timer	*again;	/* after accept4() failed */
	int			 sock;
	struct client		*clients;
	unsigned		 n;
};

static const struct msg_resolved no_prober = { .ok = 0, .why = { "no-prober", 9 } };

int
control_open(struct keep *k)
{
	k->control = calloc(1, sizeof(*k->control));
	if (k->control == NULL)
		return SEK_ENOMEM;
	k->control->sock = -1;
	return 0;
}

static struct open_request *
opened(struct request *r)
{
	return (struct open_request *)(void *)r;
}

/* --- requests --- */

static void
request_free(struct open_request *q)
{
	struct client *c = q->r.client;
	struct open_request **at = &c->requests;

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	c->n_requests--;
	if (q->r.state_free != NULL)
		q->r.state_free(q->r.state);
	for (size_t i = 0; i < q->n_follows; i++)
		watch_remove(q->follows[i].watch);
	json_decref(q->r.json);
	gbuf_free(&q->r.evidence);
	free(q);
}

static struct open_request *
request_find(struct client *c, uint64_t id)
{
	struct open_request *q = c->requests;

	while (q != NULL && q->id != id)
		q = q->next;
	return q;
}

static int
send_json(struct client *c, unsigned type, uint64_t id, json_t *obj)
{
	char *text = json_dumps(obj, JSON_COMPACT);
	struct msg_part m = { .id = id, .octets = str_of(text) };
	int err = text == NULL ? SEK_ENOMEM : 0;

	if (err == 0 && m.octets.n > MESSAGE_PART)
		err = SEK_ELIMIT;
	if (err == 0)
		err = channel_send(c->channel, type, &m, -1);
	free(text);
	return err;
}

/* Ends a request of which nothing else can be said. */
static void
request_turn_away(struct client *c, uint64_t id, int exit, const char *tag,
    const char *text)
{
	json_t *obj = json_pack("{si ss ss}", "exit", exit, "error", tag, "text", text);

	if (obj == NULL || send_json(c, MSG_CTL_DONE, id, obj) != 0)
		log_event(LOG_LV_WARN, "control-answer-lost", LOG_Z("who", c->who));
	json_decref(obj);
}

void
request_event(struct request *r, json_t *ev)
{
	if (!channel_full(r->client->channel) &&
	    send_json(r->client, MSG_CTL_EVENT, opened(r)->id, ev) != 0)
		log_event(LOG_LV_WARN, "control-event-lost", LOG_Z("who", r->who));
}

void
request_done(struct request *r, int exit, json_t *obj)
{
	if (obj == NULL)
		obj = json_object();
	json_object_set_new(obj, "exit", json_integer(exit));
	if (send_json(r->client, MSG_CTL_DONE, opened(r)->id, obj) == SEK_ELIMIT)
		request_turn_away(r->client, opened(r)->id, EXIT_SOFTWARE, "too-large",
		    "the answer is too large for one message");
	json_decref(obj);
	request_free(opened(r));
}

void
request_fail(struct request *r, int exit, const char *tag, const char *fmt, ...)
{
	char text[512], clean[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	str_clean(clean, sizeof(clean), str_of(text));
	request_done(r, exit, json_pack("{ss ss}", "error", tag, "text", clean));
}

int
request_resolve(struct request *r, enum resolve_kind kind, struct str name,
    void (*done)(struct request *r, const struct msg_resolved *m))
{
	struct open_request *q = opened(r);
	struct msg_resolve m = { .kind = (uint8_t)kind, .name = name };

	if (r->keep->probe == NULL) {
		done(r, &no_prober);
		return 0;
	}
	m.id = q->question = rand_u64(r->keep->rand) | 1;
	q->resolved = done;
	return channel_send(r->keep->probe, MSG_RESOLVE, &m, -1);
}

static struct open_request *
request_asking(struct keep *k, uint64_t question)
{
	for (struct client *c = k->control->clients; c != NULL; c = c->next)
		for (struct open_request *q = c->requests; q != NULL; q = q->next)
			if (q->question != 0 &&
			    (question == 0 || q->question == question))
				return q;
	return NULL;
}

void
control_resolved(struct keep *k, const struct msg_resolved *m)
{
	struct open_request *q = m->id == 0 ? NULL : request_asking(k, m->id);

	if (q == NULL)
		return;
	q->question = 0;
	q->resolved(&q->r, m);
}

void
control_unresolved(struct keep *k)
{
	struct open_request *q;

	while ((q = request_asking(k, 0)) != NULL) {
		q->question = 0;
		q->resolved(&q->r, &no_prober);
	}
}

/* --- following --- */

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

static void
follow_verdict(struct open_request *q, const char *verdict, int done, int total)
{
	enum verdict v = VERDICT_OPEN;

	while (v < VERDICT_UNTESTED && strcmp(verdict_name(v), verdict) != 0)
		v++;
	if (q->verdict[0] != '\0' && gravity(verdict_exit(v)) <= gravity(q->exit))
		return;
	snprintf(q->verdict, sizeof(q->verdict), "%s", verdict);
	q->exit = verdict_exit(v);
	q->done = done;
	q->total = total;
}

static void
follow_end(struct open_request *q, bool provisional)
{
	request_done(&q->r, q->exit, json_pack("{ss sb si si}", "verdict", q->verdict,
	    "provisional", provisional, "done", q->done, "total", q->total));
}

static void
follow_event(void *ctx, json_t *ev)
{
	struct follow *f = ctx;
	struct open_request *q = f->req;
	char addr[ADDR_TEXT];
	const char *name = json_string_value(json_object_get(ev, "event"));
	const char *verdict = json_string_value(json_object_get(ev, "verdict"));
	json_t *out = name == NULL ? NULL : json_copy(ev);

	if (out == NULL)
		return;
	addr_text(addr, &f->addr);
	json_object_set_new(out, "addr", json_string(addr));
	request_event(&q->r, out);
	json_decref(out);
	if (strcmp(name, "verdict") != 0 || verdict == NULL ||
	    json_is_true(json_object_get(ev, "provisional")))
		return;
	f->ended = true;
	follow_verdict(q, verdict,
	    (int)json_integer_value(json_object_get(ev, "done")),
	    (int)json_integer_value(json_object_get(ev, "total")));
	if (all_ended(q))
		follow_end(q, false);
}

/* What is known of an address whose waiting time is over. */
static void
follow_provisional(struct keep *k, struct follow *f)
{
	struct verdict_out out = { .verdict = VERDICT_INCONCLUSIVE };
	struct run r;
	int err = store_one(k->store, Q_RUN_LAST_BY_ADDR, ARGS(ARG_A(f->addr)), &r);

	f->ended = true;	/* the verdict event that follows is not waited for */
	if (err == 0 && (r.state == RUN_DONE || r.state == RUN_CANCELLED))
		err = STORE_NONE;	/* what was said of it stands */
	if (err == 0)
		err = keep_write(k);
	if (err == 0 &&
	    keep_done(k, judge_run(k, &r, false, NULL, &out)) != 0)
		out = (struct verdict_out){ .verdict = VERDICT_INCONCLUSIVE };
	store_forget(k->store);
	follow_verdict(f->req, verdict_name(out.verdict), (int)out.done,
	    (int)out.total);
}

static void
follow_timeout(void *ctx)
{
	struct open_request *q = ((struct follow *)ctx)->req;

	for (size_t i = 0; i < q->n_follows; i++)
		if (!q->follows[i].ended)
			follow_provisional(q->r.keep, &q->follows[i]);
	follow_end(q, true);
}

int
request_follow(struct request *r, const struct addr *addrs, size_t n, int64_t wait_s)
{
	struct open_request *q = opened(r);

	for (size_t i = 0; i < n && q->n_follows < FOLLOW_MAX; i++) {
		struct follow *f = &q->follows[q->n_follows];

		*f = (struct follow){ .req = q, .addr = addrs[i] };
		if (watch_add(&f->watch, r->keep, &addrs[i], follow_event,
		    follow_timeout, f, wait_s) != 0)
			return SEK_ENOMEM;
		q->n_follows++;
	}
	return 0;
}

/* --- clients --- */

static void
client_drop(struct client *c)
{
	struct client **at = &c->keep->control->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->keep->control->n--;
	while (c->requests != NULL)
		request_free(c->requests);
	channel_free(c->channel);
	free(c);
}

static void
client_gone(void *ctx, struct channel *ch)
{
	(void)ch;
	client_drop(ctx);
}

static void
request_begin(struct client *c, const struct msg_part *m)
{
	struct open_request *q;

	if (c->n_requests >= REQUESTS_MAX || request_find(c, m->id) != NULL ||
	    (q = calloc(1, sizeof(*q))) == NULL) {
		log_event(LOG_LV_WARN, "control-refused", LOG_Z("who", c->who));
		request_turn_away(c, m->id, EXIT_TEMPFAIL, "too-many", "too many "
		    "requests at once, or a number that is in use: wait for an answer");
		return;
	}
	q->r.keep = c->keep;
	q->r.client = c;
	q->r.evidence.max = EVIDENCE_MAX;
	q->r.json = json_loadb(m->octets.p, m->octets.n, JSON_REJECT_DUPLICATES, NULL);
	snprintf(q->r.who, sizeof(q->r.who), "%s", c->who);
	q->id = m->id;
	q->next = c->requests;
	c->requests = q;
	c->n_requests++;
}

static void
request_more(struct open_request *q, const struct msg_part *m)
{
	if (q->gone_on)
		return;
	if (gbuf_add(&q->r.evidence, m->octets.p, m->octets.n) != 0)
		request_fail(&q->r, EXIT_DATA, "evidence-too-large",
		    "the evidence is larger than %d octets: hand in the one mail "
		    "or log line that matters", EVIDENCE_MAX);
}

static void
client_message(void *ctx, struct channel *ch, struct frame *f)
{
	struct client *c = ctx;
	struct msg_part m = { 0 };
	struct msg_id go = { 0 };
	struct open_request *q;
	int err = f->type == MSG_CTL_GO ? frame_decode(&go, sizeof(go), f) :
	    f->type == MSG_CTL || f->type == MSG_CTL_PART ?
	    frame_decode(&m, sizeof(m), f) : SEK_EPARSE;

	(void)ch;
	if (err != 0) {
		log_event(LOG_LV_WARN, "bad-message", LOG_Z("from", c->who),
		    LOG_N("type", f->type));
		client_drop(c);
		return;
	}
	if (f->type == MSG_CTL) {
		request_begin(c, &m);
		return;
	}
	q = request_find(c, f->type == MSG_CTL_GO ? go.id : m.id);
	if (q == NULL)
		return;
	if (f->type == MSG_CTL_PART)
		request_more(q, &m);
	else if (!q->gone_on) {
		q->gone_on = true;
		verb_run(&q->r);
	}
}

static const struct channel_events client_events = {
	.message = client_message, .gone = client_gone,
};

static void
client_name(char out[TEXT_WHO], int fd)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0)
		snprintf(out, TEXT_WHO, "uid %u", (unsigned)cred.uid);
	else
		snprintf(out, TEXT_WHO, "unknown");
}

/* No descriptor left: the socket stays readable, so look away for a while. */
static void
accept_failed(struct keep *k)
{
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	log_event(LOG_LV_WARN, "control-refused", LOG_Z("who", strerror(errno)));
	loop_want(k->control->watch, 0);
	loop_timer_set(k->control->again, ACCEPT_AGAIN_MS);
}

static void
accept_again(void *ctx)
{
	struct keep *k = ctx;

	loop_want(k->control->watch, LOOP_READ);
}

static void
control_accept(void *ctx, unsigned ready)
{
	struct keep *k = ctx;
	struct client *c;
	int fd = accept4(k->control->sock, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)ready;
	if (fd < 0) {
		accept_failed(k);
		return;
	}
	c = k->control->n < CLIENTS_MAX ? calloc(1, sizeof(*c)) : NULL;
	if (c == NULL) {
		close(fd);
		log_event(LOG_LV_WARN, "control-refused", LOG_Z("who", "too-many"));
		return;
	}
	c->keep = k;
	client_name(c->who, fd);
	if (channel_new(&c->channel, k->loop, fd, &client_events, c) != 0) {
		free(c);
		return;
	}
	c->next = k->control->clients;
	k->control->clients = c;
	k->control->n++;
}

int
control_listen(struct keep *k, int sock)
{
	int err = loop_timer(&k->control->again, k->loop, accept_again, k);

	k->control->sock = sock;
	return err != 0 ? err : loop_watch(&k->control->watch, k->loop, sock, LOOP_READ,
	    control_accept, k);
}

void
control_close(struct keep *k)
{
	if (k->control == NULL)
		return;
	while (k->control->clients != NULL)
		client_drop(k->control->clients);
	loop_unwatch(k->control->watch);
	loop_timer_free(k->control->again);
	if (k->control->sock >= 0)
		close(k->control->sock);
	free(k->control);
	k->control = NULL;
}
