/* Results made by hand, both sides of each rule: which verdicts, by which
 * reasons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "account/judge.h"

enum { ROWS = 400 };

static const char *const causes[ACCOUNT_CAUSE_N] = { "open-relay", "stolen-account", "local-script",
	"backscatter", "forwarding", "nothing-found", "undecided" };

static struct rig {
	struct account_result	 r;
	struct account_row	 row[ACCOUNT_AXIS_N][ROWS];
	char			 name[ACCOUNT_AXIS_N][ROWS][32];
	struct account_own	*own;
} g;

static const struct account_when noon = { 1700000000, { 0, 10 } }, one = { 1700003600, { 0, 20 } },
    two = { 1700007200, { 0, 30 } };

static struct account_row *
row(enum account_axis axis, const char *name)
{
	struct account_table *t = &g.r.table[axis];
	char *text = g.name[axis][t->n];

	assert_true(t->n < ROWS);
	snprintf(text, sizeof(g.name[0][0]), "%s", name);
	t->row = g.row[axis];
	t->row[t->n].name = str_of(text);
	t->row[t->n].first = noon;
	t->row[t->n].last = one;
	return &t->row[t->n++];
}

static struct account_count
count(uint64_t messages, uint64_t recipients, uint64_t delivered)
{
	return (struct account_count){ .messages = messages, .recipients = recipients,
		.delivered = delivered };
}

static void
add(enum account_axis axis, const char *name, enum account_class class, uint64_t messages)
{
	row(axis, name)->n[class] = count(messages, messages, messages);
}

/* n names of the form, each with so many messages. */
static void
many(enum account_axis axis, const char *form, unsigned n, enum account_class class, uint64_t messages)
{
	char name[32], at[16];

	for (unsigned i = 0; i < n; i++) {
		const char *where = strchr(form, '#');

		snprintf(at, sizeof(at), "%u", i + 1);
		snprintf(name, sizeof(name), "%.*s%s%s", (int)(where - form), form, at, where + 1);
		add(axis, name, class, messages);
	}
}

static void
total(enum account_class class, uint64_t messages, uint64_t recipients, uint64_t delivered)
{
	struct account_count n = count(messages, recipients, delivered);

	g.r.n[class] = n;
	g.r.class_first[class] = noon;
	g.r.class_last[class] = one;
	g.r.line_first[class] = STR("the first line");
	g.r.line_last[class] = STR("the last line");
	g.r.total.messages += messages;
	g.r.total.recipients += recipients;
}

/* Inbound mail of an ordinary day. */
static void
business(void)
{
	total(ACCOUNT_RECEIVED, 200, 220, 220);
	many(ACCOUNT_BY_CLIENT, "203.0.113.#", 20, ACCOUNT_RECEIVED, 10);
	add(ACCOUNT_BY_DOMAIN, "example.org", ACCOUNT_RECEIVED, 200);
}

/* What strangers did: from so many networks, with so many sender domains, to
 * so many destinations. */
static void
strangers(unsigned networks, unsigned senders, unsigned domains)
{
	total(ACCOUNT_RELAYED, 100, 300, 280);
	many(ACCOUNT_BY_CLIENT, "198.51.#.7", networks, ACCOUNT_RELAYED, 100 / networks);
	many(ACCOUNT_BY_NETWORK, "198.51.#.0/24", networks, ACCOUNT_RELAYED, 100 / networks);
	many(ACCOUNT_BY_SENDER_DOMAIN, "from#.example", senders, ACCOUNT_RELAYED, 100 / senders);
	many(ACCOUNT_BY_DOMAIN, "to#.example", domains, ACCOUNT_RELAYED, 1);
	many(ACCOUNT_BY_TLD, "tld#", domains > 6 ? 6 : domains, ACCOUNT_RELAYED, 10);
	many(ACCOUNT_BY_HELO, "helo#", networks, ACCOUNT_RELAYED, 100 / networks);
}

static void open_to_three(void) { business(); strangers(3, 5, 10); }
static void open_one(void) { total(ACCOUNT_RELAYED, 1, 1, 1); }
static void open_none_arrived(void) { total(ACCOUNT_RELAYED, 5, 9, 0); }
static void gateway(void) { strangers(90, 90, 2); }

static void
closed_after(void)
{
	open_to_three();
	g.r.relay_refused = 12;
	g.r.relay_refused_first = g.r.relay_refused_after = two;
	g.r.relay_refused_last = two;
	g.r.line_refused_after = STR("refused");
}

static void
refused_before(void)
{
	open_to_three();
	g.r.relay_refused = 3;
	g.r.relay_refused_first = g.r.relay_refused_last = (struct account_when){ noon.s - 60, { 0, 2 } };
}

static void
wide_learned(void)
{
	strangers(3, 5, 40);
	g.r.n_own_domains = 2;
}

static void
client_to(uint32_t domains)
{
	struct account_row *c = &g.row[ACCOUNT_BY_CLIENT][0];

	c->n[ACCOUNT_RELAYED] = count(900, 900, 900);
	c->past.domains = domains;
}

