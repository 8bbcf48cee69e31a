#include "tool/zone_differ.h"

#include "base/i18n.h"
#include "base/str.h"
#include "tool/json.h"

void
zone_differ_name(struct zone_differ *d, const char *name, const char *what)
{
	char with[300], shown[1100];
	json_t *o;

	if (d->n++ >= ZONE_DIFFER_SHOWN)
		return;
	str_clean(with, sizeof(with), str_of(d->with));
	str_clean(shown, sizeof(shown), str_of(name));
	if (!d->json) {
		fprintf(d->out, "%s: %s: %s\n", with, shown, what);
		return;
	}
	o = json_pack("{ss ss ss ss}", "event", "differs", "with", with, "name", shown,
	    "text", what);
	tool_json_line(d->out, o);
	json_decref(o);
}

int
zone_differ_end(const struct zone_differ *d, uint64_t compared, const char *of)
{
	char with[300];
	json_t *o;

	str_clean(with, sizeof(with), str_of(d->with));
	if (d->json) {
		o = json_pack("{ss ss sI sI sb}", "event", "compared", "with", with,
		    "compared", (json_int_t)compared, "differing", (json_int_t)d->n,
		    "more", (int)d->more);
		tool_json_line(d->out, o);
		json_decref(o);
	} else if (d->n == 0) {
		fprintf(d->out, _("%s: agrees (%s: %llu)\n"), with, of,
		    (unsigned long long)compared);
	} else {
		fprintf(d->out, d->more ? _("%s: DIFFERS: %llu differences and more "
		    "(%s: %llu)\n") : _("%s: DIFFERS: %llu differences (%s: %llu)\n"),
		    with, (unsigned long long)d->n, of, (unsigned long long)compared);
	}
	return d->n > 0;
}
