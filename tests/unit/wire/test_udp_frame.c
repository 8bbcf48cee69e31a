/* Frames as they lie on the wire; what is made is read back and its checksums
 * are added up anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/udp_frame.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define RAW(s) (const uint8_t *)(s), sizeof(s) - 1
#define MACS "\x02\0\0\0\0\1" "\x02\0\0\0\0\2"
#define V4(ihl, total, frag, proto) MACS "\x08\0" ihl "\0" total "\0\0" frag \
	"\x40" proto "\0\0" "\xc6\x33\x64\7" "\xc6\x33\x64\x35"
#define V6(version, len, next) MACS "\x86\xdd" version "\0\0\0" len next "\x40" \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7" "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\x35"
#define UDP(len) "\x30\x39\0\x35" len "\0\0"

static const struct row {
	const char	*name;
	const uint8_t	*p;
	size_t		 n;
	bool		 good;
	size_t		 len;
} rows[] = {
	{ "IPv4", RAW(V4("\x45", "\0\x1e", "\0\0", "\x11") UDP("\0\xa") "hi"), true, 2 },
	{ "IPv4 with padding", RAW(V4("\x45", "\0\x1e", "\0\0", "\x11") UDP("\0\xa") "hi\0\0\0\0"), true, 2 },
	{ "IPv4 that may not be cut", RAW(V4("\x45", "\0\x1e", "\x40\0", "\x11") UDP("\0\xa") "hi"), true, 2 },
	{ "IPv4 without data", RAW(V4("\x45", "\0\x1c", "\0\0", "\x11") UDP("\0\x8")), true, 0 },
	{ "IPv6", RAW(V6("\x60", "\0\xb", "\x11") UDP("\0\xb") "hi!"), true, 3 },
	{ "nothing", RAW(""), false, 0 },
	{ "half an Ethernet head", RAW("\2\0\0\0\0\1\2\0\0\0\0\2\x08"), false, 0 },
	{ "ARP", RAW(MACS "\x08\6" "\0\1\x08\0\6\4\0\1 twenty octets follow"), false, 0 },
	{ "IPv4 head cut", RAW(MACS "\x08\0" "\x45\0\0\x1e"), false, 0 },
	{ "IPv4 with options", RAW(V4("\x46", "\0\x22", "\0\0", "\x11") "\1\1\1\1" UDP("\0\xa") "hi"), false, 0 },
	{ "IPv4, first fragment", RAW(V4("\x45", "\0\x1e", "\x20\0", "\x11") UDP("\0\xa") "hi"), false, 0 },
	{ "IPv4, later fragment", RAW(V4("\x45", "\0\x1e", "\0\x10", "\x11") UDP("\0\xa") "hi"), false, 0 },
	{ "IPv4, TCP", RAW(V4("\x45", "\0\x1e", "\0\0", "\6") UDP("\0\xa") "hi"), false, 0 },
	{ "IPv4 longer than the frame", RAW(V4("\x45", "\0\x1f", "\0\0", "\x11") UDP("\0\xb") "hi"), false, 0 },
	{ "IPv4 shorter than its heads", RAW(V4("\x45", "\0\x1b", "\0\0", "\x11") UDP("\0\7") "hi"), false, 0 },
	{ "UDP length that disagrees", RAW(V4("\x45", "\0\x1e", "\0\0", "\x11") UDP("\0\xb") "hi"), false, 0 },
	{ "IPv6 of another version", RAW(V6("\x40", "\0\xb", "\x11") UDP("\0\xb") "hi!"), false, 0 },
	{ "IPv6 with a fragment head", RAW(V6("\x60", "\0\xb", "\x2c") UDP("\0\xb") "hi!"), false, 0 },
	{ "IPv6 longer than the frame", RAW(V6("\x60", "\0\xc", "\x11") UDP("\0\xc") "hi!"), false, 0 },
	{ "IPv6 head cut", RAW(MACS "\x86\xdd" "\x60\0\0\0\0\xb\x11\x40"), false, 0 },
};

/* In memory of exactly that size, so that a sanitizer sees one octet too far. */
static uint8_t *
exact(const struct row *r)
{
	uint8_t *p = malloc(r->n > 0 ? r->n : 1);

	if (p == NULL)
		abort();
	memcpy(p, r->p, r->n);
	return p;
}

