/* What changed since a base: against a model that keeps everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rand.h"
#include "keep/publish_entries.h"

enum { KEYS = 64 };

static struct snapshot_entry
key(unsigned i)
{
	struct snapshot_entry e = { .code = (uint8_t)(2 + i % 2), .form = (uint8_t)(i / 4 % 3) };

	e.addr = addr_v4(198, 18, 0, (uint8_t)(i / 2));
	if (i % 8 >= 6) {	/* some of IPv6, on both sides of the mapped ones */
		e.addr = (struct addr){ .o = { i % 16 >= 8 ? 0 : 0xfd, [15] = (uint8_t)(i / 2) } };
	}
	return e;
}

static void
in_order(const struct publish_changes *c)
{
	for (size_t i = 1; i < c->n; i++)
		assert_true(snapshot_entry_cmp(&c->at[i - 1].e, &c->at[i].e) < 0);
}

static const struct publish_change *
find(const struct publish_changes *c, const struct snapshot_entry *e)
{
	for (size_t i = 0; i < c->n; i++)
		if (snapshot_entry_cmp(&c->at[i].e, e) == 0)
			return &c->at[i];
	return NULL;
}

static void
the_last_word_on_an_entry_counts(void **state)
{
	struct publish_changes c = { 0 };
	int model[KEYS], touched = 0;
	uint32_t serials[KEYS] = { 0 };
	struct rand r;

	(void)state;
	memset(model, -1, sizeof(model));
	rand_seeded(&r, 4);
	for (uint32_t serial = 1; serial < 400; serial++) {
		unsigned n = (unsigned)(rand_u64(&r) % 9);

		for (unsigned i = 0; i < n; i++) {
			unsigned k = (unsigned)(rand_u64(&r) % KEYS);
			struct snapshot_entry e = key(k);
			bool listed = rand_u64(&r) % 2;

			assert_int_equal(changes_add(&c, &e, listed, serial), 0);
			touched += model[k] < 0;
			model[k] = listed;
			serials[k] = serial;
		}
		assert_int_equal(changes_settle(&c, NULL), 0);
		in_order(&c);
		assert_int_equal(c.n, touched);
	}
	for (unsigned k = 0; k < KEYS; k++) {
		struct snapshot_entry e = key(k);
		const struct publish_change *f = find(&c, &e);

		assert_true((f == NULL) == (model[k] < 0));
		assert_true(f == NULL || (f->listed == model[k] && f->serial == serials[k]));
	}
	changes_free(&c);
}

static void
a_change_back_to_what_was_is_none(void **state)
{
	struct publish_changes c = { 0 };
	struct snapshot_change out[4];
	struct snapshot_entry e = key(0), f = key(1);

	(void)state;
	assert_int_equal(changes_add(&c, &e, true, 1), 0);
	assert_int_equal(changes_add(&c, &f, true, 1), 0);
	assert_int_equal(changes_settle(&c, NULL), 0);
	assert_int_equal(changes_effective(&c, out), 2);
	assert_int_equal(changes_add(&c, &e, false, 2), 0);
	assert_int_equal(changes_settle(&c, NULL), 0);
	assert_int_equal(c.n, 2);	/* still known: a base under way may hold it */
	assert_int_equal(changes_effective(&c, out), 1);
	assert_true(snapshot_entry_cmp(&out[0].e, &f) == 0 && out[0].present);
	changes_free(&c);
}

static void
a_base_takes_the_changes_up_to_its_serial(void **state)
{
	struct snapshot_view base = { .head = { .serial = 5 } };	/* of no entry */
	struct publish_changes c = { 0 };

	(void)state;
	for (unsigned i = 1; i <= 9; i++) {
		struct snapshot_entry e = key(i);

		assert_int_equal(changes_add(&c, &e, i % 2, i), 0);
	}
	assert_int_equal(changes_settle(&c, NULL), 0);
	changes_rebase(&c, &base);
	assert_int_equal(c.n, 4);
	for (size_t i = 0; i < c.n; i++)
		assert_true(c.at[i].serial > 5 && !c.at[i].below);
	changes_free(&c);
}

static void
same(struct snapshot_entry a, struct snapshot_entry b)
{
	assert_int_equal(snapshot_entry_cmp(&a, &b), 0);
}

/* Past the end of a piece (1 MiB), twice, and both families. */
static void
packed_entries_come_back_as_they_went(void **state)
{
	struct publish_entries e = { 0 };
	struct snapshot_entry out;
	enum { N = 300000 };

	(void)state;
	assert_int_equal(entries_rewind(&e), 0);
	assert_int_equal(entries_next(&e, &out), SNAPSHOT_END);
	for (unsigned round = 0; round < 3; round++) {
		entries_rewind(&e);
		for (unsigned i = 0; i < N; i++) {
			struct snapshot_entry in = { .code = (uint8_t)(i % 60 + 2), .form = (uint8_t)(i % 3) };

			in.addr = addr_v4((uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i);
			in.addr.o[0] = i % 3 == 0 ? 0x20 : 0;
			if (round == 0) {
				assert_int_equal(entries_add(&e, &in), 0);
			} else {
				assert_int_equal(entries_next(&e, &out), 0);
				same(in, out);
			}
		}
	}
	assert_int_equal(entries_next(&e, &out), SNAPSHOT_END);
	assert_int_equal(entries_next(&e, &out), SNAPSHOT_END);
	entries_free(&e);
}

static void
changes_have_the_word_over_entries(void **state)
{
	static const struct { const char *name, *entries, *changes, *want; } cases[] = {
		{ "nothing", "", "", "" },
		{ "entries alone", "bdf", "", "bdf" },
		{ "changes alone", "", "+b-d+f", "bf" },
		{ "around each entry", "bdf", "+a+c+e+g", "abcdefg" },
		{ "gone", "bdf", "-b-d-f", "" },
		{ "there in both", "bdf", "+b+f", "bdf" },
		{ "gone what never was", "bdf", "-a-c-g", "bdf" },
		{ "the last one stays", "z", "-a-b", "z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct publish_entries e = { 0 };
		struct publish_changes c = { 0 };
		struct publish_merged m = { .entries = &e, .changes = &c };
		struct snapshot_entry x = { .code = 2 };
		char got[32];
		size_t n;

		for (const char *p = cases[i].entries; *p != '\0'; p++) {
			x.addr = addr_v4(198, 18, 0, (uint8_t)*p);
			assert_int_equal(entries_add(&e, &x), 0);
		}
		for (const char *p = cases[i].changes; *p != '\0'; p += 2) {
			x.addr = addr_v4(198, 18, 0, (uint8_t)p[1]);
			assert_int_equal(changes_add(&c, &x, p[0] == '+', 1), 0);
		}
		assert_int_equal(changes_settle(&c, NULL), 0);
		for (int round = 0; round < 2; round++) {	/* a source is read twice */
			assert_int_equal(merged_rewind(&m), 0);
			for (n = 0; merged_next(&m, &x) == 0; n++)
				got[n] = (char)x.addr.o[15];
			got[n] = '\0';
			if (strcmp(got, cases[i].want) != 0)
				fail_msg("%s: got %s, want %s", cases[i].name, got, cases[i].want);
		}
		entries_free(&e);
		changes_free(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_word_on_an_entry_counts),
		cmocka_unit_test(a_change_back_to_what_was_is_none),
		cmocka_unit_test(a_base_takes_the_changes_up_to_its_serial),
		cmocka_unit_test(packed_entries_come_back_as_they_went),
		cmocka_unit_test(changes_have_the_word_over_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
