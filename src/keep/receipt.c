#include "keep/receipt.h"

#include <stdlib.h>

#include "base/log.h"
#include "fact/letter.h"
#include "fact/relaytest.h"
#include "fact/verdict.h"
#include "keep/attempt.h"
#include "keep/evidence.h"
#include "keep/list.h"
#include "keep/pace.h"
#include "keep/positive.h"
#include "keep/receipt_way.h"
#include "keep/recheck.h"
#include "keep/token.h"
#include "keep/variant.h"
#include "keep/watch.h"
#include "sys/json_put.h"
#include "wire/date.h"
#include "wire/msg.h"

enum { MAILS_AT_ONCE = 256, RCPTS_TEXT = 16 * TEXT_PATH };

struct mail {
	struct mail	*next;
	struct keep	*keep;
	uint64_t	 id;
	struct addr	 peer;
	char		 helo[TEXT_HOST + 1];
	char		 from[TEXT_PATH + 1];
	char		 rcpts[RCPTS_TEXT + 1];	/* LF between them */
	struct gbuf	 octets;
	struct addr	 control;	/* the control letter is in it, handed in there; or :: */
	struct wall	 dated;		/* of it: by the clock of the host that brought it; 0 unknown */
	bool		 ended;		/* waits for its commit: nothing more is taken */
};

struct keep_receipt {
	struct mail	*mails;
	unsigned	 n;
};

int
receipt_open(struct keep *k)
{
	k->receipt = calloc(1, sizeof(*k->receipt));
	return k->receipt == NULL ? SEK_ENOMEM : 0;
}

static void
mail_drop(struct keep *k, struct mail *m)
{
	struct mail **at = &k->receipt->mails;

	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	k->receipt->n--;
	gbuf_free(&m->octets);
	free(m);
}

void
receipt_lost(struct keep *k)
{
	struct mail *m = k->receipt->mails, *next;

	for (; m != NULL; m = next) {
		next = m->next;
		if (!m->ended)		/* else its commit drops it */
			mail_drop(k, m);
	}
}

void
receipt_close(struct keep *k)
{
	if (k->receipt == NULL)
		return;
	while (k->receipt->mails != NULL)
		mail_drop(k, k->receipt->mails);
	free(k->receipt);
	k->receipt = NULL;
}

static struct mail *
mail_find(struct keep *k, uint64_t id)
{
	struct mail *m = k->receipt->mails;

	while (m != NULL && m->id != id)
		m = m->next;
	return m;
}

static void
answer(struct keep *k, unsigned type, uint64_t id, uint16_t code, const char *why)
{
	struct msg_grant g = {
		.id = id, .ok = code < 400, .code = code, .why = str_of(why),
	};

	if (k->receive != NULL && channel_send(k->receive, type, &g, -1) != 0)
		log_event(LOG_LV_WARN, "answer-lost", LOG_N("id", id));
}

/* --- the recipient --- */

static bool
role_account(const struct conf *c, struct str rcpt)
{
	struct str local = str_cut(&rcpt, '@');

	return str_ieq(rcpt, str_of(c->probe_domain)) &&
	    (str_ieq(local, STR("postmaster")) || str_ieq(local, STR("abuse")) ||
	    str_ieq(local, STR("optout")));
}

enum token_is { TOKEN_GOOD = 0, TOKEN_NONE, TOKEN_FORGED, TOKEN_UNKNOWN, TOKEN_OLD };
static const char *const token_why[] = {
	"good", "not-a-token", "forged", "unknown-attempt", "expired",
};

/* Reads and verifies the token of a recipient.  Returns enum token_is (with
 * TOKEN_GOOD also the attempt, its text borrowed from the store), or a
 * negative error. */
