#include "web/test_view.h"

#include <stdio.h>
#include <string.h>

#include "web/coverage_view.h"

static void
put(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, json_string(text));
}

/* --- by the verdict --- */

static const struct { const char *verdict, *tone; bool fix; } tones[] = {
	{ "open", "listed", true }, { "closed", "clear", false }, { "accepts", "unsure", false },
	{ "inconclusive", "unsure", false }, { "untested", "unsure", false },
};

static const char *
tone_of(const char *verdict, bool *fix)
{
	for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++) {
		if (strcmp(tones[i].verdict, verdict) == 0) {
			*fix = tones[i].fix;
			return tones[i].tone;
		}
	}
	*fix = false;
	return "unsure";
}

/* prefix-NAME-MORE if there is such a text, else prefix-NAME, else otherwise */
static void
put_tag(json_t *view, const char *key, const char *prefix, const char *name,
    const char *more, const char *otherwise)
{
	char tag[64], both[64];

	snprintf(both, sizeof(both), "%.30s-%.30s", name, more);
	page_tag(tag, prefix, name, otherwise);
	if (more[0] != '\0')
		page_tag(tag, prefix, both, tag);
	put(view, key, tag);
}

/* A result that is not clean stands for a while, but not to the owner. */
static void
view_again(json_t *view, const json_t *verdict, const char *name, struct wall now)
{
	int64_t again = page_number(verdict, "at") + TEST_REUSED_S;

	if (again > now.s && strcmp(name, "closed") != 0)
		json_object_set_new(view, "again", json_integer(again));
}

static void
view_verdict(json_t *view, const json_t *snapshot, struct wall now, enum lang lang)
{
	const json_t *v = json_object_get(snapshot, "verdict");
	const char *name = page_text(v, "verdict");
	char tag[64];
	bool fix;

	if (!json_is_object(v))
		return;
	put(view, "tone", tone_of(name, &fix));
	json_object_set_new(view, "fix", json_boolean(fix));
	put(view, "word", page_tag(tag, "verdict.", name, "verdict.none"));
	json_object_set_new(view, "verdict", json_pack("{ss ss}", "tag", tag,
	    "tone", tone_of(name, &fix)));
	coverage_view(view, v, lang);
	json_object_set_new(view, "provisional", json_boolean(page_true(v, "provisional")));
	put_tag(view, "sentence", "test.done-", name,
	    page_true(snapshot, "removed") ? "removed" : "", "test.done-untested");
	put_tag(view, "what", "test.what-", name,
	    page_true(snapshot, "removed") ? "removed" : "", "test.what-untested");
	if (!page_inside(snapshot))
		view_again(view, v, name, now);
	else {
		if (page_tag(tag, "why.", page_text(v, "why"), "")[0] != '\0')
			put(view, "why", tag);
		json_object_set_new(view, "caused", json_boolean(page_text(v, "cause")[0] != '\0'));
	}
}

/* --- by the state --- */

static const char *const stages[] = { "queued", "connecting", "testing", "waiting", "done" };
enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

static size_t
stage_of(const char *state)
{
	for (size_t i = 0; i < STAGES; i++)
		if (strcmp(stages[i], state) == 0)
			return i;
	return STAGES;		/* cancelled */
}

static void
view_steps(json_t *view, const char *state)
{
	size_t at = stage_of(state);
	json_t *steps = json_array(), *step;
	char tag[64];

	for (size_t i = 0; i < STAGES; i++) {
		const char *is = i < at || at == STAGES - 1 ? "done" : i == at ? "current" : "todo";

		if (at == STAGES)
			is = "todo";
		step = json_pack("{ss ss ss sb}", "name", stages[i], "state", is,
		    "tag", page_tag(tag, "test.step-", stages[i], ""), "current",
		    strcmp(is, "current") == 0);
		put(step, "word", page_tag(tag, "test.step-is-", is, ""));
		json_array_append_new(steps, step);
	}
	json_object_set_new(view, "steps", steps);
}

