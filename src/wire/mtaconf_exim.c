/* Exim: who may relay and for which domains, by the known lists and by the ACL
 * of RCPT.
 *
 * Rules (Exim's specification, chapters 6 and 43; update-exim4.conf(8)):
 *  1. In the ACL of RCPT, domains that an accept or a require names, or that a
 *     deny excepts, are ours; hosts that an accept names without domains, or
 *     such a deny excepts, may relay.  A login or another condition limits them.
 *  2. An accept without any condition, and nothing before it that asks for
 *     domains, takes mail of everybody for everybody (forensics.md 4.36).
 *  3. Debian: update-exim4.conf.conf fills what DEBCONF stands for, unless
 *     there is an exim4.conf, which replaces all. */

#include <string.h>

#include "wire/mtaconf_exim_list.h"
#include "wire/mtaconf_exim_text.h"


/* What a statement of an ACL asks for. */
struct statement {
	struct str	verb;		/* "": none is open */
	size_t		begin;		/* of room */
	struct str	domains, hosts;	/* their lists; p NULL: not asked for */
	bool		not_domains, not_hosts, login, limited, limits_refusal;
	const struct mtaconf_file *file;
	uint32_t	line;
};

struct conf {
	struct mtaconf_exim_text	 text;
	struct mtaconf_out		 out;
	struct mtaconf_exim_list	 list;
	struct str			 rcpt;		/* acl_smtp_rcpt; "": any */
	bool				 in_acl, in_rcpt, in_other;
	bool				 gated;		/* domains were asked for (rule 2) */
	struct statement		 now;
};

/* Rule 1 of a deny or defer. */
static void
end_refusal(struct conf *c)
{
	const struct statement *s = &c->now;

	if (s->domains.p == NULL || s->limits_refusal || s->limited)
		return;
	if (!s->not_domains && (s->domains.n == 0 || s->domains.p[0] != '!'))
		return;
	c->gated = true;
	if (s->not_domains)
		mtaconf_exim_list_say(&c->list, MTACONF_EXIM_DOMAINS, s->domains);
	else
		mtaconf_exim_list_say_excepted(&c->list, MTACONF_EXIM_DOMAINS, s->domains);
	if (s->hosts.p != NULL && s->not_hosts)
		mtaconf_exim_list_say(&c->list, MTACONF_EXIM_NETS, s->hosts);
}

static void
end_accept(struct conf *c)
{
	static const struct net any;
	const struct statement *s = &c->now;
	bool require = str_eq(s->verb, STR("require"));

	if (s->domains.p != NULL && !s->not_domains) {
		c->gated |= require;
		mtaconf_exim_list_say(&c->list, MTACONF_EXIM_DOMAINS, s->domains);
	} else if (require || s->login) {
		return;
	} else if (s->hosts.p != NULL && !s->not_hosts) {
		mtaconf_exim_list_say(&c->list, MTACONF_EXIM_NETS, s->hosts);
	} else if (!s->limited && s->hosts.p == NULL && !c->gated) {
		mtaconf_say_net(&c->out, &any);
	}
}

/* The statement that is open, is over. */
static void
end(struct conf *c)
{
	struct mtaconf_out stands = c->out;
	struct statement *s = &c->now;

	if (s->verb.n == 0)
		return;
	c->out.file = s->file;
	c->out.line = s->line;
	if (str_eq(s->verb, STR("accept")) || str_eq(s->verb, STR("require")))
		end_accept(c);
	else if (!str_eq(s->verb, STR("warn")) && !str_eq(s->verb, STR("discard")))
		end_refusal(c);
	c->out.file = stands.file;
	c->out.line = stands.line;
	c->text.len = s->begin;
	*s = (struct statement){ .verb = { "", 0 } };
}

/* What is no limit of whom an accept lets through: it changes or notes
 * something, or (second) asks what is true of every address that can be routed
 * or of every client that is in no list.  A refusal is limited by these. */
static const struct { const char *name; bool asks; } no_limit[] = {
	{ "message", false }, { "log_message", false }, { "control", false }, { "set", false },
	{ "logwrite", false }, { "add_header", false }, { "remove_header", false }, { "delay", false },
	{ "endpass", false }, { "queue", false }, { "log_reject_target", false }, { "continue", false },
	{ "verify", true }, { "!verify", true }, { "ratelimit", true }, { "!ratelimit", true },
	{ "!dnslists", true }, { "!acl", true },
};

static void
condition(struct conf *c, struct str line)
{
	struct statement *s = &c->now;
	struct str value = line, name = str_trim(str_cut(&value, '=')), word;

	(void)mtaconf_word(&word, &name, " \t");
	value = str_trim(value);
	if (str_eq(word, STR("domains")) || str_eq(word, STR("!domains"))) {
		s->domains = value;
		s->not_domains = word.p[0] == '!';
	} else if (str_eq(word, STR("hosts")) || str_eq(word, STR("!hosts"))) {
		s->hosts = value;
		s->not_hosts = word.p[0] == '!';
	} else if (str_eq(word, STR("authenticated")) || str_eq(word, STR("!authenticated"))) {
		s->login = word.p[0] != '!';
	} else {
		for (size_t i = 0; i < sizeof(no_limit) / sizeof(no_limit[0]); i++)
			if (str_eq(word, str_of(no_limit[i].name))) {
				s->limits_refusal |= no_limit[i].asks;
				return;
			}
		s->limited = true;
	}
}

