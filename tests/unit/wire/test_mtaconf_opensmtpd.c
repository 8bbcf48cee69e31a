#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "mtaconf_rig.h"

#define END "here localhost; "

static const struct mtaconf_case cases[] = {
	{ "nothing of OpenSMTPD", { { "main.cf", "x = y\n" } }, "NONE" },
	{ "what is installed", { { "smtpd.conf", "table aliases file:/etc/mail/aliases\nlisten on lo0\n"
	    "action \"local_mail\" mbox alias <aliases>\naction \"outbound\" relay\n"
	    "match from local for local action \"local_mail\"\nmatch from local for any action \"outbound\"\n" } },
	    END },
	{ "domains and networks", { { "smtpd.conf", "table doms file:/etc/mail/domains\n"
	    "table office { 192.0.2.0/24, 2001:db8::/32 }\n"
	    "match from any for domain \"example.org\" action \"in\"\n"
	    "match from any for domain <doms> action in\n"
	    "match from any for domain { \"a.example\", \"*.b.example\" } action in\n"
	    "match for local action in\nmatch from any for local action in\n"
	    "match from src <office> for any action out\nmatch from src 198.51.100.7 for any action out\n"
	    "match auth from any for any action out\n" },
	    { "domains", "example.net\n# x.example\n example.com\n" } },
	    "here example.org; here example.net; here example.com; here a.example; here .b.example; "
	    "self for local; net 192.0.2.0/24; net 2001:db8::/32; net 198.51.100.7; " END },
	{ "4.38: any for any", { { "smtpd.conf", "match from any for any action out\n" } }, "any-net; " END },
	{ "4.38: behind a login, or refused", { { "smtpd.conf", "match from auth for any action out\n"
	    "match from any auth <users> for any action out\nmatch from any for any reject\n"
	    "match from any auth for any action out\n" } }, END },
	{ "4.38: no from is local", { { "smtpd.conf", "match for domain \"a.example\" action in\n"
	    "match for any action out\n" } }, END },
	{ "what limits is forgeable or elsewhere", { { "smtpd.conf", "match tag X from any for any action out\n"
	    "match from mail-from \"@a.example\" for any action out\nmatch from rdns \"a\" for any action out\n"
	    "match !from src 192.0.2.7 for domain x.example action in\nmatch from any for rcpt-to <r> action in\n" } },
	    "nets? match; nets? match; nets? match; here x.example; domains? for; " END },
	{ "macros", { { "smtpd.conf", "lan = \"192.0.2.0/24\"\ndom = \"example.org\"\n"
	    "match from src $lan for any action out\nmatch from any for domain $dom action in\n"
	    "match from any for domain $none action in\n" } },
	    "net 192.0.2.0/24; here example.org; domains? none; " END },
	{ "remarks, blanks, continued lines", { { "smtpd.conf", "# match from any for any action x\n"
	    "match from any \\\n  for domain \\\n \"a.example\" action in # match from any for any action x\n"
	    "table t { \\\n \"b.example\", # c.example\n  \"d.example\"\n}\nmatch from any for domain <t> action in\r\n" } },
	    "here a.example; here b.example; here d.example; " END },
	{ "tables with values are their keys", { { "smtpd.conf", "table t { \"a.example\" = \"x\", b.example = y }\n"
	    "match from any for domain <t> action in\n" } }, "here a.example; here b.example; " END },
	{ "4.35: a database", { { "smtpd.conf", "table t db:/etc/mail/t.db\ntable u sqlite:/etc/mail/u.conf\n"
	    "match from any for domain <t> action in\nmatch from src <u> for any action out\n"
	    "match from any for domain <none> action in\n" } },
	    "domains? db:/etc/mail/t.db; nets? sqlite:/etc/mail/u.conf; domains? none; " END },
	{ "a table of itself", { { "smtpd.conf", "table t { <t> }\nmatch from any for domain <t> action in\n" } },
	    "domains? t; " END },
	{ "every domain", { { "smtpd.conf", "match from any for domain \"*\" action out\n" } }, "any-domain; " END },
	{ "files that are read in", { { "smtpd.conf", "include \"/etc/mail/more.conf\"\ninclude \"lost.conf\"\n" },
	    { "more.conf", "match from any for domain a.example action in\ninclude \"more.conf\"\n" } },
	    "here a.example; here a.example; here a.example; here a.example; here a.example; here a.example; "
	    "here a.example; here a.example; nets? more.conf; domains? more.conf; nets? lost.conf; "
	    "domains? lost.conf; " END },
	{ "before 6.4", { { "smtpd.conf", "table aliases db:/etc/mail/aliases.db\ntable vdoms \"/etc/mail/vdoms\"\n"
	    "accept for local alias <aliases> deliver to mbox\n"
	    "accept from any for domain \"example.org\" alias <aliases> deliver to mbox\n"
	    "accept from any for domain <vdoms> virtual <v> deliver to maildir\n"
	    "accept from source 192.0.2.0/24 for any relay\naccept for any relay via smtp://x\n"
	    "reject from any for domain y.example\naccept tagged DKIM for any relay\n" },
	    { "vdoms", "a.example\nb.example\n" } },
	    "here example.org; here a.example; here b.example; net 192.0.2.0/24; " END },
	{ "before 6.4: any for any", { { "smtpd.conf", "accept from any for any relay\n" } }, "any-net; " END },
	{ "before 5.4: maps", { { "smtpd.conf", "map \"vmap\" { source plain \"/etc/mail/v\" }\n"
	    "accept from all for virtual vmap deliver to mbox\naccept from all for all relay\n" } },
	    "domains? for; any-net; " END },
	{ "not closed", { { "smtpd.conf", "match from any for domain { \"a.example" } }, "here a.example; " END },
};

MTACONF_TEST(mtaconf_opensmtpd, "")
