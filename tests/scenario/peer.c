/* tests/scenario/peer.c -- a scripted mail server, and what it does with a mail
 * that it took: keeps, hands on, or bounces it. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LINE = 4096, MAIL = 65536, PATH = PEER_PATH, DRIP_S = 10, SLOW_S = 240 };

struct talk {			/* one connection to a peer */
	struct world	*world;
	struct peer	*peer;
	struct addr	 client;
	struct stream	*stream;
	char		 line[LINE];
	size_t		 len;
	bool		 data, closing;
	struct loop_timer *later;	/* of what is said late */
	const char	*late;
	bool		 trusted;	/* every rule is forgotten */
	uint16_t	 port;
	unsigned	 number;
	bool		 tls;
	char		 from[PATH], rcpt[PATH];
	char		 mail[MAIL];
	size_t		 mail_len;
};

static const struct rule usual[] = {
	{ "BANNER", "", "220 mx.example ESMTP" }, { "EHLO", "", "250 mx.example" },
	{ "HELO", "", "250 mx.example" }, { "MAIL", "", "250 ok" },
	{ "RCPT", "", "250 ok" }, { "DATA", "", "354 go" }, { "DOT", "", "250 queued" },
	{ "RSET", "", "250 ok" }, { "QUIT", "", "221 bye" },
};

static const char *
reply_to(const struct talk *t, const char *verb, const char *line)
{
	const struct peer *p = t->peer;

	for (size_t i = 0; i < p->n && (!t->trusted || strcmp(verb, "EHLO") == 0); i++)
		if (strcmp(p->rules[i].verb, verb) == 0 &&
		    strstr(line, p->rules[i].part) != NULL)
			return p->rules[i].reply;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strcmp(usual[i].verb, verb) == 0)
			return usual[i].reply;
	return "502 what";
}

/* --- handing on --- */

struct courier {		/* one mail on its way to our receiver */
	struct courier	*next;
	struct world	*world;
	struct loop_timer *timer;
	struct addr	 exit;
	char		 from[PATH], rcpt[PATH];
	char		*text;
	struct stream	*stream;
	unsigned	 step;
};

static void
courier_free(struct courier *c)
{
	struct courier **at = &c->world->couriers;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	loop_timer_free(c->timer);
	stream_close(c->stream, true);
	free(c->text);
	free(c);
}

static void
courier_say(struct courier *c, const char *a, const char *b, const char *z)
{
	char line[PATH + 32];
	int n = snprintf(line, sizeof(line), "%s%s%s\r\n", a, b, z);

	if (stream_write(c->stream, line, (size_t)n) != 0)
		die("courier: queue");
}

/* One reply, one step: good enough for our own receiver. */
static void
courier_data(void *ctx, const uint8_t *p, size_t n)
{
	struct courier *c = ctx;

	if (n < 4 || (p[0] != '2' && p[0] != '3'))
		c->step = 5;
	switch (c->step++) {
	case 0:
		courier_say(c, "HELO ", "relay.example", "");
		break;
	case 1:
		courier_say(c, "MAIL FROM:<", c->from, ">");
		break;
	case 2:
		courier_say(c, "RCPT TO:<", c->rcpt, ">");
		break;
	case 3:
		courier_say(c, "DATA", "", "");
		break;
	case 4:
		if (stream_write(c->stream, c->text, strlen(c->text)) != 0)
			die("courier: queue");
		courier_say(c, ".", "", "");
		break;
	default:
		courier_say(c, "QUIT", "", "");
	}
}

static void
courier_down(void *ctx, int why)
{
	(void)why;
	courier_free(ctx);
}

static void
courier_go(void *ctx)
{
	static const struct stream_events ev = { .data = courier_data, .down = courier_down };
	struct courier *c = ctx;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0 ||
	    stream_adopt(&c->stream, c->world->loop, pair[0], &ev, c) != 0)
		die("courier");
	smtpd_adopt(c->world->smtpd, pair[1], &c->exit);
}

void
peer_send_on(struct world *w, const struct addr *exit, int64_t after_s,
    const char *from, const char *rcpt, const char *text)
{
	struct courier *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->text = strdup(text)) == NULL ||
	    loop_timer(&c->timer, w->loop, courier_go, c) != 0)
		die("courier: memory");
	c->world = w;
	c->next = w->couriers;
	w->couriers = c;
	c->exit = *exit;
	snprintf(c->from, sizeof(c->from), "%s", from);
	snprintf(c->rcpt, sizeof(c->rcpt), "%s", rcpt);
	loop_timer_set(c->timer, after_s * 1000 + 100);
}

void
peer_forget_mails(struct world *w)
{
	while (w->couriers != NULL)
		courier_free(w->couriers);
}

