#include "keep/check.h"

#include "base/log.h"
#include "fact/relaytest.h"
#include "fact/verdict.h"
#include "keep/cause.h"
#include "keep/coverage.h"
#include "keep/journal.h"
#include "keep/list.h"
#include "keep/permit.h"
#include "keep/publish.h"
#include "keep/range_verbs.h"
#include "keep/status.h"
#include "keep/ticket.h"
#include "keep/verbs.h"
#include "keep/visit.h"
#include "keep/watch.h"
#include "sys/json_put.h"

/* Rules:
 * 1. Public is what DNS, zone transfer and journal say anyway: listings, their
 *    history, when it was seen first and last.
 * 2. The last test, its verdict, and a test that runs are the owner's, the
 *    operator's and the CSIRT's; of a listed address its last test is public
 *    too, and a test that runs is its asker's.
 * 3. An opt-out is told to the address itself and to those of rule 2.
 * 4. Each question is answered by an index: pages ask this often. */

enum { FETCHED = CHECK_HISTORY + 14 };	/* to see what a row followed on */

struct check {
	struct request	*r;
	struct visitor	 v;
	struct wall	 now;
	int64_t		 at;		/* as of then; now when nothing was asked */
	bool		 past;		/* at was asked for */
	json_t		*out;
	json_t		*listings, *history;
	bool		 entry;		/* the address is listed as an entry now or then */
	struct range_at	 range;		/* around it, now or then */
	struct journal_row rows[FETCHED];	/* newest first */
	size_t		 n_rows;
	int		 err;		/* SEK_ENOMEM: something of the answer is missing */
};

/* --- listings --- */

static void
put_listing(struct check *c, const struct listing *l)
{
	c->entry = c->entry || l->code == CODE_ENTRY;
	json_put_item(c->listings, json_pack("{si ss sI sI sI si}",
	    "code", l->code, "kind", l->code == CODE_ENTRY ? "entry" : "exit",
	    "since", (json_int_t)l->since.s, "until", (json_int_t)l->until.s,
	    "proof", (json_int_t)l->proof.s, "proofs", l->proofs), &c->err);
}

static int
listing_now(void *ctx, const void *row)
{
	put_listing(ctx, row);
	return 0;
}

static int
listing_then(void *ctx, const struct journal_past *p)
{
	if (p->l.len == 128)
		put_listing(ctx, &p->l);
	return 0;
}

/* A range lists the address too, unless it is excepted. */
static int
read_range(struct check *c)
{
	struct wall at = { c->past ? c->at : INT64_MAX };
	int err = range_at(&c->range, c->r->keep, &c->v.addr, at);

	if (err == 0 && c->range.stands && !c->range.excepted)
		json_put_item(c->listings, range_json(&c->range), &c->err);
	json_put(c->out, "excepted", range_excepted_json(&c->range), &c->err);
	return err;
}

static int
read_listings(struct check *c)
{
	struct keep *k = c->r->keep;

	if (c->past)
		return journal_at(k, &c->v.addr, (struct wall){ c->at },
		    listing_then, c);
	return store_each(k->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(c->v.addr)),
	    listing_now, c);
}

/* --- history --- */

static int
take_row(void *ctx, const void *row)
{
	struct check *c = ctx;

	c->rows[c->n_rows++] = *(const struct journal_row *)row;
	return c->n_rows == FETCHED ? STORE_STOP : 0;
}

/* About the address, and not about a range or an exception. */
static bool
by_itself(const struct journal_row *j)
{
	return j->len == 128 && j->kind <= JOURNAL_RETRACT;
}

/* The row before rows[i] about the same listing.  Returns 0, STORE_NONE or an
 * error. */
static int
row_before(struct check *c, size_t i, struct journal_row *out)
{
	for (size_t j = i + 1; j < c->n_rows; j++)
		if (c->rows[j].code == c->rows[i].code && by_itself(&c->rows[j])) {
			*out = c->rows[j];
			return 0;
		}
	if (c->n_rows < FETCHED)
		return STORE_NONE;
	return store_one(c->r->keep->store, Q_JOURNAL_BEFORE, ARGS(ARG_A(c->v.addr),
	    ARG_I(c->rows[i].seq), ARG_I(c->rows[i].code)), out);
}

