/* rbldnsd's data files: the files of one import are one data set, as there; a
 * combined one has as many as it has $DATASET lines. */

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/zone_take.h"
#include "wire/rbldnsd.h"

struct state {
	enum rbldnsd_type	type;
	bool			combined;
	unsigned		set;
	bool			any_set;	/* $DATASET was seen */
	uint8_t			a[4];		/* default value */
	uint64_t		most;		/* $MAXRANGE4; 0: none */
	struct rbldnsd_line	line;
};

static void
begin(void *state, const struct zone_reader *r)
{
	struct state *s = state;

	s->type = (enum rbldnsd_type)r->variant;
	s->combined = s->type == RBLDNSD_COMBINED;
	s->most = 0;
	memcpy(s->a, (const uint8_t[]){ 127, 0, 0, 2 }, sizeof(s->a));
}

/* A template may tell the page of an address, and so the URL. */
static void
look_at_text(struct zone_take *t, struct str template)
{
	static const struct str addr = STR("192.0.2.1");
	static const struct str vars[RBLDNSD_VARIABLES];
	char text[RBLDNSD_TEXT];

	if (template.n > 0)
		zone_meta_text(t->meta, (struct str){ text, rbldnsd_text(text,
		    template, addr, vars) }, addr);
}

static int
take_default(struct state *s, struct zone_take *t)
{
	if (s->line.value.has_a)
		memcpy(s->a, s->line.value.a, sizeof(s->a));
	look_at_text(t, s->line.value.text);
	return 0;
}

/* The text of the entry itself. */
static void
look_at_own(const struct state *s, struct zone_take *t, const struct net *net)
{
	const struct rbldnsd_value *v = &s->line.value;
	static const struct str vars[RBLDNSD_VARIABLES];
	char text[RBLDNSD_TEXT], addr[ADDR_TEXT];

	if (s->line.except || !v->has_text || v->text.n == 0)
		return;
	addr_text(addr, &net->addr);
	zone_take_text(t, v->has_a ? v->a[3] : s->a[3], net, (struct str){ text,
	    rbldnsd_text(text, v->text, str_of(addr), vars) });
}

static const uint8_t *
value_of(const struct state *s)
{
	if (s->line.except)
		return NULL;
	return s->line.value.has_a ? s->line.value.a : s->a;
}

/* What is no range of ours has no text of ours either. */
static struct net
net_of(const struct rbldnsd_line *l)
{
	const struct addr a = addr_v4((uint8_t)(l->first >> 24), (uint8_t)(l->first >> 16),
	    (uint8_t)(l->first >> 8), (uint8_t)l->first);

	return (struct net){ a, l->first == l->last ? 128 : SNAPSHOT_RANGE_V4 };
}

static int
take_range4(struct state *s, struct zone_take *t)
{
	const struct rbldnsd_line *l = &s->line;
	struct net net;

	if (s->most != 0 && l->last - l->first >= s->most) {
		t->why = _("a range of more addresses than $MAXRANGE4 says");
		return SEK_EPARSE;
	}
	if (l->value.has_text) {
		net = net_of(l);
		look_at_own(s, t, &net);
	}
	return zone_take_range(t, s->set, value_of(s), l->first, l->last,
	    s->type == RBLDNSD_IP4TRIE ? l->bits : RBLDNSD_DASH);
}

static int
take_range6(struct state *s, struct zone_take *t)
{
	look_at_own(s, t, &s->line.net);
	return zone_take_net(t, s->set, value_of(s), &s->line.net);
}

static int
take_soa(struct state *s, struct zone_take *t)
{
	zone_meta_soa(t->meta, &s->line.rname, s->line.soa, s->line.ttl_s);
	return 0;
}

static int
take_ns(struct state *s, struct zone_take *t)
{
	struct str rest = s->line.rest;
	struct dns_name name;
	int err;

	while ((err = rbldnsd_ns(&name, &rest)) == 0)
		zone_meta_ns(t->meta, &name);
	if (err == RBLDNSD_END)
		return 0;
	t->why = _("a $-line that is not understood");
	return err;
}

static int
take_ttl(struct state *s, struct zone_take *t)
{
	if (t->meta->zone.ttl_s == 0)
		t->meta->zone.ttl_s = s->line.ttl_s;
	return 0;
}

