#include "tool/render.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/cause_text.h"
#include "tool/coverage_text.h"
#include "tool/json.h"
#include "tool/words.h"

enum { FORM_COLS = 5, WORD_COLS = 15 };

#define RED "31"
#define GREEN "32"
#define YELLOW "33"

bool
render_when(const char *word, bool otherwise)
{
	if (word == NULL || strcmp(word, "auto") == 0)
		return otherwise;
	return strcmp(word, "always") == 0;
}

bool
render_color(FILE *out, const char *word)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return render_when(word, isatty(fileno(out)) == 1 &&
	    (no == NULL || no[0] == '\0') && term != NULL && strcmp(term, "dumb") != 0);
}

void
render_init(struct render *r, FILE *out, bool json, const char *progress,
    const char *color)
{
	*r = (struct render){ .out = out, .verdicts = json_object(),
	    .said = json_object(), .found = json_object() };
	r->mode = json ? RENDER_JSON :
	    render_when(progress, isatty(fileno(out)) == 1) ? RENDER_LIVE : RENDER_RESULTS;
	r->color = !json && render_color(out, color);
}

void
render_end(struct render *r)
{
	json_decref(r->verdicts);
	json_decref(r->said);
	json_decref(r->found);
	r->verdicts = r->said = r->found = NULL;
}

/* Begins a live line: time, form, word. */
static void
begin(const struct render *r, int64_t at_ms, const char *form, const char *word)
{
	char safe[64];

	fprintf(r->out, "%6lld.%llds  ", (long long)(at_ms / 1000),
	    (long long)(at_ms % 1000 / 100));
	words_safe(safe, sizeof(safe), str_of(form));
	words_pad(r->out, safe, FORM_COLS);
	words_pad(r->out, word, WORD_COLS);
	fputc(' ', r->out);
}

static void
put_safe(const struct render *r, const json_t *o, const char *key)
{
	char safe[WORDS_TEXT];

	words_safe(safe, sizeof(safe), str_of(tool_json_text(o, key)));
	fputs(safe, r->out);
}

/* A tag in words; an unknown one cleaned, since it may be anything. */
static void
put_words(const struct render *r, const char *(*words)(const char *),
    const char *tag)
{
	char safe[WORDS_TEXT];

	words_safe(safe, sizeof(safe), str_of(words(tag)));
	fputs(safe, r->out);
}

void
render_paint(const struct render *r, const char *color, const char *text)
{
	if (r->color)
		fprintf(r->out, "\033[%sm%s\033[0m", color, text);
	else
		fputs(text, r->out);
}

static void
keep_addr(struct render *r, const json_t *ev)
{
	char safe[ADDR_TEXT];

	words_safe(safe, sizeof(safe), str_of(tool_json_text(ev, "addr")));
	if (safe[0] != '\0')
		memcpy(r->addr, safe, sizeof(safe));
}

static void
put_until(const struct render *r, const json_t *o, const char *key)
{
	char when[WORDS_TIME];

	words_time(when, tool_json_int(o, key));
	fputs(when, r->out);
}

/* ---- one function per event: what stands after the word ---- */

static void
say_resolved(struct render *r, const json_t *ev)
{
	keep_addr(r, ev);
	if (tool_json_text(ev, "host")[0] != '\0') {
		put_safe(r, ev, "host");
		fputs(" -> ", r->out);
	}
	put_safe(r, ev, "addr");
}

static void
say_queued(struct render *r, const json_t *ev)
{
	keep_addr(r, ev);
	put_safe(r, ev, "addr");
	fprintf(r->out, _(": forms: %lld, depth %s, pace %s, basis %s"),
	    (long long)tool_json_int(ev, "forms"), words_depth(tool_json_text(ev, "depth")),
	    tool_json_text(ev, "pace"), tool_json_text(ev, "basis"));
	if (tool_json_int(ev, "next") > 0) {
		fputs(_("; not before "), r->out);
		put_until(r, ev, "next");
	}
}

