/* A server that says anything against the whole: keeper, prober and receiver of
 * a real test, over its sessions, ports, TLS and AUTH, on a fake net and clock.
 *
 * Input: ports, flags, capabilities, then an octet for each reply: which of `kinds` it is;
 * with the high bit, for this verb from now on.  Some take more octets.  Where
 * the input has ended, recipients are refused.
 *
 * Holds: open and listed only if a letter was really handed on; closed only if
 * something was refused or bounced; accepts only if a letter was taken; nobody
 * else is ever listed; the journal is whole. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "fact/verdict.h"
#include "keep/journal.h"
#include "keep/list.h"
#include "keep/nominate.h"
#include "../../scenario/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum verb { BANNER, EHLO, HELO, STARTTLS, AUTH, XCLIENT, XFORWARD, MAIL, RCPT, DATA, DOT,
	RSET, QUIT, OTHER, VERBS };
enum { TEXT = 2048, LINE = 4096, LETTER = 16384, RAW = 64, DIALS = 4000 };

static const struct { const char *word, *yes; } verbs[VERBS] = {
	[BANNER] = { "PROX", "220 mail.open.example ESMTP\r\n" }, [EHLO] = { "EHLO", NULL },
	[HELO] = { "HELO", "250 mail.open.example\r\n" }, [STARTTLS] = { "STAR", "220 go\r\n" },
	[AUTH] = { "AUTH", "235 ok\r\n" }, [XCLIENT] = { "XCLI", "220 mail.open.example\r\n" },
	[XFORWARD] = { "XFOR", "250 ok\r\n" }, [MAIL] = { "MAIL", "250 ok\r\n" },
	[RCPT] = { "RCPT", "250 ok\r\n" }, [DATA] = { "DATA", "354 go\r\n" },
	[DOT] = { ".", "250 queued\r\n" }, [RSET] = { "RSET", "250 ok\r\n" },
	[QUIT] = { "QUIT", "221 bye\r\n" }, [OTHER] = { "", "502 what\r\n" },
};

/* @ yes, # the same but no to RCPT, $ its code, * octets of the input, ~ zero */
static const struct kind {
	const char	*text;
	unsigned	 delay_s;
	bool		 closes;
} kinds[] = {
	{ "#", 0, false }, { "@", 0, false }, { "450 4.2.0 later\r\n", 0, false },
	{ "550 no\r\n", 0, false }, { "421 go away\r\n", 0, true }, { "", 0, true },
	{ "", 0, false }, { "454 4.7.1 denied\r\n", 0, false },
	{ "530 5.7.0 Must issue a STARTTLS command first\r\n", 0, false },
	{ "*", 0, false }, { "$-*\r\n$ x\r\n", 0, false }, { "@@", 0, false },
	{ "334 PDFAeD4=\r\n", 0, false }, { "354 go\r\n", 0, false }, { "@", 60, false },
	{ "@", 290, false }, { "#", 310, false }, { "@250 x\r\n354 go\r\n250 x\r\n", 0, false },
	{ "$-x\r\n550 y\r\n", 0, false }, { "$ ~\r\n", 0, false }, { "221 bye\r\n", 0, true },
	{ "554 no\r\n", 0, true },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

enum fate { KEPT, RELAYED, BOUNCED, ANSWERED, QUOTED, STRANGER, LATE, TWICE, ACCOUNT, FATES };

static struct {
	struct world	 w;
	const uint8_t	*p;
	size_t		 n, at;
	uint8_t		 always[VERBS];
	uint8_t		 ports, caps;	/* what it never listens to; what it says it can */
	bool		 proxied;
	struct guest	*guests;
	unsigned	 dials;
	bool		 refused, took, handed, handed_alone;
	int		(*own)(struct dialer *d, const struct addr *to, uint16_t port,
			    const struct addr *from);
} y;

struct guest {
	struct guest	*next;
	struct stream	*stream;
	struct loop_timer *timer;
	struct addr	 me;
	uint16_t	 port;
	bool		 data, auth, closing, deaf;	/* deaf: to TLS that it did not mean */
	char		 line[LINE], from[PEER_PATH], rcpt[PEER_PATH];
	size_t		 len;
	char		 letter[LETTER];
	size_t		 letter_len;
	char		 later[TEXT];
	size_t		 later_len;
};

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static uint8_t
take(void)
{
	return y.at < y.n ? y.p[y.at++] : 0;
}

/* --- replies --- */

static size_t
put(char *out, size_t at, const char *text)
{
	size_t n = strlen(text);

	demand(at + n < TEXT);
	memcpy(out + at, text, n);
	return at + n;
}

static size_t
put_caps(char *out, size_t at)
{
	static const char *const caps[] = { "STARTTLS", "AUTH PLAIN LOGIN", "AUTH=CRAM-MD5 ANONYMOUS NTLM",
		"XCLIENT NAME ADDR", "XFORWARD NAME ADDR", "DSN", "SIZE 1", "PIPELINING" };
	at = put(out, at, "250-mail.open.example\r\n");
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		if (y.caps & 1u << i) {
			at = put(out, at, "250-");
			at = put(out, at, caps[i]);
			at = put(out, at, "\r\n");
		}
	return put(out, at, "250 HELP\r\n");
}

static size_t
put_raw(char *out, size_t at)
{
	for (unsigned n = take() % RAW; n > 0 && y.at < y.n; n--)
		out[at++] = (char)take();
	return at;
}

static size_t
put_yes(char *out, size_t at, enum verb v)
{
	return v == EHLO ? put_caps(out, at) : put(out, at, verbs[v].yes);
}

static size_t
compose(char *out, const char *text, enum verb v)
{
	char code[4] = { 0 };
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == '@' || (*text == '#' && v != RCPT))
			n = put_yes(out, n, v);
		else if (*text == '#')
			n = put(out, n, "550 relaying denied\r\n");
		else if (*text == '*')
			n = put_raw(out, n);
		else if (*text == '$')
			n = put(out, n, memcpy(code, v == EHLO ? "250" : verbs[v].yes, 3));
		else
			out[n++] = *text == '~' ? '\0' : *text;
	}
	return n;
}