static int
token_read(struct keep *k, struct str rcpt, struct token *t, struct attempt *a)
{
	int err = token_from_rcpt(t, rcpt, str_of(k->conf->probe_domain));

	if (err != 0 && k->conf->probe_domain2[0] != '\0')
		err = token_from_rcpt(t, rcpt, str_of(k->conf->probe_domain2));
	if (err != 0)
		return TOKEN_NONE;
	err = store_one(k->store, Q_ATTEMPT_BY_ID, ARGS(ARG_I(t->attempt)), a);
	if (err < 0)
		return err;
	if (err == STORE_NONE)
		return TOKEN_UNKNOWN;
	if (!token_verify(k, t, a))
		return TOKEN_FORGED;
	if (keep_now(k).s - a->minted.s > TOKEN_LIFE_S)
		return TOKEN_OLD;
	return TOKEN_GOOD;
}

static void
receipt_rcpt(struct keep *k, const struct msg_rcpt *m)
{
	struct attempt a;
	struct token t;
	int is;

	if (role_account(k->conf, m->rcpt)) {
		answer(k, MSG_RCPT_IS, m->id, 250, "role");
		return;
	}
	is = token_read(k, m->rcpt, &t, &a);
	store_forget(k->store);
	if (is < 0)
		answer(k, MSG_RCPT_IS, m->id, 451, "store");
	else if (is == TOKEN_GOOD)
		answer(k, MSG_RCPT_IS, m->id, 250, "token");
	else {
		log_event(LOG_LV_INFO, "rcpt-refused", LOG_T("rcpt", m->rcpt),
		    LOG_Z("why", token_why[is]));
		answer(k, MSG_RCPT_IS, m->id, 550, token_why[is]);
	}
}

/* --- the mail --- */

static int
mail_begin(struct keep *k, const struct msg_mail *m)
{
	struct mail *mail;

	if (k->receipt->n >= MAILS_AT_ONCE || mail_find(k, m->id) != NULL)
		return SEK_ELIMIT;
	mail = calloc(1, sizeof(*mail));
	if (mail == NULL)
		return SEK_ENOMEM;
	mail->keep = k;
	mail->id = m->id;
	mail->peer = m->peer;
	mail->octets.max = k->conf->smtp_size;
	mail->next = k->receipt->mails;
	k->receipt->mails = mail;
	k->receipt->n++;
	if (str_copy(mail->helo, sizeof(mail->helo), m->helo) != 0 ||
	    str_copy(mail->from, sizeof(mail->from), m->mail_from) != 0 ||
	    str_copy(mail->rcpts, sizeof(mail->rcpts), m->rcpts) != 0) {
		mail_drop(k, mail);
		return SEK_ELIMIT;
	}
	return 0;
}

static struct str
mail_text(const struct mail *m)
{
	return (struct str){ (const char *)m->octets.p, m->octets.len };
}

/* A bounce has the null sender; anything else that comes to a sender token is
 * an autoresponder or a person (relay-tests 6.3). */
static const char *
weigh_sender(const struct mail *m, const struct attempt *a)
{
	if (m->from[0] != '\0')
		return "not-a-bounce";
	if (letter_delays(mail_text(m)))
		return "not-final";
	/* it may be here before the prober could say that the letter was taken */
	return a->finding == FIND_ACCEPTED || a->finding == FIND_CUT ||
	    (a->finding == FIND_NONE && a->tries > 0) ? NULL : "was-not-accepted";
}

static int
already_counted(void *ctx, const void *row)
{
	const struct receipt *r = row;

	if (r->counts && r->kind == TOKEN_RECIPIENT) {
		*(bool *)ctx = true;
		return STORE_STOP;
	}
	return 0;
}

struct test {			/* that a mail belongs to */
	uint8_t		kind;
	struct addr	addr;
};

static int
test_of(struct keep *k, const struct attempt *a, struct test *out)
{
	struct run r;
	int err = store_one(k->store, Q_RUN_BY_ID, ARGS(ARG_I(a->run)), &r);

	*out = err == 0 ? (struct test){ r.kind, r.addr } :
	    (struct test){ .addr = a->addr };
	return err == STORE_NONE ? 0 : err;
}

/* Handed in by ourselves, and not by a server on this machine that was the
 * target: whoever took the prober over holds tokens, but lists nobody. */
