#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "xfer/transfer.h"

enum { ENTRIES = 400 };

struct world {
	uint8_t			*base;
	struct snapshot_view	 view;
	struct snapshot		 s;
	struct clock_fake	 clock;
};

static void
world_open(struct world *x)
{
	static struct snapshot_entry e[ENTRIES];
	const char *part;
	int64_t n;

	for (size_t i = 0; i < ENTRIES; i++) {
		e[i].addr = i % 4 != 0 ? addr_v4(192, 0, (uint8_t)(i >> 6), (uint8_t)(i * 5)) :
		    (struct addr){ { 0x20, 1, 0xd, 0xb8, (uint8_t)i, [15] = (uint8_t)(i >> 8) } };
		e[i].code = i % 8 == 1 ? 3 : 2;
	}
	n = make_base(&x->base, 7, SNAPSHOT_OUT, e, make_sort(e, ENTRIES));
	assert_true(n > 0);
	assert_int_equal(snapshot_open(&x->view, x->base, (size_t)n, &part), 0);
	x->s = (struct snapshot){ .base = &x->view };
	clock_fake_init(&x->clock, (struct wall){ 1700000000 });
}

struct sum { size_t records; uint64_t of; };	/* of a set: the order does not matter */

static uint64_t
mix(const void *p, size_t n, uint64_t h)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ ((const uint8_t *)p)[i]) * UINT64_C(1099511628211);
	return h;
}

static void
add(struct sum *sum, const struct dns_name *owner, uint16_t type, uint32_t ttl_s)
{
	uint64_t h = mix(owner->o, owner->len, UINT64_C(14695981039346656037));

	h = mix(&type, sizeof(type), h);
	sum->of += mix(&ttl_s, sizeof(ttl_s), h);
	sum->records++;
}

static int
add_live(void *ctx, const struct dns_record *r)
{
	add(ctx, &r->owner, r->type, r->ttl_s);
	return 0;
}

/* Adds the records of a message.  Returns its answer count. */
static unsigned
add_message(struct sum *sum, const uint8_t *p, size_t n, bool first)
{
	struct rbuf m = rbuf_of(p, n);
	struct dns_head h;
	struct dns_rr rr;
	struct dns_name name;

	dns_head_read(&h, &m);
	assert_int_equal(h.id, 0x1234);
	assert_int_equal(h.qd, first);
	assert_int_equal(h.ar, first);	/* OPT */
	if (first) {
		dns_name_read(&name, &m);
		rbuf_u32(&m);
	}
	for (unsigned i = 0; i < h.an; i++) {
		dns_rr_read(&rr, &m);
		assert_int_equal(m.err, 0);
		add(sum, &rr.owner, rr.type, rr.ttl_s);
	}
	return h.an;
}

/* RFC 5936 2.2: the zone as live answers give it, and the SOA once more. */
static void
a_transfer_is_the_zone(void **state)
{
	static const struct { const char *zone; enum answer_zone which; } rows[] = {
		{ "bl.example", ANSWER_ZONE }, { "out.bl.example", ANSWER_OUT },
	};
	struct world *x = calloc(1, sizeof(*x));
	static uint8_t out[TRANSFER_ROOM];

	(void)state;
	world_open(x);
	for (size_t i = 0; i < 2; i++) {
		const struct transfer_about about = { .what = "axfr", .serial = 7,
			.clock = &x->clock.clock };
		struct sum live = { 0, 0 }, sent = { 0, 0 };
		struct dns_name name;
		struct source *source;
		struct transfer *t;
		struct ask ask;
		uint8_t q[DNS_QUERY_MAX];
		size_t n, messages = 0;
		int err;

		assert_int_equal(dns_name_parse(&name, str_of(rows[i].zone)), 0);
		n = dns_query_build(q, 0x1234, &name, DNS_AXFR);
		assert_int_equal(ask_read(&ask, q, n), 0);
		assert_int_equal(ask.kind, ASK_AXFR);
		assert_int_equal(source_zone(&source, &x->s, rows[i].which), 0);
		assert_int_equal(transfer_new(&t, &about, &ask, NULL, source, NULL), 0);
		while ((err = transfer_next(t, out, sizeof(out), &n)) == 0) {
			assert_true(n <= PACKET_MAX);
			assert_true(add_message(&sent, out, n, messages == 0) > 0);
			messages++;
		}
		assert_int_equal(err, TRANSFER_END);
		transfer_free(t, NULL);
		assert_int_equal(answer_each(&x->s, rows[i].which,
		    (struct wall){ 0 }, add_live, &live), 0);
		add(&live, &name, DNS_SOA, MAKE_TTL);
		assert_int_equal(sent.records, live.records);
		assert_int_equal(sent.of, live.of);
		assert_true(rows[i].which == ANSWER_OUT || messages > 2);
	}
	free(x->base);
	free(x);
}

static void
an_hour_is_the_end(void **state)
{
	struct world *x = calloc(1, sizeof(*x));
	struct transfer_about about = { .what = "axfr", .clock = NULL };
	static uint8_t out[TRANSFER_ROOM];
	static struct ask ask;
	unsigned running = 0;
	struct source *source;
	struct transfer *t;
	size_t n;

	(void)state;
	world_open(x);
	about.clock = &x->clock.clock;
	about.running = &running;
	assert_int_equal(source_zone(&source, &x->s, ANSWER_ZONE), 0);
	assert_int_equal(transfer_new(&t, &about, &ask, NULL, source, NULL), 0);
	assert_int_equal(running, 1);
	assert_int_equal(transfer_next(t, out, sizeof(out), &n), 0);
	clock_fake_pass(&x->clock, TRANSFER_MAX_MS + 1000);
	assert_int_equal(transfer_next(t, out, sizeof(out), &n), SEK_ELIMIT);
	transfer_free(t, "late");
	assert_int_equal(running, 0);
	free(x->base);
	free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transfer_is_the_zone),
		cmocka_unit_test(an_hour_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
