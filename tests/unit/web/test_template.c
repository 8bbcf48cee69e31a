#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "web/embed.h"
#include "web/template.h"

static const char view[] = "{\"n\": 7, \"zero\": 0, \"minus\": -5, \"s\": \"a\", \"none\": null, \"yes\": true,"
    " \"no\": false, \"empty\": \"\", \"half\": 0.5, \"o\": {\"p\": {\"q\": {\"r\": \"deep\"}}, \"s\": \"inner\"},"
    " \"list\": [{\"x\": 1}, {\"x\": 2}], \"words\": [\"one\", \"two\"], \"nothing\": [],"
    " \"t\": 1795775469, \"ancient\": -62167219200, \"late\": 99999999999999,"
    " \"minute\": 60, \"two\": 7500, \"past\": -3, \"days\": 259200,"
    " \"bad\": \"<i class=\\\"x\\\" onx='1'>&amp;\", \"addr\": \"192.0.2.25\", \"tag\": \"check.is-listed\","
    " \"lines\": \"a\\r\\nb\\tc\\u0007d\\u0000e\", \"turned\": \"a\\u202eb\\u2066c\\u200fd\\u061ce\\ufefff\","
    " \"seal\": \"関守\", \"c1\": \"\\u0085x\"}";

static const struct { const char *name, *in, *en, *ja; } cases[] = {
	{ "text stays",			"<p>plain</p>", "<p>plain</p>", NULL },
	{ "nothing",			"", "", NULL },
	{ "a text value",		"{{s}}", "a", NULL },
	{ "a number",			"{{n}} {{minus}} {{half}}", "7 -5 0.5", NULL },
	{ "what is not there",		"[{{missing}}{{none}}{{o.missing}}{{s.p}}{{yes}}{{list}}{{o}}]", "[]", NULL },
	{ "a path",			"{{o.p.q.r}}", "deep", NULL },
	{ "a comment",			"a{{! {not} shown }}b", "ab", NULL },
	{ "once if true",		"{{#yes}}y{{/yes}}{{#no}}n{{/no}}", "y", NULL },
	{ "once if not empty, not 0",	"{{#s}}1{{/s}}{{#n}}2{{/n}}{{#zero}}3{{/zero}}{{#empty}}4{{/empty}}{{#none}}5{{/none}}"
	    "{{#minus}}6{{/minus}}", "126", NULL },
	{ "otherwise",			"{{^yes}}y{{/yes}}{{^no}}n{{/no}}{{^missing}}m{{/missing}}{{^nothing}}l{{/nothing}}", "nml", NULL },
	{ "a list",			"{{#list}}<{{x}}>{{/list}}", "<1><2>", NULL },
	{ "a list of words",		"{{#words}}{{.}},{{/words}}", "one,two,", NULL },
	{ "an object is a turn",	"{{#o}}{{s}}{{n}}{{/o}}{{s}}", "inner7a", NULL },
	{ "sections in each other",	"{{#o}}{{#p}}{{#q}}{{r}}{{s}}{{/q}}{{/p}}{{/o}}", "deepinner", NULL },
	{ "a path's section",		"{{#o.p}}{{q.r}}{{/o.p}}", "deep", NULL },
	{ "markup in a value",		"<p title=\"{{bad}}\">{{bad}}",
	    "<p title=\"&lt;i class=&quot;x&quot; onx=&#39;1&#39;&gt;&amp;amp;\">"
	    "&lt;i class=&quot;x&quot; onx=&#39;1&#39;&gt;&amp;amp;", NULL },
	{ "controls in a value",	"{{lines}}", "a\357\277\275\nb\tc\357\277\275d\357\277\275e", NULL },
	{ "a C1 control",		"{{c1}}", "\357\277\275x", NULL },
	{ "direction marks",		"{{turned}}", "a\357\277\275b\357\277\275c\357\277\275d\357\277\275e\357\277\275f", NULL },
	{ "other letters",		"{{seal}}", "関守", NULL },
	{ "a time to the minute",	"{{t:t}}",
	    "<time datetime=\"2026-11-27T10:31:09Z\" title=\"2026-11-27 10:31:09 UTC\">27 November 2026, 10:31 UTC</time>",
	    "<time datetime=\"2026-11-27T10:31:09Z\" title=\"2026-11-27 10:31:09 UTC\">2026年11月27日 19:31 JST</time>" },
	{ "a time to the second",	"{{s:t}}",
	    "<time datetime=\"2026-11-27T10:31:09Z\" title=\"2026-11-27 10:31:09 UTC\">27 November 2026, 10:31:09 UTC</time>",
	    "<time datetime=\"2026-11-27T10:31:09Z\" title=\"2026-11-27 10:31:09 UTC\">2026年11月27日 19:31:09 JST</time>" },
	{ "the first of all times",	"{{t:ancient}}",
	    "<time datetime=\"0000-01-01T00:00:00Z\" title=\"0000-01-01 00:00:00 UTC\">1 January 0000, 00:00 UTC</time>",
	    "<time datetime=\"0000-01-01T00:00:00Z\" title=\"0000-01-01 00:00:00 UTC\">0000年1月1日 09:00 JST</time>" },
	{ "what is no time",		"[{{t:late}}{{t:s}}{{t:missing}}{{d:s}}]", "[]", NULL },
	{ "a day",			"{{y:t}}", "<time datetime=\"2026-11-27\">27 November 2026</time>",
	    "<time datetime=\"2026-11-27\">2026年11月27日</time>" },
	{ "what is no day",		"[{{y:late}}{{y:s}}{{y:missing}}]", "[]", NULL },
	{ "durations",			"{{d:zero}}, {{d:n}}, {{d:minute}}, {{d:two}}, {{d:days}}, {{d:past}}",
	    "0 seconds, 7 seconds, 1 minute, 2 hours 5 minutes, 3 days, 0 seconds",
	    "0 秒, 7 秒, 1 分, 2 時間 5 分, 3 日, 0 秒" },
	{ "a text in an attribute",	"<a title=\"{{_check.title-at}}\">", "<a title=\"192.0.2.25 on that day\">",
	    "<a title=\"192.0.2.25 のその日の状態\">" },
	{ "a text in an element",	"<h1 id=\"x\" data-t=\"check.is-not-listed\"></h1>",
	    "<h1 id=\"x\" data-t=\"check.is-not-listed\"><bdi>192.0.2.25</bdi> is not listed.</h1>",
	    "<h1 id=\"x\" data-t=\"check.is-not-listed\"><bdi>192.0.2.25</bdi> は登録されていません。</h1>" },
	{ "a text by a value",		"<p data-t=\"{{tag}}\"></p>",
	    "<p data-t=\"check.is-listed\"><bdi>192.0.2.25</bdi> is listed: it relays mail for strangers.</p>", NULL },
	{ "a text by a value that is no tag", "<p data-t=\"{{bad}}\"></p><p data-t=\"{{missing}}\"></p>",
	    "<p data-t=\"&lt;i class=&quot;x&quot; onx=&#39;1&#39;&gt;&amp;amp;\"></p><p data-t=\"\"></p>", NULL },
	{ "a time in a text",		"<p data-t=\"test.next\"></p>", "<p data-t=\"test.next\">Next step at </p>", NULL },
};

