/* Evidence: who sees it, that it is whole, that hostile texts stay texts. */
#include "guest.h"
#include "keep/disclose.h"
#include "keep/evidence.h"
#include "keep/grant.h"
#include "wire/mime.h"

#define ASKER "203.0.113.7"

static int
papers_open(void **state)
{
	int rc = guests_open(state);
	struct guests *p = *state;
	struct addr a = target(1);

	grant_make(p->grant, p->f->keep, &a, PROOF_MAIL,
	    (struct wall){ keep_now(p->f->keep).s + 30 * 86400 });
	return rc;
}

static json_t *
ask(struct guests *p, const char *verb, const char *addr, const char *more)
{
	guest_ask(p->web, "{'verb':'%s','addr':'%s','asker':'" ASKER "'%s}", verb, addr, more);
	pass(p->f, 2);		/* streams go on by timers */
	return p->web->done;
}

static json_t *
with_grant(struct guests *p, const char *verb, const char *addr, const char *more)
{
	char all[512];

	snprintf(all, sizeof(all), ",'grant':'%s'%s", p->grant, more);
	return ask(p, verb, addr, all);
}

static size_t
events_of(struct guest *g, const char *name, json_t **last)
{
	size_t n = 0;

	if (last != NULL)
		*last = NULL;
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(text_of(g->events[i], "event"), name) == 0) {
			n++;
			if (last != NULL)
				*last = g->events[i];
		}
	return n;
}

static void
put_transcript(struct guests *p, uint32_t session, uint32_t part, struct str text)
{
	struct keep *k = p->f->keep;
	struct run r;
	struct addr a = target(1);
	struct transcript t = { .session = session, .part = part, .made = keep_now(k),
		.octets = text };

	assert_int_equal(store_one(k->store, Q_RUN_LAST_BY_ADDR, ARGS(ARG_A(a)), &r), 0);
	t.run = r.id;
	store_forget(k->store);
	assert_int_equal(keep_write(k), 0);
	assert_int_equal(keep_done(k, store_put(k->store, &transcript_shape, &t)), 0);
	assert_int_equal(keep_flush(k), 0);
}

/* --- who --- */

static void
both_sides_of_the_line(void **state)
{
	static const struct { const char *verb, *more; } verbs[] = {
		{ "evidence", "" }, { "evidence-mail", ",'digest':'00'" },
	};
	struct guests *p = *state;
	struct addr other = target(2);
	char more[256], foreign[GRANT_TEXT];

	guests_list(p->f, target(1));
	grant_make(foreign, p->f->keep, &other, PROOF_MAIL,
	    (struct wall){ keep_now(p->f->keep).s + 1000 });
	snprintf(p->key, sizeof(p->key), "%s", text_of(guest_ask(p->tool,
	    "{'verb':'key-add','name':'C'}"), "key"));
	for (size_t i = 0; i < 2; i++) {
		bool whole = i == 0;
		const char *tag = whole ? NULL : "no-such-mail";

		expect_error(ask(p, verbs[i].verb, "198.18.1.1", verbs[i].more),
		    "owner-not-proved", 77);
		assert_int_equal(p->web->n, 0);
		guest_ask(p->web, "{'verb':'%s','addr':'198.18.1.1','asker':'198.18.1.1'%s}",
		    verbs[i].verb, verbs[i].more);	/* the address, not proved */
		expect_error(p->web->done, "owner-not-proved", 77);
		snprintf(more, sizeof(more), ",'grant':'%s'%s", foreign, verbs[i].more);
		expect_error(ask(p, verbs[i].verb, "198.18.1.1", more), "owner-not-proved", 77);
		with_grant(p, verbs[i].verb, "198.18.1.1", verbs[i].more);
		if (whole)
			expect_ok(p->web->done);
		else
			expect_error(p->web->done, tag, 65);
		snprintf(more, sizeof(more), ",'key':'%s'%s", p->key, verbs[i].more);
		ask(p, verbs[i].verb, "198.18.1.1", more);
		if (whole)
			expect_ok(p->web->done);
		else
			expect_error(p->web->done, tag, 65);
		guest_ask(p->tool, "{'verb':'%s','addr':'198.18.1.1'%s}", verbs[i].verb,
		    verbs[i].more);
		pass(p->f, 2);
		if (whole)
			expect_ok(p->tool->done);
		else
			expect_error(p->tool->done, tag, 65);
	}
}

