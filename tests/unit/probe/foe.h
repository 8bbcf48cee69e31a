#pragma once
/* tests/unit/probe/foe.h -- an SMTP server that takes everything, but at one
 * stage of the dialogue does one bad thing instead.
 *
 * One connection at a time, on rig.h's prober and clock. */

#include "rig.h"

enum stage {
	ST_BANNER, ST_EHLO, ST_HELO, ST_STARTTLS, ST_HANDSHAKE, ST_AUTH, ST_XCLIENT,
	ST_XFORWARD, ST_MAIL, ST_RCPT, ST_DATA, ST_DOT, ST_RSET, ST_QUIT, ST_N,
};

enum how { SAYS, CLOSES, IS_SILENT, DRIPS, SAYS_FOR_EVER, FLOODS, REPEATS };

enum mode { TAKES_ALL, NO_RECIPIENT, NO_LETTER };

struct misdeed {
	const char	*name;
	enum how	 how;
	/* @ is the code that is due, ~ a zero octet, ^ 600 letters; behind the
	 * text comes CRLF, unless it ends in \\ */
	const char	*text;
	bool		 good;		/* odd to see, but the answer that is due */
	unsigned	 times;		/* of REPEATS */
};

struct foe {
	struct rig		*rig;
	struct stream		*stream;
	struct loop_timer	*timer;
	const struct misdeed	*does;
	enum stage		 when;
	enum mode		 mode;
	unsigned		 stages;	/* reached, a bit each */
	bool			 body, tls, waits;	/* waits for a PROXY line */
	unsigned		 challenges;	/* of AUTH, still to come */
	bool			 took;		/* heard the dot, and then said 2xx */
	char			 line[PEER_LINE];
	size_t			 len;
	char			 text[8192];	/* of the misdeed */
	size_t			 text_len, dripped;
	size_t			 heard, said;	/* octets */
};

static struct foe foe;

static const struct { const char *text; unsigned code; } due[ST_N] = {
	[ST_BANNER] = { "220 mail.open.example ESMTP", 220 },
	[ST_EHLO] = { "250-mail.open.example\r\n250-SIZE 1000000\r\n250-DSN\r\n250-STARTTLS\r\n"
	    "250-AUTH PLAIN LOGIN CRAM-MD5 ANONYMOUS NTLM\r\n250-XCLIENT NAME ADDR\r\n"
	    "250 XFORWARD NAME ADDR", 250 },
	[ST_HELO] = { "250 mail.open.example", 250 },
	[ST_STARTTLS] = { "220 go", 220 }, [ST_HANDSHAKE] = { "", 250 },
	[ST_AUTH] = { "235 welcome", 235 }, [ST_XCLIENT] = { "220 mail.open.example", 220 },
	[ST_XFORWARD] = { "250 ok", 250 }, [ST_MAIL] = { "250 ok", 250 },
	[ST_RCPT] = { "250 ok", 250 }, [ST_DATA] = { "354 go", 354 },
	[ST_DOT] = { "250 queued", 250 }, [ST_RSET] = { "250 ok", 250 },
	[ST_QUIT] = { "221 bye", 221 },
};

static void
foe_write(const void *p, size_t n)
{
	if (foe.stream != NULL && stream_write(foe.stream, p, n) == 0)
		foe.said += n;
}

static void
foe_end(void)
{
	if (foe.stream == NULL)
		return;
	foe.said -= stream_queued(foe.stream);
	stream_close(foe.stream, false);
	foe.stream = NULL;
	loop_timer_stop(foe.timer);
	foe.rig->open--;
}

/* The misdeed's octets, once. */
static void
foe_compose(enum stage at)
{
	const char *t = foe.does->text == NULL ? "@ x" : foe.does->text;
	size_t n = 0;

	for (; *t != '\0' && !(t[0] == '\\' && t[1] == '\0'); t++) {
		if (*t == '@')
			n += (size_t)snprintf(foe.text + n, 4, "%u", due[at].code);
		else if (*t == '^')
			n += (size_t)snprintf(foe.text + n, 601, "%0600d", 0);
		else
			foe.text[n++] = *t == '~' ? '\0' : *t;
	}
	if (*t == '\0') {
		memcpy(foe.text + n, "\r\n", 2);
		n += 2;
	}
	foe.text_len = n;
}

/* Whatever else the misdeed is: does it begin with a whole reply of that class? */
static bool
foe_begins(char class)
{
	const char *lf = memchr(foe.text, '\n', foe.text_len);
	size_t n = lf == NULL ? 0 : (size_t)(lf - foe.text);

	return n > 4 && foe.does->how != DRIPS && foe.text[0] == class && foe.text[3] == ' ' &&
	    memchr(foe.text, '\0', n) == NULL && memchr(foe.text, '\r', n - 1) == NULL;
}

/* As much as the stream takes, 10 MB in all. */
static void
foe_pump(void)
{
	enum { ALL = 10 << 20 };

	while (foe.stream != NULL && foe.said < ALL &&
	    stream_queued(foe.stream) < STREAM_QUEUE / 2)
		foe_write(foe.text, foe.text_len);
}

static void
foe_tick(void *ctx)
{
	(void)ctx;
	if (foe.stream == NULL)
		return;
	if (foe.does->how == SAYS_FOR_EVER)
		foe_write(foe.text, foe.text_len);
	else if (foe.dripped < foe.text_len)
		foe_write(foe.text + foe.dripped++, 1);
	else
		return;
	loop_timer_set(foe.timer, 10 * 1000);
}

