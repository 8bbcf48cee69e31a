#include "probe/post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "wire/smtp_reply.h"

enum at { AT_BANNER, AT_EHLO, AT_MAIL, AT_RCPT, AT_DATA, AT_BODY, AT_N };

struct letter {
	struct letter		*next;
	struct post		*post;
	struct stream		*stream;
	struct loop_timer	*reply, *whole;
	enum at			 at;
	bool			 quits;		/* the last words are still to go out */
	struct gbuf		 in;		/* hostile */
	struct gbuf		 octets;	/* dots stuffed, with the final one */
	uint64_t		 id;
	char			 from[TEXT_PATH + 1], rcpt[TEXT_PATH + 1];
};

struct post {
	struct post_with	 with;
	struct letter		*letters;
	size_t			 n;
};

/* One row a state: the reply that leads on, and what is said then. */
static void say_ehlo(struct letter *l);
static void say_mail(struct letter *l);
static void say_rcpt(struct letter *l);
static void say_data(struct letter *l);
static void say_body(struct letter *l);
static void taken(struct letter *l);

static const struct {
	unsigned	want;		/* code / 100 */
	void		(*then)(struct letter *l);
} steps[AT_N] = {
	[AT_BANNER] = { 2, say_ehlo }, [AT_EHLO] = { 2, say_mail },
	[AT_MAIL] = { 2, say_rcpt }, [AT_RCPT] = { 2, say_data },
	[AT_DATA] = { 3, say_body }, [AT_BODY] = { 2, taken },
};

int
post_new(struct post **out, const struct post_with *with)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return SEK_ENOMEM;
	(*out)->with = *with;
	return 0;
}

static void
letter_free(struct letter *l)
{
	struct letter **at = &l->post->letters;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	l->post->n--;
	stream_close(l->stream, l->quits);
	loop_timer_free(l->reply);
	loop_timer_free(l->whole);
	gbuf_free(&l->in);
	gbuf_free(&l->octets);
	free(l);
}

void
post_quiet(struct post *p)
{
	while (p->letters != NULL)
		letter_free(p->letters);
}

void
post_free(struct post *p)
{
	if (p == NULL)
		return;
	post_quiet(p);
	free(p);
}

static void
tell(struct post *p, uint64_t id, bool ok, uint16_t code, struct str said)
{
	struct msg_letter_done m = {
		.id = id, .ok = ok, .code = code,
		.said = { said.p, said.n < TEXT_SAID ? said.n : TEXT_SAID },
	};

	if (ok)
		log_event(LOG_LV_INFO, "letter", LOG_N("code", code));
	else
		log_event(LOG_LV_WARN, "letter-refused", LOG_N("code", code),
		    LOG_T("said", m.said));
	p->with.done(p->with.ctx, &m);
}

/* The end; l is gone after. */
static void
over(struct letter *l, bool ok, uint16_t code, struct str said)
{
	struct post *p = l->post;
	uint64_t id = l->id;

	tell(p, id, ok, code, said);
	letter_free(l);
}

/* --- what is said --- */

static void
say(struct letter *l, enum at next, const char *verb, const char *arg, const char *end)
{
	char line[TEXT_PATH + 32];
	int n = snprintf(line, sizeof(line), "%s%s%s\r\n", verb, arg, end);

	l->at = next;
	loop_timer_set(l->reply, POST_REPLY_MS);
	if (n < 0 || (size_t)n >= sizeof(line) ||
	    stream_write(l->stream, line, (size_t)n) != 0)
		over(l, false, 0, STR("cannot write"));
}

static void
say_ehlo(struct letter *l)
{
	say(l, AT_EHLO, "EHLO ", l->post->with.conf->probe_helo, "");
}

static void
say_mail(struct letter *l)
{
	say(l, AT_MAIL, "MAIL FROM:<", l->from, ">");
}

static void
say_rcpt(struct letter *l)
{
	say(l, AT_RCPT, "RCPT TO:<", l->rcpt, ">");
}

static void
say_data(struct letter *l)
{
	say(l, AT_DATA, "DATA", "", "");
}

static void
say_body(struct letter *l)
{
	l->at = AT_BODY;
	loop_timer_set(l->reply, POST_REPLY_MS);
	if (stream_write(l->stream, l->octets.p, l->octets.len) != 0)
		over(l, false, 0, STR("cannot write"));
}

/* QUIT goes out behind our back. */
static void
taken(struct letter *l)
{
	l->quits = stream_write(l->stream, "QUIT\r\n", 6) == 0;
	over(l, true, 250, STR(""));
}