void
peer_unroute(char out[PATH], const char *rcpt)
{
	char *pct;

	snprintf(out, PATH, "%s", rcpt);
	pct = strchr(out, '%');
	if (pct == NULL)
		return;
	*pct = '@';
	pct = strchr(pct + 1, '@');
	if (pct != NULL)
		*pct = '\0';
}

/* What the servers on the way put above the letter. */
static void
stamp(char *out, size_t cap, const struct peer *p)
{
	char entry[ADDR_TEXT], hop[300] = "";

	addr_text(entry, &p->addr);
	if (p->linked)
		snprintf(hop, sizeof(hop), "Received: from mx.example (mx.example [%s])\r\n"
		    "\tby relay.example with ESMTP id 2; Sun, 22 Nov 2026 00:00:01 +0000\r\n", entry);
	snprintf(out, cap, "%sReceived: from relaytest.probe.example "
	    "(relaytest.probe.example [198.18.0.1])\r\n\tby mx.example with "
	    "ESMTP id 1; Sun, 22 Nov 2026 00:00:00 +0000\r\n", hop);
}

/* A report without the letter, or an answer of a person's machine with all of it. */
static void
send_back(struct talk *t, const struct addr *exit)
{
	static const char answer[] = "Auto-Submitted: auto-replied\r\nSubject: Re: relay test\r\n"
	    "\r\nI am away. You wrote:\r\n\r\n";
	char *text = malloc(MAIL + sizeof(answer));

	if (text == NULL)
		die("memory");
	snprintf(text, MAIL + sizeof(answer), "%s%s", answer, t->mail);
	peer_send_on(t->world, exit, t->peer->after_s, t->peer->answers ? "user@mx.example" : "",
	    t->from, t->peer->answers ? text :
	    "Auto-Submitted: auto-replied\r\nSubject: failure\r\n\r\nno\r\n");
	free(text);
}

static void
deliver(struct talk *t)
{
	struct peer *p = t->peer;
	const struct addr *exit = addr_is_none(&p->exit) ? &p->addr : &p->exit;
	char rcpt[PATH], *text, stamps[800];

	if (p->bounces || p->answers)
		send_back(t, exit);
	if (!p->relays || (p->most > 0 && p->handed == p->most))
		return;
	p->handed++;
	peer_unroute(rcpt, t->rcpt);
	stamp(stamps, sizeof(stamps), p);
	text = malloc(MAIL + sizeof(stamps));
	if (text == NULL)
		die("memory");
	snprintf(text, MAIL + sizeof(stamps), "%s%s", stamps, t->mail);
	peer_send_on(t->world, exit, p->after_s, t->from, rcpt, text);
	free(text);
}

/* --- the dialogue --- */

static void
see(const struct talk *t, const struct sight *what)
{
	struct sight s = *what;

	s.peer = t->peer;
	s.talk = t->number;
	s.port = t->port;
	s.tls = t->tls;
	if (t->world->saw != NULL)
		t->world->saw(t->world, &s);
}

static void
talk_end(struct talk *t)
{
	see(t, &(struct sight){ .what = SIGHT_END });
	loop_timer_free(t->later);
	stream_close(t->stream, true);
	free(t);
}

static void
say(struct talk *t, const char *reply)
{
	char line[2 * RULE_TEXT + 3];
	int n = 0;

	if (strcmp(reply, "!silence") == 0)
		return;
	if (strcmp(reply, "!endless") == 0 || strncmp(reply, "!slow ", 6) == 0) {
		t->late = reply;
		loop_timer_set(t->later, reply[1] == 'e' ? DRIP_S * 1000 : SLOW_S * 1000);
		return;
	}
	if (strcmp(reply, "!tls") == 0) {
		size_t injected;

		if (stream_write(t->stream, "220 go\r\n", 8) != 0 ||
		    stream_tls(t->stream, t->world->server, NULL, &injected) != 0)
			die("peer: tls");
		return;
	}
	if (strcmp(reply, "!drop") == 0) {
		t->closing = true;
		return;
	}
	for (const char *c = reply; *c != '\0' && n < (int)sizeof(line) - 3; c++) {
		if (*c == '|')		/* a line ends */
			line[n++] = '\r';
		line[n++] = *c == '|' ? '\n' : *c;
	}
	n += snprintf(line + n, sizeof(line) - (size_t)n, "\r\n");
	if (stream_write(t->stream, line, (size_t)n) != 0)
		die("peer: queue");
	if (strncmp(reply, "221", 3) == 0 || strncmp(reply, "421", 3) == 0)
		t->closing = true;
}

