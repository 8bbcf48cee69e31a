#include "keep/order.h"

#include <stdlib.h>

#include "base/log.h"
#include "fact/finding.h"
#include "fact/relaytest.h"
#include "keep/attempt.h"
#include "keep/candidate.h"
#include "keep/lanes.h"
#include "keep/ledger.h"
#include "keep/order_body.h"
#include "keep/pace.h"
#include "keep/permit.h"
#include "keep/probers.h"
#include "keep/token.h"
#include "keep/variant.h"
#include "keep/watch.h"
#include "sys/json_put.h"

enum { TEXT_OCTETS = 64 * 1024 };

int
order_open(struct keep *k)
{
	k->order = calloc(1, sizeof(*k->order));
	return k->order == NULL ? SEK_ENOMEM : 0;
}

static void
order_drop(struct keep *k, struct order *o)
{
	order_unlink(k->order, o);
	operator_end(k, &o->of);
	lanes_freed(k);
	probers_ended(k, o->who);
	arena_free(o->text);
	free(o);
}

void
order_close(struct keep *k)
{
	if (k->order == NULL)
		return;
	while (k->order->all != NULL)
		order_drop(k, k->order->all);
	free(k->order);
	k->order = NULL;
}

/* --- sending --- */

/* One random user and password for a whole run, the same when it is repeated
 * (relay-tests 3.5, U01; U05 is the same with another sender). */
static struct str
random_pair(char text[2 * TOKEN_MAC + 1], struct keep *k, const struct attempt *a)
{
	uint8_t mac[TOKEN_MAC], run[8];
	struct wbuf w = wbuf_of(run, sizeof(run));

	if (a->form != relaytest_find(STR("U01")) && a->form != relaytest_find(STR("U05")))
		return (struct str){ 0 };
	wbuf_u64(&w, a->run);
	token_mac(mac, k, "auth pair 1", run, sizeof(run));
	str_hex(text, mac, sizeof(mac));
	return str_of(text);
}

static int
send_form(struct keep *k, const struct order *o, size_t i)
{
	const struct attempt *a = &o->attempts[i];
	char recipient[TOKEN_TEXT], sender[TOKEN_TEXT], mac[TOKEN_BLOCK_MAC];
	char pair[2 * TOKEN_MAC + 1];
	struct msg_form m = {
		.order = o->id, .attempt = a->id, .form = a->form,
		.variant = a->variant, .host = a->host, .dom = a->dom,
		.mail_from = a->mail_from, .rcpt_to = a->rcpt_to,
	};

	token_mint(recipient, k, a, TOKEN_RECIPIENT);
	token_mint(sender, k, a, TOKEN_SENDER);
	token_block_mac(mac, k, a);
	m.recipient = str_of(recipient);
	m.sender = str_of(sender);
	m.minted = a->minted;
	m.mac = str_of(mac);
	m.pair = random_pair(pair, k, a);
	return probers_send(k, o->who, MSG_FORM, &m);
}

static int
send_order(struct keep *k, const struct order *o)
{
	struct msg_order m = {
		.order = o->id, .run = o->run, .addr = o->to, .port = o->port,
		.pace = o->pace, .purpose = o->kind, .name = o->name,
		.words = o->words, .host = o->host, .hosts = o->hosts,
		.domains = o->domains, .known = o->known,
	};
	struct msg_id go = { o->id };
	int err = probers_send(k, o->who, MSG_ORDER, &m);

	for (size_t i = 0; err == 0 && i < o->n; i++)
		err = send_form(k, o, i);
	return err != 0 ? err : probers_send(k, o->who, MSG_GO, &go);
}

/* To whom it speaks, unless that is the run's address: then NULL. */
static const char *
spoke_to(char text[ADDR_TEXT], const struct order *o)
{
	addr_text(text, &o->to);
	return addr_eq(&o->to, &o->addr) ? NULL : text;
}

static json_t *
connecting_event(const struct order *o)
{
	json_t *forms = json_array();
	char text[ADDR_TEXT];

	for (size_t i = 0; i < o->n; i++)
		json_array_append_new(forms,
		    json_string(relaytest_forms[o->forms[i]].id));
	return json_pack("{ss si si so ss*}", "event", "connecting",
	    "session", o->session, "port", o->port, "forms", forms,
	    "spoke_to", spoke_to(text, o));
}

/* The session came to nothing, and not by the target's doing. */
static void
order_void(struct keep *k, struct order *o)
{
	static const struct msg_ended cut = { .finding = FIND_NONE };
	int err = keep_write(k);

	if (err == 0)
		err = keep_done(k, pace_session_over(k, o->run, &o->to, o->port, &cut, o->halted));
	if (err != 0)
		log_event(LOG_LV_ERR, "session-lost", LOG_N("run", o->run),
		    LOG_Z("why", store_why(k->store)));
	order_drop(k, o);
	pace_kick(k);
}

