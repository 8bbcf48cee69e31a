#pragma once
/* tests/unit/keep/fixture.h -- a keeper on fake time with a scripted prober.
 *
 * The store is in memory, the loop and the clock are fake, the prober and the
 * receiver are this file: they speak the real messages over real socket
 * pairs. What each target does is a row of a table. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fact/finding.h"
#include "fact/letter.h"
#include "fact/relaytest.h"
#include "fact/verdict.h"
#include "keep/journal.h"
#include "fact/record_aside.h"
#include "keep/keeper.h"
#include "keep/list.h"
#include "keep/nominate.h"
#include "keep/permit.h"
#include "sys/resolve.h"

enum { START_S = 1795000000, FORMS_MAX = 16, SENT_MAX = 4096 };

enum behaviour { DOES_REFUSE, DOES_RELAY, DOES_SINK, DOES_BOUNCE, DOES_DEFER,
	DOES_BLOCK, DOES_NOT_CONNECT, DOES_NOTHING };

struct sent {			/* one form as the prober was told */
	uint64_t	attempt;
	uint8_t		form;
	struct addr	addr;
	char		recipient[80], sender[80], block[LETTER_BLOCK];
};

/* Called around what the other roles do: a test that refuses memory to the
 * keeper spares them. */
static void (*harness)(bool ours);

static inline void
ours(bool begins)
{
	if (harness != NULL)
		harness(begins);
}

struct fixture {
	struct clock_fake	 clock;
	struct loop		*loop;
	struct rand		 rand;
	struct conf		*conf;
	struct keep		*keep;
	struct channel		*probe, *receive;	/* our ends */
	enum behaviour		 does;		/* of every target but our receiver */
	struct addr		 exit;		/* who delivers; :: the target itself */
	const char		*fields;	/* above each letter, or NULL */
	bool			 control_broken;
	const char		*received;	/* line that a canary puts above a control letter */
	unsigned		 dials;		/* connections that were made */
	unsigned		 halts, denied;	/* orders that were stopped, or got no grant */
	bool			 slow_ask;	/* orders are not asked about yet */
	struct resolver		*dns;		/* fixture_dns(): what the prober is told */
	uint64_t		 questions;	/* that it was asked */
	unsigned		 letters;	/* that it was given */
	bool			 letter_mute, letter_bad;	/* what becomes of them */
	char			 letter_rcpt[400], letter_from[400], letter[16384];
	void			(*on_dial)(struct fixture *f, const struct addr *a);
	/* the order in hand */
	struct msg_order	 order;
	struct sent		 sent[SENT_MAX];
	size_t			 n_sent, first;	/* first: of this order */
	uint64_t		 mail;
	unsigned		 stored_code;	/* of the last MSG_STORED */
	unsigned		 rcpt_code;	/* of the last MSG_RCPT_IS */
};

static inline void
send_to(struct channel *c, unsigned type, const void *msg)
{
	assert_int_equal(channel_send(c, type, msg, -1), 0);
}

/* Hands a mail to the keeper as the receive role does. */
static inline void
deliver(struct fixture *f, const struct addr *from, const char *mail_from,
    const char *rcpt, const char *text)
{
	struct msg_mail m = {
		.id = ++f->mail, .peer = *from, .helo = STR("relay.example"),
		.mail_from = str_of(mail_from), .rcpts = str_of(rcpt),
	};
	struct msg_part part = { m.id, str_of(text) };
	struct msg_id end = { m.id };

	f->stored_code = 0;
	send_to(f->receive, MSG_MAIL, &m);
	send_to(f->receive, MSG_MAIL_PART, &part);
	send_to(f->receive, MSG_MAIL_END, &end);
}

static inline void
ask_rcpt(struct fixture *f, const char *rcpt)
{
	struct msg_rcpt m = { .id = ++f->mail, .rcpt = str_of(rcpt) };

	f->rcpt_code = 0;
	send_to(f->receive, MSG_RCPT, &m);
}

/* The letter as the prober writes it, in its least form. */
static inline void
letter_text(char *out, size_t cap, const struct sent *s)
{
	snprintf(out, cap, LETTER_FIELD ": %s\r\nAuto-Submitted: auto-generated\r\n"
	    "Subject: relay test\r\n\r\nhello\r\n%s\r\n", s->recipient, s->block);
}

static inline void
found(struct fixture *f, const struct sent *s, enum finding what, uint16_t code)
{
	struct msg_found m = {
		.order = f->order.order, .attempt = s->attempt,
		.finding = (uint8_t)what, .code = code, .said = STR("as scripted"),
	};

	send_to(f->probe, MSG_FOUND, &m);
}