/* n hours of other mail, the last of them just before the first relayed. */
static void
hours_before(unsigned n)
{
	static struct account_hour hours[48];

	for (unsigned i = 0; i < n; i++)
		hours[i] = (struct account_hour){ .s = noon.s - (int64_t)(n - i) * 3600,
			.messages[ACCOUNT_RECEIVED] = 3 };
	g.r.hour = hours;
	g.r.n_hours = n;
}

static void
listed_by(uint64_t domains)
{
	static struct account_listing list;

	list = (struct account_listing){ .list = STR("bl.example"), .domains = domains };
	g.r.listing = &list;
	g.r.n_listings = 1;
}

static void
blind(unsigned domains)
{
	strangers(3, 5, domains);
	listed_by(3);
	g.r.n[ACCOUNT_RELAYED].bounced = 30;
}

static void wide_blind(void) { blind(250); }
static void wide_blind_few(void) { blind(150); }

/* Three points each, in all ways that give them. */
static void wide_began(void) { wide_learned(); hours_before(24); client_to(30); }
static void wide_began_early(void) { wide_learned(); hours_before(23); client_to(30); }
static void wide_listed(void) { wide_learned(); listed_by(3); g.r.n[ACCOUNT_RELAYED].bounced = 30; }
static void wide_listed_once(void) { wide_learned(); listed_by(2); g.r.n[ACCOUNT_RELAYED].bounced = 30; }

static void
wide_listed_others(void)
{
	wide_listed();
	total(ACCOUNT_SUBMITTED, 301, 301, 301);
}

static void
wide_few_bounced(void)
{
	wide_listed();
	g.r.n[ACCOUNT_RELAYED].bounced = 29;
}

static void wide_client_few(void) { wide_learned(); hours_before(24); client_to(29); }

static void
wide_very(void)
{
	strangers(3, 5, 200);
	g.r.n_own_domains = 2;
	client_to(30);
	g.r.n[ACCOUNT_RELAYED].bounced = 30;
}

static void
wide_not_very(void)
{
	wide_very();
	g.r.table[ACCOUNT_BY_DOMAIN].n = 199;
}

/* It refuses others meanwhile: two points less. */
static void
wide_list(void)
{
	wide_listed();
	client_to(30);
	g.r.relay_refused = 4;
	g.r.relay_refused_first = g.r.relay_refused_last = (struct account_when){ noon.s + 60, { 0, 12 } };
}

static void
few_all_signs(unsigned domains)
{
	strangers(3, 5, domains);
	hours_before(24);
	listed_by(3);
	g.r.n[ACCOUNT_RELAYED].bounced = 30;
}

static void few_five(void) { few_all_signs(5); }
static void few_four(void) { few_all_signs(4); }

static void
wide_one_customer(void)
{
	wide_learned();
	listed_by(3);
	g.r.n[ACCOUNT_RELAYED].bounced = 30;
	g.row[ACCOUNT_BY_DOMAIN][0].n[ACCOUNT_RELAYED] = count(200, 200, 200);
}

static void
refused_elsewhere(unsigned n)
{
	strangers(3, 5, 20);
	for (unsigned i = 0; i < n; i++)
		g.row[ACCOUNT_BY_DOMAIN][i].n[ACCOUNT_RELAYED].refused = 1;
}

static void refused_two(void) { refused_elsewhere(2); }
static void refused_three(void) { refused_elsewhere(3); }

/* An office whose network nobody named writes with its own domain. */
static void
office(void)
{
	business();
	total(ACCOUNT_RELAYED, 100, 100, 100);
	add(ACCOUNT_BY_CLIENT, "192.0.2.7", ACCOUNT_RELAYED, 100);
	add(ACCOUNT_BY_NETWORK, "192.0.2.0/24", ACCOUNT_RELAYED, 100);
	add(ACCOUNT_BY_SENDER_DOMAIN, "example.org", ACCOUNT_RELAYED, 100);
	g.row[ACCOUNT_BY_SENDER_DOMAIN][0].own = true;
	many(ACCOUNT_BY_DOMAIN, "to#.example", 60, ACCOUNT_RELAYED, 1);
	many(ACCOUNT_BY_TLD, "tld#", 6, ACCOUNT_RELAYED, 10);
}

/* The same beside strangers: the office's network writes now and then under
 * other names too. */
static void
office_beside(unsigned unnamed, unsigned relayed)
{
	struct account_row *net;

	open_to_three();
	total(ACCOUNT_UNNAMED, unnamed, unnamed, unnamed);
	net = row(ACCOUNT_BY_NETWORK, "192.0.2.0/24");
	net->n[ACCOUNT_UNNAMED] = count(unnamed, unnamed, unnamed);
	net->n[ACCOUNT_RELAYED] = count(relayed, relayed, relayed);
	row(ACCOUNT_BY_CLIENT, "192.0.2.7")->n[ACCOUNT_UNNAMED] = net->n[ACCOUNT_UNNAMED];
}

static void office_beside_strangers(void) { office_beside(40, 2); }
static void strangers_borrow_our_name(void) { office_beside(40, 41); }