static void
say_control(struct render *r, const json_t *ev)
{
	const char *why = tool_json_text(ev, "why");

	if (tool_json_bool(ev, "ok")) {
		fprintf(r->out, _("a letter of our own came back in %.2f s"),
		    (double)tool_json_int(ev, "took_ms") / 1000);
		return;
	}
	fputs(_("a letter of our own did not come back: nothing but \"open\" "
	    "can be said"), r->out);
	if (why[0] != '\0') {
		fputs("; ", r->out);
		put_words(r, words_why, why);
	}
}

static void
say_connecting(struct render *r, const json_t *ev)
{
	const json_t *forms = json_object_get(ev, "forms"), *form;
	char safe[16];
	size_t i;

	fprintf(r->out, _("session %lld, port %lld:"),
	    (long long)tool_json_int(ev, "session"),
	    (long long)tool_json_int(ev, "port"));
	json_array_foreach(forms, i, form) {
		const char *id = json_string_value(form);

		words_safe(safe, sizeof(safe), str_of(id == NULL ? "?" : id));
		fprintf(r->out, " %s", safe);
	}
}

static void
say_denied(struct render *r, const json_t *ev)
{
	put_words(r, words_why, tool_json_text(ev, "why"));
}

/* "mx.corp.example, LOGIN: ": where a form is several, which of them. */
static void
put_variant(const struct render *r, const json_t *ev)
{
	static const char *const names[] = { "host", "dom", "mechanism" };
	bool any = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (tool_json_text(ev, names[i])[0] == '\0')
			continue;
		fputs(any ? ", " : "", r->out);
		put_safe(r, ev, names[i]);
		any = true;
	}
	fputs(any ? ": " : "", r->out);
}

/* The reply carries its code already when keeper kept the whole line. */
static void
say_found(struct render *r, const json_t *ev)
{
	const char *said = tool_json_text(ev, "said");
	int64_t code = tool_json_int(ev, "code");
	char digits[8];

	put_variant(r, ev);
	snprintf(digits, sizeof(digits), "%03lld", (long long)(code % 1000));
	if (code > 0 && strncmp(said, digits, 3) != 0)
		fprintf(r->out, "%s ", digits);
	put_safe(r, ev, "said");
}

static void
say_ended(struct render *r, const json_t *ev)
{
	fprintf(r->out, _("session %lld: "),
	    (long long)tool_json_int(ev, "session"));
	put_words(r, words_finding, tool_json_text(ev, "finding"));
}

static void
say_waiting(struct render *r, const json_t *ev)
{
	const char *why = tool_json_text(ev, "why");

	put_words(r, words_why, why[0] == '\0' ? "mailbox" : why);
	if (tool_json_int(ev, "until") > 0) {
		fputs(_(", until "), r->out);
		put_until(r, ev, "until");
	}
}

static void
put_host(const struct render *r, const char *label, const json_t *ev,
    const char *key)
{
	if (tool_json_text(ev, key)[0] == '\0')
		return;
	fprintf(r->out, "; %s ", label);
	put_safe(r, ev, key);
}

static void
say_receipt(struct render *r, const json_t *ev)
{
	bool sender = strcmp(tool_json_text(ev, "kind"), "sender") == 0;
	bool counts = tool_json_bool(ev, "counts");

	if (tool_json_int(ev, "port") > 0)
		fprintf(r->out, _("port %lld: "), (long long)tool_json_int(ev, "port"));
	put_variant(r, ev);
	fputs(!sender ? _("at the recipient token") :
	    counts ? _("at the sender token: a bounce") :
	    _("at the sender token"), r->out);
	if (!counts) {
		fputs(_(", does not count: "), r->out);
		put_words(r, words_why, tool_json_text(ev, "why"));
	}
	put_host(r, _("input host"), ev, "entry");
	put_host(r, _("output host"), ev, "exit");
	put_host(r, _("client that the input host saw"), ev, "believed");
	if (json_object_get(ev, "hops") != NULL)
		fprintf(r->out, _("; hops: %lld"),
		    (long long)tool_json_int(ev, "hops"));
	if (json_is_false(json_object_get(ev, "linked")))
		fputs(_("; the path does not link"), r->out);
	if (counts && tool_json_text(ev, "why")[0] != '\0') {
		fputs(_("; lists only with a second proof: "), r->out);
		put_words(r, words_why, tool_json_text(ev, "why"));
	}
}

