#include "wire/mail_put.h"

#include <time.h>

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
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t s = (time_t)now.s;
	struct tm tm = { 0 };

	gmtime_r(&s, &tm);
	wbuf_printf(w, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
mail_put_lines(struct wbuf *w, const char *p, size_t n)
{
	for (size_t at = 0; at < n; at += LINE_OCTETS) {
		mail_put_base64(w, p + at, n - at < LINE_OCTETS ? n - at : LINE_OCTETS);
		wbuf_str(w, "\r\n");
	}
}
