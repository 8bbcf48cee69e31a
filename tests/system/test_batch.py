#!/usr/bin/env python3
"""`sekimori probe -f` on the laboratory's servers: a table of verdicts, broken off and gone on with."""

import collections
import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading

import ask
import harness
import lab

OUTSIDE = "198.20.0.50"
RECEIVER6 = "fd00:18::25"
_home = tempfile.TemporaryDirectory(prefix="sekimori-batch-")

Row = collections.namedtuple("Row", "verdict output form")
OPEN, SENDER, SINK = (lab.SERVERS[name] for name in ("open-postfix", "sender-relay", "sink"))
CLOSED = [lab.SERVERS[name] for name in ("debian-postfix", "exim-closed", "opensmtpd-closed")]
NOTHING = "198.18.1.250"
OPEN_ROWS = {OPEN.ipv4: Row("open", OPEN.ipv4, "P01"), OPEN.ipv6: Row("open", OPEN.ipv6, "P01")}
CLOSED_ROWS = {address: Row("closed", "-", "-") for s in CLOSED for address in (s.ipv4, s.ipv6)}


def line(*arguments, ledger="ledger", receive=(lab.RECEIVER + ":25", "[" + RECEIVER6 + "]:25"), ranges=True):
    words = ["--probe-domain", "probe.example", "--probe-domain2", "probe2.example", "--helo",
             "relaytest.probe.example", "--resolver", lab.RESOLVER, "--lang", "en",
             "--state", os.path.join(_home.name, ledger), *arguments]
    for address in receive:
        words += ["--receive", address]
    for net in ("198.18.0.0/15", "fd00:18::/64") if ranges else ("10.0.0.0/8",):
        words += ["--lab-range", net]
    return ask.command("sekimori", "probe", *words)


class Batch:
    """One run over a list; .rows is {target: Row} of its --tsv."""

    def __init__(self, targets, *arguments, **options):
        self.list = tempfile.NamedTemporaryFile("w", suffix=".txt", dir=_home.name)
        self.list.write("".join(target + "\n" for target in targets))
        self.list.flush()
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(line("-f", self.list.name, *arguments, **options), text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors)
        self.out, self.rows = "", {}

    def read_rows(self, count):
        self.out += "".join(self.process.stdout.readline() for _ in range(count))

    def end(self):
        watchdog = threading.Timer(100, self.process.kill)
        watchdog.start()
        self.out += self.process.stdout.read()
        self.code = self.process.wait()
        watchdog.cancel()
        self.errors.seek(0)
        self.err = self.errors.read()
        for text in self.out.splitlines():
            with contextlib.suppress(ValueError):
                target, verdict, output, form = text.split("\t")
                assert target not in self.rows, self.out
                if target in OPEN_ROWS and verdict == "open":  # the mailbox has two addresses, and it takes either
                    assert output in (OPEN.ipv4, OPEN.ipv6), self.out
                    output = target
                self.rows[target] = Row(verdict, output, form)
        return self


def batch(targets, *arguments, **options):
    return Batch(targets, "--tsv", *arguments, **options).end()


def test_table():
    """addresses of both families and names, open and closed: one row for each address"""
    targets = [OPEN.host, *CLOSED_ROWS, "# " + NOTHING, NOTHING + ":25", SINK.ipv4, "nobody.open.example"]
    done = batch(targets, "--wait", "9s")
    assert done.rows == {**OPEN_ROWS, **CLOSED_ROWS, NOTHING: Row("untested", "-", "-"),
                         SINK.ipv4: Row("accepts", "-", "-"),
                         "nobody.open.example": Row("untested", "-", "-")}, (done.rows, done.err)
    assert done.code == 1 and done.err == "", (done.code, done.err)


def test_full_depth():
    """a server that believes a sender's domain is open at full depth, and the form that proved it is named"""
    done = batch([SENDER.ipv4], "--depth", "full", ledger="full")
    assert done.code == 1 and done.rows[SENDER.ipv4].verdict == "open", (done.rows, done.err)
    assert done.rows[SENDER.ipv4].output in (SENDER.ipv4, SENDER.ipv6), done.rows
    assert batch([SENDER.ipv4], ledger="full").rows == {SENDER.ipv4: Row("closed", "-", "-")}


def test_json():
    """--json: an object for each address, with its coverage, cause and output; the last one counts"""
    done = Batch([OPEN.ipv4, CLOSED[1].host], "--json", ledger="json").end()
    seen = [json.loads(text) for text in done.out.splitlines()]
    by_addr = {o.get("addr"): o for o in seen}
    assert seen[-1]["event"] == "done" and (seen[-1]["open"], seen[-1]["closed"]) == (1, 2), seen[-1]
    assert by_addr[OPEN.ipv4]["cause"] == "trusted-v4", by_addr
    assert by_addr[OPEN.ipv4]["output"] in (OPEN.ipv4, OPEN.ipv6), by_addr
    closed = by_addr[CLOSED[1].ipv6]
    assert closed["target"] == CLOSED[1].host and closed["line"] == 2 and closed["done"] > 20, closed