static bool
from_ourselves(const struct keep *k, const struct mail *m, const struct attempt *a)
{
	if (addr_eq(&m->peer, &a->addr))
		return false;
	for (size_t i = 0; i < k->n_own; i++)
		if (addr_eq(&k->own[i], &m->peer))
			return true;
	return addr_eq(&m->peer, &k->conf->probe_from) ||
	    addr_eq(&m->peer, &k->conf->probe_from6) ||
	    (!addr_is_none(&k->conf->probe_ptr_from) &&
	    addr_eq(&m->peer, &k->conf->probe_ptr_from)) ||
	    (!addr_is_none(&k->conf->probe_ptr_from6) &&
	    addr_eq(&m->peer, &k->conf->probe_ptr_from6));
}

/* It passed on what it is a backup MX for: recorded, never listed (relay-tests
 * 6.10). */
static const char backup_mx[] = "backup-mx";

/* NULL: it proves relaying; else why it does not. */
static const char *
weigh_recipient(struct keep *k, const struct mail *m, const struct attempt *a,
    struct str token, bool used, uint8_t kind)
{
	char block[LETTER_BLOCK];
	enum letter_is is;

	if (used)
		return "replayed";
	if (kind != RUN_CONTROL && from_ourselves(k, m, a))
		return "from-ourselves";
	if (a->tries == 0 || a->finding == FIND_SKIPPED)
		return "was-not-sent";
	if (a->finding == FIND_REFUSED)
		return "was-refused";
	token_block(block, k, a);
	is = letter_is(mail_text(m), token, str_of(block));
	if (is != LETTER_PROBE)
		return letter_is_name(is);
	return relaytest_forms[a->form].flags & FORM_NO_RELAY ? backup_mx : NULL;
}

static json_t *
receipt_event(const struct receipt *r, const struct attempt *a)
{
	char exit[ADDR_TEXT], entry[ADDR_TEXT], believed[ADDR_TEXT];
	json_t *ev;
	int err = 0;

	addr_text(exit, &r->exit_addr);
	addr_text(entry, &r->entry_addr);
	addr_text(believed, &r->believed);
	ev = json_pack("{ss ss sb ss ss ss ss si sb}", "event", "receipt",
	    "kind", r->kind == TOKEN_RECIPIENT ? "recipient" : "sender",
	    "counts", r->counts, "why", r->why.p, "exit", exit, "entry", entry,
	    "believed", addr_is_none(&r->believed) ? "" : believed,
	    "hops", r->hops, "linked", r->linked);
	variant_put(ev, a, &err);
	return json_put_end(ev, err);
}

/* Who watches the test hears of it, too, where the form went to another address
 * of its target. */
static void
tell_receipt(struct keep *k, const struct receipt *r, const struct attempt *a,
    const struct test *t)
{
	watch_event_after(k, &a->addr, receipt_event(r, a));
	if (!addr_eq(&a->addr, &t->addr))
		watch_event_after(k, &t->addr, receipt_event(r, a));
}

static void
receipt_log(const struct receipt *r, const struct attempt *a)
{
	char exit[ADDR_TEXT], entry[ADDR_TEXT];

	addr_text(exit, &r->exit_addr);
	addr_text(entry, &a->addr);
	log_event(LOG_LV_NOTICE, "receipt", LOG_N("run", a->run),
	    LOG_Z("form", relaytest_forms[a->form].id), LOG_Z("entry", entry),
	    LOG_Z("exit", exit), LOG_N("kind", r->kind),
	    LOG_N("counts", r->counts), LOG_T("why", r->why));
}

static int
tell_listing(void *ctx, const void *row)
{
	const struct listing *l = row;
	char addr[ADDR_TEXT];
	struct keep *k = ctx;

	addr_text(addr, &l->addr);
	watch_event_after(k, &l->addr, json_pack("{ss ss si sI sI si si}",
	    "event", "listed", "addr", addr, "code", l->code,
	    "since", (json_int_t)l->since.s, "until", (json_int_t)l->until.s,
	    "proofs", l->proofs, "serial", 0));
	return 0;
}

