"""mta_sendmail.py -- Sendmail 8.17 of Debian 12, its passwords in Cyrus SASL's database."""

import os
import re

from mta import INSIDE, OFFICE, QUIET_S, USERS, Server, time

MC = """define(`_USE_ETC_MAIL_')dnl
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`debian')dnl
DOMAIN(`debian-mta')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Family=inet,  Name=MTA-v4, Port=smtp, Addr=0.0.0.0')dnl
DAEMON_OPTIONS(`Family=inet6, Name=MTA-v6, Port=smtp, Modifiers=O, Addr=@IPV6@')dnl
DAEMON_OPTIONS(`Family=inet,  Name=MSP-v4, Port=submission, M=Ea, Addr=0.0.0.0')dnl
define(`confPRIVACY_FLAGS', `needmailhelo,restrictqrun,restrictexpand,nobodyreturn,authwarnings')dnl
define(`confCACERT_PATH', `/etc/ssl/certs')dnl
define(`confCACERT', `/etc/ssl/certs/ssl-cert-snakeoil.pem')dnl
define(`confSERVER_CERT', `/etc/ssl/certs/ssl-cert-snakeoil.pem')dnl
define(`confSERVER_KEY', `/etc/ssl/private/ssl-cert-snakeoil.key')dnl
define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
TRUST_AUTH_MECH(`PLAIN LOGIN')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
FEATURE(`use_cw_file')dnl
FEATURE(`access_db', , `skip')dnl
FEATURE(`local_lmtp', `/usr/libexec/sendmail/mail.local')dnl
@MORE@MAILER(`local')dnl
MAILER(`smtp')dnl
"""
MORE = {
    "open": "FEATURE(`promiscuous_relay')dnl\n",
    "gateway": "FEATURE(`mailertable')dnl\n",
    "greylist": "INPUT_MAIL_FILTER(`greylist', `S=inet:10022@127.0.0.1, F=T')dnl\n",
    "accept-all": "define(`LUSER_RELAY', `smtp:[127.0.0.1]')dnl\n",
}
SUBMIT = """define(`_USE_ETC_MAIL_')dnl
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`debian')dnl
DOMAIN(`debian-msp')dnl
FEATURE(`msp', `[127.0.0.1]', `25')dnl
"""


class Sendmail(Server):
    """Features: the words of MORE, "auth" (always on, port 587)."""

    kind = "sendmail"
    process = "sendmail"

    def version(self):
        return "sendmail " + re.search(r"Version (\S+)", self.run("sendmail", "-d0.1", "-bv", "root").stdout).group(1)

    def configure(self, features, aliases=""):
        self.features, self.aliases = frozenset(features), aliases
        more = "".join(MORE[f] for f in sorted(self.features & MORE.keys()))
        self.write("/etc/mail/sendmail.mc", MC.replace("@MORE@", more).replace("@IPV6@", self.row.ipv6))
        self.write("/etc/mail/submit.mc", SUBMIT)
        self.write("/etc/mail/local-host-names", f"{self.row.domain}\n")
        access = ["Connect:127.0.0.1\tRELAY", "Connect:IPv6:0:0:0:0:0:0:0:1\tRELAY",
                  f"Connect:{OFFICE.removesuffix('.0/24')}\tRELAY"]
        if "gateway" in self.features:
            access.append("To:inner.example\tRELAY")
            self.write("/etc/mail/mailertable", f"inner.example\tesmtp:[{INSIDE}]\n")
        self.write("/etc/mail/access", "\n".join(access) + "\n")
        self.write("/etc/mail/aliases", "postmaster: root\nabuse: root\nwww-data: root\nroot: /dev/null\n" + aliases)
        self.run("sh", "-ec", """
            cd /etc/mail
            m4 sendmail.mc >sendmail.cf
            m4 submit.mc >submit.cf
            for map in access mailertable; do [ ! -f $map ] || makemap hash $map <$map; done""")

    def start(self):
        self.run("sh", "-ec", """
            for program in /usr/libexec/sendmail/*; do ln -sf $program /usr/sbin/$(basename $program); done
            chgrp smmsp /usr/libexec/sendmail/sendmail
            chmod 2755 /usr/libexec/sendmail/sendmail
            mkdir -p /var/lib/sendmail/host_status /var/run/sendmail/mta /var/run/sendmail/msp
            mkdir -p /var/spool/mqueue /var/spool/mqueue-client
            chown root:smmsp /var/spool/mqueue-client
            chown smmsp:smmsp /var/run/sendmail/msp
            chmod 2770 /var/spool/mqueue-client
            chown smmta:smmta /var/run/sendmail/mta
            chmod 700 /var/spool/mqueue
            mkdir -p /usr/lib/sasl2 /etc/mail/sasl
            printf '%s\\n' 'pwcheck_method: auxprop' 'auxprop_plugin: sasldb' 'mech_list: PLAIN LOGIN' \\
                | tee /etc/mail/sasl/Sendmail.conf >/usr/lib/sasl2/Sendmail.conf
            newaliases""")
        for user in USERS:
            self.set_password(user, self.passwords[user])
        self.run("/usr/sbin/sendmail", "-Am", "-L", "sm-mta", "-bd", "-q30m")
        self.wait(self.listens)

    def set_password(self, user, password):
        self.passwords[user] = password
        self.run("saslpasswd2", "-p", "-c", "-u", self.row.host, user, text=password)
        self.run("chmod", "600", "/etc/sasldb2")

    def reconfigure(self, features):
        self.configure(features, self.aliases)
        self.run("newaliases")
        self.run("sh", "-c", f"kill -HUP {self.pids(self.process)[0]}")
        time.sleep(2 * QUIET_S)
        self.wait(self.listens)
        self.settle()

    def flush(self):
        self.run("sendmail", "-Am", "-L", "sm-mta", "-q")
        self.run("sendmail", "-Ac", "-L", "sm-msp-queue", "-q")

    def queued(self):
        return sum(1 for name in os.listdir(self.path("/var/spool/mqueue")) if name.startswith("qf")
                   for line in self.read("/var/spool/mqueue/" + name).splitlines() if line.startswith("R"))

    def config_files(self):
        names = ("sendmail.mc", "access", "mailertable", "local-host-names", "aliases")
        return ["/etc/mail/" + name for name in names if os.path.exists(self.path("/etc/mail/" + name))]
