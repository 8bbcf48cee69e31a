#include "receive/session.h"

#include <assert.h>
#include <string.h>

/* States within the text of a mail (RFC 5321 4.1.1.4, 4.5.2). */
enum { AT_START, AT_TEXT, AT_CR, AT_DOT, AT_DOT_CR };

#define IN(p) (1u << (p))
enum {
	ANY = IN(PHASE_HELLO) | IN(PHASE_READY) | IN(PHASE_SENDER) | IN(PHASE_RCPT),
	GREETED = ANY & ~IN(PHASE_HELLO),
};

typedef enum session_act handler(struct session *s, const struct smtp_cmd *c);

static void
say(struct session *s, const char *text)
{
	wbuf_str(&s->out, text);
	wbuf_str(&s->out, "\r\n");
}

static enum session_act
reply(struct session *s, const char *text)
{
	say(s, text);
	return SESSION_REPLIED;
}

static enum session_act
shut(struct session *s, const char *why, const char *text)
{
	bool begun = s->begun;

	say(s, text);
	s->why = why;
	s->phase = PHASE_CLOSED;
	s->begun = false;
	return begun ? SESSION_DROP : SESSION_CLOSE;
}

static enum session_act
bad(struct session *s, const char *text)
{
	if (++s->errors < SESSION_ERRORS)
		return reply(s, text);
	return shut(s, "errors", "421 4.7.0 Too many errors");
}

static void
forget_mail(struct session *s)
{
	s->mail_from[0] = s->path[0] = '\0';
	s->rcpts_len = s->n_rcpts = 0;
	s->begun = s->ended = false;
	s->refuse = 0;
	s->octets = s->line = s->part_len = 0;
	s->at = AT_START;
	if (s->phase != PHASE_HELLO && s->phase != PHASE_CLOSED)
		s->phase = PHASE_READY;
}

void
session_init(struct session *s, const char *name, uint32_t size,
    bool offer_tls, bool keeper)
{
	memset(s, 0, sizeof(*s));
	s->name = name;
	s->size = size;
	s->offer_tls = offer_tls;
	s->keeper = keeper;
	s->phase = PHASE_HELLO;
	s->out = wbuf_of(s->out_octets, sizeof(s->out_octets));
}

void
session_greet(struct session *s)
{
	wbuf_printf(&s->out, "220 %s ESMTP sekimori\r\n", s->name);
}

static enum session_act
do_hello(struct session *s, const struct smtp_cmd *c)
{
	int err = str_copy(s->helo, sizeof(s->helo), c->arg);

	assert(err == 0);	/* smtp_cmd bounds it */
	forget_mail(s);
	s->phase = PHASE_READY;
	s->esmtp = c->verb == SMTP_EHLO;
	if (!s->esmtp) {
		wbuf_printf(&s->out, "250 %s\r\n", s->name);
		return SESSION_REPLIED;
	}
	wbuf_printf(&s->out, "250-%s\r\n250-PIPELINING\r\n250-SIZE %u\r\n"
	    "250-8BITMIME\r\n", s->name, (unsigned)s->size);
	if (s->offer_tls && !s->tls)
		say(s, "250-STARTTLS");
	return reply(s, "250 ENHANCEDSTATUSCODES");
}

static enum session_act
do_mail(struct session *s, const struct smtp_cmd *c)
{
	int err;

	forget_mail(s);
	err = str_copy(s->mail_from, sizeof(s->mail_from), c->path);
	assert(err == 0);	/* smtp_cmd bounds it */
	if (s->mails >= SESSION_MAILS)
		return shut(s, "mails", "421 4.7.0 Enough mails for one session");
	if (c->has_size && c->size > s->size)
		return bad(s, "552 5.3.4 Longer than SIZE allows");
	s->phase = PHASE_SENDER;
	return reply(s, "250 2.1.0 Ok");
}

static enum session_act
do_rcpt(struct session *s, const struct smtp_cmd *c)
{
	int err = str_copy(s->path, sizeof(s->path), c->path);

	assert(err == 0);
	if (s->n_rcpts == SESSION_RCPTS ||
	    s->rcpts_len + 1 + c->path.n > sizeof(s->rcpts))
		return bad(s, "452 4.5.3 Too many recipients");
	if (!s->keeper)
		return reply(s, "451 4.3.0 Try again later");
	s->phase = PHASE_ASKING;
	return SESSION_ASK;
}

static enum session_act
do_data(struct session *s, const struct smtp_cmd *c)
{
	(void)c;
	if (!s->keeper)
		return reply(s, "451 4.3.0 Try again later");
	say(s, "354 End with <CRLF>.<CRLF>");
	s->mails++;
	s->at = AT_START;
	s->octets = s->line = s->part_len = 0;
	s->begun = true;
	s->phase = PHASE_TEXT;
	return SESSION_MAIL;
}

static enum session_act
do_rset(struct session *s, const struct smtp_cmd *c)
{
	(void)c;
	forget_mail(s);
	return reply(s, "250 2.0.0 Ok");
}

