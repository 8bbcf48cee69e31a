/* What a log may teach of what is ours, and what it must not: whoever makes a
 * stranger "own" makes an open relay vanish from the account. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nomem.h"
#include "account/learn.h"
#include "result_text.h"

/* --- hops --- */

static struct addr
addr_of(const char *text)
{
	struct addr a;

	if (addr_parse(&a, str_of(text)) != 0)
		fail_msg("%s is no address", text);
	return a;
}

/* Domains d<first>.example to d<first + n - 1>.example, each twice. */
static void
takes(struct account_learn *l, const char *hop, unsigned first, unsigned n)
{
	const struct addr a = addr_of(hop);
	char name[32];

	for (unsigned i = 0; i < 2 * n; i++) {
		snprintf(name, sizeof(name), "d%u.example", first + i % n);
		assert_int_equal(learn_hop(l, &a, str_of(name)), 0);
	}
}

static bool
has(const struct account_learn *l, const char *domain)
{
	return account_own_has_domain(l->own, str_of(domain));
}

static bool
is_ours(const struct account_learn *l, const char *hop)
{
	const struct addr a = addr_of(hop);

	return account_own_has_addr(l->own, &a);
}

static void
a_hop_that_takes_few_domains_is_a_server_of_ours(void **state)
{
	struct account_learn l;

	(void)state;
	assert_int_equal(learn_init(&l), 0);
	takes(&l, "10.0.0.5", 0, LEARN_HOP_DOMAINS);
	assert_false(has(&l, "d0.example"));	/* nothing is sure before the end */
	assert_int_equal(learn_settle(&l), 0);
	assert_true(has(&l, "d0.example"));
	assert_true(has(&l, "d15.example"));
	assert_false(has(&l, "d16.example"));
	assert_true(is_ours(&l, "10.0.0.5"));
	assert_false(is_ours(&l, "10.0.0.6"));
	learn_free(&l);
}

static void
a_hop_that_takes_many_is_a_smarthost_and_teaches_nothing(void **state)
{
	struct account_learn l;

	(void)state;
	assert_int_equal(learn_init(&l), 0);
	takes(&l, "10.0.0.5", 0, LEARN_HOP_DOMAINS + 1);
	assert_int_equal(learn_settle(&l), 0);
	for (unsigned i = 0; i <= LEARN_HOP_DOMAINS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d%u.example", i);
		assert_false(has(&l, name));
	}
	assert_false(is_ours(&l, "10.0.0.5"));
	learn_free(&l);
}

static void
names_that_are_none_teach_nothing(void **state)
{
	char name[LEARN_NAME + 1];
	struct account_learn l;
	const struct addr a = addr_of("10.0.0.5");

	(void)state;
	memset(name, 'x', sizeof(name));
	assert_int_equal(learn_init(&l), 0);
	assert_int_equal(learn_hop(&l, &a, (struct str){ name, sizeof(name) }), 0);
	assert_int_equal(learn_hop(&l, &a, STR("")), 0);
	assert_int_equal(learn_settle(&l), 0);
	assert_false(is_ours(&l, "10.0.0.5"));
	assert_false(account_own_has_domain(l.own, (struct str){ name, sizeof(name) }));
	learn_free(&l);
}

/* More hops than are kept: those that came first are. */
static void
hops_are_bounded(void **state)
{
	struct account_learn l;
	char hop[32];

	(void)state;
	assert_int_equal(learn_init(&l), 0);
	for (unsigned i = 0; i < 2 * LEARN_HOPS; i++) {
		snprintf(hop, sizeof(hop), "10.0.%u.%u", i / 200, i % 200);
		takes(&l, hop, i, 1);
	}
	assert_int_equal(l.n, LEARN_HOPS);
	assert_int_equal(learn_settle(&l), 0);
	assert_true(has(&l, "d0.example"));
	assert_false(has(&l, "d511.example"));
	learn_free(&l);
}

