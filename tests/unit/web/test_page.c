#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <dirent.h>

#include "state.h"
#include "web/embed.h"

static const char *states;	/* the folder */

static json_t *
load(const char *name)
{
	char path[1024];
	json_error_t why;
	json_t *s;

	snprintf(path, sizeof(path), "%s/%s", states, name);
	s = json_load_file(path, 0, &why);
	if (s == NULL)
		fail_msg("%s:%d: %s", path, why.line, why.text);
	return s;
}

/* Shows one state; its page is in f until fake_free(). */
static void
show(struct fake *f, const char *name, enum lang lang)
{
	json_t *s = load(name);

	fake_new(f);
	state_begin(f, s);
	state_show(f, s, lang);
	assert_int_not_equal(f->code, 0);
	json_decref(s);
}

/* Calls fn with the page of each state in each language. */
static void
each_state(void (*fn)(const char *name, struct fake *f, enum lang lang))
{
	struct dirent **names;
	int n = scandir(states, &names, NULL, alphasort), seen = 0;

	for (int i = 0; i < n; i++) {
		for (int l = 0; names[i]->d_name[0] != '.' && l < LANG_N; l++, seen++) {
			struct fake f;

			show(&f, names[i]->d_name, (enum lang)l);
			fn(names[i]->d_name, &f, (enum lang)l);
			fake_free(&f);
		}
		free(names[i]);
	}
	free(names);
	assert_true(seen > 100);
}

