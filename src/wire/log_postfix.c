/* One row a form of line, found by its first octets behind "ID: "; what a server
 * quotes of others stands behind and is only cut, never searched. */
#include "wire/log_postfix_body.h"

enum { ID_MIN = 4, ID_MAX = 40 };

static const struct {
	struct str			word;
	enum log_postfix_daemon		daemon;
} daemons[] = {		/* those that write most first */
	{ STR("smtpd"), PF_SMTPD }, { STR("qmgr"), PF_QMGR }, { STR("cleanup"), PF_CLEANUP },
	{ STR("smtp"), PF_SMTP }, { STR("postscreen"), PF_POSTSCREEN }, { STR("lmtp"), PF_LMTP },
	{ STR("local"), PF_LOCAL }, { STR("virtual"), PF_VIRTUAL }, { STR("pipe"), PF_PIPE },
	{ STR("pickup"), PF_PICKUP }, { STR("bounce"), PF_BOUNCE }, { STR("error"), PF_ERROR },
	{ STR("anvil"), PF_MUTE }, { STR("dnsblog"), PF_MUTE }, { STR("tlsproxy"), PF_MUTE },
	{ STR("scache"), PF_MUTE }, { STR("trivial-rewrite"), PF_MUTE }, { STR("verify"), PF_MUTE },
	{ STR("discard"), PF_DISCARD }, { STR("master"), PF_MASTER }, { STR("postsuper"), PF_POSTSUPER },
	{ STR("oqmgr"), PF_QMGR }, { STR("nqmgr"), PF_QMGR }, { STR("qmqpd"), PF_SMTPD },
	{ STR("retry"), PF_ERROR }, { STR("defer"), PF_BOUNCE }, { STR("trace"), PF_BOUNCE },
	{ STR("proxymap"), PF_MUTE }, { STR("proxywrite"), PF_MUTE }, { STR("tlsmgr"), PF_MUTE },
	{ STR("flush"), PF_MUTE }, { STR("showq"), PF_MUTE }, { STR("postqueue"), PF_MUTE },
	{ STR("sendmail"), PF_MUTE }, { STR("postdrop"), PF_MUTE }, { STR("postlog"), PF_MUTE },
	{ STR("postlogd"), PF_MUTE }, { STR("postmap"), PF_MUTE }, { STR("postalias"), PF_MUTE },
	{ STR("postfix-script"), PF_MUTE }, { STR("postmulti"), PF_MUTE }, { STR("spawn"), PF_MUTE },
};

/* What a tag says: "postfix/smtpd", "postfix/submission/smtpd", "relay-in/smtp",
 * "postfix" (a log that cuts tags at the slash, as rsyslog's APP-NAME). */
struct tag {
	bool			ours;
	enum log_postfix_daemon	daemon;
	struct str		instance, service;
};

static struct tag
program_read(struct str program)
{
	const char *slash = program.n == 0 ? NULL : memrchr(program.p, '/', program.n);
	struct tag t = { .daemon = PF_SHAPE, .instance = program, .service = { program.p, 0 } };
	struct str word, head;

	if (slash == NULL) {
		t.ours = log_cut_begins(program, STR("postfix"));
		return t;
	}
	head = (struct str){ program.p, (size_t)(slash - program.p) };
	word = (struct str){ slash + 1, program.n - head.n - 1 };
	t.instance = str_cut(&head, '/');
	t.service = head.n > 0 ? head : word;
	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
		if (daemons[i].word.n == word.n && memcmp(daemons[i].word.p, word.p, word.n) == 0) {
			t.ours = true;
			t.daemon = daemons[i].daemon;
			return t;
		}
	}
	t.daemon = PF_MUTE;
	t.ours = log_cut_begins(t.instance, STR("postfix"));
	return t;
}

/* A kept tag (syslog_read_next) was read before: whether it is, ours, daemon, and
 * where instance and service stand in it. */
enum { NOTE_READ, NOTE_DAEMON, NOTE_INSTANCE_N, NOTE_SERVICE_AT, NOTE_SERVICE_N };