static void
office_alone(void)
{
	business();
	total(ACCOUNT_UNNAMED, 40, 40, 40);
	add(ACCOUNT_BY_NETWORK, "192.0.2.0/24", ACCOUNT_UNNAMED, 40);
	add(ACCOUNT_BY_CLIENT, "192.0.2.7", ACCOUNT_UNNAMED, 40);
}

/* Its forwarded mail comes under as many names as strangers' would. */
static void
office_that_forwards(void)
{
	office_alone();
	total(ACCOUNT_RELAYED, 20, 20, 20);
	g.row[ACCOUNT_BY_NETWORK][0].n[ACCOUNT_RELAYED] = count(20, 20, 20);
	g.row[ACCOUNT_BY_CLIENT][20].n[ACCOUNT_RELAYED] = count(20, 20, 20);	/* behind those of business() */
	many(ACCOUNT_BY_SENDER_DOMAIN, "from#.example", 20, ACCOUNT_RELAYED, 1);
	many(ACCOUNT_BY_DOMAIN, "to#.example", 20, ACCOUNT_RELAYED, 1);
}

static void one_strange_network(void) { business(); strangers(1, 1, 10); }

static void
one_turned_away(void)
{
	one_strange_network();
	g.row[ACCOUNT_BY_CLIENT][20].n[ACCOUNT_RELAYED].refused = 2;	/* behind those of business() */
}

static void
bridge(const char *client, enum account_class class, unsigned helos)
{
	business();
	total(class, 100, 300, 300);
	add(ACCOUNT_BY_CLIENT, client, class, 100);
	add(ACCOUNT_BY_NETWORK, "172.17.0.0/24", class, 100);
	many(ACCOUNT_BY_SENDER_DOMAIN, "from#.example", 20, class, 5);
	many(ACCOUNT_BY_HELO, "helo#", helos, class, 5);
	many(ACCOUNT_BY_DOMAIN, "to#.example", 50, class, 2);
}

static void bridge_not_own(void) { bridge("172.17.0.1", ACCOUNT_RELAYED, 20); }
static void bridge_one_helo(void) { bridge("172.17.0.1", ACCOUNT_RELAYED, 1); }
static void bridge_may_relay(void) { bridge("172.17.0.1", ACCOUNT_INSIDE_OUT, 20); }
static void bridge_few_helos(void) { bridge("172.17.0.1", ACCOUNT_INSIDE_OUT, 5); }
static void inside_public(void) { bridge("192.0.2.9", ACCOUNT_INSIDE_OUT, 20); }
static void proxy_loopback(void) { bridge("127.0.0.1", ACCOUNT_INSIDE_OUT, 20); }

/* An account with mail to so many on its day, and so many on the busiest of
 * the days before. */
static struct account_row *
account(const char *name, uint64_t day, uint32_t days, uint64_t usual)
{
	struct account_row *a = row(ACCOUNT_BY_ACCOUNT, name);

	business();
	total(ACCOUNT_SUBMITTED, day + days * usual, day + days * usual, day);
	a->n[ACCOUNT_SUBMITTED] = g.r.n[ACCOUNT_SUBMITTED];
	a->past = (struct account_past){ .days = days, .usual = usual, .day = day,
		.day_first = one, .day_last = two, .networks = 1, .domains = 40, .senders = 1 };
	return a;
}

static void person(void) { account("carol", 12, 20, 9); }
static void busy_person(void) { account("carol", 99, 20, 3)->past.networks_new = 2; }
static void two_new_networks(void) { account("carol", 300, 20, 5)->past.networks_new = 2; }
static void new_lease(void) { account("carol", 120, 20, 5)->past.networks_new = 1; }
static void new_lease_very_much(void) { account("carol", 5000, 20, 5)->past.networks_new = 1; }
static void new_lease_far(void) { account("carol", 250, 20, 5)->past.networks_new = 1; }
static struct account_row *
later(uint64_t strange, uint64_t before, uint32_t networks)
{
	struct account_row *a = account("carol", strange + before, 0, 0);

	a->past.later = true;
	a->past.usual = before;
	a->past.networks_new = networks;
	a->past.strange = count(40, strange, strange);
	return a;
}

static void later_two(void) { later(200, 15, 2); }
static void later_one(void) { later(160, 15, 1); }
static void new_country(void) { account("carol", 120, 20, 5)->past.countries_new = 1; }
static void strange_names(void) { account("carol", 120, 20, 5)->past.senders = 3; }
static void newsletter(void) { account("news", 900, 20, 5); }
static void yearly(void) { account("news", 900, 20, 100)->past.networks_new = 2; }
static void no_past_bulk(void) { account("news", 900, 0, 0); }

/* Four others, whose busiest days had so many. */
static void
beside(uint64_t day)
{
	char name[16];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "other%u", i);
		row(ACCOUNT_BY_ACCOUNT, name)->past.day = day;
	}
}

static void no_past_among(void) { account("news", 299, 0, 0); beside(30); }
static void no_past_above(void) { account("news", 300, 0, 0); beside(30); }