/* --- what --- */

static void
the_whole_of_a_proof(void **state)
{
	static const char *const members[] = { "form", "class", "port", "entry", "exit", "believed",
		"hops", "linked", "chain", "helo", "mail_from", "token", "minted", "sent", "accepted",
		"returned", "mail_from_sent", "rcpt_to_sent", "said", "mail", "octets" };
	struct guests *p = *state;
	json_t *proof, *row, *text, *o;

	p->f->fields = "Received: from inner.example (inner.example [198.18.1.9])\r\n"
	    "\tby out.example (Postfix) with ESMTP id 1; Sun, 22 Nov 2026 22:06:36 +0000\r\n"
	    "Received: from x.example (unknown [198.18.0.1])\r\n"
	    "\tby inner.example with ESMTP id 2; Sun, 22 Nov 2026 22:06:35 +0000\r\n";
	guests_list(p->f, target(1));
	put_transcript(p, 1, 0, STR("* connected\nS: 220 mx\nC: EHLO x\n"));
	put_transcript(p, 1, 1, STR("S: 250 ok\n"));
	o = with_grant(p, "evidence", "198.18.1.1", "");
	expect_ok(o);
	assert_int_equal(int_of(o, "proofs"), 1);
	assert_false(json_is_true(json_object_get(o, "cut")));
	assert_int_equal(events_of(p->web, "proof", &proof), 1);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(proof, members[i]) == NULL)
			fail_msg("proof has no %s", members[i]);
	assert_string_equal(text_of(proof, "entry"), "198.18.1.1");
	assert_string_equal(text_of(proof, "form"), "P01");
	assert_int_equal(int_of(proof, "port"), 25);
	assert_int_equal(int_of(proof, "variant"), 0);
	assert_null(json_object_get(proof, "host"));	/* that form names nobody */
	assert_string_equal(text_of(proof, "helo"), "relay.example");
	assert_int_equal(json_array_size(json_object_get(proof, "chain")), 2);
	assert_non_null(strstr(json_string_value(json_array_get(
	    json_object_get(proof, "chain"), 0)), "by out.example"));
	assert_int_equal(strlen(text_of(proof, "token")), 36);
	assert_int_equal(strlen(text_of(proof, "mail")), 64);
	assert_true(int_of(proof, "octets") > 300);
	assert_int_equal(events_of(p->web, "verdict", &row), 1);
	assert_string_equal(text_of(row, "verdict"), "open");
	assert_string_equal(text_of(row, "form"), "P01");
	assert_int_equal(events_of(p->web, "transcript", &text), 2);
	assert_string_equal(text_of(text, "text"), "S: 250 ok\n");
	assert_int_equal(int_of(text, "part"), 1);
	assert_int_equal(events_of(p->web, "journal", &row), 1);
	assert_string_equal(text_of(row, "kind"), "add");
	assert_string_equal(text_of(row, "evidence"), text_of(proof, "mail"));
	assert_int_equal(strlen(text_of(row, "hash")), 64);
}