static void
order_committed(void *ctx, int err)
{
	struct order *o = ctx;
	struct keep *k = o->keep;

	o->committed = true;
	if (err != 0) {		/* the store has nothing of it */
		log_event(LOG_LV_WARN, "order-failed", LOG_N("run", o->run),
		    LOG_Z("why", sek_strerror(err)));
		order_drop(k, o);
		return;
	}
	if (!o->halted) {
		o->who = probers_choose(k);
		probers_begun(k, o->who);
	}
	err = o->halted ? SEK_ESYS : send_order(k, o);
	arena_free(o->text);
	o->text = NULL;
	o->attempts = NULL;
	if (err == 0)
		watch_event(k, &o->addr, connecting_event(o));
	else
		order_void(k, o);
}

/* Returns 0 or SEK_ENOMEM. */
static int
text_copy(struct order *o, struct str *text)
{
	if (text->n > 0)
		*text = arena_str(o->text, *text);
	return text->n > 0 && text->p == NULL ? SEK_ENOMEM : 0;
}

static int
attempt_copy(struct order *o, const struct attempt *from)
{
	struct attempt *a = &o->attempts[o->n];
	struct str *const texts[] = { &a->mail_from, &a->rcpt_to, &a->host, &a->dom };
	int err = 0;

	*a = *from;
	o->ids[o->n] = a->id;
	o->forms[o->n++] = a->form;
	a->said = (struct str){ 0 };
	for (size_t i = 0; err == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		err = text_copy(o, texts[i]);
	return err;
}

static int
order_copy(struct order *o, const struct order_plan *plan)
{
	struct str *const texts[] = { &o->host, &o->hosts, &o->domains, &o->known };
	int err = 0;

	o->text = arena_new(TEXT_OCTETS);
	if (o->text != NULL)
		o->attempts = arena_alloc(o->text, (plan->n + 1) * sizeof(*o->attempts));
	if (o->attempts == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; err == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		err = text_copy(o, texts[i]);
	for (size_t i = 0; err == 0 && i < plan->n; i++)
		err = attempt_copy(o, &plan->attempts[i]);
	return err;
}

static int
order_write(struct keep *k, struct order *o, const struct run *r)
{
	int err = ledger_start(k, r, &o->to, o->port, o->n);

	for (size_t i = 0; err == 0 && i < o->n; i++)
		err = attempt_sent(k, &o->attempts[i]);
	return err;
}

int
order_place(struct keep *k, struct order_plan *plan)
{
	const struct run *r = plan->run;
	struct order *o = calloc(1, sizeof(*o));
	int err;

	if (o == NULL)
		return SEK_ENOMEM;
	*o = (struct order){
		.keep = k, .id = rand_u64(k->rand), .run = r->id, .addr = r->addr,
		.asked = lanes_asked(k, &r->addr), .who = PROBER_NONE, .to = plan->to,
		.port = plan->port, .pace = r->pace, .kind = r->kind,
		.session = (uint16_t)(r->sessions + 1),
		.name = r->named != 1 && r->kind != RUN_CONTROL, .words = plan->words,
		.host = r->host, .hosts = plan->hosts, .domains = plan->domains,
		.known = plan->known,
	};
	if (r->pace != PACE_LAB)
		o->of = plan->of;
	err = order_copy(o, plan);
	if (err == 0)
		err = order_write(k, o, r);
	if (err == 0)
		err = operator_begin(k, &o->of);
	if (err != 0) {
		arena_free(o->text);
		free(o);
		return err;
	}
	order_link(k->order, o);
	err = keep_after(k, order_committed, o);
	if (err != 0)
		order_drop(k, o);
	return err;
}

/* --- stopping --- */

struct halt {
	struct keep	*keep;
	uint64_t	 run;
};

/* One that was not sent yet never will be. */
static void
halt(struct keep *k, struct order *o)
{
	struct msg_id m = { o->id };

	if (o->halted)
		return;
	o->halted = true;
	if (o->committed && probers_send(k, o->who, MSG_HALT, &m) != 0)
		log_event(LOG_LV_WARN, "halt-lost", LOG_N("run", o->run));
}

static void
halt_committed(void *ctx, int err)
{
	struct halt *h = ctx;
	struct order *o = order_of_run(h->keep->order, h->run);

	if (err == 0 && o != NULL)
		halt(h->keep, o);
	free(h);
}

void
order_review(struct keep *k)
{
	struct permit p;

	for (struct order *o = k->order->all; o != NULL; o = o->next) {
		pace_permit(&p, k, o->run, &o->to);
		if (p.ok || o->halted)
			continue;
		log_event(LOG_LV_NOTICE, "stopped", LOG_N("run", o->run), LOG_Z("why", p.why));
		halt(k, o);
	}
}

int
order_halt_after(struct keep *k, uint64_t run)
{
	struct halt *h = malloc(sizeof(*h));
	int err;

	if (h == NULL)
		return SEK_ENOMEM;
	*h = (struct halt){ k, run };
	err = keep_after(k, halt_committed, h);
	if (err != 0)
		free(h);
	return err;
}

/* --- hearing --- */

/* Only who has an order may speak of it. */
static struct order *
order_at(const struct keep *k, int who, uint64_t id)
{
	struct order *o = order_find(k->order, id);

	return o != NULL && o->who == who ? o : NULL;
}

/* The names of the target are known by now: is there a place among the dialogues
 * with its operator?  If not, the run waits for one. */
static void
ask_operator(struct permit *p, struct keep *k, struct order *o)
{
	struct operators of;
	int err = o->pace == PACE_LAB ? 0 : operator_of_run(&of, k, o->run);

	if (err == 0 && o->pace != PACE_LAB)
		err = operator_connect(k, &o->of, &of, o->pace);
	o->put_off = err == OPERATOR_FULL;
	if (err != 0)
		*p = (struct permit){ .why = o->put_off ? "operator" : "store" };
	if (o->put_off)
		log_event(LOG_LV_INFO, "put-off", LOG_N("run", o->run), LOG_Z("why", p->why));
}

static void
order_ask(struct keep *k, int who, const struct msg_id *m)
{
	struct order *o = order_at(k, who, m->id);
	struct permit p = { .why = "no-such-order" };
	struct msg_grant grant = { .id = m->id };

	if (o != NULL)
		pace_permit(&p, k, o->run, &o->to);
	if (o != NULL && p.ok && o->halted)
		p = (struct permit){ .why = "cancelled" };
	if (o != NULL && p.ok)
		ask_operator(&p, k, o);
	grant.ok = p.ok;
	grant.why = str_of(p.ok ? "" : p.why);
	if (o != NULL && !p.ok && !o->put_off) {
		log_event(LOG_LV_NOTICE, "denied", LOG_N("run", o->run),
		    LOG_Z("why", p.why));
		watch_event(k, &o->addr, json_pack("{ss ss}", "event", "denied",
		    "why", p.why));
	}
	if (probers_send(k, who, MSG_GRANT, &grant) != 0)
		log_event(LOG_LV_WARN, "grant-lost", LOG_N("order", m->id));
}

/* The first that is heard of a session: it is connected. */
static void
order_heard(struct keep *k, struct order *o)
{
	if (o->heard)
		return;
	o->heard = true;
	watch_event(k, &o->addr, json_pack("{ss si si}", "event", "connected",
	    "session", o->session, "port", o->port));
}

static json_t *
found_event(const struct order *o, const struct msg_found *m, const struct attempt *a)
{
	char text[ADDR_TEXT];
	json_t *ev = json_pack("{ss ss si so si si ss*}", "event", "found",
	    "finding", finding_name(m->finding), "code", m->code,
	    "said", watch_text(m->said), "n", (int)o->found, "of", (int)o->n,
	    "spoke_to", spoke_to(text, o));
	int err = 0;

	variant_put(ev, a, &err);
	return json_put_end(ev, err);
}

/* What the prober may say: of forms of this very order, and never that a mail
 * came back. */
static bool
may_find(const struct order *o, const struct msg_found *m)
{
	switch (m->finding) {
	case FIND_REFUSED:
	case FIND_DEFERRED:
	case FIND_ACCEPTED:
	case FIND_ODD:
	case FIND_CUT:
	case FIND_SKIPPED:
	case FIND_BARRED:
		break;
	default:
		return false;
	}
	for (size_t i = 0; i < o->n; i++)
		if (o->ids[i] == m->attempt)
			return true;
	return false;
}

static void
order_found(struct keep *k, int who, const struct msg_found *m)
{
	struct order *o = order_at(k, who, m->order);
	struct attempt a;
	int err;

	if (o == NULL)
		return;		/* of a session that was given up */
	if (!may_find(o, m)) {
		log_event(LOG_LV_ERR, "bad-message", LOG_Z("from", "probe"),
		    LOG_N("type", MSG_FOUND));
		return;
	}
	err = keep_write(k);
	if (err != 0)
		return;
	err = keep_done(k, attempt_found(&a, k, m, o->pace));
	if (err == 0 && a.form < RELAYTEST_N) {
		o->found++;
		order_heard(k, o);
		log_event(LOG_LV_INFO, "found", LOG_N("run", o->run),
		    LOG_Z("form", relaytest_forms[a.form].id),
		    LOG_Z("finding", finding_name(m->finding)),
		    LOG_N("code", m->code), LOG_T("said", m->said));
		watch_event(k, &o->addr, found_event(o, m, &a));
	}
	store_forget(k->store);
}

static void
order_name(struct keep *k, int who, const struct msg_name *m)
{
	struct order *o = order_at(k, who, m->order);
	int err;

	if (o == NULL || keep_write(k) != 0)
		return;
	err = keep_done(k, candidate_put(k, o->run, m));
	if (err == SEK_EPARSE)
		log_event(LOG_LV_ERR, "bad-message", LOG_Z("from", "probe"),
		    LOG_N("type", MSG_NAME));
	else if (err != 0)	/* looked for again with the next session */
		log_event(LOG_LV_WARN, "name-lost", LOG_N("run", o->run));
}

static void
order_named(struct keep *k, int who, const struct msg_id *m)
{
	struct order *o = order_at(k, who, m->id);

	if (o == NULL || keep_write(k) != 0)
		return;
	if (keep_done(k, pace_named(k, o->run)) != 0)
		log_event(LOG_LV_WARN, "name-lost", LOG_N("run", o->run));
}

static void
order_said(struct keep *k, int who, const struct msg_said *m)
{
	struct order *o = order_at(k, who, m->order);

	if (o == NULL || keep_write(k) != 0)
		return;
	order_heard(k, o);
	if (keep_done(k, attempt_said(k, o->run, o->session, m)) != 0)
		log_event(LOG_LV_WARN, "transcript-lost", LOG_N("run", o->run));
}

/* Forms that a session did not begin, having had an answer, are tried another
 * time (relay-tests section 4: a 421 is no end).  Without any answer their tries
 * count, or there would be no end. */
static int
session_over(struct keep *k, const struct order *o, const struct msg_ended *m)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < o->n; i++)
		if (m->finding == FIND_DONE || o->found > 0 || o->put_off)
			err = attempt_untried(k, o->ids[i]);
		else if (m->finding == FIND_TLS)
			err = attempt_no_tls(k, o->ids[i]);
	if (err == 0 && o->put_off)
		err = ledger_void(k, o->run);
	if (err == 0)
		err = pace_session_over(k, o->run, &o->to, o->port, m, o->halted);
	/* nobody was to be connected to: every form has its answer without */
	if (err == 0 && m->finding == FIND_NONE && o->found == o->n && o->n > 0)
		err = pace_wake(k, o->run, false);
	return err;
}

