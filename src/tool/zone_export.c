#include <string.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/zone.h"
#include "tool/zone_file.h"
#include "tool/zone_give.h"
#include "tool/zone_write.h"

struct values {
	bool		 json;
	const char	*lang, *socket, *snapshot, *format, *output, *zone, *trigger, *action;
};

#define V(field) offsetof(struct values, field)

static const char *const format_words[] = { "master", "rbldnsd", "rpz", "csv", "jsonl", NULL };
static const char *const zone_words[] = { "main", "out", NULL };
static const char *const trigger_words[] = { "client-ip", "ip", NULL };
static const char *const action_words[] = { "nxdomain", "nodata", "drop", NULL };
/* draft-vixie-dnsop-dns-rpz 3: the name that a CNAME has for each action */
static const char *const targets[] = { ".", "*.", "rpz-drop." };

static const struct option_row rows[] = {
	{ "snapshot", 's', OPTION_TEXT, V(snapshot), "FILE",
	  N_("read this snapshot instead of asking the daemon for its own"), NULL, 0, 0, false },
	{ "format", 0, OPTION_TEXT, V(format), "WORD",
	  N_("form of the export"), format_words, 0, 0, false },
	{ "zone", 0, OPTION_TEXT, V(zone), "WORD",
	  N_("main: entries, out: exits of multi-hop relays"), zone_words, 0, 0, false },
	{ "trigger", 0, OPTION_TEXT, V(trigger), "WORD",
	  N_("rpz: act on who asks (client-ip, the default) or on what the answer says (ip)"),
	  trigger_words, 0, 0, false },
	{ "action", 0, OPTION_TEXT, V(action), "WORD",
	  N_("rpz: what the resolver then does; default: nxdomain"), action_words, 0, 0, false },
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
	"zone export", "", N_("Writes the list as a zone or as a table."), rows, NULL, 0, 0
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

/* Which of words w is; the first one where none is given. */
static size_t
index_of(const char *const words[], const char *w)
{
	for (size_t i = 0; w != NULL && words[i] != NULL; i++)
		if (strcmp(words[i], w) == 0)
			return i;
	return 0;
}

static int
check_words(const struct export *x, const struct zone_form *form, bool out)
{
	if (x->v.zone != NULL && form->both)
		return zone_refuse(x->err, EXIT_USAGE, "--zone",
		    _("this form holds both zones; leave it out"));
	if ((x->v.trigger != NULL || x->v.action != NULL) && strcmp(form->name, "rpz") != 0)
		return zone_refuse(x->err, EXIT_USAGE, x->v.trigger != NULL ?
		    "--trigger" : "--action", _("for --format rpz alone"));
	if (out && (x->from.base.head.flags & SNAPSHOT_OUT) == 0)
		return zone_refuse(x->err, EXIT_DATA, x->from.path,
		    _("has no zone of exits (dns.out is off)"));
	return 0;
}

static int
write_zone(struct export *x, FILE *to, const char *name)
{
	const struct zone_form *form = zone_form_of(x->v.format);
	bool out = x->v.zone != NULL && strcmp(x->v.zone, "out") == 0;
	struct zone_give g = { .s = { &x->from.base, NULL }, .out = to,
		.which = out ? ANSWER_OUT : ANSWER_ZONE,
		.trigger = index_of(trigger_words, x->v.trigger) == 0 ? RPZ_CLIENT_IP : RPZ_IP,
		.target = targets[index_of(action_words, x->v.action)],
		.now = clock_real.wall(&clock_real) };
	int err = check_words(x, form, out);

	if (err != 0)
		return err;
	err = form->write(&g);
	if (err != 0)
		return zone_refuse(x->err, err == SEK_ENOMEM ? EXIT_OSERR : EXIT_IOERR,
		    name, sek_strerror(err));
	if (x->v.json)
		say_done(x, g.records);
	return 0;
}

static int
export_file(struct export *x)
{
	struct zone_write w;
	int rc = zone_write_begin(&w, x->v.output, x->err);

	if (rc == 0)
		rc = write_zone(x, w.f, w.temp);
	return zone_write_end(&w, rc, x->err);
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
