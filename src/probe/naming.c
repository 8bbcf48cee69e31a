#include "probe/naming.h"

#include <stdlib.h>

#include "fact/record_aside.h"
#include "probe/session.h"

enum { ITEMS = 16, MX_HOSTS = 4 };

struct item {
	enum name_source	source;
	bool			domain;		/* no host: a mail domain */
	char			text[TEXT_HOST + 1];
};

enum asked {
	ASKED_PTR, ASKED_ADDR, ASKED_MX, ASKED_MX_ADDR,
	ASKED_FORM_MX, ASKED_FORM_ADDR, ASKED_SOURCE,
};

struct naming {
	enum { NAMING_DNS, NAMING_WORDS, NAMING_FORM } half;
	enum asked	asked;
	struct item	item[ITEMS];
	size_t		n, at;		/* at: in hand */
	char		mx[MX_HOSTS][TEXT_HOST + 1];
	size_t		n_mx, mx_at;
};

/* --- the list --- */

static bool
is_known(struct str words, const char *text)
{
	while (words.n > 0)
		if (str_eq(str_cut(&words, ' '), str_of(text)))
			return true;
	return false;
}

static void
add_item(struct session *s, enum name_source source, bool domain, struct str name)
{
	struct naming *g = s->naming;
	struct item *item = &g->item[g->n];

	if (g->n == ITEMS || !plan_name(item->text, name) ||
	    is_known(s->order.known, item->text))
		return;
	for (size_t i = 0; i < g->n; i++)
		if (g->item[i].domain == domain &&
		    str_eq(str_of(g->item[i].text), str_of(item->text)))
			return;
	item->source = source;
	item->domain = domain;
	g->n++;
}

static void
add_words(struct session *s, bool domain, struct str words)
{
	while (words.n > 0)
		add_item(s, NAME_GIVEN, domain, str_cut(&words, ' '));
}

/* --- telling --- */

static void
tell_name(struct session *s, const struct item *item, bool used, unsigned depth,
    struct str host, struct str dom)
{
	struct msg_name m = {
		.order = s->order.order, .source = (uint8_t)item->source,
		.used = used, .depth = (uint8_t)depth, .host = host, .dom = dom,
	};

	(void)s->hooks->send(s->hooks->ctx, MSG_NAME, &m);
}

static void
tell_item(struct session *s, const struct item *item, bool used)
{
	struct str doms[PLAN_DOMS], text = str_of(item->text), none = { 0 };
	size_t n = item->domain || !used ? 0 : plan_doms(doms, s->with->list, item->text);

	if (item->domain)
		tell_name(s, item, used, 0, none, text);
	else if (n == 0)
		tell_name(s, item, used, 0, text, none);
	for (size_t i = 0; i < n; i++)
		tell_name(s, item, used, (unsigned)i, text, doms[i]);
	if (used && item->source == NAME_PTR && s->ptr.n == 0)
		s->ptr = session_text(s, text);
}

/* The IPv6 addresses that a name of an IPv4 target has, too. */
static void
tell_addrs(struct session *s, const struct item *item, const struct resolve_answer *a)
{
	char text[ADDR_TEXT];
	struct msg_name m = { .order = s->order.order, .source = NAME_ADDR };

	if (!addr_is_v4(&s->order.addr) || s->naming->half != NAMING_DNS ||
	    item->domain)
		return;
	for (size_t i = 0; i < a->n_addrs; i++) {
		if (addr_is_v4(&a->addrs[i]))
			continue;
		addr_text(text, &a->addrs[i]);
		m.host = str_of(text);
		(void)s->hooks->send(s->hooks->ctx, MSG_NAME, &m);
	}
}

/* --- confirming --- */

static void naming_next(struct session *s);

static bool
leads_to(const struct resolve_answer *a, const struct addr *target)
{
	for (size_t i = 0; a->err == 0 && i < a->n_addrs; i++)
		if (addr_eq(&a->addrs[i], target))
			return true;
	return false;
}

/* Does it lie in the domain of the PTR that was confirmed? */
static bool
under_ptr(const struct session *s, const char *text)
{
	struct str a[PLAN_DOMS], b[PLAN_DOMS];

	return s->ptr.n > 0 && plan_doms(a, s->with->list, s->ptr.p) > 0 &&
	    plan_doms(b, s->with->list, text) > 0 && str_eq(a[0], b[0]);
}

