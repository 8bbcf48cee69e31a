"""mta_exim.py -- Exim 4.96 as Debian 12 installs it for an "internet site", its passwords in /etc/exim4/passwd."""

import os
import re

from mta import INSIDE, OFFICE, USERS, Server

ANSWERS = """dc_eximconfig_configtype='internet'
dc_other_hostnames='@DOMAIN@'
dc_local_interfaces=''
dc_readhost=''
dc_relay_domains='@RELAY_DOMAINS@'
dc_minimaldns='false'
dc_relay_nets='@NETS@'
dc_smarthost=''
CFILEMODE='644'
dc_use_split_config='false'
dc_hide_mailname=''
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
"""
# Debian's hook for rules of one's own: the policy service of Postfix, asked by Exim.
GREYLIST = """  defer
    message = Greylisted, try again in 300 seconds
    log_message = greylisted
    !hosts = : +relay_from_hosts
    !authenticated = *
    condition = ${if match{${readsocket{inet:127.0.0.1:10023}{request=smtpd_access_policy\\n\
      client_address=$sender_host_address\\nsender=$sender_address\\nrecipient=$local_part@$domain\\n\\n}\
      {5s}{ }{}}}{DEFER}}
"""
MACROS = """MAIN_TLS_ENABLE = yes
MAIN_TLS_CERTIFICATE = /etc/exim4/exim.crt
MAIN_TLS_PRIVATEKEY = /etc/exim4/exim.key
"""
SELECTOR = {  # what people log more than Debian does
    "log-args": "+smtp_protocol_error +smtp_syntax_error +tls_certificate_verified +tls_peerdn +arguments",
    "log-more": "+all -ident_timeout -millisec",
    "log-rcpts": "+smtp_protocol_error +smtp_syntax_error +tls_certificate_verified +tls_peerdn +received_recipients "
                 "+received_sender +delivery_size +incoming_port +incoming_interface +subject +queue_time +pid "
                 "+millisec",
}


# The content filter that Exim's documentation and packages have had for years: what did not come back from it yet goes
# into a pipe that calls Exim again.
ROUTER = """spamcheck_router:
  driver = accept
  no_verify
  condition = ${if eq{$received_protocol}{spam-scanned}{0}{1}}
  transport = spamcheck

"""
TRANSPORT = """spamcheck:
  driver = pipe
  batch_max = 100
  command = /usr/sbin/exim4 -oMr spam-scanned -bS
  use_bsmtp
  home_directory = /tmp
  current_directory = /tmp
  user = Debian-exim
  group = Debian-exim
  return_fail_output
  message_prefix =
  message_suffix =

"""


class Exim(Server):
    """Features: "open", "auth", "gateway", "lists", "log-more", "log-rcpts", "syslog", "filter-pipe", "greylist"."""

    kind = "exim"
    log = "/var/log/exim4/mainlog"
    process = "exim4"

    def version(self):
        return "exim " + re.search(r"version (\S+)", self.run("exim4", "--version").stdout).group(1)

    def configure(self, features, aliases=""):
        self.features, self.aliases = frozenset(features), aliases
        nets = OFFICE + (" : 0.0.0.0/0 : ::::/0" if "open" in self.features else "")
        self.write("/etc/exim4/update-exim4.conf.conf", ANSWERS.replace("@DOMAIN@", self.row.domain)
                   .replace("@NETS@", nets)
                   .replace("@RELAY_DOMAINS@", "inner.example" if "gateway" in self.features else ""))
        self.write("/etc/exim4/exim4.conf.localmacros", MACROS + "".join(
            f"MAIN_LOG_SELECTOR = {SELECTOR[f]}\n" for f in sorted(self.features & SELECTOR.keys())))
        if "syslog" in self.features:
            self.log = "/var/log/mail.log"
            with open(self.path("/etc/exim4/exim4.conf.localmacros"), "a", encoding="ascii") as macros:
                macros.write("log_file_path = syslog\n")
        if "greylist" in self.features:
            self.write("/etc/exim4/greylist_acl", GREYLIST)
            with open(self.path("/etc/exim4/exim4.conf.localmacros"), "a", encoding="ascii") as macros:
                macros.write("CHECK_RCPT_LOCAL_ACL_FILE = /etc/exim4/greylist_acl\n")
        if "gateway" in self.features:
            self.write("/etc/exim4/hubbed_hosts", f"inner.example: {INSIDE}\n")
        self.write("/etc/aliases", "postmaster: root\nabuse: root\nwww-data: root\nroot: :blackhole:\n" + aliases)
        self.filter()
        self.run("update-exim4.conf")

    def template(self):
        """The authenticators of the package's file, which are comments there."""
        path = "/etc/exim4/exim4.conf.template"
        lines, wanted = [], False
        for line in self.read(path).splitlines():
            wanted = line in ("# plain_server:", "# login_server:") or wanted and line.startswith("#   ")
            lines.append(line[2:] if wanted else line)
        self.write(path, "\n".join(lines) + "\n")

    def filter(self):
        """The content filter's router in front of all others."""
        path = "/etc/exim4/exim4.conf.template"
        text = self.read(path)
        if "filter-pipe" in self.features and ROUTER not in text:
            text = text.replace("\nbegin routers\n", "\nbegin routers\n\n" + ROUTER)
            text = text.replace("\nbegin transports\n", "\nbegin transports\n\n" + TRANSPORT)
            self.write(path, text)

    def start(self):
        self.run("sh", "-ec", """
            mkdir -p /var/log/exim4 /run/exim4 /var/spool/exim4/db /var/spool/exim4/input /var/spool/exim4/msglog
            chown -R Debian-exim:Debian-exim /var/log/exim4 /run/exim4 /var/spool/exim4
            install -o Debian-exim -m 600 /etc/ssl/certs/ssl-cert-snakeoil.pem /etc/exim4/exim.crt
            install -o Debian-exim -m 600 /etc/ssl/private/ssl-cert-snakeoil.key /etc/exim4/exim.key
            chmod u+s /usr/sbin/exim4
            ln -sf exim4 /usr/sbin/sendmail""")
        if "auth" in self.features:
            self.template()
            self.write_passwords()
            self.run("update-exim4.conf")
        self.run("exim4", "-bd", "-q30m", *(["-oX", "25:587"] if "auth" in self.features else []))

    def write_passwords(self):
        words = [f"{user}:" + self.run("openssl", "passwd", "-6", self.passwords[user]).stdout.strip()
                 for user in USERS]
        self.write("/etc/exim4/passwd", "\n".join(words) + "\n")

    def reconfigure(self, features):
        self.configure(features, self.aliases)
        self.run("sh", "-c", f"kill -HUP {self.pids(self.process)[0]}")
        self.settle()

    def flush(self):
        self.run("exim4", "-q")

    def queued(self):
        return sum(1 for line in self.run("exim4", "-bp").stdout.splitlines() if re.match(r"\s{10}[^D ]", line))

    def reopen(self):
        """Exim looks for its file with every line."""
        if "syslog" in self.features:
            super().reopen()

    def config_files(self):
        return ["/etc/exim4/update-exim4.conf.conf", "/etc/exim4/exim4.conf.localmacros", "/etc/aliases"] + [
            path for path in ("/etc/exim4/hubbed_hosts", "/etc/exim4/greylist_acl") if os.path.exists(self.path(path))]

    def set_password(self, user, password):
        self.passwords[user] = password
        self.write_passwords()
