#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/wait.h>

#include "peer.h"

/* A key and a certificate for itself, as PEM text, made anew in each run. */
struct pair_pem {
	char	cert[4096], key[4096];
};

static struct pair_pem mx, other;
static struct tls_ctx *client_ctx, *server_ctx;

static void
pem_text(char *out, size_t cap, BIO *b)
{
	char *p;
	long n = BIO_get_mem_data(b, &p);

	assert_true(n > 0 && (size_t)n < cap);
	memcpy(out, p, (size_t)n);
	out[n] = '\0';
	BIO_free(b);
}

static void
pem_make(struct pair_pem *out, const char *cn)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	BIO *b = BIO_new(BIO_s_mem());

	assert_non_null(key);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(cert, name);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	PEM_write_bio_X509(b, cert);
	pem_text(out->cert, sizeof(out->cert), b);
	b = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL);
	pem_text(out->key, sizeof(out->key), b);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static int
group_setup(void **state)
{
	(void)state;
	pem_make(&mx, "mx.example");
	pem_make(&other, "other.example");
	return tls_client_new(&client_ctx) |
	    tls_server_new(&server_ctx, str_of(mx.cert), str_of(mx.key));
}

static int
group_teardown(void **state)
{
	(void)state;
	tls_free(client_ctx);
	tls_free(server_ctx);
	return 0;
}

static void
start_tls(struct peer *p, struct tls_ctx *t, const char *sni)
{
	peer_inside = true;
	assert_int_equal(stream_tls(p->s, t, sni, &p->injected), 0);
	peer_inside = false;
}

/* The server of a STARTTLS dialogue: answers in clear, then shakes hands. */
static void
server_hook(struct peer *p, char event)
{
	if (event != 'd' || strcmp(p->log, "STARTTLS") != 0)
		return;
	peer_write(p, "220 go", 6);
	start_tls(p, server_ctx, NULL);
	assert_int_equal(p->injected, 0);
	peer_write(p, "hidden", 6);	/* after the handshake only */
}

static void
client_hook(struct peer *p, char event)
{
	if (event == 'd' && strcmp(p->log, "W220 go") == 0)
		start_tls(p, client_ctx, "mx.example");
}

static void
starttls_on(struct rig *r, int cfd, int sfd)
{
	struct peer c = { .hook = client_hook }, s = { .hook = server_hook };

	peer_adopt(&c, r, cfd);
	peer_adopt(&s, r, sfd);
	peer_write(&c, "STARTTLS", 8);
	rig_run(r, &c, "W220 goShidden", 1000);
	assert_string_equal(c.about.version, "TLSv1.3");
	assert_non_null(c.about.cipher);
	assert_string_equal(c.peer_name, "mx.example");
	assert_string_equal(s.peer_name, "");
	assert_int_equal(c.injected + c.about.injected + s.about.injected, 0);
	peer_write(&c, "EHLO", 4);
	rig_run(r, &s, "STARTTLSSWEHLO", 1000);
	stream_close(c.s, true);	/* close_notify */
	rig_run(r, &s, "STARTTLSSWEHLOD3", 1000);
	peer_close(&s);
}

static void
starttls_and_back(void **state)
{
	struct rig r;
	uint16_t port;
	int pair[2], lfd = local_port(&port, true);

	(void)state;
	for (int fake = 0; fake < 2; fake++) {
		rig_open(&r, fake == 1);
		socket_pair(pair);
		starttls_on(&r, pair[0], pair[1]);
		pair[0] = dialer_real.dial(&dialer_real, &loopback, port, &addr_none);
		starttls_on(&r, pair[0], accept(lfd, NULL, NULL));
		rig_close(&r);
	}
	close(lfd);
}

/* Writes 4 MiB through a queue of 256 KiB, a refill at each drained. */
static void
refill(struct peer *p, char event)
{
	static const uint8_t part[200000];

	if ((event == 'W' || event == 'S') && p->raw-- > 0)
		peer_write(p, part, sizeof(part));
	if (event == 'd' && p->octets == 20 * sizeof(part))
		p->log[p->n++] = '!';
	if (event == 'W')	/* may come behind the '!' */
		p->log[--p->n] = '\0';
}

