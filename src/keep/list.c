#include "keep/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fact/special_use.h"
#include "fact/verdict.h"
#include "keep/evidence.h"
#include "keep/journal.h"
#include "keep/list_body.h"
#include "keep/permit.h"
#include "keep/range.h"
#include "keep/status.h"

/* Rules:
 * 1. Each change is a journal row and the row of `listing` that it makes or
 *    deletes, in one write; `listing` is what journal_replay() gives.
 * 2. made of an add is the time of its proof.
 * 3. Earlier proofs count only since the last removal, and for LIST_FULL_S.
 * 4. A frozen list takes no new listing, also by a token that comes back late;
 *    an emptied one extends none either (keep/status).
 * 5. An exit stands only beside an entry (`exit_of`) and goes with the last
 *    one that hands on through it. */

enum { ONE = 128, ROWS_OF_ADDR = 16, EXPIRE_BATCH = 500 };

struct rows {		/* copied out of a query, since its callback may not write */
	struct listing	*at;
	size_t		 n, cap;
};

static int
rows_take(void *ctx, const void *row)
{
	struct rows *r = ctx;

	r->at[r->n++] = *(const struct listing *)row;
	return r->n == r->cap ? STORE_STOP : 0;
}

/* --- single rows --- */

int
list_row_add(struct keep *k, struct listing *l)
{
	struct journal_row j = {
		.kind = JOURNAL_ADD, .addr = l->addr, .len = l->len,
		.code = l->code, .made = l->proof, .until = l->until,
		.proofs = l->proofs, .evidence = l->evidence,
	};
	int err = journal_append(k, &j);

	return err == 0 ? store_put(k->store, &listing_shape, l) : err;
}

int
list_row_remove(struct keep *k, const struct listing *l, enum journal_kind kind,
    const struct digest *reason)
{
	struct journal_row j = {
		.kind = (uint8_t)kind, .addr = l->addr, .len = l->len,
		.code = l->code, .made = keep_now(k), .reason = *reason,
	};
	int64_t gone = 0;
	int err = store_do(k->store, S_LISTING_DELETE, ARGS(ARG_A(l->addr),
	    ARG_I(l->len), ARG_I(l->code)), &gone);

	return err == 0 && gone > 0 ? journal_append(k, &j) : err;
}

static int
exit_unused(struct keep *k, const struct listing *l, enum journal_kind kind,
    const struct digest *reason)
{
	int64_t users;
	int err = store_number(k->store, Q_EXIT_USERS, ARGS(ARG_A(l->addr)), &users);

	return err == 0 && users == 0 ? list_row_remove(k, l, kind, reason) : err;
}

/* An entry goes, and with it the exits that no other entry uses, and a range
 * around it where it was the last. */
static int
entry_remove(struct keep *k, const struct listing *l, enum journal_kind kind,
    const struct digest *reason, bool cleared)
{
	struct listing at[LIST_EXITS];
	struct rows exits = { at, 0, LIST_EXITS };
	int err = store_each(k->store, Q_LISTING_EXITS_OF, ARGS(ARG_A(l->addr)),
	    rows_take, &exits);

	if (err == 0)
		err = list_row_remove(k, l, kind, reason);
	if (err == 0)
		err = store_do(k->store, S_EXIT_DELETE_ENTRY,
		    ARGS(ARG_A(l->addr)), NULL);
	for (size_t i = 0; i < exits.n && err == 0; i++)
		err = exit_unused(k, &at[i], kind, reason);
	return err == 0 ? range_left(k, &l->addr, cleared, reason) : err;
}

static int
any_remove(struct keep *k, const struct listing *l, enum journal_kind kind,
    const struct digest *reason, bool cleared)
{
	int err;

	if (l->code != CODE_EXIT)
		return entry_remove(k, l, kind, reason, cleared);
	err = list_row_remove(k, l, kind, reason);
	return err == 0 ? store_do(k->store, S_EXIT_DELETE, ARGS(ARG_A(l->addr)),
	    NULL) : err;
}

static int
rows_of(struct keep *k, const struct addr *a, struct rows *out)
{
	return store_each(k->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(*a)),
	    rows_take, out);
}

/* Returns 0, STORE_NONE, or an error. */
static int
find(struct keep *k, const struct addr *a, enum code code, struct listing *out)
{
	struct listing at[ROWS_OF_ADDR];
	struct rows rows = { at, 0, ROWS_OF_ADDR };
	int err = rows_of(k, a, &rows);

	for (size_t i = 0; i < rows.n && err == 0; i++)
		if (at[i].len == ONE && at[i].code == code) {
			*out = at[i];
			return 0;
		}
	return err == 0 ? STORE_NONE : err;
}

