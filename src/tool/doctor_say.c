#include "tool/doctor_say.h"

#include <string.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/words.h"

enum { STATE_COLS = 11, TAG_COLS = 12, LABEL_COLS = 7 };

static const struct { const char *word, *color; } states[CHECK_STATES] = {
	[CHECK_NONE] = { "", "0" },
	[CHECK_OK] = { N_("ok"), "32" },
	[CHECK_FAILED] = { N_("FAILED"), "31" },
	[CHECK_UNSHOWN] = { N_("NOT SHOWN"), "31" },
	[CHECK_SKIPPED] = { N_("skipped"), "33" },
};

/* What is only advised must not look like what keeps public probing closed. */
static const char *
state_word(enum check c, enum check_state s, const char **color)
{
	*color = states[s].color;
	if (checklist[c].required || s == CHECK_OK || s == CHECK_SKIPPED)
		return _(states[s].word);
	*color = "33";
	return _("advice");
}

static void
say_row(struct render *r, enum check c, enum check_state s)
{
	const char *color, *word = state_word(c, s, &color);

	render_paint(r, color, word);
	words_pad(r->out, "", STATE_COLS > words_width(word) ?
	    STATE_COLS - words_width(word) : 1);
	words_pad(r->out, checklist[c].tag, TAG_COLS);
	fprintf(r->out, "%s\n", _(doctor_titles[c]));
}

/* Lines of a text, each after the first indented like it. */
static void
say_text(struct render *r, const char *label, const char *text, const struct trouble *t)
{
	char filled[TROUBLE_TEXT], safe[TROUBLE_TEXT];
	struct str rest;

	doctor_trouble_fill(filled, text, t);
	rest = str_of(filled);
	fputs("  ", r->out);
	words_pad(r->out, label, LABEL_COLS);
	while (rest.n > 0) {
		words_safe(safe, sizeof(safe), str_cut(&rest, '\n'));
		fprintf(r->out, " %s\n", safe);
		if (rest.n > 0)
			words_pad(r->out, "", LABEL_COLS + 2);
	}
}

static void
say_troubles(struct render *r, enum check c, const struct judged *j)
{
	const char *color, *word = state_word(c, j->state, &color);

	fprintf(r->out, "\n%s: ", checklist[c].tag);
	render_paint(r, color, word);
	fputc('\n', r->out);
	for (size_t i = 0; i < j->n; i++) {
		const struct trouble_row *row = &doctor_troubles[j->troubles[i].is];

		say_text(r, _("found"), _(row->found), &j->troubles[i]);
		say_text(r, _("do"), _(row->fix), &j->troubles[i]);
	}
}

static void
say_end(struct render *r, const json_t *done)
{
	const json_t *public = json_object_get(done, "public");
	char until[WORDS_TIME];

	words_time(until, tool_json_int(public, "until"));
	fputc('\n', r->out);
	if (!tool_json_bool(done, "pass"))
		fputs(_("Not passed: public addresses are not probed before every "
		    "required check is ok.\n"), r->out);
	else if (tool_json_bool(public, "open"))
		fprintf(r->out, _("Passed: public addresses may be probed until %s.\n"),
		    until);
	else
		fprintf(r->out, _("Passed, until %s. probe.public is false: only "
		    "laboratory ranges are probed.\n"), until);
}

/* Skipped ones are told by the check that they wait for. */
static void
say_people(struct render *r, const struct judged j[CHECK_N], const json_t *done)
{
	for (enum check c = 0; c < CHECK_N; c++)
		say_row(r, c, j[c].state);
	for (enum check c = 0; c < CHECK_N; c++)
		if (j[c].state == CHECK_FAILED || j[c].state == CHECK_UNSHOWN)
			say_troubles(r, c, &j[c]);
	say_end(r, done);
}

/* --- JSON --- */

static json_t *
trouble_json(const struct trouble *t)
{
	const struct trouble_row *row = &doctor_troubles[t->is];
	char found[TROUBLE_TEXT], fix[TROUBLE_TEXT];
	json_t *what = json_array();

	for (size_t i = 0; i < TROUBLE_ARGS && t->what[i][0] != '\0'; i++)
		json_array_append_new(what, json_string(t->what[i]));
	doctor_trouble_fill(found, row->found, t);
	doctor_trouble_fill(fix, row->fix, t);
	return json_pack("{ss so ss ss}", "why", row->tag, "what", what,
	    "found", found, "fix", fix);
}

static void
say_json(struct render *r, const struct judged j[CHECK_N], const json_t *done)
{
	json_t *o;

	for (enum check c = 0; c < CHECK_N; c++) {
		json_t *troubles = json_array();

		for (size_t i = 0; i < j[c].n; i++)
			json_array_append_new(troubles, trouble_json(&j[c].troubles[i]));
		o = json_pack("{ss ss ss sb so}", "event", "check", "check",
		    checklist[c].tag, "state", check_state_names[j[c].state],
		    "required", checklist[c].required, "troubles", troubles);
		tool_json_line(r->out, o);
		json_decref(o);
	}
	render_answer(r, "doctor", done);
}

json_t *
doctor_say_results(const struct judged j[CHECK_N])
{
	json_t *out = json_array();

	for (enum check c = 0; c < CHECK_N; c++) {
		json_t *why = json_array();

		for (size_t i = 0; i < j[c].n; i++)
			json_array_append_new(why,
			    json_string(doctor_troubles[j[c].troubles[i].is].tag));
		json_array_append_new(out, json_pack("{ss ss so}", "check",
		    checklist[c].tag, "state", check_state_names[j[c].state],
		    "why", why));
	}
	return out;
}

void
doctor_say(struct render *r, const struct judged j[CHECK_N], const json_t *done)
{
	if (r->mode == RENDER_JSON)
		say_json(r, j, done);
	else
		say_people(r, j, done);
	fflush(r->out);
}
