#include "keep/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "keep/range.h"
#include "keep/verbs.h"
#include "keep/visit.h"
#include "sys/json_put.h"

struct host {
	char		name[TEXT_HOST + 1];
	struct addr	addrs[LOOKUP_ADDRS];
	size_t		n;
	const char	*fault;		/* static tag, or NULL */
};

struct lookup {
	struct request	*r;
	bool		 domain;	/* by its MX */
	char		 name[TEXT_HOST + 1];
	const char	*fault;		/* of the name itself */
	struct host	 hosts[LOOKUP_HOSTS];
	size_t		 n;
	unsigned	 open;		/* questions without an answer */
};

static const char *
fault_of(const struct msg_resolved *m)
{
	static const char *const known[] = {
		"no-such-name", "no-address", "null-mx", "temporary",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq(m->why, str_of(known[i])))
			return known[i];
	return "temporary";	/* also: no prober */
}

/* --- the answer --- */

static int
seen(void *ctx, const void *row)
{
	(void)row;
	*(bool *)ctx = true;
	return STORE_STOP;
}

static json_t *
host_addrs(const struct host *h, int *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < h->n; i++) {
		char text[ADDR_TEXT];

		addr_text(text, &h->addrs[i]);
		json_put_item(list, json_string(text), err);
	}
	return list;
}

/* By itself or by a range. */
static int
is_listed(struct keep *k, const struct addr *a, bool *is)
{
	struct range_at range;
	int err = store_each(k->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(*a)), seen, is);

	if (err != 0 || *is)
		return err;
	err = range_at(&range, k, a, (struct wall){ INT64_MAX });
	*is = err == 0 && range.stands && !range.excepted;
	return err;
}

/* Each address once, LOOKUP_ADDRS at most. */
static int
put_listed(struct lookup *l, json_t *listed)
{
	int err = 0;

	for (size_t i = 0; i < l->n && err == 0; i++)
		for (size_t j = 0; j < l->hosts[i].n && err == 0; j++) {
			char text[ADDR_TEXT];
			bool is = false;

			addr_text(text, &l->hosts[i].addrs[j]);
			if (json_object_get(listed, text) != NULL ||
			    json_object_size(listed) >= LOOKUP_ADDRS)
				continue;
			err = is_listed(l->r->keep, &l->hosts[i].addrs[j], &is);
			json_put(listed, text, json_boolean(is), &err);
		}
	return err;
}

static json_t *
word_or_null(const char *s)
{
	return s == NULL ? json_null() : json_string(s);
}

static void
answer(struct lookup *l)
{
	json_t *mx = json_array(), *listed = json_object();
	int err = put_listed(l, listed);
	json_t *addrs = l->domain || l->n == 0 ? json_array() :
	    host_addrs(&l->hosts[0], &err);

	for (size_t i = 0; l->domain && i < l->n; i++)
		json_put_item(mx, json_pack("{ss so so}",
		    "host", l->hosts[i].name, "addrs", host_addrs(&l->hosts[i], &err),
		    "fault", word_or_null(l->hosts[i].fault)), &err);
	if (err == 0) {
		request_answer(l->r, json_pack("{ss ss so so so so}", "name", l->name,
		    "kind", l->domain ? "domain" : "host", "mx", mx, "addrs", addrs,
		    "fault", word_or_null(l->fault), "listed", listed));
		return;
	}
	json_decref(mx);
	json_decref(addrs);
	json_decref(listed);
	verb_fail_store(l->r, err);
}

/* --- the questions --- */

static void
one_answered(struct lookup *l)
{
	if (--l->open == 0)
		answer(l);
}

static void
got_address(struct request *r, unsigned nth, const struct msg_resolved *m)
{
	struct lookup *l = r->state;
	struct host *h = &l->hosts[nth];

	for (size_t i = 0; m->ok && i + 16 <= m->addrs.n && h->n < LOOKUP_ADDRS; i += 16)
		memcpy(h->addrs[h->n++].o, m->addrs.p + i, 16);
	if (h->n == 0)
		h->fault = m->ok ? "no-address" : fault_of(m);
	else if (l->domain && m->alias)
		h->fault = "cname";	/* RFC 2181 10.3 */
	if (!l->domain)
		l->fault = h->fault;
	one_answered(l);
}

static void
ask_host(struct lookup *l, struct str name)
{
	struct host *h = &l->hosts[l->n];

	if (name.n == 0 || str_copy(h->name, sizeof(h->name), name) != 0)
		return;
	if (request_resolve(l->r, RESOLVE_ADDR, name, (unsigned)l->n, got_address) == 0)
		l->open++;
	else
		h->fault = "temporary";
	l->n++;
}

static void
got_mx(struct request *r, unsigned nth, const struct msg_resolved *m)
{
	struct lookup *l = r->state;
	struct str names = m->names;

	(void)nth;
	if (m->ok) {
		while (names.n > 0 && l->n < LOOKUP_HOSTS)
			ask_host(l, str_cut(&names, ' '));
	} else if (str_eq(m->why, STR("no-address")))
		l->fault = "no-mx";
	else
		l->fault = fault_of(m);
	one_answered(l);
}

static bool
lookup_read(struct lookup *l)
{
	struct str name = verb_member(l->r, "name"), kind = verb_member(l->r, "kind");

	l->domain = str_eq(kind, STR("domain"));
	if (!l->domain && !str_eq(kind, STR("host")))
		request_fail(l->r, EXIT_USAGE, "bad-kind", "kind is host or domain");
	else if (name.n == 0 || str_find(name, ' ') >= 0 ||
	    str_copy(l->name, sizeof(l->name), name) != 0)
		request_fail(l->r, EXIT_USAGE, "bad-target", "name is not a host or "
		    "domain name");
	else
		return true;
	return false;
}

static void
lookup_start(struct lookup *l)
{
	int err = request_resolve(l->r, l->domain ? RESOLVE_MX : RESOLVE_ADDR,
	    str_of(l->name), 0, l->domain ? got_mx : got_address);

	l->open = 1;
	if (!l->domain) {
		memcpy(l->hosts[0].name, l->name, sizeof(l->name));
		l->n = 1;
	}
	if (err == SEK_ELIMIT)
		request_fail(l->r, EXIT_TEMPFAIL, "resolver", "too many names are being "
		    "looked up now; try again later");
	else if (err != 0)
		verb_fail_store(l->r, err);
}

void
lookup_verb(struct request *r)
{
	struct visitor v;
	struct lookup *l;

	if (!visit_read_asker(&v, r))
		return;
	l = calloc(1, sizeof(*l));
	if (l == NULL) {
		verb_fail_store(r, SEK_ENOMEM);
		return;
	}
	l->r = r;
	r->state = l;
	r->state_free = free;
	if (lookup_read(l) && visit_may_resolve(&v, r))
		lookup_start(l);
}
