/* How OpenSMTPD writes (smtp_session.c, mta.c, mda.c, queue.c, to.c of its
 * portable releases):
 *
 * 1. 5.3 and 5.4 wrote sentences: "smtp-in: New session S from host N [A]", "smtp-in:
 *    Accepted message M on session S: from=<>, to=<>, size=...", "relay: Ok for
 *    E: session=S, from=<>...".  5.7 to 6.0 "S smtp event=message address=A
 *    host=N msgid=M from=<> to=<> size= ndest= proto=", 6.4 the same without
 *    event=, 6.6 to 7 "S smtp message msgid=M size= nrcpt= proto=" and a line
 *    "S smtp envelope evpid=E from=<> to=<>" a recipient.
 * 2. A session S and an envelope E are 16 hexadecimal digits; the first eight
 *    of E are the message M.
 * 3. Before 6.6 a message has one arrival line a recipient.
 * 4. user= of an authentication is the client's word, and what is behind it
 *    the server's: it is taken from the right.  stat= and result= are quoted
 *    but not escaped, and the last of their line.
 * 5. Mail of this host's own programs comes by the socket: address=local. */
#include "wire/log_opensmtpd.h"

#include "wire/log_cut.h"
#include "wire/mail_reply.h"

enum { ENVELOPE = 16, MESSAGE = 8 };

static bool
take_hex(struct str *id, struct str *s, size_t n)
{
	if (s->n < n || (s->n > n && ascii_alnum(s->p[n])))
		return false;
	for (size_t i = 0; i < n; i++) {	/* "%016x": no capitals */
		char c = s->p[i];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return false;
	}
	*id = (struct str){ s->p, n };
	*s = log_cut_off(*s, n);
	return true;
}

/* Rule 2. */
static bool
take_envelope(struct mail_event *e, struct str *s)
{
	if (!take_hex(&e->id, s, ENVELOPE))
		return false;
	e->id.n = MESSAGE;
	return true;
}

/* 192.0.2.7, [2001:db8::7], IPv6:2001:db8::7, local */
static bool
read_addr(struct addr *out, struct str v)
{
	if (v.n >= 2 && v.p[0] == '[' && v.p[v.n - 1] == ']')
		v = (struct str){ v.p + 1, v.n - 2 };
	if (log_cut_begins(v, STR("IPv6:")))
		v = log_cut_off(v, 5);
	return v.n < ADDR_TEXT && addr_parse(out, v) == 0;
}

static void
read_client(struct mail_event *e, struct str address, struct str host)
{
	e->has_client = read_addr(&e->client, address);
	if (!e->has_client && str_eq(address, STR("local")))
		e->user = address;
	else if (e->has_client && !str_eq(host, STR("<unknown>")))
		e->client_name = host;
}

/* "key=" and a word of the server's; "" when it does not stand here. */
static struct str
take(struct str *s, struct str key)
{
	struct str v = { s->p, 0 };

	log_cut_blanks(s);
	if (!log_cut_lit(s, key))
		return v;
	v = log_cut_word(s);
	if (v.n > 0 && v.p[v.n - 1] == ',')	/* 5.4 */
		v.n--;
	return v;
}

/* "key=<address>" or "key=<address>,"; false when it does not stand here. */
static bool
take_path(struct str *out, struct str *s, struct str key)
{
	log_cut_blanks(s);
	if (!log_cut_lit(s, key) || s->n == 0 || s->p[0] != '<')
		return false;
	*out = log_cut_path(s);
	log_cut_lit(s, STR(","));
	return true;
}

static void
take_sender(struct mail_event *e, struct str *s)
{
	e->has_sender = take_path(&e->sender, s, STR("from="));
	if (str_eq(e->sender, STR("@")))	/* queue_log() of none */
		e->sender.n = 0;
	if (e->has_sender && e->sender.n == 0 && e->kind != MAIL_DELIVERS)
		e->flags |= e->user.n > 0 ? MAIL_IS_BOUNCE : 0;
}

