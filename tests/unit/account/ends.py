#!/usr/bin/env python3
"""ends.py PROGRAM -- `sekimori account` when it is ended, when a part of it dies, when there is no room, and when
others write where it reads or writes.  TAP."""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading

from rig import BEGIN, PROGRAM, Run, Running, append, folder, log, main, write

CLONE_NEWNS = 0x20000   # linux/sched.h
REFUSE = os.environ.get("SEKIMORI_REFUSER")


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


def those_that_read_die_with_their_parent():
    with folder(page=b"old", mail__log=log(0, 5)) as top:
        for more in ([], ["--follow"]):
            run = Running("--html", top / "page", *more, "-", top / "mail.log", stdin=subprocess.PIPE)
            run.process.stdin.write(log(5, 25))
            run.process.stdin.flush()
            run.until(b"following" if more else b"kB read")
            child = run.child()
            late = threading.Timer(20, os.kill, (child, signal.SIGKILL))
            late.start()
            run.process.kill()
            run.read_errors()   # until the last one that could write there has ended
            assert late.is_alive()
            late.cancel()
            assert run.process.wait() == -signal.SIGKILL and run.process.stdout.read() == b""
            run.process.stdin.close()
            run.watchdog.cancel()
        assert (top / "page").read_bytes() == b"old"
        assert all(name.startswith("page.") for name in set(os.listdir(top)) - {"page", "mail.log"}), os.listdir(top)


# --- what is written ---

def two_at_once():
    outputs = ["page", "draft", "tables/clients.csv", "tables/hours.csv"]
    with folder(a__log=log(0, 2000)) as top:
        to = ["--html", top / "page", "--report", "en", "--report-file", top / "draft", "--csv", top / "tables"]
        Run(*to, top / "a.log", code=1)
        want = {name: (top / name).read_bytes() for name in outputs}
        ends = [run.end() for run in [Running(*to, top / "a.log") for _ in range(3)]]
        assert [r.messages for r in ends] == [2000] * 3, [r.err for r in ends]
        for name, octets in want.items():
            got = (top / name).read_bytes()
            assert got[-200:] == octets[-200:] and abs(len(got) - len(octets)) < 100, name    # the times differ
        assert sorted(os.listdir(top)) == ["a.log", "draft", "page", "tables"], os.listdir(top)
        assert all(name.endswith(".csv") for name in os.listdir(top / "tables"))


def no_file_is_half_written(top, words, no_room, **how):
    """of all forms of the answer: one message, and what was there stays"""
    for args, name in [(["--html", top / "out" / "page"], "page"), (["--csv", top / "out"], "clients.csv"),
                       (["--report", "en", "--report-file", top / "out" / "draft"], "draft")]:
        (top / "out" / "filler").unlink(missing_ok=True)
        (top / "out" / name).write_bytes(b"old")
        no_room()
        before = sorted(os.listdir(top / "out"))
        r = Run(*args, top / "mail.log", code=74, **how)
        said = r.err.strip().splitlines()
        assert r.out == b"" and len(said) == 1 and words in said[0], (args, said)
        assert (top / "out" / name).read_bytes() == b"old", args
        assert sorted(os.listdir(top / "out")) == before, (args, os.listdir(top / "out"))


def a_file_that_may_not_grow_is_said():
    with folder(mail__log=log(0, 300)) as top:
        (top / "out").mkdir()
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        no_file_is_half_written(top, "File too large", lambda: None, preexec_fn=limit)


def fill_up(path):
    with contextlib.suppress(OSError):
        while True:
            append(path, bytes(4096))


def a_full_disk_is_said():
    with open("/dev/full", "wb") as full, folder(mail__log=log(0, 300)) as top:
        r = subprocess.run([PROGRAM, "--lang", "en", str(top / "mail.log")], stdout=full, stderr=subprocess.PIPE,
                           timeout=100, check=False)
        assert r.returncode == 74 and b"standard output: No space left on device" in r.stderr, r
        if os.geteuid() != 0:
            return
        (top / "out").mkdir()
        # nobody else sees the mount, and it goes with us
        assert ctypes.CDLL(None).unshare(CLONE_NEWNS) == 0
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(top / "out")], check=True)
        try:
            no_file_is_half_written(top, "/out/", lambda: fill_up(top / "out" / "filler"))
            # standard output is a file that has room
            assert Run(top / "mail.log", code=1).messages == 300
        finally:
            subprocess.run(["umount", str(top / "out")], check=True)


# --- no memory ---

