#pragma once
/* tests/unit/account/judge_made.h -- what a server's log came to, situation by
 * situation: each fills the one rig, g. */
#include "judge_rig.h"

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

	*of(c, ACCOUNT_RELAYED) = count(900, 900, 900);
	past_of(c)->domains = domains;
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

/* Of each of n clients' mail for us a copy goes to an archive. */
static void
copied(unsigned clients, uint64_t messages)
{
	many(ACCOUNT_BY_CLIENT, "203.0.113.#", clients, ACCOUNT_RECEIVED, messages);
	for (unsigned i = 0; i < clients; i++)
		*of(&g.row[ACCOUNT_BY_CLIENT][i], ACCOUNT_RELAYED) = count(messages, messages, messages);
	total(ACCOUNT_RECEIVED, clients * messages, clients * messages, clients * messages);
	total(ACCOUNT_RELAYED, clients * messages, clients * messages, clients * messages);
	add(ACCOUNT_BY_DOMAIN, "archive.example", ACCOUNT_RELAYED, clients * messages);
}

static void copies(void) { copied(5, 2); }
static void copies_of_four(void) { copied(4, 3); }
static void copies_few(void) { copied(9, 1); }
static void copies_and_more(void) { copied(5, 2); of(&g.row[ACCOUNT_BY_CLIENT][4], ACCOUNT_RECEIVED)->messages--; }
static void copies_two_domains(void) { copied(5, 2); add(ACCOUNT_BY_DOMAIN, "b.example", ACCOUNT_RELAYED, 1); }
static void copies_two_each(void) { copied(5, 2); g.r.n[ACCOUNT_RELAYED].recipients++; }

static void business_learned(void) { business(); g.r.n_own_domains = 2; }
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
	*of(&g.row[ACCOUNT_BY_DOMAIN][0], ACCOUNT_RELAYED) = count(200, 200, 200);
}

static void
refused_elsewhere(unsigned n)
{
	strangers(3, 5, 20);
	for (unsigned i = 0; i < n; i++)
		of(&g.row[ACCOUNT_BY_DOMAIN][i], ACCOUNT_RELAYED)->refused = 1;
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
	*of(net, ACCOUNT_UNNAMED) = count(unnamed, unnamed, unnamed);
	*of(net, ACCOUNT_RELAYED) = count(relayed, relayed, relayed);
	*of(row(ACCOUNT_BY_CLIENT, "192.0.2.7"), ACCOUNT_UNNAMED) = *of(net, ACCOUNT_UNNAMED);
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
	*of(&g.row[ACCOUNT_BY_NETWORK][0], ACCOUNT_RELAYED) = count(20, 20, 20);
	*of(&g.row[ACCOUNT_BY_CLIENT][20], ACCOUNT_RELAYED) = count(20, 20, 20);	/* behind those of business() */
	many(ACCOUNT_BY_SENDER_DOMAIN, "from#.example", 20, ACCOUNT_RELAYED, 1);
	many(ACCOUNT_BY_DOMAIN, "to#.example", 20, ACCOUNT_RELAYED, 1);
}

static void one_strange_network(void) { business(); strangers(1, 1, 10); }

static void
one_turned_away(void)
{
	one_strange_network();
	of(&g.row[ACCOUNT_BY_CLIENT][20], ACCOUNT_RELAYED)->refused = 2;	/* behind those of business() */
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
	*of(a, ACCOUNT_SUBMITTED) = g.r.n[ACCOUNT_SUBMITTED];
	*past_of(a) = (struct account_past){ .days = days, .usual = usual, .day = day,
		.day_first = one, .day_last = two, .networks = 1, .domains = 40, .senders = 1 };
	return a;
}

static void person(void) { account("carol", 12, 20, 9); }
static void busy_person(void) { past_of(account("carol", 99, 20, 3))->networks_new = 2; }
static void two_new_networks(void) { past_of(account("carol", 300, 20, 5))->networks_new = 2; }
static void new_lease(void) { past_of(account("carol", 120, 20, 5))->networks_new = 1; }
static void new_lease_very_much(void) { past_of(account("carol", 5000, 20, 5))->networks_new = 1; }
static void new_lease_far(void) { past_of(account("carol", 250, 20, 5))->networks_new = 1; }
static struct account_row *
later(uint64_t strange, uint64_t before, uint32_t networks)
{
	struct account_row *a = account("carol", strange + before, 0, 0);

	past_of(a)->later = true;
	past_of(a)->usual = before;
	past_of(a)->networks_new = networks;
	past_of(a)->strange = count(40, strange, strange);
	return a;
}

