/* How Sendmail writes (doc/op/op.me 2.1; sendmail/headers.c logsender(),
 * deliver.c logdelivery(), savemail.c, srvrsmtp.c, parseaddr.c rscheck(),
 * conf.c sm_syslog() of 8.8 to 8.18):
 *
 * 1. "ID: text", "NOQUEUE: text" or text alone; a long entry is cut in pieces
 *    "ID[1]: ... ...", of which only the first has its head.
 * 2. from=sender, size=, class=, [pri=,] nrcpts=, [msgid=,] [bodytype=,]
 *    [proto=,] [daemon=,] relay=who.  The sender is cut after 200 octets, so a
 *    quote in it may have no end.  The class of bulk mail is below 0.  The
 *    Message-Id may hold anything, but no value behind it has a comma: they are
 *    taken from the right, each once.  Local builds write some more of them.
 * 3. to=one,two, [ctladdr=who (uid/gid),] delay=, [xdelay=,] [mailer=,] [pri=,]
 *    [relay=host [address],] [dsn=,] [reply=,] stat=text; pri= since 8.10.
 *    Reply and stat may hold the next hop's words; with a reply= it was no
 *    success.  Addresses stand as they were given: a client's in <>, an alias's
 *    without, and sendmail -t's as the header has them.
 * 4. "ID: NEWID: DSN: why" (return to sender, sender notify, postmaster
 *    notify), and where an alias with an owner-alias becomes many recipients
 *    "ID: NEWID: clone: owner=alice", before 8.12 "NEWID: clone ID, owner=alice".
 * 5. ruleset=check_x, arg1=what, [arg2=,] relay=who, reject=reply.  What is
 *    refused behind DATA (by a milter, by a ruleset of a header) has its from=
 *    before, and then a to= without a mailer for each recipient.
 * 6. A login is a line of its own, without id: AUTH=server, relay=who,
 *    authid=account, mech=.  It is joined by the process.
 * 7. Of a transaction that came to nothing a from= stands too: with nrcpts=0,
 *    or without size and Message-Id. */
#include "wire/log_sendmail.h"

#include "wire/log_cut.h"
#include "wire/log_sendmail_part.h"
#include "wire/mail_reply.h"

enum { SENDER_MAX = 200 };	/* "%.200s" in logsender() */

/* Takes ", key=value" off the right end, when it is the last with a comma. */
static struct str
take_last(struct str *s, struct str key)
{
	struct str v = { s->p, 0 };
	size_t i = s->n;

	while (i > 0 && s->p[i - 1] != ',')
		i--;
	if (i == 0)
		return v;
	v = log_cut_off(*s, i - 1);
	if (!log_cut_lit(&v, key))
		return (struct str){ s->p, 0 };
	s->n = i - 1;
	return v;
}

/* "host [address]", "ident@host [address] (may be forged)", "[address]", or
 * user@localhost of the sendmail program; "[RESPONSE]" is the server itself. */
void
log_sendmail_client(struct mail_event *e, struct str who)
{
	struct str name = { who.p, 0 }, at;
	uint16_t port = 0;

	if (str_eq(who, STR("[RESPONSE]"))) {
		e->flags |= MAIL_IS_BOUNCE;
		return;
	}
	if (who.n > 0 && who.p[0] != '[')
		name = log_cut_word(&who);
	log_cut_blanks(&who);
	at = name;
	if (str_find(at, '@') >= 0)
		log_cut_to(&at, '@');
	if (log_cut_addr(&e->client, &port, &who)) {
		e->has_client = true;
		e->client_name = at;
		if (log_cut_begins(who, STR(" (may be forged)")))
			e->client_name.n = 0;
	} else if (str_eq(at, STR("localhost"))) {
		e->user = log_cut_to(&name, '@');
		if (e->user.p + e->user.n == at.p + at.n)	/* no @ */
			e->user.n = 0;
	}
}

