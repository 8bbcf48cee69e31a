"""mta_postfix.py -- Postfix 3.7 as Debian 12 installs it for an "Internet Site", with dovecot for the passwords."""

import os
import time
import subprocess

from mta import FIRST_UID, INSIDE, OFFICE, QUIET_S, USERS, Server

MAIN = """smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
biff = no
append_dot_mydomain = no
readme_directory = no
compatibility_level = 3.6

smtpd_tls_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem
smtpd_tls_key_file=/etc/ssl/private/ssl-cert-snakeoil.key
smtpd_tls_security_level=may
smtp_tls_CApath=/etc/ssl/certs
smtp_tls_security_level=may
smtp_tls_session_cache_database = btree:${data_directory}/smtp_scache

smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = @HOST@
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
myorigin = /etc/mailname
mydestination = $myhostname, @DOMAIN@, localhost.@DOMAIN@, localhost
relayhost =
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128 @OFFICE@
mailbox_size_limit = 0
recipient_delimiter = +
inet_interfaces = all
inet_protocols = all
"""
AUTH = """smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_local_domain = $mydomain
"""
SUBMISSION = """submission inet n       -       n       -       -       smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_auth_only=yes
  -o smtpd_reject_unlisted_recipient=no
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o milter_macro_daemon_name=ORIGINATING
"""
POSTSCREEN = """smtp inet n - n - 1 postscreen
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
"""
# FILTER_README of Postfix: the advanced filter, which comes back on 10025, and the simple one, which comes
# back with sendmail.
FILTER_PROXY = """scan      unix  -       -       n       -       10      smtp
  -o smtp_send_xforward_command=yes
  -o smtp_tls_security_level=none
  -o disable_mime_output_conversion=yes
127.0.0.1:10025 inet n   -       n       -       10      smtpd
  -o smtpd_tls_security_level=none
  -o content_filter=
  -o receive_override_options=no_unknown_recipient_checks,no_header_body_checks,no_milters
  -o smtpd_helo_restrictions=
  -o smtpd_client_restrictions=
  -o smtpd_sender_restrictions=
  -o smtpd_relay_restrictions=
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o mynetworks=127.0.0.0/8
  -o smtpd_authorized_xforward_hosts=127.0.0.0/8
"""
FILTER_PIPE = """filter    unix  -       n       n       -       10      pipe
  flags=Rq user=nobody null_sender=
  argv=/usr/local/bin/filter -f ${sender} -- ${recipient}
"""
FILTER_SCRIPT = """#!/bin/sh
# the simple filter of FILTER_README, which finds nothing
cat >/tmp/in.$$ || exit 75
/usr/sbin/sendmail -G -i "$@" </tmp/in.$$
status=$?
rm -f /tmp/in.$$
exit $status
"""
SETTINGS = {  # feature -> what main.cf says instead or besides
    "open": {"mynetworks": "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128 @OFFICE@ 0.0.0.0/0 [::]/0"},
    "bridge": {"mynetworks": "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128 @OFFICE@ 172.16.0.0/12"},
    "reject": {"smtpd_relay_restrictions": "permit_mynetworks permit_sasl_authenticated reject_unauth_destination"},
    "long-ids": {"enable_long_queue_ids": "yes"},
    "gateway": {"relay_domains": "inner.example", "transport_maps": "inline:{inner.example=smtp:[%s]}" % INSIDE,
                "relay_recipient_maps": ""},
    "lists": {"default_destination_recipient_limit": "50"},
    "accept-all": {"local_recipient_maps": ""},
    "filter-proxy": {"content_filter": "scan:127.0.0.1:10024"},
    "greylist": {"smtpd_recipient_restrictions": "check_policy_service inet:127.0.0.1:10023"},
    "postlogd": {"maillog_file": "/var/log/mail.log"},
    "postscreen": {"postscreen_greet_action": "enforce", "postscreen_access_list": "permit_mynetworks"},
    "tls-log": {"smtpd_tls_loglevel": "1", "smtp_tls_loglevel": "1"},
}
DOVECOT = """protocols =
auth_mechanisms = plain login
auth_failure_delay = 1 secs
log_path = syslog
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%n /etc/dovecot/users
}
userdb {
  driver = passwd
}
ssl = no
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
"""


