#!/usr/bin/env python3
"""A wall clock that jumps, while a client asks all the time: nothing ends, changes go on, all agrees."""

import mmap
import os
import shutil
import struct
import subprocess

import harness
from harness import wait_until
from test_holds import SMALL, addresses, agrees, asked, kill_keeper, new_state, remove
from test_serve import daemon, path, scratch

YEAR = 366 * 86400
HERE = os.path.dirname(os.path.abspath(__file__))


def clock_programs():
    """A directory of our programs that live by another clock; and that clock: seconds that it is ahead."""
    directory = scratch()
    library, file = directory + "/clock.so", directory + "/clock"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, HERE + "/clock_shift.c"], check=True)
    with open(file, "wb") as out:
        out.write(bytes(8))
    os.chmod(file, 0o644)
    roles = path("libexec/sekimori")
    shutil.copy(path("bin/sekimorid"), directory)
    for name in os.listdir(roles):
        script = "%s/%s" % (directory, name)
        with open(script, "w", encoding="ascii") as out:
            out.write("#!/bin/sh\nexport LD_PRELOAD=%s SEKIMORI_CLOCK=%s\nexec %s/%s\n" % (library, file, roles, name))
        os.chmod(script, 0o755)
    with open(file, "r+b") as clock:
        return directory, mmap.mmap(clock.fileno(), 8)


def set_ahead(clock, seconds):
    clock[:] = struct.pack("=q", seconds)


def test_clock():
    """a clock that jumps a year ahead and back, and a year back: nothing ends, changes go on, all agrees"""
    state, gone = new_state(SMALL), addresses(SMALL)
    programs, clock = clock_programs()
    with daemon(state, programs) as running, asked(running):
        running.await_log("event=ready")
        for number, ahead in enumerate((YEAR, 0, -YEAR, 0)):
            set_ahead(clock, ahead)
            remove(state, gone[40 + number])  # written at that time
            wait_until(lambda n=number: running.rcode(gone[40 + n]) == "NXDOMAIN", 60, "the removal in DNS")
            if number == 0:  # what ends by time is looked at once a minute
                wait_until(lambda: "event=clock-jumped" in running.log(), 150, "the jump in the log")
            assert running.rcode(gone[50]) == "NOERROR"
            agrees(running, state)
        kill_keeper(running)
        agrees(running, state)
    assert running.process.returncode == 0


def test_clock_at_start():
    """a start with a clock that is a year behind: the serial goes on, all agrees"""
    state = new_state(SMALL)
    programs, clock = clock_programs()
    serial = 0
    for ahead in (0, -YEAR, 0):
        set_ahead(clock, ahead)
        with daemon(state, programs) as running, asked(running):
            running.await_log("event=ready")
            assert running.soa() >= serial
            serial = running.soa()
            agrees(running, state)


if __name__ == "__main__":
    harness.main(needs_lab=False)
