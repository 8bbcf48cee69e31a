#include "fact/code_letter.h"

#include "wire/mail_put.h"

enum { TEXT_OCTETS = 4096, NAME_OCTETS = 256 };

/* What the words need, cleaned. */
struct words {
	char	addr[ADDR_TEXT], asker[ADDR_TEXT], until[WALL_TEXT];
	char	code[32], from[NAME_OCTETS], to[NAME_OCTETS + 16], id[64], pd[NAME_OCTETS];
	char	zone[NAME_OCTETS], url[NAME_OCTETS], operator[NAME_OCTETS], contact[NAME_OCTETS];
};

static void
words_of(struct words *x, const struct code_letter *in)
{
	addr_text(x->addr, &in->addr);
	addr_text(x->asker, &in->asker);
	wall_text(x->until, in->until);
	str_clean(x->code, sizeof(x->code), in->code);
	str_clean(x->from, sizeof(x->from), in->from);
	str_clean(x->to, sizeof(x->to), in->to);
	str_clean(x->id, sizeof(x->id), in->id);
	str_clean(x->pd, sizeof(x->pd), in->pd);
	str_clean(x->zone, sizeof(x->zone), in->zone);
	str_clean(x->url, sizeof(x->url), in->url);
	str_clean(x->contact, sizeof(x->contact), in->contact);
	str_clean(x->operator, sizeof(x->operator),
	    in->operator.n > 0 ? in->operator : in->pd);
}

static void
put_header(struct wbuf *w, const struct words *x, struct wall now)
{
	wbuf_printf(w, "From: <%s>\r\nTo: <%s>\r\n", x->from, x->to);
	mail_put_date(w, now);
	wbuf_printf(w, "Message-ID: <%s@%s>\r\n", x->id, x->pd);
	wbuf_printf(w, "Subject: Code for %s / ", x->addr);
	mail_put_words(w, STR("確認コード"), false);
	wbuf_str(w, "\r\n");
	if (x->contact[0] != '\0')
		wbuf_printf(w, "Reply-To: <%s>\r\n", x->contact);
	wbuf_str(w, "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
}

static void
put_ja(struct wbuf *w, const struct words *x)
{
	wbuf_printf(w, "確認コード: %s\n\n"
	    "オープンリレー一覧 %s のページで、%s から\n"
	    "「%s は自分のサーバーだ」という申し出がありました。\n"
	    "お心当たりがあれば、このコードをそのページに入れてください。\n"
	    "有効期限: %s (1 時間)\n\n",
	    x->code, x->zone, x->asker, x->addr, x->until);
	wbuf_printf(w, "お心当たりがなければ、何もしないでください。コードは失効し、\n"
	    "何も起こりません。このコードを人に教えないでください。\n"
	    "知った人は %s の持ち主として検査の記録を読めます。\n"
	    "運営者: %s\n説明: %s\n\n", x->addr, x->operator, x->url);
}

static void
put_en(struct wbuf *w, const struct words *x)
{
	wbuf_printf(w, "Code: %s\n\n"
	    "On the pages of the open-relay list %s, somebody at %s\n"
	    "says to run the mail server %s. If that was you, type this code\n"
	    "into the page. It holds until %s (one hour).\n\n",
	    x->code, x->zone, x->asker, x->addr, x->until);
	wbuf_printf(w, "If it was not you, do nothing: the code lapses and nothing\n"
	    "happens. Give it to nobody: whoever has it can read, as the owner of\n"
	    "%s, what our tests found.\n"
	    "Who runs the list: %s\nMore: %s\n", x->addr, x->operator, x->url);
	if (x->contact[0] != '\0')
		wbuf_printf(w, "連絡先 / Contact: %s\n", x->contact);
}

int
code_letter_write(struct wbuf *w, const struct code_letter *in)
{
	char text[TEXT_OCTETS];
	struct wbuf body = wbuf_of(text, sizeof(text));
	struct words x;

	words_of(&x, in);
	put_header(w, &x, in->now);
	put_ja(&body, &x);
	put_en(&body, &x);
	mail_put_lines(w, text, body.len);
	return body.err != 0 || w->err != 0 ? SEK_ELIMIT : 0;
}
