#include "web/rdap.h"

#include <stdio.h>
#include <string.h>

#include "fact/returncode.h"
#include "sys/json_put.h"
#include "web/allow_rows.h"
#include "web/link.h"

/* --- what may be said, and to whom --- */

static const struct allow_row listing_rows[] = {
	{ "code", ALLOW_INT, false, NULL },
	{ "kind", ALLOW_TEXT, false, NULL },
	{ "range", ALLOW_TEXT, false, NULL },
	{ "since", ALLOW_TIME, false, NULL },
	{ "until", ALLOW_TIME, false, NULL },
	{ "proof", ALLOW_TIME, false, NULL },
	{ "proofs", ALLOW_INT, false, NULL },
	{ 0 },
};

static const struct allow_row excepted_rows[] = {
	{ "range", ALLOW_TEXT, false, NULL },
	{ "since", ALLOW_TIME, false, NULL },
	{ 0 },
};

static const struct allow_row history_rows[] = {
	{ "event", ALLOW_TEXT, false, NULL },
	{ "at", ALLOW_TIME, false, NULL },
	{ "until", ALLOW_TIME, false, NULL },
	{ "code", ALLOW_INT, false, NULL },
	{ "proofs", ALLOW_INT, false, NULL },
	{ "serial", ALLOW_INT, false, NULL },
	{ 0 },
};

static const struct allow_row test_rows[] = {
	{ "test", ALLOW_TEXT, false, NULL },
	{ "state", ALLOW_TEXT, false, NULL },
	{ "place", ALLOW_INT, false, NULL },
	{ 0 },
};

static const struct allow_row may_rows[] = {
	{ "retest", ALLOW_BOOL, false, NULL },
	{ "why", ALLOW_TEXT, false, NULL },
	{ "probe", ALLOW_BOOL, false, NULL },
	{ "why_probe", ALLOW_TEXT, false, NULL },
	{ 0 },
};

static const struct allow_row verdict_rows[] = {
	ALLOW_COVERAGE(true),
	ALLOW_CAUSE,
	{ 0 },
};

static const struct allow_row check_rows[] = {
	{ "serial", ALLOW_INT, false, NULL },
	{ "as_of", ALLOW_TIME, false, NULL },
	{ "lab", ALLOW_BOOL, false, NULL },
	{ "life", ALLOW_TEXT, false, NULL },
	{ "empties", ALLOW_TIME, false, NULL },
	{ "zone", ALLOW_TEXT, false, NULL },
	{ "ttl", ALLOW_INT, false, NULL },
	{ "listed", ALLOW_BOOL, false, NULL },
	{ "listings", ALLOW_LIST, false, listing_rows },
	{ "excepted", ALLOW_OBJECT, false, excepted_rows },
	{ "clean_by", ALLOW_TIME, false, NULL },
	{ "history", ALLOW_LIST, false, history_rows },
	{ "more", ALLOW_BOOL, false, NULL },
	{ "first_seen", ALLOW_TIME, false, NULL },
	{ "last_seen", ALLOW_TIME, false, NULL },
	{ "last_test", ALLOW_TIME, false, NULL },
	{ "test", ALLOW_OBJECT, false, test_rows },
	{ "may", ALLOW_OBJECT, false, may_rows },
	{ "optout", ALLOW_BOOL, true, NULL },
	{ "own", ALLOW_BOOL, false, NULL },
	{ "role", ALLOW_TEXT, false, NULL },
	{ "proved_until", ALLOW_TIME, true, NULL },
	{ "verdict", ALLOW_OBJECT, true, verdict_rows },
	{ 0 },
};

static bool
is_true(const json_t *o, const char *name)
{
	return json_is_true(json_object_get(o, name));
}

/* That an address opted out, the one that asks for itself may know; when an
 * address that is not listed was tested, nobody but those who may. */
