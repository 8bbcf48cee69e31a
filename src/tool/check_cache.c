#include "tool/check_cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"

/* Rules:
 * 1. done is never called from inside ask: what is known already is told from
 *    a timer of 0 ms.
 * 2. An entry with waiters is never forgotten.
 * 3. An answer is kept in as few octets as it has, and spread out to be told. */

enum { BUCKETS = 65536 };

struct waiter {
	struct waiter	*next;
	void		(*done)(void *ctx, const struct resolve_answer *a);
	void		*ctx;
};

struct kept {
	int		 err;
	uint32_t	 left_out;
	bool		 alias, ad;
	uint8_t		 n_addrs, n_names, n_texts;
	uint8_t		 octets[];	/* addresses, then names and texts, each behind its length */
};

struct entry {
	struct cache	*cache;
	struct entry	*chain;			/* of its bucket */
	struct entry	*older, *newer;		/* of all */
	struct entry	*next_told;		/* of those with waiters and an answer */
	struct waiter	*waiters, **waiters_end;
	const struct kept *answer;		/* owned, or &lost; NULL: under way */
	struct mono	 asked;
	uint64_t	 hash;
	bool		 again;			/* asked a second time */
	bool		 telling;
	uint8_t		 kind;
	size_t		 n;
	char		 name[];		/* lower case, no final dot */
};

struct cache {
	struct resolver	 base;
	struct resolver	*inner;
	struct loop	*loop;
	struct loop_timer *tell, *again;
	struct entry	*buckets[BUCKETS];
	struct entry	*oldest, *newest;
	struct entry	*told, **told_end;
	struct entry	*retries, **retries_end;	/* by next_told too: an entry is in one list */
	size_t		 count, max;
	uint64_t	 seed;			/* names are strangers': no chain is theirs to make */
	bool		 busy, gone;
};

/* Out of memory: there is no answer, as when the resolver gives none. */
static const struct kept lost = { .err = RESOLVE_TEMPORARY };

static uint64_t
hash_of(const struct cache *c, unsigned kind, struct str name)
{
	uint64_t h = c->seed ^ kind;

	for (size_t i = 0; i < name.n; i++) {
		h = (h ^ (uint8_t)ascii_lower(name.p[i])) * 0x100000001b3;
		h ^= h >> 29;
	}
	return h;
}

static struct entry *
find(struct cache *c, unsigned kind, struct str name, uint64_t hash)
{
	struct entry *e = c->buckets[hash % BUCKETS];

	while (e != NULL && (e->hash != hash || e->kind != kind ||
	    !str_ieq((struct str){ e->name, e->n }, name)))
		e = e->chain;
	return e;
}

static void
entry_free(struct entry *e)
{
	while (e->waiters != NULL) {
		struct waiter *w = e->waiters;

		e->waiters = w->next;
		free(w);
	}
	if (e->answer != &lost)
		free((void *)(uintptr_t)e->answer);
	free(e);
}

static void
take_out(struct entry *e)
{
	struct cache *c = e->cache;
	struct entry **at = &c->buckets[e->hash % BUCKETS];

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	*(e->older != NULL ? &e->older->newer : &c->oldest) = e->newer;
	*(e->newer != NULL ? &e->newer->older : &c->newest) = e->older;
	c->count--;
}

/* Forgets the oldest ones that nobody waits for.  Those under way are few: the
 * caller bounds them. */
static void
forget(struct cache *c)
{
	struct entry *e = c->oldest;

	while (e != NULL && c->count > c->max) {
		struct entry *next = e->newer;

		if (e->answer != NULL && e->waiters == NULL && !e->telling) {
			take_out(e);
			entry_free(e);
		}
		e = next;
	}
}

static void
cache_destroy(struct cache *c)
{
	struct entry *e = c->oldest;

	if (c->inner != NULL)
		c->inner->free(c->inner);	/* first: it calls nobody afterwards */
	while (e != NULL) {
		struct entry *next = e->newer;

		entry_free(e);
		e = next;
	}
	loop_timer_free(c->tell);
	loop_timer_free(c->again);
	free(c);
}

