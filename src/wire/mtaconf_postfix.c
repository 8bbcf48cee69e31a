/* Postfix: main.cf and master.cf, and the tables beside them.
 *
 * Rules:
 *  1. A list has commas or blanks between its words; {} hold one together; !word
 *     excepts; /file is a list in a file; type:name is a table, of which the
 *     keys count.
 *  2. parent_domain_matches_subdomains has relay_domains by default: what is
 *     below a domain there belongs to it (forensics.md 4.34).
 *  3. Without compatibility_level, or below 2, mynetworks is the machine's own
 *     subnets and relay_domains is $mydestination (4.31). */

#include <string.h>

#include "wire/mtaconf_main.h"

struct conf {
	const struct mtaconf_in		*in;
	const struct mtaconf_file	*master;	/* NULL: none beside it */
	struct mtaconf_main		 main;
	struct mtaconf_out		 out;
};

static const char blanks[] = " \t\r\n", seps[] = ", \t\r\n";

/* Settings that say who may relay. */
static const char *const decide[] = {
	"mynetworks", "mynetworks_style", "relay_domains", "relayhost", "smtpd_relay_restrictions",
	"smtpd_recipient_restrictions", "smtpd_client_restrictions", "smtpd_helo_restrictions",
	"smtpd_sender_restrictions", "smtpd_delay_reject", "smtpd_sasl_auth_enable",
	"smtpd_authorized_xclient_hosts", "smtpd_upstream_proxy_protocol", "local_recipient_maps",
	"compatibility_level",
};

/* From here on, what is said is said there. */
static void
stand(struct conf *c, const struct mtaconf_file *file, uint32_t line)
{
	c->out.file = line == 0 ? NULL : file;
	c->out.line = line;
}

/* The same by name, and what is said now is said where that is set. */
static struct str
value(struct conf *c, const char *name)
{
	struct str raw;

	stand(c, c->main.file, mtaconf_main_find(&c->main, str_of(name), &raw));
	return mtaconf_main_value(&c->main, raw);
}

struct list {
	enum mtaconf_kind	kind;	/* NET, DOMAIN, RELAY_DOMAIN */
	bool			below;	/* rule 2 */
	bool			maps;	/* default of *_domains: only keys that are domains */
};

static void list_read(struct conf *c, const struct list *l, struct str words, unsigned depth);

static void
list_depends(struct conf *c, const struct list *l, struct str what)
{
	mtaconf_say(&c->out, l->kind == MTACONF_NET ? MTACONF_NETS_DEPEND : MTACONF_DOMAINS_DEPEND, what);
}

static void
list_any(struct conf *c, const struct list *l, struct str what)
{
	mtaconf_say(&c->out, l->kind == MTACONF_NET ? MTACONF_NET_ANY : MTACONF_DOMAIN_ANY, what);
}

static void
list_domain(struct conf *c, const struct list *l, struct str word)
{
	if (str_find(word, '@') >= 0 || (l->maps && str_find(word, '.') < 0))
		return;		/* an address, or a user's alias */
	if (memchr(word.p, '\1', word.n) != NULL)
		mtaconf_say(&c->out, MTACONF_SELF, STR("myhostname"));
	else if (word.p[0] == '.' || l->below)
		mtaconf_say_below(&c->out, l->kind, word.p[0] == '.' ?
		    (struct str){ word.p + 1, word.n - 1 } : word);
	else
		mtaconf_say(&c->out, l->kind, word);
}

static void
list_item(struct conf *c, const struct list *l, struct str word)
{
	struct net net;
	int got;

	if (l->kind != MTACONF_NET) {
		list_domain(c, l, word);
		return;
	}
	got = mtaconf_net(&net, word);
	if (got == 0)
		mtaconf_say_net(&c->out, &net);
	else			/* a slip: the server gives up on the list (4.31) */
		list_depends(c, l, word);
}

/* The keys of a table's text: first words of logical lines. */
static void
table_keys(struct conf *c, const struct list *l, const struct mtaconf_file *file)
{
	struct mtaconf_out stands = c->out;
	struct str rest = file->text, line, key;
	uint32_t at = 0;

	c->out.file = file;
	while (c->out.err == 0 && mtaconf_main_line(&line, &c->out.line, &rest, &at))
		if (mtaconf_word(&key, &line, blanks))
			list_item(c, l, key);
	stand(c, stands.file, stands.line);
}