static int
tell_listed(struct keep *k, const struct addr *a)
{
	int err = store_each(k->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(*a)),
	    tell_listing, k);

	return err < 0 ? err : 0;
}

/* The topmost line was written by whoever connected to us. */
static struct wall
brought_at(const struct mail *m)
{
	struct wall t = { 0 };
	struct str line;

	if (msg_find(&line, mail_text(m), STR("Received"), 0) != 0 ||
	    date_received(&t, line) != 0)
		t.s = 0;
	return t;
}

static void
note_control(struct mail *m, const struct attempt *a)
{
	m->control = a->addr;
	m->dated = brought_at(m);
}

/* A receipt that counts moves its attempt, its run and the list. */
static int
receipt_counts(struct keep *k, struct mail *m, struct attempt *a,
    const struct receipt *r, const struct test *t)
{
	bool listed = false, open = r->kind == TOKEN_RECIPIENT;
	int err = attempt_mark(k, a, open ? FIND_RETURNED : FIND_BOUNCED);

	if (err == 0 && open && t->kind == RUN_CONTROL)
		note_control(m, a);
	else if (err == 0 && open)
		err = list_proof(k, a, r, &listed);
	if (err == 0 && listed)
		err = tell_listed(k, &a->addr);
	if (err == 0 && listed && !addr_eq(&a->addr, &t->addr))
		err = recheck_also(k, a->run, &a->addr);
	return err == 0 ? pace_wake(k, a->run, open) : err;
}

static int
receipt_backup(struct keep *k, struct attempt *a)
{
	int err = attempt_mark(k, a, FIND_MX);

	return err == 0 ? pace_wake(k, a->run, false) : err;
}

/* A form whose sender is its recipient (P10) has its bounce sent there. */
static bool
is_own_bounce(const struct mail *m, const struct attempt *a, const struct receipt *r)
{
	return r->kind == TOKEN_RECIPIENT && m->from[0] == '\0' &&
	    (str_eq(r->why, str_of(letter_is_name(LETTER_BOUNCE))) ||
	    str_eq(r->why, str_of(letter_is_name(LETTER_AUTO)))) &&
	    str_istarts(str_of(relaytest_forms[a->form].mail_from), STR("{T}")) &&
	    (a->finding == FIND_ACCEPTED || (a->finding == FIND_NONE && a->tries > 0)) &&
	    !letter_delays(mail_text(m));
}

static int
receipt_bounced(struct keep *k, struct attempt *a)
{
	int err = attempt_mark(k, a, FIND_BOUNCED);

	return err == 0 ? pace_wake(k, a->run, false) : err;
}

static int
receipt_weigh(struct keep *k, struct mail *m, const struct token *t,
    struct attempt *a, struct receipt *r, struct test *of)
{
	const char *not_alone;
	char text[TOKEN_TEXT];
	bool used = false;
	const char *why;
	int err = store_each(k->store, Q_RECEIPT_BY_ATTEMPT, ARGS(ARG_I(a->id)),
	    already_counted, &used);

	if (err >= 0)
		err = test_of(k, a, of);
	if (err < 0)
		return err;
	token_mint(text, k, a, t->kind);
	r->attempt = a->id;
	r->kind = t->kind;
	not_alone = receipt_way(r, k, a, mail_text(m));
	why = t->kind == TOKEN_SENDER ? weigh_sender(m, a) :
	    weigh_recipient(k, m, a, str_of(text), used, of->kind);
	r->counts = why == NULL;
	r->why = str_of(why != NULL ? why : t->kind == TOKEN_SENDER ||
	    of->kind == RUN_CONTROL ? "" : not_alone);
	return 0;
}

