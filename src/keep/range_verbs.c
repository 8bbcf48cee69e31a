#include "keep/range_verbs.h"

#include "base/log.h"
#include "keep/list.h"
#include "keep/show.h"
#include "keep/verbs.h"

json_t *
range_json(const struct range_at *r)
{
	char net[NET_TEXT];

	net_text(net, &r->net);
	return json_pack("{si ss ss sI sI}", "code", CODE_ENTRY,
	    "kind", "range", "range", net, "since", (json_int_t)r->since.s,
	    "until", (json_int_t)r->until.s);
}

json_t *
range_excepted_json(const struct range_at *r)
{
	char net[NET_TEXT];

	if (!r->stands || !r->excepted)
		return json_null();
	net_text(net, &r->net);
	return json_pack("{ss sI}", "range", net,
	    "since", (json_int_t)r->excepted_since.s);
}

static void
done(struct request *r, int err, const char *why, const char *event, struct str who)
{
	if (err == RANGE_REFUSED) {
		verb_refuse(r, why);
		return;
	}
	if (err != 0) {
		verb_fail_store(r, err);
		return;
	}
	log_event(LOG_LV_NOTICE, "range", LOG_Z("what", event),
	    LOG_T("target", verb_member(r, "target")),
	    LOG_T("reason", verb_member(r, "reason")), LOG_T("who", who));
	request_done(r, 0, show_serial(r->keep));
}

static void
range_work(struct request *r, const char *event, int (*work)(struct keep *k,
    const struct net *n, struct str reason, struct str who, const char **why))
{
	struct str reason, who;
	const char *why = "";
	struct net n;
	int err;

	if (net_parse(&n, verb_member(r, "target")) != 0) {
		verb_refuse(r, "range-length");
		return;
	}
	if (!verb_reason(r, &reason, &who))
		return;
	err = work(r->keep, &n, reason, who, &why);
	done(r, err, why, event, who);
}

void
range_verb_widen(struct request *r)
{
	range_work(r, "widen", range_widen);
}

void
range_verb_narrow(struct request *r)
{
	range_work(r, "narrow", range_narrow);
}

void
range_verb_except(struct request *r)
{
	bool ends = json_is_true(json_object_get(r->json, "end"));
	struct str reason, who;
	const char *why = "";
	struct addr a;
	int err;

	if (!verb_target(r, &a) || !verb_reason(r, &reason, &who))
		return;
	err = range_except(r->keep, &a, ends, reason, who, &why);
	done(r, err, why, ends ? "except-end" : "except", who);
}
