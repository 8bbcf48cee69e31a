#include "probe/session.h"

/* The PTR's names are asked for their addresses one after the other, then the
 * order's own name; the first that leads back to the target is {host}. */

static bool
leads_to(const struct resolve_answer *a, const struct addr *target)
{
	for (size_t i = 0; a->err == 0 && i < a->n_addrs; i++)
		if (addr_eq(&a->addrs[i], target))
			return true;
	return false;
}

/* Asks for the addresses of the next candidate, or ends. */
static void
confirm_next(struct session *s)
{
	if (s->plan.from == PLAN_NONE)
		for (; s->name <= s->n_names; s->name++) {
			struct str name = s->name == s->n_names ? s->order.host :
			    str_of(s->names[s->name]);

			if (name.n > 0 && s->hooks->ask(s->hooks->ctx, s, RESOLVE_ADDR, name) == 0)
				return;
		}
	session_ask(s);
}

static void
keep_ptrs(struct session *s, const struct resolve_answer *a)
{
	for (size_t i = 0; a->err == 0 && i < a->n_names && s->n_names < NAMING_PTRS; i++)
		if (str_copy(s->names[s->n_names], sizeof(s->names[0]), a->names[i]) == 0)
			s->n_names++;
}

void
naming_answer(struct session *s, const struct resolve_answer *a)
{
	bool ptr = s->name == NAMING_PTRS + 1, own;

	if (s->at != AT_NAMING)
		return;
	if (ptr) {
		keep_ptrs(s, a);
		s->name = 0;
	} else {
		own = s->name == s->n_names;
		if (leads_to(a, &s->order.addr))
			plan_name(&s->plan, s->with->list, own ? PLAN_ORDER : PLAN_PTR, true,
			    own ? s->order.host : str_of(s->names[s->name]));
		s->name++;
	}
	confirm_next(s);
}

void
naming_start(struct session *s)
{
	char text[ADDR_TEXT];

	s->at = AT_NAMING;
	plan_start(&s->plan, &s->order.addr, s->order.pace == PACE_LAB, s->with->conf);
	loop_timer_set(s->reply, RUN_NAMES_MS);
	addr_text(text, &s->order.addr);
	s->name = NAMING_PTRS + 1;	/* the PTR itself */
	if (s->hooks->ask(s->hooks->ctx, s, RESOLVE_PTR, str_of(text)) != 0) {
		s->name = 0;
		confirm_next(s);
	}
}