static int
take_stamp(struct state *s, struct zone_take *t)
{
	if (t->meta->head.made_s == 0)
		t->meta->head.made_s = s->line.stamp_s;
	if (t->meta->head.expiry_s == 0)
		t->meta->head.expiry_s = s->line.expires_s;
	return 0;
}

/* As there: a later one may only lower it. */
static int
take_most(struct state *s, struct zone_take *t)
{
	(void)t;
	if (s->most == 0 || s->line.most < s->most)
		s->most = s->line.most;
	return 0;
}

static int
take_dataset(struct state *s, struct zone_take *t)
{
	if (!s->combined) {
		t->why = _("$DATASET stands in combined files alone");
		return SEK_EPARSE;
	}
	if (s->any_set && s->set + 1 == ZONE_SETS) {
		snprintf(t->room, sizeof(t->room), _("more than %d data sets"),
		    (int)ZONE_SETS);
		t->why = t->room;
		return SEK_EPARSE;
	}
	s->set += s->any_set;
	s->any_set = true;
	s->type = s->line.type;
	s->most = 0;
	memcpy(s->a, (const uint8_t[]){ 127, 0, 0, 2 }, sizeof(s->a));
	return 0;
}

static int (*const takes[])(struct state *s, struct zone_take *t) = {
	[RBLDNSD_EMPTY] = NULL,
	[RBLDNSD_RANGE4] = take_range4,
	[RBLDNSD_RANGE6] = take_range6,
	[RBLDNSD_DEFAULT] = take_default,
	[RBLDNSD_SOA] = take_soa,
	[RBLDNSD_NS] = take_ns,
	[RBLDNSD_TTL] = take_ttl,
	[RBLDNSD_TIMESTAMP] = take_stamp,
	[RBLDNSD_MAXRANGE] = take_most,
	[RBLDNSD_VARIABLE] = NULL,	/* texts are not kept */
	[RBLDNSD_DATASET] = take_dataset,
};

static struct str
word(struct str *s)
{
	struct str w;

	*s = str_trim(*s);
	w = str_cut(s, ' ');
	*s = str_trim(*s);
	return w;
}

/* `NAME A ADDRESS' of a generic data set may be a name server's. */
static bool
look_at_host(struct zone_take *t, struct str name, struct str line)
{
	char zone[DNS_NAME_TEXT], full[2 * DNS_NAME_TEXT];
	struct dns_name host;
	struct addr a;
	int n;

	if (t->meta->zone.zone.len == 0 || !str_ieq(word(&line), STR("A")) ||
	    addr_parse(&a, word(&line)) != 0 || name.n >= DNS_NAME_TEXT)
		return false;
	dns_name_text(zone, &t->meta->zone.zone);
	n = snprintf(full, sizeof(full), "%.*s.%s", (int)name.n, name.p, zone);
	if (dns_name_parse(&host, (struct str){ full, (size_t)n }) != 0)
		return false;
	zone_meta_host(t->meta, &host, &a);
	return true;
}

/* A line of a generic data set: `_status TXT "alive ..."' tells the life. */
static void
look_at_other(struct zone_take *t, struct str line)
{
	struct str rest = line, name = word(&rest);

	if (str_ieq(name, STR("_status")) && str_find(rest, '"') >= 0) {
		str_cut(&rest, '"');
		zone_meta_status(t->meta, str_cut(&rest, '"'));
	} else if (!look_at_host(t, name, rest)) {
		t->others++;
	}
}

static int
line(void *state, struct zone_take *t, struct str text)
{
	struct state *s = state;
	int err = rbldnsd_read(&s->line, s->type, text, &t->why);

	if (err != 0) {
		t->why = _(t->why);
		return err;
	}
	if (s->line.kind == RBLDNSD_EMPTY && s->type == RBLDNSD_OTHER && text.n > 0)
		look_at_other(t, text);
	return takes[s->line.kind] == NULL ? 0 : takes[s->line.kind](s, t);
}

#define READER(word, type) { word, sizeof(struct state), begin, line, NULL, type }
const struct zone_reader zone_readers_rbldnsd[6] = {
	READER("ip4set", RBLDNSD_IP4SET), READER("ip4trie", RBLDNSD_IP4TRIE),
	READER("ip4tset", RBLDNSD_IP4TSET), READER("ip6trie", RBLDNSD_IP6TRIE),
	READER("ip6tset", RBLDNSD_IP6TSET), READER("combined", RBLDNSD_COMBINED),
};