static bool
is_verb(struct str word)
{
	static const char *const verbs[] = { "accept", "deny", "require", "drop", "defer", "warn",
		"discard" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (str_eq(word, str_of(verbs[i])))
			return true;
	return false;
}

/* A line within "begin acl": a name with a colon, a verb, or a condition. */
static void
acl_line(struct conf *c, struct str line, size_t begin)
{
	struct str rest = line, word = { "", 0 };

	if (line.n > 1 && line.p[line.n - 1] == ':' && str_find(line, '=') < 0) {
		end(c);
		c->text.len = begin < c->text.len ? begin : c->text.len;
		line.n--;
		c->in_rcpt = c->rcpt.n == 0 || str_eq(str_trim(line), c->rcpt);
		c->gated = false;
		return;
	}
	if (!c->in_rcpt) {
		c->text.len = begin;
		return;
	}
	(void)mtaconf_word(&word, &rest, " \t");
	if (is_verb(word)) {
		size_t n = c->text.len - begin;

		end(c);		/* gives room back up to its own begin: this line moves down */
		memmove(c->text.room + c->text.len, word.p, n);
		rest.p = c->text.room + c->text.len + (rest.p - word.p);
		word.p = c->text.room + c->text.len;
		c->now = (struct statement){ .verb = word, .begin = c->text.len, .file = c->out.file,
			.line = c->out.line };
		c->text.len += n;
		line = str_trim(rest);
	}
	if (line.n > 0)
		condition(c, line);
}

/* What main options matter beside lists. */
static const char *const options[] = { "acl_smtp_rcpt", "primary_hostname", "qualify_domain",
	"local_interfaces", "hosts_proxy", "host_lookup" };

/* Exim 3 had its lists as options. */
static const struct { const char *name; enum mtaconf_exim_what what; } lists[] = {
	{ "local_domains", MTACONF_EXIM_DOMAINS },
	{ "relay_to_domains", MTACONF_EXIM_RELAY_DOMAINS },
	{ "relay_domains", MTACONF_EXIM_RELAY_DOMAINS },
	{ "virtual_domains", MTACONF_EXIM_DOMAINS },
	{ "relay_from_hosts", MTACONF_EXIM_NETS },
	{ "host_accept_relay", MTACONF_EXIM_NETS },
};

/* A list is kept in room, under its name, and told when it is a known one. */
static void
keep_list(struct conf *c, struct str name, struct str value)
{
	mtaconf_exim_list_keep(&c->list, name, value);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (str_eq(name, str_of(lists[i].name)))
			mtaconf_exim_list_say(&c->list, lists[i].what, value);
}

static void
option(struct conf *c, struct str name, struct str value, size_t begin)
{
	if (str_eq(name, STR("primary_hostname")))
		c->list.self = value;
	else if (str_eq(name, STR("acl_smtp_rcpt")))
		c->rcpt = str_find(value, '$') >= 0 ? STR("") : value;
	else
		c->text.len = begin;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (str_eq(name, str_of(options[i])))
			mtaconf_say_set(&c->out, name, value);
}

/* A line of the main section. */
static void
main_line(struct conf *c, struct str line, size_t begin)
{
	struct str value = line, left = str_trim(str_cut(&value, '=')), word = { "", 0 };
	bool named;

	(void)mtaconf_word(&word, &left, " \t");
	named = str_eq(word, STR("domainlist")) || str_eq(word, STR("hostlist"));
	if (named) {
		(void)mtaconf_word(&word, &left, " \t");
		if (str_eq(word, STR("_cache")) || str_eq(word, STR("hide")))
			(void)mtaconf_word(&word, &left, " \t");
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		named |= str_eq(word, str_of(lists[i].name));
	if (named)
		keep_list(c, word, str_trim(value));
	else
		option(c, word, str_trim(value), begin);
}

static void
told_line(void *ctx, struct str line)
{
	struct conf *c = ctx;
	size_t begin = (size_t)(line.p - c->text.room);
	struct str rest = line, word = { "", 0 };

	(void)mtaconf_word(&word, &rest, " \t");
	if (str_eq(word, STR("begin"))) {
		end(c);
		c->in_acl = str_eq(str_trim(rest), STR("acl"));
		c->in_other = !c->in_acl;
		c->in_rcpt = false;
		return;
	}
	if (c->in_acl)
		acl_line(c, line, begin);
	else if (c->in_other)
		c->text.len = begin;
	else
		main_line(c, line, begin);
}

/* The value of a line of shell: name='value'; *line is where. */
static bool
shell_value(const struct mtaconf_file *file, const char *name, struct str *value, uint32_t *line)
{
	struct str rest = file->text, one;
	bool found = false;

	for (uint32_t at = 1; mtaconf_line(&one, &rest); at++) {
		struct str text = one, key = str_trim(str_cut(&text, '='));

		if (!str_eq(key, str_of(name)))
			continue;
		text = str_trim(text);
		if (text.n >= 2 && (text.p[0] == '\'' || text.p[0] == '"'))
			text = (struct str){ text.p + 1, text.n - 2 };
		*value = text;
		*line = at;
		found = true;
	}
	return found;
}

/* Rule 3: semicolons or colons between the words. */
static void
debian_list(struct conf *c, const struct mtaconf_file *file, const char *name,
    enum mtaconf_exim_what what)
{
	struct str value, item;

	c->out.file = file;
	if (!shell_value(file, name, &value, &c->out.line))
		return;
	while (c->out.err == 0 && mtaconf_word(&item, &value, "; \t")) {
		struct net net;

		if (what == MTACONF_EXIM_NETS && mtaconf_net(&net, item) >= 0)
			mtaconf_say_net(&c->out, &net);
		else
			mtaconf_exim_list_say(&c->list, what, item);
	}
}

static void
debian(struct conf *c, const struct mtaconf_file *file)
{
	debian_list(c, file, "dc_other_hostnames", MTACONF_EXIM_DOMAINS);
	debian_list(c, file, "dc_relay_domains", MTACONF_EXIM_RELAY_DOMAINS);
	debian_list(c, file, "dc_relay_nets", MTACONF_EXIM_NETS);
	c->out.file = NULL;
	mtaconf_say(&c->out, MTACONF_SELF, STR("@"));
	mtaconf_say(&c->out, MTACONF_DOMAIN, STR("localhost"));
}

/* Every file below the folder, in order. */
static bool
read_folder(struct conf *c, struct str folder)
{
	bool any = false;

	for (size_t i = 0; i < c->text.in->n; i++) {
		const struct mtaconf_file *file = &c->text.in->file[i];

		if (file->name.n > folder.n && str_istarts(file->name, folder)) {
			mtaconf_exim_text_read(&c->text, file);
			any = true;
		}
	}
	return any;
}

static const struct mtaconf_file *
named(const struct mtaconf_in *in, const char *name)
{
	for (size_t i = 0; i < in->n; i++)
		if (str_eq(mtaconf_base(in->file[i].name), str_of(name)))
			return &in->file[i];
	return NULL;
}

/* What there is of Debian's: its answers, local macros, and the split files or
 * the one. */
static bool
read_debian(struct conf *c)
{
	const struct mtaconf_in *in = c->text.in;
	const struct mtaconf_file *answers = named(in, "update-exim4.conf.conf");
	const struct mtaconf_file *macros = named(in, "exim4.conf.localmacros");
	const struct mtaconf_file *template = named(in, "exim4.conf.template");
	struct str split = { "", 0 };
	uint32_t line;
	bool any = answers != NULL;

	c->list.answered = answers != NULL;
	if (answers != NULL) {
		debian(c, answers);
		(void)shell_value(answers, "dc_use_split_config", &split, &line);
	}
	if (macros != NULL)
		mtaconf_exim_text_read(&c->text, macros);
	if (template != NULL && !str_eq(split, STR("true"))) {
		mtaconf_exim_text_read(&c->text, template);
		return true;
	}
	any |= read_folder(c, STR("conf.d/main/"));
	return read_folder(c, STR("conf.d/acl/")) || any;
}

int
mtaconf_exim(const struct mtaconf_in *in, char room[MTACONF_ROOM], mtaconf_fn *fn, void *ctx)
{
	static const char *const whole[] = { "exim4.conf", "exim.conf", "configure",
		"config.autogenerated" };
	struct conf c = { .out = { .fn = fn, .ctx = ctx }, .now.verb = { "", 0 } };
	bool any = false;

	c.text.in = in;
	c.text.room = room;
	c.text.out = &c.out;
	c.text.line = told_line;
	c.text.ctx = &c;
	c.list.in = in;
	c.list.out = &c.out;
	for (size_t i = 0; !any && i < sizeof(whole) / sizeof(whole[0]); i++) {
		const struct mtaconf_file *file = named(in, whole[i]);

		any = file != NULL;
		if (any)
			mtaconf_exim_text_read(&c.text, file);
	}
	if (!any)
		any = read_debian(&c);
	end(&c);
	c.out.file = NULL;
	if (c.text.full || c.list.full) {
		mtaconf_say(&c.out, MTACONF_NETS_DEPEND, STR("..."));
		mtaconf_say(&c.out, MTACONF_DOMAINS_DEPEND, STR("..."));
	}
	return c.out.err != 0 ? c.out.err : any ? 0 : MTACONF_NONE;
}