static enum session_act
do_noop(struct session *s, const struct smtp_cmd *c)
{
	(void)c;
	return reply(s, "250 2.0.0 Ok");
}

static enum session_act
do_vrfy(struct session *s, const struct smtp_cmd *c)
{
	(void)c;
	return reply(s, "252 2.1.5 Send a mail and see");
}

static enum session_act
do_help(struct session *s, const struct smtp_cmd *c)
{
	(void)c;
	return reply(s, "214 2.0.0 RFC 5321; questions to postmaster");
}

static enum session_act
do_quit(struct session *s, const struct smtp_cmd *c)
{
	(void)c;
	return shut(s, NULL, "221 2.0.0 Bye");
}

static enum session_act
do_starttls(struct session *s, const struct smtp_cmd *c)
{
	(void)c;
	if (!s->offer_tls)
		return bad(s, "502 5.5.1 Not known here");
	if (s->tls)
		return bad(s, "503 5.5.1 Already secured");
	s->phase = PHASE_TLS;
	return SESSION_TLS;
}

static const struct {
	unsigned	 phases;	/* in which it may stand */
	handler		*run;		/* NULL: not known here */
} commands[SMTP_VERB_N] = {
	[SMTP_HELO] = { ANY, do_hello }, [SMTP_EHLO] = { ANY, do_hello },
	[SMTP_MAIL] = { IN(PHASE_READY), do_mail },
	[SMTP_RCPT] = { IN(PHASE_SENDER) | IN(PHASE_RCPT), do_rcpt },
	[SMTP_DATA] = { IN(PHASE_RCPT), do_data },
	[SMTP_RSET] = { ANY, do_rset }, [SMTP_NOOP] = { ANY, do_noop },
	[SMTP_QUIT] = { ANY, do_quit }, [SMTP_VRFY] = { GREETED, do_vrfy },
	[SMTP_HELP] = { ANY, do_help },
	[SMTP_STARTTLS] = { IN(PHASE_READY), do_starttls },
};

static enum session_act
refuse_syntax(struct session *s, int code)
{
	switch (code) {
	case 500:
		return bad(s, "500 5.5.2 Not a command");
	case 555:
		return bad(s, "555 5.5.4 Parameter not offered");
	default:
		return bad(s, "501 5.5.4 Syntax of the arguments");
	}
}

static enum session_act
run_line(struct session *s, struct str line)
{
	struct smtp_cmd c;
	int code = smtp_cmd_read(&c, line);

	if (++s->commands > SESSION_COMMANDS)
		return shut(s, "commands", "421 4.7.0 Too many commands");
	if (code == 500)
		return refuse_syntax(s, code);
	if (commands[c.verb].run == NULL)
		return bad(s, "502 5.5.1 Not known here");
	if ((commands[c.verb].phases & IN(s->phase)) == 0)
		return bad(s, "503 5.5.1 Not now");
	if (code != 0)
		return refuse_syntax(s, code);
	return commands[c.verb].run(s, &c);
}

static enum session_act
step_command(struct session *s, const char *in, size_t n, size_t *used)
{
	struct str line;
	enum session_act act;

	switch (smtp_cmd_line(&line, used, in, n)) {
	case 0:
		break;
	case SMTP_CMD_MORE:
		return SESSION_WAIT;
	case SMTP_CMD_BARE:
		return shut(s, "bare-newline", "521 5.5.2 Lines end in CR LF");
	default:
		return shut(s, "line", "500 5.5.2 Line too long");
	}
	act = run_line(s, line);
	if (act != SESSION_TLS)
		return act;
	if (n > *used)		/* plain text that would be read as secured */
		return shut(s, "injected", "554 5.5.1 Nothing may follow STARTTLS");
	say(s, "220 2.0.0 Ready");
	return SESSION_TLS;
}

static void
keep_octet(struct session *s, char c)
{
	if (s->refuse == 0)
		s->part[s->part_len++] = c;
}

static void
weigh(struct session *s, char c)
{
	s->line = c == '\n' ? 0 : s->line + 1;
	if (s->refuse == 0 && s->line > SESSION_TEXT_LINE)
		s->refuse = 500;
	if (++s->octets > s->size && s->refuse == 0)
		s->refuse = 552;
}

enum text { TEXT_MORE, TEXT_END, TEXT_BARE };

/* One octet of a mail.  The CR before a line end is kept only with its LF, so
 * that a lone one is never passed on. */
static enum text
text_octet(struct session *s, char c)
{
	bool after_cr = s->at == AT_CR || s->at == AT_DOT_CR;

	if (after_cr != (c == '\n'))
		return TEXT_BARE;
	if (c == '\n') {
		if (s->at == AT_DOT_CR)
			return TEXT_END;
		s->at = AT_START;
		weigh(s, '\r');
		weigh(s, '\n');
		keep_octet(s, '\r');
		keep_octet(s, '\n');
	} else if (c == '\r') {
		s->at = s->at == AT_DOT ? AT_DOT_CR : AT_CR;
	} else if (c == '.' && s->at == AT_START) {
		s->at = AT_DOT;
	} else {
		s->at = AT_TEXT;
		weigh(s, c);
		keep_octet(s, c);
	}
	return TEXT_MORE;
}

