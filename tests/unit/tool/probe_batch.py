#!/usr/bin/env python3
"""probe_batch.py PROGRAM -- `sekimori probe -f` against many small servers.  TAP.

The servers and names are those of probe_alone.py, and a hundred closed ones more.  Everything runs in a
network namespace whose only interface is lo."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading

import probe_alone as alone

OPEN, CLOSED, SINK, DEAD = (alone.HOSTS[name + ".example"] for name in ("open", "closed", "sink", "dead"))
MANY = ["198.18.1.%d" % i for i in range(1, 101)]
SEEN = {}  # address -> connections so far
ODD_PORT = 2526


class Counting(alone.Smtp):
    def handle(self):
        mine = self.server.server_address[0]
        SEEN[mine] = SEEN.get(mine, 0) + 1
        super().handle()


def serve(address, kind, port=25):
    server = alone.Tcp((address, port), Counting)
    server.kind = kind
    server.request_queue_size = 64
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()


def start_servers():
    alone.start_servers()
    subprocess.run(["ip", "-batch", "-"], input="".join("addr add %s/32 dev lo\n" % a for a in MANY),
                   text=True, check=True)
    for address in MANY:
        serve(address, "closed")
    serve(OPEN, "closed", ODD_PORT)


class Batch:
    """One run over a list; .rows is {target: (verdict, output, form)} of its --tsv."""

    def __init__(self, program, text, *args, stdin=False, **options):
        self.file = tempfile.NamedTemporaryFile("wb", suffix=".txt")
        self.file.write(text if isinstance(text, bytes) else text.encode())
        self.file.flush()
        self.errors = tempfile.TemporaryFile("w+")
        name = "-" if stdin else self.file.name
        with open(self.file.name, "rb") as list_file:
            self.process = subprocess.Popen(
                alone.command(program, "-f", name, *args, **options), text=True,
                stdin=list_file, stdout=subprocess.PIPE, stderr=self.errors)
        self.out = ""

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
        self.rows = {}
        for line in self.out.splitlines():
            with contextlib.suppress(ValueError):
                target, *row = line.split("\t")
                assert target not in self.rows, self.out
                self.rows[target] = tuple(row)
        return self


def run(program, targets, *args, **options):
    return Batch(program, "".join(t + "\n" for t in targets), *args, **options).end()


def verdicts_in_a_table(program):
    r = run(program, ["# all of them", OPEN, CLOSED + ":25", "", SINK + " # keeps", DEAD, "nothing.example",
                      CLOSED], "--tsv", "--wait", "12s")
    assert r.code == 1 and r.err == "", vars(r)
    assert r.rows == {OPEN: ("open", OPEN, "P01"), CLOSED: ("closed", "-", "-"),
                      SINK: ("accepts", "-", "-"), DEAD: ("untested", "-", "-"),
                      "nothing.example": ("untested", "-", "-")}, r.out


def one_target_by_its_name_and_its_address(program):
    """the same address twice, by name and by number, is not tested twice at once"""
    r = run(program, ["closed.example", CLOSED, CLOSED, "CLOSED.example:25"], "--json", "--wait", "30s")
    seen = [json.loads(line) for line in r.out.splitlines()]
    assert r.code == 0 and [o["verdict"] for o in seen[:-1]] == ["closed"] * 2, vars(r)
    assert {(o["target"], o["addr"], o["line"]) for o in seen[:-1]} == {
        ("closed.example", CLOSED, 1), (CLOSED, CLOSED, 2)}, seen
    assert seen[-1]["event"] == "done" and seen[-1]["closed"] == 2 and seen[-1]["open"] == 0, seen[-1]


def two_ports_of_one_address(program):
    """each port has its own verdict, one after the other"""
    r = run(program, [OPEN, "%s:%d" % (OPEN, ODD_PORT)], "--tsv", "--wait", "30s")
    assert r.rows == {OPEN: ("open", OPEN, "P01"),
                      "%s:%d" % (OPEN, ODD_PORT): ("closed", "-", "-")}, vars(r)


def a_hundred(program):
    r = run(program, MANY, "--tsv", "--progress", "always")
    assert r.code == 0 and set(r.rows) == set(MANY), vars(r)
    assert set(r.rows.values()) == {("closed", "-", "-")}, r.rows
    assert "100 of 100 done" in r.err or "closed 100" in r.err, r.err
    assert " a second" in r.err, r.err


def for_people(program):
    r = run(program, [CLOSED, "open.example"], "--wait", "30s")
    assert r.code == 1 and "%s: closed: " % CLOSED in r.out, r.out
    assert "%s: open: " % OPEN in r.out and "  cause          " in r.out, r.out


def a_bad_line_stops_it(program):
    before = sum(SEEN.values())
    r = run(program, [MANY[0], "x y", "198.18.0.256", "a\x1b[2Jb", MANY[1]], "--tsv")
    assert r.code == 65 and r.out == "", vars(r)
    for number, words in ((2, "x y: neither an address"), (3, "198.18.0.256: "), (4, "a\\x1b[2Jb: ")):
        assert ".txt:%d: %s" % (number, words) in r.err, r.err
    assert "nothing was sent" in r.err and "--skip-bad" in r.err, r.err
    assert sum(SEEN.values()) == before, SEEN
    for text in (b"", b"# nothing\n\n"):
        r = Batch(program, text).end()
        assert r.code == 65 and "no target is in it" in r.err, vars(r)
    r = Batch(program, b"198.18.0.25\x00 evil\n" + b"a" * 1000000 + b"\n# " + b"c" * 5000 + b"\n").end()
    assert r.code == 65 and ".txt:1: " in r.err and ".txt:2: " in r.err and ".txt:3:" not in r.err, r.err


def bad_lines_may_be_skipped(program):
    r = run(program, [MANY[0], "x y", MANY[1]], "--tsv", "--skip-bad", stdin=True)
    assert r.code == 0 and set(r.rows) == {MANY[0], MANY[1]}, vars(r)
    assert r.err.startswith("sekimori probe: -:2: x y: "), r.err


def without_a_basis(program):
    """what is outside the laboratory is not tested, whatever word is given as basis"""
    r = run(program, ["192.0.2.25", CLOSED], "--tsv", "--basis", "authority", "--reason", "mine")
    assert r.rows["192.0.2.25"][0] == "untested" and r.rows[CLOSED][0] == "closed", vars(r)
    assert r.code == 2, r.code
    r = run(program, ["192.0.2.25"], "--basis", "owner")
    assert r.code == 77 and r.out.startswith("192.0.2.25: not tested: "), vars(r)


def no_control_no_verdict(program):
    """while a letter of our own does not come back nothing is sent, and nothing is said"""
    before = sum(SEEN.values())
    r = run(program, MANY[:5] + [OPEN], "--tsv", "--probe-domain", "elsewhere.example")
    assert r.code == 2 and {row[0] for row in r.rows.values()} == {"inconclusive"}, vars(r)
    assert len(r.rows) == 6 and "a letter of our own did not come back" in r.err, vars(r)
    assert sum(SEEN.values()) == before, "something was sent without a control"


def a_canary_that_keeps_the_letter(program):
    r = run(program, MANY[:3], "--tsv", "--canary", SINK, "--control-wait", "5s")
    assert {row[0] for row in r.rows.values()} == {"inconclusive"} and r.code == 2, vars(r)
    r = run(program, MANY[:3], "--tsv", "--canary", OPEN)
    assert {row[0] for row in r.rows.values()} == {"closed"} and r.code == 0, vars(r)


def ledger_in(state):
    return ("--state", os.path.join(state, "probe"))


def break_off(batch, rows, how):
    """Sends a signal when so many rows were printed. Returns the rows, and how often each address was seen."""
    batch.read_rows(rows)
    batch.process.send_signal(how)
    batch.end()
    return batch.rows, {target: SEEN[target.split(":")[0]] for target in batch.rows}


def goes_on(program, how):
    targets = MANY[:24] + [OPEN, "%s:%d" % (OPEN, ODD_PORT), "closed.example"]
    with tempfile.TemporaryDirectory() as state:
        first = Batch(program, "".join(t + "\n" for t in targets), "--tsv", "--sessions", "4",
                      ledger=ledger_in(state))
        rows, seen = break_off(first, 9, how)
        assert 9 <= len(rows) < 27, rows
        r = run(program, targets, "--tsv", "--resume", ledger=ledger_in(state))
        assert r.code == 1 and len(r.rows) == 27, vars(r)
        for target, row in rows.items():
            assert r.rows[target] == row, (target, row, r.rows)
            if not target.startswith(OPEN):
                assert SEEN[target] == seen[target], "%s was tested again" % target
        before = dict(SEEN)
        again = run(program, targets, "--tsv", "--resume", ledger=ledger_in(state))
        assert again.rows == r.rows and again.code == 1 and SEEN == before, (vars(again), r.rows)
        deeper = run(program, MANY[:1], "--tsv", "--resume", "--depth", "full", ledger=ledger_in(state))
        assert deeper.code == 0 and SEEN[MANY[0]] > before[MANY[0]], "a deeper test was not made"
    return first


def control_c_keeps_what_is_done(program):
    first = goes_on(program, signal.SIGINT)
    assert first.code == 130 and "of 27 targets are done; the same command with --resume goes on" in first.err, \
        vars(first)


def kill_9_loses_nothing_that_was_printed(program):
    first = goes_on(program, signal.SIGKILL)
    assert first.code == -signal.SIGKILL, vars(first)


def a_new_list_begins_anew(program):
    with tempfile.TemporaryDirectory() as state:
        r = run(program, MANY[:1], "--resume", ledger=ledger_in(state))
        assert r.code == 66 and "no list was begun with this ledger" in r.err, vars(r)
        for _ in range(2):
            before = SEEN[MANY[0]]
            r = run(program, MANY[:1], "--tsv", ledger=ledger_in(state))
            assert r.code == 0 and SEEN[MANY[0]] > before, vars(r)
        with open(state + "/probe/list-began", "w", encoding="ascii") as began:
            began.write("yesterday\n")
        r = run(program, MANY[:1], "--resume", ledger=ledger_in(state))
        assert r.code == 66 and "not the moment" in r.err, vars(r)


def two_at_once_share_no_ledger(program):
    with tempfile.TemporaryDirectory() as state:
        first = Batch(program, "".join(t + "\n" for t in MANY[:30]), "--tsv", "--sessions", "4",
                      ledger=ledger_in(state))
        first.read_rows(1)
        for args in ((), ("--resume",)):
            second = run(program, MANY[:30], "--tsv", *args, ledger=ledger_in(state),
                         receive="198.18.0.2:25")
            assert second.code == 74 and "another sekimori has it open" in second.err, vars(second)
            assert second.out == "", vars(second)
        first.end()
        assert first.code == 0 and len(first.rows) == 30, vars(first)


def mistakes_are_named(program):
    for args, code, words in [
            (["--tsv", "open.example"], 64, "only with a list"),
            (["-f", "/nonexistent/list"], 66, "No such file"),
            (["--resume", "open.example"], 64, "only with a list"),
            (["-f", "-", "--resume"], 64, "not without a ledger"),
            (["-f", "/"], 66, "Is a directory"),
            (["-f", "-", "--tsv", "--json"], 64, "not together with --json")]:
        r = alone.run(program, *args)
        assert r.returncode == code and words in r.stderr and r.stdout == "", (args, r)


TESTS = [verdicts_in_a_table, one_target_by_its_name_and_its_address, two_ports_of_one_address, a_hundred,
         for_people, a_bad_line_stops_it, bad_lines_may_be_skipped, without_a_basis, no_control_no_verdict,
         a_canary_that_keeps_the_letter, control_c_keeps_what_is_done,
         kill_9_loses_nothing_that_was_printed, a_new_list_begins_anew, two_at_once_share_no_ledger,
         mistakes_are_named]

if __name__ == "__main__":
    sys.exit(alone.main(__file__, start_servers, TESTS))
