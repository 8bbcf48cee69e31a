#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "base/rand.h"
#include "fact/record.h"
#include "xfer/difference.h"
#include "xfer/source.h"

/* A small world in which everything collides: nets with addresses inside and
 * exceptions for each, two codes. */
enum {
	NETS = 6, HOSTS = 5, CODES = 2,
	KEYS = CODES * NETS * (2 * HOSTS + 1),
	SEEDS = 4, SERIALS = 60, BASE = 25,
	STEPS = 8 * SERIALS, RECORDS = 4096,
};

struct set { size_t n; uint64_t at[RECORDS]; };

struct world {
	struct rand		rand;
	struct snapshot_entry	key[KEYS];
	bool			present[SERIALS + 1][KEYS];
	int64_t			expiry_s[SERIALS + 1];
	uint32_t		empties[SERIALS + 1];
	uint8_t			life[SERIALS + 1];
	struct snapshot_step	steps[STEPS];
	size_t			n_steps;
	uint8_t			*tail_octets;
	struct snapshot_view	tail;
};

static struct world w;

static struct snapshot_entry
make_key(size_t i)
{
	size_t code = i % CODES, net = i / CODES % NETS, what = i / CODES / NETS;
	struct snapshot_entry e = { .code = (uint8_t)(2 + code) };

	e.addr = net % 2 == 0 ? addr_v4(192, 0, (uint8_t)(2 + net), 0) :
	    (struct addr){ { 0x20, 1, 0xd, 0xb8, [7] = (uint8_t)net } };
	e.form = what == 0 ? SNAPSHOT_RANGE : what <= HOSTS ? SNAPSHOT_ADDRESS : SNAPSHOT_EXCEPT;
	if (what > 0)
		e.addr.o[15] = (uint8_t)((what - 1) % HOSTS * 16);
	return e;
}

static void
step(uint32_t serial, uint8_t kind, const struct snapshot_entry *e)
{
	struct net net = snapshot_entry_net(e);

	assert_true(w.n_steps < STEPS);
	w.steps[w.n_steps++] = (struct snapshot_step){ serial, kind, e->code, net.len, e->addr };
}

static void
status_on(uint32_t serial, uint8_t life, int64_t expiry_s, uint32_t empties)
{
	const struct snapshot_status is = { life, empties, expiry_s };

	assert_true(w.n_steps < STEPS);
	w.steps[w.n_steps++] = snapshot_status_step(serial, &is);
	w.life[serial] = life;
	w.expiry_s[serial] = expiry_s;
	w.empties[serial] = empties;
}

static void
status(uint32_t serial, uint8_t life, int64_t expiry_s)
{
	status_on(serial, life, expiry_s,
	    life == SNAPSHOT_CLOSING ? 20000 + serial % 5 : 0);
}

static void
flip(uint32_t serial)
{
	uint64_t x = rand_u64(&w.rand);
	size_t i = x % KEYS;
	const struct snapshot_entry *e = &w.key[i];
	bool now = w.present[serial][i] = !w.present[serial][i];

	if (e->form == SNAPSHOT_EXCEPT)
		step(serial, now ? JOURNAL_EXCEPT : JOURNAL_UNEXCEPT, e);
	else
		step(serial, now ? JOURNAL_ADD : x >> 32 & 1 ? JOURNAL_REMOVE : JOURNAL_RETRACT, e);
}