/* Why we were there is the owner's to know; who asked is a CSIRT's. */
static void
each_session_says_why(void **state)
{
	struct guests *p = *state;
	json_t *row;

	guests_list(p->f, target(1));
	expect_ok(with_grant(p, "evidence", "198.18.1.1", ""));
	assert_true(events_of(p->web, "session", &row) > 0);
	assert_string_equal(text_of(row, "basis"), "authority");
	assert_true(strlen(text_of(row, "reason")) > 0);
	assert_string_equal(text_of(row, "kind"), "probe");
	assert_string_equal(text_of(row, "finding"), "done");
	assert_int_equal(int_of(row, "port"), 25);
	assert_int_equal(int_of(row, "accepted"), 1);
	assert_true(int_of(row, "started") > 0);
	assert_null(json_object_get(row, "who"));
	assert_null(json_object_get(row, "asked"));
	guest_ask(p->tool, "{'verb':'evidence','addr':'198.18.1.1'}");
	pass(p->f, 2);
	assert_true(events_of(p->tool, "session", &row) > 0);
	assert_true(json_is_string(json_object_get(row, "asked")));
	assert_true(json_is_string(json_object_get(row, "who")));
}

static void
nothing_is_there(void **state)
{
	struct guests *p = *state;

	expect_ok(with_grant(p, "evidence", "198.18.1.1", ""));
	assert_int_equal(int_of(p->web->done, "proofs"), 0);
	assert_int_equal(p->web->n, 0);
}

/* The keeper's messages are of 16 KB: whatever stands in a transcript. */
static void
hostile_transcript_is_text_and_fits(void **state)
{
	struct guests *p = *state;
	static char zeros[TRANSCRIPT_PART], lines[TRANSCRIPT_PART], quotes[TRANSCRIPT_PART];
	size_t octets = 0;

	memset(quotes, '"', sizeof(quotes));
	for (size_t i = 0; i < sizeof(lines); i++)
		lines[i] = i % 90 == 89 ? '\n' : i % 3 ? '<' : '\x1b';
	guests_list(p->f, target(1));
	put_transcript(p, 1, 0, (struct str){ zeros, sizeof(zeros) });
	put_transcript(p, 1, 1, (struct str){ lines, sizeof(lines) });
	put_transcript(p, 1, 2, (struct str){ quotes, sizeof(quotes) });
	put_transcript(p, 2, 0, STR(""));
	put_transcript(p, 3, 0, STR("the end"));
	expect_ok(with_grant(p, "evidence", "198.18.1.1", ""));
	for (size_t i = 0; i < p->web->n; i++) {
		const char *text = text_of(p->web->events[i], "text");

		for (const char *c = text; *c != '\0'; c++)
			if ((unsigned char)*c < 0x20 && *c != '\n')
				fail_msg("a control octet came through");
		octets += strlen(text);
	}
	assert_true(octets > 3 * 16384);
	assert_string_equal(text_of(p->web->events[p->web->n - 2], "text"), "the end");
}

static void
hostile_received_lines_fit(void **state)
{
	struct guests *p = *state;
	static char fields[12000];
	json_t *proof;
	size_t n = 0;

	for (int i = 0; i < 60; i++)
		n += (size_t)snprintf(fields + n, sizeof(fields) - n,
		    "Received: from \x01\x02\"\\<script> by %d%0100d\r\n", i, i);
	p->f->fields = fields;
	guests_list(p->f, target(1));
	expect_ok(with_grant(p, "evidence", "198.18.1.1", ""));
	assert_int_equal(events_of(p->web, "proof", &proof), 1);
	assert_in_range(json_array_size(json_object_get(proof, "chain")), 5, 15);
}

/* A slow client loses nothing, and the queue stays small. */
static void
much_of_it_is_not_lost(void **state)
{
	struct guests *p = *state;
	static char text[TRANSCRIPT_PART];
	size_t octets = 0;

	memset(text, 'x', sizeof(text));
	guests_list(p->f, target(1));
	for (uint32_t i = 0; i < 200; i++)	/* 3 MB */
		put_transcript(p, 1, i, (struct str){ text, sizeof(text) });
	guest_send(p->web, "{'verb':'evidence','addr':'198.18.1.1','asker':'" ASKER
	    "','grant':'none'}");
	pass(p->f, 0);
	expect_error(p->web->done, "owner-not-proved", 77);
	expect_ok(with_grant(p, "evidence", "198.18.1.1", ""));
	for (size_t i = 0; i < p->web->n; i++)
		octets += strlen(text_of(p->web->events[i], "text"));
	assert_int_equal(octets, 200 * sizeof(text));
}

