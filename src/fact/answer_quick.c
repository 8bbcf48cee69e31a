/* 1. What is not read to its end without doubt is not answered here.
 * 2. The limit is asked once for a datagram, also when it then turns out to be
 *    for answer_make(): the verdict goes with it.
 * 3. Templates are cut out of answers that answer_make() gave. */

#include "fact/answer_quick.h"

#include <string.h>

#include "fact/answer_body.h"
#include "fact/returncode.h"

enum {
	FIXED = 10,		/* type, class, TTL, length of a record */
	OPT_LEN = 11, COOKIE_OPTION = 4 + COOKIE_LEN,
	V4_LABELS = 4, V6_NIBBLES = 32,
	TXT_FIXED = 2 + FIXED + 1,	/* pointer, ..., length of the string */
	TYPES = 128,		/* from here on types ask for more than data */
};

struct quick {			/* a question, read */
	struct addr	addr;
	size_t		above;		/* octets of the name in front of ZONE */
	size_t		end;		/* of the question */
	uint16_t	type;
	bool		v4, edns, dnssec_ok;
	uint16_t	size;
	const uint8_t	*cookie;
	uint16_t	cookie_len;
};

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Reading ---------------------------------------------------------------- */

/* Eight octets at once, ASCII capitals made small. */
static uint64_t
lower8(const uint8_t *p)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t w, low, upper;

	memcpy(&w, p, sizeof(w));
	low = w & 0x7f * ones;
	upper = ((low + (0x80 - 'A') * ones) ^ (low + (0x7f - 'Z') * ones)) &
	    ~w & 0x80 * ones;
	return w | upper >> 2;
}

static bool
same_zone(const struct answer_quick *k, const uint8_t *p)
{
	size_t i = 0;

	for (; i + 8 <= k->zone_len; i += 8) {
		uint64_t w;

		memcpy(&w, k->zone + i, sizeof(w));
		if (lower8(p + i) != w)
			return false;
	}
	for (; i < k->zone_len; i++)
		if ((uint8_t)ascii_lower((char)p[i]) != k->zone[i])
			return false;
	return true;
}

/* One decimal label without a leading zero.  Returns its octets with the length
 * octet, or 0. */
static size_t
read_octet(uint8_t *out, const uint8_t *p)
{
	unsigned v = 0;

	if (p[0] == 0 || p[0] > 3 || (p[0] > 1 && p[1] == '0'))
		return 0;
	for (unsigned i = 1; i <= p[0]; i++) {
		unsigned digit = p[i] - (unsigned)'0';

		if (digit > 9)
			return 0;
		v = v * 10 + digit;
	}
	*out = (uint8_t)v;
	return v > 255 ? 0 : p[0] + 1u;
}

/* Four labels.  Those of one digit each could be nibbles, and 127/8 has names
 * of its own.  The caller saw that 16 octets can be read. */
static bool
read_v4(struct quick *x, const uint8_t *p)
{
	size_t at = 0;

	memset(x->addr.o, 0, 10);
	x->addr.o[10] = x->addr.o[11] = 0xff;
	for (size_t i = 0; i < V4_LABELS; i++) {
		size_t used = read_octet(&x->addr.o[15 - i], p + at);

		if (used == 0)
			return false;
		at += used;
	}
	x->v4 = true;
	x->above = at;
	return at > 2 * V4_LABELS && x->addr.o[12] != 127;
}

/* -1: no nibble. */
static int
nibble(uint8_t c)
{
	unsigned digit = c - (unsigned)'0', letter = (c | 0x20u) - 'a';

	return digit <= 9 ? (int)digit : letter <= 5 ? (int)letter + 10 : -1;
}

static bool
read_v6(struct quick *x, const uint8_t *p)
{
	for (size_t i = 0; i < V6_NIBBLES; i += 2) {
		int low = nibble(p[2 * i + 1]), high = nibble(p[2 * i + 3]);

		if (p[2 * i] != 1 || p[2 * i + 2] != 1 || (low | high) < 0)
			return false;
		x->addr.o[15 - i / 2] = (uint8_t)(high << 4 | low);
	}
	x->v4 = false;
	x->above = 2 * V6_NIBBLES;
	return !addr_is_v4(&x->addr);	/* mapped ones have no name but the test's */
}

