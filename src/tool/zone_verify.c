#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/zone.h"
#include "tool/zone_file.h"

struct values {
	bool		 json;
	const char	*lang, *socket, *snapshot;
};

#define V(field) offsetof(struct values, field)

static const struct option_row rows[] = {
	{ "snapshot", 's', OPTION_TEXT, V(snapshot), "FILE",
	  N_("read this snapshot instead of asking the daemon for its own"), NULL, 0, 0, false },
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "socket", 0, OPTION_TEXT, V(socket), "PATH",
	  N_("control socket of the daemon; default: control in its state directory"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), zone_lang_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"zone verify", "", N_("Verifies a snapshot."), rows, NULL, 0, 0
};

static void
say(const struct values *v, const struct zone_file *z, FILE *out)
{
	struct snapshot s = { &z->base, NULL };
	uint64_t n = snapshot_count(&s);
	json_t *o;

	if (!v->json) {
		fprintf(out, _("%s: whole; serial %lu, entries: %llu\n"), z->path,
		    (unsigned long)z->base.head.serial, (unsigned long long)n);
		return;
	}
	o = json_pack("{ss ss sI sI}", "event", "done", "snapshot", z->path,
	    "serial", (json_int_t)z->base.head.serial, "entries", (json_int_t)n);
	tool_json_line(out, o);
	json_decref(o);
}

static int
run(int argc, char **argv, FILE *out, FILE *err)
{
	struct values v = { 0 };
	struct zone_file z;
	int at, rc = option_read(&usage, &v, argc, argv, &at, out, err);

	if (rc != 0)
		return rc == OPTION_HELP ? 0 : EXIT_USAGE;
	rc = zone_file_open(&z, v.snapshot, v.socket, err);
	if (rc == 0)
		say(&v, &z, out);
	zone_file_close(&z);
	return rc;
}

const struct zone_work zone_verify = { "verify", &usage, run };
