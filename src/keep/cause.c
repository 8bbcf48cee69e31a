#include "keep/cause.h"

#include <stdlib.h>

#include "fact/explain.h"
#include "fact/finding.h"
#include "fact/record_aside.h"
#include "keep/evidence.h"
#include "keep/token.h"
#include "keep/watch.h"
#include "sys/json_put.h"
#include "sys/own.h"

enum {
	CAUSE_FORMS = 4 * RELAYTEST_N,	/* answers of one run */
	CAUSE_EHLO = 4096,		/* octets of a reply to EHLO */
	CAUSE_DIALOGUE = 256 * 1024,	/* of one session's transcript */
	CAUSE_OURS = OWN_MAX + 2,
};

struct search {
	struct explain_form	 forms[CAUSE_FORMS];
	uint64_t		 ids[CAUSE_FORMS];	/* of the attempts */
	size_t			 n;
	const char		*form;			/* id of the one that leads */
	struct attempt		 attempt;		/* ... */
	struct receipt		 receipt;		/* of its mail */
	struct said		 said;
	struct gbuf		 dialogue;		/* of one session, as far as it was read */
	uint32_t		 session;
	struct addr		 ours[CAUSE_OURS];
	size_t			 n_ours;
	char			 refused[TEXT_SAID + 1];
	char			 banner[TEXT_SAID + 1], ehlo[CAUSE_EHLO + 1];
	char			 exit_helo[TEXT_HOST + 1], name[TEXT_HOST + 1];
	char			 token[TOKEN_TEXT];	/* of that attempt */
	char			 plain[TOKEN_TEXT + TEXT_HOST + 2];
};

/* --- what is known --- */

/* Hostile text into a buffer of cap, cut where it does not fit. */
static struct str
kept(char *out, size_t cap, struct str s)
{
	if (s.n > cap - 1)
		s.n = cap - 1;
	if (str_copy(out, cap, s) != 0)
		out[0] = '\0';
	return (struct str){ out, out[0] == '\0' ? 0 : s.n };
}

/* false: it got no answer. */
static bool
outcome(enum explain_is *is, uint8_t finding)
{
	static const struct { enum finding finding; enum explain_is is; } known[] = {
		{ FIND_RETURNED, EXPLAIN_WORKED }, { FIND_ACCEPTED, EXPLAIN_TAKEN },
		{ FIND_REFUSED, EXPLAIN_REFUSED }, { FIND_BOUNCED, EXPLAIN_REFUSED },
		{ FIND_DEFERRED, EXPLAIN_PUT_OFF },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].finding == finding) {
			*is = known[i].is;
			return true;
		}
	return false;
}

static int
take_attempt(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct search *f = ctx;
	enum explain_is is;

	if (f->n == CAUSE_FORMS)
		return STORE_STOP;
	if (!outcome(&is, a->finding))
		return 0;
	if (a->finding == FIND_REFUSED && f->refused[0] == '\0')
		kept(f->refused, sizeof(f->refused), a->said);
	f->ids[f->n] = a->id;
	f->forms[f->n++] = (struct explain_form){ a->form, is, a->port };
	return 0;
}

static int
take_receipt(void *ctx, const void *row)
{
	const struct receipt *r = row;
	struct search *f = ctx;

	if (!r->counts || r->kind != TOKEN_RECIPIENT)
		return 0;
	f->receipt = *r;
	kept(f->exit_helo, sizeof(f->exit_helo), r->helo);
	return STORE_STOP;
}

/* The last session in which the form went out says it. */
static void
read_session(struct search *f)
{
	struct said said;
	struct str text = { (const char *)f->dialogue.p, f->dialogue.len };

	if (said_read(&said, text, str_of(f->form), str_of(f->token)) != 0)
		return;
	f->said = said;
	f->said.banner = kept(f->banner, sizeof(f->banner), said.banner);
	f->said.ehlo = kept(f->ehlo, sizeof(f->ehlo), said.ehlo);
	f->said.name = kept(f->name, sizeof(f->name), said.name);
}

/* Pieces of a session follow each other. */
static int
take_transcript(void *ctx, const void *row)
{
	const struct transcript *t = row;
	struct search *f = ctx;

	if (t->session != f->session) {
		read_session(f);
		f->dialogue.len = 0;
		f->session = t->session;
	}
	if (f->dialogue.len + t->octets.n > f->dialogue.max)
		return 0;	/* a form that late is not looked for */
	return gbuf_add(&f->dialogue, t->octets.p, t->octets.n);
}

