#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "probe/plan.h"

static struct plan_list *list;
static char pd[] = "probe.example", none[] = "", helo[] = "relaytest.probe.example";

static struct conf
conf_of(void)
{
	return (struct conf){ .probe_domain = pd, .probe_domain2 = none, .probe_helo = helo };
}

static int
open_list(void **state)
{
	(void)state;
	return plan_list_new(&list);
}

static int
close_list(void **state)
{
	(void)state;
	plan_list_free(list);
	return 0;
}

static const struct {
	const char	*name;
	bool		 lab;
	enum plan_source from;
	bool		 confirmed;
	const char	*in;
	bool		 want;
	const char	*host, *dom;
} names[] = {
	{ "confirmed PTR", false, PLAN_PTR, true, "Mx1.Open.Example.", true, "mx1.open.example", "open.example" },
	{ "PTR that leads elsewhere", false, PLAN_PTR, false, "mx.open.example", false, "", "" },
	{ "that, in the laboratory too", true, PLAN_PTR, false, "mx.open.example", false, "", "" },
	{ "order's name, confirmed", false, PLAN_ORDER, true, "open.example", true, "open.example", "open.example" },
	{ "order's name, not confirmed", false, PLAN_ORDER, false, "open.example", false, "", "" },
	{ "order's name in the laboratory", true, PLAN_ORDER, false, "mail.open.example", true, "mail.open.example", "open.example" },
	{ "banner's word is not believed", false, PLAN_BANNER, false, "bank.example", false, "", "" },
	{ "banner in the laboratory", true, PLAN_BANNER, false, "mail.open.example", true, "mail.open.example", "open.example" },
	{ "EHLO reply's word is not believed", false, PLAN_EHLO, false, "bank.example", false, "", "" },
	{ "registrable below a public suffix", false, PLAN_PTR, true, "mx.a.example.co.jp", true, "mx.a.example.co.jp", "example.co.jp" },
	{ "a public suffix has no domain", false, PLAN_PTR, true, "co.jp", true, "co.jp", "" },
	{ "an address is no name", true, PLAN_BANNER, false, "192.0.2.1", false, "", "" },
	{ "a literal is no name", true, PLAN_BANNER, false, "[192.0.2.1]", false, "", "" },
	{ "one label is no name", true, PLAN_BANNER, false, "localhost", false, "", "" },
	{ "nothing is no name", true, PLAN_BANNER, false, "", false, "", "" },
	{ "empty label", true, PLAN_BANNER, false, "a..example", false, "", "" },
	{ "a name cannot end a command", true, PLAN_BANNER, false, "a.example>\r\nDATA", false, "", "" },
	{ "nor carry a route", true, PLAN_BANNER, false, "a@b.example", false, "", "" },
};

static void
names_table(void **state)
{
	struct conf c = conf_of();
	struct addr target = addr_v4(192, 0, 2, 25);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct plan p;
		bool got;

		plan_start(&p, &target, names[i].lab, &c);
		got = plan_name(&p, list, names[i].from, names[i].confirmed, str_of(names[i].in));
		if (got != names[i].want || strcmp(p.host, names[i].host) != 0 ||
		    strcmp(p.dom, names[i].dom) != 0)
			fail_msg("%s: \"%s\" gave %d \"%s\" \"%s\", want %d \"%s\" \"%s\"",
			    names[i].name, names[i].in, got, p.host, p.dom,
			    names[i].want, names[i].host, names[i].dom);
	}
}

static void
the_better_source_wins(void **state)
{
	struct conf c = conf_of();
	struct addr target = addr_v4(198, 18, 1, 1);
	struct plan p;

	(void)state;
	plan_start(&p, &target, true, &c);
	assert_true(plan_name(&p, list, PLAN_BANNER, false, STR("banner.open.example")));
	assert_false(plan_name(&p, list, PLAN_EHLO, false, STR("ehlo.open.example")));
	assert_true(plan_name(&p, list, PLAN_ORDER, false, STR("order.open.example")));
	assert_true(plan_name(&p, list, PLAN_PTR, true, STR("ptr.open.example")));
	assert_false(plan_name(&p, list, PLAN_BANNER, false, STR("banner.open.example")));
	assert_string_equal(p.host, "ptr.open.example");
}

