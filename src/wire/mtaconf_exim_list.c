/* Exim's lists.
 *
 * Rules (Exim's specification, chapters 9 and 10):
 *  1. A list has colons between its items, or what stands after "<"; a doubled
 *     separator is one within an item.  !item excepts; +name is a named list;
 *     /file has an item a line; type;query is a lookup, of which the keys count
 *     when its file is text.  @ is this host, @[] its addresses.
 *  2. What has a $ in it is made at run time: it depends. */

#include "wire/mtaconf_exim_list.h"

#include <string.h>

enum { ITEM_OCTETS = 512 };

static void read_list(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str list,
    unsigned depth);

static void
depends(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str on)
{
	mtaconf_say(l->out, what == MTACONF_EXIM_NETS ? MTACONF_NETS_DEPEND : MTACONF_DOMAINS_DEPEND, on);
}

static void
say_domain(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str domain, bool below)
{
	enum mtaconf_kind kind = what == MTACONF_EXIM_DOMAINS ? MTACONF_DOMAIN : MTACONF_RELAY_DOMAIN;

	if (below)
		mtaconf_say_below(l->out, kind, domain);
	else
		mtaconf_say(l->out, kind, domain);
}

/* *, *.example.org, *example.org, example.org */
static void
domain_item(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str item)
{
	if (item.p[0] == '^') {
		depends(l, what, item);
	} else if (item.p[0] != '*') {
		say_domain(l, what, item, false);
	} else if (item.n == 1) {
		mtaconf_say(l->out, MTACONF_DOMAIN_ANY, item);
	} else {
		item = (struct str){ item.p + 1, item.n - 1 };
		if (item.p[0] == '.' && item.n > 1)
			item = (struct str){ item.p + 1, item.n - 1 };
		say_domain(l, what, item, true);
	}
}

static void
host_item(struct mtaconf_exim_list *l, struct str item)
{
	static const struct net any;
	struct net net;

	if (str_eq(item, STR("*")))
		mtaconf_say_net(l->out, &any);
	else if (mtaconf_net(&net, item) >= 0)
		mtaconf_say_net(l->out, &net);
	else
		depends(l, MTACONF_EXIM_NETS, item);		/* a name: the DNS decides */
}

static void
plain_item(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str item)
{
	if (what == MTACONF_EXIM_NETS)
		host_item(l, item);
	else
		domain_item(l, what, item);
}

/* @, @[], @mx_any */
static void
self_item(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str item)
{
	if (str_eq(item, STR("@")) && what == MTACONF_EXIM_NETS)
		return;
	if (str_eq(item, STR("@")) && l->self.n > 0)
		say_domain(l, what, l->self, false);
	else if (str_eq(item, STR("@")) || str_istarts(item, STR("@[")))
		mtaconf_say(l->out, MTACONF_SELF, item);
	else
		depends(l, what, item);		/* whoever publishes an MX (4.37's kin) */
}

static void read_item(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str item,
    unsigned depth);

/* A file of items, one a line; # begins a remark. */
static void
item_file(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str path, unsigned depth)
{
	const struct mtaconf_file *file = mtaconf_find(l->in, path);
	struct mtaconf_out stands = *l->out;
	struct str rest, line;

	if (file == NULL || !mtaconf_open(l->out, depth)) {
		depends(l, what, path);
		return;
	}
	l->out->file = file;
	l->out->line = 0;
	for (rest = file->text; l->out->err == 0 && mtaconf_line(&line, &rest);) {
		l->out->line++;
		line = str_trim(str_cut(&line, '#'));
		if (line.n > 0)
			read_item(l, what, line, depth + 1);
	}
	l->out->file = stands.file;
	l->out->line = stands.line;
}

/* The key of a line of lsearch: in quotes, or up to a colon or blank; an IPv6
 * address has to be in quotes. */
static struct str
lookup_key(struct str line)
{
	struct str key;

	if (line.n > 0 && line.p[0] == '"') {
		line = (struct str){ line.p + 1, line.n - 1 };
		return str_cut(&line, '"');
	}
	(void)mtaconf_word(&key, &line, ": \t");
	return key;
}

static void
lookup_file(struct mtaconf_exim_list *l, enum mtaconf_exim_what what,
    const struct mtaconf_file *file, bool below)
{
	struct mtaconf_out stands = *l->out;
	struct str rest = file->text, line;

	l->out->file = file;
	l->out->line = 0;
	while (l->out->err == 0 && mtaconf_line(&line, &rest)) {
		struct str key;

		l->out->line++;
		if (line.n == 0 || line.p[0] == '#' || line.p[0] == ' ' || line.p[0] == '\t')
			continue;	/* what continues the line before is no key */
		key = lookup_key(line);
		if (key.n > 0 && below && what != MTACONF_EXIM_NETS && key.p[0] != '*')
			say_domain(l, what, key, true);
		else if (key.n > 0)
			plain_item(l, what, key);
	}
	l->out->file = stands.file;
	l->out->line = stands.line;
}