static size_t
count(const char *in, const char *what)
{
	size_t n = 0;

	for (const char *p = in; (p = strstr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

static bool
is_html(const struct fake *f)
{
	return f->n > 0 && memcmp(f->body, "<!DOCTYPE html>", 15) == 0;
}

static bool
has(const struct fake *f, const char *what)
{
	return strstr(f->body, what) != NULL;
}

/* --- what holds of every page --- */

static void
tags_of(const char *html, char *out, size_t cap)
{
	size_t at = 0;

	for (const char *p = html; (p = strstr(p, "data-t=\"")) != NULL;) {
		size_t n = strcspn(p += 8, "\"");

		if (at + n + 2 > cap)
			fail_msg("more tags than this test takes");
		memcpy(out + at, p, n);
		at += n;
		out[at++] = '\n';
	}
	out[at] = '\0';
}

static char english[65536], japanese[65536];

static void
keep_tags(const char *name, struct fake *f, enum lang lang)
{
	tags_of(f->body, lang == LANG_EN ? english : japanese, sizeof(english));
	if (lang != LANG_JA)
		return;
	if (is_html(f) && english[0] == '\0')
		fail_msg("%s: no tag at all", name);
	if (strcmp(english, japanese) != 0)
		fail_msg("%s: en and ja do not say the same:\n%s---\n%s", name, english, japanese);
}

static void
both_languages_say_the_same(void **state)
{
	(void)state;
	each_state(keep_tags);
}

static void
check_frame(const char *name, struct fake *f, enum lang lang)
{
	/* the page of a test has texts and empty elements for its script */
	static const struct { const char *what; size_t n; bool but_test; } wants[] = {
		{ "<h1", 1, false }, { "<main", 1, false }, { "</main>", 1, false }, { "<title>", 1, false },
		{ "<html lang=\"", 1, false }, { "class=\"skip\"", 1, false }, { "</html>", 1, false },
		{ "style=\"", 0, false }, { "onclick", 0, false }, { "javascript:", 0, false },
		{ "src=\"http", 0, false }, { "{{", 0, true }, { "data-t=\"\">", 0, true },
	};
	char html[32];

	if (!is_html(f))
		return;
	snprintf(html, sizeof(html), "<html lang=\"%s\">", lang_names[lang]);
	if (!has(f, html))
		fail_msg("%s: the page does not say its language", name);
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		if (count(f->body, wants[i].what) != wants[i].n &&
		    !(wants[i].but_test && has(f, "data-texts")))
			fail_msg("%s: %zu times %s, want %zu", name, count(f->body, wants[i].what),
			    wants[i].what, wants[i].n);
	if (count(f->body, "<section") != count(f->body, "</section>") ||
	    count(f->body, "<div") != count(f->body, "</div>") ||
	    count(f->body, "<p") - count(f->body, "<path") - count(f->body, "<pre") != count(f->body, "</p>") ||
	    count(f->body, "<table") != count(f->body, "</table>") ||
	    count(f->body, "<form") != count(f->body, "</form>"))
		fail_msg("%s: an element is not closed", name);
	if (f->code >= 500 && f->code != 503)
		fail_msg("%s: answered %u", name, f->code);
	if (f->code == 503 && strcmp(fake_field(f, "Retry-After"), "") == 0)
		fail_msg("%s: 503 does not say when to come back", name);
}

static void
every_page_has_its_frame(void **state)
{
	(void)state;
	each_state(check_frame);
}

static void
check_escaped(const char *name, struct fake *f, enum lang lang)
{
	(void)lang;
	if (!is_html(f))
		return;
	/* the only script is ours, and no value opens an element, leaves its attribute or
	 * turns the line around */
	if (count(f->body, "<script") != 1 || has(f, "\" onx") || has(f, "' onx") || has(f, "<SCRIPT"))
		fail_msg("%s: markup of a value came through", name);
	for (size_t i = 0; i < f->n; i++) {
		uint8_t c = (uint8_t)f->body[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			fail_msg("%s: control octet %#x", name, c);
	}
	if (has(f, "\342\200\256") || has(f, "\342\201\246") || has(f, "\330\234"))
		fail_msg("%s: a direction mark came through", name);
	for (size_t i = 0; i < f->n_fields; i++)
		if (strpbrk(f->fields[i][1], "\r\n") != NULL)
			fail_msg("%s: a line's end in %s", name, f->fields[i][0]);
}

static void
no_value_becomes_markup(void **state)
{
	(void)state;
	each_state(check_escaped);
}

/* --- both sides of the line: architecture 5 --- */

static const char *const hidden[] = { "P01", "mynetworks", "secret", "tokensecret", "Received", "X01", "percent",
	"token-returned", "554 5.7.1", "queued as", "victim", "203.0.113.77", "/evidence\"" };

static void
the_public_sees_no_recipe(void **state)
{
	static const char *const pages[] = { "check-listed-leaky.json", "test-leaky.json", "check-listed.json",
		"test-testing.json", "test-open.json" };
	struct fake f;

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		show(&f, pages[i], LANG_EN);
		assert_int_equal(f.code, 200);
		/* the texts for the script name every kind of form: they say nothing of this one */
		char *texts = strstr(f.body, "data-texts=\""), *end;

		if (texts != NULL && (end = strchr(texts + 12, '"')) != NULL)
			memset(texts, '.', (size_t)(end - texts));
		for (size_t h = 0; h < sizeof(hidden) / sizeof(hidden[0]); h++)
			if (has(&f, hidden[h]))
				fail_msg("%s shows %s", pages[i], hidden[h]);
		fake_free(&f);
	}
}

static void
the_owner_sees_it_whole(void **state)
{
	static const char *const whole[] = { "192.0.2.25", "192.0.2.26", "198.18.0.1", "X01", "class.percent",
		"mfrggzdfmztwq2lknnwg23tpobyxe43uov3h", "from inner.example.jp (unknown [198.18.0.1])",
		"mx.example.jp", "relaytest@probe.example", "250 2.0.0 Ok: queued as 4B2C19",
		"&lt; 220 mx.example.jp ESMTP", "&gt; RCPT TO:&lt;mfrg…%probe.example@example.jp&gt;",
		"3b1f3b1f3b1f3b1f3b1f3b1f3b1f3b1f3b1f3b1f3b1f3b1f3b1f3b1f3b1f3b1f",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"/en/ip/192.0.2.25/evidence/3b1f", "verdict.open", "why.token-returned", "\"evidence.name-host\"",
		"<code>example.jp</code>", "<dd><code>198.18.0.1</code></dd>", "\"verdict.planned\"", "\"basis.evidence\"",
		"<q>spam of 24 November &lt;b&gt;&quot;&amp;</q>", "visitor, public", "\"evidence.kind-retest\"" };
	static const char *const test[] = { "P01", "X01", "554 5.7.1 relay access denied", "test.forms-class",
		"25 mx.example.jp<" };
	static const char *const check[] = { "/en/ip/192.0.2.25/evidence\"", "verdict.open", "why.token-returned",
		"check.by-you", "\"cause.inner-host\"", "\"fix.inner-host-postfix\"",
		"<bdi>31</bdi> of <bdi>86</bdi> forms", "depth <bdi>normal</bdi>)", "ports <bdi>25, 587</bdi>" };
	const char *cause;
	struct fake f;

	(void)state;
	show(&f, "evidence.json", LANG_EN);
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (!has(&f, whole[i]))
			fail_msg("the evidence does not show %s", whole[i]);
	cause = strstr(f.body, text_of("cause.inner-host", LANG_EN));
	assert_non_null(cause);		/* once: a value is not labelled with it */
	assert_null(strstr(cause + 1, text_of("cause.inner-host", LANG_EN)));
	assert_null(strstr(f.body, "secret-person"));
	fake_free(&f);
	show(&f, "test-testing-owner.json", LANG_EN);
	for (size_t i = 0; i < sizeof(test) / sizeof(test[0]); i++)
		if (!has(&f, test[i]))
			fail_msg("the test does not show %s", test[i]);
	fake_free(&f);
	show(&f, "check-listed-owner.json", LANG_EN);
	for (size_t i = 0; i < sizeof(check) / sizeof(check[0]); i++)
		if (!has(&f, check[i]))
			fail_msg("the page does not show %s", check[i]);
	fake_free(&f);
	show(&f, "evidence-refused.json", LANG_EN);
	assert_int_equal(f.code, 403);
	assert_true(has(&f, "error.owner-not-proved") && has(&f, "/en/ip/192.0.2.25/prove"));
	fake_free(&f);
}

/* --- what each state says --- */

static const struct { const char *state, *says[6], *not_says[4]; unsigned code; } said[] = {
	{ "check-listed", { "state.listed", "check.is-listed", "check.lead-listed", "check.now-listed-1",
	    "action=\"/en/ip/192.0.2.25/test\"", "check.code-entry" }, { "check.alone", "evidence\"" }, 200 },
	{ "check-listed-exit", { "check.is-exit", "check.now-exit-1", "check.code-exit" }, { "check.is-listed" }, 200 },
	{ "check-listed-range", { "check.is-listed", "check.code-range", "198.51.100.0/24", "check.event-range",
	    "check.event-except-end" }, { "check.code-entry" }, 200 },
	{ "check-listed-lab", { "site.lab" }, { NULL }, 200 },
	{ "check-listed-running", { "/en/test/k7q2mz4tpkw3u5s6yq" }, { "check.retest-go" }, 200 },
	{ "check-listed-optout", { "check.optout" }, { "check.retest-go", "check.retest-no" }, 200 },
	{ "check-listed-limit", { "check.retest-no", "error.day-limit", "next.day-limit" }, { "check.retest-go" }, 200 },
	{ "check-not-listed", { "state.not-listed", "check.is-not-listed", "check.now-not-listed-1", "check.owner-go" },
	    { "check.retest-go", "check.probe-go", "check.wrong\"" }, 200 },
	{ "check-own", { "check.probe-go", "value=\"probe\"" }, { NULL }, 200 },
	{ "check-cleared", { "state.cleared", "check.is-cleared", "check.fact-clean", "check.event-remove",
	    "2026-11-27T10:34:00Z" }, { "check.retest-go" }, 200 },
	{ "check-once-listed", { "check.is-not-listed", "check.event-remove" }, { "check.is-cleared" }, 200 },
	{ "check-at", { "check.was-listed", "check.lead-at", "value=\"2026-11-25\"" }, { "check.retest-go", "check.now\"" }, 200 },
	{ "check-at-not", { "check.was-not-listed" }, { NULL }, 200 },
	{ "check-alone-listed", { "check.is-listed", "check.alone", "check.lead-base" },
	    { "check.retest-go", "check.history\"" }, 200 },
	{ "check-alone-exit", { "check.is-exit", "check.alone" }, { NULL }, 200 },
	{ "check-alone-not-listed", { "check.is-not-listed", "check.alone" }, { NULL }, 200 },
	{ "check-special", { "check.is-not-listed", "error.special-use", "next.special-use" },
	    { "check.now\"", "check.owner-go" }, 200 },
	{ "check-alone-special", { "check.is-not-listed", "check.alone", "error.special-use" }, { "check.now\"" }, 200 },
	{ "lookup-empty", { "query.empty" }, { NULL }, 400 },
	{ "lookup-network", { "query.network", "192.0.2.0/24" }, { NULL }, 400 },
	{ "resolve", { "mx1.example.jp", "state.listed", "state.not-listed", "resolve.fault-cname",
	    "resolve.fault-no-address", "/en/ip/2001:db8::25" }, { NULL }, 200 },
	{ "resolve-null-mx", { "resolve.fault-null-mx" }, { "<table" }, 200 },
	{ "resolve-none", { "resolve.fault-no-such-name" }, { "<table" }, 200 },
	{ "resolve-down", { "error.unavailable" }, { NULL }, 503 },
	{ "test-queued", { "test.now-queued\"", "http-equiv=\"refresh\" content=\"10\"", "test.cancel" }, { NULL }, 200 },
	{ "test-queued-pace", { "test.now-queued-pace", "test.next", "1 minute 50 seconds" }, { NULL }, 200 },
	{ "test-testing", { "test.now-testing", "aria-current=\"step\"", "content=\"3\"" }, { "forms-all" }, 200 },
	{ "test-waiting", { "test.now-waiting-mailbox", "3 minutes" }, { NULL }, 200 },
	{ "test-waiting-deadline", { "test.now-waiting-deadline", "test.deadline", "content=\"600\"" }, { "test.cancel\"" }, 200 },
	{ "test-cleared", { "test.done-closed-removed", "verdict.closed", "test.clean", "verdict.coverage", "31" },
	    { "http-equiv=\"refresh\"" }, 200 },
	{ "test-closed", { "test.done-closed\"" }, { "http-equiv=\"refresh\"" }, 200 },
	{ "test-open", { "test.done-open", "test.what-open", "id=\"again\" data-t" }, { NULL }, 200 },
	{ "test-open-owner", { "test.done-open", "why.token-returned" }, { "id=\"again\" data-t" }, 200 },
	{ "test-cancelled", { "test.done-cancelled" }, { "http-equiv=\"refresh\"" }, 200 },
	{ "test-none", { "error.no-such-test" }, { NULL }, 404 },
	{ "test-down", { "error.unavailable" }, { NULL }, 503 },
	{ "retest-limit", { "error.asker-limit", "2 hours" }, { NULL }, 429 },
	{ "retest-not-proved", { "error.owner-not-proved" }, { NULL }, 403 },
	{ "retest-strange", { "error.unavailable" }, { "zzz" }, 503 },
	{ "prove", { "prove.source-no", "value=\"txt\"", "value=\"mail\"" }, { "prove.source-go" }, 200 },
	{ "prove-own", { "prove.source-go" }, { "prove.source-no" }, 200 },
	{ "prove-proved", { "prove.done" }, { NULL }, 200 },
	{ "prove-txt", { "_sekimori.25.2.0.192.in-addr.arpa. IN TXT \"sekimori-proof=mfrggzdfmztwq2lk\"",
	    "value=\"claimabc2345\"", "_sekimori.mx.example.jp" }, { NULL }, 200 },
	{ "prove-txt-missing", { "error.proof-not-found", "value=\"claimabc2345\"" }, { NULL }, 403 },
	{ "prove-mail", { "postmaster@mx.example.jp", "name=\"code\"" }, { NULL }, 200 },
	{ "prove-mail-wrong", { "error.wrong-code", "value=\"claimabc2345\"" }, { NULL }, 403 },
	{ "prove-mail-limit", { "error.letter-refused", "10 minutes" }, { NULL }, 503 },
	{ "prove-mail-none", { "error.no-mail-relay" }, { "claimabc" }, 409 },
	{ "optout", { "optout.prove", "/en/ip/192.0.2.25/prove" }, { "optout.go" }, 200 },
	{ "optout-proved", { "optout.go", "optout.confirm" }, { "optout.prove\"" }, 200 },
	{ "optout-done", { "optout.done" }, { "optout.go" }, 200 },
	{ "optout-unticked", { "error.bad-request" }, { NULL }, 400 },
	{ "optout-domain", { "optout.title-domain", "value=\"corp.example\"", "prove.dns-begin" }, { "optout.how", "optout.domain-go" }, 200 },
	{ "optout-domain-record", { "_sekimori.corp.example. IN TXT", "value=\"abc234\"", "optout.domain-go", "&quot;&gt;&lt;b&gt;not ours" }, { "prove.dns-begin", "optout.domain-done" }, 200 },
	{ "optout-domain-missing", { "error.proof-not-found", "value=\"abc234\"", "optout.domain-go" }, { "IN TXT", "optout.domain-done" }, 403 },
	{ "optout-domain-expired", { "error.claim-expired", "prove.dns-begin" }, { "value=\"abc234\"" }, 409 },
	{ "optout-domain-done", { "optout.domain-done" }, { "prove.dns-begin", "optout.domain-go" }, 200 },
	{ "optout-field-wrong", { "query.network" }, { NULL }, 400 },
};

static void
each_state_says_what_it_is(void **state)
{
	char name[64];
	struct fake f;

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		snprintf(name, sizeof(name), "%s.json", said[i].state);
		show(&f, name, LANG_EN);
		if (f.code != said[i].code)
			fail_msg("%s: want %u, got %u", said[i].state, said[i].code, f.code);
		for (size_t k = 0; k < 6 && said[i].says[k] != NULL; k++)
			if (!has(&f, said[i].says[k]))
				fail_msg("%s does not say %s", said[i].state, said[i].says[k]);
		for (size_t k = 0; k < 4 && said[i].not_says[k] != NULL; k++)
			if (has(&f, said[i].not_says[k]))
				fail_msg("%s says %s", said[i].state, said[i].not_says[k]);
		fake_free(&f);
	}
}

/* --- what is asked of the keeper, and where a form leads --- */

static const struct addr relay = { { [10] = 0xff, [11] = 0xff, 192, 0, 2, 25 } };

static void
call(struct fake *f, enum http_method m, const char *pattern, struct addr a,
    const char *id, const char *query, const char *body)
{
	struct route_words words = { .lang = LANG_JA, .addr = a, .id = str_of(id) };

	fake_call(f, m, pattern, &words, "/", query, body);
}

static void
reply(struct fake *f, const char *events, const char *answer)
{
	json_t *e = json_loads(events, 0, NULL), *a = json_loads(answer, JSON_DECODE_ANY, NULL);

	assert_non_null(f->asked);
	fake_reply(f, e, json_is_object(a) ? a : NULL);
	json_decref(e);
	json_decref(a);
}

static const char *
asked(const struct fake *f, const char *key)
{
	return state_text(f->asked, key);
}

static void
a_retest_leads_to_its_page(void **state)
{
	struct fake f;

	(void)state;
	fake_new(&f);
	call(&f, HTTP_POST, "/{lang}/ip/{addr}/test", relay, "", "", "kind=retest");
	assert_string_equal(asked(&f, "verb"), "test");
	assert_string_equal(asked(&f, "addr"), "192.0.2.25");
	assert_string_equal(asked(&f, "asker"), "203.0.113.9");
	assert_string_equal(asked(&f, "kind"), "retest");
	assert_null(json_object_get(f.asked, "grant"));
	reply(&f, "[]", "{\"exit\": 0, \"test\": \"abc234\"}");
	assert_int_equal(f.code, 303);
	assert_string_equal(fake_field(&f, "Location"), "/ja/test/abc234");
	/* what is no ticket leads nowhere */
	call(&f, HTTP_POST, "/{lang}/ip/{addr}/test", relay, "", "", "kind=anything");
	assert_string_equal(asked(&f, "kind"), "retest");
	reply(&f, "[]", "{\"exit\": 0, \"test\": \"a/../b\\r\\nX: y\"}");
	assert_int_equal(f.code, 503);
	assert_string_equal(fake_field(&f, "Location"), "");
	call(&f, HTTP_POST, "/{lang}/ip/{addr}/test", relay, "", "", "kind=%");
	assert_null(f.asked);
	assert_int_equal(f.code, 400);
	fake_free(&f);
}

static void
a_test_is_shown_and_cancelled(void **state)
{
	struct fake f;

	(void)state;
	fake_new(&f);
	call(&f, HTTP_GET, "/{lang}/test/{id}", addr_none, "abc234", "", "");
	assert_string_equal(asked(&f, "verb"), "test-show");
	assert_string_equal(asked(&f, "test"), "abc234");
	assert_null(json_object_get(f.asked, "addr"));
	reply(&f, "[]", "null");
	call(&f, HTTP_POST, "/{lang}/test/{id}/cancel", addr_none, "abc234", "", "");
	assert_string_equal(asked(&f, "verb"), "test-cancel");
	assert_null(json_object_get(f.asked, "grant"));
	reply(&f, "[]", "{\"exit\": 0}");
	assert_string_equal(fake_field(&f, "Location"), "/ja/test/abc234");
	call(&f, HTTP_POST, "/{lang}/test/{id}/cancel", addr_none, "abc234", "", "");
	reply(&f, "[]", "{\"exit\": 77, \"error\": \"not-yours\"}");
	assert_int_equal(f.code, 403);
	assert_true(has(&f, "next.not-yours"));
	fake_free(&f);
}

static const char cookie_name[] = "owner_00000000000000000000ffffc0000219";

/* A ticket does not say whose it is, so the grant comes with a second question. */
static void
the_owner_of_a_test_is_known_by_the_cookie(void **state)
{
	static const char open_to_all[] = "{\"exit\": 0, \"addr\": \"192.0.2.25\", \"role\": \"public\","
	    " \"state\": \"testing\", \"form\": \"P01\"}";
	struct fake f;

	(void)state;
	fake_new(&f);
	call(&f, HTTP_GET, "/{lang}/test/{id}", addr_none, "abc234", "", "");
	reply(&f, "[]", open_to_all);
	assert_int_equal(f.code, 200);		/* without a cookie it is the answer */
	f.cookie_name = cookie_name;
	f.cookie = "gg22";
	call(&f, HTTP_GET, "/{lang}/test/{id}", addr_none, "abc234", "", "");
	assert_null(json_object_get(f.asked, "grant"));
	reply(&f, "[]", open_to_all);
	assert_int_equal(f.code, 0);
	assert_string_equal(asked(&f, "verb"), "test-show");
	assert_string_equal(asked(&f, "grant"), "gg22");
	reply(&f, "[]", open_to_all);
	assert_int_equal(f.code, 200);		/* a grant that is none is asked with once */
	call(&f, HTTP_POST, "/{lang}/test/{id}/cancel", addr_none, "abc234", "", "addr=192.0.2.25");
	assert_string_equal(asked(&f, "grant"), "gg22");
	reply(&f, "[]", "{\"exit\": 0}");
	call(&f, HTTP_POST, "/{lang}/test/{id}/cancel", addr_none, "abc234", "", "addr=%00");
	assert_int_equal(f.code, 400);
	fake_free(&f);
}

static void
a_proof_becomes_a_cookie(void **state)
{
	struct fake f;

	(void)state;
	fake_new(&f);
	call(&f, HTTP_POST, "/{lang}/ip/{addr}/prove", relay, "", "", "method=mail&step=check&claim=cc22&code=+123456+");
	assert_string_equal(asked(&f, "verb"), "prove");
	assert_string_equal(asked(&f, "method"), "mail");
	assert_string_equal(asked(&f, "step"), "check");
	assert_string_equal(asked(&f, "claim"), "cc22");
	assert_string_equal(asked(&f, "code"), "123456");
	reply(&f, "[]", "{\"exit\": 0, \"grant\": \"gg22\"}");
	assert_int_equal(f.code, 303);
	assert_string_equal(fake_field(&f, "Location"), "/ja/ip/192.0.2.25");
	assert_string_equal(fake_field(&f, "Set-Cookie"), "owner_00000000000000000000ffffc0000219=gg22; "
	    "HttpOnly; SameSite=Strict; Path=/; Max-Age=86400; Secure");
	/* the cookie goes to the keeper, for that address alone */
	f.cookie_name = cookie_name;
	f.cookie = "gg22";
	call(&f, HTTP_GET, "/{lang}/ip/{addr}", relay, "", "", "");
	assert_string_equal(asked(&f, "grant"), "gg22");
	reply(&f, "[]", "null");
	call(&f, HTTP_GET, "/{lang}/ip/{addr}", addr_v4(192, 0, 2, 26), "", "", "");
	assert_null(json_object_get(f.asked, "grant"));
	reply(&f, "[]", "null");
	f.cookie = "gg\", 22";
	call(&f, HTTP_GET, "/{lang}/ip/{addr}", relay, "", "", "");
	assert_null(json_object_get(f.asked, "grant"));
	reply(&f, "[]", "null");
	fake_free(&f);
}

static void
a_proof_that_is_none_sets_nothing(void **state)
{
	static const char *const answers[] = { "{\"exit\": 0, \"grant\": \"a; b\\r\\nX: y\"}", "{\"exit\": 0}",
		"{\"exit\": 77, \"error\": \"owner-not-proved\", \"grant\": \"gg22\"}", "null" };
	struct fake f;

	(void)state;
	fake_new(&f);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		call(&f, HTTP_POST, "/{lang}/ip/{addr}/prove", relay, "", "", "method=source");
		assert_string_equal(asked(&f, "method"), "source");
		reply(&f, "[]", answers[i]);
		assert_true(f.code == 503 || f.code == 403);
		assert_string_equal(fake_field(&f, "Set-Cookie"), "");
	}
	call(&f, HTTP_POST, "/{lang}/ip/{addr}/prove", relay, "", "", "method=other");
	assert_int_equal(f.code, 400);
	call(&f, HTTP_POST, "/{lang}/ip/{addr}/prove", relay, "", "", "method=txt&step=check&claim=%3Cb%3E");
	assert_string_equal(asked(&f, "claim"), "");
	reply(&f, "[]", "{\"exit\": 77, \"error\": \"claim-used\"}");
	assert_int_equal(f.code, 409);
	fake_free(&f);
}

static void
an_opt_out_is_asked_for(void **state)
{
	static const char *const slips[] = {
		"domain=corp.example&step=begin",		/* not ticked */
		"domain=192.0.2.25&step=begin&confirm=yes",	/* the address has a page of its own */
		"domain=&step=begin&confirm=yes", "step=check&claim=abc",
		"domain=corp.example&step=check&claim=a%2Fb",
	};
	struct fake f;

	(void)state;
	fake_new(&f);
	f.cookie_name = cookie_name;
	f.cookie = "gg22";
	call(&f, HTTP_POST, "/{lang}/ip/{addr}/optout", relay, "", "", "confirm=yes&reason=no+more");
	assert_string_equal(asked(&f, "verb"), "optout-owner");
	assert_string_equal(asked(&f, "reason"), "no more");
	assert_string_equal(asked(&f, "grant"), "gg22");
	reply(&f, "[]", "{\"exit\": 0}");
	assert_string_equal(fake_field(&f, "Location"), "/ja/ip/192.0.2.25/optout");
	call(&f, HTTP_POST, "/{lang}/optout", addr_none, "", "",
	    "domain=Corp.Example.&step=begin&confirm=yes&reason=no+more");
	assert_string_equal(asked(&f, "verb"), "optout-domain");
	assert_string_equal(asked(&f, "domain"), "corp.example");
	assert_string_equal(asked(&f, "step"), "begin");
	reply(&f, "[]", "{\"exit\": 0}");
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		call(&f, HTTP_POST, "/{lang}/optout", addr_none, "", "", slips[i]);
		if (f.code != 400)
			fail_msg("%s: %u", slips[i], f.code);
	}
	call(&f, HTTP_GET, "/{lang}/optout", addr_none, "", "q=user%40[192.0.2.25]", "");
	assert_string_equal(fake_field(&f, "Location"), "/ja/ip/192.0.2.25/optout");
	fake_free(&f);
}

