#include "tool/judge_mail.h"

#include <stdio.h>
#include <string.h>

#include "fact/relaytest.h"
#include "fact/special_use.h"

/* --- the source's name --- */

static bool
is_own(const struct view *v, const struct addr *a)
{
	for (size_t i = 0; i < v->n_own; i++)
		if (addr_eq(&v->own[i], a))
			return true;
	return v->n_own == 0;	/* the system does not say */
}

static void
reverse_name(char out[TROUBLE_ARG], const struct addr *a)
{
	char labels[ADDR_LABELS];

	addr_labels(labels, a);
	snprintf(out, TROUBLE_ARG, "%s.%s", labels,
	    addr_is_v4(a) ? "in-addr.arpa" : "ip6.arpa");
}

static void
judge_ptr_names(struct judged *j, const struct view *v, const struct view_source *s,
    const char *addr)
{
	char name[TROUBLE_ARG], names[TROUBLE_ARG], record[2 * TROUBLE_ARG];
	const char *helo = v->facts.helo;

	if (!judged_answered(j, &s->ptr))
		return;
	reverse_name(name, &s->addr);
	if (s->ptr.err != 0)
		judged_say(j, TROUBLE_PTR_NONE, addr, name, helo);
	else if (!judged_has_name(&s->ptr, str_of(helo))) {
		snprintf(record, sizeof(record), "%s. PTR %s.", name, helo);
		judged_say(j, TROUBLE_PTR_OTHER, addr, judged_text(names, &s->ptr), record);
	}
}

static void
judge_source(struct judged *j, const struct view *v, const struct view_source *s)
{
	const char *key = addr_is_v4(&s->addr) ? "probe.from" : "probe.from6", *why;
	char addr[ADDR_TEXT];

	addr_text(addr, &s->addr);
	if (!is_own(v, &s->addr)) {
		judged_say(j, TROUBLE_SOURCE_FOREIGN, addr, key, NULL);
		return;
	}
	if (special_use(&s->addr, v->facts.lab, v->facts.n_lab, &why)) {
		judged_say(j, TROUBLE_SOURCE_SPECIAL, addr, key, NULL);
		return;
	}
	judge_ptr_names(j, v, s, addr);
	if (v->helo.err != RESOLVE_TEMPORARY && !judged_has_addr(&v->helo, &s->addr))
		judged_say(j, TROUBLE_HELO_ELSEWHERE, v->facts.helo, addr,
		    addr_is_v4(&s->addr) ? "A" : "AAAA");
}

void
judge_mail_fcrdns(struct judged *j, const struct view *v)
{
	bool any = false;

	if (!judged_after(j, CHECK_RESOLVER, judged_resolver(v)))
		return;
	for (size_t i = 0; i < 2; i++)
		if (!addr_is_none(&v->source[i].addr)) {
			any = true;
			judge_source(j, v, &v->source[i]);
		}
	if (!any)
		judged_say(j, TROUBLE_NO_SOURCE, NULL, NULL, NULL);
	else
		(void)judged_answered(j, &v->helo);
}

/* Takes a number off the digits that stand at *s, or nothing. */
static bool
next_number(struct str *s, uint64_t *out)
{
	struct str digits;

	while (s->n > 0 && !ascii_digit(s->p[0]))
		*s = (struct str){ s->p + 1, s->n - 1 };
	digits = (struct str){ s->p, 0 };
	while (s->n > 0 && ascii_digit(s->p[0])) {
		digits.n++;
		*s = (struct str){ s->p + 1, s->n - 1 };
	}
	while (digits.n > 1 && digits.p[0] == '0')	/* 192-000-002-025 */
		digits = (struct str){ digits.p + 1, digits.n - 1 };
	if (str_u64(out, digits, 999) != 0)
		*out = 999;
	return digits.n > 0;
}

/* The last two octets of an IPv4 address tell hosts of one provider apart:
 * both in the name, as numbers of their own, or all four in hex. */
bool
judge_mail_generic(struct str name, const struct addr *a)
{
	unsigned wanted[2] = { a->o[14], a->o[15] };
	char hex[9];
	uint64_t n;

	if (!addr_is_v4(a))
		return false;
	str_hex(hex, a->o + 12, 4);
	if (str_search(name, str_of(hex)) >= 0)
		return true;
	while (next_number(&name, &n))
		for (size_t i = 0; i < 2; i++)
			if (wanted[i] == n) {
				wanted[i] = 1000;	/* found */
				break;
			}
	return wanted[0] == 1000 && wanted[1] == 1000;
}

void
judge_mail_ptr(struct judged *j, const struct view *v)
{
	char addr[ADDR_TEXT];

	if (!judged_after(j, CHECK_RESOLVER, judged_resolver(v)))
		return;
	for (size_t i = 0; i < 2; i++) {
		const struct view_source *s = &v->source[i];

		addr_text(addr, &s->addr);
		for (size_t k = 0; s->ptr.err == 0 && k < s->ptr.n_names; k++)
			if (judge_mail_generic(str_of(s->ptr.names[k]), &s->addr))
				judged_say(j, TROUBLE_PTR_GENERIC, addr, s->ptr.names[k], NULL);
	}
}

