/* Rules, in the order in which they are tried:
 *  1. A line is what stands between blanks at both ends.
 *  2. $, or # ; : with a $ right behind, begins a special line.
 *  3. # and ; begin a comment.
 *  4. : begins a default value (in ip6trie "::" begins an address).
 *  5. Else a range, "!" in front excepts it; after it a value or a comment.
 *
 * Millions of lines are an address and nothing else, so the digits are read
 * here and not by addr_parse(), which also refuses leading zeros that rbldnsd
 * takes. */

#include "wire/rbldnsd.h"

#include <string.h>

#include "base/i18n.h"
#include "wire/rbldnsd_body.h"

struct scan {
	const char	*p;	/* the line */
	size_t		 n, at;
};

static inline char
peek(const struct scan *s)	/* NUL at the end: no octet of the grammar */
{
	return s->at < s->n ? s->p[s->at] : '\0';
}

static struct str
rest_of(const struct scan *s)
{
	return (struct str){ s->p + s->at, s->n - s->at };
}

static inline void
skip_space(struct scan *s)
{
	while (rbldnsd_space(peek(s)))
		s->at++;
}

/* Addresses -------------------------------------------------------------- */

/* A decimal number of any length up to max. */
static inline bool
read_number(uint32_t *out, struct scan *s, uint32_t max)
{
	uint32_t v = 0;
	size_t from = s->at;
	unsigned d;

	while ((d = (unsigned)(uint8_t)peek(s) - '0') <= 9) {
		v = v * 10 + d;
		if (v > max)
			return false;
		s->at++;
	}
	*out = v;
	return s->at > from;
}

static inline uint32_t
mask4(unsigned bits)
{
	return bits == 0 ? 0 : UINT32_MAX << (32 - bits);
}

/* One to four octets.  Returns their bits, 0: none. */
static inline unsigned
read_prefix4(uint32_t *out, struct scan *s)
{
	unsigned bits = 0;
	uint32_t octet;

	*out = 0;
	for (;;) {
		if (!read_number(&octet, s, 255))
			return 0;
		*out |= octet << (24 - bits);
		bits += 8;
		if (bits == 32 || peek(s) != '.')
			return bits;
		s->at++;
	}
}

/* What follows the dash: as many octets as before it, or the last one alone. */
static bool
read_last4(struct rbldnsd_line *out, struct scan *s, unsigned bits)
{
	unsigned given;
	uint32_t last;

	s->at++;
	given = read_prefix4(&last, s);
	if (given == 8) {
		last = last >> (bits - 8) | (out->first & mask4(bits - 8));
		given = bits;
	}
	out->last = last | ~mask4(given);
	out->bits = RBLDNSD_DASH;
	return given == bits && out->first <= out->last;
}

/* dash: a-b is one (ip4set), or not (ip4trie). */
static bool
read_range4(struct rbldnsd_line *out, struct scan *s, bool dash)
{
	unsigned bits = read_prefix4(&out->first, s);
	uint32_t len = bits;

	if (bits == 0)
		return false;
	if (dash && peek(s) == '-')
		return read_last4(out, s, bits);
	if (peek(s) == '/') {
		s->at++;
		if (!read_number(&len, s, 32))
			return false;
	} else if (bits == 8) {
		return false;	/* a bare number is more likely a slip */
	}
	out->bits = (uint8_t)len;
	out->last = out->first | ~mask4(len);
	return true;
}

static bool
read_word6(uint16_t *out, struct scan *s)
{
	uint32_t v = 0;
	size_t from = s->at;

	for (;; s->at++) {
		char c = ascii_lower(peek(s));

		if (ascii_digit(c))
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else
			break;
		if (v > UINT16_MAX)
			return false;
	}
	*out = (uint16_t)v;
	return s->at > from;
}

/* Moves the octets from gap on to the end: what "::" stood for is zero. */
static bool
open_gap(struct addr *a, unsigned octets, unsigned gap)
{
	struct addr whole = { { 0 } };

	if (octets == sizeof(a->o))
		return false;
	memcpy(whole.o, a->o, gap);
	memcpy(whole.o + sizeof(a->o) - (octets - gap), a->o + gap, octets - gap);
	*a = whole;
	return true;
}

