#include "tool/reach_smtp.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "wire/smtp_reply.h"

enum { LINE = 1024, CONNECT_MS = 10 * 1000 };

/* {h} is our name, {d} the probe domain, {s} the stranger. */
static const struct { const char *send, *box; } steps[REACH_STEPS] = {
	[REACH_GREETING] = { NULL, NULL },
	[REACH_EHLO] = { "EHLO {h}", NULL },
	[REACH_MAIL] = { "MAIL FROM:<>", NULL },
	[REACH_POSTMASTER] = { "RCPT TO:<postmaster@{d}>", "postmaster" },
	[REACH_ABUSE] = { "RCPT TO:<abuse@{d}>", "abuse" },
	[REACH_OPTOUT] = { "RCPT TO:<optout@{d}>", "optout" },
	[REACH_STRANGER] = { "RCPT TO:<{s}@{d}>", NULL },
	[REACH_RSET] = { "RSET", NULL },
	[REACH_QUIT] = { "QUIT", NULL },
};

struct talk {
	struct reach_smtp	*out;
	struct loop		*loop;
	struct stream		*stream;
	struct gbuf		 in;
	const char		*helo, *domain;
	enum reach_step		 step;	/* whose reply is waited for */
	int			 err;
};

const char *
reach_smtp_box(const struct reach_smtp *r, enum reach_step step)
{
	return step == REACH_STRANGER ? r->stranger : steps[step].box;
}

static void
stop(struct talk *t, int err)
{
	if (t->err == 0)
		t->err = err;
	loop_stop(t->loop);
}

static void
send_step(struct talk *t)
{
	char line[LINE];
	struct wbuf w = wbuf_of(line, sizeof(line));
	int err;

	for (const char *p = steps[t->step].send; *p != '\0'; p++) {
		if (*p != '{') {
			wbuf_bytes(&w, p, 1);
			continue;
		}
		wbuf_str(&w, p[1] == 'h' ? t->helo : p[1] == 'd' ? t->domain :
		    t->out->stranger);
		p += 2;
	}
	wbuf_str(&w, "\r\n");
	err = w.err != 0 ? w.err : stream_write(t->stream, line, w.len);
	if (err != 0)
		stop(t, err);
}

static void
note(struct talk *t, const struct smtp_reply *r)
{
	struct str text = { r->text, r->len }, word = text;

	t->out->code[t->step] = r->code;
	str_clean(t->out->said[t->step], REACH_SAID, text);
	if (t->step == REACH_GREETING)
		str_clean(t->out->host, REACH_SAID, str_cut(&word, ' '));
}

/* After a greeting, EHLO or MAIL that was refused the rest tells nothing. */
static bool
goes_on(const struct talk *t)
{
	if (t->step == REACH_QUIT)
		return false;
	return t->step > REACH_MAIL || t->out->code[t->step] / 100 == 2;
}

static void
talk_data(void *ctx, const uint8_t *p, size_t n)
{
	struct talk *t = ctx;
	struct smtp_reply r;
	int err = gbuf_add(&t->in, p, n);

	while (err == 0) {
		err = smtp_reply_read(&r, (const char *)t->in.p, t->in.len);
		if (err != 0)
			break;
		note(t, &r);
		gbuf_drop(&t->in, r.used);
		if (!goes_on(t)) {
			stop(t, 0);
			return;
		}
		t->step++;
		send_step(t);
	}
	if (err == SEK_ENOMEM)
		stop(t, err);
	else if (err != SMTP_REPLY_MORE)
		stop(t, 0);	/* not our receiver's words */
}

static void
talk_up(void *ctx)
{
	((struct talk *)ctx)->out->connected = true;
}

static void
talk_down(void *ctx, int why)
{
	(void)why;
	stop(ctx, 0);
}

static void
talk_late(void *ctx)
{
	stop(ctx, 0);
}

int
reach_smtp(struct reach_smtp *out, struct loop *l, struct dialer *d,
    const struct addr *to, uint16_t port, const char *helo, const char *domain)
{
	static const struct stream_events events = {
		.up = talk_up, .data = talk_data, .down = talk_down,
	};
	struct talk t = { .out = out, .loop = l, .helo = helo, .domain = domain,
	    .in = { .max = SMTP_REPLY_OCTETS + STREAM_READ } };
	struct loop_timer *late;
	int err = loop_timer(&late, l, talk_late, &t);

	if (err != 0)
		return err;
	out->asked = true;
	loop_timer_set(late, REACH_SMTP_MS);
	err = stream_dial(&t.stream, l, d, to, port, &addr_none, CONNECT_MS, &events, &t);
	if (err == 0) {
		loop_run(l, (struct mono){ -1 });
		stream_close(t.stream, false);
		err = t.err;
	}
	loop_timer_free(late);
	gbuf_free(&t.in);
	return err == SEK_ESYS ? 0 : err;	/* this machine has no way there */
}
