/* The document of a gate, and its reports: hostile texts, what is missing, both
 * ways to write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "tool/gate_doc.h"
#include "tool/gate_report.h"
#include "tool/gate_words.h"
#include "tool/json.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const char *const events[] = {
	"{\"event\":\"gate-plan\",\"gate\":\"g1\",\"addr\":\"192.0.2.25\",\"depth\":\"normal\",\"pace\":\"owner\","
	"\"every_s\":143,\"rounds\":5,\"sessions\":13,\"left\":200,\"between_s\":10}",
	"{\"event\":\"gate-round\",\"addr\":\"192.0.2.25\",\"round\":0,\"verdict\":\"closed\",\"why\":\"all-refused\"}",
	"{\"event\":\"gate-change\",\"addr\":\"192.0.2.25\",\"what\":\"banner\",\"port\":25,\"form\":null,\"variant\":0,"
	"\"was\":\"mx\",\"is\":\"<script>alert(1)</script> & \\\"x\\\"\",\"back\":false,\"first\":100,\"last\":100}",
	"{\"event\":\"gate-change\",\"addr\":\"192.0.2.25\",\"what\":\"offer\",\"port\":25,\"form\":null,\"variant\":0,"
	"\"was\":\"A; B; STARTTLS\",\"is\":\"B; C\",\"back\":true,\"first\":100,\"last\":130}",
	"{\"event\":\"gate-open\",\"addr\":\"192.0.2.25\",\"taken\":120,\"form\":\"P01\",\"port\":25}",
	"{\"event\":\"gate-round\",\"addr\":\"192.0.2.25\",\"round\":1,\"verdict\":\"open\",\"why\":\"token-returned\","
	"\"cause\":\"trusted-v4\",\"cause_sure\":true,\"fix\":[\"trusted-v4-postfix\"]}",
	"{\"event\":\"gate-fact\",\"addr\":\"192.0.2.25\",\"what\":\"banner\",\"port\":25,\"is\":\"mx\"}",
	"{\"event\":\"gate-fact\",\"addr\":\"192.0.2.25\",\"what\":\"reply\",\"port\":25,\"form\":\"P01\",\"is\":\"refused 554\"}",
	"{\"event\":\"gate-change\",\"addr\":\"192.0.2.25\",\"what\":\"banner\",\"port\":25,\"form\":null,\"variant\":0,"
	"\"was\":\"mx\",\"is\":\"<script>alert(1)</script> & \\\"x\\\"\",\"back\":false,\"first\":100,\"last\":160}",
	"{\"event\":\"gate-span\",\"addr\":\"192.0.2.25\",\"began\":90,\"ended\":100,\"verdict\":\"closed\",\"why\":\"all-refused\",\"rounds\":1}",
	"{\"event\":\"gate-end\",\"addr\":\"192.0.2.25\",\"state\":\"done\",\"why\":\"\",\"rounds\":5,\"closed\":4,\"open\":1,"
	"\"undecided\":0,\"openings\":1,\"first\":{\"taken\":120,\"form\":\"P01\",\"port\":25},"
	"\"last\":{\"taken\":120,\"form\":\"P01\",\"port\":25},\"closed_before\":100,\"closed_after\":null,\"exit\":1}",
	/* what no report is made of */
	"{\"event\":\"control\",\"ok\":true}", "{\"event\":\"gate-open\"}", "{}",
};

static json_t *
document(void)
{
	json_t *doc = gate_doc_new("change <4711>", (struct wall){ 90 });

	assert_non_null(doc);
	for (size_t i = 0; i < N(events); i++) {
		json_t *ev = json_loads(events[i], 0, NULL);

		assert_non_null(ev);
		gate_doc_event(doc, "mx.corp.example", ev);
		json_decref(ev);
	}
	gate_doc_end(doc, (struct wall){ 200 }, 1, false);
	return doc;
}

static void
collected(void **state)
{
	json_t *doc = document(), *t;

	(void)state;
	assert_int_equal(json_array_size(json_object_get(doc, "targets")), 1);
	t = json_array_get(json_object_get(doc, "targets"), 0);
	assert_int_equal(json_array_size(json_object_get(t, "changes")), 2);
	assert_int_equal(tool_json_int(json_array_get(json_object_get(t, "changes"), 0), "last"), 160);
	assert_int_equal(json_array_size(json_object_get(t, "facts")), 2);
	assert_int_equal(json_array_size(json_object_get(t, "openings")), 1);
	assert_string_equal(tool_json_text(json_object_get(t, "proof"), "cause"), "trusted-v4");
	assert_string_equal(tool_json_text(json_object_get(t, "plan"), "gate"), "g1");
	json_decref(doc);
}

static char *
written(const json_t *doc, const char *name)
{
	char dir[] = "/tmp/gate-report.XXXXXX", path[128], part[160], *text = NULL;
	size_t n = 0;
	FILE *f, *out;
	int c;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(part, sizeof(part), "%s.part", path);
	assert_int_equal(gate_report_write(doc, path, stderr), 0);
	assert_int_not_equal(access(part, F_OK), 0);
	f = fopen(path, "r");
	out = open_memstream(&text, &n);
	assert_non_null(f);
	assert_non_null(out);
	while ((c = fgetc(f)) != EOF)
		fputc(c, out);
	fclose(f);
	fclose(out);
	unlink(path);
	rmdir(dir);
	return text;
}