/* In a laboratory whatever it says of itself. */
static bool
believed(const struct session *s, const struct item *item)
{
	return s->plan.lab && item->source != NAME_PTR;
}

static void
settle(struct session *s, bool used)
{
	struct naming *g = s->naming;

	tell_item(s, &g->item[g->at++], used);
	naming_next(s);
}

static void
ask(struct session *s, unsigned kind, const char *name)
{
	struct naming *g = s->naming;

	g->asked = kind == RESOLVE_PTR ? ASKED_PTR : kind == RESOLVE_MX ? ASKED_MX :
	    g->mx_at < g->n_mx ? ASKED_MX_ADDR : ASKED_ADDR;
	if (s->hooks->ask(s->hooks->ctx, s, kind, str_of(name)) == 0)
		return;
	if (kind == RESOLVE_PTR)
		naming_next(s);
	else
		settle(s, believed(s, &g->item[g->at]));
}

/* The next name, or the end.  What is believed is asked for its other addresses
 * only. */
static void
naming_next(struct session *s)
{
	struct naming *g = s->naming;

	if (g->at == g->n) {
		naming_stop(s);
		return;
	}
	g->n_mx = g->mx_at = 0;
	if (believed(s, &g->item[g->at]) && (g->half != NAMING_DNS || g->item[g->at].domain))
		settle(s, true);
	else
		ask(s, RESOLVE_ADDR, g->item[g->at].text);
}

static void
take_ptrs(struct session *s, const struct resolve_answer *a)
{
	for (size_t i = 0; a->err == 0 && i < a->n_names && i < NAMING_PTRS; i++)
		add_item(s, NAME_PTR, false, a->names[i]);
	naming_next(s);
}

static void
next_mx(struct session *s)
{
	struct naming *g = s->naming;

	if (g->mx_at == g->n_mx)
		settle(s, false);
	else
		ask(s, RESOLVE_ADDR, g->mx[g->mx_at]);
}

static void
take_addr(struct session *s, const struct resolve_answer *a)
{
	struct naming *g = s->naming;
	const struct item *item = &g->item[g->at];
	bool leads = leads_to(a, &s->order.addr);

	if (leads)
		tell_addrs(s, item, a);
	if (leads || believed(s, item) ||
	    (item->source != NAME_PTR && under_ptr(s, item->text)))
		settle(s, true);
	else if (item->source == NAME_PTR)
		settle(s, false);
	else
		ask(s, RESOLVE_MX, item->text);
}

static void
take_mx(struct session *s, const struct resolve_answer *a)
{
	struct naming *g = s->naming;

	for (size_t i = 0; a->err == 0 && i < a->n_names && g->n_mx < MX_HOSTS; i++)
		if (str_copy(g->mx[g->n_mx], sizeof(g->mx[0]), a->names[i]) == 0)
			g->n_mx++;
	next_mx(s);
}

static void
take_mx_addr(struct session *s, const struct resolve_answer *a)
{
	if (leads_to(a, &s->order.addr)) {
		settle(s, true);
		return;
	}
	s->naming->mx_at++;
	next_mx(s);
}

/* --- what a form needs --- */

static void
ask_form(struct session *s, enum asked asked, unsigned kind, const char *name)
{
	s->naming->asked = asked;
	if (s->hooks->ask(s->hooks->ctx, s, kind, str_of(name)) != 0)
		naming_stop(s);
}

/* The first host of the list is our mailbox, the target stands behind it. */
static void
form_next_mx(struct session *s)
{
	struct naming *g = s->naming;

	if (++g->mx_at < g->n_mx)
		ask_form(s, ASKED_FORM_ADDR, RESOLVE_ADDR, g->mx[g->mx_at]);
	else
		naming_stop(s);
}

static void
take_form_mx(struct session *s, const struct resolve_answer *a)
{
	struct naming *g = s->naming;

	for (size_t i = 0; a->err == 0 && i < a->n_names && g->n_mx < MX_HOSTS; i++)
		if (str_copy(g->mx[g->n_mx], sizeof(g->mx[0]), a->names[i]) == 0)
			g->n_mx++;
	form_next_mx(s);
}

