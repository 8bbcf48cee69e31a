/* account/gen/exim.c -- what Exim 4.96 says in its mainlog. */
#include <inttypes.h>
#include <string.h>

#include "gen.h"

static const char digits[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void
base62(char *out, uint64_t n, unsigned width)
{
	while (width-- > 0) {
		out[width] = digits[n % 62];
		n /= 62;
	}
}

/* Time, process, and a part of the second. */
static void
identify(struct gen *g, struct gen_message *m)
{
	memcpy(m->id, "tttttt-pppppp-ss", 17);
	base62(m->id, (uint64_t)(g->now_us / 1000000), 6);
	base62(m->id + 7, 1000 + m->number, 6);
	base62(m->id + 14, (uint64_t)(g->now_us % 1000000 / 500), 2);
}

static void
no_connect(struct gen *g, struct gen_message *m)
{
	if (m->kind != GEN_OFFICE && !g->clients[m->client][0][0])
		gen_line(g, NULL, 0, "no host name found for IP address %s",
		    g->clients[m->client][1]);
}

static const char *
host(const struct gen *g, char *out, const struct gen_message *m)
{
	const char *name = g->clients[m->client][0];

	if (m->kind == GEN_OFFICE)
		snprintf(out, 3 * GEN_NAME, "H=pc%u.town00.example "
		    "[198.18.190.%u]", m->user, 1 + m->user % 250);
	else if (*name)
		snprintf(out, 3 * GEN_NAME, "H=%s [%s]", name,
		    g->clients[m->client][1]);
	else
		snprintf(out, 3 * GEN_NAME, "H=(localhost) [%s]",
		    g->clients[m->client][1]);
	return out;
}

static void
say_accept(struct gen *g, struct gen_message *m)
{
	char from[2 * GEN_NAME], name[2 * GEN_NAME], town[GEN_NAME];
	char where[3 * GEN_NAME], how[256];

	if (m->kind == GEN_NOTICE)
		snprintf(how, sizeof(how), "U=Debian-exim P=local");
	else if (m->kind == GEN_LOCAL)
		snprintf(how, sizeof(how), "U=root P=local");
	else if (m->kind == GEN_LOGIN || m->kind == GEN_THEFT)
		snprintf(how, sizeof(how), "%.130s P=esmtpsa X=TLS1.3:ECDHE_X25519"
		    "__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no "
		    "A=plain_server:%.40s", host(g, where, m),
		    gen_person(name, m->user, gen_town(town, m->user)));
	else
		snprintf(how, sizeof(how), "%.140s P=esmtp", host(g, where, m));
	gen_line(g, NULL, 0, "%s <= %s %s S=%u id=%" PRIu64 ".%08x@%s", m->id,
	    m->kind == GEN_NOTICE ? "<>" : gen_sender(g, from, m), how, m->size,
	    m->number, m->local * 2654435761u, g->domains[m->domain]);
}

static void
say_nothing(struct gen *g, struct gen_message *m)
{
	(void)g;
	(void)m;
}

static void
say_deliver(struct gen *g, struct gen_message *m, const struct gen_rcpt *r)
{
	char to[2 * GEN_NAME], mx[2 * GEN_NAME], address[GEN_NAME];
	const char *arrow = m->at > 1 ? "->" : "=>";

	gen_recipient(g, to, m, r);
	gen_mx(mx, g, r->domain);
	gen_mx_address(address, r->domain);
	if (!gen_leaves(m->kind))
		gen_line(g, NULL, 0, "%s %s %.*s <%s> R=local_user T=mail_spool",
		    m->id, arrow, (int)strcspn(to, "@"), to, to);
	else if (r->state == GEN_DELIVERED)
		gen_line(g, NULL, 0, "%s %s %s R=dnslookup T=remote_smtp H=%s "
		    "[%s] C=\"250 2.0.0 Ok: queued as %08X\"", m->id, arrow, to,
		    mx, address, m->local * 2654435761u);
	else if (r->state == GEN_BOUNCED)
		gen_line(g, NULL, 0, "%s ** %s R=dnslookup T=remote_smtp H=%s "
		    "[%s]: SMTP error from remote mail server after RCPT "
		    "TO:<%s>: 550 5.1.1 User unknown", m->id, to, mx, address,
		    to);
	else if (r->state == GEN_EXPIRED)
		gen_line(g, NULL, 0, "%s ** %s R=dnslookup T=remote_smtp H=%s "
		    "[%s]: retry timeout exceeded", m->id, to, mx, address);
	else if (r->fate == GEN_NEVER)
		gen_line(g, NULL, 0, "%s == %s R=dnslookup T=remote_smtp defer "
		    "(110): Connection timed out H=%s [%s]", m->id, to, mx,
		    address);
	else
		gen_line(g, NULL, 0, "%s == %s R=dnslookup T=remote_smtp defer "
		    "(-44) H=%s [%s]: SMTP error from remote mail server after "
		    "RCPT TO:<%s>: 451 4.7.1 Greylisted", m->id, to, mx, address,
		    to);
}

static void
say_end(struct gen *g, struct gen_message *m)
{
	gen_line(g, NULL, 0, "%s Completed", m->id);
}

/* The arrival line of a notice says of which message it is. */
static void
say_no_notice(struct gen *g, struct gen_message *m, struct gen_message *child)
{
	(void)g;
	(void)m;
	(void)child;
}

static void
say_refuse(struct gen *g, uint32_t from, bool relay)
{
	struct gen_message m = { .kind = GEN_INBOUND, .client = from,
		.user = gen_below(g, GEN_USERS) };
	char where[3 * GEN_NAME], to[2 * GEN_NAME], town[GEN_NAME];
	uint32_t d = gen_below(g, GEN_DOMAINS);

	gen_person(to, m.user, relay ? g->domains[d] : gen_town(town, m.user));
	gen_line(g, NULL, 0, "%s F=<info@%s> rejected RCPT <%s>: %s",
	    host(g, where, &m), g->domains[d], to, relay ?
	    "relay not permitted" : "Unrouteable address");
}

static void
say_refuse_login(struct gen *g, uint32_t from, uint32_t user)
{
	struct gen_message m = { .kind = GEN_INBOUND, .client = from };
	char where[3 * GEN_NAME], name[2 * GEN_NAME], town[GEN_NAME];

	gen_line(g, NULL, 0, "plain_server authenticator failed for %s: 535 "
	    "Incorrect authentication data (set_id=%s)",
	    host(g, where, &m) + 2, gen_person(name, user,
	    gen_town(town, user)));
}

static void
say_noise(struct gen *g)
{
	uint32_t from = GEN_STRANGERS + gen_below(g, GEN_CLIENTS - GEN_STRANGERS);
	struct gen_message m = { .kind = GEN_INBOUND, .client = from };
	char where[3 * GEN_NAME];

	switch (gen_below(g, 4)) {
	case 0:
		gen_line(g, NULL, 0, "SMTP connection from %s lost D=0s",
		    host(g, where, &m) + 2);
		break;
	case 1:
		gen_line(g, NULL, 0, "Start queue run: pid=%u",
		    2000 + gen_below(g, 30000));
		break;
	case 2:
		gen_line(g, NULL, 0, "SMTP protocol synchronization error (input "
		    "sent without waiting for greeting): rejected connection "
		    "from %s input=\"EHLO User\\r\\n\"", host(g, where, &m));
		break;
	default:
		no_connect(g, &m);
		break;
	}
}

const struct gen_dialect gen_exim = {
	.name = "exim", .identify = identify, .connect = no_connect,
	.accept = say_accept, .queued = say_nothing,
	.disconnect = say_nothing, .deliver = say_deliver, .end = say_end,
	.notice = say_no_notice, .refuse = say_refuse,
	.refuse_login = say_refuse_login, .noise = say_noise,
};
