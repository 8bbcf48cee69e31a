/* sekimori doctor: what it knows of the daemon, whom it may ask, what it says. */
#include "doctor_world.h"

#include "base/i18n.h"
#include "tool/doctor.h"
#include "tool/doctor_say.h"

static const char *catalogues;

static const struct { const char *lab, *addr; bool reach; } reaches[] = {
	{ "", "198.20.0.1", true }, { "", "10.0.0.1", false }, { "", "198.18.0.1", false },
	{ "", "127.0.0.1", false }, { "", "10.9.9.9", true /* own */ },
	{ "198.18.0.0/15", "198.18.0.1", true }, { "198.18.0.0/15", "198.20.0.1", false },
	{ "198.18.0.0/15", "10.9.9.9", true }, { "198.18.0.0/15", "2001:db8::1", false },
};

static void
a_laboratory_is_not_left(void **state)
{
	struct addr own, to;

	(void)state;
	assert_int_equal(addr_parse(&own, STR("10.9.9.9")), 0);
	for (size_t i = 0; i < sizeof(reaches) / sizeof(reaches[0]); i++) {
		struct facts f = { .n_lab = reaches[i].lab[0] != '\0' };

		if (f.n_lab > 0)
			assert_int_equal(net_parse(&f.lab[0], str_of(reaches[i].lab)), 0);
		assert_int_equal(addr_parse(&to, str_of(reaches[i].addr)), 0);
		if (doctor_facts_reach(&f, &own, 1, &to) != reaches[i].reach)
			fail_msg("lab \"%s\", %s", reaches[i].lab, reaches[i].addr);
	}
}

static void
facts_that_are_none(void **state)
{
	json_t *o = tool_json_read(str_of(facts_text));
	const char *key;
	json_t *v, *copy;
	struct facts f;

	(void)state;
	json_object_foreach(o, key, v) {
		copy = json_copy(o);
		json_object_del(copy, key);
		if (doctor_facts_read(&f, copy) != SEK_EPARSE)
			fail_msg("taken without %s", key);
		json_object_set_new(copy, key, json_string("no\nsense"));
		if (!json_is_string(v) && doctor_facts_read(&f, copy) != SEK_EPARSE)
			fail_msg("taken with nonsense for %s", key);
		json_decref(copy);
	}
	json_decref(o);
}

/* --- what is shown --- */

static unsigned
placeholders(const char *text)
{
	unsigned out = 0;

	for (const char *p = text; *p != '\0'; p++)
		if (p[0] == '{') {
			assert_true(p[1] >= '1' && p[1] <= '3' && p[2] == '}');
			out |= 1u << (p[1] - '0');
		}
	return out;
}

/* Every trouble has a tag of its own, and in both languages the same gaps. */
static void
troubles_say_the_same_in_japanese(void **state)
{
	(void)state;
	i18n_setup("ja", catalogues);
	for (size_t i = 0; i < TROUBLE_N; i++) {
		const struct trouble_row *t = &doctor_troubles[i];

		assert_non_null(t->tag);
		assert_true(t->makes > CHECK_OK && t->makes < CHECK_STATES);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(t->tag, doctor_troubles[k].tag);
		if (placeholders(t->found) != placeholders(_(t->found)) ||
		    placeholders(t->fix) != placeholders(_(t->fix)))
			fail_msg("%s: other arguments in Japanese", t->tag);
		assert_string_not_equal(t->found, _(t->found));
		assert_string_not_equal(t->fix, _(t->fix));
	}
	for (enum check c = 0; c < CHECK_N; c++)
		assert_string_not_equal(doctor_titles[c], _(doctor_titles[c]));
	i18n_setup("en", catalogues);
}

static char *
said(struct world *w, bool json, bool pass)
{
	json_t *done = json_pack("{sb s[] s{sb si}}", "pass", pass, "missing", "public",
	    "open", pass, "until", 1797592000);
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	struct render r;

	render_init(&r, out, json, "never", "never");
	doctor_judge(w->judged, w->view);
	doctor_say(&r, w->judged, done);
	render_end(&r);
	fclose(out);
	json_decref(done);
	return text;
}

static void
contains(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("\"%s\" is not in:\n%s", what, text);
}

