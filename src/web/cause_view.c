#include "web/cause_view.h"

#include <string.h>

#include "web/page.h"

/* The members of keep/cause.h as rows of a list: tags of texts, or values. */
static const struct { const char *key, *name, *family; } whys[] = {
	{ "cause_second", "evidence.cause-second", "cause." },
	{ "cause_for", "evidence.cause-for", "sign." },
	{ "cause_against", "evidence.cause-against", "sign." },
	{ "cause_decide", "evidence.cause-decide", NULL },
	{ "seen_client", "evidence.believed", NULL },
	{ "seen_name", "evidence.seen-name", NULL },
	{ "seen_helo", "evidence.seen-helo", NULL },
	{ "next_name", "evidence.next-name", NULL },
	{ "next_addr", "evidence.next-addr", NULL },
	{ "fix", "evidence.fix", "fix." },
};

/* said: a text; code: a value.  Not "tag", which the cause around it has too: a
 * name that an item lacks is looked for outwards. */
static void
add_item(json_t *items, const json_t *v, const char *family)
{
	char tag[64];

	if (!json_is_string(v))
		return;
	if (family == NULL)
		json_array_append_new(items, json_pack("{sO}", "code", v));
	else if (page_tag(tag, family, json_string_value(v), "")[0] != '\0')
		json_array_append_new(items, json_pack("{ss}", "said", tag));
}

static json_t *
items_of(const json_t *v, const char *family)
{
	json_t *items = json_array();
	const json_t *one;
	size_t i;

	json_array_foreach(v, i, one)
		add_item(items, one, family);
	add_item(items, v, family);
	return items;
}

/* Rows of what speaks for it and against it, what was seen, what to change. */
static json_t *
rows_of(const json_t *verdict)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++) {
		json_t *items = items_of(json_object_get(verdict, whys[i].key), whys[i].family);

		if (json_array_size(items) > 0)
			json_array_append_new(rows, json_pack("{sssO}", "name",
			    whys[i].name, "items", items));
		json_decref(items);
	}
	return rows;
}

void
cause_view(json_t *view, const json_t *verdict)
{
	json_t *o, *fixes;
	char tag[64];

	if (page_text(verdict, "cause")[0] == '\0')
		return;
	o = json_object();
	page_tag(tag, "cause.", page_text(verdict, "cause"), "cause.undetermined");
	json_object_set_new(o, "tag", json_string(tag));
	if (!page_true(verdict, "cause_sure") && strcmp(tag, "cause.undetermined") != 0)
		json_object_set_new(o, "likely", json_true());
	json_object_set_new(o, "rows", rows_of(verdict));
	fixes = items_of(json_object_get(verdict, "fix"), "fix.");
	if (json_array_size(fixes) > 0)
		json_object_set_new(o, "fixes", json_pack("{sO}", "list", fixes));
	json_decref(fixes);
	json_object_set_new(view, "cause", o);
}