/* What was said, as whoever hears it may take it. */
static void
note(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((i == 0 || text[i - 1] == '\n' || text[i - 1] == '\r') &&
		    (text[i] == '5' || (n - i > 2 && memcmp(text + i, "454", 3) == 0)))
			y.refused = true;
}

static void
guest_free(struct guest *g)
{
	struct guest **at = &y.guests;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	stream_close(g->stream, true);
	loop_timer_free(g->timer);
	free(g);
}

static void
write_later(void *ctx)
{
	struct guest *g = ctx;

	(void)!stream_write(g->stream, g->later, g->later_len);
}

/* Returns the reply's first octet, 0 where there is none. */
static char
say(struct guest *g, enum verb v)
{
	uint8_t what = y.always[v] != 0 ? y.always[v] : take();
	const struct kind *k = &kinds[(what & 0x7f) % KINDS];
	char text[TEXT];
	size_t n = compose(text, k->text, v), injected;

	if (what & 0x80)
		y.always[v] = what;
	note(text, n);
	g->closing = g->closing || k->closes;
	if (k->delay_s > 0) {
		memcpy(g->later, text, n);
		g->later_len = n;
		loop_timer_set(g->timer, (int64_t)k->delay_s * 1000);
	} else if (n > 0)
		(void)!stream_write(g->stream, text, n);
	if (v == STARTTLS && k->delay_s == 0 && k->text[0] == '@')
		g->closing = stream_tls(g->stream, y.w.server, NULL, &injected) != 0 || g->closing;
	else if (v == STARTTLS)
		g->deaf = true;
	return n > 0 ? text[0] : '\0';
}

/* --- letters --- */

#define SEEN "Received: from relaytest.probe.example (relaytest.probe.example [198.18.0.1])\r\n" \
	"\tby mail.open.example with ESMTP id 1; Sun, 22 Nov 2026 00:00:00 +0000\r\n"

static void
hand_on(const struct guest *g, enum fate fate)
{
	static const char *const above[FATES] = {
		[RELAYED] = SEEN, [LATE] = SEEN, [TWICE] = SEEN, [STRANGER] = SEEN,
		[QUOTED] = SEEN "Subject: look\r\n\r\n> ", [ACCOUNT] = "Received: from laptop (unknown [10.0.0.9])\r\n"
		    "\t(Authenticated sender: eve)\r\n\tby mail.open.example with ESMTPSA id 2; date\r\n" SEEN,
	};
	struct addr exit = fate == STRANGER ? addr_v4(198, 18, 7, 7) : g->me;
	char rcpt[PEER_PATH], text[LETTER + 1024];

	peer_unroute(rcpt, g->rcpt);
	snprintf(text, sizeof(text), "%s%s", above[fate], g->letter);
	for (unsigned i = 0; i < (fate == TWICE ? 2 : 1); i++)
		peer_send_on(&y.w, &exit, fate == LATE ? 7200 : i, g->from, rcpt, text);
	y.handed = y.handed || fate != QUOTED;
	y.handed_alone = y.handed_alone || fate == RELAYED || fate == LATE || fate == TWICE;
}

