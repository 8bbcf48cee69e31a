/* The real resolver: c-ares 1.18 as transport, wire/dns as reader.
 *
 * 1. c-ares closes a descriptor right after its state callback said (0, 0):
 *    the watch ends inside that callback.
 * 2. In 1.18 ares_send() keeps our query id, so it is drawn here: from the
 *    kernel, and never one that is in flight.
 * 3. ares_send() may call back at once, and freeing a channel inside its own
 *    callback is not allowed: so queries are sent from a timer, answers are
 *    collected, and their owners are called last (cares_settle).
 * 4. More than 500 in flight overflow the socket and wait for retries. */

#include "sys/resolve.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/rand.h"
#include "wire/dns.h"

enum {
	WINDOW = 500,
	RCVBUF = 8 * 1024 * 1024,
	TIMEOUT_MS = 2000,
	TRIES = 3,
	HOST_TEXT = 256,
};

struct query {			/* one packet on its way, or waiting for it */
	struct asked	*asked;
	struct query	*next;		/* in the queue */
	uint16_t	 id, type;
	size_t		 n_addrs;
	struct addr	 addrs[RESOLVE_MAX];
};

struct asked {			/* one call of ask: one or two queries */
	struct cares	*r;
	struct asked	*next, **link;	/* all of them */
	struct asked	*finished;	/* next of those that are answered */
	void		(*done)(void *ctx, const struct resolve_answer *a);
	void		*ctx;
	struct dns_name	 name;
	struct query	 q[2];
	size_t		 open;		/* queries without an answer */
	bool		 no_name, temporary, null_mx, unsure;
	struct resolve_answer answer;
	uint16_t	 prefs[RESOLVE_MAX];
	union {
		char	 hosts[RESOLVE_MAX][HOST_TEXT];	/* by slot, not by order */
		char	 texts[RESOLVE_TEXTS];
	};
	size_t		 texts_len;
};

struct sock {			/* a descriptor of c-ares */
	struct cares	*r;
	struct sock	*next;
	int		 fd;
	struct loop_watch *watch;
};

struct cares {
	struct resolver	 base;
	struct loop	*loop;
	ares_channel	 ch;
	struct loop_timer *pump;	/* sends what is queued */
	struct loop_timer *timer;	/* c-ares's own waits */
	struct sock	*socks;
	struct asked	*all;
	struct query	*queue, **queue_end;
	struct asked	*finished, **finished_end;
	struct rand	 rand;
	size_t		 in_flight;
	bool		 busy, gone, dying;
	uint8_t		 ids[65536 / 8];	/* those in flight */
};

static void
asked_free(struct asked *a)
{
	*a->link = a->next;
	if (a->next != NULL)
		a->next->link = a->link;
	free(a);
}

static void
cares_destroy(struct cares *r)
{
	r->dying = true;
	if (r->ch != NULL)
		ares_destroy(r->ch);	/* calls back for each open query */
	while (r->socks != NULL) {
		struct sock *s = r->socks;

		r->socks = s->next;
		loop_unwatch(s->watch);
		free(s);
	}
	while (r->all != NULL)
		asked_free(r->all);
	loop_timer_free(r->pump);
	loop_timer_free(r->timer);
	free(r);
}

