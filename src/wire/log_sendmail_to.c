#include "wire/log_sendmail_part.h"

#include "wire/log_cut.h"
#include "wire/mail_reply.h"

/* Where the list of recipients ends. */
static bool
at_fields(struct str s)
{
	return log_cut_begins(s, STR(", ctladdr=")) || log_cut_begins(s, STR(", delay=")) ||
	    log_cut_begins(s, STR(" [more]"));
}

/* <a@example.org>,<b@example.net> or "|/usr/bin/vacation marv" */
static struct str
take_rcpts(struct str *s)
{
	struct str from = *s;

	while (s->n > 0 && !at_fields(*s)) {
		if (s->p[0] == '<')
			log_cut_path(s);
		else if (s->p[0] == '"')
			log_cut_quoted(s);
		else
			*s = log_cut_off(*s, 1);
	}
	from.n -= s->n;
	log_cut_lit(s, STR(" [more]"));
	return from;
}

/* ", ctladdr=<marv@example.org> (1001/1001)": whose alias or .forward it was,
 * or the local sender: he for sure only where the submission program hands it
 * to the daemon (from_here). */
static void
read_ctladdr(struct mail_event *e, struct str *s)
{
	struct str who;

	if (!log_cut_lit(s, STR(", ctladdr=")))
		return;
	who = *s;
	if (s->n > 0 && s->p[0] == '<')
		who = log_cut_path(s);
	else {
		log_cut_mailbox(s);
		who.n -= s->n;
	}
	e->orig_to = who;
	if (!log_cut_lit(s, STR(" (")))
		return;
	if (log_cut_u32(&e->uid, s) && log_cut_lit(s, STR("/"))) {
		e->has_uid = true;
		e->user = log_cut_to(&who, '@');
	}
	log_cut_to(s, ')');
}

/* The value behind key, up to ", " or the end; "" when it does not stand here.
 * For values that the server chose, and names: none of the DNS has a blank. */
static struct str
take(struct str *s, struct str key)
{
	struct str v = { s->p, 0 };

	if (!log_cut_lit(s, key))
		return v;
	v = *s;
	while (s->n > 0 && !log_cut_begins(*s, STR(", ")))
		*s = log_cut_off(*s, 1);
	v.n -= s->n;
	return v;
}

static void
read_relay(struct mail_event *e, struct str v)
{
	if (v.n == 0)
		return;
	e->relay_name = log_cut_word(&v);
	if (e->relay_name.n > 1 && e->relay_name.p[e->relay_name.n - 1] == '.')
		e->relay_name.n--;
	log_cut_blanks(&v);
	e->has_relay = log_cut_addr(&e->relay, &e->relay_port, &v);
}

static void
read_mailer(struct mail_event *e, struct str m)
{
	static const struct {
		struct str	name;
		unsigned	flags;
	} mailers[] = {
		{ { "local", 5 }, MAIL_LOCAL_DELIVERY }, { { "prog", 4 }, MAIL_LOCAL_DELIVERY | MAIL_TO_PROGRAM },
		{ { "*file*", 6 }, MAIL_LOCAL_DELIVERY }, { { "procmail", 8 }, MAIL_LOCAL_DELIVERY },
		{ { "lmtp", 4 }, MAIL_LOCAL_DELIVERY }, { { "cyrus", 5 }, MAIL_LOCAL_DELIVERY },
		{ { "cyrusv2", 7 }, MAIL_LOCAL_DELIVERY }, { { "cyrusv2d", 8 }, MAIL_LOCAL_DELIVERY },
		{ { "dovecot", 7 }, MAIL_LOCAL_DELIVERY }, { { "mailman", 7 }, MAIL_LOCAL_DELIVERY | MAIL_TO_PROGRAM },
	};

	e->service = m;
	for (size_t i = 0; i < sizeof(mailers) / sizeof(mailers[0]); i++)
		if (str_eq(m, mailers[i].name))
			e->flags |= mailers[i].flags;
}

/* mailer=relay to loopback: the submission queue, and ctladdr= wrote it. */
static bool
from_here(const struct mail_event *e)
{
	static const struct addr one = { { [15] = 1 } };

	if (!e->has_relay || !str_eq(e->service, STR("relay")))
		return false;
	return addr_eq(&e->relay, &one) ||
	    (addr_is_v4(&e->relay) && e->relay.o[12] == 127);
}

