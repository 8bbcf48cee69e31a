#include "keep/prove.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/log.h"
#include "fact/special_use.h"
#include "keep/asker.h"
#include "keep/claim.h"
#include "keep/confirm.h"
#include "keep/nominate.h"
#include "keep/prove_body.h"
#include "keep/verbs.h"
#include "sys/json_put.h"

/* Rules:
 * 1. source: the asker's address is the one asked about.  A NAT may share it:
 *    the basis is BASIS_VISITOR.
 * 2. txt: a record below the address's own reverse name or a forward-confirmed
 *    PTR name (keep/confirm).
 * 3. mail: a code to postmaster of the first such name.
 * 4. A grant, its basis and the use of the claim are one write; nothing is
 *    answered before it is on disk. */

enum { SOURCE_A_DAY = 64 };	/* proofs by source address of one asker */

/* Ends p's request; p is gone after. */
static void
prove_fail(struct prove *p, const char *tag)
{
	static const struct { const char *tag; int exit; const char *text; } texts[] = {
		{ "bad-claim", EXIT_DATA, "the claim is cut, or was made for another address or another way of proof: begin again" },
		{ "claim-expired", EXIT_NOPERM, "the claim is older than an hour: begin again" },
		{ "claim-used", EXIT_NOPERM, "the claim was used, or had too many wrong codes: begin again" },
		{ "no-ptr", EXIT_NOPERM, "the address has no PTR name that leads back to it (forward-confirmed): there is no postmaster to write to" },
		{ "resolver", EXIT_TEMPFAIL, "the DNS does not answer now; try again later" },
		{ "no-mail-relay", EXIT_UNAVAILABLE, "this list sends no letters with codes (mail.relay is not set): prove it by a DNS record" },
		{ "bad-method", EXIT_USAGE, "method is one of source, txt, mail" },
		{ "bad-step", EXIT_USAGE, "step is one of begin, check" },
		{ "store", EXIT_IOERR, "the store could not be read" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].tag, tag) == 0) {
			request_fail(p->r, texts[i].exit, tag, "%s", texts[i].text);
			return;
		}
	verb_refuse(p->r, tag);
}

void
prove_end(struct prove *p, const char *tag)
{
	prove_fail(p, tag);
}

/* --- the grant --- */

/* Who asked, for the record: the network, not the address. */
static void
who_asked(char out[TEXT_WHO], const struct prove *p)
{
	struct net n = { asker_net(&p->v.asker), addr_is_v4(&p->v.asker) ? 120 : 64 };
	char text[NET_TEXT];

	net_text(text, &n);
	if (p->v.role == ROLE_OPERATOR)
		snprintf(out, TEXT_WHO, "%s", p->r->who);
	else
		snprintf(out, TEXT_WHO, "visitor of %s", text);
}

static int
grant_write(struct prove *p, struct str how, struct wall *until)
{
	struct keep *k = p->r->keep;
	struct addr net = asker_net(&p->v.asker);
	char who[TEXT_WHO];
	int err = keep_write(k);

	who_asked(who, p);
	if (err != 0)
		return err;
	if (p->method == PROOF_SOURCE)
		err = asker_note(k, REQUEST_SOURCE, 0, &net, &p->v.addr, (uint8_t)p->v.role);
	else
		err = claim_used(k, &p->claim);
	if (err == 0)
		err = nominate_owner(k, &p->v.addr, p->method == PROOF_SOURCE ?
		    BASIS_VISITOR : BASIS_OWNER, how, str_of(who), until);
	err = keep_done(k, err);
	return err != 0 ? err : keep_flush(k);
}

void
prove_grant(struct prove *p, const char *name)
{
	char grant[GRANT_TEXT], how[TEXT_HOST + 64];
	struct wall until;
	int err;

	snprintf(how, sizeof(how), "proved by %s%s%s", proof_name(p->method),
	    name != NULL ? " at " : "", name != NULL ? name : "");
	err = grant_write(p, str_of(how), &until);
	if (err == STORE_NONE) {
		prove_fail(p, "claim-used");
		return;
	}
	if (err != 0) {
		verb_fail_store(p->r, err);
		return;
	}
	grant_make(grant, p->r->keep, &p->v.addr, p->method, until);
	log_event(LOG_LV_NOTICE, "owner-proved", LOG_Z("method", proof_name(p->method)),
	    LOG_Z("name", name != NULL ? name : ""));
	request_answer(p->r, json_pack("{ss sI ss ss*}", "grant", grant,
	    "until", (json_int_t)until.s, "method", proof_name(p->method),
	    "name", name));
	OPENSSL_cleanse(grant, sizeof(grant));
}

