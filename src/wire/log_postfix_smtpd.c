/* What smtpd(8), postscreen(8) and cleanup(8) say of clients: who is let in,
 * who is refused.  Sources: smtpd(8), postscreen(8), access(5), header_checks(5),
 * MILTER_README, SMTPD_PROXY_README, XFORWARD_README, and their log calls. */
#include "wire/log_postfix_body.h"
#include "wire/mail_reply.h"

static void
client_set(struct mail_event *out, const struct log_postfix_host *h)
{
	out->has_client = h->has_addr;
	out->client = h->addr;
	if (!str_eq(h->name, STR("unknown")))
		out->client_name = h->name;
}

enum field { METHOD, USERNAME, SENDER, ORIG_ID, ORIG_CLIENT };

/* In the order in which smtpd writes them. */
static const struct {
	struct str	word;
	enum field	field;
} fields[] = {
	{ STR("sasl_method="), METHOD },
	{ STR("sasl_username="), USERNAME },
	{ STR("sasl_sender="), SENDER },
	{ STR("orig_queue_id="), ORIG_ID },
	{ STR("orig_client="), ORIG_CLIENT },
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

/* Which field s begins with, none before the one last seen: an account may be
 * named like one.  -1: none. */
static int
field_at(struct str s, int last)
{
	for (int i = last + 1; i < FIELDS; i++)
		if (s.n >= fields[i].word.n && memcmp(s.p, fields[i].word.p, fields[i].word.n) == 0)
			return i;
	return -1;
}

/* Up to the ", " that a field follows, or the end. */
static struct str
field_value(struct str *s, int last)
{
	struct str out = *s, rest = *s;

	while (rest.n > 0) {
		(void)log_postfix_value(&rest);
		if (rest.n > 0 && field_at(rest, last) >= 0) {
			out.n = (size_t)(rest.p - 2 - out.p);
			break;
		}
	}
	*s = rest;
	return out;
}

static void
field_set(struct mail_event *out, enum field f, struct str value)
{
	struct log_postfix_host h;

	switch (f) {
	case METHOD:
		out->auth_method = value;
		break;
	case USERNAME:
		out->account = value;
		break;
	case SENDER:	/* MAIL FROM's AUTH=: what the client says of others */
		break;
	case ORIG_ID:
		out->orig_id = value;
		break;
	case ORIG_CLIENT:
		if (log_postfix_host_take(&h, &value)) {
			out->has_orig_client = h.has_addr;
			out->orig_client = h.addr;
		}
		break;
	}
}

void
log_postfix_client(struct mail_event *out, struct str s)
{
	struct log_postfix_host h;
	int last = -1, at;

	if (!log_postfix_host_take(&h, &s))
		return;
	client_set(out, &h);
	if (log_cut_lit(&s, STR(", "))) {
		while ((at = field_at(s, last)) >= 0) {
			s = log_cut_off(s, fields[at].word.n);
			last = at;
			field_set(out, fields[at].field, field_value(&s, last));
		}
	}
	/* without an id: handed on to a filter that answers for it */
	out->kind = out->id.n > 0 ? MAIL_ARRIVES : MAIL_SESSION;
}

/* Is ";" at s.p the one behind the reply, before what is known of the
 * envelope? */
static bool
evidence_at(struct str s)
{
	return log_cut_begins(s, STR("; from=<")) || log_cut_begins(s, STR("; to=<")) || log_cut_begins(s, STR("; proto=")) ||
	    log_cut_begins(s, STR("; helo=<")) || s.n == 1;
}

/* Does s go on as smtpd does behind the address in its reply? */
static bool
reason_follows(struct str s)
{
	static const struct str reasons[] = {
		STR("Relay access denied"), STR("Recipient address "), STR("Sender address "), STR("Client host "),
		STR("Helo command "), STR("End-of-data "), STR("Data command "), STR("Unverified Client host "),
		STR("ETRN "),
	};

	if (!log_cut_lit(&s, STR(": ")))
		return false;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (log_cut_begins(s, reasons[i]))
			return true;
	return false;
}

/* Where the reply s to somebody who would relay ends, if its address does not
 * read as one: it stands there as it came, without quotes, and may hold what
 * looks like all that follows.  0: nowhere. */
static size_t
denied_end(struct str s)
{
	static const struct str words = { ">: Relay access denied;", 23 };
	ptrdiff_t at = str_search(s, words);

	return at < 0 ? 0 : (size_t)at + words.n - 1;
}

/* The reply off *s; *s goes on with " from=<", or is empty.  "NNN X.Y.Z <text
 * of the client>: " comes first and is not searched. */
static struct str
reply_take(struct str *s)
{
	struct str rest = *s, out = *s, address;
	const char *semi;

	for (int i = 0; i < 2 && rest.n > 0 && ascii_digit(rest.p[0]); i++)
		(void)str_cut(&rest, ' ');
	if (log_postfix_angle(&address, &rest) && !reason_follows(rest) && (out.n = denied_end(*s)) > 0) {
		*s = log_cut_off(*s, out.n + 1);
		return out;
	}
	out.n = s->n;
	while (rest.n > 0 && (semi = memchr(rest.p, ';', rest.n)) != NULL) {
		rest = log_cut_off(rest, (size_t)(semi - rest.p));
		if (evidence_at(rest)) {
			out.n = (size_t)(semi - out.p);
			*s = log_cut_off(rest, 1);
			return out;
		}
		rest = log_cut_off(rest, 1);
	}
	*s = (struct str){ s->p + s->n, 0 };
	return out;
}

/* " from=<> to=<> proto=ESMTP helo=<> sasl_method= sasl_username=": postscreen
 * has commas between. */
static void
evidence_take(struct mail_event *out, struct str s)
{
	if (log_cut_lit(&s, STR(" from=")))
		out->has_sender = log_postfix_angle(&out->sender, &s);
	(void)log_cut_lit(&s, STR(","));
	if (log_cut_lit(&s, STR(" to=")))
		(void)log_postfix_angle(&out->recipient, &s);
	(void)log_cut_lit(&s, STR(","));
	if (log_cut_lit(&s, STR(" proto=")))
		while (s.n > 0 && s.p[0] != ' ' && s.p[0] != ',')
			s = log_cut_off(s, 1);
	(void)log_cut_lit(&s, STR(","));
	if (log_cut_lit(&s, STR(" helo=")))
		(void)log_postfix_angle(&out->helo, &s);
	if (log_cut_lit(&s, STR(" sasl_method=")))
		out->auth_method = str_cut(&s, ' ');
	else
		(void)log_cut_lit(&s, STR(" "));
	/* sasl_username= stands also where the login failed: forensics.md 4.12 */
}

/* What smtpd's own words, which end the reply, say. */
static unsigned
reply_flags(struct str reply)
{
	if (log_cut_ends(reply, STR(": Relay access denied")))
		return MAIL_RELAY_DENIED;
	return log_cut_ends(reply, STR(" rejected: Access denied")) ? MAIL_BY_FILTER : 0;
}

/* After DATA what is refused is the message, not one recipient. */
static bool
whole_message(struct str where)
{
	return str_eq(where, STR("END-OF-MESSAGE")) || str_eq(where, STR("DATA")) ||
	    str_eq(where, STR("BDAT")) || str_eq(where, STR("DATA content")) ||
	    str_eq(where, STR("BDAT content"));
}

/* "RCPT from host[192.0.2.1]: text; from=<...> ..." */
static void
refusal_take(struct mail_event *out, struct str s)
{
	struct str from = s, where;
	struct log_postfix_host h;

	while (from.n > 0 && !log_cut_begins(from, STR(" from "))) {	/* "RCPT", "DATA content" */
		if (from.p[0] == '<' || (size_t)(from.p - s.p) > 32)
			return;
		from = log_cut_off(from, 1);
	}
	where = (struct str){ s.p, (size_t)(from.p - s.p) };
	if (!log_cut_lit(&from, STR(" from ")) || !log_postfix_host_take(&h, &from) || !log_cut_lit(&from, STR(": ")))
		return;
	client_set(out, &h);
	out->reply = reply_take(&from);
	out->dsn = mail_reply_dsn(out->reply);
	out->flags |= reply_flags(out->reply);
	if (whole_message(where))
		out->flags |= MAIL_ALL_RCPTS;
	evidence_take(out, from);
	out->kind = MAIL_REFUSES;
}

/* cleanup quotes the letter ("header Subject: ..."), so that nothing behind
 * is to be believed; client and envelope are known by the id. */
static bool
quotes_letter(struct str s)
{
	return log_cut_begins(s, STR("header ")) || log_cut_begins(s, STR("body ")) || log_cut_begins(s, STR("content ")) ||
	    log_cut_begins(s, STR("mime-error "));
}

void
log_postfix_reject(struct mail_event *out, struct str s)
{
	if (quotes_letter(s)) {
		out->kind = MAIL_REFUSES;
		out->flags |= MAIL_BY_FILTER | MAIL_ALL_RCPTS;
		return;
	}
	refusal_take(out, s);
}

/* Held or discarded: the message if it has an id, else this recipient at the
 * door, which is as good as refused. */
static void
filtered(struct mail_event *out, struct str s, enum mail_status status)
{
	out->flags |= MAIL_BY_FILTER;
	if (out->id.n > 0) {
		out->kind = MAIL_DELIVERS;
		out->status = status;
		out->flags |= MAIL_ALL_RCPTS;
	} else if (status == MAIL_DISCARDED) {
		refusal_take(out, s);
		out->status = status;
	}
}

void
log_postfix_hold(struct mail_event *out, struct str s)
{
	filtered(out, s, MAIL_HELD);
}

void
log_postfix_discard(struct mail_event *out, struct str s)
{
	filtered(out, s, MAIL_DISCARDED);
}

void
log_postfix_milter(struct mail_event *out, struct str s)
{
	(void)(log_cut_lit(&s, STR("header-")) || log_cut_lit(&s, STR("body-")));	/* milter_header_checks */
	if (log_cut_lit(&s, STR("reject: "))) {
		out->flags |= MAIL_BY_FILTER;
		if (quotes_letter(s))
			log_postfix_reject(out, s);
		else
			refusal_take(out, s);
	} else if (log_cut_lit(&s, STR("hold: "))) {
		filtered(out, s, MAIL_HELD);
	} else if (log_cut_lit(&s, STR("discard: "))) {
		filtered(out, s, MAIL_DISCARDED);
	}
}

/* "accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as ID; from=<...> ..." of a
 * filter before the queue; the client is in the session's line. */
void
log_postfix_proxy(struct mail_event *out, struct str s)
{
	bool accept = log_cut_lit(&s, STR("accept: "));
	struct str reply;

	if (!accept && !log_cut_lit(&s, STR("reject: ")))
		return;
	if (!log_cut_lit(&s, STR("END-OF-MESSAGE: ")))
		return;
	out->reply = reply = reply_take(&s);
	out->dsn = mail_reply_dsn(reply);
	evidence_take(out, s);
	out->child = mail_reply_queued_as(reply);
	if (!accept) {
		out->kind = MAIL_REFUSES;
		out->flags |= MAIL_BY_FILTER | MAIL_ALL_RCPTS;
		out->child.n = 0;
	} else if (out->child.n > 0) {
		out->kind = MAIL_BEGETS;
	}
}

/* "host[192.0.2.1]: SASL LOGIN authentication failed: reason, sasl_username=joe" */
void
log_postfix_warning(struct mail_event *out, struct str s)
{
	struct log_postfix_host h;
	struct str user;

	/* a blank in the name: another warning, which quotes a client's command */
	if (!log_postfix_host_take(&h, &s) || str_find(h.name, ' ') >= 0 || !log_cut_lit(&s, STR(": SASL ")))
		return;
	out->auth_method = str_cut(&s, ' ');
	if (!log_cut_lit(&s, STR("authentication failed")))
		return;
	client_set(out, &h);
	out->kind = MAIL_LOGIN_FAILS;
	while (s.n > 0) {
		(void)log_postfix_value(&s);
		if (log_cut_begins(s, STR("sasl_username="))) {
			user = (struct str){ s.p + 14, s.n - 14 };
			if (!str_eq(user, STR("(unavailable)")))
				out->account = user;
			return;
		}
	}
}
