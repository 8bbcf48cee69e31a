#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "base/rand.h"
#include "wire/snapshot_body.h"

enum { SET = 400, ROUNDS = 12 };

/* Addresses close together, so that prefixes, buckets and edges are shared. */
static struct addr
some_addr(struct rand *r)
{
	uint64_t v = rand_u64(r);
	struct addr a = { { 0x20, 1, 0xd, 0xb8 } };

	if (v % 3 == 0) {
		a.o[4] = (uint8_t)(v >> 8 & 0x11);
		a.o[15] = (uint8_t)(v >> 16);
		return a;
	}
	if (v % 31 == 1)
		return addr_v4(v % 2 ? 255 : 0, v % 2 ? 255 : 0, 255, (uint8_t)(v >> 60));
	return addr_v4(192, (uint8_t)(v >> 8 & 3), (uint8_t)(v >> 16 & 7), (uint8_t)(v >> 24));
}

/* One in eight a range, one in four an exception. */
static struct snapshot_entry
some_entry(struct rand *r)
{
	struct snapshot_entry e = { some_addr(r), 2, SNAPSHOT_ADDRESS };
	uint64_t v = rand_u64(r);

	e.code = v % 4 == 0 ? 3 : 2;
	if ((v >> 8) % 8 == 0) {
		e.form = SNAPSHOT_RANGE;
		e.addr = snapshot_range(&e.addr).addr;
	} else if ((v >> 8) % 4 == 1) {
		e.form = SNAPSHOT_EXCEPT;
	}
	return e;
}

static size_t
some_set(struct snapshot_entry *e, size_t n, struct rand *r)
{
	for (size_t i = 0; i < n; i++)
		e[i] = some_entry(r);
	return make_sort(e, n);
}

static bool
in_set(const struct snapshot_entry *e, size_t n, const struct snapshot_entry *x)
{
	for (size_t i = 0; i < n; i++)
		if (snapshot_entry_cmp(&e[i], x) == 0)
			return true;
	return false;
}

static bool
in_range(const struct snapshot_entry *e, size_t n, const struct addr *a, unsigned code)
{
	struct snapshot_entry range = { snapshot_range(a).addr, (uint8_t)code, SNAPSHOT_RANGE };

	return in_set(e, n, &range);
}

static bool
listed(const struct snapshot_entry *e, size_t n, const struct addr *a, unsigned code)
{
	struct snapshot_entry x = { *a, (uint8_t)code, SNAPSHOT_ADDRESS };

	if (!in_range(e, n, a, code))
		return in_set(e, n, &x);
	x.form = SNAPSHOT_EXCEPT;
	return !in_set(e, n, &x);
}

/* Is e a name in DNS? */
static bool
named(const struct snapshot_entry *set, size_t n, const struct snapshot_entry *e)
{
	return e->form == SNAPSHOT_RANGE ||
	    in_range(set, n, &e->addr, e->code) == (e->form == SNAPSHOT_EXCEPT);
}

static bool
any_named(const struct snapshot_entry *e, size_t n, const struct net *net, unsigned code)
{
	bool v4 = net->len >= 96 && addr_is_v4(&net->addr);

	for (size_t i = 0; i < n; i++) {
		struct net of = snapshot_entry_net(&e[i]);

		if (e[i].code == code && net_within(&of, net) &&
		    addr_is_v4(&e[i].addr) == v4 && named(e, n, &e[i]))
			return true;
	}
	return false;
}

static void
check_against(const struct snapshot *s, const struct snapshot_entry *e, size_t n, struct rand *r)
{
	for (size_t i = 0; i < 2 * SET; i++) {
		struct addr a = i < n ? e[i].addr : some_addr(r);
		unsigned code = 2 + (unsigned)i % 2;
		uint64_t codes = (uint64_t)listed(e, n, &a, 2) << 2 |
		    (uint64_t)listed(e, n, &a, 3) << 3;
		unsigned len = (unsigned)(rand_u64(r) % 129);
		struct net net;

		assert_int_equal(snapshot_find(s, &a), codes);
		assert_int_equal(snapshot_is(s, SNAPSHOT_RANGE, &a, code), in_range(e, n, &a, code));
		if (addr_is_v4(&a) && len < 96)
			len = 96 + len % 33;
		net = (struct net){ addr_mask(&a, len), (uint8_t)len };
		if (snapshot_any(s, &net, code) != any_named(e, n, &net, code)) {
			char text[NET_TEXT];

			net_text(text, &net);
			fail_msg("any(%s, %u) is wrong", text, code);
		}
	}
}

struct collect { struct snapshot_entry e[3 * SET]; size_t n; };

