/* tool/answer.c -- the second half of tool/render.h: what stands at the end. */

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "tool/cause_text.h"
#include "tool/coverage_text.h"
#include "tool/json.h"
#include "tool/render.h"
#include "tool/sunset_say.h"
#include "tool/words.h"

/* All texts in an answer may quote a remote host or another person. */

static void
put_label(FILE *out, const char *label)
{
	fputs("  ", out);
	words_pad(out, label, 14);
	fputc(' ', out);
}

static void
show_listings(FILE *out, const json_t *done)
{
	char since[WORDS_TIME], until[WORDS_TIME];
	const json_t *l;
	size_t i;

	json_array_foreach(json_object_get(done, "listings"), i, l) {
		words_time(since, tool_json_int(l, "since"));
		words_time(until, tool_json_int(l, "until"));
		put_label(out, _("listed"));
		fprintf(out, _("127.0.0.%lld since %s, until %s; proofs: %lld\n"),
		    (long long)tool_json_int(l, "code"), since, until,
		    (long long)tool_json_int(l, "proofs"));
	}
}

static void
show_verdict(FILE *out, const json_t *done)
{
	const json_t *v = json_object_get(done, "verdict");
	char word[WORDS_TEXT], why[WORDS_TEXT], when[WORDS_TIME];

	if (json_object_size(v) == 0)
		return;
	words_safe(word, sizeof(word),
	    str_of(words_verdict(tool_json_text(v, "verdict"))));
	words_safe(why, sizeof(why), str_of(words_why(tool_json_text(v, "why"))));
	words_time(when, tool_json_int(v, "made"));
	put_label(out, _("last verdict"));
	fprintf(out, "%s%s", word,
	    tool_json_bool(v, "provisional") ? _(" (provisional)") : "");
	fputs(": ", out);
	coverage_text_show(out, v);
	fprintf(out, "; %s; %s\n", why, when);
	cause_text_show(out, v);
}

static void
show_run(FILE *out, const json_t *done)
{
	const json_t *run = json_object_get(done, "run");
	char state[WORDS_TEXT], next[WORDS_TIME];

	if (json_object_size(run) == 0)
		return;
	words_safe(state, sizeof(state),
	    str_of(words_state(tool_json_text(run, "state"))));
	words_time(next, tool_json_int(run, "next"));
	put_label(out, _("test"));
	fprintf(out, _("%s; sessions: %lld; next not before %s\n"), state,
	    (long long)tool_json_int(run, "sessions"), next);
}

static void
show_nominees(FILE *out, const json_t *done)
{
	char basis[32], reason[WORDS_TEXT], who[128], until[WORDS_TIME];
	const json_t *n;
	size_t i;

	json_array_foreach(json_object_get(done, "nominees"), i, n) {
		words_safe(basis, sizeof(basis), str_of(tool_json_text(n, "basis")));
		words_safe(reason, sizeof(reason), str_of(tool_json_text(n, "reason")));
		words_safe(who, sizeof(who), str_of(tool_json_text(n, "who")));
		words_time(until, tool_json_int(n, "until"));
		put_label(out, _("basis"));
		if (tool_json_int(n, "until") > 0)
			fprintf(out, _("%s until %s: %s (%s)\n"), basis, until,
			    reason, who);
		else
			fprintf(out, _("%s until revoked: %s (%s)\n"), basis,
			    reason, who);
	}
}

/* Why the prober was there: one line what, one line why. */
static void
show_session(FILE *out, const json_t *s)
{
	char when[WORDS_TIME], reason[WORDS_TEXT], asked[128], finding[WORDS_TEXT];

	words_time(when, tool_json_int(s, "started"));
	words_safe(reason, sizeof(reason), str_of(tool_json_text(s, "reason")));
	words_safe(asked, sizeof(asked), str_of(tool_json_text(s, "asked")));
	words_safe(finding, sizeof(finding),
	    str_of(words_finding(tool_json_text(s, "finding"))));
	put_label(out, _("session"));
	fprintf(out, _("%s, port %lld: forms: %lld, answered: %lld, refused: %lld, "
	    "accepted: %lld; %s\n"), when, (long long)tool_json_int(s, "port"),
	    (long long)tool_json_int(s, "forms"), (long long)tool_json_int(s, "answered"),
	    (long long)tool_json_int(s, "refused"), (long long)tool_json_int(s, "accepted"),
	    finding);
	put_label(out, "");
	fprintf(out, _("%s, depth %s, pace %s, basis %s"), tool_json_text(s, "kind"),
	    tool_json_text(s, "depth"), tool_json_text(s, "pace"), tool_json_text(s, "basis"));
	if (reason[0] != '\0')
		fprintf(out, " (%s)", reason);
	fprintf(out, _("; asked for by %s\n"), asked[0] != '\0' ? asked : "-");
}

static void
show_sessions(FILE *out, const json_t *done)
{
	const json_t *s;
	size_t i;

	json_array_foreach(json_object_get(done, "sessions"), i, s)
		show_session(out, s);
}

