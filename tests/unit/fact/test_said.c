#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fact/said.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

#define HEAD "* connected to 192.0.2.25 port 25\nS: 220 mx.corp.example ESMTP\n"
#define EXIM "C: EHLO rt.probe.example\nS: 250-mx Hello rt.probe.example [198.51.100.7]\n" \
	"S: 250 HELP\n"

static const struct {
	const char *name, *text, *form;
	int rc;
	const char *banner, *ehlo, *greeting, *client;
	bool tls;
} cases[] = {
	{ "a plain session", HEAD EXIM "* form P01\nC: RCPT TO:<k7q2@b>\nS: 250 ok\n", "P01",
	    0, "220 mx.corp.example ESMTP",
	    "250-mx Hello rt.probe.example [198.51.100.7]\nS: 250 HELP",
	    "rt.probe.example", "198.51.100.7", false },
	{ "the command may be the last line", HEAD EXIM "* form P01\nC: RCPT TO:<k7q2@b>", "P01", 0,
	    "220 mx.corp.example ESMTP",
	    "250-mx Hello rt.probe.example [198.51.100.7]\nS: 250 HELP",
	    "rt.probe.example", "198.51.100.7", false },
	{ "TLS that the form itself asked for",
	    HEAD "C: EHLO a.example\nS: 250 STARTTLS\n* form P01\nC: MAIL FROM:<a@b>\n"
	    "S: 530 Must issue STARTTLS\nC: STARTTLS\nS: 220 go\n* TLSv1.3 X, certificate\n"
	    "C: EHLO a.example\nS: 250 [IPv6:2001:db8::7] again\nC: RCPT TO:<k7q2@b>\nS: 250 ok\n"
	    "* form P02\nC: EHLO later.example\n", "P01",
	    0, "220 mx.corp.example ESMTP", "250 [IPv6:2001:db8::7] again", "a.example",
	    "2001:db8::7", true },
	{ "TLS of the next session is not of this",
	    HEAD EXIM "* form P01\nC: RCPT TO:<k7q2@b>\n* connected to 192.0.2.25 port 465\n* TLSv1.3 X\n", "P01",
	    0, "220 mx.corp.example ESMTP",
	    "250-mx Hello rt.probe.example [198.51.100.7]\nS: 250 HELP",
	    "rt.probe.example", "198.51.100.7", false },
	{ "a form with its variant", HEAD "C: HELO a\nS: 250 mx\n* form H01 (2)\nC: k7q2\n", "H01",
	    0, "220 mx.corp.example ESMTP", "250 mx", "a", "::", false },
	{ "an id that only begins alike", HEAD "* form P011\nC: k7q2\n", "P01", SEK_EPARSE,
	    "", "", "", "::", false },
	{ "another form", HEAD EXIM "* form P02\nC: k7q2\n", "P01", SEK_EPARSE,
	    "", "", "", "::", false },
	{ "what the target says is no remark", HEAD "S: * form P01\nC: k7q2\nS: \n", "P01", SEK_EPARSE,
	    "", "", "", "::", false },
	{ "a literal that is none", HEAD "C: EHLO a\nS: 250 [x] [192.0.2.9\n* form P01\nC: k7q2\n", "P01",
	    0, "220 mx.corp.example ESMTP", "250 [x] [192.0.2.9", "a", "192.0.2.9", false },
	{ "the same form with another name before", HEAD "C: EHLO a\nS: 250 mx\n* form H01\nC: RCPT TO:<x@b>\n"
	    "* connected to 192.0.2.25 port 25\nS: 220 mx\nC: EHLO b\nS: 250 mx\n* form H01\nC: RCPT TO:<k7q2@b>\n"
	    "* form H02\nC: EHLO c\n", "H01", 0, "220 mx", "250 mx", "b", "::", false },
	{ "the target quotes the token, we never sent it", HEAD "* form P01\nS: k7q2\n", "P01", SEK_EPARSE,
	    "", "", "", "::", false },
	{ "nothing", "", "P01", SEK_EPARSE, "", "", "", "::", false },
};

static void
check(const char *name, const char *what, struct str got, const char *want)
{
	if (!str_eq(got, str_of(want)))
		fail_msg("%s: %s: want %s, got %.*s", name, what, want, (int)got.n,
		    got.n > 0 ? got.p : "");
}

static void
sessions_are_read(void **state)
{
	char client[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct said s = { 0 };
		int rc = said_read(&s, str_of(cases[i].text), str_of(cases[i].form), STR("k7q2"));

		if (rc != cases[i].rc)
			fail_msg("%s: got %d", cases[i].name, rc);
		if (rc != 0)
			continue;
		check(cases[i].name, "banner", s.banner, cases[i].banner);
		check(cases[i].name, "ehlo", s.ehlo, cases[i].ehlo);
		check(cases[i].name, "name", s.name, cases[i].greeting);
		addr_text(client, &s.client);
		check(cases[i].name, "client", str_of(client), cases[i].client);
		if (s.tls != cases[i].tls)
			fail_msg("%s: tls %d", cases[i].name, s.tls);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(sessions_are_read) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