/* Options are read as dns_query_read() does. */
static bool
read_options(struct quick *x, const uint8_t *p, size_t n)
{
	while (n >= 4) {
		uint16_t code = get16(p), len = get16(p + 2);

		if (len > n - 4)
			return false;
		if (code == DNS_OPTION_COOKIE && x->cookie == NULL) {
			x->cookie = p + 4;
			x->cookie_len = len;
		}
		p += 4u + len;
		n -= 4u + len;
	}
	return n == 0;
}

/* Nothing, or one OPT record of version 0 to the end of the message. */
static bool
read_opt(struct quick *x, const uint8_t *q, size_t n)
{
	const uint8_t *p = q + x->end;

	n -= x->end;
	x->edns = q[11] == 1;
	x->cookie = NULL;
	if (!x->edns)
		return n == 0;
	if (n < OPT_LEN || p[0] != 0 || get16(p + 1) != DNS_OPT || p[6] != 0 ||
	    get16(p + 9) != n - OPT_LEN)
		return false;
	x->size = get16(p + 3);
	x->dnssec_ok = (p[7] & 0x80) != 0;
	return read_options(x, p + OPT_LEN, n - OPT_LEN);
}

static bool
read_question(struct quick *x, const struct answer_quick *k, const uint8_t *q,
    size_t n)
{
	static const uint8_t counts[7] = { 0, 1, 0, 0, 0, 0, 0 };
	const uint8_t *p = q + DNS_HEAD;

	if (n < DNS_HEAD + 16 + 4 || (q[2] & 0xf8) != 0 ||
	    memcmp(q + 4, counts, sizeof(counts)) != 0 || q[11] > 1)
		return false;
	if (!read_v4(x, p) && (n < DNS_HEAD + 2 * V6_NIBBLES || !read_v6(x, p)))
		return false;
	x->end = DNS_HEAD + x->above + k->zone_len + 4;
	if (n < x->end || x->above + k->zone_len > DNS_NAME_MAX ||
	    !same_zone(k, p + x->above))
		return false;
	x->type = get16(q + x->end - 4);
	return get16(q + x->end - 2) == DNS_IN && x->type < TYPES &&
	    x->type != 0 && x->type != DNS_OPT && read_opt(x, q, n);
}

/* Answering -------------------------------------------------------------- */

/* Judges the cookie as answer.c does.  false: a length that is none. */
static bool
take_cookie(const struct quick *x, const struct answer_asker *who,
    struct answer_info *info)
{
	const struct answer_policy *p = who->policy;
	size_t n = x->cookie_len;

	info->cookie = COOKIE_NONE;
	if (x->cookie == NULL || p == NULL || !p->cookies)
		return true;
	if (n != COOKIE_MIN && (n < COOKIE_WHOLE_MIN || n > COOKIE_MAX))
		return false;
	info->cookie = cookie_judge(x->cookie, n, p->secret, &who->peer, who->now);
	return true;
}

/* Octets that the answer may have. */
static size_t
room(const struct quick *x, size_t n, const struct answer_asker *who,
    const struct answer_info *info, size_t cap)
{
	size_t most = DNS_PLAIN;

	if (x->edns && x->size > DNS_PLAIN)
		most = x->size < DNS_EDNS ? x->size : DNS_EDNS;
	if (info->cookie != COOKIE_VALID && most > ANSWER_TIMES * n)
		most = ANSWER_TIMES * n;
	if (who->tcp)
		most = cap;
	return most < cap ? most : cap;
}

static size_t
put_decimal(uint8_t *to, uint8_t v)
{
	size_t n = 0;

	if (v >= 100)
		to[n++] = (uint8_t)('0' + v / 100);
	if (v >= 10)
		to[n++] = (uint8_t)('0' + v / 10 % 10);
	to[n++] = (uint8_t)('0' + v % 10);
	return n;
}

/* The text's template and the address; the two lengths are set. */
static size_t
put_txt(uint8_t *to, const struct answer_quick *k, const struct addr *a)
{
	size_t n = k->txt_len;

	memcpy(to, k->txt, n);
	for (size_t i = 12; i < 16; i++) {
		n += put_decimal(to + n, a->o[i]);
		if (i < 15)
			to[n++] = '.';
	}
	to[TXT_FIXED - 1] = (uint8_t)(n - TXT_FIXED);
	put16(to + FIXED, n - TXT_FIXED + 1);
	return n;
}

static size_t
put_soa(uint8_t *to, const struct answer_quick *k, size_t above)
{
	memcpy(to, k->soa, k->soa_len);
	for (size_t i = 0; i < k->n_pointers; i++)
		put16(to + k->pointers[i], ANSWER_POINTER | (DNS_HEAD + above));
	return k->soa_len;
}