/* --- answers --- */

static void
put_texts(struct wbuf *w, const struct str *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		wbuf_u16(w, (uint16_t)s[i].n);
		wbuf_bytes(w, s[i].p, s[i].n);
	}
}

static size_t
octets_of(const struct str *s, size_t n)
{
	size_t sum = 2 * n;

	for (size_t i = 0; i < n; i++)
		sum += s[i].n;
	return sum;
}

/* Returns NULL without memory. */
static struct kept *
keep(const struct resolve_answer *a)
{
	size_t n = a->n_addrs * sizeof(a->addrs[0].o) +
	    octets_of(a->names, a->n_names) + octets_of(a->texts, a->n_texts);
	struct kept *k = malloc(sizeof(*k) + n);
	struct wbuf w;

	if (k == NULL)
		return NULL;
	*k = (struct kept){ a->err, (uint32_t)a->left_out, a->alias, a->ad,
	    (uint8_t)a->n_addrs, (uint8_t)a->n_names, (uint8_t)a->n_texts };
	w = wbuf_of(k->octets, n);
	for (size_t i = 0; i < a->n_addrs; i++)
		wbuf_bytes(&w, a->addrs[i].o, sizeof(a->addrs[i].o));
	put_texts(&w, a->names, a->n_names);
	put_texts(&w, a->texts, a->n_texts);
	return k;
}

static const uint8_t *
spread_texts(struct str *s, size_t n, const uint8_t *p)
{
	for (size_t i = 0; i < n; i++) {
		s[i].n = (size_t)(p[0] << 8 | p[1]);
		s[i].p = (const char *)p + 2;
		p += 2 + s[i].n;
	}
	return p;
}

static void
spread(struct resolve_answer *a, const struct kept *k)
{
	const uint8_t *p = k->octets;

	*a = (struct resolve_answer){ .err = k->err, .alias = k->alias, .ad = k->ad,
	    .left_out = k->left_out, .n_addrs = k->n_addrs, .n_names = k->n_names,
	    .n_texts = k->n_texts };
	for (size_t i = 0; i < a->n_addrs; i++, p += sizeof(a->addrs[i].o))
		memcpy(a->addrs[i].o, p, sizeof(a->addrs[i].o));
	p = spread_texts(a->names, a->n_names, p);
	(void)spread_texts(a->texts, a->n_texts, p);
}

static void
queue_told(struct entry *e)
{
	struct cache *c = e->cache;

	if (e->telling)
		return;
	e->telling = true;
	e->next_told = NULL;
	*c->told_end = e;
	c->told_end = &e->next_told;
	loop_timer_set(c->tell, 0);
}

static void
answered(void *ctx, const struct resolve_answer *a)
{
	struct entry *e = ctx;
	struct cache *c = e->cache;
	const struct clock *clock = loop_clock(c->loop);

	if (a->err == RESOLVE_TEMPORARY && !e->again &&
	    clock->mono(clock).ms - e->asked.ms < CHECK_CACHE_AGAIN_MS) {
		e->again = true;
		e->next_told = NULL;
		*c->retries_end = e;
		c->retries_end = &e->next_told;
		if (!loop_timer_active(c->again))
			loop_timer_set(c->again, CHECK_CACHE_AGAIN_MS);
		return;
	}
	e->answer = keep(a);
	if (e->answer == NULL)
		e->answer = &lost;
	queue_told(e);
}

static void
ask_again(void *ctx)
{
	struct cache *c = ctx;
	struct entry *e = c->retries;

	c->retries = NULL;
	c->retries_end = &c->retries;
	while (e != NULL) {
		struct entry *next = e->next_told;

		if (c->inner->ask(c->inner, e->kind, (struct str){ e->name, e->n },
		    answered, e) != 0)
			answered(e, &(struct resolve_answer){ .err = RESOLVE_TEMPORARY });
		e = next;
	}
}

static void
tell_one(struct entry *e)
{
	struct waiter *w = e->waiters;
	struct cache *c = e->cache;
	struct resolve_answer a;

	spread(&a, e->answer);
	e->waiters = NULL;
	e->waiters_end = &e->waiters;
	while (w != NULL) {
		struct waiter *next = w->next;

		if (!c->gone)
			w->done(w->ctx, &a);
		free(w);
		w = next;
	}
}

