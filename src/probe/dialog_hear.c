#include "probe/dialog_hear.h"

static void
keep_text(char *out, size_t cap, struct str s)
{
	if (s.n >= cap)
		s.n = cap - 1;
	if (str_copy(out, cap, s) != 0)
		out[0] = '\0';
}

void
dialog_hear(struct dlg *d, const struct smtp_reply *r, struct str raw)
{
	struct str text = { r->text, r->len };

	if (d->at == DLG_BANNER || d->at == DLG_PROXY) {
		d->banner_code = r->code;
		keep_text(d->banner, sizeof(d->banner), text);
	}
	if (r->code / 100 != 2 || (d->at != DLG_EHLO && d->at != DLG_HELO))
		return;
	keep_text(d->ehlo, sizeof(d->ehlo), str_cut(&text, ' '));
	d->caps = d->at == DLG_HELO ? 0 : caps_read(raw);
}

bool
dialog_hears_tls(const struct dlg *d, const struct smtp_reply *r)
{
	struct str text = { r->text, r->len };

	if (d->at != DLG_MAIL || d->secured || (d->caps & CAP_STARTTLS) == 0)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (str_istarts((struct str){ text.p + i, text.n - i }, STR("starttls")))
			return true;
	return r->code == 530 || str_istarts(text, STR("5.7.0 must"));
}

bool
dialog_hears_no(const struct dlg *d, const struct smtp_reply *r)
{
	struct str text = { r->text, r->len };

	return d->at == DLG_RCPT && r->code == 454 &&
	    str_istarts(text, STR("4.7.1 "));
}