static void
answer(const struct guest *g, bool bounce)
{
	char text[LETTER + 1024];

	snprintf(text, sizeof(text), "Auto-Submitted: auto-replied\r\nSubject: failure\r\n\r\n%s\r\n",
	    bounce ? "no" : g->letter);
	peer_send_on(&y.w, &g->me, 0, bounce ? "" : "help@open.example", g->from, text);
	y.refused = y.refused || bounce;
}

static void
taken(struct guest *g)
{
	enum fate fate = (enum fate)(take() % FATES);

	y.took = true;
	if (fate == KEPT)
		return;
	if (fate == BOUNCED || fate == ANSWERED)
		answer(g, fate == BOUNCED);
	else
		hand_on(g, fate);
}

/* --- the dialogue --- */

static void
take_path(char out[PEER_PATH], const char *line)
{
	const char *a = strchr(line, '<'), *z = strrchr(line, '>');

	snprintf(out, PEER_PATH, "%.*s", a != NULL && z > a ? (int)(z - a - 1) : 0,
	    a != NULL ? a + 1 : "");
}

static void
data_line(struct guest *g, const char *line)
{
	if (strcmp(line, ".") != 0) {
		g->letter_len += (size_t)snprintf(g->letter + g->letter_len,
		    LETTER - g->letter_len, "%s\r\n", line[0] == '.' ? line + 1 : line);
		demand(g->letter_len < LETTER);
		return;
	}
	g->data = false;
	if (say(g, DOT) == '2')
		taken(g);
}

static enum verb
verb_of(const struct guest *g, const char *line)
{
	for (enum verb v = BANNER; v < OTHER; v++)
		if (v != DOT && strncmp(line, verbs[v].word, 4) == 0)
			return v == BANNER && !y.proxied ? OTHER : v;
	return g->auth ? AUTH : OTHER;
}

static void
command_line(struct guest *g, const char *line)
{
	enum verb v = verb_of(g, line);
	char first;

	if (v == MAIL)
		take_path(g->from, line);
	if (v == RCPT)
		take_path(g->rcpt, line);
	first = say(g, v);
	g->auth = v == AUTH && first == '3';
	g->data = v == DATA && first == '3';
	g->letter_len = 0;
}

static void
guest_data(void *ctx, const uint8_t *p, size_t n)
{
	struct guest *g = ctx;

	for (size_t i = 0; i < n && !g->closing && !g->deaf; i++) {
		demand(g->len + 1 < LINE && p[i] != '\0');
		g->line[g->len++] = (char)p[i];
		if (p[i] != '\n')
			continue;
		demand(g->len >= 2 && g->line[g->len - 2] == '\r');
		g->line[g->len - 2] = '\0';
		g->len = 0;
		if (g->data)
			data_line(g, g->line);
		else
			command_line(g, g->line);
	}
	if (g->closing)
		guest_free(g);
}

static void
guest_secured(void *ctx, const struct stream_tls *tls)
{
	struct guest *g = ctx;

	(void)tls;
	if (g->port == 465)
		(void)say(g, BANNER);
	if (g->closing)
		guest_free(g);
}

static void
guest_down(void *ctx, int why)
{
	(void)why;
	guest_free(ctx);
}

static bool
listens(uint16_t port)
{
	static const uint16_t ports[] = { 25, 465, 587, 2525, 26, 10025 };

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i] == port)
			return (y.ports & 1u << i) == 0;
	return false;
}