static void
dropped_in_the_middle(void **state)
{
	struct guests *p = *state;
	char request[256];

	guests_list(p->f, target(1));
	put_transcript(p, 1, 0, STR("x"));
	snprintf(request, sizeof(request), "{'verb':'evidence','addr':'198.18.1.1','asker':'"
	    ASKER "','grant':'%s'}", p->grant);
	guest_send(p->web, request);
	guest_drop(p->web);
	pass(p->f, 5);
	assert_null(p->web->done);
	expect_ok(with_grant(p, "evidence", "198.18.1.1", ""));
}

/* --- the mail itself --- */

static void
mail_octet_by_octet(void **state)
{
	struct guests *p = *state;
	char more[128], digest[65], got[65];
	struct mime_text t = { .coding = MIME_BASE64 };
	struct digest d;
	static char mail[65536];
	json_t *proof, *o;
	size_t n = 0;
	static char fields[12000];

	memset(fields, 'a', sizeof(fields) - 1);
	memcpy(fields, "X-Long: ", 8);
	for (size_t i = 900; i + 2 < sizeof(fields) - 1; i += 900)
		memcpy(fields + i, "\r\n ", 3);
	memcpy(fields + sizeof(fields) - 3, "\r\n", 2);
	p->f->fields = fields;
	guests_list(p->f, target(1));
	expect_ok(with_grant(p, "evidence", "198.18.1.1", ""));
	events_of(p->web, "proof", &proof);
	snprintf(digest, sizeof(digest), "%s", text_of(proof, "mail"));
	snprintf(more, sizeof(more), ",'digest':'%s'", digest);
	o = with_grant(p, "evidence-mail", "198.18.1.1", more);
	expect_ok(o);
	assert_string_equal(text_of(o, "digest"), digest);
	assert_int_equal(int_of(o, "parts"), 2);
	for (size_t i = 0; i < p->web->n; i++) {
		struct mime_decoder m;
		int c;

		t.octets = str_of(text_of(p->web->events[i], "base64"));
		m = mime_decoder_of(&t);
		while ((c = mime_next(&m)) >= 0)
			mail[n++] = (char)c;
	}
	assert_int_equal(n, int_of(o, "octets"));
	evidence_digest(&d, (struct str){ mail, n });
	str_hex(got, d.o, sizeof(d.o));
	assert_string_equal(got, digest);
}

static void
mails_that_are_not_his(void **state)
{
	static const char *const bad[] = { "", "zz", "00",
		"0000000000000000000000000000000000000000000000000000000000000000" };
	struct guests *p = *state;
	char more[128], theirs[65];
	struct addr b = target(2);
	struct listing l;

	guests_list(p->f, target(1));
	guests_list(p->f, b);
	assert_true(listed(p->f, b, &l));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(more, sizeof(more), ",'digest':'%s'", bad[i]);
		expect_error(with_grant(p, "evidence-mail", "198.18.1.1", more), "no-such-mail", 65);
	}
	str_hex(theirs, l.evidence.o, sizeof(l.evidence.o));
	snprintf(more, sizeof(more), ",'digest':'%s'", theirs);
	expect_error(with_grant(p, "evidence-mail", "198.18.1.1", more), "no-such-mail", 65);
}