/* One octet, or a quoted string or comment with its end. */
static void
skip_one(struct str *s)
{
	struct str rest = *s;

	if (rest.p[0] == '"')
		log_cut_quoted(&rest);
	else if (rest.p[0] == '(')
		log_cut_to(&rest, ')');
	*s = rest.n > 0 && rest.n < s->n ? rest : log_cut_off(*s, 1);
}

/* The sender as the client gave it, with or without <>, cut or not. */
static struct str
take_sender(struct str *s)
{
	size_t n = s->n < SENDER_MAX ? s->n : SENDER_MAX;
	struct str all = *s, head = { s->p, n }, left = head, v = head;

	if (head.n > 0 && head.p[0] == '<') {
		v = log_cut_path(&left);
	} else {
		while (left.n > 0 && !log_cut_begins(left, STR(", size=")))
			skip_one(&left);
		v.n -= left.n;
	}
	*s = log_cut_off(all, head.n - left.n);
	if (log_cut_begins(*s, STR(", size=")))
		return v;
	*s = log_cut_off(all, head.n);
	log_cut_lit(&head, STR("<"));
	return head;
}

static uint64_t
take_number(struct str *s, struct str key)
{
	struct str v;
	uint64_t n = 0;

	if (!log_cut_lit(s, key))
		return 0;
	log_cut_lit(s, STR("-"));	/* class=-60 */
	v = (struct str){ s->p, 0 };
	while (v.n < s->n && ascii_digit(s->p[v.n]))
		v.n++;
	*s = log_cut_off(*s, v.n);
	return str_u64(&n, v, UINT64_MAX) == 0 ? n : 0;
}

/* ", msgid=<...>", or what the client thought is one. */
static void
read_msgid(struct mail_event *e, struct str s)
{
	if (!log_cut_lit(&s, STR(", msgid=")))
		return;
	e->message_id = s;
	if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		e->message_id = (struct str){ s.p + 1, s.n - 2 };
}

/* Rule 7. */
static bool
came_to_something(const struct mail_event *e, struct str s)
{
	return e->n_rcpt > 0 && (e->size > 0 || log_cut_begins(s, STR(", msgid=")));
}

/* Rule 2: what stands behind the Message-Id, in whatever order. */
static const struct str ends[] = {
	{ ", relay=", 8 }, { ", auth=", 7 }, { ", cipher=", 9 }, { ", tls_version=", 14 },
	{ ", tls_verify=", 13 }, { ", mech=", 7 }, { ", daemon=", 9 }, { ", proto=", 8 },
	{ ", bodytype=", 11 },
};

enum { RELAY = 0, DAEMON = 6, PROTO = 7, ENDS = sizeof(ends) / sizeof(ends[0]) };

/* One of them off the right end; false: none, or one that was there. */
static bool
take_end(struct str value[ENDS], unsigned *had, struct str *s)
{
	size_t at = s->n;
	struct str v;

	while (at > 0 && s->p[at - 1] != ',')
		at--;
	if (at == 0)
		return false;
	v = log_cut_off(*s, at - 1);
	for (unsigned i = 0; i < ENDS; i++) {
		if ((*had & 1U << i) != 0 || !log_cut_lit(&v, ends[i]))
			continue;
		*had |= 1U << i;
		value[i] = v;
		s->n = at - 1;
		return true;
	}
	return false;
}

static void
read_from(struct mail_event *e, struct str s, const struct syslog_line *line)
{
	bool brackets = s.n > 0 && s.p[0] == '<';
	struct str end[ENDS] = { { NULL, 0 } }, protocol;
	unsigned had = 0;
	uint64_t n;

	e->sender = take_sender(&s);
	e->has_sender = true;
	while (take_end(end, &had, &s))
		;
	log_sendmail_client(e, end[RELAY]);
	e->service = end[DAEMON];
	protocol = end[PROTO];
	e->size = take_number(&s, STR(", size="));
	take_number(&s, STR(", class="));
	take_number(&s, STR(", pri="));
	n = take_number(&s, STR(", nrcpts="));
	e->n_rcpt = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
	e->kind = came_to_something(e, s) ? MAIL_ARRIVES : MAIL_NOTHING;
	e->flags |= brackets && protocol.n > 0 ? MAIL_ALIASED : 0;
	read_msgid(e, s);
	if (str_eq(protocol, STR("ESMTPA")) || str_eq(protocol, STR("ESMTPSA"))) {
		e->session = line->pid_text;
		e->flags |= MAIL_LOGGED_IN;
	}
	if (str_eq(protocol, STR("ESMTPS")) || str_eq(protocol, STR("ESMTPSA")))
		e->flags |= MAIL_TLS;
}