static int
whole_dial(struct dialer *d, const struct addr *to, uint16_t port, const struct addr *from)
{
	static const struct stream_events ev = { .data = guest_data, .secured = guest_secured,
	    .down = guest_down };
	struct guest *g;
	size_t injected;
	int pair[2];

	if (port == 25 && addr_eq(to, &y.w.conf->smtp[0].addr))
		return y.own(d, to, port, from);
	y.dials++;
	demand(y.dials < DIALS);
	if (!listens(port)) {
		errno = ECONNREFUSED;
		return SEK_ESYS;
	}
	g = calloc(1, sizeof(*g));
	demand(g != NULL && loop_timer(&g->timer, y.w.loop, write_later, g) == 0);
	demand(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	demand(stream_adopt(&g->stream, y.w.loop, pair[1], &ev, g) == 0);
	g->me = *to;
	g->port = port;
	g->next = y.guests;
	y.guests = g;
	if (port == 465)
		demand(stream_tls(g->stream, y.w.server, NULL, &injected) == 0);
	else if (!y.proxied)
		(void)say(g, BANNER);
	if (g->closing)
		guest_free(g);
	return pair[0];
}

/* --- the whole --- */

static void
begin(void)
{
	static const char *const settings[][2] = {
		{ "lab.range", "198.18.0.0/15" }, { "lab.range", "fd00:18::/64" }, { "probe.domain2", "example.net" },
		{ "probe.from6", "fd00:18::1" }, { "probe.ptr_from", "198.18.0.3" },
		{ "dns.out", "true" },
	};
	struct conf_why why;

	world_open(&y.w, "/nowhere");
	snprintf(y.w.store, sizeof(y.w.store), "memory:");
	y.own = y.w.dialer.dial;
	y.w.dialer.dial = whole_dial;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		demand(conf_set(y.w.conf, settings[i][0], str_of(settings[i][1]), &why) == 0);
	snprintf(y.w.dns + strlen(y.w.dns), sizeof(y.w.dns) - strlen(y.w.dns),
	    "198.18.1.10 ptr mail.open.example\nmail.open.example a 198.18.1.10\n"
	    "mail.open.example aaaa fd00:18::1:10\n198.18.0.3 ptr client.open.example\n"
	    "mx-198-18-1-10.probe.example mx 10 rx.probe.example\n"
	    "mx-198-18-1-10.probe.example mx 20 mail.open.example\n");
	world_start(&y.w);
}

static void
nominate(const struct addr *a, uint8_t flags)
{
	struct nomination n = {
		.addr = *a, .port = 25, .basis = BASIS_OWNER, .has_depth = true,
		.depth = (enum depth)((flags & 7) % DEPTH_N), .every = (flags & 0x40) != 0,
		.reason = STR("fuzz"), .who = STR("fuzz"),
	};
	struct keep *k = y.w.keep;
	bool joined, reused;

	demand(keep_write(k) == 0);
	demand(keep_done(k, nominate_add(k, &n, &joined, &reused)) == 0);
	demand(keep_flush(k) == 0);
}

static int
listed_one(void *ctx, const void *row)
{
	const struct listing *l = row;
	const struct addr *target = ctx;

	demand(y.handed);
	demand(l->code != CODE_ENTRY || addr_eq(&l->addr, target));
	demand(y.handed_alone || l->proofs > 1);
	return 0;
}

static void
judge(struct addr *a)
{
	struct store *s = y.w.keep->store;
	struct verdict_row v;
	uint64_t seq;
	int err = store_one(s, Q_VERDICT_LAST_BY_ADDR, ARGS(ARG_A(*a)), &v);

	demand(err == 0 || err == STORE_NONE);
	if (err == 0) {
		demand(v.verdict != VERDICT_OPEN || y.handed);
		demand(v.verdict != VERDICT_CLOSED || y.refused);
		demand(v.verdict != VERDICT_ACCEPTS || y.took);
	}
	store_forget(s);
	demand(store_each(s, Q_LISTING_ALL, NO_ARGS, listed_one, a) >= 0);
	demand(journal_verify(y.w.keep, &seq) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const int64_t looks_s[] = { 60, 3600, 86400, 6 * 86400 };
	static const struct addr six = { { 0xfd, 0, 0, 0x18, [13] = 1, [15] = 0x10 } };
	struct addr a = addr_v4(198, 18, 1, 10);
	uint8_t flags;

	log_setup("fuzz", 0, 0);
	memset(&y, 0, sizeof(y));
	y.p = p;
	y.n = n;
	y.ports = take();
	flags = take();
	y.caps = take();
	y.proxied = (flags & 0x80) != 0;
	if (flags & 0x20)
		a = six;
	begin();
	nominate(&a, flags);
	for (size_t i = 0; i < sizeof(looks_s) / sizeof(looks_s[0]); i++) {
		world_pass(&y.w, looks_s[i]);
		judge(&a);
	}
	world_close(&y.w);
	demand(y.guests == NULL);
	return 0;
}
