#include "tool/coverage_text.h"

#include <string.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/words.h"

static void
show_planned(FILE *out, const json_t *o)
{
	const char *depth = tool_json_text(o, "depth");
	char safe[WORDS_TEXT];

	words_safe(safe, sizeof(safe), str_of(words_depth(depth)));
	if (depth[0] != '\0')
		fprintf(out, _(" (%lld planned at depth %s)"),
		    (long long)tool_json_int(o, "total"), safe);
	else
		fprintf(out, _(" (%lld planned for a retest)"),
		    (long long)tool_json_int(o, "total"));
}

static void
show_ports(FILE *out, struct str ports)
{
	char safe[16];
	bool one = str_find(ports, ',') < 0;

	if (ports.n == 0)
		return;
	fputs(one ? _(", port ") : _(", ports "), out);
	for (size_t i = 0; ports.n > 0; i++) {
		words_safe(safe, sizeof(safe), str_cut(&ports, ','));
		fprintf(out, i == 0 ? "%s" : ", %s", safe);
	}
}

void
coverage_text_show(FILE *out, const json_t *o)
{
	fprintf(out, _("%lld of %lld forms"), (long long)tool_json_int(o, "done"),
	    (long long)tool_json_int(o, "catalogue"));
	show_planned(out, o);
	show_ports(out, str_of(tool_json_text(o, "ports")));
}
