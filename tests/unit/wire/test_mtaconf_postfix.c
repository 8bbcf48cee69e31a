#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "mtaconf_rig.h"

static const struct mtaconf_case cases[] = {
	{ "nothing of Postfix", { { "smtpd.conf", "listen on all\n" } }, "NONE" },
	{ "Debian's internet site", { { "main.cf",
	    "compatibility_level = 3.6\nmyhostname = mx.example.org\n"
	    "mydestination = $myhostname, example.org, localhost.example.org, localhost\n"
	    "mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\nrelay_domains =\n" } },
	    "net 127.0.0.0/8; net 127.0.0.0/8; net ::1; here mx.example.org; here example.org; "
	    "here localhost.example.org; here localhost; " },
	{ "remarks, blanks and continued lines", { { "main.cf",
	    "# mynetworks = 0.0.0.0/0\nmynetworks = 192.0.2.0/24,\n\n  # not this one 198.51.100.0/24\n"
	    "\t203.0.113.0/24 ,\n  2001:db8::/32\nmydestination =\n  a.example\n#b.example\n  c.example\n" } },
	    "net 192.0.2.0/24; net 203.0.113.0/24; net 2001:db8::/32; here a.example; here c.example; "
	    "behind .a.example; behind .c.example; " },
	{ "4.33: a remark behind a value is a value", { { "main.cf",
	    "compatibility_level=2\nmynetworks = 192.0.2.0/24 # all\nmydestination=x.example # here\n" } },
	    "net 192.0.2.0/24; nets? #; nets? all; here x.example; here #; here here; " },
	{ "the last one holds", { { "main.cf", "compatibility_level=2\nmynetworks=192.0.2.0/24\n"
	    "mydestination=a.example\nmynetworks = 198.51.100.7\nmydestination = b.example\r\n" } },
	    "net 198.51.100.7; here b.example; " },
	{ "values in values", { { "main.cf", "compatibility_level=2\nhost=mx\nd = example.org\n"
	    "myhostname = $host.${d}\nmynetworks=\nmydestination = $(myhostname) localhost.$mydomain $$x\n" } },
	    "here mx.example.org; here localhost.example.org; here $x; " },
	{ "conditions", { { "main.cf", "compatibility_level=2\na=1\nmynetworks =\n"
	    "mydestination = ${a?yes.example} ${b?no.example} ${b:or.example} ${a?{t.example}:{f.example}} "
	    "${b?{t2.example}:{f2.example}}\n" } },
	    "here yes.example; here or.example; here t.example; here f2.example; " },
	{ "a comparison depends", { { "main.cf", "compatibility_level=2\nmynetworks =\n"
	    "mydestination = ${{$a} == {1} ? {x.example} : {y.example}}\n" } }, "domains? mydestination; " },
	{ "a value of itself", { { "main.cf", "compatibility_level=2\nmynetworks=$mynetworks\n"
	    "mydestination=$a$a\na=$b$b\nb=$a$a\n" } }, "nets? mynetworks; domains? mydestination; " },
	{ "names of a host that no file says", { { "main.cf", "compatibility_level=2\nmynetworks=\n" } },
	    "self myhostname; self myhostname; here localhost; " },
	{ "4.31: no setting, no level: own subnets", { { "main.cf", "mydestination=\n" } },
	    "nets? mynetworks_style; " },
	{ "4.31: level 2: this host", { { "main.cf", "compatibility_level=3.6\nmydestination=\n" } },
	    "self mynetworks_style = host; " },
	{ "4.31: style", { { "main.cf", "mydestination=\nmynetworks_style=class\ncompatibility_level=2\n" } },
	    "nets? mynetworks_style; set mynetworks_style=class; " },
	{ "4.31: everybody", { { "main.cf", "compatibility_level=2\nmydestination=\n"
	    "mynetworks=0.0.0.0/0 [::]/0\n" } }, "any-net; any-net; " },
	{ "4.31: host bits", { { "main.cf", "compatibility_level=2\nmydestination=\n"
	    "mynetworks=172.19.0.0/12\n" } }, "nets? 172.19.0.0/12; " },
	{ "exceptions are not ours and not others'", { { "main.cf", "compatibility_level=2\n"
	    "mydestination=!x.example y.example\nmynetworks=!192.0.2.7, 192.0.2.0/24\n" } },
	    "net 192.0.2.0/24; here y.example; " },
	{ "4.34: relay_domains and what is below", { { "main.cf", "compatibility_level=2\nmynetworks=\n"
	    "mydestination=\nrelay_domains=example.com, .example.net\n" } },
	    "behind .example.com; behind .example.net; " },
	{ "4.34: unless it is switched off", { { "main.cf", "compatibility_level=2\nmynetworks=\n"
	    "mydestination=\nrelay_domains=example.com\nparent_domain_matches_subdomains=\n" } },
	    "behind example.com; " },
	{ "lists in files", { { "main.cf", "compatibility_level=2\nmynetworks=/etc/postfix/nets\n"
	    "mydestination=/etc/postfix/local/domains /etc/postfix/none\n" },
	    { "nets", "# office\n192.0.2.0/24\n 198.51.100.0/24, 203.0.113.7\n" },
	    { "local/domains", "a.example\n#b.example\n/etc/postfix/more\n" }, { "more", "c.example\n" } },
	    "net 192.0.2.0/24; net 198.51.100.0/24; net 203.0.113.7; here a.example; here c.example; "
	    "domains? /etc/postfix/none; " },
	{ "a file of itself", { { "main.cf", "compatibility_level=2\nmynetworks=\nmydestination=/x\n" },
	    { "x", "/x\n" } }, "domains? /x; " },
	{ "tables are their keys", { { "main.cf", "compatibility_level=2\nmynetworks=cidr:/etc/postfix/c\n"
	    "mydestination=\nrelay_domains=proxy:hash:/etc/postfix/r btree:/x/r2\n"
	    "virtual_alias_domains=lmdb:/v\n" },
	    { "c", "192.0.2.0/24 OK\n10.0.0.0/8 permit\n" }, { "r", "example.com OK\n#x.example y\n" },
	    { "r2", "example.net  whatever\n continued words\n" }, { "v", "v.example  x\nu@w.example x\n" } },
	    "net 192.0.2.0/24; net 10.0.0.0/8; here v.example; behind .example.com; behind .example.net; " },
	{ "virtual_alias_maps holds domains too", { { "main.cf", "compatibility_level=2\nmynetworks=\n"
	    "mydestination=\nvirtual_alias_maps=hash:/etc/postfix/virtual\n" },
	    { "virtual", "example.com anything\ninfo@example.com a\n@example.com b\nroot admin\n" } },
	    "here example.com; " },
	{ "virtual_mailbox_maps likewise", { { "main.cf", "compatibility_level=2\nmynetworks=\n"
	    "mydestination=\nvirtual_mailbox_maps=texthash:vmail\n" },
	    { "vmail", "example.com x\nu@example.com u/\n" } }, "here example.com; " },
	{ "4.35: databases decide", { { "main.cf", "compatibility_level=2\nmynetworks=mysql:/etc/n.cf\n"
	    "mydestination=pcre:/etc/p\nvirtual_mailbox_domains=proxy:mysql:/etc/v.cf\n" },
	    { "p", "/./ OK\n" } },
	    "nets? mysql:/etc/n.cf; domains? pcre:/etc/p; domains? proxy:mysql:/etc/v.cf; " },
	{ "static and inline", { { "main.cf", "compatibility_level=2\nmynetworks=static:all\n"
	    "mydestination=inline:{a.example=1, b.example=2}\nrelay_domains=static:all\n" } },
	    "any-net; here a.example; here b.example; any-domain; " },
	{ "services", { { "main.cf", "compatibility_level=2\nmynetworks=192.0.2.0/24\nmydestination=\n" },
	    { "master.cf", "smtp inet n - n - - smtpd\n -o mynetworks=198.51.100.0/24,[2001:db8::]/32\n"
	    "# x\n10025 inet n - n - - smtpd\n  -o { mynetworks = 127.0.0.0/8 192.0.2.7 }\n"
	    "  -osmtpd_relay_restrictions=permit_mynetworks,reject\n  -v -o syslog_name=x\n" } },
	    "net 192.0.2.0/24; net 198.51.100.0/24; net 2001:db8::/32; net 127.0.0.0/8; net 192.0.2.7; "
	    "set smtpd_relay_restrictions=permit_mynetworks,reject; " },
	{ "two instances", { { "a/main.cf", "compatibility_level=2\nmynetworks=192.0.2.1\nmydestination=a.example\n" },
	    { "b/main.cf", "compatibility_level=2\nmynetworks=192.0.2.2\nmydestination=b.example\n" },
	    { "b/master.cf", "smtp inet n - n - - smtpd -o smtpd_client_restrictions=permit\n" } },
	    "net 192.0.2.1; here a.example; net 192.0.2.2; here b.example; "
	    "set smtpd_client_restrictions=permit; " },
	{ "not closed", { { "main.cf", "compatibility_level=2\nmynetworks=${a\nmydestination={x y\n" } },
	    "here {x; here y; " },
};

MTACONF_TEST(mtaconf_postfix, "compatibility_level mynetworks relay_domains")
