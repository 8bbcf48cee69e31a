#include "keep/pace_place.h"

#include <stdlib.h>

#include "keep/attempt.h"
#include "keep/nominate.h"
#include "keep/permit.h"

/* Until the session ends: a keeper that lost it looks again then. */
enum { LOST_S = 3600 };

static int
run_read(struct run *r, struct run_text *t, struct keep *k, enum store_query q,
    struct store_arg arg)
{
	int err = store_one(k->store, q, ARGS(arg), r);

	if (err == 0)
		err = str_copy(t->host, sizeof(t->host), r->host);
	if (err == 0)
		err = str_copy(t->domains, sizeof(t->domains), r->domains);
	if (err == 0)
		err = str_copy(t->who, sizeof(t->who), r->who);
	store_forget(k->store);
	if (err != 0)
		return err;
	r->host = str_of(t->host);
	r->domains = str_of(t->domains);
	r->who = str_of(t->who);
	return 0;
}

int
pace_put(struct keep *k, struct run *r)
{
	return store_put(k->store, &run_shape, r);
}

int
pace_run(struct run *r, struct run_text *t, struct keep *k, uint64_t id)
{
	return run_read(r, t, k, Q_RUN_BY_ID, ARG_I(id));
}

int
pace_live(struct run *r, struct run_text *t, struct keep *k, const struct addr *a)
{
	return run_read(r, t, k, Q_RUN_LIVE_BY_ADDR, ARG_A(*a));
}

/* --- names to be confirmed --- */

struct given {
	char		hosts[TEXT_NAMES], domains[TEXT_NAMES];
	struct wbuf	h, d;
};

static bool
has_word(struct str words, struct str one)
{
	while (words.n > 0)
		if (str_eq(str_cut(&words, ' '), one))
			return true;
	return false;
}

static void
add_word(struct wbuf *w, struct str one)
{
	struct str all = { (const char *)w->p, w->len };

	if (one.n == 0 || w->len + one.n + 1 > w->cap || has_word(all, one))
		return;
	wbuf_str(w, w->len > 0 ? " " : "");
	wbuf_bytes(w, one.p, one.n);
}

static int
given_row(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct given *g = ctx;

	add_word(&g->h, a->host);
	add_word(&g->d, a->dom);
	return 0;
}

/* The names with which a form once worked come before all others. */
static int
given_names(struct given *g, struct keep *k, const struct run *r)
{
	struct str domains = r->domains;
	int err;

	g->h = wbuf_of(g->hosts, sizeof(g->hosts));
	g->d = wbuf_of(g->domains, sizeof(g->domains));
	if (r->kind == RUN_CONTROL || r->named == 1)
		return 0;
	err = store_each(k->store, Q_ATTEMPT_RETURNED, ARGS(ARG_A(r->addr)), given_row, g);
	while (domains.n > 0)
		add_word(&g->d, str_cut(&domains, ' '));
	return err < 0 ? err : 0;
}

/* --- the order --- */

struct placing {
	struct order_plan	plan;
	struct given		given;
	char			known[MESSAGE_NAMES];
};

static bool
wants_words(const struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (relaytest_forms[s->slot[i].form].flags &
		    (FORM_NEEDS_HOST | FORM_NEEDS_DOM))
			return true;
	return false;
}

static int
place_attempts(struct order_plan *plan, struct keep *k, struct run *r,
    struct sheet *s, const uint16_t *slots, size_t n)
{
	int err = 0;

	plan->to = n > 0 ? s->slot[slots[0]].addr : r->addr;
	plan->port = n > 0 ? sheet_port(r, &s->slot[slots[0]]) : r->port;
	for (size_t i = 0; err == 0 && i < n; i++) {
		struct slot *slot = &s->slot[slots[i]];

		if (slot->a.id == 0)
			err = attempt_new(&slot->a, k, r, slot, plan->port);
		plan->attempts[plan->n++] = slot->a;
	}
	return err;
}

int
pace_place(struct keep *k, struct run *r, struct sheet *s, const uint16_t *slots, size_t n)
{
	struct placing *p = calloc(1, sizeof(*p));
	int err;

	if (p == NULL)
		return SEK_ENOMEM;
	p->plan.run = r;
	p->plan.words = wants_words(s);
	p->plan.known = candidate_known(p->known, &s->names);
	operator_of(&p->plan.of, &s->names);
	err = given_names(&p->given, k, r);
	p->plan.hosts = (struct str){ p->given.hosts, p->given.h.len };
	p->plan.domains = (struct str){ p->given.domains, p->given.d.len };
	if (err == 0)
		err = place_attempts(&p->plan, k, r, s, slots, n);
	if (err == 0) {
		r->state = RUN_TESTING;
		r->next.s = keep_now(k).s + LOST_S;
		err = store_put(k->store, &run_shape, r);
	}
	if (err == 0)
		err = order_place(k, &p->plan);
	free(p);
	return err;
}

/* --- another address of the target --- */

int
pace_elsewhere(struct keep *k, struct run *r, struct slot *slot, bool *no)
{
	struct permit p;
	int err = addr_eq(&slot->addr, &r->addr) ? 0 :
	    nominate_also(&p, k, r, &slot->addr);

	*no = err == 0 && !addr_eq(&slot->addr, &r->addr) && (!p.ok ||
	    p.deepest < relaytest_forms[slot->form].depth || p.pace < r->pace);
	if (!*no)
		return err;
	if (slot->a.id == 0)
		err = attempt_new(&slot->a, k, r, slot, slot->port);
	return err != 0 ? err : attempt_mark(k, &slot->a, FIND_SKIPPED);
}
