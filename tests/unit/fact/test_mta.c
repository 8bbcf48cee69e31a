#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fact/mta.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* As Debian 12's packages say it. */
static const struct {
	const char *name, *software, *banner, *ehlo, *accepted, *refused;
	int mapped;
	enum mta want;
} cases[] = {
	{ "Postfix", "Postfix", "220 mx ESMTP Postfix (Debian/GNU)",
	    "S: 250-mx\nS: 250-PIPELINING\nS: 250-VRFY\nS: 250 CHUNKING",
	    "250 2.0.0 Ok: queued as 4B2C19", "", 0, MTA_POSTFIX },
	{ "Postfix without a name in its banner", "", "220 mx ESMTP", "250-mx",
	    "250 2.0.0 Ok: queued as 4B2C19", "", 0, MTA_POSTFIX },
	{ "Exim", "Exim 4.96", "220 mx ESMTP Exim 4.96 Fri, 27 Nov 2026 19:12:06 +0000",
	    "250-mx Hello rt [198.51.100.7]\n250-PIPECONNECT\n250 PRDR",
	    "250 OK id=1r5abc-0001-2x", "", 0, MTA_EXIM },
	{ "Exim by what it refuses with", "", "220 mail ready", "250-mx",
	    "", "550 relay not permitted", 0, MTA_EXIM },
	{ "Sendmail", "8.17.1.9/8.17.1.9/Debian-2+deb12u2", "220 mx ESMTP Sendmail 8.17.1.9",
	    "250-mx Hello rt [198.51.100.7], pleased to meet you\n250-DELIVERBY\n250 HELP",
	    "250 2.0.0 3ARJCAb1 Message accepted for delivery", "", 0, MTA_SENDMAIL },
	{ "Sendmail with another banner", "", "220 mx", "250 DELIVERBY", "",
	    "550 5.7.1 x@y.example... Relaying denied", 0, MTA_SENDMAIL },
	{ "OpenSMTPD", "OpenSMTPD", "220 mx ESMTP OpenSMTPD",
	    "250-mx Hello rt [198.51.100.7], pleased to meet you", "250 2.0.0 5a7c Message accepted for delivery",
	    "", 0, MTA_OPENSMTPD },
	{ "Courier, whose line names nobody", "", "220 mx ESMTP",
	    "250-mx Ok.\n250-XVERP=Courier\n250-XEXDATA\n250 DSN", "250 Ok. 000000000", "", 1, MTA_COURIER },
	{ "its own line outweighs an edited banner", "Exim 4.96", "220 mx ESMTP Postfix",
	    "250-mx", "", "", 0, MTA_EXIM },
	{ "two that are alike are none", "", "220 mx", "250 mx Hello, pleased to meet you",
	    "250 Message accepted for delivery", "", 0, MTA_OTHER },
	{ "a front that names one, a reply of another", "", "220 Postfix", "250 mx",
	    "250 OK id=1r5", "", 0, MTA_OTHER },
	{ "8. stands at the start", "Mercury 8.1", "", "", "", "", 0, MTA_OTHER },
	{ "one weak sign is not enough", "", "", "250 mx, pleased to meet you", "", "", 0, MTA_OTHER },
	{ "nothing", "", "", "", "", "", 0, MTA_OTHER },
};

static void
servers_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct mta_in in = {
			.software = str_of(cases[i].software), .mapped = cases[i].mapped != 0,
			.banner = str_of(cases[i].banner), .ehlo = str_of(cases[i].ehlo),
			.accepted = str_of(cases[i].accepted), .refused = str_of(cases[i].refused),
		};
		enum mta got = mta_guess(&in);

		if (got != cases[i].want)
			fail_msg("%s: want %s, got %s", cases[i].name,
			    mta_name(cases[i].want), mta_name(got));
	}
}

static void
every_server_has_a_name(void **state)
{
	(void)state;
	for (enum mta m = MTA_OTHER; m < MTA_N; m++)
		assert_true(strlen(mta_name(m)) > 0);
	assert_string_equal(mta_name(MTA_N), "other");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_are_told_apart),
		cmocka_unit_test(every_server_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
