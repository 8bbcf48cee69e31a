#include "tool/zone.h"

#include <string.h>

#include "base/i18n.h"
#include "base/buf.h"
#include "base/str.h"

static const struct zone_work *const works[] = {
	&zone_export, &zone_import, &zone_secondary, &zone_verify,
};
enum { WORKS = sizeof(works) / sizeof(works[0]) };

const char *const zone_lang_words[] = { "ja", "en", NULL };

int
zone_refuse(FILE *err, int code, const char *what, const char *why)
{
	char shown[300];

	str_clean(shown, sizeof(shown), str_of(what));
	fprintf(err, "sekimori zone: %s: %s\n", shown, why);
	return code;
}

static bool
names_row(const struct option_row *row, const char *arg)
{
	if (arg[0] == '-' && arg[1] == '-')
		return strcmp(arg + 2, row->name) == 0;
	return row->letter != 0 && arg[0] == '-' && arg[1] == row->letter &&
	    arg[2] == '\0';
}

/* Does the argument after arg belong to it? */
static bool
takes_value(const struct option_usage *u, const char *arg)
{
	for (const struct option_row *row = u->rows; row->name != NULL; row++)
		if (row->type != OPTION_FLAG && names_row(row, arg))
			return true;
	return false;
}

/* Options may stand before the work too, so each work is asked with its own
 * table whether its name stands there as a word of its own. */
static int
find_work(const struct zone_work *w, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], w->name) == 0 &&
		    !takes_value(w->usage, argv[i - 1]))
			return i;
	return argc;
}

static bool
wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int
help_all(FILE *out, FILE *err)
{
	char self[] = "zone", help[] = "--help";
	char *argv[] = { self, help, NULL };

	for (size_t i = 0; i < WORKS; i++) {
		if (i > 0)
			fputc('\n', out);
		if (works[i]->run(2, argv, out, err) != 0)
			return EXIT_SOFTWARE;
	}
	return 0;
}

static bool
is_work(const char *name)
{
	for (size_t i = 0; i < WORKS; i++)
		if (strcmp(name, works[i]->name) == 0)
			return true;
	return false;
}

static int
no_work(int argc, char **argv, FILE *err)
{
	char names[200], why[300];
	struct wbuf w = wbuf_of(names, sizeof(names) - 1);
	const char *what = NULL;

	for (size_t i = 0; i < WORKS; i++)
		wbuf_printf(&w, "%s%s", i > 0 ? " " : "", works[i]->name);
	names[w.len] = '\0';
	for (int i = 1; i < argc && what == NULL; i++)
		if (argv[i][0] != '-' && !is_work(argv[i]))
			what = argv[i];
	if (what == NULL) {
		fprintf(err, _("sekimori zone: say what to do; one of %s\n"), names);
		return EXIT_USAGE;
	}
	snprintf(why, sizeof(why), _("no such work; one of %s"), names);
	return zone_refuse(err, EXIT_USAGE, what, why);
}

int
zone_main(int argc, char **argv, FILE *out, FILE *err)
{
	const struct zone_work *first = NULL;
	int at = argc;

	for (size_t i = 0; i < WORKS; i++) {
		int here = find_work(works[i], argc, argv);

		if (here < at) {
			at = here;
			first = works[i];
		}
	}
	if (first == NULL)
		return wants_help(argc, argv) ? help_all(out, err) :
		    no_work(argc, argv, err);
	memmove(argv + at, argv + at + 1, (size_t)(argc - at) * sizeof(*argv));
	return first->run(argc - 1, argv, out, err);
}
