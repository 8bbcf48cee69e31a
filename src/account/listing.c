#include "account/listing.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "account/grow.h"

/* Reading a reply ------------------------------------------------------- */

enum follows {
	NAME,		/* the list's name must follow */
	ANYTHING,	/* the words say it alone; the list's name may follow, or be in an address of the web */
};

/* The three letters with which phrases begin, one of two in the last place. */
enum stem {
	BLO, BLA, DEN, DNS, FOU, LIS, RBL, REA_REJ, STEMS
};

#define IS(stem) (1 << (stem))

/* By the first two letters in either case: five bits of each tell letters
 * apart, and what else looks like them is found out by begins(). */
#define PAIR(a, b) ((((a) & 31) << 5) | ((b) & 31))

static const uint8_t pairs[32 * 32] = {
	[PAIR('b', 'l')] = IS(BLO) | IS(BLA),
	[PAIR('d', 'e')] = IS(DEN),
	[PAIR('d', 'n')] = IS(DNS),
	[PAIR('f', 'o')] = IS(FOU),
	[PAIR('l', 'i')] = IS(LIS),
	[PAIR('r', 'b')] = IS(RBL),
	[PAIR('r', 'e')] = IS(REA_REJ),
};
static const uint8_t thirds[32] = {
	['a' & 31] = IS(BLA) | IS(REA_REJ),
	['j' & 31] = IS(REA_REJ),
	['l' & 31] = IS(RBL),
	['n' & 31] = IS(DEN),
	['o' & 31] = IS(BLO),
	['s' & 31] = IS(DNS) | IS(LIS),
	['u' & 31] = IS(FOU),
};

/* Those further up are asked first. */
static const struct { struct str words; enum stem stem; enum follows follows; } phrases[] = {
	{ STR("blocked using "), BLO, NAME }, { STR("blocked by "), BLO, NAME },
	{ STR("rejected by "), REA_REJ, NAME }, { STR("listed at "), LIS, NAME },
	{ STR("listed in "), LIS, NAME }, { STR("listed on "), LIS, NAME },
	{ STR("listed by "), LIS, NAME }, { STR("black list at "), BLA, NAME },
	{ STR("found in "), FOU, NAME }, { STR("found on "), FOU, NAME },
	{ STR("blacklisted by "), BLA, NAME }, { STR("blacklisted at "), BLA, NAME },
	{ STR("blocklist at "), BLO, NAME }, { STR("dnsbl "), DNS, NAME }, { STR("rbl "), RBL, NAME },
	{ STR("blocklist"), BLO, ANYTHING }, { STR("block list"), BLO, ANYTHING },
	{ STR("block-list"), BLO, ANYTHING }, { STR("blacklist"), BLA, ANYTHING },
	{ STR("black list"), BLA, ANYTHING }, { STR("black-list"), BLA, ANYTHING },
	{ STR("denylist"), DEN, ANYTHING }, { STR("dnsbl"), DNS, ANYTHING },
	{ STR("realtime block"), REA_REJ, ANYTHING },
};

enum { PHRASES = sizeof(phrases) / sizeof(phrases[0]) };

_Static_assert(STEMS <= 8 && PHRASES <= 32, "a bit each");

enum {
	REPLY_LOOKED = 1024,	/* RFC 5321 4.5.3.1.5 is 512; several lines are one reply */
	DOMAIN_LOOKED = 255,	/* RFC 1035 3.1 */
};

static bool
name_octet(char c)
{
	return ascii_alnum(c) || c == '-' || c == '.' || c == '_';
}

/* A domain with a letter in its last label at the beginning of s, after
 * quotes, brackets and an article. */
static struct str
name_at(struct str s)
{
	static const struct str skip[] = { STR("the "), STR("dnsbl "),
		STR("rbl "), STR("list ") };
	size_t n = 0, dot = 0;

	for (bool again = true; again;) {
		again = false;
		while (s.n > 0 &&
		    (*s.p == ' ' || *s.p == '"' || *s.p == '\'' ||
		        *s.p == '(' || *s.p == '<' || *s.p == ':'))
			s = (struct str){ s.p + 1, s.n - 1 };
		for (size_t i = 0; i < sizeof(skip) / sizeof(skip[0]); i++)
			if (str_istarts(s, skip[i])) {
				s = (struct str){ s.p + skip[i].n,
					s.n - skip[i].n };
				again = true;
			}
	}
	while (n < s.n && name_octet(s.p[n]))
		n++;
	while (n > 0 && s.p[n - 1] == '.')
		n--;
	for (size_t i = 1; i < n; i++)
		if (s.p[i] == '.')
			dot = i;
	if (dot == 0 || dot + 2 >= n || n > LISTING_NAME ||
	    ascii_digit(s.p[dot + 1]))
		return STR("");
	return (struct str){ s.p, n };
}

