#!/usr/bin/env python3
"""probe_alone.py PROGRAM -- `sekimori probe` without a daemon against four small servers.  TAP.

Everything runs in a network namespace of its own whose only interface is lo, so no packet can leave.
The servers are a few lines each; real ones are the laboratory's (tests/system)."""

import contextlib
import json
import os
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time

RX, DNS = "198.18.0.9", "198.18.0.54"
ITSELF, ELSEWHERE = "198.20.0.50", "198.20.0.51"  # public ones, on lo of this namespace and nowhere
HOSTS = {"rx.probe.example": RX, "open.example": "198.18.0.25", "closed.example": "198.18.0.26",
         "sink.example": "198.18.0.27", "dead.example": "198.18.0.28"}


def encode(name):
    return b"".join(bytes([len(x)]) + x.encode() for x in name.split(".") if x) + b"\0"


class Dns(socketserver.BaseRequestHandler):
    def handle(self):
        query, sock = self.request
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        name, qtype = ".".join(labels), struct.unpack_from("!H", query, at + 1)[0]
        question = query[12:at + 5]
        data = None
        if qtype == 15 and (name == "probe.example" or name.endswith(".probe.example")):
            data = struct.pack("!H", 10) + encode("rx.probe.example")
        elif qtype == 1 and name in HOSTS:
            data = socket.inet_aton(HOSTS[name])
        known = data is not None or name in HOSTS or name.endswith("probe.example")
        flags = 0x8180 | (0 if known else 3)
        reply = query[:2] + struct.pack("!5H", flags, 1, int(data is not None), 0, 0) + question
        if data is not None:
            reply += b"\xc0\x0c" + struct.pack("!HHIH", qtype, 1, 60, len(data)) + data
        sock.sendto(reply, self.client_address)


def relay(sender, recipients, body, helo, client, mine):
    """What an open relay does: adds its Received line and hands on to the MX."""
    head = ("Received: from %s ([%s])\r\n\tby open.example with ESMTP; Sun, 22 Nov 2026 22:00:00 +0000\r\n"
            % (helo, client)).encode()
    with socket.create_connection((RX, 25), source_address=(mine, 0)) as s, s.makefile("rb") as f:
        def reply():
            line = f.readline()
            while line[3:4] == b"-":
                line = f.readline()
            return line

        reply()
        for line in ["EHLO open.example", "MAIL FROM:<%s>" % sender] + \
                ["RCPT TO:<%s>" % r for r in recipients] + ["DATA"]:
            s.sendall(line.encode() + b"\r\n")
            reply()
        s.sendall(head + body + b".\r\n")
        reply()
        s.sendall(b"QUIT\r\n")
        reply()


class Smtp(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode("latin-1") + b"\r\n")

    def handle(self):
        with contextlib.suppress(OSError):
            self.talk()

    def talk(self):
        kind, mine = self.server.kind, self.server.server_address[0]
        sender, recipients, helo = "", [], "?"
        self.say("220 %s.example ESMTP" % kind)
        for line in self.rfile:
            words = line.decode("latin-1").strip()
            verb = words[:4].upper()
            if verb in ("EHLO", "HELO"):
                helo = words[5:]
            elif verb == "MAIL":
                sender, recipients = words.split(":", 1)[1].split(">")[0].strip(" <"), []
            elif verb == "RCPT":
                if kind == "closed":
                    self.say("550 5.7.1 \x1b[2J\xff Relay access denied")
                    continue
                recipients.append(words.split(":", 1)[1].strip(" <>"))
            elif verb == "DATA":
                self.say("354 go on")
                body = b""
                for part in self.rfile:
                    if part == b".\r\n":
                        break
                    body += part
                if kind == "open":
                    threading.Thread(target=relay, daemon=True, args=(
                        sender, recipients, body, helo, self.client_address[0], mine)).start()
            elif verb == "QUIT":
                self.say("221 bye")
                return
            self.say("250 ok")


class Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True


def start_servers():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in list(HOSTS.values()) + [DNS, "198.18.0.2"]:
        subprocess.run(["ip", "addr", "add", address + "/32", "dev", "lo"], check=True)
    servers = [socketserver.ThreadingUDPServer((DNS, 53), Dns)]
    for kind in ("open", "closed", "sink"):
        servers.append(Tcp((HOSTS[kind + ".example"], 25), Smtp))
        servers[-1].kind = kind
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()


def command(program, *args, ledger=("--no-ledger",), receive=RX + ":25"):
    return [program, "--receive", receive, "--probe-domain", "probe.example", "--resolver", DNS,
            "--lab-range", "198.18.0.0/15", "--helo", "relaytest.probe.example", "--lang", "en",
            *ledger, *args]


def run(program, *args, ledger=("--no-ledger",), timeout=60):
    return subprocess.run(command(program, *args, ledger=ledger), capture_output=True, text=True,
                          timeout=timeout)


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def is_open(program):
    r = run(program, "open.example", "--wait", "40s")
    assert r.returncode == 1, r
    assert r.stdout.startswith("198.18.0.25: open: ") and "came back: form P01" in r.stdout, r
    assert r.stderr == "", r
    # here the relay stands on our own addresses: whom it trusts says nothing
    assert "  cause          Cause not determined" in r.stdout, r
    assert "we tested from the server itself" in r.stdout, r


