/* The checks of the start-up checklist, each judged from what a table of DNS
 * records, a scripted receiver and the keeper's words show. */
#include "doctor_world.h"

#include "fact/relaytest.h"
#include "tool/judge_mail.h"

/* "fcrdns=failed:ptr-none mx=skipped:after": all that is not ok. */
static const char *
bad(const struct judged j[CHECK_N])
{
	static char out[2048];
	struct wbuf w = wbuf_of(out, sizeof(out) - 1);

	for (enum check c = 0; c < CHECK_N; c++) {
		if (j[c].state == CHECK_OK)
			continue;
		wbuf_printf(&w, "%s%s=%s", w.len > 0 ? " " : "", checklist[c].tag,
		    check_state_names[j[c].state]);
		for (size_t i = 0; i < j[c].n; i++)
			wbuf_printf(&w, ":%s", doctor_troubles[j[c].troubles[i].is].tag);
	}
	out[w.len] = '\0';
	return out;
}

static void
expect(struct world *w, const char *name, const char *want)
{
	doctor_judge(w->judged, w->view);
	if (strcmp(bad(w->judged), want) != 0)
		fail_msg("%s:\nwant \"%s\"\n got \"%s\"", name, want, bad(w->judged));
}

/* --- records --- */

static const struct { const char *name, *without, *with, *want; } records[] = {
	{ "all is right", "", "", "" },
	{ "the resolver is silent", ". ns", ". fail\n",
	    "resolver=not-shown:resolver-silent nxdomain=skipped:after dnssec=skipped:after "
	    "fcrdns=skipped:after ptr=skipped:after mx=skipped:after wildcard=skipped:after "
	    "contact=skipped:after delegation=skipped:after entries=skipped:after" },
	{ "a resolver without a root", ". ns", "", "resolver=failed:resolver-root" },
	{ "it does not validate", ". ad", "", "dnssec=not-shown:not-validating" },
	{ "no PTR", "192.0.2.1 ptr", "", "fcrdns=failed:ptr-none" },
	{ "another PTR", "192.0.2.1 ptr", "192.0.2.1 ptr mail.example\n", "fcrdns=failed:ptr-other" },
	{ "ours among several", "", "192.0.2.1 ptr mail.example\n", "" },
	{ "no PTR over IPv6", "2001:db8::1 ptr", "", "fcrdns=failed:ptr-none" },
	{ "PTR not answered", "192.0.2.1 ptr", "192.0.2.1 fail\n", "fcrdns=not-shown:no-answer" },
	{ "the name leads elsewhere", "relaytest.probe.example a ", "relaytest.probe.example a 192.0.2.2\n",
	    "fcrdns=failed:helo-elsewhere" },
	{ "the name leads nowhere", "relaytest.probe.example", "", "fcrdns=failed:helo-elsewhere:helo-elsewhere" },
	{ "the name is not answered", "relaytest.probe.example", "relaytest.probe.example fail\n",
	    "fcrdns=not-shown:no-answer" },
	{ "a subscriber's name", "", "192.0.2.1 ptr host-192-0-2-1.example\n", "ptr=failed:ptr-generic" },
	{ "no MX", "probe.example mx", "probe.example a 192.0.2.25\n",
	    "mx=failed:mx-none wildcard=skipped:after" },
	{ "no domain", "probe.example mx|*.probe.example", "", "mx=failed:mx-none wildcard=skipped:after" },
	{ "null MX", "probe.example mx", "probe.example mx 0 .\n", "mx=failed:mx-null wildcard=skipped:after" },
	{ "the domain is not answered", "probe.example mx", "probe.example fail\n",
	    "mx=not-shown:no-answer wildcard=skipped:after" },
	{ "the domain is an alias", "probe.example mx", "probe.example cname real.example\n"
	    "real.example mx 10 rx.probe.example\n", "mx=failed:domain-alias" },
	{ "the mail host is an alias", "rx.probe.example", "rx.probe.example cname real.example\n"
	    "real.example a 192.0.2.25\n", "mx=failed:mx-alias" },
	{ "the mail host has no address", "rx.probe.example", "", "mx=failed:mx-nowhere" },
	{ "the mail host is elsewhere", "rx.probe.example", "rx.probe.example a 192.0.2.26\n",
	    "mx=failed:mx-elsewhere" },
	{ "one of two addresses is elsewhere", "", "rx.probe.example aaaa 2001:db8::25\n",
	    "mx=failed:mx-elsewhere" },
	{ "a second mail host is elsewhere", "", "probe.example mx 20 backup.example\n"
	    "*.probe.example mx 20 backup.example\nbackup.example a 192.0.2.27\n", "mx=failed:mx-elsewhere" },
	{ "the second domain has no MX", "probe2.example", "", "mx=failed:mx-none" },
	{ "no wildcard", "*.probe.example", "", "wildcard=failed:wild-none:wild-none" },
	{ "a wildcard to another", "*.probe.example", "*.probe.example mx 10 mail.example\n",
	    "wildcard=failed:wild-other:wild-other" },
	{ "a wildcard to more", "", "*.probe.example mx 20 mail.example\n",
	    "wildcard=failed:wild-other:wild-other" },
	{ "a wildcard of another kind", "*.probe.example", "*.probe.example a 192.0.2.25\n",
	    "wildcard=failed:wild-none:wild-none" },
	{ "the contact's domain takes no mail", "contact.example", "contact.example mx 0 .\n",
	    "contact=failed:contact-nowhere" },
	{ "the contact's domain is nobody's", "contact.example", "", "contact=failed:contact-nowhere" },
	{ "the contact's domain has an address alone", "contact.example", "contact.example a 192.0.2.9\n", "" },
	{ "the contact's domain is not answered", "contact.example", "contact.example fail\n",
	    "contact=not-shown:no-answer" },
	{ "not delegated", "bl.example ns", "",
	    "delegation=failed:zone-unknown entries=skipped:after" },
	{ "delegated to nobody who answers", "bl.example ns", "bl.example fail\n",
	    "delegation=not-shown:zone-broken entries=skipped:after" },
	{ "delegated to another", "bl.example ns", "bl.example ns ns.other.example\n",
	    "delegation=failed:ns-missing:ns-strange" },
	{ "delegated to one more", "", "bl.example ns ns.other.example\n", "delegation=failed:ns-strange" },
	{ "a name server without an address", "ns.bl.example", "", "delegation=failed:ns-nowhere" },
	{ "no test entry", "2.0.0.127.bl", "", "entries=failed:entry-none" },
	{ "no test entry below in", "2.0.0.127.in", "", "entries=failed:entry-none" },
	{ "a test entry of another code", "2.0.0.127.bl", "2.0.0.127.bl.example a 127.0.0.3\n",
	    "entries=failed:entry-none" },
	{ "the test entry is not answered", "2.0.0.127.bl", "2.0.0.127.bl.example fail\n",
	    "entries=not-shown:no-answer" },
	{ "everybody is listed", "", "*.bl.example a 127.0.0.2\n", "entries=failed:entry-stranger" },
	{ "127.0.0.1 without an address is no NXDOMAIN", "", "1.0.0.127.bl.example txt x\n",
	    "entries=failed:entry-stranger" },
	{ "no status", "_status", "", "entries=failed:status-none" },
	{ "a status that nobody renewed", "_status",
	    "_status.bl.example txt alive expires=2001-01-01T00:00:00Z\n", "entries=failed:status-expired" },
	{ "it is to end", "_status", "_status.bl.example txt closing expires=2099-01-01T00:00:00Z\n", "" },
	{ "its day has passed", "_status", "_status.bl.example txt closing expires=2001-01-01T00:00:00Z\n",
	    "entries=failed:status-expired" },
	{ "emptied, as it should be", "2.0.0.127|_status",
	    "_status.bl.example txt empty expires=2099-01-01T00:00:00Z\n", "entries=not-shown:emptied" },
	{ "a text that is no status", "_status", "_status.bl.example txt x\n", "" },
	{ "the pages' host has no address", "www.example", "", "web=failed:web-nowhere" },
};