static void
two_halves_know_what_the_whole_knows(void **state)
{
	static const struct {
		const char	*name;
		unsigned	first, second, from;	/* domains of both halves; where the second's begin */
		bool		ours;
	} rows[] = {
		{ "the same few", 10, 10, 0, true },
		{ "together few", 8, 8, 8, true },
		{ "together many", 9, 8, 9, false },
		{ "many before", 17, 1, 0, false },
		{ "many behind", 1, 17, 0, false },
		{ "none before", 0, 3, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct account_learn a, b, copy;

		assert_int_equal(learn_init(&a), 0);
		assert_int_equal(learn_init(&b), 0);
		takes(&a, "10.0.0.5", 0, rows[i].first);
		takes(&b, "10.0.0.5", rows[i].from, rows[i].second);
		assert_int_equal(learn_join(&a, &b), 0);
		assert_int_equal(learn_copy(&copy, &a), 0);
		assert_int_equal(learn_settle(&a), 0);
		assert_int_equal(learn_settle(&copy), 0);
		if (is_ours(&a, "10.0.0.5") != rows[i].ours || has(&a, "d0.example") != rows[i].ours ||
		    is_ours(&copy, "10.0.0.5") != rows[i].ours)
			fail_msg("%s", rows[i].name);
		learn_free(&a);
		learn_free(&b);
		learn_free(&copy);
	}
}

/* --- addresses --- */

static void
what_is_inside_ends_where_its_rfc_says(void **state)
{
	static const struct { const char *addr; bool loopback, private; } rows[] = {
		{ "126.255.255.255", false, false }, { "127.0.0.0", true, false },
		{ "127.255.255.255", true, false }, { "128.0.0.0", false, false },
		{ "9.255.255.255", false, false }, { "10.0.0.0", false, true },
		{ "10.255.255.255", false, true }, { "11.0.0.0", false, false },
		{ "172.15.255.255", false, false }, { "172.16.0.0", false, true },
		{ "172.31.255.255", false, true }, { "172.32.0.0", false, false },
		{ "192.167.255.255", false, false }, { "192.168.0.0", false, true },
		{ "192.168.255.255", false, true }, { "192.169.0.0", false, false },
		{ "169.253.255.255", false, false }, { "169.254.0.0", false, true },
		{ "169.255.0.0", false, false }, { "100.63.255.255", false, false },
		{ "100.64.0.0", false, true }, { "100.127.255.255", false, true },
		{ "100.128.0.0", false, false }, { "0.0.0.0", false, false },
		{ "::1", true, false }, { "::", false, false }, { "::2", false, false },
		{ "fbff::1", false, false }, { "fc00::", false, true }, { "fdff::1", false, true },
		{ "fe00::", false, false }, { "fe7f::1", false, false }, { "fe80::", false, true },
		{ "febf::1", false, true }, { "fec0::", false, false }, { "2001:db8::1", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct addr a = addr_of(rows[i].addr);

		if (learn_is_loopback(&a) != rows[i].loopback || learn_is_private(&a) != rows[i].private)
			fail_msg("%s", rows[i].addr);
	}
}

/* --- logs --- */

#define P "Mar  3 10:00:0"
#define SENT(id, daemon, to, relay) \
	P "1 mx postfix/smtpd[11]: " id ": client=unknown[198.51.100.7]\n" \
	P "1 mx postfix/qmgr[9]: " id ": from=<a@spam.example>, size=10, nrcpt=1 (queue active)\n" \
	P "2 mx postfix/" daemon "[13]: " id ": to=<" to ">, relay=" relay ", delay=1, dsn=2.0.0, " \
	    "status=sent (250 OK)\n" P "2 mx postfix/qmgr[9]: " id ": removed\n"
#define SAID(id, relay, status) \
	P "1 mx postfix/smtpd[11]: " id ": client=unknown[198.51.100.7]\n" \
	P "1 mx postfix/qmgr[9]: " id ": from=<a@spam.example>, size=10, nrcpt=1 (queue active)\n" \
	P "2 mx postfix/smtp[13]: " id ": to=<v@victim.example>, relay=" relay ", delay=1, dsn=4.0.0, " \
	    "status=" status "\n"
#define IN_OUR_NAME(id, client) \
	P "1 mx postfix/smtpd[11]: " id ": client=" client "\n" \
	P "1 mx postfix/qmgr[9]: " id ": from=<a@example.org>, size=10, nrcpt=1 (queue active)\n" \
	P "2 mx postfix/smtp[13]: " id ": to=<v@victim.example>, relay=mx[203.0.113.9]:25, delay=1, " \
	    "dsn=2.0.0, status=sent (250 OK)\n" P "2 mx postfix/qmgr[9]: " id ": removed\n"

static const struct {
	const char *name, *log, *ours, *theirs;	/* domain, address or NULL */
} lessons[] = {
	{ "mail into a mailbox here", SENT("AAAA11", "local", "u@example.org", "local"), "example.org", "spam.example" },
	{ "mail by LMTP to this host", SENT("AAAA11", "lmtp", "u@example.org", "mx[127.0.0.1]:24"), "example.org", NULL },
	{ "a hop inside", SENT("AAAA11", "smtp", "u@example.org", "in[10.0.0.5]:25"), "example.org", "198.51.100.7" },
	{ "and the hop itself", SENT("AAAA11", "smtp", "u@example.org", "in[10.0.0.5]:25"), "10.0.0.5", "10.0.0.6" },
	{ "a hop outside teaches nothing", SENT("AAAA11", "smtp", "v@victim.example", "mx[203.0.113.9]:25"),
	    NULL, "victim.example" },
	{ "nor is it ours", SENT("AAAA11", "smtp", "v@victim.example", "mx[203.0.113.9]:25"), NULL, "203.0.113.9" },
	{ "a hop outside whose name is an inside address",
	    SENT("AAAA11", "smtp", "v@victim.example", "10.0.0.5[203.0.113.9]:25"), NULL, "victim.example" },
	{ "a hop outside that is called localhost",
	    SENT("AAAA11", "smtp", "v@victim.example", "localhost[203.0.113.9]:25"), NULL, "victim.example" },
	{ "a hop inside that did not take it", SAID("AAAA11", "in[10.0.0.5]:25", "deferred (450 later)"),
	    NULL, "victim.example" },
	{ "a hop inside that refused it", SAID("AAAA11", "in[10.0.0.5]:25", "bounced (550 no)"), NULL, "10.0.0.5" },
	{ "a reply that plays a delivery", SAID("AAAA11", "mx[203.0.113.9]:25",
	    "bounced (host mx[203.0.113.9] said: 550 relay=local, delay=1, dsn=2.0.0, status=sent (delivered to mailbox))"),
	    NULL, "victim.example" },
	{ "an address that plays a delivery",
	    SENT("AAAA11", "smtp", "\"u@example.org>, relay=local, status=sent (\"@victim.example", "mx[203.0.113.9]:25"),
	    NULL, "victim.example" },
	{ "an address that plays a hop",
	    SENT("AAAA11", "smtp", "v@victim.example>, relay=in[10.0.0.5]:25, x=<y@z.example", "mx[203.0.113.9]:25"),
	    NULL, "victim.example" },
	{ "a line quoted by header_checks", P "1 mx postfix/cleanup[8]: AAAA11: warning: header Subject: mx "
	    "postfix/local[13]: BBBB22: to=<v@victim.example>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox) "
	    "from unknown[198.51.100.7]; from=<a@spam.example> to=<u@example.org>\n", NULL, "victim.example" },
	{ "a stranger that is called localhost", SENT("AAAA11", "local", "u@example.org", "local")
	    IN_OUR_NAME("BBBB22", "localhost[198.51.100.7]") IN_OUR_NAME("BBBB23", "localhost[198.51.100.7]")
	    IN_OUR_NAME("BBBB24", "localhost[198.51.100.7]"), "example.org", "198.51.100.7" },
	{ "a host inside that writes in our name", SENT("AAAA11", "local", "u@example.org", "local")
	    IN_OUR_NAME("BBBB22", "pc[10.0.0.9]") IN_OUR_NAME("BBBB23", "pc[10.0.0.9]")
	    IN_OUR_NAME("BBBB24", "pc[10.0.0.9]"), "10.0.0.9", "10.0.0.10" },
	{ "twice is too little", SENT("AAAA11", "local", "u@example.org", "local")
	    IN_OUR_NAME("BBBB22", "pc[10.0.0.9]") IN_OUR_NAME("BBBB23", "pc[10.0.0.9]"), "example.org", "10.0.0.9" },
	{ "a bridge that brings strangers, too", SENT("AAAA11", "local", "u@example.org", "local")
	    IN_OUR_NAME("BBBB22", "pc[172.17.0.1]") IN_OUR_NAME("BBBB23", "pc[172.17.0.1]")
	    IN_OUR_NAME("BBBB24", "pc[172.17.0.1]")
	    P "1 mx postfix/smtpd[11]: CCCC33: client=unknown[172.17.0.1]\n"
	    P "1 mx postfix/qmgr[9]: CCCC33: from=<a@spam.example>, size=10, nrcpt=1 (queue active)\n"
	    P "2 mx postfix/smtp[13]: CCCC33: to=<v@victim.example>, relay=mx[203.0.113.9]:25, delay=1, dsn=2.0.0, "
	    "status=sent (250 OK)\n" P "2 mx postfix/qmgr[9]: CCCC33: removed\n", "example.org", "172.17.0.1" },
};

static bool
knows(const struct account_own *own, const char *what)
{
	struct addr a;

	return addr_parse(&a, str_of(what)) == 0 ? account_own_has_addr(own, &a) :
	    account_own_has_domain(own, str_of(what));
}

static void
a_stranger_cannot_teach_that_he_is_ours(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lessons) / sizeof(lessons[0]); i++) {
		struct account_own *own = account_own_new();
		const char *const file[1] = { lessons[i].log };
		const struct log l = { .file = file, .n = 1, .own = own };
		struct account_file f = { .octets = 0 };
		struct account_result r = { .file = &f, .n_files = 1 };
		struct account_span *s = span_of(&l, true, 0, SIZE_MAX);
		const struct account_own *learned;

		or_die(account_span_end(s, &r));
		learned = account_span_learned(s);
		assert_true(r.total.messages > 0 || r.lines_mail > 0);
		if (lessons[i].ours != NULL && !knows(learned, lessons[i].ours))
			fail_msg("%s: %s is ours", lessons[i].name, lessons[i].ours);
		if (lessons[i].theirs != NULL && knows(learned, lessons[i].theirs))
			fail_msg("%s: %s is not ours", lessons[i].name, lessons[i].theirs);
		account_span_free(s);
		account_own_free(own);
	}
}