static void
foe_misbehave(enum stage at)
{
	char end[16];

	switch (foe.does->how) {
	case CLOSES:
		if (foe.does->text != NULL)
			foe_write(foe.text, foe.text_len);
		/* what was said gets through before the end does */
		stream_close(foe.stream, foe.does->text != NULL);
		foe.stream = NULL;
		foe.rig->open--;
		break;
	case IS_SILENT:
		break;
	case DRIPS:
	case SAYS_FOR_EVER:
		foe.dripped = 0;
		foe_tick(NULL);
		break;
	case FLOODS:
		foe_pump();
		break;
	case SAYS:
		foe_write(foe.text, foe.text_len);
		break;
	case REPEATS:
		for (unsigned i = 0; i < foe.does->times; i++)
			foe_write(foe.text, foe.text_len);
		snprintf(end, sizeof(end), "%u end\r\n", due[at].code);
		foe_write(end, strlen(end));
	}
}

static void
foe_handshake(void)
{
	size_t injected;

	foe.stages |= 1u << ST_HANDSHAKE;
	if (foe.does != NULL && foe.when == ST_HANDSHAKE) {
		foe_compose(ST_HANDSHAKE);
		foe_misbehave(ST_HANDSHAKE);
	} else
		assert_int_equal(stream_tls(foe.stream, foe.rig->server, NULL, &injected), 0);
}

static void
foe_answer(enum stage at)
{
	bool bad = foe.does != NULL && foe.when == at;
	bool no = (at == ST_RCPT && foe.mode == NO_RECIPIENT) ||
	    (at == ST_DOT && foe.mode == NO_LETTER);

	foe.stages |= 1u << at;
	if (bad)
		foe_compose(at);
	if (at == ST_DOT)
		foe.took = bad ? foe.does->good || foe_begins('2') : !no;
	foe.body = at == ST_DATA && (!bad || foe.does->good || foe_begins('3'));
	if (bad) {
		foe_misbehave(at);
		return;
	}
	foe_write(no ? "550 no" : due[at].text, no ? 6 : strlen(due[at].text));
	foe_write("\r\n", 2);
	if (at == ST_STARTTLS)
		foe_handshake();
}

/* Until its challenges are answered. */
static void
foe_auth(const char *line)
{
	if (strncmp(line, "AUTH ", 5) == 0)
		foe.challenges = strstr(line, "LOGIN") != NULL || strstr(line, "NTLM") != NULL ? 3 :
		    strchr(line + 5, ' ') == NULL ? 2 : 1;
	if (--foe.challenges == 0 || (foe.does != NULL && foe.when == ST_AUTH)) {
		foe.challenges = 0;
		foe_answer(ST_AUTH);
	} else
		foe_write("334 PDFAb3Blbi5leGFtcGxlPg==\r\n", 30);
}

static void
foe_line(const char *line)
{
	static const struct { const char *verb; enum stage at; } verbs[] = {
		{ "EHLO", ST_EHLO }, { "HELO", ST_HELO }, { "STAR", ST_STARTTLS },
		{ "XCLI", ST_XCLIENT }, { "XFOR", ST_XFORWARD }, { "MAIL", ST_MAIL },
		{ "RCPT", ST_RCPT }, { "DATA", ST_DATA }, { "RSET", ST_RSET }, { "QUIT", ST_QUIT },
	};

	if (foe.body) {
		if (strcmp(line, ".") == 0)
			foe_answer(ST_DOT);
		return;
	}
	if (foe.waits && strncmp(line, "PROXY ", 6) == 0) {
		foe.waits = false;
		foe_answer(ST_BANNER);
	} else if (strncmp(line, "AUTH ", 5) == 0 || foe.challenges > 0)
		foe_auth(line);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strncmp(line, verbs[i].verb, 4) == 0)
			foe_answer(verbs[i].at);
}

static void
foe_data(void *ctx, const uint8_t *data, size_t n)
{
	(void)ctx;
	foe.heard += n;
	for (size_t i = 0; i < n && foe.stream != NULL; i++) {
		if (foe.len + 1 < PEER_LINE && data[i] != '\r' && data[i] != '\n')
			foe.line[foe.len++] = (char)data[i];
		if (data[i] != '\n')
			continue;
		foe.line[foe.len] = '\0';
		foe.len = 0;
		foe_line(foe.line);
	}
}

static void
foe_secured(void *ctx, const struct stream_tls *tls)
{
	(void)ctx;
	(void)tls;
	foe.tls = true;
	if (foe.rig->port == 465)
		foe_answer(ST_BANNER);
}

static void
foe_drained(void *ctx)
{
	(void)ctx;
	if (foe.does != NULL && foe.does->how == FLOODS && foe.text_len > 0)
		foe_pump();
}

static void
foe_down(void *ctx, int why)
{
	(void)ctx;
	(void)why;
	foe_end();
}

static int
foe_dial(struct dialer *d, const struct addr *to, uint16_t port, const struct addr *from)
{
	static const struct stream_events ev = { .data = foe_data, .secured = foe_secured,
	    .drained = foe_drained, .down = foe_down };
	struct rig *r = (struct rig *)(void *)d;
	int pair[2];

	(void)to;
	(void)from;
	r->port = port;
	r->dials++;
	r->open++;
	assert_null(foe.stream);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(stream_adopt(&foe.stream, r->loop, pair[1], &ev, NULL), 0);
	if (port == 465)
		foe_handshake();
	else if (!foe.waits)
		foe_answer(ST_BANNER);
	return pair[0];
}
