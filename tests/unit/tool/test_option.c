#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/i18n.h"
#include "tool/option.h"

struct values {
	bool			 flag;
	const char		*word, *line;
	uint32_t		 count, time_s;
	struct option_list	 list;
};

static const char *const words[] = { "red", "green", NULL };
#define V(f) offsetof(struct values, f)
static const struct option_row rows[] = {
	{ "flag", 'f', OPTION_FLAG, V(flag), NULL, "a flag", NULL, 0, 0, false },
	{ "word", 'w', OPTION_TEXT, V(word), "WORD", "a word", words, 0, 0, false },
	{ "line", 0, OPTION_LINE, V(line), "TEXT", "a line", NULL, 0, 0, true },
	{ "count", 0, OPTION_COUNT, V(count), "NUMBER", "a number", NULL, 1, 9, false },
	{ "time", 0, OPTION_SECONDS, V(time_s), "TIME", "a time", NULL, 1, 86400, false },
	{ "list", 'l', OPTION_LIST, V(list), "X", "many", NULL, 0, 0, false },
	{ .name = NULL }
};
static const struct option_usage usage = {
	"try", "HOST", "Tries.", rows, NULL, 1, 1
};

static int
run(const char *line, struct values *v, char **text)
{
	static char copy[512];	/* values point into it */
	char *argv[16], *save = NULL;
	int argc = 0, at, rc;
	size_t n;
	FILE *f = open_memstream(text, &n);

	snprintf(copy, sizeof(copy), "try %s", line);
	for (char *p = strtok_r(copy, " ", &save); p != NULL && argc < 15;
	    p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	argv[argc] = NULL;
	*v = (struct values){ 0 };
	rc = option_read(&usage, v, argc, argv, &at, f, f);
	fclose(f);
	return rc;
}

static void
mistakes_are_named(void **state)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "unknown option", "--line x --bogus h", "sekimori try: --bogus: no such option\nTry: sekimori try --help\n" },
		{ "unknown letter", "--line x -z h", "sekimori try: -z: no such option\nTry: sekimori try --help\n" },
		{ "value missing", "h --line", "sekimori try: --line wants a value after it\nTry: sekimori try --help\n" },
		{ "word not allowed", "--line x --word blue h", "sekimori try: --word blue: no such word; one of red green\nTry: sekimori try --help\n" },
		{ "required missing", "h", "sekimori try: --line TEXT is missing: a line\nTry: sekimori try --help\n" },
		{ "operand missing", "--line x", "sekimori try: an operand is missing: HOST\nTry: sekimori try --help\n" },
		{ "too many operands", "--line x a b", "sekimori try: too many operands; wanted: HOST\nTry: sekimori try --help\n" },
		{ "number too big", "--line x --count 10 h", "sekimori try: --count 10: not a number from 1 to 9\nTry: sekimori try --help\n" },
		{ "number with a sign", "--line x --count -1 h", "sekimori try: --count -1: not a number from 1 to 9\nTry: sekimori try --help\n" },
		{ "no number", "--line x --count 1x h", "sekimori try: --count 1x: not a number from 1 to 9\nTry: sekimori try --help\n" },
		{ "time too long", "--line x --time 2d h", "sekimori try: --time 2d: not a time from 1s to 86400s (write 90, 5m, 2h or 1d)\nTry: sekimori try --help\n" },
		{ "time of another unit", "--line x --time 2w h", "sekimori try: --time 2w: not a time from 1s to 86400s (write 90, 5m, 2h or 1d)\nTry: sekimori try --help\n" },
		{ "control character in a line", "--line a\001b h", "sekimori try: --line: write one line of 1 to 500 octets of UTF-8 without control characters\nTry: sekimori try --help\n" },
		{ "bad UTF-8 in a line", "--line \xff h", "sekimori try: --line: write one line of 1 to 500 octets of UTF-8 without control characters\nTry: sekimori try --help\n" },
		{ "hostile option is shown clean", "--line x --\033[2J h", "sekimori try: --\\x1b[2J: no such option\nTry: sekimori try --help\n" },
	};
	struct values v;
	char *got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = run(cases[i].in, &v, &got);

		if (rc != SEK_EPARSE || strcmp(got, cases[i].want) != 0)
			fail_msg("%s: rc %d\n got  %s want %s", cases[i].name, rc,
			    got, cases[i].want);
		free(got);
	}
}