class Postfix(Server):
    """Features: the words of SETTINGS, "auth", "filter-pipe"."""

    kind = "postfix"

    def version(self):
        return "postfix " + self.run("postconf", "-h", "mail_version").stdout.strip()

    def named(self, text):
        return text.replace("@HOST@", self.row.host).replace("@DOMAIN@", self.row.domain).replace("@OFFICE@", OFFICE)

    def configure(self, features, aliases=""):
        self.features, self.aliases = frozenset(features), aliases
        self.write("/etc/postfix/main.cf", self.main_cf())
        self.write("/etc/postfix/master.cf", self.master_cf())
        self.run("cp", "/usr/share/postfix/dynamicmaps.cf", "/etc/postfix/dynamicmaps.cf")
        self.write("/etc/aliases", "postmaster: root\nabuse: root\nwww-data: root\n" + aliases)
        self.run("newaliases")

    def main_cf(self):
        lines = self.named(MAIN).splitlines()
        for feature in sorted(self.features & SETTINGS.keys()):
            for key, value in SETTINGS[feature].items():
                lines = [line for line in lines if not line.startswith((key + " ", key + "="))]
                lines.append(self.named(f"{key} = {value}"))
        if "auth" in self.features:
            lines += AUTH.splitlines()
        return "\n".join(lines) + "\n"

    def master_cf(self):
        with open(self.path("/usr/share/postfix/master.cf.dist"), encoding="ascii") as dist:
            services = "".join(line for line in dist if not line.startswith("#"))
        jailed, lines = services.splitlines(), []
        for line in jailed:  # no jail, which takes a second to fill
            words = line.split()
            lines.append(line if line[0] in " \t" else " ".join(words[:4] + ["n"] + words[5:]))
        if "postscreen" in self.features:
            lines = [line for line in lines if not line.startswith("smtp inet")] + POSTSCREEN.splitlines()
        if "filter-pipe" in self.features:  # of what comes by SMTP; what the filter sends again is local
            lines.insert(1, "  -o content_filter=filter:dummy")
        more = {"auth": SUBMISSION, "filter-proxy": FILTER_PROXY, "filter-pipe": FILTER_PIPE}
        return "\n".join(lines) + "\n" + "".join(more[f] for f in sorted(self.features & more.keys()))

    def start(self):
        self.owners()
        if "auth" in self.features:
            self.start_dovecot()
        if "filter-pipe" in self.features:
            self.write("/usr/local/bin/filter", FILTER_SCRIPT, 0o755)
        self.run("postfix", "start")

    def owners(self):
        self.run("sh", "-ec", """
            cd /var/spool/postfix
            mkdir -p maildrop public private /var/lib/postfix
            chown postfix:postdrop maildrop public
            chmod 1730 maildrop
            chmod 2710 public
            chown postfix:postfix private /var/lib/postfix
            chmod 700 private
            chgrp postdrop /usr/sbin/postdrop /usr/sbin/postqueue
            chmod 2755 /usr/sbin/postdrop /usr/sbin/postqueue""")

    def start_dovecot(self):
        self.write_passwords()
        self.write("/etc/dovecot/dovecot.conf", DOVECOT)
        self.run("dovecot")
        self.wait(lambda: os.path.exists(self.path("/var/spool/postfix/private/auth")))

    def write_passwords(self):
        self.write("/etc/dovecot/users", "".join(f"{user}:{self.passwords[user]}:{uid}:{uid}\n" for uid, user
                                                 in enumerate(USERS, FIRST_UID)))

    def reconfigure(self, features):
        self.configure(features, self.aliases)
        self.run("postfix", "reload")
        self.settle()

    def flush(self):
        """The queue manager would look at its clock some minutes later: for what is due, and only that."""
        for _ in range(2):  # the listener may hang up before postkick has
            self.run("postkick", "public", "qmgr", "D", check=False)
        time.sleep(QUIET_S)

    def busy(self):
        spool = self.path("/var/spool/postfix")
        return any(files for queue in ("maildrop", "incoming", "active")
                   for _, _, files in os.walk(f"{spool}/{queue}"))

    def queued(self):
        return self.run("postqueue", "-j").stdout.count('"address"')

    def rotate(self):
        if "postlogd" in self.features:
            self.run("postfix", "logrotate")
        else:
            super().rotate()

    def config_files(self):
        return ["/etc/postfix/main.cf", "/etc/postfix/master.cf", "/etc/aliases"]

    def set_password(self, user, password):
        self.passwords[user] = password
        self.write_passwords()
