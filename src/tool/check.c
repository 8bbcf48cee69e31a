#include "tool/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/check_cache.h"
#include "tool/check_run.h"
#include "tool/render.h"

enum {
	TIMEOUT_MS = 2000,	/* of the first try; the second has twice as long */
	TRIES = 2,
	NAGIOS_UNKNOWN = 3,
	NAGIOS_LINE = 200,
};

struct check_values {
	bool		 json, csv, bom, nagios, host, no_list, strict, quiet;
	const char	*lang, *socket, *color, *progress, *resolver, *zone, *at;
	struct option_list lists, files;
	uint32_t	 warning, critical;
};

#define V(field) offsetof(struct check_values, field)

static const char *const when_words[] = { "auto", "always", "never", NULL };
static const char *const lang_words[] = { "ja", "en", NULL };

static const struct option_row rows[] = {
	{ "file", 'f', OPTION_LIST, V(files), "FILE",
	  N_("more of them, one a line; - is standard input"), NULL, 0, 0, false },
	{ "list", 'l', OPTION_LIST, V(lists), "ZONE[=CODES]",
	  N_("ask this list too; only these codes count (2,4-11)"), NULL, 0, 0, false },
	{ "no-list", 0, OPTION_FLAG, V(no_list), NULL,
	  N_("ask no list: show mail servers and addresses"), NULL, 0, 0, false },
	{ "zone", 0, OPTION_TEXT, V(zone), "ZONE",
	  N_("our own list; default: SEKIMORI_ZONE, else the daemon's"), NULL, 0, 0, false },
	{ "at", 0, OPTION_TEXT, V(at), "TIME",
	  N_("as it was then, by the daemon's journal (2026-11-22T22:06:36Z or 2026-11-22)"),
	  NULL, 0, 0, false },
	{ "host", 0, OPTION_FLAG, V(host), NULL,
	  N_("names are hosts, not domains: do not ask for MX"), NULL, 0, 0, false },
	{ "resolver", 0, OPTION_TEXT, V(resolver), "ADDR[:PORT]",
	  N_("recursive resolver; default: the system's"), NULL, 0, 0, false },
	{ "quiet", 'q', OPTION_FLAG, V(quiet), NULL,
	  N_("leave out what is not listed"), NULL, 0, 0, false },
	{ "strict", 0, OPTION_FLAG, V(strict), NULL,
	  N_("end at the first bad line instead of skipping it"), NULL, 0, 0, false },
	{ "csv", 0, OPTION_FLAG, V(csv), NULL,
	  N_("rows of comma-separated values (RFC 4180)"), NULL, 0, 0, false },
	{ "bom", 0, OPTION_FLAG, V(bom), NULL,
	  N_("with --csv: begin with a byte order mark, for spreadsheets"), NULL, 0, 0, false },
	{ "nagios", 0, OPTION_FLAG, V(nagios), NULL,
	  N_("one line and the exit code of a monitoring plug-in"), NULL, 0, 0, false },
	{ "warning", 0, OPTION_COUNT, V(warning), "NUMBER",
	  N_("with --nagios: so many listed are a WARNING"), NULL, 1, CHECK_MAX, false },
	{ "critical", 0, OPTION_COUNT, V(critical), "NUMBER",
	  N_("with --nagios: so many listed are CRITICAL; default 1"), NULL, 1, CHECK_MAX, false },
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "socket", 0, OPTION_TEXT, V(socket), "PATH",
	  N_("control socket of the daemon; default: control in its state directory"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), lang_words, 0, 0, false },
	{ "color", 0, OPTION_TEXT, V(color), "WHEN",
	  N_("colour beside the words"), when_words, 0, 0, false },
	{ "progress", 0, OPTION_TEXT, V(progress), "WHEN",
	  N_("a line that says how far it is; auto: on a terminal only"), when_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"check", "ADDRESS|HOST|DOMAIN|MAIL-ADDRESS|URL...",
	N_("Says whether mail servers are listed, here and on other lists."),
	rows, NULL, 0, -1
};

struct check {
	struct check_values	 v;
	struct check_lists	 lists;
	struct check_report	 report;
	struct check_facts	*facts;
	struct check_daemon	 daemon;
	struct check_input	*input;
	FILE			*out, *err;
};