/* --- source --- */

static void
prove_source(struct prove *p)
{
	struct addr net = asker_net(&p->v.asker);
	struct asker_cap cap = { .per_asker = SOURCE_A_DAY, .per_addr = ASKER_ANY,
	    .in_all = ASKER_ANY };
	int64_t wait_s = 0;
	const char *why = !p->v.own ? "owner-not-proved" :
	    asker_limit(p->r->keep, REQUEST_SOURCE, &net, &p->v.addr, &cap, &wait_s);

	if (why == NULL)
		prove_grant(p, NULL);
	else if (wait_s > 0)
		request_fail_with(p->r, EXIT_TEMPFAIL, why, "retry_after",
		    json_integer(wait_s), "too many proofs from there today: ask again later");
	else
		prove_fail(p, why);
}

/* --- a record --- */

static void
put_name(json_t *list, const char *name, int *err)
{
	char full[TEXT_HOST + 16];

	snprintf(full, sizeof(full), PROVE_LABEL "%s", name);
	if (strlen(full) <= TEXT_HOST)
		json_put_item(list, json_string(full), err);
}

static void
txt_begun(struct request *r)
{
	struct prove *p = r->state;
	char reverse[CONFIRM_REVERSE], text[CLAIM_TEXT], value[CLAIM_VALUE];
	json_t *names = json_array();
	int err = 0;

	confirm_reverse(reverse, &p->v.addr);
	put_name(names, reverse, &err);
	for (size_t i = 0; i < p->confirm.n; i++)
		if (p->confirm.ok[i])
			put_name(names, p->confirm.names[i], &err);
	if (err != 0) {
		json_decref(names);
		verb_fail_store(r, err);
		return;
	}
	claim_make(&p->claim, r->keep, &p->v.addr, PROOF_TXT);
	claim_text(text, &p->claim);
	claim_value(value, r->keep, &p->claim);
	request_answer(r, json_pack("{ss so ss sI}", "claim", text, "names", names,
	    "value", value, "until", (json_int_t)(p->claim.made.s + CLAIM_S)));
	OPENSSL_cleanse(text, sizeof(text));
}

static void
txt_found(struct prove *p, const char *name, struct str texts)
{
	json_t *list = json_array();
	size_t n = 0;
	int err = 0;

	while (texts.n > 0 && n++ < PROVE_FOUND) {
		char clean[PROVE_SHOWN];
		struct str text = str_trim(str_cut(&texts, '\n'));

		if (str_eq(text, str_of(p->value)) && p->name == NULL)
			p->name = name;
		str_clean(clean, sizeof(clean), text);
		json_put_item(list, json_string(clean), &err);
	}
	/* a text that is missing here is shown to nobody, and decides nothing */
	json_put_item(p->found, json_pack("{ss so}", "name", name, "texts", list), &err);
}

static void
txt_checked(struct prove *p)
{
	json_t *found = p->found;

	if (p->name != NULL) {
		prove_grant(p, p->name);
		return;
	}
	if (p->confirm.temporary) {
		prove_fail(p, "resolver");
		return;
	}
	p->found = NULL;
	request_fail_with(p->r, EXIT_NOPERM, "proof-not-found", "found", found,
	    "no such record was found; a name server or a cache may still give the "
	    "old answer: wait some minutes and look again");
}

static void
got_txt(struct request *r, unsigned nth, const struct msg_resolved *m)
{
	struct prove *p = r->state;

	if (m->ok)
		txt_found(p, p->names[nth], m->names);
	else if (!str_eq(m->why, STR("no-such-name")) && !str_eq(m->why, STR("no-address")))
		p->confirm.temporary = true;
	if (--p->open == 0)
		txt_checked(p);
}

