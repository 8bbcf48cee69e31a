#include "receive/smtpd_body.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "receive/session.h"

enum {
	INPUT_MAX = 128 * 1024,	/* octets waiting for a session; reading pauses long before */
	PER_ADDR_BITS = 64,	/* an IPv6 client is its /64 */
};

struct conn {
	struct conn		*next;
	struct smtpd		*d;
	struct stream		*stream;
	struct loop_timer	*wait;	/* for octets, the keeper or a handshake */
	struct loop_timer	*total;
	struct addr		 peer;
	struct mono		 since;
	struct gbuf		 in;	/* hostile; not read yet */
	uint64_t		 ask;	/* id of the open question; 0 none */
	uint64_t		 mail;	/* id of the mail begun; 0 none */
	bool			 choked;	/* the channel is full */
	struct session		 s;
};

static const char *
smtpd_name(const struct conf *conf)
{
	return conf->probe_helo[0] != '\0' ? conf->probe_helo :
	    conf->probe_domain[0] != '\0' ? conf->probe_domain : "localhost";
}

static int64_t
conn_age_ms(const struct conn *c)
{
	const struct clock *clock = loop_clock(c->d->loop);

	return clock->mono(clock).ms - c->since.ms;
}

static void
log_refused(const struct addr *peer, const char *helo, const char *why)
{
	char text[ADDR_TEXT];

	addr_text(text, peer);
	log_event(LOG_LV_INFO, "smtp-refused", LOG_Z("peer", text),
	    LOG_Z("helo", helo), LOG_Z("why", why));
}

static void
log_mail(const struct conn *c, unsigned code)
{
	const struct session *s = &c->s;
	char text[ADDR_TEXT];

	addr_text(text, &c->peer);
	log_event(LOG_LV_INFO, "mail", LOG_Z("peer", text),
	    LOG_Z("helo", s->helo), LOG_Z("from", s->mail_from),
	    LOG_T("to", ((struct str){ s->rcpts, s->rcpts_len })),
	    LOG_N("octets", s->octets), LOG_N("code", code),
	    LOG_N("tls", s->tls), LOG_N("took_ms", conn_age_ms(c)));
}

/* Queues a message to the keeper; false: it cannot take it. */
static bool
tell(struct conn *c, unsigned type, const void *msg)
{
	return c->d->keeper != NULL &&
	    channel_send(c->d->keeper, type, msg, -1) == 0;
}

static void
tell_drop(struct conn *c)
{
	struct msg_id m = { c->mail };

	if (c->mail != 0)
		(void)tell(c, MSG_MAIL_DROP, &m);
	c->mail = 0;
}

static void
conn_unlink(struct conn *c)
{
	struct conn **at = &c->d->conns;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->d->n_conns--;
}

/* Ends a session.  With flush, what was answered is still sent. */
static void
conn_close(struct conn *c, bool flush)
{
	if (c->s.why != NULL)
		log_refused(&c->peer, c->s.helo, c->s.why);
	if (c->s.begun) {
		log_mail(c, 0);
		tell_drop(c);
	}
	stream_close(c->stream, flush);
	loop_timer_free(c->wait);
	loop_timer_free(c->total);
	conn_unlink(c);
	gbuf_free(&c->in);
	free(c);
}

static uint64_t
new_id(struct smtpd *d)
{
	return ++d->last_id;
}

/* The keeper does not answer this session: 451, and on as if it had gone. */
static void
keeper_failed(struct conn *c)
{
	tell_drop(c);
	c->ask = 0;
	c->choked = false;
	session_keeper(&c->s, false);
	session_keeper(&c->s, c->d->keeper != NULL);
}

static void
ask_rcpt(struct conn *c)
{
	struct msg_rcpt m = {
		.id = new_id(c->d), .peer = c->peer,
		.rcpt = str_of(c->s.path), .mail_from = str_of(c->s.mail_from),
	};

	c->ask = m.id;
	if (!tell(c, MSG_RCPT, &m))
		keeper_failed(c);
}

