#include "tool/gate_report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/cause_text.h"
#include "tool/gate_words.h"
#include "tool/json.h"
#include "tool/paper.h"
#include "tool/words.h"

enum { TEXT = 1400, PATH_OCTETS = 4096, CAUSE_OCTETS = 16384 };

const char *
gate_report_form(const char *path)
{
	static const struct { const char *end, *form; } forms[] = {
		{ ".txt", "text" }, { ".json", "json" }, { ".html", "html" },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (str_iends(str_of(path), str_of(forms[i].end)))
			return forms[i].form;
	return NULL;
}

const char *
gate_report_answer(int exit)
{
	return exit == 1 ? _("OPEN: it relayed for strangers at some time") :
	    exit == 0 ? _("closed all the time that was watched") :
	    _("undecided: not shown to be closed all the time");
}

static enum paper_tone
tone_of(int64_t exit)
{
	return exit == 1 ? PAPER_BAD : exit == 0 ? PAPER_GOOD : PAPER_DOUBT;
}

static enum paper_tone
tone_of_verdict(const char *v)
{
	return strcmp(v, "open") == 0 ? PAPER_BAD :
	    strcmp(v, "closed") == 0 ? PAPER_PLAIN : PAPER_DOUBT;
}

/* --- parts --- */

static void
pair_time(struct paper *p, const char *label, const json_t *o, const char *key)
{
	char when[WORDS_TIME];

	words_time(when, tool_json_int(o, key));
	paper_pair(p, label, when);
}

/* The moment of an opening, how, and between what it lies. */
static void
pair_opening(struct paper *p, const char *label, const json_t *o, const char *edge,
    int64_t at)
{
	char when[WORDS_TIME], known[WORDS_TIME], text[TEXT], form[16];

	words_time(when, tool_json_int(o, "taken"));
	words_time(known, at);
	words_safe(form, sizeof(form), str_of(tool_json_text(o, "form")));
	snprintf(text, sizeof(text), _("%s, form %s, port %lld; %s %s"), when, form,
	    (long long)tool_json_int(o, "port"), edge, at > 0 ? known : _("never seen"));
	paper_pair(p, label, text);
}

static void
numbers(struct paper *p, const json_t *end)
{
	char text[TEXT];

	snprintf(text, sizeof(text), _("%lld with the baseline: closed %lld, open %lld, "
	    "undecided %lld"), (long long)tool_json_int(end, "rounds"),
	    (long long)tool_json_int(end, "closed"), (long long)tool_json_int(end, "open"),
	    (long long)tool_json_int(end, "undecided"));
	paper_pair(p, _("rounds"), text);
}

static void
baseline(struct paper *p, const json_t *end)
{
	const json_t *b = json_object_get(end, "baseline");
	char text[TEXT], when[WORDS_TIME], verdict[TEXT / 4], why[TEXT / 4];

	if (!json_is_object(b))
		return;
	words_time(when, tool_json_int(b, "ended"));
	words_safe(verdict, sizeof(verdict), str_of(words_verdict(tool_json_text(b, "verdict"))));
	words_safe(why, sizeof(why), str_of(words_why(tool_json_text(b, "why"))));
	snprintf(text, sizeof(text), _("%s: %s (%s), %lld of %lld forms"), when, verdict,
	    why, (long long)tool_json_int(b, "done"), (long long)tool_json_int(b, "total"));
	paper_pair(p, _("baseline"), text);
}

static void
course(struct paper *p, const json_t *spans)
{
	const char *const head[] = { _("from"), _("to"), _("rounds"), _("verdict") };
	const json_t *s;
	size_t i;

	if (json_array_size(spans) == 0)
		return;
	paper_section(p, _("Course"));
	paper_columns(p, head, 4);
	json_array_foreach(spans, i, s) {
		const char *v = tool_json_text(s, "verdict"), *why = tool_json_text(s, "why");
		char from[WORDS_TIME], to[WORDS_TIME], n[24], text[TEXT], safe[TEXT / 2];
		const char *const cells[] = { from, to, n, text };

		words_time(from, tool_json_int(s, "began"));
		words_time(to, tool_json_int(s, "ended"));
		snprintf(n, sizeof(n), "%lld", (long long)tool_json_int(s, "rounds"));
		words_safe(safe, sizeof(safe), str_of(words_why(why)));
		snprintf(text, sizeof(text), "%s (%s)", words_verdict(v), safe);
		paper_row(p, tone_of_verdict(v), cells, 4);
	}
}

static void
changes(struct paper *p, const json_t *list, int64_t more)
{
	const char *const head[] = { _("what"), _("from"), _("to"), _("before; then") };
	const json_t *c;
	char text[TEXT];
	size_t i;

	paper_section(p, _("Different from the baseline"));
	if (json_array_size(list) == 0) {
		paper_line(p, _("nothing"));
		return;
	}
	paper_columns(p, head, 4);
	json_array_foreach(list, i, c) {
		char what[GATE_WORDS], from[WORDS_TIME], to[WORDS_TIME];
		const char *const cells[] = { what, from, to, text };

		gate_words_place(what, c);
		words_time(from, tool_json_int(c, "first"));
		words_time(to, tool_json_int(c, "last"));
		if (!tool_json_bool(c, "back"))
			snprintf(to, sizeof(to), "%s", _("the end"));
		gate_words_change(text, sizeof(text), c);
		paper_row(p, PAPER_PLAIN, cells, 4);
	}
	snprintf(text, sizeof(text), _("and %lld more"), (long long)more);
	if (more > 0)
		paper_line(p, text);
}

/* The replies are the catalogue's; they stand in the JSON report. */
static void
facts(struct paper *p, const json_t *list)
{
	const json_t *f;
	size_t i;

	paper_section(p, _("Baseline"));
	json_array_foreach(list, i, f) {
		const char *what = tool_json_text(f, "what");
		char place[GATE_WORDS], safe[WORDS_TEXT];

		if (strcmp(what, "reply") == 0 || strcmp(what, "verdict") == 0)
			continue;
		gate_words_place(place, f);
		gate_words_value(safe, sizeof(safe), what, tool_json_text(f, "is"));
		paper_pair(p, place, safe);
	}
}

/* The lines of tool/cause_text, one by one. */
static void
cause(struct paper *p, const json_t *proof)
{
	char *text = NULL, *rest, *line;
	size_t n = 0;
	FILE *f;

	if (tool_json_text(proof, "cause")[0] == '\0')
		return;
	f = open_memstream(&text, &n);
	if (f == NULL)
		return;
	cause_text_show(f, proof);
	if (fclose(f) == 0) {
		paper_section(p, _("Why, and what to change"));
		for (line = strtok_r(text, "\n", &rest); line != NULL;
		    line = strtok_r(NULL, "\n", &rest))
			paper_line(p, line + strspn(line, " "));
	}
	free(text);
}

static void
openings(struct paper *p, const json_t *end)
{
	if (tool_json_int(end, "openings") == 0)
		return;
	pair_opening(p, _("open first"), json_object_get(end, "first"),
	    _("closed before that:"), tool_json_int(end, "closed_before"));
	pair_opening(p, _("open last"), json_object_get(end, "last"),
	    _("closed after that:"), tool_json_int(end, "closed_after"));
}

static void
target(struct paper *p, const json_t *t)
{
	const json_t *end = json_object_get(t, "end"), *plan = json_object_get(t, "plan");
	char text[GATE_WORDS], host[256], addr[64];

	words_safe(host, sizeof(host), str_of(tool_json_text(t, "host")));
	words_safe(addr, sizeof(addr), str_of(tool_json_text(t, "addr")));
	snprintf(text, sizeof(text), strcmp(host, addr) == 0 ? "%s" : "%s (%s)", host, addr);
	paper_heading(p, text);
	if (end == NULL) {
		paper_line(p, _("nothing is known: it was not watched"));
		return;
	}
	paper_answer(p, tone_of(tool_json_int(end, "exit")),
	    gate_report_answer((int)tool_json_int(end, "exit")));
	openings(p, end);
	numbers(p, end);
	baseline(p, end);
	gate_words_plan(text, plan);
	paper_pair(p, _("plan"), text);
	if (tool_json_text(end, "why")[0] != '\0') {
		words_safe(text, sizeof(text), str_of(words_why(tool_json_text(end, "why"))));
		paper_pair(p, _("stopped early"), text);
	}
	course(p, json_object_get(t, "spans"));
	changes(p, json_object_get(t, "changes"), tool_json_int(end, "changes_more"));
	cause(p, json_object_get(t, "proof"));
	facts(p, json_object_get(t, "facts"));
}

static void
whole(struct paper *p, const json_t *doc)
{
	const json_t *list = json_object_get(doc, "targets"), *t;
	const char *reason = tool_json_text(doc, "reason");
	char safe[WORDS_TEXT];
	size_t i;

	paper_begin(p, _("Gate: were the servers closed during the change?"));
	paper_answer(p, tone_of(tool_json_int(doc, "exit")), tool_json_bool(doc, "cut") &&
	    tool_json_int(doc, "exit") != 1 ? _("cut short: only what was watched counts") :
	    gate_report_answer((int)tool_json_int(doc, "exit")));
	if (reason[0] != '\0') {
		words_safe(safe, sizeof(safe), str_of(reason));
		paper_pair(p, _("reason"), safe);
	}
	pair_time(p, _("from"), doc, "began");
	pair_time(p, _("to"), doc, "ended");
	words_safe(safe, sizeof(safe), str_of(tool_json_text(doc, "by")));
	paper_pair(p, _("watched by"), safe);
	json_array_foreach(list, i, t)
		target(p, t);
	paper_section(p, _("What the words mean"));
	paper_line(p, _("Closed: in each round every form of its depth was refused or bounced, while a letter of our own came back. Open: a probe mail came back. A server that does not answer, or takes a mail that does not come back, is undecided."));
	paper_end(p);
}

/* --- files --- */

void
gate_report_text(const json_t *doc, FILE *out)
{
	struct paper p = { .out = out };

	whole(&p, doc);
}

static int
write_as(const json_t *doc, const char *form, FILE *out)
{
	struct paper p = { .out = out, .html = strcmp(form, "html") == 0 };

	if (strcmp(form, "json") == 0) {
		if (json_dumpf(doc, out, JSON_INDENT(1) | JSON_ENSURE_ASCII) != 0)
			return SEK_ENOMEM;
		fputc('\n', out);
	} else
		whole(&p, doc);
	return ferror(out) != 0 ? SEK_ESYS : 0;
}

int
gate_report_write(const json_t *doc, const char *path, FILE *err)
{
	char part[PATH_OCTETS], shown[160];
	FILE *f;
	int rc = SEK_ESYS;

	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		f = NULL;
	} else
		f = fopen(part, "we");
	if (f != NULL) {
		rc = write_as(doc, gate_report_form(path), f);
		if (fclose(f) != 0 || (rc == 0 && rename(part, path) != 0))
			rc = SEK_ESYS;
		if (rc != 0)
			unlink(part);
	}
	if (rc == 0)
		return 0;
	str_clean(shown, sizeof(shown), str_of(path));
	fprintf(err, _("sekimori gate: %s: the report cannot be written: %s\n"), shown,
	    sek_strerror(rc));
	return EXIT_CANTCREAT;
}