static void
put_verdict_word(const struct render *r, const char *tag)
{
	const char *color = strcmp(tag, "open") == 0 ? RED :
	    strcmp(tag, "closed") == 0 ? GREEN : YELLOW;
	char safe[WORDS_TEXT];

	words_safe(safe, sizeof(safe), str_of(words_verdict(tag)));
	render_paint(r, color, safe);
}

/* Another address of the target than that of the test. */
static void
put_other(const struct render *r, const json_t *ev)
{
	if (tool_json_text(ev, "spoke_to")[0] == '\0')
		return;
	fputs(" (", r->out);
	put_safe(r, ev, "spoke_to");
	fputs(")", r->out);
}

static void
put_verdict(const struct render *r, const json_t *ev)
{
	const char *tag = tool_json_text(ev, "verdict");
	const char *why = tool_json_text(ev, "why");

	put_verdict_word(r, tag);
	if (tool_json_bool(ev, "provisional"))
		fputs(_(" (provisional)"), r->out);
	fputs(": ", r->out);
	coverage_text_show(r->out, ev);
	if (strcmp(tag, "open") == 0 && tool_json_text(ev, "form")[0] != '\0') {
		fputs(_("; came back: form "), r->out);
		put_safe(r, ev, "form");
		put_other(r, ev);
	} else if (why[0] != '\0' && strcmp(why, "all-refused") != 0) {
		fputs("; ", r->out);
		put_words(r, words_why, why);
	}
}

static void
say_listed(struct render *r, const json_t *ev)
{
	put_safe(r, ev, "addr");
	fprintf(r->out, _(" as 127.0.0.%lld until "),
	    (long long)tool_json_int(ev, "code"));
	put_until(r, ev, "until");
	fprintf(r->out, _("; proofs: %lld, serial %lld"),
	    (long long)tool_json_int(ev, "proofs"),
	    (long long)tool_json_int(ev, "serial"));
}

static void
say_removed(struct render *r, const json_t *ev)
{
	put_safe(r, ev, "addr");
	if (strcmp(tool_json_text(ev, "kind"), "retract") == 0)
		fputs(_(", listed in error"), r->out);
	fprintf(r->out, _("; serial %lld"),
	    (long long)tool_json_int(ev, "serial"));
}

static void
say_published(struct render *r, const json_t *ev)
{
	fprintf(r->out, _("serial %lld, given to the answering roles in %lld ms"),
	    (long long)tool_json_int(ev, "serial"),
	    (long long)tool_json_int(ev, "took_ms"));
}

static void
say_connected(struct render *r, const json_t *ev)
{
	fprintf(r->out, _("session %lld, port %lld"),
	    (long long)tool_json_int(ev, "session"),
	    (long long)tool_json_int(ev, "port"));
}

static void
say_cancelled(struct render *r, const json_t *ev)
{
	fputs(strcmp(tool_json_text(ev, "by"), "test") == 0 ?
	    _("another test takes its place") : _("on request"), r->out);
}

