#include "keep/show_sessions.h"

#include <string.h>

#include "fact/basis.h"
#include "fact/finding.h"
#include "fact/record_aside.h"
#include "keep/watch.h"

enum { SESSIONS = 20 };		/* an answer is one message */

struct newest {
	struct session_row	at[SESSIONS];
	size_t			n;
};

static int
take_session(void *ctx, const void *row)
{
	struct newest *w = ctx;

	w->at[w->n++] = *(const struct session_row *)row;
	return w->n == SESSIONS ? STORE_STOP : 0;
}

static const char *
kind_name(unsigned kind)
{
	static const char *const names[] = {
		[RUN_PROBE] = "probe", [RUN_RETEST] = "retest",
		[RUN_RECHECK] = "recheck", [RUN_CONTROL] = "control",
	};

	return kind >= RUN_PROBE && kind <= RUN_CONTROL ? names[kind] : "";
}

static json_t *
session_json(const struct session_row *s)
{
	return json_pack("{sI sI sI si ss ss ss ss ss si si si si}",
	    "run", (json_int_t)s->run, "started", (json_int_t)s->started.s,
	    "ended", (json_int_t)s->ended.s, "port", s->port,
	    "kind", kind_name(s->kind),
	    "basis", basis_rules[s->basis < BASIS_N ? s->basis : 0].name,
	    "depth", depth_names[s->depth < DEPTH_N ? s->depth : 0],
	    "pace", pace_rules[s->pace < PACE_N ? s->pace : 0].name,
	    "finding", finding_name((enum finding)s->finding),
	    "forms", s->forms, "answered", s->answered,
	    "refused", s->refused, "accepted", s->accepted);
}

/* Who asked for the run; the operator's retest may have no name. */
static int
put_asked(json_t *out, struct keep *k, uint64_t run)
{
	struct run r;
	int err = store_one(k->store, Q_RUN_BY_ID, ARGS(ARG_I(run)), &r);

	if (err == 0 && json_object_set_new(out, "asked", watch_text(r.who)) != 0)
		err = SEK_ENOMEM;
	store_forget(k->store);
	return err == STORE_NONE ? 0 : err;
}

static bool
has_digest(const struct digest *d)
{
	static const struct digest none;

	return memcmp(d, &none, sizeof(none)) != 0;
}

/* The basis: its reason, who gave it, and the digest of its proof. */
static int
put_basis(json_t *out, struct keep *k, uint64_t nominee)
{
	struct nominee n;
	char hex[2 * sizeof(n.evidence.o) + 1];
	int err = nominee == 0 ? STORE_NONE :
	    store_one(k->store, Q_NOMINEE_BY_ID, ARGS(ARG_I(nominee)), &n);

	if (err == 0 && (json_object_set_new(out, "reason", watch_text(n.reason)) != 0 ||
	    json_object_set_new(out, "who", watch_text(n.who)) != 0))
		err = SEK_ENOMEM;
	if (err == 0 && has_digest(&n.evidence)) {
		str_hex(hex, n.evidence.o, sizeof(n.evidence.o));
		if (json_object_set_new(out, "evidence", json_string(hex)) != 0)
			err = SEK_ENOMEM;
	}
	store_forget(k->store);
	return err == STORE_NONE ? 0 : err;
}

json_t *
show_sessions(struct keep *k, const struct addr *a)
{
	struct newest w = { .n = 0 };
	json_t *out = json_array();
	int err = store_each(k->store, Q_SESSION_NEWEST, ARGS(ARG_A(*a), ARG_I(SESSIONS)),
	    take_session, &w);

	for (size_t i = 0; err == 0 && i < w.n; i++) {
		json_t *one = session_json(&w.at[i]);

		err = one == NULL ? SEK_ENOMEM : put_asked(one, k, w.at[i].run);
		if (err == 0)
			err = put_basis(one, k, w.at[i].nominee);
		if (json_array_append_new(out, one) != 0)
			err = SEK_ENOMEM;
	}
	if (err == 0)
		return out;
	json_decref(out);
	return NULL;
}