static int
history_word(struct check *c, size_t i, const char **word)
{
	static const char *const of_address[] = {
		[JOURNAL_REMOVE] = "remove", [JOURNAL_RETRACT] = "retract",
		[JOURNAL_EXCEPT] = "except", [JOURNAL_UNEXCEPT] = "except-end",
	};
	const struct journal_row *j = &c->rows[i];
	struct journal_row before;
	int err = 0;

	if (j->len < 128)
		*word = j->kind == JOURNAL_ADD ? "range" : "range-end";
	else if (j->kind != JOURNAL_ADD)
		*word = of_address[j->kind];
	else {
		err = row_before(c, i, &before);
		*word = err == 0 && before.kind == JOURNAL_ADD ? "extend" : "add";
	}
	return err == STORE_NONE ? 0 : err;
}

/* An emptied list lists nobody, whatever still runs out in the store. */
static int
only_published(struct check *c)
{
	int lists = c->past ? STATUS_LISTS_ALL : status_lists(c->r->keep);

	if (lists == STATUS_LISTS_NOTHING)
		json_array_clear(c->listings);
	return lists < 0 ? lists : 0;
}

static int
put_history(struct check *c)
{
	for (size_t i = 0; i < c->n_rows && i < CHECK_HISTORY; i++) {
		const struct journal_row *j = &c->rows[i];
		const char *word;
		json_t *row;
		int err = history_word(c, i, &word);

		if (err != 0)
			return err;
		row = json_pack("{sI sI si si sI}", "at", (json_int_t)j->made.s,
		    "until", (json_int_t)(j->len < 128 ? 0 : j->until.s), "code", j->code,
		    "proofs", j->proofs, "serial", (json_int_t)j->serial);
		json_put(row, "event", json_string(word), &c->err);
		json_put_item(c->history, row, &c->err);
	}
	return 0;
}

static int
read_history(struct check *c)
{
	const struct net *n = &c->range.net;
	int err = store_each(c->r->keep->store, Q_JOURNAL_HISTORY,
	    ARGS(ARG_A(c->v.addr), ARG_I(c->at), ARG_A(n->addr), ARG_I(n->len),
	    ARG_I(FETCHED)), take_row, c);

	return err != 0 ? err : put_history(c);
}

static json_t *
time_or_null(int64_t t)
{
	return t > 0 ? json_integer(t) : json_null();
}

/* Until when a cache that keeps to the TTL may still say "listed". */
static json_t *
clean_by(const struct check *c)
{
	int64_t by;

	if (json_array_size(c->listings) > 0 || c->n_rows == 0 ||
	    c->rows[0].kind == JOURNAL_ADD)
		return json_null();
	by = c->rows[0].made.s + (int64_t)c->r->keep->conf->ttl_s;
	return by > c->now.s ? json_integer(by) : json_null();
}

/* The first proof and the last of those that were read. */
static void
seen_in_rows(const struct check *c, int64_t *first, int64_t *last)
{
	for (size_t i = 0; i < c->n_rows; i++) {
		if (c->rows[i].kind != JOURNAL_ADD || !by_itself(&c->rows[i]))
			continue;
		*first = c->rows[i].made.s;
		if (*last == 0)
			*last = c->rows[i].made.s;
	}
}

static int
put_seen(struct check *c)
{
	struct keep *k = c->r->keep;
	int64_t first = 0, last = 0;
	int err = 0;

	seen_in_rows(c, &first, &last);
	if (c->n_rows == FETCHED)	/* there are older ones */
		err = store_number(k->store, Q_JOURNAL_FIRST_ADD,
		    ARGS(ARG_A(c->v.addr)), &first);
	json_put(c->out, "first_seen", time_or_null(first), &c->err);
	json_put(c->out, "last_seen", time_or_null(last), &c->err);
	return err;
}

/* --- what is not everybody's --- */

/* With why it relays and what to change, where a probe came back. */
static json_t *
verdict_json(struct check *c, const struct verdict_row *v, int *err)
{
	json_t *out = json_pack("{so sI ss?}", "why", watch_text(v->why),
	    "at", (json_int_t)v->made.s, "form", v->form < RELAYTEST_N ?
	    relaytest_forms[v->form].id : NULL);

	*err = coverage_put(out, c->r->keep, v);
	if (*err == 0 && v->form < RELAYTEST_N)
		*err = cause_put(out, c->r->keep, v->run);
	return json_put_end(out, *err);
}

