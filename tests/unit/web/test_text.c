#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fact/explain.h"
#include "web/text_rows.h"

static const struct { const char *name, *in; enum lang want; } accepts[] = {
	{ "nothing said",				"", LANG_EN },
	{ "what fits nothing",				"fr, de;q=0.5", LANG_EN },
	{ "one language",				"ja", LANG_JA },
	{ "a region belongs to its language",		"ja-JP", LANG_JA },
	{ "capitals",					"JA", LANG_JA },
	{ "the first of equals",			"ja, en", LANG_JA },
	{ "the first of equals, the other way round",	"en, ja", LANG_EN },
	{ "the better one, wherever it stands",		"en;q=0.8, ja;q=0.9", LANG_JA },
	{ "without q it is 1",				"ja;q=0.9, en", LANG_EN },
	{ "zero is no",					"ja;q=0, en;q=0.1", LANG_EN },
	{ "only no",					"ja;q=0", LANG_EN },
	{ "spaces",					" ja ; q=0.7 , en ; q=0.3 ", LANG_JA },
	{ "any language is English",			"*, ja;q=0.5", LANG_EN },
	{ "what a browser sends",			"ja,en-US;q=0.9,en;q=0.8", LANG_JA },
	{ "a language whose name begins alike",		"jav, en;q=0.1", LANG_EN },
	{ "a quality that is none",			"ja;q=x, en;q=0.1", LANG_EN },
	{ "a quality of four digits",			"ja;q=0.0001, en;q=0.1", LANG_EN },
	{ "a quality above one",			"ja;q=1.7, en;q=1", LANG_JA },
	{ "other parameters",				"ja;level=1;q=0.9, en;q=0.8", LANG_JA },
	{ "commas alone",				",,,", LANG_EN },
	{ "octets that are no text",			"\377\376;q=1, ja", LANG_JA },
};

static void
the_language_that_fits_best(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accepts) / sizeof(accepts[0]); i++) {
		enum lang got = lang_of_accept(str_of(accepts[i].in));

		if (got != accepts[i].want)
			fail_msg("%s: \"%s\": want %s, got %s", accepts[i].name, accepts[i].in,
			    lang_names[accepts[i].want], lang_names[got]);
	}
}

static void
every_tag_is_found_and_has_both_languages(void **state)
{
	(void)state;
	assert_true(text_n_rows > 300);
	for (size_t i = 0; i < text_n_rows; i++) {
		const struct text_row *r = &text_rows[i];

		if (i > 0 && strcmp(text_rows[i - 1].tag, r->tag) >= 0)
			fail_msg("%s stands after %s", r->tag, text_rows[i - 1].tag);
		assert_int_equal(text_index(str_of(r->tag)), i);
		for (int l = 0; l < LANG_N; l++) {
			assert_string_equal(text_of(r->tag, (enum lang)l), r->text[l]);
			assert_true(strlen(r->text[l]) > 0);
			/* they stand in pages and in JSON as they are */
			assert_null(strpbrk(r->text[l], "<>&\"'\\\r\n\t"));
		}
	}
}

static void
what_is_no_tag_has_no_text(void **state)
{
	static const char *const none[] = { "", "check", "check.", "check.listedx", "~", "error.no-such-tag",
		"\377", "CHECK.IS-LISTED" };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (text_of(none[i], LANG_JA) != NULL)
			fail_msg("%s has a text", none[i]);
	assert_null(text_of(NULL, LANG_EN));
	/* a length, not a NUL, ends a tag */
	assert_int_equal(text_index((struct str){ "state.listed", 11 }), -1);
}

/* Whatever fact/explain says has words. */
static void
every_cause_sign_and_fix_has_words(void **state)
{
	char fixes[EXPLAIN_FIXES][EXPLAIN_FIX], tag[96];

	(void)state;
	for (unsigned bit = 0; bit < SIGN_N; bit++) {
		snprintf(tag, sizeof(tag), "sign.%s", explain_sign_name(bit));
		if (text_of(tag, LANG_EN) == NULL)
			fail_msg("no text %s", tag);
	}
	for (enum cause c = CAUSE_UNDETERMINED; c < CAUSE_N; c++) {
		snprintf(tag, sizeof(tag), "cause.%s", explain_name(c));
		if (text_of(tag, LANG_EN) == NULL)
			fail_msg("no text %s", tag);
		for (enum mta m = MTA_OTHER; m < MTA_N; m++)
			for (size_t i = explain_fix(fixes, c, m); i-- > 0;) {
				snprintf(tag, sizeof(tag), "fix.%s", fixes[i]);
				if (text_of(tag, LANG_EN) == NULL)
					fail_msg("no text %s", tag);
			}
	}
}

/* ... and no fix is left over that nothing names. */
static void
every_fix_is_named(void **state)
{
	char fixes[EXPLAIN_FIXES][EXPLAIN_FIX];

	(void)state;
	for (size_t r = 0; r < text_n_rows; r++) {
		bool named = strncmp(text_rows[r].tag, "fix.", 4) != 0;

		for (enum cause c = CAUSE_UNDETERMINED; !named && c < CAUSE_N; c++)
			for (enum mta m = MTA_OTHER; !named && m < MTA_N; m++)
				for (size_t i = explain_fix(fixes, c, m); i-- > 0;)
					named = named || strcmp(fixes[i], text_rows[r].tag + 4) == 0;
		if (!named)
			fail_msg("%s is named nowhere", text_rows[r].tag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_language_that_fits_best),
		cmocka_unit_test(every_tag_is_found_and_has_both_languages),
		cmocka_unit_test(every_cause_sign_and_fix_has_words),
		cmocka_unit_test(every_fix_is_named),
		cmocka_unit_test(what_is_no_tag_has_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
