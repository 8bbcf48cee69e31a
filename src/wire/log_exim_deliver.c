#include "wire/log_exim_part.h"

#include "wire/log_cut.h"
#include "wire/mail_reply.h"

/* A pipe's command has blanks: it goes on to " <original>" or a field. */
static struct str
take_command(struct str *s)
{
	struct str from = *s;

	while (s->n > 0 && !log_cut_begins(*s, STR(" <")) && !log_cut_begins(*s, STR(" R=")) &&
	    !log_cut_begins(*s, STR(" T=")))
		*s = log_cut_off(*s, 1);
	return (struct str){ from.p, from.n - s->n };
}

/* Where it went: an address, |command, /file, >address of a reply, or "save
 * file" of a filter. */
static struct str
take_target(struct mail_event *e, struct str *s)
{
	struct str from = *s;

	if (s->p[0] == '|' || log_cut_begins(*s, STR("\"|"))) {
		e->flags |= MAIL_TO_PROGRAM | MAIL_LOCAL_DELIVERY;
		return take_command(s);
	}
	if (s->p[0] == '>') {
		e->flags |= MAIL_TO_PROGRAM | MAIL_LOCAL_DELIVERY;
		return log_cut_word(s);
	}
	if (s->p[0] == '/')
		e->flags |= MAIL_LOCAL_DELIVERY;
	if (log_cut_lit(s, STR("save "))) {
		e->flags |= MAIL_LOCAL_DELIVERY;
		log_cut_mailbox(s);
		return (struct str){ from.p, from.n - s->n };
	}
	return log_cut_mailbox(s);
}

/* string_log_address(): target (parent, parent) <as it was given> */
static void
take_rcpt(struct mail_event *e, struct str *s)
{
	struct str rest;

	if (s->n == 0)
		return;
	e->recipient = take_target(e, s);
	rest = *s;
	if (log_cut_lit(&rest, STR(" ("))) {
		log_cut_to(&rest, ')');
		*s = rest;
	}
	rest = *s;
	if (log_cut_lit(&rest, STR(" ")) && rest.n > 0 && rest.p[0] == '<') {
		e->orig_to = log_cut_path(&rest);
		*s = rest;
	}
}

/* "name [address]:port*", "name DS [address]", and of local ones "name". */
static void
take_relay(struct mail_event *e, struct str *s)
{
	struct str rest;

	e->relay_name = log_cut_word(s);
	rest = *s;
	log_cut_lit(&rest, STR(" DS"));
	if (!log_cut_lit(&rest, STR(" ")) ||
	    !log_cut_addr(&e->relay, &e->relay_port, &rest))
		return;
	log_cut_lit(&rest, STR("*"));
	e->has_relay = true;
	*s = rest;
}

/* Names that configurations give to transports of this host, beside those
 * that only have no H=: a local one that failed has none either. */
static void
read_transport(struct mail_event *e, struct str t)
{
	static const struct {
		struct str	part;
		unsigned	flags;
	} names[] = {
		{ { "pipe", 4 }, MAIL_LOCAL_DELIVERY | MAIL_TO_PROGRAM },
		{ { "procmail", 8 }, MAIL_LOCAL_DELIVERY },
		{ { "lmtp", 4 }, MAIL_LOCAL_DELIVERY }, { { "maildir", 7 }, MAIL_LOCAL_DELIVERY },
		{ { "local_delivery", 14 }, MAIL_LOCAL_DELIVERY },
		{ { "mail_spool", 10 }, MAIL_LOCAL_DELIVERY }, { { "dovecot", 7 }, MAIL_LOCAL_DELIVERY },
		{ { "address_file", 12 }, MAIL_LOCAL_DELIVERY },
		/* filters that hand the letter back by the sendmail program */
		{ { "spamcheck", 9 }, MAIL_LOCAL_DELIVERY | MAIL_TO_PROGRAM },
		{ { "scan", 4 }, MAIL_LOCAL_DELIVERY | MAIL_TO_PROGRAM },
		{ { "filter", 6 }, MAIL_LOCAL_DELIVERY | MAIL_TO_PROGRAM },
	};

	e->service = t;
	for (; t.n > 3; t = log_cut_off(t, 1))
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (t.p[0] == names[i].part.p[0] &&
			    log_cut_begins(t, names[i].part))
				e->flags |= names[i].flags;
}

/* Of a reply of many lines the last: behind CHUNKING comes a line that counts
 * octets, then "250 OK id=...".  Between them stands \n, escaped once more. */
static struct str
last_line(struct str s)
{
	for (size_t i = s.n; i >= 2; i--)
		if (s.p[i - 2] == '\\' && s.p[i - 1] == 'n')
			return log_cut_off(s, i);
	return s;
}

static void
read_confirmation(struct mail_event *e, struct str reply)
{
	struct str end = last_line(reply);

	e->reply = reply;
	e->dsn = mail_reply_dsn(end);
	e->child = mail_reply_queued_as(end);
}