static void
erased_mail(void **state)
{
	struct guests *p = *state;
	struct keep *k = p->f->keep;
	struct listing l;
	char more[128], hex[65];
	json_t *proof;

	guests_list(p->f, target(1));
	assert_true(listed(p->f, target(1), &l));
	assert_int_equal(keep_write(k), 0);
	assert_int_equal(keep_done(k, evidence_erase(k, &l.evidence)), 0);
	assert_int_equal(keep_flush(k), 0);
	expect_ok(with_grant(p, "evidence", "198.18.1.1", ""));
	assert_int_equal(events_of(p->web, "proof", &proof), 1);
	assert_int_equal(int_of(proof, "octets"), 0);
	str_hex(hex, l.evidence.o, sizeof(l.evidence.o));
	snprintf(more, sizeof(more), ",'digest':'%s'", hex);
	expect_error(with_grant(p, "evidence-mail", "198.18.1.1", more), "no-such-mail", 65);
}

/* --- the owner leaves --- */

static void
opt_out_by_the_owner(void **state)
{
	struct guests *p = *state;
	struct addr a = target(1);

	expect_error(ask(p, "optout-owner", "198.18.1.1", ",'reason':'x'"), "owner-not-proved", 77);
	expect_error(with_grant(p, "optout-owner", "198.18.1.1", ""), "no-reason", 64);
	expect_error(with_grant(p, "optout-owner", "198.18.1.2", ",'reason':'x'"),
	    "owner-not-proved", 77);
	snprintf(p->key, sizeof(p->key), "%s", text_of(guest_ask(p->tool,
	    "{'verb':'key-add','name':'C'}"), "key"));
	guest_ask(p->web, "{'verb':'optout-owner','addr':'198.18.1.1','asker':'" ASKER
	    "','key':'%s','reason':'x'}", p->key);
	expect_error(p->web->done, "owner-not-proved", 77);	/* a CSIRT is no owner */
	assert_int_equal(permit_opted_out(p->f->keep, &a), 0);
	expect_ok(with_grant(p, "optout-owner", "198.18.1.1", ",'reason':'no more tests'"));
	assert_int_equal(permit_opted_out(p->f->keep, &a), 1);
	expect_ok(with_grant(p, "optout-owner", "198.18.1.1", ",'reason':'again'"));
	expect_ok(guest_ask(p->tool, "{'verb':'optout-owner','addr':'198.18.1.9','reason':'x'}"));
}

/* --- names --- */

#define DNS "two.example mx 20 b.two.example\ntwo.example mx 10 a.two.example\n" \
	"a.two.example a 198.18.1.1\na.two.example aaaa 2001:db8::1\nb.two.example a 198.18.1.2\n" \
	"none.example mx 0 .\nhalf.example mx 10 gone.example\nplain.example a 198.18.1.3\n" \
	"slow.example fail\n" \
	"alias.example mx 10 also.example\nalso.example cname a.two.example\n"

