#include "wire/log_exim_part.h"

#include "wire/log_cut.h"

enum {
	HELO_ENDS = 8,	/* places where a junk helo may end that are tried */
	WORDS = 64,	/* fields of one line that are tried for rule 4 */
};

/* What stands in front of an =, or alone.  An unknown one is no
 * field: new versions add some, and rule 4 only needs most. */
static const struct str keys[] = {
	{ "A", 1 }, { "ARC", 3 }, { "C", 1 }, { "CV", 2 }, { "Ci", 2 }, { "DKIM", 4 }, { "DMARC", 5 },
	{ "DN", 2 }, { "DS", 2 }, { "DT", 2 }, { "F", 1 }, { "H", 1 }, { "I", 1 }, { "K", 1 },
	{ "L", 1 }, { "L*", 2 }, { "L-", 2 }, { "L.", 2 }, { "L.-", 3 }, { "M8S", 3 }, { "P", 1 },
	{ "PRDR", 4 }, { "PRX", 3 }, { "PS", 2 }, { "Q", 1 }, { "QT", 2 }, { "R", 1 }, { "RT", 2 },
	{ "S", 1 }, { "SNI", 3 }, { "SPF", 3 }, { "ST", 2 }, { "T", 1 }, { "TFO", 3 }, { "TFO*", 4 },
	{ "U", 1 }, { "X", 1 }, { "id", 2 }, { "id*", 3 },
};

bool
log_exim_is_key(struct str word)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_eq(word, keys[i]))
			return true;
	return false;
}

/* Takes one field with the blank in front of it. */
bool
log_exim_field(struct exim_field *f, struct str *s)
{
	size_t i = 0;

	log_cut_blanks(s);
	if (s->n == 0)
		return false;
	while (i < s->n && s->p[i] != ' ' && s->p[i] != '=')
		i++;
	f->key = (struct str){ s->p, i };
	*s = log_cut_off(*s, i);
	if (!log_cut_lit(s, STR("="))) {
		f->value = f->key;
		f->key.n = 0;
	} else if (s->n > 0 && s->p[0] == '"' && f->key.p[0] != 'i') {
		f->value = log_cut_quoted(s);
	} else if (s->n > 0 && s->p[0] == '<') {
		f->value = log_cut_path(s);
	} else {
		f->value = f->key.p[0] == 'i' ? log_cut_mailbox(s) :
		    log_cut_word(s);
	}
	return true;
}

/* Behind "for": addresses and nothing else; a quote that a foreign value
 * opened is not whole. */
static bool
is_mailbox(struct str box)
{
	if (box.n > 0 && box.p[0] == '"')
		return str_search(box, STR("\"@")) > 0;
	return box.n > 0 && box.p[0] != '[' && str_find(box, '"') < 0 &&
	    str_find(box, ')') < 0;
}

static bool
all_mailboxes(struct str s)
{
	for (log_cut_blanks(&s); s.n > 0; log_cut_blanks(&s)) {
		if (!is_mailbox(log_cut_mailbox(&s)) ||
		    (s.n > 0 && s.p[0] != ' '))
			return false;
	}
	return true;
}

/* Words that begin the text of a refusal or warning: what follows is ours. */
static bool
is_talk(struct str word)
{
	static const struct str talk[] = {
		{ "rejected", 8 }, { "temporarily", 11 }, { "Warning:", 8 }, { "sender", 6 },
		{ "RCPT", 4 }, { "incomplete", 10 }, { "from", 4 }, { "closed", 6 },
	};

	for (size_t i = 0; i < sizeof(talk) / sizeof(talk[0]); i++)
		if (str_eq(word, talk[i]))
			return true;
	return false;
}

/* Rule 4: does the server write so behind a client's address? */
static bool
reads_on(struct str s)
{
	struct exim_field f;

	if (s.n > 0 && s.p[0] != ' ' && s.p[0] != ':')
		return false;
	if (s.n > 0 && s.p[0] == ':')
		return log_cut_begins(s, STR(": "));
	for (int i = 0; i < WORDS && log_exim_field(&f, &s); i++) {
		if (log_exim_is_key(f.key.n > 0 ? f.key : f.value))
			continue;
		if (str_eq(f.value, STR("for")))
			return all_mailboxes(s);
		if (f.key.n > 0 || !is_talk(f.value))
			return false;
		if (f.value.p[0] != 'f')
			return true;
		log_cut_blanks(&s);
		log_cut_path(&s);	/* from <sender> */
	}
	return s.n == 0;
}

/* Offset of the next ") [" in s, or -1. */
static ptrdiff_t
helo_end(struct str s)
{
	for (size_t i = 0; i + 2 < s.n; i++) {
		const char *at = memchr(s.p + i, ')', s.n - i - 2);

		if (at == NULL)
			return -1;
		i = (size_t)(at - s.p);
		if (at[1] == ' ' && at[2] == '[')
			return (ptrdiff_t)i;
	}
	return -1;
}

/* "(helo) [address]:port" of *s. */
static bool
take_helo(struct mail_event *e, struct str *s)
{
	struct str helo = log_cut_off(*s, 1), rest = helo;
	bool found = false;

	for (int i = 0; i < HELO_ENDS; i++) {
		ptrdiff_t at = helo_end(rest);
		struct str behind;
		struct addr a;
		uint16_t port = 0;

		if (at < 0)
			break;
		rest = log_cut_off(rest, (size_t)at + 2);
		behind = rest;
		if (!log_cut_addr(&a, &port, &behind))
			continue;
		e->client = a;
		e->helo = (struct str){ helo.p, (size_t)(rest.p - helo.p) - 2 };
		*s = behind;
		found = true;
		if (helo_end(behind) < 0 || reads_on(behind))
			break;
	}
	return found;
}

/* host_build_sender_fullhost(): "[a]", "name [a]", "(helo) [a]" or
 * "name (helo) [a]". */
bool
log_exim_client(struct mail_event *e, struct str *s)
{
	struct str rest = *s, name = { rest.p, 0 };
	uint16_t port = 0;

	if (rest.n > 0 && rest.p[0] != '[' && rest.p[0] != '(') {
		name = log_cut_word(&rest);
		log_cut_blanks(&rest);
	}
	if (rest.n > 0 && rest.p[0] == '(') {
		if (!take_helo(e, &rest))
			return false;
	} else {
		if (!log_cut_addr(&e->client, &port, &rest))
			return false;
		e->helo = (struct str){ rest.p, 0 };
	}
	e->has_client = true;
	e->client_name = name;
	*s = rest;
	return true;
}
