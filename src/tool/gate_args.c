#include "tool/gate_args.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/gate_report.h"
#include "tool/target.h"

#define V(field) offsetof(struct gate_args, field)

enum { FOR_S = 600, DAY_S = 86400, PATH_OCTETS = 4096 };

static const char *const when_words[] = { "auto", "always", "never", NULL };
static const char *const lang_words[] = { "ja", "en", NULL };
static const char *const depth_words[] = {
	"gentle", "normal", "full", "owner", "lab", NULL
};

static const struct option_row rows[] = {
	{ "for", 0, OPTION_SECONDS, V(for_s), "TIME",
	  N_("how long to watch after the baseline; default 10m; 0: the baseline alone"), NULL, 0, DAY_S, false },
	{ "every", 0, OPTION_SECONDS, V(every_s), "TIME",
	  N_("from the start of a round to the next; default 30s, or what the pace allows"), NULL, 1, DAY_S, false },
	{ "report", 0, OPTION_LIST, V(report), "FILE",
	  N_("write a report: .txt, .json or .html; may be given often"), NULL, 0, 0, false },
	{ "on-open", 0, OPTION_TEXT, V(on_open), "COMMAND",
	  N_("run this program when it is found open"), NULL, 0, 0, false },
	{ "reason", 'r', OPTION_LINE, V(reason), "TEXT",
	  N_("why; kept with the record, and stands in the report: the change's number"), NULL, 0, 0, false },
	{ "depth", 'd', OPTION_TEXT, V(depth), "WORD",
	  N_("how far into the catalogue of forms; default normal"), depth_words, 0, 0, false },
	{ "domain", 0, OPTION_LIST, V(domains), "NAME",
	  N_("a mail domain of the target, for the forms that name one"), NULL, 0, 0, false },
	{ "all", 'a', OPTION_FLAG, V(all), NULL,
	  N_("go on with all forms of a round after the first proof"), NULL, 0, 0, false },
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), lang_words, 0, 0, false },
	{ "color", 0, OPTION_TEXT, V(color), "WHEN",
	  N_("colour beside the words"), when_words, 0, 0, false },
	{ "progress", 0, OPTION_TEXT, V(progress), "WHEN",
	  N_("live lines; auto: on a terminal only"), when_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"gate", "HOST[:PORT]...",
	N_("Watches your own servers while something is changed: closed all the time?"),
	rows, alone_rows, 1, GATE_HOSTS
};

static int
refuse(FILE *err, const char *what, const char *why)
{
	return alone_refuse(err, "gate", what, why);
}

static int
read_hosts(struct gate_args *a, int at, int argc, char **argv, FILE *err)
{
	for (; at < argc && a->n < GATE_HOSTS; at++) {
		const char *why = "";
		struct target t;

		if (target_read(&t, argv[at], &why) != 0)
			return refuse(err, argv[at], why);
		memcpy(a->host[a->n].name, t.name, sizeof(t.name));
		a->host[a->n++].port = t.port == 0 ? 25 : t.port;
	}
	return 0;
}

/* A report that cannot be written is better known before the change. */
static int
check_report(const char *path, FILE *err)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_OCTETS] = ".";

	if (gate_report_form(path) == NULL)
		return refuse(err, path, _("the end of its name says what it becomes: "
		    ".txt, .json or .html"));
	if (slash != NULL && str_copy(dir, sizeof(dir),
	    (struct str){ path, slash == path ? 1 : (size_t)(slash - path) }) != 0)
		return refuse(err, path, _("the path is too long"));
	if (access(dir, W_OK | X_OK) == 0)
		return 0;
	refuse(err, dir, strerror(errno));
	return EXIT_CANTCREAT;
}

static int
check_command(const char *path, FILE *err)
{
	if (path == NULL)
		return 0;
	if (path[0] != '/')
		return refuse(err, "--on-open", _("name the program by its whole path; it "
		    "gets no arguments and no shell"));
	if (access(path, X_OK) == 0)
		return 0;
	refuse(err, path, strerror(errno));
	return EXIT_NOINPUT;
}

int
gate_args_read(struct gate_args *a, int argc, char **argv, FILE *out, FILE *err)
{
	int at, rc;

	*a = (struct gate_args){ .for_s = FOR_S };
	rc = option_read(&usage, a, argc, argv, &at, out, err);
	if (rc != 0)
		return rc == OPTION_HELP ? -1 : EXIT_USAGE;
	if (conf_default(&a->conf) != 0)
		return EXIT_OSERR;
	rc = read_hosts(a, at, argc, argv, err);
	for (size_t i = 0; rc == 0 && i < a->report.n; i++)
		rc = check_report(a->report.v[i], err);
	if (rc == 0)
		rc = check_command(a->on_open, err);
	return rc != 0 ? rc : alone_setup(&a->alone, a->conf, a->store, "gate", err);
}

void
gate_args_free(struct gate_args *a)
{
	conf_free(a->conf);
}