/* Logins whose names are not in the log. */
static void login_unknown(void) { account("", 200, 0, 0); }
static void login_unknown_jump(void) { account("", 200, 9, 5)->past.networks_new = 9; }
static void login_unknown_usual(void) { account("", 200, 9, 150)->past.networks_new = 9; }

static void
no_past_steady(void)
{
	account("office", 300, 0, 0)->n[ACCOUNT_SUBMITTED].recipients = 450;
}

static void
no_past_steady_much(void)
{
	account("office", 500, 0, 0)->n[ACCOUNT_SUBMITTED].recipients = 900;
}

static void
no_past_steady_everywhere(void)
{
	no_past_steady();
	g.row[ACCOUNT_BY_ACCOUNT][0].past.networks = 5;
}

static void no_past_little(void) { account("carol", 99, 0, 0)->past.networks = 9; }

static void
new_counted_apart(void)
{
	struct account_row *a = account("carol", 300, 20, 5);

	a->past.networks_new = 2;
	a->past.strange = count(45, 270, 200);
	a->past.strange_first = one;
	a->past.strange_last = two;
}

static void
guessed(void)
{
	struct account_row *a = account("carol", 120, 20, 5);

	a->logins_failed = 40;
	a->n[ACCOUNT_SUBMITTED].bounced = 90;
}

static void
no_past_everywhere(void)
{
	struct account_row *a = account("carol", 900, 0, 0);

	a->past.networks = 12;
	a->past.countries = 6;
	a->past.senders = 7;
}

/* A user of this host. */
static struct account_row *
user(const char *name, uint64_t day, uint32_t days, uint64_t usual, uint32_t domains,
    uint32_t senders)
{
	struct account_row *u = row(ACCOUNT_BY_USER, name);

	business();
	total(ACCOUNT_SCRIPTED, day, day, day);
	u->n[ACCOUNT_SCRIPTED] = g.r.n[ACCOUNT_SCRIPTED];
	u->past = (struct account_past){ .days = days, .usual = usual, .day = day,
		.day_first = one, .day_last = two, .domains = domains, .senders = senders };
	return u;
}

static void web_burst(void) { user("www-data", 400, 5, 3, 50, 1); }
static void web_number(void) { user("33", 400, 0, 0, 50, 3); }
static void web_shop(void) { user("www-data", 400, 5, 380, 90, 1); }
static void web_unknown(void) { user("www-data", 150, 0, 0, 12, 1); }
static void web_form(void) { user("www-data", 6, 0, 0, 1, 1); }
static void cron(void) { user("root", 4, 30, 4, 1, 1); }
static void person_burst(void) { user("bob", 400, 5, 3, 50, 4); }
static void list_manager(void) { user("mailman", 4000, 5, 3, 90, 9); }
static void web_bounced(void) { user("apache", 120, 0, 0, 31, 1)->n[ACCOUNT_SCRIPTED].bounced = 50; }

static struct account_row *
inside(const char *client, uint64_t day, uint32_t days, uint32_t senders)
{
	struct account_row *c = row(ACCOUNT_BY_CLIENT, client);

	business();
	total(ACCOUNT_INSIDE_OUT, day, day, day);
	c->own = true;
	c->n[ACCOUNT_INSIDE_OUT] = g.r.n[ACCOUNT_INSIDE_OUT];
	c->past = (struct account_past){ .days = days, .usual = days > 0 ? 2 : 0, .day = day,
		.domains = 40, .senders = senders };
	return c;
}

static void loopback_script(void) { inside("127.0.0.1", 400, 4, 6); }
static void loopback_much(void) { inside("127.0.0.1", 150, 0, 1); }
static void inside_jump(void) { inside("192.0.2.40", 900, 9, 1); }
static void inside_mailer(void) { inside("192.0.2.40", 900, 0, 1); }

/* It comes so many seconds after the log's first mail. */
static void
inside_later(uint64_t day, int64_t later_s)
{
	struct account_row *c = inside("192.0.2.40", day, 0, 1);

	g.r.first = noon;
	c->first.s = noon.s + later_s;
}

static void inside_new(void) { inside_later(500, 86400); }
static void inside_new_early(void) { inside_later(500, 86399); }
static void inside_new_little(void) { inside_later(499, 86400); }

static void
notices(uint64_t n, unsigned domains)
{
	business();
	total(ACCOUNT_NOTICED, n, n, n);
	g.r.n[ACCOUNT_RECEIVED].bounced = n;
	many(ACCOUNT_BY_DOMAIN, "victim#.example", domains, ACCOUNT_NOTICED, 1);
}

static void notices_many(void) { notices(60, 30); }
static void notices_few(void) { notices(9, 9); }
static void notices_share(void) { notices(12, 9); g.r.n[ACCOUNT_RECEIVED].messages = 9000; }
static void notices_one_domain(void) { notices(60, 1); }
static void
notices_of_relaying(void)
{
	open_to_three();
	g.r.n[ACCOUNT_RELAYED].bounced = 60;
	total(ACCOUNT_NOTICED, 60, 60, 60);
	many(ACCOUNT_BY_DOMAIN, "victim#.example", 30, ACCOUNT_NOTICED, 2);
}