static bool
skip_colons(struct scan *s)
{
	if (peek(s) != ':' || s->at + 1 >= s->n || s->p[s->at + 1] != ':')
		return false;
	s->at += 2;
	return true;
}

/* Words with colons between, those at the end may be missing ("2001:db8" is a
 * /32), and one "::".  Returns bits, 0: none. */
static unsigned
read_prefix6(struct addr *out, struct scan *s)
{
	unsigned octets = 0, gap = 0;
	bool gapped = skip_colons(s);
	uint16_t word;

	memset(out, 0, sizeof(*out));
	while (octets < sizeof(out->o)) {
		if (!read_word6(&word, s)) {
			/* nothing may stand after a gap, but not after a colon */
			if (!gapped || gap != octets)
				return 0;
			break;
		}
		out->o[octets++] = (uint8_t)(word >> 8);
		out->o[octets++] = (uint8_t)word;
		if (peek(s) != ':' || octets == sizeof(out->o))
			break;
		if (!gapped && skip_colons(s)) {
			gapped = true;
			gap = octets;
		} else {
			s->at++;
		}
	}
	if (!gapped)
		return octets * 8;
	return open_gap(out, octets, gap) ? 128 : 0;
}

static bool
read_range6(struct rbldnsd_line *out, struct scan *s)
{
	unsigned bits = read_prefix6(&out->net.addr, s);
	uint32_t len = bits;

	if (bits == 0)
		return false;
	if (peek(s) == '/') {
		s->at++;
		if (!read_number(&len, s, 128))
			return false;
	} else if (bits == 16) {
		return false;
	}
	out->net.len = (uint8_t)len;
	return true;
}

/* Values ----------------------------------------------------------------- */

/* 1 to 4 octets as inet_aton() reads them, but N alone is 127.0.0.N. */
static bool
read_a(struct rbldnsd_value *v, struct scan *s)
{
	uint32_t a;
	unsigned bits = read_prefix4(&a, s);

	if (bits == 0)
		return false;
	if (bits == 8)
		a = 0x7f000000 | a >> 24;
	else if (bits < 32)	/* the last one is the last octet */
		a = (a & mask4(bits - 8)) | ((a >> (32 - bits)) & 0xff);
	if (a == 0)
		return false;
	for (unsigned i = 0; i < 4; i++)
		v->a[i] = (uint8_t)(a >> (24 - 8 * i));
	v->has_a = true;
	return true;
}

/* ":A:TXT", ":A", or TXT alone. */
static int
read_value(struct rbldnsd_value *v, struct scan *s, const char **why)
{
	if (peek(s) == ':') {
		s->at++;
		if (!read_a(v, s)) {
			*why = N_("the A value is no address");
			return SEK_EPARSE;
		}
		skip_space(s);
		if (s->at == s->n)
			return 0;
		if (peek(s) != ':') {
			*why = N_("neither the end nor a colon after the A value");
			return SEK_EPARSE;
		}
		s->at++;
		skip_space(s);
	}
	v->has_text = true;
	v->text = rest_of(s);
	return 0;
}

/* After the range: a value, a comment, or nothing.  An exception's is not
 * looked at. */
static int
read_tail(struct rbldnsd_line *out, struct scan *s, const char **why)
{
	char c = peek(s);

	out->value = (struct rbldnsd_value){ .has_a = false };
	if (s->at == s->n)
		return 0;
	if (!rbldnsd_space(c) && !rbldnsd_comment(c) && c != ':') {
		*why = N_("no address or range that this type of data set takes");
		return SEK_EPARSE;
	}
	skip_space(s);
	if (out->except || s->at == s->n || rbldnsd_comment(peek(s)))
		return 0;
	return read_value(&out->value, s, why);
}

/* Lines ------------------------------------------------------------------ */

