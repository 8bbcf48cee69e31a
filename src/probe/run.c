#include "probe/run.h"

#include <stdlib.h>

#include "base/log.h"
#include "probe/post.h"
#include "probe/session.h"

enum {
	WAITING_MAX = 64,	/* orders beyond conf's sessions at once that may wait */
	FULL_POLL_MS = 100,	/* between looks at a full channel */
	FILL_TURN = 16,		/* sessions started in one turn of the loop */
	BUCKETS = 4096,		/* a power of two */
	NAMES_OCTETS = RESOLVE_MAX * (TEXT_HOST + 1),
};

/* A question to the resolver; its answer may find the asker gone. */
struct question {
	struct question	*next;
	struct prober	*prober;
	struct session	*session;	/* NULL: gone, or keeper's question */
	unsigned	 turn;		/* of the session's looking for names */
	bool		 keepers;
	uint64_t	 id;
};

struct queue {			/* sessions that are complete, oldest first */
	struct session	*first, **last;
};

struct prober {
	struct prober_with	 with;
	struct session_hooks	 hooks;
	struct channel		*keeper;	/* NULL while it is lost */
	struct session		*sessions;
	struct session		*bucket[BUCKETS];	/* by order */
	size_t			 n, n_placed;
	/* the control letter waits for nobody: all verdicts wait for it */
	struct queue		 control, others;
	struct post		*post;		/* letters of ours */
	struct question		*questions;
	unsigned		 n_questions;	/* of keeper's */
	struct loop_timer	*fill;		/* starts what waits */
	struct loop_timer	*full;		/* looks whether the channel drained */
	struct loop_timer	*load;		/* tells how busy we are */
	bool			 paused;
	char			 room[DLG_SEND];
};

static int hook_send(void *ctx, unsigned type, const void *msg);
static void hook_over(void *ctx, struct session *s);
static int hook_ask(void *ctx, struct session *s, unsigned kind, struct str name);
static void letter_done(void *ctx, const struct msg_letter_done *m);
static void fill(void *ctx);
static void look(void *ctx);
static void load(void *ctx);

int
prober_new(struct prober **out, const struct prober_with *with)
{
	struct prober *p = calloc(1, sizeof(*p));
	struct post_with post = {
		.loop = with->loop, .dialer = with->dialer, .conf = with->conf,
		.done = letter_done, .ctx = p,
	};
	int err;

	if (p == NULL)
		return SEK_ENOMEM;
	p->with = *with;
	p->control.last = &p->control.first;
	p->others.last = &p->others.first;
	p->hooks = (struct session_hooks){ p, p->room, hook_send, hook_over, hook_ask };
	err = loop_timer(&p->fill, with->loop, fill, p);
	if (err == 0)
		err = loop_timer(&p->full, with->loop, look, p);
	if (err == 0)
		err = loop_timer(&p->load, with->loop, load, p);
	if (err == 0)
		err = post_new(&p->post, &post);
	if (err != 0) {
		loop_timer_free(p->fill);
		loop_timer_free(p->full);
		loop_timer_free(p->load);
		free(p);
		return err;
	}
	*out = p;
	return 0;
}

void
prober_free(struct prober *p)
{
	struct question *q, *next;

	if (p == NULL)
		return;
	prober_keeper(p, NULL);
	for (q = p->questions; q != NULL; q = next) {
		next = q->next;
		free(q);
	}
	loop_timer_free(p->fill);
	loop_timer_free(p->full);
	loop_timer_free(p->load);
	post_free(p->post);
	free(p);
}

size_t
prober_sessions(const struct prober *p)
{
	return p->n;
}

/* --- sessions --- */

/* Ids of orders are random. */
static size_t
bucket_of(uint64_t order)
{
	return order % BUCKETS;
}

static struct session *
find(const struct prober *p, uint64_t order)
{
	struct session *s = p->bucket[bucket_of(order)];

	while (s != NULL && s->order.order != order)
		s = s->same;
	return s;
}

