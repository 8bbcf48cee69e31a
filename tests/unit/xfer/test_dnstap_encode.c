/* The octets are read here by the rules of protocol buffers and the field numbers of
 * dnstap alone, not with what protoc-c made of our description. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "xfer/dnstap_encode.h"

enum { DNSTAP_MESSAGE = 14, DNSTAP_TYPE = 15 };
enum { VARINT = 0, OCTETS = 2, FIXED32 = 5 };

struct pb_field {
	bool		 is;
	uint64_t	 number;	/* of a varint or fixed32 */
	const uint8_t	*p;
	size_t		 n;
};

static uint64_t
varint(const uint8_t **p)
{
	uint64_t v = 0;

	for (unsigned shift = 0; ; shift += 7) {
		uint8_t o = *(*p)++;

		v |= (uint64_t)(o & 0x7f) << shift;
		if (o < 0x80)
			return v;
	}
}

/* The field of that number in p[0..n), which is a message to its last octet. */
static struct pb_field
field(const uint8_t *p, size_t n, unsigned number)
{
	const uint8_t *end = p + n;
	struct pb_field found = { 0 };

	while (p < end) {
		uint64_t tag = varint(&p);
		struct pb_field f = { .is = true };

		if ((tag & 7) == VARINT) {
			f.number = varint(&p);
		} else if ((tag & 7) == OCTETS) {
			f.n = (size_t)varint(&p);
			f.p = p;
			p += f.n;
		} else {
			assert_int_equal(tag & 7, FIXED32);
			f.number = (uint64_t)p[0] | (uint64_t)p[1] << 8 |
			    (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
			p += 4;
		}
		if (tag >> 3 == number)
			found = f;
	}
	assert_ptr_equal(p, end);
	return found;
}

static const uint8_t query[] = "a query", answer[] = "and an answer";
static const struct dnstap_about all = { { "host", 4 }, { "version", 7 }, true };

static struct tap_answer
made(bool v6, bool tcp)
{
	return (struct tap_answer){
		.at = { 1700000000, 5000 }, .port = 5353, .tcp = tcp,
		.peer = v6 ? (struct addr){ { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } } :
		    addr_v4(192, 0, 2, 53),
		.query = query, .query_len = sizeof(query),
		.answer = answer, .answer_len = sizeof(answer),
	};
}

static void
each_side_has_its_fields(void **state)
{
	enum { NO = -1 };
	static const struct {
		const char		*name;
		bool			 v6, tcp, clients;
		enum dnstap_side	 side;
		int64_t			 numbers[14];	/* of fields 1..13 without those of octets */
		int			 address, query, answer;	/* octets */
	} cases[] = {
		{ "query by UDP", false, false, true, DNSTAP_QUERY,
		    { [1] = 1, [2] = 1, [3] = 1, [6] = 5353, [8] = 1700000000, [9] = 5000,
		    [12] = NO, [13] = NO }, 4, sizeof(query), NO },
		{ "answer by UDP", false, false, true, DNSTAP_ANSWER,
		    { [1] = 2, [2] = 1, [3] = 1, [6] = 5353, [8] = 1700000000, [9] = 5000,
		    [12] = 1700000000, [13] = 5000 }, 4, NO, sizeof(answer) },
		{ "answer by TCP to IPv6", true, true, true, DNSTAP_ANSWER,
		    { [1] = 2, [2] = 2, [3] = 2, [6] = 5353, [8] = 1700000000, [9] = 5000,
		    [12] = 1700000000, [13] = 5000 }, 16, NO, sizeof(answer) },
		{ "query without who asked", true, false, false, DNSTAP_QUERY,
		    { [1] = 1, [2] = 2, [3] = 1, [6] = NO, [8] = 1700000000, [9] = 5000,
		    [12] = NO, [13] = NO }, NO, sizeof(query), NO },
	};
	static const unsigned numbers[] = { 1, 2, 3, 6, 8, 9, 12, 13 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tap_answer a = made(cases[i].v6, cases[i].tcp);
		struct dnstap_about about = { all.identity, all.version, cases[i].clients };
		uint8_t out[DNSTAP_FRAME_MAX];
		size_t n = dnstap_encode(out, &a, cases[i].side, &about);
		struct pb_field m = field(out, n, DNSTAP_MESSAGE), f;

		print_message("# %s\n", cases[i].name);
		assert_int_equal(field(out, n, DNSTAP_TYPE).number, 1);
		assert_int_equal(field(out, n, 1).n, 4);
		assert_memory_equal(field(out, n, 1).p, "host", 4);
		assert_memory_equal(field(out, n, 2).p, "version", 7);
		assert_true(m.is);
		for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++) {
			int64_t want = cases[i].numbers[numbers[k]];

			f = field(m.p, m.n, numbers[k]);
			assert_int_equal(f.is, want != NO);
			assert_true(!f.is || f.number == (uint64_t)want);
		}
		f = field(m.p, m.n, 4);
		assert_int_equal(f.is ? (int)f.n : NO, cases[i].address);
		if (f.is)
			assert_memory_equal(f.p, a.peer.o + 16 - f.n, f.n);
		f = field(m.p, m.n, 10);
		assert_int_equal(f.is ? (int)f.n : NO, cases[i].query);
		if (f.is)
			assert_memory_equal(f.p, query, f.n);
		f = field(m.p, m.n, 14);
		assert_int_equal(f.is ? (int)f.n : NO, cases[i].answer);
		if (f.is)
			assert_memory_equal(f.p, answer, f.n);
	}
}

/* The bound is one that the longest frame keeps. */
static void
the_longest_fits(void **state)
{
	static uint8_t octets[TAP_ANSWER];
	static char words[1000];
	const struct dnstap_about about = { { words, 1000 }, { words, 1000 }, true };
	struct tap_answer a = made(true, true);
	uint8_t out[DNSTAP_FRAME_MAX];
	size_t n;

	(void)state;
	a.at = (struct wall_ns){ INT64_MAX, UINT32_MAX };
	a.port = UINT16_MAX;
	a.answer = octets;
	a.answer_len = TAP_ANSWER;
	n = dnstap_encode(out, &a, DNSTAP_ANSWER, &about);
	assert_true(n > TAP_ANSWER && n <= DNSTAP_FRAME_MAX);
	assert_int_equal(field(out, n, 1).n, DNSTAP_WORDS);
	assert_int_equal(field(out, n, 2).n, DNSTAP_WORDS);
}

static void
what_is_empty_is_left_out(void **state)
{
	const struct dnstap_about nobody = { { "", 0 }, { "", 0 }, true };
	struct tap_answer a = made(false, false);
	uint8_t out[DNSTAP_FRAME_MAX];
	size_t n;

	(void)state;
	a.query_len = 0;
	n = dnstap_encode(out, &a, DNSTAP_QUERY, &nobody);
	assert_false(field(out, n, 1).is);
	assert_false(field(out, n, 2).is);
	assert_true(field(out, n, DNSTAP_MESSAGE).is);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_side_has_its_fields),
		cmocka_unit_test(the_longest_fits),
		cmocka_unit_test(what_is_empty_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
