/* Values of main.cf.
 *
 * Rules (postconf(5), "DESCRIPTION"):
 *  1. A line that begins with a blank continues the one before; lines that are
 *     empty, or whose first octet that is no blank is #, are nothing, also in
 *     the middle.  There are no remarks behind a value.
 *  2. The last setting of a name holds.
 *  3. $name, ${name}, $(name) are the value of name; ${name?text} is text when
 *     it is set, ${name:text} when it is not; with braces round the texts,
 *     ${name?{text}:{other}}.  Comparisons ${{a}=={b}?...} depend here. */

#include "wire/mtaconf_main.h"

#include <string.h>

enum { EXPANSIONS = 500 };	/* of one value: what values in values may cost */

/* Defaults that matter, of Postfix 3. */
static const struct { const char *name, *value; } defaults[] = {
	{ "mydestination", "$myhostname, localhost.$mydomain, localhost" },
	{ "virtual_alias_domains", "$virtual_alias_maps" },
	{ "virtual_mailbox_domains", "$virtual_mailbox_maps" },
	{ "virtual_alias_maps", "$virtual_maps" },
	{ "parent_domain_matches_subdomains", "relay_domains, smtpd_access_maps" },
	{ "compatibility_level", "0" },
};

int
mtaconf_main_line(struct str *out, uint32_t *line, struct str *rest, uint32_t *at)
{
	struct str one, more, text;

	do {
		if (!mtaconf_line(&one, rest))
			return 0;
		++*at;
		text = str_trim(one);
	} while (text.n == 0 || text.p[0] == '#');
	*out = one;
	*line = *at;
	for (more = *rest; mtaconf_line(&one, &more); *rest = more, ++*at) {
		text = str_trim(one);
		if (one.n > 0 && one.p[0] != ' ' && one.p[0] != '\t' && one.p[0] != '#')
			break;
		if (text.n > 0 && text.p[0] != '#')
			out->n = (size_t)(one.p + one.n - out->p);
	}
	return 1;
}

uint32_t
mtaconf_main_find(const struct mtaconf_main *m, struct str name, struct str *value)
{
	struct str rest = m->file->text, line;
	uint32_t at = 0, first, found = 0;

	*value = STR("");
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (str_eq(name, str_of(defaults[i].name)))
			*value = str_of(defaults[i].value);
	while (mtaconf_main_line(&line, &first, &rest, &at)) {
		struct str key = str_trim(str_cut(&line, '='));

		if (!str_eq(key, name))
			continue;
		*value = line;
		found = first;
	}
	return found;
}

static void
put(struct mtaconf_main *m, const char *p, size_t n)
{
	if (n > MTACONF_ROOM - m->len) {
		m->depends = true;
		return;
	}
	memcpy(m->room + m->len, p, n);
	m->len += n;
}

static bool
is_name(char ch)
{
	return ascii_alnum(ch) || ch == '_';
}

size_t
mtaconf_main_closing(struct str s)
{
	char open = s.p[0], close = open == '(' ? ')' : '}';
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		depth += s.p[i] == open;
		if (s.p[i] == close && --depth == 0)
			return i + 1;
	}
	return 0;
}

static void expand(struct mtaconf_main *m, struct str raw, unsigned depth);

static void expand_name(struct mtaconf_main *m, struct str name, unsigned depth);

/* $mydomain that is not set is $myhostname without its first label. */
static void
expand_mydomain(struct mtaconf_main *m, unsigned depth)
{
	size_t begin = m->len;
	struct str host;

	expand_name(m, STR("myhostname"), depth + 1);
	host = (struct str){ m->room + begin, m->len - begin };
	if (str_find(host, '.') < 0)
		return;
	(void)str_cut(&host, '.');
	memmove(m->room + begin, host.p, host.n);
	m->len = begin + host.n;
}

