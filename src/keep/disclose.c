#include "keep/disclose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fact/finding.h"
#include "fact/relaytest.h"
#include "keep/cause.h"
#include "keep/coverage.h"
#include "keep/evidence.h"
#include "keep/show_sessions.h"
#include "keep/token.h"
#include "keep/variant.h"
#include "keep/verbs.h"
#include "keep/visit.h"
#include "keep/watch.h"
#include "sys/json_put.h"
#include "wire/msg.h"

/* Rules:
 * 1. What is to be told is found first, by number; each is read when its turn
 *    comes, so that much of it takes little memory.
 * 2. Each event fits one message, however hostile its texts: an octet takes at
 *    most five in JSON (\\x01).
 * 3. Who asked for a test, a name or somebody's network, is no owner's business:
 *    why it was made is. */

enum {
	CHAIN_LINES = 15,	/* Received lines of one proof */
	CHAIN_OCTETS = 6000,	/* of JSON they may take */
	CHAIN_LINE = 400,
	TEXT_CHUNK = 2800,	/* octets of transcript in one event */
};

struct disclosure {
	struct request	*r;
	struct visitor	 v;
	uint64_t	 proofs[DISCLOSE_PROOFS];	/* receipts */
	size_t		 n_proofs, proof;
	uint64_t	 runs[DISCLOSE_RUNS];
	size_t		 n_runs, run;
	json_t		*sessions;		/* owned; NULL: not read yet */
	size_t		 n_session;		/* of them that were told */
	int64_t		 session, part;		/* of the run: the last told */
	size_t		 at;			/* octets of the part in hand that were told */
	unsigned	 step;
	bool		 cut;			/* there was more than is told */
	int		 err;
};

/* --- what there is --- */

static int
add_run(struct disclosure *d, uint64_t run)
{
	for (size_t i = 0; i < d->n_runs; i++)
		if (d->runs[i] == run)
			return 0;
	if (d->n_runs == DISCLOSE_RUNS)
		d->cut = true;
	else
		d->runs[d->n_runs++] = run;
	return 0;
}

static int
proof_row(void *ctx, const void *row)
{
	struct disclosure *d = ctx;

	if (d->n_proofs == DISCLOSE_PROOFS) {
		d->cut = true;
		return STORE_STOP;
	}
	d->proofs[d->n_proofs++] = ((const struct receipt *)row)->id;
	return 0;
}

static int
run_row(void *ctx, const void *row)
{
	return add_run(ctx, ((const struct run *)row)->id);
}

/* The runs of the proofs, then the newest others. */
static int
find_all(struct disclosure *d)
{
	struct store *s = d->r->keep->store;
	int err = store_each(s, Q_RECEIPT_PROOFS, ARGS(ARG_A(d->v.addr),
	    ARG_I(DISCLOSE_PROOFS + 1)), proof_row, d);

	for (size_t i = 0; i < d->n_proofs && err == 0; i++) {
		int64_t run = 0;

		err = store_number(s, Q_RECEIPT_RUN, ARGS(ARG_I(d->proofs[i])), &run);
		if (err == 0 && run > 0)
			err = add_run(d, (uint64_t)run);
	}
	return err != 0 ? err : store_each(s, Q_RUN_NEWEST, ARGS(ARG_A(d->v.addr),
	    ARG_I(DISCLOSE_RUNS)), run_row, d);
}

/* --- a proof --- */

static json_t *
addr_or_null(const struct addr *a)
{
	char text[ADDR_TEXT];

	addr_text(text, a);
	return addr_is_none(a) ? json_null() : json_string(text);
}

/* The Received lines of the mail that came back, the topmost first.  Most of
 * them are forgeable: fact/chain says how far they hold. */
static json_t *
chain_of(struct str mail)
{
	struct msg m = msg_of(mail);
	struct msg_field f;
	json_t *list = json_array();
	size_t octets = 0;

	while (json_array_size(list) < CHAIN_LINES && msg_next_field(&f, &m) == 0) {
		char flat[2048], clean[CHAIN_LINE];

		if (!str_ieq(f.name, STR("Received")))
			continue;
		if (msg_unfold(flat, sizeof(flat), msg_trim(f.value)) != 0)
			snprintf(flat, sizeof(flat), "(longer than %zu octets)", sizeof(flat));
		for (char *c = flat; *c != '\0'; c++)
			*c = *c == '\t' ? ' ' : *c;	/* of the folding */
		octets += 2 * str_clean(clean, sizeof(clean), str_of(flat)) + 3;
		if (octets > CHAIN_OCTETS)
			break;
		json_array_append_new(list, json_string(clean));
	}
	return list;
}

static json_t *
proof_json(struct keep *k, const struct receipt *r, const struct attempt *a,
    struct str mail)
{
	char token[TOKEN_TEXT], hex[65];
	json_t *ev;
	int err = 0;