/* AUTH=server, relay=who, authid=account, mech=PLAIN, bits=0 */
static void
read_auth(struct mail_event *e, struct str s, const struct syslog_line *line)
{
	struct str who;

	if (!log_cut_lit(&s, STR(", relay=")))
		return;
	who = s;
	while (s.n > 0 && !log_cut_begins(s, STR(", authid=")))
		s = log_cut_off(s, 1);
	who.n -= s.n;
	if (!log_cut_lit(&s, STR(", authid=")))
		return;
	log_sendmail_client(e, who);
	e->account = s;
	while (s.n > 0 && !log_cut_begins(s, STR(", mech=")))
		s = log_cut_off(s, 1);
	e->account.n -= s.n;
	log_cut_lit(&s, STR(", mech="));
	e->auth_method = log_cut_to(&s, ',');
	e->kind = MAIL_SESSION;
	e->session = line->pid_text;
}

/* AUTH failure (LOGIN): text[, user=account], relay=who */
static void
read_auth_failed(struct mail_event *e, struct str s)
{
	e->kind = MAIL_LOGIN_FAILS;
	e->auth_method = log_cut_to(&s, ')');
	log_cut_lit(&s, STR(": "));
	e->reply = s;
	log_sendmail_client(e, take_last(&s, STR(", relay=")));
	while (s.n > 0 && !log_cut_begins(s, STR(", user=")))
		s = log_cut_off(s, 1);
	if (log_cut_lit(&s, STR(", user=")))
		e->account = s;
}

/* "550 5.7.1 <a@example.org>... Relaying denied": what we said. */
static void
read_refusal(struct mail_event *e, struct str reply)
{
	struct str s = reply;
	uint32_t code;

	e->kind = MAIL_REFUSES;
	e->reply = reply;
	e->dsn = mail_reply_dsn(reply);
	if (log_cut_u32(&code, &s))
		log_cut_blanks(&s);
	if (e->dsn.n > 0)
		s = log_cut_off(s, (size_t)(e->dsn.p + e->dsn.n - s.p));
	log_cut_blanks(&s);
	if (s.n > 0 && s.p[0] == '<') {
		log_cut_path(&s);
		log_cut_lit(&s, STR("... "));
	}
	if (str_istarts(s, STR("Relaying denied")) || str_istarts(s, STR("we do not relay")) ||
	    str_istarts(s, STR("Relaying temporarily denied")))
		e->flags |= MAIL_RELAY_DENIED;
}

/* Rulesets that judge the next hop while a message goes out. */
static bool
is_outgoing(struct str set)
{
	return str_eq(set, STR("tls_rcpt")) || str_eq(set, STR("tls_server")) ||
	    str_eq(set, STR("try_tls"));
}

/* Rulesets that judge a whole message: behind DATA, and those of headers, which
 * have any name. */
static bool
is_of_message(struct str set)
{
	if (!log_cut_begins(set, STR("check_")))
		return set.n > 0 && !log_cut_begins(set, STR("tls_")) &&
		    !str_eq(set, STR("trust_auth")) && !str_eq(set, STR("srv_features"));
	return str_eq(set, STR("check_data")) || str_eq(set, STR("check_eoh")) ||
	    str_eq(set, STR("check_eom"));
}

