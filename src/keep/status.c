#include "keep/status.h"

#include "keep/journal.h"
#include "wire/snapshot.h"

enum {
	LOOKS = 8,		/* at the clock in one status_expiry: it may jump */
	SOONEST_MS = 1000,
	AGAIN_MS = 30 * 1000,	/* after the store refused */
	EXPIRY_AT = 8,		/* in addr */
};

static void
expiry_write(struct addr *a, int64_t s)
{
	for (size_t i = sizeof(a->o); i-- > EXPIRY_AT; s >>= 8)
		a->o[i] = (uint8_t)s;
}

int
status_last(struct steps_status *out, struct keep *k)
{
	struct journal_row row;
	int err = store_one(k->store, Q_JOURNAL_STATUS_BEFORE,
	    ARGS(ARG_I(INT64_MAX)), &row);

	*out = err == 0 ? steps_status(&row) : (struct steps_status){ SNAPSHOT_ALIVE, 0 };
	return err == STORE_NONE ? 0 : err;
}

int
status_again(struct keep *k, void *ctx)
{
	struct journal_row row = {
		.kind = JOURNAL_STATUS, .len = 128, .made = keep_now(k),
	};
	int64_t expiry = row.made.s + k->conf->status_s;
	struct steps_status last;
	int err = status_last(&last, k);

	(void)ctx;
	if (err != 0)
		return err;
	row.code = last.life;
	expiry_write(&row.addr, expiry > last.expiry_s ? expiry : last.expiry_s);
	return journal_append(k, &row);
}

/* Seconds until a row is due; 0 or less: now. */
static int64_t
due_s(const struct keep *k, const struct steps_status *last)
{
	return last->expiry_s - keep_now(k).s - k->conf->status_s / 2;
}

static int64_t
look_ms(const struct keep *k, int64_t due)
{
	int64_t most = k->conf->status_s / LOOKS;

	return due >= most ? most * 1000 : due <= 0 ? SOONEST_MS : due * 1000;
}

int
status_refresh(struct keep *k, int64_t *next_ms)
{
	struct steps_status last;
	int err = status_last(&last, k);

	*next_ms = AGAIN_MS;
	if (err == 0 && due_s(k, &last) <= 0) {
		err = keep_precious(k, status_again, NULL);
		if (err == 0)
			err = status_last(&last, k);
	}
	if (err == 0)
		*next_ms = look_ms(k, due_s(k, &last));
	return err;
}
