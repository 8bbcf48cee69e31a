#include "wire/received.h"

enum clause { NO_CLAUSE, FROM, BY, WITH, ID, FOR, OTHER };

static const struct { struct str word; enum clause clause; } clauses[] = {
	{ { "from", 4 }, FROM }, { { "by", 2 }, BY }, { { "with", 4 }, WITH },
	{ { "id", 2 }, ID }, { { "for", 3 }, FOR }, { { "via", 3 }, OTHER },
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct str
skip(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.n - n };
}

static struct str
skip_space(struct str s)
{
	while (s.n > 0 && is_space(s.p[0]))
		s = skip(s, 1);
	return s;
}

/* Length of the comment at the start of s with its parentheses, 0 when it has
 * no end or nests too deep. */
static size_t
comment_len(struct str s)
{
	unsigned depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(' && ++depth > RECEIVED_NEST)
			return 0;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* Length of a word: to white space, a comment, or stop.  Inside [] nothing
 * but white space ends it. */
static size_t
word_len(struct str s, char stop)
{
	bool literal = false;
	size_t i = 0;

	for (; i < s.n && !is_space(s.p[i]); i++) {
		if (s.p[i] == '[')
			literal = true;
		else if (s.p[i] == ']')
			literal = false;
		else if (!literal && (s.p[i] == '(' || s.p[i] == stop))
			break;
	}
	return i;
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]", "[192.0.2.1]:25", with brackets or
 * (bare) without. */
static int
read_addr(struct addr *out, struct str w, bool bare)
{
	ptrdiff_t end;

	if (w.n > 0 && w.p[0] == '[') {
		end = str_find(w, ']');
		if (end < 0)
			return SEK_EPARSE;
		w = (struct str){ w.p + 1, (size_t)end - 1 };
	} else if (!bare) {
		return SEK_EPARSE;
	}
	if (str_istarts(w, STR("IPv6:")))
		w = skip(w, 5);
	return addr_parse(out, w);
}

static bool
is_name(struct str w)
{
	if (w.n == 0 || str_ieq(w, STR("unknown")) || str_ieq(w, STR("<unknown>")))
		return false;
	for (size_t i = 0; i < w.n; i++)
		if (!ascii_alnum(w.p[i]) && str_find(STR(".-_"), w.p[i]) < 0)
			return false;
	return true;
}

static void
set_once(struct str *to, struct str w)
{
	if (to->n == 0)
		*to = w;
}

struct peer {			/* what the comments say about one side */
	struct str	name, helo;
	struct addr	addr;
	bool		mapped;
};

/* One word of a comment.  bare: it is the comment's only one. */
static void
peer_word(struct peer *p, struct str w, struct str before, bool bare)
{
	ptrdiff_t at = str_find(w, '@');
	struct addr a;

	if (str_istarts(w, STR("helo="))) {
		set_once(&p->helo, skip(w, 5));
		return;
	}
	if (str_ieq(before, STR("HELO")) || str_ieq(before, STR("EHLO"))) {
		set_once(&p->helo, w);
		return;
	}
	if (at >= 0)		/* ident */
		w = skip(w, (size_t)at + 1);
	if (read_addr(&a, w, bare) == 0) {
		p->addr = a;	/* the last one: ident stands before it */
		p->mapped = str_istarts(w, STR("[::ffff:"));
	} else if (is_name(w))
		set_once(&p->name, w);
}

static bool
has_text(struct str s, struct str needle)
{
	for (; s.n >= needle.n; s = skip(s, 1))
		if (str_istarts(s, needle))
			return true;
	return false;
}

static void
read_words(struct peer *p, struct str s)
{
	struct str before = { s.p, 0 };
	bool first = true;

	while (s.n > 0) {
		size_t n = s.p[0] == '(' ? comment_len(s) : word_len(s, '\0');
		struct str w = { s.p, n };

		if (n == 0)
			return;
		s = skip_space(skip(s, n));
		if (w.p[0] == '(')
			continue;
		peer_word(p, w, before, first && s.n == 0);
		before = w;
		first = false;
	}
}

/* c is a comment with its parentheses, directly behind a from or by, or
 * behind another comment there.  A name counts only beside an address, so that
 * "(Postfix)" and "(No client certificate requested)" name nobody; of several
 * addresses the first comment's, since later ones may quote the client. */
static void
read_comment(struct peer *p, struct str c)
{
	struct peer one = { 0 };

	read_words(&one, skip_space((struct str){ c.p + 1, c.n - 2 }));
	set_once(&p->helo, one.helo);
	if (!addr_is_none(&p->addr) || addr_is_none(&one.addr))
		return;
	p->addr = one.addr;
	p->name = one.name;
	p->mapped = one.mapped;
}

/* What a comment says beside names, by its words. */
static const struct {
	struct str	text;
	bool		authenticated, tls, certificate;
} remarks[] = {
#define REMARK(text, auth, tls, cert) { { text, sizeof(text) - 1 }, auth, tls, cert }
	REMARK("authenticated sender", true, false, false),	/* Postfix */
	REMARK("authenticated bits", true, false, false),	/* Sendmail */
	REMARK("AUTH:", true, false, false),			/* Courier */
	REMARK("using TLS", false, true, false),
	REMARK("TLS:", false, true, false),
	REMARK("version=TLS", false, true, false),
	REMARK("Client CN ", false, true, true),		/* Postfix */
	REMARK("verify=OK", false, true, true),			/* Sendmail: good */
	REMARK("verify=FAIL", false, true, true),		/* ... and not good */
	REMARK(":YES)", false, true, true),			/* OpenSMTPD: good */
	REMARK(":FAIL)", false, true, true),
#undef REMARK
};

static void
read_remark(struct received *r, struct str c)
{
	for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
		if (!has_text(c, remarks[i].text))
			continue;
		r->authenticated |= remarks[i].authenticated;
		r->tls |= remarks[i].tls;
		r->certificate |= remarks[i].certificate;
	}
}

/* RFC 3848: (E)SMTP, LMTP with S for TLS, A for authenticated. */
static void
read_with(struct received *r)
{
	struct str w = r->with;
	static const struct str bases[] = {
		{ "UTF8SMTP", 8 }, { "UTF8LMTP", 8 }, { "ESMTP", 5 }, { "LMTP", 4 },
	};

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		if (!str_istarts(w, bases[i]))
			continue;
		w = skip(w, bases[i].n);
		if (str_ieq(w, STR("S")) || str_ieq(w, STR("SA")))
			r->tls = true;
		if (str_ieq(w, STR("A")) || str_ieq(w, STR("SA")))
			r->authenticated = true;
		return;
	}
	if (str_ieq(w, STR("asmtp")))	/* Exim before 4.30 */
		r->authenticated = true;
}