static const struct event_row {
	const char	*name;
	const char	*word;		/* NULL: words_finding of the event */
	void		(*say)(struct render *r, const json_t *ev);
	bool		 list;		/* of the list: also written in a pipe */
	bool		 has_addr;	/* say() shows the address itself */
} event_rows[] = {
	{ "resolved", N_("resolved"), say_resolved, false, true },
	{ "queued", N_("queued"), say_queued, false, true },
	{ "control", N_("control letter"), say_control, false, true },
	{ "connecting", N_("connecting"), say_connecting, false, false },
	{ "connected", N_("connected"), say_connected, false, false },
	{ "cancelled", N_("cancelled"), say_cancelled, false, false },
	{ "denied", N_("not permitted"), say_denied, false, false },
	{ "found", NULL, say_found, false, false },
	{ "ended", N_("session over"), say_ended, false, false },
	{ "waiting", N_("waiting"), say_waiting, false, false },
	{ "receipt", N_("mail came"), say_receipt, false, true },
	{ "listed", N_("listed"), say_listed, true, true },
	{ "removed", N_("delisted"), say_removed, true, true },
	{ "published", N_("published"), say_published, false, true },
};

/* Remembers an address, and how many of its forms got an answer. */
static void
note_addr(struct render *r, const json_t *ev)
{
	const char *addr = tool_json_text(ev, "addr");
	json_int_t n = json_integer_value(json_object_get(r->found, addr));

	if (addr[0] == '\0')
		return;
	if (json_object_get(r->verdicts, addr) == NULL)
		json_object_set_new(r->verdicts, addr, json_null());
	if (strcmp(tool_json_text(ev, "event"), "found") == 0)
		json_object_set_new(r->found, addr, json_integer(n + 1));
}

/* Where several addresses are tested at once each line says which. */
static void
put_which(struct render *r, bool shown_anyway, const json_t *ev)
{
	if (tool_json_text(ev, "addr")[0] == '\0' || shown_anyway ||
	    json_object_size(r->verdicts) < 2)
		return;
	put_safe(r, ev, "addr");
	fputs(": ", r->out);
}

static void
render_one(struct render *r, const struct event_row *row, const json_t *ev,
    int64_t at_ms)
{
	char word[WORDS_TEXT];

	words_safe(word, sizeof(word), str_of(row->word != NULL ? _(row->word) :
	    words_finding(tool_json_text(ev, "finding"))));
	keep_addr(r, ev);
	note_addr(r, ev);
	if (r->mode == RENDER_LIVE) {
		begin(r, at_ms, tool_json_text(ev, "form"), word);
		put_which(r, row->has_addr, ev);
		row->say(r, ev);
		fputc('\n', r->out);
	} else if (row->list) {
		fprintf(r->out, "%s: ", word);
		row->say(r, ev);
		fputc('\n', r->out);
	}
}

/* A provisional verdict after each form says nothing new. */
static bool
same_verdict(const json_t *a, const json_t *b)
{
	return json_is_object(a) && strcmp(tool_json_text(a, "verdict"),
	    tool_json_text(b, "verdict")) == 0 &&
	    strcmp(tool_json_text(a, "why"), tool_json_text(b, "why")) == 0 &&
	    tool_json_bool(a, "provisional") == tool_json_bool(b, "provisional");
}

void
render_result(struct render *r, const json_t *verdict)
{
	char safe[WORDS_TEXT];

	words_safe(safe, sizeof(safe), str_of(tool_json_text(verdict, "addr")));
	if (safe[0] != '\0' || r->addr[0] != '\0')
		fprintf(r->out, "%s: ", safe[0] != '\0' ? safe : r->addr);
	put_verdict(r, verdict);
	fputc('\n', r->out);
	cause_text_show(r->out, verdict);
}

static void
render_verdict(struct render *r, const json_t *ev, int64_t at_ms)
{
	bool news, final = !tool_json_bool(ev, "provisional");
	const char *addr;

	keep_addr(r, ev);
	addr = tool_json_text(ev, "addr")[0] != '\0' ?
	    tool_json_text(ev, "addr") : r->addr;
	news = !same_verdict(json_object_get(r->verdicts, addr), ev);
	json_object_set_new(r->verdicts, addr, json_deep_copy(ev));
	if (news)
		json_object_del(r->said, addr);
	if (r->mode == RENDER_LIVE && (news || final)) {
		begin(r, at_ms, "", _("verdict"));
		put_which(r, false, ev);
		put_verdict(r, ev);
		fputc('\n', r->out);
		cause_text_show(r->out, ev);
	} else if (final && news)
		render_result(r, ev);
	if (final)
		json_object_set_new(r->said, addr, json_true());
}