static struct tag
tag_read(const struct syslog_line *line)
{
	const struct str program = line->program;
	uint8_t *note;
	struct tag t;

	if (line->tag == NULL)
		return program_read(program);
	note = line->tag->note;
	if (note[NOTE_READ] != 0)
		return (struct tag){ true, note[NOTE_DAEMON], { program.p, note[NOTE_INSTANCE_N] },
			{ program.p + note[NOTE_SERVICE_AT], note[NOTE_SERVICE_N] } };
	t = program_read(program);
	if (t.ours) {
		note[NOTE_READ] = 1;
		note[NOTE_DAEMON] = (uint8_t)t.daemon;
		note[NOTE_INSTANCE_N] = (uint8_t)t.instance.n;
		note[NOTE_SERVICE_AT] = (uint8_t)(t.service.p - program.p);
		note[NOTE_SERVICE_N] = (uint8_t)t.service.n;
	}
	return t;
}

enum { DIGIT = 1, UPPER = 2, LOWER = 4 };

#define LETTER(c) [c] = UPPER, [(c) | 0x20] = LOWER
#define LETTERS(a, b, c, d, e) LETTER(a), LETTER(b), LETTER(c), LETTER(d), LETTER(e)

static const uint8_t id_class[256] = {
	['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT,
	['5'] = DIGIT, ['6'] = DIGIT, ['7'] = DIGIT, ['8'] = DIGIT, ['9'] = DIGIT,
	LETTERS('A', 'B', 'C', 'D', 'E'), LETTERS('F', 'G', 'H', 'I', 'J'), LETTERS('K', 'L', 'M', 'N', 'O'),
	LETTERS('P', 'Q', 'R', 'S', 'T'), LETTERS('U', 'V', 'W', 'X', 'Y'), LETTER('Z'),
};

/* Postfix's ids are upper-case hex, or digits and consonants
 * (enable_long_queue_ids).  Others' tools write other ones over them, so
 * letters and digits will do, if there is a digit or no small letter: the
 * words before a colon in Postfix's own sentences have neither.  Octets of the
 * one that s begins with, or 0. */
static size_t
id_len(struct str s)
{
	const size_t most = s.n <= ID_MAX ? s.n : ID_MAX + 1;
	unsigned any = 0, class;
	size_t n = 0;

	for (; n < most && (class = id_class[(uint8_t)s.p[n]]) != 0; n++)
		any |= class;
	return n >= ID_MIN && n <= ID_MAX && ((any & DIGIT) != 0 || any == UPPER) ? n : 0;
}

static bool
id_valid(struct str s)
{
	return s.n > 0 && id_len(s) == s.n;
}

/* Takes "ID: " off *s, or "NOQUEUE: ", which is no id.  Returns false without. */
static bool
id_take(struct str *id, struct str *s)
{
	const size_t n = id_len(*s);

	if (n == 0 || s->n < n + 2 || s->p[n] != ':' || s->p[n + 1] != ' ')
		return false;
	*id = (struct str){ s->p, n };
	*s = log_cut_off(*s, n + 2);
	if (id->p[0] == 'N' && str_eq(*id, STR("NOQUEUE")))
		id->n = 0;
	return true;
}

/* A header's value as it came; <> is taken off where both stand. */
static void
message_id(struct mail_event *out, struct str s)
{
	if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		s = (struct str){ s.p + 1, s.n - 2 };
	out->message_id = s;
	out->kind = MAIL_ENVELOPE;
}

/* The number that ends *s, which goes, if word stands before it. */
static bool
number_off(uint64_t *v, struct str *s, struct str word)
{
	size_t n = 0;

	while (n < s->n && n < 20 && ascii_digit(s->p[s->n - 1 - n]))
		n++;
	if (n == 0 || s->n < n + word.n || memcmp(s->p + s->n - n - word.n, word.p, word.n) != 0 ||
	    str_u64(v, (struct str){ s->p + s->n - n, n }, INT64_MAX) != 0)
		return false;
	s->n -= n + word.n;
	return true;
}

static void
sender_set(struct mail_event *out, struct str sender)
{
	out->sender = sender;
	out->has_sender = true;
	out->kind = MAIL_ENVELOPE;
	/* address probes and letters to the postmaster; an outsider may use the
	 * name too, but then a client= line gave the id */
	if (log_cut_begins(sender, STR("double-bounce@")))
		out->flags |= MAIL_IS_BOUNCE;
}

/* "<a@b>, size=1, nrcpt=1 (queue active)", "<a@b>, status=expired, returned to
 * sender".  Read from the end, where the server's own words are the last ones:
 * older servers write the sender as it came, without quotes. */
static void
from(struct mail_event *out, struct str s)
{
	uint64_t n_rcpt, size;

	if (log_cut_ends(s, STR(", returned to sender"))) {
		out->kind = MAIL_DELIVERS;
		out->status = MAIL_EXPIRED;
		out->flags = MAIL_ALL_RCPTS;
		return;
	}
	if (s.n > 0 && !ascii_digit(s.p[s.n - 1])) {	/* " (queue active)", perhaps cut */
		const char *open = memrchr(s.p, '(', s.n);

		if (open == NULL || open == s.p)
			return;
		s.n = (size_t)(open - s.p) - 1;
	}
	if (!number_off(&n_rcpt, &s, STR(", nrcpt=")))
		return;
	if (!number_off(&size, &s, STR(", size=")))
		size = 0;
	if (s.n < 2 || s.p[0] != '<' || s.p[s.n - 1] != '>')
		return;
	out->n_rcpt = n_rcpt > UINT32_MAX ? UINT32_MAX : (uint32_t)n_rcpt;
	out->size = size;
	sender_set(out, (struct str){ s.p + 1, s.n - 2 });
}

/* "33 from=<www-data>", and " orig_id=ID" of a letter that postsuper -r put
 * back; the name is the local user's choice, so that is looked for at the end. */
static void
uid(struct mail_event *out, struct str s)
{
	struct str number = str_cut(&s, ' ');
	const char *close;
	uint64_t v;

	if (str_u64(&v, number, UINT32_MAX) != 0 || !log_cut_lit(&s, STR("from=<")))
		return;
	close = s.n == 0 ? NULL : memrchr(s.p, '>', s.n);
	if (close == NULL)
		return;
	number = (struct str){ close + 1, (size_t)(s.p + s.n - close) - 1 };
	if (log_cut_lit(&number, STR(" orig_id=")))
		out->orig_id = number;
	out->uid = (uint32_t)v;
	out->has_uid = true;
	sender_set(out, (struct str){ s.p, (size_t)(close - s.p) });
	out->flags = 0;
	out->kind = MAIL_ARRIVES;
}

static void
removed(struct mail_event *out, struct str s)
{
	if (s.n == 0)
		out->kind = MAIL_ENDS;
}

/* By hand: who has not got it by then gets it no more. */
static void
deleted(struct mail_event *out, struct str s)
{
	if (s.n > 0)
		return;
	out->kind = MAIL_DELIVERS;
	out->status = MAIL_DISCARDED;
	out->flags = MAIL_ALL_RCPTS | MAIL_BY_FILTER;
}

static void
placed_on_hold(struct mail_event *out, struct str s)
{
	if (s.n > 0)
		return;
	out->kind = MAIL_DELIVERS;
	out->status = MAIL_HELD;
	out->flags = MAIL_ALL_RCPTS;
}

/* "non-delivery notification: ID", "delay notification: ID", "delivery status
 * notification: ID" */
static void
notification(struct mail_event *out, struct str s)
{
	if (!log_cut_lit(&s, STR("non-delivery ")) && !log_cut_lit(&s, STR("delay ")) && !log_cut_lit(&s, STR("delivery status ")))
		return;
	if (!log_cut_lit(&s, STR("notification: ")) || !id_valid(s))
		return;
	out->child = s;
	out->flags = MAIL_IS_BOUNCE;
	out->kind = MAIL_BEGETS;
}

/* "lost connection after DATA from ...", "timeout after ...": what had begun
 * under this id is dropped. */
static void
dropped(struct mail_event *out, struct str s)
{
	(void)s;
	if (out->id.n > 0)
		out->kind = MAIL_ENDS;
}

/* "Requeue: 3F1C2A.A1B2C to 4D5E6F" of MailScanner, which takes letters out of
 * Postfix's hold queue and puts what it made of them back as new ones.  All that
 * has its tag is of this server, for the tag alone says whose a line is. */
static void
mailscanner_read(struct mail_event *out, struct str s)
{
	struct str id, suffix;

	if (!log_cut_lit(&s, STR("Requeue: ")))
		return;
	suffix = str_cut(&s, ' ');
	id = str_cut(&suffix, '.');
	if (!id_valid(id) || !log_cut_lit(&s, STR("to ")) || !id_valid(s))
		return;
	log_cut_zero(out, sizeof(*out));
	out->mta = MAIL_POSTFIX;
	out->instance = STR("postfix");
	out->id = s;
	out->orig_id = id;
	out->kind = MAIL_ARRIVES;
}

#define BY(d) (1u << (d))
#define DELIVERING (BY(PF_SMTP) | BY(PF_LMTP) | BY(PF_LOCAL) | BY(PF_VIRTUAL) | BY(PF_PIPE) | BY(PF_ERROR) | \
	BY(PF_DISCARD) | BY(PF_QMGR) | BY(PF_CLEANUP))