static void
cares_arm(struct cares *r)
{
	struct timeval tv;

	if (r->queue != NULL && r->in_flight < WINDOW)
		loop_timer_set(r->pump, 0);
	if (ares_timeout(r->ch, NULL, &tv) == NULL)
		loop_timer_stop(r->timer);
	else
		loop_timer_set(r->timer,
		    (int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000 + 1);
}

/* The end of every function that the loop calls (rule 3). */
static void
cares_settle(struct cares *r)
{
	while (!r->gone && r->finished != NULL) {
		struct asked *a = r->finished;

		r->finished = a->finished;
		if (r->finished == NULL)
			r->finished_end = &r->finished;
		a->done(a->ctx, &a->answer);
		asked_free(a);
	}
	r->busy = false;
	if (r->gone)
		cares_destroy(r);
	else
		cares_arm(r);
}

/* Files one name under its preference; equal ones stay in the order they
 * came.  The worst falls out when there is no room. */
static void
answer_add_name(struct asked *a, const struct dns_name *name, uint16_t pref)
{
	struct resolve_answer *out = &a->answer;
	char text[DNS_NAME_TEXT];
	size_t n = dns_name_text(text, name), at = out->n_names;
	char *slot = a->hosts[at < RESOLVE_MAX ? at : RESOLVE_MAX - 1];

	if (n >= HOST_TEXT || memchr(text, '\\', n) != NULL) {
		out->left_out++;
		return;
	}
	if (at == RESOLVE_MAX) {
		out->left_out++;
		if (a->prefs[at - 1] <= pref)
			return;
		at--;
		for (size_t i = 0; i < RESOLVE_MAX; i++)
			if (a->hosts[i] == out->names[at].p)
				slot = a->hosts[i];
	} else {
		out->n_names++;
	}
	for (; at > 0 && a->prefs[at - 1] > pref; at--) {
		a->prefs[at] = a->prefs[at - 1];
		out->names[at] = out->names[at - 1];
	}
	memcpy(slot, text, n);
	a->prefs[at] = pref;
	out->names[at] = (struct str){ slot, n };
}

static void
answer_add_text(struct asked *a, const struct dns_record *txt)
{
	struct resolve_answer *out = &a->answer;
	char *at = a->texts + a->texts_len;
	size_t n;

	if (out->n_texts == RESOLVE_MAX || dns_txt_join(at,
	    RESOLVE_TEXTS - a->texts_len, &n, txt) != 0) {
		out->left_out++;
		return;
	}
	if (n == 0)
		return;
	out->texts[out->n_texts++] = (struct str){ at, n };
	a->texts_len += n;
}

static void
answer_add(struct query *q, const struct dns_record *rec)
{
	struct asked *a = q->asked;

	if (rec->type == DNS_A || rec->type == DNS_AAAA) {
		if (q->n_addrs < RESOLVE_MAX)
			q->addrs[q->n_addrs++] = rec->addr;
		else
			a->answer.left_out++;
	} else if (rec->type == DNS_TXT) {
		answer_add_text(a, rec);
	} else if (rec->name.len == 1) {	/* the root: RFC 7505 3 */
		a->null_mx = rec->type == DNS_MX;
	} else {
		answer_add_name(a, &rec->name, rec->pref);
	}
}

/* Reads a reply.  Returns 0 or enum resolve_err. */
static int
query_read(struct query *q, const unsigned char *msg, int n)
{
	struct dns_reply reply;
	struct dns_record rec;
	int rc;

	if (n < 0 || dns_reply_open(&reply, msg, (size_t)n, q->id,
	    &q->asked->name, q->type) != 0)
		return RESOLVE_TEMPORARY;
	q->asked->answer.alias = q->asked->answer.alias || reply.chain > 0;
	q->asked->unsure = q->asked->unsure || !reply.ad;
	if (reply.rcode == DNS_NXDOMAIN)
		return RESOLVE_NO_NAME;
	if (reply.rcode != DNS_NOERROR || reply.tc)
		return RESOLVE_TEMPORARY;
	while ((rc = dns_reply_next(&rec, &reply)) == 0)
		answer_add(q, &rec);
	return rc == DNS_END ? 0 : RESOLVE_TEMPORARY;
}

static void
asked_finish(struct asked *a)
{
	struct resolve_answer *out = &a->answer;

	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < a->q[i].n_addrs; k++) {
			if (out->n_addrs < RESOLVE_MAX)
				out->addrs[out->n_addrs++] = a->q[i].addrs[k];
			else
				out->left_out++;
		}
	if (out->n_addrs + out->n_names + out->n_texts > 0)
		out->err = 0;
	else if (a->temporary)
		out->err = RESOLVE_TEMPORARY;
	else if (a->null_mx)
		out->err = RESOLVE_NULL_MX;
	else
		out->err = a->no_name ? RESOLVE_NO_NAME : RESOLVE_NO_DATA;
	out->ad = !a->unsure && !a->temporary;
	a->finished = NULL;
	*a->r->finished_end = a;
	a->r->finished_end = &a->finished;
}

static void
query_answered(void *arg, int status, int timeouts, unsigned char *msg, int n)
{
	struct query *q = arg;
	struct asked *a = q->asked;
	struct cares *r = a->r;
	int err;

	(void)timeouts;
	if (r->dying)
		return;
	r->ids[q->id / 8] = (uint8_t)(r->ids[q->id / 8] & ~(1u << q->id % 8));
	r->in_flight--;
	err = status == ARES_SUCCESS ? query_read(q, msg, n) : RESOLVE_TEMPORARY;
	a->temporary = a->temporary || err == RESOLVE_TEMPORARY;
	a->no_name = a->no_name || err == RESOLVE_NO_NAME;
	if (--a->open == 0)
		asked_finish(a);
}

static uint16_t
cares_draw_id(struct cares *r)
{
	uint16_t id;

	do
		rand_fill(&r->rand, &id, sizeof(id));
	while (r->ids[id / 8] & 1u << id % 8);
	r->ids[id / 8] = (uint8_t)(r->ids[id / 8] | 1u << id % 8);
	return id;
}

static void
cares_pump(void *ctx)
{
	struct cares *r = ctx;

	r->busy = true;
	while (r->queue != NULL && r->in_flight < WINDOW) {
		struct query *q = r->queue;
		uint8_t msg[DNS_QUERY_MAX];

		r->queue = q->next;
		if (r->queue == NULL)
			r->queue_end = &r->queue;
		r->in_flight++;
		q->id = cares_draw_id(r);
		ares_send(r->ch, msg,
		    (int)dns_query_build(msg, q->id, &q->asked->name, q->type),
		    query_answered, q);
	}
	cares_settle(r);
}