def test_bad_line():
    """a line that is no target: nothing is sent, nothing remembered; --skip-bad goes on without it"""
    done = batch([OPEN.ipv4, "not a host", CLOSED[0].ipv4], ledger="bad")
    assert done.code == 65 and done.out == "" and ".txt:2: not a host: " in done.err, (done.out, done.err)
    assert not os.path.exists(os.path.join(_home.name, "bad")), "there is a ledger already"
    done = batch(["not a host", CLOSED[0].ipv4], "--skip-bad", ledger="bad")
    assert done.code == 0 and set(done.rows) == {CLOSED[0].ipv4}, (done.rows, done.err)


def test_no_basis():
    """outside the laboratory no word opens an address, and nothing is sent"""
    for words in ((), ("--basis", "authority", "--reason", "mine"), ("--basis", "owner")):
        done = batch([OUTSIDE, OPEN.ipv4], *words, ranges=False, ledger="outside")
        assert done.code == 77 and {row.verdict for row in done.rows.values()} == {"untested"}, (done.rows, done.err)


def goes_on(how, ledger):
    """Breaks a run off after four rows; what was printed is there again, and those are not tested twice."""
    targets = [*CLOSED_ROWS, OPEN.ipv4, OPEN.ipv6]
    first = Batch(targets, "--tsv", "--sessions", "2", ledger=ledger)
    first.read_rows(4)
    first.process.send_signal(how)
    first.end()
    assert 4 <= len(first.rows) < len(targets), (first.rows, first.err)
    done = batch(targets, "--resume", ledger=ledger)
    assert done.rows == {**OPEN_ROWS, **CLOSED_ROWS} and done.code == 1, (done.rows, done.err)
    for target, row in first.rows.items():
        assert done.rows[target] == row, (target, row, done.rows)
    return first


def octets(address):
    if ":" in address:
        return socket.inet_pton(socket.AF_INET6, address)
    return b"\0" * 10 + b"\xff\xff" + socket.inet_aton(address)


def sessions_of(ledger, targets):
    """{target: sessions with it, of the ledger}"""
    with sqlite3.connect(os.path.join(_home.name, ledger, "ledger.db")) as database:
        rows = dict(database.execute("SELECT addr, count(*) FROM session GROUP BY addr"))
    return {target: rows.get(octets(target), 0) for target in targets}


def test_interrupted():
    """Ctrl-C keeps what is done; --resume goes on"""
    first = goes_on(signal.SIGINT, "interrupted")
    assert first.code == 130 and "--resume goes on" in first.err, (first.code, first.err)


def test_killed():
    """kill -9 loses nothing that was printed, and a third run has nothing left to do"""
    goes_on(signal.SIGKILL, "killed")
    targets = [*CLOSED_ROWS, OPEN.ipv4, OPEN.ipv6]
    before = sessions_of("killed", targets)
    done = batch(targets, "--resume", ledger="killed")
    assert done.code == 1 and sessions_of("killed", targets) == before, (before, done.rows)


def test_two_at_once():
    """a second run with the same ledger is refused: they cannot share a pace between them"""
    some = [s.ipv4 for s in CLOSED]
    first = Batch(some, "--tsv", "--sessions", "1", ledger="two")
    first.read_rows(1)
    done = batch(some, ledger="two", receive=(lab.LIST_SERVER + ":25",))
    assert done.code == 74 and "another sekimori has it open" in done.err and not done.rows, (done.rows, done.err)
    first.end()
    assert first.code == 0 and set(first.rows) == set(some), (first.rows, first.err)


def test_control():
    """a letter of our own that does not come back: all are inconclusive, said on standard error, none was asked"""
    done = batch([OPEN.ipv4, *CLOSED_ROWS], "--canary", SINK.ipv4, "--control-wait", "5s", ledger="control")
    assert done.code == 2 and {row.verdict for row in done.rows.values()} == {"inconclusive"}, (done.rows, done.err)
    assert "a letter of our own did not come back" in done.err, done.err
    assert set(sessions_of("control", done.rows).values()) == {0}, sessions_of("control", done.rows)
    done = batch([OPEN.ipv4, *CLOSED_ROWS], "--resume", "--canary", OPEN.ipv4, ledger="control")
    assert done.code == 1 and done.rows == {OPEN.ipv4: OPEN_ROWS[OPEN.ipv4], **CLOSED_ROWS}, (done.rows, done.err)


harness.main()
