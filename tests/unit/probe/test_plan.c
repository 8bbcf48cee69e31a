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
	const char	*name, *in, *want;	/* "": is none */
} names[] = {
	{ "lower case, without the final dot", "Mx1.Open.Example.", "mx1.open.example" },
	{ "underscores happen", "my_host.open.example", "my_host.open.example" },
	{ "an address is no name", "192.0.2.1", "" },
	{ "a literal is no name", "[192.0.2.1]", "" },
	{ "one label is no name", "localhost", "" },
	{ "nothing is no name", "", "" },
	{ "empty label", "a..example", "" },
	{ "a label that begins with a hyphen", "-a.example", "" },
	{ "a name cannot end a command", "a.example>\r\nDATA", "" },
	{ "nor carry a route", "a@b.example", "" },
};

static void
names_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char out[TEXT_HOST + 1] = "left";
		bool got = plan_name(out, str_of(names[i].in));

		if (got != (names[i].want[0] != '\0') || strcmp(out, names[i].want) != 0)
			fail_msg("%s: \"%s\" gave \"%s\", want \"%s\"", names[i].name,
			    names[i].in, out, names[i].want);
	}
}

static const struct {
	const char	*name, *host, *want;
} doms[] = {
	{ "below the domain", "mx1.open.example", "open.example " },
	{ "the domain itself", "open.example", "open.example " },
	{ "all between, the registrable one first", "a.b.open.example",
	    "open.example b.open.example " },
	{ "but three at most", "a.b.c.d.open.example",
	    "open.example b.c.d.open.example c.d.open.example " },
	{ "below a public suffix of two labels", "mx.a.example.co.jp",
	    "example.co.jp a.example.co.jp " },
	{ "a public suffix has none", "co.jp", "" },
};

static void
doms_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(doms) / sizeof(doms[0]); i++) {
		struct str out[PLAN_DOMS];
		char text[512] = "";
		size_t n = plan_doms(out, list, doms[i].host), len = 0;

		for (size_t k = 0; k < n; k++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s ",
			    (int)out[k].n, out[k].p);
		if (strcmp(text, doms[i].want) != 0)
			fail_msg("%s: %s gave \"%s\", want \"%s\"", doms[i].name,
			    doms[i].host, text, doms[i].want);
	}
}

static const struct {
	const char	*form, *host;
	int		 want;
	const char	*from, *to, *ehlo;
} fills[] = {
	{ "P01", "", 0, "snd@probe.example", "tok@probe.example", "relaytest.probe.example" },
	{ "X03", "open.example", 0, "snd@probe.example", "tok%probe.example@open.example", "relaytest.probe.example" },
	{ "X02", "", 0, "snd@probe.example", "tok%probe.example@[IPv6:2001:db8::25]", "relaytest.probe.example" },
	{ "H02", "open.example", 0, "snd@probe.example", "tok@probe.example", "open.example" },
	{ "H05", "", 0, "snd@probe.example", "tok@probe.example", "[IPv6:2001:db8::25]" },
	{ "X01", "", SEK_EPARSE, NULL, NULL, NULL },
	{ "P08", "mx.open.example", SEK_EPARSE, NULL, NULL, NULL },
	{ "R08", "mx.open.example", SEK_EPARSE, NULL, NULL, NULL },
	{ "M01", "mx.open.example", SEK_EPARSE, NULL, NULL, NULL },	/* no such MX list */
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
		    .host = str_of(fills[i].host), .dom = str_of(fills[i].host),
		    .recipient = STR("tok"), .sender = STR("snd") };
		struct plan p;
		int got;

		plan_start(&p, &target, false, &c);
		got = plan_fill(from, to, &p, &m, &c);
		if (got != fills[i].want)
			fail_msg("%s: got %d, want %d", fills[i].form, got, fills[i].want);
		if (got != 0)
			continue;
		assert_int_equal(plan_greeting(ehlo, &p, &m, &c), 0);
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
	m.host = (struct str){ host, sizeof(host) };
	assert_int_equal(plan_fill(from, to, &p, &m, &c), SEK_ELIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_table),
		cmocka_unit_test(doms_table),
		cmocka_unit_test(fill_table),
		cmocka_unit_test(a_retry_repeats_the_same_texts),
		cmocka_unit_test(longer_than_an_address_is_skipped),
	};

	return cmocka_run_group_tests(tests, open_list, close_list);
}