static void
add_ours(struct search *f, const struct addr *a)
{
	if (f->n_ours < CAUSE_OURS && !addr_is_none(a))
		f->ours[f->n_ours++] = *a;
}

static void
take_ours(struct search *f, const struct keep *k)
{
	for (size_t i = 0; i < k->n_own; i++)
		add_ours(f, &k->own[i]);
	add_ours(f, &k->conf->probe_from);
	add_ours(f, &k->conf->probe_from6);
}

/* The recipient as it was meant, whatever the form wrote around it. */
static struct str
plain_recipient(struct search *f, struct keep *k)
{
	struct wbuf w = wbuf_of(f->plain, sizeof(f->plain) - 1);

	wbuf_printf(&w, "%s@%s", f->token, k->conf->probe_domain);
	f->plain[w.err == 0 ? w.len : 0] = '\0';
	return str_of(f->plain);
}

/* "mx.corp.example" is of corp.example: near enough to tell whose name that
 * is, where no list of public suffixes is at hand. */
static struct str
domain_of(const struct run *r, const struct said *said)
{
	struct str name = r->host, rest;

	if (name.n == 0 && said->ehlo.n > 4) {
		name = (struct str){ said->ehlo.p + 4, said->ehlo.n - 4 };
		name = str_cut(&name, '\n');
		name = str_cut(&name, ' ');
	}
	rest = name;
	(void)str_cut(&rest, '.');
	return str_find(rest, '.') > 0 ? rest : (struct str){ 0 };
}

/* Attempt, receipt and transcript of the form that leads.  Returns 0,
 * STORE_NONE, or an error. */
static int
take_lead(struct search *f, struct keep *k, const struct run *r, size_t lead)
{
	int err = store_one(k->store, Q_ATTEMPT_BY_ID, ARGS(ARG_I(f->ids[lead])), &f->attempt);

	f->form = relaytest_forms[f->forms[lead].form].id;
	if (err == 0)
		token_mint(f->token, k, &f->attempt, TOKEN_RECIPIENT);
	if (err == 0)
		err = store_each(k->store, Q_RECEIPT_BY_ATTEMPT,
		    ARGS(ARG_I(f->ids[lead])), take_receipt, f);
	if (err == 0)
		err = store_each(k->store, Q_TRANSCRIPT_BY_RUN, ARGS(ARG_I(r->id)),
		    take_transcript, f);
	read_session(f);
	return err;
}

/* --- the cause --- */

static void
read_chain(struct chain *out, const struct search *f, struct keep *k,
    struct str mail)
{
	bool v4 = addr_is_v4(&f->attempt.addr);
	const struct chain_in in = {
		.mail = mail, .exit = f->receipt.exit_addr,
		.exit_helo = str_of(f->exit_helo), .entry = f->attempt.addr,
		.prober = v4 ? k->conf->probe_from : k->conf->probe_from6,
		.ehlo = f->said.name.n > 0 ? f->said.name : str_of(k->conf->probe_helo),
	};

	chain_read(out, &in);
}

static int
cause_store(struct keep *k, const struct run *r, const struct explain *x)
{
	char name[TEXT_HOST + 1], helo[TEXT_HOST + 1], next[TEXT_HOST + 1];
	struct cause_row row = {
		.run = r->id, .addr = r->addr, .made = keep_now(k),
		.cause = (uint8_t)x->cause, .second = (uint8_t)x->second,
		.sure = x->sure, .form = x->form, .decide = x->decide,
		.mta = (uint8_t)x->mta, .port = x->port, .signs = x->signs,
		.client = x->client, .next_addr = x->inner_addr,
		.client_name = kept(name, sizeof(name), x->client_name),
		.helo = kept(helo, sizeof(helo), x->helo),
		.next_name = kept(next, sizeof(next), x->inner),
	};

	return store_put(k->store, &cause_shape, &row);
}

