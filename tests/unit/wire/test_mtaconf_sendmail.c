#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "mtaconf_rig.h"

#define OWN "local-host-names", "example.org\n# x.example\n  mail.example.org  # here\n\n"

static const struct mtaconf_case cases[] = {
	{ "nothing of Sendmail", { { "access", "192.0.2 RELAY\n" } }, "NONE" },
	{ "the files alone", { { OWN }, { "relay-domains", "example.com\n192.0.2\n10\n192.0.2.7\n" } },
	    "self class w; here example.org; here mail.example.org; nets? example.com; behind .example.com; "
	    "net 192.0.2.0/24; net 10.0.0.0/8; net 192.0.2.7; " },
	{ "access", { { OWN }, { "access", "# all of it\nConnect:192.0.2 RELAY\nConnect:[192.0.2.9]\tRELAY\n"
	    "Connect:IPv6:2001:db8::9 RELAY\nConnect:example.net RELAY\nTo:example.com\trelay\n"
	    "203.0.113 RELAY\na.example RELAY\n198.51.100 REJECT\nb.example OK\nTo:u@c.example RELAY\n" } },
	    "self class w; here example.org; here mail.example.org; net 192.0.2.0/24; net 192.0.2.9; "
	    "net 2001:db8::9; nets? example.net; behind .example.com; net 203.0.113.0/24; nets? a.example; "
	    "behind .a.example; " },
	{ "4.37: a sender that is believed, and everybody", { { OWN }, { "access",
	    "From:example.org RELAY\nConnect: RELAY\nTo: RELAY\n" } },
	    "self class w; here example.org; here mail.example.org; set From:example.org=RELAY; any-net; "
	    "any-domain; " },
	{ "virtual domains", { { OWN }, { "virtusertable",
	    "@a.example\tuser\nu@b.example x\n@.c.example y\nlocal z\n" } },
	    "self class w; here example.org; here mail.example.org; here a.example; here b.example; "
	    "here .c.example; " },
	{ "mailertable, where nothing else says", { { OWN }, { "mailertable",
	    "a.example smtp:[192.0.2.5]\n.b.example esmtp:x\nc.example error:5.1.1:no\n. smtp:y\n" } },
	    "self class w; here example.org; here mail.example.org; behind .a.example; behind .b.example; " },
	{ "mailertable beside relay-domains is routes", { { OWN }, { "relay-domains", "192.0.2\n" },
	    { "mailertable", "a.example smtp:x\n" } },
	    "self class w; here example.org; here mail.example.org; net 192.0.2.0/24; " },
	{ "a .cf", { { "sendmail.cf", "Cwlocalhost a.example\nFw/etc/mail/local-host-names\n"
	    "FR-o /etc/mail/relay-domains\nC{VirtHost}v.example\nDjmx.example.org\nDMmasq.example\n"
	    "Kaccess hash -T<TMPF> -o /etc/mail/access\nKvirtuser hash /etc/mail/none\n" },
	    { "access", "" } },
	    "here localhost; here a.example; domains? /etc/mail/local-host-names; here v.example; "
	    "here mx.example.org; domains? virtusertable; self class w; " },
	{ "4.35: classes and maps of a directory service", { { "sendmail.cf", "Fw@LDAP\nFR@LDAP\n"
	    "Kaccess ldap -k x /etc/mail/access\n" } },
	    "domains? @LDAP; domains? @LDAP; nets? @LDAP; domains? access; nets? access; self class w; " },
	{ "macros in a class", { { "sendmail.cf", "Cw$w [192.0.2.7]\nDj$w.x\n" } },
	    "self $w; self [192.0.2.7]; self class w; " },
	{ "a .mc", { { "sendmail.mc", "divert(-1)dnl\ndnl LOCAL_DOMAIN(`no.example')\n# LOCAL_DOMAIN(`no2')\n"
	    "VERSIONID(`x, LOCAL_DOMAIN(`no3.example')')dnl\nLOCAL_DOMAIN(`a.example b.example')dnl\n"
	    "RELAY_DOMAIN(`192.0.2 c.example')\ndefine(`confDOMAIN_NAME', `mx.example.org')dnl\n"
	    "FEATURE(`relay_hosts_only')\nRELAY_DOMAIN(\n `d.example')\nVIRTUSER_DOMAIN(`e.example')\n"
	    "LOCAL_CONFIG\nCwf.example g.example\n" } },
	    "here a.example; here b.example; net 192.0.2.0/24; nets? c.example; behind .c.example; "
	    "here mx.example.org; set relay_hosts_only=; nets? d.example; behind d.example; here e.example; "
	    "here f.example; here g.example; self class w; " },
	{ "4.37: features", { { "sendmail.mc", "FEATURE(promiscuous_relay)FEATURE(`relay_entire_domain')\n"
	    "FEATURE(`relay_based_on_MX')FEATURE(`relay_mail_from', `domain')FEATURE(`access_db')\n" } },
	    "set promiscuous_relay=; any-net; set relay_entire_domain=; nets? relay_entire_domain; "
	    "set relay_based_on_MX=; domains? relay_based_on_MX; set relay_mail_from=domain; domains? access; "
	    "nets? access; self class w; " },
	{ "features with their files", { { "sendmail.mc",
	    "FEATURE(`access_db', `hash -T<TMPF> /etc/mail/access')\nFEATURE(`virtusertable')\n" },
	    { "access", "Connect:192.0.2 RELAY\n" }, { "virtusertable", "@a.example u\n" } },
	    "self class w; net 192.0.2.0/24; here a.example; " },
	{ "indexes stand for their text, and may be absent", { { "sendmail.mc",
	    "FEATURE(`access_db', `hash -T<TMPF> /etc/mail/access.db')\n"
	    "FEATURE(`mailertable', `hash -o /etc/mail/mailertable.db')\n" }, { "access", "Connect:10 RELAY\n" } },
	    "self class w; net 10.0.0.0/8; " },
	{ "not closed", { { "sendmail.mc", "LOCAL_DOMAIN(`a.example" } }, "self class w; " },
};

MTACONF_TEST(mtaconf_sendmail, "")
