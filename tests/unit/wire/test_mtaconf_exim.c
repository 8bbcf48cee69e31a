#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "mtaconf_rig.h"

#define ACL "acl_smtp_rcpt = acl_check_rcpt\nbegin acl\nacl_check_rcpt:\n"

static const struct mtaconf_case cases[] = {
	{ "nothing of Exim", { { "main.cf", "relay_domains = x\n" } }, "NONE" },
	{ "the lists", { { "exim4.conf",
	    "domainlist local_domains = @ : example.org : *.example.net : localhost\n"
	    "domainlist relay_to_domains = example.com\n"
	    "hostlist   relay_from_hosts = 127.0.0.1 : ::::1 : 192.0.2.0/24 : 2001::db8::::/32\n" } },
	    "self @; here example.org; here .example.net; here localhost; behind example.com; net 127.0.0.1; "
	    "net ::1; net 192.0.2.0/24; net 2001:db8::/32; " },
	{ "another separator", { { "exim4.conf", "hostlist relay_from_hosts = <; 127.0.0.1 ; ::1 ; 10.0.0.0/8\n" } },
	    "net 127.0.0.1; net ::1; net 10.0.0.0/8; " },
	{ "its name", { { "exim4.conf", "primary_hostname = mx.example.org\ndomainlist local_domains = @:@[]\n" } },
	    "here mx.example.org; self @[]; " },
	{ "remarks and continued lines", { { "exim4.conf",
	    "# domainlist local_domains = x.example\ndomainlist local_domains = a.example : \\\n"
	    "  # b.example : \\\n   c.example \\\n  : d.example\n" } },
	    "here a.example; here c.example; here d.example; " },
	{ "macros", { { "exim4.conf", "DOMS = a.example : b.example\nNET=192.0.2\n"
	    "ALL = DOMS : \\\n   c.example\ndomainlist local_domains = ALL\n"
	    "hostlist relay_from_hosts = NET.0/24\n" } },
	    "here a.example; here b.example; here c.example; net 192.0.2.0/24; " },
	{ "a macro of itself", { { "exim4.conf", "A = A B\nB = A\ndomainlist local_domains = a.example : A\n" } },
	    "here a.example; here A B; " },
	{ "conditions", { { "exim4.conf", "X = 1\n.ifdef X\n.ifndef Y\ndomainlist local_domains = a.example\n"
	    ".else\ndomainlist local_domains = b.example\n.endif\n.elifdef X\n"
	    "domainlist local_domains = c.example\n.else\ndomainlist local_domains = d.example\n.endif\n"
	    ".ifdef Y\ndomainlist local_domains = e.example\n.else\ndomainlist local_domains = f.example\n"
	    ".endif\n" } }, "here a.example; here f.example; " },
	{ "files that are read in", { { "exim4.conf", ".include /etc/exim4/more\n.include_if_exists /etc/none\n"
	    ".include /etc/exim4/lost\n" }, { "more", "domainlist local_domains = a.example\n" } },
	    "here a.example; nets? /etc/exim4/lost; domains? /etc/exim4/lost; " },
	{ "a file that reads itself", { { "exim4.conf", ".include /exim4.conf\n" } },
	    "nets? /exim4.conf; domains? /exim4.conf; " },
	{ "lists in files", { { "exim4.conf", "domainlist local_domains = /etc/exim4/domains : /etc/none\n"
	    "hostlist relay_from_hosts = /etc/exim4/hosts\n" },
	    { "domains", "a.example # ours\n# b.example\n!c.example\n  *.d.example\n" },
	    { "hosts", "192.0.2.7\n2001:db8::/32\nhost.example\n" } },
	    "here a.example; here .d.example; domains? /etc/none; net 192.0.2.7; net 2001:db8::/32; "
	    "nets? host.example; " },
	{ "lookups in text", { { "exim4.conf", "domainlist local_domains = lsearch;/etc/exim4/l : "
	    "partial-lsearch;/etc/exim4/p : dsearch;/etc/exim4/virtual\n"
	    "hostlist relay_from_hosts = net-iplsearch;/etc/exim4/ip\n" },
	    { "l", "a.example: x\nb.example y\n  more\n\"c.example\": z\n#d.example\n" },
	    { "p", "e.example\n*.f.example:\n" }, { "virtual/g.example", "u: v\n" },
	    { "ip", "192.0.2.0/24: x\n\"2001:db8::/32\": y\n" } },
	    "here a.example; here b.example; here c.example; here .e.example; here .f.example; "
	    "here g.example; net 192.0.2.0/24; net 2001:db8::/32; " },
	{ "4.35: what only a database or the run decides", { { "exim4.conf",
	    "domainlist local_domains = mysql;SELECT x : ${lookup{$domain}lsearch{/etc/x}{y:z}} : ^.*x$ : "
	    "cdb;/etc/virtual\nhostlist relay_from_hosts = *.example.org : ${env{X}}\n" } },
	    "domains? mysql;SELECT x; domains? ${lookup{$domain}lsearch{/etc/x}{y:z}}; domains? ^.*x$; "
	    "domains? cdb;/etc/virtual; nets? *.example.org; nets? ${env{X}}; " },
	{ "4.36: everybody, every domain", { { "exim4.conf", "domainlist relay_to_domains = *\n"
	    "hostlist relay_from_hosts = * : 0.0.0.0/0\n" } }, "any-domain; any-net; any-net; " },
	{ "whoever publishes an MX", { { "exim4.conf", "domainlist relay_to_domains = @mx_any\n" } },
	    "domains? @mx_any; " },
	{ "named lists in lists", { { "exim4.conf", "domainlist mine = a.example : +more\n"
	    "domainlist more = b.example : +mine\ndomainlist local_domains = +mine : +none\n" } },
	    "here a.example; here b.example; here a.example; here b.example; here a.example; here b.example; "
	    "here a.example; here b.example; domains? mine; domains? none; " },
	{ "exceptions", { { "exim4.conf", "domainlist local_domains = !a.example : b.example\n" } },
	    "here b.example; " },
	{ "the ACL names other lists", { { "exim.conf", "domainlist ours = a.example\nhostlist office = 192.0.2.0/24\n"
	    ACL "  accept hosts = :\n  deny domains = +ours\n   local_parts = ^[.]\n"
	    "  accept hosts = +office\n   control = submission\n  accept authenticated = *\n"
	    "  require message = relay not permitted\n    domains = +ours\n  accept\n" } },
	    "net 192.0.2.0/24; here a.example; " },
	{ "a deny that excepts", { { "exim.conf", ACL "  deny !domains = a.example\n  !hosts = 192.0.2.0/24\n"
	    "  !authenticated = *\n accept\n" } }, "here a.example; net 192.0.2.0/24; " },
	{ "a deny with exceptions in its list", { { "exim.conf", ACL " deny domains = !a.example : !b.example\n"
	    " accept\n" } }, "here a.example; here b.example; " },
	{ "4.36: an accept of everything", { { "exim.conf", ACL "  accept domains = a.example\n"
	    "  accept verify = recipient\n" } }, "here a.example; any-net; " },
	{ "a refusal that is limited is no gate", { { "exim.conf", ACL " deny !domains = a.example\n"
	    "  dnslists = x.example\n accept\n" } }, "any-net; " },
	{ "conditions limit an accept", { { "exim.conf", ACL " accept condition = ${if eq{1}{1}}\n"
	    " accept senders = x@a.example\n accept acl = other\n" } }, "" },
	{ "another ACL", { { "exim.conf", "acl_smtp_rcpt = a\nbegin acl\nb:\n accept\na:\n"
	    " accept domains = a.example\n" } }, "here a.example; " },
	{ "routers say nothing", { { "exim.conf", "begin routers\nx:\n domains = a.example\nbegin acl\n" } }, "" },
	{ "Debian's answers", { { "update-exim4.conf.conf", "# comment\ndc_eximconfig_configtype='internet'\n"
	    "dc_other_hostnames='example.org;mail.example.org'\ndc_relay_domains='a.example:b.example'\n"
	    "dc_relay_nets='192.0.2.0/24 ; 2001:db8::/32'\n" },
	    { "exim4.conf.template", "domainlist local_domains = MAIN_LOCAL_DOMAINS\n" },
	    { "exim4.conf.localmacros", "MAIN_LOCAL_DOMAINS = DEBCONFlocal_domainsDEBCONF : x.example\n" } },
	    "here example.org; here mail.example.org; behind a.example; behind b.example; net 192.0.2.0/24; "
	    "net 2001:db8::/32; self @; here localhost; here x.example; " },
	{ "Debian's template, whose macros its answers are", { { "update-exim4.conf.conf",
	    "dc_relay_nets='192.0.2.0/24'\n" }, { "exim4.conf.template",
	    "hostlist relay_from_hosts = MAIN_RELAY_NETS\n" } }, "net 192.0.2.0/24; self @; here localhost; " },
	{ "the template alone", { { "exim4.conf.template",
	    "hostlist relay_from_hosts = MAIN_RELAY_NETS\n" } }, "nets? MAIN_RELAY_NETS; " },
	{ "Debian's split files", { { "update-exim4.conf.conf", "dc_use_split_config='true'\n" },
	    { "conf.d/acl/30", "begin acl\nc:\n accept domains = +d\n" },
	    { "conf.d/main/01", "domainlist d = a.example\n" },
	    { "exim4.conf.template", "domainlist local_domains = t.example\n" } },
	    "self @; here localhost; here a.example; " },
	{ "an exim4.conf replaces Debian's", { { "update-exim4.conf.conf", "dc_other_hostnames='x.example'\n" },
	    { "exim4.conf", "domainlist local_domains = a.example\n" } }, "here a.example; " },
	{ "Exim 3", { { "configure", "local_domains = a.example\nhost_accept_relay = 192.0.2.7\n" } },
	    "here a.example; net 192.0.2.7; " },
};

MTACONF_TEST(mtaconf_exim, "acl_smtp_rcpt primary_hostname")
