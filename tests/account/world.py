"""world.py -- everybody but the server: the clients that write to it, the hosts it delivers to, the day it is.

All of them live in the laboratory's outer network. They count for themselves: what a client was answered, what
arrived at a host. The truth about a log is made of these counts (truth.py), never of the log."""

import collections
import contextlib
import os
import re
import smtplib
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))
import lab  # noqa: E402

WORLD = "198.18.64.0/18"  # every address of it is somebody here
NOBODY = "198.18.130.25"  # no host answers there
SINKS = {  # address: host name, what it does; a domain's MX leads to one of them
    "198.18.64.25": ("mx1.post.example.net", "takes"),
    "198.18.64.26": ("mx2.post.example.net", "takes"),
    "198.18.65.25": ("in.letters.example.org", "takes"),
    "198.18.66.25": ("mx.guarded.example.com", "listed"),
    "198.18.67.25": ("mx.busy.example.com", "busy"),
    "198.18.68.25": ("inner.example", "takes"),
}
WAYS = ((.1, "gone."), (.13, "full."), (.25, "later."), (.28, "strict."))  # how a recipient fares: Sinks
SENDERS = tuple(SINKS)[:4]  # those that also write
LIST = "bl.example.org"  # the list that the host "listed" asks
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "juniper", "kelp", "larch",
         "maple", "nectar", "olive", "poplar", "quartz", "rowan", "sorrel", "thyme")
TOPS = ("example.com", "example.net", "example.org", "example")
DOMAINS = tuple(f"{word}.{top}" for word in WORDS for top in TOPS)
GUARDED = tuple(f"{word}.guarded.example.com" for word in WORDS)
BUSY = ("busy.example.com",)
UNREACHABLE = ("away.example.net",)
MAY_FAIL = ("refused", "login", "unknown")
BRIDGE, BEHIND = "172.17.0.1", "172.17.0.2"  # as Docker numbers them
STRANGER6 = "fd00:18::77:1"
STEP = struct.Struct("=qq")


class Clock:
    """The server's wall clock (clock.c): real time, and as many seconds ahead as the story has come."""

    def __init__(self, path):
        self.path, self.rows, self.ahead = path, 0, 0
        with open(path, "wb") as out:
            out.write(bytes(8 + STEP.size * 4000))
        os.chmod(path, 0o644)

    def now(self):
        return time.time() + self.ahead

    def set(self, when):
        """It is `when` (seconds since 1970) from now on; never earlier than it was."""
        self.ahead = int(when - time.time())
        with open(self.path, "r+b") as out:
            out.seek(8 + STEP.size * self.rows)
            out.write(STEP.pack(int(time.time()) if self.rows else 0, self.ahead))
            out.flush()
            self.rows += 1
            out.seek(0)
            out.write(struct.pack("=q", self.rows))


class Mail:
    """One mail as its client saw it."""

    def __init__(self, kind, client, sender, recipients, **more):
        self.kind, self.client, self.sender = kind, client, sender
        self.recipients = list(recipients)
        self.account = more.get("account")
        self.helo = more.get("helo")
        self.answers = {}  # recipient: code and text
        self.answer = None  # to the mail as a whole
        self.size = self.at = None
        self.message_id = more.get("message_id")
        self.text = None  # of those that a program is given

    @property
    def accepted(self):
        return self.answer is not None and self.answer[0] == 250

    @property
    def taken(self):
        return [r for r in self.recipients if self.accepted and self.answers[r][0] in (250, 251)]


Arrival = collections.namedtuple("Arrival", "at host peer sender recipient code text message_id size")


FAILED = re.compile(r"^Action:\s*failed", re.I | re.M)
FINAL = re.compile(r"^Final-Recipient:\s*rfc822;\s*<?([^>\s]+)", re.I | re.M)


def given_up(text):
    """The recipients that notices of failure name (RFC 3464)."""
    blocks = text.replace("\r\n", "\n").split("\n\n")
    return [found.group(1).lower() for found in map(FINAL.search, filter(FAILED.search, blocks)) if found]


