#include "keep/operator.h"

#include <assert.h>
#include <stdlib.h>

#include "keep/ledger.h"

enum {
	BUCKETS = 1024,		/* a power of two */
	AT_A_TIME = 16,		/* of those that wait, due at the same time */
	FAR_MS = 3600 * 1000,	/* no run is put off for longer */
	STALE_MS = 60 * 1000,	/* an entry that nothing was heard of: longer than any operator_s */
	LOOK_MAX = 1000,	/* sessions that are read at the start */
};

/* Times are of the clock that nobody sets; NEVER: it did not happen. */
#define NEVER	(INT64_MIN / 2)

struct entry {			/* an operator, while he has a dialogue or had one just now */
	struct entry	*next;
	uint64_t	 key;
	unsigned	 open;		/* dialogues, ordered ones too */
	int64_t		 ordered_ms, connected_ms;	/* the last one */
	int64_t		 due_ms;	/* when the next of those that wait is due */
	unsigned	 n_due;		/* how many are then */
};

struct keep_operator {
	struct entry	*bucket[BUCKETS];
};

static int64_t
now_ms(const struct keep *k)
{
	return k->clock->mono(k->clock).ms;
}

/* --- entries --- */

static const struct entry *
find(const struct keep *k, uint64_t key)
{
	const struct entry *e = k->operators->bucket[key % BUCKETS];

	while (e != NULL && e->key != key)
		e = e->next;
	return e;
}

static int64_t
latest(const struct entry *e)
{
	int64_t last = e->ordered_ms > e->connected_ms ? e->ordered_ms : e->connected_ms;

	return last > e->due_ms ? last : e->due_ms;
}

/* Of no use any more: what comes next is not bound by it. */
static bool
is_stale(const struct entry *e, int64_t now)
{
	return e->open == 0 && now - latest(e) > STALE_MS;
}

/* Finds the entry or makes it; those of its bucket that are stale go.  NULL:
 * no memory. */
static struct entry *
entry_of(struct keep *k, uint64_t key)
{
	struct entry **at = &k->operators->bucket[key % BUCKETS], *e, *is = NULL;

	while ((e = *at) != NULL) {
		if (e->key == key)
			is = e;
		if (e->key == key || !is_stale(e, now_ms(k))) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		free(e);
	}
	if (is != NULL)
		return is;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return NULL;
	*e = (struct entry){ .key = key, .ordered_ms = NEVER, .connected_ms = NEVER,
		.due_ms = NEVER };
	*at = e;
	return e;
}

/* --- whose --- */

/* FNV-1a, 64 bits (draft-eastlake-fnv): two domains that collide are counted
 * together, which is the gentle mistake. */
static uint64_t
key_of(struct str domain)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < domain.n; i++)
		h = (h ^ (uint8_t)ascii_lower(domain.p[i])) * UINT64_C(0x100000001b3);
	return h;
}

static bool
has(const struct operators *o, uint64_t key)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->key[i] == key)
			return true;
	return false;
}

static void
add(struct operators *o, uint64_t key)
{
	if (o->n < OPERATORS && !has(o, key))
		o->key[o->n++] = key;
}

void
operator_of(struct operators *out, const struct candidates *c)
{
	*out = (struct operators){ 0 };
	for (size_t i = 0; i < c->n; i++)
		if (c->row[i].used == 1 && c->row[i].depth == 0 && c->row[i].dom.n > 0)
			add(out, key_of(c->row[i].dom));
}

int
operator_of_run(struct operators *out, struct keep *k, uint64_t run)
{
	struct candidates c;
	int err = candidate_read(&c, k, run);

	operator_of(out, &c);
	return err;
}

/* --- may it begin --- */

/* Configuration makes it gentler, never faster. */
static unsigned
most(const struct keep *k, const struct pace_rule *rule)
{
	return rule->per_operator < k->conf->probe_per_operator ?
	    rule->per_operator : k->conf->probe_per_operator;
}

static int64_t
left_ms(const struct pace_rule *rule, int64_t last, int64_t now)
{
	int64_t left = rule->operator_s * 1000 - (now - last);

	return left > 0 ? left : 0;
}

/* Until one of them that has the entry may have a further dialogue. */
static int64_t
entry_wait_ms(const struct keep *k, const struct entry *e, const struct pace_rule *rule)
{
	int64_t last = e->ordered_ms > e->connected_ms ? e->ordered_ms : e->connected_ms;
	int64_t left = left_ms(rule, last, now_ms(k));

	return left == 0 && e->open >= most(k, rule) ? rule->operator_s * 1000 : left;
}

int64_t
operator_wait_ms(const struct keep *k, const struct operators *o, enum pace pace)
{
	const struct pace_rule *rule = &pace_rules[pace];
	int64_t longest = 0;

	for (size_t i = 0; rule->per_operator > 0 && i < o->n; i++) {
		const struct entry *e = find(k, o->key[i]);
		int64_t wait = e != NULL ? entry_wait_ms(k, e, rule) : 0;

		if (wait > longest)
			longest = wait;
	}
	return longest;
}

/* The next of the times at which some of those that wait are due: ready or
 * later, as many steps apart as the class wants beginnings to be. */
