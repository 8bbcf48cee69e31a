#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "xfer/ask.h"

/* One record, written from the letters of a recipe:
 * s SOA of the zone, serial 7; o SOA of another name; c cut SOA; t TSIG; p OPT */
static void
put(struct wbuf *w, char what, const struct dns_name *zone)
{
	const struct dns_name root = { .o = { 0 }, .len = 1 };
	struct dns_name other;

	assert_int_equal(dns_name_parse(&other, STR("other.example")), 0);
	dns_name_write(w, what == 'p' ? &root : what == 's' || what == 'c' ? zone : &other);
	wbuf_u16(w, what == 't' ? DNS_TSIG : what == 'p' ? DNS_OPT : DNS_SOA);
	wbuf_u16(w, what == 'p' ? DNS_EDNS : what == 't' ? DNS_ANY : DNS_IN);
	wbuf_u32(w, 0);
	if (what == 't' || what == 'p') {
		wbuf_u16(w, 0);
		return;
	}
	wbuf_u16(w, what == 'c' ? 5 : 22);
	wbuf_u8(w, 0);
	wbuf_u8(w, 0);
	wbuf_u32(w, 7);
	for (unsigned i = 0; what != 'c' && i < 4; i++)
		wbuf_u32(w, 1);
	if (what == 'c')
		w->len--;	/* three octets of the serial */
}

static const struct {
	const char	*name;
	uint16_t	 type;
	const char	*ns, *ar;
	int		 want;
	enum ask_kind	 kind;
	uint32_t	 serial;
	bool		 tsig;
} cases[] = {
	{ "an ordinary question", DNS_A, "", "", 0, ASK_OTHER, 0, false },
	{ "with EDNS", DNS_A, "", "p", 0, ASK_OTHER, 0, false },
	{ "a whole zone", DNS_AXFR, "", "", 0, ASK_AXFR, 0, false },
	{ "a whole zone, signed", DNS_AXFR, "", "t", 0, ASK_AXFR, 0, true },
	{ "a difference", DNS_IXFR, "s", "", 0, ASK_IXFR, 7, false },
	{ "a difference, EDNS, signed", DNS_IXFR, "s", "pt", 0, ASK_IXFR, 7, true },
	{ "an SOA beside an ordinary question is nothing to us", DNS_A, "s", "", 0, ASK_OTHER, 0, false },
	{ "a difference from what?", DNS_IXFR, "", "", DNS_QUERY_FORMERR, ASK_IXFR, 0, false },
	{ "a difference from two serials", DNS_IXFR, "ss", "", DNS_QUERY_FORMERR, ASK_IXFR, 7, false },
	{ "the serial of another zone", DNS_IXFR, "o", "", DNS_QUERY_FORMERR, ASK_IXFR, 7, false },
	{ "half a serial", DNS_IXFR, "c", "", DNS_QUERY_FORMERR, ASK_IXFR, 0, false },
	{ "a signature before the end", DNS_AXFR, "", "tp", DNS_QUERY_FORMERR, ASK_AXFR, 0, false },
	{ "two signatures", DNS_AXFR, "", "tt", DNS_QUERY_FORMERR, ASK_AXFR, 0, false },
	{ "a signature in the wrong section", DNS_AXFR, "t", "", DNS_QUERY_FORMERR, ASK_AXFR, 0, false },
};

static void
what_is_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dns_name zone;
		uint8_t q[512];
		struct wbuf w = wbuf_of(q, sizeof(q));
		struct ask a;
		int got;

		assert_int_equal(dns_name_parse(&zone, STR("bl.example")), 0);
		dns_head_write(&w, &(struct dns_head){ .id = 1, .qd = 1,
			.ns = (uint16_t)strlen(cases[i].ns), .ar = (uint16_t)strlen(cases[i].ar) });
		dns_name_write(&w, &zone);
		wbuf_u16(&w, cases[i].type);
		wbuf_u16(&w, DNS_IN);
		for (const char *c = cases[i].ns; *c != '\0'; c++)
			put(&w, *c, &zone);
		for (const char *c = cases[i].ar; *c != '\0'; c++)
			put(&w, *c, &zone);
		got = ask_read(&a, q, w.len);
		if (got != cases[i].want || a.kind != cases[i].kind ||
		    a.serial != cases[i].serial || (got == 0 && a.q.tsig != cases[i].tsig))
			fail_msg("%s: got %d, kind %d, serial %u, signed %d", cases[i].name,
			    got, (int)a.kind, a.serial, a.q.tsig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_asked) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