/* ruleset=check_rcpt, arg1=<a@example.org>, relay=who, reject=reply */
static void
read_ruleset(struct mail_event *e, struct str s)
{
	struct str set = log_cut_to(&s, ','), arg, who;

	if (is_outgoing(set) || !log_cut_lit(&s, STR(" arg1=")))
		return;
	arg = s;
	if (s.n > 0 && s.p[0] == '<')
		arg = log_cut_path(&s);
	while (s.n > 0 && !log_cut_begins(s, STR(", relay=")) &&
	    !log_cut_begins(s, STR(", reject=")))
		s = log_cut_off(s, 1);
	if (arg.p + arg.n == s.p + s.n)
		arg.n -= s.n;
	if (str_eq(set, STR("check_rcpt"))) {
		e->recipient = arg;
	} else if (str_eq(set, STR("check_mail"))) {
		e->sender = arg;
		e->has_sender = true;
	}
	if (log_cut_lit(&s, STR(", relay="))) {
		who = s;
		while (s.n > 0 && !log_cut_begins(s, STR(", reject=")) &&
		    !log_cut_begins(s, STR(", quarantine=")) &&
		    !log_cut_begins(s, STR(", discard")))
			s = log_cut_off(s, 1);
		who.n -= s.n;
		log_sendmail_client(e, who);
	}
	if (!log_cut_lit(&s, STR(", reject=")))
		return;
	e->flags |= MAIL_BY_FILTER | (is_of_message(set) ? MAIL_ALL_RCPTS : 0);
	read_refusal(e, s);
	if (e->flags & MAIL_RELAY_DENIED)
		e->flags &= ~(unsigned)MAIL_BY_FILTER;
}

/* Milter: data, reject=550 5.7.1 no; Milter: to=<x>, reject=...; discard */
static void
read_milter(struct mail_event *e, struct str s)
{
	bool whole = log_cut_begins(s, STR("data,")) || log_cut_begins(s, STR("eoh,")) ||
	    log_cut_begins(s, STR("header,")) || log_cut_begins(s, STR("body,"));

	if (log_cut_lit(&s, STR("from="))) {
		e->has_sender = true;
		e->sender = log_cut_path(&s);
	}
	if (log_cut_lit(&s, STR("to=")))
		e->recipient = log_cut_address(&s);
	while (s.n > 0 && s.p[0] != ',')
		s = log_cut_off(s, 1);
	if (log_cut_lit(&s, STR(", reject="))) {
		e->flags |= MAIL_BY_FILTER | (whole ? MAIL_ALL_RCPTS : 0);
		read_refusal(e, s);
	} else if (log_cut_begins(s, STR(", discard"))) {
		e->kind = MAIL_DELIVERS;
		e->status = MAIL_DISCARDED;
		e->flags |= MAIL_BY_FILTER;
		e->flags |= e->recipient.n == 0 ? MAIL_ALL_RCPTS : 0;
	}
}

static size_t
id_len(struct str s)
{
	size_t i = 0;

	while (i < s.n && i < 32 && ascii_alnum(s.p[i]))
		i++;
	return i < 7 ? 0 : i;
}

/* NEWID: DSN: why (rule 4) */
static bool
read_begets(struct mail_event *e, struct str s)
{
	static const struct {
		struct str	word;
		bool		notice;
	} words[] = {
		{ { "DSN: ", 5 }, true }, { { "return to sender: ", 18 }, true },
		{ { "sender notify: ", 15 }, true }, { { "postmaster notify: ", 19 }, true },
		{ { "clone: owner=", 13 }, false },
	};
	struct str child = { s.p, id_len(s) };

	s = log_cut_off(s, child.n);
	if (child.n == 0 || !log_cut_lit(&s, STR(": ")))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!log_cut_lit(&s, words[i].word))
			continue;
		e->kind = MAIL_BEGETS;
		e->child = child;
		e->flags |= words[i].notice ? MAIL_IS_BOUNCE : 0;
		if (words[i].notice)
			e->reply = s;
		else
			e->orig_to = s;	/* the list's owner */
		if (log_cut_begins(s, STR("Cannot send message for ")))
			e->flags |= MAIL_RETRY_OVER;
		return true;
	}
	return false;
}

