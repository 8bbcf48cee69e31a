#include "web/testdoc.h"

#include <string.h>

#include "sys/json_put.h"
#include "web/allow_rows.h"
#include "web/link.h"

static const struct allow_row verdict_rows[] = {
	ALLOW_COVERAGE(false),
	ALLOW_CAUSE,
	{ 0 },
};

static const struct allow_row step_rows[] = {
	ALLOW_VARIANT,
	{ "finding", ALLOW_TEXT, true, NULL },
	{ "code", ALLOW_INT, true, NULL },
	{ "said", ALLOW_TEXT, true, NULL },
	{ "at", ALLOW_TIME, true, NULL },
	{ 0 },
};

static const struct allow_row test_rows[] = {
	{ "test", ALLOW_TEXT, false, NULL },
	{ "addr", ALLOW_TEXT, false, NULL },
	{ "kind", ALLOW_TEXT, false, NULL },
	{ "state", ALLOW_TEXT, false, NULL },
	{ "place", ALLOW_INT, false, NULL },
	{ "ahead", ALLOW_INT, false, NULL },
	{ "made", ALLOW_TIME, false, NULL },
	{ "until", ALLOW_TIME, false, NULL },
	{ "why", ALLOW_TEXT, false, NULL },
	{ "deadline", ALLOW_TIME, false, NULL },
	{ "verdict", ALLOW_OBJECT, false, verdict_rows },
	{ "listed", ALLOW_BOOL, false, NULL },
	{ "removed", ALLOW_BOOL, false, NULL },
	{ "clean_by", ALLOW_TIME, false, NULL },
	{ "role", ALLOW_TEXT, false, NULL },
	{ "mine", ALLOW_BOOL, false, NULL },
	{ "reused", ALLOW_BOOL, false, NULL },
	{ "form", ALLOW_TEXT, true, NULL },
	{ "forms_done", ALLOW_INT, true, NULL },
	{ "forms_total", ALLOW_INT, true, NULL },
	{ "class", ALLOW_TEXT, true, NULL },
	{ "steps", ALLOW_LIST, true, step_rows },
	{ "steps_cut", ALLOW_BOOL, true, NULL },
	{ 0 },
};

const char *
testdoc_ticket(const json_t *snapshot)
{
	const char *test = json_string_value(json_object_get(snapshot, "test"));
	size_t n = test == NULL ? 0 : strlen(test);

	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(test[i]) || ascii_lower(test[i]) != test[i])
			return NULL;
	return n > 0 && n <= TESTDOC_TICKET ? test : NULL;
}

bool
testdoc_over(const json_t *snapshot)
{
	const char *state = json_string_value(json_object_get(snapshot, "state"));

	return state != NULL &&
	    (strcmp(state, "done") == 0 || strcmp(state, "cancelled") == 0);
}

static json_t *
links(const char *ticket, const char *addr, const char *url, int *err)
{
	static const struct link_to self = { "self", "application/json", NULL },
	    events = { "monitor", "text/event-stream", NULL },
	    about = { "about", "application/json", NULL };
	json_t *list = json_array();

	link_add(list, err, &self, url, "v1/tests/%s", ticket);
	link_add(list, err, &events, url, "v1/tests/%s/events", ticket);
	if (addr != NULL)
		link_add(list, err, &about, url, "v1/ip/%s", addr);
	return list;
}

json_t *
testdoc_make(const json_t *snapshot, bool may, const char *url)
{
	const char *ticket = testdoc_ticket(snapshot);
	json_t *doc = ticket == NULL ? NULL : allow_copy(test_rows, snapshot, may);
	const char *addr = json_string_value(json_object_get(doc, "addr"));

	int err = 0;

	if (doc == NULL)
		return NULL;
	json_put(doc, "v", json_integer(1), &err);
	json_put(doc, "links", links(ticket, addr, url, &err), &err);
	return json_put_end(doc, err);
}