/* --- proofs --- */

static int
last_removal(void *ctx, const void *row)
{
	const struct journal_row *j = row;

	if (j->code == CODE_ENTRY && j->len == ONE &&
	    (j->kind == JOURNAL_REMOVE || j->kind == JOURNAL_RETRACT))
		*(int64_t *)ctx = j->made.s;
	return 0;
}

/* Is there an earlier proof of which this token is independent?  Is the token
 * stale: has a newer test found the address closed since it was minted? */
static int
proof_before(struct keep *k, const struct attempt *a, bool *found, bool *stale)
{
	int64_t after = a->minted.s - LIST_FULL_S, removed = 0, made = 0, closed = 0;
	int err = store_each(k->store, Q_JOURNAL_BY_ADDR, ARGS(ARG_A(a->addr)),
	    last_removal, &removed);

	if (err == 0)
		err = store_number(k->store, Q_RECEIPT_PROOF_BEFORE,
		    ARGS(ARG_A(a->addr), ARG_I(removed > after ? removed : after),
		    ARG_I(a->minted.s - PROOF_APART_S)), &made);
	*found = made > 0;
	if (err == 0)
		err = store_number(k->store, Q_VERDICT_CLOSED_SINCE, ARGS(ARG_A(a->addr),
		    ARG_I(a->minted.s), ARG_I(a->run)), &closed);
	*stale = closed > 0;
	return err;
}

/* A letter that anybody may have handed on proves only together with another
 * (fact/handover). */
static bool
alone(const struct receipt *r)
{
	return r->linked && r->why.n == 0;
}

/* First listing.  *l is set when it is made. */
static int
proof_first(struct keep *k, const struct attempt *a, const struct receipt *r,
    struct listing *l, bool *listed)
{
	bool second, stale;
	int err = proof_before(k, a, &second, &stale);

	*listed = false;
	if (err != 0 || stale || (!second && !alone(r)))
		return err;
	*l = (struct listing){
		.addr = a->addr, .len = ONE, .code = CODE_ENTRY,
		.since = r->made, .proof = r->made, .proofs = second ? 2 : 1,
		.until = { r->made.s + (second ? LIST_FULL_S : LIST_FIRST_S) },
		.evidence = r->mail,
	};
	*listed = true;
	err = list_row_add(k, l);
	return err == 0 ? range_entered(k, &a->addr) : err;
}

static int
proof_again(struct keep *k, const struct attempt *a, const struct receipt *r,
    struct listing *l)
{
	if (a->minted.s - l->proof.s < PROOF_APART_S)
		return 0;	/* the same event: says nothing new */
	if (l->proofs < UINT16_MAX)
		l->proofs++;
	l->proof = r->made;
	l->until.s = r->made.s + LIST_FULL_S;
	l->evidence = r->mail;
	return list_row_add(k, l);
}

/* --- exits --- */

/* Is this address ours to list at all?  1, 0, or an error. */
static int
may_list(struct keep *k, const struct addr *a)
{
	const char *why;
	int opted;

	if (special_use(a, k->conf->lab, k->conf->n_lab, &why))
		return 0;
	opted = permit_opted_out(k, a);
	return opted < 0 ? opted : !opted;
}

static int
exit_room(struct keep *k, const struct addr *entry)
{
	struct listing at[LIST_EXITS];
	struct rows exits = { at, 0, LIST_EXITS };
	int err = store_each(k->store, Q_LISTING_EXITS_OF, ARGS(ARG_A(*entry)),
	    rows_take, &exits);

	return err != 0 ? err : exits.n < LIST_EXITS;
}

static int
exit_add(struct keep *k, const struct listing *entry, const struct receipt *r)
{
	struct listing l;
	int err = store_do(k->store, S_EXIT_ADD,
	    ARGS(ARG_A(r->exit_addr), ARG_A(entry->addr)), NULL);

	if (err != 0)
		return err;
	err = find(k, &r->exit_addr, CODE_EXIT, &l);
	if (err < 0 || (err == 0 && l.until.s >= entry->until.s))
		return err;
	if (err == STORE_NONE)
		l = (struct listing){
			.addr = r->exit_addr, .len = ONE, .code = CODE_EXIT,
			.since = r->made,
		};
	l.until = entry->until;
	l.proof = r->made;
	l.proofs = entry->proofs;
	l.evidence = r->mail;
	return list_row_add(k, &l);
}

