#!/usr/bin/env python3
"""A minute of 2,000 packets a second while hosts are tested, pages read and roles killed: all is answered,
nothing grows."""

import collections
import contextlib
import http.client
import os
import random
import select
import signal
import socket
import threading
import time

import amplification
import ask
import harness
import lab
import mini_dns

OPEN = lab.SERVERS["open-postfix"].ipv4
CLOSED = lab.SERVERS["exim-closed"].ipv4
QUERIES = [(mini_dns.reverse(OPEN, harness.ZONE), "A"), (mini_dns.reverse(OPEN, harness.ZONE), "TXT"),
           (mini_dns.reverse(CLOSED, harness.ZONE), "A"), (harness.ZONE, "SOA"), (harness.ZONE, "NS"),
           ("other.example", "A")]
SECONDS = 60
TICK_S = 0.005
VALID_PER_TICK = HOSTILE_PER_TICK = 5  # together 2,000 a second
RETRY_S = 2
KILLS = {3: "keeper", 6: "probe", 9: "receive", 12: "xfer", 15: "serve", 18: "web",
         32: "probe", 36: "receive", 40: "serve", 44: "xfer"}
EARLY, LATE = range(20, 30), range(50, SECONDS)  # the least of each is compared: what is in use comes and goes
SLACK_KB = 1024
SLACK_DESCRIPTORS = 2
NO_DAEMON = 69
PAGES = {"/robots.txt": 200, "/v1/health": 200, "/nowhere": 404, "/a/../b": 400}

daemon = harness.Daemon()


def essence(wire):
    """What must not change: response, rcode, number of answers."""
    return wire[2] >> 7, wire[3] & 15, wire[6:8]


class Load(threading.Thread):
    """Sends without waiting for answers; hostile packets have a socket of their own, so that no reply is mistaken."""

    def __init__(self, seed):
        super().__init__(daemon=True)
        self.random = random.Random(seed)
        self.ending = threading.Event()
        self.wires = [mini_dns.question(name, qtype) for name, qtype in QUERIES]
        self.right = [essence(mini_dns.exchange_udp(daemon.dns, wire)) for wire in self.wires]
        self.valid, self.hostile = self._socket(), self._socket()
        self.open = collections.OrderedDict()  # id: (sent at, kind, tries), the oldest first
        self.sent = self.asked = self.retried = 0
        self.lost, self.wrong, self.slow_s = [], [], 0

    @staticmethod
    def _socket():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        s.connect(daemon.dns)
        s.setblocking(False)
        return s

    def _ask(self, number, kind, tries):
        self.valid.send(number.to_bytes(2, "big") + self.wires[kind][2:])
        self.open[number] = (time.monotonic(), kind, tries)
        self.sent += 1

    def _hostile(self):
        if self.random.random() < 0.5:
            return self.random.randbytes(self.random.randrange(1, 600))
        wire = self.random.choice(self.wires)
        return wire[:self.random.randrange(1, len(wire))]

    def _tick(self):
        for _ in range(VALID_PER_TICK):
            self._ask(self.asked & 0xffff, self.asked % len(self.wires), 1)
            self.asked += 1
        for _ in range(HOSTILE_PER_TICK):
            self.hostile.send(self._hostile())
            self.sent += 1

    def _read(self, wait_s):
        for s in select.select([self.valid, self.hostile], [], [], max(wait_s, 0))[0]:
            with contextlib.suppress(BlockingIOError):
                while True:
                    wire = s.recv(4096)
                    if s is self.valid:
                        self._answered(wire)

    def _answered(self, wire):
        at, kind, _ = self.open.pop(int.from_bytes(wire[:2], "big"), (None, None, None))
        if at is None:  # the answer to a retry came too
            return
        amplification.check(len(self.wires[kind]), len(wire))
        self.slow_s = max(self.slow_s, time.monotonic() - at)
        if essence(wire) != self.right[kind]:
            self.wrong.append((QUERIES[kind], wire.hex()))

    def _retry(self, now):
        while self.open and next(iter(self.open.values()))[0] < now - RETRY_S:
            number, (_, kind, tries) = self.open.popitem(last=False)
            if tries == 1:
                self.retried += 1
                self._ask(number, kind, 2)
            else:
                self.lost.append(QUERIES[kind])

    def run(self):
        due = time.monotonic()
        while not self.ending.is_set() or self.open:
            now = time.monotonic()
            self._retry(now)
            while due <= now and not self.ending.is_set():
                self._tick()
                due += TICK_S
            self._read(min(due - now, TICK_S))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join()


