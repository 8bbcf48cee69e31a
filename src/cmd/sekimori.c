/* cmd/sekimori.c -- the dispatcher: execs sekimori-COMMAND, as git does. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "sys/suggest.h"

enum { PATH_OCTETS = 4096, NAME_OCTETS = 32, WIDTH = 10 };

/* Shown by `sekimori help` when the program is there; one that is not in this
 * table is run all the same. */
static const struct { const char *name, *does; } commands[] = {
	{ "check", N_("are mail servers listed, here or on other lists") },
	{ "probe", N_("test servers for open relaying, with live progress") },
	{ "gate", N_("watch your own servers while something is changed") },
	{ "nominate", N_("give an address to the daemon, with its basis") },
	{ "follow", N_("watch a test as it runs") },
	{ "show", N_("what is known about an address") },
	{ "status", N_("what the daemon is doing") },
	{ "retest", N_("test a listed address again") },
	{ "optout", N_("never probe an address or range") },
	{ "remove", N_("take a listing away, with the reason") },
	{ "retract", N_("take back a listing made in error") },
	{ "widen", N_("list a whole /24 or /64 around a listed address") },
	{ "narrow", N_("end the listing of a whole range") },
	{ "except", N_("take one address out of a listed range") },
	{ "note", N_("write a remark to an address") },
	{ "journal", N_("every change of the list") },
	{ "key", N_("keys for CSIRTs that ask the API") },
	{ "sunset", N_("end the list step by step") },
	{ "account", N_("was your server used by strangers: what its mail log says") },
	{ "zone", N_("write the list as a zone file") },
	{ "serve", N_("answer DNS from a snapshot file, without the daemon") },
	{ "doctor", N_("go through the start-up checklist") },
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* Finds the program of a command beside this one, or in ../libexec/sekimori. */
static int
find(char out[PATH_OCTETS], const char *name)
{
	static const char *const places[] = { "", "/../libexec/sekimori" };
	char here[PATH_OCTETS / 2];
	ssize_t n = readlink("/proc/self/exe", here, sizeof(here) - 1);

	if (n <= 0)
		return SEK_ESYS;
	here[n] = '\0';
	*strrchr(here, '/') = '\0';
	for (size_t i = 0; i < 2; i++) {
		snprintf(out, PATH_OCTETS, "%s%s/sekimori-%s", here, places[i],
		    name);
		if (access(out, X_OK) == 0)
			return 0;
	}
	return SEK_ESYS;
}

static void
help(FILE *out)
{
	char path[PATH_OCTETS];

	fputs(_("usage: sekimori COMMAND [ARGUMENT]...\n"
	    "       sekimori help [COMMAND]\n"
	    "       sekimori --version\n\n"
	    "Commands:\n"), out);
	for (size_t i = 0; i < COMMANDS; i++)
		if (find(path, commands[i].name) == 0)
			fprintf(out, "  %-*s %s\n", WIDTH, commands[i].name,
			    _(commands[i].does));
	fputs(_("\nThe daemon is sekimorid(8); its configuration is in "
	    "sekimori.conf(5).\n"), out);
}

static int
unknown(const char *name)
{
	const char *names[COMMANDS], *near;
	char path[PATH_OCTETS], shown[80];
	size_t n = 0;

	for (size_t i = 0; i < COMMANDS; i++)
		if (find(path, commands[i].name) == 0)
			names[n++] = commands[i].name;
	near = suggest(str_of(name), names, n);
	str_clean(shown, sizeof(shown), str_of(name));
	fprintf(stderr, _("sekimori: there is no command \"%s\""), shown);
	if (near != NULL)
		fprintf(stderr, _("; did you mean %s?"), near);
	fputs(_("\n`sekimori help` lists the commands.\n"), stderr);
	return EXIT_USAGE;
}

static int
is_name(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(s[i]) && (s[i] != '-' || i == 0))
			return 0;
	return n > 0 && n < NAME_OCTETS;
}

/* Returns only on failure: an exit code. */
static int
run(const char *name, char **argv)
{
	char path[PATH_OCTETS];

	if (!is_name(name) || find(path, name) != 0)
		return unknown(name);
	argv[0] = path;
	execv(path, argv);
	fprintf(stderr, "sekimori: %s: %s\n", path, strerror(errno));
	return EXIT_OSERR;
}

int
main(int argc, char **argv)
{
	static char ask[] = "--help";
	const char *word = argc > 1 ? argv[1] : NULL;

	i18n_setup(NULL, NULL);
	if (word == NULL) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		puts("sekimori " VERSION);
		return 0;
	}
	if (strcmp(word, "help") != 0 && strcmp(word, "--help") != 0 &&
	    strcmp(word, "-h") != 0)
		return run(word, argv + 1);
	if (argc < 3) {
		help(stdout);
		return 0;
	}
	return run(argv[2], (char *[]){ NULL, ask, NULL });
}
