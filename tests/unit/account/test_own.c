#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../nomem.h"
#include "account/own.h"

static struct addr
addr_of(const char *text)
{
	struct addr a;

	if (addr_parse(&a, str_of(text)) != 0)
		fail_msg("%s is no address", text);
	return a;
}

static struct net
net_of(const char *text)
{
	struct net n;

	if (net_parse(&n, str_of(text)) != 0)
		fail_msg("%s is no network", text);
	return n;
}

static struct account_own *
own_of(const char *const nets[], const char *const domains[])
{
	struct account_own *o = account_own_new();

	assert_non_null(o);
	for (size_t i = 0; nets[i] != NULL; i++) {
		struct net n = net_of(nets[i]);

		assert_int_equal(account_own_add_net(o, &n, ACCOUNT_OWN_BY_OPTION), 0);
	}
	for (size_t i = 0; domains[i] != NULL; i++)
		assert_int_equal(account_own_add_domain(o, str_of(domains[i]), ACCOUNT_OWN_BY_OPTION), 0);
	return o;
}

static const char *const nets[] = { "192.0.2.0/24", "198.51.100.7", "2001:db8:1::/48",
	"10.0.0.0/8", NULL };
static const char *const domains[] = { "example.org", ".Example.NET.", "", ".", NULL };

static const struct { const char *name, *addr; bool want; } addrs[] = {
	{ "first of a network", "192.0.2.0", true },
	{ "last of a network", "192.0.2.255", true },
	{ "one past it", "192.0.3.0", false },
	{ "a single address", "198.51.100.7", true },
	{ "beside a single address", "198.51.100.8", false },
	{ "v6 inside", "2001:db8:1:ffff::1", true },
	{ "v6 outside", "2001:db8:2::1", false },
	{ "loopback always", "127.0.0.1", true },
	{ "all of loopback", "127.255.255.254", true },
	{ "::1 always", "::1", true },
	{ "no address", "::", false },
	{ "v4 mapped is the v4 address", "::ffff:10.1.2.3", true },
	{ "RFC 1918 that nobody named", "172.16.0.1", false },
};

static void
addresses(void **state)
{
	struct account_own *o = own_of(nets, domains);

	(void)state;
	/* a few nets are looked at one by one, more are found by hash */
	for (uint8_t more = 0; more < 30; more++) {
		struct net one = { addr_v4(203, 0, 113, more), 128 };

		for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
			struct addr a = addr_of(addrs[i].addr);

			if (account_own_has_addr(o, &a) != addrs[i].want)
				fail_msg("%s: %s, %d nets more: want %d", addrs[i].name,
				    addrs[i].addr, more, addrs[i].want);
		}
		assert_false(account_own_has_addr(o, &one.addr));
		assert_int_equal(account_own_add_net(o, &one, ACCOUNT_OWN_BY_LOG), 0);
		assert_true(account_own_has_addr(o, &one.addr));
	}
	account_own_free(o);
}

static const struct { const char *name, *domain; bool want; } names[] = {
	{ "as given", "example.org", true },
	{ "any case, dot at the end", "EXAMPLE.ORG.", true },
	{ "exact does not take what is below", "mail.example.org", false },
	{ "with a dot: itself", "example.net", true },
	{ "with a dot: below", "a.b.example.net", true },
	{ "with a dot: not beside", "badexample.net", false },
	{ "with a dot: not above", "net", false },
	{ "the suffix alone", ".example.net", true },
	{ "a name within a longer one", "example.org.example.com", false },
	{ "no domain: a user here", "", true },
	{ "the root is no domain", ".", false },
	{ "our address as a literal", "[192.0.2.9]", true },
	{ "v6 literal", "[IPv6:2001:db8:1::9]", true },
	{ "another's literal", "[203.0.113.9]", false },
	{ "half a literal", "[192.0.2.9", false },
	{ "empty literal", "[]", false },
};

static void
names_of_domains(void **state)
{
	struct account_own *o = own_of(nets, domains);
	char longest[300];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (account_own_has_domain(o, str_of(names[i].domain)) != names[i].want)
			fail_msg("%s: %s: want %d", names[i].name, names[i].domain, names[i].want);
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(account_own_add_domain(o, (struct str){ longest, 256 }, ACCOUNT_OWN_BY_LOG), 0);
	assert_false(account_own_has_domain(o, (struct str){ longest, 256 }));
	assert_int_equal(account_own_add_domain(o, (struct str){ longest, 255 }, ACCOUNT_OWN_BY_LOG), 0);
	assert_true(account_own_has_domain(o, (struct str){ longest, 255 }));
	assert_int_equal(account_own_add_domain(o, (struct str){ "a\0b.example", 11 }, ACCOUNT_OWN_BY_LOG), 0);
	assert_false(account_own_has_domain(o, STR("a")));
	account_own_free(o);
}

/* What is said, in order; o: an option, c: configuration, l: the log, w: whole
 * configuration was read, p: a part. */