static int
receipt_one(struct keep *k, struct mail *m, struct str rcpt,
    const struct digest *mail)
{
	struct attempt a;
	struct token t;
	struct test of;
	struct receipt r = {
		.made = keep_now(k), .exit_addr = m->peer, .mail = *mail,
		.helo = str_of(m->helo), .mail_from = str_of(m->from),
	};
	int err = token_read(k, rcpt, &t, &a);

	if (err != TOKEN_GOOD)	/* a role account, or it expired meanwhile */
		return err < 0 ? err : 0;
	err = receipt_weigh(k, m, &t, &a, &r, &of);
	if (err == 0)
		err = store_put(k->store, &receipt_shape, &r);
	if (err == 0)
		tell_receipt(k, &r, &a, &of);
	if (err == 0 && r.counts)
		err = receipt_counts(k, m, &a, &r, &of);
	else if (err == 0 && is_own_bounce(m, &a, &r))
		err = receipt_bounced(k, &a);
	else if (err == 0 && str_eq(r.why, str_of(backup_mx)))
		err = receipt_backup(k, &a);
	if (err == 0)
		receipt_log(&r, &a);
	return err;
}

static int
receipt_store(struct keep *k, struct mail *m)
{
	struct str rcpts = str_of(m->rcpts);
	struct digest digest;
	int err = evidence_put(&digest, k, EVIDENCE_RETURNED, mail_text(m));

	while (err == 0 && rcpts.n > 0) {
		err = receipt_one(k, m, str_cut(&rcpts, '\n'), &digest);
		store_forget(k->store);
	}
	return err;
}

static void
mail_committed(void *ctx, int err)
{
	struct mail *m = ctx;
	struct keep *k = m->keep;

	if (err == 0 && !addr_is_none(&m->control))
		positive_receipt(k, pace_positive(k), &m->control, m->dated);
	if (err == STORE_FULL)
		answer(k, MSG_STORED, m->id, 452, "no-space");
	else
		answer(k, MSG_STORED, m->id, err == 0 ? 250 : 451,
		    err == 0 ? "stored" : "store");
	mail_drop(k, m);
}

static void
mail_end(struct keep *k, uint64_t id)
{
	struct mail *m = mail_find(k, id);
	int err;

	if (m == NULL || m->ended) {
		answer(k, MSG_STORED, id, 451, "lost");
		return;
	}
	m->ended = true;
	err = keep_write(k);
	if (err == 0)
		err = keep_done(k, receipt_store(k, m));
	if (err == 0)
		err = keep_after(k, mail_committed, m);
	if (err != 0) {
		log_event(LOG_LV_ERR, "mail-refused", LOG_Z("why", store_why(k->store)));
		mail_committed(m, err);
	}
}

static void
mail_part(struct keep *k, const struct msg_part *p)
{
	struct mail *m = mail_find(k, p->id);

	if (m != NULL && !m->ended &&
	    gbuf_add(&m->octets, p->octets.p, p->octets.n) != 0)
		mail_drop(k, m);	/* its end is answered with 451 */
}

/* The client went away in the middle. */
static void
mail_given_up(struct keep *k, uint64_t id)
{
	struct mail *m = mail_find(k, id);

	if (m != NULL && !m->ended)
		mail_drop(k, m);
}

void
receipt_message(struct keep *k, struct frame *f)
{
	union {
		struct msg_rcpt	rcpt;
		struct msg_mail	mail;
		struct msg_part	part;
		struct msg_id	id;
	} m;
	const struct shape *s = message_shape(f->type);

	if (s == NULL || s->size > sizeof(m) || frame_decode(&m, s->size, f) != 0) {
		log_event(LOG_LV_ERR, "bad-message", LOG_Z("from", "receive"),
		    LOG_N("type", f->type));
		return;
	}
	switch (f->type) {
	case MSG_RCPT:
		receipt_rcpt(k, &m.rcpt);
		break;
	case MSG_MAIL:
		if (mail_begin(k, &m.mail) != 0)
			log_event(LOG_LV_WARN, "mail-refused", LOG_Z("why", "too-many"));
		break;
	case MSG_MAIL_PART:
		mail_part(k, &m.part);
		break;
	case MSG_MAIL_END:
		mail_end(k, m.id.id);
		break;
	case MSG_MAIL_DROP:
		mail_given_up(k, m.id.id);
		break;
	default:
		log_event(LOG_LV_ERR, "bad-message", LOG_Z("from", "receive"),
		    LOG_N("type", f->type));
	}
}
