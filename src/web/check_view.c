#include "web/check_view.h"

#include <string.h>

#include "fact/returncode.h"
#include "web/cause_view.h"
#include "web/coverage_view.h"

static void
put(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, json_string(text));
}

/* A time as a fact below the answer. */
static void
fact(json_t *facts, const char *name, int64_t time)
{
	if (time > 0)
		json_array_append_new(facts, json_pack("{ss sI}", "name", name,
		    "time", (json_int_t)time));
}

/* --- the listings --- */

struct standing {		/* what the live listings of an address add up to */
	bool	listed, entry;
	int64_t	since, until, proof;
	int64_t	proofs;
};

static void
add_standing(struct standing *s, const json_t *l)
{
	int64_t since = page_number(l, "since"), until = page_number(l, "until");
	int64_t proof = page_number(l, "proof");

	s->entry |= page_number(l, "code") == RETURNCODE_ENTRY;
	if (!s->listed || since < s->since)
		s->since = since;
	if (until > s->until)
		s->until = until;
	if (proof > s->proof)
		s->proof = proof;
	s->proofs += page_number(l, "proofs");
	s->listed = true;
}

static struct standing
standing_of(const json_t *answer)
{
	const json_t *all = json_object_get(answer, "listings"), *l;
	struct standing s = { 0 };
	size_t i;

	json_array_foreach(all, i, l)
		add_standing(&s, l);
	s.listed = page_true(answer, "listed");
	return s;
}

/* --- the answer in one sentence --- */

enum being { BEING_LISTED, BEING_EXIT, BEING_CLEARED, BEING_NOT, BEING_N };

static const struct {
	const char	*word, *tone, *sentence, *was, *lead;
	const char	*lines[3];
} beings[BEING_N] = {
	[BEING_LISTED] = { "state.listed", "listed", "check.is-listed", "check.was-listed",
	    "check.lead-listed",
	    { "check.now-listed-1", "check.now-listed-2", "check.now-listed-3" } },
	[BEING_EXIT] = { "state.listed", "listed", "check.is-exit", "check.was-listed",
	    "check.lead-listed",
	    { "check.now-exit-1", "check.now-exit-2", "check.now-exit-3" } },
	[BEING_CLEARED] = { "state.cleared", "cleared", "check.is-cleared", "check.was-not-listed",
	    "check.lead-cleared",
	    { "check.now-cleared-1", "check.now-cleared-2", "check.now-cleared-3" } },
	[BEING_NOT] = { "state.not-listed", "clear", "check.is-not-listed", "check.was-not-listed",
	    "check.lead-not-listed",
	    { "check.now-not-listed-1", "check.now-not-listed-2", "check.now-not-listed-3" } },
};

static void
say(json_t *view, enum being b, const char *sentence, const char *lead, enum lang lang)
{
	put(view, "word", beings[b].word);
	put(view, "word_text", text_of(beings[b].word, lang));
	put(view, "tone", beings[b].tone);
	put(view, "sentence", sentence);
	put(view, "lead", lead);
	json_object_set_new(view, "listed", json_boolean(b == BEING_LISTED || b == BEING_EXIT));
	json_object_set_new(view, "disputable", json_boolean(b != BEING_NOT));
}

static void
what_now(json_t *view, enum being b, size_t n)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(lines, json_string(beings[b].lines[i]));
	json_object_set_new(view, "now", json_pack("{so sb}", "lines", lines,
	    "help", b == BEING_LISTED));
}

static void
facts(json_t *view, const json_t *answer, const struct standing *s)
{
	json_t *list = json_array();

	if (s->listed) {
		fact(list, "check.fact-since", s->since);
		fact(list, "check.fact-until", s->until);
	} else {
		fact(list, "check.fact-clean", page_number(answer, "clean_by"));
	}
	if (json_array_size(list) > 0)
		json_object_set_new(view, "facts", json_pack("{so}", "list", list));
	else
		json_decref(list);
}

/* --- what is known --- */

static void
row(json_t *rows, const char *name, const char *type, int64_t value)
{
	if (value > 0)
		json_array_append_new(rows, json_pack("{ss sI}", "name", name,
		    type, (json_int_t)value));
}

static void
kind(json_t *rows, const json_t *l)
{
	const char *range = page_text(l, "range");
	json_t *r = json_pack("{ss ss}", "name", "check.code", "text",
	    range[0] != '\0' ? "check.code-range" :
	    page_number(l, "code") == RETURNCODE_ENTRY ? "check.code-entry" : "check.code-exit");

	if (range[0] != '\0')
		put(r, "range", range);
	json_array_append_new(rows, r);
}

static void
known(json_t *view, const json_t *answer, const struct standing *s)
{
	const json_t *l;
	json_t *rows = json_array();
	size_t i;

	json_array_foreach(json_object_get(answer, "listings"), i, l)
		kind(rows, l);
	if (s->listed) {
		row(rows, "check.fact-since", "time", s->since);
		row(rows, "check.fact-until", "time", s->until);
		row(rows, "check.proof", "time", s->proof);
		row(rows, "check.proofs", "number", s->proofs);
	}
	row(rows, "check.first-seen", "time", page_number(answer, "first_seen"));
	row(rows, "check.last-seen", "time", page_number(answer, "last_seen"));
	row(rows, "check.last-test", "time", page_number(answer, "last_test"));
	if (json_array_size(rows) > 0)
		json_object_set_new(view, "public", json_pack("{so}", "rows", rows));
	else
		json_decref(rows);
}

