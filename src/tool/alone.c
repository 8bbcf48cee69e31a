#include "tool/alone.h"

#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "sys/state_dir.h"
#include "tool/client.h"

#define V(field) offsetof(struct alone, field)

enum { CONTROL_MAX_S = 86400 };	/* as of probe.control_wait */

const struct option_row alone_rows[] = {
	{ "receive", 0, OPTION_LIST, V(receive), "ADDR:PORT",
	  N_("where our mailbox listens, once for IPv4 and once for IPv6; the MX of the probe domain must lead there"), NULL, 0, 0, true },
	{ "probe-domain", 0, OPTION_TEXT, V(domain), "NAME",
	  N_("domain of the probe mails' sender and recipient"), NULL, 0, 0, true },
	{ "probe-domain2", 0, OPTION_TEXT, V(domain2), "NAME",
	  N_("a second domain; without it the forms that need one are skipped"), NULL, 0, 0, false },
	{ "resolver", 0, OPTION_TEXT, V(resolver), "ADDR[:PORT]",
	  N_("recursive resolver; default: the system's"), NULL, 0, 0, false },
	{ "from", 0, OPTION_TEXT, V(from), "ADDR",
	  N_("source address of the probes"), NULL, 0, 0, false },
	{ "ptr-from", 0, OPTION_TEXT, V(ptr_from), "ADDR",
	  N_("a second source address, whose PTR lies: for form W01 (laboratory)"), NULL, 0, 0, false },
	{ "helo", 0, OPTION_TEXT, V(helo), "NAME",
	  N_("the name we greet with; it should lead to the source address and back"), NULL, 0, 0, false },
	{ "cert", 0, OPTION_TEXT, V(cert), "FILE",
	  N_("PEM certificate for servers that ask us for one; default: signed by itself"), NULL, 0, 0, false },
	{ "key", 0, OPTION_TEXT, V(key), "FILE",
	  N_("PEM key of that certificate"), NULL, 0, 0, false },
	{ "canary", 0, OPTION_TEXT, V(canary), "ADDR",
	  N_("an open relay of your own, by which the control letter must come back too"), NULL, 0, 0, false },
	{ "control-wait", 0, OPTION_SECONDS, V(control_s), "TIME",
	  N_("how long to wait for that letter; default 5m"), NULL, 5, CONTROL_MAX_S, false },
	{ "lab-range", 0, OPTION_LIST, V(lab), "NET",
	  N_("laboratory range (127/8, RFC 1918, 198.18/15, fc00::/7, documentation space)"), NULL, 0, 0, false },
	{ "state", 0, OPTION_TEXT, V(state), "DIR",
	  N_("where the ledger is; default: probe in the state directory"), NULL, 0, 0, false },
	{ "no-ledger", 0, OPTION_FLAG, V(no_ledger), NULL,
	  N_("remember nothing; for laboratory ranges only"), NULL, 0, 0, false },
	{ "verbose", 'v', OPTION_FLAG, V(verbose), NULL,
	  N_("also write the log to standard error"), NULL, 0, 0, false },
	{ .name = NULL }
};

int
alone_refuse(FILE *err, const char *command, const char *what, const char *why)
{
	char shown[120];

	str_clean(shown, sizeof(shown), str_of(what));
	fprintf(err, "sekimori %s: %s: %s\n", command, shown, why);
	return EXIT_USAGE;
}

static int
set_list(const struct option_list *l, struct conf *c, const char *option,
    const char *key, const char *command, FILE *err)
{
	struct conf_why why;

	for (size_t i = 0; i < l->n; i++)
		if (conf_set(c, key, str_of(l->v[i]), &why) != 0)
			return alone_refuse(err, command, option, why.text);
	return 0;
}

static int
set_conf(const struct alone *a, struct conf *c, const char *command, FILE *err)
{
	bool from6 = a->from != NULL && strchr(a->from, ':') != NULL;
	bool ptr6 = a->ptr_from != NULL && strchr(a->ptr_from, ':') != NULL;
	const struct { const char *option, *key, *value; } sets[] = {
		{ "--probe-domain", "probe.domain", a->domain },
		{ "--probe-domain2", "probe.domain2", a->domain2 },
		{ "--resolver", "probe.resolver", a->resolver },
		{ "--helo", "probe.helo", a->helo },
		{ "--canary", "probe.canary", a->canary },
		{ "--cert", "probe.cert", a->cert }, { "--key", "probe.key", a->key },
		{ "--from", from6 ? "probe.from6" : "probe.from", a->from },
		{ "--ptr-from", ptr6 ? "probe.ptr_from6" : "probe.ptr_from", a->ptr_from },
	};
	struct conf_why why;
	int rc;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (sets[i].value != NULL && conf_set(c, sets[i].key,
		    str_of(sets[i].value), &why) != 0)
			return alone_refuse(err, command, sets[i].option, why.text);
	if (a->control_s > 0)
		c->control_wait_s = a->control_s;
	rc = set_list(&a->receive, c, "--receive", "receive.listen", command, err);
	return rc != 0 ? rc :
	    set_list(&a->lab, c, "--lab-range", "lab.range", command, err);
}

/* The ledger has a directory of its own: the daemon's belongs to its user. */
static int
ledger_dir(char *out, size_t cap, const struct alone *a, const char *command, FILE *err)
{
	size_t n;

	if (a->state != NULL) {
		if (a->state[0] == '/' && str_copy(out, cap, str_of(a->state)) == 0)
			return 0;
		return alone_refuse(err, command, "--state", _("not an absolute path"));
	}
	if (client_state(out, cap - sizeof("/probe")) != 0)
		return alone_refuse(err, command, "HOME", _("no place for the ledger: set "
		    "HOME or XDG_STATE_HOME to an absolute path"));
	n = strlen(out);
	snprintf(out + n, cap - n, "/probe");
	return 0;
}

static int
open_ledger(const struct alone *a, struct conf *c, char store[ALONE_STORE],
    const char *command, FILE *err)
{
	struct state_why why = { 0 };
	struct conf_why cwhy;
	char dir[ALONE_STORE - 32];
	int rc = ledger_dir(dir, sizeof(dir), a, command, err);

	if (rc != 0)
		return rc;
	if (state_dir_make(dir, geteuid(), getegid(), &why) != 0) {
		alone_refuse(err, command, dir, why.text);
		return why.exit;
	}
	snprintf(store, ALONE_STORE, "sqlite:%s/ledger.db", dir);
	if (conf_set(c, "state.dir", str_of(dir), &cwhy) != 0)
		return alone_refuse(err, command, dir, cwhy.text);
	return 0;
}

int
alone_setup(const struct alone *a, struct conf *c, char store[ALONE_STORE],
    const char *command, FILE *err)
{
	int rc;

	if (a->no_ledger && a->lab.n == 0)
		return alone_refuse(err, command, "--no-ledger", _("only with --lab-range: "
		    "opt-outs and pace must outlive a run"));
	rc = set_conf(a, c, command, err);
	if (rc != 0)
		return rc;
	if (!a->no_ledger)
		return open_ledger(a, c, store, command, err);
	snprintf(store, ALONE_STORE, "memory:");
	return 0;
}
