#include "keep/ticket.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/log.h"
#include "fact/verdict.h"
#include "keep/asker.h"
#include "keep/lanes.h"
#include "keep/list.h"
#include "keep/nominate.h"
#include "keep/permit.h"
#include "keep/progress.h"
#include "keep/token.h"
#include "keep/verbs.h"

/* Rules:
 * 1. A retest is anybody's to ask for while the address is listed as an entry.
 *    A probe is the proved owner's (a request from the address counts), the
 *    CSIRT's and the operator's, and needs a basis as any.
 * 2. A test that runs is joined.  One that a visitor asked for and that ended
 *    TICKET_REUSED_S ago or less, TICKET_UNCLEAN_S when it was not clean, is the
 *    answer, if it was of that kind or a deeper one; but not to an owner, CSIRT
 *    or operator when it was not clean: they may have mended it since.
 * 3. Caps count tests that were started, not those that were joined. The
 *    operator has none, a CSIRT none of its own, and an owner's retest of a
 *    live listing is not held up by what others asked for. */

enum {
	SOON_S = 120,		/* a run that is due within that runs now */
	LATER_S = 3600,		/* a test in progress may pause that long */
};

static const char use[] = "sekimori ticket 1";

/* --- tickets --- */

struct ticket {
	uint8_t	key;
	uint8_t	run[8];
	uint8_t	mac[TOKEN_MAC];
};
_Static_assert(sizeof(struct ticket) == 21, "34 letters");

void
ticket_text(char out[TICKET_TEXT], struct keep *k, uint64_t run)
{
	struct ticket t;
	struct wbuf w = wbuf_of(t.run, sizeof(t.run));

	wbuf_u64(&w, run);
	t.key = token_mac(t.mac, k, use, t.run, sizeof(t.run));
	str_base32(out, &t, sizeof(t));
}

int
ticket_run(uint64_t *run, struct keep *k, struct str text)
{
	struct ticket t;
	struct rbuf at;

	if (str_unbase32(&t, sizeof(t), text) != 0 ||
	    !token_mac_is(k, t.key, t.mac, use, t.run, sizeof(t.run)))
		return SEK_EPARSE;
	at = rbuf_of(t.run, sizeof(t.run));
	*run = rbuf_u64(&at);
	return 0;
}

/* --- what may be asked for --- */

static int
entry_row(void *ctx, const void *row)
{
	const struct listing *l = row;

	if (l->code != CODE_ENTRY)
		return 0;
	*(struct listing *)ctx = *l;
	return STORE_STOP;
}

/* Is there a live listing of it as an entry?  1, 0, or an error. */
static int
listed_now(struct keep *k, const struct addr *a)
{
	struct listing l = { .code = 0 };
	int err = store_each(k->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(*a)),
	    entry_row, &l);

	return err != 0 ? err : l.code == CODE_ENTRY && l.until.s > keep_now(k).s;
}

/* All but the caps. */
static const char *
not_allowed(struct keep *k, const struct visitor *v, enum run_kind kind)
{
	const char *never = permit_never(k, &v->addr);
	struct permit p;
	int listed = 1;

	if (never != NULL)
		return never;
	if (kind == RUN_RETEST)
		listed = listed_now(k, &v->addr);
	else if (v->role == ROLE_PUBLIC)
		return "owner-not-proved";
	if (listed <= 0)
		return listed < 0 ? "store" : "not-listed";
	permit_check(&p, k, &v->addr, kind);
	return p.ok ? NULL : p.why;
}

static const char *
capped(struct keep *k, const struct visitor *v, enum run_kind kind, int64_t *wait_s)
{
	const struct conf *c = k->conf;
	struct addr net = asker_net(&v->asker);
	struct asker_cap cap = {
		.per_asker = v->role == ROLE_CSIRT ? ASKER_ANY : c->tests_per_asker,
		.per_addr = ASKER_ANY,
		.in_all = v->role == ROLE_OWNER && kind == RUN_RETEST ? ASKER_ANY :
		    c->tests_per_day,
	};

	*wait_s = 0;
	return v->role == ROLE_OPERATOR ? NULL :
	    asker_limit(k, REQUEST_TEST, &net, &v->addr, &cap, wait_s);
}

const char *
ticket_refused(struct keep *k, const struct visitor *v, enum run_kind kind,
    int64_t *wait_s)
{
	const char *why = not_allowed(k, v, kind);
	int64_t wait = 0;

	if (why == NULL)
		why = capped(k, v, kind, &wait);
	if (wait_s != NULL)
		*wait_s = wait;
	return why;
}

/* --- tests that are there --- */

/* A copy of a run without its text.  Returns 0, STORE_NONE or an error. */
static int
run_of(struct keep *k, enum store_query q, const struct addr *a, struct run *out)
{
	int err = store_one(k->store, q, ARGS(ARG_A(*a)), out);

	out->host = (struct str){ 0 };
	store_forget(k->store);
	return err;
}

