#include "keep/token.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/log.h"
#include "fact/relaytest.h"

enum {
	KEYS_MAX = 255,
	KEY_OCTETS = 32,
	KEY_LINE = 100,		/* octets of "ID TIME HEX" and LF, at most */
	FILE_MAX = KEYS_MAX * KEY_LINE,
};

struct key {
	uint8_t		id;
	struct wall	made;
	uint8_t		octets[KEY_OCTETS];
};

struct keep_token {
	struct key	keys[KEYS_MAX];		/* oldest first */
	size_t		n;
	char		path[PATH_MAX];		/* "": in memory */
};

/* --- the key file --- */

static int
key_line(struct key *out, struct str line)
{
	struct str id = str_cut(&line, ' '), made = str_cut(&line, ' ');
	uint64_t n, at;

	if (str_u64(&n, id, UINT8_MAX) != 0 || str_u64(&at, made, INT64_MAX) != 0)
		return SEK_EPARSE;
	out->id = (uint8_t)n;
	out->made.s = (int64_t)at;
	return str_unhex(out->octets, sizeof(out->octets), line);
}

static const struct key *
key_by_id(const struct keep_token *t, unsigned id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->keys[i].id == id)
			return &t->keys[i];
	return NULL;
}

static int
keys_parse(struct keep_token *t, struct str text)
{
	unsigned line = 0;

	while (text.n > 0) {
		struct key k;

		line++;
		if (key_line(&k, str_cut(&text, '\n')) != 0 || t->n == KEYS_MAX ||
		    key_by_id(t, k.id) != NULL ||
		    (t->n > 0 && k.made.s < t->keys[t->n - 1].made.s)) {
			log_event(LOG_LV_ERR, "key-file", LOG_Z("path", t->path),
			    LOG_N("line", line), LOG_Z("why", "not-a-key"));
			return SEK_EPARSE;
		}
		t->keys[t->n++] = k;
		OPENSSL_cleanse(&k, sizeof(k));
	}
	return 0;
}

static int
read_all(int fd, char *text, size_t cap, size_t *len)
{
	ssize_t n;

	*len = 0;
	while ((n = read(fd, text + *len, cap - *len)) > 0)
		*len += (size_t)n;
	return n < 0 ? SEK_ESYS : 0;
}

static int
keys_load(struct keep_token *t)
{
	static char text[FILE_MAX];
	size_t len;
	int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), err;

	if (fd < 0)
		return errno == ENOENT ? 0 : SEK_ESYS;
	err = read_all(fd, text, sizeof(text), &len);
	close(fd);
	if (err == 0)
		err = keys_parse(t, (struct str){ text, len });
	if (err == 0 && t->n == 0)
		err = SEK_EPARSE;	/* empty: tokens that are out would be lost */
	OPENSSL_cleanse(text, sizeof(text));
	return err;
}

static size_t
keys_text(char text[FILE_MAX], const struct keep_token *t)
{
	struct wbuf w = wbuf_of(text, FILE_MAX);

	for (size_t i = 0; i < t->n; i++) {
		char hex[2 * KEY_OCTETS + 1];

		str_hex(hex, t->keys[i].octets, KEY_OCTETS);
		wbuf_printf(&w, "%u %" PRId64 " %s\n", t->keys[i].id,
		    t->keys[i].made.s, hex);
		OPENSSL_cleanse(hex, sizeof(hex));
	}
	return w.len;
}

/* Makes the file whole before it gets its name, so that a crash leaves the
 * old keys or the new ones. */
static int
keys_write(int fd, const char *temp, const char *path, const char *text, size_t len)
{
	bool ok = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;

	if (close(fd) != 0 || !ok || rename(temp, path) != 0)
		return SEK_ESYS;
	return 0;
}

static int
keys_save(const struct keep_token *t)
{
	static char text[FILE_MAX];
	char temp[PATH_MAX + 8];
	size_t len;
	int fd, err;

	if (t->path[0] == '\0')
		return 0;
	snprintf(temp, sizeof(temp), "%s.new", t->path);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return SEK_ESYS;
	len = keys_text(text, t);
	err = keys_write(fd, temp, t->path, text, len);
	OPENSSL_cleanse(text, sizeof(text));
	if (err != 0)
		unlink(temp);
	return err;
}

/* --- opening --- */

int
token_new_key(struct keep *k)
{
	struct keep_token *t = k->token;
	struct key *key = &t->keys[t->n];
	unsigned id = 1;
	int err;

	if (t->n == KEYS_MAX)
		return SEK_ELIMIT;
	while (key_by_id(t, id) != NULL)
		id++;
	key->id = (uint8_t)id;
	key->made = keep_now(k);
	if (t->n > 0 && key->made.s < t->keys[t->n - 1].made.s)
		key->made = t->keys[t->n - 1].made;	/* the clock went back */
	rand_fill(k->rand, key->octets, sizeof(key->octets));
	t->n++;
	err = keys_save(t);
	if (err != 0)
		OPENSSL_cleanse(&t->keys[--t->n], sizeof(t->keys[0]));
	return err;
}

int
token_open(struct keep *k)
{
	struct keep_token *t = calloc(1, sizeof(*t));
	int err = 0;

	if (t == NULL)
		return SEK_ENOMEM;
	k->token = t;
	if (!store_in_memory(k->store)) {
		if ((size_t)snprintf(t->path, sizeof(t->path), "%s/token.keys",
		    k->conf->state) >= sizeof(t->path))
			err = SEK_ELIMIT;
		else
			err = keys_load(t);
	}
	if (err == 0 && t->n == 0)
		err = token_new_key(k);
	if (err != 0)
		token_close(k);
	return err;
}

