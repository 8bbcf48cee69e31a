#include "keep/optout_verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "keep/asker.h"
#include "keep/candidate.h"
#include "keep/claim.h"
#include "keep/evidence.h"
#include "keep/nominate.h"
#include "keep/optouts.h"
#include "keep/prove_body.h"
#include "keep/verbs.h"

/* Rules:
 * 1. A domain is proved by a text at PROVE_LABEL below it, by whoever answers for
 *    its zone; it opts out every name under it and no address.
 * 2. What is asked for in one request is written in one, or not at all. */

enum { TARGETS = 64, AGAIN_S = 3600 };

/* A domain as it is kept: lower case, no dot at the end; and no address that was
 * mistyped. */
static bool
domain_read(char out[TEXT_HOST + 1], struct str s)
{
	struct str last = s;
	bool letter = false;
	ptrdiff_t dot;

	if (s.n > 0 && s.p[s.n - 1] == '.')
		last = s = (struct str){ s.p, s.n - 1 };
	if (!candidate_domain(s))
		return false;
	while ((dot = str_find(last, '.')) >= 0)
		last = (struct str){ last.p + dot + 1, last.n - (size_t)dot - 1 };
	for (size_t i = 0; i < last.n; i++)
		letter = letter || ascii_lower(last.p[i]) >= 'a';
	for (size_t i = 0; i < s.n; i++)
		out[i] = ascii_lower(s.p[i]);
	out[s.n] = '\0';
	return letter && str_search(s, STR("..")) < 0;
}

/* --- the operator's --- */

struct targets {
	struct optout_of	of[TARGETS];
	size_t			n;
	char			text[TARGETS][TEXT_HOST + 1];
};

/* NULL, or the tag of what is wrong. */
static const char *
add_target(struct targets *t, struct str s)
{
	struct optout_of *o = &t->of[t->n];

	if (t->n == TARGETS)
		return "too-many-targets";
	*o = (struct optout_of){ 0 };
	if (net_parse(&o->net, s) == 0) {
		if (o->net.len < (addr_is_v4(&o->net.addr) ? 96 + 8 : 16))
			return "too-wide";
	} else if (domain_read(t->text[t->n], s))
		o->domain = str_of(t->text[t->n]);
	else
		return "bad-target";
	t->n++;
	return NULL;
}

static const char *
read_targets(struct targets *t, struct request *r)
{
	json_t *also = json_object_get(r->json, "also");
	const char *why = add_target(t, verb_member(r, "target"));

	if (why == NULL && also != NULL && !json_is_array(also))
		return "bad-target";
	for (size_t i = 0; why == NULL && i < json_array_size(also); i++) {
		const json_t *one = json_array_get(also, i);

		why = add_target(t, (struct str){ json_string_value(one),
		    json_string_length(one) });
	}
	return why;
}

static void
refuse(struct request *r, const char *tag)
{
	static const struct { const char *tag; int exit; const char *text; } texts[] = {
		{ "bad-target", EXIT_USAGE, "a target is an address, a prefix such as 192.0.2.0/24 (host bits zero), or a domain" },
		{ "too-wide", EXIT_USAGE, "the prefix is wider than /8 (IPv6: /16)" },
		{ "too-many-targets", EXIT_USAGE, "more than 64 targets: opt out in several requests" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].tag, tag) == 0)
			request_fail(r, texts[i].exit, tag, "%s", texts[i].text);
}

void
optout_verb(struct request *r)
{
	struct optout_why y = { .proof = verb_member(r, "proof"),
	    .operator = verb_member(r, "operator") };
	struct targets *t = calloc(1, sizeof(*t));
	const char *why = t == NULL ? NULL : read_targets(t, r);
	int err = SEK_ENOMEM;

	if (why != NULL)
		refuse(r, why);
	else if (t == NULL)
		verb_fail_store(r, err);
	else if (verb_reason(r, &y.reason, &y.who)) {
		if (y.proof.n > TEXT_REASON)
			y.proof.n = TEXT_REASON;
		if (y.operator.n > TEXT_WHO)
			y.operator.n = TEXT_WHO;
		err = nominate_optouts(r->keep, t->of, t->n, &y);
		if (err != 0)
			verb_fail_store(r, err);
		else
			request_done(r, 0, json_pack("{sI}", "n", (json_int_t)t->n));
	}
	free(t);
}

/* --- a domain's, proved in its DNS --- */

struct domain_optout {
	struct visitor	v;
	struct claim	claim;
	char		domain[TEXT_HOST + 1], name[TEXT_HOST + 16];
	char		value[CLAIM_VALUE], reason[TEXT_REASON + 1];
};

static void
domain_free(void *state)
{
	OPENSSL_cleanse(state, sizeof(struct domain_optout));
	free(state);
}

/* What a claim of a domain is signed for: a digest in the place of an address. */
static struct addr
stands_for(const char *domain)
{
	struct digest d;
	struct addr a;

	evidence_digest(&d, str_of(domain));
	memcpy(a.o, d.o, sizeof(a.o));
	return a;
}

