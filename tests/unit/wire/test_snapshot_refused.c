/* What the reader and the writers of snapshots refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "../snapshot_sign.h"

static void
damage_anywhere_is_refused(void **state)
{
	struct snapshot_entry e[] = {
		{ addr_v4(192, 0, 2, 25), 2, 0 }, { addr_v4(192, 0, 2, 26), 2, 0 },
		{ { { 0x20, 1, 0xd, 0xb8, [15] = 9 } }, 2, 0 },
		{ addr_v4(198, 51, 100, 0), 2, SNAPSHOT_RANGE },
		{ addr_v4(198, 51, 100, 7), 2, SNAPSHOT_EXCEPT },
		{ { { 0x20, 1, 0xd, 0xb8, 1 } }, 2, SNAPSHOT_RANGE },
		{ { { 0x20, 1, 0xd, 0xb8, 1, [15] = 7 } }, 2, SNAPSHOT_EXCEPT },
	};
	struct snapshot_change c[] = {
		{ { addr_v4(192, 0, 2, 25), 2, 0 }, false },
		{ { addr_v4(198, 51, 100, 0), 2, SNAPSHOT_RANGE }, false },
		{ { addr_v4(198, 51, 100, 1), 2, 0 }, true },
		{ { addr_v4(198, 51, 100, 9), 2, SNAPSHOT_EXCEPT }, true },
		{ { { { 0x20, 1, 0xd, 0xb8, [15] = 9 } }, 2, 0 }, false },
		{ { { { 0x20, 1, 0xd, 0xb8, 1, [15] = 7 } }, 2, SNAPSHOT_EXCEPT }, false },
		{ { { { 0x20, 1, 0xd, 0xb8, 2 } }, 2, SNAPSHOT_RANGE }, true },
	};
	enum { N = sizeof(e) / sizeof(e[0]), CHANGES = sizeof(c) / sizeof(c[0]) };
	static struct snapshot_view v, over;
	const char *part;
	uint8_t *b, *o;
	int64_t len, olen;

	(void)state;
	make_sort(e, N);
	len = make_base(&b, 5, 0, e, N);
	assert_int_equal(snapshot_open(&v, b, (size_t)len, &part), 0);
	olen = make_overlay(&o, 6, 0, &v, c, CHANGES);
	assert_true(olen > 0);
	assert_int_equal(snapshot_open(&over, o, (size_t)olen, &part), 0);
	assert_int_equal(over.n_lists, 2);
	for (int64_t i = 0; i < len; i += i < 1024 || i > len - 256 ? 1 : 997) {
		b[i] ^= 0x10;
		if (snapshot_open(&v, b, (size_t)len, &part) == 0)
			fail_msg("octet %d of a base may change", (int)i);
		b[i] ^= 0x10;
	}
	for (int64_t i = 0; i < olen; i++) {
		o[i] ^= 1;
		if (snapshot_open(&over, o, (size_t)olen, &part) == 0)
			fail_msg("octet %d of an overlay may change", (int)i);
		o[i] ^= 1;
		assert_int_equal(snapshot_open(&over, o, (size_t)i, &part), SEK_EPARSE);
	}
	for (int64_t i = 0; i < len; i += 4099)
		assert_int_equal(snapshot_open(&v, b, (size_t)i, &part), SEK_EPARSE);
	b[len - 5] ^= 1;
	assert_int_equal(snapshot_open(&v, b, (size_t)len, &part), SEK_EPARSE);
	assert_string_equal(part, "v6 exceptions");
	free(b);
	free(o);
}

/* Where the row of a section stands; 0: there is none. */
static size_t
row_of(const uint8_t *f, unsigned type)
{
	for (size_t i = 0; i < snap_u32(f + 12); i++)
		if (snap_u16(f + SNAP_HEAD + i * SNAP_ROW) == type)
			return SNAP_HEAD + i * SNAP_ROW;
	return 0;
}