#define DOOR (BY(PF_SMTPD) | BY(PF_POSTSCREEN) | BY(PF_CLEANUP))

static const struct form {
	struct str	word;
	unsigned	by;	/* who may write it; PF_SHAPE always */
	void		(*read)(struct mail_event *out, struct str rest);	/* NULL: log_postfix_deliver() */
} forms[] = {	/* the usual ones first */
	{ STR("to="), DELIVERING, NULL },
	{ STR("removed"), BY(PF_QMGR), removed },
	{ STR("from="), BY(PF_QMGR), from },
	{ STR("message-id="), BY(PF_CLEANUP), message_id },
	{ STR("client="), BY(PF_SMTPD), log_postfix_client },
	{ STR("reject: "), DOOR, log_postfix_reject },
	{ STR("uid="), BY(PF_PICKUP), uid },
	{ STR("sender "), BY(PF_BOUNCE), notification },
	{ STR("milter-"), DOOR, log_postfix_milter },
	{ STR("postmaster "), BY(PF_BOUNCE), notification },
	{ STR("hold: "), DOOR, log_postfix_hold },
	{ STR("discard: "), DOOR, log_postfix_discard },
	{ STR("lost connection after "), BY(PF_SMTPD), dropped },
	{ STR("timeout after "), BY(PF_SMTPD), dropped },
	{ STR("proxy-"), BY(PF_SMTPD), log_postfix_proxy },
	{ STR("placed on hold"), BY(PF_POSTSUPER), placed_on_hold },
	{ STR("removed"), BY(PF_POSTSUPER), deleted },
};

