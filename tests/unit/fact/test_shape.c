#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fact/message.h"

static void
message_goes_round(void **state)
{
	uint8_t octets[512];
	struct wbuf w = wbuf_of(octets, sizeof(octets));
	struct msg_order out, in = {
		.order = 0x0102030405060708, .run = 9,
		.addr = addr_v4(198, 18, 1, 10), .port = 25, .pace = 3,
		.purpose = RUN_PROBE, .host = STR("mail.open.example"),
	};
	const struct shape *s = message_shape(MSG_ORDER);

	(void)state;
	shape_encode(&w, s, &in);
	assert_int_equal(w.err, 0);
	assert_int_equal(shape_decode(&out, s, rbuf_of(octets, w.len)), 0);
	assert_true(out.order == in.order && out.port == 25);
	assert_true(addr_eq(&out.addr, &in.addr));
	assert_true(str_eq(out.host, in.host));
}

static void
every_length_but_the_right_one_is_refused(void **state)
{
	uint8_t octets[512] = { 0 };
	struct wbuf w = wbuf_of(octets, sizeof(octets));
	struct msg_rcpt in = { .id = 1, .rcpt = STR("a@b"), .mail_from = STR("c@d") }, out;
	const struct shape *s = message_shape(MSG_RCPT);

	(void)state;
	shape_encode(&w, s, &in);
	for (size_t n = 0; n <= w.len + 1; n++)
		assert_int_equal(shape_decode(&out, s, rbuf_of(octets, n)),
		    n == w.len ? 0 : SEK_EPARSE);
}

static void
text_past_its_bound_is_refused(void **state)
{
	static char big[2000];
	static uint8_t octets[4096];
	struct wbuf w = wbuf_of(octets, sizeof(octets));
	struct msg_text in = { { big, sizeof(big) } };
	struct msg_socket name = { { big, 33 } };

	(void)state;
	shape_encode(&w, message_shape(MSG_CONF), &in);
	assert_int_equal(w.err, 0);
	shape_encode(&w, message_shape(MSG_SOCKET), &name);
	assert_int_equal(w.err, SEK_ELIMIT);
}

static void
every_type_has_a_shape(void **state)
{
	(void)state;
	for (unsigned t = 1; t < MSG_N; t++)
		assert_non_null(message_shape(t));
	assert_null(message_shape(0));
	assert_null(message_shape(MSG_N));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_goes_round),
		cmocka_unit_test(every_length_but_the_right_one_is_refused),
		cmocka_unit_test(text_past_its_bound_is_refused),
		cmocka_unit_test(every_type_has_a_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