/* sysexits.c's words first, and where they are silent the status code. */
static enum mail_status
status_of(struct str stat, struct str dsn, bool refused)
{
	if (!refused && log_cut_begins(stat, STR("Sent")))
		return MAIL_SENT;
	if (log_cut_begins(stat, STR("Deferred")) || log_cut_begins(stat, STR("queued")))
		return MAIL_DEFERRED;
	if (log_cut_begins(stat, STR("quarantined")))
		return MAIL_HELD;
	if (log_cut_begins(stat, STR("discarded")))
		return MAIL_DISCARDED;
	return dsn.n > 0 && dsn.p[0] == '4' ? MAIL_DEFERRED : MAIL_BOUNCED;
}

/* "Sent (text)": the next hop's text without its code. */
static void
read_stat(struct mail_event *e, struct str stat, struct str reply)
{
	e->status = status_of(stat, e->dsn, reply.n > 0);
	e->reply = reply.n > 0 ? reply : stat;
	if (e->status != MAIL_SENT || !log_cut_lit(&stat, STR("Sent (")))
		return;
	if (stat.n > 0 && stat.p[stat.n - 1] == ')')
		stat.n--;
	e->reply = stat;
	e->child = mail_reply_queued_as(stat);
}

/* What is left is ", [reply=text, ]stat=text"; rule 3: the last ", stat=". */
static void
read_end(struct mail_event *e, struct str s)
{
	static const struct str mark = { ", stat=", 7 };
	struct str reply = { s.p, 0 };

	if (log_cut_lit(&s, STR(", reply="))) {
		size_t i = s.n;

		while (i > mark.n &&
		    memcmp(s.p + i - mark.n, mark.p, mark.n) != 0)
			i--;
		if (i <= mark.n)
			return;
		reply = (struct str){ s.p, i - mark.n };
		s = log_cut_off(s, i - mark.n);
	}
	if (!log_cut_lit(&s, mark))
		return;
	if (str_eq(s, STR("queued"))) {	/* announced; nothing was tried */
		e->kind = MAIL_ENVELOPE;
		return;
	}
	e->kind = MAIL_DELIVERS;
	read_stat(e, s, reply);
}

/* tls_verify=, auth= and others of local builds, in front of what is read. */
static void
skip_unknown(struct str *s)
{
	static const struct str known[] = {
		{ ", pri=", 6 }, { ", relay=", 8 }, { ", quarantine=", 13 }, { ", dsn=", 6 },
		{ ", ntries=", 9 }, { ", reply=", 8 }, { ", stat=", 7 },
	};

	while (log_cut_begins(*s, STR(", "))) {
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (log_cut_begins(*s, known[i]))
				return;
		take(s, STR(", "));
	}
}

void
log_sendmail_to(struct mail_event *e, struct str s)
{
	struct str mailer;

	e->recipient = take_rcpts(&s);
	e->flags |= str_find(e->recipient, '<') < 0 ? MAIL_ALIASED : 0;
	read_ctladdr(e, &s);
	take(&s, STR(", delay="));
	take(&s, STR(", xdelay="));
	mailer = take(&s, STR(", mailer="));
	skip_unknown(&s);
	take(&s, STR(", pri="));
	read_relay(e, take(&s, STR(", relay=")));
	take(&s, STR(", quarantine="));
	e->dsn = take(&s, STR(", dsn="));
	take(&s, STR(", ntries="));
	take(&s, STR(", stage="));
	read_mailer(e, mailer);
	if (!from_here(e)) {
		e->has_uid = false;
		e->uid = 0;
		e->user.n = 0;
	}
	read_end(e, s);
	/* sent, and to no other host: a mailer of this one, of any name */
	if (e->kind == MAIL_DELIVERS && e->status == MAIL_SENT && e->relay_name.n == 0)
		e->flags |= MAIL_LOCAL_DELIVERY;
	/* without a mailer nothing was tried: the transaction was broken off */
	if (mailer.n == 0 && e->status != MAIL_DISCARDED)
		e->kind = MAIL_NOTHING;
}
