/* One attempt for one recipient, as all delivery agents, qmgr(8) and
 * cleanup(8) write it: ID: to=<>, orig_to=<>, relay=, conn_use=, delay=,
 * delays=, tls=, dsn=, status= (text).  Sources: their manuals and the one
 * function they share. */
#include "wire/log_postfix_body.h"
#include "wire/mail_reply.h"

static const struct {
	struct str	word;
	enum mail_status status;
	bool		counts;
} statuses[] = {
	{ STR("sent"), MAIL_SENT, true },
	{ STR("deferred"), MAIL_DEFERRED, true },
	{ STR("bounced"), MAIL_BOUNCED, true },
	{ STR("expired"), MAIL_EXPIRED, true },
	{ STR("SOFTBOUNCE"), MAIL_DEFERRED, true },	/* soft_bounce = yes */
	{ STR("deliverable"), MAIL_SENT, false },	/* verify(8) and sendmail -bv: no letter */
	{ STR("undeliverable"), MAIL_BOUNCED, false },
	{ STR("undeliverable-but-not-cached"), MAIL_BOUNCED, false },
};

static bool
status_find(struct mail_event *out, struct str word)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!str_eq(statuses[i].word, word))
			continue;
		out->status = statuses[i].status;
		out->flags |= statuses[i].counts ? 0 : MAIL_IS_PROBE;
		return true;
	}
	return false;
}

/* "none", "local", "dovecot", "host[192.0.2.1]:25", "host[private/lmtp]" */
static void
relay_set(struct mail_event *out, struct str relay, enum log_postfix_daemon *by)
{
	struct log_postfix_host h;

	if (relay.n > 0 && relay.p[relay.n - 1] != ']' && str_find(relay, '[') < 0) {
		if (*by == PF_SHAPE)
			*by = str_eq(relay, STR("local")) ? PF_LOCAL : str_eq(relay, STR("virtual")) ? PF_VIRTUAL :
			    str_eq(relay, STR("none")) ? PF_SMTP : PF_PIPE;
		if (*by == PF_PIPE)
			out->service = relay;
		if (!str_eq(relay, STR("none")))
			out->relay_name = relay;
		return;
	}
	if (!log_postfix_host_take(&h, &relay))
		return;
	if (!h.has_addr)	/* a socket's name in the brackets */
		*by = PF_LMTP;
	else if (*by == PF_SHAPE)
		*by = PF_SMTP;
	out->relay_name = h.name;
	out->has_relay = h.has_addr;
	out->relay = h.addr;
	out->relay_port = h.port;
}

/* Programs that put letters into mailboxes, by the names that their manuals
 * give the service in master.cf.  Any other pipe may be a filter, which hands
 * the letter back, so it says nothing of whose the recipient is. */
static const struct str mailbox_services[] = {
	STR("maildrop"), STR("cyrus"), STR("old-cyrus"), STR("procmail"), STR("dbmail"), STR("dbmail-deliver"),
	STR("zarafa"), STR("kopano"), STR("lda"), STR("deliver"), STR("vmail"), STR("virtualprocmail"),
	STR("plesk_virtual"),
};

static unsigned
pipe_flags(struct str service)
{
	if (log_cut_begins(service, STR("dovecot")))
		return MAIL_LOCAL_DELIVERY | MAIL_SIEVED;
	for (size_t i = 0; i < sizeof(mailbox_services) / sizeof(mailbox_services[0]); i++)
		if (str_eq(mailbox_services[i], service))
			return MAIL_LOCAL_DELIVERY | MAIL_SIEVED;
	return MAIL_LOCAL_DELIVERY | MAIL_TO_PROGRAM;
}

/* Where what was sent has come to. */
static unsigned
end_flags(const struct mail_event *out, enum log_postfix_daemon by)
{
	if (by == PF_PIPE)
		return pipe_flags(out->service);
	if (by == PF_LOCAL && log_cut_begins(out->reply, STR("delivered to command")))
		return MAIL_LOCAL_DELIVERY | MAIL_TO_PROGRAM;
	if (by == PF_LMTP && mail_reply_fate(out->reply) == MAIL_REPLY_HANDED_BACK)
		return 0;
	if (out->child.n > 0)
		return 0;
	if (by == PF_LMTP)
		return MAIL_LOCAL_DELIVERY | MAIL_SIEVED;
	return by == PF_VIRTUAL || by == PF_LOCAL ? MAIL_LOCAL_DELIVERY : 0;
}

/* Do the parentheses close?  If not, a syslogd cut the line before its end. */
static bool
reply_whole(struct str s)
{
	size_t open = 0, close = 0;

	for (size_t i = 0; i < s.n; i++) {
		open += s.p[i] == '(';
		close += s.p[i] == ')';
	}
	return s.n > 0 && s.p[s.n - 1] == ')' && close >= open;
}

/* Of a reply that is not whole nothing is concluded. */
static void
sent_set(struct mail_event *out, enum log_postfix_daemon by)
{
	struct str reply = out->reply;

	if (by == PF_DISCARD) {
		out->status = MAIL_DISCARDED;
		return;
	}
	if (by == PF_LOCAL) {
		if (log_cut_lit(&reply, STR("forwarded as ")))
			out->child = reply;	/* alias, .forward, :include: -- the letter goes on under a new id */
		else if (log_cut_begins(reply, STR("discarded")))
			out->status = MAIL_DISCARDED;
	} else if (by != PF_VIRTUAL) {
		out->child = mail_reply_queued_as(reply);
		if (out->child.n == 0 && mail_reply_fate(reply) == MAIL_REPLY_DROPPED)
			out->status = MAIL_DISCARDED;
	}
	if (out->status == MAIL_SENT)
		out->flags |= end_flags(out, by);
}

/* "sent (250 2.0.0 Ok: queued as ID)" */
static void
status_set(struct mail_event *out, struct str s, enum log_postfix_daemon by)
{
	struct str word = str_cut(&s, ' ');
	bool whole;

	if (!status_find(out, word))
		return;
	whole = out->status == MAIL_SENT && (by == PF_SMTP ? log_cut_ends(s, STR(")")) : reply_whole(s));
	if (s.n > 0 && s.p[0] == '(') {
		s = log_cut_off(s, 1);
		if (s.n > 0 && s.p[s.n - 1] == ')')
			s.n--;
	}
	out->reply = s;
	out->kind = MAIL_DELIVERS;
	if (whole && !(out->flags & MAIL_IS_PROBE))
		sent_set(out, by);
}

/* "<b@example.com>, ", or as the first releases wrote it, without <>. */
static bool
address_take(struct str *out, struct str *s)
{
	if (s->n == 0 || s->p[0] != '<') {
		*out = log_postfix_value(s);
		return s->n > 0;
	}
	return log_postfix_angle(out, s) && log_cut_lit(s, STR(", "));
}

void
log_postfix_deliver(struct mail_event *out, struct str s, enum log_postfix_daemon by)
{
	if (!address_take(&out->recipient, &s))
		return;
	if (log_cut_lit(&s, STR("orig_to=")) && !address_take(&out->orig_to, &s))
		return;
	while (s.n > 0) {	/* none of these values holds ", " */
		struct str rest = s, value;

		if (log_cut_lit(&rest, STR("status="))) {
			status_set(out, rest, by);
			return;
		}
		value = log_postfix_value(&s);
		if (log_cut_lit(&value, STR("relay=")))
			relay_set(out, value, &by);
		else if (log_cut_lit(&value, STR("dsn=")))
			out->dsn = value;
	}
}
