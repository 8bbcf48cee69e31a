#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fact/spoken.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define HEAD "* connected to 192.0.2.25 port 587\nS: 220 mx.corp.example ESMTP\n"
#define PLAIN "C: EHLO a.example\nS: 250-mx.corp.example\nS: 250-STARTTLS\nS: 250-size 1000\nS: 250 8BITMIME\n"
#define TLS "C: STARTTLS\nS: 220 go\n* TLSv1.3 TLS_X, certificate for \"mx\\x1b\", not verified\n"

static const struct {
	const char *name, *text;
	uint16_t port;
	const char *banner, *offer, *offer_tls, *tls;
	bool greeted, greeted_tls;
} cases[] = {
	{ "keywords come sorted, in any case", HEAD PLAIN, 587, "mx.corp.example ESMTP",
	    "8BITMIME; size 1000; STARTTLS", "", "", true, false },
	{ "within TLS the offer is another", HEAD PLAIN TLS
	    "C: EHLO a.example\nS: 250-mx\nS: 250 AUTH PLAIN\n", 587, "mx.corp.example ESMTP",
	    "8BITMIME; size 1000; STARTTLS", "AUTH PLAIN",
	    "TLSv1.3 TLS_X, certificate for mx\\\\x1b", true, true },
	{ "the first reply counts: a login may follow", HEAD PLAIN
	    "C: EHLO b.example\nS: 250-mx\nS: 250 XCLIENT\n", 587, "mx.corp.example ESMTP",
	    "8BITMIME; size 1000; STARTTLS", "", "", true, false },
	{ "an EHLO that offers nothing", HEAD "C: EHLO a\nS: 250 mx\n", 587,
	    "mx.corp.example ESMTP", "", "", "", true, false },
	{ "an EHLO that was refused is none", HEAD "C: EHLO a\nS: 502 no\nC: HELO a\nS: 250 mx\nS: 250 X\n",
	    587, "mx.corp.example ESMTP", "", "", "", false, false },
	{ "a reply without its end still says what it said", HEAD "C: EHLO a\nS: 250-mx\nS: 250-SIZE\n* down\n",
	    587, "mx.corp.example ESMTP", "SIZE", "", "", true, false },
	{ "only the first line of a banner, without its code",
	    "* connected to 192.0.2.25 port 25\nS: 220-first\nS: 220 second\n", 25,
	    "first", "", "", "", false, false },
	{ "controls are shown harmless", HEAD "C: EHLO a\nS: 250-mx\nS: 250 \x1b[2J\n", 587,
	    "mx.corp.example ESMTP", "\\x1b[2J", "", "", true, false },
	{ "no port that cannot be one", "* connected to 192.0.2.25 port 99999\n", 0,
	    "", "", "", "", false, false },
	{ "the target cannot write remarks", "S: * connected to 192.0.2.25 port 25\n", 0,
	    "nnected to 192.0.2.25 port 25", "", "", "", false, false },
	{ "lines of no length", "S: \nS: 2\n\nC: EHLO \nS: \nS: 250\n", 0, "", "", "", "", false, false },
	{ "nothing", "", 0, "", "", "", "", false, false },
};

static void
same(const char *name, const char *what, const char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fail_msg("%s: %s: want %s, got %s", name, what, want, got);
}

static void
sessions_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		const char *name = cases[i].name;
		struct spoken s;

		spoken_read(&s, str_of(cases[i].text));
		if (s.port != cases[i].port)
			fail_msg("%s: port %u", name, s.port);
		same(name, "banner", s.banner, cases[i].banner);
		same(name, "offer", s.offer, cases[i].offer);
		same(name, "offer within TLS", s.offer_tls, cases[i].offer_tls);
		same(name, "TLS", s.tls, cases[i].tls);
		if (s.greeted != cases[i].greeted || s.greeted_tls != cases[i].greeted_tls)
			fail_msg("%s: greeted %d %d", name, s.greeted, s.greeted_tls);
	}
}

/* A server that offers more than we keep: cut, said so, and inside bounds. */
static void
long_offers_are_cut(void **state)
{
	static char text[65536];
	size_t n = (size_t)sprintf(text, HEAD "C: EHLO a\nS: 250-mx\n");
	struct spoken s;

	(void)state;
	for (unsigned i = 0; i < 90; i++)
		n += (size_t)sprintf(text + n, "S: 250-XWORD%02u\n", i);
	spoken_read(&s, str_of(text));
	assert_true(strlen(s.offer) < SPOKEN_OFFER);
	assert_string_equal(s.offer + strlen(s.offer) - 5, "; ...");

	n = (size_t)sprintf(text, HEAD "C: EHLO a\nS: 250-mx\nS: 250 ");
	memset(text + n, 'x', 5000);
	text[n + 5000] = '\0';
	spoken_read(&s, str_of(text));
	assert_true(strlen(s.offer) < SPOKEN_OFFER);
}

static void
moments_are_left_out(void **state)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "mx ESMTP Sendmail 8.17.1/8.17.1; Sat, 28 Nov 2026 05:12:00 GMT",
		    "mx ESMTP Sendmail 8.17.1/8.17.1; *" },
		{ "mx ESMTP Exim 4.96 Sat, 28 Nov 2026 05:12:00 +0900", "mx ESMTP Exim 4.96 *" },
		{ "mx ESMTP Postfix (Debian/GNU)", "mx ESMTP Postfix (Debian/GNU)" },
		{ "mx ready at 2026-11-28T05:12:00Z ok", "mx ready at * ok" },
		{ "", "" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		spoken_timeless(out, sizeof(out), str_of(rows[i].in));
		same(rows[i].in, "timeless", out, rows[i].want);
	}
	spoken_timeless(out, 4, STR("abcdef ghi"));
	assert_true(strlen(out) < 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_are_read),
		cmocka_unit_test(long_offers_are_cut),
		cmocka_unit_test(moments_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