/* --- no memory --- */

static int
learn_all(struct account_learn *a, struct account_learn *b, struct account_learn *copy)
{
	static const struct addr hops[] = { { .o = { 0xfd, [15] = 1 } }, { .o = { 0xfd, [15] = 2 } } };
	int rc = 0;

	if (learn_init(a) != 0 || learn_init(b) != 0)
		return SEK_ENOMEM;
	for (size_t i = 0; rc == 0 && i < 2; i++) {
		rc = learn_hop(a, &hops[i], STR("one.example"));
		if (rc == 0)
			rc = learn_hop(b, &hops[1 - i], STR("two.example"));
	}
	if (rc == 0)
		rc = learn_domain(b, STR("three.example"));
	if (rc == 0)
		rc = learn_client(b, &hops[0]);
	if (rc == 0)
		rc = learn_join(a, b);
	if (rc == 0)
		rc = learn_copy(copy, a);
	return rc == 0 ? learn_settle(copy) : rc;
}

static void
without_memory_nothing_is_learned_by_half(void **state)
{
	long n = 0;
	int rc = SEK_ENOMEM;

	(void)state;
	for (; rc != 0; n++) {
		struct account_learn a = { .n = 0 }, b = { .n = 0 }, copy = { .n = 0 };

		fail_at = n;
		rc = learn_all(&a, &b, &copy);
		fail_at = -1;
		assert_true(rc == 0 || rc == SEK_ENOMEM);
		if (rc == 0)
			assert_true(has(&copy, "two.example") && has(&copy, "three.example"));
		learn_free(&a);
		learn_free(&b);
		learn_free(&copy);
	}
	assert_in_range(n, 8, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hop_that_takes_few_domains_is_a_server_of_ours),
		cmocka_unit_test(a_hop_that_takes_many_is_a_smarthost_and_teaches_nothing),
		cmocka_unit_test(names_that_are_none_teach_nothing),
		cmocka_unit_test(hops_are_bounded),
		cmocka_unit_test(two_halves_know_what_the_whole_knows),
		cmocka_unit_test(what_is_inside_ends_where_its_rfc_says),
		cmocka_unit_test(a_stranger_cannot_teach_that_he_is_ours),
		cmocka_unit_test(without_memory_nothing_is_learned_by_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
