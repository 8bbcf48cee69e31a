#include "keep/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "keep/journal.h"
#include "keep/list.h"
#include "sys/loop.h"

enum { AGAIN_MS = 1000 };

struct keep_audit {
	struct journal_walk	walk;
	struct addr		after;
	bool			walked, compared;
	unsigned		differed;
	struct loop_timer	*timer;
};

/* --- pages --- */

static int
walk_page(struct keep *k)
{
	struct keep_audit *a = k->audit;
	int err = a->walked ? 0 : journal_walk_page(&a->walk, k, &a->walked);

	return err == 0 && a->walk.bad != 0 ? SEK_EPARSE : err;
}

static int
compare_page(struct keep *k)
{
	struct keep_audit *a = k->audit;
	int err = a->compared ? 0 :
	    list_reconcile_page(k, &a->after, &a->compared, &a->differed);

	if (err == 0 && a->compared && a->differed > 0) {
		log_event(LOG_LV_WARN, "reconciled", LOG_N("rows", a->differed));
		a->differed = 0;
	}
	return err;
}

static void
on_page(void *ctx)
{
	struct keep *k = ctx;
	struct keep_audit *a = k->audit;
	int err = walk_page(k);

	if (err == SEK_EPARSE) {
		log_event(LOG_LV_ERR, "journal-broken", LOG_N("row", a->walk.bad));
		a->walked = true;
		a->walk.bad = 0;
		err = 0;
	}
	if (err == 0)
		err = compare_page(k);
	if (err != 0)
		log_event(LOG_LV_ERR, "store", LOG_Z("why", store_why(k->store)));
	if (err != 0 || !audit_done(k))
		loop_timer_set(a->timer, err != 0 ? AGAIN_MS : AUDIT_EVERY_MS);
}

/* --- the start --- */

/* The end of a long chain: what was written last is what a crash may have hurt. */
static int
walk_end(struct keep *k)
{
	const uint64_t rows = (uint64_t)AUDIT_AT_ONCE * JOURNAL_PAGE;
	struct journal_row last;
	struct keep_audit *a = k->audit;
	struct journal_walk w;
	bool end = false;
	int err = store_one(k->store, Q_JOURNAL_LAST, NO_ARGS, &last);

	if (err != 0)
		return err;
	err = journal_walk_from(&w, k, last.seq > rows ? last.seq - rows : 1);
	while (err == 0 && !end)
		err = journal_walk_page(&w, k, &end);
	if (err == 0 && w.bad != 0) {
		a->walk.bad = w.bad;
		return SEK_EPARSE;
	}
	return err == STORE_NONE ? 0 : err;
}

static int
first_pages(struct keep *k)
{
	struct keep_audit *a = k->audit;
	int err = 0;

	for (int i = 0; i < AUDIT_AT_ONCE && err == 0 && !a->walked; i++)
		err = walk_page(k);
	for (int i = 0; i < AUDIT_AT_ONCE && err == 0 && !a->compared; i++)
		err = compare_page(k);
	return err == 0 && !a->walked ? walk_end(k) : err;
}

int
audit_open(struct keep *k, char why[256])
{
	struct keep_audit *a = calloc(1, sizeof(*a));
	int err;

	if (a == NULL)
		return SEK_ENOMEM;
	k->audit = a;
	err = loop_timer(&a->timer, k->loop, on_page, k);
	if (err == 0)
		err = first_pages(k);
	if (err == SEK_EPARSE)
		snprintf(why, 256, "journal: the chain is broken at row %" PRIu64
		    "; restore a copy of the database from before", a->walk.bad);
	else if (err != 0)
		snprintf(why, 256, "list: %s", store_why(k->store));
	else if (!audit_done(k))
		loop_timer_set(a->timer, AUDIT_EVERY_MS);
	return err;
}

void
audit_close(struct keep *k)
{
	if (k->audit == NULL)
		return;
	loop_timer_free(k->audit->timer);
	free(k->audit);
	k->audit = NULL;
}

bool
audit_done(const struct keep *k)
{
	return k->audit->walked && k->audit->compared;
}
