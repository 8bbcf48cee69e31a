#include "tool/account_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/account_reason.h"
#include "tool/account_words.h"

void
account_text_number(char out[32], uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n), at = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
}

void
account_text_octets(char out[32], uint64_t n)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t whole = n, tenth = 0;
	size_t u = 0;

	for (; whole >= 1000; u++) {
		tenth = whole % 1000 / 100;
		whole /= 1000;
	}
	if (u == 0)
		snprintf(out, 32, "%" PRIu64 " B", n);
	else
		snprintf(out, 32, "%" PRIu64 ".%" PRIu64 " %s", whole, tenth, units[u]);
}

void
account_text_least(char out[64], uint64_t n, bool at_least)
{
	char number[32];

	account_text_number(number, n);
	if (at_least)
		snprintf(out, 64, _("at least %s"), number);
	else
		snprintf(out, 64, "%s", number);
}

bool
account_text_count(char out[ACCOUNT_TEXT], const struct account_count *n, size_t i, bool at_least)
{
	uint64_t v = account_words_count_of(n, i);

	if (v == 0 && i > ACCOUNT_WORDS_RECIPIENTS)
		return false;
	if (i == ACCOUNT_WORDS_OCTETS)
		account_text_octets(out, v);
	else
		account_text_least(out, v, at_least);
	return true;
}

void
account_text_span(char out[64], int64_t s)
{
	long long all = s > 0 ? (long long)s : 0;

	if (all >= 2 * 86400)
		snprintf(out, 64, _("%lld d %lld h"), all / 86400, all % 86400 / 3600);
	else if (all >= 3600)
		snprintf(out, 64, _("%lld h %lld min"), all / 3600, all % 3600 / 60);
	else if (all >= 60)
		snprintf(out, 64, _("%lld min %lld s"), all / 60, all % 60);
	else
		snprintf(out, 64, _("%lld s"), all);
}

void
account_text_name(char out[ACCOUNT_TEXT], enum account_axis a, struct str name)
{
	if (name.n == 0)
		snprintf(out, ACCOUNT_TEXT, "%s", account_words_long(ACCOUNT_WORDS_AXIS, a));
	else
		words_safe(out, ACCOUNT_TEXT, name);
}

/* Octets of the directory that all files have in common, with its slash. */
static size_t
shared(const struct account_result *r)
{
	struct str first = r->file[0].name;
	size_t n = first.n;

	for (size_t i = 1; i < r->n_files; i++) {
		struct str name = r->file[i].name;
		size_t k = 0;

		while (k < n && k < name.n && name.p[k] == first.p[k])
			k++;
		n = k;
	}
	while (n > 0 && first.p[n - 1] != '/')
		n--;
	return n;
}

void
account_text_place(char out[ACCOUNT_TEXT], const struct account_result *r,
    struct account_where w)
{
	char name[400];
	struct str s;
	size_t off;

	if (w.line == 0 || w.file >= r->n_files) {
		snprintf(out, ACCOUNT_TEXT, "-");
		return;
	}
	s = r->file[w.file].name;
	off = shared(r);
	words_safe(name, sizeof(name), (struct str){ s.n > 0 ? s.p + off : s.p, s.n - off });
	snprintf(out, ACCOUNT_TEXT, "%s:%" PRIu64, name, w.line);
}

void
account_text_when(char out[ACCOUNT_TEXT], const struct account_result *r,
    struct account_when w)
{
	char when[WORDS_TIME], place[ACCOUNT_TEXT];

	if (w.where.line == 0) {
		snprintf(out, ACCOUNT_TEXT, "-");
		return;
	}
	words_time(when, w.s);
	account_text_place(place, r, w.where);
	snprintf(out, ACCOUNT_TEXT, "%s (%.*s)", when, ACCOUNT_TEXT - WORDS_TIME - 4, place);
}

void
account_text_who(char out[ACCOUNT_TEXT], const struct account_verdict *v)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < v->n_who && len + 8 < ACCOUNT_TEXT; i++) {
		char name[80];

		words_safe(name, sizeof(name), v->who[i]);
		len += (size_t)snprintf(out + len, ACCOUNT_TEXT - len, "%s%s",
		    i > 0 ? ", " : "", name[0] != '\0' ? name : "?");
	}
}

void
account_text_ends(char out[ACCOUNT_TEXT], const struct account_count *n)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = ACCOUNT_WORDS_RECIPIENTS + 1; i < ACCOUNT_WORDS_OCTETS; i++) {
		uint64_t v = account_words_count_of(n, i);
		char number[32];

		if (v == 0 || len + 64 > ACCOUNT_TEXT)
			continue;
		account_text_number(number, v);
		len += (size_t)snprintf(out + len, ACCOUNT_TEXT - len, "%s%s %s",
		    len > 0 ? ", " : "", _(account_words_count[i].words), number);
	}
}

/* --- reasons --- */

/* What stands for {n0} and the like. */
static void
value(char out[ACCOUNT_TEXT], const struct account_result *r,
    const struct account_reason *reason, char kind, size_t i)
{
	out[0] = '\0';
	if (kind == 'n' && i < sizeof(reason->number) / sizeof(reason->number[0]))
		account_text_number(out, reason->number[i]);
	else if (kind == 'o' && i < sizeof(reason->number) / sizeof(reason->number[0]))
		account_text_octets(out, reason->number[i]);
	else if (kind == 'd' && i < sizeof(reason->number) / sizeof(reason->number[0]))
		account_text_span(out, (int64_t)(reason->number[i] & INT64_MAX));
	else if (kind == 't' && i < sizeof(reason->text) / sizeof(reason->text[0]))
		words_safe(out, 200, reason->text[i]);
	else if (kind == 'w' && i < sizeof(reason->when) / sizeof(reason->when[0]))
		account_text_when(out, r, reason->when[i]);
}

void
account_text_reason(char out[ACCOUNT_TEXT * 2], const struct account_result *r,
    const struct account_reason *reason)
{
	const char *p = account_reason_text(reason->tag);
	size_t len = 0, cap = ACCOUNT_TEXT * 2;

	while (*p != '\0' && len + 1 < cap) {
		char filled[ACCOUNT_TEXT];

		if (p[0] != '{' || p[1] == '\0' || p[2] == '\0' || p[3] != '}') {
			out[len++] = *p++;
			continue;
		}
		value(filled, r, reason, p[1], (size_t)(p[2] - '0'));
		len += (size_t)snprintf(out + len, cap - len, "%s", filled);
		p += 4;
	}
	if (len >= cap)		/* cut: not within a character */
		for (len = cap - 1; len > 0 && (out[len] & 0xc0) == 0x80; len--)
			;
	out[len] = '\0';
}