/* What was said about the mail; its data stay for the owner's log. */
static void
mail_over(struct session *s, unsigned code, const char *text)
{
	wbuf_printf(&s->out, "%u %s\r\n", code, text);
	s->said = code;
	s->phase = PHASE_READY;
}

/* The mail is over: commit or refuse. */
static enum session_act
end_text(struct session *s)
{
	unsigned code = s->refuse;
	bool begun = s->begun;

	s->begun = false;
	if (code == 0) {
		s->phase = PHASE_STORING;
		return SESSION_STORE;
	}
	mail_over(s, code, code == 552 ? "5.3.4 Mail too long" :
	    code == 500 ? "5.6.0 Line too long" : "4.3.0 Try again later");
	return begun ? SESSION_DROP : SESSION_REPLIED;
}

/* Has the session to stop reading this mail?  A stretch is given to clients
 * that did not look at SIZE. */
static bool
far_too_long(const struct session *s)
{
	return s->octets > 2 * (uint64_t)s->size + SESSION_PART;
}

static enum session_act
step_text(struct session *s, const char *in, size_t n, size_t *used)
{
	enum text t = TEXT_MORE;

	if (s->refuse != 0)
		s->part_len = 0;
	while (t == TEXT_MORE && *used < n && !s->ended &&
	    s->part_len + 2 <= SESSION_PART) {
		t = text_octet(s, in[(*used)++]);
		if (far_too_long(s))
			return shut(s, "size", "421 4.3.4 Mail too long");
	}
	if (t == TEXT_BARE)
		return shut(s, "bare-newline", "521 5.5.2 Lines end in CR LF");
	s->ended = s->ended || t == TEXT_END;
	if (s->refuse != 0)
		s->part_len = 0;
	else if (s->part_len > 0 &&
	    (s->ended || s->part_len + 2 > SESSION_PART))
		return SESSION_PIECE;
	return s->ended ? end_text(s) : SESSION_WAIT;
}

enum session_act
session_step(struct session *s, const char *in, size_t n, size_t *used)
{
	*used = 0;
	switch (s->phase) {
	case PHASE_HELLO:
	case PHASE_READY:
	case PHASE_SENDER:
	case PHASE_RCPT:
		return n == 0 ? SESSION_WAIT : step_command(s, in, n, used);
	case PHASE_TEXT:
		return step_text(s, in, n, used);
	case PHASE_CLOSED:
		return SESSION_CLOSE;
	default:
		return SESSION_WAIT;
	}
}

static void
add_rcpt(struct session *s)
{
	struct wbuf w = wbuf_of(s->rcpts, sizeof(s->rcpts));

	w.len = s->rcpts_len;
	if (s->n_rcpts > 0)
		wbuf_u8(&w, '\n');
	wbuf_str(&w, s->path);
	assert(w.err == 0);	/* do_rcpt looked */
	s->rcpts_len = w.len;
	s->n_rcpts++;
}

void
session_rcpt_is(struct session *s, bool ok, unsigned code)
{
	assert(s->phase == PHASE_ASKING);
	s->phase = s->n_rcpts > 0 || ok ? PHASE_RCPT : PHASE_SENDER;
	if (ok) {
		add_rcpt(s);
		say(s, "250 2.1.5 Ok");
	} else if (code >= 400 && code < 500) {
		wbuf_printf(&s->out, "%u 4.3.0 Try again later\r\n", code);
	} else {
		wbuf_printf(&s->out, "%u 5.1.1 No such recipient here\r\n",
		    code >= 500 && code < 600 ? code : 550);
		if (++s->errors >= SESSION_ERRORS)
			shut(s, "errors", "421 4.7.0 Too many errors");
	}
}

void
session_stored(struct session *s, bool ok, unsigned code)
{
	assert(s->phase == PHASE_STORING);
	if (ok)
		mail_over(s, 250, "2.6.0 Kept");
	else if (code >= 500 && code < 600)
		mail_over(s, code, "5.7.1 Not taken");
	else
		mail_over(s, code >= 400 && code < 500 ? code : 451,
		    "4.3.0 Try again later");
}

void
session_secured(struct session *s)
{
	assert(s->phase == PHASE_TLS);
	forget_mail(s);
	s->tls = true;
	s->helo[0] = '\0';
	s->phase = PHASE_HELLO;
}

void
session_keeper(struct session *s, bool up)
{
	s->keeper = up;
	if (up)
		return;
	if (s->phase == PHASE_ASKING) {
		session_rcpt_is(s, false, 451);
	} else if (s->phase == PHASE_STORING) {
		session_stored(s, false, 451);
	} else if (s->phase == PHASE_TEXT) {
		s->begun = false;	/* it forgot the mail with its channel */
		if (s->refuse == 0)
			s->refuse = 451;
	}
}

bool
session_end(struct session *s, const char *why, const char *text)
{
	return shut(s, why, text) == SESSION_DROP;
}
