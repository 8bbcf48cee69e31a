#include "log_table.h"
#include "wire/log_exim.h"

#define ID "1pQ2Ab-0003dK-2F"
#define LONG "1rAbCd-00000001xYz-2AbC"

static const struct log_case cases[] = {
	/* arrivals: pitfalls 16, 20 */
	{ "a stranger by SMTP", "", ID " <= a@example.org H=mx.example.org (helo.example.org) [192.0.2.25] P=esmtps "
	  "X=TLS1.3:ECDHE_RSA:256 CV=no S=1234 id=x1@example.org",
	  "arrives +tls service=esmtps id=" ID " client=192.0.2.25 name=mx.example.org helo=helo.example.org "
	  "from=<a@example.org> msgid=x1@example.org size=1234" },
	{ "the long id of 4.97: pitfall 20", "", LONG " <= a@example.org H=[192.0.2.25] P=smtp S=9",
	  "arrives service=smtp id=" LONG " client=192.0.2.25 from=<a@example.org> size=9" },
	{ "only a helo, with port and interface", "",
	  ID " <= a@example.org H=(pc) [192.0.2.7]:52114 I=[198.51.100.1]:587 P=esmtp S=9",
	  "arrives service=esmtp id=" ID " client=192.0.2.7 helo=pc from=<a@example.org> size=9" },
	{ "an address as helo is not the client: pitfall 16", "", ID " <= a@example.org H=([203.0.113.9]) [192.0.2.7] P=esmtp S=9",
	  "arrives service=esmtp id=" ID " client=192.0.2.7 helo=[203.0.113.9] from=<a@example.org> size=9" },
	{ "a bare address as helo", "", ID " <= a@example.org H=(203.0.113.9) [192.0.2.7] P=smtp S=9",
	  "arrives service=smtp id=" ID " client=192.0.2.7 helo=203.0.113.9 from=<a@example.org> size=9" },
	{ "IPv6: pitfall 16", "", ID " <= a@example.org H=(pc) [2001:db8::7]:52114 P=esmtp S=9",
	  "arrives service=esmtp id=" ID " client=2001:db8::7 helo=pc from=<a@example.org> size=9" },
	{ "a login", "", ID " <= a@example.org H=(pc) [192.0.2.7] P=esmtpsa X=TLS1.2:AES:256 CV=no A=login_server:boss S=9",
	  "arrives +tls +login service=esmtpsa id=" ID " client=192.0.2.7 helo=pc account=boss auth=login_server "
	  "from=<a@example.org> size=9" },
	{ "a login with the sender it may use", "",
	  ID " <= a@example.org H=(pc) [192.0.2.7] P=esmtpa A=plain:boss@example.org:a@example.org S=9",
	  "arrives +login service=esmtpa id=" ID " client=192.0.2.7 helo=pc account=boss@example.org auth=plain "
	  "from=<a@example.org> size=9" },
	{ "a login of 4.20", "", ID " <= a@example.org H=(pc) [192.0.2.7] P=asmtp A=plain:boss S=9",
	  "arrives +login service=asmtp id=" ID " client=192.0.2.7 helo=pc account=boss auth=plain from=<a@example.org> size=9" },
	{ "every selector: pitfall 20", "", ID " <= a@example.org DS H=mx.example.org [192.0.2.25]:4025 I=[198.51.100.1]:25 TFO* U=ident "
	  "Ci=AbC3 P=esmtps L- SPF X=TLS1.3:X:256 CV=yes DN=\"CN=mx.example.org,O=A B\" SNI=mail.example PRDR "
	  "PRX=198.51.100.9 K S=1234 M8S=8 DKIM=example.org ARC DMARC RT=1.204s Q=slow id=x1@example.org "
	  "T=\"hello \\\"you\\\"\" from <a@example.org> for b@example.net c@example.com",
	  "arrives +tls service=esmtps id=" ID " client=192.0.2.25 name=mx.example.org from=<a@example.org> "
	  "rcpt=b@example.net c@example.com msgid=x1@example.org size=1234 n=2" },
	{ "a subject and recipients, no Message-ID", "", ID " <= a@example.org H=[192.0.2.25] P=smtp S=9 T=\"x\" for b@example.net",
	  "arrives service=smtp id=" ID " client=192.0.2.25 from=<a@example.org> rcpt=b@example.net size=9 n=1" },
	{ "recipients alone: pitfall 15", "", ID " <= a@example.org H=[192.0.2.25] P=smtp S=9 for \"b c\"@example.net",
	  "arrives service=smtp id=" ID " client=192.0.2.25 from=<a@example.org> rcpt=\"b c\"@example.net size=9 n=1" },
	{ "an id that was made here", "", ID " <= a@example.org U=root P=local S=9 id*=E" ID "@host.example",
	  "arrives service=local id=" ID " user=root from=<a@example.org> msgid=E" ID "@host.example size=9" },
	{ "the client was told no (fakereject)", "", ID " (= a@example.org H=[192.0.2.25] P=smtp S=9",
	  "arrives service=smtp id=" ID " client=192.0.2.25 from=<a@example.org> size=9" },
	{ "a bounce of ours: pitfall 11", "", ID " <= <> R=1pQ2Aa-0003cC-1E U=Debian-exim P=local S=1500",
	  "arrives +bounce service=local id=" ID " parent=1pQ2Aa-0003cC-1E user=Debian-exim from=<> size=1500" },
	{ "a bounce of another: pitfall 11", "", ID " <= <> H=mx.example.org [192.0.2.25] P=esmtp S=1500 id=b1@example.org",
	  "arrives service=esmtp id=" ID " client=192.0.2.25 name=mx.example.org from=<> msgid=b1@example.org size=1500" },
	{ "a web script: pitfall 17", "", ID " <= www-data@host.example U=www-data P=local S=900",
	  "arrives service=local id=" ID " user=www-data from=<www-data@host.example> size=900" },
	{ "where the script ran: pitfall 17", "", "cwd=/var/www/html 4 args: /usr/sbin/sendmail -t -i -fa@example.org",
	  "nothing dir=/var/www/html" },
	{ "a directory with blanks", "", "cwd=/var/www/my 2 blogs 3 args: /usr/sbin/sendmail -t -i", "nothing dir=/var/www/my 2 blogs" },
	{ "a pid before the id", "", ID " <= a@example.org H=[192.0.2.25] P=smtp S=9",
	  "arrives service=smtp id=" ID " client=192.0.2.25 from=<a@example.org> size=9" },

	/* through syslog: the stamp twice, pieces */
	{ "syslog", "exim", "2026-01-02 03:04:05 " ID " <= a@example.org H=[192.0.2.25] P=smtp S=9",
	  "arrives service=smtp id=" ID " client=192.0.2.25 from=<a@example.org> size=9" },
	{ "syslog, zone, milliseconds and pid: pitfall 20", "exim4", "2026-01-02 03:04:05.678 +0900 [4711] " ID " Completed",
	  "ends id=" ID },
	{ "syslog without the stamp", "exim", ID " Completed", "ends id=" ID },
	{ "the first piece", "exim", "[1/3] 2026-01-02 03:04:05 " ID " ** b@example.net R=dnslookup T=remote_smtp: SMT",
	  "delivers bounced service=remote_smtp id=" ID " rcpt=b@example.net reply=SMT" },
	{ "the first piece of many recipients", "exim", "[1/2] " ID " <= a@example.org H=[192.0.2.25] P=smtp S=9 id=x1@example.org "
	  "for b@example.net c@example.net d@exam",
	  "arrives service=smtp id=" ID " client=192.0.2.25 from=<a@example.org> rcpt=b@example.net c@example.net "
	  "msgid=x1@example.org size=9" },
	{ "the first piece cut within the Message-ID", "exim", "[1/2] " ID " <= a@example.org H=[192.0.2.25] P=smtp S=9 id=x1@exa",
	  "arrives service=smtp id=" ID " client=192.0.2.25 from=<a@example.org> size=9" },
	{ "the second piece is text, whatever it looks like", "exim",
	  "[2/3] " ID " <= a@example.org H=[192.0.2.25] P=smtp S=9", "nothing" },
	{ "a piece with a newline", "exim", "[5\\18] .example>)", "nothing" },
	{ "another program", "postfix/smtpd", ID " <= a@example.org H=[192.0.2.25] P=smtp S=9", "other" },

	/* deliveries: pitfalls 10, 14, 15 */
	{ "sent", "", ID " => b@example.net R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.5] X=TLS1.3:X:256 CV=yes "
	  "C=\"250 2.0.0 Ok: queued as 4Xyz12AbCdz\"",
	  "delivers sent +tls service=remote_smtp id=" ID " child=4Xyz12AbCdz rcpt=b@example.net relay=mx.example.net "
	  "addr=203.0.113.5 dsn=2.0.0 reply=250 2.0.0 Ok: queued as 4Xyz12AbCdz" },
	{ "sent, every selector", "", ID " => b@example.net (list@example.org) <info@example.org> F=<a@example.org> Q=slow "
	  "P=<srs0@example.org> R=dnslookup T=remote_smtp S=1300 H=mx.example.net DS [203.0.113.5]:25* PRX=[198.51.100.9]:1080 "
	  "I=[198.51.100.1]:40000 TFO PS=esa X=TLS1.3:X:256* CV=dane DN=\"CN=mx.example.net\" A=client:me L PRDR K "
	  "DKIM=example.org C=\"250 say \\\"OK id=1a2b3c-0004d5-6E\\\"\" QT=3s DT=1.5s",
	  "delivers sent +tls service=remote_smtp id=" ID " from=<a@example.org> rcpt=b@example.net orig=info@example.org "
	  "relay=mx.example.net addr=203.0.113.5 port=25 reply=250 say \\\"OK id=1a2b3c-0004d5-6E\\\"" },
	{ "a further recipient of one delivery: pitfall 15", "", ID " -> c@example.net R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.5] "
	  "C=\"250 OK id=1a2b3c-0004d5-6E\"",
	  "delivers sent service=remote_smtp id=" ID " child=1a2b3c-0004d5-6E rcpt=c@example.net relay=mx.example.net "
	  "addr=203.0.113.5 reply=250 OK id=1a2b3c-0004d5-6E" },
	{ "cutthrough", "", ID " >> b@example.net R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.5] C=\"250 ok\"",
	  "delivers sent service=remote_smtp id=" ID " rcpt=b@example.net relay=mx.example.net addr=203.0.113.5 reply=250 ok" },
	{ "into a mailbox", "", ID " => marv <marv@example.org> R=localuser T=local_delivery",
	  "delivers sent +local service=local_delivery id=" ID " rcpt=marv orig=marv@example.org" },
	{ "into a maildir", "", ID " => /home/marv/Maildir/ <marv@example.org> R=userforward T=maildir_home",
	  "delivers sent +local service=maildir_home id=" ID " rcpt=/home/marv/Maildir/ orig=marv@example.org" },
	{ "by LMTP over TCP", "", ID " => marv@example.org R=dovecot T=dovecot_lmtp H=localhost [127.0.0.1] C=\"250 2.0.0 saved\"",
	  "delivers sent +local service=dovecot_lmtp id=" ID " rcpt=marv@example.org relay=localhost addr=127.0.0.1 "
	  "dsn=2.0.0 reply=250 2.0.0 saved" },
	{ "by LMTP into a filter that queues it again: pitfall 8", "", ID " => marv@example.org R=amavis T=amavis_lmtp H=localhost [127.0.0.1]:10024 "
	  "C=\"250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 OK id=1pQ2Ac-0003dL-3G\"",
	  "delivers sent service=amavis_lmtp id=" ID " child=1pQ2Ac-0003dL-3G rcpt=marv@example.org relay=localhost addr=127.0.0.1 port=10024 "
	  "dsn=2.0.0 reply=250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 OK id=1pQ2Ac-0003dL-3G" },
	{ "through a filter by pipe: pitfall 8", "", ID " => marv <marv@example.org> R=spamcheck_router T=spamcheck",
	  "delivers sent +local +program service=spamcheck id=" ID " rcpt=marv orig=marv@example.org" },
	{ "back from it: pitfall 8", "", ID " <= a@example.org U=mail P=spam-scanned S=1234 id=x1@example.org",
	  "arrives service=spam-scanned id=" ID " user=mail from=<a@example.org> msgid=x1@example.org size=1234" },
	{ "into a program with arguments: pitfall 10", "", ID " => |/usr/bin/list post <news> (news-bounces@example.org) <news@example.org> "
	  "R=system_aliases T=address_pipe",
	  "delivers sent +local +program service=address_pipe id=" ID " rcpt=|/usr/bin/list post orig=news" },
	{ "into a program", "", ID " => |/usr/bin/vacation marv <marv@example.org> R=userforward T=address_pipe",
	  "delivers sent +local +program service=address_pipe id=" ID " rcpt=|/usr/bin/vacation marv orig=marv@example.org" },
	{ "a reply by a filter", "", ID " => >a@example.org <marv@example.org> R=userforward T=address_reply",
	  "delivers sent +local +program service=address_reply id=" ID " rcpt=>a@example.org orig=marv@example.org" },
	{ "thrown away", "", ID " => :blackhole: <hole@example.org> R=system_aliases",
	  "delivers discarded service=system_aliases id=" ID " rcpt=hole@example.org orig=hole@example.org" },
	{ "thrown away by a user's filter", "", ID " => discarded <low@example.org> R=userforward",
	  "delivers discarded service=userforward id=" ID " rcpt=low@example.org orig=low@example.org" },
	{ "thrown away by the system's", "", ID " => discarded (system filter)",
	  "delivers discarded +by-filter +all id=" ID },
	{ "thrown away by an ACL", "", ID " => blackhole (DATA ACL discarded recipients)",
	  "delivers discarded +by-filter +all id=" ID },
	{ "not really (-N)", "", ID " *> b@example.net R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.5]",
	  "delivers discarded service=remote_smtp id=" ID " rcpt=b@example.net relay=mx.example.net addr=203.0.113.5" },
	{ "deferred: pitfall 14", "", ID " == b@example.net R=dnslookup T=remote_smtp defer (-44): SMTP error from remote mail server "
	  "after RCPT TO:<b@example.net>: host mx.example.net [203.0.113.5]: 451 4.7.1 greylisted",
	  "delivers deferred service=remote_smtp id=" ID " rcpt=b@example.net relay=mx.example.net addr=203.0.113.5 "
	  "dsn=4.7.1 reply=451 4.7.1 greylisted" },
	{ "deferred, of 4.9x", "", ID " == b@example.net R=dnslookup T=remote_smtp defer (-45) H=mx.example.net [203.0.113.5]:25 "
	  "DT=1s: SMTP error from remote mail server after MAIL FROM:<a@example.org> SIZE=1800: 421 4.7.0 too many",
	  "delivers deferred service=remote_smtp id=" ID " rcpt=b@example.net relay=mx.example.net addr=203.0.113.5 port=25 "
	  "dsn=4.7.0 reply=421 4.7.0 too many" },
	{ "deferred, nobody answers", "", ID " == b@example.net <x@example.org> R=dnslookup T=remote_smtp defer (110): "
	  "Connection timed out H=mx.example.net [203.0.113.5] DT=2m: later",
	  "delivers deferred service=remote_smtp id=" ID " rcpt=b@example.net orig=x@example.org relay=mx.example.net "
	  "addr=203.0.113.5 reply=later" },
	{ "deferred, nobody answers, older", "", ID " == b@example.net R=dnslookup T=remote_smtp defer (111): Connection refused",
	  "delivers deferred service=remote_smtp id=" ID " rcpt=b@example.net reply=Connection refused" },
	{ "not yet again", "", ID " == b@example.net R=dnslookup T=remote_smtp defer (-53): retry time not reached for any host",
	  "delivers deferred service=remote_smtp id=" ID " rcpt=b@example.net reply=retry time not reached for any host" },
	{ "no route for now", "", ID " == b@example.net routing defer (-51): retry time not reached",
	  "delivers deferred id=" ID " rcpt=b@example.net reply=retry time not reached" },
	{ "bounced", "", ID " ** b@example.net R=dnslookup T=remote_smtp: SMTP error from remote mail server after "
	  "pipelined RCPT TO:<b@example.net>: host mx.example.net [203.0.113.5]: 550 5.7.1 listed by zone.example",
	  "delivers bounced service=remote_smtp id=" ID " rcpt=b@example.net relay=mx.example.net addr=203.0.113.5 "
	  "dsn=5.7.1 reply=550 5.7.1 listed by zone.example" },
	{ "bounced, of 4.9x", "", ID " ** b@example.net <info@example.org> F=<a@example.org> P=<a@example.org> R=dnslookup T=remote_smtp "
	  "H=mx.example.net [203.0.113.5] X=TLS1.3:X:256 CV=yes DT=1s : SMTP error from remote mail server after end of data: 554 5.7.1 spam",
	  "delivers bounced +tls service=remote_smtp id=" ID " from=<a@example.org> rcpt=b@example.net orig=info@example.org "
	  "relay=mx.example.net addr=203.0.113.5 dsn=5.7.1 reply=554 5.7.1 spam" },
	{ "bounced, no such domain", "", ID " ** jim@trek.example <jim@trek.example>: unknown mail domain",
	  "delivers bounced id=" ID " rcpt=jim@trek.example orig=jim@trek.example reply=unknown mail domain" },
	{ "bounced, unrouteable", "", ID " ** jim@trek.example: Unrouteable address",
	  "delivers bounced id=" ID " rcpt=jim@trek.example reply=Unrouteable address" },
	{ "given up", "", ID " ** b@example.net: retry timeout exceeded",
	  "delivers expired +retry-over id=" ID " rcpt=b@example.net reply=retry timeout exceeded" },
	{ "given up, with the last reply", "", ID " ** b@example.net R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.5] : "
	  "SMTP error from remote mail server after RCPT TO:<b@example.net>: 451 later: retry timeout exceeded",
	  "delivers expired +retry-over service=remote_smtp id=" ID " rcpt=b@example.net relay=mx.example.net "
	  "addr=203.0.113.5 reply=451 later: retry timeout exceeded" },
	{ "a mailbox that failed", "", ID " ** |/bin/false <marv@example.org> R=userforward T=address_pipe: Child process of "
	  "address_pipe transport returned 1 from command: /bin/false",
	  "delivers bounced +local +program service=address_pipe id=" ID " rcpt=|/bin/false orig=marv@example.org "
	  "reply=Child process of address_pipe transport returned 1 from command: /bin/false" },
	{ "one host of several said no: no last word", "", ID " SMTP error from remote mail server after MAIL FROM:<a@example.org>: "
	  "host mx.example.net [203.0.113.5]: 421 later", "nothing id=" ID },
	{ "done: pitfall 5", "", ID " Completed", "ends id=" ID },
	{ "a confirmation of two lines, of CHUNKING: pitfall 8", "", ID " => b@example.net R=r T=remote_smtp H=localhost [127.0.0.1]:10026 K "
	  "C=\"250- 1234 byte chunk, total 1234\\\\n250 OK id=1pQ2Ac-0003dL-3G\"",
	  "delivers sent service=remote_smtp id=" ID " child=1pQ2Ac-0003dL-3G rcpt=b@example.net relay=localhost addr=127.0.0.1 port=10026 "
	  "reply=250- 1234 byte chunk, total 1234\\\\n250 OK id=1pQ2Ac-0003dL-3G" },
	{ "a confirmation that ends in n", "", ID " => b@example.net R=r T=remote_smtp H=mx.example.net [203.0.113.5] C=\"250 taken in\"",
	  "delivers sent service=remote_smtp id=" ID " rcpt=b@example.net relay=mx.example.net addr=203.0.113.5 reply=250 taken in" },
	{ "a delivery's first piece, whose next hop may stand in the second", "exim",
	  "[1\\2] 2026-03-02 10:00:00 " ID " => b@example.net R=r T=remote_smtp",
	  "delivers sent service=remote_smtp id=" ID " rcpt=b@example.net" },
	{ "done, with its time", "", ID " Completed QT=3m45s", "ends id=" ID },
	{ "removed", "", ID " removed by root", "delivers discarded +all id=" ID },
	{ "frozen", "", ID " Frozen (delivery error message)", "delivers held +all id=" ID },
	{ "frozen by hand", "", ID " frozen by root", "delivers held +all id=" ID },
	{ "unfrozen", "", ID " unfrozen by root", "nothing id=" ID },
	{ "still frozen", "", ID " Message is frozen", "nothing id=" ID },
	{ "cancelled: each recipient has its **", "", ID " cancelled by root", "nothing id=" ID },

	/* refusals and logins: pitfalls 12, 13 */
	{ "relay denied: pitfall 13", "", "H=(pc) [192.0.2.7]:52114 F=<a@example.org> rejected RCPT <b@example.net>: relay not permitted",
	  "refuses +relay-denied client=192.0.2.7 helo=pc from=<a@example.org> rcpt=b@example.net reply=relay not permitted" },
	{ "relay denied by a panel", "", "H=(pc) [192.0.2.7]:52114 F=<a@example.org> rejected RCPT <b@example.net>: "
	  "(pc) [192.0.2.7]:52114 is currently not permitted to relay through this server.",
	  "refuses +relay-denied client=192.0.2.7 helo=pc from=<a@example.org> rcpt=b@example.net "
	  "reply=(pc) [192.0.2.7]:52114 is currently not permitted to relay through this server." },
	{ "relay denied, with a code", "", "H=(pc) [192.0.2.7] F=<> rejected RCPT <b@example.net>: 550 5.7.1 relay not permitted",
	  "refuses +relay-denied client=192.0.2.7 helo=pc from=<> rcpt=b@example.net dsn=5.7.1 reply=550 5.7.1 relay not permitted" },
	{ "relay denied in other words", "", "H=(pc) [192.0.2.7] F=<> rejected RCPT <b@example.net>: We do not relay",
	  "refuses +relay-denied client=192.0.2.7 helo=pc from=<> rcpt=b@example.net reply=We do not relay" },
	{ "refused, every selector", "", "H=mx.example.org (pc) [192.0.2.7]:52114 I=[198.51.100.1]:25 U=ident Ci=x X=TLS1.3:X:256 "
	  "CV=no SNI=mail.example F=<> A=plain:boss temporarily rejected RCPT <b@example.net>: greylisted",
	  "refuses +tls client=192.0.2.7 name=mx.example.org helo=pc account=boss auth=plain from=<> rcpt=b@example.net "
	  "reply=greylisted" },
	{ "a recipient without <>", "", "H=(pc) [192.0.2.7] F=<> rejected RCPT b@example.net: Unrouteable address",
	  "refuses client=192.0.2.7 helo=pc from=<> rcpt=b@example.net reply=Unrouteable address" },
	{ "a sender", "", "H=(pc) [192.0.2.7] rejected MAIL <a@example.org>: no", "refuses client=192.0.2.7 helo=pc "
	  "from=<a@example.org> reply=no" },
	{ "a connection", "", "H=[192.0.2.7]:4711 rejected connection in \"connect\" ACL: listed", "refuses client=192.0.2.7 reply=listed" },
	{ "the data", "", ID " H=(pc) [192.0.2.7] F=<a@example.org> rejected after DATA: spam",
	  "refuses +by-filter id=" ID " client=192.0.2.7 helo=pc from=<a@example.org> reply=spam" },
	{ "local_scan", "", ID " F=<a@example.org> rejected by local_scan(): spam",
	  "refuses +by-filter id=" ID " from=<a@example.org> reply=spam" },
	{ "local_scan, of SMTP", "", ID " F=a@example.org H=(pc) [192.0.2.7] P=esmtp rejected by local_scan(): spam",
	  "refuses +by-filter service=esmtp id=" ID " client=192.0.2.7 helo=pc from=<a@example.org> reply=spam" },
	{ "a connection, older", "", "H=[192.0.2.7] dropped by 'connect' ACL: listed", "refuses +by-filter client=192.0.2.7 reply=listed" },
	{ "too big", "", ID " rejected from <a@example.org> H=(pc) [192.0.2.7]: message too big: read=9 max=8",
	  "refuses id=" ID " client=192.0.2.7 helo=pc from=<a@example.org> reply=message too big: read=9 max=8" },
	{ "thrown away while it came", "", "H=(pc) [192.0.2.7] F=<a@example.org> RCPT <b@example.net>: discarded by RCPT ACL: x",
	  "refuses +by-filter client=192.0.2.7 helo=pc from=<a@example.org> rcpt=b@example.net reply=discarded by RCPT ACL: x" },
	{ "a warning refuses nothing", "", ID " H=(pc) [192.0.2.7] Warning: rejected RCPT <b@example.net>: relay not permitted",
	  "nothing id=" ID " client=192.0.2.7 helo=pc" },
	{ "the verification before a refusal", "", "H=(pc) [192.0.2.7] sender verify fail for <a@example.org>: Unrouteable address",
	  "nothing client=192.0.2.7 helo=pc" },
	{ "a login that failed: pitfall 12", "", "login authenticator failed for (pc) [192.0.2.7]:52114: 535 Incorrect authentication data "
	  "(set_id=boss@example.org)",
	  "login-fails client=192.0.2.7 helo=pc account=boss@example.org auth=login "
	  "reply=535 Incorrect authentication data (set_id=boss@example.org)" },
	{ "a login that failed, newer", "", "plain_server authenticator failed for H=mx.example.org (pc) [192.0.2.7] I=[198.51.100.1]:587 "
	  "U=ident: 535 Incorrect authentication data",
	  "login-fails client=192.0.2.7 name=mx.example.org helo=pc auth=plain_server reply=535 Incorrect authentication data" },
	{ "a login that was put off", "", "login authenticator failed for H=(pc) [192.0.2.7]: 435 Unable to authenticate at present "
	  "(set_id=boss): account suspended",
	  "login-fails client=192.0.2.7 helo=pc account=boss auth=login reply=435 Unable to authenticate at present "
	  "(set_id=boss): account suspended" },
	{ "connections", "", "SMTP connection from [192.0.2.7]:52114 (TCP/IP connection count = 1)", "nothing" },
	{ "no name", "", "no host name found for IP address 192.0.2.7", "nothing" },
	{ "a start", "", "exim 4.96 daemon started: pid=4711, -q30m, listening for SMTP on port 25 (IPv6 and IPv4)", "starts" },
	{ "another log with such stamps", "", "status installed libc6:amd64 2.36-9+deb12u9", "other" },
	{ "the header in a reject log", "", "P Received: from [192.0.2.7]", "other" },

	/* what an outsider writes is never a field */
	{ "junk helo that looks like the rest", "", ID " <= a@example.org H=(x) [203.0.113.1] P=esmtpsa A=plain:boss S=1) [192.0.2.7] "
	  "P=esmtp S=9 id=x1@example.org",
	  "arrives service=esmtp id=" ID " client=192.0.2.7 helo=x) [203.0.113.1] P=esmtpsa A=plain:boss S=1 "
	  "from=<a@example.org> msgid=x1@example.org size=9" },
	{ "junk helo that opens a quote for the subject to close", "", ID " <= a@example.org H=(x) [203.0.113.1] P=esmtp S=1 T=\"y) "
	  "[192.0.2.7] P=esmtp S=9 T=\" for x\"",
	  "arrives service=esmtp id=" ID " client=192.0.2.7 helo=x) [203.0.113.1] P=esmtp S=1 T=\"y from=<a@example.org> size=9" },
	{ "junk helo that opens a list of recipients", "", ID " <= a@example.org H=(x) [203.0.113.1] P=smtp S=1 for b) [192.0.2.7] P=smtp S=9",
	  "arrives service=smtp id=" ID " client=192.0.2.7 helo=x) [203.0.113.1] P=smtp S=1 for b from=<a@example.org> size=9" },
	{ "a Message-ID like a helo's end", "", ID " <= a@example.org H=(pc) [192.0.2.7] P=smtp S=9 "
	  "id=\") [203.0.113.1] P=esmtpsa A=plain:boss S=5 id=x\"@example.org",
	  "arrives service=smtp id=" ID " client=192.0.2.7 helo=pc from=<a@example.org> "
	  "msgid=\") [203.0.113.1] P=esmtpsa A=plain:boss S=5 id=x\"@example.org size=9" },
	{ "an ident that logs in", "", ID " <= a@example.org H=[192.0.2.7] U=root P=esmtpsa A=plain:boss S=1 P=esmtp S=9",
	  "arrives service=esmtp id=" ID " client=192.0.2.7 from=<a@example.org> size=9" },
	{ "an SNI that logs in", "", ID " <= a@example.org H=[192.0.2.7] P=esmtps X=TLS1.2:X:256 SNI=x A=plain:boss S=9",
	  "arrives +tls service=esmtps id=" ID " client=192.0.2.7 from=<a@example.org> size=9" },
	{ "a subject with all fields", "", ID " <= a@example.org H=[192.0.2.7] P=smtp S=9 id=x1@example.org "
	  "T=\"x\\\" A=plain:boss for z@example.com\" for b@example.net",
	  "arrives service=smtp id=" ID " client=192.0.2.7 from=<a@example.org> rcpt=b@example.net msgid=x1@example.org size=9 n=1" },
	{ "a sender with blanks", "", ID " <= \"x H=[203.0.113.1] P=esmtpa A=plain:boss\"@example.org H=[192.0.2.7] P=smtp S=9",
	  "arrives service=smtp id=" ID " client=192.0.2.7 from=<\"x H=[203.0.113.1] P=esmtpa A=plain:boss\"@example.org> size=9" },
	{ "a recipient with blanks", "", ID " => \"x T=local H=y\"@example.net R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.5]",
	  "delivers sent service=remote_smtp id=" ID " rcpt=\"x T=local H=y\"@example.net relay=mx.example.net addr=203.0.113.5" },
	{ "a reply with all fields", "", ID " => b@example.net R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.5] "
	  "C=\"250 x\\\" H=z [198.51.100.9] T=local\"",
	  "delivers sent service=remote_smtp id=" ID " rcpt=b@example.net relay=mx.example.net addr=203.0.113.5 "
	  "reply=250 x\\\" H=z [198.51.100.9] T=local" },
	{ "a refused recipient like a reason", "", "H=(pc) [192.0.2.7] F=<a@example.org> rejected RCPT <\"x: relay not permitted\"@example.net>: full",
	  "refuses client=192.0.2.7 helo=pc from=<a@example.org> rcpt=\"x: relay not permitted\"@example.net reply=full" },
	{ "a refused recipient that was cut after 100 octets", "", "H=(pc) [192.0.2.7] F=<> rejected RCPT <\"aaaaaaaaaaaa: relay not permitted",
	  "refuses +relay-denied client=192.0.2.7 helo=pc from=<> rcpt=\"aaaaaaaaaaaa reply=relay not permitted" },
	{ "no key and no value (found by the fuzzer)", "", ID " <= a =", "arrives id=" ID " from=<a>" },
	{ "a login name with a bracket", "", "login authenticator failed for (pc) [192.0.2.7]: 535 Incorrect authentication data (set_id=a) x: 9)",
	  "login-fails client=192.0.2.7 helo=pc account=a) x: 9 auth=login reply=535 Incorrect authentication data (set_id=a) x: 9)" },
};

static void
lines_table(void **state)
{
	(void)state;
	log_table(cases, sizeof(cases) / sizeof(cases[0]), log_exim_read);
}

static void
cut_anywhere(void **state)
{
	(void)state;
	log_prefixes(cases, sizeof(cases) / sizeof(cases[0]), log_exim_read);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines_table), cmocka_unit_test(cut_anywhere) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
