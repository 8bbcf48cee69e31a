#!/usr/bin/env python3
"""Two processes of the probe role: both work, each is killed once in the middle, and no verdict is lost."""

import os
import signal

import ask
import harness
import lab

OPEN = ("open-postfix", "sender-relay")
CLOSED = ("debian-postfix", "exim-closed", "opensmtpd-closed")
DEPTH = ("--depth", "full")

daemon = harness.Daemon("\nprobe {\n\tprocesses = 2\n}\n")


def lines(event, **members):
    """The daemon's log lines of an event that have these members, in order."""
    words = {"event=" + event} | {"%s=%s" % item for item in members.items()}
    return [line for line in daemon.log().splitlines() if words <= set(line.split())]


def pid_of(worker):
    """The process that was started last with that number."""
    line = lines("role-started", name="probe", worker=worker)[-1]
    return int(dict(word.split("=", 1) for word in line.split() if "=" in word)["pid"])


def kill(worker):
    """Kills one prober; its number comes back with another process, and keeper has a channel to it."""
    pid = pid_of(worker)
    ready = len(lines("role-ready", name="probe", worker=worker))
    os.kill(pid, signal.SIGKILL)
    harness.wait_until(lambda: len(lines("role-ready", name="probe", worker=worker)) > ready, 40,
                       "prober %d again" % worker)
    assert pid_of(worker) != pid


def verdict(run):
    answer = run.end(120)
    return answer.done.get("verdict"), answer.exit


def test_start():
    """two are started, and DNS questions and the first test go through one of them"""
    daemon.start()
    assert len(daemon.roles()["probe"]) == 2, daemon.roles()
    first = ask.follow(daemon, lab.SERVERS["sink"].ipv4, "--depth", "gentle")
    first.wait_for("found")
    assert len(lines("role-ready", name="probe")) == 2


def test_each_killed_once():
    """five servers tested at once, each prober killed once while it has sessions: every verdict is right"""
    runs = {name: ask.follow(daemon, lab.SERVERS[name].ipv4, *DEPTH) for name in OPEN + CLOSED}
    slow = runs["exim-closed"]
    for worker in (0, 1):
        slow.wait_for("found", len(slow.all("found")) + 3)
        kill(worker)
        assert lines("role-lost", peer="probe", worker=worker), daemon.log()[-2000:]
    for name, run in runs.items():
        assert verdict(run) == (("open", 1) if name in OPEN else ("closed", 0)), (name, run.events[-3:])
    assert not lines("session-lost") and not lines("run-stuck"), "a session went astray"


def test_alone():
    """one of two hangs: the other goes on with what is new"""
    pid = pid_of(0)
    os.kill(pid, signal.SIGSTOP)
    try:
        for name in OPEN + CLOSED:
            assert ask.ask(daemon, "nominate", lab.SERVERS[name].ipv6, *ask.BASIS).exit == 0
        harness.wait_until(lambda: len({name for name in OPEN + CLOSED if said(name)}) >= 2, 60,
                           "verdicts of the one that is left")
    finally:
        os.kill(pid, signal.SIGCONT)
    harness.wait_until(lambda: all(said(name) for name in OPEN + CLOSED), 120, "the others' verdicts")


def said(name):
    """Is there a verdict about its IPv6 address?"""
    return ask.ask(daemon, "show", lab.SERVERS[name].ipv6).done.get("verdict")


def test_end():
    """all end in time, with 0"""
    assert daemon.stop() == 0


harness.main()
