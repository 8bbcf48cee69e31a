#pragma once
/* sys/stream.h -- a byte stream to one peer: TCP, later perhaps TLS.
 *
 * Non-blocking, on a loop; knows nothing of SMTP.  All octets that arrive are
 * hostile.  Events are never delivered from inside the call that caused
 * them, and none after stream_close(), which any event may call.  In state
 * down every call but stream_close() is without effect. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/loop.h"
#include "wire/addr.h"

struct stream;

/* How connections are made.  The real one dials the kernel; a test's fake one
 * returns one end of a socketpair to a scripted peer. */
struct dialer {
	/* A non-blocking descriptor that connects (the caller's from then
	 * on), or a negative sek_err with errno.  to is v4 (mapped form) or
	 * v6; from is the source address, of the same family, or :: for the
	 * kernel's. */
	int (*dial)(struct dialer *d, const struct addr *to, uint16_t port,
	    const struct addr *from);
};
extern struct dialer dialer_real;

enum stream_err {	/* positive: facts about the peer */
	STREAM_REFUSED = 1,	/* RST to our SYN, unreachable, no route */
	STREAM_TIMEOUT = 2,	/* no connection within the time given */
	STREAM_EOF = 3,		/* the peer closed (or sent close_notify) */
	STREAM_RESET = 4,
	STREAM_TLS_FAILED = 5,	/* the handshake, for whatever reason, or a record that breaks TLS */
};

struct stream_tls {		/* what was negotiated; text borrowed until close */
	const char	*version;	/* "TLSv1.3" */
	const char	*cipher;
	struct str	 peer_name;	/* hostile: subject CN, else first DNS SAN, else empty */
	struct str	 names;		/* hostile, no blanks in one: subject CN and the first
					 * DNS SANs, a space between, at most STREAM_NAMES octets */
	size_t		 injected;	/* octets dropped in all before the handshake */
};

struct stream_events {
	void	(*up)(void *ctx);	/* connected (not for accepted ones) */
	void	(*data)(void *ctx, const uint8_t *p, size_t n);	/* 1..STREAM_READ; p borrowed for the call */
	void	(*secured)(void *ctx, const struct stream_tls *tls);
	void	(*drained)(void *ctx);	/* all that was written is with the kernel; may be NULL */
	void	(*down)(void *ctx, int why);	/* enum stream_err, or SEK_ESYS with errno; once; then only close is legal */
};

enum {
	STREAM_READ = 16 * 1024,	/* octets of one data event, at most */
	STREAM_QUEUE = 256 * 1024,	/* octets waiting to be written, at most */
	STREAM_FLUSH_MS = 5000,
	STREAM_NAMES = 768,
};

/* Starts to connect; up or down follows.  timeout_ms bounds connecting only.
 * What may be queued before up is sent after it.  Returns 0; SEK_ENOMEM; or
 * SEK_ESYS where this machine refused (no descriptor, no such source address);
 * a peer that cannot be reached is an event. */
int stream_dial(struct stream **out, struct loop *l, struct dialer *d,
    const struct addr *to, uint16_t port, const struct addr *from,
    int64_t timeout_ms, const struct stream_events *ev, void *ctx) MUST_CHECK;

/* Takes over the connected descriptor fd (closed with the stream, also when
 * this fails).  Returns 0, SEK_ENOMEM or SEK_ESYS. */
int stream_adopt(struct stream **out, struct loop *l, int fd,
    const struct stream_events *ev, void *ctx) MUST_CHECK;

/* Queues n octets.  Returns 0, SEK_ENOMEM or SEK_ELIMIT (queue full; nothing
 * of p is taken). */
int stream_write(struct stream *s, const void *p, size_t n) MUST_CHECK;
size_t stream_queued(const struct stream *s);

/* Pauses or resumes reading (a slow reader behind us).  What the peer does
 * meanwhile is not seen, its end neither, unless something is queued. */
void stream_pause(struct stream *s, bool paused);

/* Client handshake for measuring (old versions, any certificate accepted; sni
 * the host name, or NULL), or server handshake with the context of
 * tls_server_new (sni NULL).  What is queued now goes out in plain text first;
 * what is queued later waits for the handshake.  secured or down follows;
 * bound the wait yourself.  Once in a stream's life.  t must outlive s.
 *
 * *injected counts octets of plain text that were already here (the STARTTLS
 * injection finding); they are dropped.  A TLS server never speaks first, so
 * for a client that is all that can be read now (and once more just before
 * its ClientHello: stream_tls.injected has the total).  A server must call
 * this with its 220 still queued: then nobody can have seen it, and all that
 * can be read was sent too early.  With nothing queued a server's octets may
 * be an honest ClientHello and are left alone.  In both cases the owner counts
 * what is left in its own line buffer behind the STARTTLS line itself: data
 * events gave it that.
 *
 * Returns 0, SEK_ENOMEM or SEK_ELIB. */
struct tls_ctx;
int stream_tls(struct stream *s, struct tls_ctx *t, const char *sni,
    size_t *injected) MUST_CHECK;

/* Ends s.  Without flush at once.  With flush first writes what is queued and
 * waits until the peer has closed too, so that its unread octets do not turn
 * our last words into a reset; all that for at most STREAM_FLUSH_MS, behind
 * the caller's back.  Before up, during a handshake and after down (but for
 * STREAM_EOF) flush means nothing.  s may be NULL. */
void stream_close(struct stream *s, bool flush);

/* One context per process, made before the sandbox.  server: PEM text of
 * certificate chain (own certificate first) and key; TLS 1.2 or later.
 * client: measures, so TLS 1.0 or later, any cipher, any certificate.
 * OpenSSL's configuration file is not read.  Return 0, SEK_ENOMEM, or
 * SEK_ELIB (for a server: certificate or key unreadable, or not a pair). */
int tls_client_new(struct tls_ctx **out) MUST_CHECK;

/* What a client shows a server that asks for a certificate; without either of
 * these it shows none.  pair: PEM text as of a server.  self: a new one, signed
 * by itself, of that name.  Return 0, SEK_ENOMEM, SEK_ELIB. */
int tls_client_pair(struct tls_ctx *t, struct str cert_pem, struct str key_pem) MUST_CHECK;
int tls_client_self(struct tls_ctx *t, const char *name) MUST_CHECK;

int tls_server_new(struct tls_ctx **out, struct str cert_pem, struct str key_pem) MUST_CHECK;
void tls_free(struct tls_ctx *t);	/* after its streams; t may be NULL */
