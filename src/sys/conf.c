#include "sys/conf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/suggest.h"

/* Units by type, the largest first. */
struct unit {
	char		letter;
	int64_t		is;
};
static const struct unit times[] = {
	{ 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
	{ 0, 0 },
};
static const struct unit octets[] = {
	{ 'g', 1 << 30 }, { 'm', 1 << 20 }, { 'k', 1 << 10 }, { 0, 0 },
};
static const struct unit plain[] = { { 0, 0 } };

enum { NUMBER_TEXT = 24, LISTEN_TEXT = ADDR_TEXT + 10, SHOWN = 80 };

static int say(struct conf_why *why, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Fills why; returns SEK_EPARSE for the caller to return. */
static int
say(struct conf_why *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return SEK_EPARSE;
}

static void *
field(const struct conf *c, const struct conf_key *k)
{
	return (char *)(uintptr_t)c + k->offset;
}

static size_t *
count(const struct conf *c, const struct conf_key *k)
{
	return (size_t *)(void *)((char *)(uintptr_t)c + k->count);
}

const struct conf_key *
conf_key(struct str name)
{
	for (size_t i = 0; i < conf_n_keys; i++)
		if (str_eq(name, str_of(conf_keys[i].name)))
			return &conf_keys[i];
	return NULL;
}

static const struct unit *
units(enum conf_type t)
{
	return t == CONF_SECONDS ? times : t == CONF_OCTETS ? octets : plain;
}

/* "90d": the largest unit without a rest, except weeks, which people do not
 * count in. */
static void
number_text(char out[NUMBER_TEXT], const struct conf_key *k, int64_t v)
{
	for (const struct unit *u = units(k->type); u->letter != 0; u++)
		if (u->letter != 'w' && u->letter != 's' && v != 0 &&
		    v % u->is == 0) {
			snprintf(out, NUMBER_TEXT, "%" PRId64 "%c", v / u->is,
			    u->letter);
			return;
		}
	snprintf(out, NUMBER_TEXT, "%" PRId64 "%s", v,
	    k->type == CONF_SECONDS ? "s" : "");
}

static int
set_number(const struct conf_key *k, void *at, struct str v,
    struct conf_why *why)
{
	static const char *const what[] = {
		[CONF_COUNT] = "a number",
		[CONF_SECONDS] = "a time (digits and s, m, h, d or w)",
		[CONF_OCTETS] = "a size (digits and k, m or g)",
	};
	char min[NUMBER_TEXT], max[NUMBER_TEXT], shown[SHOWN];
	struct str digits = v;
	uint64_t n;
	int64_t is = 1;
	int rc;

	number_text(min, k, k->min);
	number_text(max, k, k->max);
	str_clean(shown, sizeof(shown), v);
	for (const struct unit *u = units(k->type); u->letter != 0; u++)
		if (v.n > 0 && ascii_lower(v.p[v.n - 1]) == u->letter) {
			digits.n = v.n - 1;
			is = u->is;
		}
	rc = str_u64(&n, digits, UINT32_MAX);
	if (rc == SEK_EPARSE)
		return say(why, "%s: \"%s\" is not %s within %s..%s", k->name,
		    shown, what[k->type], min, max);
	if (rc != 0 || (int64_t)n * is < k->min || (int64_t)n * is > k->max)
		return say(why, "%s: %s is not within %s..%s", k->name, shown,
		    min, max);
	*(uint32_t *)at = (uint32_t)((int64_t)n * is);
	return 0;
}

static int
set_bool(const struct conf_key *k, void *at, struct str v, struct conf_why *why)
{
	static const struct { const char *word; bool is; } words[] = {
		{ "true", true }, { "yes", true }, { "on", true },
		{ "false", false }, { "no", false }, { "off", false },
	};
	char shown[SHOWN];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_ieq(v, str_of(words[i].word))) {
			*(bool *)at = words[i].is;
			return 0;
		}
	str_clean(shown, sizeof(shown), v);
	return say(why, "%s: \"%s\" is not true or false", k->name, shown);
}

static int
set_text(const struct conf_key *k, void *at, struct str v, struct conf_why *why)
{
	char *copy, **text = at;

	if (v.n > (size_t)k->max)
		return say(why, "%s: %zu octets are more than %" PRId64,
		    k->name, v.n, k->max);
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < 0x20 || v.p[i] == 0x7f)
			return say(why, "%s: octet %zu is a control character",
			    k->name, i + 1);
	copy = malloc(v.n + 1);
	if (copy == NULL)
		return SEK_ENOMEM;
	if (v.n > 0)
		memcpy(copy, v.p, v.n);
	copy[v.n] = '\0';
	free(*text);
	*text = copy;
	return 0;
}