static json_t *
said(const struct rdap_in *in, int *err)
{
	bool may = allow_role(in->check);
	json_t *out = allow_copy(check_rows, in->check, may);

	if (in->own && is_true(in->check, "optout"))
		json_put(out, "optout", json_true(), err);
	if (!may && !is_true(out, "listed") && json_object_get(out, "last_test") != NULL)
		json_put(out, "last_test", json_null(), err);
	return out;
}

/* --- status and events --- */

static json_t *
statuses(const json_t *is, int *err)
{
	json_t *list = json_pack("[s]", is_true(is, "listed") ? "listed" : "not listed");

	if (json_is_object(json_object_get(is, "test")))
		json_put_item(list, json_string("test in progress"), err);
	if (is_true(is, "optout"))
		json_put_item(list, json_string("opted out"), err);
	return list;
}

static void
event_add(json_t *list, const char *action, const json_t *date, int *err)
{
	if (json_is_string(date))
		json_put_item(list, json_pack("{ss ss}", "eventAction", action,
		    "eventDate", json_string_value(date)), err);
}

static json_t *
events(const json_t *is, int *err)
{
	static const struct { const char *name, *action; } rows[] = {
		{ "first_seen", "first seen" },
		{ "last_seen", "last seen" },
		{ "last_test", "last retest" },
		{ "clean_by", "clean by" },
	};
	const json_t *listing = json_array_get(json_object_get(is, "listings"), 0);
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		event_add(list, rows[i].action, json_object_get(is, rows[i].name), err);
	event_add(list, "registration", json_object_get(listing, "since"), err);
	event_add(list, "expiration", json_object_get(listing, "until"), err);
	return list;
}

/* --- notices --- */

static void
notice_add(json_t *list, const struct rdap_in *in, const char *tag, const char *page,
    int *err)
{
	static const struct link_to about = { "about", "text/html", NULL };
	char name[64];
	const char *text;
	json_t *links = json_array();

	snprintf(name, sizeof(name), "%s%s", "notice.", tag);
	text = text_of(name, in->lang);
	link_add(links, err, &about, in->url, "%s/%s", lang_names[in->lang], page);
	json_put_item(list, json_pack("{ss s[s] so}", "tag", tag,
	    "description", text == NULL ? tag : text, "links", links), err);
}

static json_t *
notices(const struct rdap_in *in, const json_t *is, int *err)
{
	const char *life = json_string_value(json_object_get(is, "life"));
	json_t *list = json_array();

	if (is_true(is, "lab"))
		notice_add(list, in, "lab", "about", err);
	if (life != NULL && (strcmp(life, "frozen") == 0 ||
	    strcmp(life, "closing") == 0 || strcmp(life, "empty") == 0))
		notice_add(list, in, life, "about", err);
	if (in->expired)
		notice_add(list, in, "expired", "about", err);
	if (in->special)
		notice_add(list, in, "special-use", "criteria", err);
	if (in->away)
		notice_add(list, in, "history-away", "api", err);
	if (in->past)
		notice_add(list, in, "as-of", "api", err);
	if (is_true(is, "more"))
		notice_add(list, in, "more-history", "api", err);
	notice_add(list, in, "criteria", "criteria", err);
	return list;
}

/* --- links --- */

static void
links_of_test(json_t *list, const struct rdap_in *in, const json_t *is, int *err)
{
	static const struct link_to tests = { "related", "application/json", NULL },
	    monitor = { "monitor", "application/json", NULL };
	const json_t *may = json_object_get(is, "may");
	const char *test = json_string_value(json_object_get(
	    json_object_get(is, "test"), "test"));

	if (is_true(may, "retest") || is_true(may, "probe"))
		link_add(list, err, &tests, in->url, "v1/tests");
	if (test != NULL)
		link_add(list, err, &monitor, in->url, "v1/tests/%s", test);
}

