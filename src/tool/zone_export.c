#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/master.h"
#include "tool/zone.h"
#include "tool/zone_file.h"

struct values {
	bool		 json;
	const char	*lang, *socket, *snapshot, *format, *output, *zone;
};

#define V(field) offsetof(struct values, field)

static const char *const format_words[] = { "master", NULL };
static const char *const zone_words[] = { "main", "out", NULL };

static const struct option_row rows[] = {
	{ "snapshot", 's', OPTION_TEXT, V(snapshot), "FILE",
	  N_("read this snapshot instead of asking the daemon for its own"), NULL, 0, 0, false },
	{ "format", 0, OPTION_TEXT, V(format), "WORD",
	  N_("form of the export"), format_words, 0, 0, false },
	{ "zone", 0, OPTION_TEXT, V(zone), "WORD",
	  N_("main: entries, out: exits of multi-hop relays"), zone_words, 0, 0, false },
	{ "output", 'o', OPTION_TEXT, V(output), "FILE",
	  N_("write there, whole or not at all; default: standard output"), NULL, 0, 0, false },
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "socket", 0, OPTION_TEXT, V(socket), "PATH",
	  N_("control socket of the daemon; default: control in its state directory"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), zone_lang_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"zone export", "", N_("Writes the list as a zone."), rows, NULL, 0, 0
};

struct export {
	struct values		 v;
	struct zone_file	 from;
	FILE			*out, *err;
};

static void
say_done(const struct export *x, uint64_t records)
{
	json_t *o = json_pack("{ss ss sI sI}", "event", "done", "snapshot",
	    x->from.path, "serial", (json_int_t)x->from.base.head.serial,
	    "records", (json_int_t)records);

	tool_json_line(x->v.output == NULL ? x->err : x->out, o);
	json_decref(o);
}

static int
write_zone(struct export *x, FILE *to, const char *name)
{
	struct snapshot s = { &x->from.base, NULL };
	bool out = x->v.zone != NULL && strcmp(x->v.zone, "out") == 0;
	uint64_t records = 0;
	int err;

	if (out && (x->from.base.head.flags & SNAPSHOT_OUT) == 0)
		return zone_refuse(x->err, EXIT_DATA, x->from.path,
		    _("has no zone of exits (dns.out is off)"));
	err = master_write(to, &s, out ? ANSWER_OUT : ANSWER_ZONE,
	    clock_real.wall(&clock_real), &records);
	if (err != 0)
		return zone_refuse(x->err, EXIT_IOERR, name, sek_strerror(err));
	if (x->v.json)
		say_done(x, records);
	return 0;
}

/* A file is complete under its name or not there at all. */
static int
export_file(struct export *x)
{
	char temp[ZONE_PATH];
	FILE *f;
	int rc, n = snprintf(temp, sizeof(temp), "%s.new", x->v.output);

	if (n < 0 || (size_t)n >= sizeof(temp))
		return zone_refuse(x->err, EXIT_USAGE, "--output",
		    strerror(ENAMETOOLONG));
	f = fopen(temp, "wxe");
	if (f == NULL)
		return zone_refuse(x->err, EXIT_CANTCREAT, temp, strerror(errno));
	rc = write_zone(x, f, temp);
	if (rc == 0 && (fflush(f) != 0 || fsync(fileno(f)) != 0))
		rc = zone_refuse(x->err, EXIT_IOERR, temp, strerror(errno));
	if (fclose(f) != 0 && rc == 0)
		rc = zone_refuse(x->err, EXIT_IOERR, temp, strerror(errno));
	if (rc == 0 && rename(temp, x->v.output) != 0)
		rc = zone_refuse(x->err, EXIT_CANTCREAT, x->v.output, strerror(errno));
	if (rc != 0)
		unlink(temp);
	return rc;
}

static int
run(int argc, char **argv, FILE *out, FILE *err)
{
	struct export x = { .out = out, .err = err };
	int at, rc = option_read(&usage, &x.v, argc, argv, &at, out, err);

	if (rc != 0)
		return rc == OPTION_HELP ? 0 : EXIT_USAGE;
	rc = zone_file_open(&x.from, x.v.snapshot, x.v.socket, err);
	if (rc == 0)
		rc = x.v.output != NULL ? export_file(&x) :
		    write_zone(&x, out, _("standard output"));
	zone_file_close(&x.from);
	return rc;
}

const struct zone_work zone_export = { "export", &usage, run };
