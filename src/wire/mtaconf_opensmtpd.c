/* OpenSMTPD: smtpd.conf in both grammars.
 *
 * Rules (smtpd.conf(5), table(5) of 5.7 and of 6.4 and later):
 *  1. A statement is a line; \ at its end and open braces continue it; # begins
 *     a remark.  name = value is a macro, put in as $name.
 *  2. Since 6.4 "match ... action NAME" and "match ... reject"; before, "accept
 *     ... deliver|relay" and "reject ...".  Without "from" it is of local
 *     senders, without "for" of local recipients (forensics.md 4.38).
 *  3. Domains for which anybody, or somebody outside, may send are ours.
 *     Sources that may send to any domain, without a login, may relay.  What
 *     else limits (tag, helo, mail-from, rdns) is forgeable or not in the file.
 *  4. The first rule that matches decides; here each is read for itself, so a
 *     refusal in front does not make a list smaller. */

#include <string.h>

#include "wire/mtaconf_body.h"

enum { TOKENS = 256 };

struct token {
	char		kind;	/* 'w' word or string, '\n', or the octet itself */
	struct str	text;
};

struct scan {
	struct str	rest;
	uint32_t	line;
};

struct conf {
	const struct mtaconf_in	*in;
	struct mtaconf_out	 out;
	struct token		 token[TOKENS];
	size_t			 n;
	bool			 full;		/* the statement has more */
};

/* What a rule asks for. */
struct rule {
	bool	reject, login, limited, anybody;
	size_t	source;		/* index of its value; 0: none */
	enum { FOR_LOCAL, FOR_ANY, FOR_DOMAIN, FOR_OTHER } to;
	size_t	domain;
};

enum what { NETS, DOMAINS };

static void
depends(struct conf *c, enum what what, struct str on)
{
	mtaconf_say(&c->out, what == NETS ? MTACONF_NETS_DEPEND : MTACONF_DOMAINS_DEPEND, on);
}

static void
step(struct scan *s, size_t n)
{
	s->rest = (struct str){ s->rest.p + n, s->rest.n - n };
}

/* Blanks, remarks and ends of line that continue. */
static void
skip_blanks(struct scan *s)
{
	for (;;) {
		size_t n = 0;

		while (n < s->rest.n && strchr(" \t\r", s->rest.p[n]) != NULL && s->rest.p[n] != '\0')
			n++;
		if (n < s->rest.n && s->rest.p[n] == '#')
			while (n < s->rest.n && s->rest.p[n] != '\n')
				n++;
		step(s, n);
		if (s->rest.n < 2 || s->rest.p[0] != '\\' || s->rest.p[1] != '\n')
			return;
		s->line++;
		step(s, 2);
	}
}

static bool
ends_word(char ch)
{
	return ch != '\0' && strchr(" \t\r\n\"{}(),=<>!#", ch) != NULL;
}

/* Returns 0 at the end. */
static int
next(struct scan *s, struct token *t)
{
	size_t n = 0;

	skip_blanks(s);
	if (s->rest.n == 0)
		return 0;
	if (s->rest.p[0] == '"') {
		struct str text = { s->rest.p + 1, s->rest.n - 1 };

		*t = (struct token){ 'w', str_cut(&text, '"') };
		for (size_t i = 0; i < t->text.n; i++)
			s->line += t->text.p[i] == '\n';
		s->rest = text;
		return 1;
	}
	while (n < s->rest.n && !ends_word(s->rest.p[n]))
		n++;
	*t = (struct token){ n > 0 ? 'w' : s->rest.p[0], { s->rest.p, n > 0 ? n : 1 } };
	s->line += t->kind == '\n';
	step(s, t->text.n);
	return 1;
}

