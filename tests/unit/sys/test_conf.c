#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <stdlib.h>

#include "sys/conf.h"

static struct conf *
fresh(void)
{
	struct conf *c;

	assert_int_equal(conf_default(&c), 0);
	return c;
}

static const struct {
	const char	*key, *value;
	const char	*want;	/* "" : taken; else the exact words */
} sets[] = {
	{ "probe.per_net", "1", "" },
	{ "probe.per_net", " 2\t", "" },
	{ "probe.per_net", "0", "probe.per_net: 0 is not within 1..2" },
	{ "probe.per_net", "3", "probe.per_net: 3 is not within 1..2" },
	{ "probe.per_net", "99999999999999999999", "probe.per_net: 99999999999999999999 is not within 1..2" },
	{ "probe.per_net", "", "probe.per_net: \"\" is not a number within 1..2" },
	{ "probe.per_net", "-1", "probe.per_net: \"-1\" is not a number within 1..2" },
	{ "probe.per_net", "1m", "probe.per_net: \"1m\" is not a number within 1..2" },
	{ "probe.per_net", "1\n2", "probe.per_net: \"1\\x0a2\" is not a number within 1..2" },
	{ "probe.per_nett", "1", "probe.per_nett: no such key; did you mean probe.per_net?" },
	{ "colour", "1", "colour: no such key" },
	{ "", "1", ": no such key" },
	{ "recheck.after", "1h", "" },
	{ "recheck.after", "3600", "" },
	{ "recheck.after", "90D", "" },
	{ "recheck.after", "59m", "recheck.after: 59m is not within 1h..90d" },
	{ "recheck.after", "91d", "recheck.after: 91d is not within 1h..90d" },
	{ "recheck.after", "4294967295w", "recheck.after: 4294967295w is not within 1h..90d" },
	{ "recheck.after", "1y", "recheck.after: \"1y\" is not a time (digits and s, m, h, d or w) within 1h..90d" },
	{ "recheck.after", "d", "recheck.after: \"d\" is not a time (digits and s, m, h, d or w) within 1h..90d" },
	{ "receive.size", "64k", "" },
	{ "receive.size", "65535", "receive.size: 65535 is not within 64k..32m" },
	{ "receive.size", "1g", "receive.size: 1g is not within 64k..32m" },
	{ "receive.size", "1t", "receive.size: \"1t\" is not a size (digits and k, m or g) within 64k..32m" },
	{ "dns.out", "yes", "" },
	{ "dns.out", "OFF", "" },
	{ "dns.out", "1", "dns.out: \"1\" is not true or false" },
	{ "dns.zone", "Bl.Example", "" },
	{ "dns.zone", "bl.example.", "dns.zone: \"bl.example.\" is not a domain name without a final dot, as bl.example" },
	{ "dns.zone", "bl..example", "dns.zone: \"bl..example\" is not a domain name without a final dot, as bl.example" },
	{ "dns.zone", "-bl.example", "dns.zone: \"-bl.example\" is not a domain name without a final dot, as bl.example" },
	{ "dns.zone", "bl example", "dns.zone: \"bl example\" is not a domain name without a final dot, as bl.example" },
	{ "dns.ns", "ns1.example ns2.example", "" },
	{ "dns.ns", "ns1.example  ns2.example", "dns.ns: \"ns1.example  ns2.example\" is not host names with one space between" },
	{ "dns.hostmaster", "dns@example", "" },
	{ "dns.hostmaster", "example", "dns.hostmaster: \"example\" is not a mail address, as postmaster@probe.example" },
	{ "dns.hostmaster", "a@b@example", "dns.hostmaster: \"a@b@example\" is not a mail address, as postmaster@probe.example" },
	{ "dns.listen", "192.0.2.1:53", "" },
	{ "dns.listen", "[2001:db8::1]:53", "" },
	{ "dns.listen", "192.0.2.1", "dns.listen: \"192.0.2.1\" is not ADDRESS:PORT, as 192.0.2.1:53 or [2001:db8::1]:53" },
	{ "dns.listen", "192.0.2.1:65536", "dns.listen: \"192.0.2.1:65536\" is not ADDRESS:PORT, as 192.0.2.1:53 or [2001:db8::1]:53" },
	{ "dns.listen", "2001:db8::1:53", "dns.listen: \"2001:db8::1:53\" is not ADDRESS:PORT, as 192.0.2.1:53 or [2001:db8::1]:53" },
	{ "dns.listen", "[192.0.2.1]:53", "dns.listen: \"[192.0.2.1]:53\" is not ADDRESS:PORT, as 192.0.2.1:53 or [2001:db8::1]:53" },
	{ "dns.listen", "[2001:db8::1]", "dns.listen: \"[2001:db8::1]\" is not ADDRESS:PORT, as 192.0.2.1:53 or [2001:db8::1]:53" },
	{ "dns.listen", "[", "dns.listen: \"[\" is not ADDRESS:PORT, as 192.0.2.1:53 or [2001:db8::1]:53" },
	{ "web.url", "ftp://bl.example/", "web.url: \"ftp://bl.example/\" is not an http or https URL" },
	{ "state.dir", "state", "state.dir: \"state\" is not a path that begins with /" },
	{ "store.url", "sqlite:/var/lib/x/db", "" },
	{ "store.url", "memory:", "" },
	{ "store.url", "mysql://x", "store.url: \"mysql://x\" is not sqlite:/PATH or memory:" },
	{ "role.user", "a b", "role.user: \"a b\" is not a user name" },
	{ "role.user", "", "" },
	{ "probe.from", "192.0.2.1", "" },
	{ "probe.from", "2001:db8::1", "probe.from: \"2001:db8::1\" is not an IPv4 address" },
	{ "probe.from6", "192.0.2.1", "probe.from6: \"192.0.2.1\" is not an IPv6 address" },
	{ "probe.canary", "192.0.2.256", "probe.canary: \"192.0.2.256\" is not an address, as 192.0.2.1 or 2001:db8::1" },
	{ "probe.canary", "", "" },
	{ "operator.name", "\xe9\x96\xa2\xe5\xae\x88", "" },
	{ "operator.name", "a\rb", "operator.name: octet 2 is a control character" },
	{ "lab.range", "198.18.0.0/15", "" },
	{ "lab.range", "198.18.5.0/24", "" },
	{ "lab.range", "127.0.0.1", "" },
	{ "lab.range", "fd00::/8", "" },
	{ "lab.range", "2001:db8:1::/48", "" },
	{ "lab.range", "3fff::/20", "" },
	{ "lab.range", "::1", "" },
};