static void
ask_txt(struct prove *p, const char *name)
{
	char *full = p->names[p->n_names];

	if (snprintf(full, sizeof(p->names[0]), PROVE_LABEL "%s", name) > TEXT_HOST)
		return;
	if (request_resolve(p->r, RESOLVE_TXT, str_of(full), (unsigned)p->n_names,
	    got_txt) == 0) {
		p->n_names++;
		p->open++;
	} else
		p->confirm.temporary = true;
}

static void
txt_names_known(struct request *r)
{
	struct prove *p = r->state;
	char reverse[CONFIRM_REVERSE];

	confirm_reverse(reverse, &p->v.addr);
	p->found = json_array();
	claim_value(p->value, r->keep, &p->claim);
	ask_txt(p, reverse);
	for (size_t i = 0; i < p->confirm.n; i++)
		if (p->confirm.ok[i])
			ask_txt(p, p->confirm.names[i]);
	if (p->open == 0)
		txt_checked(p);
}

/* --- a code --- */

static int
tried(struct keep *k, const struct claim *c, unsigned *left)
{
	int err = keep_write(k);

	if (err == 0)
		err = keep_done(k, claim_tried(k, c, left));
	return err != 0 ? err : keep_flush(k);
}

static void
check_code(struct prove *p)
{
	struct keep *k = p->r->keep;
	unsigned left = 0;
	int err;

	if (claim_code_is(k, &p->claim, verb_member(p->r, "code"))) {
		prove_grant(p, NULL);
		return;
	}
	err = tried(k, &p->claim, &left);
	if (err != 0)
		verb_fail_store(p->r, err);
	else
		request_fail_with(p->r, EXIT_NOPERM, "wrong-code", "left",
		    json_integer(left), "that is not the code of the letter; %u tries "
		    "are left", left);
}

/* --- the request --- */

static void
look_up(struct prove *p, void (*then)(struct request *r))
{
	int err;

	if (!visit_may_resolve(&p->v, p->r))
		return;
	err = confirm_start(&p->confirm, p->r, &p->v.addr, then);
	if (err == SEK_ELIMIT)
		prove_fail(p, "resolver");
	else if (err != 0)
		verb_fail_store(p->r, err);
}

static void
prove_begin(struct prove *p)
{
	const char *why = NULL, *special = NULL;

	if (special_use(&p->v.addr, p->r->keep->conf->lab, p->r->keep->conf->n_lab, &special))
		why = "special-use";
	if (why != NULL)
		prove_fail(p, why);
	else if (p->method == PROOF_TXT)
		look_up(p, txt_begun);
	else if (prove_letter_allowed(p))
		look_up(p, prove_letter_names);
}

static void
prove_check(struct prove *p)
{
	const char *why = claim_read(&p->claim, p->r->keep, verb_member(p->r, "claim"),
	    &p->v.addr, p->method) != 0 ? "bad-claim" :
	    claim_refused(p->r->keep, &p->claim);

	if (why != NULL)
		prove_fail(p, why);
	else if (p->method == PROOF_TXT)
		look_up(p, txt_names_known);
	else
		check_code(p);
}

static void
prove_free(void *state)
{
	struct prove *p = state;

	prove_letter_drop(p);
	json_decref(p->found);
	OPENSSL_cleanse(p, sizeof(*p));
	free(p);
}

static void
prove_run(struct prove *p)
{
	struct str step = verb_member(p->r, "step");

	p->method = proof_parse(verb_member(p->r, "method"));
	if (p->method == PROOF_NONE)
		prove_fail(p, "bad-method");
	else if (p->method == PROOF_SOURCE)
		prove_source(p);
	else if (str_eq(step, STR("begin")))
		prove_begin(p);
	else if (str_eq(step, STR("check")))
		prove_check(p);
	else
		prove_fail(p, "bad-step");
}

void
prove_verb(struct request *r)
{
	struct visitor v;
	struct prove *p;

	if (!visit_read(&v, r))
		return;
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		verb_fail_store(r, SEK_ENOMEM);
		return;
	}
	p->r = r;
	p->v = v;
	r->state = p;
	r->state_free = prove_free;
	prove_run(p);
}