static void
a_field_leads_to_its_address(void **state)
{
	struct fake f;

	(void)state;
	fake_new(&f);
	call(&f, HTTP_GET, "/{lang}/check", addr_none, "", "q=[2001:db8::25]:25", "");
	assert_int_equal(f.code, 303);
	assert_string_equal(fake_field(&f, "Location"), "/ja/ip/2001:db8::25");
	call(&f, HTTP_GET, "/{lang}/check", addr_none, "", "q=postmaster%40Example.JP", "");
	assert_string_equal(asked(&f, "verb"), "resolve");
	assert_string_equal(asked(&f, "name"), "example.jp");
	assert_string_equal(asked(&f, "kind"), "domain");
	reply(&f, "[]", "null");
	call(&f, HTTP_GET, "/{lang}/check", addr_none, "", "q=https://www.example.jp/", "");
	assert_string_equal(asked(&f, "kind"), "host");
	reply(&f, "[]", "null");
	call(&f, HTTP_GET, "/{lang}/check", addr_none, "", "q=%ff", "");
	assert_int_equal(f.code, 400);
	call(&f, HTTP_GET, "/", addr_none, "", "", "");
	assert_int_equal(f.code, 302);
	assert_string_equal(fake_field(&f, "Location"), "/ja/");
	call(&f, HTTP_GET, "/ip/{addr}", relay, "", "", "");
	assert_string_equal(fake_field(&f, "Location"), "/ja/ip/192.0.2.25");
	assert_string_equal(fake_field(&f, "Vary"), "Accept-Language");
	fake_free(&f);
}