def is_closed(program):
    r = run(program, "closed.example:25", "--wait", "40s", "--progress", "always")
    assert r.returncode == 0, r
    assert "P01  refused         550 5.7.1 \\x1b[2J\\xff Relay access denied\n" in r.stdout, r
    assert "verdict         closed: " in r.stdout, r


def is_undecided(program):
    r = run(program, "sink.example", "--wait", "8s")
    assert r.returncode == 2, r
    assert ": accepts but does not deliver (provisional)" in r.stdout, r


def is_untested(program):
    r = run(program, "dead.example", "--wait", "20s")
    assert r.returncode == 2, r
    assert "198.18.0.28: not tested" in r.stdout and "no connection" in r.stdout, r


def several_in_json(program):
    r = run(program, "open.example", "198.18.0.26", "nothing.example", "--json", "--wait", "40s")
    seen = lines(r)
    assert r.returncode == 1, r
    done = {o["target"]: o for o in seen if o["event"] == "done"}
    assert done["open.example"]["exit"] == 1 and done["198.18.0.26"]["exit"] == 0, done
    assert done["nothing.example"]["exit"] == 68, done
    assert not any(o["event"] in ("listed", "removed") for o in seen), seen
    assert r.stdout.isascii() and "\x1b" not in r.stdout, r


def public_addresses_are_refused(program):
    r = run(program, "192.0.2.25")
    assert r.returncode == 77 and r.stdout == "", r


def the_ledger_remembers(program):
    with tempfile.TemporaryDirectory() as state:
        ledger = ("--state", state + "/probe")
        for _ in range(2):
            r = run(program, "closed.example", "--wait", "40s", ledger=ledger)
            assert r.returncode == 0, r
        assert os.stat(state + "/probe").st_mode & 0o077 == 0
        assert os.path.getsize(state + "/probe/ledger.db") > 0


def control_c_prints_what_is_known(program):
    p = subprocess.Popen(command(program, "sink.example", "--wait", "60s"), text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(4)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=20)
    assert p.returncode == 130 and "198.18.0.27: " in out and "(provisional)" in out, (p.returncode, out, err)


def the_server_itself(program):
    """an own address is tested without the daemon's checklist, as an owner's; no other public one is"""
    subprocess.run(["ip", "addr", "add", ITSELF + "/32", "dev", "lo"], check=True)
    server = Tcp((ITSELF, 25), Smtp)
    server.kind = "open"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    with tempfile.TemporaryDirectory() as state:
        ledger = ("--state", state + "/probe")
        r = run(program, ITSELF, "--json", "--depth", "owner", "--wait", "40s", ledger=ledger)
        queued = [o for o in lines(r) if o["event"] == "queued"]
        assert r.returncode == 1, r
        assert [(o["depth"], o["pace"], o["basis"]) for o in queued] == [("owner", "owner", "owner")], queued
        r = run(program, ITSELF, "--depth", "lab", ledger=ledger)
        assert r.returncode == 77 and "depth" in r.stderr, r
        r = run(program, ELSEWHERE, ledger=ledger)
        assert r.returncode == 77 and r.stdout == "", r
    r = run(program, ITSELF)
    assert r.returncode == 77 and r.stdout == "", ("without a ledger", r)


def mistakes_are_named(program):
    for args, code, words in [
            (["--lab-range", "8.0.0.0/8", "open.example"], 64, "--lab-range: "),
            (["--basis", "friend", "open.example"], 64, "one of owner authority"),
            (["--basis", "authority", "open.example"], 64, "needs --reason TEXT"),
            ([], 64, "no target is given"),
            (["198.18.0.256"], 64, "neither an address nor a host name"),
            (["-f", "/nonexistent/list"], 66, "No such file"),
            (["--receive", RX, "open.example"], 64, "--receive: ")]:
        r = run(program, *args)
        assert r.returncode == code and words in r.stderr and r.stdout == "", (args, r)
    with socket.create_server((RX, 2525)):
        r = run(program, "--receive", RX + ":2525", "open.example")
    assert r.returncode == 73 and "Address already in use" in r.stderr, r
    r = run(program, "open.example", ledger=("--state", "relative"))
    assert r.returncode == 64 and "not an absolute path" in r.stderr, r


TESTS = [is_open, is_closed, is_undecided, is_untested, several_in_json, public_addresses_are_refused,
         the_ledger_remembers, the_server_itself, control_c_prints_what_is_known, mistakes_are_named]


def main(script, start, tests):
    if len(sys.argv) == 2:
        probe = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
        if probe.returncode != 0:
            print("1..0 # SKIP network namespaces are not permitted here")
            return 0
        os.execvp("unshare", ["unshare", "-rn", sys.executable, os.path.abspath(script),
                              sys.argv[1], "inside"])
    start()
    print("1..%d" % len(tests), flush=True)
    bad = 0
    for number, test in enumerate(tests, 1):
        began = time.monotonic()
        try:
            test(sys.argv[1])
            print("ok %d - %s\n# %.1f s" % (number, test.__name__, time.monotonic() - began), flush=True)
        except (AssertionError, subprocess.TimeoutExpired, ValueError, KeyError, OSError) as why:
            bad = 1
            print("not ok %d - %s" % (number, test.__name__))
            print("# %r" % (why,), flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(main(__file__, start_servers, TESTS))