static inline void
ended(struct fixture *f, enum finding what)
{
	struct msg_ended m = { .order = f->order.order, .finding = (uint8_t)what };

	send_to(f->probe, MSG_ENDED, &m);
}

static inline void
relay_one(struct fixture *f, const struct sent *s, const struct addr *exit)
{
	char rcpt[160], text[16384];
	int above = 0;

	found(f, s, FIND_ACCEPTED, 250);
	ended(f, FIND_DONE);
	snprintf(rcpt, sizeof(rcpt), "%s@probe.example", s->recipient);
	if (f->received != NULL && addr_eq(&f->order.addr, &f->conf->canary))
		above = snprintf(text, sizeof(text), "%s\r\n", f->received);
	else if (f->fields != NULL)
		above = snprintf(text, sizeof(text), "%s", f->fields);
	letter_text(text + above, sizeof(text) - (size_t)above, s);
	deliver(f, exit, "", rcpt, text);
}

static inline void
bounce_one(struct fixture *f, const struct sent *s)
{
	char rcpt[160];

	found(f, s, FIND_ACCEPTED, 250);
	ended(f, FIND_DONE);
	snprintf(rcpt, sizeof(rcpt), "%s@probe.example", s->sender);
	deliver(f, &f->order.addr, "", rcpt,
	    "Auto-Submitted: auto-replied\r\nSubject: failure\r\n\r\nno\r\n");
}

/* The session, once it was granted. */
static inline void
play(struct fixture *f)
{
	struct sent *s = &f->sent[f->first];
	bool control = f->order.purpose == RUN_CONTROL;
	enum behaviour does = control ?
	    (f->control_broken ? DOES_SINK : DOES_RELAY) : f->does;

	f->dials++;
	if (f->on_dial != NULL)
		f->on_dial(f, &f->order.addr);
	switch (does) {
	case DOES_RELAY:
		relay_one(f, s, control ? &f->conf->probe_from :
		    addr_is_none(&f->exit) ? &f->order.addr : &f->exit);
		return;
	case DOES_BOUNCE:
		bounce_one(f, s);
		return;
	case DOES_SINK:
		found(f, s, FIND_ACCEPTED, 250);
		break;
	case DOES_REFUSE:
	case DOES_DEFER:
		for (size_t i = f->first; i < f->n_sent; i++)
			found(f, &f->sent[i], does == DOES_REFUSE ? FIND_REFUSED :
			    FIND_DEFERRED, does == DOES_REFUSE ? 550 : 450);
		break;
	case DOES_BLOCK:
		ended(f, FIND_BLOCKED);
		return;
	case DOES_NOT_CONNECT:
		ended(f, FIND_NO_CONNECT);
		return;
	case DOES_NOTHING:
		return;
	}
	ended(f, FIND_DONE);
}

static inline void
copy_text(char *out, size_t cap, struct str s)
{
	assert_int_equal(str_copy(out, cap, s), 0);
}

static inline void
got_form(struct fixture *f, const struct msg_form *m)
{
	struct sent *s = &f->sent[f->n_sent];

	assert_true(f->n_sent < SENT_MAX);
	*s = (struct sent){ .attempt = m->attempt, .form = m->form,
		.addr = f->order.addr };
	copy_text(s->recipient, sizeof(s->recipient), m->recipient);
	copy_text(s->sender, sizeof(s->sender), m->sender);
	letter_block(s->block, &(struct letter_block){ .token = m->recipient,
	    .target = f->order.addr, .port = f->order.port,
	    .form = relaytest_forms[m->form].id, .minted = m->minted, .mac = m->mac });
	f->n_sent++;
}

struct asked { struct fixture *f; uint64_t id; };

/* As probe/run.c tells it. */
static inline void
resolved_fake(void *ctx, const struct resolve_answer *r)
{
	static const char *const why[] = { "", "no-such-name", "no-address", "null-mx", "temporary" };
	struct asked *q = ctx;
	char names[8192], addrs[16 * RESOLVE_MAX];
	struct wbuf n = wbuf_of(names, sizeof(names)), a = wbuf_of(addrs, sizeof(addrs));
	struct msg_resolved m = { .id = q->id, .ok = r->err == 0, .why = str_of(why[r->err]),
		.alias = r->alias };

	for (size_t i = 0; i < r->n_names; i++) {
		wbuf_str(&n, i > 0 ? " " : "");
		wbuf_bytes(&n, r->names[i].p, r->names[i].n);
	}
	for (size_t i = 0; i < r->n_texts; i++) {
		wbuf_str(&n, i > 0 ? "\n" : "");
		wbuf_bytes(&n, r->texts[i].p, r->texts[i].n);
	}
	for (size_t i = 0; i < r->n_addrs; i++)
		wbuf_bytes(&a, r->addrs[i].o, 16);
	m.names = (struct str){ names, n.len };
	m.addrs = (struct str){ addrs, a.len };
	if (q->f->probe != NULL)
		send_to(q->f->probe, MSG_RESOLVED, &m);
	free(q);
}