static void
a_day_is_asked_for(void **state)
{
	struct fake f;

	(void)state;
	fake_new(&f);
	call(&f, HTTP_GET, "/{lang}/ip/{addr}", relay, "", "at=2026-11-20", "");
	assert_int_equal(json_integer_value(json_object_get(f.asked, "at")), 1795186799);	/* 23:59:59 JST */
	/* without a keeper there is no past: no answer of today in its place */
	reply(&f, "[]", "null");
	assert_int_equal(f.code, 503);
	call(&f, HTTP_GET, "/{lang}/ip/{addr}", relay, "", "at=2026-11-27", "");
	assert_null(json_object_get(f.asked, "at"));	/* today has not ended */
	reply(&f, "[]", "null");
	assert_int_equal(f.code, 200);
	call(&f, HTTP_GET, "/{lang}/ip/{addr}", relay, "", "at=never", "");
	assert_int_equal(f.code, 400);
	fake_free(&f);
}

/* --- without a keeper, without a list --- */

static void
the_list_alone_answers(void **state)
{
	static const char *const answers[] = { "null", "{\"exit\": 74, \"error\": \"store\"}",
		"{\"exit\": 75, \"error\": \"too-many\"}" };
	struct fake f;

	(void)state;
	fake_new(&f);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		call(&f, HTTP_GET, "/{lang}/ip/{addr}", relay, "", "", "");
		reply(&f, "[]", answers[i]);
		assert_int_equal(f.code, 200);
		assert_true(has(&f, "check.is-listed") && has(&f, "check.alone"));
	}
	f.published.s.base = NULL;
	call(&f, HTTP_GET, "/{lang}/ip/{addr}", relay, "", "", "");
	reply(&f, "[]", "null");
	assert_int_equal(f.code, 503);
	assert_true(has(&f, "error.starting"));
	assert_string_equal(fake_field(&f, "Retry-After"), "30");
	fake_free(&f);
}

