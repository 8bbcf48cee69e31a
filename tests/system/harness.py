"""harness.py -- what the system tests stand on, so that each of them is short.

A test file is a script with functions test_...(); their first docstring line is the test's name, an
AssertionError (or any other) fails it. It ends with `harness.main()`, which prints TAP.
Nothing ever sleeps for a guessed time: wait_until() polls to a deadline."""

import atexit
import contextlib
import glob
import inspect
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import amplification
import lab
import mini_dns

# The tree that `meson install` filled: build/asan/inst, build/gcc/inst or build itself.
BUILD = os.path.abspath(os.environ.get("SEKIMORI_BUILD", os.path.join(lab.TOP, "build")))
ZONE = "bl.example"


mini_dns.OURS.add(lab.LIST_SERVER)


class Skip(Exception):
    """Raised in a test: cannot be answered here, and why."""


def wait_until(condition, deadline_s=10, what="condition"):
    """Polls condition() until it returns something true, and returns that."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, "after %g s still not: %s" % (deadline_s, what)
        time.sleep(0.02)


class Daemon:
    """sekimorid in the laboratory's outer namespace, with a state directory of its own.

    dns and web are the addresses of its inherited sockets, on the host's loopback; inside are those of
    DNS in the laboratory, where its resolver asks. Use in a `with`."""

    inside = (lab.LIST_SERVER + ":53",)

    def __init__(self, settings="", state=None, web=True):
        self.state = state or tempfile.mkdtemp(prefix="sekimori-")
        if state is None:
            atexit.register(shutil.rmtree, self.state, True)
        self.conf = os.path.join(self.state, "sekimori.conf")
        self.ports = os.path.join(self.state, "ports")
        self.log_path = os.path.join(self.state, "log")
        self.settings = settings
        self.process = None
        self.dns = None
        self.web = None  # (host, port) of the pages
        self.web_wanted = ["--web", "127.0.0.1:0"] if web else []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def _write_conf(self):
        with open(os.path.join(lab.SCRIPTS, "sekimori.conf.in"), encoding="utf-8") as template:
            text = template.read().replace("@STATE@", self.state)
        with open(self.conf, "w", encoding="utf-8") as conf:
            conf.write(text + self.settings)

    def _sockets_inside(self):
        return [word for where in self.inside for word in ("--dns-inside", lab.PREFIX, where)]

    def start(self):
        self._write_conf()
        with open(self.log_path, "ab") as log:
            seen = log.tell()
            self.process = subprocess.Popen(
                [os.path.join(lab.SCRIPTS, "launch"), "--dns", "127.0.0.1:0", "--ports", self.ports,
                 *self.web_wanted, *self._sockets_inside(), "--",
                 os.path.join(lab.SCRIPTS, "exec"), "outer",
                 os.path.join(BUILD, "bin", "sekimorid"), "-c", self.conf],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        _running.append(self)
        _of_this_test.append(self)
        wait_until(lambda: "event=ready" in self.log()[seen:] or self.process.poll() is not None,
                   30, "event=ready in the log")
        assert self.process.poll() is None, "sekimorid ended at start:\n" + self.log()[seen:]
        with open(self.ports, encoding="ascii") as ports:
            ports = {name: ("127.0.0.1", int(number)) for name, number in map(str.split, ports)}
        self.dns, self.web = ports["dns"], ports.get("web")

    def stop(self, how=signal.SIGTERM, deadline_s=15):
        """Returns the exit status; what does not end by the deadline is killed, and that is a failure."""
        if self in _running:
            _running.remove(self)
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(deadline_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("sekimorid did not end within %d s" % deadline_s) from None
        return self.process.returncode

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def roles(self):
        """{role: [pids]} of the running children, by the program each one executes."""
        found = {}
        for path in glob.glob("/proc/[0-9]*/stat"):
            with contextlib.suppress(OSError), open(path, encoding="utf-8") as stat:
                before, after = stat.read().rsplit(")", 1)
                if int(after.split()[1]) == self.process.pid:
                    program = os.path.basename(os.readlink(os.path.dirname(path) + "/exe"))
                    pids = found.setdefault(program.removeprefix("sekimori-role-"), [])
                    pids.append(int(before.split()[0]))
        return found

    def kill_role(self, role, how=signal.SIGKILL):
        """Kills every process of a role. Returns the numbers they had."""
        pids = self.roles()[role]
        for pid in pids:
            os.kill(pid, how)
        return pids

    def sekimori(self, *arguments, timeout=120):
        """Runs the tool against this daemon. Returns it finished: .returncode, .stdout, .stderr."""
        return subprocess.run(
            [os.path.join(lab.SCRIPTS, "exec"), "outer", os.path.join(BUILD, "bin", "sekimori"),
             arguments[0], "--socket", os.path.join(self.state, "control"), *arguments[1:]],
            check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)

    def dig(self, name, qtype="A", tcp=False, edns=True):
        return mini_dns.dig(self.dns, name, qtype, tcp, edns)

    def listed(self, address, zone=ZONE):
        """The codes that the list answers for an address: [] or e.g. ["127.0.0.2"]."""
        reply = self.dig(mini_dns.reverse(address, zone))
        assert reply.rcode in ("NOERROR", "NXDOMAIN"), reply
        return [record.data for record in reply.answer]

    def wait_listed(self, address, codes, deadline_s=1):
        """Waits until the list answers exactly these codes; the promise is one second."""
        wait_until(lambda: self.listed(address) == codes, deadline_s,
                   "%s listed as %s" % (address, codes))


_running = []  # daemons to be ended at exit
_of_this_test = []  # daemons whose logs are shown if the test fails


def show_if_failed(process):
    """Its log is shown should this test fail; .log_path and .log() say what."""
    if process not in _of_this_test:
        _of_this_test.append(process)


def _comment(text):
    for line in text.rstrip().splitlines():
        print("# " + line)


def _show_logs():
    for daemon in _of_this_test:
        _comment("last lines of " + daemon.log_path)
        _comment("\n".join(daemon.log().splitlines()[-40:]))


def _stop_daemons():
    for daemon in list(_running):
        daemon.process.kill()
        daemon.process.wait()


def _run_one(number, function):
    name = (inspect.getdoc(function) or function.__name__).splitlines()[0].rstrip(".")
    began = time.monotonic()
    _of_this_test.clear()
    try:
        function()
    except Skip as why:
        print("ok %d - %s # SKIP %s" % (number, name, why))
    except Exception:  # whatever it is, it is this test's failure and not the others'
        print("not ok %d - %s" % (number, name))
        _comment(traceback.format_exc())
        _show_logs()
        return False
    else:
        print("ok %d - %s\n# %.1f s" % (number, name, time.monotonic() - began))
    return True


def main(needs_lab=True):
    """Runs the calling script's tests in the order they are written, and exits."""
    sys.stdout.reconfigure(line_buffering=True)
    atexit.register(_stop_daemons)
    # Ended from outside, the laboratory and the daemons are to end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    why_not = lab.up() if needs_lab else None
    if why_not:
        print("1..0 # SKIP " + why_not)
        sys.exit(0)
    there = sys.modules["__main__"].__dict__
    tests = [f for name, f in there.items() if name.startswith("test_") and inspect.isfunction(f)]
    print("1..%d" % len(tests))
    failed = [f for number, f in enumerate(tests, 1) if not _run_one(number, f)]
    _comment(amplification.text())
    sys.exit(1 if failed else 0)