static int
name_cause(struct search *f, struct keep *k, const struct run *r, size_t lead)
{
	struct evidence mail = { .octets = { "", 0 } };
	struct explain_in in = {
		.forms = f->forms, .n = f->n, .lead = lead, .said = &f->said,
		.again = f->attempt.tries > 1,
		.target = f->attempt.addr, .ours = f->ours,
		.accepted = f->attempt.said, .refused = str_of(f->refused),
	};
	struct chain chain;
	struct explain x;
	int err = evidence_read(&mail, k, &f->receipt.mail);

	if (err < 0)
		return err;
	if (err == STORE_NONE)		/* erased: no line of it is known */
		mail.octets = STR("");
	take_ours(f, k);
	in.n_ours = f->n_ours;
	in.domain = domain_of(r, &f->said);
	in.plain = plain_recipient(f, k);
	read_chain(&chain, f, k, mail.octets);
	in.chain = &chain;
	explain(&x, &in);
	return cause_store(k, r, &x);
}

int
cause_find(struct keep *k, const struct run *r)
{
	struct search *f = calloc(1, sizeof(*f));
	size_t lead;
	int err;

	if (f == NULL)
		return SEK_ENOMEM;
	f->dialogue.max = CAUSE_DIALOGUE;
	err = store_each(k->store, Q_ATTEMPT_BY_RUN, ARGS(ARG_I(r->id)), take_attempt, f);
	lead = explain_lead(f->forms, f->n);
	if (err >= 0 && lead < f->n) {
		err = take_lead(f, k, r, lead);
		if (err == 0)
			err = name_cause(f, k, r, lead);
		if (err == STORE_NONE)
			err = 0;	/* its attempt is gone: nothing is known */
	}
	gbuf_free(&f->dialogue);
	free(f);
	return err;
}

/* --- for those who may see it --- */

static json_t *
signs_json(uint32_t signs, int *err)
{
	json_t *list = json_array();

	for (unsigned bit = 0; bit < SIGN_N; bit++)
		if ((signs & 1u << bit) != 0)
			json_put_item(list, json_string(explain_sign_name(bit)), err);
	return list;
}

static void
add_fixes(json_t *list, enum cause c, enum mta m, int *err)
{
	char tags[EXPLAIN_FIXES][EXPLAIN_FIX];
	size_t n = explain_fix(tags, c, m);

	for (size_t i = 0; i < n; i++)
		json_put_item(list, json_string(tags[i]), err);
}

/* Where another cause fits too, its fix stands behind. */
static json_t *
fix_json(const struct cause_row *c, int *err)
{
	json_t *list = json_array();

	add_fixes(list, c->cause, c->mta, err);
	if (c->second != CAUSE_UNDETERMINED)
		add_fixes(list, c->second, c->mta, err);
	return list;
}

static void
put_addr(json_t *o, const char *key, const struct addr *a, int *err)
{
	char text[ADDR_TEXT];

	addr_text(text, a);
	if (!addr_is_none(a))
		json_put(o, key, json_string(text), err);
}

static void
put_text(json_t *o, const char *key, struct str s, int *err)
{
	if (s.n > 0)
		json_put(o, key, watch_text(s), err);
}

static void
put_form(json_t *o, const char *key, uint8_t form, int *err)
{
	if (form < RELAYTEST_N)
		json_put(o, key, json_string(relaytest_forms[form].id), err);
}

static int
row_put(json_t *o, const struct cause_row *c)
{
	int err = 0;

	json_put(o, "cause", json_string(explain_name(c->cause)), &err);
	json_put(o, "cause_sure", json_boolean(c->sure), &err);
	if (c->second != CAUSE_NONE)
		json_put(o, "cause_second", json_string(explain_name(c->second)), &err);
	put_form(o, "cause_form", c->form, &err);
	put_form(o, "cause_decide", c->decide, &err);
	json_put(o, "cause_for", signs_json(c->signs & explain_for(c->cause), &err), &err);
	json_put(o, "cause_against", signs_json(c->signs & explain_against(c->cause), &err),
	    &err);
	json_put(o, "mta", json_string(mta_name(c->mta)), &err);
	put_addr(o, "seen_client", &c->client, &err);
	put_text(o, "seen_name", c->client_name, &err);
	put_text(o, "seen_helo", c->helo, &err);
	put_text(o, "next_name", c->next_name, &err);
	put_addr(o, "next_addr", &c->next_addr, &err);
	json_put(o, "fix", fix_json(c, &err), &err);
	return err;
}

int
cause_put(json_t *o, struct keep *k, uint64_t run)
{
	struct cause_row c;
	int err = store_one(k->store, Q_CAUSE_BY_RUN, ARGS(ARG_I(run)), &c);

	if (err != 0 || c.cause == CAUSE_NONE)
		return err == STORE_NONE ? 0 : err;
	return row_put(o, &c);
}
