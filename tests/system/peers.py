"""peers.py -- the name servers and resolvers of the laboratory's group "dns", as a test sees them.

They start without the list; load() gives them what `sekimori zone secondary` printed. A server's own
checker reads it first. What they serve is read by kdig and put into one form by named-compilezone."""

import base64
import contextlib
import os
import re
import secrets
import subprocess
import tempfile

import harness
import lab
import mini_dns

KEY_NAME = "xfer.%s" % harness.ZONE
SECONDARIES = ("dns-nsd", "dns-knot", "dns-bind")
LOGS = {"peer-nsd": "nsd.log", "peer-knot": "knot.log", "peer-bind": "named.log",
        "peer-unbound": "unbound.log"}


class Peer:
    def __init__(self, name):
        self.name = name
        self.server = lab.PEERS[name]
        self.address = self.server.ipv4

    def _kind(self, word, text=""):
        return lab.script("exec", self.name, "/lab/kind/" + self.server.kind, word, text_in=text)

    def try_load(self, text):
        """Returns the load, finished: its returncode is that of the server's own checker."""
        return self._kind("load", text)

    def load(self, text):
        done = self.try_load(text)
        assert done.returncode == 0, (self.name, done.stdout, done.stderr, text)

    def stop(self):
        done = self._kind("stop")
        assert done.returncode == 0, (self.name, done.stderr)

    def begin(self):
        done = self._kind("begin")
        assert done.returncode == 0, (self.name, done.stdout, done.stderr)

    def run(self, *command, text_in=""):
        """A command in the server's root and namespaces."""
        return lab.script("exec", self.name, *command, text_in=text_in)

    def put(self, path, text):
        done = self.run("sh", "-c", 'cat >"$0"', path, text_in=text)
        assert done.returncode == 0, done.stderr

    def log(self, start=0):
        return lab.log_text(self.name, LOGS[self.server.kind], start)

    def log_size(self):
        return lab.log_size(self.name, LOGS[self.server.kind])

    def dig(self, name, qtype="A", tcp=False):
        return dig((self.address, 53), name, qtype, tcp)

    def serial(self, zone=harness.ZONE):
        """The serial it serves; None while it serves none."""
        with contextlib.suppress(OSError):
            return serial((self.address, 53), zone)
        return None

    def wait_serial(self, wanted, deadline_s=15, zone=harness.ZONE):
        harness.wait_until(lambda: self.serial(zone) == wanted, deadline_s,
                           "serial %s of %s at %s (has %s)" % (wanted, zone, self.name, self.serial(zone)))


    @contextlib.contextmanager
    def away(self, primary):
        """In this block it cannot reach the primary, nor be reached by it (a source that cannot be reached is
        refused by rp_filter); others reach it as ever."""
        self._ip("route add blackhole " + primary, 1)
        try:
            yield
        finally:
            self._ip("route del blackhole " + primary, 0)

    def _ip(self, words, filtering):
        netns = os.path.basename(lab.netns_path(self.name))
        done = subprocess.run(
            ["ip", "netns", "exec", netns, "sh", "-c",
             "echo %d >/proc/sys/net/ipv4/conf/all/rp_filter && ip %s" % (filtering, words)],
            check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def dig(server, name, qtype="A", tcp=False):
    with lab.inside():
        return mini_dns.dig(server, name, qtype, tcp)


def serial(server, zone=harness.ZONE):
    answer = dig(server, zone, "SOA").answer
    return int(answer[0].data.split()[2]) if answer else None


class Keys:
    """A file of keys for sekimorid, with one key in it, of this run."""

    def __init__(self, name=KEY_NAME):
        self.name = name
        self.secret = base64.b64encode(secrets.token_bytes(32)).decode()
        self.path = os.path.join(tempfile.mkdtemp(prefix="sekimori-keys-"), "keys")
        self.line = "hmac-sha256:%s:%s" % (name, self.secret)
        with open(self.path, "w", encoding="ascii") as out:
            out.write(self.line + "\n")
        os.chmod(self.path, 0o600)


def settings(keys, *more, notify=SECONDARIES, out=False, catalog=""):
    """The part of sekimori.conf that lets the laboratory's secondaries transfer."""
    lines = ['transfer_from = {"198.18.0.0/15"}', 'transfer_keys = "%s"' % keys.path,
             "secondaries = {%s}" % ", ".join('"%s:53"' % lab.PEERS[name].ipv4 for name in notify)]
    if catalog:
        lines.append('catalog = "%s"' % catalog)
    if out:
        lines.append("out = true")
    return "\ndns {\n\t%s\n}\n" % "\n\t".join([*lines, *more])


def block(daemon, server, *options):
    """What `sekimori zone secondary` prints."""
    done = daemon.sekimori("zone", "secondary", server, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kdig(*words):
    """The text that kdig prints, asked from the network of dns-knot."""
    done = Peer("dns-knot").run("kdig", *words)
    assert done.returncode in (0, 1), done.stderr  # 1: the answer is an error
    return done.stdout + done.stderr


def transfer(address, zone=harness.ZONE, key="", what="AXFR"):
    """What kdig says of one transfer: its records, or the error."""
    return kdig(*(["-y", key] if key else []), "+noidn", "+notsig", "@" + address, zone, what)


def axfr(address, zone=harness.ZONE, key=""):
    """A whole zone, in the form of canonical()."""
    text = transfer(address, zone, key)
    assert "\tSOA\t" in text, (address, zone, text)
    return canonical(text, zone)


def exported(daemon, zone=harness.ZONE):
    """What `sekimori zone export` writes, in the form of canonical()."""
    done = daemon.sekimori("zone", "export", "--zone", "main" if zone == harness.ZONE else "out")
    assert done.returncode == 0, done.stderr
    return canonical(done.stdout, zone)


def transfers(log):
    """The events "transfer" of our log: dictionaries of text."""
    return [dict(re.findall(r"(\w+)=(\S+)", line)) for line in log.splitlines() if " event=transfer " in line]


def canonical(text, zone=harness.ZONE):
    done = lab.script("exec", "dns-bind", "named-compilezone", "-i", "none", "-k", "ignore", "-s", "full",
                      "-o", "-", zone, "-", text_in=text)
    assert done.returncode == 0 and done.stdout, (done.stderr, text[:500])
    return done.stdout