static void
remember(struct prober *p, struct session *s)
{
	struct session **same = &p->bucket[bucket_of(s->order.order)];

	s->next = p->sessions;
	s->link = &p->sessions;
	if (s->next != NULL)
		s->next->link = &s->next;
	p->sessions = s;
	s->same = *same;
	s->same_link = same;
	if (s->same != NULL)
		s->same->same_link = &s->same;
	*same = s;
	p->n++;
}

static struct queue *
queue_of(struct prober *p, const struct session *s)
{
	return s->order.purpose == RUN_CONTROL ? &p->control : &p->others;
}

static void
queue_add(struct queue *q, struct session *s)
{
	s->after = NULL;
	*q->last = s;
	q->last = &s->after;
}

/* s may be at any place, or at none. */
static void
queue_drop(struct queue *q, const struct session *s)
{
	struct session **at = &q->first;

	while (*at != NULL && *at != s)
		at = &(*at)->after;
	if (*at == NULL)
		return;
	*at = s->after;
	if (*at == NULL)
		q->last = at;
}

/* Takes s out of the lists and its questions away from it. */
static void
forget(struct prober *p, struct session *s)
{
	*s->link = s->next;
	if (s->next != NULL)
		s->next->link = s->link;
	*s->same_link = s->same;
	if (s->same != NULL)
		s->same->same_link = s->same_link;
	p->n--;
	if (s->placed)
		p->n_placed--;
	else
		queue_drop(queue_of(p, s), s);
	for (struct question *q = p->questions; q != NULL; q = q->next)
		if (q->session == s)
			q->session = NULL;
}

static void
hook_over(void *ctx, struct session *s)
{
	struct prober *p = ctx;

	forget(p, s);
	session_free(s);
	loop_timer_set(p->fill, 0);
}

static struct session *
next_ready(struct prober *p)
{
	if (p->control.first != NULL)
		return p->control.first;
	return p->n_placed < p->with.conf->probe_sessions ? p->others.first : NULL;
}

/* Starts the orders that wait, some a turn. */
static void
fill(void *ctx)
{
	struct prober *p = ctx;
	struct session *s;

	for (int i = 0; i < FILL_TURN && !p->paused && p->keeper != NULL &&
	    (s = next_ready(p)) != NULL; i++) {
		queue_drop(queue_of(p, s), s);
		s->placed = true;
		p->n_placed++;
		session_start(s);
	}
	if (!p->paused && p->keeper != NULL && next_ready(p) != NULL)
		loop_timer_set(p->fill, 0);
}

static void
pause_all(struct prober *p, bool paused)
{
	p->paused = paused;
	for (struct session *s = p->sessions; s != NULL; s = s->next)
		session_pause(s, paused);
}

static void
look(void *ctx)
{
	struct prober *p = ctx;

	if (p->keeper != NULL && channel_full(p->keeper)) {
		loop_timer_set(p->full, FULL_POLL_MS);
		return;
	}
	pause_all(p, false);
	loop_timer_set(p->fill, 0);
}

/* keeper is slow: no more is read from the world until it caught up. */
static int
hook_send(void *ctx, unsigned type, const void *msg)
{
	struct prober *p = ctx;
	int err = p->keeper == NULL ? SEK_ESYS : channel_send(p->keeper, type, msg, -1);

	if (err != 0)
		log_event(LOG_LV_WARN, "unsent", LOG_Z("to", "keeper"), LOG_N("type", type),
		    LOG_Z("why", p->keeper == NULL ? "gone" : sek_strerror(err)));
	if (p->keeper != NULL && !p->paused && channel_full(p->keeper)) {
		pause_all(p, true);
		loop_timer_set(p->full, FULL_POLL_MS);
	}
	return err;
}

void
prober_keeper(struct prober *p, struct channel *c)
{
	p->keeper = c;
	if (c != NULL && channel_gather(c) != 0)
		log_event(LOG_LV_WARN, "ungathered", LOG_Z("to", "keeper"));
	if (c != NULL)
		return;
	while (p->sessions != NULL) {
		struct session *s = p->sessions;

		forget(p, s);
		session_quiet(s);
	}
	post_quiet(p->post);
	p->paused = false;
	loop_timer_stop(p->fill);
	loop_timer_stop(p->full);
	loop_timer_stop(p->load);
}

/* --- how busy it is --- */

