/* Every tag has its words in both languages; values stand in a sentence as its
 * translation has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "account/judge.h"
#include "base/i18n.h"
#include "tool/account_reason.h"
#include "tool/account_text.h"
#include "tool/account_words.h"

static const size_t sizes[ACCOUNT_WORDS_N] = {
	[ACCOUNT_WORDS_CAUSE] = ACCOUNT_CAUSE_N, [ACCOUNT_WORDS_CLASS] = ACCOUNT_CLASS_N,
	[ACCOUNT_WORDS_AXIS] = ACCOUNT_AXIS_N, [ACCOUNT_WORDS_GAP] = ACCOUNT_GAP_N,
	[ACCOUNT_WORDS_SIDE] = ACCOUNT_MISSING + 1, [ACCOUNT_WORDS_MTA] = MAIL_MTA_N,
	[ACCOUNT_WORDS_OWN] = ACCOUNT_OWN_LEARNED + 1,
};

/* Is a text there in both languages, and another in Japanese? */
static void
both(const char *what, const char *(*text)(size_t i), size_t i)
{
	char en[1400];

	i18n_switch("en");
	snprintf(en, sizeof(en), "%s", text(i));
	if (en[0] == '\0' || strcmp(en, "?") == 0)
		fail_msg("%s %zu has no words", what, i);
	i18n_switch("ja");
	if (strcmp(text(i), en) == 0)
		fail_msg("%s: not translated: %s", what, en);
	i18n_switch("en");
}

static enum account_words kind;

static const char *
name_of(size_t i)
{
	return account_words_name(kind, i);
}

static const char *
long_of(size_t i)
{
	return account_words_long(kind, i);
}

static void
every_value_has_words(void **state)
{
	(void)state;
	for (kind = 0; kind < ACCOUNT_WORDS_N; kind++)
		for (size_t i = 0; i < sizes[kind]; i++) {
			const char *tag = account_words_tag(kind, i);

			if (strcmp(tag, "unknown") == 0)
				fail_msg("value %zu of kind %d has no tag", i, (int)kind);
			for (size_t k = 0; k < i; k++)
				assert_string_not_equal(tag, account_words_tag(kind, k));
			if (kind == ACCOUNT_WORDS_MTA)
				continue;
			both(tag, name_of, i);
			if (kind == ACCOUNT_WORDS_CAUSE || kind == ACCOUNT_WORDS_CLASS ||
			    kind == ACCOUNT_WORDS_AXIS)
				both(tag, long_of, i);
		}
	assert_string_equal(account_words_tag(ACCOUNT_WORDS_CAUSE, ACCOUNT_CAUSE_N), "unknown");
	assert_string_equal(account_words_name(ACCOUNT_WORDS_N, 0), "?");
}

static const char *
trouble_of(size_t i)
{
	return account_words_trouble(account_words_trouble_tag(i));
}

static const char *
count_of(size_t i)
{
	return gettext(account_words_count[i].words);
}

static void
troubles_and_counts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; account_words_trouble_tag(i) != NULL; i++)
		both(account_words_trouble_tag(i), trouble_of, i);
	assert_true(i > 5);
	assert_string_equal(account_words_trouble("never heard of"), "never heard of");
	for (i = 0; i < ACCOUNT_WORDS_COUNTS; i++)
		both(account_words_count[i].tag, count_of, i);
	assert_string_equal(account_words_count[ACCOUNT_WORDS_OCTETS].tag, "octets");
}

static void
sums(void **state)
{
	struct account_count n[ACCOUNT_CLASS_N] = { [0] = { .messages = 1, .octets = 5 },
	    [ACCOUNT_CLASS_N - 1] = { .messages = 2, .refused = 7 } };
	struct account_count sum = account_words_sum(n);

	(void)state;
	assert_int_equal(sum.messages, 3);
	assert_int_equal(sum.octets, 5);
	assert_int_equal(sum.refused, 7);
	assert_int_equal(account_words_count_of(&sum, ACCOUNT_WORDS_MESSAGES), 3);
}

/* The values of a sentence in order of the alphabet. */
static void
values_of(char out[64], const char *text)
{
	static const char kinds[] = "nodtw";
	size_t len = 0;

	for (const char *k = kinds; *k != '\0'; k++)
		for (char i = '0'; i <= '9'; i++) {
			const char mark[] = { '{', *k, i, '}', '\0' };

			for (const char *p = text; (p = strstr(p, mark)) != NULL && len < 60; p++) {
				out[len++] = *k;
				out[len++] = i;
			}
		}
	out[len] = '\0';
}

static const char *
reason_of(size_t i)
{
	return account_reason_text(account_reason_tag(i));
}

static void
every_reason_has_a_sentence(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; account_reason_tag(i) != NULL; i++) {
		char en[64], ja[64];

		both(account_reason_tag(i), reason_of, i);
		values_of(en, reason_of(i));
		i18n_switch("ja");
		values_of(ja, reason_of(i));
		i18n_switch("en");
		if (strcmp(en, ja) != 0)
			fail_msg("%s: values %s, translated %s", account_reason_tag(i), en, ja);
	}
	assert_true(i > 30);
	assert_string_equal(account_reason_text("no-such-reason"), "no-such-reason");
}

/* Whatever the judge says can be read. */
static void
every_tag_of_the_judge_has_a_sentence(void **state)
{
	size_t n = 0;

	(void)state;
	for (; account_reason_tags[n] != NULL; n++)
		if (strcmp(account_reason_text(account_reason_tags[n]), account_reason_tags[n]) == 0)
			fail_msg("%s has no sentence", account_reason_tags[n]);
	assert_true(n > 30);
}

/* No brace is left over, whatever its values are, and text of a log is no value. */
static void
sentences_are_filled_in(void **state)
{
	struct account_result r = { 0 };

	(void)state;
	for (size_t i = 0; account_reason_tag(i) != NULL; i++) {
		struct account_reason reason = { .tag = account_reason_tag(i), .number = { 1234, 5, 6 },
		    .text = { STR("x\033y"), STR("z") } };
		char text[ACCOUNT_TEXT * 2];

		account_text_reason(text, &r, &reason);
		if (strchr(text, '{') != NULL || strchr(text, '\033') != NULL)
			fail_msg("%s: %s", reason.tag, text);
	}
}

static void
long_values_end_with_a_whole_character(void **state)
{
	char name[1000], text[ACCOUNT_TEXT * 2];
	struct account_file file = { .name = { name, 999 } };
	struct account_result r = { .file = &file, .n_files = 1 };
	struct account_reason reason = { .tag = "stranger-relayed", .text = { { name, 999 } },
	    .when = { { 1, { 0, 1 } }, { 2, { 0, 2 } } } };

	(void)state;
	for (size_t i = 0; i < 999; i += 3)
		memcpy(name + i, "\xe4\xb8\xad", 3);	/* U+4E2D */
	account_text_reason(text, &r, &reason);
	for (size_t i = 0; text[i] != '\0';) {
		size_t n = (unsigned char)text[i] < 0x80 ? 1 :
		    str_utf8_safe((uint8_t *)text + i, strlen(text + i));

		assert_int_not_equal(n, 0);
		i += n;
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_has_words),
		cmocka_unit_test(troubles_and_counts),
		cmocka_unit_test(sums),
		cmocka_unit_test(every_reason_has_a_sentence),
		cmocka_unit_test(every_tag_of_the_judge_has_a_sentence),
		cmocka_unit_test(sentences_are_filled_in),
		cmocka_unit_test(long_values_end_with_a_whole_character),
	};

	if (argc != 2)
		return 2;
	i18n_setup("en", argv[1]);
	i18n_load();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