static uint32_t
number(struct str v)
{
	uint64_t n = 0;

	return str_u64(&n, v, UINT32_MAX) == 0 ? (uint32_t)n : 0;
}

/* [address=A host=N ]msgid=M [from=<> to=<> ]size=n nrcpt=n proto= */
static void
smtp_message(struct mail_event *e, struct str s)
{
	struct str address = take(&s, STR("address="));
	struct str host = take(&s, STR("host="));
	struct str n;

	read_client(e, address, host);
	log_cut_blanks(&s);
	if (!log_cut_lit(&s, STR("msgid=")) || !take_hex(&e->id, &s, MESSAGE))
		return;
	e->kind = MAIL_ARRIVES;
	take_sender(e, &s);
	take_path(&e->recipient, &s, STR("to="));
	e->size = number(take(&s, STR("size=")));
	n = take(&s, STR("nrcpt="));
	e->n_rcpt = number(n.n > 0 ? n : take(&s, STR("ndest=")));
}

/* evpid=E from=<> to=<> */
static void
smtp_envelope(struct mail_event *e, struct str s)
{
	log_cut_blanks(&s);
	if (!log_cut_lit(&s, STR("evpid=")) || !take_envelope(e, &s))
		return;
	e->kind = MAIL_ENVELOPE;
	take_sender(e, &s);
	take_path(&e->recipient, &s, STR("to="));
}

static void
smtp_connected(struct mail_event *e, struct str s)
{
	struct str address = take(&s, STR("address="));

	read_client(e, address, take(&s, STR("host=")));
	e->kind = MAIL_SESSION;
}

/* Takes the last word off the right end when it begins with key (rule 4). */
static struct str
take_last(struct str *s, struct str key)
{
	size_t i = s->n;
	struct str v;

	while (i > 0 && s->p[i - 1] != ' ')
		i--;
	v = log_cut_off(*s, i);
	if (i == 0 || !log_cut_lit(&v, key))
		return (struct str){ s->p, 0 };
	s->n = i - 1;
	return v;
}

/* user=account [address=A host=N ]result=ok */
static void
smtp_authentication(struct mail_event *e, struct str s)
{
	struct str result = take_last(&s, STR("result="));

	take_last(&s, STR("host="));
	take_last(&s, STR("address="));
	log_cut_blanks(&s);
	if (!log_cut_lit(&s, STR("user=")))
		return;
	if (str_eq(result, STR("ok")))
		e->kind = MAIL_SESSION;
	else if (str_eq(result, STR("permfail")))
		e->kind = MAIL_LOGIN_FAILS;
	else
		return;
	e->account = s;
}

/* RCPT TO:<x> and what we said; "" is the connection itself.  Logins have
 * their own line. */
static void
read_command(struct mail_event *e, struct str command, struct str result)
{
	if (str_istarts(command, STR("RCPT TO:"))) {
		command = log_cut_off(command, 8);
		log_cut_blanks(&command);
		e->recipient = log_cut_path(&command);
	} else if (str_istarts(command, STR("MAIL FROM:"))) {
		command = log_cut_off(command, 10);
		log_cut_blanks(&command);
		e->has_sender = true;
		e->sender = log_cut_path(&command);
	} else if (command.n == 0 || str_istarts(command, STR("DATA")) ||
	    str_eq(command, STR("."))) {
		e->flags |= MAIL_BY_FILTER;
	} else {
		return;
	}
	e->kind = MAIL_REFUSES;
	e->reply = result;
	e->dsn = mail_reply_dsn(result);
}

/* Splits at the last place of mark: what is behind it is the server's. */
static bool
split_last(struct str *before, struct str *behind, struct str s, struct str mark)
{
	for (size_t i = s.n; i >= mark.n; i--) {
		if (memcmp(s.p + i - mark.n, mark.p, mark.n) != 0)
			continue;
		*before = (struct str){ s.p, i - mark.n };
		*behind = log_cut_off(s, i);
		return true;
	}
	return false;
}

