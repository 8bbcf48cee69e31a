#!/usr/bin/env python3
"""A full disk below state.dir: evidence is refused in words, an opt-out and a removal still stand."""

import atexit
import contextlib
import os
import signal
import subprocess
import tempfile

import ask
import harness
import lab

SIZE_MB = 24  # the store's reserve alone is 4
OPEN = lab.SERVERS["open-postfix"].ipv4
EVIDENCE_OCTETS = 2 * 1024 * 1024
NO_SPACE = 74

daemon = harness.Daemon()


def unmount(path):
    subprocess.run(["umount", "--lazy", path], check=False, stderr=subprocess.DEVNULL)
    with contextlib.suppress(OSError):
        os.rmdir(path)


def small_state():
    """A state directory on a tmpfs; what the harness itself writes stays outside of it."""
    daemon.state = tempfile.mkdtemp(prefix="sekimori-full-")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm,mode=700" % SIZE_MB, "sekimori",
                           daemon.state], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise harness.Skip("tmpfs cannot be mounted: " + done.stderr.strip())
    atexit.register(unmount, daemon.state)


def fill():
    """Takes every block that is left; returns the file to be removed."""
    path = os.path.join(daemon.state, "ballast")
    size = 1 << 20
    with open(path, "ab", buffering=0) as ballast:
        while size:
            try:
                ballast.write(b"x" * size)
            except OSError:
                size //= 2
    left = os.statvfs(daemon.state)
    assert left.f_bavail == 0, left
    return path


def nominate_with_evidence(name, octets=EVIDENCE_OCTETS):
    """A nomination by a line of a mail log, in a file as long as real ones are."""
    address = lab.SERVERS[name].ipv4
    line = "connect from unknown[%s]\n" % address
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(line + "other lines of the log\n" * (octets // 23))
        file.flush()
        return ask.ask(daemon, "nominate", address, "--basis", "log", "--reason", "x",
                       "--evidence", file.name)


def test_start():
    """with space: a listing, and a nomination with evidence"""
    small_state()
    daemon.start()
    assert ask.follow(daemon, OPEN).end().exit == 1
    daemon.wait_listed(OPEN, ["127.0.0.2"])
    answer = nominate_with_evidence("debian-postfix", 1000)
    assert answer.exit == 0, answer


def check_refused(name):
    answer = nominate_with_evidence(name)
    assert (answer.exit, answer.done["error"]) == (NO_SPACE, "no-space"), answer
    assert "no space left" in answer.text and daemon.state in answer.text, answer.text
    assert ask.ask(daemon, "show", lab.SERVERS[name].ipv4).done["nominees"] == []


def test_full():
    """full: evidence is refused with what to do about it, DNS goes on answering"""
    fill()
    for name in ("sink", "exim-closed"):
        check_refused(name)
    daemon.wait_listed(OPEN, ["127.0.0.2"])
    assert ask.ask(daemon, "show", OPEN).done["listed"]
    assert ask.ask(daemon, "status").done["listings"] == 1


def test_precious():
    """full: an opt-out and a removal are taken, from the reserve"""
    assert ask.ask(daemon, "optout", "198.18.7.0/24", "--reason", "asked").exit == 0
    answer = ask.ask(daemon, "remove", OPEN, "--reason", "fixed")
    assert answer.exit == 0, answer
    daemon.wait_listed(OPEN, [])
    assert ask.ask(daemon, "optout", "198.18.8.0/24", "--reason", "asked").exit == 0
    fill()  # what the reserve gave back
    check_refused("sink")


def check_precious():
    for address in ("198.18.7.9", "198.18.8.9"):
        assert ask.ask(daemon, "show", address).done["optout"], address
        assert ask.ask(daemon, "nominate", address, *ask.BASIS).exit == 77
    assert not ask.ask(daemon, "show", OPEN).done["listed"]
    daemon.wait_listed(OPEN, [])
    assert ask.ask(daemon, "journal", "verify").done["ok"]


def test_keeper_killed():
    """still full and keeper killed: both are there"""
    ready = daemon.log().count("role-ready name=keeper")
    daemon.kill_role("keeper")
    harness.wait_until(lambda: daemon.log().count("role-ready name=keeper") > ready, 20, "keeper")
    check_precious()


def test_sekimorid_killed():
    """still full, sekimorid killed and started again: both are there"""
    daemon.stop(how=signal.SIGKILL)
    daemon.start()
    check_precious()


def test_space_again():
    """with space again everything works as before, without a restart"""
    os.unlink(os.path.join(daemon.state, "ballast"))
    harness.wait_until(lambda: nominate_with_evidence("sink").exit == 0, 10, "a nomination")
    answer = ask.follow(daemon, OPEN).end()
    assert answer.exit == 1, answer
    daemon.wait_listed(OPEN, ["127.0.0.2"])
    check = ask.ask(daemon, "journal", "verify")
    assert check.done["ok"], check
    assert daemon.stop() == 0


harness.main()
