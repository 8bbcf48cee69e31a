#!/usr/bin/env python3
"""Ways round the permit, each tried: other ledgers, two runs at once, spellings of addresses, made-up numbers,
an opt-out while a dialogue goes on. What goes over the keeper's doors alone is in tests/unit/keep/test_ways.c."""

import contextlib
import ipaddress
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile

import ask
import control
import harness
import lab

daemon = harness.Daemon()
BASIS = ("--basis", "authority", "--reason", "laboratory")
OPEN = lab.SERVERS["open-postfix"].ipv4
SILENT = "10.77.0.9"  # nobody there; RFC 1918 keeps the pace of an owner's server: 10 s between sessions
PACE_S = 10

_home = tempfile.TemporaryDirectory(prefix="sekimori-ways-")

# What a person, or a script, may write for an address that is never probed.
NEVER = [
    "127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "0", "0.0.0.0", "::", "::1", "[::1]", "[::1]:25",
    "::ffff:127.0.0.1", "::ffff:7f00:1", "[::ffff:127.0.0.1]:25", "0:0:0:0:0:ffff:127.0.0.1", "::127.0.0.1",
    "64:ff9b::127.0.0.1", "2002:7f00:1::1", "2001:0:c612:105::1", "169.254.169.254", "224.0.0.1", "255.255.255.255",
    "fe80::1", "fe80::1%eth0", "192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "192.88.99.1", "240.0.0.1",
    "localhost", "localhost.", "ip6-localhost", "127.0.0.1.", "127.0.0.1/32", lab.RECEIVER, "::ffff:" + lab.RECEIVER,
]


def rows(path, query, *values):
    with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as database:
        return database.execute(query, values).fetchall()


def sessions(path, more=""):
    return rows(path, "SELECT addr, started, finding FROM session WHERE kind <> 4" + more + " ORDER BY id")


def test_spellings():
    """no spelling of an address that is never probed leads anywhere: by the tool, by the bare socket, by probe"""
    with daemon:
        for text in NEVER:
            told = ask.ask(daemon, "nominate", text, *BASIS)
            assert told.exit >= 64, (text, told)
            bare = control.ask(daemon, "nominate", target=text, basis="authority", reason="x")
            assert bare.exit >= 64 and bare.done["error"], (text, bare)
        assert sessions(daemon.state + "/sekimori.db") == []
    done = probe("spellings", *[text for text in NEVER if is_address(text)])
    assert done.returncode == 77, done
    assert sessions(ledger("spellings")) == []


def is_address(text):
    """The other spellings probe takes for names or for a slip, and refuses all together."""
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(text)) and "%" not in text
    return False


def ledger(name):
    return os.path.join(_home.name, name, "ledger.db")


def line(name, *arguments, receive=lab.RECEIVER + ":25"):
    return ask.command("sekimori", "probe", "--receive", receive, "--probe-domain", "probe.example",
                       "--helo", "relaytest.probe.example", "--from", lab.PROBER, "--resolver", lab.RESOLVER,
                       "--state", os.path.join(_home.name, name), "--lab-range", "198.18.0.0/15",
                       "--lab-range", "10.0.0.0/8", *arguments)


def probe(name, *arguments, **options):
    return subprocess.run(line(name, *arguments, **options), check=False, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=90)


def waited(name, *arguments):
    """Seconds from the start to the first dialogue of a run."""
    run = ask.Stream(line(name, "--json", "--wait", "%ds" % (PACE_S + 8), SILENT, *arguments))
    event = run.wait_for("connecting", deadline_s=PACE_S + 15)
    run.process.terminate()
    run.end()
    first = run.all("queued")[0]["at"]
    return event["at"] - first


def test_other_ledgers():
    """a deleted ledger, a copy, another and none: the pause between dialogues holds all the same"""
    assert waited("one") > PACE_S - 3
    shutil.copytree(os.path.join(_home.name, "one"), os.path.join(_home.name, "copy"))
    shutil.rmtree(os.path.join(_home.name, "one"))
    for name, options in (("one", ()), ("copy", ()), ("none", ("--no-ledger",))):
        assert waited(name, *options) > PACE_S - 3, name