static int
collect(void *ctx, const struct snapshot_entry *e)
{
	struct collect *c = ctx;

	c->e[c->n++] = *e;
	return 0;
}

static void
walk_is(const struct snapshot *s, const struct snapshot_entry *e, size_t n)
{
	static struct collect c;

	c.n = 0;
	assert_int_equal(snapshot_each(s, collect, &c), 0);
	assert_int_equal(c.n, n);
	for (size_t i = 1; i < c.n; i++) {
		bool six = !addr_is_v4(&c.e[i].addr), was = !addr_is_v4(&c.e[i - 1].addr);

		assert_true(was <= six);
		if (was == six)
			assert_true(make_cmp(&c.e[i - 1], &c.e[i]) < 0);
	}
	make_sort(c.e, c.n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(make_cmp(&c.e[i], &e[i]), 0);
}

static void
count_is(const struct snapshot *s, const struct snapshot_entry *e, size_t n)
{
	size_t want = 0;

	for (size_t i = 0; i < n; i++)
		want += e[i].form != SNAPSHOT_EXCEPT;
	assert_int_equal(snapshot_count(s), want);
}

/* The cursor gives those of e, in order: of one code within net, all of them
 * or those that are names. */
static void
cursor_is(struct snapshot_cursor *c, const struct snapshot_entry *e, size_t n,
    const struct net *net, unsigned code, bool all)
{
	struct snapshot_entry got;

	for (int v6 = 0; v6 < 2; v6++)
		for (size_t i = 0; i < n; i++) {
			struct net of = snapshot_entry_net(&e[i]);

			if (e[i].code != code || addr_is_v4(&e[i].addr) != !v6 ||
			    (net != NULL && (!net_within(&of, net) ||
			    addr_is_v4(&e[i].addr) != addr_is_v4(&net->addr))) ||
			    !(all || named(e, n, &e[i])))
				continue;
			assert_int_equal(snapshot_cursor_next(c, &got), 0);
			assert_int_equal(snapshot_entry_cmp(&got, &e[i]), 0);
		}
	assert_int_equal(snapshot_cursor_next(c, &got), SNAPSHOT_END);
	assert_int_equal(snapshot_cursor_next(c, &got), SNAPSHOT_END);
}

static void
cursors_are(const struct snapshot *s, const struct snapshot_entry *e, size_t n, struct rand *r)
{
	struct snapshot_cursor c;

	for (unsigned code = 2; code < 5; code++) {
		snapshot_cursor_start(&c, s, code);
		cursor_is(&c, e, n, NULL, code, false);
	}
	for (int i = 0; i < 200; i++) {
		struct addr a = some_addr(r);
		unsigned len = (unsigned)(rand_u64(r) % 129), code = 2 + (unsigned)i % 2;
		struct net net;

		if (addr_is_v4(&a) && len < 96)
			len = 96 + len % 33;
		net = (struct net){ addr_mask(&a, len), (uint8_t)len };
		if (addr_is_v4(&net.addr) != addr_is_v4(&a))
			continue;
		snapshot_cursor_within(&c, s, code, &net, i % 3 == 0);
		cursor_is(&c, e, n, &net, code, i % 3 == 0);
	}
}

static void
base_and_overlay_are_the_set(void **state)
{
	static struct snapshot_entry set[SET], after[2 * SET];
	static struct snapshot_change changes[SET];
	struct rand r;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		static struct snapshot_view base, over;
		struct snapshot s = { .base = &base };
		struct snapshot_entry touched[SET];
		const char *part;
		uint8_t *b, *o;
		int64_t len;
		size_t n, k, m = 0;

		print_message("# seed %d\n", (int)seed);
		rand_seeded(&r, seed);
		n = some_set(set, SET / 2, &r);
		len = make_base(&b, 10, 0, set, n);
		assert_true(len > 0);
		assert_int_equal(snapshot_open(&base, b, (size_t)len, &part), 0);
		check_against(&s, set, n, &r);
		walk_is(&s, set, n);
		count_is(&s, set, n);
		cursors_are(&s, set, n, &r);
		/* half of the changes touch what is there */
		for (size_t i = 0; i < SET / 2; i++)
			touched[i] = rand_u64(&r) % 2 ? set[rand_u64(&r) % n] :
			    some_entry(&r);
		k = make_sort(touched, SET / 2);
		for (size_t i = 0; i < k; i++)
			changes[i] = (struct snapshot_change){ touched[i], rand_u64(&r) % 2 };
		for (size_t i = 0; i < n; i++)
			if (!in_set(touched, k, &set[i]))
				after[m++] = set[i];
		for (size_t i = 0; i < k; i++)
			if (changes[i].present)
				after[m++] = changes[i].e;
		m = make_sort(after, m);
		len = make_overlay(&o, 12, 0, &base, changes, k);
		assert_true(len > 0);
		assert_int_equal(snapshot_open(&over, o, (size_t)len, &part), 0);
		assert_true(snapshot_fits(&base, &over));
		s.overlay = &over;
		assert_int_equal(snapshot_agree(&s), 0);
		assert_int_equal(snapshot_now(&s)->serial, 12);
		check_against(&s, after, m, &r);
		walk_is(&s, after, m);
		count_is(&s, after, m);
		cursors_are(&s, after, m, &r);
		free(o);
		free(b);
	}
}