/* Files of a writer that computes hashes well and all else badly. */
static void
what_no_writer_may_say_is_refused(void **state)
{
	enum { CODE = 3 };	/* its lower octet, in a row */
	static const struct { const char *name; enum snapshot_kind kind; unsigned type, row, at; const char *octets; size_t n; const char *part; } cases[] = {
		{ "a /24 that is a name of IPv6", SNAPSHOT_BASE, SNAP_S_V4_RANGE, 0, 0, "\1\2\3", 3, "v4 ranges" },
		{ "127.0.0.0/24", SNAPSHOT_BASE, SNAP_S_V4_RANGE, 0, 0, "\177\0\0", 3, "v4 ranges" },
		{ "::/64", SNAPSHOT_BASE, SNAP_S_V6_RANGE, 0, 0, "\0\0\0\0\0\0\0\0", 8, "v6 ranges" },
		{ "a mapped exception", SNAPSHOT_BASE, SNAP_S_V6_EXCEPT, 0, 0, "\0\0\0\0\0\0\0\0\0\0\377\377", 12, "v6 exceptions" },
		{ "exceptions that fall", SNAPSHOT_BASE, SNAP_S_V4_EXCEPT, 0, 0, "\377", 1, "v4 exceptions" },
		{ "a zone with a code", SNAPSHOT_BASE, SNAP_S_ZONE, CODE, 0, "\2", 1, "zone" },
		{ "code 64", SNAPSHOT_BASE, SNAP_S_V4_RANGE, CODE, 0, "\100", 1, "v4 ranges" },
		{ "one record too many", SNAPSHOT_BASE, SNAP_S_V4_RANGE, 31, 0, "\2", 1, "v4 ranges" },
		{ "a section of another kind of file", SNAPSHOT_BASE, SNAP_S_V4_RANGE, 1, 0, "\14", 1, "v4 range changes" },
		{ "a sum that does not change", SNAPSHOT_OVERLAY, SNAP_S_V4_RANGE_CHANGE, 0, 3, "\0\0\0\0", 4, "v4 range changes" },
		{ "steps with a code", SNAPSHOT_TAIL, SNAP_S_STEP, CODE, 0, "\2", 1, "steps" },
		{ "a step with an octet that is not zero", SNAPSHOT_TAIL, SNAP_S_STEP, 0, 7, "\1", 1, "steps" },
		{ "a step of more than 128 bits", SNAPSHOT_TAIL, SNAP_S_STEP, 0, 6, "\201", 1, "steps" },
		{ "an address of the serial before the tail", SNAPSHOT_TAIL, SNAP_S_STEP, 0, 4, "\1", 1, "steps" },
	};
	struct snapshot_entry e[] = {
		{ addr_v4(198, 51, 100, 0), 2, SNAPSHOT_RANGE },
		{ addr_v4(198, 51, 100, 7), 2, SNAPSHOT_EXCEPT },
		{ addr_v4(198, 51, 100, 8), 2, SNAPSHOT_EXCEPT },
		{ { { 0x20, 1, 0xd, 0xb8, 1 } }, 2, SNAPSHOT_RANGE },
		{ { { 0x20, 1, 0xd, 0xb8, 1, [15] = 7 } }, 2, SNAPSHOT_EXCEPT },
	};
	struct snapshot_change c[] = { { { addr_v4(198, 51, 100, 0), 2, SNAPSHOT_RANGE }, false } };
	const struct snapshot_step steps[] = { { 5, SNAPSHOT_STEP_STATUS, 1, 128, addr_none } };
	struct snapshot_head h = make_head(6, 5, 0);
	static struct snapshot_view v, other;
	static uint8_t o[4096], tail[512];
	struct snapshot_memory m = { tail, sizeof(tail), 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	uint8_t *base, *over;
	const char *part;
	size_t len[SNAPSHOT_TAIL + 1];
	uint64_t octets;

	(void)state;
	len[SNAPSHOT_BASE] = (size_t)make_base(&base, 5, 0, e, make_sort(e, sizeof(e) / sizeof(e[0])));
	assert_int_equal(snapshot_open(&v, base, len[SNAPSHOT_BASE], &part), 0);
	len[SNAPSHOT_OVERLAY] = (size_t)make_overlay(&over, 6, 0, &v, c, 1);
	assert_int_equal(snapshot_write_tail(&sink, &h, steps, 1, &octets), 0);
	len[SNAPSHOT_TAIL] = (size_t)octets;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint8_t *files[] = { NULL, base, over, tail };
		size_t n = len[cases[i].kind], at;

		assert_true(n <= sizeof(o));
		memcpy(o, files[cases[i].kind], n);
		sign(o, n);
		assert_int_equal(snapshot_open(&other, o, n, &part), 0);
		at = row_of(o, cases[i].type);
		assert_true(at != 0);
		at = cases[i].row != 0 ? at + cases[i].row : (size_t)snap_u64(o + at + 8) + cases[i].at;
		memcpy(o + at, cases[i].octets, cases[i].n);
		sign(o, n);
		if (snapshot_open(&other, o, n, &part) != SEK_EPARSE || strcmp(part, cases[i].part) != 0)
			fail_msg("%s: %s", cases[i].name, part);
	}
	free(over);
	free(base);
}

