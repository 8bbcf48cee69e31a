/* keep/prove_letter.c -- the letter with a code: caps, words, sending. */

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/log.h"
#include "fact/code_letter.h"
#include "keep/asker.h"
#include "keep/probers.h"
#include "keep/prove.h"
#include "keep/prove_body.h"
#include "keep/verbs.h"

enum {
	APART_S = 600,		/* between two letters for one address */
	A_DAY_ADDR = 5,
	A_DAY_ASKER = 3,
	WAIT_MS = 7000,		/* for the relay's word, while a page waits (web/http.h) */
};

/* NULL, or why not now and for how long. */
static const char *
letter_limit(struct prove *p, int64_t *wait_s)
{
	struct keep *k = p->r->keep;
	struct addr net = asker_net(&p->v.asker);
	struct asker_cap cap = {
		.per_asker = p->v.role == ROLE_OPERATOR ? ASKER_ANY : A_DAY_ASKER,
		.per_addr = A_DAY_ADDR, .in_all = k->conf->codes_per_day, .apart_s = APART_S,
	};

	return asker_limit(k, REQUEST_CODE, &net, &p->v.addr, &cap, wait_s);
}

bool
prove_letter_allowed(struct prove *p)
{
	int64_t wait_s = 0;
	const char *why;

	if (p->r->keep->conf->n_mail_relay == 0) {
		prove_end(p, "no-mail-relay");
		return false;
	}
	why = letter_limit(p, &wait_s);
	if (why == NULL)
		return true;
	if (wait_s == 0)
		prove_end(p, why);
	else
		request_fail_with(p->r, EXIT_TEMPFAIL, "code-limit", "retry_after",
		    json_integer(wait_s), "enough letters were sent (%s): ask again "
		    "later, or prove it by a DNS record", why);
	return false;
}

/* --- sending --- */

/* p waits no more for a letter. */
void
prove_letter_drop(struct prove *p)
{
	struct prove **at = &p->r->keep->letters;

	loop_timer_free(p->timer);
	p->timer = NULL;
	while (*at != NULL && *at != p)
		at = &(*at)->next;
	if (*at == p)
		*at = p->next;
}

static void
letter_begun(struct prove *p)
{
	char text[CLAIM_TEXT];

	claim_text(text, &p->claim);
	request_answer(p->r, json_pack("{ss ss sI}", "claim", text, "to", p->to,
	    "until", (json_int_t)(p->claim.made.s + CLAIM_S)));
	OPENSSL_cleanse(text, sizeof(text));
}

static void
letter_slow(void *ctx)
{
	letter_begun(ctx);	/* it is on its way, as far as we know */
}

static void
letter_refused(struct prove *p, uint16_t code, struct str said)
{
	char clean[200];

	str_clean(clean, sizeof(clean), said);
	if (p->r->web)		/* what our own server says is not a visitor's affair */
		snprintf(clean, sizeof(clean), "try a DNS record, or tell the operator");
	request_fail(p->r, EXIT_TEMPFAIL, "letter-refused", "our mail server did not "
	    "take the letter to %s: %u %s", p->to, code, clean);
}

static struct prove *
waits_for(struct keep *k, uint64_t letter)
{
	struct prove *p = k->letters;

	while (p != NULL && p->letter != letter)
		p = p->next;
	return p;
}

void
prove_letter_done(struct keep *k, const struct msg_letter_done *m)
{
	struct prove *p = waits_for(k, m->id);

	if (p == NULL)
		return;
	if (m->ok)
		letter_begun(p);
	else
		letter_refused(p, m->code, m->said);
}

void
prove_letters_lost(struct keep *k, int who)
{
	struct prove *p = k->letters;

	while (p != NULL && p->who != who)
		p = p->next;
	if (p == NULL)
		return;
	letter_refused(p, 0, STR("the prober is down"));
	prove_letters_lost(k, who);
}

static int
letter_send(struct prove *p, const char *code)
{
	const struct conf *c = p->r->keep->conf;
	uint8_t octets[CODE_LETTER_MAX];
	struct wbuf w = wbuf_of(octets, sizeof(octets));
	char from[TEXT_PATH + 1], id[24];
	struct msg_letter m = { .id = p->letter, .rcpt = str_of(p->to) };
	struct code_letter in = {
		.code = str_of(code), .to = str_of(p->to), .pd = str_of(c->probe_domain),
		.zone = str_of(c->zone), .url = str_of(c->url),
		.operator = str_of(c->operator), .contact = str_of(c->contact),
		.addr = p->v.addr, .asker = p->v.asker, .now = p->claim.made,
		.until = { p->claim.made.s + CLAIM_S },
	};
	int err;

	snprintf(from, sizeof(from), "%s%s", c->mail_from[0] != '\0' ? c->mail_from :
	    "postmaster@", c->mail_from[0] != '\0' ? "" : c->probe_domain);
	snprintf(id, sizeof(id), "code-%016llx", (unsigned long long)rand_u64(p->r->keep->rand));
	in.from = m.mail_from = str_of(from);
	in.id = str_of(id);
	err = code_letter_write(&w, &in);
	m.octets = (struct str){ (const char *)octets, w.len };
	if (err == 0)
		err = probers_send(p->r->keep, p->who, MSG_LETTER, &m);
	OPENSSL_cleanse(octets, sizeof(octets));
	return err;
}

/* Counted before it is sent: a crash sends one too few, never one too many. */
static int
letter_note(struct prove *p)
{
	struct keep *k = p->r->keep;
	struct addr net = asker_net(&p->v.asker);
	int err = keep_write(k);

	if (err == 0)
		err = keep_done(k, asker_note(k, REQUEST_CODE, 0, &net, &p->v.addr,
		    (uint8_t)p->v.role));
	return err != 0 ? err : keep_flush(k);
}

static void
letter_start(struct prove *p)
{
	struct keep *k = p->r->keep;
	char code[CLAIM_CODE];
	int err = letter_note(p);

	if (err == 0)
		err = loop_timer(&p->timer, k->loop, letter_slow, p);
	if (err == 0) {
		claim_make(&p->claim, k, &p->v.addr, PROOF_MAIL);
		claim_code(code, k, &p->claim);
		p->letter = rand_u64(k->rand) | 1;
		p->who = probers_choose(k);
		err = letter_send(p, code);
		OPENSSL_cleanse(code, sizeof(code));
	}
	if (err != 0) {
		verb_fail_store(p->r, err);
		return;
	}
	log_event(LOG_LV_NOTICE, "code-sent", LOG_Z("to", p->to));
	p->next = k->letters;
	k->letters = p;
	loop_timer_set(p->timer, WAIT_MS);
}

/* The first name that leads back to the address.  Others may have asked for a
 * letter meanwhile. */
void
prove_letter_names(struct request *r)
{
	struct prove *p = r->state;
	size_t i = 0;

	while (i < p->confirm.n && !p->confirm.ok[i])
		i++;
	if (i == p->confirm.n)
		prove_end(p, p->confirm.temporary ? "resolver" : "no-ptr");
	else if (probers_count(r->keep) == 0)
		prove_end(p, "resolver");
	else if (prove_letter_allowed(p)) {
		snprintf(p->to, sizeof(p->to), "postmaster@%s", p->confirm.names[i]);
		letter_start(p);
	}
}
