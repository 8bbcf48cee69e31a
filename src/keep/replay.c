#include "keep/replay.h"

#include <string.h>

#include "keep/journal.h"
#include "keep/publish_steps.h"
#include "keep/verbs.h"
#include "sys/json_put.h"

/* Rows come by address, and those of one address in the order they were
 * written, so that the last one about an entry decides. */
struct fold {
	uint32_t	 serial;
	struct addr	 addr;
	uint64_t	 there[SNAPSHOT_FORMS];	/* codes */
	struct addr	 done;		/* the last address that is whole */
	size_t		 rows, whole;	/* read; addresses that are whole */
	int		(*fn)(void *ctx, const struct snapshot_entry *e);
	void		*ctx;
};

static bool
about_entry(struct snapshot_entry *e, const struct journal_row *j)
{
	*e = (struct snapshot_entry){ j->addr, j->code, SNAPSHOT_EXCEPT };
	if (j->code < SNAPSHOT_CODE_MIN || j->code > SNAPSHOT_CODE_MAX)
		return false;
	switch (j->kind) {
	case JOURNAL_EXCEPT:
	case JOURNAL_UNEXCEPT:
		return true;
	case JOURNAL_ADD:
	case JOURNAL_REMOVE:
	case JOURNAL_RETRACT:
		return steps_entry(e, &j->addr, j->len, j->code);
	}
	return false;
}

/* All rows of the address were read. */
static int
give(struct fold *f)
{
	int err = 0;

	for (uint8_t form = 0; form < SNAPSHOT_FORMS; form++)
		for (uint8_t code = SNAPSHOT_CODE_MIN; code <= SNAPSHOT_CODE_MAX; code++) {
			const struct snapshot_entry e = { f->addr, code, form };

			if (err == 0 && (f->there[form] >> code & 1) != 0)
				err = f->fn(f->ctx, &e);
		}
	memset(f->there, 0, sizeof(f->there));
	f->done = f->addr;
	f->whole++;
	return err;
}

static int
fold_row(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct fold *f = ctx;
	struct snapshot_entry e;
	int err = 0;

	if (f->rows > 0 && !addr_eq(&f->addr, &j->addr))
		err = give(f);
	f->rows++;
	f->addr = j->addr;
	if (err != 0 || (int32_t)(j->serial - f->serial) > 0 || !about_entry(&e, j))
		return err;
	f->there[e.form] &= ~((uint64_t)1 << e.code);
	if (j->kind == JOURNAL_ADD || j->kind == JOURNAL_EXCEPT)
		f->there[e.form] |= (uint64_t)1 << e.code;
	return 0;
}

int
replay_page(struct keep *k, uint32_t serial, struct addr *after, bool *end,
    int (*fn)(void *ctx, const struct snapshot_entry *e), void *ctx)
{
	struct fold f = { .serial = serial, .fn = fn, .ctx = ctx };
	int err = store_each(k->store, Q_JOURNAL_ADDR_PAGE, ARGS(ARG_A(*after),
	    ARG_I(REPLAY_ROWS)), fold_row, &f);

	*end = f.rows < REPLAY_ROWS;
	if (err == 0 && !*end && f.whole == 0) {
		/* more rows of one address than a page has */
		memset(f.there, 0, sizeof(f.there));
		f.rows = 0;
		err = store_each(k->store, Q_JOURNAL_BY_ADDR, ARGS(ARG_A(f.addr)),
		    fold_row, &f);
		if (err == 0)
			err = give(&f);
	} else if (err == 0 && *end && f.rows > 0) {
		err = give(&f);
	}
	/* an address that a full page cuts is the next one's */
	if (err == 0 && f.whole > 0)
		*after = f.done;
	return err;
}

/* --- the request --- */

struct words {
	char		text[(REPLAY_ROWS + 1) * REPLAY_WORD];
	struct wbuf	w;
};

