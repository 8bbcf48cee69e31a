/* First octet: bits 0..2 octets handed over at once, 3 TLS offered, 4 keeper
 * there, 5 keeper refuses, 6 keeper goes in the middle.  The rest: what a
 * client sends. */
#include <stdlib.h>
#include <string.h>

#include "receive/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define MUST(x) do { if (!(x)) abort(); } while (0)

static struct session s;
static bool mail, shut;
static char last;		/* octet of the mail */

/* What goes to the keeper holds no CR or LF alone. */
static void
check_piece(void)
{
	MUST(mail && s.part_len > 0 && s.part_len <= SESSION_PART);
	for (size_t i = 0; i < s.part_len; i++) {
		MUST((last == '\r') == (s.part[i] == '\n'));
		last = s.part[i];
	}
	s.part_len = 0;
}

static void
check_replies(void)
{
	MUST(s.out.err == 0);
	if (s.out.len > 0) {
		MUST(s.out.len >= 5 && s.out.p[s.out.len - 1] == '\n');
		MUST(s.out.p[0] >= '2' && s.out.p[0] <= '5');
	}
	s.out.len = 0;
}

static void
act(enum session_act a, unsigned how)
{
	check_replies();
	switch (a) {
	case SESSION_ASK:
		MUST(s.keeper && s.path[0] != '\0');
		session_rcpt_is(&s, (how & 32) == 0, how & 64 ? 451 : 550);
		break;
	case SESSION_MAIL:
		MUST(!mail && s.n_rcpts > 0 && s.rcpts_len > 0);
		mail = true;
		last = '\0';
		break;
	case SESSION_PIECE:
		check_piece();
		if (how & 64) {
			session_keeper(&s, false);
			mail = false;
		}
		break;
	case SESSION_STORE:
		MUST(mail && last != '\r' && s.octets <= s.size);
		mail = false;
		session_stored(&s, true, 250);
		break;
	case SESSION_DROP:
		MUST(mail);
		mail = false;
		break;
	case SESSION_TLS:
		MUST(s.offer_tls);
		session_secured(&s);
		break;
	case SESSION_CLOSE:
		shut = true;
		break;
	default:
		break;
	}
	check_replies();
	MUST(mail == s.begun || a == SESSION_CLOSE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t at = 1, have = 1, used;
	unsigned how = n > 0 ? p[0] : 0;
	size_t step = (how & 7) == 7 ? n : 1u << 2 * (how & 7);
	enum session_act a;

	mail = shut = false;
	session_init(&s, "mx.probe.example", 4000, how & 8, (how & 16) == 0);
	session_greet(&s);
	check_replies();
	while (have < n && !shut) {
		have = n - have > step ? have + step : n;
		do {
			a = session_step(&s, (const char *)p + at, have - at, &used);
			MUST(used <= have - at);
			at += used;
			act(a, how);
		} while (a != SESSION_WAIT && !shut);
		MUST(shut || have - at <= SMTP_LINE_MAIL);
	}
	return 0;
}
