#include "keep/control_body.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum {
	CLIENTS_MAX = 64,
	REQUESTS_MAX = 16,		/* of one client at a time; of the web role: */
	REQUESTS_WEB = 2048,		/* as web/desk.h */
	REQUESTS_ALONE = 4096,		/* as tool/batch.h */
	EVIDENCE_MAX = 10 << 20,	/* octets of a mail or log that is handed in */
	ACCEPT_AGAIN_MS = 1000,
};

int
control_open(struct keep *k)
{
	struct keep_control *c = k->control = calloc(1, sizeof(*k->control));
	int err;

	if (c == NULL)
		return SEK_ENOMEM;
	c->sock = -1;
	err = loop_timer(&c->unanswered, k->loop, question_unanswered, k);
	return err != 0 ? err : loop_timer(&c->pump, k->loop, stream_pump, k);
}

/* --- requests --- */

static struct open_request **
bucket(struct client *c, uint64_t id)
{
	return &c->requests[id % REQUEST_BUCKETS];
}

static void
request_free(struct open_request *q)
{
	struct client *c = q->r.client;
	struct open_request **at = bucket(c, q->id);

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	c->n_requests--;
	question_drop(q);
	follow_drop(q);
	stream_drop(q);
	if (q->r.state_free != NULL)
		q->r.state_free(q->r.state);
	json_decref(q->r.json);
	gbuf_free(&q->r.evidence);
	free(q);
}

static struct open_request *
request_find(struct client *c, uint64_t id)
{
	struct open_request *q = *bucket(c, id);

	while (q != NULL && q->id != id)
		q = q->next;
	return q;
}

/* Into a fixed buffer: json_dumps() of jansson 2.14 loses a key when it has no
 * memory, and says nothing. */
int
control_send(struct client *c, unsigned type, uint64_t id, json_t *obj)
{
	char text[MESSAGE_PART];
	size_t n = json_dumpb(obj, text, sizeof(text), JSON_COMPACT);
	struct msg_part m = { .id = id, .octets = { text, n } };

	if (n == 0)
		return SEK_ENOMEM;
	if (n > sizeof(text))
		return SEK_ELIMIT;
	return channel_send(c->channel, type, &m, -1);
}

/* Ends a request of which nothing else can be said. */
static void
request_turn_away(struct client *c, uint64_t id, int exit, const char *tag,
    const char *text)
{
	json_t *obj = json_pack("{si ss ss}", "exit", exit, "error", tag, "text", text);

	if (obj == NULL || control_send(c, MSG_CTL_DONE, id, obj) != 0)
		log_event(LOG_LV_WARN, "control-answer-lost", LOG_Z("who", c->who));
	json_decref(obj);
}

void
request_event(struct request *r, json_t *ev)
{
	if (!channel_full(r->client->channel) &&
	    control_send(r->client, MSG_CTL_EVENT, control_opened(r)->id, ev) != 0)
		log_event(LOG_LV_WARN, "control-event-lost", LOG_Z("who", r->who));
}

void
request_done(struct request *r, int exit, json_t *obj)
{
	uint64_t id = control_opened(r)->id;
	int err;

	if (obj == NULL)
		obj = json_object();
	json_object_set_new(obj, "exit", json_integer(exit));
	err = control_send(r->client, MSG_CTL_DONE, id, obj);
	if (err == SEK_ELIMIT)
		request_turn_away(r->client, id, EXIT_SOFTWARE, "too-large",
		    "the answer is too large for one message");
	else if (err != 0)
		log_event(LOG_LV_WARN, "control-answer-lost", LOG_Z("who", r->who));
	json_decref(obj);
	request_free(control_opened(r));
}

void
request_answer(struct request *r, json_t *obj)
{
	if (obj != NULL)
		request_done(r, 0, obj);
	else
		request_fail(r, EXIT_OSERR, "memory", "out of memory");
}

