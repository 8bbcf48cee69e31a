#include "keep/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fact/checklist.h"
#include "fact/record_aside.h"
#include "keep/evidence.h"
#include "keep/pace.h"
#include "keep/positive.h"
#include "keep/probers.h"
#include "keep/verbs.h"
#include "keep/watch.h"

enum {
	LOOK_MAX_S = 86400,	/* the clock is looked at again at least this often */
	TICK_MS = 500,		/* between looks at a control letter that is waited for */
	GRACE_S = 5,
	TAG_MAX = 32,		/* octets of a trouble's tag that are kept */
};

struct keep_doctor {
	struct digest		 conf;
	char			 conf_hex[65];
	bool			 closed;	/* a run failed; also when it could not be stored */
	struct loop_timer	*look;
	const char		*logged;	/* why public probing was closed; "" open, NULL not yet */
	/* the control made for a run of the checklist, while keeper lives */
	bool			 shown, outside;	/* it held; it left this machine */
	struct mono		 shown_at;
};

/* What the checklist looks at; all else may change under a pass. */
static const char *const matters[] = {
	"state.dir", "dns.zone", "dns.ns", "dns.listen", "web.url", "web.listen",
	"probe.domain", "probe.domain2", "probe.helo", "probe.from", "probe.from6",
	"probe.resolver", "probe.canary", "operator.name", "operator.contact",
	"receive.listen", "lab.range",
};

/* --- the configuration --- */

static bool
is_looked_at(struct str key)
{
	for (size_t i = 0; i < sizeof(matters) / sizeof(matters[0]); i++)
		if (str_eq(key, str_of(matters[i])))
			return true;
	return false;
}

static int
conf_digest(struct digest *out, const struct conf *c)
{
	char *all = malloc(CONF_TEXT_MAX), *some = malloc(CONF_TEXT_MAX);
	struct wbuf w = wbuf_of(all, CONF_TEXT_MAX), to = wbuf_of(some, CONF_TEXT_MAX);
	int err = all == NULL || some == NULL ? SEK_ENOMEM : conf_to_text(&w, c);
	struct str rest = { all, w.len };

	while (err == 0 && rest.n > 0) {
		struct str line = str_cut(&rest, '\n'), key = line;

		key = str_cut(&key, ' ');
		if (!is_looked_at(key))
			continue;
		wbuf_bytes(&to, line.p, line.n);
		wbuf_u8(&to, '\n');
	}
	if (err == 0)
		evidence_digest(out, (struct str){ some, to.len });
	free(all);
	free(some);
	return err;
}

const char *
doctor_conf(const struct keep *k)
{
	return k->doctor->conf_hex;
}

/* --- the state --- */

struct newest {
	const struct keep	*keep;
	enum doctor_state	 state;
	struct wall		 until;
};

static int
take_newest(void *ctx, const void *row)
{
	const struct pass *p = row;
	struct newest *n = ctx;
	int64_t now = keep_now(n->keep).s;

	n->until = p->ok ? p->until : (struct wall){ 0 };
	if (!p->ok)
		n->state = DOCTOR_FAILED;
	else if (memcmp(&p->conf, &n->keep->doctor->conf, sizeof(p->conf)) != 0)
		n->state = DOCTOR_CHANGED;
	else	/* one of the future is of a clock that was set back */
		n->state = p->made.s > now || p->until.s <= now ?
		    DOCTOR_OVER : DOCTOR_PASSED;
	return STORE_STOP;
}

int
doctor_state(struct keep *k, enum doctor_state *out, struct wall *until)
{
	struct newest n = { .keep = k };
	int err = store_each(k->store, Q_PASS_LAST, NO_ARGS, take_newest, &n);

	*out = k->doctor->closed ? DOCTOR_FAILED : n.state;
	*until = k->doctor->closed ? (struct wall){ 0 } : n.until;
	return err < 0 ? err : 0;
}

const char *
doctor_public(struct keep *k)
{
	enum doctor_state state;
	struct wall until;

	if (!k->conf->probe_public)
		return "public-off";
	if (k->doctor == NULL)
		return "public-unchecked";
	if (doctor_state(k, &state, &until) != 0)
		return "store";
	return state == DOCTOR_PASSED ? NULL : "public-unchecked";
}

