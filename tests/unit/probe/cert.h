#pragma once
/* tests/unit/probe/cert.h -- a TLS server's context with a certificate for
 * itself, made anew in each run. */

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "sys/stream.h"

static inline void
cert_must(bool holds)
{
	if (!holds)
		abort();
}

static inline void
cert_pem(char *out, size_t cap, BIO *b)
{
	int n = BIO_read(b, out, (int)cap - 1);

	cert_must(n > 0);
	out[n] = '\0';
	BIO_free(b);
}

/* For mail.open.example, also mail.example.com and *.example.net. */
static inline X509 *
cert_new(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
	    "DNS:mail.example.com,DNS:*.example.net");

	X509_set_version(cert, 2);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
	    (const unsigned char *)"mail.open.example", -1, -1, 0);
	cert_must(X509_add_ext(cert, san, -1) == 1);
	X509_EXTENSION_free(san);
	cert_must(X509_sign(cert, key, EVP_sha256()) > 0);
	return cert;
}

static inline void
cert_server(struct tls_ctx **out)
{
	static char text[2][4096];
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = cert_new(key);
	BIO *b = BIO_new(BIO_s_mem()), *k = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(b, cert);
	PEM_write_bio_PrivateKey(k, key, NULL, NULL, 0, NULL, NULL);
	cert_pem(text[0], sizeof(text[0]), b);
	cert_pem(text[1], sizeof(text[1]), k);
	X509_free(cert);
	EVP_PKEY_free(key);
	cert_must(tls_server_new(out, str_of(text[0]), str_of(text[1])) == 0);
}
