#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "keys.h"

enum { CAP = 1024, ERROR_FROM_END = 4, MAC_FROM_END = 6 };

/* Spoils a signed query.  Returns its octets.  The end of a TSIG record is the
 * MAC, original ID, error and length of other data, two octets each. */
typedef size_t spoil_fn(uint8_t *q, size_t n);

static size_t
none(uint8_t *q, size_t n)
{
	(void)q;
	return n;
}

static size_t
mac(uint8_t *q, size_t n)
{
	q[n - MAC_FROM_END - 1] ^= 1;
	return n;
}

static size_t
question(uint8_t *q, size_t n)
{
	q[DNS_HEAD + 1] ^= 1;
	return n;
}

/* A forwarder may change the ID; the original one is what was signed. */
static size_t
id(uint8_t *q, size_t n)
{
	q[0] ^= 0xff;
	return n;
}

/* Where the fields behind the algorithm's name stand (HMAC-SHA256). */
static uint8_t *
times(uint8_t *q, size_t n)
{
	return q + n - MAC_FROM_END - 32 - 2 - 8;
}

static size_t
time_long_ago(uint8_t *q, size_t n)
{
	times(q, n)[2] ^= 1;	/* 194 days */
	return n;
}

static size_t
cut(uint8_t *q, size_t n)
{
	(void)q;
	return n - 1;
}

/* Half of the MAC: RFC 8945 5.2.2.1 leaves it to us to refuse that; libknot says
 * BADSIG instead of BADTRUNC (doc/decisions/0030). */
static size_t
half(uint8_t *q, size_t n)
{
	uint8_t *size = q + n - MAC_FROM_END - 32 - 2, *rdlen = size - 8 - 13 - 2;

	assert_int_equal(size[1], 32);
	size[1] = 16;
	rdlen[1] = (uint8_t)(rdlen[1] - 16);
	memmove(size + 2 + 16, size + 2 + 32, MAC_FROM_END);
	return n - 16;
}

static const struct {
	const char	*name, *theirs, *ours;
	spoil_fn	*spoil;
	int		 want;
	const char	*word;		/* of the refusal */
	uint16_t	 error;
	bool		 mac;		/* the refusal is signed */
} cases[] = {
	{ "a good one", KEY_A, KEY_B KEY_A, none, 0, "-", 0, true },
	{ "SHA-384", KEY_C, KEY_C, none, 0, "-", 0, true },
	{ "SHA-512", KEY_B, KEY_B, none, 0, "-", 0, true },
	{ "another ID on the way", KEY_A, KEY_A, id, 0, "-", 0, true },
	{ "a key we do not have", KEY_A, KEY_B, none, TSIG_REFUSED, "badkey", 17, false },
	{ "no keys at all", KEY_A, "", none, TSIG_REFUSED, "badkey", 17, false },
	{ "a key of that name with another secret", KEY_A_OTHER, KEY_A, none,
	    TSIG_REFUSED, "badsig", 16, false },
	{ "a bit of the MAC", KEY_A, KEY_A, mac, TSIG_REFUSED, "badsig", 16, false },
	{ "a bit of the question", KEY_A, KEY_A, question, TSIG_REFUSED, "badsig", 16, false },
	{ "half of the MAC", KEY_A, KEY_A, half, TSIG_REFUSED, "badsig", 16, false },
	{ "another time, which breaks the MAC first", KEY_A, KEY_A, time_long_ago,
	    TSIG_REFUSED, "badsig", 16, false },
	{ "an octet short", KEY_A, KEY_A, cut, TSIG_BROKEN, "-", 0, false },
};

static void
error_is(size_t i, const uint8_t *a, size_t n)
{
	unsigned got = (unsigned)a[n - ERROR_FROM_END] << 8 | a[n - ERROR_FROM_END + 1];

	if (got != cases[i].error)
		fail_msg("%s: error %u, not %u", cases[i].name, got, cases[i].error);
}