/* NEWID: clone ID, owner=alice; before 8.12 */
static void
read_clone(struct mail_event *e, struct str s)
{
	struct str of = { s.p, id_len(s) };

	s = log_cut_off(s, of.n);
	if (of.n == 0 || e->id.n == 0 || !log_cut_lit(&s, STR(", owner=")))
		return;
	e->kind = MAIL_BEGETS;
	e->child = e->id;
	e->id = of;
	e->orig_to = s;
}

/* <a@example.org>... User unknown: said to the client */
static void
read_said(struct mail_event *e, struct str s)
{
	e->recipient = log_cut_path(&s);
	if (!log_cut_lit(&s, STR("... ")))
		return;
	e->kind = MAIL_REFUSES;
	e->reply = s;
}

static void
read_text(struct mail_event *e, struct str s, const struct syslog_line *line)
{
	if (log_cut_lit(&s, STR("from=")))
		read_from(e, s, line);
	else if (log_cut_lit(&s, STR("to=")))
		log_sendmail_to(e, s);
	else if (log_cut_lit(&s, STR("ruleset=")))
		read_ruleset(e, s);
	else if (log_cut_lit(&s, STR("AUTH=server")))
		read_auth(e, s, line);
	else if (log_cut_lit(&s, STR("AUTH failure (")))
		read_auth_failed(e, s);
	else if (log_cut_lit(&s, STR("Milter: ")))
		read_milter(e, s);
	else if (log_cut_begins(s, STR("done; delay=")))
		e->kind = MAIL_ENDS;
	else if (str_eq(s, STR("discarded"))) {
		e->kind = MAIL_DELIVERS;
		e->status = MAIL_DISCARDED;
		e->flags |= MAIL_ALL_RCPTS;
	} else if (log_cut_begins(s, STR("starting daemon (")))
		e->kind = MAIL_STARTS;
	else if (log_cut_lit(&s, STR("clone ")))
		read_clone(e, s);
	else if (s.n > 0 && s.p[0] == '<')
		read_said(e, s);
	else
		read_begets(e, s);
}

/* "[1]": the number of the piece; 1 when there is none. */
static uint32_t
skip_piece(struct str *s)
{
	struct str rest = *s;
	uint32_t piece;

	if (!log_cut_lit(&rest, STR("[")) || !log_cut_u32(&piece, &rest) ||
	    !log_cut_lit(&rest, STR("]")))
		return 1;
	*s = rest;
	return piece;
}

/* Tags that Debian, FreeBSD and the sendmail.cf's -L give. */
static bool
is_ours(struct str program)
{
	return log_cut_begins(program, STR("sendmail")) || log_cut_begins(program, STR("sm-"));
}

/* -L gives any tag: then it is known by an id of 8.12 and later, eight
 * characters of time and at least six digits of the process, and by the first
 * field behind it. */
static bool
is_like_ours(struct str s)
{
	enum { TIME = 8, ID_LEAST = 14, ID_MOST = 16 };
	size_t n = id_len(s);

	if (log_cut_begins(s, STR("AUTH=server, relay=")))
		return true;
	if (n < ID_LEAST || n > ID_MOST)
		return false;
	for (size_t i = TIME; i < n; i++)
		if (!ascii_digit(s.p[i]))
			return false;
	s = log_cut_off(s, n);
	return log_cut_begins(s, STR(": from=")) || log_cut_begins(s, STR(": to=")) ||
	    log_cut_begins(s, STR(": ruleset="));
}

int
log_sendmail_read(struct mail_event *out, const struct syslog_line *line)
{
	struct str s = line->text, id = { s.p, id_len(s) };

	log_cut_zero(out, sizeof(*out));
	out->mta = MAIL_SENDMAIL;
	if (!is_ours(line->program) &&
	    (str_find(line->program, '/') >= 0 || !is_like_ours(s)))
		return MAIL_OTHER;
	s = log_cut_off(s, id.n);
	if (id.n > 0 && skip_piece(&s) != 1)
		return 0;
	if (id.n == 0 || !log_cut_lit(&s, STR(": "))) {
		read_text(out, line->text, line);
		return 0;
	}
	if (!str_eq(id, STR("NOQUEUE")))
		out->id = id;
	read_text(out, s, line);
	return 0;
}