static int
put_verdict(struct check *c)
{
	struct verdict_row v;
	bool known = c->v.role != ROLE_PUBLIC;
	int err = !known && (c->past || !c->entry) ? STORE_NONE : store_one(c->r->keep->store,
	    Q_VERDICT_LAST_BY_ADDR, ARGS(ARG_A(c->v.addr)), &v);

	json_put(c->out, "last_test", err == 0 ?
	    json_integer(v.made.s) : json_null(), &c->err);
	json_put(c->out, "verdict", err == 0 && known ?
	    verdict_json(c, &v, &err) : json_null(), &c->err);
	store_forget(c->r->keep->store);
	return err == STORE_NONE ? 0 : err;
}

static int
put_optout(struct check *c)
{
	int opted = 0;

	if (c->v.role == ROLE_PUBLIC && !c->v.own) {
		json_put(c->out, "optout", json_null(), &c->err);
		return 0;
	}
	opted = permit_opted_out(c->r->keep, &c->v.addr);
	json_put(c->out, "optout", json_boolean(opted > 0), &c->err);
	return opted < 0 ? opted : 0;
}

static json_t *
word_or_null(const char *s)
{
	return s == NULL ? json_null() : json_string(s);
}

static int
put_tests(struct check *c)
{
	struct keep *k = c->r->keep;
	json_t *test = NULL;
	const char *retest = ticket_refused(k, &c->v, RUN_RETEST, NULL);
	const char *probe = ticket_refused(k, &c->v, RUN_PROBE, NULL);
	int err = ticket_running(&test, k, &c->v);

	json_put(c->out, "test", test == NULL ? json_null() : test, &c->err);
	json_put(c->out, "may", json_pack("{sb so sb so}",
	    "retest", retest == NULL, "why", word_or_null(retest),
	    "probe", probe == NULL, "why_probe", word_or_null(probe)), &c->err);
	return err;
}

/* --- the whole --- */

static int
put_serial(struct check *c)
{
	int64_t serial = journal_serial(c->r->keep);
	int err = !c->past ? 0 : store_number(c->r->keep->store, Q_JOURNAL_SERIAL_AT,
	    ARGS(ARG_I(c->at)), &serial);

	json_put(c->out, "serial", json_integer(serial), &c->err);
	return err;
}

static void
put_head(struct check *c)
{
	const struct conf *conf = c->r->keep->conf;
	char addr[ADDR_TEXT];

	addr_text(addr, &c->v.addr);
	c->out = json_pack("{ss sI sb ss so ss si sb ss so}", "addr", addr,
	    "as_of", (json_int_t)c->at, "lab", conf->n_lab > 0,
	    "life", publish_life(c->r->keep),
	    "empties", time_or_null(publish_empties(c->r->keep)), "zone", conf->zone,
	    "ttl", (int)conf->ttl_s, "own", c->v.own,
	    "role", visit_role_name(c->v.role), "proved_until", time_or_null(c->v.until.s));
	c->listings = json_array();
	c->history = json_array();
}

static const struct { int (*put)(struct check *c); } parts[] = {
	{ put_serial }, { read_listings }, { read_range }, { only_published },
	{ read_history }, { put_seen }, { put_verdict }, { put_optout }, { put_tests },
};

static void
finish(struct check *c)
{
	json_put(c->out, "listed", json_boolean(json_array_size(c->listings) > 0),
	    &c->err);
	json_put(c->out, "clean_by", clean_by(c), &c->err);
	json_put(c->out, "more", json_boolean(c->n_rows > CHECK_HISTORY), &c->err);
	json_put(c->out, "listings", json_incref(c->listings), &c->err);
	json_put(c->out, "history", json_incref(c->history), &c->err);
}

/* false: the request has failed. */
static bool
read_time(struct check *c)
{
	json_t *at = json_object_get(c->r->json, "at");

	c->now = keep_now(c->r->keep);
	c->past = at != NULL && !json_is_null(at);
	c->at = c->past ? json_integer_value(at) : c->now.s;
	if (!c->past || (json_is_integer(at) && c->at > 0 && c->at <= c->now.s))
		return true;
	request_fail(c->r, EXIT_USAGE, "bad-time", "at is not a moment between 1970 "
	    "and now, in seconds");
	return false;
}

void
check_verb(struct request *r)
{
	struct check c = { .r = r };
	int err = 0;

	if (!visit_read(&c.v, r) || !read_time(&c))
		return;
	put_head(&c);
	for (size_t i = 0; err == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		err = parts[i].put(&c);
	if (err == 0)
		finish(&c);
	if (err == 0)
		err = c.err;
	json_decref(c.listings);
	json_decref(c.history);
	if (err == 0) {
		request_done(r, 0, c.out);
		return;
	}
	json_decref(c.out);
	verb_fail_store(r, err);
}