/* Every page says it when the list is not what it was, also without a keeper. */
static void
each_life_has_its_banner(void **state)
{
	static const struct { const char *name; uint8_t life; int64_t left_s; const char *tag; } cases[] = {
		{ "alive", SNAPSHOT_ALIVE, 0, NULL },
		{ "expired", SNAPSHOT_ALIVE, -1, "site.life-expired" },
		{ "frozen", SNAPSHOT_FROZEN, 0, "site.life-frozen" },
		{ "frozen and expired", SNAPSHOT_FROZEN, -1, "site.life-expired" },
		{ "closing", SNAPSHOT_CLOSING, 0, "site.life-closing" },
		{ "its day has passed", SNAPSHOT_CLOSING, -1, "site.life-closing" },
		{ "empty", SNAPSHOT_EMPTY, 0, "site.life-empty" },
		{ "empty for long", SNAPSHOT_EMPTY, -1, "site.life-empty" },
	};
	static const char *const tags[] = { "site.life-expired", "site.life-frozen",
		"site.life-closing", "site.life-empty" };
	struct fake f;

	(void)state;
	fake_new(&f);
	fake_publish(&f, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.base.head.life = cases[i].life;
		f.base.head.expiry_s = f.clock.wall.s + cases[i].left_s;
		call(&f, HTTP_GET, "/{lang}", relay, "", "", "");
		assert_int_equal(f.code, 200);
		for (size_t k = 0; k < 4; k++)
			if (has(&f, tags[k]) != (cases[i].tag != NULL && strcmp(cases[i].tag, tags[k]) == 0))
				fail_msg("%s: %s", cases[i].name, tags[k]);
		call(&f, HTTP_GET, "/{lang}/ip/{addr}", relay, "", "", "");
		reply(&f, "[]", "null");
		assert_true(has(&f, cases[i].life == SNAPSHOT_EMPTY ? "check.is-not-listed" :
		    "check.is-listed"));
	}
	f.base.head.life = SNAPSHOT_CLOSING;
	f.base.head.empties = 20971;
	call(&f, HTTP_GET, "/{lang}", relay, "", "", "");
	assert_true(has(&f, "data-t=\"site.life-closing-on\""));
	assert_true(has(&f, "<time datetime=\"2027-06-02\">2027年6月2日</time>に"));
	fake_free(&f);
}