static void
values_are_read(void **state)
{
	struct values v;
	char *got;

	(void)state;
	assert_int_equal(run("-fw green --line=\"quoted\\text\" --count 9 --time 2h -l a --list b h",
	    &v, &got), 0);
	assert_string_equal(got, "");
	assert_true(v.flag);
	assert_string_equal(v.word, "green");
	assert_string_equal(v.line, "\"quoted\\text\"");
	assert_int_equal(v.count, 9);
	assert_int_equal(v.time_s, 7200);
	assert_int_equal(v.list.n, 2);
	assert_string_equal(v.list.v[1], "b");
	free(got);
}

static void
help_names_every_option(void **state)
{
	struct values v;
	char *got;

	(void)state;
	assert_int_equal(run("--help", &v, &got), OPTION_HELP);
	for (const struct option_row *row = rows; row->name != NULL; row++)
		assert_non_null(strstr(got, row->name));
	assert_non_null(strstr(got, "red|green"));
	assert_non_null(strstr(got, "[required]"));
	free(got);
}

static void
the_language_is_known_before_the_first_error(void **state)
{
	char *one[] = { "x", "--lang", "ja", NULL };
	char *two[] = { "x", "--lang=en", NULL };
	char *none[] = { "x", "--", "--lang=ja", NULL };

	(void)state;
	assert_string_equal(option_lang(3, one), "ja");
	assert_string_equal(option_lang(2, two), "en");
	assert_null(option_lang(3, none));
}

static void
languages_follow_the_environment(void **state)
{
	static const struct { const char *name, *lc_all, *lang, *language; bool ja; } cases[] = {
		{ "japanese locale that is not installed", NULL, "ja_JP.UTF-8", NULL, true },
		{ "in another charset", NULL, "ja_JP.eucJP", NULL, true },
		{ "C asks for no translation", "C", NULL, "ja", false },
		{ "LC_ALL before LANG", "en_US.UTF-8", "ja_JP.UTF-8", NULL, false },
		{ "LANGUAGE alone", NULL, NULL, "ja", true },
		{ "LANGUAGE under C.UTF-8", NULL, "C.UTF-8", "ja", true },
		{ "nothing", NULL, NULL, NULL, false },
		{ "an absurd one", NULL, "aaaaaaaaaaaaaaaaaaaaaaaa", NULL, false },
	};
	const char *dir = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsetenv("LC_ALL");
		unsetenv("LC_MESSAGES");
		unsetenv("LC_CTYPE");
		unsetenv("LANG");
		unsetenv("LANGUAGE");
		if (cases[i].lc_all != NULL)
			setenv("LC_ALL", cases[i].lc_all, 1);
		if (cases[i].lang != NULL)
			setenv("LANG", cases[i].lang, 1);
		if (cases[i].language != NULL)
			setenv("LANGUAGE", cases[i].language, 1);
		i18n_setup(NULL, dir);
		if ((strcmp(gettext("en"), "ja") == 0) != cases[i].ja)
			fail_msg("%s: got %s", cases[i].name, gettext("en"));
	}
	i18n_setup("en", dir);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(help_names_every_option),
		cmocka_unit_test(the_language_is_known_before_the_first_error),
		cmocka_unit_test_prestate(languages_follow_the_environment,
		    argc > 1 ? argv[1] : NULL),
	};

	if (argc != 2)
		return 2;
	i18n_setup("en", argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
