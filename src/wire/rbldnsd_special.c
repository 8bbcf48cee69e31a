/* The $-lines, and what $ means inside a TXT template. */

#include "wire/rbldnsd_body.h"

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"

/* Words ------------------------------------------------------------------ */

/* Cuts the first word off s, and the blanks behind it. */
static struct str
word(struct str *s)
{
	struct str w = { s->p, 0 };

	while (w.n < s->n && !rbldnsd_space(s->p[w.n]))
		w.n++;
	s->p += w.n;
	s->n -= w.n;
	*s = str_trim(*s);
	return w;
}

static bool
read_u32(uint32_t *out, struct str s)
{
	uint64_t v;

	if (str_u64(&v, s, UINT32_MAX) != 0)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* 3600, 60m, 1h, 2d, 1w. */
static bool
read_time(uint32_t *out, struct str s)
{
	static const struct { char unit; uint32_t s; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 },
	};
	uint32_t times = 1;
	uint64_t v;

	for (size_t i = 0; s.n > 0 && i < sizeof(units) / sizeof(units[0]); i++)
		if (ascii_lower(s.p[s.n - 1]) == units[i].unit) {
			times = units[i].s;
			s.n--;
			break;
		}
	if (str_u64(&v, s, UINT32_MAX / times) != 0)
		return false;
	*out = (uint32_t)v * times;
	return true;
}

/* Names here are always whole, with or without the final dot. */
static bool
read_name(struct dns_name *out, struct str s)
{
	return dns_name_read_text(out, s, NULL) == 0;
}

/* yyyy:mm:dd[:hh[:mi[:ss]]] with - or nothing between; 0 and - alone: none. */
static bool
read_stamp(int64_t *out, struct str s)
{
	static const struct { size_t n; const char *after; } parts[] = {
		{ 4, "-" }, { 2, "-" }, { 2, "T" }, { 2, ":" }, { 2, ":" }, { 2, "Z" },
	};
	char text[WALL_TEXT] = "0000-00-00T00:00:00Z";
	size_t at = 0, i = 0;
	struct wall t;

	if (s.n == 1 && (s.p[0] == '0' || s.p[0] == '-')) {
		*out = 0;
		return true;
	}
	for (; s.n > 0 && i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (s.n < parts[i].n)
			return false;
		memcpy(text + at, s.p, parts[i].n);
		at += parts[i].n + 1;
		s.p += parts[i].n;
		s.n -= parts[i].n;
		if (s.n > 0 && (s.p[0] == ':' || s.p[0] == '-')) {
			s.p++;
			s.n--;
		}
	}
	if (s.n > 0 || i < 3 || wall_parse(&t, str_of(text)) != 0)
		return false;
	*out = t.s;
	return true;
}

/* Specials --------------------------------------------------------------- */

static bool
soa(struct rbldnsd_line *out, struct str s)
{
	if (!read_time(&out->ttl_s, word(&s)) || !read_name(&out->mname, word(&s)) ||
	    !read_name(&out->rname, word(&s)) || !read_u32(&out->soa[0], word(&s)))
		return false;
	for (size_t i = 1; i < 5; i++)
		if (!read_time(&out->soa[i], word(&s)))
			return false;
	return s.n == 0;
}

static bool
ns(struct rbldnsd_line *out, struct str s)
{
	bool ok = read_time(&out->ttl_s, word(&s));

	out->rest = s;
	return ok && s.n > 0;
}

static bool
ttl(struct rbldnsd_line *out, struct str s)
{
	return read_time(&out->ttl_s, word(&s)) && s.n == 0;
}

/* The second time may be +rel. */
static bool
timestamp(struct rbldnsd_line *out, struct str s)
{
	uint32_t after;

	out->expires_s = 0;
	if (!read_stamp(&out->stamp_s, word(&s)))
		return false;
	if (s.n == 0)
		return true;
	if (s.p[0] != '+')
		return read_stamp(&out->expires_s, word(&s)) && s.n == 0;
	s.p++;
	s.n--;
	if (out->stamp_s == 0 || !read_time(&after, s) || after == 0)
		return false;
	out->expires_s = out->stamp_s + after;
	return true;
}

static bool
maxrange(struct rbldnsd_line *out, struct str s)
{
	bool bits = s.n > 0 && s.p[0] == '/';
	uint32_t v;

	if (bits) {
		s.p++;
		s.n--;
	}
	if (!read_u32(&v, s) || v == 0 || (bits && v > 32))
		return false;
	out->most = bits ? (uint64_t)1 << (32 - v) : v;
	return true;
}