/* --- the cache of check pages --- */

static const char not_listed[] = "{\"exit\": 0, \"role\": \"public\", \"own\": false, \"listed\": false, \"test\": null}";

/* Shows relay's page; was the keeper asked? */
static bool
is_asked(struct fake *f, const char *answer)
{
	call(f, HTTP_GET, "/{lang}/ip/{addr}", relay, "", "", "");
	if (f->asked == NULL) {
		assert_int_equal(f->code, 200);
		assert_true(is_html(f));
		return false;
	}
	reply(f, "[]", answer);
	return true;
}

static void
a_page_of_strangers_is_kept_for_two_seconds(void **state)
{
	struct fake f;

	(void)state;
	fake_new(&f);
	assert_true(is_asked(&f, not_listed));
	assert_false(is_asked(&f, not_listed));
	f.client = addr_v4(203, 0, 113, 77);	/* another stranger */
	assert_false(is_asked(&f, not_listed));
	clock_fake_pass(&f.clock, 1999);
	assert_false(is_asked(&f, not_listed));
	clock_fake_pass(&f.clock, 1);
	assert_true(is_asked(&f, not_listed));
	f.base.head.serial++;			/* the list has changed */
	assert_true(is_asked(&f, not_listed));
	assert_false(is_asked(&f, not_listed));
	call(&f, HTTP_POST, "/{lang}/ip/{addr}/test", relay, "", "", "kind=retest");
	reply(&f, "[]", "{\"exit\": 0, \"test\": \"abc\"}");
	assert_true(is_asked(&f, not_listed));	/* there is a test now */
	fake_free(&f);
}

