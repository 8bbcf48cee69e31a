#pragma once
/* sys/stream.h -- a byte stream to one peer: TCP, later perhaps TLS.
 *
 * Non-blocking, on a loop; knows nothing of SMTP.  All octets that arrive are
 * hostile.  Events are never delivered from inside the call that caused
 * them, and none after stream_close(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/loop.h"
#include "wire/addr.h"

struct stream;

/* How connections are made.  The real one dials the kernel; a test's fake one
 * returns one end of a socketpair to a scripted peer. */
struct dialer {
	/* A non-blocking descriptor that connects, or a negative sek_err
	 * with errno. from is the source address or :: for the kernel's. */
	int (*dial)(struct dialer *d, const struct addr *to, uint16_t port,
	    const struct addr *from);
};
extern struct dialer dialer_real;

enum stream_err {	/* positive: facts about the peer */
	STREAM_REFUSED = 1,	/* RST to our SYN, unreachable, no route */
	STREAM_TIMEOUT = 2,	/* no connection within the time given */
	STREAM_EOF = 3,		/* the peer closed */
	STREAM_RESET = 4,
	STREAM_TLS_FAILED = 5,
};

struct stream_tls {		/* what was negotiated; text borrowed until close */
	const char	*version;	/* "TLSv1.3" */
	const char	*cipher;
	struct str	 peer_name;	/* hostile: subject CN or first DNS SAN, or empty */
};

struct stream_events {
	void	(*up)(void *ctx);	/* connected (not for accepted ones) */
	void	(*data)(void *ctx, const uint8_t *p, size_t n);	/* p borrowed for the call */
	void	(*secured)(void *ctx, const struct stream_tls *tls);
	void	(*drained)(void *ctx);	/* all that was written is with the kernel; may be NULL */
	void	(*down)(void *ctx, int why);	/* enum stream_err or a sek_err; once; then only close is legal */
};

enum { STREAM_QUEUE = 256 * 1024 };	/* octets waiting to be written, at most */

/* Starts to connect; up or down follows.  timeout_ms bounds connecting only. */
int stream_dial(struct stream **out, struct loop *l, struct dialer *d,
    const struct addr *to, uint16_t port, const struct addr *from,
    int64_t timeout_ms, const struct stream_events *ev, void *ctx) MUST_CHECK;

/* Takes over the connected descriptor fd (closed with the stream, also when
 * this fails). */
int stream_adopt(struct stream **out, struct loop *l, int fd,
    const struct stream_events *ev, void *ctx) MUST_CHECK;

/* Queues n octets.  Returns 0, SEK_ENOMEM or SEK_ELIMIT (queue full). */
int stream_write(struct stream *s, const void *p, size_t n) MUST_CHECK;
size_t stream_queued(const struct stream *s);

/* Pauses or resumes reading (a slow reader behind us). */
void stream_pause(struct stream *s, bool paused);

/* Client handshake for measuring (old versions, any certificate accepted), or
 * server handshake with the context of stream_tls_server.  Octets of plain
 * text that are already here are dropped and counted in *injected (the
 * STARTTLS injection finding).  secured or down follows.  Returns 0,
 * SEK_ENOMEM or SEK_ELIB. */
struct tls_ctx;
int stream_tls(struct stream *s, struct tls_ctx *t, const char *sni,
    size_t *injected) MUST_CHECK;

/* Closes at once; with flush, first writes what is queued for at most 5 s. */
void stream_close(struct stream *s, bool flush);	/* s may be NULL */

/* One context per process.  server: PEM text of certificate chain and key. */
int tls_client_new(struct tls_ctx **out) MUST_CHECK;
int tls_server_new(struct tls_ctx **out, struct str cert_pem, struct str key_pem) MUST_CHECK;
void tls_free(struct tls_ctx *t);