static const struct {
	bool	v6, dash;
	bool	excepts;	/* takes "!" */
	bool	values;		/* a range may have its own */
	uint8_t	bits, except_bits;	/* ranges are of that length alone; 0: any */
} types[] = {
	[RBLDNSD_IP4SET] = { false, true, true, true, 0, 0 },
	[RBLDNSD_IP4TRIE] = { false, false, true, true, 0, 0 },
	[RBLDNSD_IP4TSET] = { false, false, false, false, 32, 0 },
	[RBLDNSD_IP6TRIE] = { true, false, true, true, 0, 0 },
	[RBLDNSD_IP6TSET] = { true, false, true, false, 64, 128 },
};

static int
bad_range(const char **why)
{
	*why = N_("no address or range that this type of data set takes");
	return SEK_EPARSE;
}

static int
take_range(struct rbldnsd_line *out, enum rbldnsd_type type, struct scan *s,
    const char **why)
{
	uint8_t wanted = out->except ? types[type].except_bits : types[type].bits;
	bool hosts;

	if (!(types[type].v6 ? read_range6(out, s) :
	    read_range4(out, s, types[type].dash)))
		return bad_range(why);
	if (types[type].v6) {
		struct addr masked = addr_mask(&out->net.addr, out->net.len);

		hosts = !addr_eq(&masked, &out->net.addr);
		out->kind = RBLDNSD_RANGE6;
	} else {
		hosts = out->bits != RBLDNSD_DASH && (out->first & ~mask4(out->bits)) != 0;
		out->kind = RBLDNSD_RANGE4;
	}
	if (hosts) {
		*why = N_("the range has bits set behind its length");
		return SEK_EPARSE;
	}
	if (wanted != 0 && wanted != (types[type].v6 ? out->net.len : out->bits))
		return bad_range(why);
	if (types[type].values)
		return read_tail(out, s, why);
	out->value = (struct rbldnsd_value){ .has_a = false };
	return s->at == s->n || rbldnsd_space(peek(s)) ||
	    rbldnsd_comment(peek(s)) || peek(s) == ':' ? 0 : bad_range(why);
}

static int
take_entry(struct rbldnsd_line *out, enum rbldnsd_type type, struct scan *s,
    const char **why)
{
	if (type == RBLDNSD_COMBINED) {
		*why = N_("an entry before the first $DATASET");
		return SEK_EPARSE;
	}
	if (peek(s) == ':' && !(types[type].v6 && s->n > 1 && s->p[s->at + 1] == ':')) {
		out->kind = RBLDNSD_DEFAULT;
		out->value = (struct rbldnsd_value){ .has_a = false };
		return read_value(&out->value, s, why);
	}
	out->except = types[type].excepts && peek(s) == '!';
	if (out->except) {
		s->at++;
		skip_space(s);
	}
	return take_range(out, type, s, why);
}

static struct str
trim(struct str line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	while (line.n > 0 && rbldnsd_space(line.p[line.n - 1]))
		line.n--;
	while (line.n > 0 && rbldnsd_space(line.p[0])) {
		line.p++;
		line.n--;
	}
	return line;
}

int
rbldnsd_read(struct rbldnsd_line *out, enum rbldnsd_type type, struct str line,
    const char **why)
{
	struct str s = trim(line);
	struct scan scan = { s.p, s.n, 0 };
	bool comment = s.n > 0 && rbldnsd_comment(s.p[0]);
	int err;

	out->kind = RBLDNSD_EMPTY;
	if (s.n > 0 && s.p[0] == '$')
		return rbldnsd_special(out, (struct str){ s.p + 1, s.n - 1 }, why);
	if (s.n > 1 && s.p[1] == '$' && (comment || s.p[0] == ':')) {
		err = rbldnsd_special(out, (struct str){ s.p + 2, s.n - 2 }, why);
		if (err == 0 || !comment)
			return err;
		out->kind = RBLDNSD_EMPTY;	/* a comment about money */
		return 0;
	}
	if (s.n == 0 || comment || type == RBLDNSD_OTHER)
		return 0;
	return take_entry(out, type, &scan, why);
}
