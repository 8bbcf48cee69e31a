#include "wire/rpz.h"

#include <string.h>

enum {
	WORDS = 8,		/* of an IPv6 address */
	LABELS = 1 + WORDS + 1,	/* length, words, trigger */
};

static const struct { struct str label; enum rpz_trigger is; } triggers[] = {
	{ STR("rpz-client-ip"), RPZ_CLIENT_IP }, { STR("rpz-ip"), RPZ_IP },
};
enum { TRIGGERS = sizeof(triggers) / sizeof(triggers[0]) };

/* Reading ---------------------------------------------------------------- */

/* Returns how many, 0 when they are too many. */
static size_t
cut_labels(struct str out[LABELS], const struct dns_name *name, size_t above)
{
	size_t n = 0;

	for (size_t at = 0; at < above; at += name->o[at] + 1u) {
		if (n == LABELS)
			return 0;
		out[n++] = (struct str){ (const char *)name->o + at + 1, name->o[at] };
	}
	return n;
}

static enum rpz_trigger
find_trigger(struct str label)
{
	for (size_t i = 0; i < TRIGGERS; i++)
		if (str_ieq(triggers[i].label, label))
			return triggers[i].is;
	return RPZ_NONE;
}

static bool
read_v4(struct addr *a, const struct str *l)
{
	uint64_t v[4];

	for (size_t i = 0; i < 4; i++)
		if ((l[i].n > 1 && l[i].p[0] == '0') || str_u64(&v[i], l[i], UINT8_MAX) != 0)
			return false;
	*a = addr_v4((uint8_t)v[3], (uint8_t)v[2], (uint8_t)v[1], (uint8_t)v[0]);
	return true;
}

static bool
read_word(uint16_t *out, struct str s)
{
	char digits[4] = { '0', '0', '0', '0' };
	uint8_t o[2];

	if (s.n == 0 || s.n > sizeof(digits))
		return false;
	memcpy(digits + sizeof(digits) - s.n, s.p, s.n);
	if (str_unhex(o, sizeof(o), (struct str){ digits, sizeof(digits) }) != 0)
		return false;
	*out = (uint16_t)(o[0] << 8 | o[1]);
	return true;
}

/* l[n - 1] is the first word; "zz" stands for as many zeros as are missing. */
static bool
read_v6(struct addr *a, const struct str *l, size_t n)
{
	uint16_t words[WORDS] = { 0 };
	size_t at = 0;
	bool zz = false;

	for (size_t i = n; i-- > 0; ) {
		if (str_ieq(l[i], STR("zz")) && !zz) {
			zz = true;
			at += WORDS - (n - 1);
		} else if (at == WORDS || !read_word(&words[at++], l[i])) {
			return false;
		}
	}
	for (size_t i = 0; i < WORDS; i++) {
		a->o[2 * i] = (uint8_t)(words[i] >> 8);
		a->o[2 * i + 1] = (uint8_t)words[i];
	}
	return at == WORDS;
}

static bool
read_net(struct net *net, const struct str *l, size_t n)
{
	uint64_t len;
	struct addr masked;
	bool v4 = n == 5;

	/* four words and a length are IPv6 if one of them is "zz" */
	for (size_t i = 1; i < n; i++)
		v4 = v4 && !str_ieq(l[i], STR("zz"));
	if (n < 2 || str_u64(&len, l[0], v4 ? 32 : 128) != 0 || len == 0)
		return false;
	if (v4 ? !read_v4(&net->addr, l + 1) : !read_v6(&net->addr, l + 1, n - 1))
		return false;
	net->len = (uint8_t)(v4 ? len + 96 : len);
	masked = addr_mask(&net->addr, net->len);
	return addr_eq(&masked, &net->addr);
}

enum rpz_trigger
rpz_read(struct net *net, const struct dns_name *name, size_t above)
{
	struct str l[LABELS];
	size_t n = cut_labels(l, name, above);
	enum rpz_trigger is = n == 0 ? RPZ_NONE : find_trigger(l[n - 1]);

	if (is == RPZ_NONE)
		return RPZ_NONE;
	return read_net(net, l, n - 1) ? is : RPZ_BROKEN;
}

enum rpz_action
rpz_action(const struct dns_name *target)
{
	static const struct { const char *name; enum rpz_action is; } actions[] = {
		{ ".", RPZ_BLOCK }, { "*.", RPZ_BLOCK }, { "rpz-drop.", RPZ_BLOCK },
		{ "rpz-passthru.", RPZ_PASS },
	};
	struct dns_name name;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (dns_name_parse(&name, str_of(actions[i].name)) == 0 &&
		    dns_name_eq(&name, target))
			return actions[i].is;
	return RPZ_OTHER;
}

/* Writing ---------------------------------------------------------------- */

static uint16_t
word_of(const struct addr *a, size_t i)
{
	return (uint16_t)(a->o[2 * i] << 8 | a->o[2 * i + 1]);
}

/* The first of the longest runs of two zeros and more. */
static size_t
longest_zeros(size_t *first, const struct addr *a)
{
	size_t best = 1, run = 0;

	for (size_t i = 0; i < WORDS; i++) {
		run = word_of(a, i) == 0 ? run + 1 : 0;
		if (run > best) {
			best = run;
			*first = i + 1 - run;
		}
	}
	return best > 1 ? best : 0;
}

static void
write_v6(struct wbuf *w, const struct addr *a)
{
	size_t first = WORDS, zeros = longest_zeros(&first, a);

	for (size_t i = WORDS; i-- > 0; ) {
		if (zeros > 0 && i + 1 == first + zeros) {
			wbuf_str(w, ".zz");
			i = first;
		} else {
			wbuf_printf(w, ".%x", word_of(a, i));
		}
	}
}

size_t
rpz_write(char out[RPZ_TEXT], const struct net *net, enum rpz_trigger trigger)
{
	struct wbuf w = wbuf_of(out, RPZ_TEXT);
	const uint8_t *o = net->addr.o;

	if (addr_is_v4(&net->addr) && net->len >= 96) {
		wbuf_printf(&w, "%u.%u.%u.%u.%u", net->len - 96u, o[15], o[14],
		    o[13], o[12]);
	} else {
		wbuf_printf(&w, "%u", net->len);
		write_v6(&w, &net->addr);
	}
	for (size_t i = 0; i < TRIGGERS; i++)
		if (triggers[i].is == trigger)
			wbuf_printf(&w, ".%s", triggers[i].label.p);
	return w.len;
}