static void
render(char **out, const struct template *t, const json_t *v, enum lang lang, const char *name)
{
	struct gbuf g = { .max = 1 << 20 };

	if (template_render(&g, t, v, lang) != 0 || gbuf_add(&g, "", 1) != 0)
		fail_msg("%s: was not rendered", name);
	*out = (char *)g.p;
}

static void
what_comes_out(void **state)
{
	json_error_t why;
	json_t *v = json_loads(view, JSON_ALLOW_NUL, &why);

	(void)state;
	if (v == NULL)
		fail_msg("%s", why.text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct template *t;
		unsigned at = 0;

		if (template_compile(&t, str_of(cases[i].in), &at) != 0)
			fail_msg("%s: line %u", cases[i].name, at);
		for (int l = 0; l < LANG_N; l++) {
			const char *want = l == LANG_JA && cases[i].ja != NULL ? cases[i].ja : cases[i].en;
			char *got;

			if (l == LANG_JA && cases[i].ja == NULL && strchr(cases[i].in, '-') != NULL)
				continue;	/* a text whose Japanese says nothing new here */
			render(&got, t, v, (enum lang)l, cases[i].name);
			if (strcmp(got, want) != 0)
				fail_msg("%s (%s): %s\nwant %s\ngot  %s", cases[i].name, lang_names[l],
				    cases[i].in, want, got);
			free(got);
		}
		template_free(t);
	}
	json_decref(v);
}

