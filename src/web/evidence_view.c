#include "web/evidence_view.h"

#include <string.h>

#include "web/cause_view.h"
#include "web/coverage_view.h"

enum shown { SHOWN_TEXT, SHOWN_CLASS, SHOWN_CODE, SHOWN_TIME, SHOWN_NUMBER, SHOWN_BOOL };

/* A proof's members in the order of reading: the mail's way, who was who, when. */
static const struct { const char *key, *name; enum shown as; } members[] = {
	{ "entry", "evidence.entry", SHOWN_CODE },
	{ "exit", "evidence.exit", SHOWN_CODE },
	{ "port", "evidence.port", SHOWN_NUMBER },
	{ "form", "evidence.form", SHOWN_TEXT },
	{ "class", "evidence.class", SHOWN_CLASS },
	{ "host", "evidence.name-host", SHOWN_CODE },
	{ "dom", "evidence.name-dom", SHOWN_CODE },
	{ "mechanism", "evidence.mechanism", SHOWN_CODE },
	{ "believed", "evidence.believed", SHOWN_CODE },
	{ "hops", "evidence.hops", SHOWN_NUMBER },
	{ "linked", "evidence.linked", SHOWN_BOOL },
	{ "token", "evidence.token", SHOWN_CODE },
	{ "minted", "evidence.minted", SHOWN_TIME },
	{ "sent", "evidence.sent", SHOWN_TIME },
	{ "accepted", "evidence.accepted", SHOWN_TIME },
	{ "returned", "evidence.returned", SHOWN_TIME },
	{ "mail_from_sent", "evidence.mail-from-sent", SHOWN_CODE },
	{ "rcpt_to_sent", "evidence.rcpt-to-sent", SHOWN_CODE },
	{ "said", "evidence.said", SHOWN_CODE },
	{ "helo", "evidence.helo", SHOWN_CODE },
	{ "mail_from", "evidence.mail-from", SHOWN_CODE },
	{ "mail", "evidence.digest", SHOWN_CODE },
};

static json_t *
row(const char *name, const json_t *v, enum shown as)
{
	json_t *r = json_pack("{ss}", "name", name);
	char tag[64];

	switch (as) {
	case SHOWN_TIME:
		json_object_set(r, "time", (json_t *)(uintptr_t)v);
		break;
	case SHOWN_BOOL:
		json_object_set_new(r, "text", json_true());
		json_object_set_new(r, "tag", json_string(json_is_true(v) ?
		    "evidence.yes" : "evidence.no"));
		break;
	case SHOWN_CLASS:
		json_object_set_new(r, "text", json_true());
		json_object_set_new(r, "tag", json_string(page_tag(tag, "class.",
		    json_string_value(v), "class.none")));
		break;
	case SHOWN_CODE:
		json_object_set_new(r, "code", json_true());
		/* FALLTHROUGH */
	case SHOWN_TEXT:
	case SHOWN_NUMBER:
		json_object_set(r, "text", (json_t *)(uintptr_t)v);
		break;
	}
	return r;
}

static bool
is_there(const json_t *v, enum shown as)
{
	if (as == SHOWN_TIME)
		return json_integer_value(v) > 0;
	if (as == SHOWN_BOOL)
		return json_is_boolean(v);
	if (as == SHOWN_CLASS)
		return json_string_length(v) > 0;
	return json_is_integer(v) || json_string_length(v) > 0;
}

static json_t *
proof(const json_t *ev)
{
	json_t *o = json_object(), *rows = json_array();
	const char *digest = page_word(ev, "mail");

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const json_t *v = json_object_get(ev, members[i].key);

		if (is_there(v, members[i].as))
			json_array_append_new(rows, row(members[i].name, v, members[i].as));
	}
	json_object_set_new(o, "rows", rows);
	page_copy(o, ev, "entry");
	page_copy(o, ev, "exit");
	page_copy(o, ev, "returned");
	page_copy(o, ev, "octets");
	if (strcmp(page_text(ev, "exit"), page_text(ev, "entry")) != 0)
		json_object_set_new(o, "exit_other", json_true());
	if (json_array_size(json_object_get(ev, "chain")) > 0)
		json_object_set_new(o, "chain", json_pack("{sO}", "lines", json_object_get(ev, "chain")));
	if (digest[0] != '\0')
		json_object_set_new(o, "mail", json_string(digest));
	return o;
}

