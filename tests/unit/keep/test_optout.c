#include "guest.h"

#include "keep/claim.h"
#include "keep/optouts.h"
#include "keep/permit.h"

/* Opt-outs of addresses, networks and domains in one request, and of a domain
 * by whoever answers for its DNS; why a probe was made. */

#define ASKER "203.0.113.7"

static bool
out(struct guests *p, const char *name)
{
	struct wall made;
	int found = optouts_find_name(p->f->keep, str_of(name), &made);

	assert_true(found >= 0);
	return found == 1;
}

static int
is_out(struct guests *p, const char *addr)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, str_of(addr)), 0);
	return permit_opted_out(p->f->keep, &a);
}

static void
what_a_target_may_be(void **state)
{
	static const struct { const char *name, *target, *tag; } cases[] = {
		{ "a wrong address is no domain", "192.0.2.300", "bad-target" },
		{ "nor half of one", "192.0.2", "bad-target" },
		{ "host bits", "192.0.2.1/24", "bad-target" },
		{ "the whole world", "0.0.0.0/0", "too-wide" },
		{ "one label", "example", "bad-target" },
		{ "an empty label", "corp..example", "bad-target" },
		{ "a blank", "corp .example", "bad-target" },
		{ "an address in a bracket", "[192.0.2.1]", "bad-target" },
		{ "nothing", "", "bad-target" },
		{ "the root", ".", "bad-target" },
	};
	struct guests *p = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect_error(guest_ask(p->tool, "{'verb':'optout','target':'%s','reason':'x'}",
		    cases[i].target), cases[i].tag, 64);
		expect_error(guest_ask(p->tool, "{'verb':'optout','target':'203.0.113.9',"
		    "'also':['%s'],'reason':'x'}", cases[i].target), cases[i].tag, 64);
	}
	assert_int_equal(is_out(p, "203.0.113.9"), 0);	/* all of a request, or nothing */
}

static void
one_operator_in_one_request(void **state)
{
	struct guests *p = *state;
	json_t *o = guest_ask(p->tool, "{'verb':'optout','target':'198.18.7.0/24','also':"
	    "['2001:db8:7::/48','Corp.Example.','198.18.8.8'],'operator':'Corp','reason':'asked'}");

	expect_ok(o);
	assert_int_equal(int_of(o, "n"), 4);
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(is_out(p, "198.18.7.255"), 1);
		assert_int_equal(is_out(p, "2001:db8:7::9"), 1);
		assert_int_equal(is_out(p, "198.18.8.8"), 1);
		assert_int_equal(is_out(p, "198.18.8.9"), 0);
		assert_int_equal(is_out(p, "::"), 0);	/* the row of a domain is no address */
		assert_true(out(p, "corp.example"));
		assert_true(out(p, "MAIL.corp.example."));
		assert_true(out(p, "a.b.corp.example"));
		assert_false(out(p, "example"));
		assert_false(out(p, "xcorp.example"));
		assert_false(out(p, "corp.example.net"));
		assert_false(out(p, ""));
		optouts_close(p->f->keep);	/* the second round reads the store */
		assert_int_equal(optouts_open(p->f->keep), 0);
	}
}

static void
nominations_of_its_names_are_refused(void **state)
{
	struct guests *p = *state;

	fixture_dns(p->f, "mx.corp.example a 198.18.1.5\n");
	expect_ok(guest_ask(p->tool, "{'verb':'optout','target':'corp.example','reason':'x'}"));
	expect_error(guest_ask(p->tool, "{'verb':'nominate','target':'mx.corp.example',"
	    "'basis':'authority','reason':'x'}"), "opted-out", 77);
	expect_error(guest_ask(p->tool, "{'verb':'nominate','target':'198.18.1.5','domains':"
	    "['corp.example'],'basis':'authority','reason':'x'}"), "opted-out", 77);
	expect_ok(guest_ask(p->tool, "{'verb':'nominate','target':'198.18.1.5',"
	    "'basis':'authority','reason':'x'}"));	/* its PTR is looked up later */
}

/* --- a domain, by its DNS --- */

static json_t *
domain(struct guests *p, const char *name, const char *step, const char *claim)
{
	return guest_ask(p->web, "{'verb':'optout-domain','asker':'" ASKER "','domain':'%s',"
	    "'step':'%s','claim':'%s','reason':'no tests, please'}", name, step, claim);
}