static void
much_both_ways(void **state)
{
	struct rig r;

	(void)state;
	for (int fake = 0; fake < 2; fake++) {
		struct peer c = { .hook = refill, .raw = 20, .quiet = true };
		struct peer s = { .hook = refill, .raw = 20, .quiet = true };
		int pair[2];

		rig_open(&r, fake == 1);
		socket_pair(pair);
		peer_adopt(&c, &r, pair[0]);
		peer_adopt(&s, &r, pair[1]);
		start_tls(&c, client_ctx, NULL);
		start_tls(&s, server_ctx, NULL);
		rig_run(&r, &c, "S!", 1000);
		rig_run(&r, &s, "S!", 1000);
		assert_int_equal(c.octets, 4000000);
		assert_int_equal(s.octets, 4000000);
		peer_close(&c);
		peer_close(&s);
		rig_close(&r);
	}
}

static void
secured_and_paused(void **state)
{
	struct rig r;
	struct peer c = { 0 }, s = { 0 };
	int pair[2];

	(void)state;
	rig_open(&r, true);
	socket_pair(pair);
	peer_adopt(&c, &r, pair[0]);
	peer_adopt(&s, &r, pair[1]);
	start_tls(&c, client_ctx, NULL);
	start_tls(&s, server_ctx, NULL);
	rig_run(&r, &c, "S", 1000);
	stream_pause(c.s, true);
	peer_write(&s, "held", 4);
	rig_run(&r, &s, "SW", 1000);
	assert_string_equal(c.log, "S");
	stream_pause(c.s, false);
	rig_run(&r, &c, "Sheld", 1000);
	peer_close(&s);
	rig_run(&r, &c, "SheldD3", 1000);
	peer_close(&c);
	rig_close(&r);
}

/* Plain text that the far end slips in between its 220 and our ClientHello. */
static void
injected_client(struct peer *p, char event)
{
	if (event != 'd')
		return;
	assert_int_equal(write(p->raw, "250 evil\r\n", 10), 10);
	start_tls(p, client_ctx, NULL);
	assert_int_equal(p->injected, 10);
	assert_int_equal(write(p->raw, "more", 4), 4);
}

static void
client_drops_and_counts_injection(void **state)
{
	struct rig r;
	struct peer c = { .hook = injected_client }, s = { 0 };
	int pair[2];

	(void)state;
	rig_open(&r, true);
	socket_pair(pair);
	c.raw = pair[1];
	peer_adopt(&c, &r, pair[0]);
	assert_int_equal(write(pair[1], "220 go", 6), 6);
	rig_run(&r, &c, "220 go", 100);
	peer_adopt(&s, &r, pair[1]);
	start_tls(&s, server_ctx, NULL);
	assert_int_equal(s.injected, 0);	/* an honest ClientHello */
	rig_run(&r, &c, "220 goS", 1000);
	assert_int_equal(c.about.injected, 14);
	peer_close(&c);
	peer_close(&s);
	rig_close(&r);
}

static void
injected_server(struct peer *p, char event)
{
	if (event != 'd')
		return;
	assert_int_equal(write(p->raw, "MAIL FROM:<>\r\n", 14), 14);
	peer_write(p, "220 go", 6);
	start_tls(p, server_ctx, NULL);
	assert_int_equal(p->injected, 14);
}

static void
server_drops_what_came_before_its_220(void **state)
{
	struct rig r;
	struct peer s = { .hook = injected_server }, c = { 0 };
	char buf[16];
	int pair[2];

	(void)state;
	rig_open(&r, true);
	socket_pair(pair);
	s.raw = pair[1];
	peer_adopt(&s, &r, pair[0]);
	assert_int_equal(write(pair[1], "STARTTLS", 8), 8);
	rig_run(&r, &s, "STARTTLS", 100);
	loop_run(r.loop, (struct mono){ r.clock.mono.ms + 1 });
	assert_int_equal(read(pair[1], buf, sizeof(buf)), 6);
	peer_adopt(&c, &r, pair[1]);
	start_tls(&c, client_ctx, NULL);
	rig_run(&r, &s, "STARTTLSS", 1000);
	assert_int_equal(s.about.injected, 14);
	peer_close(&c);
	peer_close(&s);
	rig_close(&r);
}