/* --- what is heard --- */

/* Takes one reply off what was read; l may be gone after.  A server speaks
 * once for each of our words, and not before. */
static void
take_reply(struct letter *l)
{
	struct smtp_reply r;
	int err = smtp_reply_read(&r, (const char *)l->in.p, l->in.len);

	if (err == SMTP_REPLY_MORE)
		return;
	if (err != 0)
		over(l, false, 0, STR("no SMTP reply"));
	else if (r.code / 100 != steps[l->at].want)
		over(l, false, r.code, (struct str){ r.text, r.len });
	else if (r.used < l->in.len)
		over(l, false, 0, STR("more replies than commands"));
	else {
		gbuf_drop(&l->in, r.used);
		steps[l->at].then(l);
	}
}

static void
data(void *ctx, const uint8_t *p, size_t n)
{
	struct letter *l = ctx;

	if (gbuf_add(&l->in, p, n) != 0)
		over(l, false, 0, STR("reply too long"));
	else
		take_reply(l);
}

static void
up(void *ctx)
{
	struct letter *l = ctx;

	loop_timer_set(l->reply, POST_REPLY_MS);
}

static void
down(void *ctx, int why)
{
	over(ctx, false, 0, why == STREAM_REFUSED ? STR("connection refused") :
	    why == STREAM_TIMEOUT ? STR("no connection in time") :
	    STR("connection lost"));
}

static void
late(void *ctx)
{
	over(ctx, false, 0, STR("no reply in time"));
}

/* --- letters --- */

/* An address as it may stand between < and >: printable ASCII, no blank. */
static bool
path_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] > 0x7e || s.p[i] == '<' || s.p[i] == '>')
			return false;
	return s.n <= TEXT_PATH;
}

/* RFC 5321 4.5.2, and CRLF "." CRLF behind it. */
static int
stuff(struct gbuf *out, struct str octets)
{
	int err = 0;

	while (err == 0 && octets.n > 0) {
		struct str line = str_cut(&octets, '\n');

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n > 0 && line.p[0] == '.')
			err = gbuf_add(out, ".", 1);
		if (err == 0)
			err = gbuf_add(out, line.p, line.n);
		if (err == 0)
			err = gbuf_add(out, "\r\n", 2);
	}
	return err != 0 ? err : gbuf_add(out, ".\r\n", 3);
}

static int
letter_dial(struct letter *l)
{
	static const struct stream_events events = { .up = up, .data = data, .down = down };
	const struct post_with *w = &l->post->with;
	const struct conf_listen *to = &w->conf->mail_relay[0];
	int err = loop_timer(&l->reply, w->loop, late, l);

	if (err == 0)
		err = loop_timer(&l->whole, w->loop, late, l);
	if (err != 0)
		return err;
	loop_timer_set(l->whole, POST_WHOLE_MS);
	err = stream_dial(&l->stream, w->loop, w->dialer, &to->addr, to->port,
	    &addr_none, POST_REPLY_MS, &events, l);
	if (err != 0)
		l->stream = NULL;
	return err;
}

static int
letter_start(struct post *p, const struct msg_letter *m)
{
	struct letter *l = calloc(1, sizeof(*l));
	int err;

	if (l == NULL)
		return SEK_ENOMEM;
	l->post = p;
	l->id = m->id;
	l->next = p->letters;
	p->letters = l;
	p->n++;
	l->in.max = SMTP_REPLY_OCTETS + STREAM_READ;
	l->octets.max = 2 * MESSAGE_PART + 64;
	err = str_copy(l->from, sizeof(l->from), m->mail_from);
	if (err == 0)
		err = str_copy(l->rcpt, sizeof(l->rcpt), m->rcpt);
	if (err == 0)
		err = stuff(&l->octets, m->octets);
	if (err == 0)
		err = letter_dial(l);
	if (err != 0)
		letter_free(l);
	return err;
}

void
post_letter(struct post *p, const struct msg_letter *m)
{
	if (p->with.conf->n_mail_relay == 0)
		tell(p, m->id, false, 0, STR("mail.relay is not set"));
	else if (p->n >= POST_LETTERS)
		tell(p, m->id, false, 0, STR("too many letters at once"));
	else if (m->rcpt.n == 0 || !path_ok(m->rcpt) || !path_ok(m->mail_from))
		tell(p, m->id, false, 0, STR("not an address"));
	else if (letter_start(p, m) != 0)
		tell(p, m->id, false, 0, STR("out of memory or sockets"));
}