static void
a_source_out_of_order_is_refused(void **state)
{
	struct snapshot_entry twice[] = { { addr_v4(192, 0, 2, 1), 2, 0 }, { addr_v4(192, 0, 2, 1), 2, 0 } };
	struct snapshot_entry falls[] = { { addr_v4(192, 0, 2, 2), 2, 0 }, { addr_v4(192, 0, 2, 1), 2, 0 } };
	struct snapshot_entry code[] = { { addr_v4(192, 0, 2, 2), 1, 0 } };
	struct snapshot_entry codes[9];
	uint8_t *b;

	(void)state;
	for (size_t i = 0; i < 9; i++)
		codes[i] = (struct snapshot_entry){ addr_v4(192, 0, 2, 1), (uint8_t)(2 + i), 0 };
	assert_int_equal(make_base(&b, 1, 0, twice, 2), SEK_EPARSE);
	assert_int_equal(make_base(&b, 1, 0, falls, 2), SEK_EPARSE);
	assert_int_equal(make_base(&b, 1, 0, code, 1), SEK_EPARSE);
	assert_int_equal(make_base(&b, 1, 0, codes, 9), SEK_ELIMIT);
	assert_true(make_base(&b, 1, 0, codes, 8) > 0);
	free(b);
}

/* A day belongs to a list that closes, and has 24 bits. */
static void
a_day_without_its_life_is_refused(void **state)
{
	static const struct { uint8_t life; uint32_t day; bool ok; } cases[] = {
		{ SNAPSHOT_ALIVE, 0, true }, { SNAPSHOT_ALIVE, 1, false },
		{ SNAPSHOT_FROZEN, 20971, false }, { SNAPSHOT_CLOSING, 0, true },
		{ SNAPSHOT_CLOSING, 20971, true }, { SNAPSHOT_CLOSING, SNAPSHOT_DAY_MAX, true },
		{ SNAPSHOT_CLOSING, SNAPSHOT_DAY_MAX + 1, false }, { SNAPSHOT_EMPTY, 20971, false },
	};
	static uint8_t tail[512];
	struct snapshot_memory m = { tail, sizeof(tail), 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot_head h = make_head(6, 5, 0);
		struct snapshot_view v;
		const char *part;
		uint64_t octets;

		h.life = cases[i].life;
		h.empties = cases[i].day;
		assert_int_equal(snapshot_write_tail(&sink, &h, NULL, 0, &octets),
		    cases[i].ok ? 0 : SEK_EPARSE);
		if (!cases[i].ok)
			continue;
		assert_int_equal(snapshot_open(&v, tail, (size_t)octets, &part), 0);
		assert_int_equal(v.head.empties, cases[i].day);
		tail[52] = SNAPSHOT_FROZEN;
		sign(tail, (size_t)octets);
		assert_int_equal(snapshot_open(&v, tail, (size_t)octets, &part),
		    cases[i].day == 0 ? 0 : SEK_EPARSE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damage_anywhere_is_refused),
		cmocka_unit_test(what_no_writer_may_say_is_refused),
		cmocka_unit_test(a_day_without_its_life_is_refused),
		cmocka_unit_test(a_source_out_of_order_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
