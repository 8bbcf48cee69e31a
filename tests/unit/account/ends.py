#!/usr/bin/env python3
"""ends.py PROGRAM -- `sekimori account` when it is ended, when a part of it dies, and when others write where it reads or
writes.  TAP."""

import os
import signal
import subprocess
import sys

from rig import Running, folder, log, main


def control_c_keeps_what_was_read():
    run = Running("-", stdin=subprocess.PIPE)
    run.process.stdin.write(log(0, 25))
    run.process.stdin.flush()
    run.until(b"kB read")
    r = run.end(signal.SIGINT)
    assert r.code == 1 and r.messages == 25 and r.trouble("-") == "stopped", (r.code, r.err[-300:])
    assert r.r["at_least"] is True


def of_a_reader_that_died_nothing_is_shown():
    with folder(page=b"old", mail__log=log(0, 5)) as top:
        run = Running("--html", top / "page", "-", top / "mail.log", stdin=subprocess.PIPE)
        run.process.stdin.write(log(5, 5))
        run.process.stdin.flush()
        run.until(b"kB read")
        os.kill(run.child(), signal.SIGKILL)
        r = run.end()
        assert r.code == 70 and r.out == b"" and "signal 9" in r.err, (r.code, r.out, r.err[-300:])
        assert (top / "page").read_bytes() == b"old" and sorted(os.listdir(top)) == ["mail.log", "page"]


def two_at_once():
    with folder(mail__log=log(0, 2000)) as top:
        runs = [Running("--html", top / "page", top) for _ in range(2)]
        ends = [run.end() for run in runs]
        assert [r.messages for r in ends] == [2000, 2000], [r.err for r in ends]
        assert b"</html>" in (top / "page").read_bytes()


TESTS = [control_c_keeps_what_was_read, of_a_reader_that_died_nothing_is_shown, two_at_once]

if __name__ == "__main__":
    sys.exit(main(TESTS))