static void
records_that_are_missing_or_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct world w;

		world_open(&w);
		make_table(w.table, records[i].without, records[i].with);
		look(&w, RIG_GREETING, rig_ours);
		expect(&w, records[i].name, records[i].want);
		world_close(&w);
	}
}

/* --- receivers --- */

static const struct reply no_abuse[] = {
	{ "RCPT TO:<abuse@", "550 5.1.1 no\r\n" }, { "RCPT TO:<postmaster@", "250 ok\r\n" },
	{ "RCPT TO:<optout@", "250 ok\r\n" }, { "RCPT", "550 no\r\n" }, { "", "250 ok\r\n" },
};
static const struct reply anybody[] = { { "", "250 ok\r\n" } };
static const struct reply tired[] = { { "EHLO", "421 later\r\n" }, { "", NULL } };

static const struct { const char *name, *greeting; const struct reply *replies; const char *want; } receivers[] = {
	{ "nobody listens", "", rig_ours, "receiver=failed:smtp-closed postmaster=skipped:after" },
	{ "silence", NULL, rig_ours, "receiver=failed:smtp-silent postmaster=skipped:after" },
	{ "another server", "220 mail.example ESMTP Postfix\r\n", rig_ours,
	    "receiver=failed:smtp-another postmaster=skipped:after" },
	{ "it has no time", "421 relaytest.probe.example busy\r\n", rig_ours,
	    "receiver=failed:smtp-another postmaster=skipped:after" },
	{ "no abuse", RIG_GREETING, no_abuse, "postmaster=failed:role-refused" },
	{ "anybody", RIG_GREETING, anybody, "postmaster=failed:stranger-taken" },
	{ "it leaves after EHLO", RIG_GREETING, tired,
	    "postmaster=failed:role-refused:role-refused:role-refused" },
};