static void
expand_name(struct mtaconf_main *m, struct str name, unsigned depth)
{
	struct str value;

	if (mtaconf_main_find(m, name, &value) != 0 || value.n > 0 || depth > MTACONF_DEPTH)
		expand(m, value, depth + 1);
	else if (str_eq(name, STR("mydomain")))
		expand_mydomain(m, depth);
	else if (str_eq(name, STR("myhostname")))
		put(m, "\1", 1);	/* no file says it: a name of this host */
}

/* {text}:{other}, or text; *other is "" without. */
static void
branches(struct str *text, struct str *other, struct str s)
{
	size_t n = s.n > 0 && s.p[0] == '{' ? mtaconf_main_closing(s) : 0;

	*other = STR("");
	*text = s;
	if (n == 0)
		return;
	*text = (struct str){ s.p + 1, n - 2 };
	s = str_trim((struct str){ s.p + n, s.n - n });
	if (s.n > 3 && s.p[0] == ':' && s.p[1] == '{' && s.p[s.n - 1] == '}')
		*other = (struct str){ s.p + 2, s.n - 3 };
}

/* What stands between the brackets of ${...}. */
static void
expand_braced(struct mtaconf_main *m, struct str inner, unsigned depth)
{
	struct str name = inner, text, other, value;
	size_t n = 0;
	bool set;

	while (n < inner.n && is_name(inner.p[n]))
		n++;
	name.n = n;
	if (n == inner.n) {
		expand_name(m, name, depth);
		return;
	}
	if (n == 0 || (inner.p[n] != '?' && inner.p[n] != ':')) {
		m->depends = true;
		return;
	}
	(void)mtaconf_main_find(m, name, &value);
	set = str_trim(value).n > 0;
	branches(&text, &other, str_trim((struct str){ inner.p + n + 1, inner.n - n - 1 }));
	expand(m, (inner.p[n] == '?') == set ? text : other, depth + 1);
}

/* $... at the begin of s; returns how many octets it took. */
static size_t
expand_dollar(struct mtaconf_main *m, struct str s, unsigned depth)
{
	struct str after = { s.p + 1, s.n - 1 };
	size_t n = 0;

	if (after.n > 0 && after.p[0] == '$') {
		put(m, "$", 1);
		return 2;
	}
	if (after.n > 0 && (after.p[0] == '{' || after.p[0] == '(')) {
		n = mtaconf_main_closing(after);
		if (n == 0)
			return s.n;
		expand_braced(m, str_trim((struct str){ after.p + 1, n - 2 }), depth);
		return 1 + n;
	}
	while (n < after.n && is_name(after.p[n]))
		n++;
	if (n > 0)
		expand_name(m, (struct str){ after.p, n }, depth);
	return 1 + n;
}

static void
expand_line(struct mtaconf_main *m, struct str line, unsigned depth)
{
	while (line.n > 0) {
		ptrdiff_t dollar = str_find(line, '$');
		size_t n = dollar < 0 ? line.n : (size_t)dollar;

		put(m, line.p, n);
		line.p += n;
		line.n -= n;
		if (line.n == 0)
			return;
		n = expand_dollar(m, line, depth);
		line.p += n;
		line.n -= n;
	}
}

static void
expand(struct mtaconf_main *m, struct str raw, unsigned depth)
{
	struct str line;
	bool first = true;

	if (depth > MTACONF_DEPTH || m->left == 0) {
		m->depends = true;
		return;
	}
	m->left--;
	while (mtaconf_line(&line, &raw)) {
		struct str text = str_trim(line);

		if (!first && (text.n == 0 || text.p[0] == '#'))
			continue;
		if (!first)
			put(m, " ", 1);
		expand_line(m, text, depth);
		first = false;
	}
}

struct str
mtaconf_main_value(struct mtaconf_main *m, struct str raw)
{
	m->len = 0;
	m->left = EXPANSIONS;
	m->depends = false;
	expand(m, raw, 0);
	return str_trim((struct str){ m->room, m->len });
}
