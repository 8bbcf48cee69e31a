#include "tool/doctor_judge.h"

#include <stdio.h>
#include <stdlib.h>

#include "tool/judge_mail.h"
#include "wire/snapshot.h"

typedef void judge(struct judged *j, const struct view *v);

static const char *
servers(const struct view *v)
{
	return v->facts.resolver[0] != '\0' ? v->facts.resolver : "/etc/resolv.conf";
}

/* --- this machine --- */

static void
judge_clock(struct judged *j, const struct view *v)
{
	const struct view_control *c = &v->control;
	char canary[ADDR_TEXT], when[WALL_TEXT], off[24];
	int64_t late_s = JUDGE_CLOCK_S + c->took_ms / 1000;	/* it may have waited there */

	addr_text(canary, &v->facts.canary);
	if (c->dated && (c->ahead_s > JUDGE_CLOCK_S || c->ahead_s < -late_s)) {
		snprintf(off, sizeof(off), "%lld", (long long)llabs(c->ahead_s));
		judged_say(j, TROUBLE_CLOCK_WRONG, off, canary, NULL);
	}
	wall_text(when, (struct wall){ v->facts.last });
	if (v->facts.last > v->facts.now + JUDGE_CLOCK_S)
		judged_say(j, TROUBLE_CLOCK_BEHIND, when, NULL, NULL);
	if (v->clock_kept || c->dated)
		return;
	/* a canary would have told the hour */
	if (judged_after(j, CHECK_CONTROL, addr_is_none(&v->facts.canary) || c->ok))
		judged_say(j, TROUBLE_CLOCK_FREE, NULL, NULL, NULL);
}

static void
judge_disk(struct judged *j, const struct view *v)
{
	const struct facts *f = &v->facts;

	if (f->free < 0)
		judged_say(j, TROUBLE_DISK_UNKNOWN, f->state, NULL, NULL);
	else if (f->free >> 20 < JUDGE_DISK_MIB)
		judged_number(j, TROUBLE_DISK_FULL, f->state, f->free >> 20, JUDGE_DISK_MIB);
	if (f->inodes >= 0 && f->inodes < JUDGE_INODES)
		judged_number(j, TROUBLE_INODES_FEW, f->state, f->inodes, JUDGE_INODES);
}

static void
judge_budget(struct judged *j, const struct view *v)
{
	const struct facts *f = &v->facts;
	int64_t grows = f->budget - f->held;

	if (f->free >= 0 && grows > f->free)
		judged_number(j, TROUBLE_BUDGET_LARGE, f->state, f->free >> 20, grows >> 20);
}

static void
judge_descriptors(struct judged *j, const struct view *v)
{
	int64_t needed = v->facts.sessions + JUDGE_FILES;
	char has[24];

	snprintf(has, sizeof(has), "%lld", (long long)v->facts.files);
	if (v->facts.files < needed)
		judged_number(j, TROUBLE_FILES_FEW, has, needed, 0);
}

/* --- resolver --- */

static void
judge_resolver(struct judged *j, const struct view *v)
{
	if (!judged_resolver(v))
		judged_say(j, TROUBLE_RESOLVER_SILENT, servers(v), NULL, NULL);
	else if (v->root.err != 0 || v->root.n_names == 0)
		judged_say(j, TROUBLE_RESOLVER_ROOT, servers(v), NULL, NULL);
}

static void
judge_nxdomain(struct judged *j, const struct view *v)
{
	char got[TROUBLE_ARG];

	if (judged_after(j, CHECK_RESOLVER, judged_resolver(v)) &&
	    judged_answered(j, &v->invented) && v->invented.err != RESOLVE_NO_NAME)
		judged_say(j, TROUBLE_NAME_INVENTED, v->invented.name,
		    judged_text(got, &v->invented), NULL);
}

static void
judge_dnssec(struct judged *j, const struct view *v)
{
	if (judged_after(j, CHECK_RESOLVER, judged_resolver(v)) && !v->root.ad)
		judged_say(j, TROUBLE_NOT_VALIDATING, servers(v), NULL, NULL);
}

/* --- the list --- */