static inline void
resolve_fake(struct fixture *f, const struct msg_resolve *m)
{
	struct asked *q = malloc(sizeof(*q));

	assert_non_null(q);
	*q = (struct asked){ f, m->id };
	if (f->dns->ask(f->dns, m->kind, m->name, resolved_fake, q) != 0)
		resolved_fake(q, &(struct resolve_answer){ .err = RESOLVE_NO_NAME });
}

/* Another table (sys/resolve.h), borrowed. */
static inline void
fixture_dns(struct fixture *f, const char *table)
{
	if (f->dns != NULL)
		f->dns->free(f->dns);
	assert_int_equal(resolver_new_fake(&f->dns, f->loop, table), 0);
}

static inline void
got_letter(struct fixture *f, const struct msg_letter *m)
{
	struct msg_letter_done done = { .id = m->id, .ok = !f->letter_bad,
		.code = f->letter_bad ? 550 : 250, .said = STR("5.7.1 not from you") };

	f->letters++;
	copy_text(f->letter, sizeof(f->letter), m->octets);
	copy_text(f->letter_rcpt, sizeof(f->letter_rcpt), m->rcpt);
	copy_text(f->letter_from, sizeof(f->letter_from), m->mail_from);
	if (!f->letter_mute)
		send_to(f->probe, MSG_LETTER_DONE, &done);
}

static inline void
resolve(struct fixture *f, const struct msg_resolve *m)
{
	static const struct addr rx = { { [10] = 0xff, 0xff, 198, 18, 0, 25 } };
	struct msg_resolved a = { .id = m->id, .ok = 1 };

	f->questions++;
	if (f->dns != NULL && !str_iends(m->name, STR("probe.example"))) {
		resolve_fake(f, m);
		return;
	}
	if (m->kind == RESOLVE_MX)
		a.names = STR("rx.probe.example");
	else
		a.addrs = (struct str){ (const char *)rx.o, sizeof(rx.o) };
	send_to(f->probe, MSG_RESOLVED, &a);
}

/* Each target has one name. */
static inline void
names_fake(struct fixture *f, uint64_t order)
{
	struct msg_name m = { .order = order, .source = NAME_PTR, .used = 1,
		.host = STR("mx.open.example"), .dom = STR("open.example") };
	struct msg_id id = { order };

	if (f->order.name != 1)
		return;
	send_to(f->probe, MSG_NAME, &m);
	send_to(f->probe, MSG_NAMED, &id);
}

static inline void
prober_message(void *ctx, struct channel *c, struct frame *fr)
{
	struct fixture *f = ctx;
	union { struct msg_form form; struct msg_grant grant; struct msg_id id;
		struct msg_resolve resolve; struct msg_order order;
		struct msg_letter letter; } m;

	(void)c;
	ours(true);
	assert_int_equal(frame_decode(&m, message_shape(fr->type)->size, fr), 0);
	switch (fr->type) {
	case MSG_ORDER:
		f->order = m.order;
		f->order.host = f->order.hosts = f->order.domains = f->order.known =
		    (struct str){ 0 };
		if (f->n_sent + FORMS_MAX > SENT_MAX)
			f->n_sent = 0;
		f->first = f->n_sent;
		break;
	case MSG_FORM:
		got_form(f, &m.form);
		break;
	case MSG_GO:
		names_fake(f, m.id.id);
		if (!f->slow_ask || f->order.purpose == RUN_CONTROL)
			send_to(f->probe, MSG_ASK, &m.id);
		break;
	case MSG_GRANT:
		if (m.grant.ok)
			play(f);
		else {
			f->denied++;
			ended(f, FIND_NONE);
		}
		break;
	case MSG_RESOLVE:
		resolve(f, &m.resolve);
		break;
	case MSG_LETTER:
		got_letter(f, &m.letter);
		break;
	case MSG_HALT:
		f->halts++;
		ended(f, FIND_CUT);
		break;
	default:
		fail_msg("prober got message %u", fr->type);
	}
	ours(false);
}

