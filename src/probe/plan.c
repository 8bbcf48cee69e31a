#include "probe/plan.h"

#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>

enum { ADDRESS_MAX = 254 };	/* RFC 5321 4.5.3.1.3 less its brackets */

struct plan_list {
	psl_ctx_t		*psl;	/* owned; NULL where the builtin one is used */
	const psl_ctx_t		*use;	/* may be NULL: libpsl has none */
};

int
plan_list_new(struct plan_list **out)
{
	struct plan_list *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return SEK_ENOMEM;
	l->psl = psl_latest(NULL);
	l->use = l->psl != NULL ? l->psl : psl_builtin();
	*out = l;
	return 0;
}

void
plan_list_free(struct plan_list *l)
{
	if (l == NULL)
		return;
	if (l->psl != NULL)
		psl_free(l->psl);
	free(l);
}

/* An address as it stands between the brackets of a literal. */
static void
literal(char *out, size_t cap, const struct addr *a)
{
	char text[ADDR_TEXT];

	addr_text(text, a);
	snprintf(out, cap, "%s%s", addr_is_v4(a) ? "" : "IPv6:", text);
}

/* "Any" and loopback would name the target itself. */
static bool
reachable(const struct addr *a)
{
	static const struct net here[] = {
		{ { { 0 } }, 127 },	/* :: and ::1 */
		{ { { [10] = 0xff, [11] = 0xff } }, 104 },
		{ { { [10] = 0xff, [11] = 0xff, [12] = 127 } }, 104 },
	};

	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++)
		if (net_has(&here[i], a))
			return false;
	return true;
}

void
plan_start(struct plan *p, const struct addr *target, bool lab, const struct conf *c)
{
	*p = (struct plan){ .lab = lab };
	literal(p->ip, sizeof(p->ip), target);
	for (size_t i = 0; i < c->n_smtp && p->rx[0] == '\0'; i++)
		if (reachable(&c->smtp[i].addr))
			literal(p->rx, sizeof(p->rx), &c->smtp[i].addr);
}

/* RFC 1123 2.1 with _ , at least two labels, and not all digits at the end
 * (that would be an address). */
static bool
name_ok(struct str s)
{
	struct str label = { 0 };
	size_t labels = 0;
	bool digits = true;

	while (s.n > 0) {
		bool dot = str_find(s, '.') >= 0;

		label = str_cut(&s, '.');
		if (label.n == 0 || label.n > 63 || (dot && s.n == 0) ||
		    label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		digits = true;
		for (size_t i = 0; i < label.n; i++) {
			if (!ascii_alnum(label.p[i]) && label.p[i] != '-' && label.p[i] != '_')
				return false;
			digits = digits && ascii_digit(label.p[i]);
		}
		labels++;
	}
	return labels >= 2 && !digits;
}

bool
plan_name(char out[TEXT_HOST + 1], struct str name)
{
	out[0] = '\0';
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n > TEXT_HOST - 2 || !name_ok(name))
		return false;
	for (size_t i = 0; i < name.n; i++)
		out[i] = ascii_lower(name.p[i]);
	out[name.n] = '\0';
	return true;
}

size_t
plan_doms(struct str out[PLAN_DOMS], const struct plan_list *l, const char *host)
{
	const char *top = l->use == NULL ? NULL : psl_registrable_domain(l->use, host);
	struct str least, rest = str_of(host);
	size_t n = 0;

	if (top == NULL)
		return 0;
	least = str_of(top);
	out[n++] = least;
	str_cut(&rest, '.');
	while (n < PLAN_DOMS && rest.n > least.n) {
		out[n++] = rest;
		str_cut(&rest, '.');
	}
	return n;
}

static struct relaytest_names
names_of(const struct plan *p, const struct msg_form *m, const struct conf *c)
{
	return (struct relaytest_names){
		.T = m->recipient, .S = m->sender,
		.pd = str_of(c->probe_domain), .pd2 = str_of(c->probe_domain2),
		.rx = str_of(p->rx), .host = m->host, .dom = m->dom,
		.ip = str_of(p->ip),
	};
}

bool
plan_mx_name(char out[TEXT_HOST + 1], const struct addr *target, const struct conf *c)
{
	char text[ADDR_TEXT];
	size_t n;

	addr_text(text, target);
	for (n = 0; text[n] != '\0'; n++)
		if (text[n] == '.' || text[n] == ':')
			text[n] = '-';
	return (size_t)snprintf(out, TEXT_HOST + 1, "mx-%s%s.%s", text,
	    text[n - 1] == '-' ? "0" : "", c->probe_domain) <= TEXT_HOST;
}

int
plan_fill(char *mail_from, char *rcpt_to, const struct plan *p,
    const struct msg_form *m, const struct conf *c)
{
	const struct relaytest *f;
	struct relaytest_names n = names_of(p, m, c);
	int err;

	if (m->rcpt_to.n > 0) {
		err = str_copy(mail_from, TEXT_PATH + 1, m->mail_from);
		return err != 0 ? err : str_copy(rcpt_to, TEXT_PATH + 1, m->rcpt_to);
	}
	if (m->form >= RELAYTEST_N)
		return SEK_EPARSE;
	f = &relaytest_forms[m->form];
	err = relaytest_fill(mail_from, ADDRESS_MAX + 1, f->mail_from, &n);
	if (f->flags & FORM_NEEDS_MX)
		n.pd = p->mx;
	return err != 0 ? err : relaytest_fill(rcpt_to, ADDRESS_MAX + 1, f->rcpt_to, &n);
}

int
plan_greeting(char *out, const struct plan *p, const struct msg_form *m,
    const struct conf *c)
{
	struct relaytest_names n;

	if (m == NULL || m->form >= RELAYTEST_N || relaytest_forms[m->form].ehlo == NULL)
		return str_copy(out, TEXT_HOST + 1, str_of(c->probe_helo));
	n = names_of(p, m, c);
	return relaytest_fill(out, TEXT_HOST + 1, relaytest_forms[m->form].ehlo, &n);
}
