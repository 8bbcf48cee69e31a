#include "tool/probe_args.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/target.h"

#define V(field) offsetof(struct probe_args, field)

enum { WAIT_MAX = 86400 };

static const char *const when_words[] = { "auto", "always", "never", NULL };
static const char *const lang_words[] = { "ja", "en", NULL };
static const char *const basis_words[] = { "owner", "authority", NULL };
static const char *const depth_words[] = {
	"gentle", "normal", "full", "owner", "lab", NULL
};

static const struct option_row rows[] = {
	{ "basis", 'b', OPTION_TEXT, V(basis), "WORD",
	  N_("why a probe may be made; default owner (this very server, or a laboratory)"), basis_words, 0, 0, false },
	{ "reason", 'r', OPTION_LINE, V(reason), "TEXT",
	  N_("why; kept with the record; needed with --basis authority"), NULL, 0, 0, false },
	{ "depth", 'd', OPTION_TEXT, V(depth), "WORD",
	  N_("how far into the catalogue of forms"), depth_words, 0, 0, false },
	{ "domain", 0, OPTION_LIST, V(domains), "NAME",
	  N_("a mail domain of the target, for the forms that name one"), NULL, 0, 0, false },
	{ "all", 'a', OPTION_FLAG, V(every), NULL,
	  N_("go on after the first proof, with all forms; for owners"), NULL, 0, 0, false },
	{ "file", 'f', OPTION_TEXT, V(file), "FILE",
	  N_("targets, one a line; - is standard input; a result each, no live lines"), NULL, 0, 0, false },
	{ "resume", 0, OPTION_FLAG, V(resume), NULL,
	  N_("go on with the list that was begun last: what is done is not tested again"), NULL, 0, 0, false },
	{ "skip-bad", 0, OPTION_FLAG, V(skip_bad), NULL,
	  N_("leave out lines that are no target, with a message each"), NULL, 0, 0, false },
	{ "sessions", 0, OPTION_COUNT, V(sessions), "NUMBER",
	  N_("targets of a list that are talked to at once; default 64"), NULL, 1, 1000, false },
	{ "wait", 'w', OPTION_SECONDS, V(wait_s), "TIME",
	  N_("how long to wait for a verdict; default 5m"), NULL, 1, WAIT_MAX, false },
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "tsv", 0, OPTION_FLAG, V(tsv), NULL,
	  N_("of a list: address, verdict, output address, form that proved it, with tabs between"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), lang_words, 0, 0, false },
	{ "color", 0, OPTION_TEXT, V(color), "WHEN",
	  N_("colour beside the words"), when_words, 0, 0, false },
	{ "progress", 0, OPTION_TEXT, V(progress), "WHEN",
	  N_("live lines; auto: on a terminal only"), when_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"probe", "HOST[:PORT]...",
	N_("Tests servers for open relaying, without the daemon."),
	rows, alone_rows, 0, -1
};

static int
refuse(FILE *err, const char *what, const char *why)
{
	return alone_refuse(err, "probe", what, why);
}

static int
add_target(struct probe_args *a, const char *text, FILE *err)
{
	struct target t;
	const char *why = "";

	if (target_read(&t, text, &why) != 0)
		return refuse(err, text, why);
	if (a->n == PROBE_TARGETS)
		return refuse(err, text, _("too many targets; split the list"));
	memcpy(a->targets[a->n].name, t.name, sizeof(t.name));
	a->targets[a->n++].port = t.port == 0 ? 25 : t.port;
	return 0;
}

/* With a list they are lines of it, the first ones. */
static int
add_listed(struct probe_args *a, const char *text, FILE *err)
{
	struct target t;
	const char *why = "";

	if (target_read(&t, text, &why) != 0)
		return refuse(err, text, why);
	return probe_list_add(&a->list, &t, 0) == 0 ? 0 : EXIT_OSERR;
}

static int
read_targets(struct probe_args *a, int at, int argc, char **argv, FILE *err)
{
	int rc = 0;

	a->targets = calloc(PROBE_TARGETS, sizeof(*a->targets));
	if (a->targets == NULL)
		return EXIT_OSERR;
	for (; rc == 0 && at < argc; at++)
		rc = a->file != NULL ? add_listed(a, argv[at], err) :
		    add_target(a, argv[at], err);
	if (rc == 0 && a->file != NULL)
		return probe_list_read(&a->list, a->file, a->skip_bad, err);
	if (rc == 0 && a->n == 0)
		return refuse(err, "HOST[:PORT]", _("no target is given"));
	return rc;
}

static int
check_rules(struct probe_args *a, FILE *err)
{
	if (strcmp(a->basis, "authority") == 0 && a->reason == NULL)
		return refuse(err, "--basis authority", _("needs --reason TEXT: "
		    "whose constituency, and why"));
	if (a->file == NULL && (a->tsv || a->skip_bad || a->resume))
		return refuse(err, a->tsv ? "--tsv" : a->resume ? "--resume" :
		    "--skip-bad", _("only with a list (-f FILE)"));
	if (a->resume && a->alone.no_ledger)
		return refuse(err, "--resume", _("not without a ledger: it knows what "
		    "is done"));
	if (a->json && a->tsv)
		return refuse(err, "--tsv", _("not together with --json"));
	return 0;
}

int
probe_args_read(struct probe_args *a, int argc, char **argv, FILE *out, FILE *err)
{
	int at, rc;

	*a = (struct probe_args){ .basis = "owner", .wait_s = 300 };
	rc = option_read(&usage, a, argc, argv, &at, out, err);
	if (rc != 0)
		return rc == OPTION_HELP ? -1 : EXIT_USAGE;
	if (conf_default(&a->conf) != 0)
		return EXIT_OSERR;
	rc = check_rules(a, err);
	if (rc == 0)
		rc = read_targets(a, at, argc, argv, err);
	if (rc == 0 && a->sessions > 0)
		a->conf->probe_sessions = a->sessions;
	return rc == 0 ? alone_setup(&a->alone, a->conf, a->store, "probe", err) : rc;
}

void
probe_args_free(struct probe_args *a)
{
	free(a->targets);
	probe_list_free(&a->list);
	conf_free(a->conf);
}
