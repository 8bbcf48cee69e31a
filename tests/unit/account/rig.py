"""rig.py -- logs that are made, and `sekimori account` run on them; for files.py, follow.py, ends.py.

Every log is in the form of Debian's Postfix, so that how many messages it holds is known."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import traceback

PROGRAM = sys.argv[1]
SANITIZED = b"__asan_init" in pathlib.Path(PROGRAM).read_bytes()
BEGIN = 1795000000  # 2026-11-18 11:06:40 UTC
OWN = ["--own-domain", "own.example", "--own-net", "192.0.2.0/24"]


def stamp(s):
    return time.strftime("%b %e %H:%M:%S", time.gmtime(s))


def iso(s):
    return time.strftime("%Y-%m-%dT%H:%M:%S.123456+00:00", time.gmtime(s))


def message(n, s, form=stamp, host="mx"):
    """lines of one message that a stranger relayed"""
    i = "%010X" % (0x3000000000 + n)
    t = [form(s + k // 2) for k in range(5)]
    return ["%s %s postfix/smtpd[77]: %s: client=unknown[198.51.100.%d]" % (t[0], host, i, n % 250 + 1),
            "%s %s postfix/cleanup[78]: %s: message-id=<%d@stranger.example>" % (t[1], host, i, n),
            "%s %s postfix/qmgr[79]: %s: from=<a%d@stranger.example>, size=999, nrcpt=1 (queue active)" % (
                t[2], host, i, n % 9),
            "%s %s postfix/smtp[80]: %s: to=<b%d@far.example>, relay=mx.far.example[203.0.113.5]:25, delay=1, "
            "delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as %X)" % (t[3], host, i, n, n),
            "%s %s postfix/qmgr[79]: %s: removed" % (t[4], host, i)]


def log(first, n, begin=BEGIN, step=60, **how):
    return "".join(line + "\n" for k in range(first, first + n)
                   for line in message(k, begin + (k - first) * step, **how)).encode()


class Run:
    def __init__(self, *args, code=None, stdin=None, **more):
        env = {**os.environ, "SEKIMORI_STRICT": "1", "TZ": "UTC", **more.pop("env", {})}
        r = subprocess.run([PROGRAM, "--lang", "en", "--json", *OWN, *map(str, args)], env=env, input=stdin,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100, check=False, **more)
        self.code, self.err, self.out = r.returncode, r.stderr.decode(), r.stdout
        assert code is None or self.code == code, (self.code, self.err)
        self.take()

    def take(self):
        self.r = json.loads(self.out) if self.out else None
        self.files = {pathlib.Path(f["name"]).name: f for f in self.r["files"]} if self.out else {}
        self.messages = self.r["classes"]["relayed"]["messages"] if self.out else None

    def trouble(self, name):
        return self.files[name]["trouble"]


@contextlib.contextmanager
def folder(**files):
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        top.chmod(0o755)
        for path, octets in files.items():
            write(top / path.replace("__", "."), octets)
        yield top


def write(path, octets, mtime=None):
    path.write_bytes(octets)
    if mtime is not None:
        os.utime(path, (mtime, mtime))


class Running:
    """The program on what is written to its standard input, or on files that grow."""

    def __init__(self, *args, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen([PROGRAM, "--lang", "en", "--json", "--progress", "always", *OWN,
                                         *map(str, args)], stdin=stdin, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env={**os.environ, "SEKIMORI_STRICT": "1", "TZ": "UTC"})
        self.watchdog = threading.Timer(100, self.process.kill)
        self.watchdog.start()
        self.err = b""

    def until(self, words):
        """waits for words in the line of progress"""
        while words not in self.err:
            octets = os.read(self.process.stderr.fileno(), 4096)
            assert octets, self.err
            self.err = self.err[-4096:] + octets

    def read_errors(self):
        self.err += self.process.stderr.read()

    def end(self, *signals):
        for s in signals:
            self.process.send_signal(s)
        r = Run.__new__(Run)
        # its input stays open: that it ends is not what ends the reading
        errors = threading.Thread(target=self.read_errors)
        errors.start()
        r.out = self.process.stdout.read()
        errors.join()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
        r.err, r.code = self.err.decode(), self.process.returncode
        self.watchdog.cancel()
        r.take()
        return r

    def child(self):
        pid = self.process.pid
        return int(pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text().split()[0])


def append(path, octets):
    with open(path, "ab") as f:
        f.write(octets)


def main(tests, skip=()):
    """skip: (test, reason) of those that cannot run here"""
    why = dict(skip)
    print("1..%d" % len(tests))
    bad = False
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        if test in why:
            print("ok %d - %s # SKIP %s" % (number, name, why[test]))
            continue
        try:
            if len(sys.argv) < 3 or test.__name__ in sys.argv[2:]:
                test()
            print("ok %d - %s" % (number, name))
        except Exception:  # pylint: disable=broad-except
            bad = True
            for line in traceback.format_exc().splitlines():
                print("# " + line[:2000])
            print("not ok %d - %s" % (number, name))
        sys.stdout.flush()
    return bad
