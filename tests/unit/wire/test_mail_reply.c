#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/mail_reply.h"

static const struct {
	const char	*name, *in, *dsn, *id;
} cases[] = {
	{ "Postfix", "250 2.0.0 Ok: queued as 4Xyz12AbCdz", "2.0.0", "4Xyz12AbCdz" },
	{ "Postfix, without its status", "250 Ok: queued as 1A2B3C4D5E", "", "1A2B3C4D5E" },
	{ "Postfix, cut by the log", "2.0.0 Ok: queued as 1A2B3C4D5E", "2.0.0", "1A2B3C4D5E" },
	{ "amavis hands on what Postfix said",
	  "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 7D8E9F0A1B", "2.0.0", "7D8E9F0A1B" },
	{ "amavis, as it was written before",
	  "250 2.6.0 Ok, id=04128-01, from MTA([127.0.0.1]:10025): 250 2.0.0 Ok: queued as 7D8E9F0A1B", "2.6.0", "7D8E9F0A1B" },
	{ "Postfix, after BDAT", "250 2.0.0 Ok: 1200 bytes queued as 7D8E9F0A1B", "2.0.0", "7D8E9F0A1B" },
	{ "bytes of nothing", "250 2.0.0 Ok: 1200 bytes", "2.0.0", "" },
	{ "Exim", "250 OK id=1a2b3c-0004d5-6E", "", "1a2b3c-0004d5-6E" },
	{ "Exim since 4.97", "250 OK id=1rAbCd-00000001xYz-2AbC", "", "1rAbCd-00000001xYz-2AbC" },
	{ "Sendmail", "250 2.0.0 3A1B2C3d004567 Message accepted for delivery", "2.0.0", "3A1B2C3d004567" },
	{ "OpenSMTPD", "250 2.0.0 7f3a91c2 Message accepted for delivery", "2.0.0", "7f3a91c2" },
	{ "OpenSMTPD to 6.x", "250 2.0.0: f6e94209 Message accepted for delivery", "2.0.0", "f6e94209" },
	{ "a word that is no id", "250 2.0.0 Message accepted for delivery", "2.0.0", "" },
	{ "the id stands where the server writes it only",
	  "250 2.0.0 hello Ok: queued as 1A2B3C4D5E", "2.0.0", "" },
	{ "a refusal", "550 5.7.1 <a@example.org>... Relaying denied", "5.7.1", "" },
	{ "several lines", "550-5.7.26 unauthenticated", "5.7.26", "" },
	{ "no status", "550 unknown user", "", "" },
	{ "an address is no status", "550 5.7.1.2 is listed", "", "" },
	{ "class 3 is none", "354 3.0.0 go", "", "" },
	{ "four digits", "550 5.7.1000 no", "", "" },
	{ "empty", "", "", "" },
	{ "half", "250 2.0", "", "" },
};

static void
reply_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str dsn = mail_reply_dsn(str_of(cases[i].in));
		struct str id = mail_reply_queued_as(str_of(cases[i].in));

		if (!str_eq(dsn, str_of(cases[i].dsn)) || !str_eq(id, str_of(cases[i].id)))
			fail_msg("%s: %s\n got \"%.*s\" \"%.*s\"\nwant \"%s\" \"%s\"", cases[i].name, cases[i].in,
			    (int)dsn.n, dsn.p, (int)id.n, id.p, cases[i].dsn, cases[i].id);
	}
}

static void
fate_table(void **state)
{
	static const struct { const char *name, *in; enum mail_reply_fate want; } fates[] = {
		{ "taken", "250 2.0.0 Ok: queued as 7D8E9F0A1B", MAIL_REPLY_TAKEN },
		{ "amavis drops", "250 2.7.0 Ok, discarded, id=04128-01 - spam", MAIL_REPLY_DROPPED },
		{ "amavis keeps it", "250 2.7.0 Ok, quarantined, id=04128-01 - spam", MAIL_REPLY_DROPPED },
		{ "amavis passes it on", "250 2.6.0 Ok, id=04128-01, from MTA: 250 Ok", MAIL_REPLY_TAKEN },
		{ "Proxmox drops", "250 2.7.0 BLOCKED (41A5F3B2E5F8A71)", MAIL_REPLY_DROPPED },
		{ "Proxmox hands it back", "250 2.5.0 OK (41A5F3B2E5F8A71)", MAIL_REPLY_HANDED_BACK },
		{ "a word in brackets is no filter's id", "250 2.5.0 OK (delivered)", MAIL_REPLY_TAKEN },
		{ "nor is a short one", "250 2.5.0 OK (41A5F3B2)", MAIL_REPLY_TAKEN },
		{ "nor what goes on", "250 2.5.0 OK (41A5F3B2E5F8A71) x", MAIL_REPLY_TAKEN },
		{ "cut", "250 2.5.0 OK (41A5F3B2E5F8A71", MAIL_REPLY_TAKEN },
		{ "elsewhere in the text", "250 hello Ok, discarded, id=1", MAIL_REPLY_TAKEN },
		{ "empty", "", MAIL_REPLY_TAKEN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
		if (mail_reply_fate(str_of(fates[i].in)) != fates[i].want)
			fail_msg("%s: %s", fates[i].name, fates[i].in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reply_table), cmocka_unit_test(fate_table) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