/* inline:{ key = value, { key = text of more words } }: the keys. */
static void
table_inline(struct conf *c, const struct list *l, struct str s)
{
	struct str pair;

	while (mtaconf_word(&pair, &s, ",{}")) {
		pair = str_trim(str_cut(&pair, '='));
		if (pair.n > 0)
			list_item(c, l, pair);
	}
}

static void
table(struct conf *c, const struct list *l, struct str word)
{
	static const char *const indexed[] = { "hash", "btree", "cdb", "lmdb", "dbm", "sdbm", "texthash",
		"cidr" };
	struct str name = word, type = str_cut(&name, ':');
	const struct mtaconf_file *file = mtaconf_find(c->in, name);

	if (str_eq(type, STR("proxy"))) {
		type = str_cut(&name, ':');
		file = mtaconf_find(c->in, name);
	}
	if (str_eq(type, STR("static"))) {
		list_any(c, l, word);
		return;
	}
	if (str_eq(type, STR("inline"))) {
		table_inline(c, l, name);
		return;
	}
	if (str_eq(type, STR("fail")))
		return;
	for (size_t i = 0; file != NULL && i < sizeof(indexed) / sizeof(indexed[0]); i++)
		if (str_eq(type, str_of(indexed[i]))) {
			table_keys(c, l, file);
			return;
		}
	list_depends(c, l, word);
}

/* A list in a file: a line is as in a value. */
static void
list_file(struct conf *c, const struct list *l, struct str path, unsigned depth)
{
	const struct mtaconf_file *file = mtaconf_find(c->in, path);
	struct mtaconf_out stands = c->out;
	struct str rest, line;

	if (file == NULL || !mtaconf_open(&c->out, depth)) {
		list_depends(c, l, path);
		return;
	}
	c->out.file = file;
	c->out.line = 0;
	for (rest = file->text; c->out.err == 0 && mtaconf_line(&line, &rest);) {
		c->out.line++;
		line = str_trim(line);
		if (line.n > 0 && line.p[0] != '#')
			list_read(c, l, line, depth + 1);
	}
	stand(c, stands.file, stands.line);
}

/* A word, or all up to the brace that closes one within it. */
static int
list_word(struct str *word, struct str *rest, const char *between)
{
	size_t n = 0, n_between = strlen(between);

	while (rest->n > 0 && memchr(between, rest->p[0], n_between) != NULL) {
		rest->p++;
		rest->n--;
	}
	while (n < rest->n && memchr(between, rest->p[n], n_between) == NULL) {
		struct str at = { rest->p + n, rest->n - n };
		size_t braces = at.p[0] == '{' ? mtaconf_main_closing(at) : 0;

		n += braces > 0 ? braces : 1;
	}
	*word = (struct str){ rest->p, n };
	rest->p += n;
	rest->n -= n;
	return n > 0;
}

static bool
is_table(struct str word)
{
	size_t n = 0;

	while (n < word.n && (ascii_alnum(word.p[n]) || word.p[n] == '_'))
		n++;
	return n > 0 && n < word.n && word.p[n] == ':' && n + 1 < word.n;
}

static void
list_read(struct conf *c, const struct list *l, struct str words, unsigned depth)
{
	struct str word;

	while (c->out.err == 0 && list_word(&word, &words, seps)) {
		struct net net;

		if (word.p[0] == '!')
			continue;	/* an exception of what another word says */
		if (word.p[0] == '/')
			list_file(c, l, word, depth);
		else if (is_table(word) && !(l->kind == MTACONF_NET && mtaconf_net(&net, word) >= 0))
			table(c, l, word);
		else
			list_item(c, l, word);
	}
}

static bool
names_relay_domains(struct conf *c)
{
	struct str word, words = value(c, "parent_domain_matches_subdomains");

	while (list_word(&word, &words, seps))
		if (str_eq(word, STR("relay_domains")))
			return true;
	return false;
}

static bool
is_set(const struct conf *c, const char *name)
{
	struct str raw;

	return mtaconf_main_find(&c->main, str_of(name), &raw) != 0;
}

static unsigned
compatibility(struct conf *c)
{
	struct str text = value(c, "compatibility_level");
	uint64_t level;

	return str_u64(&level, str_cut(&text, '.'), 1000) == 0 ? (unsigned)level : 0;
}

static void
say_list(struct conf *c, const char *name, struct list l)
{
	struct str words = value(c, name);

	if (c->main.depends)
		list_depends(c, &l, str_of(name));
	list_read(c, &l, words, 0);
}