static void
order_ended(struct keep *k, int who, const struct msg_ended *m)
{
	struct order *o = order_at(k, who, m->order);
	int err;

	if (o == NULL)
		return;
	log_event(LOG_LV_INFO, "session", LOG_N("run", o->run),
	    LOG_N("session", o->session), LOG_N("port", o->port),
	    LOG_Z("finding", finding_name(m->finding)),
	    LOG_N("took_ms", m->took_ms), LOG_T("banner", m->banner));
	watch_event(k, &o->addr, json_pack("{ss ss si si}", "event", "ended",
	    "finding", finding_name(m->finding), "session", o->session,
	    "port", o->port));
	err = keep_write(k);
	if (err == 0)
		err = keep_done(k, session_over(k, o, m));
	if (err != 0)
		log_event(LOG_LV_ERR, "session-lost", LOG_N("run", o->run),
		    LOG_Z("why", store_why(k->store)));
	order_drop(k, o);
	pace_kick(k);
}

void
order_message(struct keep *k, int who, struct frame *f)
{
	union {
		struct msg_id		id;
		struct msg_found	found;
		struct msg_said		said;
		struct msg_name		name;
		struct msg_ended	ended;
	} m;
	const struct shape *s = message_shape(f->type);

	if (s == NULL || s->size > sizeof(m) ||
	    frame_decode(&m, s->size, f) != 0) {
		log_event(LOG_LV_ERR, "bad-message", LOG_Z("from", "probe"),
		    LOG_N("type", f->type));
		return;
	}
	switch (f->type) {
	case MSG_ASK:
		order_ask(k, who, &m.id);
		break;
	case MSG_FOUND:
		order_found(k, who, &m.found);
		break;
	case MSG_SAID:
		order_said(k, who, &m.said);
		break;
	case MSG_NAME:
		order_name(k, who, &m.name);
		break;
	case MSG_NAMED:
		order_named(k, who, &m.id);
		break;
	case MSG_ENDED:
		order_ended(k, who, &m.ended);
		break;
	default:
		log_event(LOG_LV_ERR, "bad-message", LOG_Z("from", "probe"),
		    LOG_N("type", f->type));
	}
}

void
order_lost(struct keep *k, int who)
{
	struct order *o = k->order->all, *next;

	for (; o != NULL; o = next) {
		next = o->next;
		if (o->who == who)
			order_void(k, o);
	}
}
