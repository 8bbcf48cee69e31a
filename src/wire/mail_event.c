#include "wire/mail_event.h"

#include <string.h>

enum { PHRASE_MAX = 200 };	/* octets of a name or comment beside an address */

static bool
parts(char c)
{
	return c == ',' || c == ' ' || c == '\t';
}

/* Can one of eight octets quote, or be "<", ">" or what parts?  No is certain, and
 * so it is of most words of an address: letters, digits, dot and @ are none.  All
 * of these marks but < and > stand before "-", and those differ in one bit. */
static inline bool
marks(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t v, angle;

	memcpy(&v, p, sizeof(v));
	angle = (v & ~(ones * ('<' ^ '>'))) ^ ones * ('<' & '>');
	return ((((v - ones * '-') & ~v) | ((angle - ones) & ~angle)) & ones << 7) != 0;
}

/* Octets of s before the eight in which a mark may stand; what is shorter than
 * eight is left too. */
static size_t
plain_len(struct str s)
{
	size_t n = 0;

	while (s.n - n >= 8 && !marks(s.p + n))
		n += 8;
	return n > 0 && s.n - n < 8 && !marks(s.p + s.n - 8) ? s.n : n;
}

/* Offset of the first octet past the address at s.p: a quoted local part or a
 * <...> may hold what otherwise ends it.  A quote that never closes is none. */
static size_t
address_end(struct str s, bool quotes)
{
	bool in = false, angle = false;

	for (size_t i = plain_len(s); i < s.n; i++) {
		char c = s.p[i];

		if (quotes && c == '\\' && in && i + 1 < s.n)
			i++;
		else if (quotes && c == '"')
			in = !in;
		else if (!in && c == '<')
			angle = true;
		else if (!in && c == '>')
			angle = false;
		else if (!in && !angle && parts(c))
			return i;
	}
	return in ? address_end(s, false) : s.n;
}

/* "Bob Foo <bob@example.org>", as a header has it: offset of the <, 0 when s
 * does not begin so.  A name has no @ and an end within reach. */
static size_t
phrase_end(struct str s)
{
	size_t n = s.n < PHRASE_MAX ? s.n : PHRASE_MAX;
	bool in = false;

	for (size_t i = 0; i < n; i++) {
		char c = s.p[i];

		if (c == '"')
			in = !in;
		else if (!in && (c == ',' || c == '@'))
			return 0;
		else if (!in && c == '<')
			return i;
	}
	return 0;
}

/* " (Bob Foo)" behind an address. */
static void
skip_comment(struct str *rest)
{
	const char *end;

	if (rest->n < 2 || rest->p[0] != ' ' || rest->p[1] != '(')
		return;
	end = memchr(rest->p, ')', rest->n < PHRASE_MAX ? rest->n : PHRASE_MAX);
	if (end != NULL)
		*rest = (struct str){ end + 1, rest->n - (size_t)(end + 1 - rest->p) };
}

int
mail_event_rcpt(struct str *one, struct str *rest)
{
	while (rest->n > 0 && parts(rest->p[0]))
		*rest = (struct str){ rest->p + 1, rest->n - 1 };
	if (rest->n == 0)
		return 0;
	size_t n = address_end(*rest, true);

	if (n < rest->n && rest->p[n] == ' ' && rest->p[0] != '<') {
		size_t name = phrase_end(*rest);

		*rest = (struct str){ rest->p + name, rest->n - name };
		n = address_end(*rest, true);
	}
	*one = (struct str){ rest->p, n };
	*rest = (struct str){ rest->p + n, rest->n - n };
	skip_comment(rest);
	if (n >= 2 && one->p[0] == '<' && one->p[n - 1] == '>')
		*one = (struct str){ one->p + 1, n - 2 };
	return 1;
}

/* The last @ outside of quotes; NULL: none.  A quote that never closes is none. */
static const char *
last_at(struct str s)
{
	const char *at = NULL;
	bool in = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && in)
			i++;
		else if (s.p[i] == '"')
			in = !in;
		else if (s.p[i] == '@' && !in)
			at = s.p + i;
	}
	return in ? memrchr(s.p, '@', s.n) : at;
}

struct str
mail_event_domain(struct str address)
{
	const char *end = address.n > 0 ? address.p + address.n : address.p;
	const char *at = address.n == 0 ? NULL : memrchr(address.p, '@', address.n);

	if (at != NULL && memchr(at, '"', (size_t)(end - at)) != NULL)
		at = last_at(address);
	if (at == NULL)
		return (struct str){ end, 0 };
	struct str domain = { at + 1, (size_t)(end - at) - 1 };

	if (domain.n > 0 && domain.p[domain.n - 1] == '.')
		domain.n--;
	return domain;
}