static void
receivers_that_are_not_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(receivers) / sizeof(receivers[0]); i++) {
		struct world w;

		world_open(&w);
		make_table(w.table, "", "");
		look(&w, receivers[i].greeting, receivers[i].replies);
		expect(&w, receivers[i].name, receivers[i].want);
		world_close(&w);
	}
}

/* --- everything else that was seen --- */

static void unkept(struct view *v) { v->clock_kept = false; }
static void no_canary(struct view *v)
{
	v->clock_kept = false;
	v->facts.canary = addr_none;
	v->control.canary = v->control.dated = v->control.outside = false;
}
static void ahead(struct view *v) { v->control.ahead_s = 301; }
static void late(struct view *v) { v->control.ahead_s = -302; v->control.took_ms = 900; }
static void waited(struct view *v) { v->control.ahead_s = -900; v->control.took_ms = 800000; }
static void of_tomorrow(struct view *v) { v->facts.last = v->facts.now + 301; }
static void disk_full(struct view *v) { v->facts.free = (128ll << 20) - 1; }
static void disk_small(struct view *v) { v->facts.free = 128ll << 20; }
static void disk_unknown(struct view *v) { v->facts.free = v->facts.inodes = -1; }
static void inodes(struct view *v) { v->facts.inodes = 999; }
static void files(struct view *v) { v->facts.files = 263; }
static void invented(struct view *v) { v->invented.err = 0; v->invented.n_addrs = 1; }
static void invented_nodata(struct view *v) { v->invented.err = RESOLVE_NO_DATA; }
static void invented_slow(struct view *v) { v->invented.err = RESOLVE_TEMPORARY; }
static void foreign(struct view *v) { v->n_own = 1; v->own[0] = v->source[1].addr; }
static void unknown_own(struct view *v) { v->n_own = 0; }
static void no_source(struct view *v) { v->source[0].addr = v->source[1].addr = addr_none; }
static void outside_lab(struct view *v) { v->facts.n_lab = 0; }
static void no_operator(struct view *v) { v->facts.operator = ""; }
static void no_contact(struct view *v) { v->facts.contact = ""; }
static void contact_ours(struct view *v) { v->facts.contact = "me@Probe.example"; }
static void contact_role(struct view *v) { v->facts.contact = "PostMaster@probe.example"; }
static void contact_second(struct view *v) { v->facts.contact = "postmaster@probe2.example"; }
static void lost(struct view *v) { v->control = (struct view_control){ .why = "letter-lost", .mx = "192.0.2.25" }; }
static void lost_unkept(struct view *v) { lost(v); v->clock_kept = false; }
static void no_prober(struct view *v) { v->control = (struct view_control){ .why = "no-prober" }; }
static void elsewhere(struct view *v) { v->control = (struct view_control){ .why = "not-our-receiver" }; }
static void no_mx(struct view *v) { v->control = (struct view_control){ .why = "no-mx" }; }
static void inside(struct view *v) { v->control.outside = v->control.canary = false; }
static void udp_silent(struct view *v) { v->facts.n_dns = 1; v->tcp[0] = (struct reach_soa){ true, true, true, 7 }; }
static void tcp_another(struct view *v)
{
	v->facts.n_dns = 1;
	v->udp[0] = (struct reach_soa){ true, true, true, 7 };
	v->tcp[0] = (struct reach_soa){ true, true, false, 0 };
}
static void ns_silent(struct view *v) { v->ns[0].soa[0].answered = false; }
static void ns_lame(struct view *v) { v->ns[0].soa[0].authority = false; }
static void ns_behind(struct view *v) { v->ns[0].soa[0].serial = 6; }
static void ns_ahead(struct view *v) { v->ns[0].soa[0].serial = 9; }
static void ns_wrapped(struct view *v) { v->facts.serial = UINT32_MAX; v->ns[0].soa[0].serial = 0; }
static void no_pages(struct view *v) { v->facts.n_web = 0; }
static void pages_silent(struct view *v) { v->pages[0] = (struct reach_http){ .asked = true }; }
static void pages_missing(struct view *v) { v->pages[0].code = 404; }
static void ns_outside(struct view *v) { v->ns[0].outside[0] = true; }