static void
load(void *ctx)
{
	struct prober *p = ctx;
	struct loop_delay_seen seen = loop_delay_take(p->with.delay);
	struct msg_load m = { (uint32_t)p->n, seen.p99_ms, seen.max_ms };

	loop_delay_on(p->with.delay, p->n > 0);
	if (p->n > 0)
		loop_timer_set(p->load, RUN_LOAD_MS);
	if (p->keeper != NULL)
		(void)hook_send(p, MSG_LOAD, &m);
}

/* It is told for as long as there are sessions. */
static void
load_begins(struct prober *p)
{
	if (p->with.delay == NULL || loop_timer_active(p->load))
		return;
	loop_delay_on(p->with.delay, true);
	loop_timer_set(p->load, RUN_LOAD_MS);
}

/* --- questions --- */

static const char *
answer_why(int err)
{
	static const char *const words[] = {
		[0] = "", [RESOLVE_NO_NAME] = "no-such-name", [RESOLVE_NO_DATA] = "no-address",
		[RESOLVE_NULL_MX] = "null-mx", [RESOLVE_TEMPORARY] = "temporary",
	};

	return err >= 0 && (size_t)err < sizeof(words) / sizeof(words[0]) ?
	    words[err] : "temporary";
}

/* A hostile name goes into a list with spaces between. */
static bool
joins(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= 0x20 || name.p[i] > 0x7e)
			return false;
	return name.n > 0 && name.n <= TEXT_HOST;
}

/* Hostile texts go into a list with LF between. */
static void
join_texts(struct wbuf *w, const struct resolve_answer *a)
{
	for (size_t i = 0; i < a->n_texts; i++) {
		if (i > 0)
			wbuf_u8(w, '\n');
		for (size_t k = 0; k < a->texts[i].n; k++) {
			uint8_t c = (uint8_t)a->texts[i].p[k];

			wbuf_u8(w, c < 0x20 ? '?' : c);
		}
	}
}

static void
tell_resolved(struct prober *p, uint64_t id, const struct resolve_answer *a)
{
	uint8_t addrs[RESOLVE_MAX * 16];
	char names[NAMES_OCTETS];
	struct wbuf wa = wbuf_of(addrs, sizeof(addrs)), wn = wbuf_of(names, sizeof(names));
	struct msg_resolved m = { .id = id, .alias = a->alias };
	size_t n = a->err == 0 ? a->n_addrs : 0;

	for (size_t i = 0; i < n && i < MESSAGE_ADDRS; i++)
		wbuf_bytes(&wa, a->addrs[i].o, 16);
	n = a->err == 0 ? a->n_names : 0;
	for (size_t i = 0; i < n; i++) {
		if (!joins(a->names[i]))
			continue;
		wbuf_str(&wn, wn.len > 0 ? " " : "");
		wbuf_bytes(&wn, a->names[i].p, a->names[i].n);
	}
	if (a->err == 0)
		join_texts(&wn, a);
	m.ok = a->err == 0 && (wa.len > 0 || wn.len > 0);
	m.why = str_of(a->err == 0 && !m.ok ? "no-address" : answer_why(a->err));
	m.names = (struct str){ names, wn.len };
	m.addrs = (struct str){ (const char *)addrs, wa.len };
	(void)hook_send(p, MSG_RESOLVED, &m);
}

static void
answered(void *ctx, const struct resolve_answer *a)
{
	struct question *q = ctx, **at = &q->prober->questions;
	struct question was = *q;

	while (*at != q)
		at = &(*at)->next;
	*at = q->next;
	free(q);
	if (was.session != NULL && was.turn == was.session->turn)
		naming_answer(was.session, a);
	if (!was.keepers)
		return;
	was.prober->n_questions--;
	if (was.prober->keeper != NULL)
		tell_resolved(was.prober, was.id, a);
}

static int
put_question(struct prober *p, const struct question *what, unsigned kind, struct str name)
{
	struct question *q = malloc(sizeof(*q));
	int err;

	if (q == NULL)
		return SEK_ENOMEM;
	*q = *what;
	q->prober = p;
	err = p->with.resolver->ask(p->with.resolver, kind, name, answered, q);
	if (err != 0) {
		free(q);
		return err;
	}
	q->next = p->questions;
	p->questions = q;
	return 0;
}