static size_t
put_opt(uint8_t *to, const struct quick *x, const struct answer_asker *who,
    const struct answer_info *info)
{
	const uint8_t opt[OPT_LEN] = { 0, 0, DNS_OPT, DNS_EDNS >> 8, DNS_EDNS & 0xff,
		0, 0, x->dnssec_ok ? 0x80 : 0, 0, 0,
		info->cookie == COOKIE_NONE ? 0 : COOKIE_OPTION };

	memcpy(to, opt, OPT_LEN);
	if (info->cookie == COOKIE_NONE)
		return OPT_LEN;
	put16(to + OPT_LEN, DNS_OPTION_COOKIE);
	put16(to + OPT_LEN + 2, COOKIE_LEN);
	answer_cookie(to + OPT_LEN + 4, x->cookie, info->cookie, who);
	return OPT_LEN + COOKIE_OPTION;
}

/* The octets of the records, and how the head's counts say it.  0: what lies in
 * a range, excepted or not, is for answer_make(). */
static size_t
put_records(uint8_t *to, const struct answer_quick *k, const struct quick *x,
    struct answer_info *info)
{
	bool has;

	if (snapshot_is(&k->s, SNAPSHOT_RANGE, &x->addr, RETURNCODE_ENTRY))
		return 0;
	has = snapshot_is(&k->s, SNAPSHOT_ADDRESS, &x->addr, RETURNCODE_ENTRY);
	info->rcode = has ? DNS_NOERROR : DNS_NXDOMAIN;
	info->listed = has && (x->type == DNS_A || x->type == DNS_TXT);
	if (!info->listed)
		return put_soa(to, k, x->above);
	if (x->type == DNS_TXT)
		return put_txt(to, k, &x->addr);
	memcpy(to, k->a, sizeof(k->a));
	return sizeof(k->a);
}

static void
put_head(uint8_t *out, const uint8_t *q, const struct quick *x,
    const struct answer_info *info)
{
	out[2] = (uint8_t)(DNS_QR >> 8 | DNS_AA >> 8 | (q[2] & DNS_RD >> 8));
	out[3] = (uint8_t)((q[3] & DNS_CD) | info->rcode);
	out[7] = info->listed;		/* the other counts are the query's */
	out[9] = !info->listed;
	out[11] = x->edns;
}

/* Returns octets; 0: it is longer than most, or not from a template. */
static size_t
write_answer(const struct answer_quick *k, const struct quick *x,
    const uint8_t *q, const struct answer_asker *who, uint8_t *out, size_t most,
    struct answer_info *info)
{
	size_t opt = !x->edns ? 0 : info->cookie == COOKIE_NONE ? OPT_LEN :
	    OPT_LEN + COOKIE_OPTION;
	uint8_t records[ANSWER_QUICK_SOA];
	size_t n = put_records(records, k, x, info);

	if (n == 0 || x->end + n + opt > most)
		return 0;
	memcpy(out, q, x->end);
	memcpy(out + x->end, records, n);
	put_head(out, q, x, info);
	if (opt > 0)
		put_opt(out + x->end + n, x, who, info);
	return x->end + n + opt;
}

size_t
answer_quick_make(const struct answer_quick *k, const uint8_t *q, size_t n,
    const struct answer_asker *who, uint8_t *out, size_t cap,
    struct answer_info *info)
{
	enum answer_verdict verdict;
	struct answer_info mine;
	struct quick x;
	size_t len = 0;

	if (!k->usable || cap < DNS_PLAIN || !read_question(&x, k, q, n) ||
	    (x.type == DNS_TXT && (!x.v4 || k->txt_len == 0)) ||
	    !answer_may_ask(who, RETURNCODE_ENTRY) || !take_cookie(&x, who, &mine))
		return answer_make(&k->s, q, n, who, out, cap, info);
	verdict = answer_judge(who, mine.cookie);
	mine.verdict = verdict;
	mine.truncated = mine.denied = mine.tsig = false;
	if (verdict == ANSWER_PASS)
		len = write_answer(k, &x, q, who, out, room(&x, n, who, &mine, cap), &mine);
	if (len == 0)
		return answer_judged(&k->s, q, n, who, verdict, out, cap, info);
	if (info != NULL)
		*info = mine;
	return len;
}

/* Templates -------------------------------------------------------------- */

/* Asks for a name right below ZONE.  Returns octets of the answer; *end: of its
 * question. */
