/* cmd/sekimorid.c -- sekimorid(8): the options, and what happens in which
 * order before the roles start. */
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/parent.h"
#include "sys/state_dir.h"

enum { SETTINGS_MAX = 128 };

struct options {
	const char	*file;
	const char	*set[SETTINGS_MAX];	/* of -o */
	size_t		 n_set;
	bool		 check;
};

static const char usage[] =
	"usage: sekimorid [-nVh] [-c FILE] [-o KEY=VALUE]... [--sample]\n"
	"  -c FILE        read this configuration; without it, the defaults\n"
	"  -o KEY=VALUE   set one key, after the file; may be repeated\n"
	"  -n             check and print the configuration, then exit\n"
	"      --sample   print a sample of the configuration, then exit\n"
	"  -V             print the version\n"
	"  -h             print this\n"
	"It stays in the foreground and writes its log to standard error.\n"
	"See sekimorid(8), sekimori.conf(5).\n";

static int
complain(int code, const char *text)
{
	fprintf(stderr, "sekimorid: %s\n", text);
	return code;
}

/* Returns -1 to go on, or an exit code. */
static int
read_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "sample", no_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:no:Vh", names, NULL)) != -1) {
		if (c == 'c') {
			o->file = optarg;
		} else if (c == 'n') {
			o->check = true;
		} else if (c == 'o' && o->n_set < SETTINGS_MAX) {
			o->set[o->n_set++] = optarg;
		} else if (c == 's') {
			conf_sample(stdout);
			return 0;
		} else if (c == 'V' || c == 'h') {
			fputs(c == 'V' ? "sekimorid " VERSION "\n" : usage, stdout);
			return 0;
		} else {
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return -1;
}

static int
set_one(struct conf *c, const char *setting, struct conf_why *why)
{
	struct str value = str_of(setting), name;
	char text[64];

	if (str_find(value, '=') < 0) {
		snprintf(why->text, sizeof(why->text), "%.200s: is not KEY=VALUE",
		    setting);
		return SEK_EPARSE;
	}
	name = str_trim(str_cut(&value, '='));
	if (str_copy(text, sizeof(text), name) != 0)
		snprintf(text, sizeof(text), "%.60s", setting);
	return conf_set(c, text, value, why);
}

/* Returns 0 or an exit code, said already. */
static int
read_conf(struct conf **out, const struct options *o)
{
	struct conf_why why, late;
	char text[700];
	int rc = o->file != NULL ? conf_load(out, o->file, &why) :
	    conf_default(out);

	if (rc != 0)
		return complain(rc == SEK_EPARSE ? EXIT_CONFIG : rc == SEK_ESYS ?
		    EXIT_NOINPUT : EXIT_OSERR, o->file != NULL ? why.text :
		    "out of memory");
	rc = o->file != NULL ? conf_check(*out, &why) : 0;
	for (size_t i = 0; i < o->n_set; i++)
		if (set_one(*out, o->set[i], &late) != 0) {
			snprintf(text, sizeof(text), "-o %s", late.text);
			return complain(EXIT_USAGE, text);
		}
	if (conf_check(*out, &late) == 0)
		return 0;
	if (rc == 0)
		return complain(EXIT_USAGE, late.text);
	snprintf(text, sizeof(text), "%s: %s", o->file, late.text);
	return complain(EXIT_CONFIG, text);
}

/* Returns 0 or an exit code, said already. */
static int
make_state(const struct conf *c)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	struct state_why why;
	struct passwd *pw;
	char text[300];

	if (uid == 0 && c->user[0] != '\0') {
		pw = getpwnam(c->user);
		if (pw == NULL) {
			snprintf(text, sizeof(text), "role.user: there is no user "
			    "%s; make it (`useradd --system %s`) or name another",
			    c->user, c->user);
			return complain(EXIT_CONFIG, text);
		}
		uid = pw->pw_uid;
		gid = pw->pw_gid;
	}
	return state_dir_make(c->state, uid, gid, &why) == 0 ? 0 :
	    complain(why.exit, why.text);
}

static int
run(const struct conf *c)
{
	static struct listeners l;
	static char dir[PARENT_PATH];
	struct parent_first first;
	struct parent_setup setup = { .conf = c, .listeners = &l,
		.workers = parent_workers(c), .dir = dir, .first = &first };
	struct listen_why why = { 0 };
	int code;

	if (listen_inherit(&l, &why) != 0)
		return complain(why.exit, why.text);
	if (parent_find_roles(dir) != 0) {
		fprintf(stderr, "sekimorid: the programs of the roles are neither in %s\n", dir);
		return EXIT_UNAVAILABLE;
	}
	code = make_state(c);
	if (code != 0)
		return code;
	if (listen_bind(&l, c, setup.workers, &why) != 0 ||
	    listen_keys(&l, c->transfer_keys, &why) != 0)
		return complain(why.exit, why.text);
	log_setup("parent", LOG_LV_INFO, getenv("JOURNAL_STREAM") != NULL);
	listen_log(&l);
	parent_first_load(&first, c->state);
	code = parent_run(&setup);
	listen_close(&l);
	return code;
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct conf *c = NULL;
	int code = read_options(&o, argc, argv);

	if (code >= 0)
		return code;
	code = read_conf(&c, &o);
	if (code == 0 && o.check)
		conf_print(stdout, c);
	else if (code == 0)
		code = run(c);
	conf_free(c);
	return code;
}