/* All tokens of the next statement.  Returns 0 at the end. */
static int
statement(struct conf *c, struct scan *s)
{
	struct token t;
	size_t depth = 0;

	c->n = 0;
	c->full = false;
	while (next(s, &t)) {
		depth += t.kind == '{';
		depth -= t.kind == '}' && depth > 0;
		if (t.kind == '\n' && c->n > 0 && depth == 0)
			return 1;
		if (t.kind == '\n')
			continue;
		if (c->n == 0)
			c->out.line = s->line;
		if (c->n < TOKENS)
			c->token[c->n++] = t;
		else
			c->full = true;
	}
	return c->n > 0;
}

static bool
is_word(const struct conf *c, size_t i, const char *word)
{
	return i < c->n && c->token[i].kind == 'w' && str_eq(c->token[i].text, str_of(word));
}

static bool
is_kind(const struct conf *c, size_t i, char kind)
{
	return i < c->n && c->token[i].kind == kind;
}

static void
say_domain(struct conf *c, struct str word)
{
	if (str_eq(word, STR("*")))
		mtaconf_say(&c->out, MTACONF_DOMAIN_ANY, word);
	else if (str_istarts(word, STR("*.")))
		mtaconf_say_below(&c->out, MTACONF_DOMAIN, (struct str){ word.p + 2, word.n - 2 });
	else if (word.n > 0 && memchr(word.p, '*', word.n) == NULL)
		mtaconf_say(&c->out, MTACONF_DOMAIN, word);
	else
		depends(c, DOMAINS, word);
}

static void
say_word(struct conf *c, enum what what, struct str word)
{
	struct net net;

	if (what == DOMAINS)
		say_domain(c, word);
	else if (mtaconf_net(&net, word) == 0)
		mtaconf_say_net(&c->out, &net);
	else if (!str_eq(word, STR("local")))
		depends(c, NETS, word);
}

static void say_value(struct conf *c, enum what what, struct scan *s, unsigned depth);

/* A file of keys: the first word of each line. */
static void
say_file(struct conf *c, enum what what, struct str path)
{
	const struct mtaconf_file *file = mtaconf_find(c->in, path);
	struct mtaconf_out stands = c->out;
	struct str rest, line, word;

	if (file == NULL) {
		depends(c, what, path);
		return;
	}
	c->out.file = file;
	c->out.line = 0;
	for (rest = file->text; c->out.err == 0 && mtaconf_line(&line, &rest);) {
		c->out.line++;
		line = str_trim(str_cut(&line, '#'));
		if (mtaconf_word(&word, &line, " \t:="))
			say_word(c, what, word);
	}
	c->out.file = stands.file;
	c->out.line = stands.line;
}

/* "file:/etc/mail/x", in old ones also "/etc/mail/x"; other types depend. */
static void
say_source(struct conf *c, enum what what, struct str source)
{
	struct net net;

	if (what == NETS && mtaconf_net(&net, source) >= 0)
		say_word(c, what, source);
	else if (str_istarts(source, STR("file:")))
		say_file(c, what, (struct str){ source.p + 5, source.n - 5 });
	else if (source.n > 0 && source.p[0] == '/')
		say_file(c, what, source);
	else if (str_find(source, ':') >= 0 && str_find(source, '/') >= 0)
		depends(c, what, source);
	else
		say_word(c, what, source);
}

/* Stands s behind "table NAME" or "NAME =" of any .conf; false: nowhere. */
static bool
find(struct conf *c, const char *keyword, struct str name, struct scan *s)
{
	for (size_t i = 0; i < c->in->n; i++) {
		struct token before = { '\n', { "", 0 } }, t;

		if (!str_iends(c->in->file[i].name, STR(".conf")))
			continue;
		*s = (struct scan){ c->in->file[i].text, 1 };
		while (next(s, &t)) {
			struct scan after = *s;
			struct token sign;

			if (t.kind == 'w' && str_eq(t.text, name) && (keyword != NULL ?
			    before.kind == 'w' && str_eq(before.text, str_of(keyword)) :
			    before.kind == '\n' && next(&after, &sign) && sign.kind == '=')) {
				*s = keyword != NULL ? *s : after;
				return true;
			}
			before = t;
		}
	}
	return false;
}