static const struct { const char *name; void (*change)(struct view *v); const char *want; } others[] = {
	{ "the canary's hour does for the clock", unkept, "" },
	{ "neither canary nor time service", no_canary, "clock=not-shown:clock-free port25=not-shown:port25-inside" },
	{ "the canary is ahead", ahead, "clock=failed:clock-wrong" },
	{ "the canary is behind", late, "clock=failed:clock-wrong" },
	{ "the letter waited at the canary", waited, "" },
	{ "the journal is of tomorrow", of_tomorrow, "clock=failed:clock-behind" },
	{ "no space", disk_full, "disk=failed:disk-full budget=failed:budget-large" },
	{ "just enough space", disk_small, "budget=failed:budget-large" },
	{ "a disk that says nothing", disk_unknown, "disk=not-shown:disk-unknown" },
	{ "no inodes", inodes, "disk=failed:inodes-few" },
	{ "few descriptors", files, "descriptors=failed:files-few" },
	{ "an invented address", invented, "nxdomain=failed:name-invented" },
	{ "an invented name", invented_nodata, "nxdomain=failed:name-invented" },
	{ "no answer for a name that nobody has", invented_slow, "nxdomain=not-shown:no-answer" },
	{ "a source that is not ours", foreign, "fcrdns=failed:source-foreign" },
	{ "the system does not say what is ours", unknown_own, "" },
	{ "no source at all", no_source, "fcrdns=not-shown:no-source" },
	{ "special-use addresses are no source", outside_lab, "fcrdns=failed:source-special:source-special" },
	{ "nobody probes", no_operator, "contact=failed:no-operator" },
	{ "nobody answers", no_contact, "contact=failed:no-contact" },
	{ "a contact whom our receiver does not know", contact_ours, "contact=failed:contact-ours" },
	{ "a contact whom it knows", contact_role, "" },
	{ "a contact in the second domain", contact_second, "contact=failed:contact-ours" },
	{ "the letter is lost", lost, "control=failed:control-lost port25=skipped:after" },
	{ "without the letter the canary told no hour", lost_unkept,
	    "clock=skipped:after control=failed:control-lost port25=skipped:after" },
	{ "no prober", no_prober, "control=failed:control-prober port25=skipped:after" },
	{ "the MX is another's", elsewhere, "control=failed:control-elsewhere port25=skipped:after" },
	{ "another reason", no_mx, "control=failed:control-failed port25=skipped:after" },
	{ "the letter stayed inside", inside, "port25=not-shown:port25-inside" },
	{ "UDP is silent", udp_silent, "dns=failed:dns-silent" },
	{ "another answers TCP", tcp_another, "dns=failed:dns-another" },
	{ "a name server is silent", ns_silent, "delegation=failed:ns-silent" },
	{ "a name server is lame", ns_lame, "delegation=failed:ns-lame" },
	{ "a name server is behind", ns_behind, "delegation=failed:ns-behind" },
	{ "a name server knows more already", ns_ahead, "" },
	{ "serials wrap", ns_wrapped, "" },
	{ "no pages", no_pages, "web=not-shown:web-none" },
	{ "pages that do not answer", pages_silent, "web=failed:web-silent" },
	{ "no page to opt out", pages_missing, "web=failed:web-page" },
	{ "a name server outside of the laboratory", ns_outside, "delegation=not-shown:ns-outside" },
};

