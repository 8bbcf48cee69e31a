/* Sendmail: the .mc and .cf, and the files that they name.
 *
 * Rules (cf/README, "RELAYING", "VIRTUAL DOMAINS"; the Operation Guide, 5.3 to
 * 5.9):
 *  1. A .mc is m4: NAME(`text', ...), dnl to the end of the line is nothing, so
 *     is # .  A line of a .cf is a letter and what follows: C and F fill a
 *     class, D a macro, K names a map.
 *  2. Class w is ours.  Class R and what access says RELAY of may relay and be
 *     relayed to, with what is below (unless relay_hosts_only); a name is one
 *     by the client's PTR, so the DNS decides of the clients.
 *  3. Connect: is of clients alone, To: of recipients alone.
 *  4. promiscuous_relay lets everybody; relay_entire_domain whoever the DNS
 *     says is in our domain; relay_based_on_MX takes what names us as its MX
 *     (forensics.md 4.37).  relay_local_from and relay_mail_from believe the
 *     sender: they open, and make nobody ours.
 *  5. A domain of virtusertable is ours.  One of mailertable is, only where no
 *     file says whom we relay to: it may also be a route to others. */

#include <string.h>

#include "wire/mtaconf_body.h"

enum { ARGS = 4 };

struct conf {
	const struct mtaconf_in	*in;
	struct mtaconf_out	 out;
	bool			 hosts_only;	/* relay_hosts_only */
	bool			 says_relay;	/* a file of class R or access is there */
};

static const char blanks[] = " \t\r\n";

/* A word of class R or of access: a network, or a name (rule 2). */
static void
relay_word(struct conf *c, struct str word, bool client, bool recipient)
{
	struct net net;

	if (mtaconf_net(&net, word) >= 0) {
		if (client)
			mtaconf_say_net(&c->out, &net);
		return;
	}
	if (str_find(word, '@') >= 0)
		return;		/* one person */
	if (client)
		mtaconf_say(&c->out, MTACONF_NETS_DEPEND, word);
	if (word.p[0] == '.' && word.n > 1)
		word = (struct str){ word.p + 1, word.n - 1 };
	if (recipient && c->hosts_only)
		mtaconf_say(&c->out, MTACONF_RELAY_DOMAIN, word);
	else if (recipient)
		mtaconf_say_below(&c->out, MTACONF_RELAY_DOMAIN, word);
}

static void
own_word(struct conf *c, struct str word)
{
	struct net net;

	if (word.p[0] == '[' || mtaconf_net(&net, word) >= 0)
		mtaconf_say(&c->out, MTACONF_SELF, word);
	else if (word.p[0] == '.' && word.n > 1)
		mtaconf_say_below(&c->out, MTACONF_DOMAIN, (struct str){ word.p + 1, word.n - 1 });
	else
		mtaconf_say(&c->out, MTACONF_DOMAIN, word);
}

enum class { CLASS_OWN, CLASS_RELAY };

static void
class_word(struct conf *c, enum class class, struct str word)
{
	if (word.p[0] == '$' || str_find(word, '@') >= 0)
		mtaconf_say(&c->out, MTACONF_SELF, word);
	else if (class == CLASS_OWN)
		own_word(c, word);
	else
		relay_word(c, word, true, true);
}

static void
class_words(struct conf *c, enum class class, struct str words)
{
	struct str word;

	while (c->out.err == 0 && mtaconf_word(&word, &words, blanks))
		class_word(c, class, word);
}

/* A file of a class: the first word of each line. */
static void
class_file(struct conf *c, enum class class, const struct mtaconf_file *file)
{
	struct mtaconf_out stands = c->out;
	struct str rest = file->text, line, word;

	c->out.file = file;
	c->out.line = 0;
	while (c->out.err == 0 && mtaconf_line(&line, &rest)) {
		c->out.line++;
		line = str_trim(str_cut(&line, '#'));
		if (mtaconf_word(&word, &line, blanks))
			class_word(c, class, word);
	}
	c->out.file = stands.file;
	c->out.line = stands.line;
}

static void
class_depends(struct conf *c, enum class class, struct str on)
{
	mtaconf_say(&c->out, MTACONF_DOMAINS_DEPEND, on);
	if (class == CLASS_RELAY)
		mtaconf_say(&c->out, MTACONF_NETS_DEPEND, on);
}

/* "-o /etc/mail/x", "/etc/mail/x %[^\#]", "@ldap:..." ; with -o it may be absent. */
static void
class_path(struct conf *c, enum class class, struct str path)
{
	bool optional = str_istarts(path, STR("-o"));
	const struct mtaconf_file *file;
	struct str word = { "", 0 };

	if (optional)
		path = (struct str){ path.p + 2, path.n - 2 };
	(void)mtaconf_word(&word, &path, blanks);
	file = word.n > 0 && word.p[0] == '/' ? mtaconf_find(c->in, word) : NULL;
	if (file != NULL)
		class_file(c, class, file);
	else if (!optional)
		class_depends(c, class, word);
}

