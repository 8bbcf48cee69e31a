#pragma once
/* What the tests of probe/run share: a prober on the fake loop between a
 * keeper that writes down what it hears and SMTP servers that do as told. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cert.h"
#include "fact/finding.h"
#include "probe/run.h"
#include "sys/channel.h"

enum { PEERS = 64, RULES = 6, PEER_LINE = 1024 };

/* What a server answers to a command (its first four letters; "BANN" for the
 * banner, "BODY" for the dot, "ALL" for any).  Beside text:
 *	!close      closes           !silent    says nothing
 *	!drip TEXT  an octet each 10 s           !lines    "220-x" each 10 s, for ever
 *	!flood      lines without an end, as fast as they are read, to 10 MB
 *	!long       one line of 10 MB            !nul      zeros
 *	!tls        220 and TLS                  !inject   220, "250 x" and TLS
 *	!nontls     220 and text where TLS should begin
 *	!big        a reply of 60 KB             !early    the reply twice */
struct rule { const char *verb, *reply; };

struct smtp_peer {
	struct rig		*rig;
	struct stream		*stream;
	const struct rule	*rules;
	struct loop_timer	*timer;
	char			 line[PEER_LINE];
	size_t			 len;
	bool			 body, lines;
	const char		*drip;		/* what is left of it */
	const char		*pump;		/* repeated until pumped is 10 MB */
	size_t			 pumped;
	struct gbuf		 heard;		/* all of it */
};

struct rig {
	struct dialer		 dialer;	/* first: the prober's */
	struct clock_fake	 clock;
	struct loop		*loop;
	struct conf		 conf;
	struct resolver		*resolver;
	struct plan_list	*list;
	struct tls_ctx		*client, *server;
	struct channel		*ours, *keepers;	/* the prober's end, keeper's end */
	int			 raw;		/* keeper's end where keepers is NULL */
	struct prober		*prober;
	const struct rule	*rules;		/* of servers to come */
	struct smtp_peer	*peers[PEERS];
	unsigned		 dials, open, most;	/* connections: ever, now, at most */
	bool			 denies, mute;	/* keeper's answer to MSG_ASK */
	bool			 refuses;	/* nobody listens */
	uint16_t		 port;		/* of the last dial */
	struct addr		 to;
	char			 log[8192];	/* what keeper heard */
	size_t			 len;
	char			 said[128 * 1024];	/* transcripts */
	size_t			 said_len;
	unsigned		 said_cuts;
	uint32_t		 took_ms;
	char			 ptr[256];
	char			 found_to[TEXT_PATH + 1];
	struct msg_order	 order;		/* what an order says besides */
	const char		*form_host, *form_dom;	/* what {host} and {dom} stand for */
};

/* --- servers --- */

static void
peer_say(struct smtp_peer *p, const char *text)
{
	if (p->stream != NULL)
		assert_int_equal(stream_write(p->stream, text, strlen(text)), 0);
}

static void
peer_free(struct smtp_peer *p)
{
	stream_close(p->stream, false);
	loop_timer_free(p->timer);
	gbuf_free(&p->heard);
	free(p);
}

static void
peer_end(struct smtp_peer *p)
{
	if (p->stream == NULL)
		return;
	stream_close(p->stream, false);
	p->stream = NULL;
	loop_timer_stop(p->timer);
	p->rig->open--;
}

static void
peer_tick(void *ctx)
{
	struct smtp_peer *p = ctx;
	char one[2] = { 0 };

	if (p->stream == NULL)
		return;
	if (p->lines)
		peer_say(p, "220-x\r\n");
	else if (p->drip != NULL && *p->drip != '\0') {
		one[0] = *p->drip++;
		peer_say(p, one);
	} else
		return;
	loop_timer_set(p->timer, 10 * 1000);
}

static void
peer_pump(struct smtp_peer *p)
{
	static char chunk[64 * 1024];
	size_t unit = strlen(p->pump);

	for (size_t i = 0; i < sizeof(chunk); i++)
		chunk[i] = p->pump[i % unit];
	if (p->stream == NULL || p->pumped > (10u << 20))
		return;
	assert_int_equal(stream_write(p->stream, chunk, sizeof(chunk)), 0);
	p->pumped += sizeof(chunk);
}

static void
peer_tls(struct smtp_peer *p)
{
	size_t injected;

	assert_int_equal(stream_tls(p->stream, p->rig->server, NULL, &injected), 0);
}

static void
peer_big(struct smtp_peer *p)
{
	for (int i = 0; i < 50; i++) {
		char line[1200];

		memset(line, 'b', sizeof(line));
		memcpy(line, i < 49 ? "250-" : "250 ", 4);
		memcpy(line + sizeof(line) - 3, "\r\n", 3);
		peer_say(p, line);
	}
}