/* [address=A host=N ]command="RCPT TO:<x>" result="550 Invalid recipient" */
static void
smtp_failed_command(struct mail_event *e, struct str s)
{
	struct str address = take(&s, STR("address="));
	struct str host = take(&s, STR("host="));
	struct str command, result;

	read_client(e, address, host);
	log_cut_blanks(&s);
	if (!log_cut_lit(&s, STR("command=\"")) ||
	    !split_last(&command, &result, s, STR("\" result=\"")))
		return;
	if (str_iends(result, STR("\"")))
		result.n--;
	read_command(e, command, result);
}

static void
smtp_disconnected(struct mail_event *e, struct str s)
{
	(void)s;
	e->kind = MAIL_ENDS;	/* of a session: it has no id */
}

static const struct {
	struct str	event;
	void		(*read)(struct mail_event *, struct str);
} smtp_events[] = {
	{ { "message ", 8 }, smtp_message }, { { "envelope ", 9 }, smtp_envelope },
	{ { "connected ", 10 }, smtp_connected }, { { "authentication ", 15 }, smtp_authentication },
	{ { "failed-command ", 15 }, smtp_failed_command },
	{ { "disconnected ", 13 }, smtp_disconnected }, { { "closed ", 7 }, smtp_disconnected },
};

static void
read_smtp(struct mail_event *e, struct str s)
{
	log_cut_lit(&s, STR("event="));
	for (size_t i = 0; i < sizeof(smtp_events) / sizeof(smtp_events[0]); i++)
		if (log_cut_lit(&s, smtp_events[i].event))
			smtp_events[i].read(e, s);
}

static const struct {
	struct str		word;
	enum mail_status	status;
} results[] = {
	{ { "Ok", 2 }, MAIL_SENT }, { { "TempFail", 8 }, MAIL_DEFERRED }, { { "PermFail", 8 }, MAIL_BOUNCED },
	{ { "Loop", 4 }, MAIL_BOUNCED }, { { "Expire", 6 }, MAIL_EXPIRED }, { { "Remove", 6 }, MAIL_DISCARDED },
};

static void
read_result(struct mail_event *e, struct str word)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (log_cut_begins(word, results[i].word)) {
			e->kind = MAIL_DELIVERS;
			e->status = results[i].status;
		}
	}
}

static void
read_stat(struct mail_event *e, struct str v)
{
	if (v.n > 0 && v.p[0] == '"') {
		v = log_cut_off(v, 1);
		v.n -= v.n > 0 && v.p[v.n - 1] == '"';
	}
	e->reply = v;
	e->dsn = mail_reply_dsn(v);
	if (e->status == MAIL_SENT && !(e->flags & MAIL_LOCAL_DELIVERY))
		e->child = mail_reply_queued_as(v);
}

/* "203.0.113.5 (mx.example.net)", "[2001:db8::5]", a domain without route. */
static void
read_relay(struct mail_event *e, struct str v)
{
	struct str addr = log_cut_word(&v);

	e->has_relay = read_addr(&e->relay, addr);
	e->relay_name = e->has_relay ? (struct str){ v.p, 0 } : addr;
	if (e->has_relay && log_cut_lit(&v, STR(" ("))) {
		v.n -= v.n > 0 && v.p[v.n - 1] == ')';
		e->relay_name = v;
	}
}

/* from=<> to=<> rcpt=<> of all deliveries; rcpt is "-" when it is the same. */
static void
read_addresses(struct mail_event *e, struct str *s)
{
	take_sender(e, s);
	take_path(&e->recipient, s, STR("to="));
	if (take_path(&e->orig_to, s, STR("rcpt=")) &&
	    str_eq(e->orig_to, STR("-")))
		e->orig_to.n = 0;
}

