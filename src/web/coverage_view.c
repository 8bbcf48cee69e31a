#include "web/coverage_view.h"

#include <string.h>

#include "web/page.h"

/* "25,587" with a space behind each comma, where a line may break. */
static json_t *
ports_spaced(const char *ports)
{
	char out[256];
	struct wbuf w = wbuf_of(out, sizeof(out));

	for (const char *p = ports; *p != '\0'; p++)
		wbuf_str(&w, *p == ',' ? ", " : (const char[]){ *p, '\0' });
	return json_stringn(out, w.err == 0 ? w.len : 0);
}

static void
planned(json_t *view, const json_t *verdict, enum lang lang)
{
	char tag[64];

	if (page_number(verdict, "catalogue") == 0)
		return;
	page_tag(tag, "depth.", page_text(verdict, "depth"), "");
	if (tag[0] != '\0')
		json_object_set_new(view, "depth", json_string(text_of(tag, lang)));
	json_object_set_new(view, "planned", json_string(tag[0] != '\0' ?
	    "verdict.planned" : "verdict.planned-again"));
}

void
coverage_view(json_t *view, const json_t *verdict, enum lang lang)
{
	const char *ports = page_text(verdict, "ports");

	json_object_set_new(view, "answered", json_integer(page_number(verdict, "done")));
	page_copy(view, verdict, "total");
	page_copy(view, verdict, "catalogue");
	planned(view, verdict, lang);
	if (ports[0] == '\0')
		return;
	json_object_set_new(view, "ports", ports_spaced(ports));
	json_object_set_new(view, "ports_tag", json_string(strchr(ports, ',') == NULL ?
	    "verdict.port" : "verdict.ports"));
}
