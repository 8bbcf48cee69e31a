/* TLS for sys/stream.h, on OpenSSL 3.0.
 *
 * 1. The library works on the stream's own descriptor (SSL_set_fd); SIGPIPE is
 *    ignored since loop_new().
 * 2. The error queue is the thread's: it is emptied before each call, or
 *    SSL_get_error() would blame us for another stream's failure.
 * 3. A connection that just ends is an end, not an attack: SMTP has its own
 *    mark for the end of a mail (RFC 5321 4.1.1.4). */

#include "sys/tls_body.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { PEER_NAME = 256, PEER_SANS = 4 };

struct tls_ossl {
	struct tls_ctx	 base;
	SSL_CTX		*ctx;
};

struct tls_session {
	SSL	*ssl;
	char	 peer_name[PEER_NAME];
	char	 names[STREAM_NAMES];
};

static enum tls_io
io_of(SSL *ssl, int rc, int sys)
{
	switch (SSL_get_error(ssl, rc)) {
	case SSL_ERROR_NONE:
		return TLS_DONE;
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_EOF;
	case SSL_ERROR_SYSCALL:
		return sys == 0 ? TLS_EOF : TLS_RESET;
	default:
		return TLS_BROKEN;
	}
}

static void
session_free(struct tls_session *s)
{
	SSL_free(s->ssl);
	free(s);
}

static struct tls_session *
session_start(struct tls_ctx *t, int fd, const char *sni)
{
	struct tls_session *s = calloc(1, sizeof(*s));

	ERR_clear_error();
	if (s == NULL)
		return NULL;
	s->ssl = SSL_new(((struct tls_ossl *)t)->ctx);
	if (s->ssl == NULL || SSL_set_fd(s->ssl, fd) != 1 ||
	    (sni != NULL && SSL_set_tlsext_host_name(s->ssl, sni) != 1)) {
		session_free(s);
		return NULL;
	}
	if (t->body->server)
		SSL_set_accept_state(s->ssl);
	else
		SSL_set_connect_state(s->ssl);
	return s;
}

static enum tls_io
session_shake(struct tls_session *s)
{
	int rc;

	ERR_clear_error();
	errno = 0;
	rc = SSL_do_handshake(s->ssl);
	return io_of(s->ssl, rc, errno);
}

static enum tls_io
session_read(struct tls_session *s, void *p, size_t n, size_t *got)
{
	int rc;

	ERR_clear_error();
	errno = 0;
	rc = SSL_read_ex(s->ssl, p, n, got);
	return io_of(s->ssl, rc, errno);
}

static enum tls_io
session_write(struct tls_session *s, const void *p, size_t n, size_t *put)
{
	int rc;

	ERR_clear_error();
	errno = 0;
	rc = SSL_write_ex(s->ssl, p, n, put);
	return io_of(s->ssl, rc, errno);
}

static bool
session_pending(struct tls_session *s)
{
	return SSL_pending(s->ssl) > 0;
}

static void
session_bye(struct tls_session *s)
{
	ERR_clear_error();
	(void)SSL_shutdown(s->ssl);
}

static struct str
copy_name(struct tls_session *s, const ASN1_STRING *a)
{
	int n = ASN1_STRING_length(a);

	if (n <= 0 || n > PEER_NAME)
		return (struct str){ NULL, 0 };
	memcpy(s->peer_name, ASN1_STRING_get0_data(a), (size_t)n);
	return (struct str){ s->peer_name, (size_t)n };
}

static struct str
name_of_subject(struct tls_session *s, X509 *cert)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	if (at < 0)
		return (struct str){ NULL, 0 };
	return copy_name(s, X509_NAME_ENTRY_get_data(
	    X509_NAME_get_entry(subject, at)));
}

static struct str
name_of_san(struct tls_session *s, X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name,
	    NULL, NULL);
	struct str found = { NULL, 0 };

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && found.n == 0; i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type == GEN_DNS)
			found = copy_name(s, g->d.dNSName);
	}
	GENERAL_NAMES_free(names);
	return found;
}

/* Appends a name whole, if it is printable and there is room. */
static void
add_name(struct wbuf *w, const ASN1_STRING *a)
{
	const uint8_t *p = ASN1_STRING_get0_data(a);
	int n = ASN1_STRING_length(a);

	for (int i = 0; i < n; i++)
		if (p[i] <= 0x20 || p[i] > 0x7e)
			return;
	if (n <= 0 || w->len + (size_t)n + 1 > w->cap)
		return;
	wbuf_str(w, w->len > 0 ? " " : "");
	wbuf_bytes(w, p, (size_t)n);
}

static struct str
names_of(struct tls_session *s, X509 *cert)
{
	struct wbuf w = wbuf_of(s->names, sizeof(s->names));
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1), sans = 0;
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name,
	    NULL, NULL);

	if (at >= 0)
		add_name(&w, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && sans < PEER_SANS; i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type != GEN_DNS)
			continue;
		add_name(&w, g->d.dNSName);
		sans++;
	}
	GENERAL_NAMES_free(names);
	return (struct str){ s->names, w.len };
}

static void
session_about(struct tls_session *s, struct stream_tls *out)
{
	X509 *cert = SSL_get1_peer_certificate(s->ssl);

	out->version = SSL_get_version(s->ssl);
	out->cipher = SSL_get_cipher_name(s->ssl);
	if (cert == NULL)
		return;
	out->peer_name = name_of_subject(s, cert);
	if (out->peer_name.n == 0)
		out->peer_name = name_of_san(s, cert);
	out->names = names_of(s, cert);
	X509_free(cert);
}

