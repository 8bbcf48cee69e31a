/* account/gen/postfix.c -- what Postfix 3.7 and dovecot say. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

/* A short queue id is microseconds and the inode of the file, so that an id
 * comes back once its file's inode does. */
static void
identify(struct gen *g, struct gen_message *m)
{
	if (g->n_inodes == 0) {
		g->n_inodes = 64;
		g->inodes = realloc(g->inodes, (g->number + g->n_inodes) *
		    sizeof(*g->inodes));
		if (!g->inodes)
			abort();
		for (uint32_t i = 0; i < g->n_inodes; i++)
			g->inodes[i] = 0x20000 + (uint32_t)g->number + i;
	}
	m->inode = g->inodes[--g->n_inodes];
	snprintf(m->id, sizeof(m->id), "%05X%X",
	    (unsigned)(g->now_us % 1000000), m->inode);
}

static void
release(struct gen *g, uint32_t inode)
{
	g->inodes[g->n_inodes++] = inode;
}

static const char *
client(const struct gen *g, char *out, const struct gen_message *m)
{
	if (m->kind == GEN_OFFICE)
		snprintf(out, 2 * GEN_NAME, "pc%u.town00.example[198.18.190.%u]",
		    m->user, 1 + m->user % 250);
	else
		snprintf(out, 2 * GEN_NAME, "%s[%s]", g->clients[m->client][0][0] ?
		    g->clients[m->client][0] : "unknown",
		    g->clients[m->client][1]);
	return out;
}

static const char *
service(const struct gen_message *m)
{
	return m->kind == GEN_LOGIN || m->kind == GEN_THEFT ?
	    "postfix/submission/smtpd" : "postfix/smtpd";
}

static void
say_connect(struct gen *g, struct gen_message *m)
{
	char who[2 * GEN_NAME];

	gen_line(g, service(m), m->pid, "connect from %s", client(g, who, m));
	if (gen_below(g, 3) == 0)
		gen_line(g, service(m), m->pid, "Anonymous TLS connection "
		    "established from %s: TLSv1.3 with cipher "
		    "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 "
		    "server-signature RSA-PSS (2048 bits) server-digest SHA256",
		    who);
}

static void
say_accept(struct gen *g, struct gen_message *m)
{
	char who[2 * GEN_NAME], from[2 * GEN_NAME], town[GEN_NAME];

	if (m->kind == GEN_LOCAL)
		gen_line(g, "postfix/pickup", 1400, "%s: uid=0 from=<root>",
		    m->id);
	else if (m->kind == GEN_LOGIN || m->kind == GEN_THEFT)
		gen_line(g, service(m), m->pid, "%s: client=%s, "
		    "sasl_method=PLAIN, sasl_username=%s", m->id,
		    client(g, who, m),
		    gen_person(from, m->user, gen_town(town, m->user)));
	else if (m->kind != GEN_NOTICE)
		gen_line(g, service(m), m->pid, "%s: client=%s", m->id,
		    client(g, who, m));
	gen_line(g, "postfix/cleanup", m->pid + 5, "%s: message-id=<%" PRIu64
	    ".%08x@%s>", m->id, m->number, m->local * 2654435761u,
	    g->domains[m->domain]);
}

static void
say_queued(struct gen *g, struct gen_message *m)
{
	char from[2 * GEN_NAME];

	gen_line(g, "postfix/qmgr", 977, "%s: from=<%s>, size=%u, nrcpt=%u "
	    "(queue active)", m->id, gen_sender(g, from, m), m->size,
	    m->n_rcpts);
}

static void
say_disconnect(struct gen *g, struct gen_message *m)
{
	char who[2 * GEN_NAME];

	gen_line(g, service(m), m->pid, "disconnect from %s ehlo=1 mail=1 "
	    "rcpt=%u data=1 quit=1 commands=%u", client(g, who, m), m->n_rcpts,
	    4 + m->n_rcpts);
}

static const struct said { const char *dsn, *status, *words; } said[] = {
	[GEN_DELIVERED] = { "2.0.0", "sent", "250 2.0.0 Ok: queued as" },
	[GEN_BOUNCED] = { "5.1.1", "bounced", "said: 550 5.1.1 User unknown "
	    "in virtual mailbox table (in reply to RCPT TO command)" },
	[GEN_DEFERRED] = { "4.7.1", "deferred", "said: 451 4.7.1 Greylisted, "
	    "please come back later (in reply to RCPT TO command)" },
	[GEN_EXPIRED] = { "4.4.1", "expired", "" },
};