static void
one(size_t i)
{
	struct tsig_ring *theirs = keys_ring(cases[i].theirs);
	struct tsig_ring *ours = keys_ring(cases[i].ours);
	struct tsig *asked, *t;
	uint8_t q[CAP], a[CAP];
	size_t plain = keys_question(q, "bl.example", DNS_SOA), n, len = plain;
	int err;

	n = keys_signed(&asked, theirs, q, CAP, "bl.example", DNS_SOA);
	n = cases[i].spoil(q, n);
	err = tsig_check(&t, ours, q, &n);
	if (err != cases[i].want)
		fail_msg("%s: %d, not %d", cases[i].name, err, cases[i].want);
	if (err == TSIG_BROKEN)
		goto out;
	assert_int_equal(n, plain);	/* the signature is off */
	assert_string_equal(tsig_error_word(t), cases[i].word);
	assert_true((tsig_key_of(t) != NULL) == (err == 0));
	memcpy(a, q, n);
	a[2] |= 0x80;
	assert_int_equal(tsig_sign(t, a, &len, CAP), 0);
	error_is(i, a, len);
	if (tsig_answered(asked, a, len) != (err == 0))
		fail_msg("%s: the answer is taken wrongly", cases[i].name);
	tsig_free(t);
out:
	tsig_free(asked);
	tsig_ring_free(theirs);
	tsig_ring_free(ours);
}

static void
queries(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		one(i);
}

/* RFC 8945 5.3.1: a second message has another digest, over the first MAC. */
static void
every_message_is_signed_for_itself(void **state)
{
	struct tsig_ring *r = keys_ring(KEY_A);
	struct tsig *asked, *t;
	uint8_t q[CAP], a[2][CAP];
	size_t n = keys_signed(&asked, r, q, CAP, "bl.example", DNS_AXFR), len[2];

	(void)state;
	assert_int_equal(tsig_check(&t, r, q, &n), 0);
	for (size_t i = 0; i < 2; i++) {
		memcpy(a[i], q, n);
		a[i][2] |= 0x80;
		len[i] = n;
		assert_int_equal(tsig_sign(t, a[i], &len[i], CAP), 0);
	}
	assert_true(len[0] == len[1] && memcmp(a[0], a[1], len[0]) != 0);
	assert_true(tsig_answered(asked, a[0], len[0]));
	tsig_free(t);
	tsig_free(asked);
	tsig_ring_free(r);
}

static void
an_answer_is_taken_from_who_was_asked_alone(void **state)
{
	struct tsig_ring *r = keys_ring(KEY_A), *other = keys_ring(KEY_A_OTHER);
	struct tsig *asked, *t;
	uint8_t q[CAP], a[CAP];
	size_t n, len;

	(void)state;
	n = keys_signed(&asked, r, q, CAP, "bl.example", DNS_SOA);
	assert_int_equal(tsig_check(&t, r, q, &n), 0);
	memcpy(a, q, n);
	len = n;
	a[2] |= 0x80;
	assert_false(tsig_answered(asked, a, len));	/* not signed */
	assert_int_equal(tsig_sign(t, a, &len, CAP), 0);
	a[3] ^= 1;
	assert_false(tsig_answered(asked, a, len));
	tsig_free(t);
	tsig_free(asked);
	n = keys_signed(&asked, other, q, CAP, "bl.example", DNS_SOA);
	a[3] ^= 1;
	assert_false(tsig_answered(asked, a, len));
	tsig_free(asked);
	tsig_ring_free(r);
	tsig_ring_free(other);
}

static void
an_address_gets_the_first_key_it_may_use(void **state)
{
	struct tsig_ring *r = keys_ring(KEY_A KEY_B);
	const struct addr in = addr_v4(192, 0, 2, 9), out = addr_v4(198, 51, 100, 9);

	(void)state;
	assert_int_equal(tsig_ring_for(r, &in)->algorithm, TSIG_SHA256);
	assert_int_equal(tsig_ring_for(r, &out)->algorithm, TSIG_SHA512);
	tsig_ring_free(r);
	r = keys_ring(KEY_A);
	assert_null(tsig_ring_for(r, &out));
	assert_null(tsig_ring_for(NULL, &out));
	tsig_ring_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries),
		cmocka_unit_test(every_message_is_signed_for_itself),
		cmocka_unit_test(an_answer_is_taken_from_who_was_asked_alone),
		cmocka_unit_test(an_address_gets_the_first_key_it_may_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
