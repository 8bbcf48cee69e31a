#include "wire/tsig_key.h"

#include <string.h>

static const char *const algorithms[] = {
	[TSIG_SHA256] = "hmac-sha256", [TSIG_SHA384] = "hmac-sha384",
	[TSIG_SHA512] = "hmac-sha512",
};

const char *
tsig_algorithm_name(enum tsig_algorithm a)
{
	return algorithms[a];
}

static const char *
read_algorithm(struct tsig_key *k, struct str s)
{
	for (unsigned i = TSIG_SHA256; i <= TSIG_SHA512; i++)
		if (str_ieq(s, str_of(algorithms[i]))) {
			k->algorithm = (enum tsig_algorithm)i;
			return NULL;
		}
	return "a line begins with hmac-sha256:, hmac-sha384: or hmac-sha512:";
}

/* Lower case: that is the form which is hashed (RFC 8945 4.3.3). */
static const char *
read_name(struct tsig_key *k, struct str s)
{
	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	if (s.n == 0 || dns_name_parse(&k->name, s) != 0 || k->name.len < 3)
		return "the second part is the key's name, as xfer.example";
	for (size_t i = 0; i < k->name.len; i++)	/* length octets are below 64 */
		k->name.o[i] = (uint8_t)ascii_lower((char)k->name.o[i]);
	return NULL;
}

static int
base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* RFC 4648 4, strictly: a secret that was cut or mistyped must not become
 * another one in silence. */
static const char *
read_secret(struct tsig_key *k, struct str s)
{
	static const char wrong[] = "the third part is the secret in base64";
	size_t pad = 0;
	uint32_t bits = 0;
	unsigned have = 0;

	if (s.n == 0 || s.n % 4 != 0)
		return wrong;
	while (pad < 2 && s.p[s.n - 1] == '=') {
		s.n--;
		pad++;
	}
	for (size_t i = 0; i < s.n; i++) {
		int v = base64_value(s.p[i]);

		if (v < 0)
			return wrong;
		bits = (bits << 6 | (uint32_t)v) & 0xffffff;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (k->len == TSIG_SECRET_MAX)
			return "the secret is longer than 128 octets";
		k->secret[k->len++] = (uint8_t)(bits >> have);
	}
	if ((bits & ((1u << have) - 1)) != 0 || have != 2 * pad)
		return wrong;
	return k->len < TSIG_SECRET_MIN ?
	    "the secret is shorter than 16 octets" : NULL;
}

/* The next word of *s, which SP or HTAB ends. */
static struct str
word(struct str *s)
{
	struct str w = { NULL, 0 };

	*s = str_trim(*s);
	w.p = s->p;
	while (w.n < s->n && s->p[w.n] != ' ' && s->p[w.n] != '\t')
		w.n++;
	s->p += w.n;
	s->n -= w.n;
	return w;
}

static const char *
read_nets(struct tsig_key *k, struct str s)
{
	for (struct str w = word(&s); w.n > 0; w = word(&s)) {
		if (k->n_nets == TSIG_KEY_NETS)
			return "more than 8 networks behind one key";
		if (net_parse(&k->nets[k->n_nets++], w) != 0)
			return "behind a key stand addresses and networks, as "
			    "192.0.2.53 or 2001:db8::/48, host bits zero";
	}
	return NULL;
}

static const char *
read_key(struct tsig_key *k, struct str line)
{
	struct str spec = word(&line);
	struct str algorithm = str_cut(&spec, ':'), name = str_cut(&spec, ':');
	const char *wrong = read_algorithm(k, algorithm);

	if (wrong == NULL)
		wrong = read_name(k, name);
	if (wrong == NULL)
		wrong = read_secret(k, spec);
	return wrong != NULL ? wrong : read_nets(k, line);
}

static const char *
add_key(struct tsig_keys *keys, struct str line)
{
	struct tsig_key *k = &keys->at[keys->n];
	const char *wrong;

	if (keys->n == TSIG_KEYS)
		return "more than 32 keys";
	memset(k, 0, sizeof(*k));
	wrong = read_key(k, line);
	for (size_t i = 0; wrong == NULL && i < keys->n; i++)
		if (dns_name_eq(&keys->at[i].name, &k->name))
			wrong = "a key of that name stands above already";
	keys->n += wrong == NULL;
	return wrong;
}

int
tsig_keys_parse(struct tsig_keys *k, struct str text, struct tsig_key_why *why)
{
	*why = (struct tsig_key_why){ 0, NULL };
	k->n = 0;
	while (text.n > 0 && why->text == NULL) {
		struct str line = str_cut(&text, '\n');

		why->line++;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		line = str_trim(str_cut(&line, '#'));
		if (line.n > 0)
			why->text = add_key(k, line);
	}
	if (why->text == NULL)
		return 0;
	memset(k, 0, sizeof(*k));
	return SEK_EPARSE;
}

bool
tsig_key_allows(const struct tsig_key *k, const struct addr *a)
{
	bool yes = k->n_nets == 0;

	for (size_t i = 0; !yes && i < k->n_nets; i++)
		yes = net_has(&k->nets[i], a);
	return yes;
}
