#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "account/listing.h"

/* list NULL: names none; ours NULL: no address. */
static const struct { const char *name, *reply, *list, *ours; } cases[] = {
	{ "Postfix", "host mx.example.net[203.0.113.9] said: 554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked "
	  "using bl.example.net; https://bl.example.net/query?192.0.2.25 (in reply to RCPT TO command)", "bl.example.net", "192.0.2.25" },
	{ "Postfix, with an IPv6 client", "554 5.7.1 Service unavailable; Client host [2001:db8::25] blocked using bl.example.net", "bl.example.net", "2001:db8::25" },
	{ "Sendmail", "550 5.7.1 Rejected: 192.0.2.25 listed at bl.example.net", "bl.example.net", "192.0.2.25" },
	{ "Exim", "550-192.0.2.25 is listed at bl.example.net (127.0.0.2: relay)", "bl.example.net", "192.0.2.25" },
	{ "Exim's remote host is not ours", "host mx.example.net [203.0.113.9]: 550 192.0.2.25 is in a black list at bl.example.net", "bl.example.net", "192.0.2.25" },
	{ "a list in quotes", "550 5.7.1 [192.0.2.25] is listed in the \"bl.example.net\" blocklist", "bl.example.net", "192.0.2.25" },
	{ "only an address of the web", "554 Your address is on our blacklist, see http://www.lists.example.com/why?ip=192.0.2.25", "lists.example.com", "192.0.2.25" },
	{ "nobody is named", "550 5.7.1 messages from [192.0.2.25] weren't sent; part of their network is on our block list (S3140).", "", "192.0.2.25" },
	{ "no address", "451 4.7.1 greylisted, blocklist of the house", "", NULL },
	{ "an unknown user is no listing", "550 5.1.1 User not listed in public Name & Address Book", NULL, NULL },
	{ "nor a full box", "452 4.2.2 mailbox blocked: over quota", NULL, NULL },
	{ "nor a refusal of relaying", "554 5.7.1 <v@victim.example>: Relay access denied", NULL, NULL },
	{ "nor a version", "550 rejected by 2.0.1", NULL, NULL },
	{ "nothing", "", NULL, NULL },
	{ "words that need another word, which is the last one", "found in bl.example.net bl", "bl.example.net", NULL },
	{ "and without it", "rejected by mx.example.net, found in mx.example.net", NULL, NULL },
	{ "a phrase further up in the table goes first, wherever it stands", "dnsbl a.example.net, listed at b.example.net, BLOCKED BY c.example.net",
	  "c.example.net", NULL },
	{ "of one phrase the first place", "rbl a.example.net, rbl b.example.net", "a.example.net", NULL },
	{ "signs that have five bits of a letter", "\"LOCKED BY a.example.net 2BL b.example.net bl", NULL, NULL },
};

/* Each that says it alone, in any case, where a reply begins and where it ends. */
static void
each_phrase_is_found_at_either_end(void **state)
{
	static const char *const alone[] = { "blocklist", "block list", "block-list", "blacklist", "black list", "black-list", "denylist",
		"dnsbl", "realtime block" };
	static const char *const named[] = { "blocked using ", "blocked by ", "rejected by ", "listed at ", "listed in ", "listed on ",
		"listed by ", "black list at ", "found in ", "found on ", "blacklisted by ", "blacklisted at ", "blocklist at ", "dnsbl ",
		"rbl " };
	struct listing_said said;
	char text[80];

	(void)state;
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) {
		assert_true(listing_read(&said, str_of(alone[i])));
		snprintf(text, sizeof(text), "550 5.7.1 %s", alone[i]);
		for (char *c = text; *c != '\0'; c++)
			if (*c >= 'a' && *c <= 'z')
				*c = (char)(*c - 'a' + 'A');
		assert_true(listing_read(&said, str_of(text)));
		text[strlen(text) - 1] = '\0';
		assert_false(listing_read(&said, str_of(text)));
	}
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		snprintf(text, sizeof(text), "%sbl.example.net", named[i]);
		assert_true(listing_read(&said, str_of(text)));
		assert_true(str_eq(said.list, STR("bl.example.net")));
	}
}

static void
replies_name_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct listing_said said;
		char ours[ADDR_TEXT] = "";
		bool is = listing_read(&said, str_of(cases[i].reply));

		if (is && said.has_ours)
			addr_text(ours, &said.ours);
		if (is != (cases[i].list != NULL) || (is && !str_eq(said.list, str_of(cases[i].list))) ||
		    (is && strcmp(ours, cases[i].ours == NULL ? "" : cases[i].ours) != 0))
			fail_msg("%s: got %d list \"%.*s\" ours \"%s\"", cases[i].name, is, (int)said.list.n, said.list.p, ours);
	}
}

static void
the_first_domain_and_the_newest_reply(void **state)
{
	const struct account_shift none = { .file = 9 };
	struct account_listings a = { .n = 0 }, b = { .n = 0 };
	static const struct str old = STR("550 192.0.2.25 listed at bl.example.net: old"), new = STR("550 192.0.2.25 listed at BL.example.net: new");

	(void)state;
	assert_int_equal(listing_add(&a, old, STR("one.example"), at_of(10, 0, 1)), 0);
	assert_int_equal(listing_add(&b, new, STR("two.example"), at_of(20, 0, 2)), 0);
	assert_int_equal(listing_add(&b, STR("250 ok"), STR("two.example"), at_of(30, 0, 3)), 0);
	assert_int_equal(listing_join(&b, &a, &none), 0);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.one[0].replies, 2);
	assert_int_equal(kmv_count(&b.one[0].domains), 2);
	assert_true(str_eq((struct str){ b.one[0].domain, b.one[0].n_domain }, STR("one.example")));
	assert_true(str_eq((struct str){ b.one[0].reply, b.one[0].n_reply }, new));
	free(a.one);
	free(b.one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_name_lists),
		cmocka_unit_test(each_phrase_is_found_at_either_end),
		cmocka_unit_test(the_first_domain_and_the_newest_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