static const char *const state_tags[] = {
	[DOCTOR_NEVER] = "never", [DOCTOR_FAILED] = "failed",
	[DOCTOR_CHANGED] = "changed", [DOCTOR_OVER] = "over",
	[DOCTOR_PASSED] = "passed",
};

json_t *
doctor_status(struct keep *k)
{
	const char *why = doctor_public(k);
	enum doctor_state state = DOCTOR_NEVER;
	struct wall until = { 0 };
	int err = doctor_state(k, &state, &until);

	return json_pack("{sb ss ss sI}", "open", why == NULL, "why",
	    why == NULL ? "" : why, "checklist", err == 0 ? state_tags[state] : "store",
	    "until", (json_int_t)until.s);
}

/* Logs whether public probing is open when that has changed, and each day that
 * its end is near. */
static void
doctor_look(void *ctx)
{
	struct keep *k = ctx;
	struct keep_doctor *d = k->doctor;
	const char *why = doctor_public(k);
	int64_t left, now = keep_now(k).s;
	enum doctor_state state;
	struct wall until;

	if (why == NULL)
		why = "";
	if (doctor_state(k, &state, &until) != 0)
		until.s = 0;
	if (d->logged == NULL || strcmp(d->logged, why) != 0)
		log_event(LOG_LV_NOTICE, "public", LOG_N("open", why[0] == '\0'),
		    LOG_Z("why", why), LOG_Z("checklist", state_tags[state]),
		    LOG_N("until", until.s));
	d->logged = why;
	left = until.s - now;
	if (why[0] == '\0' && left <= DOCTOR_WARN_S)
		log_event(LOG_LV_WARN, "checklist-ends", LOG_N("until", until.s));
	if (why[0] != '\0' || left > LOOK_MAX_S)
		left = LOOK_MAX_S;
	loop_timer_set(d->look, left > 0 ? left * 1000 : 1000);
}

int
doctor_open(struct keep *k)
{
	struct keep_doctor *d = calloc(1, sizeof(*d));
	int err;

	k->doctor = d;
	if (d == NULL)
		return SEK_ENOMEM;
	err = conf_digest(&d->conf, k->conf);
	str_hex(d->conf_hex, d->conf.o, sizeof(d->conf.o));
	if (err == 0)
		err = loop_timer(&d->look, k->loop, doctor_look, k);
	if (err == 0 && !k->alone)
		loop_timer_set(d->look, 0);
	return err;
}

void
doctor_close(struct keep *k)
{
	if (k->doctor == NULL)
		return;
	loop_timer_free(k->doctor->look);
	free(k->doctor);
	k->doctor = NULL;
}

/* --- a run --- */

static struct str
member(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_string(v))
		return (struct str){ "", 0 };
	return (struct str){ json_string_value(v), json_string_length(v) };
}

/* The worst that is said of each check counts. */
static void
read_states(enum check_state states[CHECK_N], const json_t *results)
{
	const json_t *row;
	size_t i;

	memset(states, 0, CHECK_N * sizeof(states[0]));
	json_array_foreach(results, i, row) {
		enum check c = checklist_find(member(row, "check"));
		enum check_state s = check_state_find(member(row, "state"));

		if (c == CHECK_N)
			continue;	/* of a newer tool */
		if (states[c] == CHECK_NONE || s != CHECK_OK)
			states[c] = s == CHECK_NONE ? CHECK_FAILED : s;
	}
}

/* Of the letter keeper knows more than the tool. */
static void
weigh_control(const struct keep *k, enum check_state states[CHECK_N])
{
	const struct keep_doctor *d = k->doctor;
	int64_t age_ms = k->clock->mono(k->clock).ms - d->shown_at.ms;
	bool shown = d->shown && age_ms < (int64_t)DOCTOR_FRESH_S * 1000;

	if (states[CHECK_CONTROL] == CHECK_OK && !shown)
		states[CHECK_CONTROL] = CHECK_UNSHOWN;
	if (states[CHECK_PORT25] == CHECK_OK && !(shown && d->outside))
		states[CHECK_PORT25] = CHECK_UNSHOWN;
}

