"""field.py -- the field of tests/lab (field.tsv) as a test sees it: its rows, and an SMTP client that plays
one form of the catalogue against one server and says how far it came."""

import base64
import collections
import contextlib
import functools
import os
import secrets
import ssl

import lab
import mini_smtp
from field_forms import DEPTHS, FORMS, SOURCES

TABLE = os.path.join(lab.SCRIPTS, "field.tsv")
PROBE_DOMAIN, PROBE_DOMAIN2 = "probe.example", "probe2.example"
SMTPS = 465  # TLS from the first octet
NOBODY_S = 60  # a tarpit answers sooner; nothing is believed for having been late

# The words of the column "cause": that of the truth first, then those that look the same from outside.
CAUSES = frozenset((
    "unconditional", "client-address-lost", "trusted-v4", "trusted-v6", "sender-domain", "helo-name",
    "ptr-name", "certificate", "mx-backup", "wildcard-domain", "pattern", "local-part", "null-sender",
    "percent", "bang", "quoted", "source-route", "submission-no-auth", "tls-terminator", "any-credentials",
    "anonymous-auth", "xclient", "proxy-protocol", "inner-host", "undetermined"))
TRUTHS = ("open", "closed", "accepts", "output-only", "never-listed")


class Row(collections.namedtuple(
        "Row", "name mta ipv4 ipv6 ports front truth cause forms depth output kind root ptr set line")):
    """One server. An address that it does not have is None."""

    @property
    def domain(self):
        return self.name + ".example"

    @property
    def host(self):
        return "mail." + self.domain

    @property
    def hosts(self):
        return [self.host] + ([self.ptr] if "." in self.ptr else [])

    @property
    def address(self):
        return self.ipv4 or self.ipv6

    @property
    def outputs(self):
        """The addresses from which a letter through it reaches the mailbox."""
        return {self.ipv4, self.ipv6} if self.output == "-" else set(self.output.split(","))

    @property
    def port(self):
        return int(self.ports.split(",")[0])


def read_rows():
    with open(TABLE, encoding="ascii") as table:
        lines = [line.rstrip("\n").split("\t") for line in table if not line.startswith("#")]
    assert tuple(lines[0]) == Row._fields, lines[0]
    rows = [Row(*line) for line in lines[1:]]
    return {row.name: row._replace(
        ipv4=None if row.ipv4 == "-" else row.ipv4, ipv6=None if row.ipv6 == "-" else row.ipv6,
        forms=[] if row.forms == "-" else row.forms.split(","), cause=row.cause.split("/"))
        for row in rows}


def companions(rows, table):
    """Names of the rows, and of the servers that what they relay passes through."""
    by_address = {row.address: row.name for row in table.values()}
    names = {row.name for row in rows}
    for row in rows:
        names |= {by_address[a] for a in row.outputs if a in by_address}
    return sorted(names)


class Attempt:
    """One form with one set of names: what was said, and the reply that decided."""

    def __init__(self, row, form, host, dom):
        self.row, self.form, self.spec = row, form, FORMS[form]
        self.token = "t" + secrets.token_hex(8)
        self.sender_token = "s" + secrets.token_hex(8)
        self.address = row.ipv6 if self.spec.session.get("ipv6") else row.address
        self.host, self.dom = host, dom
        self.step, self.code, self.text = "connect", 0, "no such address"

    def fill(self, text):
        literal = "IPv6:" + self.address if ":" in self.address else self.address
        return text.format(
            S=self.sender_token, T=self.token, pd=PROBE_DOMAIN, pd2=PROBE_DOMAIN2, PD=PROBE_DOMAIN.upper(),
            rx=lab.RECEIVER, host=self.host, dom=self.dom, lit=literal, u="relaytest", name=self.row.name)

    @property
    def accepted(self):
        return self.step == "body" and self.code // 100 == 2

    @property
    def deferred(self):
        return self.code // 100 == 4

    def __repr__(self):
        return "%s %s: %s %d %s" % (self.row.name, self.form, self.step, self.code, self.text)


def attempts(row, form):
    """The form with each of the server's names that it speaks of."""
    spec = FORMS[form]
    if spec.session.get("ipv6") and not row.ipv6:
        return []
    said = spec.mail + spec.rcpt + spec.session.get("name", "")
    hosts = row.hosts if "{host}" in said else row.hosts[:1]
    return [Attempt(row, form, host, row.domain) for host in hosts]


def client_certificate():
    """(certificate, key) of somebody whom a known authority has signed: the laboratory's own."""
    ssl_dir = os.path.join(lab.STATE, "roots", "base", "etc", "ssl")
    return (os.path.join(ssl_dir, "certs", "ssl-cert-snakeoil.pem"),
            os.path.join(ssl_dir, "private", "ssl-cert-snakeoil.key"))


@functools.lru_cache(1)
def tls_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1  # the field has one that knows nothing newer
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(*client_certificate())
    return context


class _Refused(Exception):
    """Said in its own words by the reply that is kept in the attempt."""


