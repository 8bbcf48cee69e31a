#include "probe/letter.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	NAME_MAX_OCTETS = 104,	/* of the operator's name, cleaned */
	TEXT_MAX_OCTETS = 3072,	/* of the body before base64 */
	WORD_OCTETS = 45,	/* of one encoded word: 75 letters (RFC 2047 2) */
	LINE_OCTETS = 57,	/* of one base64 line: 76 letters (RFC 2045 6.8) */
};

/* What the words need, cleaned. */
struct words {
	const struct letter_in *in;
	char	target[ADDR_TEXT];
	char	operator[NAME_MAX_OCTETS];
	char	contact[256], url[256], pd[256];
};

static void
put_base64(struct wbuf *w, const char *p, size_t n)
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

/* Text of a field: as it is when ASCII, else in encoded words. */
static void
put_words(struct wbuf *w, struct str s, bool quoted)
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
		put_base64(w, s.p, n);
		wbuf_str(w, s.n > n ? "?=\r\n " : "?=");
	}
}

static void
put_date(struct wbuf *w, struct wall now)
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

static void
put_token(struct wbuf *w, struct str token)
{
	char text[80];

	str_clean(text, sizeof(text), token);
	wbuf_str(w, text);
}

static void
put_header(struct wbuf *w, const struct words *x, bool full)
{
	char when[WALL_TEXT], form[16];

	wall_text(when, x->in->now);
	str_clean(form, sizeof(form), x->in->form);
	wbuf_str(w, "From: ");
	put_words(w, str_of(x->operator), true);
	wbuf_str(w, "\r\n <");
	put_token(w, x->in->sender);
	wbuf_printf(w, "@%s>\r\nTo: <", x->pd);
	put_token(w, x->in->recipient);
	wbuf_printf(w, "@%s>\r\n", x->pd);
	put_date(w, x->in->now);
	wbuf_str(w, "Message-ID: <");
	put_token(w, x->in->recipient);
	wbuf_printf(w, ".%lld@%s>\r\n", (long long)x->in->now.s, x->pd);
	wbuf_str(w, "Subject: Relay test / ");
	put_words(w, STR("第三者中継検査"), false);
	wbuf_str(w, "\r\n" LETTER_FIELD ": ");
	put_token(w, x->in->recipient);
	wbuf_printf(w, "\r\nX-Sekimori-Test: form=%s; target=%s; port=%u;\r\n time=%s\r\n",
	    form, x->target, x->in->port, when);
	if (full) {
		wbuf_printf(w, "X-Sekimori-About: %s\r\n", x->url);
		wbuf_printf(w, "List-Unsubscribe: <mailto:optout@%s>\r\n", x->pd);
		if (x->contact[0] != '\0')
			wbuf_printf(w, "Reply-To: <%s>\r\n", x->contact);
	}
	wbuf_str(w, "Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
}

static void
put_text_full(struct wbuf *w, const struct words *x)
{
	wbuf_printf(w, "これはメールサーバーの検査です。返信は要りません。\n"
	    "検査した者: %s\n"
	    "検査の対象: %s ポート %u\n"
	    "目的: このサーバーが、見知らぬ人のメールをよそへ中継しないか\n"
	    "(第三者中継・オープンリレー)を調べています。中継するサーバーは\n"
	    "迷惑メールの踏み台になります。このメールが配送されたなら、\n"
	    "中継を止める設定が必要です。説明: %s\n"
	    "今後の検査を望まないときは optout@%s へお知らせください。\n\n",
	    x->operator, x->target, x->in->port, x->url, x->pd);
	wbuf_printf(w, "This is a test of a mail server. No answer is needed.\n"
	    "Who tests: %s\n"
	    "What is tested: %s port %u\n"
	    "Why: to see whether this server passes on mail for strangers\n"
	    "(an open relay). Such a server is used to send spam. If this mail\n"
	    "was delivered, the server should be closed: %s explains.\n"
	    "To stop such tests, write to optout@%s.\n",
	    x->operator, x->target, x->in->port, x->url, x->pd);
	if (x->contact[0] != '\0')
		wbuf_printf(w, "連絡先 / Contact: %s\n", x->contact);
}

/* When the names leave no room for more. */
static void
put_text_short(struct wbuf *w, const struct words *x)
{
	wbuf_printf(w, "中継検査です。Relay test of %s port %u\n"
	    "検査者 / by: %s\n説明 / why: %s\n停止 / to stop: optout@%s\n",
	    x->target, x->in->port, x->operator, x->url, x->pd);
	if (x->contact[0] != '\0')
		wbuf_printf(w, "連絡先 / contact: %s\n", x->contact);
}

static int
write_one(struct wbuf *w, const struct words *x, bool full)
{
	char text[TEXT_MAX_OCTETS];
	struct wbuf body = wbuf_of(text, sizeof(text));

	put_header(w, x, full);
	if (full)
		put_text_full(&body, x);
	else
		put_text_short(&body, x);
	wbuf_str(&body, "\n");
	wbuf_bytes(&body, x->in->block.p, x->in->block.n);
	wbuf_str(&body, "\n");
	for (size_t at = 0; at < body.len; at += LINE_OCTETS) {
		size_t n = body.len - at < LINE_OCTETS ? body.len - at : LINE_OCTETS;

		put_base64(w, text + at, n);
		wbuf_str(w, "\r\n");
	}
	return body.err != 0 || w->err != 0 ? SEK_ELIMIT : 0;
}

int
letter_write(struct wbuf *w, const struct letter_in *in)
{
	struct words x = { .in = in };
	struct wbuf was = *w;

	addr_text(x.target, &in->target);
	str_clean(x.operator, sizeof(x.operator), in->operator.n > 0 ? in->operator : in->pd);
	str_clean(x.contact, sizeof(x.contact), in->contact);
	str_clean(x.url, sizeof(x.url), in->url);
	str_clean(x.pd, sizeof(x.pd), in->pd);
	for (int full = 1; full >= 0; full--) {
		*w = was;
		if (write_one(w, &x, full != 0) == 0)
			return 0;
	}
	*w = was;
	return SEK_ELIMIT;
}