class Sinks:
    """The hosts the server delivers to. What they do is in the local part: "gone..." is unknown (5xx), "full..."
    has no room (4xx, always), "later..." is put off the first time, "strict..." does not like the content."""

    def __init__(self, clock):
        self.clock = clock
        self.arrivals = []
        self.listed = False  # the host "listed" has heard of the server
        self.given_up = set()  # recipients that a notice of failure named, which arrived
        self.put_off = set()
        with lab.inside():
            s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(("::", 25))
        s.listen(200)
        self.socket = s
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                s, peer = self.socket.accept()
                threading.Thread(target=self.session, args=(s, peer), daemon=True).start()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def session(self, s, peer):
        address = s.getsockname()[0].removeprefix("::ffff:")
        if address not in SINKS:
            s.close()
            return
        s.settimeout(300)
        with contextlib.suppress(OSError), s, s.makefile("rb") as lines:
            Session(self, s, lines, address, peer[0].removeprefix("::ffff:")).run()

    def answer(self, host, peer, recipient):
        """Code and words for one recipient."""
        name, behaviour = SINKS[host]
        local = recipient.partition("@")[0]
        if behaviour == "listed" and self.listed:
            return 554, (f"5.7.1 Service unavailable; Client host [{peer}] blocked using {LIST}; "
                         f"see https://{LIST}/query/{peer}")
        if local.startswith("gone"):
            return 550, f"5.1.1 <{recipient}>: Recipient address rejected: User unknown"
        if local.startswith("full"):
            return 452, "4.2.2 Mailbox full"
        if local.startswith("later") and recipient not in self.put_off:
            self.put_off.add(recipient)
            return 451, "4.7.1 Greylisted, please come back later"
        return 250, f"2.1.5 Ok, {name}"

    def note(self, **columns):
        self.arrivals.append(Arrival(at=self.clock.now(), **columns))


class Session:
    """One connection of the server."""

    def __init__(self, sinks, s, lines, host, peer):
        self.sinks, self.s, self.lines, self.host, self.peer = sinks, s, lines, host, peer
        self.name, self.behaviour = SINKS[host]
        self.sender, self.recipients = None, []

    def say(self, code, text):
        self.s.sendall(f"{code} {text}\r\n".encode())

    def run(self):
        if self.behaviour == "busy":
            self.say(421, f"4.3.2 {self.name} too many connections, try again later")
            return
        self.say(220, f"{self.name} ESMTP")
        for line in self.lines:
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            handler = getattr(self, "do_" + verb.lower(), None)
            if handler is None:
                self.say(502, "5.5.2 Command not recognised")
            elif handler(rest) == "bye":
                return

    def do_ehlo(self, _):
        self.s.sendall(f"250-{self.name}\r\n250-SIZE 20000000\r\n250-8BITMIME\r\n250-PIPELINING\r\n"
                       "250 ENHANCEDSTATUSCODES\r\n".encode())

    def do_helo(self, _):
        self.say(250, self.name)

    def do_noop(self, _):
        self.say(250, "2.0.0 Ok")

    def do_rset(self, _):
        self.sender, self.recipients = None, []
        self.say(250, "2.0.0 Ok")

    def do_mail(self, rest):
        self.sender, self.recipients = rest.split("<", 1)[1].split(">", 1)[0], []
        self.say(250, "2.1.0 Ok")

    def do_rcpt(self, rest):
        recipient = rest.split("<", 1)[1].split(">", 1)[0].lower()
        code, text = self.sinks.answer(self.host, self.peer, recipient)
        if code == 250:
            self.recipients.append(recipient)
        else:
            self.sinks.note(host=self.host, peer=self.peer, sender=self.sender, recipient=recipient, code=code,
                            text=text, message_id=None, size=0)
        self.say(code, text)

    def do_data(self, _):
        if not self.recipients:
            self.say(554, "5.5.1 No valid recipients")
            return
        self.say(354, "End data with <CR><LF>.<CR><LF>")
        body = []
        for line in self.lines:
            if line == b".\r\n":
                break
            body.append(line)
        head = b"".join(body).split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b" ").decode("utf-8", "replace")
        ids = [h[11:].strip() for h in head.split("\r\n") if h.lower().startswith("message-id:")]
        if not self.sender:
            self.sinks.given_up.update(given_up(b"".join(body).decode("utf-8", "replace")))
        code, text = 250, "2.0.0 Ok: queued as %06X" % (len(self.sinks.arrivals) * 7919 % 0xFFFFFF)
        if any(r.startswith("strict") for r in self.recipients):
            code, text = 554, "5.7.1 Message content rejected as spam"
        for recipient in self.recipients:
            self.sinks.note(host=self.host, peer=self.peer, sender=self.sender, recipient=recipient, code=code,
                            text=text, message_id=ids[0] if ids else None, size=sum(map(len, body)))
        self.say(code, text)
        self.sender, self.recipients = None, []

    def do_quit(self, _):
        self.say(221, "2.0.0 Bye")
        return "bye"


class Client(smtplib.SMTP):
    """A connection from one of the world's addresses, or from one inside the server ("localhost")."""

    def __init__(self, server, source, port, helo):
        self.from_where = source
        inner = source in ("127.0.0.1", "::1")
        self.open_in = server.name if inner else "outer"
        super().__init__(local_hostname=helo, timeout=60)
        self._host = server.row.host  # for STARTTLS
        outside = BEHIND if source == BRIDGE else server.row.ipv6 if ":" in source else server.row.ipv4
        target = source if inner else outside
        code, text = self.connect(target, port)
        if code != 220:
            self.close()
            raise smtplib.SMTPConnectError(code, text)

    def _get_socket(self, host, port, timeout):
        return lab.connect(host, port, source=self.from_where, timeout=timeout, name=self.open_in)