static json_t *failure(const char *tag, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

static json_t *
failure(const char *tag, const char *fmt, va_list ap)
{
	char text[512], clean[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	str_clean(clean, sizeof(clean), str_of(text));
	return json_pack("{ss ss}", "error", tag, "text", clean);
}

void
request_fail(struct request *r, int exit, const char *tag, const char *fmt, ...)
{
	json_t *obj;
	va_list ap;

	va_start(ap, fmt);
	obj = failure(tag, fmt, ap);
	va_end(ap);
	request_done(r, exit, obj);
}

void
request_fail_with(struct request *r, int exit, const char *tag, const char *key,
    json_t *value, const char *fmt, ...)
{
	json_t *obj;
	va_list ap;

	va_start(ap, fmt);
	obj = failure(tag, fmt, ap);
	va_end(ap);
	if (obj == NULL || json_object_set_new(obj, key, value) != 0)
		log_event(LOG_LV_WARN, "control-answer-lost", LOG_Z("who", r->who));
	request_done(r, exit, obj);
}

/* --- clients --- */

static void
client_unlink(struct client *c)
{
	struct client **at = &c->keep->control->clients;

	if (c->web) {
		c->keep->control->web = NULL;
		return;
	}
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->keep->control->n--;
}

static void
client_drop(struct client *c)
{
	client_unlink(c);
	for (size_t i = 0; i < REQUEST_BUCKETS; i++)
		while (c->requests[i] != NULL)
			request_free(c->requests[i]);
	channel_free(c->channel);
	free(c);
}

static void
client_gone(void *ctx, struct channel *ch)
{
	struct client *c = ctx;

	(void)ch;
	if (c->web)
		log_event(LOG_LV_WARN, "role-lost", LOG_Z("peer", "web"));
	client_drop(c);
}

static unsigned
requests_max(const struct client *c)
{
	return c->web ? REQUESTS_WEB : c->keep->alone ? REQUESTS_ALONE : REQUESTS_MAX;
}

static void
request_begin(struct client *c, const struct msg_part *m)
{
	struct open_request *q, **at = bucket(c, m->id);

	if (c->n_requests >= requests_max(c) ||
	    request_find(c, m->id) != NULL ||
	    (q = calloc(1, sizeof(*q))) == NULL) {
		log_event(LOG_LV_WARN, "control-refused", LOG_Z("who", c->who));
		request_turn_away(c, m->id, EXIT_TEMPFAIL, "too-many", "too many "
		    "requests at once, or a number that is in use: wait for an answer");
		return;
	}
	q->r.keep = c->keep;
	q->r.client = c;
	q->r.web = c->web;
	q->r.evidence.max = c->web ? 0 : EVIDENCE_MAX;
	q->r.json = json_loadb(m->octets.p, m->octets.n, JSON_REJECT_DUPLICATES, NULL);
	snprintf(q->r.who, sizeof(q->r.who), "%s", c->who);
	q->id = m->id;
	q->next = *at;
	*at = q;
	c->n_requests++;
}

static void
request_more(struct open_request *q, const struct msg_part *m)
{
	if (q->gone_on)
		return;
	if (gbuf_add(&q->r.evidence, m->octets.p, m->octets.n) != 0)
		request_fail(&q->r, EXIT_DATA, "evidence-too-large",
		    "the evidence is larger than %zu octets: hand in the one mail "
		    "or log line that matters", q->r.evidence.max);
}

static void
request_go(struct open_request *q)
{
	if (q->gone_on)
		return;
	q->gone_on = true;
	verb_run(&q->r);
}

/* Any message but the first of a request. */
static void
client_goes_on(struct client *c, unsigned type, uint64_t id, const struct msg_part *m)
{
	struct open_request *q = request_find(c, id);

	if (q == NULL)
		return;		/* it ended meanwhile */
	if (type == MSG_CTL_PART)
		request_more(q, m);
	else if (type == MSG_CTL_GO)
		request_go(q);
	else
		request_free(q);
}

static void
client_message(void *ctx, struct channel *ch, struct frame *f)
{
	struct client *c = ctx;
	struct msg_part m = { 0 };
	struct msg_id id = { 0 };
	bool part = f->type == MSG_CTL || f->type == MSG_CTL_PART;
	int err = part ? frame_decode(&m, sizeof(m), f) :
	    f->type == MSG_CTL_GO || f->type == MSG_CTL_DROP ?
	    frame_decode(&id, sizeof(id), f) : SEK_EPARSE;

	(void)ch;
	if (err != 0) {
		log_event(LOG_LV_WARN, "bad-message", LOG_Z("from", c->who),
		    LOG_N("type", f->type));
		client_drop(c);
	} else if (f->type == MSG_CTL)
		request_begin(c, &m);
	else
		client_goes_on(c, f->type, part ? m.id : id.id, &m);
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

/* Takes over fd. */
static struct client *
client_new(struct keep *k, int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return NULL;
	}
	c->keep = k;
	client_name(c->who, fd);
	if (channel_new(&c->channel, k->loop, fd, &client_events, c) == 0)
		return c;
	free(c);
	return NULL;
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
	if (k->control->n >= CLIENTS_MAX) {
		close(fd);
		log_event(LOG_LV_WARN, "control-refused", LOG_Z("who", "too-many"));
		return;
	}
	c = client_new(k, fd);
	if (c == NULL)
		return;
	c->next = k->control->clients;
	k->control->clients = c;
	k->control->n++;
}

bool
control_has_web(const struct keep *k)
{
	return k->control->web != NULL;
}

int
control_web(struct keep *k, int sock)
{
	struct client *c;

	if (k->control->web != NULL)
		client_drop(k->control->web);
	c = client_new(k, sock);
	if (c == NULL)
		return SEK_ENOMEM;
	snprintf(c->who, sizeof(c->who), "web");
	c->web = true;
	k->control->web = c;
	return 0;
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
	if (k->control->web != NULL)
		client_drop(k->control->web);
	question_close(k->control);
	loop_timer_free(k->control->unanswered);
	loop_timer_free(k->control->pump);
	loop_unwatch(k->control->watch);
	loop_timer_free(k->control->again);
	if (k->control->sock >= 0)
		close(k->control->sock);
	free(k->control);
	k->control = NULL;
}