static void
view_state(json_t *view, const json_t *snapshot, const char *state)
{
	char tag[64];

	put(view, "tone", "busy");
	put(view, "word", page_tag(tag, "test.word-", state, "state.unknown"));
	put_tag(view, "sentence", "test.now-", state, page_text(snapshot, "why"), "test.now-waiting");
	put(view, "what", "test.what-untested");
	json_object_set_new(view, "may_cancel", json_boolean(
	    page_true(snapshot, "mine") || page_inside(snapshot)));
}

static void
view_cancelled(json_t *view)
{
	put(view, "tone", "unsure");
	put(view, "word", "test.step-cancelled");
	put(view, "sentence", "test.done-cancelled");
	put(view, "what", "test.what-cancelled");
}

/* --- for who sees more --- */

/* Port, names and mechanism with which a form went out, as one line. */
static json_t *
went_out(const json_t *s)
{
	static const char *const names[] = { "host", "dom", "mechanism" };
	char out[640];
	struct wbuf w = wbuf_of(out, sizeof(out));

	if (page_number(s, "port") > 0)
		wbuf_printf(&w, "%lld", (long long)page_number(s, "port"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (page_text(s, names[i])[0] != '\0')
			wbuf_printf(&w, "%s%s", w.len > 0 ? " " : "", page_text(s, names[i]));
	return json_stringn(out, w.err == 0 ? w.len : 0);
}

static void
view_rows(json_t *view, const json_t *snapshot)
{
	json_t *rows = json_array(), *row;
	const json_t *s;
	char tag[64], class[64];
	size_t i;

	json_array_foreach(json_object_get(snapshot, "steps"), i, s) {
		row = json_pack("{ss ss}", "finding", page_tag(tag, "finding.",
		    page_text(s, "finding"), "finding.none"), "class", page_tag(class, "class.",
		    page_text(s, "class"), "class.none"));
		page_copy(row, s, "form");
		page_copy(row, s, "said");
		json_object_set_new(row, "with", went_out(s));
		json_array_append_new(rows, row);
	}
	json_object_set_new(view, "rows", rows);
}

static void
view_inside(json_t *view, const json_t *snapshot, enum lang lang)
{
	int64_t done = page_number(snapshot, "forms_done");
	int64_t total = page_number(snapshot, "forms_total");
	char class[64];

	json_object_set_new(view, "inside", json_true());
	if (total > 0 && stage_of(page_text(snapshot, "state")) == stage_of("testing")) {
		json_object_set_new(view, "n", json_integer(done < total ? done + 1 : total));
		json_object_set_new(view, "forms_total", json_integer(total));
		page_tag(class, "class.", page_text(snapshot, "class"), "");
		if (class[0] != '\0')
			put(view, "class", text_of(class, lang));
		put(view, "forms", class[0] != '\0' ? "test.forms-class" : "test.forms");
	}
	view_rows(view, snapshot);
}

void
test_view(json_t *view, const json_t *snapshot, struct wall now, enum lang lang)
{
	const char *state = page_text(snapshot, "state");
	bool cancelled = stage_of(state) == STAGES;
	bool done = cancelled || stage_of(state) == STAGES - 1;
	int64_t until = page_number(snapshot, "until");

	page_copy(view, snapshot, "addr");
	page_copy(view, snapshot, "place");
	page_copy(view, snapshot, "ahead");
	page_copy(view, snapshot, "clean_by");
	json_object_set_new(view, "done", json_boolean(done));
	json_object_set_new(view, "live", json_integer(!done));
	json_object_set_new(view, "now", json_integer(now.s));
	put(view, "title", done ? "test.title-done" : "test.title");
	if (until > now.s && !done) {
		json_object_set_new(view, "until", json_integer(until));
		json_object_set_new(view, "left", json_integer(until - now.s));
	}
	if (page_number(snapshot, "deadline") > now.s && !done)
		page_copy(view, snapshot, "deadline");
	if (!done)
		view_state(view, snapshot, state);
	else if (cancelled)
		view_cancelled(view);
	if (done && !cancelled)
		view_verdict(view, snapshot, now, lang);
	view_steps(view, state);
	if (page_inside(snapshot))
		view_inside(view, snapshot, lang);
}