def unverified():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class World:
    """The laboratory's outer network, the clock and what was seen."""

    def __init__(self, server, rng):
        self.server, self.rng = server, rng
        self.clock = Clock(server.path("/run/account-clock"))
        self.sinks = Sinks(self.clock)
        self.mails = []
        self.logins_failed = []  # account, client, time
        self.number = 0
        subprocess.run(["ip", "-n", lab.PREFIX, "route", "replace", "local", WORLD, "dev", "lo"], check=True)
        subprocess.run(["ip", "-n", lab.PREFIX, "addr", "replace", STRANGER6 + "/64", "dev", "br0", "nodad"],
                       check=True)

    def close(self):
        self.sinks.close()

    def bridge(self):
        """The server gets an address behind it."""
        inside = f"{lab.PREFIX}-{self.server.name}"
        for netns, device, address in ((lab.PREFIX, "br0", BRIDGE), (inside, "eth0", BEHIND)):
            subprocess.run(["ip", "-n", netns, "addr", "replace", address + "/16", "dev", device], check=True)

    def new_id(self, domain):
        self.number += 1
        return f"<{self.number:04d}.{self.rng.randrange(1 << 32):08x}@{domain}>"

    def composed(self, kind, sender, recipients):
        """A mail that is handed to a program, which will take it."""
        mail = Mail(kind, None, sender, recipients)
        mail.text = self.text(mail, "Your form", 700)
        mail.size, mail.at = len(mail.text), self.clock.now()
        mail.answer, mail.answers = (250, ""), dict.fromkeys(recipients, (250, ""))
        self.mails.append(mail)
        return mail

    def speak_early(self, client):
        """Does not wait for the greeting, as programs do that only send."""
        with lab.connect(self.server.row.ipv4, 25, source=client, timeout=30) as s, contextlib.suppress(OSError):
            s.sendall(b"EHLO hasty\r\n")
            while s.recv(1000):
                pass

    def text(self, mail, subject, octets):
        mail.message_id = mail.message_id or self.new_id(mail.sender.partition("@")[2] or "nowhere.example")
        head = (f"From: <{mail.sender or 'postmaster@nowhere.example'}>\r\nTo: <{mail.recipients[0]}>\r\n"
                f"Subject: {subject}\r\nMessage-ID: {mail.message_id}\r\n"
                f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime(self.clock.now()))}\r\n\r\n")
        line = "The quick brown fox jumps over the lazy dog; nobody is to read this twice.\r\n"
        return head + line * max(1, (octets - len(head)) // len(line))

    def send(self, kind, client, sender, recipients, helo=None, port=25, account=None, password=None, tls=False,
             subject="Hello", octets=700, many=1):
        """One session; returns the mails as the client saw them. kind: a word for truth.py. many: that many mails
        in one session, the recipients shared out."""
        groups = [recipients[i::many] for i in range(many)]
        mails = [Mail(kind, client, sender, group, account=account, helo=helo or "there.example") for group in groups]
        self.mails += mails
        try:
            smtp = Client(self.server, client, port, helo or "there.example")
        except (smtplib.SMTPException, OSError) as error:
            assert kind in MAY_FAIL, (kind, error)
            for mail in mails:
                mail.at = self.clock.now()
                mail.answers = dict.fromkeys(mail.recipients, (getattr(error, "smtp_code", 0), str(error)))
            return mails
        with contextlib.suppress(smtplib.SMTPServerDisconnected):
            self.dialogue(smtp, mails, account, password, tls, subject, octets)
            smtp.quit()
        smtp.close()
        assert kind in MAY_FAIL or all(mail.accepted for mail in mails), (kind, mails[0].answers, mails[0].answer)
        return mails

    def dialogue(self, smtp, mails, account, password, tls, subject, octets):
        smtp.ehlo()
        if tls:
            smtp.starttls(context=unverified())
            smtp.ehlo()
        if account:
            try:
                smtp.login(account, password)
            except smtplib.SMTPAuthenticationError:
                self.logins_failed.append((account, mails[0].client, self.clock.now()))
                self.mails = [m for m in self.mails if m not in mails]
                return
        for mail in mails:
            self.one(smtp, mail, subject, octets)

    def one(self, smtp, mail, subject, octets):
        mail.at = self.clock.now()
        code, text = smtp.mail(mail.sender)
        if code != 250:
            mail.answers = dict.fromkeys(mail.recipients, (code, text.decode("utf-8", "replace")))
            smtp.rset()
            return
        for recipient in mail.recipients:
            code, text = smtp.rcpt(recipient)
            mail.answers[recipient] = (code, text.decode("utf-8", "replace"))
        if any(code in (250, 251) for code, _ in mail.answers.values()):
            text = self.text(mail, subject, octets)
            mail.size = len(text)
            code, said = smtp.data(text)
            mail.answer = (code, said.decode("utf-8", "replace"))
        else:
            smtp.rset()
        mail.at = self.clock.now()