static void
take_form_addr(struct session *s, const struct resolve_answer *a)
{
	char name[TEXT_HOST + 1];

	if (!leads_to(a, &s->order.addr)) {
		form_next_mx(s);
		return;
	}
	if (plan_mx_name(name, &s->order.addr, s->with->conf))
		s->plan.mx = session_text(s, str_of(name));
	naming_stop(s);
}

static void
take_source(struct session *s, const struct resolve_answer *a)
{
	if (a->err == 0 && a->n_names > 0)
		s->source_ptr = session_text(s, a->names[0]);
	naming_stop(s);
}

static const struct relaytest *
first_form(const struct session *s)
{
	return s->first != NULL && s->first->form < RELAYTEST_N ?
	    &relaytest_forms[s->first->form] : NULL;
}

bool
naming_needed(const struct session *s)
{
	const struct relaytest *r = first_form(s);

	return r != NULL && ((r->flags & FORM_NEEDS_MX) != 0 || r->session == SESSION_PTR);
}

void
naming_answer(struct session *s, const struct resolve_answer *a)
{
	static void (*const takes[])(struct session *s, const struct resolve_answer *a) = {
		[ASKED_PTR] = take_ptrs, [ASKED_ADDR] = take_addr,
		[ASKED_MX] = take_mx, [ASKED_MX_ADDR] = take_mx_addr,
		[ASKED_FORM_MX] = take_form_mx, [ASKED_FORM_ADDR] = take_form_addr,
		[ASKED_SOURCE] = take_source,
	};

	if (s->naming != NULL)
		takes[s->naming->asked](s, a);
}

/* --- the two halves --- */

static bool
begin(struct session *s, enum session_at at)
{
	s->at = at;
	s->turn++;
	s->naming = calloc(1, sizeof(*s->naming));
	if (s->naming != NULL)
		loop_timer_set(s->reply, RUN_NAMES_MS);
	return s->naming != NULL;
}

void
naming_start(struct session *s)
{
	char text[ADDR_TEXT];

	if (!begin(s, AT_NAMING)) {
		naming_done(s);
		return;
	}
	s->naming->half = NAMING_DNS;
	add_item(s, NAME_GIVEN, false, s->order.host);
	add_words(s, false, s->order.hosts);
	add_words(s, true, s->order.domains);
	addr_text(text, &s->order.addr);
	ask(s, RESOLVE_PTR, text);
}

static struct str
first_word(struct str s)
{
	return str_cut(&s, ' ');
}

/* A certificate for *.corp.example speaks of the domain. */
static void
add_cert(struct session *s, struct str name)
{
	bool wild = str_istarts(name, STR("*."));

	add_item(s, NAME_CERT, wild, wild ? (struct str){ name.p + 2, name.n - 2 } : name);
}

void
naming_words(struct session *s)
{
	struct str certs = s->certs;

	if (!begin(s, AT_WORDS)) {
		naming_done(s);
		return;
	}
	s->naming->half = NAMING_WORDS;
	add_item(s, NAME_EHLO, false, first_word(str_of(s->dlg.ehlo)));
	add_item(s, NAME_BANNER, false, first_word(str_of(s->dlg.banner)));
	while (certs.n > 0)
		add_cert(s, str_cut(&certs, ' '));
	naming_next(s);
}

void
naming_form(struct session *s)
{
	const struct addr *source = session_source(s);
	char name[TEXT_HOST + 1], text[ADDR_TEXT];

	if (!begin(s, AT_NAMING)) {
		naming_done(s);
		return;
	}
	s->naming->half = NAMING_FORM;
	addr_text(text, source);
	if (first_form(s)->session != SESSION_PTR &&
	    plan_mx_name(name, &s->order.addr, s->with->conf))
		ask_form(s, ASKED_FORM_MX, RESOLVE_MX, name);
	else if (first_form(s)->session == SESSION_PTR && !addr_is_none(source))
		ask_form(s, ASKED_SOURCE, RESOLVE_PTR, text);
	else
		naming_stop(s);
}

void
naming_stop(struct session *s)
{
	struct msg_id m = { s->order.order };
	struct naming *g = s->naming;

	for (; g != NULL && g->at < g->n; g->at++)
		if (believed(s, &g->item[g->at]))
			tell_item(s, &g->item[g->at], true);
	if (g != NULL && g->half == NAMING_DNS)
		(void)s->hooks->send(s->hooks->ctx, MSG_NAMED, &m);
	free(s->naming);
	s->naming = NULL;
	naming_done(s);
}