/* Keys between braces: "a", "b" = "c". */
static void
say_braces(struct conf *c, enum what what, struct scan *s, unsigned depth)
{
	struct token t;
	bool key = true;

	while (c->out.err == 0) {
		struct scan at = *s;

		if (!next(s, &t) || t.kind == '}')
			return;
		if (key && (t.kind == 'w' || t.kind == '<'))
			say_value(c, what, &at, depth + 1);
		if (key && t.kind == '<')
			*s = at;
		key = t.kind == ',' || t.kind == '\n' || (key && t.kind != 'w' && t.kind != '=' &&
		    t.kind != '<');
	}
}

static void
say_named(struct conf *c, enum what what, const char *keyword, struct str name, unsigned depth)
{
	struct mtaconf_out stands = c->out;
	struct scan s;

	if (!mtaconf_open(&c->out, depth) || !find(c, keyword, name, &s))
		depends(c, what, name);
	else
		say_value(c, what, &s, depth + 1);
	c->out.file = stands.file;
	c->out.line = stands.line;
}

/* A value: word, "string", $macro, <table>, { list }; or what a table is of. */
static void
say_value(struct conf *c, enum what what, struct scan *s, unsigned depth)
{
	struct token t, name;

	if (!next(s, &t))
		return;
	if (t.kind == '{') {
		say_braces(c, what, s, depth);
	} else if (t.kind == '<') {
		if (next(s, &name) && name.kind == 'w')
			say_named(c, what, "table", name.text, depth);
		(void)next(s, &t);	/* > */
	} else if (t.kind == 'w' && t.text.n > 1 && t.text.p[0] == '$') {
		say_named(c, what, NULL, (struct str){ t.text.p + 1, t.text.n - 1 }, depth);
	} else if (t.kind == 'w') {
		say_source(c, what, t.text);
	}
}

/* The value that begins at token i of the statement, in its own text. */
static void
say_at(struct conf *c, enum what what, size_t i, const struct mtaconf_file *file)
{
	const char *p = c->token[i].text.p;
	struct scan s;

	if (p > file->text.p && p[-1] == '"')
		p--;
	s = (struct scan){ { p, (size_t)(file->text.p + file->text.n - p) }, c->out.line };
	say_value(c, what, &s, 0);
}

/* Past the value at token i. */
static size_t
past_value(const struct conf *c, size_t i)
{
	size_t depth = 0;

	if (is_kind(c, i, '<'))
		return i + 3;
	for (; i < c->n; i++) {
		depth += c->token[i].kind == '{';
		depth -= c->token[i].kind == '}' && depth > 0;
		if (depth == 0)
			return i + 1;
	}
	return i;
}

/* "from ..." at i, behind that word; returns where it ends. */
static size_t
read_from(const struct conf *c, struct rule *r, size_t i)
{
	if (is_word(c, i, "any") || is_word(c, i, "all")) {
		r->anybody = true;
		return i + 1;
	}
	if (is_word(c, i, "local") || is_word(c, i, "socket"))
		return i + 1;
	if (is_word(c, i, "src") || is_word(c, i, "source")) {
		r->source = i + 1;
		return past_value(c, i + 1);
	}
	if (is_word(c, i, "auth")) {
		r->login = true;
		return i + 1;
	}
	r->limited = true;	/* rdns, mail-from, a table of old */
	r->anybody = true;
	return past_value(c, i + (c->token[i < c->n ? i : 0].kind == 'w'));
}

static size_t
read_for(const struct conf *c, struct rule *r, size_t i)
{
	if (is_word(c, i, "any") || is_word(c, i, "all")) {
		r->to = FOR_ANY;
		return i + 1;
	}
	if (is_word(c, i, "local"))
		return i + 1;
	if (is_word(c, i, "domain") || (is_word(c, i, "virtual") && is_kind(c, i + 1, '<'))) {
		r->to = FOR_DOMAIN;
		r->domain = i + 1;
		return past_value(c, i + 1);
	}
	r->to = FOR_OTHER;	/* rcpt-to, maps before 5.4 */
	return past_value(c, i + 1);
}