/* The host of the first http: or https: in s. */
static struct str
host_in(struct str s)
{
	static const struct str http = STR("http"), www = STR("www.");
	static const struct str slashes = STR("://");

	for (ptrdiff_t at; (at = str_search(s, slashes)) >= 0;) {
		struct str left = { s.p, (size_t)at }, host;

		s = (struct str){ s.p + at + 3, s.n - (size_t)at - 3 };
		if (!str_iends(left, http) &&
		    !(left.n > 0 && (left.p[left.n - 1] | 0x20) == 's'))
			continue;
		host = name_at(s);
		if (str_istarts(host, www))
			host = (struct str){ host.p + 4, host.n - 4 };
		if (host.n > 0)
			return host;
	}
	return STR("");
}

/* The first address in s, in brackets or bare. */
static bool
addr_in(struct str s, struct addr *out)
{
	size_t i = 0;

	while (i < s.n) {
		size_t n = 0;
		bool sign = false;

		while (i + n < s.n &&
		    (ascii_alnum(s.p[i + n]) || s.p[i + n] == '.' ||
		        s.p[i + n] == ':')) {
			sign |= s.p[i + n] == '.' || s.p[i + n] == ':';
			n++;
		}
		for (size_t k = n; sign && k > 2 && k + 2 > n; k--)	/* a full stop or colon ends it */
			if (k < ADDR_TEXT &&
			    addr_parse(out, (struct str){ s.p + i, k }) == 0)
				return true;
		i += n + 1;
	}
	return false;
}

/* Without who said it: "host mx.example[192.0.2.1] said: ", "host mx.example
 * [192.0.2.1]: ". */
static struct str
said_by(struct str reply)
{
	static const struct str ends[] = { STR("] said: "), STR("]: ") };
	static const struct str host = STR("host ");

	if (!str_istarts(reply, host))
		return reply;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		ptrdiff_t at = str_search(reply, ends[i]);

		if (at >= 0)
			return (struct str){ reply.p + at + ends[i].n,
				reply.n - (size_t)at - ends[i].n };
	}
	return reply;
}

/* Does s begin with words, which are lower case and end in what few places
 * have? */
static bool
begins(struct str s, struct str words)
{
	size_t n = words.n - 1;

	if (s.n < words.n || ascii_lower(s.p[n]) != words.p[n])
		return false;
	while (n > 0 && ascii_lower(s.p[n - 1]) == words.p[n - 1])
		n--;
	return n == 0;
}

/* Is there "bl" or "lis" in it, without which no list is named?  Most replies
 * end here, so all octets are gone through without a branch: compilers make
 * sixteen comparisons at once of it. */
static bool
may_name(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned char any = 0;

	for (size_t i = 0; i + 2 < s.n; i++) {
		unsigned char bl = ((p[i] | 0x20) == 'b') & ((p[i + 1] | 0x20) == 'l');
		unsigned char lis = ((p[i] | 0x20) == 'l') & ((p[i + 1] | 0x20) == 'i') &
		    ((p[i + 2] | 0x20) == 's');

		any |= bl | lis;
	}
	return any || str_iends(s, STR("bl"));
}

/* Surely so: "rejected by" and its like alone tell of no list. */
static bool
hints(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (begins((struct str){ s.p + i, s.n - i }, STR("bl")) ||
		    begins((struct str){ s.p + i, s.n - i }, STR("list")))
			return true;
	return false;
}

/* Where each phrase stands first. */
struct found {
	uint32_t	is;		/* a bit each */
	uint16_t	after[PHRASES];	/* offset past it */
};

static void
phrases_at(struct found *f, struct str s, size_t i, unsigned stems)
{
	const struct str here = { s.p + i, s.n - i };

	for (unsigned k = 0; k < PHRASES; k++) {
		if (!(stems & IS(phrases[k].stem)) || f->is & 1U << k ||
		    !begins(here, phrases[k].words))
			continue;
		f->is |= 1U << k;
		f->after[k] = (uint16_t)(i + phrases[k].words.n);
	}
}

static void
phrases_find(struct found *f, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned last = 0;

	f->is = 0;
	for (size_t i = 0; i + 1 < s.n; i++) {
		unsigned stems;

		last = PAIR(last, p[i]);
		if (pairs[last] == 0)
			continue;
		stems = pairs[last] & thirds[p[i + 1] & 31];
		if (stems != 0 && i > 0)
			phrases_at(f, s, i - 1, stems);
	}
}

