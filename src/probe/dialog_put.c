#include "probe/dialog_put.h"

static void
put_letter(struct wbuf *w, struct str letter)
{
	bool crlf = str_iends(letter, STR("\r\n"));

	while (letter.n > 0) {
		ptrdiff_t lf = str_find(letter, '\n');
		size_t n = lf < 0 ? letter.n : (size_t)lf + 1;

		if (letter.p[0] == '.')	/* RFC 5321 4.5.2 */
			wbuf_u8(w, '.');
		wbuf_bytes(w, letter.p, n);
		letter = (struct str){ letter.p + n, letter.n - n };
	}
	wbuf_str(w, crlf ? ".\r\n" : "\r\n.\r\n");
}

static void
put_path(struct wbuf *w, struct str path, bool brackets)
{
	wbuf_str(w, brackets ? ":<" : ":");
	wbuf_bytes(w, path.p, path.n);
	wbuf_str(w, brackets ? ">" : "");
}

/* A bounce would go into the target or nowhere: ask for none (relay-tests
 * section 5, rule 3). */
static bool
wants_no_bounce(const struct dlg *d)
{
	return (d->caps & CAP_DSN) != 0 &&
	    (d->form.flags & (FORM_SENDER_INSIDE | FORM_NULL_SENDER)) != 0;
}

void
dialog_put(struct wbuf *w, const struct dlg *d)
{
	switch (d->at) {
	case DLG_EHLO:
	case DLG_HELO:
		wbuf_str(w, d->at == DLG_EHLO ? "EHLO " : "HELO ");
		wbuf_bytes(w, d->name.p, d->name.n);
		break;
	case DLG_STARTTLS:
		wbuf_str(w, "STARTTLS");
		break;
	case DLG_AUTH:
		wbuf_bytes(w, d->form.auth.p, d->form.auth.n);
		break;
	case DLG_XCLIENT:
	case DLG_XFORWARD:
		wbuf_str(w, d->at == DLG_XCLIENT ? "XCLIENT" : "XFORWARD");
		wbuf_str(w, " NAME=localhost ADDR=127.0.0.1");
		break;
	case DLG_MAIL:
		wbuf_str(w, "MAIL FROM");
		put_path(w, d->form.mail_from, true);
		break;
	case DLG_RCPT:
		wbuf_str(w, "RCPT TO");
		put_path(w, d->form.rcpt_to, (d->form.flags & FORM_NO_BRACKETS) == 0);
		wbuf_str(w, wants_no_bounce(d) ? " NOTIFY=NEVER" : "");
		break;
	case DLG_DATA:
		wbuf_str(w, "DATA");
		break;
	case DLG_BODY:
		put_letter(w, d->letter);
		return;
	case DLG_RSET:
		wbuf_str(w, "RSET");
		break;
	case DLG_QUIT:
		wbuf_str(w, "QUIT");
		break;
	default:
		return;
	}
	wbuf_str(w, "\r\n");
}

/* --- what may stand in one --- */

bool
dialog_put_ok(struct str s, bool brackets)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e ||
		    (brackets && (s.p[i] == '<' || s.p[i] == '>')))
			return false;
	return s.n <= TEXT_PATH;
}

bool
dialog_put_letter_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r')) ||
		    (s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n')))
			return false;
	return s.n <= LETTER_MAX;
}

bool
dialog_put_sasl_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '+' && s.p[i] != '/' &&
		    s.p[i] != '=' && !(s.p[i] == '*' && s.n == 1))
			return false;
	return s.n <= TEXT_PATH;
}
