#include "probe/letter.h"

#include "wire/mail_put.h"

enum {
	NAME_MAX_OCTETS = 104,	/* of the operator's name, cleaned */
	TEXT_MAX_OCTETS = 3072,	/* of the body before base64 */
};

/* What the words need, cleaned. */
struct words {
	const struct letter_in *in;
	char	target[ADDR_TEXT];
	char	operator[NAME_MAX_OCTETS];
	char	contact[256], url[256], pd[256];
};

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
	mail_put_words(w, str_of(x->operator), true);
	wbuf_str(w, "\r\n <");
	put_token(w, x->in->sender);
	wbuf_printf(w, "@%s>\r\nTo: <", x->pd);
	put_token(w, x->in->recipient);
	wbuf_printf(w, "@%s>\r\n", x->pd);
	mail_put_date(w, x->in->now);
	wbuf_str(w, "Message-ID: <");
	put_token(w, x->in->recipient);
	wbuf_printf(w, ".%lld@%s>\r\n", (long long)x->in->now.s, x->pd);
	wbuf_str(w, "Subject: Relay test / ");
	mail_put_words(w, STR("第三者中継検査"), false);
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
	mail_put_lines(w, text, body.len);
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
