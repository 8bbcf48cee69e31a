#include "tool/serve.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/log.h"
#include "sys/parent.h"
#include "sys/snapshot_file.h"
#include "tool/option.h"

enum { WORKERS_MAX = 64 };

struct serve_values {
	const char		*lang, *snapshot, *user;
	struct option_list	 listen, set;
	uint32_t		 workers;
	bool			 watch;
};

#define V(field) offsetof(struct serve_values, field)

static const char *const lang_words[] = { "ja", "en", NULL };

static const struct option_row rows[] = {
	{ "snapshot", 's', OPTION_TEXT, V(snapshot), "FILE",
	  N_("the base to serve; read anew on SIGHUP"), NULL, 0, 0, true },
	{ "listen", 'l', OPTION_LIST, V(listen), "ADDR:PORT",
	  N_("answer there, UDP and TCP; may be repeated; default 127.0.0.1:5300"), NULL, 0, 0, false },
	{ "workers", 'w', OPTION_COUNT, V(workers), "N",
	  N_("processes for UDP; default: one a core"), NULL, 1, WORKERS_MAX, false },
	{ "watch", 0, OPTION_FLAG, V(watch), NULL,
	  N_("read the file anew when another one is renamed to its name"), NULL, 0, 0, false },
	{ "user", 'u', OPTION_TEXT, V(user), "NAME",
	  N_("what the processes become when started by root; default sekimori"), NULL, 0, 0, false },
	{ "set", 'o', OPTION_LIST, V(set), "KEY=VALUE",
	  N_("set a key of the group dns, see sekimori.conf(5); may be repeated"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), lang_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"serve", "",
	N_("Answers DNS from a snapshot file, without a daemon, until it is stopped."),
	rows, NULL, 0, 0
};

struct serve {
	struct serve_values	 v;
	struct conf		*conf;
	struct parent_first	 first;
	FILE			*err;
};

static int
refuse(const struct serve *s, int code, const char *what, const char *why)
{
	char shown[300];

	str_clean(shown, sizeof(shown), str_of(what));
	fprintf(s->err, "sekimori serve: %s: %s\n", shown, why);
	return code;
}

/* ---- the settings ---- */

/* These are answered from the snapshot, which has them in it, or have an
 * option of their own. */
static bool
is_fixed(struct str key)
{
	static const char *const fixed[] = {
		"dns.zone", "dns.ns", "dns.hostmaster", "dns.out", "dns.ttl",
		"dns.negative_ttl", "dns.status_expiry", "dns.listen",
		"dns.workers",
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (str_eq(key, str_of(fixed[i])))
			return true;
	return false;
}

static int
set_one(struct serve *s, const char *setting)
{
	struct str value = str_of(setting), key;
	struct conf_why why;
	char name[64];

	if (str_find(value, '=') < 0)
		return refuse(s, EXIT_USAGE, setting,
		    _("--set wants KEY=VALUE"));
	key = str_trim(str_cut(&value, '='));
	if (!str_istarts(key, STR("dns.")) || is_fixed(key) ||
	    str_copy(name, sizeof(name), key) != 0)
		return refuse(s, EXIT_USAGE, setting, _("no key that can be set "
		    "here: the snapshot has what the zone says, --listen and "
		    "--workers are options, and only the group dns concerns "
		    "what answers"));
	return conf_set(s->conf, name, value, &why) == 0 ? 0 :
	    refuse(s, EXIT_USAGE, "--set", why.text);
}

static int
set_user(struct serve *s)
{
	struct conf_why why;

	if (s->v.user != NULL && conf_set(s->conf, "role.user",
	    str_of(s->v.user), &why) != 0)
		return refuse(s, EXIT_USAGE, "--user", why.text);
	if (geteuid() != 0 || s->conf->user[0] == '\0' ||
	    getpwnam(s->conf->user) != NULL)
		return 0;
	return refuse(s, EXIT_CONFIG, s->conf->user, _("there is no such user "
	    "for the processes to become; make it, or name another with --user"));
}

static int
make_conf(struct serve *s)
{
	struct conf_why why;
	int rc = 0;

	if (conf_default(&s->conf) != 0)
		return refuse(s, EXIT_OSERR, "conf", sek_strerror(SEK_ENOMEM));
	s->conf->state[0] = '\0';	/* there is none, nor mail, nor pages */
	s->conf->n_smtp = s->conf->n_web = 0;
	s->conf->dns_workers = s->v.workers;
	for (size_t i = 0; rc == 0 && i < s->v.listen.n; i++)
		if (conf_set(s->conf, "dns.listen", str_of(s->v.listen.v[i]),
		    &why) != 0)
			rc = refuse(s, EXIT_USAGE, "--listen", why.text);
	for (size_t i = 0; rc == 0 && i < s->v.set.n; i++)
		rc = set_one(s, s->v.set.v[i]);
	return rc == 0 ? set_user(s) : rc;
}

/* ---- the file ---- */

static int
load(struct serve *s)
{
	const char *why = "", *file = s->v.snapshot;
	char path[PATH_MAX], text[200];
	int err;

	s->first.over = -1;
	err = realpath(file, path) == NULL ? SEK_ESYS :
	    snapshot_file_load(&s->first.fd, &s->first.msg, path, &why);

	if (err == SEK_ESYS)
		return refuse(s, errno == EACCES ? EXIT_NOPERM : EXIT_NOINPUT,
		    file, strerror(errno));
	if (err == 0)
		return 0;
	snprintf(text, sizeof(text), _("not a base snapshot, or damaged (%s)"),
	    why);
	return refuse(s, EXIT_DATA, file, text);
}

/* ---- the work ---- */

static int
find_roles(const struct serve *s, char dir[PARENT_PATH])
{
	if (parent_find_roles(dir) == 0)
		return 0;
	fprintf(s->err, _("sekimori serve: the programs that answer are neither "
	    "in %s\n"), dir);
	return EXIT_UNAVAILABLE;
}

static int
listen_all(const struct serve *s, struct listeners *l, unsigned workers)
{
	struct listen_why why = { .option = "--listen" };

	if (listen_inherit(l, &why) == 0 &&
	    listen_bind(l, s->conf, workers, &why) == 0 &&
	    listen_keys(l, s->conf->transfer_keys, &why) == 0)
		return 0;
	fprintf(s->err, "sekimori serve: %s\n", why.text);
	return why.exit;
}

static int
run(struct serve *s)
{
	static struct listeners l;
	static char dir[PARENT_PATH];
	const struct parent_setup setup = { .conf = s->conf, .listeners = &l,
		.workers = parent_workers(s->conf), .dir = dir,
		.roles = PARENT_DNS, .first = &s->first,
		.snapshot = s->v.snapshot, .watch = s->v.watch };
	int code = find_roles(s, dir);

	if (code == 0)
		code = listen_all(s, &l, setup.workers);
	if (code != 0) {
		close(s->first.fd);
		return code;
	}
	log_setup("parent", LOG_LV_INFO, getenv("JOURNAL_STREAM") != NULL);
	listen_log(&l);
	log_event(LOG_LV_NOTICE, "base-read", LOG_Z("file", s->v.snapshot),
	    LOG_N("serial", s->first.msg.serial),
	    LOG_N("octets", s->first.msg.octets));
	code = parent_run(&setup);
	listen_close(&l);
	return code;
}

int
serve_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct serve s = { .err = err };
	int operands, code, rc;

	rc = option_read(&usage, &s.v, argc, argv, &operands, out, err);
	if (rc != 0)
		return rc == OPTION_HELP ? 0 : EXIT_USAGE;
	code = make_conf(&s);
	if (code == 0)
		code = load(&s);
	if (code == 0)
		code = run(&s);
	conf_free(s.conf);
	return code;
}