static int
hook_ask(void *ctx, struct session *s, unsigned kind, struct str name)
{
	return put_question(ctx, &(struct question){ .session = s, .turn = s->turn }, kind, name);
}

/* --- keeper's messages --- */

union message {
	struct msg_order	order;
	struct msg_form		form;
	struct msg_id		id;
	struct msg_grant	grant;
	struct msg_resolve	resolve;
	struct msg_letter	letter;
};

static void
refuse(struct prober *p, uint64_t order, const char *why)
{
	struct msg_ended m = { .order = order, .finding = FIND_NONE };

	log_event(LOG_LV_WARN, "order-dropped", LOG_N("order", order), LOG_Z("why", why));
	(void)hook_send(p, MSG_ENDED, &m);
}

static void
on_order(struct prober *p, const union message *m)
{
	struct session *s;

	if (find(p, m->order.order) != NULL) {
		log_event(LOG_LV_ERR, "bad-message", LOG_Z("from", "keeper"),
		    LOG_Z("why", "order twice"));
		return;
	}
	if (prober_sessions(p) >= p->with.conf->probe_sessions + WAITING_MAX) {
		refuse(p, m->order.order, "too-many");
		return;
	}
	if (session_new(&s, &m->order, &p->with, &p->hooks) != 0) {
		refuse(p, m->order.order, "no-memory");
		return;
	}
	remember(p, s);
	load_begins(p);
}

static void
on_form(struct prober *p, const union message *m)
{
	struct session *s = find(p, m->form.order);

	if (s == NULL || session_form(s, &m->form) != 0)
		log_event(LOG_LV_WARN, "form-dropped", LOG_N("order", m->form.order));
}

static void
on_go(struct prober *p, const union message *m)
{
	struct session *s = find(p, m->id.id);

	if (s == NULL || s->at != AT_ORDERED)
		return;
	s->at = AT_READY;
	queue_add(queue_of(p, s), s);
	loop_timer_set(p->fill, 0);
}

static void
on_grant(struct prober *p, const union message *m)
{
	struct session *s = find(p, m->grant.id);

	if (s != NULL)
		session_grant(s, m->grant.ok == 1);
}

static void
on_halt(struct prober *p, const union message *m)
{
	struct session *s = find(p, m->id.id);

	if (s != NULL)
		session_halt(s);
}

static void
on_resolve(struct prober *p, const union message *m)
{
	struct question q = { .keepers = true, .id = m->resolve.id };
	struct resolve_answer none = { .err = RESOLVE_TEMPORARY };
	int err = SEK_ELIMIT;

	if (p->n_questions < RUN_QUESTIONS)
		err = put_question(p, &q, m->resolve.kind, m->resolve.name);
	if (err == 0)
		p->n_questions++;
	else {
		none.err = err == SEK_EPARSE ? RESOLVE_NO_NAME : RESOLVE_TEMPORARY;
		tell_resolved(p, m->resolve.id, &none);
	}
}

static void
letter_done(void *ctx, const struct msg_letter_done *m)
{
	(void)hook_send(ctx, MSG_LETTER_DONE, m);
}

static void
on_letter(struct prober *p, const union message *m)
{
	post_letter(p->post, &m->letter);
}

static const struct {
	unsigned type;
	void	(*take)(struct prober *p, const union message *m);
} takers[] = {
	{ MSG_ORDER, on_order }, { MSG_FORM, on_form }, { MSG_GO, on_go },
	{ MSG_GRANT, on_grant }, { MSG_RESOLVE, on_resolve },
	{ MSG_HALT, on_halt }, { MSG_LETTER, on_letter },
};

void
prober_message(struct prober *p, const struct frame *f)
{
	const struct shape *shape = message_shape(f->type);
	union message m;

	if (p->keeper == NULL)
		return;
	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
		if (takers[i].type == f->type && shape->size <= sizeof(m) &&
		    frame_decode(&m, shape->size, f) == 0) {
			takers[i].take(p, &m);
			return;
		}
	log_event(LOG_LV_ERR, "bad-message", LOG_Z("from", "keeper"), LOG_N("type", f->type));
}