/* One more of the lines without an end, or the late reply. */
static void
say_late(void *ctx)
{
	struct talk *t = ctx;

	if (t->late[1] != 'e')
		say(t, t->late + 6);
	else if (stream_write(t->stream, "220-and more\r\n", 14) == 0)
		loop_timer_set(t->later, DRIP_S * 1000);
}

static void
take_path(char out[PATH], const char *line)
{
	const char *a = strchr(line, '<'), *z = strrchr(line, '>');

	snprintf(out, PATH, "%.*s", a != NULL && z > a ? (int)(z - a - 1) : 0,
	    a != NULL ? a + 1 : "");
}

static void
data_line(struct talk *t, const char *line)
{
	const char *reply;

	if (strcmp(line, ".") != 0) {
		t->mail_len += (size_t)snprintf(t->mail + t->mail_len,
		    MAIL - t->mail_len, "%s\r\n", line[0] == '.' ? line + 1 : line);
		if (t->mail_len >= MAIL)
			die("peer: letter too long");
		return;
	}
	t->data = false;
	reply = reply_to(t, "DOT", "");
	see(t, &(struct sight){ .what = SIGHT_LINE, .line = ".", .reply = reply,
	    .octets = t->mail_len });
	say(t, reply);
	if (reply[0] == '2')
		deliver(t);
}

static void
command_line(struct talk *t, const char *line)
{
	char verb[8];
	const char *reply;

	if (t->peer->heard_len + strlen(line) + 1 < HEARD)
		t->peer->heard_len += (size_t)sprintf(t->peer->heard + t->peer->heard_len,
		    "%s\n", line);
	snprintf(verb, sizeof(verb), "%.4s", line);
	reply = reply_to(t, verb, line);
	if (strcmp(verb, "PROX") == 0 && t->peer->proxied)
		reply = reply_to(t, "BANNER", "");
	if (t->peer->after[0] != '\0' && strcmp(verb, t->peer->after) == 0 && reply[0] == '2')
		t->trusted = true;
	if (strcmp(verb, "MAIL") == 0)
		take_path(t->from, line);
	if (strcmp(verb, "RCPT") == 0)
		take_path(t->rcpt, line);
	see(t, &(struct sight){ .what = SIGHT_LINE, .line = line, .reply = reply });
	if (strcmp(verb, "DATA") == 0 && reply[0] == '3') {
		t->data = true;
		t->mail_len = 0;
	}
	say(t, reply);
}

static void
talk_data(void *ctx, const uint8_t *p, size_t n)
{
	struct talk *t = ctx;

	for (size_t i = 0; i < n && !t->closing; i++) {
		if (t->len + 1 >= LINE)
			die("peer: line too long");
		t->line[t->len++] = (char)p[i];
		if (p[i] != '\n')
			continue;
		if (t->len < 2 || t->line[t->len - 2] != '\r')
			die("the prober sent a bare LF");
		t->line[t->len - 2] = '\0';
		t->len = 0;
		if (t->data)
			data_line(t, t->line);
		else
			command_line(t, t->line);
	}
	if (t->closing)
		talk_end(t);
}

static void
talk_down(void *ctx, int why)
{
	(void)why;
	talk_end(ctx);
}

static void
talk_secured(void *ctx, const struct stream_tls *tls)
{
	struct talk *t = ctx;

	(void)tls;
	t->tls = true;
	t->trusted = t->trusted || strcmp(t->peer->after, "TLS") == 0;
	if (t->port == 465)
		say(t, reply_to(t, "BANNER", ""));
}

/* What a peer does first. */
static void
talk_begin(struct talk *t)
{
	size_t injected;
	char port[16];

	snprintf(port, sizeof(port), ":%u:", t->port);
	if (t->port == 465) {
		if (stream_tls(t->stream, t->world->server, NULL, &injected) != 0)
			die("peer: tls");
	} else if (!t->peer->proxied)
		say(t, reply_to(t, "BANNER", port));
}

int
peer_dial(struct world *w, struct peer *p, uint16_t port, const struct addr *from)
{
	static const struct stream_events ev = { .data = talk_data,
	    .secured = talk_secured, .down = talk_down };
	struct talk *t = calloc(1, sizeof(*t));
	int pair[2];

	if (t == NULL || socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0 ||
	    stream_adopt(&t->stream, w->loop, pair[1], &ev, t) != 0 ||
	    loop_timer(&t->later, w->loop, say_late, t) != 0)
		die("peer");
	t->world = w;
	t->peer = p;
	t->client = *from;
	t->port = port;
	t->number = ++w->talks;
	see(t, &(struct sight){ .what = SIGHT_BEGIN });
	t->trusted = !addr_is_none(&p->friend) && addr_eq(&p->friend, from);
	talk_begin(t);
	if (t->closing)
		talk_end(t);
	return pair[0];
}