/* Every file in the folder is a domain. */
static bool
lookup_folder(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str path)
{
	bool any = false;

	for (size_t i = 0; i < l->in->n; i++) {
		struct str base = mtaconf_base(l->in->file[i].name);
		struct str folder = { l->in->file[i].name.p, l->in->file[i].name.n - base.n };

		if (folder.n > 1 && str_iends(path, (struct str){ folder.p, folder.n - 1 })) {
			say_domain(l, what, base, false);
			any = true;
		}
	}
	return any;
}

static void
lookup_item(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str item)
{
	static const char *const searched[] = { "lsearch", "wildlsearch", "nwildlsearch", "iplsearch" };
	struct str query = item, type = str_trim(str_cut(&query, ';'));
	const struct mtaconf_file *file;
	bool below = false;

	for (ptrdiff_t dash; (dash = str_find(type, '-')) >= 0;) {	/* partial2-, net24- */
		below |= str_istarts(type, STR("partial"));
		type = (struct str){ type.p + dash + 1, type.n - (size_t)dash - 1 };
	}
	query = str_trim(query);
	if (str_eq(type, STR("dsearch")) && what != MTACONF_EXIM_NETS && lookup_folder(l, what, query))
		return;
	file = mtaconf_find(l->in, query);
	for (size_t i = 0; file != NULL && i < sizeof(searched) / sizeof(searched[0]); i++)
		if (str_istarts(type, str_of(searched[i]))) {
			lookup_file(l, what, file, below);
			return;
		}
	depends(l, what, item);
}

static void
named_item(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str name,
    unsigned depth)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->named[i].name, name) && mtaconf_open(l->out, depth)) {
			read_list(l, what, l->named[i].text, depth + 1);
			return;
		}
	depends(l, what, name);
}

/* A macro that no file defines: Debian's update-exim4.conf puts such in. */
static bool
is_macro(struct str item)
{
	bool line = false;

	for (size_t i = 0; i < item.n; i++) {
		if ((item.p[i] < 'A' || item.p[i] > 'Z') && item.p[i] != '_')
			return false;
		line |= item.p[i] == '_';
	}
	return line;
}

static void
read_item(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str item, unsigned depth)
{
	bool except = item.p[0] == '!';

	if (except)
		item = str_trim((struct str){ item.p + 1, item.n - 1 });
	if (except != l->excepted || item.n == 0)
		return;		/* an exception is said by what it is of */
	if (is_macro(item) || str_istarts(item, STR("DEBCONF"))) {
		if (!l->answered)
			depends(l, what, item);
		return;
	}
	if (str_find(item, '$') >= 0)
		depends(l, what, item);
	else if (item.p[0] == '+' && item.n > 1)
		named_item(l, what, (struct str){ item.p + 1, item.n - 1 }, depth);
	else if (item.p[0] == '@')
		self_item(l, what, item);
	else if (item.p[0] == '/' && str_find(item, ';') < 0)
		item_file(l, what, item, depth);
	else if (str_find(item, ';') >= 0)
		lookup_item(l, what, item);
	else
		plain_item(l, what, item);
}

/* Copies the next item without its doubled separators; braces hold one
 * together.  Returns its octets, past ITEM_OCTETS when it has no room; -1 at
 * the end. */
static ptrdiff_t
next_item(char item[ITEM_OCTETS], struct str *list, char sep)
{
	size_t n = 0, depth = 0, i;

	if (list->n == 0)
		return -1;
	for (i = 0; i < list->n; i++) {
		char ch = list->p[i];

		depth += ch == '{';
		depth -= ch == '}' && depth > 0;
		if (ch == sep && depth == 0) {
			if (i + 1 >= list->n || list->p[i + 1] != sep)
				break;
			i++;
		}
		if (n < ITEM_OCTETS)
			item[n] = ch;
		n++;
	}
	i += i < list->n;
	list->p += i;
	list->n -= i;
	return (ptrdiff_t)n;
}

static void
read_list(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str list,
    unsigned depth)
{
	char octets[ITEM_OCTETS], sep = ':';
	ptrdiff_t n;

	list = str_trim(list);
	if (list.n > 1 && list.p[0] == '<') {
		sep = list.p[1];
		list = (struct str){ list.p + 2, list.n - 2 };
	}
	while (l->out->err == 0 && (n = next_item(octets, &list, sep)) >= 0) {
		struct str item;

		if (n > ITEM_OCTETS) {
			depends(l, what, (struct str){ octets, ITEM_OCTETS });
			continue;
		}
		item = str_trim((struct str){ octets, (size_t)n });
		if (item.n > 0)
			read_item(l, what, item, depth);
	}
}

void
mtaconf_exim_list_keep(struct mtaconf_exim_list *l, struct str name, struct str text)
{
	if (l->n == MTACONF_EXIM_LISTS)
		l->full = true;
	else
		l->named[l->n++] = (struct mtaconf_exim_named){ name, text };
}

void
mtaconf_exim_list_say(struct mtaconf_exim_list *l, enum mtaconf_exim_what what, struct str list)
{
	read_list(l, what, list, 0);
}

void
mtaconf_exim_list_say_excepted(struct mtaconf_exim_list *l, enum mtaconf_exim_what what,
    struct str list)
{
	l->excepted = true;
	read_list(l, what, list, 0);
	l->excepted = false;
}