/* The text behind key, quoted or up to the next ", " or blank. */
static struct str
take_quoted(struct str *s, struct str key)
{
	struct str v;

	log_cut_blanks(s);
	if (!log_cut_lit(s, key))
		return (struct str){ s->p, 0 };
	if (log_cut_lit(s, STR("\"")))
		return log_cut_to(s, '"');
	v = *s;
	while (s->n > 0 && !log_cut_begins(*s, STR(", ")))
		*s = log_cut_off(*s, 1);
	v.n -= s->n;
	log_cut_lit(s, STR(","));
	return v;
}

/* source= relay= delay= [result=] stat= */
static void
read_mta(struct mail_event *e, struct str s)
{
	read_addresses(e, &s);
	take_quoted(&s, STR("source="));
	read_relay(e, take_quoted(&s, STR("relay=")));
	take(&s, STR("delay="));
	if (e->kind != MAIL_DELIVERS)
		read_result(e, take_quoted(&s, STR("result=")));
	log_cut_blanks(&s);
	if (log_cut_lit(&s, STR("stat=")))
		read_stat(e, s);
}

/* user= [method=] delay= [result=] stat=; a command of the account is "mda". */
static void
read_mda(struct mail_event *e, struct str s)
{
	struct str method;

	read_addresses(e, &s);
	e->flags |= MAIL_LOCAL_DELIVERY;
	take(&s, STR("user="));	/* whose mailbox it is: nobody who sent */
	method = take(&s, STR("method="));
	if (method.n > 0)
		e->service = method;
	if (str_eq(method, STR("mda")))
		e->flags |= MAIL_TO_PROGRAM;
	take(&s, STR("delay="));
	if (e->kind != MAIL_DELIVERS)
		read_result(e, take(&s, STR("result=")));
	log_cut_blanks(&s);
	if (log_cut_lit(&s, STR("stat=")))
		read_stat(e, s);
}

/* "on session S" behind the client's word: of fixed length at the right. */
static bool
take_on_session(struct mail_event *e, struct str *s)
{
	static const struct str on = { " on session ", 12 };
	struct str tail;

	if (s->n < on.n + ENVELOPE)
		return false;
	tail = log_cut_off(*s, s->n - on.n - ENVELOPE);
	if (!log_cut_lit(&tail, on) || !take_hex(&e->session, &tail, ENVELOPE))
		return false;
	s->n -= on.n + ENVELOPE;
	return true;
}

static void
old_login(struct mail_event *e, struct str s, enum mail_event_kind kind)
{
	if (!take_on_session(e, &s))
		return;
	e->kind = kind;
	e->account = s;
}

/* M on session S: from=<>, [to=<>,] size=, ndest= or nrcpts=, proto= */
static void
old_message(struct mail_event *e, struct str s)
{
	struct str n;

	if (!take_hex(&e->id, &s, MESSAGE) || !log_cut_lit(&s, STR(" on session ")) ||
	    !take_hex(&e->session, &s, ENVELOPE) || !log_cut_lit(&s, STR(":"))) {
		e->id.n = 0;
		return;
	}
	e->kind = MAIL_ARRIVES;
	take_sender(e, &s);
	take_path(&e->recipient, &s, STR("to="));
	e->size = number(take(&s, STR("size=")));
	n = take(&s, STR("nrcpts="));	/* 5.3 */
	e->n_rcpt = number(n.n > 0 ? n : take(&s, STR("ndest=")));
}

/* S from host N [A] */
static void
old_session(struct mail_event *e, struct str s)
{
	struct str host;

	if (!take_hex(&e->session, &s, ENVELOPE) ||
	    !log_cut_lit(&s, STR(" from host ")))
		return;
	host = log_cut_word(&s);
	if (log_cut_lit(&s, STR(" ["))) {
		s.n -= s.n > 0 && s.p[s.n - 1] == ']';
		read_client(e, s, host);
		e->kind = MAIL_SESSION;
	}
}