static int
set_addr(const struct conf_key *k, void *at, struct str v, struct conf_why *why)
{
	char shown[SHOWN];

	if (v.n == 0) {
		*(struct addr *)at = addr_none;
		return 0;
	}
	if (addr_parse(at, v) == 0)
		return 0;
	str_clean(shown, sizeof(shown), v);
	return say(why, "%s: \"%s\" is not an address, as 192.0.2.1 or 2001:db8::1",
	    k->name, shown);
}

/* 192.0.2.1:53 or [2001:db8::1]:53; port 0 lets the kernel choose. */
static int
listen_parse(struct conf_listen *out, struct str s)
{
	struct str host, port;
	uint64_t n;
	ptrdiff_t colon;

	if (s.n > 0 && s.p[0] == '[') {
		port = (struct str){ s.p + 1, s.n - 1 };
		host = str_cut(&port, ']');
		if (port.n == 0 || port.p[0] != ':' || str_find(host, ':') < 0)
			return SEK_EPARSE;
		port = (struct str){ port.p + 1, port.n - 1 };
	} else {
		colon = str_find(s, ':');
		if (colon < 0)
			return SEK_EPARSE;
		port = s;
		host = str_cut(&port, ':');
	}
	if (addr_parse(&out->addr, host) != 0 || str_u64(&n, port, 65535) != 0)
		return SEK_EPARSE;
	out->port = (uint16_t)n;
	return 0;
}

static void
listen_text(char out[LISTEN_TEXT], const struct conf_listen *l)
{
	char text[ADDR_TEXT];

	addr_text(text, &l->addr);
	snprintf(out, LISTEN_TEXT, addr_is_v4(&l->addr) ? "%s:%u" : "[%s]:%u",
	    text, l->port);
}

static int
set_item(struct conf *c, const struct conf_key *k, struct str v,
    struct conf_why *why)
{
	size_t *n = count(c, k);
	char shown[SHOWN];
	int rc;

	str_clean(shown, sizeof(shown), v);
	if (*n == (size_t)k->max) {
		say(why, "%s: \"%s\" is one more than %" PRId64, k->name, shown,
		    k->max);
		return SEK_ELIMIT;
	}
	if (k->type == CONF_LISTEN) {
		rc = listen_parse((struct conf_listen *)field(c, k) + *n, v);
		if (rc != 0)
			return say(why, "%s: \"%s\" is not ADDRESS:PORT, as "
			    "192.0.2.1:53 or [2001:db8::1]:53", k->name, shown);
	} else {
		rc = net_parse((struct net *)field(c, k) + *n, v);
		if (rc != 0)
			return say(why, "%s: \"%s\" is not ADDRESS or "
			    "ADDRESS/LENGTH with all host bits zero", k->name,
			    shown);
	}
	(*n)++;
	return 0;
}

static int
set_value(struct conf *c, const struct conf_key *k, struct str v,
    struct conf_why *why)
{
	switch (k->type) {
	case CONF_TEXT:
		return set_text(k, field(c, k), v, why);
	case CONF_COUNT:
	case CONF_SECONDS:
	case CONF_OCTETS:
		return set_number(k, field(c, k), v, why);
	case CONF_BOOL:
		return set_bool(k, field(c, k), v, why);
	case CONF_ADDR:
		return set_addr(k, field(c, k), v, why);
	case CONF_LISTEN:
	case CONF_NET:
		break;
	}
	if (!c->given[k - conf_keys] || v.n == 0)
		*count(c, k) = 0;
	return v.n == 0 ? 0 : set_item(c, k, v, why);
}

static int
no_such_key(struct str name, struct conf_why *why)
{
	const char *names[CONF_KEYS_MAX], *near;
	char shown[SHOWN];

	for (size_t i = 0; i < conf_n_keys; i++)
		names[i] = conf_keys[i].name;
	near = suggest(name, names, conf_n_keys);
	str_clean(shown, sizeof(shown), name);
	return say(why, near != NULL ? "%s: no such key; did you mean %s?" :
	    "%s: no such key", shown, near);
}

