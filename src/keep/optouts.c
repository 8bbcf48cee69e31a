#include "keep/optouts.h"

#include <stdlib.h>
#include <string.h>

enum { PREFIXES = 129 };

struct entry {
	struct net	net;
	struct wall	made;		/* of the newest with that prefix */
};

struct zone {			/* a domain and all below */
	char		name[TEXT_HOST + 1];
	struct wall	made;
};

struct keep_optouts {
	struct entry	*at;		/* sorted, each prefix once */
	size_t		 n, cap;
	struct zone	*zone;		/* sorted by name; a name may be there twice */
	size_t		 n_zone, cap_zone;
	unsigned	 of_len[PREFIXES];	/* how many of each length */
	bool		 read;
};

int
optouts_open(struct keep *k)
{
	k->optouts = calloc(1, sizeof(*k->optouts));
	return k->optouts == NULL ? SEK_ENOMEM : 0;
}

/* It is read again at the next question. */
static void
forget(struct keep_optouts *o)
{
	free(o->at);
	free(o->zone);
	*o = (struct keep_optouts){ 0 };
}

void
optouts_close(struct keep *k)
{
	if (k->optouts == NULL)
		return;
	forget(k->optouts);
	free(k->optouts);
	k->optouts = NULL;
}

static int
net_cmp(const struct net *a, const struct net *b)
{
	return a->len != b->len ? a->len - b->len : addr_cmp(&a->addr, &b->addr);
}

static int
entry_cmp(const void *a, const void *b)
{
	return net_cmp(&((const struct entry *)a)->net, &((const struct entry *)b)->net);
}