static void
judge_answer(struct judged *j, const struct view *v, const char *where,
    const char *over, const struct reach_soa *soa)
{
	if (!soa->answered)
		judged_say(j, TROUBLE_DNS_SILENT, where, over, NULL);
	else if (!soa->authority)
		judged_say(j, TROUBLE_DNS_ANOTHER, where, over, v->facts.zone);
}

static void
judge_dns(struct judged *j, const struct view *v)
{
	char where[FACTS_LISTEN];

	for (size_t i = 0; i < v->facts.n_dns; i++) {
		doctor_facts_listen(where, &v->facts.dns[i]);
		judge_answer(j, v, where, "UDP", &v->udp[i]);
		judge_answer(j, v, where, "TCP", &v->tcp[i]);
	}
}

/* Serials wrap (RFC 1982). */
static bool
is_older(uint32_t serial, int64_t than)
{
	return (int32_t)(serial - (uint32_t)than) < 0;
}

static void
judge_ns_addr(struct judged *j, const struct view *v, const char *name,
    const struct view_ns *ns, size_t i)
{
	const struct reach_soa *soa = &ns->soa[i];
	char addr[ADDR_TEXT], serials[48];

	addr_text(addr, &ns->addrs.addrs[i]);
	snprintf(serials, sizeof(serials), "%u < %lld", (unsigned)soa->serial,
	    (long long)v->facts.serial);
	if (ns->outside[i])
		judged_say(j, TROUBLE_NS_OUTSIDE, name, addr, NULL);
	else if (!soa->answered)
		judged_say(j, TROUBLE_NS_SILENT, name, addr, NULL);
	else if (!soa->authority)
		judged_say(j, TROUBLE_NS_LAME, name, addr, v->facts.zone);
	else if (is_older(soa->serial, v->facts.serial))
		judged_say(j, TROUBLE_NS_BEHIND, name, addr, serials);
}

static void
judge_ns(struct judged *j, const struct view *v, size_t i)
{
	const struct view_ns *ns = &v->ns[i];

	if (!judged_has_name(&v->zone, v->facts.ns[i]))
		judged_say(j, TROUBLE_NS_MISSING, v->facts.zone, ns->addrs.name, NULL);
	if (!judged_answered(j, &ns->addrs))
		return;
	if (ns->addrs.err != 0)
		judged_say(j, TROUBLE_NS_NOWHERE, ns->addrs.name, NULL, NULL);
	for (size_t k = 0; ns->addrs.err == 0 && k < ns->addrs.n_addrs &&
	    k < VIEW_NS_ADDRS; k++)
		judge_ns_addr(j, v, ns->addrs.name, ns, k);
}

static bool
is_in_ns(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->n_ns; i++)
		if (str_ieq(f->ns[i], str_of(name)))
			return true;
	return false;
}

static void
judge_delegation(struct judged *j, const struct view *v)
{
	if (!judged_after(j, CHECK_RESOLVER, judged_resolver(v)))
		return;
	if (v->zone.err == RESOLVE_TEMPORARY) {
		judged_say(j, TROUBLE_ZONE_BROKEN, v->facts.zone, NULL, NULL);
		return;
	}
	if (v->zone.err != 0) {
		judged_say(j, TROUBLE_ZONE_UNKNOWN, v->facts.zone, v->ns[0].addrs.name, NULL);
		return;
	}
	for (size_t i = 0; i < v->facts.n_ns; i++)
		judge_ns(j, v, i);
	for (size_t i = 0; i < v->zone.n_names; i++)
		if (!is_in_ns(&v->facts, v->zone.names[i]))
			judged_say(j, TROUBLE_NS_STRANGE, v->facts.zone, v->zone.names[i], NULL);
}

/* An emptied list has none, as it should. */
static void
judge_listed(struct judged *j, const struct view *v)
{
	const struct addr entry = addr_v4(127, 0, 0, 2);
	const struct view_entry *e = &v->entry;
	char got[TROUBLE_ARG];

	if (life_said(&e->status.life) && e->status.life.is == SNAPSHOT_EMPTY) {
		judged_say(j, TROUBLE_EMPTIED, v->facts.zone, NULL, NULL);
		return;
	}
	for (size_t i = 0; i < 2; i++)
		if (judged_answered(j, &e->listed[i]) && !judged_has_addr(&e->listed[i], &entry))
			judged_say(j, TROUBLE_ENTRY_NONE, e->listed[i].name,
			    judged_text(got, &e->listed[i]), NULL);
}