static void
live(uint64_t seed)
{
	struct snapshot_memory m = { malloc(snapshot_tail_max(STEPS)), snapshot_tail_max(STEPS), 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_head h = make_head(SERIALS, 0, SNAPSHOT_OUT);
	uint64_t octets;
	const char *part;

	memset(&w, 0, sizeof(w));
	rand_seeded(&w.rand, seed);
	for (size_t i = 0; i < KEYS; i++)
		w.key[i] = make_key(i);
	status(0, SNAPSHOT_ALIVE, 1700000000);
	for (uint32_t s = 1; s <= SERIALS; s++) {
		memcpy(w.present[s], w.present[s - 1], sizeof(w.present[s]));
		w.life[s] = w.life[s - 1];
		w.expiry_s[s] = w.expiry_s[s - 1];
		w.empties[s] = w.empties[s - 1];
		if (s % 11 == 0)
			status(s, s % 3 == 0 ? SNAPSHOT_CLOSING : SNAPSHOT_ALIVE, 1700000000 + s / 22);
		for (uint64_t n = rand_u64(&w.rand) % 5; n > 0; n--)
			flip(s);
	}
	assert_non_null(m.p);
	assert_int_equal(snapshot_write_tail(&sink, &h, w.steps, w.n_steps, &octets), 0);
	w.tail_octets = m.p;
	assert_int_equal(snapshot_open(&w.tail, m.p, octets, &part), 0);
}

struct moment {			/* the zones at a serial */
	uint8_t			*octets[2];
	struct snapshot_view	 base, overlay;
	struct snapshot		 s;
};

static uint8_t *
open_base(struct snapshot_view *v, uint32_t serial)
{
	struct snapshot_entry e[KEYS];
	const char *part;
	uint8_t *p;
	size_t n = 0;
	int64_t octets;

	for (size_t i = 0; i < KEYS; i++)
		if (w.present[serial][i])
			e[n++] = w.key[i];
	octets = make_base(&p, serial, SNAPSHOT_OUT, e, make_sort(e, n));
	assert_true(octets > 0);
	assert_int_equal(snapshot_open(v, p, (size_t)octets, &part), 0);
	v->head.life = w.life[serial];
	v->head.expiry_s = w.expiry_s[serial];
	v->head.empties = w.empties[serial];
	return p;
}

static int
order(const void *a, const void *b)
{
	const struct snapshot_change *x = a, *y = b;

	return snapshot_entry_cmp(&x->e, &y->e);
}

/* The zones at serial, over a base of another one. */
static void
open_over(struct moment *m, uint32_t serial, uint32_t base)
{
	struct snapshot_change c[KEYS];
	const char *part;
	int64_t octets;

	m->octets[0] = open_base(&m->base, base);
	m->octets[1] = NULL;
	m->s = (struct snapshot){ .base = &m->base };
	if (serial == base)
		return;
	for (size_t i = 0; i < KEYS; i++)
		c[i] = (struct snapshot_change){ w.key[i], w.present[serial][i] };
	qsort(c, KEYS, sizeof(c[0]), order);
	octets = make_overlay(&m->octets[1], serial, SNAPSHOT_OUT, &m->base, c, KEYS);
	assert_true(octets > 0);
	assert_int_equal(snapshot_open(&m->overlay, m->octets[1], (size_t)octets, &part), 0);
	m->overlay.head.life = w.life[serial];
	m->overlay.head.expiry_s = w.expiry_s[serial];
	m->overlay.head.empties = w.empties[serial];
	m->s.overlay = &m->overlay;
}

static void
moment_close(struct moment *m)
{
	free(m->octets[0]);
	free(m->octets[1]);
}

/* Records as a set ------------------------------------------------------------ */

static uint64_t
hash(const struct answer_record *r)
{
	uint64_t h = UINT64_C(14695981039346656037);
	const struct { const void *p; size_t n; } parts[] = { { r->owner.o, r->owner.len },
		{ &r->type, sizeof(r->type) }, { &r->ttl_s, sizeof(r->ttl_s) }, { r->data, r->len } };

	for (size_t k = 0; k < 4; k++)
		for (size_t i = 0; i < parts[k].n; i++)
			h = (h ^ ((const uint8_t *)parts[k].p)[i]) * UINT64_C(1099511628211);
	return h;
}

static size_t
find(const struct set *s, uint64_t h)
{
	size_t i = 0;

	while (i < s->n && s->at[i] != h)
		i++;
	return i;
}

static void
come(struct set *s, uint64_t h)
{
	assert_true(s->n < RECORDS);
	assert_int_equal(find(s, h), s->n);	/* not there before */
	s->at[s->n++] = h;
}

static void
go(struct set *s, uint64_t h)
{
	size_t i = find(s, h);

	assert_true(i < s->n);		/* it was there */
	s->at[i] = s->at[--s->n];
}

/* All but the SOA. */
static void
zone_set(struct set *out, const struct snapshot *s, enum answer_zone which)
{
	struct answer_record r;
	struct source *source;

	out->n = 0;
	assert_int_equal(source_zone(&source, s, which), 0);
	while (source->next(source, &r) == 0)
		if (r.type != DNS_SOA)
			come(out, hash(&r));
	source_free(source);
}

static uint32_t
soa_serial(const struct answer_record *r)
{
	struct rbuf m = rbuf_of(r->data, r->len);
	struct dns_name name;

	dns_name_read(&name, &m);
	dns_name_read(&name, &m);
	return rbuf_u32(&m);
}

/* Does as a secondary: RFC 1995 4. */
static void
apply(struct set *set, struct source *source, uint32_t from, uint32_t to)
{
	const uint32_t serials[] = { to, from, to, to };
	struct answer_record r;
	unsigned soas = 0;
	int err;

	while ((err = source->next(source, &r)) == 0) {
		if (r.type == DNS_SOA) {
			assert_true(soas < 4);
			assert_int_equal(soa_serial(&r), serials[soas++]);
		} else if (soas == 2) {
			go(set, hash(&r));
		} else {
			assert_int_equal(soas, 3);
			come(set, hash(&r));
		}
	}
	assert_int_equal(err, SOURCE_END);
	assert_int_equal(soas, 4);
}

static int
number_cmp(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
same(struct set *a, struct set *b, uint32_t from)
{
	qsort(a->at, a->n, sizeof(a->at[0]), number_cmp);
	qsort(b->at, b->n, sizeof(b->at[0]), number_cmp);
	if (a->n != b->n || memcmp(a->at, b->at, a->n * sizeof(a->at[0])) != 0)
		fail_msg("from %u: %zu records, not %zu, or others", from, a->n, b->n);
}

/* From every serial to the newest one. */
static size_t
all_the_ways(enum answer_zone which, uint32_t base)
{
	static struct set old, new;
	struct moment now, then;
	size_t ways = 0;

	open_over(&now, SERIALS, base);
	for (uint32_t from = 0; from < SERIALS; from++) {
		struct source *source;
		int err = source_difference(&source, &now.s, &w.tail, which, from);

		if (err == SOURCE_WHOLE)
			continue;
		assert_int_equal(err, 0);
		open_over(&then, from, from);
		zone_set(&old, &then.s, which);
		zone_set(&new, &now.s, which);
		apply(&old, source, from, SERIALS);
		same(&old, &new, from);
		source_free(source);
		moment_close(&then);
		ways++;
	}
	moment_close(&now);
	return ways;
}

static void
every_way_leads_to_what_is_there(void **state)
{
	size_t ways = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		live(seed);
		ways += all_the_ways(ANSWER_ZONE, BASE) + all_the_ways(ANSWER_OUT, BASE);
		ways += all_the_ways(ANSWER_ZONE, SERIALS) + all_the_ways(ANSWER_OUT, SERIALS);
		free(w.tail_octets);
	}
	print_message("# %zu ways\n", ways);
	assert_true(ways > SEEDS * 4 * SERIALS / 2);
}

static void
open_tail(struct snapshot_view *v, uint8_t **octets, uint32_t base_serial,
    const struct snapshot_step *steps, size_t n)
{
	struct snapshot_memory m = { malloc(snapshot_tail_max(n)), snapshot_tail_max(n), 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_head h = make_head(SERIALS, base_serial, SNAPSHOT_OUT);
	uint64_t size;
	const char *part;

	assert_non_null(m.p);
	assert_int_equal(snapshot_write_tail(&sink, &h, steps, n, &size), 0);
	*octets = m.p;
	assert_int_equal(snapshot_open(v, m.p, size, &part), 0);
}

static void
where_no_way_leads(void **state)
{
	struct moment now;
	struct snapshot_view tail;
	struct difference d;
	struct snapshot_step steps[] = {
		{ SERIALS - 5, JOURNAL_STATUS, SNAPSHOT_FROZEN, 128, { { 0 } } },
		{ SERIALS, JOURNAL_ADD, 2, 128, addr_v4(192, 0, 2, 0) },
	};
	uint8_t *octets;

	(void)state;
	live(1);
	open_over(&now, SERIALS, SERIALS);
	assert_int_equal(difference_make(&d, &now.s, NULL, ANSWER_ZONE, SERIALS - 1), DIFFERENCE_NONE);
	open_tail(&tail, &octets, SERIALS - 10, steps, 2);
	/* before the tail; then: nothing says what _status was */
	assert_int_equal(difference_make(&d, &now.s, &tail, ANSWER_ZONE, SERIALS - 11), DIFFERENCE_NONE);
	assert_int_equal(difference_make(&d, &now.s, &tail, ANSWER_ZONE, SERIALS - 10), DIFFERENCE_NONE);
	assert_int_equal(difference_make(&d, &now.s, &tail, ANSWER_OUT, SERIALS - 10), DIFFERENCE_NONE);
	assert_int_equal(difference_make(&d, &now.s, &tail, ANSWER_ZONE, SERIALS - 5), 0);
	assert_false(d.status);
	difference_free(&d);
	moment_close(&now);
	free(octets);
	free(w.tail_octets);
}

/* The zone is empty now: who had a thousand entries takes the few records left. */
static void
the_whole_may_be_shorter(void **state)
{
	enum { MANY = 1000 };
	static struct snapshot_step steps[MANY];
	struct moment now;
	struct snapshot_view tail;
	struct difference d;
	uint8_t *octets;

	(void)state;
	memset(&w, 0, sizeof(w));
	for (size_t i = 0; i < KEYS; i++)
		w.key[i] = make_key(i);
	w.life[SERIALS] = SNAPSHOT_ALIVE;
	for (uint32_t i = 0; i < MANY; i++)
		steps[i] = (struct snapshot_step){ SERIALS - (i < MANY / 2), JOURNAL_REMOVE, 2, 128,
			addr_v4(198, 18, (uint8_t)(i >> 8), (uint8_t)i) };
	open_over(&now, SERIALS, SERIALS);
	open_tail(&tail, &octets, SERIALS - 2, steps, MANY);
	assert_int_equal(difference_make(&d, &now.s, &tail, ANSWER_ZONE, SERIALS - 2), DIFFERENCE_LONG);
	steps[0] = steps[MANY - 1];
	free(octets);
	open_tail(&tail, &octets, SERIALS - 2, steps, 1);
	assert_int_equal(difference_make(&d, &now.s, &tail, ANSWER_ZONE, SERIALS - 2), 0);
	assert_int_equal(d.n, 1);
	difference_free(&d);
	free(octets);
	moment_close(&now);
}

/* The day alone is moved: a secondary must hear of it. */
static void
an_announced_day_that_moves(void **state)
{
	(void)state;
	for (uint32_t later = 0; later < 2; later++) {
		struct snapshot_view tail;
		struct difference d;
		struct moment now;
		uint8_t *octets;

		memset(&w, 0, sizeof(w));
		status_on(SERIALS - 1, SNAPSHOT_CLOSING, 5, 20000);
		status_on(SERIALS, SNAPSHOT_CLOSING, 5, 20000 + later);
		open_over(&now, SERIALS, SERIALS);
		open_tail(&tail, &octets, SERIALS - 2, w.steps, w.n_steps);
		assert_int_equal(difference_make(&d, &now.s, &tail, ANSWER_ZONE,
		    SERIALS - 1), 0);
		assert_int_equal(d.status, later == 1);
		assert_int_equal(d.before.empties, 20000);
		difference_free(&d);
		free(octets);
		moment_close(&now);
	}
}

enum { EMPTIED = SERIALS - 6, REMOVED = SERIALS - 4, BACK = SERIALS - 2 };

/* Closing, emptied, a listing of each zone removed, refreshed, alive again. */
static void
live_emptied(void)
{
	memset(&w, 0, sizeof(w));
	for (size_t i = 0; i < KEYS; i++)
		w.key[i] = make_key(i);
	status(EMPTIED - 2, SNAPSHOT_CLOSING, 1);
	status(EMPTIED, SNAPSHOT_EMPTY, 2);
	step(REMOVED, JOURNAL_REMOVE, &w.key[0]);
	step(REMOVED, JOURNAL_REMOVE, &w.key[1]);
	status(REMOVED + 1, SNAPSHOT_EMPTY, 3);
	status(BACK, SNAPSHOT_ALIVE, 4);
	for (uint32_t s = EMPTIED - 1; s <= SERIALS; s++)
		if (w.life[s] == 0) {
			w.life[s] = w.life[s - 1];
			w.expiry_s[s] = w.expiry_s[s - 1];
			w.empties[s] = w.empties[s - 1];
		}
}

/* Listings run out while nobody can see them: a secondary has not got the
 * records that would go. */
static void
an_emptied_list(void **state)
{
	static const struct { const char *name; uint32_t from, to; int want; bool status; } cases[] = {
		{ "before and after it was emptied", EMPTIED - 1, EMPTIED, DIFFERENCE_NONE, false },
		{ "the same, later", EMPTIED - 1, REMOVED, DIFFERENCE_NONE, false },
		{ "a removal while it is empty", EMPTIED, REMOVED, 0, false },
		{ "another expiry while it is empty", EMPTIED, REMOVED + 1, 0, true },
		{ "empty and alive again", EMPTIED, BACK, DIFFERENCE_NONE, false },
	};

	(void)state;
	live_emptied();
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		enum answer_zone zone = i % 2 == 0 ? ANSWER_ZONE : ANSWER_OUT;
		uint32_t to = cases[i / 2].to;
		struct snapshot_view tail;
		struct difference d;
		struct moment now;
		uint8_t *octets;
		size_t n = w.n_steps;
		int err;

		while (w.steps[n - 1].serial > to)
			n--;
		open_over(&now, to, to);
		open_tail(&tail, &octets, EMPTIED - 2, w.steps, n);
		err = difference_make(&d, &now.s, &tail, zone, cases[i / 2].from);
		if (err != cases[i / 2].want || d.n != 0 ||
		    d.status != (cases[i / 2].status && zone == ANSWER_ZONE))
			fail_msg("%s, zone %d: %d, %zu changes, status %d", cases[i / 2].name,
			    (int)zone, err, d.n, d.status);
		difference_free(&d);
		free(octets);
		moment_close(&now);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_leads_to_what_is_there),
		cmocka_unit_test(where_no_way_leads),
		cmocka_unit_test(the_whole_may_be_shorter),
		cmocka_unit_test(an_announced_day_that_moves),
		cmocka_unit_test(an_emptied_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