void
token_close(struct keep *k)
{
	if (k->token == NULL)
		return;
	OPENSSL_cleanse(k->token, sizeof(*k->token));
	free(k->token);
	k->token = NULL;
}

/* --- MACs --- */

/* The newest key that is not younger than the attempt, so that a retry of an
 * old attempt bears the same token after a new key was made. */
static const struct key *
key_of(const struct keep_token *t, const struct attempt *a)
{
	const struct key *k = &t->keys[0];

	for (size_t i = 1; i < t->n && t->keys[i].made.s <= a->minted.s; i++)
		k = &t->keys[i];
	return k;
}

static void
hmac(uint8_t out[32], const struct key *k, const struct wbuf *w)
{
	unsigned n = 32;

	if (w->err != 0 || HMAC(EVP_sha256(), k->octets, KEY_OCTETS, w->p, w->len,
	    out, &n) == NULL)
		abort();	/* without a MAC nothing can be told from a forgery */
}

/* What both MACs cover; the first word keeps their uses apart. */
static void
put_attempt(struct wbuf *w, const char *use, const struct key *k,
    const struct attempt *a, uint8_t kind)
{
	wbuf_str(w, use);
	wbuf_u8(w, 0);
	wbuf_u8(w, kind);
	wbuf_u8(w, k->id);
	wbuf_u64(w, a->id);
	wbuf_u8(w, a->form);
	wbuf_bytes(w, a->addr.o, sizeof(a->addr.o));
	wbuf_u16(w, a->port);
	wbuf_u64(w, (uint64_t)a->minted.s);
}

static void
token_make(struct token *t, const struct key *k, const struct attempt *a,
    uint8_t kind)
{
	uint8_t octets[128], mac[32];
	struct wbuf w = wbuf_of(octets, sizeof(octets));

	put_attempt(&w, "sekimori token 1", k, a, kind);
	hmac(mac, k, &w);
	*t = (struct token){ .key = k->id, .kind = kind, .attempt = a->id };
	memcpy(t->mac, mac, sizeof(t->mac));
}

void
token_mint(char out[TOKEN_TEXT], struct keep *k, const struct attempt *a,
    enum token_kind kind)
{
	struct token t;

	token_make(&t, key_of(k->token, a), a, (uint8_t)kind);
	token_text(out, &t);
}

bool
token_verify(struct keep *k, const struct token *t, const struct attempt *a)
{
	struct token want;

	token_make(&want, key_of(k->token, a), a, t->kind);
	return CRYPTO_memcmp(want.mac, t->mac, sizeof(want.mac)) == 0 &&
	    t->key == want.key && t->attempt == want.attempt;
}

static struct letter_block
block_of(const struct attempt *a, const char *token, const char *mac)
{
	return (struct letter_block){
		.token = str_of(token), .target = a->addr, .port = a->port,
		.form = relaytest_forms[a->form].id, .minted = a->minted,
		.mac = str_of(mac),
	};
}

void
token_block_mac(char out[TOKEN_BLOCK_MAC], struct keep *k, const struct attempt *a)
{
	const struct key *key = key_of(k->token, a);
	char token[TOKEN_TEXT], text[LETTER_BLOCK];
	uint8_t octets[LETTER_BLOCK + 128], mac[32];
	struct wbuf m = wbuf_of(octets, sizeof(octets));
	struct letter_block b;

	token_mint(token, k, a, TOKEN_RECIPIENT);
	b = block_of(a, token, "");
	letter_block(text, &b);
	put_attempt(&m, "sekimori letter 1", key, a, 0);
	wbuf_str(&m, text);
	hmac(mac, key, &m);
	str_hex(out, mac, TOKEN_BLOCK_MAC / 2);
}

void
token_block(char out[LETTER_BLOCK], struct keep *k, const struct attempt *a)
{
	char token[TOKEN_TEXT], mac[TOKEN_BLOCK_MAC];
	struct letter_block b;

	token_mint(token, k, a, TOKEN_RECIPIENT);
	token_block_mac(mac, k, a);
	b = block_of(a, token, mac);
	letter_block(out, &b);
}

static void
mac_of(uint8_t out[TOKEN_MAC], const struct key *k, const char *use,
    const void *octets, size_t n)
{
	uint8_t in[64 + TOKEN_MAC_OF], mac[32];
	struct wbuf w = wbuf_of(in, sizeof(in));

	wbuf_str(&w, use);
	wbuf_u8(&w, 0);
	wbuf_u8(&w, k->id);
	wbuf_bytes(&w, octets, n);
	hmac(mac, k, &w);
	memcpy(out, mac, TOKEN_MAC);
	OPENSSL_cleanse(in, sizeof(in));
	OPENSSL_cleanse(mac, sizeof(mac));
}

uint8_t
token_mac(uint8_t out[TOKEN_MAC], struct keep *k, const char *use,
    const void *octets, size_t n)
{
	const struct key *newest = &k->token->keys[k->token->n - 1];

	mac_of(out, newest, use, octets, n);
	return newest->id;
}

bool
token_mac_by(uint8_t out[TOKEN_MAC], struct keep *k, uint8_t key,
    const char *use, const void *octets, size_t n)
{
	const struct key *by = key_by_id(k->token, key);

	if (by != NULL)
		mac_of(out, by, use, octets, n);
	return by != NULL;
}

bool
token_mac_is(struct keep *k, uint8_t key, const uint8_t mac[TOKEN_MAC],
    const char *use, const void *octets, size_t n)
{
	uint8_t want[TOKEN_MAC];
	bool is = token_mac_by(want, k, key, use, octets, n) &&
	    CRYPTO_memcmp(want, mac, sizeof(want)) == 0;

	OPENSSL_cleanse(want, sizeof(want));
	return is;
}