static struct str
strip_angle(struct str w)
{
	if (w.n >= 2 && w.p[0] == '<' && w.p[w.n - 1] == '>')
		return (struct str){ w.p + 1, w.n - 2 };
	return w;
}

static void
read_value(struct received *r, enum clause c, struct str w)
{
	switch (c) {
	case FROM:
		set_once(&r->helo, w);
		break;
	case BY:
		set_once(&r->by, w);
		break;
	case WITH:
		set_once(&r->with, w);
		break;
	case ID:
		set_once(&r->id, w);
		break;
	case FOR:
		set_once(&r->rcpt, strip_angle(w));
		break;
	default:
		break;
	}
}

static enum clause
find_clause(struct str w)
{
	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
		if (str_ieq(w, clauses[i].word))
			return clauses[i].clause;
	return NO_CLAUSE;
}

/* Puts together the words after from and by with what the comments say. */
static void
join(struct received *r, const struct peer *from, const struct peer *by)
{
	struct addr a;

	r->from = from->addr;
	r->rdns = from->name;
	r->mapped = from->mapped;
	if (addr_is_none(&r->from) && read_addr(&a, r->helo, false) == 0)
		r->from = a;	/* Exim; elsewhere a comment has the address */
	if (from->helo.n > 0) {
		/* Exim, qmail: the word after from is the writer's finding */
		if (is_name(r->helo))
			r->rdns = r->helo;
		r->helo = from->helo;
	}
	r->by_also = by->name;
	r->by_addr = by->addr;
	if (addr_is_none(&r->by_addr) && read_addr(&a, r->by, true) == 0)
		r->by_addr = a;
	read_with(r);
}

struct reader {
	struct received	*r;
	struct peer	 from, by;
	enum clause	 now;	/* whose value or comments come next */
	bool		 value;	/* the value has been read */
	unsigned	 seen;	/* bit by clause: the first of each counts */
};

static void
read_word(struct reader *d, struct str w)
{
	enum clause c;

	if (d->now != NO_CLAUSE && !d->value) {
		read_value(d->r, d->now, w);
		d->value = true;
		return;
	}
	c = find_clause(w);
	if (c == NO_CLAUSE) {	/* "with Microsoft SMTP Server", "tls TLS_..." */
		if (d->now == FROM || d->now == BY)
			d->now = NO_CLAUSE;
		return;
	}
	d->now = (d->seen & 1u << c) != 0 ? OTHER : c;
	d->value = false;
	d->seen |= 1u << c;
	if (c == FROM)
		d->r->has_from = true;
}

/* What the writer calls itself stands behind its name, Exim's further on: in
 * front of its name stands what the client says. */
static void
read_software(struct reader *d, struct str c)
{
	struct str s = { c.p + 1, c.n - 2 };
	struct peer one = { 0 };

	if ((d->seen & 1u << BY) == 0)
		return;
	read_words(&one, skip_space(s));
	if ((d->now == BY && addr_is_none(&one.addr)) || str_istarts(s, STR("Exim ")))
		set_once(&d->r->software, s);
}

static void
read_paren(struct reader *d, struct str c)
{
	read_remark(d->r, c);
	read_software(d, c);
	d->value = true;	/* "from (...) by": no name was given */
	if (d->now == FROM)
		read_comment(&d->from, c);
	else if (d->now == BY)
		read_comment(&d->by, c);
}

int
received_read(struct received *out, struct str value)
{
	struct received r = { 0 };
	struct reader d = { .r = &r };
	struct str s = skip_space(value.n > 0 ? value : STR(""));

	if (value.n > RECEIVED_MAX)
		return SEK_ELIMIT;
	for (unsigned words = 0; s.n > 0 && s.p[0] != ';'; words++) {
		bool paren = s.p[0] == '(';
		size_t n = paren ? comment_len(s) : word_len(s, ';');

		if (words == RECEIVED_WORDS)
			return SEK_ELIMIT;
		if (n == 0)
			return SEK_EPARSE;
		if (paren)
			read_paren(&d, (struct str){ s.p, n });
		else
			read_word(&d, (struct str){ s.p, n });
		s = skip_space(skip(s, n));
	}
	join(&r, &d.from, &d.by);
	*out = r;
	return 0;
}