static void
what_the_zone_says_comes_back(void **state)
{
	struct snapshot_view v;
	const char *part;
	char text[DNS_NAME_TEXT];
	uint8_t *b;
	int64_t len = make_base(&b, 5, SNAPSHOT_LAB, NULL, 0);

	(void)state;
	assert_true(len > 0);
	assert_int_equal(snapshot_open(&v, b, (size_t)len, &part), 0);
	assert_int_equal(v.head.serial, 5);
	assert_int_equal(v.head.flags, SNAPSHOT_LAB);
	assert_int_equal(v.head.expiry_s, 1700086400);
	dns_name_text(text, &v.zone.hostmaster);
	assert_string_equal(text, "hostmaster.bl.example");
	assert_int_equal(v.zone.n_ns, 2);
	assert_int_equal(v.zone.n_hosts, 1);
	assert_int_equal(v.zone.url.n, 19);
	assert_memory_equal(v.zone.url.p, "https://bl.example/", 19);
	free(b);
}

static void
test_addresses_are_no_data(void **state)
{
	struct snapshot_entry e[] = { { addr_v4(127, 0, 0, 1), 2, 0 },
		{ addr_v4(127, 0, 0, 2), 2, 0 }, { addr_v4(127, 0, 0, 3), 2, 0 } };
	struct snapshot_view v;
	struct snapshot s = { .base = &v };
	const char *part;
	uint8_t *b;
	int64_t len = make_base(&b, 1, 0, e, 3);

	(void)state;
	assert_int_equal(snapshot_open(&v, b, (size_t)len, &part), 0);
	assert_int_equal(snapshot_count(&s), 1);
	assert_false(snapshot_has(&s, &e[0].addr, 2));
	assert_true(snapshot_has(&s, &e[2].addr, 2));
	free(b);
}

static void
ranges_around_test_addresses_are_no_data(void **state)
{
	struct snapshot_entry e[] = {
		{ addr_none, 2, SNAPSHOT_RANGE },
		{ addr_v4(127, 0, 0, 0), 2, SNAPSHOT_RANGE },
		{ addr_v4(127, 0, 0, 2), 2, SNAPSHOT_EXCEPT },
		{ addr_v4(127, 0, 1, 0), 2, SNAPSHOT_RANGE },
		{ addr_v4(9, 0, 9, 0), 2, SNAPSHOT_RANGE },	/* its name is one of IPv6 */
		{ addr_v4(9, 9, 10, 0), 2, SNAPSHOT_RANGE } };
	enum { N = sizeof(e) / sizeof(e[0]) };
	struct snapshot_entry bits[] = { { addr_v4(192, 0, 2, 1), 2, SNAPSHOT_RANGE } };
	struct snapshot_entry form[] = { { addr_v4(192, 0, 2, 1), 2, SNAPSHOT_FORMS } };
	struct snapshot_view v;
	struct snapshot s = { .base = &v };
	struct snapshot_cursor c;
	struct snapshot_entry one;
	const char *part;
	uint8_t *b;
	int64_t len;

	(void)state;
	make_sort(e, N);
	len = make_base(&b, 1, 0, e, N);
	assert_int_equal(snapshot_open(&v, b, (size_t)len, &part), 0);
	snapshot_cursor_start(&c, &s, 2);
	assert_int_equal(snapshot_cursor_next(&c, &one), 0);
	assert_true(one.addr.o[12] == 9 && one.addr.o[14] == 10);
	assert_int_equal(snapshot_cursor_next(&c, &one), 0);
	assert_true(one.addr.o[12] == 127 && one.addr.o[14] == 1);
	assert_int_equal(snapshot_cursor_next(&c, &one), SNAPSHOT_END);
	free(b);
	assert_int_equal(make_base(&b, 1, 0, bits, 1), SEK_EPARSE);
	assert_int_equal(make_base(&b, 1, 0, form, 1), SEK_EPARSE);
}

