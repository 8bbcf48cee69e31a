#include "wire/mail_reply.h"

#include "wire/log_cut.h"

/* "250 " or "250-". */
static void
skip_code(struct str *s)
{
	if (s->n > 3 && ascii_digit(s->p[0]) && ascii_digit(s->p[1]) &&
	    ascii_digit(s->p[2]) && (s->p[3] == ' ' || s->p[3] == '-'))
		*s = log_cut_off(*s, 4);
}

/* RFC 3463 2: class "." subject "." detail, 1 to 3 digits each of the last. */
static size_t
dsn_len(struct str s)
{
	size_t i = 2, part;

	if (s.n < 5 || s.p[1] != '.' ||
	    (s.p[0] != '2' && s.p[0] != '4' && s.p[0] != '5'))
		return 0;
	for (part = 0; i < s.n && ascii_digit(s.p[i]); part++)
		i++;
	if (part == 0 || part > 3 || i >= s.n || s.p[i] != '.')
		return 0;
	i++;
	for (part = 0; i < s.n && ascii_digit(s.p[i]); part++)
		i++;
	if (part == 0 || part > 3 || (i < s.n && ascii_alnum(s.p[i])))
		return 0;
	return i + 1 < s.n && s.p[i] == '.' && ascii_digit(s.p[i + 1]) ? 0 : i;
}

struct str
mail_reply_dsn(struct str reply)
{
	skip_code(&reply);
	return (struct str){ reply.p, dsn_len(reply) };
}

struct str
mail_reply_text(struct str reply)
{
	skip_code(&reply);
	reply = log_cut_off(reply, dsn_len(reply));
	log_cut_blanks(&reply);
	return reply;
}

static struct str
cut_id(struct str s)
{
	size_t i = 0;

	while (i < s.n && (ascii_alnum(s.p[i]) || s.p[i] == '-'))
		i++;
	return (struct str){ s.p, i < 6 || i > 32 ? 0 : i };
}

/* Postfix: "Ok: queued as ID"; behind "from MTA(smtp:[127.0.0.1]:10025): 250
 * 2.0.0 " the next hop's own reply (amavis). */
static bool
passed_on(struct str *s)
{
	struct str rest = *s;

	if (s->n == 0 || (s->p[0] != 'f' && ascii_lower(s->p[0]) != 'o'))
		return false;
	if (str_istarts(rest, STR("ok, id="))) {	/* amavisd before 2.7 */
		log_cut_to(&rest, ' ');
		log_cut_to(&rest, ' ');
	}
	if (!log_cut_lit(&rest, STR("from MTA(")))
		return false;
	log_cut_to(&rest, ')');
	if (!log_cut_lit(&rest, STR(": ")))
		return false;
	*s = rest;
	return true;
}

/* "1200 bytes ", which Postfix writes after BDAT. */
static void
bytes_skip(struct str *s)
{
	struct str rest = *s, number = log_cut_to(&rest, ' ');

	if (number.n > 0 && ascii_digit(number.p[0]) && log_cut_lit(&rest, STR("bytes ")))
		*s = rest;
}

struct str
mail_reply_queued_as(struct str reply)
{
	struct str s = reply, id;

	if (log_cut_lit(&s, STR("250 2.0.0 Ok: queued as ")))	/* most of all */
		return cut_id(s);
	for (int hop = 0; hop < 2; hop++) {
		skip_code(&s);
		s = log_cut_off(s, dsn_len(s));
		log_cut_lit(&s, STR(":"));	/* OpenSMTPD to 6.x */
		log_cut_blanks(&s);
		if (!passed_on(&s))
			break;
	}
	if (str_istarts(s, STR("ok"))) {
		s = log_cut_off(s, 2);
		log_cut_lit(&s, STR(":"));
		log_cut_blanks(&s);
		bytes_skip(&s);
		if (log_cut_lit(&s, STR("queued as ")) || log_cut_lit(&s, STR("id=")))
			return cut_id(s);
		return (struct str){ s.p, 0 };
	}
	id = cut_id(s);
	s = log_cut_off(s, id.n);
	if (id.n > 0 && log_cut_begins(s, STR(" Message accepted for delivery")))
		return id;
	return (struct str){ s.p, 0 };
}

/* "(41A5F3B2E5F8A7)" and no more: a time and a number in hex. */
static bool
filter_id(struct str s)
{
	size_t n = 0;

	if (!log_cut_lit(&s, STR("(")))
		return false;
	while (n < s.n && (ascii_digit(s.p[n]) || (s.p[n] >= 'A' && s.p[n] <= 'F')))
		n++;
	return n >= 14 && n + 1 == s.n && s.p[n] == ')';
}

enum mail_reply_fate
mail_reply_fate(struct str reply)
{
	skip_code(&reply);
	reply = log_cut_off(reply, dsn_len(reply));
	log_cut_blanks(&reply);
	if (log_cut_begins(reply, STR("Ok, discarded, id=")) || log_cut_begins(reply, STR("Ok, quarantined, id=")) ||
	    (log_cut_lit(&reply, STR("BLOCKED ")) && filter_id(reply)))
		return MAIL_REPLY_DROPPED;
	return log_cut_lit(&reply, STR("OK ")) && filter_id(reply) ? MAIL_REPLY_HANDED_BACK : MAIL_REPLY_TAKEN;
}