static void
answer_show(struct render *r, const json_t *done)
{
	char addr[64];

	words_safe(addr, sizeof(addr), str_of(tool_json_text(done, "addr")));
	fprintf(r->out, "%s: %s\n", addr, tool_json_bool(done, "listed") ?
	    _("listed") : _("not listed"));
	show_listings(r->out, done);
	show_verdict(r->out, done);
	show_run(r->out, done);
	show_nominees(r->out, done);
	show_sessions(r->out, done);
	if (tool_json_bool(done, "optout")) {
		put_label(r->out, _("opt-out"));
		fputs(_("never probed again, on request\n"), r->out);
	}
}

static void
status_roles(FILE *out, const json_t *done)
{
	json_t *roles = json_object_get(done, "roles"), *v;
	char safe[128];
	const char *key;

	json_object_foreach(roles, key, v) {
		words_safe(safe, sizeof(safe), str_of(key));
		fprintf(out, "%s: %s\n", safe,
		    json_is_true(v) ? _("up") : _("down"));
	}
}

static void
status_probers(FILE *out, const json_t *probers)
{
	if (!json_is_object(probers))
		return;
	fprintf(out, _("probers: %lld with %lld sessions; events wait %lld ms (99 %%), %lld ms at worst\n"),
	    (long long)tool_json_int(probers, "processes"),
	    (long long)tool_json_int(probers, "sessions"),
	    (long long)tool_json_int(probers, "delay_ms"),
	    (long long)tool_json_int(probers, "delay_max_ms"));
}

/* Why public addresses are not probed, by the state of the checklist. */
static const struct { const char *tag, *text; } closed[] = {
	{ "never", N_("the start-up checklist was never run; run `sekimori doctor`") },
	{ "failed", N_("the start-up checklist did not pass; run `sekimori doctor`") },
	{ "changed", N_("the configuration has changed since the start-up checklist passed; run `sekimori doctor`") },
	{ "over", N_("the pass of the start-up checklist has ended; run `sekimori doctor`") },
	{ "store", N_("the store cannot be read") },
};

static const char *
closed_by(const json_t *public)
{
	const char *tag = tool_json_text(public, "checklist");

	if (strcmp(tool_json_text(public, "why"), "public-off") == 0)
		return _("probe.public is false");
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		if (strcmp(tag, closed[i].tag) == 0)
			return _(closed[i].text);
	return words_why(tool_json_text(public, "why"));
}

static void
status_public(FILE *out, const json_t *public)
{
	char until[WORDS_TIME], safe[WORDS_TEXT];

	if (!json_is_object(public))
		return;
	words_time(until, tool_json_int(public, "until"));
	words_safe(safe, sizeof(safe), str_of(closed_by(public)));
	if (tool_json_bool(public, "open"))
		fprintf(out, _("public addresses: probed; the start-up checklist holds "
		    "until %s\n"), until);
	else
		fprintf(out, _("public addresses: not probed: %s\n"), safe);
}

static void
answer_status(struct render *r, const json_t *done)
{
	const json_t *public = json_object_get(done, "public");
	const json_t *control = json_object_get(done, "control");
	FILE *out = r->out;
	char safe[128];
	char day[WALL_TEXT];

	if (tool_json_bool(done, "lab"))
		fputs(tool_json_bool(public, "open") ?
		    _("LAB: laboratory ranges are probed and listed too; this list "
		    "is of no use outside\n") :
		    _("LAB: only laboratory ranges are probed; these listings "
		    "mean nothing outside\n"), out);
	fprintf(out, _("serial %lld, listings: %lld\n"),
	    (long long)tool_json_int(done, "serial"),
	    (long long)tool_json_int(done, "listings"));
	if (json_object_get(done, "runs") != NULL)
		fprintf(out, _("live tests: %lld\n"),
		    (long long)tool_json_int(done, "runs"));
	words_safe(safe, sizeof(safe),
	    str_of(words_state(tool_json_text(done, "life"))));
	if (safe[0] != '\0' && tool_json_int(done, "empties") > 0) {
		wall_text(day, (struct wall){ tool_json_int(done, "empties") });
		fprintf(out, _("list: %s; it will be emptied on %.10s\n"), safe, day);
	} else if (safe[0] != '\0')
		fprintf(out, _("list: %s\n"), safe);
	fputs(json_is_true(control) || tool_json_bool(control, "ok") ?
	    _("control letter: holds\n") :
	    _("control letter: does not hold; nothing but \"open\" is said until "
	    "one arrives\n"), out);
	status_public(out, public);
	status_roles(out, done);
	status_probers(out, json_object_get(done, "probers"));
}

static void
answer_journal(struct render *r, const json_t *done)
{
	if (tool_json_bool(done, "ok"))
		fprintf(r->out, _("journal: %lld rows, serial %lld, the chain holds\n"),
		    (long long)tool_json_int(done, "rows"),
		    (long long)tool_json_int(done, "serial"));
	else
		fprintf(r->out, _("journal: the chain breaks at row %lld: the "
		    "database was changed by something else; restore a backup "
		    "and compare\n"), (long long)tool_json_int(done, "bad"));
}