/* One line of access.  Only RELAY matters. */
static void
access_line(struct conf *c, struct str line)
{
	struct str key, value = { "", 0 };
	bool connect, to;

	if (!mtaconf_word(&key, &line, blanks) || !mtaconf_word(&value, &line, blanks) ||
	    !str_ieq(value, STR("RELAY")))
		return;
	connect = str_istarts(key, STR("connect:"));
	to = str_istarts(key, STR("to:"));
	if (str_istarts(key, STR("from:"))) {
		mtaconf_say_set(&c->out, key, value);
		return;
	}
	if (connect || to)
		(void)str_cut(&key, ':');
	if (key.n > 0)
		relay_word(c, key, !to, !connect);
	else if (connect)
		mtaconf_say(&c->out, MTACONF_NET_ANY, value);
	else
		mtaconf_say(&c->out, MTACONF_DOMAIN_ANY, value);
}

/* "@example.org", "user@example.org", "@.example.org" */
static void
virtual_line(struct conf *c, struct str line)
{
	struct str key;
	ptrdiff_t at;

	if (!mtaconf_word(&key, &line, blanks))
		return;
	at = str_find(key, '@');
	key = (struct str){ key.p + at + 1, key.n - (size_t)(at + 1) };
	if (at >= 0 && key.n > 0)
		own_word(c, key);
}

static void
mailer_line(struct conf *c, struct str line)
{
	struct str key, value;

	if (!mtaconf_word(&key, &line, blanks) || !mtaconf_word(&value, &line, blanks) ||
	    str_istarts(value, STR("error:")) || str_eq(key, STR(".")))
		return;
	relay_word(c, key, false, true);
}

/* The tables, with the name of their file. */
static const struct table {
	const char	*name, *map;
	void		(*line)(struct conf *, struct str);
	bool		nets;		/* its absence leaves networks open too */
} tables[] = {
	{ "access", "hash /etc/mail/access", access_line, true },
	{ "virtusertable", "hash /etc/mail/virtusertable", virtual_line, false },
	{ "mailertable", "hash /etc/mail/mailertable", mailer_line, false },
};

static void
table_file(struct conf *c, const struct table *t, const struct mtaconf_file *file)
{
	struct mtaconf_out stands = c->out;
	struct str rest = file->text, line;

	c->out.file = file;
	c->out.line = 0;
	while (c->out.err == 0 && mtaconf_line(&line, &rest)) {
		c->out.line++;
		if (line.n > 0 && line.p[0] != '#')
			t->line(c, line);
	}
	c->out.file = stands.file;
	c->out.line = stands.line;
}

/* A map as K and FEATURE name it: "hash -T<TMPF> -o /etc/mail/access.db".  The
 * table itself is read once, by its name (mtaconf_sendmail); with -o it may be
 * absent. */
static void
map_path(struct conf *c, const struct table *t, struct str map)
{
	bool ldap = str_istarts(map, STR("ldap"));
	struct str word;

	while (mtaconf_word(&word, &map, blanks) && !ldap) {
		if (str_iends(word, STR(".db")))
			word.n -= 3;
		if (str_eq(word, STR("-o")) || (word.p[0] == '/' && mtaconf_find(c->in, word) != NULL))
			return;
	}
	class_depends(c, t->nets ? CLASS_RELAY : CLASS_OWN, str_of(t->name));
}

static const struct table *
table_of(struct str name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (str_eq(name, str_of(tables[i].name)) ||
		    (str_eq(name, STR("virtuser")) && tables[i].line == virtual_line))
			return &tables[i];
	return NULL;
}

static bool
class_of(enum class *class, struct str name)
{
	bool own = str_eq(name, STR("w")) || str_eq(name, STR("VirtHost"));

	*class = own ? CLASS_OWN : CLASS_RELAY;
	return own || str_eq(name, STR("R"));
}

/* "w" or "{VirtHost}" off the begin of line. */
static struct str
class_name(struct str *line)
{
	struct str name = { line->p, line->n > 0 };

	if (line->n > 0 && line->p[0] == '{') {
		*line = (struct str){ line->p + 1, line->n - 1 };
		return str_cut(line, '}');
	}
	*line = (struct str){ line->p + name.n, line->n - name.n };
	return name;
}