static const struct { const char *name, *said; bool knows; int from; } wholes[] = {
	{ "nothing", "", false, ACCOUNT_OWN_NONE },
	{ "learned", "l", false, ACCOUNT_OWN_LEARNED },
	{ "an option", "o", true, ACCOUNT_OWN_GIVEN },
	{ "configured", "c", true, ACCOUNT_OWN_CONFIG },
	{ "configured as none", "w", true, ACCOUNT_OWN_CONFIG },
	{ "a map in a database is a part", "wcp", false, ACCOUNT_OWN_CONFIG },
	{ "two configurations, one in part", "cpw", false, ACCOUNT_OWN_CONFIG },
	{ "an option fills it", "cpo", true, ACCOUNT_OWN_GIVEN },
	{ "learned beside an option", "ol", true, ACCOUNT_OWN_GIVEN },
};

static void
say(struct account_own *o, char how)
{
	static const char hows[] = "ocl";
	struct net n = net_of("192.0.2.0/24");

	if (how == 'w' || how == 'p') {
		account_own_read_nets(o, how == 'w');
		account_own_read_domains(o, how == 'w');
		return;
	}
	assert_int_equal(account_own_add_net(o, &n,
	    (enum account_own_how)(strchr(hows, how) - hows)), 0);
	assert_int_equal(account_own_add_domain(o, STR("example.org"),
	    (enum account_own_how)(strchr(hows, how) - hows)), 0);
}

static void
what_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
		struct account_own *o = account_own_new(), *joined = account_own_new();
		struct account_result r = { 0 };

		for (const char *p = wholes[i].said; *p != '\0'; p++)
			say(o, *p);
		assert_int_equal(account_own_join(joined, o), 0);
		assert_int_equal(account_own_show(joined, &r), 0);
		if (account_own_knows_nets(joined) != wholes[i].knows ||
		    account_own_knows_domains(joined) != wholes[i].knows ||
		    (int)r.own_nets_from != wholes[i].from || (int)r.own_domains_from != wholes[i].from)
			fail_msg("%s: want %d from %d, got %d from %d", wholes[i].name, wholes[i].knows,
			    wholes[i].from, account_own_knows_nets(joined), (int)r.own_nets_from);
		account_own_free(o);
		account_own_free(joined);
	}
}

static void
shown_once_in_order(void **state)
{
	static const char *const two[] = { "203.0.113.0/24", "192.0.2.0/24", "192.0.2.0/24", NULL };
	static const char *const some[] = { "b.example", "a.example", "B.example", NULL };
	struct account_own *o = own_of(two, some);
	struct account_result r = { 0 };

	(void)state;
	assert_int_equal(account_own_show(o, &r), 0);
	assert_int_equal(account_own_show(o, &r), 0);
	assert_int_equal(r.n_own_nets, 2);
	assert_true(str_eq(r.own_net[0], STR("192.0.2.0/24")));
	assert_int_equal(r.n_own_domains, 2);
	assert_true(str_eq(r.own_domain[0], STR("a.example")));
	assert_true(str_eq(r.own_domain[1], STR("b.example")));
	account_own_free(o);
}

static void
more_than_anybody_has(void **state)
{
	struct account_own *o = account_own_new();
	char name[32];
	int err = 0;
	unsigned n;

	(void)state;
	for (n = 0; err == 0 && n < 70000; n++) {
		snprintf(name, sizeof(name), "d%u.example", n);
		err = account_own_add_domain(o, str_of(name), ACCOUNT_OWN_BY_CONFIG);
	}
	assert_int_equal(err, SEK_ELIMIT);
	assert_int_equal(n, 65537);
	assert_true(account_own_has_domain(o, STR("D65535.example")));
	assert_false(account_own_has_domain(o, STR("d65536.example")));
	assert_int_equal(account_own_add_domain(o, STR("d7.example"), ACCOUNT_OWN_BY_OPTION), 0);
	account_own_free(o);
}

static void
no_memory_leaves_it_whole(void **state)
{
	(void)state;
	for (long at = 0, fails = 1; fails; at++) {
		struct account_own *o;
		struct net n = net_of("192.0.2.0/24");
		struct account_result r;

		fail_at = at;
		o = account_own_new();
		fails = o == NULL || account_own_add_net(o, &n, ACCOUNT_OWN_BY_LOG) != 0 ||
		    account_own_add_domain(o, STR("example.org"), ACCOUNT_OWN_BY_LOG) != 0 ||
		    account_own_show(o, &r) != 0;
		fail_at = -1;
		if (o != NULL) {
			assert_int_equal(account_own_add_net(o, &n, ACCOUNT_OWN_BY_LOG), 0);
			assert_int_equal(account_own_add_domain(o, STR("example.org"), ACCOUNT_OWN_BY_LOG), 0);
			assert_true(account_own_has_addr(o, &n.addr));
			assert_true(account_own_has_domain(o, STR("example.org")));
		}
		account_own_free(o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(names_of_domains),
		cmocka_unit_test(what_is_known),
		cmocka_unit_test(shown_once_in_order),
		cmocka_unit_test(more_than_anybody_has),
		cmocka_unit_test(no_memory_leaves_it_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
