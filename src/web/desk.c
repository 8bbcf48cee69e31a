#include "web/desk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sys/json_put.h"

/* A slot's number is in the low bits of its ask's id, so an answer finds it at
 * once; the rest counts on, so an answer that comes too late finds nobody. */
_Static_assert((DESK_ASKS & (DESK_ASKS - 1)) == 0, "a mask of ids");

struct ask {
	struct desk		*desk;
	struct loop_timer	*timer;
	size_t			 slot;	/* in desk->asks */
	uint64_t		 id;	/* 0: free */
	bool			 sent;	/* to the keeper that is there now */
	struct ask_events	 ev;
	void			*ctx;
	struct ask		*next;	/* of the free ones */
};

struct desk {
	struct loop	*loop;
	struct channel	*keeper;	/* NULL: down */
	struct ask	*asks[DESK_ASKS];	/* made when first needed, then kept */
	size_t		 n;		/* of them */
	struct ask	*free;
	uint64_t	 count;
	bool		 ending;
};

int
desk_new(struct desk **out, struct loop *l)
{
	struct desk *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return SEK_ENOMEM;
	d->loop = l;
	*out = d;
	return 0;
}

static void
put_back(struct ask *a)
{
	loop_timer_stop(a->timer);
	a->id = 0;
	a->next = a->desk->free;
	a->desk->free = a;
}

static void
end(struct ask *a, const json_t *answer)
{
	struct ask_events ev = a->ev;
	void *ctx = a->ctx;

	put_back(a);
	ev.done(ctx, answer);
}

/* The keeper need not go on with it. */
static void
tell_drop(struct ask *a)
{
	struct msg_id m = { a->id };

	if (!a->sent || a->desk->keeper == NULL)
		return;
	if (channel_send(a->desk->keeper, MSG_CTL_DROP, &m, -1) != 0)
		log_event(LOG_LV_WARN, "keeper-queue-full", LOG_Z("what", "drop"));
}

static void
on_late(void *ctx)
{
	struct ask *a = ctx;

	tell_drop(a);
	end(a, NULL);
}

void
desk_drop(struct ask *a)
{
	if (a == NULL)
		return;
	assert(a->id != 0);
	tell_drop(a);
	put_back(a);
}

void
desk_keeper(struct desk *d, struct channel *c)
{
	d->keeper = c;
	for (size_t i = 0; c == NULL && i < d->n; i++)
		if (d->asks[i]->id != 0 && d->asks[i]->sent)
			end(d->asks[i], NULL);
}

bool
desk_open(const struct desk *d)
{
	return d->keeper != NULL;
}

void
desk_free(struct desk *d)
{
	if (d == NULL)
		return;
	d->keeper = NULL;
	d->ending = true;
	for (size_t i = 0; i < d->n; i++)
		if (d->asks[i]->id != 0)
			end(d->asks[i], NULL);
	for (size_t i = 0; i < d->n; i++) {
		loop_timer_free(d->asks[i]->timer);
		free(d->asks[i]);
	}
	free(d);
}

/* --- asking --- */

static int
ask_new(struct desk *d)
{
	struct ask *a;
	int err;

	if (d->n == DESK_ASKS || d->ending)
		return SEK_ELIMIT;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return SEK_ENOMEM;
	err = loop_timer(&a->timer, d->loop, on_late, a);
	if (err != 0) {
		free(a);
		return err;
	}
	a->desk = d;
	a->slot = d->n;
	d->asks[d->n++] = a;
	a->next = d->free;
	d->free = a;
	return 0;
}

static int
send_request(struct channel *keeper, uint64_t id, struct str text)
{
	struct msg_part m = { .id = id, .octets = text };
	struct msg_id same = { id };
	int err;

	if (text.n > MESSAGE_PART || channel_full(keeper))
		return SEK_ELIMIT;
	err = channel_send(keeper, MSG_CTL, &m, -1);
	if (err == 0 && (err = channel_send(keeper, MSG_CTL_GO, &same, -1)) != 0)
		(void)(channel_send(keeper, MSG_CTL_DROP, &same, -1) == 0);
	return err;
}

/* Without a keeper there is nothing to send, and done(NULL) follows. */
static int
send_ask(struct ask *a, const json_t *request)
{
	char *text;
	int err;

	a->sent = a->desk->keeper != NULL;
	if (!a->sent)
		return 0;
	text = json_put_text(request);
	err = text == NULL ? SEK_ENOMEM :
	    send_request(a->desk->keeper, a->id, str_of(text));
	free(text);
	return err == SEK_ESYS ? SEK_ELIMIT : err;	/* it is about to go */
}

int
desk_ask(struct ask **out, struct desk *d, const json_t *request,
    const struct ask_events *ev, void *ctx, int64_t wait_ms)
{
	int err = d->free != NULL && !d->ending ? 0 : ask_new(d);
	struct ask *a = d->free;

	if (err != 0)
		return err;
	d->free = a->next;
	a->id = ++d->count * DESK_ASKS + a->slot;
	a->ev = *ev;
	a->ctx = ctx;
	err = send_ask(a, request);
	if (err != 0) {
		put_back(a);
		return err;
	}
	if (!a->sent)
		loop_timer_set(a->timer, 0);
	else if (wait_ms >= 0)
		loop_timer_set(a->timer, wait_ms);
	*out = a;
	return 0;
}

/* --- answers --- */

static struct ask *
find(struct desk *d, uint64_t id)
{
	size_t slot = id & (DESK_ASKS - 1);

	return slot < d->n && d->asks[slot]->id == id && id != 0 ?
	    d->asks[slot] : NULL;
}

static void
answered(struct ask *a, unsigned type, const json_t *obj)
{
	if (type == MSG_CTL_DONE)
		end(a, obj);
	else if (a->ev.event != NULL)
		a->ev.event(a->ctx, obj);
}

void
desk_message(struct desk *d, const struct frame *f)
{
	struct msg_part m;
	struct ask *a;
	json_t *obj;

	if ((f->type != MSG_CTL_EVENT && f->type != MSG_CTL_DONE) ||
	    frame_decode(&m, sizeof(m), f) != 0) {
		log_event(LOG_LV_ERR, "strange-message", LOG_N("type", f->type));
		return;
	}
	a = find(d, m.id);
	if (a == NULL)		/* dropped, or it took too long */
		return;
	obj = json_loadb(m.octets.p, m.octets.n, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(obj)) {
		answered(a, f->type, obj);
	} else {	/* no memory: what comes after would look whole */
		if (f->type == MSG_CTL_EVENT)
			tell_drop(a);
		end(a, NULL);
	}
	json_decref(obj);
}