/* S: "RCPT TO:<x>" => 550 Invalid recipient */
static void
old_failed_command(struct mail_event *e, struct str s)
{
	struct str command, result;

	if (!take_hex(&e->session, &s, ENVELOPE) || !log_cut_lit(&s, STR(": \"")) ||
	    !split_last(&command, &result, s, STR("\" => ")))
		return;
	read_command(e, command, result);
}

static void
old_end(struct mail_event *e, struct str s)
{
	if (take_hex(&e->session, &s, ENVELOPE))
		e->kind = MAIL_ENDS;
}

/* Behind "smtp-in: ". */
static void
read_sentence(struct mail_event *e, struct str s)
{
	if (log_cut_lit(&s, STR("Accepted message ")))
		old_message(e, s);
	else if (log_cut_lit(&s, STR("New session ")))
		old_session(e, s);
	else if (log_cut_lit(&s, STR("Accepted authentication for user ")))
		old_login(e, s, MAIL_SESSION);
	else if (log_cut_lit(&s, STR("Authentication failed for user ")))
		old_login(e, s, MAIL_LOGIN_FAILS);
	else if (log_cut_lit(&s, STR("Failed command on session ")))
		old_failed_command(e, s);
	else if (log_cut_lit(&s, STR("Closing session ")) ||
	    log_cut_lit(&s, STR("Ending session ")) ||
	    log_cut_lit(&s, STR("Disconnecting session ")) ||
	    log_cut_lit(&s, STR("Received disconnect from session ")))
		old_end(e, s);
}

/* "relay: Ok for E: session=S, from=...", "delivery: Expire for E: from=..." */
static void
read_old_delivery(struct mail_event *e, struct str s, bool remote)
{
	struct str result = log_cut_word(&s);

	if (!log_cut_lit(&s, STR(" for ")) || !take_envelope(e, &s) ||
	    !log_cut_lit(&s, STR(":")))
		return;
	read_result(e, result);
	take(&s, STR("session="));
	if (remote)
		read_mta(e, s);
	else
		read_mda(e, s);
}

/* "S smtp ...", "S mta delivery evpid=E ...", "S mda delivery evpid=E ..." */
static void
read_event(struct mail_event *e, struct str session, struct str s)
{
	struct str service = log_cut_word(&s);

	log_cut_blanks(&s);
	if (str_eq(service, STR("smtp"))) {
		e->session = session;
		read_smtp(e, s);
		return;
	}
	log_cut_lit(&s, STR("event="));
	if (!log_cut_lit(&s, STR("delivery evpid=")) || !take_envelope(e, &s))
		return;
	e->service = service;
	if (str_eq(service, STR("mta")))
		read_mta(e, s);
	else if (str_eq(service, STR("mda")))
		read_mda(e, s);
}

static bool
is_ours(struct str program)
{
	return log_cut_begins(program, STR("smtpd")) || log_cut_begins(program, STR("opensmtpd"));
}

int
log_opensmtpd_read(struct mail_event *out, const struct syslog_line *line)
{
	struct str s = line->text, word = { s.p, 0 };

	log_cut_zero(out, sizeof(*out));
	out->mta = MAIL_OPENSMTPD;
	if (!is_ours(line->program))
		return MAIL_OTHER;
	if (take_hex(&word, &s, ENVELOPE) && log_cut_lit(&s, STR(" "))) {
		read_event(out, word, s);
		return 0;
	}
	s = line->text;
	word = log_cut_to(&s, ':');
	log_cut_blanks(&s);
	if (str_eq(word, STR("smtp-in")))
		read_sentence(out, s);
	else if (str_eq(word, STR("relay")) || str_eq(word, STR("delivery"))) {
		out->service = word;
		read_old_delivery(out, s, word.p[0] == 'r');
	} else if (str_eq(word, STR("info")) && log_cut_lit(&s, STR("OpenSMTPD ")) &&
	    str_iends(s, STR(" starting"))) {
		out->kind = MAIL_STARTS;
	}
	return 0;
}