class Runs(threading.Thread):
    """Nominates and tests again, one after the other; a run whose keeper is killed is begun anew."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ending = threading.Event()
        self.ends = collections.Counter()  # (request, address, exit status)

    def run(self):
        while not self.ending.is_set():
            for request, address, words in (("nominate", OPEN, ask.BASIS), ("nominate", CLOSED, ask.BASIS),
                                            ("retest", OPEN, ())):
                run = ask.stream(daemon, request, address, *words, "--follow")
                self.ends[request, address, run.end(90).exit] += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join()


class Pages(threading.Thread):
    """Reads pages, each on a connection of its own; only while web starts again may there be none."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ending = threading.Event()
        self.read, self.away, self.wrong = 0, 0, []

    def _once(self, path, want):
        with contextlib.closing(http.client.HTTPConnection(*daemon.web, timeout=20)) as connection:
            connection.request("GET", path)
            got = connection.getresponse().status
            if got != want:
                self.wrong.append((path, got))

    def run(self):
        while not self.ending.wait(TICK_S):
            for path, want in PAGES.items():
                self.read += 1
                try:
                    self._once(path, want)
                except (OSError, http.client.HTTPException):
                    self.away += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join()


def sizes():
    """{role: (VmRSS in kB, descriptors)}, of several processes the most; of those that just end nothing."""
    found = {}
    for role, pids in [*daemon.roles().items(), ("sekimorid", [daemon.process.pid])]:
        for pid in pids:
            with contextlib.suppress(OSError, KeyError), open("/proc/%d/status" % pid, encoding="utf-8") as status:
                rss = int(dict(line.split(":", 1) for line in status)["VmRSS"].split()[0])
                one = rss, len(os.listdir("/proc/%d/fd" % pid))
                found[role] = tuple(map(max, one, found.get(role, one)))
    return found


def kill_newest(role):
    """Of several workers the one that lives longest stays: it is the one whose growth is measured."""
    os.kill(max(daemon.roles()[role]), signal.SIGKILL)


def minute():
    """Kills by the table. Returns sizes() of every second."""
    began, seen = time.monotonic(), []
    for second in range(SECONDS):
        time.sleep(max(0, began + second - time.monotonic()))
        if second in KILLS:
            kill_newest(KILLS[second])
        seen.append(sizes())
    time.sleep(max(0, began + SECONDS - time.monotonic()))
    return seen


def growth(seen):
    """Prints early and late sizes of each role. Returns those that grew."""
    grew = []
    for role in seen[0]:
        early, late = (tuple(min(seen[s][role][i] for s in window if role in seen[s]) for i in (0, 1))
                       for window in (EARLY, LATE))
        text = "%s: %d kB, %d descriptors; at the end %d kB, %d descriptors" % (role, *early, *late)
        print("# " + text)
        if late[0] > early[0] + SLACK_KB or late[1] > early[1] + SLACK_DESCRIPTORS:
            grew.append(text)
    return grew


def test_soak():
    """2,000 packets a second, runs and kills for a minute: all valid queries answered, verdicts right, no growth"""
    daemon.start()
    assert ask.follow(daemon, OPEN).end().exit == 1
    daemon.wait_listed(OPEN, ["127.0.0.2"])
    seed = random.randrange(1 << 32)
    with Runs() as runs, Load(seed) as load, Pages() as pages:
        seen = minute()
    print("# seed %d: %d packets, %d queries, %d retried, slowest answer %.3f s" % (
        seed, load.sent, load.asked, load.retried, load.slow_s))
    print("# runs: %s" % ", ".join("%s %s: exit %d x %d" % (*k, n) for k, n in sorted(runs.ends.items())))
    print("# pages: %d, %d while web was away" % (pages.read, pages.away))
    assert pages.read > 1000 and pages.away < 20 and not pages.wrong, (pages.away, pages.wrong[:5])
    assert load.sent >= SECONDS * (VALID_PER_TICK + HOSTILE_PER_TICK) / TICK_S * 0.98, load.sent
    assert not load.lost and not load.wrong, (load.lost[:5], load.wrong[:5])
    for request, address, verdict in (("nominate", OPEN, 1), ("nominate", CLOSED, 0), ("retest", OPEN, 1)):
        ends = {k[2] for k in runs.ends if k[:2] == (request, address)}
        assert verdict in ends and ends <= {verdict, NO_DAEMON}, (request, address, runs.ends)
    grew = growth(seen)
    assert not grew, grew
    daemon.wait_listed(OPEN, ["127.0.0.2"])


def test_end():
    """after all of that it ends in time, with 0"""
    assert daemon.stop() == 0


harness.main()