/* Not a recheck of next week, nor one that only waits for its deadline. */
static bool
runs_now(struct keep *k, const struct run *r)
{
	int64_t now = keep_now(k).s;

	if (r->kind == RUN_CONTROL || r->next.s > now + LATER_S)
		return false;
	return r->state != RUN_QUEUED || r->next.s <= now + SOON_S;
}

static int
running(struct keep *k, const struct addr *a, struct run *out)
{
	int err = run_of(k, Q_RUN_LIVE_BY_ADDR, a, out);

	return err == 0 && !runs_now(k, out) ? STORE_NONE : err;
}

static int
was_closed(struct keep *k, const struct run *r, bool *out)
{
	struct verdict_row v;
	int err = store_one(k->store, Q_VERDICT_LAST_BY_RUN, ARGS(ARG_I(r->id)), &v);

	*out = err == 0 && v.verdict == VERDICT_CLOSED;
	store_forget(k->store);
	return err == STORE_NONE ? 0 : err;
}

/* The one that is the answer by rule 2.  As run_of(). */
static int
ended_lately(struct keep *k, const struct visitor *v, enum run_kind kind,
    struct run *out)
{
	struct addr net = asker_net(&v->asker);
	struct asker_of of;
	bool closed;
	int err = run_of(k, Q_RUN_DONE_BY_ADDR, &v->addr, out);

	if (err == 0 && kind == RUN_PROBE && out->kind != RUN_PROBE)
		err = STORE_NONE;
	if (err == 0)
		err = was_closed(k, out, &closed);
	if (err == 0 && out->ended.s < keep_now(k).s -
	    (closed ? TICKET_REUSED_S : TICKET_UNCLEAN_S))
		err = STORE_NONE;
	if (err == 0)
		err = asker_of_run(&of, k, out->id, &net);
	return err == 0 && (!of.known || (!closed && v->role != ROLE_PUBLIC)) ?
	    STORE_NONE : err;
}

/* May v be told of it, although it may not ask for one? */
static int
knows(struct keep *k, const struct visitor *v, uint64_t run, bool *out)
{
	struct addr net = asker_net(&v->asker);
	struct asker_of of;
	int err = asker_of_run(&of, k, run, &net);

	*out = v->role != ROLE_PUBLIC || of.joined;
	return err;
}

int
ticket_running(json_t **out, struct keep *k, const struct visitor *v)
{
	char text[TICKET_TEXT];
	struct progress_state s;
	struct run r;
	bool known = false;
	int err = running(k, &v->addr, &r);

	if (err == 0)
		err = knows(k, v, r.id, &known);
	if (err == 0 && known)
		err = progress_state(&s, k, &r);
	if (err != 0 || !known)
		return err == STORE_NONE ? 0 : err;
	ticket_text(text, k, r.id);
	*out = json_pack("{ss ss so}", "test", text, "state", s.state, "place",
	    s.place > 0 ? json_integer(s.place) : json_null());
	return 0;
}

/* --- the request --- */

struct wish {			/* what is asked for */
	struct request	*r;
	struct visitor	 v;
	enum run_kind	 kind;
	uint16_t	 port;		/* 0: not said */
	struct run	 run;		/* the test that is given */
	bool		 reused;
};

/* Ports at which mail servers listen; others are the proved owner's to name. */
static bool
usual_port(uint16_t port)
{
	return port == 0 || port == 25 || port == 465 || port == 587;
}

static bool
wish_read(struct wish *w)
{
	struct str kind = verb_member(w->r, "kind");
	int64_t port = verb_int(w->r, "port", 0, -1, 65536);

	if (!visit_read(&w->v, w->r))
		return false;
	w->kind = str_eq(kind, STR("retest")) ? RUN_RETEST : RUN_PROBE;
	w->port = (uint16_t)port;
	if (w->kind == RUN_PROBE && !str_eq(kind, STR("probe")))
		request_fail(w->r, EXIT_USAGE, "bad-kind", "kind is retest or probe");
	else if (port < 0 || port > 65535)
		request_fail(w->r, EXIT_USAGE, "bad-port", "port is not within 1..65535");
	else if (verb_member(w->r, "note").n > TEXT_REASON)
		request_fail(w->r, EXIT_USAGE, "no-reason", "note is longer than %d "
		    "octets", TEXT_REASON);
	else if (!usual_port(w->port) && !visit_proved(&w->v))
		request_fail(w->r, EXIT_NOPERM, "too-deep", "that port is for an owner "
		    "who proved it by DNS or mail; 25, 465 and 587 are for all");
	else
		return true;
	return false;
}