/* Words after which a value limits whom the rule is of. */
static bool
is_limit(const struct conf *c, size_t i)
{
	static const char *const limits[] = { "tag", "tagged", "helo", "mail-from", "rdns", "rcpt-to",
		"sender", "recipient" };

	for (size_t k = 0; k < sizeof(limits) / sizeof(limits[0]); k++)
		if (is_word(c, i, limits[k]))
			return true;
	return false;
}

static void
read_rule(const struct conf *c, struct rule *r)
{
	*r = (struct rule){ .reject = is_word(c, 0, "reject") };
	for (size_t i = 1; i < c->n;) {
		if (is_kind(c, i, '!')) {
			r->limited = true;
			i++;
		} else if (is_word(c, i, "from")) {
			i = read_from(c, r, i + 1);
		} else if (is_word(c, i, "for")) {
			i = read_for(c, r, i + 1);
		} else if (is_word(c, i, "auth")) {
			r->login = true;
			i = is_kind(c, i + 1, '<') ? past_value(c, i + 1) : i + 1;
		} else if (is_limit(c, i)) {
			r->limited = true;
			i = past_value(c, i + 1);
		} else {
			r->reject |= is_word(c, i, "reject");
			i++;
		}
		if (i > 0 && i < c->n && is_word(c, i, "action"))
			return;
	}
}

/* Rule 3. */
static void
rule(struct conf *c, const struct mtaconf_file *file)
{
	static const struct net any;
	struct rule r;

	read_rule(c, &r);
	if (r.reject || r.login || (!r.anybody && r.source == 0))
		return;
	if (c->full) {
		depends(c, NETS, file->name);
		depends(c, DOMAINS, file->name);
	} else if (r.to == FOR_DOMAIN && r.domain < c->n) {
		say_at(c, DOMAINS, r.domain, file);
	} else if (r.to == FOR_LOCAL) {
		mtaconf_say(&c->out, MTACONF_SELF, STR("for local"));
	} else if (r.to == FOR_OTHER) {
		depends(c, DOMAINS, STR("for"));
	} else if (r.source > 0 && r.source < c->n && r.to == FOR_ANY) {
		say_at(c, NETS, r.source, file);
	} else if (r.limited) {
		depends(c, NETS, c->token[0].text);
	} else {
		mtaconf_say_net(&c->out, &any);
	}
}

static void
read_file(struct conf *c, const struct mtaconf_file *file, unsigned depth)
{
	struct scan s = { file->text, 1 };

	c->out.file = file;
	while (c->out.err == 0 && statement(c, &s)) {
		uint32_t line = c->out.line;

		if (is_word(c, 0, "match") || is_word(c, 0, "accept") || is_word(c, 0, "reject")) {
			rule(c, file);
		} else if (is_word(c, 0, "include") && c->n > 1) {
			const struct mtaconf_file *other = mtaconf_find(c->in, c->token[1].text);

			if (other != NULL && mtaconf_open(&c->out, depth)) {
				read_file(c, other, depth + 1);
			} else {
				depends(c, NETS, c->token[1].text);
				depends(c, DOMAINS, c->token[1].text);
			}
		}
		c->out.file = file;
		c->out.line = line;
	}
}

int
mtaconf_opensmtpd(const struct mtaconf_in *in, char room[MTACONF_ROOM], mtaconf_fn *fn, void *ctx)
{
	struct conf c = { .in = in, .out = { .fn = fn, .ctx = ctx } };
	bool any = false;

	(void)room;
	for (size_t i = 0; i < in->n && c.out.err == 0; i++) {
		if (!str_eq(mtaconf_base(in->file[i].name), STR("smtpd.conf")))
			continue;
		any = true;
		read_file(&c, &in->file[i], 0);
		c.out.file = NULL;
		mtaconf_say(&c.out, MTACONF_DOMAIN, STR("localhost"));
	}
	return c.out.err != 0 ? c.out.err : any ? 0 : MTACONF_NONE;
}