static void
what_to_do_is_said_exactly(void **state)
{
	struct world w;
	char *text;

	(void)state;
	world_open(&w);
	make_table(w.table, "192.0.2.1 ptr|. ad", "");
	look(&w, RIG_GREETING, rig_ours);
	text = said(&w, false, false);
	contains(text, "FAILED     fcrdns      source address and greeting name lead to each other\n");
	contains(text, "advice     dnssec ");
	contains(text, "\nfcrdns: FAILED\n  found   192.0.2.1 has no name: there is no PTR record\n"
	    "  do      have whoever holds the reverse zone (the provider of the address) publish\n"
	    "          1.2.0.192.in-addr.arpa. PTR relaytest.probe.example.\n");
	contains(text, "\nNot passed: ");
	free(text);
	i18n_setup("ja", catalogues);
	text = said(&w, false, false);
	contains(text, "不合格     fcrdns ");
	contains(text, "推奨       dnssec ");
	contains(text, "1.2.0.192.in-addr.arpa. PTR relaytest.probe.example.\n");
	contains(text, "\n不合格: ");
	free(text);
	i18n_setup("en", catalogues);
	text = said(&w, true, false);
	contains(text, "{\"event\":\"check\",\"check\":\"fcrdns\",\"state\":\"failed\",\"required\":true,"
	    "\"troubles\":[{\"why\":\"ptr-none\",\"what\":[\"192.0.2.1\",\"1.2.0.192.in-addr.arpa\","
	    "\"relaytest.probe.example\"],\"found\":\"192.0.2.1 has no name");
	contains(text, "{\"event\":\"done\",\"pass\":false,");
	free(text);
	world_close(&w);
}

/* What a stranger's server says reaches no terminal raw. */
static void
hostile_words_are_harmless(void **state)
{
	struct world w;
	char *text;

	(void)state;
	world_open(&w);
	make_table(w.table, "", "");
	look(&w, "220 \x1b[31mred\x1b[0m {1} {2}\r\n", rig_ours);
	for (int json = 0; json < 2; json++) {
		text = said(&w, json == 1, false);
		assert_null(strchr(text, '\x1b'));
		contains(text, "{1} {2}");
		free(text);
	}
	world_close(&w);
}

static void
results_for_the_keeper(void **state)
{
	struct world w;
	json_t *results, *row;

	(void)state;
	world_open(&w);
	make_table(w.table, "192.0.2.1 ptr", "");
	look(&w, RIG_GREETING, rig_ours);
	doctor_judge(w.judged, w.view);
	results = doctor_say_results(w.judged);
	assert_int_equal(json_array_size(results), CHECK_N);
	row = json_array_get(results, CHECK_FCRDNS);
	assert_string_equal(tool_json_text(row, "check"), "fcrdns");
	assert_string_equal(tool_json_text(row, "state"), "failed");
	assert_string_equal(json_string_value(json_array_get(
	    json_object_get(row, "why"), 0)), "ptr-none");
	json_decref(results);
	world_close(&w);
}

static void
mistakes_have_a_code(void **state)
{
	static const struct { const char *name, *arg[3]; int code; const char *err; } cases[] = {
		{ "an operand", { "all" }, 64, "takes no operand" },
		{ "no such option", { "--fix" }, 64, "no such option" },
		{ "no daemon", { "--socket", "/nonexistent/control" }, 69, "does not answer" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char words[3][64], *argv[5] = { words[0] }, *err = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&err, &n);
		int argc = 1, code;

		snprintf(words[0], sizeof(words[0]), "doctor");
		for (size_t k = 0; k < 2 && cases[i].arg[k] != NULL; k++) {
			snprintf(words[k + 1], sizeof(words[k + 1]), "%s", cases[i].arg[k]);
			argv[argc++] = words[k + 1];
		}
		code = doctor_main(argc, argv, NULL, stdout, f);
		fclose(f);
		if (code != cases[i].code)
			fail_msg("%s: want %d, got %d", cases[i].name, cases[i].code, code);
		contains(err, cases[i].err);
		free(err);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_laboratory_is_not_left),
		cmocka_unit_test(facts_that_are_none),
		cmocka_unit_test(troubles_say_the_same_in_japanese),
		cmocka_unit_test(what_to_do_is_said_exactly),
		cmocka_unit_test(hostile_words_are_harmless),
		cmocka_unit_test(results_for_the_keeper),
		cmocka_unit_test(mistakes_have_a_code),
	};

	catalogues = argc > 1 ? argv[1] : NULL;
	i18n_setup("en", catalogues);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
