"""mta_opensmtpd.py -- OpenSMTPD 6.8 of Debian 12. Its TLS does not come to an end there (OpenSSL 3), and it offers no
login without: so it has no story with accounts."""

import re

from mta import INSIDE, OFFICE, QUIET_S, Server, time
from world import BUSY, UNREACHABLE

CONF = """table aliases file:/etc/aliases
table office { 127.0.0.1, ::1, @OFFICE@ }

@FILTERS@listen on 0.0.0.0 hostname @HOST@@FILTER@
listen on :: hostname @HOST@@FILTER@
listen on socket

action "local" mbox alias <aliases>
action "relay" relay helo @HOST@
@ACTIONS@
match from any for domain "@DOMAIN@" action "local"
match for local action "local"
@MATCHES@match from src <office> for any action "relay"
match from local for any action "relay"
"""
ACTIONS = {"gateway": f'action "inside" relay host "smtp://{INSIDE}"\n'}
MATCHES = {
    "gateway": 'match from any for domain "inner.example" action "inside"\n',
    "open": 'match from any for any action "relay"\n',
}
FILTER = "/usr/local/bin/greylist"
GREYLIST = r"""#!/bin/sh
# smtpd-filters(7): puts off whom it does not know, by the server's own clock
mkdir -p /tmp/greylist
while IFS='|' read -r kind second now phase event session rest; do
	case $kind-$second-$event in
	config-ready-)
		printf 'register|report|smtp-in|link-connect\nregister|filter|smtp-in|rcpt-to\nregister|ready\n';;
	report-*-link-connect)
		IFS='|' read -r rdns fcrdns source there <<-END
			$rest
		END
		echo "${source%:*}" >/tmp/greylist/"$session";;
	filter-*-rcpt-to)
		token=${rest%%|*} client=$(cat /tmp/greylist/"$session") known=/tmp/greylist/$client-${rest#*|}
		[ -s "$known" ] || echo "${now%.*}" >"$known"
		case $client in
		127.*|198.18.80.*) waited=300;;
		*) waited=$((${now%.*} - $(cat "$known")));;
		esac
		if [ $waited -ge 300 ]; then
			echo "filter-result|$session|$token|proceed"
		else
			echo "filter-result|$session|$token|reject|451 4.7.1 Greylisted, try again in 300 seconds"
		fi;;
	esac
done
"""


class OpenSMTPD(Server):
    """Features: the words of MATCHES, "greylist"."""

    kind = "opensmtpd"
    settle_s = 12  # it waits some seconds before it connects to the same host again

    def version(self):
        return "opensmtpd " + re.search(r"OpenSMTPD (\S+)", self.run("smtpd", "-h", check=False).stdout).group(1)

    def configure(self, features, aliases=""):
        self.features, self.aliases = frozenset(features), aliases
        text = CONF
        for word, table in (("@ACTIONS@", ACTIONS), ("@MATCHES@", MATCHES)):
            text = text.replace(word, "".join(table[f] for f in sorted(self.features & table.keys())))
        grey = "greylist" in self.features
        for word, value in (("@FILTERS@", f'filter "greylist" proc-exec "{FILTER}"\n' if grey else ""),
                            ("@FILTER@", ' filter "greylist"' if grey else ""), ("@HOST@", self.row.host),
                            ("@DOMAIN@", self.row.domain), ("@OFFICE@", OFFICE)):
            text = text.replace(word, value)
        self.write("/etc/smtpd.conf", text)
        self.write("/etc/aliases", "postmaster: root\nabuse: root\nwww-data: root\n" + aliases)
        if grey:
            self.write(FILTER, GREYLIST, 0o755)

    def start(self):
        self.run("sh", "-ec", """
            mkdir -p /var/spool/smtpd
            chmod 711 /var/spool/smtpd
            chgrp opensmtpq /usr/sbin/smtpctl
            chmod 2755 /usr/sbin/smtpctl""")
        self.run("smtpd")
        self.wait(lambda: self.run("smtpctl", "show", "status", check=False).returncode == 0)

    def reconfigure(self, features):
        """It has no reload; what it can still deliver goes out before."""
        self.drain()
        self.configure(features, self.aliases)
        self.run("sh", "-c", f"kill {self.pids('smtpd')[0]}")
        self.wait(lambda: not self.pids("smtpd"))
        self.run("smtpd")
        self.wait(lambda: self.run("smtpctl", "show", "status", check=False).returncode == 0)
        self.settle()

    def flush(self):
        self.run("smtpctl", "schedule", "all", check=False)
        time.sleep(QUIET_S)

    def busy(self):
        """What it holds for hosts that do not answer counts as on its way."""
        return any("|inflight|" in line and not any(domain in line for domain in BUSY + UNREACHABLE)
                   for line in self.run("smtpctl", "show", "queue", check=False).stdout.splitlines())

    def idle(self, seconds):
        """Asking it costs more than waiting."""
        time.sleep(seconds / 10)

    def years_on(self, when):
        """After a restart it forgets what is not older than itself; libc's fts(3) tells it the kernel's times. Stamps
        without a year do not lie in the future: there it forgets."""
        if self.style == "rfc3164":
            return 0
        years = 0
        while when + years * 365 * 86400 < time.time():
            years += 1
        return years

    def queued(self):
        return self.run("smtpctl", "show", "queue").stdout.count("\n")

    def config_files(self):
        return ["/etc/smtpd.conf", "/etc/aliases"]
