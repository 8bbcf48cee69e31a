#include "account/own.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/arena.h"

enum {
	OWN_MOST = 65536,	/* more nets or domains than a provider has in one file */
	DOMAIN_MAX = 255,	/* RFC 1035 3.1 */
	ARENA_MAX = OWN_MOST * (DOMAIN_MAX + 1) + 65536,
	NET_LENS = 129,
	FEW_NETS = 16,		/* so many are looked at one by one sooner than found by hash */
};

/* Open addressing; entries are elsewhere, in order of arrival.  at 0: free. */
struct slot {
	uint32_t	hash, at;	/* at: 1 + index of the entry */
};

struct table {
	struct slot	*slot;
	size_t		 n_slots;	/* a power of two, at least twice n; 0 while empty */
	size_t		 n;
};

struct own_net {
	struct net		net;
	enum account_own_how	how;
};

/* An address is in the net when (it ^ net) & mask is nothing. */
struct bits {
	uint64_t	net[2], mask[2];	/* octets as they stand */
};

struct own_domain {
	struct str		name;	/* lower case, in the arena; a dot first: all below too */
	enum account_own_how	how;
};

/* What was said of all nets, or of all domains. */
struct whole {
	bool	by_option, by_config, in_part;
};

struct account_own {
	struct table		 nets, domains;
	struct own_net		*net;
	struct own_domain	*domain;
	size_t			 net_cap, domain_cap;
	struct bits		 few[FEW_NETS];	/* the first of the nets */
	uint8_t			 len[NET_LENS];	/* the lengths that occur */
	size_t			 n_lens;
	bool			 any_below;	/* a domain with a dot first */
	struct whole		 whole_nets, whole_domains;
	struct arena		*arena;
	struct str		*show[2];	/* of account_own_show */
	struct arena		*shown;		/* texts of nets */
};

struct account_own *
account_own_new(void)
{
	struct account_own *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->arena = arena_new(ARENA_MAX);
	o->shown = arena_new(OWN_MOST * NET_TEXT * 2);
	if (o->arena != NULL && o->shown != NULL)
		return o;
	account_own_free(o);
	return NULL;
}

void
account_own_free(struct account_own *o)
{
	if (o == NULL)
		return;
	arena_free(o->arena);
	arena_free(o->shown);
	free(o->nets.slot);
	free(o->domains.slot);
	free(o->net);
	free(o->domain);
	free(o->show[0]);
	free(o->show[1]);
	free(o);
}

static uint32_t
net_hash(const struct net *n)
{
	uint8_t key[17];

	memcpy(key, n->addr.o, 16);
	key[16] = n->len;
	return (uint32_t)XXH3_64bits(key, sizeof(key));
}

static uint32_t
name_hash(struct str name)
{
	return (uint32_t)XXH3_64bits(name.p, name.n);
}

/* The slot where hash may stand next, from *i on; its at is 0 past the last. */
static struct slot *
table_next(const struct table *t, uint32_t hash, size_t *i)
{
	struct slot *s;

	do {
		s = &t->slot[*i & (t->n_slots - 1)];
		(*i)++;
	} while (s->at != 0 && s->hash != hash);
	return s;
}

static void
table_put(struct table *t, uint32_t hash, uint32_t at)
{
	size_t i = hash;

	while (t->slot[i & (t->n_slots - 1)].at != 0)
		i++;
	t->slot[i & (t->n_slots - 1)] = (struct slot){ hash, at };
}

/* Room for one entry more.  Returns 0, SEK_ENOMEM, SEK_ELIMIT. */
static int
table_room(struct table *t)
{
	struct table bigger = { .n_slots = t->n_slots == 0 ? 64 : 2 * t->n_slots, .n = t->n };

	if (t->n >= OWN_MOST)
		return SEK_ELIMIT;
	if (2 * (t->n + 1) <= t->n_slots)
		return 0;
	bigger.slot = calloc(bigger.n_slots, sizeof(*bigger.slot));
	if (bigger.slot == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < t->n_slots; i++)
		if (t->slot[i].at != 0)
			table_put(&bigger, t->slot[i].hash, t->slot[i].at);
	free(t->slot);
	*t = bigger;
	return 0;
}

/* Room for one more in an array of n; returns the array or NULL. */
static void *
array_room(void *array, size_t *cap, size_t n, size_t size)
{
	size_t more = *cap == 0 ? 16 : 2 * *cap;
	void *p;

	if (n < *cap)
		return array;
	p = realloc(array, more * size);
	if (p != NULL)
		*cap = more;
	return p;
}

static struct own_net *
net_find(const struct account_own *o, const struct net *n)
{
	uint32_t hash = net_hash(n);
	size_t i = hash;
	struct slot *s;

	if (o->nets.n_slots == 0)
		return NULL;
	while ((s = table_next(&o->nets, hash, &i))->at != 0) {
		struct own_net *at = &o->net[s->at - 1];

		if (at->net.len == n->len && addr_eq(&at->net.addr, &n->addr))
			return at;
	}
	return NULL;
}

