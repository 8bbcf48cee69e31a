#include "tool/probe_args.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "sys/state_dir.h"
#include "tool/client.h"
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
	{ "receive", 0, OPTION_LIST, V(receive), "ADDR:PORT",
	  N_("where our mailbox listens, once for IPv4 and once for IPv6; the MX of the probe domain must lead there"), NULL, 0, 0, true },
	{ "probe-domain", 0, OPTION_TEXT, V(domain), "NAME",
	  N_("domain of the probe mails' sender and recipient"), NULL, 0, 0, true },
	{ "probe-domain2", 0, OPTION_TEXT, V(domain2), "NAME",
	  N_("a second domain; without it the forms that need one are skipped"), NULL, 0, 0, false },
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
	{ "resolver", 0, OPTION_TEXT, V(resolver), "ADDR[:PORT]",
	  N_("recursive resolver; default: the system's"), NULL, 0, 0, false },
	{ "from", 0, OPTION_TEXT, V(from), "ADDR",
	  N_("source address of the probes"), NULL, 0, 0, false },
	{ "ptr-from", 0, OPTION_TEXT, V(ptr_from), "ADDR",
	  N_("a second source address, whose PTR lies: for form W01 (laboratory)"), NULL, 0, 0, false },
	{ "canary", 0, OPTION_TEXT, V(canary), "ADDR",
	  N_("an open relay of your own, by which the control letter must come back too"), NULL, 0, 0, false },
	{ "control-wait", 0, OPTION_SECONDS, V(control_s), "TIME",
	  N_("how long to wait for that letter; default 5m"), NULL, 5, WAIT_MAX, false },
	{ "helo", 0, OPTION_TEXT, V(helo), "NAME",
	  N_("the name we greet with; it should lead to the source address and back"), NULL, 0, 0, false },
	{ "lab-range", 0, OPTION_LIST, V(lab), "NET",
	  N_("laboratory range (127/8, RFC 1918, 198.18/15, fc00::/7, documentation space)"), NULL, 0, 0, false },
	{ "state", 0, OPTION_TEXT, V(state), "DIR",
	  N_("where the ledger is; default: probe in the state directory"), NULL, 0, 0, false },
	{ "no-ledger", 0, OPTION_FLAG, V(no_ledger), NULL,
	  N_("remember nothing; for laboratory ranges only"), NULL, 0, 0, false },
	{ "verbose", 'v', OPTION_FLAG, V(verbose), NULL,
	  N_("also write the log to standard error"), NULL, 0, 0, false },
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
	rows, NULL, 0, -1
};

static int
refuse(FILE *err, const char *what, const char *why)
{
	char shown[120];

	str_clean(shown, sizeof(shown), str_of(what));
	fprintf(err, "sekimori probe: %s: %s\n", shown, why);
	return EXIT_USAGE;
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
set_list(struct probe_args *a, const char *option, const char *key,
    const struct option_list *list, FILE *err)
{
	struct conf_why why;

	for (size_t i = 0; i < list->n; i++)
		if (conf_set(a->conf, key, str_of(list->v[i]), &why) != 0)
			return refuse(err, option, why.text);
	return 0;
}

/* Options that are keys of the configuration, with its checks. */
static int
set_conf(struct probe_args *a, FILE *err)
{
	bool from6 = a->from != NULL && strchr(a->from, ':') != NULL;
	bool ptr6 = a->ptr_from != NULL && strchr(a->ptr_from, ':') != NULL;
	const struct { const char *option, *key, *value; } sets[] = {
		{ "--probe-domain", "probe.domain", a->domain },
		{ "--probe-domain2", "probe.domain2", a->domain2 },
		{ "--resolver", "probe.resolver", a->resolver },
		{ "--helo", "probe.helo", a->helo },
		{ "--canary", "probe.canary", a->canary },
		{ "--from", from6 ? "probe.from6" : "probe.from", a->from },
		{ "--ptr-from", ptr6 ? "probe.ptr_from6" : "probe.ptr_from", a->ptr_from },
	};
	struct conf_why why;
	int rc;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (sets[i].value != NULL && conf_set(a->conf, sets[i].key,
		    str_of(sets[i].value), &why) != 0)
			return refuse(err, sets[i].option, why.text);
	rc = set_list(a, "--receive", "receive.listen", &a->receive, err);
	if (rc == 0)
		rc = set_list(a, "--lab-range", "lab.range", &a->lab, err);
	if (a->sessions > 0)
		a->conf->probe_sessions = a->sessions;
	if (a->control_s > 0)
		a->conf->control_wait_s = a->control_s;
	return rc;
}

/* The ledger has a directory of its own: the daemon's belongs to its user. */
static int
open_ledger(struct probe_args *a, FILE *err)
{
	struct state_why why = { 0 };
	struct conf_why cwhy;
	char dir[480];
	size_t n;

	if (a->no_ledger) {
		snprintf(a->store, sizeof(a->store), "memory:");
		return 0;
	}
	if (a->state != NULL) {
		if (a->state[0] != '/' || str_copy(dir, sizeof(dir), str_of(a->state)) != 0)
			return refuse(err, "--state", _("not an absolute path"));
	} else if (client_state(dir, sizeof(dir) - sizeof("/probe")) == 0) {
		n = strlen(dir);
		snprintf(dir + n, sizeof(dir) - n, "/probe");
	} else
		return refuse(err, "HOME", _("no place for the ledger: set HOME or "
		    "XDG_STATE_HOME to an absolute path"));
	if (state_dir_make(dir, geteuid(), getegid(), &why) != 0) {
		refuse(err, dir, why.text);
		return why.exit;
	}
	snprintf(a->store, sizeof(a->store), "sqlite:%s/ledger.db", dir);
	if (conf_set(a->conf, "state.dir", str_of(dir), &cwhy) != 0)
		return refuse(err, dir, cwhy.text);
	return 0;
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
	if (a->resume && a->no_ledger)
		return refuse(err, "--resume", _("not without a ledger: it knows what "
		    "is done"));
	if (a->json && a->tsv)
		return refuse(err, "--tsv", _("not together with --json"));
	if (a->no_ledger && a->lab.n == 0)
		return refuse(err, "--no-ledger", _("only with --lab-range: opt-outs "
		    "and pace must outlive a run"));
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
	if (rc == 0)
		rc = set_conf(a, err);
	return rc == 0 ? open_ledger(a, err) : rc;
}

void
probe_args_free(struct probe_args *a)
{
	free(a->targets);
	probe_list_free(&a->list);
	conf_free(a->conf);
}
