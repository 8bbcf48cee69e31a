#include "wire/smtp_cmd.h"

static const struct { struct str name; enum smtp_verb verb; } verbs[] = {
	{ { "HELO", 4 }, SMTP_HELO }, { { "EHLO", 4 }, SMTP_EHLO },
	{ { "MAIL", 4 }, SMTP_MAIL }, { { "RCPT", 4 }, SMTP_RCPT },
	{ { "DATA", 4 }, SMTP_DATA }, { { "RSET", 4 }, SMTP_RSET },
	{ { "NOOP", 4 }, SMTP_NOOP }, { { "QUIT", 4 }, SMTP_QUIT },
	{ { "VRFY", 4 }, SMTP_VRFY }, { { "HELP", 4 }, SMTP_HELP },
	{ { "STARTTLS", 8 }, SMTP_STARTTLS },
};

int
smtp_cmd_line(struct str *line, size_t *used, const char *in, size_t n)
{
	size_t end = n < SMTP_LINE_MAIL ? n : SMTP_LINE_MAIL;

	for (size_t i = 0; i < end; i++) {
		if (in[i] == '\n')
			return SMTP_CMD_BARE;
		if (in[i] != '\r')
			continue;
		if (i + 1 == end)
			break;
		if (in[i + 1] != '\n')
			return SMTP_CMD_BARE;
		*line = (struct str){ in, i };
		*used = i + 2;
		return 0;
	}
	return n < SMTP_LINE_MAIL ? SMTP_CMD_MORE : SEK_ELIMIT;
}

/* The first n octets of *s, which lose them. */
static struct str
take(struct str *s, size_t n)
{
	struct str head = { s->p, n };

	s->p += n;
	s->n -= n;
	return head;
}

static bool
take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	take(s, 1);
	return true;
}

static bool
is_atext(char c)
{
	return ascii_alnum(c) || (c != '\0' &&
	    str_find(STR("!#$%&'*+-/=?^_`{|}~"), c) >= 0);
}

/* RFC 5321 4.1.2 Quoted-string: length with its quotes, or 0. */
static size_t
quoted_len(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\' && ++i == s.n)
			return 0;
	}
	return 0;
}

static size_t
local_len(struct str s)
{
	size_t n = 0;

	if (s.n > 0 && s.p[0] == '"')
		return quoted_len(s);
	while (n < s.n && (is_atext(s.p[n]) || s.p[n] == '.'))
		n++;
	return n;
}

/* An address literal: length with its brackets, or 0.  What stands between
 * them is the keeper's to judge. */
static size_t
literal_len(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == ']')
			return i > 1 ? i + 1 : 0;
		if (s.p[i] == '[' || s.p[i] == '\\' || s.p[i] == ' ')
			return 0;
	}
	return 0;
}

/* A domain or literal: its length, or 0 for none. */
static size_t
domain_len(struct str s)
{
	size_t n = 0;

	if (s.n > 0 && s.p[0] == '[')
		return literal_len(s);
	while (n < s.n && (ascii_alnum(s.p[n]) || s.p[n] == '-' ||
	    s.p[n] == '_' || s.p[n] == '.')) {
		if (s.p[n] == '.' && (n == 0 || s.p[n - 1] == '.'))
			return 0;
		n++;
	}
	return n;
}

/* "@a,@b:" of appendix C is accepted and forgotten.  Returns 0 or 501. */
static int
skip_route(struct str *s)
{
	if (s->n == 0 || s->p[0] != '@')
		return 0;
	do {
		size_t n;

		if (!take_char(s, '@') || (n = domain_len(*s)) == 0)
			return 501;
		take(s, n);
	} while (take_char(s, ','));
	return take_char(s, ':') ? 0 : 501;
}

/* Path without its <>: [route] local [ "@" domain ].  An address without a
 * domain passes: RCPT TO:<postmaster> must (RFC 5321 4.5.1), and a bare
 * sender is for the keeper to weigh. */
static int
read_mailbox(struct smtp_cmd *out, struct str *s)
{
	struct str all, domain = { 0 };
	size_t n;

	if (skip_route(s) != 0)
		return 501;
	all = *s;
	n = local_len(*s);
	if (n == 0 || n > SMTP_LOCAL)
		return 501;
	take(s, n);
	if (take_char(s, '@')) {
		n = domain_len(*s);
		if (n == 0 || n > SMTP_NAME)
			return 501;
		domain = take(s, n);
		if (domain.p[domain.n - 1] == '.')
			domain.n--;
	}
	all.n = domain.p == NULL ? (size_t)(s->p - all.p) :
	    (size_t)(domain.p - all.p) + domain.n;
	if (all.n > SMTP_PATH)
		return 501;
	out->path = all;
	out->domain = domain;
	return 0;
}