static void
say_remote(struct gen *g, const struct gen_message *m, const char *to,
    const struct gen_rcpt *r)
{
	const struct said *s = &said[r->state];
	char mx[2 * GEN_NAME], address[GEN_NAME];
	double delay = (double)(g->now_us - m->born_us) / 1e6;
	uint32_t pid = 2000 + gen_below(g, 60) * 13;

	gen_mx(mx, g, r->domain);
	gen_mx_address(address, r->domain);
	if (r->state == GEN_DELIVERED)
		gen_line(g, "postfix/smtp", pid, "%s: to=<%s>, relay=%s[%s]:25, "
		    "delay=%.2g, delays=%.2g/0.01/0.12/0.31, dsn=%s, status=%s "
		    "(%s %08X)", m->id, to, mx, address, delay, delay, s->dsn,
		    s->status, s->words, m->local * 2654435761u);
	else if (r->fate == GEN_NEVER)
		gen_line(g, "postfix/smtp", pid, "%s: to=<%s>, relay=none, "
		    "delay=%.6g, delays=%.6g/0.02/30/0, dsn=4.4.1, "
		    "status=deferred (connect to %s[%s]:25: Connection timed "
		    "out)", m->id, to, delay, delay, mx, address);
	else
		gen_line(g, "postfix/smtp", pid, "%s: to=<%s>, relay=%s[%s]:25, "
		    "delay=%.6g, delays=%.6g/0.02/0.3/0.2, dsn=%s, status=%s "
		    "(host %s[%s] %s)", m->id, to, mx, address, delay, delay,
		    s->dsn, s->status, mx, address, s->words);
}

static void
say_deliver(struct gen *g, struct gen_message *m, const struct gen_rcpt *r)
{
	char to[2 * GEN_NAME];

	gen_recipient(g, to, m, r);
	if (r->state == GEN_EXPIRED)
		return;		/* qmgr says it of the message: say_end() */
	if (gen_leaves(m->kind))
		say_remote(g, m, to, r);
	else
		gen_line(g, "postfix/lmtp", 3000 + gen_below(g, 9), "%s: to=<%s>, "
		    "relay=mail.town00.example[private/dovecot-lmtp], delay=0.2, "
		    "delays=0.1/0.01/0.01/0.08, dsn=2.0.0, status=sent (250 "
		    "2.0.0 <%s> %08XAA Saved)", m->id, to, to,
		    m->local * 2654435761u);
}

static void
say_notice(struct gen *g, struct gen_message *m, struct gen_message *child)
{
	char from[2 * GEN_NAME];

	for (uint32_t i = 0; i < m->n_rcpts; i++) {
		if (m->rcpts[i].state != GEN_EXPIRED)
			continue;
		gen_line(g, "postfix/qmgr", 977, "%s: from=<%s>, status=expired, "
		    "returned to sender", m->id, gen_sender(g, from, m));
		break;
	}
	gen_line(g, "postfix/bounce", 4000 + gen_below(g, 9),
	    "%s: sender non-delivery notification: %s", m->id, child->id);
}

static void
say_end(struct gen *g, struct gen_message *m)
{
	gen_line(g, "postfix/qmgr", 977, "%s: removed", m->id);
	release(g, m->inode);
}

static const char *
why(struct gen *g, char *out, const char *to, uint32_t from, bool relay)
{
	uint32_t which = relay ? 3 : gen_below(g, 3);

	if (which == 0)
		snprintf(out, 256, "450 4.1.8 <%s>: Sender address rejected: "
		    "Domain not found", to);
	else if (which == 1)
		snprintf(out, 256, "550 5.1.1 <%s>: Recipient address rejected: "
		    "User unknown in virtual mailbox table", to);
	else if (which == 2)
		snprintf(out, 256, "554 5.7.1 Service unavailable; Client host "
		    "[%s] blocked using bl.example.org; "
		    "https://bl.example.org/", g->clients[from][1]);
	else
		snprintf(out, 256, "554 5.7.1 <%s>: Relay access denied", to);
	return out;
}