bool
listing_read(struct listing_said *out, struct str reply)
{
	struct found found;
	bool said = false;

	*out = (struct listing_said){ .list = STR("") };
	if (reply.n > REPLY_LOOKED)
		reply.n = REPLY_LOOKED;
	if (!may_name(reply))
		return false;
	phrases_find(&found, reply);
	if (found.is == 0 || !hints(reply))
		return false;
	for (unsigned i = 0; i < PHRASES && out->list.n == 0; i++) {
		size_t after = found.after[i];

		if (!(found.is & 1U << i))
			continue;
		out->list =
		    name_at((struct str){ reply.p + after, reply.n - after });
		said |= out->list.n > 0 || phrases[i].follows == ANYTHING;
	}
	if (!said)
		return false;
	if (out->list.n == 0)
		out->list = host_in(reply);
	out->has_ours = addr_in(said_by(reply), &out->ours);
	return true;
}

/* The table ------------------------------------------------------------- */

static void
text_set(char *out, uint16_t *n, size_t cap, struct str s)
{
	*n = (uint16_t)(s.n < cap ? s.n : cap);
	if (*n > 0)
		memcpy(out, s.p, *n);
}

static struct str
lower(char out[DOMAIN_LOOKED], struct str s)
{
	size_t n = s.n < DOMAIN_LOOKED ? s.n : DOMAIN_LOOKED;

	for (size_t i = 0; i < n; i++)
		out[i] = ascii_lower(s.p[i]);
	return (struct str){ out, n };
}

static int
row_of(struct account_listings *l, uint64_t hash, struct listing **out)
{
	*out = NULL;
	for (size_t i = 0; i < l->n; i++)
		if (l->one[i].hash == hash) {
			*out = &l->one[i];
			return 0;
		}
	if (l->n >= LISTINGS_MAX) {
		l->full = true;
		return 0;
	}
	if (grow_room((void **)&l->one, &l->cap, l->n + 1, sizeof(*l->one)) < 0)
		return SEK_ENOMEM;
	*out = &l->one[l->n++];
	**out = (struct listing){ .hash = hash };
	return 0;
}

static void
first_said(struct listing *r, struct str domain, struct account_at at)
{
	if (at_is(r->first) && !at_before(at, r->first))
		return;
	r->first = at;
	text_set(r->domain, &r->n_domain, sizeof(r->domain), domain);
}

static void
last_said(struct listing *r, struct str reply, struct account_at at)
{
	if (at_is(r->last) && !at_before(r->last, at))
		return;
	r->last = at;
	text_set(r->reply, &r->n_reply, sizeof(r->reply), reply);
}

int
listing_add(struct account_listings *l, struct str reply, struct str domain,
    struct account_at at)
{
	struct listing_said said;
	struct listing *r;
	char low[DOMAIN_LOOKED];
	char key[LISTING_NAME + sizeof(struct addr)];
	size_t n;

	if (!listing_read(&said, reply))
		return 0;
	n = said.list.n < LISTING_NAME ? said.list.n : LISTING_NAME;
	for (size_t i = 0; i < n; i++)
		key[i] = ascii_lower(said.list.p[i]);
	if (said.has_ours)
		memcpy(key + n, &said.ours, sizeof(said.ours));
	if (row_of(l,
	        XXH3_64bits(key, n + (said.has_ours ? sizeof(said.ours) : 0)),
	        &r) < 0)
		return SEK_ENOMEM;
	if (r == NULL)
		return 0;
	if (r->replies++ == 0) {
		text_set(r->list, &r->n_list, sizeof(r->list),
		    (struct str){ key, n });
		r->has_ours = said.has_ours;
		r->ours = said.has_ours ? said.ours : addr_none;
	}
	domain = lower(low, domain);
	kmv_add(&r->domains, (uint32_t)XXH3_64bits(domain.p, domain.n));
	first_said(r, domain, at);
	last_said(r, reply, at);
	return 0;
}

int
listing_join(struct account_listings *a, const struct account_listings *b,
    const struct account_shift *by)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct listing *from = &b->one[i];
		struct listing *r;

		if (row_of(a, from->hash, &r) < 0)
			return SEK_ENOMEM;
		if (r == NULL)
			continue;
		if (r->replies == 0) {
			*r = *from;
			r->first = at_shift(from->first, by);
			r->last = at_shift(from->last, by);
			continue;
		}
		r->replies += from->replies;
		kmv_join(&r->domains, &from->domains);
		first_said(r, (struct str){ from->domain, from->n_domain },
		    at_shift(from->first, by));
		last_said(r, (struct str){ from->reply, from->n_reply },
		    at_shift(from->last, by));
	}
	a->full |= b->full;
	return 0;
}