/* Tags go into a text with spaces, = and : between. */
static void
put_tag(struct wbuf *w, char before, struct str tag)
{
	if (tag.n == 0 || tag.n > TAG_MAX)
		return;
	for (size_t i = 0; i < tag.n; i++)
		if (!ascii_alnum(tag.p[i]) && tag.p[i] != '-')
			return;
	wbuf_u8(w, (uint8_t)before);
	wbuf_bytes(w, tag.p, tag.n);
}

static void
put_troubles(struct wbuf *w, enum check c, const json_t *results)
{
	const json_t *row, *tag;
	size_t i, j;

	json_array_foreach(results, i, row) {
		if (checklist_find(member(row, "check")) != c)
			continue;
		json_array_foreach(json_object_get(row, "why"), j, tag)
			put_tag(w, ':', str_of(json_string_value(tag)));
	}
}

/* "clock=ok mx=failed:no-mx"; what does not fit is left out, a whole check at
 * a time. */
static struct str
results_text(char out[TEXT_RESULTS], const enum check_state states[CHECK_N],
    const json_t *results)
{
	struct wbuf w = wbuf_of(out, TEXT_RESULTS);

	for (enum check c = 0; c < CHECK_N; c++) {
		struct wbuf was = w;

		wbuf_printf(&w, "%s%s=%s", c == 0 ? "" : " ", checklist[c].tag,
		    check_state_names[states[c]]);
		put_troubles(&w, c, results);
		if (w.err != 0)
			w = was;
	}
	return (struct str){ out, w.len };
}

static int
pass_put(struct keep *k, void *row)
{
	struct pass p = *(struct pass *)row;
	int err = store_put(k->store, &pass_shape, &p);

	if (err != 0 || p.id <= DOCTOR_ROWS)
		return err;
	return store_do(k->store, S_PASS_FORGET, ARGS(ARG_I(p.id - DOCTOR_ROWS)), NULL);
}

/* A pass is written like anything; a failure also on a full disk. */
static int
pass_store(struct keep *k, struct pass *p)
{
	int err;

	if (!p->ok) {
		k->doctor->closed = true;
		err = keep_precious(k, pass_put, p);
		k->doctor->closed = err != 0;
		return err;
	}
	err = keep_write(k);
	if (err == 0)
		err = keep_done(k, pass_put(k, p));
	if (err == 0)
		err = keep_flush(k);
	if (err == 0)
		k->doctor->closed = false;
	return err;
}

static json_t *
list_missing(const enum check_state states[CHECK_N])
{
	json_t *out = json_array();

	for (enum check c = 0; c < CHECK_N; c++)
		if (checklist[c].required && states[c] != CHECK_OK)
			json_array_append_new(out, json_string(checklist[c].tag));
	return out;
}

int
doctor_take(struct keep *k, const json_t *results, struct str who, json_t **missing)
{
	enum check_state states[CHECK_N];
	char text[TEXT_RESULTS];
	struct pass p = { .made = keep_now(k), .conf = k->doctor->conf, .who = who };
	int err;

	read_states(states, results);
	weigh_control(k, states);
	p.ok = checklist_passes(states);
	p.until.s = p.ok ? p.made.s + DOCTOR_PASS_S : 0;
	p.results = results_text(text, states, results);
	err = pass_store(k, &p);
	log_event(LOG_LV_NOTICE, "checklist", LOG_N("pass", p.ok), LOG_T("who", who),
	    LOG_N("until", p.until.s), LOG_N("stored", err == 0), LOG_T("results", p.results));
	loop_timer_set(k->doctor->look, 0);
	if (err != 0)
		return err;
	*missing = list_missing(states);
	return *missing == NULL ? SEK_ENOMEM : 0;
}