static void
say_refuse(struct gen *g, uint32_t from, bool relay)
{
	struct gen_message m = { .client = from, .pid = 1000 +
		gen_below(g, 40) * 37, .user = gen_below(g, GEN_USERS) };
	char who[2 * GEN_NAME], to[2 * GEN_NAME], town[GEN_NAME], said_why[256];
	uint32_t d = gen_below(g, GEN_DOMAINS);

	client(g, who, &m);
	gen_person(to, m.user, relay ? g->domains[d] : gen_town(town, m.user));
	gen_line(g, "postfix/smtpd", m.pid, "connect from %s", who);
	gen_line(g, "postfix/smtpd", m.pid, "NOQUEUE: reject: RCPT from %s: %s; "
	    "from=<info@%s> to=<%s> proto=ESMTP helo=<%s>", who,
	    why(g, said_why, to, from, relay), g->domains[d], to, g->clients[from][0][0] ?
	    g->clients[from][0] : "localhost");
	gen_line(g, "postfix/smtpd", m.pid, "disconnect from %s ehlo=1 mail=1 "
	    "rcpt=0/1 quit=1 commands=3/4", who);
}

static void
say_refuse_login(struct gen *g, uint32_t from, uint32_t user)
{
	struct gen_message m = { .client = from };
	char who[2 * GEN_NAME], name[2 * GEN_NAME], town[GEN_NAME];
	uint32_t pid = 1000 + gen_below(g, 40) * 37;

	client(g, who, &m);
	gen_line(g, "postfix/smtpd", pid, "connect from %s", who);
	gen_line(g, "postfix/smtpd", pid, "warning: %s: SASL LOGIN "
	    "authentication failed: UGFzc3dvcmQ6, sasl_username=%s", who,
	    gen_person(name, user, gen_town(town, user)));
	gen_line(g, "postfix/smtpd", pid, "disconnect from %s ehlo=1 auth=0/1 "
	    "quit=1 commands=2/3", who);
}

static void
say_noise(struct gen *g)
{
	uint32_t from = GEN_STRANGERS + gen_below(g, GEN_CLIENTS - GEN_STRANGERS);
	uint32_t user = gen_below(g, GEN_USERS), port = 30000 + gen_below(g, 30000);
	const char *address = g->clients[from][1];
	char name[2 * GEN_NAME], town[GEN_NAME];

	switch (gen_below(g, 6)) {
	case 0:
		gen_line(g, "postfix/anvil", 4600, "statistics: max connection "
		    "rate %u/60s for (smtp:%s) at Mar  1 10:00:00",
		    1 + gen_below(g, 9), address);
		break;
	case 1:
		gen_line(g, "postfix/postscreen", 990, "CONNECT from [%s]:%u to "
		    "[198.18.4.10]:25", address, port);
		gen_line(g, "postfix/postscreen", 990, "PREGREET %u after 0.%02u "
		    "from [%s]:%u: EHLO User\\r\\n", 11u, gen_below(g, 90),
		    address, port);
		gen_line(g, "postfix/postscreen", 990, "DISCONNECT [%s]:%u",
		    address, port);
		break;
	case 2:
		gen_line(g, "postfix/postscreen", 990, "CONNECT from [%s]:%u to "
		    "[198.18.4.10]:25", address, port);
		gen_line(g, "postfix/postscreen", 990, "PASS OLD [%s]:%u",
		    address, port);
		break;
	default:
		gen_line(g, "dovecot", 700, "imap-login: Login: user=<%s>, "
		    "method=PLAIN, rip=%s, lip=198.18.4.10, mpid=%u, TLS, "
		    "session=<%08x%08x>", gen_person(name, user,
		    gen_town(town, user)), address, port + 1,
		    gen_below(g, 1u << 31), gen_below(g, 1u << 31));
		break;
	}
}

const struct gen_dialect gen_postfix = {
	.name = "postfix", .identify = identify, .connect = say_connect,
	.accept = say_accept, .queued = say_queued,
	.disconnect = say_disconnect, .deliver = say_deliver,
	.end = say_end, .notice = say_notice, .refuse = say_refuse,
	.refuse_login = say_refuse_login, .noise = say_noise,
};