/* Where n stands, or would. */
static size_t
place_of(const struct keep_optouts *o, const struct net *n)
{
	size_t from = 0, to = o->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (net_cmp(&o->at[mid].net, n) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static const struct entry *
entry_of(const struct keep_optouts *o, const struct net *n)
{
	size_t i = place_of(o, n);

	return i < o->n && net_cmp(&o->at[i].net, n) == 0 ? &o->at[i] : NULL;
}

/* Room for one more of *n things of that size.  Returns 0 or SEK_ENOMEM. */
static int
grow(void **at, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap == 0 ? 64 : *cap * 2;
	void *p;

	if (n < *cap)
		return 0;
	p = realloc(*at, more * size);
	if (p == NULL)
		return SEK_ENOMEM;
	*at = p;
	*cap = more;
	return 0;
}

static int
grow_nets(struct keep_optouts *o)
{
	void *at = o->at;
	int err = grow(&at, o->n, &o->cap, sizeof(*o->at));

	o->at = at;
	return err;
}

/* --- domains --- */

static int
zone_cmp(const void *a, const void *b)
{
	return strcmp(((const struct zone *)a)->name, ((const struct zone *)b)->name);
}

static int
add_zone(struct keep_optouts *o, struct str domain, struct wall made)
{
	void *at = o->zone;
	int err = grow(&at, o->n_zone, &o->cap_zone, sizeof(*o->zone));

	o->zone = at;
	if (err != 0 || str_copy(o->zone[o->n_zone].name, TEXT_HOST + 1, domain) != 0)
		return err;	/* longer than a name can be: fits none */
	o->zone[o->n_zone++].made = made;
	return 0;
}

/* The newest of exactly that name. */
static int
find_zone(const struct keep_optouts *o, const char *name, struct wall *made)
{
	size_t from = 0, to = o->n_zone;
	int found = 0;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (strcmp(o->zone[mid].name, name) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	for (; from < o->n_zone && strcmp(o->zone[from].name, name) == 0; from++) {
		if (o->zone[from].made.s > made->s)
			*made = o->zone[from].made;
		found = 1;
	}
	return found;
}

static int
find_name(const struct keep_optouts *o, struct str name, struct wall *made)
{
	char text[TEXT_HOST + 1];
	const char *at = text;
	int found = 0;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n > TEXT_HOST)
		return 0;
	for (size_t i = 0; i < name.n; i++)
		text[i] = ascii_lower(name.p[i]);
	text[name.n] = '\0';
	while (at != NULL && *at != '\0') {
		found |= find_zone(o, at, made);
		at = strchr(at, '.');
		if (at != NULL)
			at++;
	}
	return found;
}

/* --- all --- */

static int
take_row(void *ctx, const void *row)
{
	const struct optout *r = row;
	struct keep_optouts *o = ctx;
	int err;

	if (r->domain.n > 0)
		return add_zone(o, r->domain, r->made);
	err = grow_nets(o);
	if (err == 0 && r->len < PREFIXES)
		o->at[o->n++] = (struct entry){ { r->addr, r->len }, r->made };
	return err;
}

/* Leaves the newest of each prefix; the array is sorted. */
static void
squeeze(struct keep_optouts *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++) {
		if (n > 0 && net_cmp(&o->at[n - 1].net, &o->at[i].net) == 0) {
			if (o->at[i].made.s > o->at[n - 1].made.s)
				o->at[n - 1].made = o->at[i].made;
			continue;
		}
		o->at[n++] = o->at[i];
		o->of_len[o->at[i].net.len]++;
	}
	o->n = n;
}

static int
read_all(struct keep *k, struct keep_optouts *o)
{
	int err;

	if (o->read)
		return 0;
	err = store_each(k->store, Q_OPTOUT_ALL, NO_ARGS, take_row, o);
	if (err != 0) {
		forget(o);
		return err;
	}
	if (o->n > 0)
		qsort(o->at, o->n, sizeof(*o->at), entry_cmp);
	squeeze(o);
	if (o->n_zone > 0)
		qsort(o->zone, o->n_zone, sizeof(*o->zone), zone_cmp);
	o->read = true;
	return 0;
}

static int
find(const struct keep_optouts *o, const struct addr *a, struct wall *made)
{
	int found = 0;

	for (unsigned len = 0; len < PREFIXES; len++) {
		const struct entry *e;

		if (o->of_len[len] == 0)
			continue;
		e = entry_of(o, &(struct net){ addr_mask(a, len), (uint8_t)len });
		if (e == NULL)
			continue;
		if (found == 0 || e->made.s > made->s)
			*made = e->made;
		found = 1;
	}
	return found;
}

int
optouts_find(struct keep *k, const struct addr *a, struct wall *made)
{
	struct keep_optouts once = { 0 }, *o = k->optouts != NULL ? k->optouts : &once;
	int err = read_all(k, o);

	*made = (struct wall){ 0 };
	if (err == 0)
		err = find(o, a, made);
	forget(&once);
	return err;
}

int
optouts_find_name(struct keep *k, struct str name, struct wall *made)
{
	struct keep_optouts once = { 0 }, *o = k->optouts != NULL ? k->optouts : &once;
	int err = read_all(k, o);

	*made = (struct wall){ 0 };
	if (err == 0)
		err = find_name(o, name, made);
	forget(&once);
	return err;
}

int
optouts_has_names(struct keep *k)
{
	struct keep_optouts once = { 0 }, *o = k->optouts != NULL ? k->optouts : &once;
	int err = read_all(k, o), any = err == 0 ? o->n_zone > 0 : err;

	forget(&once);
	return any;
}

void
optouts_add_domain(struct keep *k, struct str domain, struct wall made)
{
	struct keep_optouts *o = k->optouts;

	if (o == NULL || !o->read)
		return;
	if (add_zone(o, domain, made) != 0)
		forget(o);
	else
		qsort(o->zone, o->n_zone, sizeof(*o->zone), zone_cmp);
}

void
optouts_add(struct keep *k, const struct net *n, struct wall made)
{
	struct keep_optouts *o = k->optouts;
	size_t i;

	if (o == NULL || !o->read)
		return;
	i = place_of(o, n);
	if (i < o->n && net_cmp(&o->at[i].net, n) == 0) {
		if (made.s > o->at[i].made.s)
			o->at[i].made = made;
		return;
	}
	if (grow_nets(o) != 0) {
		forget(o);
		return;
	}
	memmove(&o->at[i + 1], &o->at[i], (o->n - i) * sizeof(*o->at));
	o->at[i] = (struct entry){ *n, made };
	o->of_len[n->len]++;
	o->n++;
}
