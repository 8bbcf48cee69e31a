/* A random mail, and random SMTP round it, against the mailbox and all that
 * reads what came: receiver, keeper, letter, chain, hand-over, cause.
 *
 * Three forms were accepted by a server that keeps them.  Input: for each
 * connection an octet that says from whom and an octet that says how late, then
 * what the client sends until an octet 0xff; octets from 0xf0 on stand for what
 * nobody could guess (`pieces`).
 *
 * Holds: nobody is open or listed without his token and his block, after the
 * token's life, or by what we send ourselves; nobody but the target ever is; no
 * session hangs; the journal is whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "fact/verdict.h"
#include "keep/attempt.h"
#include "keep/journal.h"
#include "keep/list.h"
#include "keep/nominate.h"
#include "keep/token.h"
#include "../../scenario/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { FORMS = 3, SENT = 64 * 1024, FIRST_PIECE = 0xf0, NEXT = 0xff };
#define SEEN "Received: from relaytest.probe.example (relaytest.probe.example [198.18.0.1])\r\n" \
	"\tby mail.open.example (Postfix) with ESMTP id 1; Sun, 22 Nov 2026 00:00:00 +0000\r\n"

#define LAPTOP "Received: from laptop (unknown [10.0.0.9])\r\n\t(Authenticated sender: eve)\r\n" \
	"\tby mail.open.example (Postfix) with ESMTPSA id 2; date\r\n"

/* $T token, $S sender token, $B block, $O another attempt's token, $C its block */
static const char *const pieces[] = {
	"$T", "$S", "$B", "$O", "$C", "X-Sekimori-Probe: $T\r\n",
	"EHLO relay.example\r\nMAIL FROM:<>\r\nRCPT TO:<$T@probe.example>\r\nDATA\r\n",
	"HELO mail.open.example\r\nMAIL FROM:<a@open.example>\r\nRCPT TO:<$S@probe.example>\r\nDATA\r\n",
	"X-Sekimori-Probe: $T\r\nAuto-Submitted: auto-generated\r\nSubject: relay test\r\n\r\nhello\r\n$B\r\n",
	"\r\n.\r\n", SEEN,
	LAPTOP,
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
	"RCPT TO:<$O@probe.example>\r\n", "MAIL FROM:<>\r\nRCPT TO:<postmaster@probe.example>\r\nDATA\r\n",
};
enum { PIECES = sizeof(pieces) / sizeof(pieces[0]) };

static struct {
	struct world	 w;
	struct addr	 target;
	struct { char token[TOKEN_TEXT], sender[TOKEN_TEXT], block[LETTER_BLOCK]; } form[FORMS];
	size_t		 n_forms;
	int64_t		 began_s;
	struct stream	*client;
	char		 sent[SENT];
	size_t		 sent_len;
	bool		 in_time, token, block;	/* from somebody else than us */
} y;

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* --- what was sent out --- */

static int
take_attempt(void *ctx, const void *row)
{
	struct attempt a = *(const struct attempt *)row;

	(void)ctx;
	if (y.n_forms == FORMS || a.finding != FIND_ACCEPTED || !addr_eq(&a.addr, &y.target))
		return 0;
	token_mint(y.form[y.n_forms].token, y.w.keep, &a, TOKEN_RECIPIENT);
	token_mint(y.form[y.n_forms].sender, y.w.keep, &a, TOKEN_SENDER);
	token_block(y.form[y.n_forms].block, y.w.keep, &a);
	y.n_forms++;
	return 0;
}

static void
begin(void)
{
	struct conf_why why;
	struct nomination n = {
		.addr = y.target, .port = 25, .basis = BASIS_AUTHORITY, .depth = DEPTH_GENTLE,
		.has_depth = true, .reason = STR("fuzz"), .who = STR("fuzz"),
	};
	bool joined, reused;

	world_open(&y.w, "/nowhere");
	snprintf(y.w.store, sizeof(y.w.store), "memory:");
	demand(conf_set(y.w.conf, "lab.range", STR("198.18.0.0/15"), &why) == 0);
	demand(conf_set(y.w.conf, "dns.out", STR("true"), &why) == 0);
	world_start(&y.w);
	(void)world_peer(&y.w, &y.target, true);
	demand(keep_write(y.w.keep) == 0);
	demand(keep_done(y.w.keep, nominate_add(y.w.keep, &n, &joined, &reused)) == 0);
	demand(keep_flush(y.w.keep) == 0);
	y.began_s = y.w.clock.wall.s;
	world_pass(&y.w, 60);
	demand(store_each(y.w.keep->store, Q_ATTEMPT_BY_ADDR, ARGS(ARG_A(y.target)),
	    take_attempt, NULL) >= 0);
	demand(y.n_forms >= 2);
}

