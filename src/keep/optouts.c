#include "keep/optouts.h"

#include <stdlib.h>
#include <string.h>

enum { PREFIXES = 129 };

struct entry {
	struct net	net;
	struct wall	made;		/* of the newest with that prefix */
};

struct keep_optouts {
	struct entry	*at;		/* sorted, each prefix once */
	size_t		 n, cap;
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

static int
grow(struct keep_optouts *o)
{
	size_t cap = o->cap == 0 ? 64 : o->cap * 2;
	struct entry *at;

	if (o->n < o->cap)
		return 0;
	at = realloc(o->at, cap * sizeof(*at));
	if (at == NULL)
		return SEK_ENOMEM;
	o->at = at;
	o->cap = cap;
	return 0;
}

static int
take_row(void *ctx, const void *row)
{
	const struct optout *r = row;
	struct keep_optouts *o = ctx;
	int err = grow(o);

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
	free(once.at);
	return err;
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
	if (grow(o) != 0) {
		forget(o);
		return;
	}
	memmove(&o->at[i + 1], &o->at[i], (o->n - i) * sizeof(*o->at));
	o->at[i] = (struct entry){ *n, made };
	o->of_len[n->len]++;
	o->n++;
}