static void
cares_due(void *ctx)
{
	struct cares *r = ctx;

	r->busy = true;
	ares_process_fd(r->ch, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	cares_settle(r);
}

static void
sock_ready(void *ctx, unsigned ready)
{
	struct sock *s = ctx;		/* may be gone after ares_process_fd */
	struct cares *r = s->r;

	r->busy = true;
	ares_process_fd(r->ch, ready & LOOP_READ ? s->fd : ARES_SOCKET_BAD,
	    ready & LOOP_WRITE ? s->fd : ARES_SOCKET_BAD);
	cares_settle(r);
}

/* A watch that cannot be had makes its queries time out. */
static void
sock_new(struct cares *r, int fd, unsigned want)
{
	struct sock *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return;
	s->r = r;
	s->fd = fd;
	if (loop_watch(&s->watch, r->loop, fd, want, sock_ready, s) != 0) {
		free(s);
		return;
	}
	s->next = r->socks;
	r->socks = s;
}

static void
sock_state(void *ctx, ares_socket_t fd, int readable, int writable)
{
	struct cares *r = ctx;
	struct sock **at = &r->socks, *s;
	unsigned want = (readable ? LOOP_READ : 0u) | (writable ? LOOP_WRITE : 0u);

	while (*at != NULL && (*at)->fd != fd)
		at = &(*at)->next;
	s = *at;
	if (s == NULL) {
		if (want != 0)
			sock_new(r, fd, want);
	} else if (want != 0) {
		loop_want(s->watch, want);
	} else {			/* rule 1 */
		*at = s->next;
		loop_unwatch(s->watch);
		free(s);
	}
}

static const struct { unsigned kind; uint16_t types[2]; size_t n; } asked_types[] = {
	{ RESOLVE_ADDR, { DNS_A, DNS_AAAA }, 2 },
	{ RESOLVE_MX, { DNS_MX, 0 }, 1 },
	{ RESOLVE_PTR, { DNS_PTR, 0 }, 1 },
	{ RESOLVE_TXT, { DNS_TXT, 0 }, 1 },
	{ RESOLVE_A, { DNS_A, 0 }, 1 },
	{ RESOLVE_NS, { DNS_NS, 0 }, 1 },
	{ RESOLVE_CNAME, { DNS_CNAME, 0 }, 1 },
};

static void
asked_enqueue(struct asked *a, unsigned kind)
{
	struct cares *r = a->r;

	for (size_t i = 0; i < sizeof(asked_types) / sizeof(asked_types[0]); i++)
		for (size_t k = 0; asked_types[i].kind == kind &&
		    k < asked_types[i].n; k++) {
			struct query *q = &a->q[a->open++];

			q->asked = a;
			q->type = asked_types[i].types[k];
			*r->queue_end = q;
			r->queue_end = &q->next;
		}
}

static int
cares_ask(struct resolver *base, unsigned kind, struct str name,
    void (*done)(void *ctx, const struct resolve_answer *a), void *ctx)
{
	struct cares *r = (struct cares *)base;
	struct dns_name n;
	struct asked *a;
	int rc = resolve_name(&n, kind, name);

	if (rc != 0)
		return rc;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return SEK_ENOMEM;
	a->r = r;
	a->done = done;
	a->ctx = ctx;
	a->name = n;
	a->next = r->all;
	a->link = &r->all;
	if (a->next != NULL)
		a->next->link = &a->next;
	r->all = a;
	asked_enqueue(a, kind);
	if (!r->busy)
		cares_arm(r);
	return 0;
}

static void
cares_free(struct resolver *base)
{
	struct cares *r = (struct cares *)base;

	if (r->busy)
		r->gone = true;
	else
		cares_destroy(r);
}

static int
cares_open(struct cares *r, const char *servers, int timeout_ms, int tries)
{
	struct ares_options o = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
		.timeout = timeout_ms, .tries = tries,
		.socket_receive_buffer_size = RCVBUF, .ednspsz = DNS_EDNS,
		.sock_state_cb = sock_state, .sock_state_cb_data = r,
	};
	int rc = ares_init_options(&r->ch, &o, ARES_OPT_FLAGS |
	    ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_RCVBUF |
	    ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB);

	if (rc != ARES_SUCCESS) {
		r->ch = NULL;
		return rc == ARES_ENOMEM ? SEK_ENOMEM : SEK_ELIB;
	}
	if (servers != NULL && servers[0] != '\0' &&
	    ares_set_servers_ports_csv(r->ch, servers) != ARES_SUCCESS)
		return SEK_EPARSE;
	return 0;
}

int
resolver_new_timed(struct resolver **out, struct loop *l, const char *servers,
    int timeout_ms, int tries)
{
	struct cares *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL)
		return SEK_ENOMEM;
	r->base.ask = cares_ask;
	r->base.free = cares_free;
	r->loop = l;
	r->queue_end = &r->queue;
	r->finished_end = &r->finished;
	rand_real(&r->rand);
	rc = loop_timer(&r->pump, l, cares_pump, r);
	if (rc == 0)
		rc = loop_timer(&r->timer, l, cares_due, r);
	if (rc == 0)
		rc = cares_open(r, servers, timeout_ms, tries);
	if (rc != 0) {
		cares_destroy(r);
		return rc;
	}
	*out = &r->base;
	return 0;
}

int
resolver_new(struct resolver **out, struct loop *l, const char *servers)
{
	return resolver_new_timed(out, l, servers, TIMEOUT_MS, TRIES);
}