static void
has(const char *text, const char *part, bool want)
{
	if ((strstr(text, part) != NULL) != want)
		fail_msg("%s: %s in\n%s", want ? "not there" : "there", part, text);
}

static void
reports(void **state)
{
	json_t *doc = document(), *again;
	char *html = written(doc, "a.html"), *text = written(doc, "a.txt"),
	    *json = written(doc, "a.JSON");

	(void)state;
	has(html, "<script", false);
	has(html, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;", true);
	has(html, "change &lt;4711&gt;", true);
	has(html, "default-src 'none'", true);
	has(html, "OPEN: it relayed", true);
	has(text, "change <4711>", true);
	has(text, "OPEN: it relayed", true);
	has(text, "form P01, port 25", true);
	has(text, "new: C; gone: A; STARTTLS", true);
	has(text, "mynetworks", true);
	has(text, "refused 554", false);	/* replies are for the JSON report */
	has(text, "closed after that: never seen", true);
	again = json_loads(json, 0, NULL);
	assert_true(json_equal(again, doc));
	json_decref(again);
	json_decref(doc);
	free(html);
	free(text);
	free(json);
}

static void
cannot_be_written(void **state)
{
	json_t *doc = document();
	char *said = NULL;
	size_t n = 0;
	FILE *err = open_memstream(&said, &n);

	(void)state;
	assert_int_equal(gate_report_write(doc, "/nonexistent/a.txt", err), EXIT_CANTCREAT);
	assert_int_equal(gate_report_write(doc, "/proc/a.html", err), EXIT_CANTCREAT);
	fclose(err);
	has(said, "sekimori gate: /nonexistent/a.txt: the report cannot be written", true);
	free(said);
	json_decref(doc);
}

static void
forms(void **state)
{
	(void)state;
	assert_string_equal(gate_report_form("a.txt"), "text");
	assert_string_equal(gate_report_form("A.HTML"), "html");
	assert_string_equal(gate_report_form("/x/y.json"), "json");
	assert_null(gate_report_form("a.pdf"));
	assert_null(gate_report_form("txt"));
	assert_null(gate_report_form(""));
}

/* A target of which nothing came back: an interrupted start. */
static void
nothing_known(void **state)
{
	json_t *doc = gate_doc_new(NULL, (struct wall){ 90 }), *ev;
	char *text;

	(void)state;
	ev = json_pack("{ss ss}", "event", "gate-plan", "addr", "2001:db8::25");
	gate_doc_event(doc, "2001:db8::25", ev);
	gate_doc_end(doc, (struct wall){ 91 }, 2, true);
	text = written(doc, "a.txt");
	has(text, "it was not watched", true);
	has(text, "cut short", true);
	free(text);
	json_decref(ev);
	json_decref(doc);
}

static void
values(void **state)
{
	static const struct { const char *what, *value, *want; } rows[] = {
		{ "reply", "refused 554 5.7.1", "refused 554 5.7.1" },
		{ "reply", "returned 250", "came back 250" },
		{ "reply", "a-tag-of-a-newer-keeper 250", "a-tag-of-a-newer-keeper 250" },
		{ "reply", "", "" },
		{ "port", "no-answer", "no answer" },
		{ "offer", "", "(nothing)" },
		{ "verdict", "accepts", "accepts but does not deliver" },
		{ "banner", "mx\x1b[2J", "mx\\x1b[2J" },
	};
	char out[GATE_WORDS];

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		gate_words_value(out, sizeof(out), rows[i].what, rows[i].value);
		assert_string_equal(out, rows[i].want);
	}
	memset(out, 'x', sizeof(out));
	out[sizeof(out) - 1] = '\0';
	gate_words_value(out, 8, "reply", "refused 554 5.7.1 and more");
	assert_true(strlen(out) < 8);
}

static void
refusals(void **state)
{
	static const struct { const char *answer, *want; } rows[] = {
		{ "{\"error\":\"gate-every\",\"plan\":{\"least_s\":33,\"sessions\":3}}", "--every 33s" },
		{ "{\"error\":\"gate-day\",\"plan\":{\"rounds\":601,\"sessions\":3,\"left\":200,\"fits_s\":554}}",
		    "--every 554s" },
		{ "{\"error\":\"gate-day-over\",\"plan\":{\"left\":2,\"sessions\":3}}", "tomorrow" },
		{ "{\"error\":\"gate-busy\"}", "watched already" },
		{ "{\"error\":\"gate-rounds\"}", "20000" },
		{ "{\"error\":\"gate-every\"}", "--every 0s" },	/* of another version: no crash */
		{ "{\"error\":\"no-basis\"}", NULL },
	};
	char out[GATE_WORDS];

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		json_t *o = json_loads(rows[i].answer, 0, NULL);

		assert_int_equal(gate_words_refused(out, o), rows[i].want != NULL);
		if (rows[i].want != NULL)
			has(out, rows[i].want, true);
		json_decref(o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(collected), cmocka_unit_test(reports),
		cmocka_unit_test(cannot_be_written), cmocka_unit_test(forms),
		cmocka_unit_test(nothing_known), cmocka_unit_test(refusals),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