void
doctor_result(struct request *r)
{
	const json_t *results = json_object_get(r->json, "results");
	json_t *missing = NULL;
	int err;

	if (!json_is_array(results)) {
		request_fail(r, EXIT_USAGE, "bad-request", "results is not a list");
		return;
	}
	if (!str_eq(member(r->json, "conf"), str_of(doctor_conf(r->keep)))) {
		request_fail(r, EXIT_TEMPFAIL, "conf-changed", "the configuration is not "
		    "the one that was looked at: run sekimori doctor again");
		return;
	}
	err = doctor_take(r->keep, results, str_of(r->who), &missing);
	if (err != 0)
		verb_fail_store(r, err);
	else
		request_done(r, 0, json_pack("{sb so so}", "pass",
		    json_array_size(missing) == 0, "missing", missing,
		    "public", doctor_status(r->keep)));
}

/* --- a control letter for a run --- */

struct control_wait {
	struct request		*r;
	struct watch		*watch;
	struct loop_timer	*tick;
};

static void
wait_free(void *ctx)
{
	struct control_wait *w = ctx;

	watch_remove(w->watch);
	loop_timer_free(w->tick);
	free(w);
}

/* Where the system does not say which addresses are ours, any may be. */
static bool
may_be_own(const struct keep *k, const struct addr *a)
{
	for (size_t i = 0; i < k->n_own; i++)
		if (addr_eq(&k->own[i], a))
			return true;
	return k->n_own == 0;
}

static json_t *
control_json(struct keep *k, const struct positive_last *last)
{
	char mx[ADDR_TEXT];
	json_t *o;

	addr_text(mx, &last->mx);
	o = json_pack("{sb ss sI ss sb sb}", "ok", last->ok, "why",
	    last->why == NULL ? "no-prober" : last->why,
	    "took_ms", (json_int_t)last->took_ms,
	    "mx", addr_is_none(&last->mx) ? "" : mx,
	    "canary", last->canary, "outside", k->doctor->outside);
	if (o != NULL && last->dated)
		json_object_set_new(o, "ahead_s", json_integer(last->ahead_s));
	return o;
}

/* The answer; w is gone afterwards. */
static void
control_over(struct control_wait *w, const struct positive_last *last)
{
	struct request *r = w->r;
	struct keep_doctor *d = r->keep->doctor;

	d->shown = last->ok;
	d->outside = last->ok && (last->canary || !may_be_own(r->keep, &last->mx));
	d->shown_at = r->keep->clock->mono(r->keep->clock);
	request_done(r, 0, control_json(r->keep, last));
}

static void
control_event(void *ctx, json_t *ev)
{
	struct control_wait *w = ctx;
	const char *name = json_string_value(json_object_get(ev, "event"));

	if (name != NULL && strcmp(name, "control") == 0)
		control_over(w, positive_last(pace_positive(w->r->keep)));
}

static void
control_give_up(void *ctx)
{
	struct control_wait *w = ctx;
	const struct positive_last none = {
		.why = probers_count(w->r->keep) == 0 ? "no-prober" : "letter-lost",
	};

	control_over(w, &none);
}

/* Nothing else looks at a letter's time while no test waits for it; and a
 * prober that was down may be back.  Both may answer, so w is done with. */
static void
control_tick(void *ctx)
{
	struct control_wait *w = ctx;
	struct keep *k = w->r->keep;
	struct positive *p = pace_positive(k);

	loop_timer_set(w->tick, TICK_MS);
	if (positive_busy(p))
		positive_late(k, p);
	else
		positive_now(k, p);
}

void
doctor_control(struct request *r)
{
	struct control_wait *w = calloc(1, sizeof(*w));
	struct keep *k = r->keep;

	if (w == NULL) {
		verb_fail_store(r, SEK_ENOMEM);
		return;
	}
	w->r = r;
	r->state = w;
	r->state_free = wait_free;
	if (watch_add(&w->watch, k, &addr_none, control_event, control_give_up, w,
	    (int64_t)k->conf->control_wait_s + GRACE_S) != 0 ||
	    loop_timer(&w->tick, k->loop, control_tick, w) != 0) {
		verb_fail_store(r, SEK_ENOMEM);
		return;
	}
	loop_timer_set(w->tick, 0);
}