static const char lab_words[] = "a range wholly inside 127.0.0.0/8, ::1, "
    "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 198.18.0.0/15, fc00::/7 or "
    "documentation space (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, "
    "2001:db8::/32, 3fff::/20)";
static const char *const no_lab[] = { "0.0.0.0/0", "::/0", "198.18.0.0/14",
    "198.16.0.0/14", "172.16.0.0/11", "9.0.0.0/8", "198.20.0.0", "100.64.0.0/10",
    "169.254.0.0/16", "f000::/4", "::/127", "2001:db8::/31", "3fff::/19",
    "64:ff9b::/96", "2002::/16", "::ffff:0:0/96", "224.0.0.0/4", "192.0.2.1/24",
    "", "lab" };

static void
each_value_is_taken_or_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct conf *c = fresh();
		struct conf_why why = { "" };
		int rc = conf_set(c, sets[i].key, str_of(sets[i].value), &why);

		if ((rc != 0) != (sets[i].want[0] != '\0') ||
		    (rc != 0 && strcmp(why.text, sets[i].want) != 0))
			fail_msg("%s = \"%s\": want \"%s\", got %d \"%s\"",
			    sets[i].key, sets[i].value, sets[i].want, rc, why.text);
		conf_free(c);
	}
}

static void
only_spaces_of_architecture_may_be_a_laboratory(void **state)
{
	char want[600];

	(void)state;
	for (size_t i = 0; i < sizeof(no_lab) / sizeof(no_lab[0]); i++) {
		struct conf *c = fresh();
		struct conf_why why = { "" };
		int rc = conf_set(c, "lab.range", str_of(no_lab[i]), &why);

		if (no_lab[i][0] == '\0') {	/* empties the list */
			assert_int_equal(rc, 0);
		} else {
			snprintf(want, sizeof(want), "lab.range: \"%s\" is not %s",
			    no_lab[i], lab_words);
			if (rc != SEK_EPARSE || strncmp(why.text, want,
			    sizeof(why.text) - 1) != 0)
				fail_msg("%s: got %d \"%s\"", no_lab[i], rc, why.text);
		}
		assert_int_equal(c->n_lab, 0);
		conf_free(c);
	}
}