int
conf_set(struct conf *c, const char *name, struct str value,
    struct conf_why *why)
{
	const struct conf_key *k = conf_key(str_of(name));
	const char *allowed;
	char shown[SHOWN];
	int rc;

	if (k == NULL)
		return no_such_key(str_of(name), why);
	value = str_trim(value);
	allowed = k->check == NULL || (k->count != 0 && value.n == 0) ? NULL :
	    k->check(value);
	if (allowed != NULL) {
		str_clean(shown, sizeof(shown), value);
		return k->secret ? say(why, "%s: is not %s", k->name, allowed) :
		    say(why, "%s: \"%s\" is not %s", k->name, shown, allowed);
	}
	rc = set_value(c, k, value, why);
	if (rc == 0)
		c->given[k - conf_keys] = true;
	return rc;
}

/* Where state is kept without root. */
static int
default_state(struct conf *c)
{
	const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const struct conf_key *k = conf_key(STR("state.dir"));
	char path[200];
	struct conf_why why;
	int n = -1;

	if (geteuid() == 0)
		return 0;
	if (base != NULL && base[0] == '/')
		n = snprintf(path, sizeof(path), "%s/sekimori", base);
	else if (home != NULL && home[0] == '/')
		n = snprintf(path, sizeof(path), "%s/.local/state/sekimori", home);
	if (n < 0 || (size_t)n >= sizeof(path))
		return 0;
	return set_text(k, field(c, k), str_of(path), &why) == SEK_ENOMEM ?
	    SEK_ENOMEM : 0;
}

static int
set_default(struct conf *c, const struct conf_key *k)
{
	struct str def = str_of(k->def);
	struct conf_why why;
	int rc = 0;

	if (k->count == 0)
		return set_value(c, k, def, &why);
	while (rc == 0 && def.n > 0)
		rc = set_item(c, k, str_cut(&def, ' '), &why);
	return rc;
}

int
conf_default(struct conf **out)
{
	struct conf *c = calloc(1, sizeof(*c));
	int rc = c == NULL ? SEK_ENOMEM : 0;

	for (size_t i = 0; rc == 0 && i < conf_n_keys; i++)
		rc = set_default(c, &conf_keys[i]);
	if (rc == 0)
		rc = default_state(c);
	if (rc != 0) {
		conf_free(c);
		return rc;
	}
	*out = c;
	return 0;
}

enum { VALUE_TEXT = 1100 };	/* the longest text of one value */

/* The value of k, or its item i, as text. */
static void
value_text(char out[VALUE_TEXT], const struct conf *c,
    const struct conf_key *k, size_t i)
{
	const void *at = field(c, k);

	out[0] = '\0';
	switch (k->type) {
	case CONF_TEXT:
		snprintf(out, VALUE_TEXT, "%s", *(char *const *)at);
		break;
	case CONF_COUNT:
	case CONF_SECONDS:
	case CONF_OCTETS:
		number_text(out, k, *(const uint32_t *)at);
		break;
	case CONF_BOOL:
		snprintf(out, VALUE_TEXT, *(const bool *)at ? "true" : "false");
		break;
	case CONF_ADDR:
		if (!addr_is_none(at))
			addr_text(out, at);
		break;
	case CONF_LISTEN:
		listen_text(out, (const struct conf_listen *)at + i);
		break;
	case CONF_NET:
		net_text(out, (const struct net *)at + i);
		break;
	}
}

int
conf_to_text(struct wbuf *out, const struct conf *c)
{
	char text[VALUE_TEXT];

	for (size_t i = 0; i < conf_n_keys; i++) {
		const struct conf_key *k = &conf_keys[i];
		size_t n = k->count == 0 ? 1 : *count(c, k);

		if (n == 0)
			wbuf_printf(out, "%s \n", k->name);
		for (size_t j = 0; j < n; j++) {
			value_text(text, c, k, j);
			wbuf_str(out, k->name);
			wbuf_str(out, " ");
			wbuf_str(out, text);
			wbuf_str(out, "\n");
		}
	}
	return out->err;
}

static int
text_line(struct conf *c, struct str line, struct conf_why *why)
{
	struct str name = str_cut(&line, ' ');
	char text[64];

	if (str_find(name, '\0') >= 0 || str_copy(text, sizeof(text), name) != 0)
		return no_such_key(name, why);
	return conf_set(c, text, line, why);
}