static void notices_unseen(void) { business(); g.r.n[ACCOUNT_RECEIVED].bounced = 30; }
static void forwards(void) { business(); total(ACCOUNT_FORWARDED, 7, 8, 8); }
static void nothing_at_all(void) { g.r.lines = 40; g.r.lines_mail = 12; }
static void no_mail(void) { g.r.lines = 40; g.r.lines_mail = 0; }
static void untold(void) { business(); total(ACCOUNT_UNTOLD, 30, 40, 40); }
static void untold_few(void) { business(); total(ACCOUNT_UNTOLD, 3, 4, 4); }
static void untold_open(void) { open_to_three(); total(ACCOUNT_UNTOLD, 300, 400, 400); }
static void no_recipients(void) { business(); g.r.total.messages += 60; }
static void no_recipients_few(void) { business(); g.r.total.messages += 6; }
static void lost_few(void) { business(); g.r.gap_n[ACCOUNT_GAP_RATE_LIMIT] = 100; }
static void lost_many(void) { business(); g.r.gap_n[ACCOUNT_GAP_RATE_LIMIT] = 500; }

static void
as_usual(void)
{
	person();
	total(ACCOUNT_INSIDE_OUT, 20, 30, 30);
	g.r.relay_refused = 4;
	g.r.relay_refused_first = noon;
	g.r.relay_refused_last = one;
}

static void
two_at_once(void)
{
	open_to_three();
	row(ACCOUNT_BY_ACCOUNT, "carol")->n[ACCOUNT_SUBMITTED] = count(50, 300, 300);
	g.row[ACCOUNT_BY_ACCOUNT][0].past = (struct account_past){ .days = 3, .usual = 4, .day = 300,
		.day_first = one, .day_last = two, .networks = 3, .networks_new = 3 };
	total(ACCOUNT_FORWARDED, 1, 1, 1);
}

/* own: n and d when networks and domains are known.  tags: all of these; with
 * "-" before it: not that one. */