/* architecture 5: only over a linked path, only when switched on. */
static int
exit_proof(struct keep *k, const struct listing *entry, const struct receipt *r)
{
	int ok;

	if (!k->conf->out_zone || !alone(r) || addr_eq(&r->exit_addr, &entry->addr))
		return 0;
	ok = may_list(k, &r->exit_addr);
	if (ok > 0)
		ok = status_lists(k);
	if (ok == STATUS_LISTS_AGAIN)
		return 0;	/* an exit runs out sooner than its entry then */
	if (ok > 0)
		ok = exit_room(k, &entry->addr);
	return ok > 0 ? exit_add(k, entry, r) : ok;
}

int
list_proof(struct keep *k, const struct attempt *a, const struct receipt *r,
    bool *listed)
{
	struct listing l;
	int err = find(k, &a->addr, CODE_ENTRY, &l), ok;

	*listed = false;
	if (err == 0 && l.until.s <= r->made.s) {
		err = entry_remove(k, &l, JOURNAL_REMOVE, &list_no_reason,
		    false);
		if (err == 0)
			err = STORE_NONE;	/* expired; nobody came by yet */
	}
	if (err != 0 && err != STORE_NONE)
		return err;
	*listed = err == 0;
	ok = may_list(k, &a->addr);
	if (ok > 0)
		ok = status_lists(k);
	if (ok < (*listed ? STATUS_LISTS_AGAIN : STATUS_LISTS_ALL))
		return ok < 0 ? ok : 0;
	err = *listed ? proof_again(k, a, r, &l) : proof_first(k, a, r, &l, listed);
	return err == 0 && *listed ? exit_proof(k, &l, r) : err;
}

/* --- removals --- */

static int
verdict_reason(struct digest *out, struct keep *k, const struct verdict_row *v)
{
	char text[TEXT_REASON];
	int n = snprintf(text, sizeof(text), "verdict %s: %.*s, %u of %u forms",
	    verdict_name(v->verdict), (int)v->why.n, v->why.n == 0 ? "" : v->why.p,
	    v->done, v->total);

	return evidence_put(out, k, EVIDENCE_REASON, (struct str){ text, (size_t)n });
}

/* What is listed by a range alone is cleared too: it becomes an exception. */
int
list_clear(struct keep *k, const struct verdict_row *v, bool *removed)
{
	struct digest reason;
	struct range_at range;
	struct listing l;
	bool itself;
	int err;

	*removed = false;
	if (!v->clears || v->provisional)
		return 0;
	err = find(k, &v->addr, CODE_ENTRY, &l);
	itself = err == 0;
	if (err >= 0)
		err = range_at(&range, k, &v->addr, (struct wall){ INT64_MAX });
	if (err != 0 || (!itself && (!range.stands || range.excepted)))
		return err;
	err = verdict_reason(&reason, k, v);
	if (err == 0)
		err = itself ? entry_remove(k, &l, JOURNAL_REMOVE, &reason, true) :
		    range_clear(k, &v->addr, &reason, removed);
	*removed = err == 0;
	return err;
}

struct removal {
	const struct addr *addr;
	enum journal_kind kind;
	struct str	 reason, who;
};

int
list_reason(struct digest *out, struct keep *k, struct str reason, struct str who)
{
	char text[TEXT_REASON + TEXT_WHO + 8];
	struct wbuf w = wbuf_of(text, sizeof(text));

	wbuf_bytes(&w, reason.p, reason.n);
	wbuf_str(&w, "\nby ");
	wbuf_bytes(&w, who.p, who.n);
	return w.err != 0 ? w.err : evidence_put(out, k, EVIDENCE_REASON,
	    (struct str){ text, w.len });
}

static int
remove_now(struct keep *k, void *ctx)
{
	const struct removal *r = ctx;
	struct listing at[ROWS_OF_ADDR];
	struct rows rows = { at, 0, ROWS_OF_ADDR };
	struct digest reason;
	bool excepted = true;
	int err = rows_of(k, r->addr, &rows);

	if (err == 0)
		err = list_reason(&reason, k, r->reason, r->who);
	for (size_t i = 0; i < rows.n && err == 0; i++)
		err = any_remove(k, &at[i], r->kind, &reason, true);
	if (err == 0 && rows.n == 0)
		err = range_clear(k, r->addr, &reason, &excepted);
	return err != 0 ? err : excepted ? 0 : STORE_NONE;
}