/* A line of a .cf. */
static void
cf_line(struct conf *c, struct str line)
{
	char command = line.p[0];
	struct str name, rest = { line.p + 1, line.n - 1 };
	enum class class;

	switch (command) {
	case 'C':
	case 'F':
		name = class_name(&rest);
		if (!class_of(&class, name))
			break;
		if (command == 'C')
			class_words(c, class, rest);
		else
			class_path(c, class, str_trim(rest));
		break;
	case 'D':
		name = class_name(&rest);
		if (str_eq(name, STR("j")) && rest.n > 0 && str_find(rest, '$') < 0)
			mtaconf_say(&c->out, MTACONF_DOMAIN, str_trim(rest));
		break;
	case 'K':
		if (mtaconf_word(&name, &rest, blanks) && table_of(name) != NULL)
			map_path(c, table_of(name), str_trim(rest));
		break;
	default:
		break;
	}
}

static void
read_cf(struct conf *c, const struct mtaconf_file *file)
{
	struct str rest = file->text, line;

	c->out.file = file;
	c->out.line = 0;
	while (c->out.err == 0 && mtaconf_line(&line, &rest)) {
		c->out.line++;
		if (line.n > 0)
			cf_line(c, line);
	}
}

/* FEATURE(`name') that decides (rule 4). */
static const struct { const char *name; enum mtaconf_kind kind; } features[] = {
	{ "promiscuous_relay", MTACONF_NET_ANY },
	{ "relay_entire_domain", MTACONF_NETS_DEPEND },
	{ "relay_based_on_MX", MTACONF_DOMAINS_DEPEND },
	{ "relay_local_from", MTACONF_SETTING },
	{ "relay_mail_from", MTACONF_SETTING },
	{ "relay_hosts_only", MTACONF_SETTING },
	{ "loose_relay_check", MTACONF_SETTING },
	{ "delay_checks", MTACONF_SETTING },
};

static void
feature(struct conf *c, const struct str arg[ARGS])
{
	const struct table *t = table_of(arg[0]);

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (!str_eq(arg[0], str_of(features[i].name)))
			continue;
		mtaconf_say_set(&c->out, arg[0], arg[1]);
		if (features[i].kind != MTACONF_SETTING)
			mtaconf_say(&c->out, features[i].kind, arg[0]);
	}
	c->hosts_only |= str_eq(arg[0], STR("relay_hosts_only"));
	if (str_eq(arg[0], STR("access_db")))
		t = &tables[0];
	if (t != NULL)
		map_path(c, t, arg[1].n > 0 ? arg[1] : str_of(t->map));
}

/* Macros that name domains, or a file of them. */
static const struct { const char *name; enum class class; bool file; } fills[] = {
	{ "LOCAL_DOMAIN", CLASS_OWN, false },
	{ "VIRTUSER_DOMAIN", CLASS_OWN, false },
	{ "VIRTUSER_DOMAIN_FILE", CLASS_OWN, true },
	{ "RELAY_DOMAIN", CLASS_RELAY, false },
	{ "RELAY_DOMAIN_FILE", CLASS_RELAY, true },
};

static void
macro(struct conf *c, struct str name, const struct str arg[ARGS])
{
	if (str_eq(name, STR("FEATURE")))
		feature(c, arg);
	if (str_eq(name, STR("define")) && str_eq(arg[0], STR("confDOMAIN_NAME")) && arg[1].n > 0 &&
	    str_find(arg[1], '$') < 0)
		mtaconf_say(&c->out, MTACONF_DOMAIN, arg[1]);
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		if (!str_eq(name, str_of(fills[i].name)))
			continue;
		if (fills[i].file)
			class_path(c, fills[i].class, arg[0]);
		else
			class_words(c, fills[i].class, arg[0]);
	}
}

struct scan {
	struct str	rest;
	uint32_t	line;
};

static void
skip(struct scan *s, size_t n)
{
	for (; n > 0 && s->rest.n > 0; n--) {
		s->line += s->rest.p[0] == '\n';
		s->rest = (struct str){ s->rest.p + 1, s->rest.n - 1 };
	}
}

/* Octets of the `text' at the begin, both quotes counted. */
static size_t
quoted(struct str s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		depth += s.p[i] == '`';
		depth -= s.p[i] == '\'' && depth > 0;
		if (depth == 0)
			return i + 1;
	}
	return s.n;
}

static struct str
trim_lines(struct str s)
{
	while (s.n > 0 && memchr(blanks, s.p[0], sizeof(blanks) - 1) != NULL)
		s = (struct str){ s.p + 1, s.n - 1 };
	while (s.n > 0 && memchr(blanks, s.p[s.n - 1], sizeof(blanks) - 1) != NULL)
		s.n--;
	return s;
}