static void
a_page_of_somebody_is_not_kept(void **state)
{
	static const char *const answers[] = {
		"{\"exit\": 0, \"role\": \"owner\", \"own\": false, \"listed\": false, \"test\": null}",
		"{\"exit\": 0, \"role\": \"public\", \"own\": true, \"listed\": false, \"test\": null}",
		"{\"exit\": 0, \"role\": \"public\", \"own\": false, \"listed\": false, \"test\": {\"test\": \"abc\"}}",
		"{\"exit\": 74, \"error\": \"store\"}", "null",
	};
	struct fake f;

	(void)state;
	fake_new(&f);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_true(is_asked(&f, answers[i]));
		assert_true(is_asked(&f, answers[i]));
	}
	/* and who is somebody is shown no kept one */
	assert_true(is_asked(&f, not_listed));
	f.client = relay;
	assert_true(is_asked(&f, not_listed));
	f.client = addr_v4(203, 0, 113, 9);
	f.cookie_name = cookie_name;
	f.cookie = "gg22";
	assert_true(is_asked(&f, not_listed));
	f.cookie_name = NULL;
	assert_false(is_asked(&f, not_listed));
	fake_free(&f);
}

/* --- files, mails --- */

static void
files_are_kept_by_their_digest(void **state)
{
	const struct embedded *css = embed_find(embed_files, embed_files_n, "style.css");
	const struct route_words words = { .lang = LANG_EN };
	char query[32], etag[32];
	struct fake f;

	(void)state;
	fake_new(&f);
	fake_call(&f, HTTP_GET, "/style.css", &words, "/style.css", "", "");
	assert_int_equal(f.code, 200);
	assert_int_equal(f.n, css->octets.n);
	assert_string_equal(fake_field(&f, "Cache-Control"), "no-cache");
	snprintf(query, sizeof(query), "v=%s", css->digest);
	fake_call(&f, HTTP_GET, "/style.css", &words, "/style.css", query, "");
	assert_string_equal(fake_field(&f, "Cache-Control"), "public, max-age=31536000, immutable");
	fake_call(&f, HTTP_GET, "/style.css", &words, "/style.css", "v=0000000000000000", "");
	assert_string_equal(fake_field(&f, "Cache-Control"), "no-cache");
	snprintf(etag, sizeof(etag), "\"%s\"", css->digest);
	assert_string_equal(fake_field(&f, "ETag"), etag);
	f.none_match = etag;
	fake_call(&f, HTTP_GET, "/style.css", &words, "/style.css", "", "");
	assert_int_equal(f.code, 304);
	assert_int_equal(f.n, 0);
	f.none_match = NULL;
	fake_call(&f, HTTP_GET, "/.well-known/security.txt", &words, "/", "", "");
	assert_true(has(&f, "Contact: mailto:postmaster@bl.example\n") && has(&f, "Expires: 2027-02-25T10:30:00Z\n"));
	fake_free(&f);
}

