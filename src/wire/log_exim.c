/* How Exim writes (spec chapter 52 "Log files"; src/log.c, receive.c,
 * deliver.c, smtp_in.c, host.c of 4.x):
 *
 * 1. [stamp] [pid] ID text, or without an ID where no message is concerned.
 *    Through syslog the stamp stands twice, and a long entry is cut in pieces
 *    "[1/3] ", of which only the first has its head.
 * 2. <= sender, then fields K=value in one order: R H I U Ci P X CV DN SNI A
 *    S ... id T, then "from <sender>" and "for recipient...".
 * 3. =>, ->, >>, *>, **, == address (parents) <original> and fields; ** and ==
 *    end in ": message".
 * 4. H=name (helo) [address]:port -- the HELO name may hold anything only with
 *    helo_accept_junk_hosts, and then looks like the fields behind it.  So a
 *    helo ends at the first ") [address]" behind which the line reads on as
 *    the server writes it.
 * 5. id= is an address, T= and C= are quoted with \" inside.  A field before
 *    id= that comes twice was inside a foreign value (an ident, an SNI of old
 *    versions) the first time: the last one counts; and A= only with a
 *    protocol that says so (esmtpa, esmtpsa). */
#include "wire/log_exim.h"

#include "wire/log_cut.h"
#include "wire/log_exim_part.h"

/* 6-6-2 of base 62 or 36, and 6-11-4 since 4.97 */
enum { SHORT_ID = 16, LONG_ID = 23 };

/* Lines of a message beside arrival and deliveries. */
static void
read_of_message(struct mail_event *e, struct str s)
{
	if (log_cut_begins(s, STR("Completed")))
		e->kind = MAIL_ENDS;
	else if (log_cut_begins(s, STR("H=")) || log_cut_begins(s, STR("U=")) ||
	    log_cut_begins(s, STR("DS H=")) || log_cut_begins(s, STR("F=")) ||
	    log_cut_begins(s, STR("rejected ")))
		log_exim_talk(e, s);
	else if (log_cut_begins(s, STR("removed by "))) {
		e->kind = MAIL_DELIVERS;
		e->status = MAIL_DISCARDED;
		e->flags |= MAIL_ALL_RCPTS;
	} else if (log_cut_begins(s, STR("Frozen")) || log_cut_begins(s, STR("frozen by "))) {
		e->kind = MAIL_DELIVERS;
		e->status = MAIL_HELD;
		e->flags |= MAIL_ALL_RCPTS;
	}
}

static const struct {
	char	flag[2];
	void	(*read)(struct mail_event *, struct str);
} flags[] = {
	{ "<=", log_exim_arrival }, { "(=", log_exim_arrival }, { "=>", log_exim_sent }, { "->", log_exim_sent },
	{ ">>", log_exim_sent }, { "**", log_exim_failed }, { "==", log_exim_deferred },
};

static void
read_flagged(struct mail_event *e, struct str s)
{
	if (s.n > 3 && s.p[2] == ' ') {
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
			if (memcmp(s.p, flags[i].flag, 2) == 0) {
				flags[i].read(e, log_cut_off(s, 3));
				return;
			}
		}
		if (memcmp(s.p, "*>", 2) == 0) {	/* -N: nothing was sent */
			log_exim_sent(e, log_cut_off(s, 3));
			e->status = MAIL_DISCARDED;
			return;
		}
	}
	read_of_message(e, s);
}

static size_t
id_len(struct str s)
{
	size_t n;

	if (s.n < SHORT_ID + 1 || s.p[6] != '-')
		return 0;
	n = s.p[13] == '-' ? SHORT_ID : LONG_ID;
	if (s.n <= n || s.p[n] != ' ' || (n == LONG_ID && s.p[18] != '-'))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (s.p[i] != '-' && !ascii_alnum(s.p[i]))
			return 0;
	return n;
}

/* "2026-01-02 03:04:05.678 +0900 [12] ", what syslog's copy has in front. */
static struct str
skip_stamp(struct str s)
{
	uint32_t n;
	struct str rest = s;

	if (!log_cut_u32(&n, &rest) || !log_cut_lit(&rest, STR("-")) ||
	    !log_cut_u32(&n, &rest) || !log_cut_lit(&rest, STR("-")))
		return s;
	log_cut_word(&rest);	/* the day */
	log_cut_blanks(&rest);
	log_cut_word(&rest);
	log_cut_blanks(&rest);
	if (rest.n > 5 && rest.p[5] == ' ' &&
	    (rest.p[0] == '+' || rest.p[0] == '-'))
		rest = log_cut_off(rest, 6);
	s = rest;
	if (log_cut_lit(&rest, STR("[")) && log_cut_u32(&n, &rest) &&
	    log_cut_lit(&rest, STR("] ")))
		s = rest;
	return s;
}

enum piece { WHOLE, FIRST, LATER };

