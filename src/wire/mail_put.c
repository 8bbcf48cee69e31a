#include "wire/mail_put.h"

#define LAST_S INT64_C(253402300799)	/* of year 9999 */

enum {
	WORD_OCTETS = 45,	/* of one encoded word: 75 letters (RFC 2047 2) */
	LINE_OCTETS = 57,	/* of one base64 line: 76 letters (RFC 2045 6.8) */
};

void
mail_put_base64(struct wbuf *w, const char *p, size_t n)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (i + k < n ? (uint8_t)p[i + k] : 0);
		for (unsigned k = 0; k < 4; k++)
			wbuf_u8(w, i + k > n ? '=' :
			    (uint8_t)letters[v >> (18 - 6 * k) & 63]);
	}
}

/* Octets of s that make one encoded word, not cutting a UTF-8 character. */
static size_t
word_len(struct str s)
{
	size_t n = s.n < WORD_OCTETS ? s.n : WORD_OCTETS;

	while (n > 0 && n < s.n && ((uint8_t)s.p[n] & 0xc0) == 0x80)
		n--;
	return n == 0 ? s.n < WORD_OCTETS ? s.n : WORD_OCTETS : n;
}

void
mail_put_words(struct wbuf *w, struct str s, bool quoted)
{
	bool ascii = true;

	for (size_t i = 0; i < s.n; i++)
		ascii = ascii && ((uint8_t)s.p[i] & 0x80) == 0;
	if (ascii) {
		wbuf_str(w, quoted ? "\"" : "");
		wbuf_bytes(w, s.p, s.n);
		wbuf_str(w, quoted ? "\"" : "");
		return;
	}
	for (size_t n; s.n > 0; s = (struct str){ s.p + n, s.n - n }) {
		n = word_len(s);
		wbuf_str(w, "=?UTF-8?B?");
		mail_put_base64(w, s.p, n);
		wbuf_str(w, s.n > n ? "?=\r\n " : "?=");
	}
}

void
mail_put_date(struct wbuf *w, struct wall now)
{
	static const char days[][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char t[WALL_TEXT];	/* "2026-11-22T22:06:36Z" */
	unsigned month;

	if (now.s < 0 || now.s > LAST_S)
		now.s = 0;
	wall_text(t, now);
	month = (unsigned)(t[5] - '0') * 10 + (unsigned)(t[6] - '0') - 1;
	wbuf_printf(w, "Date: %s, %.2s %s %.4s %.8s +0000\r\n",
	    days[(now.s / 86400) % 7], t + 8, months[month % 12], t, t + 11);
}

void
mail_put_lines(struct wbuf *w, const char *p, size_t n)
{
	for (size_t at = 0; at < n; at += LINE_OCTETS) {
		mail_put_base64(w, p + at, n - at < LINE_OCTETS ? n - at : LINE_OCTETS);
		wbuf_str(w, "\r\n");
	}
}
