#include "keep/sheet.h"

#include <string.h>

#include "keep/attempt.h"

enum { VARIANTS = 12 };	/* of one form: three ports with three mechanisms, and room */

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

/* --- reading --- */

static struct slot *
slot_put(struct sheet *s, size_t at, uint8_t form, uint8_t variant)
{
	struct slot *slot = &s->slot[at];

	if (s->n == SHEET_SLOTS)
		return NULL;
	memmove(slot + 1, slot, (s->n - at) * sizeof(*slot));
	slot->form = form;
	slot->variant = variant;
	slot->unnamed = false;
	slot->host = slot->dom = (struct str){ 0 };
	slot->a = (struct attempt){ 0 };
	s->n++;
	return slot;
}

/* What the candidate stands for, as far as the form asks. */
static void
slot_name(const struct sheet *s, struct slot *slot)
{
	unsigned flags = relaytest_forms[slot->form].flags;

	if (slot->variant >= s->names.n)
		return;
	if (relaytest_forms[slot->form].session == SESSION_IPV6 &&
	    addr_is_v4(&slot->addr) && s->names.row[slot->variant].source == NAME_ADDR)
		(void)!addr_parse(&slot->addr, s->names.row[slot->variant].host);
	if (flags & FORM_NEEDS_HOST)
		slot->host = candidate_host(&s->names, slot->variant);
	if (flags & FORM_NEEDS_DOM)
		slot->dom = s->names.row[slot->variant].dom;
}

static bool
takes_names(uint8_t form)
{
	return (relaytest_forms[form].flags & (FORM_NEEDS_HOST | FORM_NEEDS_DOM)) != 0;
}

/* Does the form go to another address of the target? */
static bool
takes_addrs(const struct run *r, uint8_t form)
{
	return relaytest_forms[form].session == SESSION_IPV6 && addr_is_v4(&r->addr);
}

static bool
waits_for_names(const struct run *r, uint8_t form)
{
	return r->named != 1 && (takes_names(form) || takes_addrs(r, form));
}

/* Of its names, its addresses, its ports or mechanisms; else it is one. */
static size_t
form_variants(uint8_t out[VARIANTS], const struct sheet *s, const struct run *r,
    uint8_t form)
{
	size_t n = relaytest_variants(form);

	if (waits_for_names(r, form))
		n = 1;
	else if (takes_names(form))
		return candidate_pick(out, &s->names, relaytest_forms[form].flags);
	else if (takes_addrs(r, form)) {
		n = candidate_addrs(out, &s->names);
		if (n > 0)
			return n;
		n = 1;	/* that it has none is said, too */
	}
	for (size_t i = 0; i < n && i < VARIANTS; i++)
		out[i] = (uint8_t)i;
	return n < VARIANTS ? n : VARIANTS;
}

static int
form_slots(struct sheet *s, const struct run *r, uint8_t form)
{
	uint8_t variant[VARIANTS];
	size_t n = form_variants(variant, s, r, form);

	for (size_t i = 0; i < n; i++) {
		struct slot *slot = slot_put(s, s->n, form, variant[i]);

		if (slot == NULL)
			return SEK_ELIMIT;
		slot->addr = r->addr;
		slot->unnamed = waits_for_names(r, form);
		if (!slot->unnamed)
			slot_name(s, slot);
	}
	return 0;
}

/* The slot of an attempt; one that is planned no longer gets its place, too. */
static struct slot *
slot_of(struct sheet *s, const struct attempt *a)
{
	size_t at = s->n;
	struct slot *slot;

	for (size_t i = 0; i < s->n; i++) {
		if (s->slot[i].form != a->form)
			continue;
		if (s->slot[i].variant == a->variant && !s->slot[i].unnamed)
			return &s->slot[i];
		at = i + 1;
	}
	slot = slot_put(s, at, a->form, a->variant);
	if (slot == NULL)
		return NULL;
	slot->addr = a->addr;
	if (takes_names(a->form))
		slot_name(s, slot);
	return slot;
}

static int
sheet_attempt(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct sheet *s = ctx;
	struct slot *slot = a->form < RELAYTEST_N ? slot_of(s, a) : NULL;

	if (slot == NULL)
		return a->form < RELAYTEST_N ? SEK_ELIMIT : 0;
	slot->a = *a;
	if (str_copy(slot->from, sizeof(slot->from), a->mail_from) != 0 ||
	    str_copy(slot->to, sizeof(slot->to), a->rcpt_to) != 0)
		return SEK_ELIMIT;
	slot->a.host = slot->host;
	slot->a.dom = slot->dom;
	slot->a.said = (struct str){ 0 };
	return 0;
}

/* Slots move while attempts come, so their own text is pointed at last. */
static void
sheet_texts(struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct slot *slot = &s->slot[i];

		if (slot->a.id == 0)
			continue;
		slot->a.mail_from = str_of(slot->from);
		slot->a.rcpt_to = str_of(slot->to);
	}
}