static const struct {
	const char	*name;
	void		(*make)(void);
	const char	*own, *want, *tags;
} cases[] = {
	{ "strangers, closed later", closed_after, "nd", "open-relay",
	    "stranger-relayed neither-ours door-closed -own-nets-not-known -not-seen-closed" },
	{ "a refusal before does not end it", refused_before, "nd", "open-relay",
	    "not-seen-closed -door-closed" },
	{ "one message is enough", open_one, "nd", "open-relay", "stranger-relayed not-seen-closed" },
	{ "accepted and not delivered", open_none_arrived, "nd", "open-relay",
	    "stranger-accepted -stranger-relayed" },
	{ "4.9: gateway whose domains are not known", gateway, "n", "undecided",
	    "give-own-domain -give-own-net" },
	{ "4.9: gateway, nothing known", gateway, "", "undecided", "give-own-domain" },
	{ "4.9: many destinations alone may be a gateway's", wide_learned, "n", "undecided",
	    "give-own-domain" },
	{ "many destinations, none of them for a day, one client", wide_began, "n", "open-relay",
	    "many-destinations own-domains-learned relay-only-then relay-one-client" },
	{ "not for a day", wide_began_early, "n", "undecided", "give-own-domain relay-one-client" },
	{ "one client, to too few", wide_client_few, "n", "undecided", "give-own-domain relay-only-then" },
	{ "many destinations, some of which have us on a list", wide_listed, "n", "open-relay",
	    "relay-listed relay-bounced" },
	{ "two of them", wide_listed_once, "n", "undecided", "give-own-domain relay-listed" },
	{ "listed, but accounts sent more", wide_listed_others, "n", "undecided",
	    "give-own-domain -relay-listed" },
	{ "listed, and few came back", wide_few_bounced, "n", "undecided",
	    "give-own-domain relay-listed -relay-bounced" },
	{ "very many destinations of one client, many come back", wide_very, "n", "open-relay",
	    "many-destinations relay-one-client relay-bounced" },
	{ "not so many", wide_not_very, "n", "undecided", "give-own-domain relay-one-client" },
	{ "it refuses others meanwhile", wide_list, "n", "undecided",
	    "give-own-domain relay-list relay-listed" },
	{ "all signs at a few destinations", few_five, "n", "open-relay",
	    "relay-only-then relay-listed relay-bounced -many-destinations" },
	{ "all signs, too few destinations", few_four, "n", "undecided", "give-own-domain" },
	{ "one destination has most of it", wide_one_customer, "n", "undecided", "give-own-domain" },
	{ "no domain learned: many more", wide_blind, "n", "open-relay", "many-destinations relay-listed" },
	{ "no domain learned: not enough", wide_blind_few, "n", "undecided", "give-own-domain" },
	{ "the server itself refused three of the domains", refused_three, "n", "open-relay",
	    "domains-refused own-domains-learned -many-destinations" },
	{ "it refused two: a customer who left?", refused_two, "n", "undecided", "give-own-domain" },
	{ "networks not known, strangers everywhere", open_to_three, "d", "open-relay",
	    "own-nets-not-known neither-ours" },
	{ "nothing known, an office's own mail: whose network is that?", office, "", "undecided",
	    "give-own-net -give-own-domain" },
	{ "networks not known, an office's own mail", office, "d", "undecided",
	    "give-own-net -give-own-domain" },
	{ "networks known, not an office's", office, "nd", "open-relay",
	    "stranger-relayed -neither-ours" },
	{ "an office of whose network nobody said anything, beside strangers", office_beside_strangers, "d",
	    "open-relay undecided", "stranger-relayed give-own-net" },
	{ "the same, the network named", open_to_three, "nd", "open-relay", "-give-own-net" },
	{ "an office alone", office_alone, "d", "undecided", "give-own-net -stranger-relayed" },
	{ "an office that forwards", office_that_forwards, "d", "undecided", "give-own-net -stranger-relayed" },
	{ "strangers that borrow our name less than half of the time", strangers_borrow_our_name, "d",
	    "open-relay", "stranger-relayed -give-own-net" },
	{ "one network, one foreign sender", one_strange_network, "d", "undecided", "give-own-net" },
	{ "the same, and it was refused at another time", one_turned_away, "d", "open-relay",
	    "own-nets-not-known stranger-relayed" },
	{ "the same, networks known", one_strange_network, "nd", "open-relay", "stranger-relayed" },
	{ "4.16: bridge, not own", bridge_not_own, "d", "open-relay", "clients-hidden clients-behind" },
	{ "private address with one name: an inside host?", bridge_one_helo, "d", "undecided",
	    "give-own-net -clients-hidden" },
	{ "4.32: bridge in mynetworks", bridge_may_relay, "nd", "open-relay",
	    "clients-hidden clients-behind" },
	{ "bridge in mynetworks, domains not known", bridge_may_relay, "n", "undecided",
	    "clients-behind" },
	{ "a few names: proxy or office", bridge_few_helos, "nd", "undecided", "clients-behind" },
	{ "a public address inside is no bridge", inside_public, "nd", "nothing-found",
	    "inside-as-usual" },
	{ "proxy on this host", proxy_loopback, "nd", "open-relay", "clients-hidden" },

	{ "a person", person, "nd", "nothing-found", "only-ours submitted-as-usual" },
	{ "not yet a jump", busy_person, "nd", "nothing-found", "submitted-as-usual" },
	{ "jump from two new networks", two_new_networks, "nd", "stolen-account",
	    "account-burst account-new-networks" },
	{ "their mail counted apart", new_counted_apart, "nd", "stolen-account", "account-burst" },
	{ "a new lease and a mailing", new_lease, "nd", "undecided", "account-burst-usual" },
	{ "a new lease and thousands", new_lease_very_much, "nd", "stolen-account",
	    "account-new-networks" },
	{ "a new network and fifty times its busiest day", new_lease_far, "nd", "stolen-account", "account-burst" },
	{ "no day before, two networks came later with a jump", later_two, "nd", "stolen-account",
	    "account-later account-new-networks -account-burst" },
	{ "no day before, one network: a mailing from elsewhere?", later_one, "nd", "undecided",
	    "account-burst-usual" },
	{ "a new country", new_country, "nd", "stolen-account",
	    "account-new-countries account-usual-networks" },
	{ "names of others", strange_names, "nd", "stolen-account", "account-many-senders" },
	{ "a guessed password, a bought list", guessed, "nd", "stolen-account",
	    "account-guessed account-many-bounced" },
	{ "a mailing from the usual place", newsletter, "nd", "undecided", "account-burst-usual" },
	{ "nine times its busiest day", yearly, "nd", "nothing-found", "submitted-as-usual" },
	{ "no past: bulk mailer or stolen", no_past_bulk, "nd", "undecided", "account-no-past" },
	{ "no past, less than ten times what others have", no_past_among, "nd", "nothing-found",
	    "submitted-as-usual" },
	{ "no past, ten times what others have", no_past_above, "nd", "undecided", "account-no-past" },
	{ "logins without names", login_unknown, "nd", "undecided", "account-unknown -account-no-past" },
	{ "logins without names, a jump", login_unknown_jump, "nd", "undecided", "account-unknown" },
	{ "logins without names, as usual", login_unknown_usual, "nd", "nothing-found", "submitted-as-usual" },
	{ "no past, as much on other days", no_past_steady, "nd", "nothing-found", "submitted-as-usual" },
	{ "no past, very much on all days", no_past_steady_much, "nd", "undecided", "account-no-past" },
	{ "no past, as much on other days, from everywhere", no_past_steady_everywhere, "nd", "undecided",
	    "account-no-past" },
	{ "no past, little", no_past_little, "nd", "nothing-found", "submitted-as-usual" },
	{ "no past, from everywhere", no_past_everywhere, "nd", "stolen-account",
	    "account-many-networks account-many-countries account-many-senders" },

	{ "web server's user, unlike before", web_burst, "nd", "local-script",
	    "script-web-user script-burst script-which" },
	{ "web server's number, no past, names of others", web_number, "nd", "local-script",
	    "script-web-user script-many-senders" },
	{ "a bought list", web_bounced, "nd", "local-script", "script-many-bounced" },
	{ "a shop, every day the same", web_shop, "nd", "nothing-found", "inside-as-usual" },
	{ "no past, not plain", web_unknown, "nd", "undecided", "script-bulk" },
	{ "a contact form", web_form, "nd", "nothing-found", "inside-as-usual" },
	{ "cron", cron, "nd", "nothing-found", "inside-as-usual" },
	{ "another user of this host", person_burst, "nd", "local-script",
	    "script-much script-burst script-many-senders -script-web-user" },
	{ "4.10: a list manager's work", list_manager, "nd", "nothing-found", "inside-as-usual" },
	{ "SMTP from loopback", loopback_script, "nd", "local-script", "script-loopback script-which" },
	{ "SMTP from loopback, not plain", loopback_much, "nd", "undecided", "loopback-who" },
	{ "a host inside, unlike before", inside_jump, "nd", "undecided", "inside-burst" },
	{ "a host inside, none of it for a day, then very much", inside_new, "nd", "undecided", "inside-burst" },
	{ "a host inside, none of it for less than a day", inside_new_early, "nd", "nothing-found",
	    "inside-as-usual" },
	{ "a host inside, none of it for a day, then not so much", inside_new_little, "nd", "nothing-found",
	    "inside-as-usual" },
	{ "a host inside, no past", inside_mailer, "nd", "nothing-found", "inside-as-usual" },

	{ "4.11: notices to strangers", notices_many, "nd", "backscatter", "notices-sent" },
	{ "a few notices", notices_few, "nd", "nothing-found", "notices-few" },
	{ "notices of what strangers relayed are no backscatter of their own", notices_of_relaying, "nd",
	    "open-relay", "stranger-relayed -notices-sent" },
	{ "returned, and the notices are not in the log", notices_unseen, "nd", "undecided", "notices-unseen" },
	{ "few of what was received", notices_share, "nd", "nothing-found", "notices-few" },
	{ "notices to one domain, ours or not", notices_one_domain, "n", "undecided",
	    "give-own-domain" },
	{ "4.10: an alias", forwards, "nd", "forwarding nothing-found", "forwarded only-ours" },
	{ "4.13: refusals alone are no relay", as_usual, "nd", "nothing-found",
	    "relay-refused inside-as-usual" },
	{ "no message", nothing_at_all, "nd", "nothing-found", "no-message" },
	{ "no mail log", no_mail, "nd", "undecided", "no-mail-lines" },
	{ "4.3: log begins in the middle", untold, "nd", "undecided", "origin-unknown" },
	{ "4.3: a few before the log", untold_few, "nd", "nothing-found", "untold-few" },
	{ "4.3: does not hide what is proved", untold_open, "nd", "open-relay", "stranger-relayed" },
	{ "nothing says where they went", no_recipients, "nd", "undecided", "recipients-unknown" },
	{ "a few are still on their way", no_recipients_few, "nd", "nothing-found", "only-ours" },
	{ "4.4: some lines lost", lost_few, "nd", "nothing-found", "some-lines-lost" },
	{ "4.4: many lines lost", lost_many, "nd", "undecided", "lines-lost" },
	{ "several hold, the gravest first", two_at_once, "nd", "open-relay stolen-account forwarding",
	    "stranger-relayed account-burst forwarded" },
};