def test_two_at_once():
    """two runs at once: not on one ledger, and not on two where there is a pace to keep"""
    first = ask.Stream(line("first", "--json", "--wait", "60s", SILENT))
    first.wait_for("queued")
    second = probe("first", SILENT, receive=lab.RECEIVER + ":2525")
    assert second.returncode == 74 and "another sekimori has it open" in second.stderr, second
    second = probe("second", SILENT, receive=lab.RECEIVER + ":2525")
    assert second.returncode == 75 and "RFC 1918" in second.stderr, second
    first.process.terminate()
    first.end()
    assert not os.path.exists(ledger("second")) or sessions(ledger("second")) == []


def test_lists_and_options():
    """probe -f, a basis by its word alone, another laboratory range: what is not permitted stays so"""
    path = os.path.join(_home.name, "targets")
    with open(path, "w", encoding="ascii") as out:
        out.write("198.20.0.50\n")
    for words in (("-f", path), ("--basis", "authority", "--reason", "x", "198.20.0.50"),
                  ("--basis", "owner", "198.20.0.50"), ("--depth", "owner", "198.20.0.50")):
        done = probe("outside", *words)
        assert done.returncode >= 64, (words, done)
    for wide in ("0.0.0.0/0", "198.0.0.0/8", "::/0", "198.20.0.0/16", "2000::/3"):
        done = probe("outside", "--lab-range", wide, "198.20.0.50")
        assert done.returncode == 64, (wide, done)
    assert not os.path.exists(ledger("outside")) or sessions(ledger("outside")) == []


def test_made_up_numbers():
    """numbers that nobody was given open nothing on the control socket"""
    with daemon:
        for test in ("", "1", "a" * 34, "7" * 34, "../../1"):
            for verb in ("test-show", "test-cancel"):
                answer = control.ask(daemon, verb, test=test, asker="203.0.113.7")
                assert answer.exit >= 64, (verb, test, answer)
        for members in ({"basis": "listed"}, {"basis": "control"}, {"basis": "visitor"}, {"basis": ""},
                        {"basis": "owner", "as": "web"}, {"basis": "authority", "depth": "deepest"}):
            answer = control.ask(daemon, "nominate", target=OPEN, reason="x", run=1, nominee=1, id=1, **members)
            assert answer.exit >= 64, (members, answer)
        answer = control.ask(daemon, "key-revoke", id=4711, reason="x")
        assert answer.exit >= 64, answer
        assert sessions(daemon.state + "/sekimori.db") == []


class Slow:
    """A server in the laboratory that answers all but RCPT, and writes down what it hears."""

    def __init__(self, address, port):
        self.server = lab.listen(address, port)
        self.server.settimeout(60)

    def until_rcpt(self):
        self.talk, _ = self.server.accept()
        self.talk.settimeout(30)
        self.file = self.talk.makefile("rwb", buffering=0)
        self.file.write(b"220 slow.example ESMTP\r\n")
        while True:
            said = self.file.readline()
            assert said, "gone before RCPT"
            if said.upper().startswith(b"RCPT"):
                return
            self.file.write(b"250 ok\r\n")

    def rest(self):
        """What comes until the end."""
        lines = []
        with contextlib.suppress(socket.timeout, ConnectionError):
            while said := self.file.readline():
                lines.append(said.strip().upper())
        return lines

    def close(self):
        self.file.close()
        self.talk.close()
        self.server.close()


def test_opt_out_in_a_dialogue():
    """an opt-out while the dialogue goes on: QUIT, nothing else, and nobody comes again; of its domain, too"""
    with daemon, contextlib.closing(Slow(lab.LIST_SERVER, 2526)) as slow:
        assert ask.ask(daemon, "nominate", lab.LIST_SERVER + ":2526", *BASIS).exit == 0
        slow.until_rcpt()
        assert ask.ask(daemon, "optout", lab.LIST_SERVER, "--also", "corp.example", "--operator", "Corp",
                       "--reason", "asked").exit == 0
        rest = slow.rest()
        assert rest in ([b"QUIT"], []), rest
        told = ask.ask(daemon, "nominate", lab.LIST_SERVER, *BASIS)
        assert told.exit == 77 and told.done["error"] == "opted-out", told
        shown = ask.ask(daemon, "show", lab.LIST_SERVER).done["sessions"]
        assert [s["basis"] for s in shown] == ["authority"] and shown[0]["reason"] == "laboratory", shown
        told = ask.ask(daemon, "nominate", OPEN, "--domain", "mail.corp.example", *BASIS)
        assert told.exit == 77 and told.done["error"] == "opted-out", told


harness.main()