int
sheet_read(struct sheet *s, struct keep *k, const struct run *r)
{
	uint8_t plan[RELAYTEST_N];
	size_t n;
	int err = pace_plan(plan, &n, k, r);

	s->n = 0;
	if (err == 0)
		err = candidate_read(&s->names, k, r->id);
	for (size_t i = 0; err == 0 && i < n; i++)
		err = form_slots(s, r, plan[i]);
	if (err == 0)
		err = store_each(k->store, Q_ATTEMPT_BY_RUN, ARGS(ARG_I(r->id)),
		    sheet_attempt, s);
	sheet_texts(s);
	for (size_t i = 0; i < s->n; i++)
		s->slot[i].port = sheet_port(r, &s->slot[i]);
	return err < 0 ? err : 0;
}

/* --- what may go --- */

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

static bool
was_refused(const struct attempt *a)
{
	return a->finding == FIND_REFUSED || a->finding == FIND_BARRED ||
	    a->finding == FIND_SKIPPED || a->finding == FIND_MX;
}

/* Its bounce would not come to us. */
static bool
not_ours(const struct slot *slot)
{
	return (relaytest_forms[slot->form].flags &
	    (FORM_SENDER_INSIDE | FORM_NULL_SENDER)) != 0;
}

/* A server that accepted anything and did not deliver it bounces, or would: a
 * form with a sender inside the target could loop there (relay-tests section 5,
 * rule 1), one without any sender could tell us nothing.  Neither is sent. */
static bool
withheld(const struct sheet *s, size_t i)
{
	if (!not_ours(&s->slot[i]))
		return false;
	for (size_t j = 0; j < s->n; j++)
		switch (s->slot[j].a.finding) {
		case FIND_ACCEPTED:
		case FIND_BOUNCED:
		case FIND_RETURNED:
			if (j != i)
				return true;
			break;
		default:
			break;
		}
	return false;
}

/* They go only where all neutral ones before them were refused in the session. */
static bool
safe_to_send(const struct sheet *s, size_t i)
{
	if (!not_ours(&s->slot[i]))
		return true;
	for (size_t j = 0; j < i; j++)
		if (!not_ours(&s->slot[j]) && !was_refused(&s->slot[j].a) &&
		    !sheet_moot(s, j))
			return false;
	return !withheld(s, i);
}

/* May it go, once those before it that are still to go were refused?  Then what
 * stands behind it waits for the next session: one of them may be taken. */
static bool
waits_for_refusals(const struct sheet *s, size_t i, struct wall now)
{
	if (!not_ours(&s->slot[i]) || safe_to_send(s, i) || withheld(s, i))
		return false;
	for (size_t j = 0; j < i; j++)
		if (!not_ours(&s->slot[j]) && !was_refused(&s->slot[j].a) &&
		    !sheet_moot(s, j) && form_state(&s->slot[j].a, now) != FORM_SEND)
			return false;
	return true;
}

/* A PROXY line that brought nothing is no answer of the server. */
static bool
spoke(const struct slot *slot)
{
	enum finding is = slot->a.finding;

	return is != FIND_NONE && is != FIND_SKIPPED && (is != FIND_REFUSED ||
	    relaytest_forms[slot->form].session != SESSION_PROXY);
}

static bool
same_place(const struct slot *a, const struct slot *b)
{
	return a->port == b->port && addr_eq(&a->addr, &b->addr);
}

/* A server that said something at a port waits for no PROXY line there. */
static bool
place_spoke(const struct sheet *s, const struct slot *at)
{
	for (size_t i = 0; i < s->n; i++)
		if (same_place(&s->slot[i], at) && spoke(&s->slot[i]) &&
		    relaytest_forms[s->slot[i].form].session != SESSION_PROXY)
			return true;
	return false;
}

bool
sheet_moot(const struct sheet *s, size_t i)
{
	const struct slot *slot = &s->slot[i];

	if (slot->a.finding != FIND_NONE)
		return false;
	if (slot->a.tries == 0 && withheld(s, i))
		return true;
	if (relaytest_forms[slot->form].session == SESSION_PROXY)
		return place_spoke(s, slot);
	if (!takes_names(slot->form))
		return false;
	for (size_t j = i; j > 0 && s->slot[j - 1].form == slot->form; j--)
		switch (s->slot[j - 1].a.finding) {
		case FIND_ACCEPTED:
		case FIND_BOUNCED:
		case FIND_RETURNED:
			return true;
		default:
			break;
		}
	return false;
}

/* With the name before it, was the form refused, or is it in this session?
 * (There the prober goes on to the next name only after a refusal.) */
static bool
its_turn(const struct sheet *s, size_t i, const uint16_t *out, size_t n, struct wall now)
{
	uint8_t form = s->slot[i].form;

	if (i == 0 || s->slot[i - 1].form != form || !takes_names(form))
		return true;
	if (n > 0 && out[n - 1] == i - 1)
		return true;
	return form_state(&s->slot[i - 1].a, now) == FORM_SETTLED && !sheet_moot(s, i) &&
	    its_turn(s, i - 1, out, n, now);
}