/* What an overlay begins or ends around entries of the base. */
static void
an_exception_comes_and_goes_with_its_range(void **state)
{
	const struct addr in = addr_v4(192, 0, 2, 7), own = addr_v4(192, 0, 2, 9);
	struct snapshot_entry e[] = { { in, 2, SNAPSHOT_EXCEPT }, { own, 2, 0 } };
	struct snapshot_change c[] = { { { addr_v4(192, 0, 2, 0), 2, SNAPSHOT_RANGE }, true } };
	const struct net at_in = { in, 128 }, at_own = { own, 128 };
	static struct snapshot_view v, over;
	struct snapshot s = { .base = &v };
	const char *part;
	uint8_t *b, *o;
	int64_t len;

	(void)state;
	len = make_base(&b, 1, 0, e, 2);
	assert_int_equal(snapshot_open(&v, b, (size_t)len, &part), 0);
	assert_false(snapshot_any(&s, &at_in, 2));
	assert_true(snapshot_any(&s, &at_own, 2));
	len = make_overlay(&o, 2, 0, &v, c, 1);
	assert_int_equal(snapshot_open(&over, o, (size_t)len, &part), 0);
	s.overlay = &over;
	assert_true(snapshot_any(&s, &at_in, 2));
	assert_false(snapshot_any(&s, &at_own, 2));
	assert_int_equal(snapshot_find(&s, &in), 0);
	assert_int_equal(snapshot_find(&s, &own), 4);
	free(o);
	free(b);
}

static void
a_tail_keeps_its_steps(void **state)
{
	const struct snapshot_step steps[] = {
		{ 8, 1, 2, 128, addr_v4(192, 0, 2, 1) }, { 8, 2, 3, 128, addr_v4(192, 0, 2, 2) },
		{ 11, 3, 2, 120, addr_v4(192, 0, 2, 0) },
	};
	uint8_t o[512];
	struct snapshot_memory m = { o, sizeof(o), 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_head h = make_head(11, 7, 0);
	struct snapshot_view v;
	const char *part;
	uint64_t len;

	(void)state;
	assert_int_equal(snapshot_write_tail(&sink, &h, steps, 3, &len), 0);
	assert_int_equal(len, snapshot_tail_max(3));
	assert_int_equal(snapshot_open(&v, o, len, &part), 0);
	assert_int_equal(v.n_steps, 3);
	for (size_t i = 0; i < 3; i++) {
		struct snapshot_step s = snapshot_step(&v, i);

		assert_int_equal(s.serial, steps[i].serial);
		assert_int_equal(s.kind, steps[i].kind);
		assert_int_equal(s.len, steps[i].len);
		assert_true(addr_eq(&s.addr, &steps[i].addr));
	}
	assert_int_equal(snapshot_write_tail(&sink, &h, (struct snapshot_step[]){
	    { 7, SNAPSHOT_STEP_STATUS, 1, 128, addr_none }, steps[0] }, 2, &len), 0);
	assert_int_equal(snapshot_open(&v, o, len, &part), 0);
	assert_int_equal(snapshot_write_tail(&sink, &h, (struct snapshot_step[]){
	    steps[0], { 7, SNAPSHOT_STEP_STATUS, 1, 128, addr_none } }, 2, &len), SEK_EPARSE);
	h.base_serial = 8;	/* the first step would not be new */
	assert_int_equal(snapshot_write_tail(&sink, &h, steps, 3, &len), SEK_EPARSE);
	h = make_head(10, 7, 0);
	assert_int_equal(snapshot_write_tail(&sink, &h, steps, 3, &len), SEK_EPARSE);
}

static void
three_octets_an_entry_at_most(void **state)
{
	enum { MANY = 1000000 };
	struct snapshot_entry *e = calloc(MANY, sizeof(*e));
	uint8_t *b;
	int64_t len;

	(void)state;
	assert_non_null(e);
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t a = 0x0b000000 + i * 3001;

		e[i] = (struct snapshot_entry){ addr_v4((uint8_t)(a >> 24),
		    (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a), 2, 0 };
	}
	len = make_base(&b, 1, 0, e, MANY);
	print_message("# %d octets for %d entries\n", (int)len, MANY);
	assert_in_range(len, 2 * MANY, 2 * MANY + 270000);
	free(b);
	free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_and_overlay_are_the_set),
		cmocka_unit_test(what_the_zone_says_comes_back),
		cmocka_unit_test(test_addresses_are_no_data),
		cmocka_unit_test(ranges_around_test_addresses_are_no_data),
		cmocka_unit_test(an_exception_comes_and_goes_with_its_range),
		cmocka_unit_test(a_tail_keeps_its_steps),
		cmocka_unit_test(three_octets_an_entry_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