static void
begin_mail(struct conn *c)
{
	struct msg_mail m = {
		.id = new_id(c->d), .peer = c->peer,
		.helo = str_of(c->s.helo), .mail_from = str_of(c->s.mail_from),
		.rcpts = { c->s.rcpts, c->s.rcpts_len },
	};

	c->mail = m.id;
	if (!tell(c, MSG_MAIL, &m))
		keeper_failed(c);
}

static void
send_piece(struct conn *c)
{
	struct msg_part m = { c->mail, { c->s.part, c->s.part_len } };

	if (!tell(c, MSG_MAIL_PART, &m))
		keeper_failed(c);
	c->s.part_len = 0;
}

static void
ask_store(struct conn *c)
{
	struct msg_id m = { c->mail };

	c->ask = c->mail;
	if (!tell(c, MSG_MAIL_END, &m))
		keeper_failed(c);
	c->mail = 0;
}

/* Returns false when the session is over. */
static bool
start_tls(struct conn *c)
{
	size_t injected = 0;
	int err = stream_tls(c->stream, c->d->tls, NULL, &injected);

	if (err == 0 && injected == 0)
		return true;
	c->s.why = err != 0 ? "tls" : "injected";
	conn_close(c, false);
	return false;
}

/* Sends the replies that wait.  Returns false when the session is over. */
static bool
send_replies(struct conn *c)
{
	struct wbuf *out = &c->s.out;
	int err = out->len == 0 ? 0 : stream_write(c->stream, out->p, out->len);

	out->len = 0;
	if (c->s.said != 0)
		log_mail(c, c->s.said);
	c->s.said = 0;
	if (err == 0)
		return true;
	c->s.why = "reads-nothing";
	conn_close(c, false);
	return false;
}

/* Carries out one act.  Returns false when the session is over. */
static bool
conn_act(struct conn *c, enum session_act act)
{
	switch (act) {
	case SESSION_ASK:
		ask_rcpt(c);
		break;
	case SESSION_MAIL:
		begin_mail(c);
		break;
	case SESSION_PIECE:
		send_piece(c);
		break;
	case SESSION_STORE:
		ask_store(c);
		break;
	case SESSION_DROP:
		tell_drop(c);
		break;
	case SESSION_TLS:
		return start_tls(c);
	case SESSION_CLOSE:
		conn_close(c, true);
		return false;
	default:
		break;
	}
	return send_replies(c);
}

static bool
conn_waits(const struct conn *c)
{
	return c->choked || c->s.phase == PHASE_ASKING ||
	    c->s.phase == PHASE_STORING || c->s.phase == PHASE_TLS;
}

static void
conn_choke(struct conn *c)
{
	c->choked = c->d->keeper != NULL && channel_full(c->d->keeper);
	if (c->choked && !loop_timer_active(c->d->retry))
		loop_timer_set(c->d->retry, SMTPD_RETRY_MS);
}

/* Takes the session as far as its octets and the keeper allow.  c may be gone
 * after. */
static void
conn_pump(struct conn *c)
{
	enum session_act act = SESSION_REPLIED;
	size_t used;

	if (!send_replies(c))
		return;
	while (act != SESSION_WAIT && !c->choked) {
		act = session_step(&c->s, (const char *)c->in.p, c->in.len, &used);
		gbuf_drop(&c->in, used);
		if (!send_replies(c) || !conn_act(c, act))
			return;
		if (act == SESSION_PIECE)
			conn_choke(c);
	}
	if (c->in.len == 0)
		gbuf_free(&c->in);	/* an idle session holds no buffer */
	stream_pause(c->stream, conn_waits(c) && c->s.phase != PHASE_TLS);
	loop_timer_set(c->wait, 1000 * (c->s.phase == PHASE_TLS ? SMTPD_TLS_S :
	    conn_waits(c) ? SMTPD_KEEPER_S : SESSION_IDLE_S));
}

