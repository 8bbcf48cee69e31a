#include "keep/sheet.h"

#include <string.h>

#include "keep/attempt.h"

struct worked {
	bool		form[RELAYTEST_N];
	enum depth	deepest;
};

static int
worked_form(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct worked *w = ctx;

	if (a->form < RELAYTEST_N && relaytest_forms[a->form].depth <= w->deepest)
		w->form[a->form] = true;
	return 0;
}

/* A retest: the forms that ever worked, up to `full` (those of `owner` wait for
 * the owner), then the gentle ones. */
static int
plan_retest(uint8_t out[RELAYTEST_N], size_t *n, struct keep *k, const struct run *r)
{
	uint8_t gentle[RELAYTEST_N];
	size_t n_gentle = relaytest_plan(gentle, DEPTH_GENTLE);
	struct worked w = { .deepest = r->pace == PACE_LAB ? DEPTH_LAB :
	    r->basis == BASIS_OWNER ? DEPTH_OWNER : DEPTH_FULL };
	int err = store_each(k->store, Q_ATTEMPT_RETURNED, ARGS(ARG_A(r->addr)),
	    worked_form, &w);

	*n = 0;
	for (uint8_t f = 0; f < RELAYTEST_N; f++)
		if (w.form[f])
			out[(*n)++] = f;
	for (size_t i = 0; i < n_gentle; i++)
		if (!w.form[gentle[i]])
			out[(*n)++] = gentle[i];
	return err < 0 ? err : 0;
}

int
pace_plan(uint8_t out[RELAYTEST_N], size_t *n, struct keep *k, const struct run *r)
{
	switch (r->kind) {
	case RUN_CONTROL:
		out[0] = (uint8_t)relaytest_find(STR("P01"));
		*n = 1;
		return 0;
	case RUN_RETEST:
	case RUN_RECHECK:
		return plan_retest(out, n, k, r);
	default:
		*n = relaytest_plan(out, r->depth);
		return 0;
	}
}

static int
sheet_attempt(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct sheet *s = ctx;
	uint8_t f = a->form;

	if (f >= RELAYTEST_N)
		return 0;
	s->a[f] = *a;
	if (str_copy(s->from[f], sizeof(s->from[f]), a->mail_from) != 0 ||
	    str_copy(s->to[f], sizeof(s->to[f]), a->rcpt_to) != 0)
		return SEK_ELIMIT;
	s->a[f].mail_from = str_of(s->from[f]);
	s->a[f].rcpt_to = str_of(s->to[f]);
	s->a[f].said = (struct str){ 0 };
	return 0;
}

int
sheet_read(struct sheet *s, struct keep *k, const struct run *r)
{
	int err;

	memset(s->a, 0, sizeof(s->a));
	err = pace_plan(s->plan, &s->n, k, r);
	if (err != 0)
		return err;
	err = store_each(k->store, Q_ATTEMPT_BY_RUN, ARGS(ARG_I(r->id)),
	    sheet_attempt, s);
	return err < 0 ? err : 0;
}

enum form_state { FORM_SEND, FORM_LATER, FORM_SETTLED };

static enum form_state
form_state(const struct attempt *a, struct wall now)
{
	switch (a->finding) {
	case FIND_NONE:
	case FIND_CUT:
		return a->tries < SHEET_TRIES ? FORM_SEND : FORM_SETTLED;
	case FIND_DEFERRED:
		if (attempt_given_up(a))
			return FORM_SETTLED;
		return a->next.s <= now.s ? FORM_SEND : FORM_LATER;
	default:
		return FORM_SETTLED;
	}
}

/* Forms with a sender inside the target only where all others were refused in
 * the session (relay-tests section 5, rule 1). */
static bool
safe_to_send(const struct sheet *s, uint8_t form)
{
	if (!(relaytest_forms[form].flags & FORM_SENDER_INSIDE))
		return true;
	for (size_t i = 0; i < s->n; i++) {
		uint8_t f = s->plan[i];
		enum finding was = s->a[f].finding;

		if (relaytest_forms[f].flags & FORM_SENDER_INSIDE)
			continue;
		if (was != FIND_REFUSED && was != FIND_BARRED && was != FIND_SKIPPED)
			return false;
	}
	return true;
}

int64_t
sheet_held(const struct sheet *s, enum pace pace)
{
	int64_t until = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct attempt *a = &s->a[s->plan[i]];
		int64_t end = a->accepted.s + pace_rules[pace].mailbox_s;

		if (a->finding == FIND_ACCEPTED && end > until)
			until = end;
	}
	return until;
}

bool
sheet_spoken(const struct sheet *s)
{
	for (size_t f = 0; f < RELAYTEST_N; f++)
		if (s->a[f].id != 0 && s->a[f].finding != FIND_NONE &&
		    s->a[f].finding != FIND_SKIPPED)
			return true;
	return false;
}

bool
sheet_returned(const struct sheet *s)
{
	for (size_t f = 0; f < RELAYTEST_N; f++)
		if (s->a[f].id != 0 && s->a[f].finding == FIND_RETURNED)
			return true;
	return false;
}

size_t
sheet_answered(const struct sheet *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct attempt *a = &s->a[s->plan[i]];

		n += a->id != 0 && form_state(a, (struct wall){ 0 }) == FORM_SETTLED;
	}
	return n;
}

uint16_t
sheet_port(const struct run *r, uint8_t form)
{
	uint16_t port = relaytest_forms[form].port;

	return port != 0 ? port : r->port;
}

size_t
sheet_choose(uint8_t out[ORDER_FORMS], const struct sheet *s,
    const struct run *r, struct wall now, int64_t *later)
{
	size_t most = pace_rules[r->pace].refusals, n = 0;

	*later = 0;
	if (most > ORDER_FORMS)
		most = ORDER_FORMS;
	for (size_t i = 0; i < s->n; i++) {
		uint8_t f = s->plan[i];
		const struct attempt *a = &s->a[f];
		enum form_state state = form_state(a, now);

		if (state == FORM_LATER && (*later == 0 || a->next.s < *later))
			*later = a->next.s;
		if (state != FORM_SEND || n == most || !safe_to_send(s, f))
			continue;
		if (n == 0 || (relaytest_together(out[0], f) &&
		    sheet_port(r, out[0]) == sheet_port(r, f)))
			out[n++] = f;
	}
	return n;
}

int
sheet_skip_port(struct sheet *s, struct keep *k, const struct run *r, uint16_t port)
{
	int err = sheet_read(s, k, r);

	for (size_t i = 0; err == 0 && i < s->n; i++) {
		struct attempt *a = &s->a[s->plan[i]];

		if (a->id != 0 && a->finding == FIND_NONE && a->port == port)
			err = attempt_mark(k, a, FIND_SKIPPED);
	}
	return err;
}
