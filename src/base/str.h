#pragma once
/* base/str.h -- octet strings that need no NUL, and no locale.
 *
 * All comparisons and classes are ASCII's; the C library's locale is never
 * asked.  Text from the network is called hostile until it went through
 * str_clean(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct str {
	const char	*p;	/* borrowed */
	size_t		 n;	/* octets, no NUL counted */
};

#define STR(lit) ((struct str){ (lit), sizeof(lit) - 1 })

struct str str_of(const char *s);	/* s may be NULL: empty */
bool str_eq(struct str a, struct str b);
bool str_ieq(struct str a, struct str b);	/* ASCII case ignored */
bool str_istarts(struct str s, struct str prefix);
bool str_iends(struct str s, struct str suffix);
struct str str_trim(struct str s);	/* SP and HTAB off both ends */

/* Cuts s at the first octet c.  Returns what stood before it and leaves in
 * *s what comes after; without c returns all of s and leaves it empty. */
struct str str_cut(struct str *s, char c);

/* Offset of the first octet c in s, or -1. */
ptrdiff_t str_find(struct str s, char c);

/* Offset of the first place where needle stands in s (case counts), or -1. */
ptrdiff_t str_search(struct str s, struct str needle);

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool
ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_alnum(char c)
{
	return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

/* Reads a decimal number of 1 to 20 digits and nothing else.
 * Returns 0, SEK_EPARSE, or SEK_ELIMIT above max. */
int str_u64(uint64_t *out, struct str s, uint64_t max) MUST_CHECK;

/* Writes s into out as one line of harmless text, cap > 0, always with a NUL.
 * Octets outside 0x20..0x7e, and \ and ", become \xNN, \\ and \"; valid
 * UTF-8 above U+009F stays, except direction marks and line separators.  What
 * does not fit ends in "...".  Returns octets written without the NUL. */
size_t str_clean(char *out, size_t cap, struct str s);

/* Length of the UTF-8 sequence of more than one octet at p[0..n), n > 0; 0: it
 * is invalid or ASCII; with _safe also 0 for one that str_clean() hides. */
size_t str_utf8(const uint8_t *p, size_t n);
size_t str_utf8_safe(const uint8_t *p, size_t n);

/* Copies s and a NUL into out.  Returns 0, or SEK_ELIMIT with out empty. */
int str_copy(char *out, size_t cap, struct str s) MUST_CHECK;

/* Lower-case base32 of RFC 4648 section 6 without padding.  out needs
 * (n * 8 + 4) / 5 octets and a NUL. */
void str_base32(char *out, const void *in, size_t n);

/* Reads base32 in either case.  n of out is the exact octet count expected.
 * Returns 0, or SEK_EPARSE for a strange letter, a wrong length or trailing
 * bits that are not zero (so that each value has one spelling). */
int str_unbase32(void *out, size_t n, struct str s) MUST_CHECK;

/* Lower-case hex; out needs 2 * n octets and a NUL. */
void str_hex(char *out, const void *in, size_t n);
int str_unhex(void *out, size_t n, struct str s) MUST_CHECK;