/* --- the mailbox --- */

static void
listens(char out[TROUBLE_ARG], const struct view *v)
{
	struct wbuf w = wbuf_of(out, TROUBLE_ARG - 1);
	char text[FACTS_LISTEN];

	for (size_t i = 0; i < v->facts.n_smtp; i++) {
		doctor_facts_listen(text, &v->facts.smtp[i]);
		wbuf_printf(&w, "%s%s", i > 0 ? " " : "", text);
	}
	out[w.len] = '\0';
}

/* Ports are the control letter's to show: a firewall may lead 25 to another. */
static bool
is_receiver(const struct view *v, const struct addr *a)
{
	for (size_t i = 0; i < v->facts.n_smtp; i++)
		if (addr_eq(&v->facts.smtp[i].addr, a))
			return true;
	return false;
}

static void
judge_host(struct judged *j, const struct view *v, const struct view_domain *d, size_t i)
{
	const struct seen *host = &d->hosts[i], *alias = &d->host_alias[i];
	char addr[ADDR_TEXT], where[TROUBLE_ARG];

	if (alias->err == 0 && alias->n_names > 0)
		judged_say(j, TROUBLE_MX_ALIAS, host->name, alias->names[0], NULL);
	if (!judged_answered(j, host))
		return;
	if (host->err != 0)
		judged_say(j, TROUBLE_MX_NOWHERE, host->name, NULL, NULL);
	listens(where, v);
	for (size_t k = 0; host->err == 0 && k < host->n_addrs; k++) {
		addr_text(addr, &host->addrs[k]);
		if (!is_receiver(v, &host->addrs[k]))
			judged_say(j, TROUBLE_MX_ELSEWHERE, host->name, addr, where);
	}
}

static void
judge_domain(struct judged *j, const struct view *v, const struct view_domain *d)
{
	if (d->alias.err == 0 && d->alias.n_names > 0)
		judged_say(j, TROUBLE_DOMAIN_ALIAS, d->alias.name, d->alias.names[0], NULL);
	if (!judged_answered(j, &d->mx))
		return;
	if (d->mx.err == RESOLVE_NULL_MX)
		judged_say(j, TROUBLE_MX_NULL, d->mx.name, NULL, NULL);
	else if (d->mx.err != 0)
		judged_say(j, TROUBLE_MX_NONE, d->mx.name, NULL, NULL);
	for (size_t i = 0; d->mx.err == 0 && i < d->mx.n_names; i++)
		judge_host(j, v, d, i);
}

void
judge_mail_mx(struct judged *j, const struct view *v)
{
	if (!judged_after(j, CHECK_RESOLVER, judged_resolver(v)))
		return;
	for (size_t i = 0; i < 2; i++)
		if (v->domain[i].mx.asked)
			judge_domain(j, v, &v->domain[i]);
}

bool
judge_mail_wild(int which)
{
	struct str below = which == 0 ? STR(".{pd}") : STR(".{pd2}");

	for (size_t i = 0; i < RELAYTEST_N; i++) {
		const struct relaytest *f = &relaytest_forms[i];

		if (str_search(str_of(f->mail_from), below) >= 0 ||
		    str_search(str_of(f->rcpt_to), below) >= 0)
			return true;
	}
	return false;
}

static bool
same_names(const struct seen *a, const struct seen *b)
{
	for (size_t i = 0; i < a->n_names; i++)
		if (!judged_has_name(b, str_of(a->names[i])))
			return false;
	return a->n_names == b->n_names;
}

static void
judge_wild(struct judged *j, const struct view_domain *d, const struct seen *wild)
{
	char got[TROUBLE_ARG], record[3 * TROUBLE_ARG];

	if (!judged_answered(j, wild))
		return;
	snprintf(record, sizeof(record), "*.%s. MX 10 %s.", d->mx.name, d->mx.names[0]);
	if (wild->err != 0)
		judged_say(j, TROUBLE_WILD_NONE, wild->name, d->mx.name, d->mx.names[0]);
	else if (!same_names(wild, &d->mx))
		judged_say(j, TROUBLE_WILD_OTHER, wild->name, judged_text(got, wild), record);
}

void
judge_mail_wildcard(struct judged *j, const struct view *v)
{
	if (!judged_after(j, CHECK_RESOLVER, judged_resolver(v)))
		return;
	for (int i = 0; i < 2; i++) {
		const struct view_domain *d = &v->domain[i];

		if (!d->mx.asked || !judge_mail_wild(i) ||
		    !judged_after(j, CHECK_MX, d->mx.err == 0))
			continue;
		for (size_t k = 0; k < 2; k++)
			judge_wild(j, d, &d->wild[k]);
	}
}

static const char *
our_name(const struct view *v)	/* as receive greets */
{
	return v->facts.helo[0] != '\0' ? v->facts.helo : v->facts.domain[0];
}