static void
judge_status(struct judged *j, const struct view *v)
{
	const struct seen *s = &v->entry.status;
	char until[WALL_TEXT];

	if (!judged_answered(j, s))
		return;
	wall_text(until, s->life.expires);
	if (s->err != 0 || s->n_texts == 0)
		judged_say(j, TROUBLE_STATUS_NONE, s->name, NULL, NULL);
	else if (life_said(&s->life) && s->life.expires.s < v->facts.now)
		judged_say(j, TROUBLE_STATUS_EXPIRED, s->name, until, NULL);
}

static void
judge_entries(struct judged *j, const struct view *v)
{
	const struct view_entry *e = &v->entry;
	char got[TROUBLE_ARG];

	if (!judged_after(j, CHECK_RESOLVER, judged_resolver(v)) ||
	    !judged_after(j, CHECK_DELEGATION, v->zone.err == 0))
		return;
	judge_listed(j, v);
	if (judged_answered(j, &e->never) && e->never.err != RESOLVE_NO_NAME)
		judged_say(j, TROUBLE_ENTRY_STRANGER, e->never.name, judged_text(got, &e->never), NULL);
	judge_status(j, v);
}

static void
judge_pages(struct judged *j, const struct view *v)
{
	char where[FACTS_LISTEN], code[8];

	if (v->facts.n_web == 0)
		judged_say(j, TROUBLE_WEB_NONE, NULL, NULL, NULL);
	for (size_t i = 0; i < v->facts.n_web; i++) {
		doctor_facts_listen(where, &v->facts.web[i]);
		snprintf(code, sizeof(code), "%u", (unsigned)v->pages[i].code);
		if (v->pages[i].code == 0)
			judged_say(j, TROUBLE_WEB_SILENT, where, NULL, NULL);
		else if (v->pages[i].code != 200)
			judged_say(j, TROUBLE_WEB_PAGE, where, VIEW_OPTOUT, code);
	}
}

static void
judge_web(struct judged *j, const struct view *v)
{
	judge_pages(j, v);
	if (v->web.asked && judged_after(j, CHECK_RESOLVER, judged_resolver(v)) &&
	    judged_answered(j, &v->web) && v->web.err != 0)
		judged_say(j, TROUBLE_WEB_NOWHERE, v->web.name, NULL, NULL);
}

static judge *const judges[CHECK_N] = {
	[CHECK_CLOCK] = judge_clock, [CHECK_DISK] = judge_disk,
	[CHECK_BUDGET] = judge_budget, [CHECK_DESCRIPTORS] = judge_descriptors,
	[CHECK_RESOLVER] = judge_resolver, [CHECK_NXDOMAIN] = judge_nxdomain,
	[CHECK_DNSSEC] = judge_dnssec, [CHECK_FCRDNS] = judge_mail_fcrdns,
	[CHECK_PTR] = judge_mail_ptr, [CHECK_MX] = judge_mail_mx,
	[CHECK_WILDCARD] = judge_mail_wildcard, [CHECK_RECEIVER] = judge_mail_receiver,
	[CHECK_POSTMASTER] = judge_mail_postmaster, [CHECK_CONTACT] = judge_mail_contact,
	[CHECK_CONTROL] = judge_mail_control, [CHECK_PORT25] = judge_mail_port25,
	[CHECK_DNS] = judge_dns, [CHECK_DELEGATION] = judge_delegation,
	[CHECK_ENTRIES] = judge_entries, [CHECK_WEB] = judge_web,
};

void
doctor_judge(struct judged out[CHECK_N], const struct view *v)
{
	for (enum check c = 0; c < CHECK_N; c++) {
		out[c].state = CHECK_OK;
		out[c].n = 0;
		judges[c](&out[c], v);
	}
}