/* --- a client --- */

static void
put(const char *p, size_t n)
{
	if (y.sent_len + n > SENT)
		n = SENT - y.sent_len;
	memcpy(y.sent + y.sent_len, p, n);
	y.sent_len += n;
}

static void
put_piece(const char *text, bool ours)
{
	for (; *text != '\0'; text++) {
		const char *what = text;

		if (*text != '$') {
			put(text, 1);
			continue;
		}
		text++;
		y.token = y.token || ((*text == 'T' || *text == 'O') && !ours);
		y.block = y.block || ((*text == 'B' || *text == 'C') && !ours);
		what = *text == 'T' ? y.form[0].token : *text == 'S' ? y.form[0].sender :
		    *text == 'B' ? y.form[0].block : *text == 'O' ? y.form[1].token : y.form[1].block;
		for (; *what != '\0'; what++)	/* a block has LF within */
			put(*what == '\n' ? "\r\n" : what, *what == '\n' ? 2 : 1);
	}
}

static void
client_data(void *ctx, const uint8_t *p, size_t n)
{
	(void)ctx;
	(void)p;
	demand(n > 0);
}

static void
client_down(void *ctx, int why)
{
	(void)ctx;
	(void)why;
	stream_close(y.client, false);
	y.client = NULL;
}

/* Line by line, so that it does not speak before it is asked. */
static void
play(const struct addr *from)
{
	static const struct stream_events ev = { .data = client_data, .down = client_down };
	size_t at = 0;
	int pair[2];

	demand(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	demand(stream_adopt(&y.client, y.w.loop, pair[0], &ev, NULL) == 0);
	smtpd_adopt(y.w.smtpd, pair[1], from);
	world_pass(&y.w, 1);
	while (at < y.sent_len && y.client != NULL) {
		const char *lf = memchr(y.sent + at, '\n', y.sent_len - at);
		size_t n = lf == NULL ? y.sent_len - at : (size_t)(lf - y.sent) + 1 - at;

		(void)!stream_write(y.client, y.sent + at, n);
		at += n;
		world_pass(&y.w, 0);
	}
	world_pass(&y.w, 2);
	stream_close(y.client, false);
	y.client = NULL;
	world_pass(&y.w, 2);
	demand(smtpd_sessions(y.w.smtpd) == 0);
}

static size_t
connection(const uint8_t *p, size_t n)
{
	static const int64_t late_s[] = { 0, 0, 60, 600, 7200, 86400, 9 * 86400, 11 * 86400 };
	const struct addr from[] = { y.target, addr_v4(198, 18, 7, 7), addr_v4(198, 18, 0, 1),
	    addr_v4(203, 0, 113, 9) };
	const struct addr *who = &from[p[0] % 4];
	bool ours = addr_eq(who, &from[2]);
	size_t at = 2;

	world_pass(&y.w, late_s[p[1] % 8]);
	y.sent_len = 0;
	for (; at < n && p[at] != NEXT; at++) {
		if (p[at] >= FIRST_PIECE && p[at] - FIRST_PIECE < PIECES)
			put_piece(pieces[p[at] - FIRST_PIECE], ours);
		else
			put((const char *)p + at, 1);
	}
	y.in_time = y.in_time || y.w.clock.wall.s <= y.began_s + TOKEN_LIFE_S + 60;
	play(who);
	return at + 1;
}

/* --- judging --- */

static int
listed_one(void *ctx, const void *row)
{
	const struct listing *l = row;

	(void)ctx;
	demand(y.token && y.block && y.in_time);
	demand(l->code != CODE_ENTRY || addr_eq(&l->addr, &y.target));
	demand(l->proofs == 1 || l->code != CODE_ENTRY);	/* all tokens are of one test */
	return 0;
}

static void
judge(void)
{
	struct store *s = y.w.keep->store;
	struct verdict_row v;
	uint64_t seq;
	int err = store_one(s, Q_VERDICT_LAST_BY_ADDR, ARGS(ARG_A(y.target)), &v);

	demand(err == 0 || err == STORE_NONE);
	demand(err != 0 || v.verdict != VERDICT_OPEN || (y.token && y.block && y.in_time));
	store_forget(s);
	demand(store_each(s, Q_LISTING_ALL, NO_ARGS, listed_one, NULL) >= 0);
	demand(journal_verify(y.w.keep, &seq) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t at = 0;

	log_setup("fuzz", 0, 0);
	memset(&y, 0, sizeof(y));
	y.target = addr_v4(198, 18, 1, 10);
	begin();
	for (unsigned i = 0; i < 4 && at + 2 < n; i++) {
		at += connection(p + at, n - at);
		judge();
	}
	world_pass(&y.w, 60);
	judge();
	world_close(&y.w);
	return 0;
}