static void
the_mail_that_came_back_can_be_had(void **state)
{
	struct fake f;

	(void)state;
	fake_new(&f);
	f.cookie_name = cookie_name;
	f.cookie = "gg22";
	call(&f, HTTP_GET, "/{lang}/ip/{addr}/evidence/{digest}", relay, "0123456789abcdef01", "", "");
	assert_string_equal(asked(&f, "verb"), "evidence-mail");
	assert_string_equal(asked(&f, "digest"), "0123456789abcdef01");
	reply(&f, "[{\"event\": \"octets\", \"part\": 1, \"base64\": \"UmVjZWl2ZWQ6IA==\"},"
	    "{\"event\": \"octets\", \"part\": 2, \"base64\": \"/v8K\"}]", "{\"exit\": 0, \"octets\": 13}");
	assert_int_equal(f.code, 200);
	assert_int_equal(f.n, 13);
	assert_memory_equal(f.body, "Received: \376\377\n", 13);
	assert_string_equal(fake_field(&f, "Content-Disposition"),
	    "attachment; filename=\"192.0.2.25-0123456789abcdef.eml\"");
	/* half a mail is none */
	call(&f, HTTP_GET, "/{lang}/ip/{addr}/evidence/{digest}", relay, "01", "", "");
	reply(&f, "[{\"event\": \"octets\", \"part\": 1, \"base64\": \"UmVj\"}]", "{\"exit\": 0, \"octets\": 13}");
	assert_int_equal(f.code, 503);
	call(&f, HTTP_GET, "/{lang}/ip/{addr}/evidence/{digest}", relay, "01", "", "");
	reply(&f, "[{\"event\": \"octets\", \"part\": 1, \"base64\": \"U*==\"}]", "{\"exit\": 0, \"octets\": 1}");
	assert_int_equal(f.code, 503);
	call(&f, HTTP_GET, "/{lang}/ip/{addr}/evidence/{digest}", relay, "01", "", "");
	reply(&f, "[]", "{\"exit\": 65, \"error\": \"no-such-mail\"}");
	assert_int_equal(f.code, 404);
	fake_free(&f);
}

static void
evidence_past_its_bound_is_cut(void **state)
{
	json_t *events = json_array(), *answer = json_loads("{\"exit\": 0, \"cut\": false}", 0, NULL);
	char *text = malloc(8001);
	struct fake f;

	(void)state;
	memset(text, '"', 8000);	/* the longest when escaped */
	text[8000] = '\0';
	for (int i = 0; i < 40; i++)
		json_array_append_new(events, json_pack("{ss si si ss}", "event", "transcript",
		    "session", i, "part", 1, "text", text));
	fake_new(&f);
	call(&f, HTTP_GET, "/{lang}/ip/{addr}/evidence", relay, "", "", "");
	fake_reply(&f, events, answer);
	assert_int_equal(f.code, 200);
	assert_true(has(&f, "evidence.cut"));
	assert_true(count(f.body, "evidence.transcript-of") > 5);
	fake_free(&f);
	free(text);
	json_decref(events);
	json_decref(answer);
}

static void
what_has_no_page_says_so(void **state)
{
	static const struct { unsigned code; const char *tag, *says; } refusals[] = {
		{ 404, "no-such-page", "error.no-such-page" }, { 405, "wrong-method", "error.wrong-method" },
		{ 403, "other-site", "error.other-site" }, { 403, "what-is-this", "error.unavailable" },
	};
	struct fake f;

	(void)state;
	fake_new(&f);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct http_answer a = { .code = refusals[i].code };

		fake_forget(&f);
		f.r = (struct http_request){ .path = STR("/ja/x"), .client = f.client,
		    .arena = arena_new(HTTP_ARENA) };
		http_field(&a, "Allow", "GET, HEAD");
		page_refuse(&f.web, &f.r, LANG_JA, &a, refusals[i].tag);
		assert_int_equal(f.code, refusals[i].code);
		assert_true(has(&f, refusals[i].says) && has(&f, "<html lang=\"ja\">"));
		assert_string_equal(fake_field(&f, "Allow"), "GET, HEAD");
	}
	fake_free(&f);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_languages_say_the_same),
		cmocka_unit_test(every_page_has_its_frame),
		cmocka_unit_test(no_value_becomes_markup),
		cmocka_unit_test(the_public_sees_no_recipe),
		cmocka_unit_test(the_owner_sees_it_whole),
		cmocka_unit_test(each_state_says_what_it_is),
		cmocka_unit_test(each_life_has_its_banner),
		cmocka_unit_test(a_retest_leads_to_its_page),
		cmocka_unit_test(a_test_is_shown_and_cancelled),
		cmocka_unit_test(the_owner_of_a_test_is_known_by_the_cookie),
		cmocka_unit_test(a_proof_becomes_a_cookie),
		cmocka_unit_test(a_proof_that_is_none_sets_nothing),
		cmocka_unit_test(an_opt_out_is_asked_for),
		cmocka_unit_test(a_field_leads_to_its_address),
		cmocka_unit_test(a_day_is_asked_for),
		cmocka_unit_test(the_list_alone_answers),
		cmocka_unit_test(a_page_of_strangers_is_kept_for_two_seconds),
		cmocka_unit_test(a_page_of_somebody_is_not_kept),
		cmocka_unit_test(files_are_kept_by_their_digest),
		cmocka_unit_test(the_mail_that_came_back_can_be_had),
		cmocka_unit_test(evidence_past_its_bound_is_cut),
		cmocka_unit_test(what_has_no_page_says_so),
	};

	if (argc != 2)
		return 64;
	states = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