int64_t
sheet_held(const struct sheet *s, enum pace pace)
{
	int64_t until = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct attempt *a = &s->slot[i].a;
		int64_t end = a->accepted.s + pace_rules[pace].mailbox_s;

		if (a->finding == FIND_ACCEPTED && end > until)
			until = end;
	}
	return until;
}

bool
sheet_spoken(const struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (spoke(&s->slot[i]))
			return true;
	return false;
}

bool
sheet_returned(const struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->slot[i].a.finding == FIND_RETURNED)
			return true;
	return false;
}

bool
sheet_unnamed(const struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->slot[i].unnamed)
			return true;
	return false;
}

static bool
slot_settled(const struct sheet *s, size_t i)
{
	return sheet_moot(s, i) || (s->slot[i].a.id != 0 &&
	    form_state(&s->slot[i].a, (struct wall){ 0 }) == FORM_SETTLED);
}

size_t
sheet_answered(const struct sheet *s, size_t *total)
{
	size_t n = 0;

	*total = 0;
	for (size_t i = 0; i < s->n;) {
		uint8_t form = s->slot[i].form;
		bool settled = true;

		for (; i < s->n && s->slot[i].form == form; i++)
			settled = settled && slot_settled(s, i);
		n += settled;
		++*total;
	}
	return n;
}

uint16_t
sheet_port(const struct run *r, const struct slot *slot)
{
	uint16_t port = relaytest_port(slot->form, slot->variant);

	return port != 0 ? port : r->port;
}

static unsigned
place_tries(const struct sheet *s, const struct slot *at)
{
	unsigned most = 0;

	for (size_t i = 0; i < s->n; i++)
		if (same_place(&s->slot[i], at) && s->slot[i].a.tries > most)
			most = s->slot[i].a.tries;
	return most;
}

/* Nobody speaks SMTP at the run's own port, or he turns us away there and the
 * owner wants to know of the other ports: it is not worth another session. */
static bool
place_dead(const struct sheet *s, const struct run *r, const struct slot *at)
{
	if (at->port != r->port || !addr_eq(&at->addr, &r->addr) || place_spoke(s, at))
		return false;
	switch (r->session) {
	case FIND_NO_CONNECT:
	case FIND_NO_SMTP:
		return place_tries(s, at) >= SHEET_TRIES;
	case FIND_BLOCKED:
		return r->depth >= DEPTH_OWNER;
	default:
		return false;
	}
}

/* Where nothing is said first, or a "no" after a while, a PROXY line may be what
 * it waits for. */
static bool
proxy_next(uint16_t *out, const struct sheet *s, const struct run *r, struct wall now)
{
	if ((r->session != FIND_NO_SMTP && r->session != FIND_BUSY &&
	    r->session != FIND_BLOCKED) || sheet_spoken(s))
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (relaytest_forms[s->slot[i].form].session == SESSION_PROXY &&
		    sheet_port(r, &s->slot[i]) == r->port &&
		    form_state(&s->slot[i].a, now) == FORM_SEND) {
			*out = (uint16_t)i;
			return true;
		}
	return false;
}

size_t
sheet_choose(uint16_t out[ORDER_FORMS], const struct sheet *s,
    const struct run *r, struct wall now, int64_t *later)
{
	size_t most = pace_rules[r->pace].refusals, n = 0;

	*later = 0;
	if (proxy_next(out, s, r, now))
		return 1;
	if (most == 0)
		most = ORDER_QUICK;
	if (most > ORDER_FORMS)
		most = ORDER_FORMS;
	for (size_t i = 0; i < s->n; i++) {
		const struct slot *slot = &s->slot[i], *first = &s->slot[n > 0 ? out[0] : i];
		enum form_state state = form_state(&slot->a, now);

		if (state == FORM_LATER && (*later == 0 || slot->a.next.s < *later))
			*later = slot->a.next.s;
		if (state != FORM_SEND || n == most || slot->unnamed || sheet_moot(s, i) ||
		    place_dead(s, r, slot) || !its_turn(s, i, out, n, now))
			continue;
		if (n > 0 && waits_for_refusals(s, i, now))
			most = n;
		if (n == most || !safe_to_send(s, i))
			continue;
		if (first == slot || (relaytest_together(first->form, slot->form) &&
		    same_place(first, slot)))
			out[n++] = (uint16_t)i;
	}
	return n;
}

int
sheet_skip_port(struct sheet *s, struct keep *k, const struct run *r,
    const struct addr *addr, uint16_t port, unsigned tries)
{
	int err = sheet_read(s, k, r);

	for (size_t i = 0; err == 0 && i < s->n; i++) {
		struct attempt *a = &s->slot[i].a;

		if (a->id != 0 && (a->finding == FIND_NONE || a->finding == FIND_CUT) &&
		    a->port == port &&
		    addr_eq(&a->addr, addr) && a->tries >= tries)
			err = attempt_mark(k, a, FIND_SKIPPED);
	}
	return err;
}