static void
handshakes_that_fail(void **state)
{
	static const struct { const char *name; struct str said; bool server; } cases[] = {
		{ "client hears SMTP", STR("454 TLS not available\r\n"), false },
		{ "client hears only the end", STR(""), false },
		{ "client hears an alert", STR("\x15\x03\x01\x00\x02\x02\x28"), false },
		{ "client hears a huge record", STR("\x16\x03\x03\xff\xff\x02\0\xff"), false },
		{ "server hears SMTP", STR("EHLO probe.example\r\n"), true },
		{ "server hears only the end", STR(""), true },
		{ "server hears HTTP", STR("GET / HTTP/1.0\r\n\r\n"), true },
		{ "server hears half a record", STR("\x16\x03\x01\x40"), true },
	};
	size_t before = open_descriptors();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig r;
		struct peer p = { 0 };
		int pair[2];

		rig_open(&r, true);
		socket_pair(pair);
		peer_adopt(&p, &r, pair[0]);
		start_tls(&p, cases[i].server ? server_ctx : client_ctx, "mx.example");
		loop_run(r.loop, (struct mono){ 10 });	/* our hello is out */
		assert_string_equal(p.log, "");
		assert_int_equal(write(pair[1], cases[i].said.p,
		    cases[i].said.n), cases[i].said.n);
		shutdown(pair[1], SHUT_WR);
		loop_run(r.loop, (struct mono){ 20 });
		if (strcmp(p.log, "D5") != 0)
			fail_msg("%s: want D5, got %s", cases[i].name, p.log);
		peer_close(&p);
		close(pair[1]);
		rig_close(&r);
	}
	assert_int_equal(open_descriptors(), before);
}

static void
reset_in_handshake(void **state)
{
	struct rig r;
	struct peer p = { 0 };
	int pair[2];

	(void)state;
	rig_open(&r, true);
	socket_pair(pair);
	peer_adopt(&p, &r, pair[0]);
	start_tls(&p, client_ctx, NULL);
	loop_run(r.loop, (struct mono){ 10 });
	close(pair[1]);		/* with our hello unread: a reset */
	loop_run(r.loop, (struct mono){ 20 });
	assert_string_equal(p.log, "D5");
	peer_close(&p);
	rig_close(&r);
}

/* The other side, blocking, in a child: OpenSSL with one version only. */
static pid_t
old_side(int fd, bool server, int version)
{
	pid_t pid = fork();
	SSL_CTX *ctx;
	SSL *ssl;
	BIO *b;
	bool ok;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	SSL_CTX_set_cipher_list(ctx, "DEFAULT:@SECLEVEL=0");
	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	b = BIO_new_mem_buf(mx.cert, -1);
	SSL_CTX_use_certificate(ctx, PEM_read_bio_X509(b, NULL, NULL, NULL));
	b = BIO_new_mem_buf(mx.key, -1);
	SSL_CTX_use_PrivateKey(ctx, PEM_read_bio_PrivateKey(b, NULL, NULL, NULL));
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	ok = (server ? SSL_accept(ssl) : SSL_connect(ssl)) == 1;
	if (ok)
		SSL_write(ssl, "old", 3);
	_exit(ok ? 0 : 1);
}

static void
old_versions(void **state)
{
	static const struct { bool we_serve; int version; const char *want; } cases[] = {
		{ false, TLS1_VERSION, "SoldD3" },	/* measured */
		{ false, TLS1_2_VERSION, "SoldD3" },
		{ true, TLS1_1_VERSION, "D5" },		/* refused */
		{ true, TLS1_2_VERSION, "SoldD3" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig r;
		struct peer p = { 0 };
		int pair[2];
		pid_t pid;

		rig_open(&r, false);
		socket_pair(pair);
		pid = old_side(pair[1], !cases[i].we_serve, cases[i].version);
		close(pair[1]);
		peer_adopt(&p, &r, pair[0]);
		start_tls(&p, cases[i].we_serve ? server_ctx : client_ctx, NULL);
		rig_run(&r, &p, cases[i].want, 0);
		if (cases[i].version == TLS1_VERSION)
			assert_string_equal(p.about.version, "TLSv1");
		peer_close(&p);
		waitpid(pid, NULL, 0);
		rig_close(&r);
	}
}

/* A server in a child that asks for a certificate, takes any, and says whose it
 * is. */
static int
any_certificate(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static pid_t
asking_side(int fd)
{
	pid_t pid = fork();
	char name[64] = "nobody";
	SSL_CTX *ctx;
	SSL *ssl;
	X509 *cert;
	BIO *b;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, any_certificate);
	b = BIO_new_mem_buf(mx.cert, -1);
	SSL_CTX_use_certificate(ctx, PEM_read_bio_X509(b, NULL, NULL, NULL));
	b = BIO_new_mem_buf(mx.key, -1);
	SSL_CTX_use_PrivateKey(ctx, PEM_read_bio_PrivateKey(b, NULL, NULL, NULL));
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) != 1)
		_exit(1);
	cert = SSL_get1_peer_certificate(ssl);
	if (cert != NULL)
		X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
		    NID_commonName, name, sizeof(name));
	SSL_write(ssl, name, (int)strlen(name));
	_exit(0);
}