static void
check_finds_a_forbidden_laboratory_that_was_put_in_by_hand(void **state)
{
	struct conf *c = fresh();
	struct conf_why why;

	(void)state;
	assert_int_equal(net_parse(&c->lab[0], STR("198.51.100.0/24")), 0);
	c->n_lab = 1;
	assert_int_equal(conf_check(c, &why), 0);
	assert_int_equal(net_parse(&c->lab[0], STR("198.51.0.0/16")), 0);
	assert_int_equal(conf_check(c, &why), SEK_EPARSE);
	conf_free(c);
}

static void
lists_replace_their_default_grow_and_empty(void **state)
{
	struct conf *c = fresh();
	struct conf_why why;

	(void)state;
	assert_int_equal(c->n_dns, 1);
	assert_int_equal(c->dns[0].port, 5300);
	assert_int_equal(conf_set(c, "dns.listen", STR("192.0.2.1:53"), &why), 0);
	assert_int_equal(conf_set(c, "dns.listen", STR("[2001:db8::1]:54"), &why), 0);
	assert_int_equal(c->n_dns, 2);
	assert_int_equal(c->dns[0].port, 53);
	assert_int_equal(c->dns[1].port, 54);
	assert_int_equal(conf_set(c, "dns.listen", STR(""), &why), 0);
	assert_int_equal(c->n_dns, 0);
	for (int i = 0; i < CONF_LISTENS; i++)
		assert_int_equal(conf_set(c, "dns.listen", STR("192.0.2.1:53"), &why), 0);
	assert_int_equal(conf_set(c, "dns.listen", STR("192.0.2.9:53"), &why), SEK_ELIMIT);
	assert_string_equal(why.text, "dns.listen: \"192.0.2.9:53\" is one more than 8");
	conf_free(c);
}

static void
defaults_are_right_by_themselves(void **state)
{
	struct conf *c = fresh();
	struct conf_why why;

	(void)state;
	if (conf_check(c, &why) != 0)
		fail_msg("%s", why.text);
	for (size_t i = 0; i < conf_n_keys; i++)
		assert_false(c->given[i]);
	assert_false(c->probe_public);
	assert_int_equal(c->n_lab, 0);
	conf_free(c);
}

static void
every_default_stands_its_own_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < conf_n_keys; i++) {
		struct conf *c = fresh();
		struct str def = str_of(conf_keys[i].def), one = def;
		struct conf_why why = { "" };

		do {
			if (conf_keys[i].count != 0)
				one = str_cut(&def, ' ');
			if (conf_set(c, conf_keys[i].name, one, &why) != 0)
				fail_msg("%s", why.text);
		} while (conf_keys[i].count != 0 && def.n > 0);
		assert_ptr_equal(conf_key(str_of(conf_keys[i].name)), &conf_keys[i]);
		conf_free(c);
	}
}

static const struct { const char *name, *set; const char *want; } rules[] = {
	{ "probe domain is the zone", "probe.domain=bl.example",
	    "probe.domain: must be neither dns.zone nor above or below it" },
	{ "also in other case", "probe.domain=BL.example",
	    "probe.domain: must be neither dns.zone nor above or below it" },
	{ "probe domain below the zone", "probe.domain=x.bl.example",
	    "probe.domain: must be neither dns.zone nor above or below it" },
	{ "zone below the probe domain", "probe.domain=example",
	    "probe.domain: must be neither dns.zone nor above or below it" },
	{ "a name that only ends alike", "probe.domain=xbl.example", "" },
	{ "no probe domain", "probe.domain=", "probe.domain: must be set" },
	{ "second domain below the first", "probe.domain2=x.probe.example",
	    "probe.domain2: must be neither probe.domain nor dns.zone nor above or below one of them" },
	{ "second domain of its own", "probe.domain2=probe2.example", "" },
	{ "no zone", "dns.zone=", "dns.zone: must be set" },
	{ "no name server", "dns.ns=", "dns.ns: must be set: a zone needs a name server" },
	{ "certificate without key", "receive.cert=/etc/x.pem",
	    "receive.cert: needs receive.key, and the other way round" },
	{ "key without certificate", "receive.key=/etc/x.pem",
	    "receive.cert: needs receive.key, and the other way round" },
	{ "no state", "state.dir=", "state.dir: must be set" },
	{ "control socket's name too long", "state.dir=/1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
	    "state.dir: too long for a socket's name in it; set control.socket" },
	{ "public without a contact", "probe.public=true",
	    "probe.public: needs operator.contact: who is probed must be able to answer" },
	{ "more for one than for all", "receive.per_address=201",
	    "receive.per_address: is more than receive.sessions" },
};