static int
refuse(const struct check *c, const char *what, const char *why)
{
	char shown[160];

	str_clean(shown, sizeof(shown), str_of(what));
	fprintf(c->err, "sekimori check: %s%s%s\n", shown, what[0] != '\0' ? ": " : "", why);
	return EXIT_USAGE;
}

/* --- what does not go together --- */

static int
check_values(const struct check *c, int operands)
{
	const struct check_values *v = &c->v;
	bool levels = v->warning != 0 || v->critical != 0;
	const struct { bool wrong; const char *what, *why; } rules[] = {
		{ operands == 0 && v->files.n == 0, "",
		  _("nothing to check; give an address, a host, a domain or -f FILE") },
		{ v->json + v->csv + v->nagios > 1, "--json, --csv, --nagios",
		  _("only one of them") },
		{ v->bom && !v->csv, "--bom", _("goes with --csv only") },
		{ levels && !v->nagios, "--warning, --critical", _("go with --nagios only") },
		{ v->critical != 0 && v->warning > v->critical, "--warning",
		  _("is more than --critical") },
		{ v->no_list && (v->lists.n > 0 || v->zone != NULL || v->at != NULL), "--no-list",
		  _("goes without --list, --zone and --at") },
		{ v->at != NULL && v->lists.n > 0, "--at",
		  _("only our own journal knows the past: goes without --list") },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].wrong)
			return refuse(c, rules[i].what, rules[i].why);
	return 0;
}

static int
read_at(struct check *c)
{
	if (c->v.at == NULL)
		return 0;
	if (wall_parse(&c->report.at, str_of(c->v.at)) != 0)
		return refuse(c, c->v.at, _("not a time; write 2026-11-22T22:06:36Z, "
		    "2026-11-23T07:06:36+09:00 or 2026-11-22"));
	if (c->report.at.s <= 0 || c->report.at.s > clock_real.wall(&clock_real).s)
		return refuse(c, c->v.at, _("not a moment of the past"));
	return 0;
}

/* Operands are few and read before anything is asked. */
static int
check_operands(const struct check *c, int n, char **operands)
{
	for (int i = 0; i < n; i++) {
		struct check_name name;
		const char *why = "";
		int rc = check_name_read(&name, str_of(operands[i]), c->v.host, &why);

		if (rc != 0)
			return refuse(c, operands[i], rc == SEK_ENOMEM ? sek_strerror(rc) : why);
	}
	return 0;
}

/* --- lists --- */

static int
add_list(struct check *c, const char *text, bool own)
{
	char zone[CHECK_ZONE];
	struct check_codes codes;
	const char *why = "";
	int rc = check_codes_list(zone, &codes, str_of(text), &why);

	if (rc == SEK_ENOMEM)
		why = sek_strerror(rc);
	if (rc != 0)
		return refuse(c, text, why);
	if (check_lists_add(&c->lists, zone, &codes, own) != 0)
		return refuse(c, text, _("the list is given twice"));
	return 0;
}

/* Facts of a daemon that serves another zone say nothing of this one. */
static int
add_own(struct check *c)
{
	const char *zone = c->v.zone != NULL ? c->v.zone : getenv("SEKIMORI_ZONE");
	int rc;

	if (zone == NULL || zone[0] == '\0')
		zone = c->daemon.zone;
	if (zone[0] == '\0' && c->v.lists.n > 0)
		return 0;
	if (zone[0] == '\0') {
		fprintf(c->err, _("sekimori check: which list? No daemon answers that would "
		    "know its own; give --zone ZONE (or set SEKIMORI_ZONE), --list ZONE, or "
		    "--no-list\n"));
		return EXIT_USAGE;
	}
	rc = add_list(c, zone, true);
	if (rc != 0 || strcmp(c->lists.at[0].zone, c->daemon.zone) == 0)
		return rc;
	if (c->report.at.s != 0)
		return refuse(c, zone, _("the daemon serves another zone, so it does not "
		    "know the past of this one"));
	check_facts_close(c->facts);
	c->facts = NULL;
	return 0;
}

static int
add_lists(struct check *c)
{
	int rc;

	if (c->v.no_list)
		return 0;
	rc = check_facts_open(&c->facts, &c->daemon, c->v.socket,
	    c->v.socket != NULL || c->report.at.s != 0, c->err);
	if (rc == 0)
		rc = add_own(c);
	for (size_t i = 0; rc == 0 && i < c->v.lists.n; i++)
		rc = add_list(c, c->v.lists.v[i], false);
	return rc;
}

