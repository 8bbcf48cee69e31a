#include "tool/doctor_facts.h"

#include <stdio.h>

#include "fact/special_use.h"
#include "tool/json.h"
#include "tool/target.h"

#define F(f) offsetof(struct facts, f)

static const struct { const char *key; size_t at; } texts[] = {
	{ "conf", F(conf) }, { "zone", F(zone) }, { "url", F(url) },
	{ "helo", F(helo) }, { "resolver", F(resolver) },
	{ "operator", F(operator) }, { "contact", F(contact) },
	{ "state", F(state) }, { "domain", F(domain[0]) },
	{ "domain2", F(domain[1]) },
};

static const struct { const char *key; size_t at; } addrs[] = {
	{ "from", F(from[0]) }, { "from6", F(from[1]) }, { "canary", F(canary) },
};

static const struct { const char *key; size_t at; } numbers[] = {
	{ "free", F(free) }, { "inodes", F(inodes) }, { "files", F(files) },
	{ "sessions", F(sessions) }, { "budget", F(budget) }, { "held", F(held) },
	{ "serial", F(serial) }, { "now", F(now) }, { "last", F(last) },
	{ "control_wait_s", F(control_wait_s) },
};

static void *
field(struct facts *f, size_t at)
{
	return (char *)f + at;
}

static int
read_texts(struct facts *f, const json_t *o)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *s = json_string_value(json_object_get(o, texts[i].key));

		if (s == NULL)
			return SEK_EPARSE;
		*(const char **)field(f, texts[i].at) = s;
	}
	return 0;
}

static int
read_addrs(struct facts *f, const json_t *o)
{
	for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		const char *s = json_string_value(json_object_get(o, addrs[i].key));
		struct addr *a = field(f, addrs[i].at);

		*a = addr_none;
		if (s == NULL || (s[0] != '\0' && addr_parse(a, str_of(s)) != 0))
			return SEK_EPARSE;
	}
	return 0;
}

static int
read_numbers(struct facts *f, const json_t *o)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const json_t *v = json_object_get(o, numbers[i].key);

		if (!json_is_integer(v))
			return SEK_EPARSE;
		*(int64_t *)field(f, numbers[i].at) = (int64_t)json_integer_value(v);
	}
	return 0;
}

static int
read_listens(struct conf_listen out[CONF_LISTENS], size_t *n, const json_t *list)
{
	const json_t *v;
	size_t i;

	*n = 0;
	json_array_foreach(list, i, v) {
		const char *s = json_string_value(v), *why;
		struct target t;

		if (*n == CONF_LISTENS || s == NULL || target_read(&t, s, &why) != 0 ||
		    !t.is_addr)
			return SEK_EPARSE;
		out[(*n)++] = (struct conf_listen){ t.addr, t.port };
	}
	return json_is_array(list) ? 0 : SEK_EPARSE;
}

static int
read_lab(struct facts *f, const json_t *list)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
		if (f->n_lab == CONF_NETS || net_parse(&f->lab[f->n_lab++],
		    str_of(json_string_value(v))) != 0)
			return SEK_EPARSE;
	return json_is_array(list) ? 0 : SEK_EPARSE;
}

static int
read_ns(struct facts *f, const json_t *o)
{
	struct str rest = str_of(json_string_value(json_object_get(o, "ns")));

	while (rest.n > 0 && f->n_ns < FACTS_NS) {
		struct str one = str_cut(&rest, ' ');

		if (one.n > 0)
			f->ns[f->n_ns++] = one;
	}
	return f->n_ns > 0 ? 0 : SEK_EPARSE;
}

int
doctor_facts_read(struct facts *f, const json_t *o)
{
	*f = (struct facts){ 0 };
	if (read_texts(f, o) != 0 || read_addrs(f, o) != 0 || read_numbers(f, o) != 0 ||
	    read_ns(f, o) != 0 || read_lab(f, json_object_get(o, "lab")) != 0 ||
	    read_listens(f->dns, &f->n_dns, json_object_get(o, "dns")) != 0 ||
	    read_listens(f->smtp, &f->n_smtp, json_object_get(o, "smtp")) != 0 ||
	    read_listens(f->web, &f->n_web, json_object_get(o, "web")) != 0)
		return SEK_EPARSE;
	return 0;
}

bool
doctor_facts_reach(const struct facts *f, const struct addr *own, size_t n_own,
    const struct addr *to)
{
	const char *why;

	for (size_t i = 0; i < n_own; i++)
		if (addr_eq(&own[i], to))
			return true;
	for (size_t i = 0; i < f->n_lab; i++)
		if (net_has(&f->lab[i], to))
			return true;
	return f->n_lab == 0 && !special_use(to, NULL, 0, &why);
}

void
doctor_facts_listen(char out[FACTS_LISTEN], const struct conf_listen *l)
{
	char text[ADDR_TEXT];

	addr_text(text, &l->addr);
	snprintf(out, FACTS_LISTEN, addr_is_v4(&l->addr) ? "%s:%u" : "[%s]:%u", text,
	    (unsigned)l->port);
}
