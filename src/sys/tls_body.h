#pragma once
/* sys/tls_body.h -- what a stream asks of TLS, so that it links no library.
 *
 * For stream*.c and tls.c only: a program that never makes a context does not
 * link OpenSSL. */

#include "sys/stream.h"

enum tls_io {
	TLS_DONE = 0,
	TLS_WANT_READ,
	TLS_WANT_WRITE,
	TLS_EOF,	/* close_notify, or the connection ended */
	TLS_RESET,
	TLS_BROKEN,	/* not TLS, or TLS that we refuse */
};

struct tls_session;

struct tls_body {
	bool	server;
	/* Begins on fd, borrowed.  NULL: SEK_ENOMEM or the library refused. */
	struct tls_session *(*start)(struct tls_ctx *t, int fd, const char *sni);
	enum tls_io (*shake)(struct tls_session *s);
	/* TLS_DONE with *got in 1..n */
	enum tls_io (*read)(struct tls_session *s, void *p, size_t n, size_t *got);
	/* TLS_DONE with *put in 1..n; after WANT_* again with the same octets
	 * (and perhaps more behind them), wherever they are */
	enum tls_io (*write)(struct tls_session *s, const void *p, size_t n, size_t *put);
	bool	(*pending)(struct tls_session *s);	/* decrypted octets wait inside */
	void	(*bye)(struct tls_session *s);		/* close_notify, one try */
	void	(*about)(struct tls_session *s, struct stream_tls *out);
	void	(*free)(struct tls_session *s);
};

struct tls_ctx {	/* tls.c's own begins with this */
	const struct tls_body *body;
};