static void
peer_answer(struct smtp_peer *p, const char *verb, const char *usual)
{
	const char *r = usual;

	for (size_t i = 0; i < RULES && p->rules[i].verb != NULL; i++)
		if (strcmp(p->rules[i].verb, verb) == 0 || strcmp(p->rules[i].verb, "ALL") == 0) {
			r = p->rules[i].reply;
			break;
		}
	if (strcmp(r, "!close") == 0)
		peer_end(p);
	else if (strcmp(r, "!silent") == 0)
		return;
	else if (strncmp(r, "!drip", 5) == 0) {
		p->drip = r[5] == '\0' ? usual : r + 6;
		peer_tick(p);
	} else if (strcmp(r, "!lines") == 0) {
		p->lines = true;
		peer_tick(p);
	} else if (strcmp(r, "!flood") == 0 || strcmp(r, "!long") == 0) {
		p->pump = r[1] == 'f' ? "220-endless\r\n" : "220 x";
		peer_pump(p);
	} else if (strcmp(r, "!nul") == 0)
		assert_int_equal(stream_write(p->stream, "\0\0\0\0\0\0", 6), 0);
	else if (strcmp(r, "!big") == 0)
		peer_big(p);
	else if (strcmp(r, "!early") == 0) {
		peer_say(p, usual);
		peer_say(p, usual);
	} else if (r[0] == '!') {
		peer_say(p, "220 go\r\n");
		if (strcmp(r, "!inject") == 0)
			peer_say(p, "250 injected\r\n");
		if (strcmp(r, "!nontls") == 0)
			peer_say(p, "this is not TLS, nor will it ever be\r\n");
		else
			peer_tls(p);
	} else
		peer_say(p, r);
}

static const struct { const char *verb, *reply; } usual[] = {
	{ "EHLO", "250-mail.open.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n" },
	{ "HELO", "250 mail.open.example\r\n" }, { "MAIL", "250 ok\r\n" },
	{ "RCPT", "550 relaying denied\r\n" }, { "DATA", "354 go\r\n" },
	{ "RSET", "250 ok\r\n" }, { "QUIT", "221 bye\r\n" }, { "STAR", "!tls" },
};

static void
peer_line(struct smtp_peer *p)
{
	char verb[5] = { 0 };

	if (p->body) {
		if (strcmp(p->line, ".") == 0) {
			p->body = false;
			peer_answer(p, "BODY", "250 queued\r\n");
		}
		return;
	}
	memcpy(verb, p->line, strnlen(p->line, 4));
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strcmp(usual[i].verb, verb) == 0) {
			p->body = strcmp(verb, "DATA") == 0;
			peer_answer(p, verb, usual[i].reply);
			return;
		}
	peer_say(p, "500 what\r\n");
}

static void
peer_data(void *ctx, const uint8_t *data, size_t n)
{
	struct smtp_peer *p = ctx;

	assert_int_equal(gbuf_add(&p->heard, data, n), 0);
	for (size_t i = 0; i < n && p->stream != NULL; i++) {
		if (p->len + 1 < PEER_LINE && data[i] != '\r' && data[i] != '\n')
			p->line[p->len++] = (char)data[i];
		if (data[i] != '\n')
			continue;
		p->line[p->len] = '\0';
		p->len = 0;
		peer_line(p);
	}
}

static void
peer_secured(void *ctx, const struct stream_tls *tls)
{
	struct smtp_peer *p = ctx;

	(void)tls;
	if (p->rig->port == 465)
		peer_answer(p, "BANN", "220 mail.open.example ESMTP\r\n");
}

static void
peer_drained(void *ctx)
{
	struct smtp_peer *p = ctx;

	if (p->pump != NULL)
		peer_pump(p);
}

static void
peer_down(void *ctx, int why)
{
	(void)why;
	peer_end(ctx);
}

static const struct stream_events peer_events = {
	.data = peer_data, .secured = peer_secured, .drained = peer_drained, .down = peer_down,
};

static int
rig_dial(struct dialer *d, const struct addr *to, uint16_t port, const struct addr *from)
{
	struct rig *r = (struct rig *)(void *)d;
	struct smtp_peer *p;
	int pair[2];

	(void)from;
	r->to = *to;
	r->port = port;
	r->dials++;
	if (r->refuses) {
		errno = ECONNREFUSED;
		return SEK_ESYS;
	}
	p = calloc(1, sizeof(*p));
	assert_non_null(p);
	p->rig = r;
	p->rules = r->rules;
	p->heard.max = 1 << 20;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(loop_timer(&p->timer, r->loop, peer_tick, p), 0);
	assert_int_equal(stream_adopt(&p->stream, r->loop, pair[1], &peer_events, p), 0);
	if (r->peers[r->dials % PEERS] != NULL)
		peer_free(r->peers[r->dials % PEERS]);
	r->peers[r->dials % PEERS] = p;
	r->open++;
	r->most = r->open > r->most ? r->open : r->most;
	if (port == 465)
		peer_tls(p);
	else
		peer_answer(p, "BANN", "220 mail.open.example ESMTP\r\n");
	return pair[0];
}