static void
delivery_field(struct mail_event *e, const struct exim_field *f)
{
	switch (f->key.n == 1 ? f->key.p[0] : 0) {
	case 'C':
		read_confirmation(e, f->value);
		break;
	case 'F':
		e->sender = f->value;
		e->has_sender = true;
		break;
	case 'R':
		if (e->service.n == 0)
			e->service = f->value;
		break;
	case 'T':
		read_transport(e, f->value);
		break;
	case 'X':
		e->flags |= MAIL_TLS;
		break;
	default:
		break;
	}
}

/* Fields up to ": " or " : ", with which the message begins (rule 3); *s is
 * left at it.  False: there is none. */
static bool
take_delivery_fields(struct mail_event *e, struct str *s)
{
	struct exim_field f;

	for (;;) {
		if (log_cut_lit(s, STR(": ")) || log_cut_lit(s, STR(" : ")))
			return true;
		if (log_cut_lit(s, STR(" H="))) {
			take_relay(e, s);
			continue;
		}
		if (log_cut_begins(*s, STR(" defer (")) || !log_exim_field(&f, s))
			return false;
		if (str_iends(f.value, STR(":")) && log_cut_lit(s, STR(" "))) {
			f.value.n--;	/* T=remote_smtp: SMTP error ... */
			delivery_field(e, &f);
			return true;
		}
		delivery_field(e, &f);
	}
}

/* "host name [address]: ", older versions; newer have it as H=. */
static void
skip_host(struct mail_event *e, struct str *s)
{
	struct str rest = *s, name;
	struct addr a;
	uint16_t port = 0;

	if (!log_cut_lit(&rest, STR("host ")))
		return;
	name = log_cut_word(&rest);
	if (!log_cut_lit(&rest, STR(" ")) || !log_cut_addr(&a, &port, &rest) ||
	    !log_cut_lit(&rest, STR(": ")))
		return;
	if (!e->has_relay) {
		e->has_relay = true;
		e->relay = a;
		e->relay_port = port;
		e->relay_name = name;
	}
	*s = rest;
}

static void
read_message(struct mail_event *e, struct str s)
{
	static const struct str over = { "retry timeout exceeded", 22 };

	if (str_iends(s, over))
		e->flags |= MAIL_RETRY_OVER;
	if (log_cut_lit(&s, STR("SMTP error from remote mail server after ")) ||
	    log_cut_lit(&s, STR("SMTP error from remote mailer after ")) ||
	    log_cut_lit(&s, STR("LMTP error after "))) {
		log_cut_behind_colon(&s);
		skip_host(e, &s);
	}
	e->reply = s;
	e->dsn = mail_reply_dsn(s);
}

void
log_exim_sent(struct mail_event *e, struct str s)
{
	e->kind = MAIL_DELIVERS;
	if (log_cut_begins(s, STR("discarded (")) || log_cut_begins(s, STR("blackhole "))) {
		e->status = MAIL_DISCARDED;	/* system filter; an ACL */
		e->flags |= MAIL_ALL_RCPTS | MAIL_BY_FILTER;
		return;
	}
	take_rcpt(e, &s);
	if (str_eq(e->recipient, STR(":blackhole:")) ||
	    str_eq(e->recipient, STR("discarded"))) {
		e->status = MAIL_DISCARDED;
		e->recipient = e->orig_to;
	}
	take_delivery_fields(e, &s);
	if (!e->has_relay && e->status == MAIL_SENT)
		e->flags |= MAIL_LOCAL_DELIVERY;
	if (e->has_relay)	/* a transport of SMTP or LMTP, whatever its name */
		e->flags &= ~(unsigned)MAIL_TO_PROGRAM;
	if (e->has_relay && e->child.n > 0)	/* who queues it is no mailbox */
		e->flags &= ~(unsigned)MAIL_LOCAL_DELIVERY;
}

void
log_exim_failed(struct mail_event *e, struct str s)
{
	e->kind = MAIL_DELIVERS;
	e->status = MAIL_BOUNCED;
	take_rcpt(e, &s);
	if (str_iends(e->recipient, STR(":"))) {
		e->recipient.n--;	/* "** a@example.org: unknown" */
		log_cut_blanks(&s);
		read_message(e, s);
	} else if (take_delivery_fields(e, &s)) {
		read_message(e, s);
	}
	if (e->flags & MAIL_RETRY_OVER)
		e->status = MAIL_EXPIRED;
}

/* ... defer (-46) H=name [address] DT=1s: message, or of a system's error
 * defer (110): Connection timed out H=name [address]: message */
void
log_exim_deferred(struct mail_event *e, struct str s)
{
	struct str cause;

	e->kind = MAIL_DELIVERS;
	e->status = MAIL_DEFERRED;
	take_rcpt(e, &s);
	take_delivery_fields(e, &s);
	if (!log_cut_lit(&s, STR(" defer (")))
		return;
	log_cut_to(&s, ')');
	cause = s;
	if (take_delivery_fields(e, &s)) {
		cause = s;
		read_message(e, s);
	}
	if (e->has_relay || cause.n == 0)
		return;
	while (s.n > 0 && !log_cut_begins(s, STR(" H=")) && !log_cut_begins(s, STR(": ")))
		s = log_cut_off(s, 1);
	if (log_cut_begins(s, STR(" H="))) {
		e->reply = (struct str){ cause.p, cause.n - s.n };
		if (take_delivery_fields(e, &s))
			read_message(e, s);
	}
}