static void
begin(struct guests *p, char claim[CLAIM_TEXT], char value[CLAIM_VALUE])
{
	json_t *o = domain(p, "corp.example", "begin", "");

	expect_ok(o);
	assert_string_equal(text_of(o, "name"), "_sekimori.corp.example");
	snprintf(claim, CLAIM_TEXT, "%s", text_of(o, "claim"));
	snprintf(value, CLAIM_VALUE, "%s", text_of(o, "value"));
}

static void
a_domain_is_proved_in_its_dns(void **state)
{
	struct guests *p = *state;
	char claim[CLAIM_TEXT], value[CLAIM_VALUE], dns[300];

	begin(p, claim, value);
	fixture_dns(p->f, "corp.example a 198.18.1.5\n");
	expect_error(domain(p, "corp.example", "check", claim), "proof-not-found", 77);
	snprintf(dns, sizeof(dns), "corp.example txt %s\n_sekimori.mx.corp.example txt %s\n"
	    "_sekimori.other.example txt %s\n_sekimori.corp.example txt %s-x\n",
	    value, value, value, value);
	fixture_dns(p->f, dns);
	expect_error(domain(p, "corp.example", "check", claim), "proof-not-found", 77);
	expect_error(domain(p, "other.example", "check", claim), "bad-claim", 65);
	assert_false(out(p, "corp.example"));
	snprintf(dns, sizeof(dns), "_sekimori.corp.example txt v=spf1 -all\n"
	    "_sekimori.corp.example txt %s\n", value);
	fixture_dns(p->f, dns);
	expect_ok(domain(p, "corp.example", "check", claim));
	assert_true(out(p, "mx.corp.example"));
	assert_false(out(p, "other.example"));
	expect_error(domain(p, "corp.example", "check", claim), "claim-used", 77);
}

static void
a_claim_ends(void **state)
{
	struct guests *p = *state;
	char claim[CLAIM_TEXT], value[CLAIM_VALUE], dns[100];

	begin(p, claim, value);
	snprintf(dns, sizeof(dns), "_sekimori.corp.example txt %s\n", value);
	fixture_dns(p->f, dns);
	pass(p->f, CLAIM_S);
	expect_error(domain(p, "corp.example", "check", claim), "claim-expired", 77);
	assert_false(out(p, "corp.example"));
}

static void
what_is_no_domain(void **state)
{
	static const char *const bad[] = { "", "example", "192.0.2.1", "a b.example", "a..example" };
	struct guests *p = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_error(domain(p, bad[i], "begin", ""), "bad-domain", 64);
	expect_error(domain(p, "corp.example", "jump", ""), "bad-step", 64);
	expect_error(guest_ask(p->web, "{'verb':'optout-domain','asker':'" ASKER "','domain':"
	    "'corp.example','step':'begin'}"), "no-reason", 64);
	expect_error(guest_ask(p->web, "{'verb':'optout-domain','domain':'corp.example',"
	    "'step':'begin','reason':'x'}"), "bad-request", 64);
}

/* --- why was that probe made? --- */

static void
a_probe_says_why_it_was(void **state)
{
	struct guests *p = *state;
	json_t *o, *s;

	expect_ok(guest_ask(p->tool, "{'verb':'nominate','target':'198.18.1.6','basis':'authority',"
	    "'depth':'gentle','reason':'in our constituency','who':'kai'}"));
	for (unsigned i = 0; i < 30; i++)
		pass(p->f, 1);
	o = guest_ask(p->tool, "{'verb':'show','target':'198.18.1.6'}");
	expect_ok(o);
	s = json_array_get(json_object_get(o, "sessions"), 0);
	assert_non_null(s);
	assert_string_equal(text_of(s, "kind"), "probe");
	assert_string_equal(text_of(s, "basis"), "authority");
	assert_string_equal(text_of(s, "depth"), "gentle");
	assert_string_equal(text_of(s, "pace"), "lab");
	assert_string_equal(text_of(s, "asked"), "kai");
	assert_string_equal(text_of(s, "who"), "kai");
	assert_string_equal(text_of(s, "reason"), "in our constituency");
	assert_true(int_of(s, "started") > 0 && int_of(s, "forms") > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, guests_open, guests_close)
		T(what_a_target_may_be),
		T(one_operator_in_one_request),
		T(nominations_of_its_names_are_refused),
		T(a_domain_is_proved_in_its_dns),
		T(a_claim_ends),
		T(what_is_no_domain),
		T(a_probe_says_why_it_was),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