/* --- the work --- */

static void
set_report(struct check *c)
{
	struct check_report *r = &c->report;
	bool any = c->v.warning != 0 || c->v.critical != 0;

	r->format = c->v.json ? &check_format_json : c->v.csv ? &check_format_csv :
	    c->v.nagios ? &check_format_nagios : &check_format_text;
	r->out = c->out;
	r->lists = &c->lists;
	r->color = r->format == &check_format_text && render_color(c->out, c->v.color);
	r->quiet = c->v.quiet;
	r->bom = c->v.bom;
	r->warning = c->v.warning != 0 ? c->v.warning : 1;
	r->critical = c->v.critical != 0 ? c->v.critical : any ? UINT32_MAX : 1;
}

/* A loop with a caching resolver on it; one message on failure. */
static int
open_resolver(struct check *c, struct check_run_with *w)
{
	int rc;

	w->loop = loop_new();
	rc = w->loop == NULL ? SEK_ENOMEM : resolver_new_timed(&w->direct, w->loop,
	    c->v.resolver, TIMEOUT_MS, TRIES);
	if (rc == SEK_EPARSE)
		return refuse(c, c->v.resolver, _("not a resolver; write 192.0.2.53 or "
		    "[2001:db8::53]:5300"));
	if (rc == 0) {
		rc = check_cache_new(&w->resolver, w->loop, w->direct, CHECK_CACHE_MAX);
		if (rc != 0)
			w->direct->free(w->direct);
	}
	if (rc == 0)
		return 0;
	fprintf(c->err, "sekimori check: %s\n", sek_strerror(rc));
	return EXIT_OSERR;
}

static int
run(struct check *c)
{
	struct check_run_with w = {
		.lists = &c->lists, .facts = c->facts, .lab = c->daemon.lab,
		.input = c->input, .report = &c->report, .err = c->err,
		.strict = c->v.strict,
		.progress = !c->v.nagios &&
		    render_when(c->v.progress, isatty(STDERR_FILENO) == 1),
	};
	struct rand rand;
	int rc = open_resolver(c, &w);

	if (rc == 0) {
		rand_real(&rand);
		w.rand = &rand;
		rc = check_run(&w);
	}
	loop_free(w.loop);
	return rc;
}

static int
check(struct check *c, int argc, char **argv)
{
	int at, rc = option_read(&usage, &c->v, argc, argv, &at, c->out, c->err);

	if (rc != 0)
		return rc == OPTION_HELP ? 0 : EXIT_USAGE;
	rc = check_values(c, argc - at);
	if (rc == 0)
		rc = read_at(c);
	if (rc == 0)
		rc = check_operands(c, argc - at, argv + at);
	if (rc == 0)
		rc = add_lists(c);
	if (rc == 0 && check_input_open(&c->input, argv + at, (size_t)(argc - at),
	    &c->v.files, c->v.host, c->err) != 0)
		rc = EXIT_OSERR;
	if (rc == 0) {
		set_report(c);
		rc = run(c);
	}
	check_input_close(c->input);
	check_facts_close(c->facts);
	return rc;
}

/* A monitor reads one line of standard output and knows 0 to 3 only: what would
 * be an error becomes UNKNOWN with its first words. */
static int
monitored(struct check *c, int argc, char **argv)
{
	char *said = NULL;
	size_t n = 0;
	FILE *real = c->err;
	int rc;

	c->err = open_memstream(&said, &n);
	if (c->err == NULL)
		return NAGIOS_UNKNOWN;
	rc = check(c, argc, argv);
	fclose(c->err);
	c->err = real;
	if (rc >= EXIT_USAGE) {
		fprintf(c->out, "SEKIMORI UNKNOWN - %.*s\n",
		    (int)strcspn(said, "\n|"), said);
		rc = NAGIOS_UNKNOWN;
	}
	fwrite(said, 1, n, c->err);
	free(said);
	return rc;
}

int
check_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct check c = { .out = out, .err = err };

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--nagios") == 0)
			return monitored(&c, argc, argv);
	return check(&c, argc, argv);
}
