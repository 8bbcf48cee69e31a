#include "fact/handover.h"

#include "wire/msg.h"
#include "wire/received.h"

enum way {
	WAY_SEEN,	/* the exit is the entry, and a line of it records our session */
	WAY_HOPS,	/* through others, linked down to such a line */
	WAY_UNSEEN,	/* the exit is the entry; no line records us */
	WAY_N,
};

/* Until when a sign is the target's own doing, in seconds.  A content filter
 * that hands its mail back by the sendmail command needs no five minutes; what
 * a queue holds for longer has the line that says so. */
enum { FILTER_S = 300, HOPS_S = 3600, HOPS_LINES = 12 };
#define NEVER (-1)
#define ALWAYS INT64_MAX

static const struct {
	const char	*why;
	int64_t		 within_s[WAY_N];
} rules[HAND_N] = {
	[HAND_NONE] = { "late", { ALWAYS, HOPS_S, HOPS_S } },
	[HAND_PICKUP] = { "by-pickup", { FILTER_S, FILTER_S, NEVER } },
	[HAND_MAILBOX] = { "by-mailbox", { NEVER, NEVER, NEVER } },
	[HAND_CLIENT] = { "by-client", { NEVER, NEVER, NEVER } },
	[HAND_ACCOUNT] = { "by-account", { NEVER, NEVER, NEVER } },
};

/* Fields that a final delivery (Postfix, Exim, Courier, qmail) or a redirecting
 * program (RFC 5322 3.6.6) writes, and a relay does not.  Return-Path is no
 * such: Postfix's own example of a content filter writes it. */
static const struct str mailbox_fields[] = {
	STR("Delivered-To"), STR("X-Original-To"), STR("Envelope-To"), STR("Delivery-Date"),
	STR("Resent-From"), STR("Resent-To"), STR("Resent-Date"), STR("Resent-Message-ID"),
	STR("Resent-Sender"),
};

static bool
is_mailbox(struct str name)
{
	for (size_t i = 0; i < sizeof(mailbox_fields) / sizeof(mailbox_fields[0]); i++)
		if (str_ieq(name, mailbox_fields[i]))
			return true;
	return false;
}

static bool
has(struct str s, struct str needle)
{
	for (; s.n >= needle.n; s = (struct str){ s.p + 1, s.n - 1 })
		if (str_istarts(s, needle))
			return true;
	return false;
}

static bool
is_loopback(const struct addr *a)
{
	static const struct addr one = { { [15] = 1 } };

	return (addr_is_v4(a) && a->o[12] == 127) || addr_eq(a, &one);
}

/* A program on the writer's own machine: Postfix ("by HOST (Postfix, from
 * userid 1000)"), Exim, Courier ("with local"), Sendmail's submission program,
 * OpenSMTPD ("HOST [local]"), qmail ("invoked by uid 1000"). */
static bool
is_pickup(const struct received *r, struct str line)
{
	if (has(line, STR("invoked by uid ")))
		return true;
	if (!r->has_from)
		return r->by.n > 0;
	return str_ieq(r->with, STR("local")) || has(r->software, STR("/Submit")) ||
	    (addr_is_none(&r->from) && has(line, STR(" [local]")));
}

static bool
is_us(const struct received *r, const struct chain_in *way)
{
	return (!addr_is_none(&way->prober) && addr_eq(&way->prober, &r->from)) ||
	    (way->ehlo.n > 0 && str_ieq(r->helo, way->ehlo));
}

/* Is the client one that nothing else explains?  Only where the reading ended
 * with this line is it not the host that wrote the one below. */
static bool
is_stranger(const struct received *r, const struct chain_in *way, bool last)
{
	return last && !addr_is_none(&r->from) && !is_loopback(&r->from) &&
	    !addr_eq(&r->from, &way->entry);
}

static enum handover_sign
sign_of(const struct received *r, struct str line, const struct chain_in *way, bool last)
{
	if (is_pickup(r, line))
		return HAND_PICKUP;
	if (is_us(r, way))
		return HAND_NONE;
	if (r->authenticated)
		return HAND_ACCOUNT;
	return is_stranger(r, way, last) ? HAND_CLIENT : HAND_NONE;
}

static enum way
way_of(const struct chain *c)
{
	return !c->single ? WAY_HOPS : c->found_us ? WAY_SEEN : WAY_UNSEEN;
}

/* Of other hosts' lines nothing is told: a smarthost's customer has an account
 * with it. */
static bool
is_targets(const struct received *r, const struct chain *c)
{
	return c->single || str_ieq(r->by, c->entry.by) || r->by.n == 0;
}

/* The worst sign above the line that records us, or down to the one at which
 * the reading ended; of fields that are no lines of the way, then, all. */
static enum handover_sign
worst(const struct handover_in *in)
{
	const struct chain *c = in->chain;
	const struct str *end = c->found_us ? &c->entry.line : &c->last;
	struct msg m = msg_of(in->way->mail);
	enum handover_sign worst = HAND_NONE, sign;
	bool below = end->n == 0;
	struct received r;
	struct msg_field f;

	while (msg_next_field(&f, &m) == 0) {
		struct str line = msg_trim(f.value);
		bool last = end->n > 0 && line.p == end->p;

		if (last && c->found_us)
			break;
		sign = is_mailbox(f.name) ? HAND_MAILBOX : HAND_NONE;
		if (!below && str_ieq(f.name, STR("Received")) &&
		    received_read(&r, line) == 0 && is_targets(&r, c))
			sign = sign_of(&r, line, in->way, last);
		worst = sign > worst ? sign : worst;
		below = below || last;
	}
	return worst;
}

void
handover_weigh(struct handover *out, const struct handover_in *in)
{
	enum way way = way_of(in->chain);
	int64_t within_s;

	*out = (struct handover){ .why = "" };
	if (!in->chain->linked)
		return;
	out->sign = worst(in);
	within_s = rules[out->sign].within_s[way];
	out->alone = within_s != NEVER && in->delay_s <= within_s;
	if (!out->alone)
		out->why = rules[out->sign].why;
	else if (way == WAY_HOPS && in->chain->hops > HOPS_LINES) {
		out->alone = false;
		out->why = "many-hops";
	}
}