static int64_t
next_due(struct entry *e, int64_t ready, int64_t step_ms)
{
	if (e->due_ms < ready) {
		e->due_ms = ready;
		e->n_due = 0;
	} else if (e->n_due == AT_A_TIME && e->due_ms - ready < FAR_MS) {
		e->due_ms += step_ms;
		e->n_due = 0;
	}
	if (e->n_due < AT_A_TIME)
		e->n_due++;
	return e->due_ms;
}

int64_t
operator_put_off(struct keep *k, const struct operators *o, enum pace pace)
{
	const struct pace_rule *rule = &pace_rules[pace];
	int64_t now = now_ms(k), until = now + operator_wait_ms(k, o, pace);

	for (size_t i = 0; rule->per_operator > 0 && until > now && i < o->n; i++) {
		struct entry *e = entry_of(k, o->key[i]);
		int64_t due = e != NULL ? next_due(e, until, rule->operator_s * 1000) : 0;

		if (due > until)
			until = due;
	}
	return (until - now + 999) / 1000;
}

/* --- dialogues --- */

/* Makes the entries that are missing.  Returns 0 or SEK_ENOMEM. */
static int
prepare(struct keep *k, const struct operators *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (entry_of(k, o->key[i]) == NULL)
			return SEK_ENOMEM;
	return 0;
}

int
operator_begin(struct keep *k, const struct operators *o)
{
	int err = prepare(k, o);

	for (size_t i = 0; err == 0 && i < o->n; i++) {
		struct entry *e = entry_of(k, o->key[i]);

		e->open++;
		e->ordered_ms = now_ms(k);
	}
	return err;
}

void
operator_end(struct keep *k, const struct operators *o)
{
	for (size_t i = 0; i < o->n; i++) {
		struct entry *e = entry_of(k, o->key[i]);

		assert(e != NULL && e->open > 0);
		e->open--;
	}
}

static bool
is_full(const struct keep *k, const struct operators *had, uint64_t key,
    const struct pace_rule *rule)
{
	const struct entry *e = find(k, key);

	if (rule->per_operator == 0 || e == NULL)
		return false;
	return has(had, key) ? left_ms(rule, e->connected_ms, now_ms(k)) > 0 :
	    entry_wait_ms(k, e, rule) > 0;
}

int
operator_connect(struct keep *k, struct operators *had, const struct operators *now,
    enum pace pace)
{
	struct operators more = { 0 };
	int err;

	for (size_t i = 0; i < now->n; i++) {
		if (is_full(k, had, now->key[i], &pace_rules[pace]))
			return OPERATOR_FULL;
		if (!has(had, now->key[i]) && had->n + more.n < OPERATORS)
			add(&more, now->key[i]);
	}
	err = operator_begin(k, &more);
	for (size_t i = 0; err == 0 && i < more.n; i++)
		add(had, more.key[i]);
	for (size_t i = 0; err == 0 && i < had->n; i++)
		entry_of(k, had->key[i])->connected_ms = now_ms(k);
	return err;
}

/* --- a start --- */

static int64_t
longest_s(void)
{
	int64_t s = 0;

	for (enum pace p = PACE_FOREIGN; p < PACE_N; p++)
		if (pace_rules[p].operator_s > s)
			s = pace_rules[p].operator_s;
	return s;
}

/* The ledger counts whole seconds: one less may have passed. */
static int
seen(struct keep *k, uint64_t run, int64_t ago_s)
{
	struct operators o;
	int err = operator_of_run(&o, k, run);
	int64_t at = now_ms(k) - (ago_s > 0 ? ago_s - 1 : 0) * 1000;

	if (err == 0)
		err = prepare(k, &o);
	for (size_t i = 0; err == 0 && i < o.n; i++) {
		struct entry *e = entry_of(k, o.key[i]);

		if (at > e->connected_ms)
			e->connected_ms = at;
	}
	return err;
}

struct begun {			/* sessions that began lately */
	struct keep	*keep;
	size_t		 n;
	struct { uint64_t run; int64_t ago_s; } row[LOOK_MAX];
};

static int
begun_row(void *ctx, const void *row)
{
	struct session_row s = *(const struct session_row *)row;
	struct begun *b = ctx;

	s.ended.s = 0;		/* since it began */
	b->row[b->n].run = s.run;
	b->row[b->n].ago_s = ledger_since(b->keep, &s);
	if (b->row[b->n].ago_s > longest_s())
		return STORE_STOP;
	b->n += s.pace != PACE_LAB;
	return 0;
}

static int
look_back(struct keep *k)
{
	struct begun *b = calloc(1, sizeof(*b));
	int err;

	if (b == NULL)
		return SEK_ENOMEM;
	b->keep = k;
	err = store_each(k->store, Q_SESSION_LAST, ARGS(ARG_I(LOOK_MAX)), begun_row, b);
	for (size_t i = 0; err >= 0 && i < b->n; i++)
		err = seen(k, b->row[i].run, b->row[i].ago_s);
	free(b);
	return err < 0 ? err : 0;
}

int
operator_open(struct keep *k)
{
	k->operators = calloc(1, sizeof(*k->operators));
	return k->operators == NULL ? SEK_ENOMEM : look_back(k);
}

void
operator_close(struct keep *k)
{
	if (k->operators == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry *e = k->operators->bucket[i], *next; e != NULL; e = next) {
			next = e->next;
			free(e);
		}
	free(k->operators);
	k->operators = NULL;
}