/* The form of s, which stands behind an id; NULL: none that this daemon writes
 * and something is counted from. */
static const struct form *
form_find(struct str s, enum log_postfix_daemon by)
{
	for (size_t i = 0; s.n > 0 && i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];

		if (f->word.p[0] == s.p[0] && (by == PF_SHAPE || (f->by & BY(by)) != 0) && log_cut_begins(s, f->word))
			return f;
	}
	return NULL;
}

static void
form_read(struct mail_event *out, struct str s, const struct form *f, enum log_postfix_daemon by)
{
	s = log_cut_off(s, f->word.n);
	if (f->read == NULL)
		log_postfix_deliver(out, s, by);
	else
		f->read(out, s);
}

/* What a line that begins with no id may begin with. */
static bool
plain_may(struct str s)
{
	return s.p[0] == 'w' || s.p[0] == 'p' || s.p[0] == 'r' || s.p[0] == 'd';
}

static void
plain_read(struct mail_event *out, struct str s, enum log_postfix_daemon by)
{
	bool door = by == PF_SMTPD || by == PF_SHAPE;

	if (door && log_cut_lit(&s, STR("warning: ")))
		log_postfix_warning(out, s);
	else if (door && log_cut_lit(&s, STR("proxy-")))
		log_postfix_proxy(out, s);
	else if ((door || by == PF_POSTSCREEN) && log_cut_lit(&s, STR("reject: ")))
		log_postfix_reject(out, s);
	else if ((by == PF_MASTER || by == PF_SHAPE) && log_cut_begins(s, STR("daemon started -- version ")))
		out->kind = MAIL_STARTS;
}

int
log_postfix_read(struct mail_event *out, const struct syslog_line *line)
{
	const struct tag tag = tag_read(line);
	const struct form *form = NULL;
	struct str s = line->text, id = { s.p, 0 };

	out->kind = MAIL_NOTHING;
	out->mta = MAIL_POSTFIX;
	if (!tag.ours) {
		if (!str_eq(line->program, STR("MailScanner")))
			return MAIL_OTHER;
		mailscanner_read(out, s);
		return 0;
	}
	if (s.n == 0 || tag.daemon == PF_MUTE ||
	    (id_take(&id, &s) ? (form = form_find(s, tag.daemon)) == NULL : !plain_may(s)))
		return 0;
	log_cut_zero(out, sizeof(*out));
	out->mta = MAIL_POSTFIX;
	out->instance = tag.instance;
	out->service = tag.service;
	out->id = id;
	if (form != NULL)
		form_read(out, s, form, tag.daemon);
	else
		plain_read(out, s, tag.daemon);
	if (out->kind == MAIL_SESSION || (out->kind == MAIL_BEGETS && out->id.n == 0))
		out->session = line->pid_text;
	return 0;
}