static void
say_domains(struct conf *c)
{
	bool below = names_relay_domains(c);
	struct list here = { .kind = MTACONF_DOMAIN };
	struct list behind = { .kind = MTACONF_RELAY_DOMAIN, .below = below };
	struct list aliases = { .kind = MTACONF_DOMAIN, .maps = !is_set(c, "virtual_alias_domains") };
	struct list boxes = { .kind = MTACONF_DOMAIN, .maps = !is_set(c, "virtual_mailbox_domains") };

	say_list(c, "mydestination", here);
	say_list(c, "virtual_alias_domains", aliases);
	say_list(c, "virtual_mailbox_domains", boxes);
	if (is_set(c, "relay_domains"))
		say_list(c, "relay_domains", behind);
	else if (below && compatibility(c) < 2)
		say_list(c, "mydestination", behind);
}

static void
say_nets(struct conf *c)
{
	struct str style;

	if (is_set(c, "mynetworks")) {
		say_list(c, "mynetworks", (struct list){ .kind = MTACONF_NET });
		return;
	}
	style = value(c, "mynetworks_style");
	if (style.n > 0 ? str_eq(style, STR("host")) : compatibility(c) >= 2)
		mtaconf_say(&c->out, MTACONF_SELF, STR("mynetworks_style = host"));
	else
		mtaconf_say(&c->out, MTACONF_NETS_DEPEND, STR("mynetworks_style"));
}

static bool
decides(struct str name)
{
	for (size_t i = 0; i < sizeof(decide) / sizeof(decide[0]); i++)
		if (str_eq(name, str_of(decide[i])))
			return true;
	return false;
}

static void
say_settings(struct conf *c)
{
	for (size_t i = 0; i < sizeof(decide) / sizeof(decide[0]); i++)
		if (is_set(c, decide[i]))
			mtaconf_say_set(&c->out, str_of(decide[i]), value(c, decide[i]));
}

/* name=value of a service, or { name = value }. */
static void
override(struct conf *c, struct str pair)
{
	struct list nets = { .kind = MTACONF_NET };
	struct str name, text;

	if (pair.n > 2 && pair.p[0] == '{' && pair.p[pair.n - 1] == '}')
		pair = (struct str){ pair.p + 1, pair.n - 2 };
	name = str_trim(str_cut(&pair, '='));
	if (!decides(name))
		return;
	text = mtaconf_main_value(&c->main, pair);
	mtaconf_say_set(&c->out, name, text);
	if (str_eq(name, STR("mynetworks")))
		list_read(c, &nets, text, 0);
}

/* service type private unpriv chroot wakeup maxproc command args */
static void
service(struct conf *c, struct str line)
{
	struct str word;

	for (unsigned i = 0; i < 8; i++)
		if (!list_word(&word, &line, blanks))
			return;
	while (c->out.err == 0 && list_word(&word, &line, blanks)) {
		if (word.n < 2 || word.p[0] != '-' || word.p[1] != 'o')
			continue;
		if (word.n > 2)
			word = (struct str){ word.p + 2, word.n - 2 };
		else if (!list_word(&word, &line, blanks))
			return;
		override(c, word);
	}
}

static void
say_services(struct conf *c)
{
	struct str rest = c->master->text, line;
	uint32_t at = 0, first;

	while (c->out.err == 0 && mtaconf_main_line(&line, &first, &rest, &at)) {
		stand(c, c->master, first);
		service(c, line);
	}
}

/* master.cf in the folder of main. */
static const struct mtaconf_file *
beside(const struct mtaconf_in *in, struct str main)
{
	size_t folder = main.n - (sizeof("main.cf") - 1);

	for (size_t i = 0; i < in->n; i++) {
		struct str name = in->file[i].name;

		if (name.n == folder + sizeof("master.cf") - 1 && memcmp(name.p, main.p, folder) == 0 &&
		    str_eq((struct str){ name.p + folder, name.n - folder }, STR("master.cf")))
			return &in->file[i];
	}
	return NULL;
}

int
mtaconf_postfix(const struct mtaconf_in *in, char room[MTACONF_ROOM], mtaconf_fn *fn, void *ctx)
{
	struct conf c = { .in = in, .main.room = room, .out = { .fn = fn, .ctx = ctx } };
	bool any = false;

	for (size_t i = 0; i < in->n && c.out.err == 0; i++) {
		if (!str_eq(mtaconf_base(in->file[i].name), STR("main.cf")))
			continue;
		any = true;
		c.main.file = &in->file[i];
		c.master = beside(in, c.main.file->name);
		say_nets(&c);
		say_domains(&c);
		say_settings(&c);
		if (c.master != NULL)
			say_services(&c);
	}
	return c.out.err != 0 ? c.out.err : any ? 0 : MTACONF_NONE;
}