#define TLS_METHODS \
	.start = session_start, .shake = session_shake, \
	.read = session_read, .write = session_write, \
	.pending = session_pending, .bye = session_bye, \
	.about = session_about, .free = session_free

static const struct tls_body client_body = { .server = false, TLS_METHODS };
static const struct tls_body server_body = { .server = true, TLS_METHODS };

static int
tls_new(struct tls_ossl **out, const struct tls_body *body, const SSL_METHOD *m)
{
	struct tls_ossl *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return SEK_ENOMEM;
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	ERR_clear_error();
	t->base.body = body;
	t->ctx = SSL_CTX_new(m);
	if (t->ctx == NULL) {
		free(t);
		return SEK_ELIB;
	}
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_RELEASE_BUFFERS |
	    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET |
	    SSL_OP_NO_COMPRESSION);
	*out = t;
	return 0;
}

void
tls_free(struct tls_ctx *base)
{
	struct tls_ossl *t = (struct tls_ossl *)base;

	if (t == NULL)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

int
tls_client_new(struct tls_ctx **out)
{
	struct tls_ossl *t;
	int rc = tls_new(&t, &client_body, TLS_client_method());

	if (rc != 0)
		return rc;
	/* the default settings refuse servers of TLS 1.0: "legacy sigalg
	 * disallowed"; we measure, we do not trust */
	SSL_CTX_set_options(t->ctx, SSL_OP_LEGACY_SERVER_CONNECT);
	if (SSL_CTX_set_min_proto_version(t->ctx, TLS1_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(t->ctx, "DEFAULT:@SECLEVEL=0") != 1) {
		tls_free(&t->base);
		return SEK_ELIB;
	}
	*out = &t->base;
	return 0;
}

/* A key with a pass phrase is refused: nobody is there to type it. */
static int
no_passphrase(char *buf, int size, int rwflag, void *ctx)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)ctx;
	return -1;
}

static bool
use_chain(SSL_CTX *ctx, BIO *pem)
{
	X509 *cert = PEM_read_bio_X509(pem, NULL, no_passphrase, NULL);
	bool ok = cert != NULL && SSL_CTX_use_certificate(ctx, cert) == 1;

	X509_free(cert);
	while (ok && (cert = PEM_read_bio_X509(pem, NULL, no_passphrase, NULL)) != NULL) {
		ok = SSL_CTX_add0_chain_cert(ctx, cert) == 1;
		if (!ok)
			X509_free(cert);
	}
	ERR_clear_error();	/* the end of the text counts as one */
	return ok;
}

static bool
use_key(SSL_CTX *ctx, BIO *pem)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, no_passphrase, NULL);
	bool ok = key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1;

	EVP_PKEY_free(key);
	return ok;
}

/* A pair as PEM text.  Returns 0, SEK_ENOMEM, SEK_ELIB. */
static int
use_pair(SSL_CTX *ctx, struct str cert_pem, struct str key_pem)
{
	BIO *cert, *key;
	int err = SEK_ENOMEM;

	if (cert_pem.n == 0 || cert_pem.n > INT_MAX ||
	    key_pem.n == 0 || key_pem.n > INT_MAX)
		return SEK_ELIB;
	cert = BIO_new_mem_buf(cert_pem.p, (int)cert_pem.n);
	key = BIO_new_mem_buf(key_pem.p, (int)key_pem.n);
	if (cert != NULL && key != NULL)
		err = use_chain(ctx, cert) && use_key(ctx, key) ? 0 : SEK_ELIB;
	BIO_free(cert);
	BIO_free(key);
	return err;
}

/* Years: it says who asks, and nothing is trusted for it. */
enum { SELF_DAYS = 3650, SERIAL_BITS = 64 };

static bool
self_signed(X509 *cert, EVP_PKEY *key, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	BIGNUM *serial = BN_new();
	bool ok = serial != NULL &&
	    BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) != NULL &&
	    X509_set_version(cert, X509_VERSION_3) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -86400) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(cert), SELF_DAYS, 0, NULL) != NULL &&
	    X509_set_pubkey(cert, key) == 1 &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
		(const unsigned char *)name, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, subject) == 1 &&
	    X509_sign(cert, key, EVP_sha256()) > 0;

	BN_free(serial);
	return ok;
}

int
tls_client_self(struct tls_ctx *base, const char *name)
{
	struct tls_ossl *t = (struct tls_ossl *)base;
	EVP_PKEY *key;
	X509 *cert;
	bool ok;

	ERR_clear_error();
	key = EVP_EC_gen("P-256");
	cert = X509_new();
	ok = key != NULL && cert != NULL && self_signed(cert, key, name) &&
	    SSL_CTX_use_certificate(t->ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(t->ctx, key) == 1;
	X509_free(cert);
	EVP_PKEY_free(key);
	return ok ? 0 : SEK_ELIB;
}

int
tls_client_pair(struct tls_ctx *base, struct str cert_pem, struct str key_pem)
{
	ERR_clear_error();
	return use_pair(((struct tls_ossl *)base)->ctx, cert_pem, key_pem);
}

int
tls_server_new(struct tls_ctx **out, struct str cert_pem, struct str key_pem)
{
	struct tls_ossl *t;
	int rc = tls_new(&t, &server_body, TLS_server_method());

	if (rc != 0)
		return rc;
	rc = use_pair(t->ctx, cert_pem, key_pem);
	if (rc == 0 && (SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_num_tickets(t->ctx, 0) != 1))
		rc = SEK_ELIB;
	if (rc != 0) {
		tls_free(&t->base);
		return rc;
	}
	*out = &t->base;
	return 0;
}
