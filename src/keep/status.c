#include "keep/status.h"

#include "base/log.h"
#include "keep/journal.h"
#include "wire/snapshot.h"

enum {
	LOOKS = 8,		/* at the clock in one status_expiry: it may jump */
	SOONEST_MS = 1000,
	AGAIN_MS = 30 * 1000,	/* after the store refused */
	EXPIRY_AT = 8,		/* in addr */
};

static const struct {
	const char	*word;
	uint8_t		 life;
	uint8_t		 lists;		/* enum status_lists */
} states[SUNSETS] = {
	[SUNSET_ALIVE] = { "alive", SNAPSHOT_ALIVE, STATUS_LISTS_ALL },
	[SUNSET_FROZEN] = { "frozen", SNAPSHOT_FROZEN, STATUS_LISTS_AGAIN },
	[SUNSET_ANNOUNCED] = { "announced", SNAPSHOT_CLOSING, STATUS_LISTS_ALL },
	[SUNSET_CLOSING] = { "closing", SNAPSHOT_CLOSING, STATUS_LISTS_AGAIN },
	[SUNSET_EMPTY] = { "empty", SNAPSHOT_EMPTY, STATUS_LISTS_NOTHING },
	[SUNSET_ENDED] = { "ended", SNAPSHOT_EMPTY, STATUS_LISTS_NOTHING },
};

uint8_t
status_life(enum sunset at)
{
	return states[at].life;
}

const char *
status_word(enum sunset at)
{
	return states[at].word;
}

const char *
status_life_word(unsigned life)
{
	static const char *const words[] = {
		[SNAPSHOT_ALIVE] = "alive", [SNAPSHOT_FROZEN] = "frozen",
		[SNAPSHOT_CLOSING] = "closing", [SNAPSHOT_EMPTY] = "empty",
	};

	return words[life <= SNAPSHOT_EMPTY && life > 0 ? life : SNAPSHOT_ALIVE];
}

/* --- rows --- */

static void
expiry_write(struct addr *a, int64_t s)
{
	for (size_t i = sizeof(a->o); i-- > EXPIRY_AT; s >>= 8)
		a->o[i] = (uint8_t)s;
}

/* A row of before there were states has the first one of its life. */
static enum sunset
state_of(const struct journal_row *j)
{
	enum sunset first = SUNSET_ALIVE;

	if (j->proofs < SUNSETS && states[j->proofs].life == j->code)
		return (enum sunset)j->proofs;
	for (size_t i = SUNSETS; i-- > 0; )
		if (states[i].life == j->code)
			first = (enum sunset)i;
	return first;
}

int
status_last(struct status *out, struct keep *k)
{
	struct journal_row row;
	int err = store_one(k->store, Q_JOURNAL_STATUS_BEFORE,
	    ARGS(ARG_I(INT64_MAX)), &row);

	*out = (struct status){ .at = SUNSET_ALIVE };
	if (err == 0)
		*out = (struct status){ state_of(&row),
		    steps_status(&row).expiry_s, row.until };
	return err == STORE_NONE ? 0 : err;
}

int
status_append(struct keep *k, const struct status *s, const struct digest *reason)
{
	struct journal_row row = {
		.kind = JOURNAL_STATUS, .len = 128, .made = keep_now(k),
		.code = status_life(s->at), .proofs = (uint16_t)s->at,
		.until = s->day,
	};

	expiry_write(&row.addr, s->expiry_s);
	if (reason != NULL)
		row.reason = *reason;
	return journal_append(k, &row);
}

/* --- refreshing --- */

/* Is there a day past which nothing is promised? */
static bool
has_day(enum sunset at, struct wall day)
{
	return states[at].life == SNAPSHOT_CLOSING && day.s > 0;
}

int64_t
status_expiry(const struct keep *k, enum sunset at, struct wall day)
{
	int64_t expiry = keep_now(k).s + k->conf->status_s;

	return has_day(at, day) && expiry > day.s ? day.s : expiry;
}

int
status_again(struct keep *k, void *ctx)
{
	struct status s;
	int64_t expiry;
	int err = status_last(&s, k);

	(void)ctx;
	if (err != 0)
		return err;
	expiry = status_expiry(k, s.at, s.day);
	if (expiry > s.expiry_s)
		s.expiry_s = expiry;
	return status_append(k, &s, NULL);
}

/* Seconds until a row is due; 0 or less: now. */
static int64_t
due_s(const struct keep *k, const struct status *last)
{
	int64_t left = last->expiry_s - keep_now(k).s - k->conf->status_s / 2;

	if (has_day(last->at, last->day) && last->expiry_s >= last->day.s)
		return INT32_MAX;	/* the day itself was said */
	return left;
}

static int64_t
look_ms(const struct keep *k, int64_t due)
{
	int64_t most = k->conf->status_s / LOOKS;

	return due >= most ? most * 1000 : due <= 0 ? SOONEST_MS : due * 1000;
}

static void
remind(const struct keep *k, const struct status *s)
{
	char day[WALL_TEXT];

	if (!has_day(s->at, s->day) || keep_now(k).s < s->day.s)
		return;
	wall_text(day, s->day);
	log_event(LOG_LV_WARN, "sunset-due", LOG_Z("step",
	    s->at == SUNSET_CLOSING ? "empty" : "freeze"), LOG_Z("since", day));
}

int
status_refresh(struct keep *k, int64_t *next_ms)
{
	struct status last;
	int err = status_last(&last, k);

	*next_ms = AGAIN_MS;
	if (err == 0 && due_s(k, &last) <= 0) {
		err = keep_precious(k, status_again, NULL);
		if (err == 0)
			err = status_last(&last, k);
	}
	if (err == 0) {
		*next_ms = look_ms(k, due_s(k, &last));
		remind(k, &last);
	}
	return err;
}

/* --- what a life forbids --- */

int
status_lists(struct keep *k)
{
	struct status s;
	int err = status_last(&s, k);

	return err == 0 ? states[s.at].lists : err;
}

/* A retest takes from a frozen list, and adds nothing. */
const char *
status_forbids(struct keep *k, enum run_kind purpose)
{
	switch (purpose == RUN_CONTROL ? STATUS_LISTS_ALL : status_lists(k)) {
	case STATUS_LISTS_ALL:
		return NULL;
	case STATUS_LISTS_AGAIN:
		return purpose == RUN_PROBE ? "list-frozen" : NULL;
	case STATUS_LISTS_NOTHING:
		return "list-empty";
	}
	return "store";
}