static void
on_data(void *ctx, const uint8_t *p, size_t n)
{
	struct conn *c = ctx;

	if (gbuf_add(&c->in, p, n) != 0) {
		c->s.why = "memory";
		conn_close(c, false);
		return;
	}
	if (!conn_waits(c))
		conn_pump(c);
}

static void
on_secured(void *ctx, const struct stream_tls *tls)
{
	struct conn *c = ctx;

	if (tls->injected > 0) {
		c->s.why = "injected";
		conn_close(c, false);
		return;
	}
	session_secured(&c->s);
	conn_pump(c);
}

static void
on_down(void *ctx, int why)
{
	struct conn *c = ctx;

	if (why == STREAM_TLS_FAILED)
		c->s.why = "tls";
	conn_close(c, false);
}

static const struct stream_events conn_events = {
	.data = on_data, .secured = on_secured, .down = on_down,
};

static void
conn_time_up(struct conn *c, const char *why)
{
	if (c->s.phase == PHASE_TLS) {	/* nothing can be said now */
		c->s.why = "tls-timeout";
		conn_close(c, false);
		return;
	}
	if (c->s.begun)
		log_mail(c, 421);
	if (session_end(&c->s, why, "421 4.4.2 Timeout, closing"))
		tell_drop(c);
	if (send_replies(c))
		conn_close(c, true);
}

static void
on_wait(void *ctx)
{
	struct conn *c = ctx;

	if (c->s.phase == PHASE_TLS || !conn_waits(c)) {
		conn_time_up(c, "idle");
		return;
	}
	log_event(LOG_LV_WARN, "keeper-slow", LOG_N("wait_s", SMTPD_KEEPER_S));
	keeper_failed(c);
	conn_pump(c);
}

static void
on_total(void *ctx)
{
	struct conn *c = ctx;

	if (c->s.phase == PHASE_STORING)	/* its answer is bounded by on_wait */
		loop_timer_set(c->total, 1000 * SMTPD_KEEPER_S);
	else
		conn_time_up(c, "total-time");
}

/* Sessions of one client: an IPv4 address, an IPv6 /64. */
static size_t
count_peer(const struct smtpd *d, const struct addr *peer)
{
	unsigned bits = addr_is_v4(peer) ? 128 : PER_ADDR_BITS;
	struct net net = { addr_mask(peer, bits), (uint8_t)bits };
	size_t n = 0;

	for (const struct conn *c = d->conns; c != NULL; c = c->next)
		n += net_has(&net, &c->peer);
	return n;
}

/* NULL, or why this client gets no session. */
static const char *
turn_away(const struct smtpd *d, const struct addr *peer)
{
	if (d->n_conns >= d->conf->smtp_sessions)
		return "sessions";
	return count_peer(d, peer) >= d->conf->smtp_per_addr ?
	    "per-address" : NULL;
}

static int
conn_new(struct conn **out, struct smtpd *d, int fd, const struct addr *peer)
{
	struct conn *c = calloc(1, sizeof(*c));
	const struct clock *clock = loop_clock(d->loop);
	int err;

	if (c == NULL) {
		close(fd);
		return SEK_ENOMEM;
	}
	c->d = d;
	c->peer = *peer;
	c->since = clock->mono(clock);
	c->in.max = INPUT_MAX;
	session_init(&c->s, smtpd_name(d->conf), d->conf->smtp_size,
	    d->tls != NULL, d->keeper != NULL);
	err = stream_adopt(&c->stream, d->loop, fd, &conn_events, c);
	if (err == 0)
		err = loop_timer(&c->wait, d->loop, on_wait, c);
	if (err == 0)
		err = loop_timer(&c->total, d->loop, on_total, c);
	if (err != 0) {
		stream_close(c->stream, false);
		loop_timer_free(c->wait);
		free(c);
		return err;
	}
	c->next = d->conns;
	d->conns = c;
	d->n_conns++;
	*out = c;
	return 0;
}

