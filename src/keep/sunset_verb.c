#include "keep/sunset_verb.h"

#include "keep/journal.h"
#include "keep/verbs.h"

/* The steps that may follow, waits aside. */
static json_t *
next_json(enum sunset at)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < SUNSET_STEPS; i++)
		if (sunset_follows(at, (enum sunset_step)i))
			json_array_append_new(list,
			    json_string(sunset_step_name((enum sunset_step)i)));
	return list;
}

/* What belongs into the zone that delegates ours once it has ended: addresses
 * at which nobody answers (RFC 5737, RFC 3849), by a name below our own. */
static json_t *
parent_json(const char *zone, enum sunset at)
{
	static const char *const lines[][2] = {
		{ "", "NS gone." }, { "gone.", "A 192.0.2.1" }, { "gone.", "AAAA 2001:db8::1" },
	};
	json_t *list = json_array();

	for (size_t i = 0; at == SUNSET_ENDED && zone[0] != '\0' && i < 3; i++)
		json_array_append_new(list, json_sprintf("%s%s. 172800 IN %s%s%s",
		    lines[i][0], zone, lines[i][1], i == 0 ? zone : "", i == 0 ? "." : ""));
	return list;
}

static json_t *
state_json(struct keep *k, const struct status *is)
{
	return json_pack("{ss ss ss sI sI sI sb so so}", "zone", k->conf->zone,
	    "state", status_word(is->at),
	    "life", status_life_word(status_life(is->at)),
	    "day", (json_int_t)is->day.s, "expires", (json_int_t)is->expiry_s,
	    "serial", (json_int_t)journal_serial(k),
	    "rehearsal", sunset_rehearsal(k->conf), "next", next_json(is->at),
	    "parent", parent_json(k->conf->zone, is->at));
}

static void
fail_order(struct request *r, enum sunset at)
{
	char may[128];
	struct wbuf w = wbuf_of(may, sizeof(may));

	for (unsigned i = 0; i < SUNSET_STEPS; i++)
		if (sunset_follows(at, (enum sunset_step)i))
			wbuf_printf(&w, "%s%s", w.len > 0 ? ", " : "",
			    sunset_step_name((enum sunset_step)i));
	if (w.len == 0)
		request_fail(r, EXIT_DATA, "sunset-order", "out of order: the list is %s; "
		    "nothing may follow", status_word(at));
	else
		request_fail(r, EXIT_DATA, "sunset-order", "out of order: the list is %s; "
		    "what may follow: %.*s", status_word(at), (int)w.len, may);
}

static void
fail_early(struct request *r, struct wall day)
{
	char text[WALL_TEXT];

	wall_text(text, day);
	request_fail(r, EXIT_TEMPFAIL, "sunset-early", "too early: not before %s",
	    text);
}

static void
refused(struct request *r, const char *why, const struct status *was)
{
	if (str_eq(str_of(why), STR("sunset-order")))
		fail_order(r, was->at);
	else if (str_eq(str_of(why), STR("sunset-early")))
		fail_early(r, was->day);
	else
		verb_refuse(r, why);
}

static void
sunset_step(struct request *r, struct sunset_work *w)
{
	struct status was, is;
	const char *why = "";
	int err = sunset_take(r->keep, w, &was, &is, &why);
	json_t *done;

	if (err == SUNSET_REFUSED) {
		refused(r, why, &was);
		return;
	}
	if (err != 0) {
		verb_fail_store(r, err);
		return;
	}
	done = state_json(r->keep, &is);
	json_object_set_new(done, "was", json_string(status_word(was.at)));
	json_object_set_new(done, "dry_run", json_boolean(w->dry));
	request_done(r, 0, done);
}

static void
sunset_status(struct request *r)
{
	struct status is;
	int err = status_last(&is, r->keep);

	if (err != 0)
		verb_fail_store(r, err);
	else
		request_done(r, 0, state_json(r->keep, &is));
}

void
sunset_verb(struct request *r)
{
	struct str step = verb_member(r, "step");
	struct sunset_work w = {
		.dry = json_is_true(json_object_get(r->json, "dry_run")),
		.day = { verb_int(r, "day", 0, 0, INT64_MAX) },
	};

	if (str_eq(step, STR("status")))
		sunset_status(r);
	else if (sunset_step_parse(&w.step, step) != 0)
		request_fail(r, EXIT_USAGE, "bad-sunset", "step is one of status, "
		    "announce, freeze, empty, end, cancel");
	else if (verb_reason(r, &w.reason, &w.who))
		sunset_step(r, &w);
}