	token_mint(token, k, a, TOKEN_RECIPIENT);
	str_hex(hex, r->mail.o, sizeof(r->mail.o));
	ev = json_pack("{ss so so so si sb so so so ss sI sI sI sI so so so ss sI}",
	    "event", "proof", "entry", addr_or_null(&r->entry_addr), "exit", addr_or_null(&r->exit_addr),
	    "believed", addr_or_null(&r->believed), "hops", r->hops,
	    "linked", r->linked, "chain", chain_of(mail),
	    "helo", watch_text(r->helo), "mail_from", watch_text(r->mail_from),
	    "token", token, "minted", (json_int_t)a->minted.s,
	    "sent", (json_int_t)a->sent.s, "accepted", (json_int_t)a->accepted.s,
	    "returned", (json_int_t)r->made.s,
	    "mail_from_sent", watch_text(a->mail_from),
	    "rcpt_to_sent", watch_text(a->rcpt_to), "said", watch_text(a->said),
	    "mail", hex, "octets", (json_int_t)mail.n);
	variant_put(ev, a, &err);
	return json_put_end(ev, err);
}

/* Returns 0, or an error; a proof that went meanwhile is none. */
static int
tell_proof(struct disclosure *d, uint64_t id)
{
	struct keep *k = d->r->keep;
	struct evidence mail = { .octets = { "", 0 } };
	struct receipt r;
	struct attempt a;
	int err = store_one(k->store, Q_RECEIPT_BY_ID, ARGS(ARG_I(id)), &r);

	if (err == 0)
		err = store_one(k->store, Q_ATTEMPT_BY_ID, ARGS(ARG_I(r.attempt)), &a);
	if (err == 0)
		err = evidence_read(&mail, k, &r.mail);
	if (err == STORE_NONE && mail.octets.n == 0)
		err = 0;	/* erased: what is known without it */
	if (err == 0)
		err = request_event_surely(d->r, proof_json(k, &r, &a, mail.octets));
	store_forget(k->store);
	return err == STORE_NONE ? 0 : err;
}

/* --- verdicts and journal --- */

static int
tell_verdict(void *ctx, const void *row)
{
	const struct verdict_row *v = row;
	struct disclosure *d = ctx;
	json_t *ev = json_pack("{ss so ss? sb sI}", "event", "verdict",
	    "why", watch_text(v->why), "form", v->form < RELAYTEST_N ?
	    relaytest_forms[v->form].id : NULL, "clears", v->clears,
	    "at", (json_int_t)v->made.s);
	int err = coverage_put(ev, d->r->keep, v);

	if (err == 0 && v->form < RELAYTEST_N)
		err = cause_put(ev, d->r->keep, v->run);
	if (err == 0)
		return request_event_surely(d->r, ev);
	json_decref(ev);
	return err;
}

static const char *
journal_word(uint8_t kind)
{
	static const char *const words[] = {
		[JOURNAL_ADD] = "add", [JOURNAL_REMOVE] = "remove",
		[JOURNAL_RETRACT] = "retract",
	};

	return kind >= JOURNAL_ADD && kind <= JOURNAL_RETRACT ? words[kind] : "other";
}

static int
tell_journal(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct disclosure *d = ctx;
	char hash[65], prev[65], evidence[65];

	str_hex(hash, j->hash.o, sizeof(j->hash.o));
	str_hex(prev, j->prev.o, sizeof(j->prev.o));
	str_hex(evidence, j->evidence.o, sizeof(j->evidence.o));
	return request_event_surely(d->r, json_pack("{ss sI sI ss sI si si ss ss ss}",
	    "event", "journal", "seq", (json_int_t)j->seq,
	    "serial", (json_int_t)j->serial, "kind", journal_word(j->kind),
	    "at", (json_int_t)j->made.s, "code", j->code, "proofs", j->proofs,
	    "hash", hash, "prev", prev, "evidence", evidence));
}

/* --- sessions --- */

/* The next one; when all are told, the next step. */
static int
tell_session(struct disclosure *d)
{
	json_t *ev, *session;

	if (d->sessions == NULL)
		d->sessions = show_sessions(d->r->keep, &d->v.addr);
	if (d->sessions == NULL)
		return SEK_ESTORE;
	if (d->n_session == json_array_size(d->sessions)) {
		d->step++;
		return 0;
	}
	session = json_array_get(d->sessions, d->n_session++);
	if (d->v.role == ROLE_OWNER) {
		(void)json_object_del(session, "who");
		(void)json_object_del(session, "asked");
	}
	ev = json_pack("{ss}", "event", "session");
	if (json_object_update(ev, session) == 0)
		return request_event_surely(d->r, ev);
	json_decref(ev);
	return SEK_ENOMEM;
}