static const struct {
	const char	*form, *host;
	int		 want;
	const char	*from, *to, *ehlo;
} fills[] = {
	{ "P01", "", 0, "snd@probe.example", "tok@probe.example", "relaytest.probe.example" },
	{ "X03", "mx.open.example", 0, "snd@probe.example", "tok%probe.example@open.example", "relaytest.probe.example" },
	{ "X02", "", 0, "snd@probe.example", "tok%probe.example@[IPv6:2001:db8::25]", "relaytest.probe.example" },
	{ "H02", "mx.open.example", 0, "snd@probe.example", "tok@probe.example", "open.example" },
	{ "H05", "", 0, "snd@probe.example", "tok@probe.example", "[IPv6:2001:db8::25]" },
	{ "X01", "", SEK_EPARSE, NULL, NULL, NULL },
	{ "P08", "mx.open.example", SEK_EPARSE, NULL, NULL, NULL },
	{ "R08", "mx.open.example", SEK_EPARSE, NULL, NULL, NULL },
	{ "U01", "mx.open.example", SEK_EPARSE, NULL, NULL, NULL },
};

static void
fill_table(void **state)
{
	struct conf c = conf_of();
	struct addr target;

	(void)state;
	c.smtp[0].addr = addr_v4(127, 0, 0, 1);	/* never told to a target */
	c.n_smtp = 1;
	assert_int_equal(addr_parse(&target, STR("2001:db8::25")), 0);
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		char from[TEXT_PATH + 1], to[TEXT_PATH + 1], ehlo[TEXT_HOST + 1] = "";
		struct msg_form m = { .form = (uint8_t)relaytest_find(str_of(fills[i].form)),
		    .recipient = STR("tok"), .sender = STR("snd") };
		struct plan p;
		int got;

		plan_start(&p, &target, false, &c);
		plan_name(&p, list, PLAN_PTR, true, str_of(fills[i].host));
		got = plan_fill(from, to, &p, &m, &c);
		if (got != fills[i].want)
			fail_msg("%s: got %d, want %d", fills[i].form, got, fills[i].want);
		if (got != 0)
			continue;
		assert_int_equal(plan_greeting(ehlo, &p, m.form, &c), 0);
		assert_string_equal(from, fills[i].from);
		assert_string_equal(to, fills[i].to);
		assert_string_equal(ehlo, fills[i].ehlo);
	}
}

static void
a_retry_repeats_the_same_texts(void **state)
{
	struct conf c = conf_of();
	struct addr target = addr_v4(192, 0, 2, 25);
	char from[TEXT_PATH + 1], to[TEXT_PATH + 1];
	struct msg_form m = { .recipient = STR("new"), .sender = STR("new"),
	    .mail_from = STR(""), .rcpt_to = STR("old@probe.example") };
	struct plan p;

	(void)state;
	plan_start(&p, &target, false, &c);
	assert_int_equal(plan_fill(from, to, &p, &m, &c), 0);
	assert_string_equal(from, "");
	assert_string_equal(to, "old@probe.example");
}

static void
longer_than_an_address_is_skipped(void **state)
{
	struct conf c = conf_of();
	struct addr target = addr_v4(192, 0, 2, 25);
	char from[TEXT_PATH + 1], to[TEXT_PATH + 1], host[240];
	struct msg_form m = { .form = (uint8_t)relaytest_find(STR("X01")),
	    .recipient = STR("tok"), .sender = STR("snd") };
	struct plan p;

	(void)state;
	for (size_t i = 0; i < sizeof(host); i++)
		host[i] = i % 50 == 49 ? '.' : 'a';
	plan_start(&p, &target, false, &c);
	assert_true(plan_name(&p, list, PLAN_PTR, true, (struct str){ host, sizeof(host) }));
	assert_int_equal(plan_fill(from, to, &p, &m, &c), SEK_ELIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_table),
		cmocka_unit_test(the_better_source_wins),
		cmocka_unit_test(fill_table),
		cmocka_unit_test(a_retry_repeats_the_same_texts),
		cmocka_unit_test(longer_than_an_address_is_skipped),
	};

	return cmocka_run_group_tests(tests, open_list, close_list);
}
