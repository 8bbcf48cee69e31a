#include "keep/sunset.h"

#include "base/log.h"
#include "keep/journal.h"
#include "keep/list_body.h"

enum { NOT = SUNSETS };

/* Where a step leads from alive, frozen, announced, closing, empty, ended. */
static const struct {
	const char	*name;
	uint8_t		 to[SUNSETS];
} steps[SUNSET_STEPS] = {
	[SUNSET_STEP_ANNOUNCE] = { "announce", {
	    SUNSET_ANNOUNCED, SUNSET_CLOSING, SUNSET_ANNOUNCED, SUNSET_CLOSING, NOT, NOT } },
	[SUNSET_STEP_FREEZE] = { "freeze", {
	    SUNSET_FROZEN, NOT, SUNSET_CLOSING, NOT, NOT, NOT } },
	[SUNSET_STEP_EMPTY] = { "empty", {
	    NOT, NOT, NOT, SUNSET_EMPTY, NOT, NOT } },
	[SUNSET_STEP_END] = { "end", {
	    NOT, NOT, NOT, NOT, SUNSET_ENDED, NOT } },
	[SUNSET_STEP_CANCEL] = { "cancel", {
	    NOT, SUNSET_ALIVE, SUNSET_ALIVE, SUNSET_ALIVE, SUNSET_ALIVE, NOT } },
};

int
sunset_step_parse(enum sunset_step *out, struct str s)
{
	for (size_t i = 0; i < SUNSET_STEPS; i++)
		if (str_eq(s, str_of(steps[i].name))) {
			*out = (enum sunset_step)i;
			return 0;
		}
	return SEK_EPARSE;
}

const char *
sunset_step_name(enum sunset_step step)
{
	return steps[step].name;
}

bool
sunset_follows(enum sunset at, enum sunset_step step)
{
	return steps[step].to[at] != NOT;
}

bool
sunset_rehearsal(const struct conf *c)
{
	return c->n_lab > 0 && !c->probe_public;
}

/* Is the day one that may be announced?  A day that was said is not brought
 * forward. */
static bool
day_ok(const struct keep *k, const struct status *was, struct wall day)
{
	int64_t now = keep_now(k).s;
	int64_t soonest = sunset_rehearsal(k->conf) ? now : now + SUNSET_NOTICE_S;

	if (soonest < was->day.s)
		soonest = was->day.s;
	return day.s >= soonest && day.s <= now + SUNSET_FAR_S;
}

/* Returns 0 with *is set, or SUNSET_REFUSED. */
static int
plan(struct keep *k, const struct sunset_work *w, const struct status *was,
    struct status *is, const char **why)
{
	bool announces = w->step == SUNSET_STEP_ANNOUNCE;
	bool waits = w->step == SUNSET_STEP_EMPTY || w->step == SUNSET_STEP_END;
	int64_t now = keep_now(k).s;

	*why = NULL;
	if (!sunset_follows(was->at, w->step))
		*why = "sunset-order";
	else if (announces ? !day_ok(k, was, w->day) : w->day.s != 0)
		*why = "sunset-day";
	else if (waits && now < was->day.s && !sunset_rehearsal(k->conf))
		*why = "sunset-early";
	if (*why != NULL)
		return SUNSET_REFUSED;
	*is = (struct status){ .at = (enum sunset)steps[w->step].to[was->at],
		.day = announces ? w->day : was->day };
	if (w->step == SUNSET_STEP_EMPTY)
		is->day.s = now + SUNSET_EMPTY_S;
	if (w->step == SUNSET_STEP_CANCEL)
		is->day.s = 0;
	is->expiry_s = status_expiry(k, is->at, is->day);
	return 0;
}

struct taking {
	const struct sunset_work *w;
	struct status	*was, *is;
	const char	**why;
};

static int
take_now(struct keep *k, void *ctx)
{
	struct taking *t = ctx;
	struct digest reason;
	int err = status_last(t->was, k);

	*t->is = *t->was;
	if (err == 0)
		err = plan(k, t->w, t->was, t->is, t->why);
	if (err != 0 || t->w->dry)
		return err;
	err = list_reason(&reason, k, t->w->reason, t->w->who);
	if (err != 0)
		return err;
	return status_append(k, t->is, &reason);
}

int
sunset_take(struct keep *k, const struct sunset_work *w, struct status *was,
    struct status *is, const char **why)
{
	struct taking t = { w, was, is, why };
	int err;

	if (w->reason.n > TEXT_REASON || w->who.n > TEXT_WHO)
		return SEK_ELIMIT;
	err = w->dry ? take_now(k, &t) : keep_precious(k, take_now, &t);
	if (err == 0 && !w->dry)
		log_event(LOG_LV_NOTICE, "sunset", LOG_Z("step", steps[w->step].name),
		    LOG_Z("state", status_word(is->at)), LOG_T("reason", w->reason),
		    LOG_T("who", w->who), LOG_N("serial", journal_serial(k)));
	return err;
}
