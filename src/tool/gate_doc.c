#include "tool/gate_doc.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "tool/json.h"

/* Whose report it is: "user@host". */
static json_t *
by(void)
{
	const struct passwd *pw = getpwuid(getuid());
	char host[256] = "", name[400], clean[512];

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	if (pw != NULL)
		snprintf(name, sizeof(name), "%.100s@%s", pw->pw_name, host);
	else
		snprintf(name, sizeof(name), "%u@%s", (unsigned)getuid(), host);
	str_clean(clean, sizeof(clean), str_of(name));
	return json_string(clean);
}

json_t *
gate_doc_new(const char *reason, struct wall began)
{
	return json_pack("{ss sI ss so s[]}", "tool", "sekimori gate",
	    "began", (json_int_t)began.s, "reason", reason != NULL ? reason : "",
	    "by", by(), "targets");
}

void
gate_doc_end(json_t *doc, struct wall ended, int exit, bool cut)
{
	json_object_set_new(doc, "ended", json_integer(ended.s));
	json_object_set_new(doc, "exit", json_integer(exit));
	json_object_set_new(doc, "cut", json_boolean(cut));
}

static json_t *
target_of(json_t *doc, const char *host, const char *addr)
{
	json_t *list = json_object_get(doc, "targets"), *t;
	size_t i;

	json_array_foreach(list, i, t)
		if (strcmp(tool_json_text(t, "addr"), addr) == 0)
			return t;
	t = json_pack("{ss ss s[] s[] s[] s[]}", "host", host, "addr", addr,
	    "facts", "openings", "spans", "changes");
	if (t != NULL && json_array_append_new(list, t) != 0)
		return NULL;
	return t;
}

/* Of the same thing at the same place? */
static bool
same_place(const json_t *a, const json_t *b)
{
	return strcmp(tool_json_text(a, "what"), tool_json_text(b, "what")) == 0 &&
	    strcmp(tool_json_text(a, "form"), tool_json_text(b, "form")) == 0 &&
	    tool_json_int(a, "port") == tool_json_int(b, "port") &&
	    tool_json_int(a, "variant") == tool_json_int(b, "variant");
}

/* A change is told anew when it is news, and once more at the end. */
static void
put_change(json_t *list, json_t *ev)
{
	json_t *was;
	size_t i;

	json_array_foreach(list, i, was)
		if (same_place(was, ev)) {
			json_array_set(list, i, ev);
			return;
		}
	json_array_append(list, ev);
}

static const struct {
	const char	*event, *member;
	bool		 list;
} places[] = {
	{ "gate-plan", "plan", false }, { "gate-end", "end", false },
	{ "gate-fact", "facts", true }, { "gate-open", "openings", true },
	{ "gate-span", "spans", true }, { "gate-change", "changes", true },
};

/* ev without what every event has. */
static json_t *
bare(const json_t *ev)
{
	json_t *o = json_deep_copy(ev);

	json_object_del(o, "event");
	json_object_del(o, "addr");
	return o;
}

static void
put(json_t *t, size_t i, json_t *o)
{
	json_t *list = json_object_get(t, places[i].member);

	if (!places[i].list)
		json_object_set(t, places[i].member, o);
	else if (strcmp(places[i].member, "changes") == 0)
		put_change(list, o);
	else if (strcmp(places[i].member, "openings") != 0 ||
	    json_array_size(list) < GATE_DOC_OPENINGS)
		json_array_append(list, o);
}

void
gate_doc_event(json_t *doc, const char *host, const json_t *ev)
{
	const char *name = tool_json_text(ev, "event"), *addr = tool_json_text(ev, "addr");
	json_t *t, *o;

	if (addr[0] == '\0' || strncmp(name, "gate-", 5) != 0)
		return;
	t = target_of(doc, host, addr);
	o = bare(ev);
	if (strcmp(name, "gate-round") == 0 && strcmp(tool_json_text(ev, "verdict"), "open") == 0)
		json_object_set(t, "proof", o);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(name, places[i].event) == 0)
			put(t, i, o);
	json_decref(o);
}