static json_t *
verdict(const json_t *ev, enum lang lang)
{
	char tag[64], why[64];
	json_t *v = json_object();

	page_tag(tag, "verdict.", page_text(ev, "verdict"), "verdict.none");
	json_object_set_new(v, "tag", json_string(tag));
	json_object_set_new(v, "name", json_string(tag + sizeof("verdict.") - 1));
	coverage_view(v, ev, lang);
	page_copy(v, ev, "at");
	if (page_tag(why, "why.", page_text(ev, "why"), "")[0] != '\0')
		json_object_set_new(v, "why", json_string(why));
	cause_view(v, ev);
	return v;
}

/* Parts of one session's transcript follow each other. */
static void
transcript(json_t *list, const json_t *ev)
{
	json_t *last = json_array_get(list, json_array_size(list) - 1);
	const json_t *session = json_object_get(ev, "session");
	const char *text = page_text(ev, "text");

	if (last == NULL || session == NULL ||
	    !json_equal(json_object_get(last, "session"), (json_t *)(uintptr_t)session)) {
		last = json_object();
		page_copy(last, ev, "session");
		json_object_set_new(last, "parts", json_array());
		json_array_append_new(list, last);
	}
	json_array_append_new(json_object_get(last, "parts"), json_string(text));
}

static json_t *
journal(const json_t *ev)
{
	json_t *o = json_object();
	char tag[64];

	page_copy(o, ev, "seq");
	page_copy(o, ev, "serial");
	page_copy(o, ev, "at");
	page_copy(o, ev, "hash");
	page_copy(o, ev, "prev");
	page_copy(o, ev, "kind");
	if (page_tag(tag, "check.event-", page_text(ev, "kind"), "")[0] != '\0')
		json_object_set_new(o, "tag", json_string(tag));
	return o;
}

/* Why we were there: what a session was for, who asked, what came of it. */
static json_t *
session(const json_t *ev, enum lang lang)
{
	static const char *const numbers[] = { "started", "port", "forms", "answered",
		"refused", "accepted" };
	static const struct { const char *key, *family; } words[] = {
		{ "kind", "evidence.kind-" }, { "basis", "basis." }, { "finding", "finding." },
	};
	json_t *o = json_object();
	char tag[64];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_set_new(o, numbers[i], json_integer(page_number(ev, numbers[i])));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (page_tag(tag, words[i].family, page_text(ev, words[i].key), "")[0] != '\0')
			json_object_set_new(o, words[i].key, json_string(tag));
	if (page_tag(tag, "depth.", page_text(ev, "depth"), "")[0] != '\0')
		json_object_set_new(o, "depth", json_string(text_of(tag, lang)));
	if (page_text(ev, "reason")[0] != '\0')
		page_copy(o, ev, "reason");
	if (page_text(ev, "asked")[0] != '\0')
		page_copy(o, ev, "asked");
	return o;
}

static void
set_list(json_t *view, const char *key, const char *inner, json_t *list)
{
	if (json_array_size(list) > 0)
		json_object_set_new(view, key, json_pack("{so}", inner, list));
	else
		json_decref(list);
}

/* Who asked is not told to everybody: a column where it is. */
static void
set_sessions(json_t *view, json_t *rows)
{
	bool asked = false;
	const json_t *o;
	size_t i;

	json_array_foreach(rows, i, o)
		asked = asked || json_object_get(o, "asked") != NULL;
	set_list(view, "sessions", "rows", rows);
	if (asked)
		json_object_set_new(json_object_get(view, "sessions"), "who", json_true());
}

void
evidence_view(json_t *view, const json_t *events, enum lang lang)
{
	json_t *proofs = json_array(), *said = json_array(), *rows = json_array();
	json_t *sessions = json_array();
	const json_t *ev;
	size_t i;

	json_array_foreach(events, i, ev) {
		const char *kind = page_text(ev, "event");

		if (strcmp(kind, "proof") == 0)
			json_array_append_new(proofs, proof(ev));
		else if (strcmp(kind, "verdict") == 0 &&	/* the newest comes first */
		    json_object_get(view, "verdict") == NULL)
			json_object_set_new(view, "verdict", verdict(ev, lang));
		else if (strcmp(kind, "transcript") == 0)
			transcript(said, ev);
		else if (strcmp(kind, "journal") == 0)
			json_array_append_new(rows, journal(ev));
		else if (strcmp(kind, "session") == 0)
			json_array_append_new(sessions, session(ev, lang));
	}
	json_object_set_new(view, "proofs", proofs);
	set_sessions(view, sessions);
	set_list(view, "transcripts", "list", said);
	set_list(view, "journal", "rows", rows);
}