/* --- keeper --- */

static void rig_log(struct rig *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
rig_log(struct rig *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	r->len += (size_t)vsnprintf(r->log + r->len, sizeof(r->log) - r->len, fmt, ap);
	va_end(ap);
	assert_true(r->len < sizeof(r->log));
}

static void
rig_send(struct rig *r, unsigned type, const void *msg)
{
	if (r->keepers != NULL)
		assert_int_equal(channel_send(r->keepers, type, msg, -1), 0);
	else
		assert_int_equal(frame_write(r->raw, type, msg, -1), 0);
}

static void
rig_found(struct rig *r, const struct frame *f)
{
	struct msg_found m;

	assert_int_equal(frame_decode(&m, sizeof(m), f), 0);
	assert_int_equal(str_copy(r->found_to, sizeof(r->found_to), m.rcpt_to), 0);
	assert_true(m.attempt < RELAYTEST_N);
	rig_log(r, "%s=%s/%u ", relaytest_forms[m.attempt].id, finding_name(m.finding), m.code);
}

static void
rig_ended(struct rig *r, const struct frame *f)
{
	struct msg_ended m;

	assert_int_equal(frame_decode(&m, sizeof(m), f), 0);
	r->took_ms = m.took_ms;
	assert_int_equal(str_copy(r->ptr, sizeof(r->ptr), m.ptr), 0);
	rig_log(r, "end=%s ", finding_name(m.finding));
}

static void
rig_said(struct rig *r, const struct frame *f)
{
	struct msg_said m;

	assert_int_equal(frame_decode(&m, sizeof(m), f), 0);
	r->said_cuts += str_search(m.octets, STR("* cut\n")) >= 0;
	if (r->said_len + m.octets.n < sizeof(r->said)) {
		memcpy(r->said + r->said_len, m.octets.p, m.octets.n);
		r->said_len += m.octets.n;
	}
}

static void
rig_resolved(struct rig *r, const struct frame *f)
{
	struct msg_resolved m;

	assert_int_equal(frame_decode(&m, sizeof(m), f), 0);
	rig_log(r, "%u:%s\"%.*s\"", (unsigned)m.id, m.ok ? "ok" : "no",
	    (int)m.names.n, m.names.p);
	for (size_t i = 0; i + 16 <= m.addrs.n; i += 16) {
		char text[ADDR_TEXT];
		struct addr a;

		memcpy(a.o, m.addrs.p + i, 16);
		addr_text(text, &a);
		rig_log(r, ",%s", text);
	}
	rig_log(r, "%s%.*s ", m.why.n > 0 ? "," : "", (int)m.why.n, m.why.p);
}

static void
rig_asked(struct rig *r, const struct frame *f)
{
	struct msg_id m;
	struct msg_grant g = { .why = STR("no-basis") };

	assert_int_equal(frame_decode(&m, sizeof(m), f), 0);
	g.id = m.id;
	g.ok = !r->denies;
	rig_log(r, "ask ");
	if (!r->mute)
		rig_send(r, MSG_GRANT, &g);
}

static void
rig_name(struct rig *r, const struct frame *f)
{
	static const char *const sources[] = { "?", "ptr", "given", "ehlo", "banner", "cert" };
	struct msg_name m;

	assert_int_equal(frame_decode(&m, sizeof(m), f), 0);
	assert_in_range(m.source, 1, 5);
	rig_log(r, "%s%s:%.*s/%.*s ", m.used ? "" : "!", sources[m.source],
	    (int)m.host.n, m.host.p, (int)m.dom.n, m.dom.p);
}

static void
rig_letter_done(struct rig *r, const struct frame *f)
{
	struct msg_letter_done m;

	assert_int_equal(frame_decode(&m, sizeof(m), f), 0);
	rig_log(r, "letter%u=%s/%u(%.*s) ", (unsigned)m.id, m.ok ? "ok" : "no", m.code,
	    (int)m.said.n, m.said.p);
}

static void
keeper_hears(void *ctx, struct channel *c, struct frame *f)
{
	struct rig *r = ctx;

	(void)c;
	switch (f->type) {
	case MSG_ASK:
		rig_asked(r, f);
		break;
	case MSG_FOUND:
		rig_found(r, f);
		break;
	case MSG_ENDED:
		rig_ended(r, f);
		break;
	case MSG_SAID:
		rig_said(r, f);
		break;
	case MSG_NAME:
		rig_name(r, f);
		break;
	case MSG_NAMED:
		rig_log(r, "named ");
		break;
	case MSG_RESOLVED:
		rig_resolved(r, f);
		break;
	case MSG_LETTER_DONE:
		rig_letter_done(r, f);
		break;
	default:
		fail_msg("keeper was sent type %u", f->type);
	}
}

static void
keeper_gone(void *ctx, struct channel *c)
{
	struct rig *r = ctx;

	channel_free(c);
	r->keepers = NULL;
}

static void
prober_hears(void *ctx, struct channel *c, struct frame *f)
{
	struct rig *r = ctx;

	(void)c;
	prober_message(r->prober, f);
}

static void
prober_alone(void *ctx, struct channel *c)
{
	struct rig *r = ctx;

	channel_free(c);
	r->ours = NULL;
	prober_keeper(r->prober, NULL);
}

/* --- the whole --- */

static char text_pd[] = "probe.example", text_none[] = "", text_operator[] = "Example CSIRT",
    text_helo[] = "relaytest.probe.example", text_url[] = "https://bl.example/",
    text_contact[] = "csirt@example.com";

static void
rig_open(struct rig *r, const struct rule *rules, const char *dns)
{
	static const struct channel_events keeper = { keeper_hears, NULL, keeper_gone };
	static const struct channel_events prober = { prober_hears, NULL, prober_alone };
	struct prober_with with;
	int pair[2];

	memset(r, 0, sizeof(*r));
	r->dialer.dial = rig_dial;
	r->rules = rules;
	r->conf = (struct conf){ .probe_domain = text_pd, .probe_domain2 = text_none,
	    .probe_helo = text_helo, .operator = text_operator, .url = text_url,
	    .contact = text_contact, .probe_sessions = 64, .transcript_octets = 256 * 1024 };
	clock_fake_init(&r->clock, (struct wall){ 1795385196 });
	r->loop = loop_new_fake(&r->clock);
	assert_non_null(r->loop);
	assert_int_equal(resolver_new_fake(&r->resolver, r->loop, dns), 0);
	assert_int_equal(plan_list_new(&r->list), 0);
	assert_int_equal(tls_client_new(&r->client), 0);
	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(channel_new(&r->ours, r->loop, pair[0], &prober, r), 0);
	assert_int_equal(channel_new(&r->keepers, r->loop, pair[1], &keeper, r), 0);
	with = (struct prober_with){ r->loop, &r->dialer, r->resolver, r->client, &r->conf, r->list, NULL };
	assert_int_equal(prober_new(&r->prober, &with), 0);
	prober_keeper(r->prober, r->ours);
}

static void
rig_close(struct rig *r)
{
	r->resolver->free(r->resolver);
	prober_free(r->prober);
	for (size_t i = 0; i < PEERS; i++)
		if (r->peers[i] != NULL)
			peer_free(r->peers[i]);
	channel_free(r->ours);
	channel_free(r->keepers);
	loop_free(r->loop);
	plan_list_free(r->list);
	tls_free(r->client);
	tls_free(r->server);
}

static void
rig_run(struct rig *r, int64_t s)
{
	loop_run(r->loop, (struct mono){ r->clock.mono.ms + s * 1000 });
}

/* Orders one session; forms are ids with spaces between, a form's index is its
 * attempt. */
static inline void
rig_order(struct rig *r, uint64_t id, uint8_t pace, const char *host, const char *forms)
{
	struct str rest = str_of(forms);
	int first = relaytest_find((struct str){ forms, 3 });
	struct msg_order o = r->order;
	struct msg_id go = { id };

	o.order = id;
	o.run = 1;
	o.addr = addr_v4(198, 18, 1, 10);
	o.port = relaytest_forms[first].port != 0 ? relaytest_forms[first].port : 25;
	o.pace = pace;
	o.purpose = RUN_PROBE;
	o.host = str_of(host);

	rig_send(r, MSG_ORDER, &o);
	while (rest.n > 0) {
		int form = relaytest_find(str_cut(&rest, ' '));
		struct msg_form f = { .order = id, .attempt = (uint64_t)form, .form = (uint8_t)form,
		    .host = str_of(r->form_host), .dom = str_of(r->form_dom),
		    .recipient = STR("recipienttoken"), .sender = STR("sendertoken"),
		    .mac = STR("0123abcd") };

		assert_true(form >= 0);
		rig_send(r, MSG_FORM, &f);
	}
	rig_send(r, MSG_GO, &go);
}

static inline bool
peer_heard(const struct smtp_peer *p, const char *what)
{
	return p != NULL && str_search((struct str){ (const char *)p->heard.p, p->heard.len },
	    str_of(what)) >= 0;
}

static inline size_t
open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += dup2(fd, fd) == fd;
	return n;
}

static inline void
rig_tls(struct rig *r)
{
	cert_server(&r->server);
}