static void
names_and_their_servers(void **state)
{
	static const struct { const char *name, *kind, *fault; size_t mx, addrs, listed; } cases[] = {
		{ "two.example", "domain", "", 2, 0, 3 },
		{ "none.example", "domain", "null-mx", 0, 0, 0 },
		{ "plain.example", "domain", "no-mx", 0, 0, 0 },
		{ "plain.example", "host", "", 0, 1, 1 },
		{ "a.two.example", "host", "", 0, 2, 2 },
		{ "half.example", "domain", "", 1, 0, 0 },
		{ "alias.example", "domain", "", 1, 0, 2 },
		{ "also.example", "host", "", 0, 2, 2 },
		{ "gone.example", "host", "no-such-name", 0, 0, 0 },
		{ "gone.example", "domain", "no-such-name", 0, 0, 0 },
		{ "slow.example", "host", "temporary", 0, 0, 0 },
		{ "slow.example", "domain", "temporary", 0, 0, 0 },
	};
	struct guests *p = *state;

	guests_list(p->f, target(1));
	fixture_dns(p->f, DNS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *o = guest_ask(p->web, "{'verb':'resolve','name':'%s','kind':'%s',"
		    "'asker':'" ASKER "'}", cases[i].name, cases[i].kind);

		expect_ok(o);
		if (strcmp(text_of(o, "fault"), cases[i].fault) != 0 ||
		    json_array_size(json_object_get(o, "mx")) != cases[i].mx ||
		    json_array_size(json_object_get(o, "addrs")) != cases[i].addrs ||
		    json_object_size(json_object_get(o, "listed")) != cases[i].listed)
			fail_msg("%s %s: %s", cases[i].kind, cases[i].name, json_dumps(o, 0));
		if (i == 0) {	/* in order of preference */
			json_t *mx = json_object_get(o, "mx"), *l = json_object_get(o, "listed");

			assert_string_equal(text_of(json_array_get(mx, 0), "host"), "a.two.example");
			assert_true(json_is_true(json_object_get(l, "198.18.1.1")));
			assert_true(json_is_false(json_object_get(l, "198.18.1.2")));
		}
		if (strcmp(cases[i].name, "alias.example") == 0)
			assert_string_equal(text_of(json_array_get(json_object_get(o, "mx"), 0),
			    "fault"), strcmp(cases[i].kind, "domain") == 0 ? "cname" : "");
		if (strcmp(cases[i].name, "half.example") == 0)
			assert_string_equal(text_of(json_array_get(json_object_get(o, "mx"), 0),
			    "fault"), "no-such-name");
	}
}

static void
names_that_are_none(void **state)
{
	struct guests *p = *state;

	expect_error(guest_ask(p->web, "{'verb':'resolve','name':'','kind':'host','asker':'"
	    ASKER "'}"), "bad-target", 64);
	expect_error(guest_ask(p->web, "{'verb':'resolve','name':'a b','kind':'host','asker':'"
	    ASKER "'}"), "bad-target", 64);
	expect_error(guest_ask(p->web, "{'verb':'resolve','name':'a.example','kind':'x','asker':'"
	    ASKER "'}"), "bad-kind", 64);
	channel_free(p->f->probe);
	p->f->probe = NULL;
	pass(p->f, 0);
	assert_string_equal(text_of(guest_ask(p->web, "{'verb':'resolve','name':'a.example',"
	    "'kind':'host','asker':'" ASKER "'}"), "fault"), "temporary");
}

/* --- status --- */

static void
status_for_a_page(void **state)
{
	static const char *const members[] = { "zone", "life", "serial", "listings", "control", "lab",
		"roles", "probers", "uptime_s", "runs", "queue", "nominees", "octets", "public" };
	struct guests *p = *state;
	json_t *o;

	o = guest_ask(p->web, "{'verb':'status','asker':'" ASKER "'}");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(o, members[i]) == NULL)
			fail_msg("no member %s", members[i]);
	assert_int_equal(int_of(o, "listings"), 0);
	assert_true(json_is_boolean(json_object_get(o, "public")));
	guests_list(p->f, target(1));
	o = guest_ask(p->web, "{'verb':'status'}");
	assert_int_equal(int_of(o, "listings"), 1);
	assert_int_equal(int_of(json_object_get(o, "nominees"), "authority"), 1);
	assert_int_equal(int_of(json_object_get(o, "queue"), "queued"), 1);
	assert_true(json_is_true(json_object_get(json_object_get(o, "roles"), "web")));
	assert_true(json_is_object(json_object_get(guest_ask(p->tool, "{'verb':'status'}"),
	    "public")));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, papers_open, guests_close)
		T(both_sides_of_the_line),
		T(the_whole_of_a_proof),
		T(each_session_says_why),
		T(nothing_is_there),
		T(hostile_transcript_is_text_and_fits),
		T(hostile_received_lines_fit),
		T(much_of_it_is_not_lost),
		T(dropped_in_the_middle),
		T(mail_octet_by_octet),
		T(mails_that_are_not_his),
		T(erased_mail),
		T(opt_out_by_the_owner),
		T(names_and_their_servers),
		T(names_that_are_none),
		T(status_for_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
