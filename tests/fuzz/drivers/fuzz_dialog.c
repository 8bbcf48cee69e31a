/* A server that says anything: what we send stays one command a line, nothing
 * precedes the banner, each form is found once at most, and it ends.
 *
 * Input: kind, forms, limit, then octets of the server; 0xf0..0xf5 between
 * replies stand for loss, silence, our end and the handshake. */
#include <stdlib.h>
#include <string.h>

#include "probe/dialog.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct play {
	struct dlg	d;
	struct dlg_out	out;
	unsigned	forms, begun, found;
	bool		accepted;
};

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
check(struct play *y)
{
	struct str s = y->out.send;

	demand(s.n == 0 || str_iends(s, STR("\r\n")));
	demand(str_find(s, '\0') < 0);
	if (y->d.at != DLG_BODY)
		demand(s.n == 0 || str_find(s, '\n') == (ptrdiff_t)s.n - 1);
	if (y->d.banner_code == 0)
		demand(s.n == 0 || (y->d.kind == SESSION_PROXY && y->d.proxied &&
		    str_istarts(s, STR("PROXY "))));
	if (y->out.found) {
		y->found++;
		demand((y->out.finding > FIND_NONE && y->out.finding <= FIND_SKIPPED) ||
		    y->out.finding == FIND_BARRED);
		y->accepted = y->out.finding == FIND_ACCEPTED;
	}
	demand(y->found <= y->begun && y->begun <= y->forms);
	demand(y->d.refusals <= y->d.limit || y->d.limit == 0);
	if (y->accepted)
		demand(y->d.at == DLG_QUIT || y->d.at == DLG_END);
	if (y->out.act == DLG_CLOSE)
		demand(y->d.session != FIND_NONE && !y->d.in_hand);
}

/* Names, forms and answers to challenges, until the server's turn. */
static void
answer(struct play *y)
{
	static const struct dlg_form form = { .mail_from = STR("s@probe.example"),
	    .rcpt_to = STR("t@probe.example"), .flags = FORM_NULL_SENDER,
	    .mechanism = STR("LOGIN"), .auth = STR("AUTH LOGIN") };

	for (check(y); y->out.act == DLG_NAME || y->out.act == DLG_FORM ||
	    y->out.act == DLG_SASL || y->out.act == DLG_LETTER; check(y)) {
		if (y->out.act == DLG_LETTER) {
			dlg_letter(&y->d, STR("Subject: x\r\n\r\n.\r\n..\r\n"), &y->out);
			continue;
		}
		if (y->out.act == DLG_SASL) {
			dlg_sasl(&y->d, STR("YW5zd2Vy"), &y->out);
			continue;
		}
		if (y->out.act == DLG_NAME)
			dlg_name(&y->d, STR("me.example"), &y->out);
		else if (y->begun < y->forms) {
			y->begun++;
			demand(dlg_form(&y->d, &form, 0, &y->out) == 0);
		} else
			demand(dlg_form(&y->d, NULL, 0, &y->out) == 0);
	}
}

/* One event made of the input's first octets.  Returns how many it took. */
static size_t
event(struct play *y, const uint8_t *p, size_t n)
{
	struct smtp_reply r;
	int err;

	if (y->out.act == DLG_HANDSHAKE) {
		if (p[0] == 0xf0)
			dlg_lost(&y->d, &y->out);
		else if (p[0] == 0xf1)
			dlg_timeout(&y->d, &y->out);
		else
			dlg_secured(&y->d, p[0] == 0xf4 ? 9 : 0, &y->out);
		return 1;
	}
	if (p[0] >= 0xf0 && p[0] <= 0xf2) {
		if (p[0] == 0xf0)
			dlg_lost(&y->d, &y->out);
		else if (p[0] == 0xf1)
			dlg_timeout(&y->d, &y->out);
		else
			dlg_stop(&y->d, FIND_TARPIT, &y->out);
		return 1;
	}
	err = smtp_reply_read(&r, (const char *)p, n);
	if (err == SMTP_REPLY_MORE)
		dlg_lost(&y->d, &y->out);
	else if (err != 0)
		dlg_broken(&y->d, &y->out);
	else
		dlg_reply(&y->d, &r, (struct str){ (const char *)p, r.used }, &y->out);
	return err == 0 ? r.used : n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct play y;
	static char room[DLG_SEND];
	size_t at = 3;

	if (n < 3)
		return 0;
	memset(&y, 0, sizeof(y));
	y.forms = p[1] % 8 + 1;
	dlg_start(&y.d, p[0] % (SESSION_PTR + 1), y.forms, p[2] % 5, room, &y.out);
	if (p[0] & 0x80)
		dlg_wrap(&y.d, &y.out);
	dlg_proxy(&y.d, "PROXY TCP4 127.0.0.1 192.0.2.25 40025 25");
	answer(&y);
	while (y.out.act != DLG_CLOSE && at < n) {
		at += event(&y, p + at, n - at);
		answer(&y);
	}
	if (y.out.act != DLG_CLOSE) {
		dlg_lost(&y.d, &y.out);
		answer(&y);
	}
	demand(y.out.act == DLG_CLOSE);
	return 0;
}
