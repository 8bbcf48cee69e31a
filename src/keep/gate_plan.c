#include "keep/gate_plan.h"

#include <limits.h>

#include "fact/relaytest.h"
#include "keep/order.h"

enum {
	SESSION_S = 1,		/* a dialogue itself takes that long, in a class with a pace */
	SLOTS = 4 * RELAYTEST_N,
};

/* --- sessions of a round --- */

struct slot {
	uint8_t		form;
	uint16_t	port;
	bool		gone;
};

static size_t
slots_of(struct slot *out, enum depth depth)
{
	uint8_t plan[RELAYTEST_N];
	size_t forms = relaytest_plan(plan, depth), n = 0;

	for (size_t i = 0; i < forms; i++)
		for (unsigned v = 0; v < relaytest_variants(plan[i]) && n < SLOTS; v++)
			out[n++] = (struct slot){ plan[i],
			    relaytest_port(plan[i], (uint8_t)v), false };
	return n;
}

/* Takes the next session out of what is left, as keep/sheet chooses. */
static bool
take_session(struct slot *s, size_t n, unsigned most)
{
	struct slot *first = NULL;
	unsigned taken = 0;

	for (size_t i = 0; i < n && taken < most; i++) {
		if (s[i].gone)
			continue;
		if (first == NULL)
			first = &s[i];
		else if (!relaytest_together(first->form, s[i].form) ||
		    first->port != s[i].port)
			continue;
		s[i].gone = true;
		taken++;
	}
	return taken > 0;
}

unsigned
gate_plan_sessions(enum depth depth, enum pace pace)
{
	struct slot s[SLOTS];
	size_t n = slots_of(s, depth);
	unsigned sessions = 0, most = pace_rules[pace].refusals;

	while (take_session(s, n, most > 0 ? most : ORDER_QUICK))
		sessions++;
	return sessions;
}

/* --- the plan --- */

static int64_t
least(const struct gate_plan_in *in)
{
	int64_t between = pace_rules[in->pace].between_s;
	int64_t s = between > 0 ? in->sessions * (between + SESSION_S) : 1;

	return in->took_s > s ? in->took_s : s;
}

/* Rounds that the day has room for, with the baseline and those made. */
static int64_t
most_rounds(const struct gate_plan_in *in, unsigned left)
{
	if (left == UINT_MAX || in->sessions == 0)
		return GATE_ROUNDS_MAX;
	return (int64_t)in->rounds + left / in->sessions;
}

static int64_t
divide_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

/* The least time between rounds with which there are `most` at the most. */
static int64_t
fitting(const struct gate_plan *p, int64_t for_s, int64_t most)
{
	int64_t every;

	if (most < 1)
		return 0;
	every = most == 1 ? for_s + 1 : divide_up(for_s, most - 1);
	return every < p->least_s ? p->least_s : every;
}

const char *
gate_plan(struct gate_plan *out, const struct gate_plan_in *in)
{
	unsigned per_day = pace_rules[in->pace].per_day;
	int64_t most, rounds;

	*out = (struct gate_plan){ .sessions = in->sessions, .least_s = least(in),
	    .left = per_day == 0 ? UINT_MAX : in->used < per_day ? per_day - in->used : 0 };
	most = most_rounds(in, out->left);
	out->fits_s = fitting(out, in->for_s, most);
	out->every_s = in->every_s;
	if (in->every_s == 0) {
		out->every_s = out->fits_s > in->usual_s ? out->fits_s : in->usual_s;
		if (most > 1 && in->for_s > 0 && out->every_s > in->for_s)
			out->every_s = in->for_s;	/* one round, at the end */
	}
	if (out->every_s < 1)
		out->every_s = 1;
	rounds = 1 + in->for_s / out->every_s;
	out->rounds = (unsigned)rounds;
	if (in->every_s != 0 && in->every_s < out->least_s)
		return "gate-every";
	if (rounds > most)
		return out->left == UINT_MAX ? "gate-rounds" : "gate-day";
	return NULL;
}