static void
rules_over_more_than_one_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct str value = str_of(rules[i].set);
		struct str name = str_cut(&value, '=');
		struct conf *c = fresh();
		struct conf_why why = { "" };
		char key[64];

		assert_int_equal(str_copy(key, sizeof(key), name), 0);
		if (conf_set(c, key, value, &why) != 0)
			fail_msg("%s: %s", rules[i].name, why.text);
		assert_int_equal(conf_check(c, &why), rules[i].want[0] == 0 ? 0 : SEK_EPARSE);
		if (strcmp(why.text, rules[i].want) != 0)
			fail_msg("%s: want \"%s\", got \"%s\"", rules[i].name,
			    rules[i].want, why.text);
		conf_free(c);
	}
}

static void
text_goes_round_with_every_key_changed(void **state)
{
	static const struct { const char *key, *value; } other[] = {
		{ "state.dir", "/srv/x" }, { "store.url", "memory:" },
		{ "role.user", "" }, { "control.socket", "/run/x" },
		{ "dns.out", "true" }, { "dns.ttl", "61" },
		{ "dns.status_expiry", "36h" }, { "dns.listen", "192.0.2.1:0" },
		{ "dns.listen", "[2001:db8::1]:53" }, { "receive.listen", "" },
		{ "operator.name", "Sekimori \"$HOME\" \\ \xe9\x96\xa2" },
		{ "lab.range", "198.18.0.0/15" }, { "lab.range", "fd00::/8" },
		{ "lab.range", "127.0.0.1" }, { "probe.canary", "2001:db8::2" },
		{ "receive.size", "65537" }, { "probe.control_wait", "7200" },
	};
	static char first[CONF_TEXT_MAX], second[CONF_TEXT_MAX];
	struct wbuf a = wbuf_of(first, sizeof(first));
	struct wbuf b = wbuf_of(second, sizeof(second));
	struct conf *c = fresh(), *d;
	struct conf_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (conf_set(c, other[i].key, str_of(other[i].value), &why) != 0)
			fail_msg("%s", why.text);
	assert_int_equal(conf_to_text(&a, c), 0);
	if (conf_from_text(&d, (struct str){ first, a.len }, &why) != 0)
		fail_msg("%s", why.text);
	assert_int_equal(conf_to_text(&b, d), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(first, second, a.len);
	assert_string_equal(d->operator, c->operator);
	assert_int_equal(d->n_smtp, 0);
	assert_int_equal(d->n_dns, 2);
	assert_int_equal(d->n_lab, 3);
	assert_int_equal(d->ttl_s, 61);
	assert_int_equal(d->smtp_size, 65537);
	conf_free(c);
	conf_free(d);
}

static void
text_that_is_none_is_refused(void **state)
{
	static const struct { const char *text; size_t n; } bad[] = {
#define BAD(s) { s, sizeof(s) - 1 }
		BAD("dns.ttl 5m\nx 1\n"), BAD("\n"), BAD("dns.ttl\n"),
		BAD("dns.ttl 5m\0 \n"), BAD("dns.t\0tl 5m\n"), BAD(" dns.ttl 5m\n"),
		BAD("a_key_whose_name_is_far_longer_than_any_that_there_is_in_the_table 1\n"),
	};
	struct conf *c = NULL;
	struct conf_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (conf_from_text(&c, (struct str){ bad[i].text, bad[i].n },
		    &why) != SEK_EPARSE || why.text[0] == '\0')
			fail_msg("case %zu was taken", i);
	assert_null(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_is_taken_or_explained),
		cmocka_unit_test(only_spaces_of_architecture_may_be_a_laboratory),
		cmocka_unit_test(check_finds_a_forbidden_laboratory_that_was_put_in_by_hand),
		cmocka_unit_test(lists_replace_their_default_grow_and_empty),
		cmocka_unit_test(defaults_are_right_by_themselves),
		cmocka_unit_test(every_default_stands_its_own_check),
		cmocka_unit_test(rules_over_more_than_one_key),
		cmocka_unit_test(text_goes_round_with_every_key_changed),
		cmocka_unit_test(text_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