int
conf_from_text(struct conf **out, struct str text, struct conf_why *why)
{
	struct conf *c;
	int rc;

	why->text[0] = '\0';
	rc = conf_default(&c);
	if (rc != 0)
		return rc;
	while (rc == 0 && text.n > 0)
		rc = text_line(c, str_cut(&text, '\n'), why);
	if (rc != 0) {
		conf_free(c);
		return rc;
	}
	*out = c;
	return 0;
}

/* Octets that libconfuse reads differently inside double quotes. */
static void
print_quoted(FILE *out, const char *s)
{
	putc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\' || *s == '$')
			putc('\\', out);
		putc(*s, out);
	}
	putc('"', out);
}

static void
print_value(FILE *out, const struct conf *c, const struct conf_key *k)
{
	char text[VALUE_TEXT];

	if (k->count == 0) {
		value_text(text, c, k, 0);
		print_quoted(out, text);
		return;
	}
	fputs("{", out);
	for (size_t i = 0; i < *count(c, k); i++) {
		value_text(text, c, k, i);
		fputs(i > 0 ? ", " : "", out);
		print_quoted(out, text);
	}
	fputs("}", out);
}

/* Length of the part of a key's name before the dot. */
static size_t
section(const struct conf_key *k)
{
	return (size_t)(strchr(k->name, '.') - k->name);
}

static bool
same_section(const struct conf_key *a, const struct conf_key *b)
{
	return section(a) == section(b) &&
	    memcmp(a->name, b->name, section(a)) == 0;
}

static void
print_head(FILE *out, size_t i)
{
	const struct conf_key *k = &conf_keys[i];

	if (i > 0 && same_section(k, k - 1))
		return;
	fprintf(out, "%s%.*s {\n", i > 0 ? "}\n\n" : "", (int)section(k),
	    k->name);
}

/* What is printed goes into tickets and logs. */
static void
print_key(FILE *out, const struct conf *c, const struct conf_key *k)
{
	const char *name = k->name + section(k) + 1;

	if (k->secret && **(char *const *)field(c, k) != '\0') {
		fprintf(out, "\t# %s is set; its value is not shown\n", name);
		return;
	}
	fprintf(out, "\t%s = ", name);
	print_value(out, c, k);
	putc('\n', out);
}

void
conf_print(FILE *out, const struct conf *c)
{
	for (size_t i = 0; i < conf_n_keys; i++) {
		print_head(out, i);
		print_key(out, c, &conf_keys[i]);
	}
	fputs("}\n", out);
}

static void
print_range(FILE *out, const struct conf_key *k)
{
	char min[NUMBER_TEXT], max[NUMBER_TEXT];

	if (k->type != CONF_COUNT && k->type != CONF_SECONDS &&
	    k->type != CONF_OCTETS)
		return;
	number_text(min, k, k->min);
	number_text(max, k, k->max);
	fprintf(out, " (%s..%s)", min, max);
}

static void
print_default(FILE *out, const struct conf_key *k)
{
	struct str def = str_of(k->def);

	if (k->count == 0) {
		print_quoted(out, k->def);
		return;
	}
	putc('{', out);
	while (def.n > 0) {
		struct str item = str_cut(&def, ' ');

		fprintf(out, "\"%.*s\"%s", (int)item.n, item.p,
		    def.n > 0 ? ", " : "");
	}
	putc('}', out);
}

void
conf_sample(FILE *out)
{
	fputs("# Configuration of sekimorid(8); see sekimori.conf(5).  Made by\n"
	    "# `sekimorid --sample`: every key with its default, commented out.\n"
	    "# Check a file with `sekimorid -n -c FILE`.\n\n", out);
	for (size_t i = 0; i < conf_n_keys; i++) {
		const struct conf_key *k = &conf_keys[i];

		print_head(out, i);
		fprintf(out, "\t# %s", k->help);
		print_range(out, k);
		fprintf(out, "\n\t#%s = ", k->name + section(k) + 1);
		print_default(out, k);
		putc('\n', out);
	}
	fputs("}\n", out);
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < conf_n_keys; i++)
		if (conf_keys[i].type == CONF_TEXT)
			free(*(char **)field(c, &conf_keys[i]));
	free(c);
}