static inline void
receiver_message(void *ctx, struct channel *c, struct frame *fr)
{
	struct fixture *f = ctx;
	struct msg_grant m;

	(void)c;
	assert_int_equal(frame_decode(&m, sizeof(m), fr), 0);
	if (fr->type == MSG_STORED)
		f->stored_code = m.code;
	else
		f->rcpt_code = m.code;
}

static inline void
peer_gone(void *ctx, struct channel *c)
{
	struct fixture *f = ctx;

	if (c == f->probe)
		f->probe = NULL;
	if (c == f->receive)
		f->receive = NULL;
	channel_free(c);
}

static inline void
attach(struct fixture *f)
{
	static const struct channel_events pe = { .message = prober_message, .gone = peer_gone };
	static const struct channel_events re = { .message = receiver_message, .gone = peer_gone };
	int pair[2];

	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(keeper_probe(f->keep, 0, pair[0]), 0);
	assert_int_equal(channel_new(&f->probe, f->loop, pair[1], &pe, f), 0);
	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(keeper_receive(f->keep, pair[0]), 0);
	assert_int_equal(channel_new(&f->receive, f->loop, pair[1], &re, f), 0);
}

static inline void
set(struct fixture *f, const char *key, const char *value)
{
	struct conf_why why;

	if (conf_set(f->conf, key, str_of(value), &why) != 0)
		fail_msg("%s", why.text);
}

static inline int
fixture_open(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char why[256] = "";
	struct keeper_in in;

	assert_non_null(f);
	clock_fake_init(&f->clock, (struct wall){ START_S });
	f->loop = loop_new_fake(&f->clock);
	rand_seeded(&f->rand, 1);
	assert_int_equal(conf_default(&f->conf), 0);
	set(f, "lab.range", "198.18.0.0/15");
	set(f, "probe.domain", "probe.example");
	set(f, "receive.listen", "198.18.0.25:25");
	set(f, "probe.from", "198.18.0.1");
	in = (struct keeper_in){ .loop = f->loop, .rand = &f->rand,
		.conf = f->conf, .store = "memory:" };
	if (keeper_new(&f->keep, &in, why) != 0)
		fail_msg("keeper_new: %s", why);
	attach(f);
	*state = f;
	return 0;
}

static inline int
fixture_close(void **state)
{
	struct fixture *f = *state;

	if (f->keep != NULL)
		keeper_free(f->keep);
	channel_free(f->probe);
	channel_free(f->receive);
	if (f->dns != NULL)
		f->dns->free(f->dns);
	conf_free(f->conf);
	loop_free(f->loop);
	free(f);
	return 0;
}

/* Lets time pass. */
static inline void
pass(struct fixture *f, int64_t seconds)
{
	loop_run(f->loop, (struct mono){ f->clock.mono.ms + seconds * 1000 });
}

static inline struct addr
target(uint8_t last)
{
	return addr_v4(198, 18, 1, last);
}

static inline int
nominate(struct fixture *f, struct addr a, enum depth depth)
{
	struct nomination n = {
		.addr = a, .port = 25, .basis = BASIS_AUTHORITY, .depth = depth,
		.has_depth = true, .reason = STR("test"), .who = STR("tester"),
	};
	bool joined, reused;
	int err;

	assert_int_equal(keep_write(f->keep), 0);
	err = keep_done(f->keep, nominate_add(f->keep, &n, &joined, &reused));
	if (err == 0)
		assert_int_equal(keep_flush(f->keep), 0);
	return err;
}

static inline void
retest(struct fixture *f, struct addr a)
{
	bool reused;

	assert_int_equal(keep_write(f->keep), 0);
	assert_int_equal(keep_done(f->keep, nominate_retest(f->keep, &a, 0, STR("fixture"), &reused)), 0);
	assert_int_equal(keep_flush(f->keep), 0);
}

static inline bool
listed(struct fixture *f, struct addr a, struct listing *out)
{
	struct listing l;
	int err = store_one(f->keep->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(a)),
	    out != NULL ? out : &l);

	assert_true(err == 0 || err == STORE_NONE);
	store_forget(f->keep->store);
	return err == 0;
}

static inline enum verdict
verdict(struct fixture *f, struct addr a, struct verdict_row *out)
{
	static struct verdict_row v;
	static char why[TEXT_WHO + 1];
	int err = store_one(f->keep->store, Q_VERDICT_LAST_BY_ADDR, ARGS(ARG_A(a)), &v);

	if (err == 0) {
		assert_int_equal(str_copy(why, sizeof(why), v.why), 0);
		v.why = str_of(why);
		v.ports = (struct str){ 0 };
	}
	store_forget(f->keep->store);
	if (out != NULL)
		*out = v;
	return err == 0 ? v.verdict : VERDICT_NONE;
}