static void
who_asks_sees_our_certificate(void **state)
{
	static const char *const want[] = {
		"SnobodyD3", "Srelaytest.probe.exampleD3", "Sother.exampleD3",
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct tls_ctx *t;
		struct rig r;
		struct peer p = { 0 };
		int pair[2];
		pid_t pid;

		assert_int_equal(tls_client_new(&t), 0);
		if (i == 1)
			assert_int_equal(tls_client_self(t, "relaytest.probe.example"), 0);
		if (i == 2)
			assert_int_equal(tls_client_pair(t, str_of(other.cert),
			    str_of(other.key)), 0);
		rig_open(&r, false);
		socket_pair(pair);
		assert_int_equal(fcntl(pair[1], F_SETFL, 0), 0);
		pid = asking_side(pair[1]);
		close(pair[1]);
		peer_adopt(&p, &r, pair[0]);
		start_tls(&p, t, NULL);
		rig_run(&r, &p, want[i], 5000);
		peer_close(&p);
		waitpid(pid, NULL, 0);
		rig_close(&r);
		tls_free(t);
	}
}

static void
bad_certificates_are_refused(void **state)
{
	struct tls_ctx *t;
	struct str cert = str_of(mx.cert), key = str_of(mx.key);

	(void)state;
	assert_int_equal(tls_server_new(&t, STR(""), key), SEK_ELIB);
	assert_int_equal(tls_server_new(&t, cert, STR("")), SEK_ELIB);
	assert_int_equal(tls_server_new(&t, STR("not PEM"), key), SEK_ELIB);
	assert_int_equal(tls_server_new(&t, key, cert), SEK_ELIB);
	assert_int_equal(tls_server_new(&t, cert, str_of(other.key)), SEK_ELIB);
	assert_int_equal(tls_client_pair(client_ctx, cert, str_of(other.key)), SEK_ELIB);
	cert.n /= 2;
	assert_int_equal(tls_server_new(&t, cert, key), SEK_ELIB);
}

static void
hundred_handshakes_leave_nothing(void **state)
{
	struct rig r;
	size_t before;

	(void)state;
	rig_open(&r, false);
	before = open_descriptors();
	for (int i = 0; i < 100; i++) {
		struct peer c = { 0 }, s = { 0 };
		int pair[2];

		socket_pair(pair);
		peer_adopt(&c, &r, pair[0]);
		peer_adopt(&s, &r, pair[1]);
		start_tls(&c, client_ctx, "mx.example");
		start_tls(&s, server_ctx, NULL);
		if (i % 4 != 0)			/* else in mid-handshake */
			rig_run(&r, &c, "S", 0);
		stream_close(c.s, i % 2 == 0);
		stream_close(s.s, i % 2 == 0);
	}
	loop_timer_set(r.guard, 50);
	loop_run(r.loop, (struct mono){ -1 });
	assert_int_equal(open_descriptors(), before);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starttls_and_back),
		cmocka_unit_test(much_both_ways),
		cmocka_unit_test(secured_and_paused),
		cmocka_unit_test(client_drops_and_counts_injection),
		cmocka_unit_test(server_drops_what_came_before_its_220),
		cmocka_unit_test(handshakes_that_fail),
		cmocka_unit_test(reset_in_handshake),
		cmocka_unit_test(old_versions),
		cmocka_unit_test(who_asks_sees_our_certificate),
		cmocka_unit_test(bad_certificates_are_refused),
		cmocka_unit_test(hundred_handshakes_leave_nothing),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