static void
judge(size_t i)
{
	memset(&g, 0, sizeof(g));
	g.r.lines = 1000;
	g.r.lines_mail = 900;
	g.own = account_own_new();
	assert_non_null(g.own);
	if (strchr(cases[i].own, 'n') != NULL)
		account_own_read_nets(g.own, true);
	if (strchr(cases[i].own, 'd') != NULL)
		account_own_read_domains(g.own, true);
	cases[i].make();
	account_judge(&g.r, g.own);
	account_own_free(g.own);
}

static bool
has_tag(struct str tag)
{
	for (size_t v = 0; v < g.r.n_verdicts; v++)
		for (size_t k = 0; k < g.r.verdict[v].n_reasons; k++)
			if (str_eq(tag, str_of(g.r.verdict[v].reason[k].tag)))
				return true;
	return false;
}

static void
got_verdicts(char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t v = 0; v < g.r.n_verdicts; v++)
		len += (size_t)snprintf(out + len, cap - len, "%s%s", v > 0 ? " " : "",
		    causes[g.r.verdict[v].cause]);
}

static void
got_tags(char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t v = 0; v < g.r.n_verdicts; v++)
		for (size_t k = 0; k < g.r.verdict[v].n_reasons; k++)
			len += (size_t)snprintf(out + len, cap - len, " %s",
			    g.r.verdict[v].reason[k].tag);
}