static void
answer_queued(struct render *r, const json_t *done)
{
	char addr[ADDR_TEXT];

	words_safe(addr, sizeof(addr), str_of(tool_json_text(done, "addr")));
	if (addr[0] == '\0')
		memcpy(addr, r->addr, sizeof(addr));
	if (addr[0] != '\0')
		fprintf(r->out, _("%s: queued (follow it: sekimori follow %s)\n"),
		    addr, addr);
	else
		fputs(_("queued\n"), r->out);
}

static void
answer_optout(struct render *r, const json_t *done)
{
	(void)done;
	fputs(_("stored: never probed again; a test that is under way stops\n"),
	    r->out);
}

static void
answer_removed(struct render *r, const json_t *done)
{
	if (tool_json_int(done, "serial") > 0)
		fprintf(r->out, _("delisted; serial %lld\n"),
		    (long long)tool_json_int(done, "serial"));
	else
		fputs(_("delisted\n"), r->out);
}

static void
answer_range(struct render *r, const json_t *done)
{
	fprintf(r->out, _("done; serial %lld\n"),
	    (long long)tool_json_int(done, "serial"));
}

static void
answer_sunset(struct render *r, const json_t *done)
{
	sunset_say(r->out, done);
}

/* The key alone on its line: a script may read it. */
static void
answer_key(struct render *r, const json_t *done)
{
	char key[128];

	words_safe(key, sizeof(key), str_of(tool_json_text(done, "key")));
	fprintf(r->out, "%s\n", key);
	fprintf(r->out, _("key %lld; it is shown this once: only its digest is kept\n"),
	    (long long)tool_json_int(done, "id"));
}

static void
answer_revoked(struct render *r, const json_t *done)
{
	(void)done;
	fputs(_("revoked: it opens nothing any more\n"), r->out);
}

static void
answer_note(struct render *r, const json_t *done)
{
	(void)done;
	fputs(_("noted\n"), r->out);
}

static const struct {
	const char	*verb;
	void		(*say)(struct render *r, const json_t *done);
	bool		 alone;		/* only when nothing was followed */
} answers[] = {
	{ "show", answer_show, false },
	{ "status", answer_status, false },
	{ "journal", answer_journal, false },
	{ "nominate", answer_queued, true },
	{ "retest", answer_queued, true },
	{ "optout", answer_optout, false },
	{ "remove", answer_removed, false },
	{ "retract", answer_removed, false },
	{ "widen", answer_range, false },
	{ "narrow", answer_range, false },
	{ "except", answer_range, false },
	{ "note", answer_note, false },
	{ "sunset", answer_sunset, false },
	{ "key-add", answer_key, false },
	{ "key-revoke", answer_revoked, false },
};

/* Nothing was tested now: the last verdict is still an answer. */
static void
answer_reused(struct render *r, const json_t *done)
{
	const json_t *last = json_object_get(done, "last");
	char when[WORDS_TIME];

	if (!json_is_object(last)) {
		fputs(_("no test is under way, and there is no verdict yet\n"),
		    r->out);
		return;
	}
	words_time(when, tool_json_int(last, "made"));
	fprintf(r->out, _("not tested again; the verdict of %s holds: "), when);
	render_result(r, last);
}

/* The object of the end, as a line like the others. */
static void
json_done(struct render *r, const json_t *done)
{
	json_t *o = json_pack("{s:s}", "event", "done"), *v;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)done, key, v)
		json_object_set(o, key, v);
	tool_json_line(r->out, o);
	json_decref(o);
}

void
render_answer(struct render *r, const char *verb, const json_t *done)
{
	if (r->mode == RENDER_JSON)
		json_done(r, done);
	else if (tool_json_bool(done, "reused"))
		answer_reused(r, done);
	else
		for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
			if (strcmp(verb, answers[i].verb) == 0 &&
			    !(answers[i].alone && r->followed))
				answers[i].say(r, done);
	fflush(r->out);
}

void
render_failure(struct render *r, FILE *err, const char *command,
    const json_t *done)
{
	const char *words = words_error(tool_json_text(done, "error"));
	char safe[WORDS_TEXT];

	if (r->mode == RENDER_JSON)
		json_done(r, done);
	fflush(r->out);
	/* the keeper's sentence says more than ours, but only in English;
	 * the catalogue translates the next word to its own code */
	words_safe(safe, sizeof(safe), str_of(tool_json_text(done, "text")));
	if (words != NULL && safe[0] != '\0' && strcmp(_("en"), "en") == 0)
		words = NULL;
	fprintf(err, "sekimori %s: %s", command, words != NULL ? words : "");
	if (safe[0] != '\0')
		fprintf(err, words != NULL ? " (%s)" : "%s", safe);
	else if (words == NULL)
		fputs(_("the keeper refused without saying why"), err);
	fputc('\n', err);
}