static void
wish_answer(struct wish *w)
{
	struct keep *k = w->r->keep;
	char text[TICKET_TEXT], addr[ADDR_TEXT];
	struct progress_state s;
	json_t *out, *verdict = NULL;
	int err = progress_state(&s, k, &w->run);

	if (err == 0 && w->reused)
		err = progress_verdict(&verdict, k, w->run.id);
	if (err != 0) {
		verb_fail_store(w->r, err);
		return;
	}
	ticket_text(text, k, w->run.id);
	addr_text(addr, &w->v.addr);
	out = json_pack("{ss ss ss so sb so*}", "test", text, "addr", addr,
	    "state", s.state, "place", s.place > 0 ? json_integer(s.place) : json_null(),
	    "reused", w->reused, "verdict", verdict);
	request_answer(w->r, out);
}

/* Gives the test in w->run. */
static void
wish_give(struct wish *w, bool reused)
{
	struct keep *k = w->r->keep;
	struct addr net = asker_net(&w->v.asker);
	int err = keep_write(k);

	w->reused = reused;
	if (err == 0)
		err = keep_done(k, asker_join(k, w->run.id, &net, &w->v.addr,
		    (uint8_t)w->v.role));
	if (err == 0)
		err = keep_flush(k);
	if (err != 0)
		log_event(LOG_LV_WARN, "asker-lost", LOG_N("run", w->run.id),
		    LOG_Z("why", store_why(k->store)));
	wish_answer(w);		/* it is there all the same */
}

static int
wish_write(struct wish *w)
{
	struct keep *k = w->r->keep;
	struct addr net = asker_net(&w->v.asker);
	char who[TEXT_WHO];
	int err = keep_write(k);

	if (err != 0)
		return err;
	snprintf(who, sizeof(who), "%s, on the pages", visit_role_name(w->v.role));
	err = nominate_test(k, &w->v.addr, w->kind, w->port, str_of(who), &w->run.id,
	    &w->reused);
	if (err == 0 && !w->reused)
		err = asker_note(k, REQUEST_TEST, w->run.id, &net, &w->v.addr,
		    (uint8_t)w->v.role);
	err = keep_done(k, err);
	if (err == 0)
		lanes_ask(k, &w->v.addr);
	return err != 0 ? err : keep_flush(k);
}

static void
wish_start(struct wish *w)
{
	struct keep *k = w->r->keep;
	char net[ADDR_TEXT];
	struct addr from = asker_net(&w->v.asker);
	int err = wish_write(w);

	if (err == 0)		/* or the last one, while the pace class rests */
		err = run_of(k, w->reused ? Q_RUN_DONE_BY_ADDR : Q_RUN_LIVE_BY_ADDR,
		    &w->v.addr, &w->run);
	if (err != 0) {
		verb_fail_store(w->r, err == STORE_NONE ? SEK_ESTORE : err);
		return;
	}
	addr_text(net, &from);
	log_event(LOG_LV_NOTICE, "test-asked", LOG_N("run", w->run.id),
	    LOG_Z("kind", w->kind == RUN_RETEST ? "retest" : "probe"),
	    LOG_Z("role", visit_role_name(w->v.role)), LOG_Z("asker", net),
	    LOG_T("note", verb_member(w->r, "note")));
	wish_answer(w);
}

void
ticket_refuse(struct request *r, const char *why, int64_t wait_s)
{
	static const struct { const char *tag; int exit; const char *text; } limits[] = {
		{ "asker-limit", EXIT_TEMPFAIL, "your network has started as many tests as it may in a day; ask again later" },
		{ "day-limit", EXIT_TEMPFAIL, "as many tests were started today as this list allows in a day; ask again later" },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (strcmp(limits[i].tag, why) == 0) {
			request_fail_with(r, limits[i].exit, why, "retry_after",
			    json_integer(wait_s), "%s", limits[i].text);
			return;
		}
	verb_refuse(r, why);
}

/* Looks for a test that is there.  Returns 0 (w->run is it, *reused whether it
 * has ended), STORE_NONE, or an error. */
static int
wish_find(struct wish *w, bool allowed, bool *reused)
{
	struct keep *k = w->r->keep;
	bool known = allowed;
	int err = running(k, &w->v.addr, &w->run);

	*reused = err == STORE_NONE;
	if (err == STORE_NONE)
		err = ended_lately(k, &w->v, w->kind, &w->run);
	if (err == 0 && !allowed)
		err = knows(k, &w->v, w->run.id, &known);
	return err == 0 && !known ? STORE_NONE : err;
}

void
ticket_verb(struct request *r)
{
	struct wish w = { .r = r };
	const char *why;
	int64_t wait_s = 0;
	bool reused;
	int err;

	if (!wish_read(&w))
		return;
	why = not_allowed(r->keep, &w.v, w.kind);
	err = wish_find(&w, why == NULL, &reused);
	if (err < 0) {
		verb_fail_store(r, err);
		return;
	}
	if (err == 0) {
		wish_give(&w, reused);
		return;
	}
	if (why == NULL)
		why = capped(r->keep, &w.v, w.kind, &wait_s);
	if (why != NULL)
		ticket_refuse(r, why, wait_s);
	else
		wish_start(&w);
}