/* "[1/3] " or "[1\3] " in front of a piece. */
static enum piece
skip_piece(struct str *s)
{
	struct str rest = *s;
	uint32_t piece, of;

	if (!log_cut_lit(&rest, STR("[")) || !log_cut_u32(&piece, &rest) ||
	    !(log_cut_lit(&rest, STR("/")) || log_cut_lit(&rest, STR("\\"))) ||
	    !log_cut_u32(&of, &rest) || !log_cut_lit(&rest, STR("] ")))
		return WHOLE;
	*s = rest;
	if (piece > 1)
		return LATER;
	return of > 1 ? FIRST : WHOLE;
}

/* How lines without an id begin; in a file of its own nothing else says whose
 * line it is. */
static const struct str beginnings[] = {
	{ "SMTP ", 5 }, { "Start queue run", 15 }, { "End queue run", 13 }, { "Start '", 7 }, { "End '", 5 },
	{ "no MAIL in ", 11 }, { "no host name found", 18 }, { "no IP address found", 19 },
	{ "unexpected disconnection", 24 }, { "TLS ", 4 }, { "rejected ", 9 }, { "refused ", 8 },
	{ "unqualified ", 12 }, { "too many ", 9 }, { "ident connection", 16 },
	{ "host name alias", 15 }, { "list matching forced", 20 }, { "DNS list lookup", 15 },
	{ "Connection from ", 16 }, { "Connection refused", 18 }, { "VRFY ", 5 }, { "EXPN ", 5 },
	{ "ETRN ", 5 }, { "DKIM: ", 6 }, { "pid ", 4 }, { "syntactically invalid", 21 },
	{ "H=", 2 }, { "U=", 2 }, { "DS H=", 5 }, { "exim", 4 }, { "daemon", 6 }, { "dnslist", 7 },
	{ "SIGHUP", 6 }, { "Failed ", 7 }, { "failed to ", 10 }, { "Warning: ", 9 }, { "lowest numbered MX", 18 },
};

static bool
is_ours(struct str s)
{
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (log_cut_begins(s, beginnings[i]))
			return true;
	return false;
}

/* cwd=/var/www/html 4 args: /usr/sbin/sendmail -t -i: the line before an
 * arrival by the sendmail program, with log_selector = +arguments. */
static void
read_arguments(struct mail_event *e, struct str s)
{
	struct str dir = s;
	uint32_t n;

	for (; s.n > 0; s = log_cut_off(s, 1)) {
		struct str rest = s;

		if (log_cut_lit(&rest, STR(" ")) && log_cut_u32(&n, &rest) &&
		    log_cut_lit(&rest, STR(" args:"))) {
			e->dir = (struct str){ dir.p, dir.n - s.n };
			return;
		}
	}
}

static int
read_without_id(struct mail_event *e, struct str s, bool named)
{
	struct str word = s;

	if (log_cut_begins(s, STR("H=")) || log_cut_begins(s, STR("U=")) ||
	    log_cut_begins(s, STR("DS H=")) || log_cut_begins(s, STR("rejected from <"))) {
		log_exim_talk(e, s);
		return 0;
	}
	if (log_cut_begins(s, STR("exim"))) {
		log_cut_word(&word);
		log_cut_lit(&word, STR(" "));
		log_cut_word(&word);	/* version */
		if (log_cut_begins(word, STR(" daemon started")))
			e->kind = MAIL_STARTS;
		return 0;
	}
	if (log_cut_lit(&word, STR("cwd="))) {
		read_arguments(e, word);
		return 0;
	}
	if (log_exim_login_failed(e, s) || is_ours(s) || named)
		return 0;
	return MAIL_OTHER;
}

/* What a piece ends in may go on in the next: an id, the last recipient; and
 * the next hop may stand there, without which a delivery looks local. */
static void
forget_end(struct mail_event *e, struct str s)
{
	const char *end = s.p + s.n;

	if (e->kind == MAIL_DELIVERS && !e->has_relay)
		e->flags &= ~(unsigned)MAIL_LOCAL_DELIVERY;
	if (e->kind != MAIL_ARRIVES)
		return;
	if (e->message_id.n > 0 && e->message_id.p + e->message_id.n == end)
		e->message_id.n = 0;
	e->n_rcpt = 0;
	while (e->recipient.n > 0 && e->recipient.p[e->recipient.n - 1] != ' ')
		e->recipient.n--;
	e->recipient = str_trim(e->recipient);
}

int
log_exim_read(struct mail_event *out, const struct syslog_line *line)
{
	struct str s = line->text;
	bool named = line->program.n > 0;
	enum piece piece = WHOLE;
	size_t n;

	log_cut_zero(out, sizeof(*out));
	out->mta = MAIL_EXIM;
	if (named) {
		if (!log_cut_begins(line->program, STR("exim")))
			return MAIL_OTHER;
		piece = skip_piece(&s);
		if (piece == LATER)
			return 0;
		s = skip_stamp(s);
	}
	n = id_len(s);
	if (n == 0)
		return read_without_id(out, s, named);
	out->id = (struct str){ s.p, n };
	read_flagged(out, log_cut_off(s, n + 1));
	if (piece == FIRST)
		forget_end(out, s);
	return 0;
}
