#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"

static void
reads_in_network_order(void **state)
{
	static const uint8_t in[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct rbuf r = rbuf_of(in, sizeof(in));

	(void)state;
	assert_int_equal(rbuf_u8(&r), 1);
	assert_int_equal(rbuf_u16(&r), 0x0203);
	assert_int_equal(rbuf_u32(&r), 0x04050607);
	assert_true(rbuf_u64(&r) == 0x08090a0b0c0d0e0f);
	assert_int_equal(r.err, 0);
	assert_int_equal(rbuf_left(&r), 0);
}

static void
overrun_sticks_and_gives_zeros(void **state)
{
	static const uint8_t in[] = { 0xff, 0xff, 0xff };
	struct rbuf r = rbuf_of(in, sizeof(in));

	(void)state;
	assert_int_equal(rbuf_u16(&r), 0xffff);
	assert_int_equal(rbuf_u16(&r), 0);
	assert_int_equal(r.err, SEK_EPARSE);
	assert_int_equal(rbuf_u8(&r), 0);	/* one octet is left, but the error sticks */
}

static void
writing_past_the_end_writes_nothing(void **state)
{
	uint8_t out[4] = { 9, 9, 9, 9 };
	struct wbuf w = wbuf_of(out, 3);

	(void)state;
	wbuf_u16(&w, 0x0102);
	wbuf_u16(&w, 0x0304);
	assert_int_equal(w.err, SEK_ELIMIT);
	wbuf_u8(&w, 7);
	assert_int_equal(w.len, 2);
	assert_int_equal(out[2], 9);
	assert_int_equal(out[3], 9);
}

static void
growing_buffer_keeps_its_bound(void **state)
{
	struct gbuf g = { .max = 1000 };
	char big[600];

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_int_equal(gbuf_add(&g, big, 600), 0);
	assert_int_equal(gbuf_add(&g, big, 401), SEK_ELIMIT);
	assert_int_equal(g.len, 600);
	gbuf_drop(&g, 599);
	assert_int_equal(g.len, 1);
	gbuf_free(&g);
	assert_null(g.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_in_network_order),
		cmocka_unit_test(overrun_sticks_and_gives_zeros),
		cmocka_unit_test(writing_past_the_end_writes_nothing),
		cmocka_unit_test(growing_buffer_keeps_its_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