static int
mail_param(struct smtp_cmd *out, struct str name, struct str value)
{
	if (str_ieq(name, STR("SIZE"))) {
		if (out->has_size)
			return 501;
		out->has_size = true;
		return str_u64(&out->size, value, UINT64_MAX) == 0 ? 0 : 501;
	}
	if (str_ieq(name, STR("BODY"))) {
		out->eightbit = str_ieq(value, STR("8BITMIME"));
		return out->eightbit || str_ieq(value, STR("7BIT")) ? 0 : 501;
	}
	return 555;
}

static int
read_params(struct smtp_cmd *out, struct str s)
{
	while (s.n > 0) {
		struct str word, name;
		int err;

		if (!take_char(&s, ' '))
			return 501;
		word = str_cut(&s, ' ');
		if (s.n > 0)
			s = (struct str){ s.p - 1, s.n + 1 };
		if (word.n == 0)
			continue;	/* more than one space: harmless */
		name = str_cut(&word, '=');
		err = out->verb == SMTP_MAIL ? mail_param(out, name, word) : 555;
		if (err != 0)
			return err;
	}
	return 0;
}

/* The end of a sender that keeps to no grammar: the last '>' that is followed
 * by nothing or by parameters; n where there is none. */
static size_t
loose_len(struct str s)
{
	size_t at = s.n;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '>' && (i + 1 == s.n || s.p[i + 1] == ' '))
			at = i;
	return at;
}

/* Rule 3: whatever stands between the brackets. */
static int
read_loose(struct smtp_cmd *out, struct str *s)
{
	size_t n = loose_len(*s);

	if (n == s->n || n > SMTP_PATH)
		return 501;
	out->path = take(s, n);
	out->domain = (struct str){ 0 };
	return 0;
}

static int
read_brackets(struct smtp_cmd *out, struct str *s)
{
	struct str strict = *s;
	int err = 0;

	if (out->verb == SMTP_RCPT || s->n == 0 || s->p[0] != '>')
		err = read_mailbox(out, &strict);
	if (err == 0 && !take_char(&strict, '>'))
		err = 501;
	if (err == 0)
		*s = strict;
	else if (out->verb == SMTP_MAIL && (err = read_loose(out, s)) == 0)
		(void)take_char(s, '>');
	return err;
}

static int
read_path(struct smtp_cmd *out, struct str s, struct str word)
{
	int err;

	if (!str_istarts(s, word))
		return 501;
	take(&s, word.n);
	while (take_char(&s, ' '))
		;
	err = take_char(&s, '<') ? read_brackets(out, &s) : read_mailbox(out, &s);
	return err != 0 ? err : read_params(out, s);
}

/* Several words are a machine's name with spaces in it, none is a client that
 * lost its own: rule 3. */
static int
read_name(struct smtp_cmd *out)
{
	struct str all = out->arg;

	out->arg = str_cut(&all, ' ');
	return out->arg.n > SMTP_NAME ? 501 : 0;
}

static bool
is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] > '~')
			return false;
	return true;
}

static enum smtp_verb
find_verb(struct str name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (str_ieq(name, verbs[i].name))
			return verbs[i].verb;
	return SMTP_OTHER;
}

int
smtp_cmd_read(struct smtp_cmd *out, struct str line)
{
	struct str s = str_trim(line), verb = str_cut(&s, ' ');

	*out = (struct smtp_cmd){ .verb = find_verb(verb), .arg = str_trim(s) };
	if (!is_plain(line) || line.n + 2 > SMTP_LINE_MAIL)
		return 500;
	if (line.n + 2 > SMTP_LINE &&
	    out->verb != SMTP_MAIL && out->verb != SMTP_RCPT)
		return 500;
	switch (out->verb) {
	case SMTP_HELO:
	case SMTP_EHLO:
		return read_name(out);
	case SMTP_MAIL:
		return read_path(out, out->arg, STR("FROM:"));
	case SMTP_RCPT:
		return read_path(out, out->arg, STR("TO:"));
	case SMTP_DATA:
	case SMTP_RSET:
	case SMTP_QUIT:
	case SMTP_STARTTLS:
		return out->arg.n == 0 ? 0 : 501;
	default:
		return 0;
	}
}