class _Session:
    """An attempt being played. Each method is a step; the first one refused ends it."""

    def __init__(self, attempt, port, deadline_s):
        self.attempt = attempt
        self.how = attempt.spec.session
        source = SOURCES.get(attempt.row.name) if self.how.get("named") else None
        self.sock = lab.connect(attempt.address, port, source, deadline_s)
        if port == SMTPS:
            self.sock = tls_context().wrap_socket(self.sock)
        self.smtp = mini_smtp.Client(self.sock)
        self.offered = ""

    def decide(self, step, reply, good=(2, 3)):
        self.attempt.step = step
        self.attempt.code, self.attempt.text = reply
        if self.attempt.code // 100 not in good:
            raise _Refused

    def say(self, step, line):
        self.decide(step, self.smtp.say(self.attempt.fill(line)))

    def hello(self):
        name = self.how.get("name", "relaytest.probe.example")
        self.say("hello", self.how.get("verb", "EHLO") + " " + name)
        self.offered = self.attempt.text.upper()

    def starttls(self):
        self.say("starttls", "STARTTLS")
        self.sock = tls_context().wrap_socket(self.sock)
        self.smtp = mini_smtp.Client(self.sock)
        self.hello()

    def auth(self):
        if "AUTH" not in self.offered and "STARTTLS" in self.offered:
            self.starttls()
        words = self.offered.replace("=", " ").split()
        for mechanism in self.how["auth"]:
            if mechanism in words:
                getattr(self, "auth_" + mechanism.lower())()
                return
        self.decide("auth", (504, "not offered"))

    def auth_plain(self):
        answer = "\0%s\0%s" % (self.how["user"], self.how["password"])
        self.say("auth", "AUTH PLAIN " + base64.b64encode(answer.encode()).decode())

    def auth_login(self):
        self.say("auth", "AUTH LOGIN")
        for word in (self.how["user"], self.how["password"]):
            self.say("auth", base64.b64encode(word.encode()).decode())

    def auth_anonymous(self):
        self.say("auth", "AUTH ANONYMOUS " + base64.b64encode(b"relaytest").decode())

    def open(self):
        if "proxy" in self.how:
            self.sock.sendall(self.how["proxy"].encode() + b"\r\n")
        self.decide("greeting", self.smtp.reply())
        self.hello()
        if self.how.get("tls"):
            self.starttls()
        if "xclient" in self.how:
            self.say("xclient", "XCLIENT " + self.how["xclient"])
            self.hello()
        if "xforward" in self.how:
            self.say("xforward", "XFORWARD " + self.how["xforward"])
        if "auth" in self.how:
            self.auth()

    def mail(self):
        self.say("mail", "MAIL FROM:" + self.attempt.spec.mail)
        self.say("rcpt", "RCPT TO:" + self.attempt.spec.rcpt)
        self.say("data", "DATA")
        self.decide("body", self.smtp.say(
            "From: relaytest@probe.example\r\nTo: undisclosed-recipients:;\r\nSubject: relay test\r\n"
            "Auto-Submitted: auto-generated\r\n\r\nA laboratory's letter.\r\n."))

    def play(self):
        with contextlib.suppress(_Refused):
            self.open()
            self.mail()
        with contextlib.suppress(OSError, ValueError):
            self.sock.settimeout(2)
            self.smtp.say("QUIT")

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.close()


def play(attempt, deadline_s=NOBODY_S):
    """Plays it on the first of its ports that answers; a session that breaks off counts as refused there."""
    ports = attempt.spec.session.get("ports") or [25]
    for port in ports:
        try:
            session = _Session(attempt, port, deadline_s)
        except OSError as error:
            attempt.step, attempt.code, attempt.text = "connect", 0, str(error)
            continue
        try:
            session.play()
        except (OSError, ValueError) as error:
            attempt.code, attempt.text = 0, str(error)
        finally:
            session.close()
        return attempt
    return attempt


class Box(mini_smtp.Mailbox):
    """The probe mailbox, of both address families. Says which attempts came through."""

    request_queue_size = 64

    def came(self, attempt):
        """The mails that the attempt's token brought, bounces to the same address (P10) apart."""
        return [mail for mail in list(self.mails)
                if attempt.token in mail["to"].lower() and (mail["from"] or attempt.form in ("P02", "Z05"))]

    def bounced(self, attempt):
        return [mail for mail in list(self.mails) if mail["to"].lower().startswith(attempt.sender_token)]


@contextlib.contextmanager
def mailbox():
    """One mailbox on both of the receiver's addresses; the mails of both are in the first one's .mails."""
    with Box(lab.listen(lab.RECEIVER, 25)) as box, Box(lab.listen("fd00:18::25", 25)) as box6:
        box6.mails = box.mails
        yield box


def queued(name, kind):
    """How many mails the server still has to deliver or give up; those that it holds on purpose apart."""
    done = lab.script("exec", name, "/lab/kind/" + kind, "queue")
    assert done.returncode == 0, (name, done.stderr)
    return int(done.stdout)


def depth_of(form):
    return DEPTHS.index(FORMS[form].depth)