static void
frames_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t *p = exact(&rows[i]);
		struct udp_frame f;
		struct addr to;
		uint16_t port;
		int err = udp_frame_read(&f, p, rows[i].n);

		if ((err == 0) != rows[i].good)
			fail_msg("%s: %d", rows[i].name, err);
		if (err == 0) {
			assert_int_equal(f.len, rows[i].len);
			assert_int_equal(f.port, 12345);
			assert_int_equal(f.from.o[15], 7);
			to = udp_frame_to(&port, &f, p);
			assert_int_equal(to.o[15], 0x35);
			assert_int_equal(addr_is_v4(&to), addr_is_v4(&f.from));
			assert_int_equal(port, 53);
			assert_memory_equal(f.data, "hi!", f.len);
		}
		free(p);
	}
}

/* RFC 1071: with its checksum in place everything adds up to all ones. */
static unsigned
added(unsigned s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s += i % 2 == 0 ? (unsigned)p[i] << 8 : p[i];
	while (s > 0xffff)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

static void
check_sums(const uint8_t *p, size_t n, bool v4)
{
	size_t ip = 14, udp = v4 ? 34 : 54;
	unsigned pseudo = added((unsigned)(17 + n - udp),
	    p + ip + (v4 ? 12 : 8), v4 ? 8 : 32);

	if (v4)
		assert_int_equal(added(0, p + ip, 20), 0xffff);
	assert_int_equal(added(pseudo, p + udp, n - udp), 0xffff);
}

static void
an_answer_goes_back_where_the_question_came_from(void **state)
{
	static const char *const texts[] = { "", "x", "an answer of odd octets", "even" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * COUNT(texts); i++) {
		const struct row *r = &rows[i / COUNT(texts)];
		size_t len = strlen(texts[i % COUNT(texts)]), n;
		uint8_t out[128];
		struct udp_frame f, back;

		if (!r->good || udp_frame_read(&f, r->p, r->n) != 0)
			continue;
		memset(out, 0xa5, sizeof(out));
		memcpy(out + f.head, texts[i % COUNT(texts)], len);
		n = udp_frame_answer(out, &f, r->p, len);
		assert_int_equal(n, f.head + len);
		assert_memory_equal(out, r->p + 6, 6);
		assert_memory_equal(out + 6, r->p, 6);
		assert_int_equal(udp_frame_read(&back, out, n), 0);
		assert_int_equal(back.from.o[15], 0x35);
		assert_int_equal(back.port, 53);
		assert_int_equal(back.len, len);
		assert_memory_equal(back.data, texts[i % COUNT(texts)], len);
		check_sums(out, n, f.head == UDP_FRAME_V4);
	}
}

/* A checksum that comes out as zero is written as all ones (RFC 768). */
static void
no_checksum_is_zero(void **state)
{
	struct udp_frame f;
	uint8_t out[64];

	(void)state;
	assert_int_equal(udp_frame_read(&f, rows[0].p, rows[0].n), 0);
	for (unsigned v = 0; v < 0x10000; v++) {
		out[f.head] = (uint8_t)(v >> 8);
		out[f.head + 1] = (uint8_t)v;
		(void)udp_frame_answer(out, &f, rows[0].p, 2);
		assert_true(out[f.head - 2] != 0 || out[f.head - 1] != 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_read_or_refused),
		cmocka_unit_test(an_answer_goes_back_where_the_question_came_from),
		cmocka_unit_test(no_checksum_is_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