/* name in lower case. */
static struct own_domain *
domain_find(const struct account_own *o, struct str name)
{
	uint32_t hash = name_hash(name);
	size_t i = hash;
	struct slot *s;

	if (o->domains.n_slots == 0)
		return NULL;
	while ((s = table_next(&o->domains, hash, &i))->at != 0)
		if (str_eq(o->domain[s->at - 1].name, name))
			return &o->domain[s->at - 1];
	return NULL;
}

static void
better(enum account_own_how *is, enum account_own_how how)
{
	if (how < *is)
		*is = how;
}

static void
say_whole(struct whole *w, enum account_own_how how)
{
	w->by_option |= how == ACCOUNT_OWN_BY_OPTION;
	w->by_config |= how == ACCOUNT_OWN_BY_CONFIG;
}

static struct bits
net_bits(const struct net *n)
{
	static const struct addr ones = { { 255, 255, 255, 255, 255, 255, 255, 255,
	    255, 255, 255, 255, 255, 255, 255, 255 } };
	struct addr mask = addr_mask(&ones, n->len);
	struct bits b;

	memcpy(b.net, n->addr.o, sizeof(b.net));
	memcpy(b.mask, mask.o, sizeof(b.mask));
	return b;
}

static int
net_append(struct account_own *o, const struct net *n, enum account_own_how how)
{
	int err = table_room(&o->nets);
	struct own_net *net;

	if (err != 0)
		return err;
	net = array_room(o->net, &o->net_cap, o->nets.n, sizeof(*net));
	if (net == NULL)
		return SEK_ENOMEM;
	o->net = net;
	if (o->nets.n < FEW_NETS)
		o->few[o->nets.n] = net_bits(n);
	net[o->nets.n++] = (struct own_net){ *n, how };
	table_put(&o->nets, net_hash(n), (uint32_t)o->nets.n);
	if (memchr(o->len, n->len, o->n_lens) == NULL)
		o->len[o->n_lens++] = n->len;
	return 0;
}

int
account_own_add_net(struct account_own *o, const struct net *n, enum account_own_how how)
{
	struct own_net *known = net_find(o, n);
	int err = 0;

	if (known != NULL)
		better(&known->how, how);
	else
		err = net_append(o, n, how);
	if (err == 0)
		say_whole(&o->whole_nets, how);
	return err;
}

/* Lower case and without the dot at the end; n 0: no domain. */
static struct str
domain_key(char key[DOMAIN_MAX], struct str domain)
{
	if (domain.n > 0 && domain.p[domain.n - 1] == '.')
		domain.n--;
	if (domain.n > DOMAIN_MAX)
		return (struct str){ key, 0 };
	for (size_t i = 0; i < domain.n; i++)
		key[i] = ascii_lower(domain.p[i]);
	return (struct str){ key, domain.n };
}

static int
domain_append(struct account_own *o, struct str name, enum account_own_how how)
{
	int err = table_room(&o->domains);
	struct own_domain *domain;
	struct str copy;

	if (err != 0)
		return err;
	domain = array_room(o->domain, &o->domain_cap, o->domains.n, sizeof(*domain));
	if (domain == NULL)
		return SEK_ENOMEM;
	o->domain = domain;
	copy = arena_str(o->arena, name);
	if (copy.p == NULL)
		return SEK_ENOMEM;
	domain[o->domains.n++] = (struct own_domain){ copy, how };
	table_put(&o->domains, name_hash(copy), (uint32_t)o->domains.n);
	o->any_below |= copy.p[0] == '.';
	return 0;
}

int
account_own_add_domain(struct account_own *o, struct str domain, enum account_own_how how)
{
	char key[DOMAIN_MAX];
	struct str name = domain_key(key, domain);
	struct own_domain *known = domain_find(o, name);
	int err = 0;

	if (name.n == 0)
		return 0;
	if (known != NULL)
		better(&known->how, how);
	else
		err = domain_append(o, name, how);
	if (err == 0)
		say_whole(&o->whole_domains, how);
	return err;
}

static bool
is_loopback(const struct addr *a)
{
	static const struct addr one = { { [15] = 1 } };

	return (addr_is_v4(a) && a->o[12] == 127) || addr_eq(a, &one);
}

static bool
in_few(const struct account_own *o, const struct addr *a)
{
	uint64_t is[2];

	memcpy(is, a->o, sizeof(is));
	for (size_t i = 0; i < o->nets.n; i++) {
		const struct bits *b = &o->few[i];

		if ((((is[0] ^ b->net[0]) & b->mask[0]) |
		    ((is[1] ^ b->net[1]) & b->mask[1])) == 0)
			return true;
	}
	return false;
}

bool
account_own_has_addr(const struct account_own *o, const struct addr *a)
{
	if (is_loopback(a))
		return true;
	if (o->nets.n <= FEW_NETS)
		return in_few(o, a);
	for (size_t i = 0; i < o->n_lens; i++) {
		struct net n = { addr_mask(a, o->len[i]), o->len[i] };

		if (net_find(o, &n) != NULL)
			return true;
	}
	return false;
}