static void
domain_begin(struct request *r, struct domain_optout *d)
{
	struct addr a = stands_for(d->domain);
	char text[CLAIM_TEXT], value[CLAIM_VALUE];

	claim_make(&d->claim, r->keep, &a, PROOF_DOMAIN);
	claim_text(text, &d->claim);
	claim_value(value, r->keep, &d->claim);
	request_answer(r, json_pack("{ss ss ss ss sI}", "domain", d->domain, "claim", text,
	    "name", d->name, "value", value, "until",
	    (json_int_t)(d->claim.made.s + CLAIM_S)));
	OPENSSL_cleanse(text, sizeof(text));
}

static int
claim_spend(struct keep *k, const struct claim *c)
{
	int err = keep_write(k);

	if (err == 0)
		err = keep_done(k, claim_used(k, c));
	return err != 0 ? err : keep_flush(k);
}

/* Within the hour?  1, 0, or an error: rows stay for ever. */
static int
said_lately(struct keep *k, struct str domain)
{
	struct wall made;
	int opted = optouts_find_name(k, domain, &made);

	return opted != 1 ? opted : keep_now(k).s - made.s < AGAIN_S;
}

/* The opt-out is on disk before the claim is used: on a full disk it must hold,
 * and a claim that is good once more opts out the same domain. */
static void
domain_done(struct request *r, struct domain_optout *d)
{
	struct net from = { asker_net(&d->v.asker), addr_is_v4(&d->v.asker) ? 120 : 64 };
	char net[NET_TEXT], who[TEXT_WHO], proof[TEXT_HOST + 64];
	struct optout_of of = { .domain = str_of(d->domain) };
	struct optout_why why = { .reason = str_of(d->reason) };
	int err;

	net_text(net, &from);
	snprintf(who, sizeof(who), "visitor of %s", net);
	snprintf(proof, sizeof(proof), "TXT at %s", d->name);
	why.who = str_of(d->v.role == ROLE_OPERATOR ? r->who : who);
	why.proof = str_of(proof);
	err = said_lately(r->keep, of.domain);
	if (err == 0)
		err = nominate_optouts(r->keep, &of, 1, &why);
	else if (err > 0)
		err = 0;
	if (err == 0 && claim_spend(r->keep, &d->claim) < 0)
		err = SEK_ESTORE;
	if (err != 0)
		verb_fail_store(r, err);
	else
		request_done(r, 0, json_pack("{ss}", "domain", d->domain));
}

static void
domain_txt(struct request *r, unsigned nth, const struct msg_resolved *m)
{
	struct domain_optout *d = r->state;
	struct str texts = m->names;

	(void)nth;
	while (m->ok && texts.n > 0)
		if (str_eq(str_trim(str_cut(&texts, '\n')), str_of(d->value))) {
			domain_done(r, d);
			return;
		}
	if (!m->ok && !str_eq(m->why, STR("no-such-name")) && !str_eq(m->why, STR("no-address")))
		request_fail(r, EXIT_TEMPFAIL, "resolver", "the DNS does not answer now; "
		    "try again later");
	else
		request_fail(r, EXIT_NOPERM, "proof-not-found", "no such record was found at "
		    "%s; a name server or a cache may still give the old answer: wait some "
		    "minutes and look again", d->name);
}

static void
domain_check(struct request *r, struct domain_optout *d)
{
	struct addr a = stands_for(d->domain);
	const char *why = claim_read(&d->claim, r->keep, verb_member(r, "claim"), &a,
	    PROOF_DOMAIN) != 0 ? "bad-claim" : claim_refused(r->keep, &d->claim);

	if (why != NULL) {
		request_fail(r, strcmp(why, "bad-claim") == 0 ? EXIT_DATA : EXIT_NOPERM, why,
		    "the claim is cut, too old, used, or of another domain: begin again");
		return;
	}
	claim_value(d->value, r->keep, &d->claim);
	if (visit_may_resolve(&d->v, r))
		verb_resolve(r, RESOLVE_TXT, str_of(d->name), domain_txt);
}

static bool
domain_members(struct request *r, struct domain_optout *d)
{
	struct str reason = str_trim(verb_member(r, "reason"));

	if (!domain_read(d->domain, verb_member(r, "domain")) ||
	    snprintf(d->name, sizeof(d->name), PROVE_LABEL "%s", d->domain) > TEXT_HOST)
		verb_refuse(r, "bad-domain");
	else if (reason.n == 0 || str_copy(d->reason, sizeof(d->reason), reason) != 0)
		verb_refuse(r, "no-reason");
	else
		return true;
	return false;
}

void
optout_domain_verb(struct request *r)
{
	struct domain_optout *d = calloc(1, sizeof(*d));
	struct str step = verb_member(r, "step");

	if (d == NULL) {
		verb_fail_store(r, SEK_ENOMEM);
		return;
	}
	r->state = d;
	r->state_free = domain_free;
	if (!visit_read_asker(&d->v, r) || !domain_members(r, d))
		return;
	if (str_eq(step, STR("begin")))
		domain_begin(r, d);
	else if (str_eq(step, STR("check")))
		domain_check(r, d);
	else
		request_fail(r, EXIT_USAGE, "bad-step", "step is one of begin, check");
}