static bool
is_ours(const struct view *v, const struct reach_smtp *r)
{
	return r->code[REACH_GREETING] == 220 &&
	    str_ieq(str_of(r->host), str_of(our_name(v)));
}

void
judge_mail_receiver(struct judged *j, const struct view *v)
{
	char where[FACTS_LISTEN];

	for (size_t i = 0; i < v->facts.n_smtp; i++) {
		const struct reach_smtp *r = &v->smtp[i];

		doctor_facts_listen(where, &v->facts.smtp[i]);
		if (!r->connected)
			judged_say(j, TROUBLE_SMTP_CLOSED, where, NULL, NULL);
		else if (r->code[REACH_GREETING] == 0)
			judged_say(j, TROUBLE_SMTP_SILENT, where, NULL, NULL);
		else if (!is_ours(v, r))
			judged_say(j, TROUBLE_SMTP_ANOTHER, where, r->said[REACH_GREETING], our_name(v));
	}
}

static void
judge_boxes(struct judged *j, const struct view *v, const struct reach_smtp *r,
    const char *where)
{
	char box[2 * TROUBLE_ARG], reply[REACH_SAID + 8];

	for (enum reach_step s = REACH_POSTMASTER; s <= REACH_STRANGER; s++) {
		bool taken = r->code[s] / 100 == 2, stranger = s == REACH_STRANGER;

		snprintf(box, sizeof(box), "%s@%s", reach_smtp_box(r, s), v->facts.domain[0]);
		snprintf(reply, sizeof(reply), "%u %s", (unsigned)r->code[s], r->said[s]);
		if (stranger && taken)
			judged_say(j, TROUBLE_STRANGER_TAKEN, box, where, NULL);
		else if (!stranger && !taken)
			judged_say(j, TROUBLE_ROLE_REFUSED, box, where, r->code[s] == 0 ? "-" : reply);
	}
}

void
judge_mail_postmaster(struct judged *j, const struct view *v)
{
	char where[FACTS_LISTEN];

	for (size_t i = 0; i < v->facts.n_smtp; i++) {
		doctor_facts_listen(where, &v->facts.smtp[i]);
		if (judged_after(j, CHECK_RECEIVER, is_ours(v, &v->smtp[i])))
			judge_boxes(j, v, &v->smtp[i], where);
	}
}

static bool
is_role(struct str local)
{
	return str_ieq(local, STR("postmaster")) || str_ieq(local, STR("abuse")) ||
	    str_ieq(local, STR("optout"));
}

static void
judge_contact_domain(struct judged *j, const struct view *v, const char *domain)
{
	const struct seen *mx = &v->contact_mx, *addr = &v->contact_addr;

	if (!judged_after(j, CHECK_RESOLVER, judged_resolver(v)) || !judged_answered(j, mx))
		return;
	if (mx->err == RESOLVE_NULL_MX)
		judged_say(j, TROUBLE_CONTACT_NOWHERE, v->facts.contact, domain, NULL);
	else if (mx->err != 0 && judged_answered(j, addr) && addr->err != 0)
		judged_say(j, TROUBLE_CONTACT_NOWHERE, v->facts.contact, domain, NULL);
}

void
judge_mail_contact(struct judged *j, const struct view *v)
{
	struct str domain = str_of(v->facts.contact), local = str_cut(&domain, '@');
	bool first = str_ieq(domain, str_of(v->facts.domain[0]));

	if (v->facts.operator[0] == '\0')
		judged_say(j, TROUBLE_NO_OPERATOR, NULL, NULL, NULL);
	if (domain.n == 0)
		judged_say(j, TROUBLE_NO_CONTACT, NULL, NULL, NULL);
	else if ((first && !is_role(local)) ||
	    str_ieq(domain, str_of(v->facts.domain[1])))
		judged_say(j, TROUBLE_CONTACT_OURS, v->facts.contact, v->facts.domain[0], NULL);
	else if (!first)
		judge_contact_domain(j, v, domain.p);
}

static const struct { const char *why; enum trouble_is is; } letters[] = {
	{ "no-prober", TROUBLE_CONTROL_PROBER }, { "letter-lost", TROUBLE_CONTROL_LOST },
	{ "not-our-receiver", TROUBLE_CONTROL_ELSEWHERE },
};

void
judge_mail_control(struct judged *j, const struct view *v)
{
	const struct view_control *c = &v->control;

	if (c->ok)
		return;
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (strcmp(letters[i].why, c->why) == 0) {
			judged_say(j, letters[i].is, c->mx[0] != '\0' ? c->mx : "-", NULL, NULL);
			return;
		}
	judged_say(j, TROUBLE_CONTROL_FAILED, c->why, NULL, NULL);
}

void
judge_mail_port25(struct judged *j, const struct view *v)
{
	if (judged_after(j, CHECK_CONTROL, v->control.ok) && !v->control.outside)
		judged_say(j, TROUBLE_PORT25_INSIDE, v->control.mx, NULL, NULL);
}