static size_t
ask(const struct snapshot *s, struct str labels, uint16_t type,
    uint8_t out[DNS_EDNS], size_t *end)
{
	const struct answer_asker who = { .tcp = true };
	struct dns_name name = s->base->zone.zone;
	uint8_t q[DNS_QUERY_MAX];
	size_t n;

	for (size_t i = labels.n; i > 0; ) {
		size_t from = i;

		while (from > 0 && labels.p[from - 1] != '.')
			from--;
		if (dns_name_under(&name, (struct str){ labels.p + from, i - from },
		    &name) != 0)
			return 0;
		i = from > 0 ? from - 1 : 0;
	}
	n = dns_query_build(q, 0, &name, type);
	*end = DNS_HEAD + name.len + 4u;
	return answer_make(s, q, n, &who, out, DNS_EDNS, NULL);
}

/* Notes the pointer at which the name at soa[at] ends, if it ends so.  Returns
 * where it ends. */
static size_t
note_pointer(struct answer_quick *k, size_t at)
{
	while (k->soa[at] != 0 && k->soa[at] < 0xc0)
		at += k->soa[at] + 1u;
	if (k->soa[at] == 0)
		return at + 1;
	k->pointers[k->n_pointers++] = at;
	return at + 2;
}

/* Of the answer that _status has no address. */
static bool
set_soa(struct answer_quick *k)
{
	uint8_t out[DNS_EDNS];
	size_t end, n = ask(&k->s, STR("_status"), DNS_AAAA, out, &end);

	if (n < end + OPT_LEN || n - end - OPT_LEN > sizeof(k->soa))
		return false;
	k->soa_len = n - end - OPT_LEN;
	memcpy(k->soa, out + end, k->soa_len);
	k->n_pointers = 0;
	note_pointer(k, note_pointer(k, note_pointer(k, 0) + FIXED));
	return true;
}

/* Of the test entry. */
static bool
set_a(struct answer_quick *k)
{
	uint8_t out[DNS_EDNS];
	size_t end, n = ask(&k->s, STR("2.0.0.127"), DNS_A, out, &end);

	if (n != end + ANSWER_QUICK_RR + OPT_LEN)
		return false;
	memcpy(k->a, out + end, ANSWER_QUICK_RR);
	return true;
}

/* The text before the address, when it is the same for the longest and the
 * shortest IPv4 address. */
static void
set_txt(struct answer_quick *k)
{
	const struct addr longest = addr_v4(255, 255, 255, 255),
	    shortest = addr_v4(0, 0, 0, 0);
	bool lab = (snapshot_now(&k->s)->flags & SNAPSHOT_LAB) != 0;
	struct str url = k->s.base->zone.url;
	char one[RETURNCODE_TEXT], other[RETURNCODE_TEXT];
	size_t n = returncode_write(one, RETURNCODE_ENTRY, &longest, url, lab);
	size_t m = returncode_write(other, RETURNCODE_ENTRY, &shortest, url, lab);

	k->txt_len = 0;
	if (url.n == 0 || n < 15 || n != m + 8 || memcmp(one, other, m - 7) != 0)
		return;
	memcpy(k->txt, k->a, 2 + FIXED);
	put16(k->txt + 2, DNS_TXT);
	memcpy(k->txt + TXT_FIXED, one, n - 15);
	k->txt_len = TXT_FIXED + n - 15;
}

/* A name server below ZONE whose name could lie below an address's name. */
static bool
hosts_in_the_way(const struct snapshot_zone *z)
{
	for (size_t i = 0; i < z->n_ns; i++) {
		size_t above, last = 0;

		if (!dns_name_below(&z->ns[i], &z->zone, &above) || above == 0)
			continue;
		for (size_t at = 0; at < above; at += z->ns[i].o[at] + 1u)
			last = at;
		if (nibble(z->ns[i].o[last + 1]) >= 0 && z->ns[i].o[last] <= 3)
			return true;
	}
	return false;
}

void
answer_quick_set(struct answer_quick *k, const struct snapshot *s)
{
	const struct dns_name *zone;

	k->s = *s;
	k->usable = false;
	if (s->base == NULL || snapshot_emptied(s))
		return;		/* an emptied list is not asked much */
	zone = &s->base->zone.zone;
	k->zone_len = zone->len;
	for (size_t i = 0; i < zone->len; i++)
		k->zone[i] = (uint8_t)ascii_lower((char)zone->o[i]);
	k->usable = zone->len > 1 && !hosts_in_the_way(&s->base->zone) &&
	    set_soa(k) && set_a(k);
	if (k->usable)
		set_txt(k);
}