/* A line of key list. */
static void
render_key(struct render *r, const json_t *ev)
{
	char made[WORDS_TIME], end[WORDS_TIME];
	int64_t revoked = tool_json_int(ev, "revoked"), until = tool_json_int(ev, "until");

	words_time(made, tool_json_int(ev, "made"));
	fprintf(r->out, "%lld  ", (long long)tool_json_int(ev, "id"));
	put_safe(r, ev, "name");
	fprintf(r->out, _("; made %s"), made);
	words_time(end, revoked > 0 ? revoked : until);
	if (revoked > 0) {
		fprintf(r->out, _("; revoked %s: "), end);
		put_safe(r, ev, "reason");
	} else if (until > 0)
		fprintf(r->out, _("; holds until %s"), end);
	fputc('\n', r->out);
}

static const struct event_row *
row_of(const char *name)
{
	for (size_t i = 0; i < sizeof(event_rows) / sizeof(event_rows[0]); i++)
		if (strcmp(name, event_rows[i].name) == 0)
			return &event_rows[i];
	return NULL;
}

void
render_event(struct render *r, const json_t *ev, int64_t at_ms)
{
	const char *name = tool_json_text(ev, "event");
	const struct event_row *row = row_of(name);

	if (r->local && row != NULL && row->list)
		return;
	if (r->mode == RENDER_JSON)
		tool_json_line(r->out, ev);
	else if (strcmp(name, "verdict") == 0)
		render_verdict(r, ev, at_ms);
	else if (strcmp(name, "key") == 0)
		render_key(r, ev);
	else if (row != NULL)
		render_one(r, row, ev, at_ms);
	fflush(r->out);
}

void
render_known(struct render *r)
{
	const char *addr;
	json_t *v;

	if (r->mode == RENDER_JSON)
		return;
	json_object_foreach(r->verdicts, addr, v) {
		if (json_is_object(v) && json_object_get(r->said, addr) == NULL) {
			render_result(r, v);
			json_object_set_new(r->said, addr, json_true());
		}
	}
	fflush(r->out);
}

void
render_cut(struct render *r)
{
	const char *addr;
	char safe[ADDR_TEXT];
	json_t *v;

	render_known(r);
	if (r->mode == RENDER_JSON)
		return;
	json_object_foreach(r->verdicts, addr, v) {
		if (json_is_object(v))
			continue;
		words_safe(safe, sizeof(safe), str_of(addr));
		fprintf(r->out, _("%s: %s (provisional); forms answered: %lld\n"),
		    safe, words_verdict("none"),
		    (long long)tool_json_int(r->found, addr));
	}
	fflush(r->out);
}

bool
render_judged(const struct render *r)
{
	const char *addr;
	json_t *v;

	json_object_foreach(r->verdicts, addr, v)
		if (json_is_object(v))
			return true;
	return false;
}

void
render_unjudged(struct render *r, const char *name, const json_t *done)
{
	const char *tag = tool_json_text(done, "verdict");

	if (r->mode == RENDER_JSON || tag[0] == '\0' ||
	    tool_json_bool(done, "reused"))
		return;
	fprintf(r->out, "%s: ", name);
	put_verdict_word(r, tag);
	fputs(tool_json_bool(done, "provisional") ? _(" (provisional)") : "", r->out);
	if (tool_json_int(done, "total") > 0) {
		fputs(": ", r->out);
		coverage_text_show(r->out, done);
	}
	fputc('\n', r->out);
}