static void
each_rule_both_sides(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char verdicts[200], tags[1000];
		struct str rest = str_of(cases[i].tags);

		judge(i);
		got_verdicts(verdicts, sizeof(verdicts));
		got_tags(tags, sizeof(tags));
		if (strcmp(verdicts, cases[i].want) != 0)
			fail_msg("%s: want %s, got %s (%s )", cases[i].name, cases[i].want, verdicts, tags);
		while (rest.n > 0) {
			struct str tag = str_cut(&rest, ' ');
			bool not = tag.n > 0 && tag.p[0] == '-';

			if (has_tag(not ? (struct str){ tag.p + 1, tag.n - 1 } : tag) == not)
				fail_msg("%s: want %.*s, got%s", cases[i].name, (int)tag.n, tag.p, tags);
		}
	}
}

/* Each reason in some case, and only those in the list. */
static void
every_reason_has_a_case(void **state)
{
	bool seen[100] = { false };
	size_t n = 0;

	(void)state;
	while (account_reason_tags[n] != NULL)
		n++;
	assert_true(n < 100);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		judge(i);
		for (size_t k = 0; k < n; k++)
			seen[k] |= has_tag(str_of(account_reason_tags[k]));
	}
	for (size_t k = 0; k < n; k++)
		if (!seen[k])
			fail_msg("no case has %s", account_reason_tags[k]);
}

static size_t
case_of(const char *name)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(cases[i].name, name) == 0)
			return i;
	fail_msg("no case %s", name);
	return 0;
}

static void
numbers_and_times_of_a_relay(void **state)
{
	const struct account_verdict *v = &g.r.verdict[0];

	(void)state;
	judge(case_of("strangers, closed later"));
	assert_int_equal(v->n.messages, 100);
	assert_int_equal(v->n.recipients, 300);
	assert_int_equal(v->n.delivered, 280);
	assert_true(v->first.s == noon.s && v->first.where.line == 10);
	assert_true(v->last.s == one.s && v->last.where.line == 20);
	assert_true(v->refused_first.s == two.s && v->refused_first.where.line == 30);
	assert_int_equal(v->n_who, 3);
	assert_true(str_eq(v->who[0], STR("198.51.1.7")));
	assert_true(str_eq(v->reason[0].line, STR("the first line")));
	assert_int_equal(v->reason[0].side, ACCOUNT_FOR);
}

/* An office's mail is not counted as strangers', and the other way round. */
static void
an_office_is_counted_apart(void **state)
{
	const struct account_verdict *v = g.r.verdict;

	(void)state;
	judge(case_of("an office of whose network nobody said anything, beside strangers"));
	assert_int_equal(v[0].n.recipients, 300 - 2);
	assert_int_equal(v[1].n.recipients, 40 + 2);
	judge(case_of("strangers that borrow our name less than half of the time"));
	assert_int_equal(v[0].n.recipients, 300 + 40);
}

static void
who_may_be_a_stranger_is_named(void **state)
{
	const struct account_verdict *v = &g.r.verdict[0];

	(void)state;
	judge(case_of("one network, one foreign sender"));
	assert_int_equal(v->n.messages, 100);
	assert_int_equal(v->n_who, 1);
	assert_true(str_eq(v->who[0], STR("198.51.1.7")));
}

static void
only_the_thieves_mail_counts(void **state)
{
	const struct account_verdict *v = &g.r.verdict[0];

	(void)state;
	judge(case_of("their mail counted apart"));
	assert_int_equal(v->n.messages, 45);
	assert_int_equal(v->n.recipients, 270);
	assert_true(v->first.s == one.s && v->last.s == two.s);
	assert_true(str_eq(v->who[0], STR("carol")));
	assert_true(g.row[ACCOUNT_BY_ACCOUNT][0].burst);
}

static void
a_thousand_accounts_have_room(void **state)
{
	char name[32];

	(void)state;
	memset(&g, 0, sizeof(g));
	g.own = account_own_new();
	for (unsigned i = 0; i < ROWS; i++) {
		struct account_row *a;

		snprintf(name, sizeof(name), "user%u", i);
		a = row(ACCOUNT_BY_ACCOUNT, name);
		a->n[ACCOUNT_SUBMITTED] = count(100, 900, 900);
		a->past = (struct account_past){ .days = i % 2, .usual = 1, .day = 900,
			.networks_new = i % 4 };
	}
	g.r.lines_mail = 1;
	account_judge(&g.r, g.own);
	account_own_free(g.own);
	assert_int_equal(g.r.n_verdicts, 2);
	assert_int_equal(g.r.verdict[0].n_who, 8);
	assert_int_equal(g.r.verdict[0].n.messages, 100 * ROWS / 2);
	assert_int_equal(g.r.verdict[1].n_reasons, ACCOUNT_REASONS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_both_sides),
		cmocka_unit_test(every_reason_has_a_case),
		cmocka_unit_test(numbers_and_times_of_a_relay),
		cmocka_unit_test(an_office_is_counted_apart),
		cmocka_unit_test(who_may_be_a_stranger_is_named),
		cmocka_unit_test(only_the_thieves_mail_counts),
		cmocka_unit_test(a_thousand_accounts_have_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