/* Was something said before our greeting?  It goes out now, so nobody honest
 * had a reason to (RFC 5321 4.3.1), however late we are. */
static bool
spoke_early(int fd)
{
	char octet;

	return recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void
smtpd_adopt(struct smtpd *d, int fd, const struct addr *peer)
{
	static const char full[] = "421 4.7.0 Too many sessions, try later\r\n";
	const char *why = turn_away(d, peer);
	bool early = spoke_early(fd);
	struct conn *c;

	if (why != NULL) {
		(void)send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		log_refused(peer, "", why);
		return;
	}
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	if (conn_new(&c, d, fd, peer) != 0) {
		log_refused(peer, "", "memory");
		return;
	}
	loop_timer_set(c->total, 1000 * SESSION_TOTAL_S);
	if (early)
		(void)session_end(&c->s, "early-talker",
		    "554 5.5.0 Speak after the greeting");
	else
		session_greet(&c->s);
	conn_pump(c);
}

static void
on_retry(void *ctx)
{
	struct smtpd *d = ctx;
	struct conn *next;

	for (struct conn *c = d->conns; c != NULL; c = next) {
		next = c->next;
		if (!c->choked)
			continue;
		conn_choke(c);
		if (!c->choked)
			conn_pump(c);
	}
}

void
smtpd_keeper(struct smtpd *d, struct channel *keeper)
{
	struct conn *next;

	for (struct conn *c = d->conns; c != NULL; c = c->next) {
		c->mail = 0;	/* it is gone with the old channel */
		keeper_failed(c);
		session_keeper(&c->s, keeper != NULL);
	}
	d->keeper = keeper;
	for (struct conn *c = d->conns; c != NULL; c = next) {
		next = c->next;
		if (c->s.phase != PHASE_TLS)
			conn_pump(c);
	}
}

void
smtpd_message(struct smtpd *d, const struct frame *f)
{
	struct msg_grant g;
	struct conn *c = d->conns;

	if ((f->type != MSG_RCPT_IS && f->type != MSG_STORED) ||
	    frame_decode(&g, sizeof(g), f) != 0) {
		log_event(LOG_LV_ERR, "bad-message", LOG_Z("from", "keeper"),
		    LOG_N("type", f->type));
		return;
	}
	while (c != NULL && (g.id == 0 || c->ask != g.id))
		c = c->next;
	if (c == NULL)
		return;		/* the client left, or we told it 451 */
	if (f->type == MSG_RCPT_IS && c->s.phase == PHASE_ASKING)
		session_rcpt_is(&c->s, g.ok != 0, g.code);
	else if (f->type == MSG_STORED && c->s.phase == PHASE_STORING)
		session_stored(&c->s, g.ok != 0, g.code);
	else
		return;
	c->ask = 0;
	conn_pump(c);
}

int
smtpd_new(struct smtpd **out, struct loop *l, const struct conf *conf,
    struct tls_ctx *tls)
{
	struct smtpd *d = calloc(1, sizeof(*d));
	int err;

	if (d == NULL)
		return SEK_ENOMEM;
	d->loop = l;
	d->conf = conf;
	d->tls = tls;
	err = loop_timer(&d->relisten, l, smtpd_relisten, d);
	if (err == 0)
		err = loop_timer(&d->retry, l, on_retry, d);
	if (err != 0) {
		smtpd_free(d);
		return err;
	}
	*out = d;
	return 0;
}

void
smtpd_free(struct smtpd *d)
{
	if (d == NULL)
		return;
	while (d->conns != NULL)
		conn_close(d->conns, false);
	smtpd_unlisten(d);
	loop_timer_free(d->relisten);
	loop_timer_free(d->retry);
	free(d);
}

size_t
smtpd_sessions(const struct smtpd *d)
{
	return d->n_conns;
}