static bool
dataset(struct rbldnsd_line *out, struct str s)
{
	struct str type = word(&s);

	type = str_cut(&type, ':');	/* ":name" is for rbldnsd's log */
	for (size_t i = 0; i < s.n; i++)
		if (rbldnsd_comment(s.p[i]) && (i == 0 || rbldnsd_space(s.p[i - 1]))) {
			s.n = i;
			break;
		}
	out->rest = str_trim(s);
	return rbldnsd_type_of(&out->type, type) == 0 && out->type != RBLDNSD_COMBINED;
}

static const struct {
	struct str		name;
	enum rbldnsd_kind	kind;
	bool			(*read)(struct rbldnsd_line *out, struct str s);
} specials[] = {
	{ STR("SOA"), RBLDNSD_SOA, soa },
	{ STR("NS"), RBLDNSD_NS, ns },
	{ STR("NAMESERVER"), RBLDNSD_NS, ns },
	{ STR("TTL"), RBLDNSD_TTL, ttl },
	{ STR("TIMESTAMP"), RBLDNSD_TIMESTAMP, timestamp },
	{ STR("MAXRANGE4"), RBLDNSD_MAXRANGE, maxrange },
	{ STR("DATASET"), RBLDNSD_DATASET, dataset },
};

static bool
variable(struct rbldnsd_line *out, struct str name, struct str s)
{
	if (name.n != 1 || s.n == 0 || (name.p[0] != '=' && !ascii_digit(name.p[0])))
		return false;
	out->kind = RBLDNSD_VARIABLE;
	out->variable = name.p[0] == '=' ? RBLDNSD_BASE : (uint8_t)(name.p[0] - '0');
	out->rest = s;
	return true;
}

int
rbldnsd_special(struct rbldnsd_line *out, struct str s, const char **why)
{
	struct str name = word(&s);

	*why = N_("a $-line that is not understood");
	if (variable(out, name, s))
		return 0;
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		if (!str_ieq(name, specials[i].name))
			continue;
		out->kind = specials[i].kind;
		return specials[i].read(out, s) ? 0 : SEK_EPARSE;
	}
	return SEK_EPARSE;
}

int
rbldnsd_ns(struct dns_name *out, struct str *rest)
{
	while (rest->n > 0) {
		struct str name = word(rest);

		if (name.p[0] == '-')
			continue;
		return read_name(out, name) ? 0 : SEK_EPARSE;
	}
	return RBLDNSD_END;
}

int
rbldnsd_type_of(enum rbldnsd_type *out, struct str w)
{
	static const struct { struct str word; enum rbldnsd_type type; } types[] = {
		{ STR("ip4set"), RBLDNSD_IP4SET }, { STR("ip4trie"), RBLDNSD_IP4TRIE },
		{ STR("ip4tset"), RBLDNSD_IP4TSET }, { STR("ip6trie"), RBLDNSD_IP6TRIE },
		{ STR("ip6tset"), RBLDNSD_IP6TSET }, { STR("combined"), RBLDNSD_COMBINED },
		{ STR("dnset"), RBLDNSD_OTHER }, { STR("dnhash"), RBLDNSD_OTHER },
		{ STR("generic"), RBLDNSD_OTHER }, { STR("acl"), RBLDNSD_OTHER },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_eq(w, types[i].word)) {
			*out = types[i].type;
			return 0;
		}
	return SEK_EPARSE;
}

/* Templates -------------------------------------------------------------- */

static void
put(struct wbuf *w, struct str s)
{
	wbuf_bytes(w, s.p, s.n < w->cap - w->len ? s.n : w->cap - w->len);
}

/* What the octets after a $ stand for; *used of them. */
static struct str
meaning(struct str after, size_t *used, struct str entry, struct str addr,
    const struct str vars[RBLDNSD_VARIABLES])
{
	char c = after.n > 0 ? after.p[0] : '\0';

	*used = 1;
	if (c == '$')
		return STR("$");
	if (c == '=')
		return entry;
	if (ascii_digit(c))
		return vars[c - '0'].p != NULL ? vars[c - '0'] :
		    (struct str){ after.p - 1, 2 };
	*used = 0;
	return addr;
}

size_t
rbldnsd_text(char out[RBLDNSD_TEXT], struct str template, struct str addr,
    const struct str vars[RBLDNSD_VARIABLES])
{
	struct wbuf w = wbuf_of(out, RBLDNSD_TEXT);
	struct str entry = template;

	if (template.n > 0 && template.p[0] == '=') {
		template.p++;
		template.n--;
		entry = template;
	} else if (vars[RBLDNSD_BASE].n > 0) {
		entry = template.n > 0 ? template : addr;
		template = vars[RBLDNSD_BASE];
	}
	while (template.n > 0) {
		bool dollar = str_find(template, '$') >= 0;
		size_t used;

		put(&w, str_cut(&template, '$'));
		if (!dollar)
			break;
		put(&w, meaning(template, &used, entry, addr, vars));
		template.p += used;
		template.n -= used;
	}
	return w.len;
}