static struct str
unquote(struct str s)
{
	s = trim_lines(s);
	if (s.n >= 2 && s.p[0] == '`' && s.p[s.n - 1] == '\'')
		s = trim_lines((struct str){ s.p + 1, s.n - 2 });
	return s;
}

/* What stands between the brackets, of which the first is cut off already. */
static void
arguments(struct scan *s, struct str arg[ARGS])
{
	size_t n = 0, depth = 1;
	struct str now = { s->rest.p, 0 };

	while (s->rest.n > 0 && depth > 0) {
		char ch = s->rest.p[0];
		size_t took = ch == '`' ? quoted(s->rest) : 1;

		depth += ch == '(';
		depth -= ch == ')';
		if (depth == 0 || (ch == ',' && depth == 1)) {
			if (n < ARGS)
				arg[n++] = unquote(now);
			skip(s, 1);
			now = (struct str){ s->rest.p, 0 };
			continue;
		}
		skip(s, took);
		now.n += took;
	}
}

static size_t
word_len(struct str s)
{
	size_t n = 0;

	while (n < s.n && (ascii_alnum(s.p[n]) || s.p[n] == '_'))
		n++;
	return n;
}

/* Up to the end of the line. */
static void
skip_line(struct scan *s)
{
	ptrdiff_t end = str_find(s->rest, '\n');

	skip(s, end < 0 ? s->rest.n : (size_t)end + 1);
}

/* One thing of a .mc. */
static void
mc_step(struct conf *c, struct scan *s)
{
	struct str arg[ARGS] = { { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 } };
	struct str name = { s->rest.p, word_len(s->rest) };

	if (s->rest.p[0] == '#' || str_eq(name, STR("dnl"))) {
		skip_line(s);
		return;
	}
	if (name.n == 0) {
		skip(s, s->rest.p[0] == '`' ? quoted(s->rest) : 1);
		return;
	}
	c->out.line = s->line;
	skip(s, name.n);
	if (s->rest.n == 0 || s->rest.p[0] != '(')
		return;
	skip(s, 1);
	arguments(s, arg);
	macro(c, name, arg);
}

/* Lines of the .cf within a .mc stand after LOCAL_CONFIG. */
static void
read_mc(struct conf *c, const struct mtaconf_file *file)
{
	struct scan s = { file->text, 1 };
	bool begins = true;

	c->out.file = file;
	while (c->out.err == 0 && s.rest.n > 0) {
		if (begins && s.rest.n > 2 && (s.rest.p[0] == 'C' || s.rest.p[0] == 'F') &&
		    (s.rest.p[1] == 'w' || s.rest.p[1] == 'R' || s.rest.p[1] == '{')) {
			struct str line = s.rest;

			c->out.line = s.line;
			cf_line(c, str_trim(str_cut(&line, '\n')));
			skip_line(&s);
			continue;
		}
		begins = s.rest.p[0] == '\n' || s.rest.p[0] == '#' || str_istarts(s.rest, STR("dnl"));
		mc_step(c, &s);
	}
}

static const struct mtaconf_file *
named(const struct mtaconf_in *in, const char *name)
{
	for (size_t i = 0; i < in->n; i++)
		if (str_eq(mtaconf_base(in->file[i].name), str_of(name)))
			return &in->file[i];
	return NULL;
}

/* The files that have one name everywhere. */
static void
read_known(struct conf *c)
{
	const struct mtaconf_file *own = named(c->in, "local-host-names");
	const struct mtaconf_file *relay = named(c->in, "relay-domains");

	if (own != NULL)
		class_file(c, CLASS_OWN, own);
	if (relay != NULL)
		class_file(c, CLASS_RELAY, relay);
	c->says_relay = relay != NULL || named(c->in, "access") != NULL;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct mtaconf_file *file = named(c->in, tables[i].name);

		if (file != NULL && (tables[i].line != mailer_line || !c->says_relay))
			table_file(c, &tables[i], file);
	}
}

int
mtaconf_sendmail(const struct mtaconf_in *in, char room[MTACONF_ROOM], mtaconf_fn *fn, void *ctx)
{
	struct conf c = { .in = in, .out = { .fn = fn, .ctx = ctx } };
	const struct mtaconf_file *mc = named(in, "sendmail.mc"), *cf = named(in, "sendmail.cf");

	(void)room;
	if (mc == NULL && cf == NULL && named(in, "local-host-names") == NULL)
		return MTACONF_NONE;
	if (mc != NULL)
		read_mc(&c, mc);
	if (cf != NULL)
		read_cf(&c, cf);
	c.out.file = NULL;
	mtaconf_say(&c.out, MTACONF_SELF, STR("class w"));
	read_known(&c);
	return c.out.err;
}