static const struct { const char *name, *in; int want; unsigned line; } broken[] = {
	{ "a section that is not closed",	"a\n{{#s}}\n", SEK_EPARSE, 3 },
	{ "a section that is not open",		"a\nb{{/s}}", SEK_EPARSE, 2 },
	{ "sections that cross",		"{{#a}}{{#b}}{{/a}}{{/b}}", SEK_EPARSE, 1 },
	{ "a name of another length",		"{{#a.b}}{{/a}}", SEK_EPARSE, 1 },
	{ "braces that do not close",		"\n\n{{name", SEK_EPARSE, 3 },
	{ "no name",				"{{}}", SEK_EPARSE, 1 },
	{ "a section without a name",		"{{#}}{{/}}", SEK_EPARSE, 1 },
	{ "a name with a space",		"{{a b}}", SEK_EPARSE, 1 },
	{ "a name that begins with a dot",	"{{.a}}", SEK_EPARSE, 1 },
	{ "a name that ends in one",		"{{a.}}", SEK_EPARSE, 1 },
	{ "five parts",				"{{a.b.c.d.e}}", SEK_ELIMIT, 1 },
	{ "an unescaped form (there is none)",	"{{{a}}}", SEK_EPARSE, 1 },
	{ "another unescaped form",		"{{&a}}", SEK_EPARSE, 1 },
	{ "a text that is not there",		"{{_no.such-text}}", SEK_EPARSE, 1 },
	{ "an element's text that is not there", "<p data-t=\"no.such-text\"></p>", SEK_EPARSE, 1 },
	{ "an element's text, and more attributes", "<p data-t=\"site.name\" id=\"x\"></p>", SEK_EPARSE, 1 },
	{ "an element that does not end",	"<p data-t=\"site.name", SEK_EPARSE, 1 },
	{ "a template that is not there",	"{{>nothing}}", SEK_EPARSE, 1 },
	{ "seventeen sections in each other",
	    "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}", SEK_ELIMIT, 1 },
};

static void
what_is_no_template_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct template *t = NULL;
		unsigned line = 0;
		int err = template_compile(&t, str_of(broken[i].in), &line);

		if (err != broken[i].want || line != broken[i].line)
			fail_msg("%s: want %d in line %u, got %d in line %u", broken[i].name,
			    broken[i].want, broken[i].line, err, line);
	}
}

static void
rendering_has_an_end(void **state)
{
	json_t *v = json_pack("{s[iiiiiiiiiiiiiiiiiiii]}", "a", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
	struct gbuf small = { .max = 3 }, none = { .max = 1000 };
	struct template *t;
	unsigned line;

	(void)state;
	assert_int_equal(template_compile(&t, STR("four"), &line), 0);
	assert_int_equal(template_render(&small, t, v, LANG_EN), SEK_ELIMIT);
	template_free(t);
	/* 20 to the 6th turns that write nothing */
	assert_int_equal(template_compile(&t, STR("{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}"
	    "{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}"), &line), 0);
	assert_int_equal(template_render(&none, t, v, LANG_EN), SEK_ELIMIT);
	template_free(t);
	gbuf_free(&small);
	gbuf_free(&none);
	json_decref(v);
}

static void
every_page_compiles(void **state)
{
	(void)state;
	assert_true(embed_pages_n > 15);
	for (size_t i = 0; i < embed_pages_n; i++) {
		struct template *t = NULL;
		unsigned line = 0;

		if (template_compile(&t, embed_pages[i].octets, &line) != 0)
			fail_msg("%s.html, about line %u", embed_pages[i].name, line);
		template_free(t);
		assert_non_null(template_of(embed_pages[i].name));
	}
}

static int
setup(void **state)
{
	(void)state;
	return template_setup();
}

static int
teardown(void **state)
{
	(void)state;
	template_end();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_out),
		cmocka_unit_test(what_is_no_template_is_refused),
		cmocka_unit_test(rendering_has_an_end),
		cmocka_unit_test(every_page_compiles),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