int
list_remove(struct keep *k, const struct addr *a, enum journal_kind kind,
    struct str reason, struct str who)
{
	struct removal r = { a, kind, reason, who };

	if (reason.n > TEXT_REASON || who.n > TEXT_WHO ||
	    (kind != JOURNAL_REMOVE && kind != JOURNAL_RETRACT))
		return SEK_ELIMIT;
	return keep_precious(k, remove_now, &r);
}

int
list_expire(struct keep *k, struct wall *next)
{
	struct rows rows = { .cap = EXPIRE_BATCH };
	int err;

	*next = (struct wall){ 0 };
	rows.at = calloc(rows.cap, sizeof(*rows.at));
	if (rows.at == NULL)
		return SEK_ENOMEM;
	err = store_each(k->store, Q_LISTING_EXPIRED, ARGS(ARG_I(keep_now(k).s),
	    ARG_I(EXPIRE_BATCH)), rows_take, &rows);
	for (size_t i = 0; i < rows.n && err == 0; i++)
		err = any_remove(k, &rows.at[i], JOURNAL_REMOVE,
		    &list_no_reason, false);
	free(rows.at);
	return err == 0 ? store_number(k->store, Q_LISTING_NEXT_EXPIRY, NO_ARGS,
	    &next->s) : err;
}

/* --- listing = replay(journal) --- */

struct want {
	struct addr	 after, to;	/* of these addresses */
	struct listing	*at;		/* owned: what the journal says */
	size_t		 n, cap;
	size_t		 seen;		/* rows of `listing` that are in it too */
	unsigned	 strange;	/* rows of `listing` that are not */
};

static int
want_take(void *ctx, const struct listing *l)
{
	struct want *w = ctx;

	if (w->n == w->cap) {
		size_t cap = w->cap == 0 ? 256 : w->cap * 2;
		struct listing *at = realloc(w->at, cap * sizeof(*at));

		if (at == NULL)
			return SEK_ENOMEM;
		w->at = at;
		w->cap = cap;
	}
	w->at[w->n++] = *l;
	return 0;
}

static int
listing_cmp(const void *pa, const void *pb)
{
	const struct listing *a = pa, *b = pb;
	int c = addr_cmp(&a->addr, &b->addr);

	if (c == 0)
		c = a->len - b->len;
	return c == 0 ? a->code - b->code : c;
}

static bool
listing_eq(const struct listing *a, const struct listing *b)
{
	return listing_cmp(a, b) == 0 && a->since.s == b->since.s &&
	    a->until.s == b->until.s && a->proof.s == b->proof.s &&
	    a->proofs == b->proofs &&
	    memcmp(&a->evidence, &b->evidence, sizeof(a->evidence)) == 0;
}

static int
want_compare(void *ctx, const void *row)
{
	struct want *w = ctx;
	const struct listing *l = w->n == 0 ? NULL :
	    bsearch(row, w->at, w->n, sizeof(*w->at), listing_cmp);

	if (l != NULL && listing_eq(l, row))
		w->seen++;
	else
		w->strange++;
	return 0;
}

static int
want_repair(struct keep *k, void *ctx)
{
	struct want *w = ctx;
	int err = store_do(k->store, S_LISTING_DELETE_BETWEEN,
	    ARGS(ARG_A(w->after), ARG_A(w->to)), NULL);

	for (size_t i = 0; i < w->n && err == 0; i++)
		err = store_put(k->store, &listing_shape, &w->at[i]);
	return err;
}

int
list_reconcile_page(struct keep *k, struct addr *after, bool *end, unsigned *differed)
{
	struct want w = { .after = *after, .to = *after };
	int err = journal_replay_page(k, &w.to, end, want_take, &w);
	unsigned n;

	if (err == 0)
		err = store_each(k->store, Q_LISTING_BETWEEN, ARGS(ARG_A(w.after),
		    ARG_A(w.to)), want_compare, &w);
	n = w.strange + (unsigned)(w.n - w.seen);
	if (err == 0 && n > 0)
		err = keep_precious(k, want_repair, &w);
	free(w.at);
	if (err == 0) {
		*differed += n;
		*after = w.to;
	}
	return err;
}

int
list_reconcile(struct keep *k, unsigned *differed)
{
	struct addr after = addr_none;
	bool end = false;
	int err = 0;

	*differed = 0;
	while (err == 0 && !end)
		err = list_reconcile_page(k, &after, &end, differed);
	return err;
}