static json_t *
links(const struct rdap_in *in, const json_t *is, int *err)
{
	static const struct link_to self = { "self", "application/json", NULL },
	    evidence = { "describedby", "application/json", NULL },
	    pages[LANG_N] = {
		[LANG_EN] = { "alternate", "text/html", "en" },
		[LANG_JA] = { "alternate", "text/html", "ja" },
	};
	json_t *list = json_array(), *link, *value;
	char addr[ADDR_TEXT];
	size_t i;

	addr_text(addr, &in->addr);
	link_add(list, err, &self, in->url, "v1/ip/%s", addr);
	for (int l = 0; l < LANG_N; l++)
		link_add(list, err, &pages[l], in->url, "%s/ip/%s", lang_names[l], addr);
	links_of_test(list, in, is, err);
	if (allow_role(in->check))
		link_add(list, err, &evidence, in->url, "v1/evidence/%s", addr);
	value = json_object_get(json_array_get(list, 0), "href");
	json_array_foreach(list, i, link)
		json_put(link, "value", json_incref(value), err);
	return list;
}

/* --- the whole --- */

static void
name_add(json_t *is, const struct addr *a, int *err)
{
	const char *zone = json_string_value(json_object_get(is, "zone"));
	char labels[ADDR_LABELS];

	addr_labels(labels, a);
	if (zone != NULL)
		json_put(is, "dns_name", json_sprintf("%s.%s", labels, zone), err);
}

json_t *
rdap_make(const struct rdap_in *in)
{
	int err = 0;
	json_t *is = said(in, &err), *doc;
	char addr[ADDR_TEXT];

	if (is == NULL)
		return NULL;
	addr_text(addr, &in->addr);
	name_add(is, &in->addr, &err);
	doc = json_pack("{si ss ss ss ss ss ss so so so so so}", "v", 1,
	    "objectClassName", "ip network", "handle", addr, "startAddress", addr,
	    "endAddress", addr, "ipVersion", addr_is_v4(&in->addr) ? "v4" : "v6",
	    "lang", lang_names[in->lang], "status", statuses(is, &err),
	    "events", events(is, &err), "notices", notices(in, is, &err),
	    "links", links(in, is, &err), "sekimori", is);
	return json_put_end(doc, err);
}

const char *
rdap_life(unsigned life)
{
	static const char *const names[] = {
		[SNAPSHOT_ALIVE] = "alive", [SNAPSHOT_FROZEN] = "frozen",
		[SNAPSHOT_CLOSING] = "closing", [SNAPSHOT_EMPTY] = "empty",
	};

	return life < sizeof(names) / sizeof(names[0]) && names[life] != NULL ?
	    names[life] : "";
}

/* Exits are said where they are published. */
static uint64_t
codes_of(const struct snapshot *s, const struct addr *a)
{
	uint64_t set = snapshot_find(s, a);

	if (snapshot_emptied(s))
		return 0;
	if ((snapshot_now(s)->flags & SNAPSHOT_OUT) == 0)
		set &= ~(UINT64_C(1) << RETURNCODE_EXIT);
	return set;
}

static json_t *
listings(uint64_t set)
{
	json_t *list = json_array();
	int err = 0;

	for (unsigned c = SNAPSHOT_CODE_MIN; c <= SNAPSHOT_CODE_MAX; c++) {
		const struct returncode *row = returncode_of(c);

		if ((set >> c & 1) != 0)
			json_put_item(list, json_pack("{si ss}", "code", (int)c,
			    "kind", row == NULL ? "other" : row->name), &err);
	}
	return json_put_end(list, err);
}

json_t *
rdap_snapshot(const struct snapshot *s, const struct addr *a)
{
	const struct snapshot_head *now = snapshot_now(s);
	uint64_t set = codes_of(s, a);
	char zone[DNS_NAME_TEXT];

	dns_name_text(zone, &s->base->zone.zone);
	return json_pack("{sI sI sb ss sI ss sI sb so ss}",
	    "serial", (json_int_t)now->serial, "as_of", (json_int_t)now->made_s,
	    "lab", (now->flags & SNAPSHOT_LAB) != 0, "life", rdap_life(now->life),
	    "empties", (json_int_t)now->empties * SNAPSHOT_DAY_S,
	    "zone", zone, "ttl", (json_int_t)s->base->zone.ttl_s,
	    "listed", set != 0, "listings", listings(set),
	    "role", "public");
}