def no_memory_at_any_moment_is_said():
    """each allocation of both processes refused in turn: the same answer, or a message and none"""
    with folder(mail__log=log(0, 30)) as top:
        (top / "tables").mkdir()

        def run(n):
            return Run("--jobs", "2", "--html", top / "page", "--csv", top / "tables", top / "mail.log",
                       env={"LD_PRELOAD": REFUSE, "SEKIMORI_REFUSE": str(n)})

        want, same, n, failed = run(-1), 0, 0, 0
        assert want.messages == 30, want.err
        files = sorted(os.listdir(top / "tables"))
        while same < 40 or not failed:  # then none is left to refuse
            r = run(n)
            if r.code == want.code:
                assert r.out == want.out and r.err == want.err, (n, r.code, r.err)
                same += 1
            else:
                assert r.code in (66, 71, 73, 74) and r.out == b"" and r.err.count("\n") == 1, (n, r.code, r.err)
                assert sorted(os.listdir(top)) == ["mail.log", "page", "tables"], n
                assert sorted(os.listdir(top / "tables")) == files, n
                same, failed = 0, failed + 1
            n += 1 if 50 <= n < 150 else 17     # before is the loader, behind it test_nomem.c has all
        assert failed > 100, (failed, n)


# --- what is read, meanwhile ---

def held(path):
    """The program after it has looked at a log, and before it reads it: standard input comes first."""
    run = Running("--jobs", "1", "-", path, stdin=subprocess.PIPE)
    run.process.stdin.write(b"\n" * 2000)
    run.process.stdin.flush()
    run.until(b"kB read")
    return run


def let_go(run):
    run.process.stdin.close()
    run.process.stdin = None
    return run.end()


def a_file_that_shrinks_is_read_as_far_as_it_goes():
    text = log(0, 4000)
    with folder(mail__log=text) as top:
        run = held(top / "mail.log")
        os.truncate(top / "mail.log", len(text) // 2)
        r = let_go(run)
        assert r.code == 1 and r.trouble("mail.log") == "shrank" and r.messages in range(1990, 2010), (r.messages, r.files)
        assert r.r["at_least"] is True and [g["n"] for g in r.r["gaps"] if g["gap"] == "file"] == [1], r.r["gaps"]
        # emptied, as by `: >mail.log`
        write(top / "mail.log", text)
        run = held(top / "mail.log")
        os.truncate(top / "mail.log", 0)
        r = let_go(run)
        assert r.code == 2 and r.trouble("mail.log") == "shrank" and r.messages == 0, (r.code, r.messages, r.files)
        assert r.r["at_least"] is True


def a_file_that_is_replaced_is_read_as_it_was():
    with folder(mail__log=log(0, 100), new=log(100, 7, BEGIN + 90000)) as top:
        run = held(top / "mail.log")
        (top / "new").rename(top / "mail.log")
        r = let_go(run)
        assert r.code == 1 and r.trouble("mail.log") is None and r.messages == 100, (r.messages, r.files)
        run = held(top / "mail.log")
        (top / "mail.log").unlink()
        assert let_go(run).messages == 7


def a_file_that_grows_is_read_as_far_as_it_was_looked_at():
    with folder(mail__log=log(0, 100)) as top:
        run = held(top / "mail.log")
        append(top / "mail.log", log(100, 50, BEGIN + 90000))
        r = let_go(run)
        assert r.code == 1 and r.messages == 100 and r.r["at_least"] is False, (r.messages, r.files)


def a_file_that_is_written_over_is_no_crash():
    text = log(0, 4000)
    for octets in (bytes(len(text)), b"\n" * len(text), text.replace(b"postfix", b"\xff\x1bx" * 3)[:len(text)]):
        with folder(mail__log=text) as top:
            run = held(top / "mail.log")
            with open(top / "mail.log", "r+b") as f:
                f.write(octets)
            r = let_go(run)
            assert r.code == 2 and r.messages == 0 and r.files["mail.log"]["octets"] == len(text), (r.code, r.files)


TESTS = [no_memory_at_any_moment_is_said, control_c_keeps_what_was_read, of_a_reader_that_died_nothing_is_shown,
         those_that_read_die_with_their_parent, two_at_once, a_file_that_may_not_grow_is_said, a_full_disk_is_said,
         a_file_that_shrinks_is_read_as_far_as_it_goes, a_file_that_is_replaced_is_read_as_it_was,
         a_file_that_grows_is_read_as_far_as_it_was_looked_at, a_file_that_is_written_over_is_no_crash]

if __name__ == "__main__":
    sys.exit(main(TESTS, [] if REFUSE else [(no_memory_at_any_moment_is_said, "a sanitizer has its own malloc")]))