/* What is asked meanwhile of the same entry has its turn in the next round. */
static void
tell(void *ctx)
{
	struct cache *c = ctx;
	struct entry *e = c->told;

	c->told = NULL;
	c->told_end = &c->told;
	c->busy = true;
	while (e != NULL) {
		struct entry *next = e->next_told;

		e->telling = false;
		tell_one(e);
		e = next;
	}
	c->busy = false;
	if (c->gone)
		cache_destroy(c);
	else
		forget(c);
}

/* --- questions --- */

static int
add_waiter(struct entry *e, void (*done)(void *ctx, const struct resolve_answer *a),
    void *ctx)
{
	struct waiter *w = malloc(sizeof(*w));

	if (w == NULL)
		return SEK_ENOMEM;
	*w = (struct waiter){ NULL, done, ctx };
	*e->waiters_end = w;
	e->waiters_end = &w->next;
	return 0;
}

static struct entry *
entry_new(struct cache *c, unsigned kind, struct str name, uint64_t hash)
{
	struct entry *e = calloc(1, sizeof(*e) + name.n);

	if (e == NULL)
		return NULL;
	e->cache = c;
	e->hash = hash;
	e->kind = (uint8_t)kind;
	e->n = name.n;
	for (size_t i = 0; i < name.n; i++)
		e->name[i] = ascii_lower(name.p[i]);
	e->waiters_end = &e->waiters;
	e->asked = loop_clock(c->loop)->mono(loop_clock(c->loop));
	e->chain = c->buckets[hash % BUCKETS];
	c->buckets[hash % BUCKETS] = e;
	e->older = c->newest;
	*(c->newest != NULL ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
	c->count++;
	return e;
}

static int
ask_new(struct cache *c, unsigned kind, struct str name, uint64_t hash,
    void (*done)(void *ctx, const struct resolve_answer *a), void *ctx)
{
	struct entry *e = entry_new(c, kind, name, hash);
	int rc = SEK_ENOMEM;

	if (e != NULL)
		rc = add_waiter(e, done, ctx);
	if (rc == 0)
		rc = c->inner->ask(c->inner, kind, name, answered, e);
	if (rc != 0 && e != NULL) {
		take_out(e);
		entry_free(e);
	}
	return rc;
}

static int
cache_ask(struct resolver *base, unsigned kind, struct str name,
    void (*done)(void *ctx, const struct resolve_answer *a), void *ctx)
{
	struct cache *c = (struct cache *)base;
	struct entry *e;
	uint64_t hash;
	int rc;

	if (name.n > 1 && name.p[name.n - 1] == '.')	/* but the root */
		name.n--;
	hash = hash_of(c, kind, name);
	e = find(c, kind, name, hash);
	if (e == NULL)
		return ask_new(c, kind, name, hash, done, ctx);
	rc = add_waiter(e, done, ctx);
	if (rc == 0 && e->answer != NULL)
		queue_told(e);
	return rc;
}

static void
cache_free(struct resolver *base)
{
	struct cache *c = (struct cache *)base;

	if (c->busy)
		c->gone = true;
	else
		cache_destroy(c);
}

int
check_cache_new(struct resolver **out, struct loop *l, struct resolver *inner, size_t max)
{
	struct cache *c = calloc(1, sizeof(*c));
	struct rand r;
	int err;

	assert(max > 0);
	if (c == NULL)
		return SEK_ENOMEM;
	rand_real(&r);
	c->base = (struct resolver){ cache_ask, cache_free };
	c->loop = l;
	c->max = max;
	c->seed = rand_u64(&r);
	c->told_end = &c->told;
	c->retries_end = &c->retries;
	err = loop_timer(&c->tell, l, tell, c);
	if (err == 0)
		err = loop_timer(&c->again, l, ask_again, c);
	if (err != 0) {
		cache_destroy(c);
		return err;
	}
	c->inner = inner;
	*out = &c->base;
	return 0;
}