static void later_two(void) { later(200, 15, 2); }
static void later_one(void) { later(160, 15, 1); }
static void new_country(void) { past_of(account("carol", 120, 20, 5))->countries_new = 1; }
static void strange_names(void) { past_of(account("carol", 120, 20, 5))->senders = 3; }
static void newsletter(void) { account("news", 900, 20, 5); }
static void yearly(void) { past_of(account("news", 900, 20, 100))->networks_new = 2; }
static void no_past_bulk(void) { account("news", 900, 0, 0); }

/* Four others, whose busiest days had so many. */
static void
beside(uint64_t day)
{
	char name[16];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "other%u", i);
		past_of(row(ACCOUNT_BY_ACCOUNT, name))->day = day;
	}
}

static void no_past_among(void) { account("news", 299, 0, 0); beside(30); }
static void no_past_above(void) { account("news", 300, 0, 0); beside(30); }

/* Logins whose names are not in the log. */
static void login_unknown(void) { account("", 200, 0, 0); }
static void login_unknown_jump(void) { past_of(account("", 200, 9, 5))->networks_new = 9; }
static void login_unknown_usual(void) { past_of(account("", 200, 9, 150))->networks_new = 9; }

static void
no_past_steady(void)
{
	of(account("office", 300, 0, 0), ACCOUNT_SUBMITTED)->recipients = 450;
}

static void
no_past_steady_much(void)
{
	of(account("office", 500, 0, 0), ACCOUNT_SUBMITTED)->recipients = 900;
}

static void
no_past_steady_everywhere(void)
{
	no_past_steady();
	past_of(&g.row[ACCOUNT_BY_ACCOUNT][0])->networks = 5;
}

static void no_past_little(void) { past_of(account("carol", 99, 0, 0))->networks = 9; }

static void
new_counted_apart(void)
{
	struct account_row *a = account("carol", 300, 20, 5);

	past_of(a)->networks_new = 2;
	past_of(a)->strange = count(45, 270, 200);
	past_of(a)->strange_first = one;
	past_of(a)->strange_last = two;
}

static void
guessed(void)
{
	struct account_row *a = account("carol", 120, 20, 5);

	a->logins_failed = 40;
	of(a, ACCOUNT_SUBMITTED)->bounced = 90;
}

static void
no_past_everywhere(void)
{
	struct account_row *a = account("carol", 900, 0, 0);

	past_of(a)->networks = 12;
	past_of(a)->countries = 6;
	past_of(a)->senders = 7;
}

/* A user of this host. */
static struct account_row *
user(const char *name, uint64_t day, uint32_t days, uint64_t usual, uint32_t domains,
    uint32_t senders)
{
	struct account_row *u = row(ACCOUNT_BY_USER, name);

	business();
	total(ACCOUNT_SCRIPTED, day, day, day);
	*of(u, ACCOUNT_SCRIPTED) = g.r.n[ACCOUNT_SCRIPTED];
	*past_of(u) = (struct account_past){ .days = days, .usual = usual, .day = day,
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
static void web_bounced(void) { of(user("apache", 120, 0, 0, 31, 1), ACCOUNT_SCRIPTED)->bounced = 50; }

static struct account_row *
inside(const char *client, uint64_t day, uint32_t days, uint32_t senders)
{
	struct account_row *c = row(ACCOUNT_BY_CLIENT, client);

	business();
	total(ACCOUNT_INSIDE_OUT, day, day, day);
	c->own = true;
	*of(c, ACCOUNT_INSIDE_OUT) = g.r.n[ACCOUNT_INSIDE_OUT];
	*past_of(c) = (struct account_past){ .days = days, .usual = days > 0 ? 2 : 0, .day = day,
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
	*of(row(ACCOUNT_BY_ACCOUNT, "carol"), ACCOUNT_SUBMITTED) = count(50, 300, 300);
	*past_of(&g.row[ACCOUNT_BY_ACCOUNT][0]) = (struct account_past){ .days = 3, .usual = 4, .day = 300,
		.day_first = one, .day_last = two, .networks = 3, .networks_new = 3 };
	total(ACCOUNT_FORWARDED, 1, 1, 1);
}