/* The address of "[192.0.2.25]" or "[IPv6:2001:db8::25]", in lower case. */
static bool
literal_read(struct addr *out, struct str name)
{
	struct str inner;

	if (name.n < 3 || name.p[0] != '[' || name.p[name.n - 1] != ']')
		return false;
	inner = (struct str){ name.p + 1, name.n - 2 };
	if (str_istarts(inner, STR("ipv6:")))
		inner = (struct str){ inner.p + 5, inner.n - 5 };
	return addr_parse(out, inner) == 0;
}

/* Is name, or what it is below, there with a dot first?  dotted has room for
 * the dot before the name. */
static bool
is_below(const struct account_own *o, const char *dotted, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str name = { dotted + i, n - i };

		if (dotted[i] == '.' && domain_find(o, name) != NULL)
			return true;
	}
	return false;
}

bool
account_own_has_domain(const struct account_own *o, struct str domain)
{
	char dotted[1 + DOMAIN_MAX];
	struct str name = domain_key(dotted + 1, domain);
	struct addr a;

	if (name.n == 0)
		return domain.n == 0;
	if (domain_find(o, name) != NULL)
		return true;
	dotted[0] = '.';
	if (o->any_below && is_below(o, dotted, name.n + 1))
		return true;
	return literal_read(&a, name) && account_own_has_addr(o, &a);
}

static void
read_whole(struct whole *w, bool whole)
{
	w->by_config = true;
	w->in_part |= !whole;
}

void
account_own_read_nets(struct account_own *o, bool whole)
{
	read_whole(&o->whole_nets, whole);
}

void
account_own_read_domains(struct account_own *o, bool whole)
{
	read_whole(&o->whole_domains, whole);
}

static bool
knows(const struct whole *w)
{
	return w->by_option || (w->by_config && !w->in_part);
}

bool
account_own_knows_nets(const struct account_own *o)
{
	return knows(&o->whole_nets);
}

bool
account_own_knows_domains(const struct account_own *o)
{
	return knows(&o->whole_domains);
}

static void
join_whole(struct whole *a, const struct whole *b)
{
	a->by_option |= b->by_option;
	a->by_config |= b->by_config;
	a->in_part |= b->in_part;
}

int
account_own_join(struct account_own *a, const struct account_own *b)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < b->nets.n; i++)
		err = account_own_add_net(a, &b->net[i].net, b->net[i].how);
	for (size_t i = 0; err == 0 && i < b->domains.n; i++)
		err = account_own_add_domain(a, b->domain[i].name, b->domain[i].how);
	join_whole(&a->whole_nets, &b->whole_nets);
	join_whole(&a->whole_domains, &b->whole_domains);
	return err;
}

static int
by_text(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int by = n == 0 ? 0 : memcmp(x->p, y->p, n);

	return by != 0 ? by : x->n < y->n ? -1 : x->n > y->n;
}

/* Room for n texts instead of *show; at least one, so that NULL is no memory. */
static int
show_room(struct str **show, size_t n)
{
	struct str *p = calloc(n + 1, sizeof(*p));

	if (p == NULL)
		return SEK_ENOMEM;
	free(*show);
	*show = p;
	return 0;
}

static int
show_nets(struct account_own *o, struct account_result *r)
{
	char text[NET_TEXT];

	arena_reset(o->shown);
	if (show_room(&o->show[0], o->nets.n) != 0)
		return SEK_ENOMEM;
	for (size_t i = 0; i < o->nets.n; i++) {
		net_text(text, &o->net[i].net);
		o->show[0][i] = arena_str(o->shown, str_of(text));
		if (o->show[0][i].p == NULL)
			return SEK_ENOMEM;
	}
	qsort(o->show[0], o->nets.n, sizeof(struct str), by_text);
	r->own_net = o->show[0];
	r->n_own_nets = o->nets.n;
	return 0;
}

static int
show_domains(struct account_own *o, struct account_result *r)
{
	if (show_room(&o->show[1], o->domains.n) != 0)
		return SEK_ENOMEM;
	for (size_t i = 0; i < o->domains.n; i++)
		o->show[1][i] = o->domain[i].name;
	qsort(o->show[1], o->domains.n, sizeof(struct str), by_text);
	r->own_domain = o->show[1];
	r->n_own_domains = o->domains.n;
	return 0;
}

#define FROM(w, n) ((w).by_option ? ACCOUNT_OWN_GIVEN : (w).by_config ? ACCOUNT_OWN_CONFIG : \
	(n) > 0 ? ACCOUNT_OWN_LEARNED : ACCOUNT_OWN_NONE)

int
account_own_show(struct account_own *o, struct account_result *r)
{
	int err = show_nets(o, r);

	if (err == 0)
		err = show_domains(o, r);
	r->own_nets_from = FROM(o->whole_nets, o->nets.n);
	r->own_domains_from = FROM(o->whole_domains, o->domains.n);
	return err;
}