static void
history(json_t *view, const json_t *answer)
{
	json_t *rows = json_array(), *r;
	const json_t *h;
	char tag[64];
	size_t i;

	json_array_foreach(json_object_get(answer, "history"), i, h) {
		if (page_tag(tag, "check.event-", page_text(h, "event"), "")[0] == '\0')
			continue;
		r = json_pack("{ss sI sI}", "tag", tag, "at", (json_int_t)page_number(h, "at"),
		    "serial", (json_int_t)page_number(h, "serial"));
		put(r, "event", tag + sizeof("check.event-") - 1);
		if (page_number(h, "until") > 0)
			page_copy(r, h, "until");
		json_array_append_new(rows, r);
	}
	if (json_array_size(rows) > 0)
		json_object_set_new(view, "history", json_pack("{so sb}", "rows", rows,
		    "more", page_true(answer, "more")));
	else
		json_decref(rows);
}

/* --- tests --- */

static void
may_not(json_t *view, json_t *test, const char *why)
{
	char tag[64];

	if (strcmp(why, "opted-out") == 0)
		return;		/* a note of its own says it */
	json_object_set_new(view, "retry", json_integer(86400));
	json_object_set_new(test, "no", json_pack("{ss}", "why",
	    page_tag(tag, "error.", why, "error.unavailable")));
	put(json_object_get(test, "no"), "next", page_tag(tag, "next.", why, "next.unavailable"));
}

static json_t *
go(const char *kind)
{
	char lead[64], label[64];
	char prefix[32] = "check.";

	strncat(prefix, kind, sizeof(prefix) - 8);
	strcat(prefix, "-");
	return json_pack("{ss ss ss}", "kind", kind,
	    "lead", page_tag(lead, prefix, "lead", ""), "label", page_tag(label, prefix, "go", ""));
}

static void
tests(json_t *view, const json_t *answer, bool listed)
{
	const json_t *may = json_object_get(answer, "may");
	const char *running = page_word(json_object_get(answer, "test"), "test");
	bool retest = page_true(may, "retest"), probe = page_true(may, "probe");
	json_t *test = json_object();

	if (running[0] != '\0')
		put(test, "running", running);
	else if (listed && retest)
		json_object_set_new(test, "go", go("retest"));
	else if (probe)
		json_object_set_new(test, "go", go("probe"));
	else if (listed)
		may_not(view, test, page_text(may, "why"));
	if (json_object_size(test) > 0)
		json_object_set_new(view, "test", test);
	else
		json_decref(test);
}

/* --- who sees more --- */

static void
inside(json_t *view, const json_t *answer, enum lang lang)
{
	const json_t *v = json_object_get(answer, "verdict");
	const char *role = page_text(answer, "role");
	json_t *o = json_object(), *verdict;
	char tag[64], why[64];

	json_object_set_new(view, "proved", json_true());
	put(o, "role", strcmp(role, "operator") == 0 ? "check.role-operator" :
	    strcmp(role, "csirt") == 0 ? "check.role-csirt" : "check.by-you");
	page_copy(o, answer, "proved_until");
	if (json_is_object(v)) {
		page_tag(tag, "verdict.", page_text(v, "verdict"), "verdict.none");
		verdict = json_pack("{ss ss}", "tag", tag, "name", tag + sizeof("verdict.") - 1);
		coverage_view(verdict, v, lang);
		cause_view(view, v);
		if (page_tag(why, "why.", page_text(v, "why"), "")[0] != '\0')
			put(verdict, "why", why);
		json_object_set_new(o, "verdict", verdict);
	}
	json_object_set_new(view, "owner", o);
}

void
check_view(json_t *view, const json_t *answer, bool then, enum lang lang)
{
	const struct standing s = standing_of(answer);
	enum being b = s.listed ? (s.entry ? BEING_LISTED : BEING_EXIT) :
	    page_number(answer, "clean_by") > 0 && !then ? BEING_CLEARED : BEING_NOT;

	page_copy(view, answer, "as_of");
	page_copy(view, answer, "serial");
	if (s.listed)
		json_object_set_new(view, "until", json_integer(s.until));
	else
		page_copy(view, answer, "clean_by");
	say(view, b, then ? beings[b].was : beings[b].sentence,
	    then ? "check.lead-at" : beings[b].lead, lang);
	facts(view, answer, &s);
	known(view, answer, &s);
	history(view, answer);
	if (then)
		return;
	what_now(view, b, 3);
	tests(view, answer, s.listed);
	if (page_true(answer, "optout"))
		json_object_set_new(view, "optout", json_true());
	if (page_inside(answer))
		inside(view, answer, lang);
	else
		json_object_set_new(view, "owner", json_object());
}

void
check_view_alone(json_t *view, const struct snapshot *s, const struct addr *a,
    enum lang lang)
{
	const struct snapshot_head *now = snapshot_now(s);
	uint64_t codes = snapshot_emptied(s) ? 0 : snapshot_find(s, a);
	enum being b = codes == 0 ? BEING_NOT :
	    (codes & (1u << RETURNCODE_ENTRY)) != 0 ? BEING_LISTED : BEING_EXIT;

	json_object_set_new(view, "alone", json_true());
	json_object_set_new(view, "as_of", json_integer(now->made_s));
	json_object_set_new(view, "serial", json_integer(now->serial));
	say(view, b, beings[b].sentence, "check.lead-base", lang);
	what_now(view, b, b == BEING_LISTED ? 1 : 2);
}