/* "+192.0.2.25=2": + an address, * a range, - an exception. */
static int
put_word(void *ctx, const struct snapshot_entry *e)
{
	struct net net = snapshot_entry_net(e);
	struct wbuf *w = &((struct words *)ctx)->w;
	char text[NET_TEXT];

	net_text(text, &net);
	wbuf_printf(w, "%s%c%s=%u", w->len > 0 ? " " : "", "+*-"[e->form], text, e->code);
	return w->err;
}

struct status_at {
	uint32_t		serial;
	struct snapshot_status	is;	/* life 0: none */
};

/* Newest first. */
static int
status_row(struct status_at *s, struct keep *k)
{
	struct journal_row j = { .seq = INT64_MAX };
	int err;

	do
		err = store_one(k->store, Q_JOURNAL_STATUS_BEFORE,
		    ARGS(ARG_I(j.seq)), &j);
	while (err == 0 && (int32_t)(j.serial - s->serial) > 0);
	if (err == 0)
		s->is = steps_status(&j);
	store_forget(k->store);
	return err == STORE_NONE ? 0 : err;
}

static void
answer_page(struct request *r)
{
	struct status_at status = { .serial = (uint32_t)verb_int(r, "serial",
	    journal_serial(r->keep), 0, UINT32_MAX) };
	struct str from = verb_member(r, "after");
	struct words words;
	struct addr after = addr_none;
	char text[ADDR_TEXT];
	bool end;
	int err;

	if (from.n > 0 && addr_parse(&after, from) != 0) {
		request_fail(r, EXIT_USAGE, "bad-target", "after is not an address");
		return;
	}
	words.w = wbuf_of(words.text, sizeof(words.text));
	err = replay_page(r->keep, status.serial, &after, &end, put_word, &words);
	if (err == 0)
		err = status_row(&status, r->keep);
	if (err != 0) {
		verb_fail_store(r, err);
		return;
	}
	addr_text(text, &after);
	request_answer(r, json_pack("{ss% sb ss sI si sI sI}", "entries", words.text,
	    words.w.len, "end", (int)end, "after", text, "serial",
	    (json_int_t)journal_serial(r->keep), "life", status.is.life,
	    "expires", (json_int_t)status.is.expiry_s,
	    "empties", (json_int_t)status.is.empties * SNAPSHOT_DAY_S));
}

/* --- one address --- */

static int
last_row(void *ctx, const void *row)
{
	*(uint32_t *)ctx = ((const struct journal_row *)row)->serial;
	return 0;
}

static uint32_t
later(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0 ? a : b;
}

/* When was anything said of a, of the range around it, of the status? */
static void
answer_last(struct request *r, const struct addr *a)
{
	const struct net range = snapshot_range(a);
	struct journal_row status = { .serial = 0 };
	uint32_t own = 0, around = 0;
	int err = store_each(r->keep->store, Q_JOURNAL_BY_ADDR, ARGS(ARG_A(*a)),
	    last_row, &own);

	if (err == 0)
		err = store_each(r->keep->store, Q_JOURNAL_BY_ADDR,
		    ARGS(ARG_A(range.addr)), last_row, &around);
	if (err == 0)
		err = store_one(r->keep->store, Q_JOURNAL_STATUS_BEFORE,
		    ARGS(ARG_I(INT64_MAX)), &status);
	store_forget(r->keep->store);
	if (err < 0)
		verb_fail_store(r, err);
	else
		request_answer(r, json_pack("{sI sI}", "last",
		    (json_int_t)later(own, around), "status", (json_int_t)status.serial));
}

void
replay_verb(struct request *r)
{
	struct str target = verb_member(r, "target");
	struct addr a;

	if (target.n == 0)
		answer_page(r);
	else if (addr_parse(&a, target) == 0)
		answer_last(r, &a);
	else
		request_fail(r, EXIT_USAGE, "bad-target", "the target is not an address");
}