/* --- transcripts --- */

/* Cleans lines and keeps their ends. */
static size_t
clean_lines(char *out, size_t cap, struct str text)
{
	size_t n = 0;

	while (text.n > 0 && n + 2 < cap) {
		bool ended = str_find(text, '\n') >= 0;

		n += str_clean(out + n, cap - n - 1, str_cut(&text, '\n'));
		if (ended)
			out[n++] = '\n';
	}
	out[n] = '\0';
	return n;
}

/* How much of what is left goes into one event: whole lines, where there are. */
static size_t
chunk_of(struct str left)
{
	size_t n = left.n < TEXT_CHUNK ? left.n : TEXT_CHUNK;

	if (n == left.n)
		return n;
	for (size_t i = n; i > 0; i--)
		if (left.p[i - 1] == '\n')
			return i;
	return n;
}

static int
tell_text(struct disclosure *d, const struct transcript *t)
{
	struct str left = { t->octets.p + d->at, t->octets.n - d->at };
	char clean[4 * TEXT_CHUNK + 8];
	size_t n = chunk_of(left);

	clean_lines(clean, sizeof(clean), (struct str){ left.p, n });
	d->at += n;
	if (d->at == t->octets.n) {
		d->session = t->session;
		d->part = t->part;
		d->at = 0;
	}
	return request_event_surely(d->r, json_pack("{ss sI si si sI ss}",
	    "event", "transcript", "run", (json_int_t)t->run,
	    "session", (int)t->session, "part", (int)t->part,
	    "at", (json_int_t)t->made.s, "text", clean));
}

/* One piece, or the next run.  A part of no octets is stepped over. */
static int
tell_transcript(struct disclosure *d)
{
	struct keep *k = d->r->keep;
	struct transcript t;
	int err = store_one(k->store, Q_TRANSCRIPT_NEXT, ARGS(ARG_I(d->runs[d->run]),
	    ARG_I(d->session), ARG_I(d->part)), &t);

	if (err == STORE_NONE) {
		d->run++;
		d->session = d->part = -1;
		d->at = 0;
		err = 0;
	} else if (err == 0 && d->at <= t.octets.n)
		err = tell_text(d, &t);
	store_forget(k->store);
	return err;
}

/* --- the whole, step by step --- */

enum { TELL_PROOFS, TELL_VERDICTS, TELL_SESSIONS, TELL_TRANSCRIPTS, TELL_JOURNAL, TELL_END };

static int
tell_next(struct disclosure *d)
{
	struct store *s = d->r->keep->store;

	switch (d->step) {
	case TELL_PROOFS:
		if (d->proof < d->n_proofs)
			return tell_proof(d, d->proofs[d->proof++]);
		break;
	case TELL_VERDICTS:
		d->step++;
		return store_each(s, Q_VERDICT_NEWEST, ARGS(ARG_A(d->v.addr),
		    ARG_I(DISCLOSE_VERDICTS)), tell_verdict, d);
	case TELL_SESSIONS:
		return tell_session(d);
	case TELL_TRANSCRIPTS:
		if (d->run < d->n_runs)
			return tell_transcript(d);
		break;
	case TELL_JOURNAL:
		d->step++;
		return store_each(s, Q_JOURNAL_NEWEST, ARGS(ARG_A(d->v.addr),
		    ARG_I(INT64_MAX), ARG_I(DISCLOSE_JOURNAL)), tell_journal, d);
	}
	d->step++;
	return 0;
}

static bool
produce(struct request *r)
{
	struct disclosure *d = r->state;
	int err = tell_next(d);

	if (err == 0 && d->step < TELL_END)
		return true;
	if (err != 0)
		verb_fail_store(r, err == SEK_ELIMIT ? SEK_ENOMEM : err);
	else
		request_answer(r, json_pack("{si sb}", "proofs", (int)d->n_proofs,
		    "cut", d->cut));
	return false;
}

static void
disclosure_free(void *state)
{
	struct disclosure *d = state;

	json_decref(d->sessions);
	free(d);
}

void
disclose_verb(struct request *r)
{
	struct disclosure *d;
	struct visitor v;
	int err;

	if (!visit_read(&v, r))
		return;
	if (v.role == ROLE_PUBLIC) {
		verb_refuse(r, "owner-not-proved");
		return;
	}
	d = calloc(1, sizeof(*d));
	if (d == NULL) {
		verb_fail_store(r, SEK_ENOMEM);
		return;
	}
	d->r = r;
	d->v = v;
	d->session = d->part = -1;
	r->state = d;
	r->state_free = disclosure_free;
	err = find_all(d);
	if (err != 0)
		verb_fail_store(r, err);
	else
		request_stream(r, produce);
}