static void
everything_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct world w;

		world_open(&w);
		make_table(w.table, "", "");
		look(&w, RIG_GREETING, rig_ours);
		others[i].change(w.view);
		expect(&w, others[i].name, others[i].want);
		world_close(&w);
	}
}

/* Nothing seen at all must not read as ok. */
static void
nothing_seen_is_no_pass(void **state)
{
	enum check_state states[CHECK_N];
	struct world w;

	(void)state;
	world_open(&w);
	w.view->control = (struct view_control){ .ok = false };
	doctor_judge(w.judged, w.view);
	for (enum check c = 0; c < CHECK_N; c++)
		states[c] = w.judged[c].state;
	assert_false(checklist_passes(states));
	for (enum check c = CHECK_RESOLVER; c < CHECK_N; c++)
		if (checklist[c].required && states[c] == CHECK_OK && c != CHECK_DNS)
			fail_msg("%s is ok", checklist[c].tag);
	world_close(&w);
}

/* --- parts --- */

static void
wildcards_are_what_the_catalogue_needs(void **state)
{
	(void)state;
	/* R12 is {T}@{dom}.{pd}; nothing stands before {pd2} */
	assert_int_equal(relaytest_find(STR("R12")) >= 0, 1);
	assert_true(judge_mail_wild(0));
	assert_false(judge_mail_wild(1));
}

static const struct { const char *name, *addr; bool generic; } names[] = {
	{ "host-192-0-2-25.example", "192.0.2.25", true },
	{ "25.2.0.192.dyn.example", "192.0.2.25", true },
	{ "192-000-002-025.example", "192.0.2.25", true },
	{ "p2-25.example", "192.0.2.25", true },
	{ "c0000219.example", "192.0.2.25", true },
	{ "relaytest.probe.example", "192.0.2.25", false },
	{ "relay25.probe.example", "192.0.2.25", false },
	{ "mx2.probe.example", "192.0.2.25", false },
	{ "mx2.probe.example", "192.0.2.2", false },
	{ "mx2-2.probe.example", "192.0.2.2", true },
	{ "2-25.example", "2001:db8::219", false },
	{ "x99999999999999999999.example", "192.0.2.25", false },
	{ "", "192.0.2.25", false },
};

static void
subscribers_names(void **state)
{
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(addr_parse(&a, str_of(names[i].addr)), 0);
		if (judge_mail_generic(str_of(names[i].name), &a) != names[i].generic)
			fail_msg("%s of %s: want %d", names[i].name, names[i].addr, names[i].generic);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_that_are_missing_or_wrong),
		cmocka_unit_test(receivers_that_are_not_right),
		cmocka_unit_test(everything_else),
		cmocka_unit_test(nothing_seen_is_no_pass),
		cmocka_unit_test(wildcards_are_what_the_catalogue_needs),
		cmocka_unit_test(subscribers_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
