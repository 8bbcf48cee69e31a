/* The page of an account: balanced, escaped, needs nothing from outside, says
 * the same as the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "account_look.h"
#include "account_rig.h"
#include "base/i18n.h"
#include "tool/account_html.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static char *
page(const struct account_result *r, const char *lang)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	i18n_switch(lang);
	assert_int_equal(account_html(f, r), 0);
	i18n_switch("en");
	fclose(f);
	assert_int_equal(strlen(text), n);
	return text;
}

/* Elements that end themselves or have no end. */
static bool
is_void(struct str name)
{
	static const char *const names[] = { "meta", "br", "!doctype" };

	for (size_t i = 0; i < N(names); i++)
		if (str_ieq(name, str_of(names[i])))
			return true;
	return false;
}

/* Each element ends where it should, quotes are balanced; else where it is not. */
static const char *
unbalanced(const char *text)
{
	struct str open[64];
	size_t depth = 0;

	for (const char *p = text; (p = strchr(p, '<')) != NULL;) {
		bool closes = p[1] == '/', quoted = false;
		const char *name = p + 1 + closes, *end = name;
		struct str is = { name, strcspn(name, " >/\n") };

		for (; *end != '\0' && (quoted || *end != '>'); end++) {
			if (*end == '"')
				quoted = !quoted;
			else if (*end == '<')
				return p;
		}
		if (*end == '\0' || is.n == 0)
			return p;
		if (closes) {
			if (depth == 0 || !str_eq(open[--depth], is))
				return p;
		} else if (end[-1] != '/' && !is_void(is)) {
			if (depth == N(open))
				return p;
			open[depth++] = is;
		}
		p = end;
	}
	return depth == 0 ? NULL : text + strlen(text);
}

static void
is_balanced_and_harmless(void **state)
{
	static const char *const langs[] = { "en", "ja" };
	struct account_result r, none = { .n_verdicts = 1 };

	(void)state;
	rig_result(&r);
	none.verdict[0].cause = ACCOUNT_UNDECIDED;
	for (size_t i = 0; i < 4; i++) {
		char *text = page(i & 2 ? &r : &none, langs[i & 1]);
		const char *at = unbalanced(text);
		ptrdiff_t bad = look_bad(text, "\n");

		if (at != NULL)
			fail_msg("%s: unbalanced at: %.60s", langs[i & 1], at);
		if (bad >= 0)
			fail_msg("octet %02x", (unsigned char)text[bad]);
		free(text);
	}
}

static const struct {
	const char	*name, *part;
	bool		 want;
} parts[] = {
	{ "no script", "<script", false },
	{ "hostile markup is text", "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;", true },
	{ "a policy of its own", "default-src 'none'; style-src 'unsafe-inline'", true },
	{ "nothing from the network", "http:", false },
	{ "nor by TLS", "https:", false },
	{ "no picture", "<img", false },
	{ "no style from a file", "<link", false },
	{ "no handler", " on", false },
	{ "the answer", "Open relay: this server took mail", true },
	{ "with its line", "mail.log:120394", true },
	{ "and the line itself", "<code class=\"line\">Nov 23 15:58:04 mx postfix", true },
	{ "a chart with a title", "<title id=\"incident-t\">When it happened: messages per hour</title>", true },
	{ "and what it shows", "<desc id=\"incident-d\">messages per hour, from 2026-11-23 14:00", true },
	{ "and in numbers", "<details><summary>The same as a table", true },
	{ "all of the logs", "<svg class=\"chart\" viewBox=\"0 0 960 300\" role=\"img\" aria-labelledby=\"all-t all-d\">", true },
	{ "a bar of a table is hidden from readers", "preserveAspectRatio=\"none\" aria-hidden=\"true\">", true },
	{ "what is not in the table", "and 20 more", true },
	{ "where it is listed", "<h3>bl.example</h3>", true },
	{ "a lower bound", "at least 912,000", true },
	{ "its language", "<html lang=\"en\">", true },
};

static void
has_its_parts(void **state)
{
	struct account_result r;
	char *text;

	(void)state;
	rig_result(&r);
	text = page(&r, "en");
	for (size_t i = 0; i < N(parts); i++) {
		const char *found = strstr(text, parts[i].part);

		if (strcmp(parts[i].part, " on") == 0)	/* an attribute, not a word */
			while (found != NULL && strcspn(found + 1, "=") != strspn(found + 1, "abcdefghijklmnopqrstuvwxyz"))
				found = strstr(found + 1, " on");
		if ((found != NULL) != parts[i].want)
			fail_msg("%s: %s%s", parts[i].name, parts[i].want ? "not there: " : "there: ",
			    found != NULL ? found : parts[i].part);
	}
	free(text);
}

static void
japanese(void **state)
{
	struct account_result r;
	char *text;

	(void)state;
	rig_result(&r);
	text = page(&r, "ja");
	assert_non_null(strstr(text, "<html lang=\"ja\">"));
	assert_non_null(strstr(text, "第三者中継: "));
	assert_null(strstr(text, "at least"));
	free(text);
}

static void
cannot_be_written(void **state)
{
	struct account_result r;
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	rig_result(&r);
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	assert_int_equal(account_html(f, &r), SEK_ESYS);
	fclose(f);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_balanced_and_harmless),
		cmocka_unit_test(has_its_parts),
		cmocka_unit_test(japanese),
		cmocka_unit_test(cannot_be_written),
	};

	if (argc != 2)
		return 2;
	setenv("TZ", "JST-9", 1);
	tzset();
	i18n_setup("en", argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
