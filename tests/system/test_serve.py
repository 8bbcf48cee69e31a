#!/usr/bin/env python3
"""DNS without a keeper: `sekimori serve` from a file, and sekimorid before its keeper is up."""

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile

import base_file
import harness
import mini_dns
from dns_load import Load
from harness import wait_until

ALWAYS, NEVER, TURNS = "192.0.2.7", "192.0.2.8", "198.51.100.9"
EXPECT = {mini_dns.reverse(ALWAYS, harness.ZONE): "NOERROR", mini_dns.reverse(NEVER, harness.ZONE): "NXDOMAIN"}
RETRY = {"tries": 2, "wait_s": 5}  # a resolver's single retry, with time for a slow machine
UNLIMITED = "dns.rate=0"  # the load comes from few addresses
USER = ["--user", "nobody"] if os.geteuid() == 0 else []


def path(name):
    return os.path.join(harness.BUILD, name)


def scratch():
    directory = tempfile.mkdtemp(prefix="sekimori-serve-")
    atexit.register(shutil.rmtree, directory, True)
    os.chmod(directory, 0o755)
    return directory


class Process:
    """A program that logs, for as long as the `with`. dns: where it answers."""

    def __init__(self, *command, **more):
        self.command, self.more = command, more
        self.log_path = os.path.join(scratch(), "log")

    def __enter__(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.more)
        harness.show_if_failed(self)
        try:
            self.await_log("event=listening name=dns-udp")
            self.dns = self.listening()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(30)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def listening(self):
        line = next(line for line in self.log().splitlines() if "event=listening name=dns-udp" in line)
        host, port = line.split("address=")[1].split()[0].rsplit(":", 1)
        return host, int(port)

    def await_log(self, words, times=1):
        wait_until(lambda: self.log().count(words) >= times or self.process.poll() is not None, 30, words)
        assert self.log().count(words) >= times, self.log()

    def pids(self, role):
        """Running processes of a role, by the log."""
        gone = {line.split(" pid=")[1].split()[0] for line in self.log().splitlines() if "event=role-died" in line}
        return [int(pid) for pid in (line.split(" pid=")[1].split()[0] for line in self.log().splitlines()
                                     if "event=role-started name=%s " % role in line) if pid not in gone]

    def rcode(self, address, tcp=False):
        return mini_dns.dig(self.dns, mini_dns.reverse(address, harness.ZONE), "A", tcp).rcode

    def await_base(self, serial, turns):
        """Until every worker has that base, each at its own moment: as many in a row as show it."""
        wait_until(lambda: all(self.soa() == serial and self.rcode(TURNS) == turns for _ in range(16)), 30,
                   "serial %d with %s" % (serial, turns))

    def soa(self):
        return int(mini_dns.dig(self.dns, harness.ZONE, "SOA").answer[0].data.split()[2])


def serve(file, *options, **more):
    return Process(path("bin/sekimori"), "serve", "--snapshot", file, *USER, "--set", UNLIMITED, *(options or (
        "--listen", "127.0.0.1:0", "--workers", "2")), **more)


def base(serial, *addresses):
    return base_file.octets(serial, [ALWAYS, *addresses])


@contextlib.contextmanager
def serving(*options):
    """(running serve, path of its file)"""
    file = os.path.join(scratch(), "base.snap")
    base_file.put(file, base(1))
    with serve(file, *options) as running:
        running.await_log("event=ready")
        yield running, file


def refused(*arguments):
    """(exit status, standard error) of a serve that does not start"""
    done = subprocess.run([path("bin/sekimori"), "serve", *USER, *arguments], check=False, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def under(load, answers=2000):
    """Until that many more were answered."""
    goal = load.answered + answers
    wait_until(lambda: load.answered >= goal, 60, "%d more answers (%s)" % (answers, load))


def test_answers():
    """a snapshot file alone is answered from, over UDP and TCP, with the status that it has"""
    with serving() as (running, _):
        for tcp in (False, True):
            assert running.rcode(ALWAYS, tcp) == "NOERROR"
            assert running.rcode(NEVER, tcp) == "NXDOMAIN"
        assert running.soa() == 1
        status = mini_dns.dig(running.dns, "_status." + harness.ZONE, "TXT")
        assert status.answer[0].data.startswith("alive"), status
    assert running.process.returncode == 0


def test_reload():
    """a file that is renamed to its name and read anew by SIGHUP, twenty times under load: no query is lost"""
    with serving() as (running, file), Load(running.dns, EXPECT) as load:
        for serial in range(2, 22):
            base_file.put(file, base(serial, *[TURNS] * (serial % 2)))
            running.process.send_signal(signal.SIGHUP)
            running.await_base(serial, "NOERROR" if serial % 2 else "NXDOMAIN")
            under(load, 500)
    assert load.answered > 10000 and load.answered == load.asked and not load.wrong + load.stray, load
    print("# " + str(load))


def test_watch():
    """with --watch the rename alone is enough, also for a file that a symbolic link names"""
    with serving("--listen", "127.0.0.1:0", "--watch") as (running, file):
        base_file.put(file, base(7, TURNS))
        running.await_base(7, "NOERROR")
        other = file + ".other"
        base_file.put(other, base(8))
        os.symlink(other, file + ".link")
        os.rename(file + ".link", file)
        running.await_base(8, "NXDOMAIN")


def test_bad_file():
    """a damaged, a cut, an older and a missing file are refused by name, and the last good one stays"""
    with serving() as (running, file):
        base_file.put(file, base(5, TURNS))
        running.process.send_signal(signal.SIGHUP)
        running.await_base(5, "NOERROR")
        good, whys = base(6), []
        for why, data in (("damaged", good[:-9] + b"\xff" + good[-8:]), ("cut", good[:1000]), ("empty", b""),
                          ("older", base(4))):
            base_file.put(file, data)
            running.process.send_signal(signal.SIGHUP)
            whys.append(why)
            running.await_log("event=base-refused", len(whys))
        assert "older than what is served" in running.log(), running.log()
        os.unlink(file)
        running.process.send_signal(signal.SIGHUP)
        running.await_log("event=base-refused", len(whys) + 1)
        assert running.soa() == 5 and running.rcode(TURNS) == "NOERROR"
        base_file.put(file, good)
        running.process.send_signal(signal.SIGHUP)
        running.await_base(6, "NXDOMAIN")


def test_start_refused():
    """what cannot be served is said before anything starts, with an exit code of its own"""
    directory = scratch()
    file = os.path.join(directory, "x.snap")
    there = ["--snapshot", file, "--listen", "127.0.0.1:0"]
    assert refused("--listen", "127.0.0.1:0")[0] == 64
    code, text = refused(*there)
    assert code == 66 and file in text and "No such file" in text, (code, text)
    base_file.put(file, base(1)[:-1])
    code, text = refused(*there)
    assert code == 65 and file in text and "damaged" in text, (code, text)
    os.mkfifo(file + ".fifo")
    assert refused("--snapshot", file + ".fifo", "--listen", "127.0.0.1:0")[0] == 65
    base_file.put(file, base(1))
    code, text = refused("--snapshot", file, "--listen", "192.0.2.1:53")
    assert code == 73 and "192.0.2.1:53 (--listen)" in text, (code, text)
    for bad in ("dns.zone=x.example", "probe.public=true", "dns.ttl"):
        code, text = refused(*there, "--set", bad)
        assert code == 64 and "sekimori serve: " in text, (code, text)
    if os.geteuid() == 0:
        code, text = refused(*there, "--user", "no-such-user")
        assert code == 78 and "no-such-user" in text, (code, text)


def test_two_at_once():
    """two may serve one file at the same time, but not at one address; the second one says so and ends"""
    with serving() as (one, file):
        at = "%s:%d" % one.dns
        code, text = refused("--snapshot", file, "--listen", at)
        assert code == 73 and at in text and "in use" in text, (code, text)
        assert one.rcode(ALWAYS) == "NOERROR"
        with serve(file) as two:
            two.await_log("event=ready")
            assert two.dns != one.dns
            assert two.rcode(ALWAYS) == one.rcode(ALWAYS) == "NOERROR"


def fell_and_rose(running, load, signo):
    """Both workers are ended in turn, and are back."""
    for pid in running.pids("serve"):
        before = running.log().count("event=role-ready name=serve")
        under(load)
        os.kill(pid, signo)
        running.await_log("event=role-ready name=serve", before + 1)
    under(load)


def test_killed_worker():
    """kill -9 and SIGTERM of each worker under load: what is lost, a single retry covers"""
    for signo in (signal.SIGKILL, signal.SIGTERM):
        with serving() as (running, _), Load(running.dns, EXPECT, **RETRY) as load:
            fell_and_rose(running, load, signo)
        assert load.answered == load.asked and not load.wrong, load
        print("# %s: %s" % (signo.name, load))


def test_killed_tcp():
    """kill -9 of what answers TCP: it is back, and UDP noticed nothing"""
    with serving() as (running, _), Load(running.dns, EXPECT) as load:
        os.kill(running.pids("xfer")[0], signal.SIGKILL)
        running.await_log("event=role-ready name=xfer", 2)
        assert running.rcode(ALWAYS, tcp=True) == "NOERROR"
        under(load)
    assert load.answered == load.asked and not load.wrong + load.stray + load.again, load


def inheriting(sockets):
    """What a child needs to inherit them as LISTEN_FDS; for a `sh -c 'LISTEN_PID=$$ exec "$@"' sh`."""
    def arrange():
        for number, sock in enumerate(sockets):
            os.dup2(sock.fileno(), 100 + number)
        for number in range(len(sockets)):
            os.dup2(100 + number, 3 + number)
    names = ":".join("dns-udp" if sock.type == socket.SOCK_DGRAM else "dns-tcp" for sock in sockets)
    return {"preexec_fn": arrange, "close_fds": False,
            "env": dict(os.environ, LISTEN_FDS=str(len(sockets)), LISTEN_FDNAMES=names)}


def restarts(running, load):
    """Ends it and starts it anew, twice."""
    for times in (2, 3):
        under(load)
        running.stop()
        running.__enter__()
        running.await_log("event=ready", times)
    under(load)


def test_restart():
    """the whole of serve ended and started anew under load: what is lost, a single retry covers"""
    file = os.path.join(scratch(), "base.snap")
    base_file.put(file, base(1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        at = "127.0.0.1:%d" % probe.getsockname()[1]
    with serve(file, "--listen", at, "--workers", "2") as running, Load(running.dns, EXPECT, **RETRY) as load:
        running.await_log("event=ready")
        restarts(running, load)
    assert load.answered == load.asked and not load.wrong, load
    print("# %s" % load)


def test_restart_inherited():
    """the same with sockets that somebody else keeps open: what waits in them is answered afterwards"""
    file = os.path.join(scratch(), "base.snap")
    base_file.put(file, base(1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        inherited = inheriting([udp])
        command = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", path("bin/sekimori"), "serve", "--snapshot", file,
                   "--workers", "2", "--listen", "127.0.0.1:0", "--set", UNLIMITED, *USER]
        with Process(*command, **inherited) as running, Load(running.dns, EXPECT, **RETRY) as load:
            running.await_log("event=ready")
            restarts(running, load)
    assert load.answered == load.asked and not load.wrong, load
    print("# %s" % load)


# --- sekimorid ---

def daemon(state, programs=None):
    """sekimorid on loopback ports of its own, where everybody on the loopback may transfer."""
    settings = {"state.dir": state, "role.user": "nobody" if os.geteuid() == 0 else "", "dns.listen": "127.0.0.1:0",
                "dns.workers": "2", "receive.listen": "127.0.0.1:0", "web.listen": "",
                "dns.transfer_from": "127.0.0.0/8", "dns.transfer_nokey": "true"}
    options = [word for key, value in settings.items() for word in ("-o", "%s=%s" % (key, value))]
    options += ["-o", UNLIMITED]
    return Process(os.path.join(programs or path("bin"), "sekimorid"), *options)


def held_keeper():
    """A directory of programs whose keeper begins when a file "go" is there."""
    directory = scratch()
    shutil.copy(path("bin/sekimorid"), directory)
    roles = path("libexec/sekimori")
    for role in ("probe", "receive", "serve", "xfer", "web"):
        os.symlink("%s/sekimori-role-%s" % (roles, role), "%s/sekimori-role-%s" % (directory, role))
    keeper = directory + "/sekimori-role-keeper"
    with open(keeper, "w", encoding="ascii") as script:
        script.write("#!/bin/sh\nuntil [ -e %s/go ]; do sleep 0.05; done\nexec %s/sekimori-role-keeper\n" %
                     (directory, roles))
    os.chmod(keeper, 0o755)
    return directory


def test_daemon_before_keeper():
    """sekimorid answers from the base of the run before while its keeper is not up, then from the keeper's"""
    state, programs = scratch() + "/state", held_keeper()
    with daemon(state, programs) as first:
        assert first.rcode("127.0.0.2") == "SERVFAIL"  # nothing is published yet
        open(programs + "/go", "w", encoding="ascii").close()
        first.await_log("event=ready")
    os.unlink(programs + "/go")
    base_file.put(state + "/base.snap", base(0))  # says what no journal says, so that it is known again
    with daemon(state, programs) as second:
        second.await_log("event=base-read")
        wait_until(lambda: second.rcode(ALWAYS) == "NOERROR", 30, "an answer from the file")
        assert "name=keeper" not in "".join(line for line in second.log().splitlines() if "role-ready" in line)
        open(programs + "/go", "w", encoding="ascii").close()
        wait_until(lambda: second.rcode(ALWAYS) == "NXDOMAIN", 30, "an answer from the keeper's base")


def test_daemon_damaged_file():
    """a damaged base.snap is refused by sekimorid, and the keeper's base comes all the same"""
    state = scratch() + "/state"
    with daemon(state) as first:
        first.await_log("event=ready")
    with open(state + "/base.snap", "r+b") as file:
        file.seek(80)
        file.write(b"\xff" * 4)
    with daemon(state) as second:
        second.await_log("event=base-refused")
        second.await_log("event=ready")
        wait_until(lambda: second.rcode("127.0.0.2") == "NOERROR", 30, "an answer from the keeper's base")
        assert second.rcode(NEVER) == "NXDOMAIN"


def test_daemon_link_refused():
    """sekimorid does not follow a link that stands for base.snap: the directory belongs to the keeper's user"""
    state = scratch() + "/state"
    with daemon(state) as first:
        first.await_log("event=ready")
    os.rename(state + "/base.snap", state + "/elsewhere")
    os.symlink(state + "/elsewhere", state + "/base.snap")
    with daemon(state) as second:
        second.await_log("event=base-refused")
        second.await_log("event=ready")


def test_daemon_workers():
    """kill -9 and SIGTERM of the daemon's workers under load: what is lost, a single retry covers"""
    listed = {mini_dns.reverse("127.0.0.2", harness.ZONE): "NOERROR",
              mini_dns.reverse(NEVER, harness.ZONE): "NXDOMAIN"}
    for signo in (signal.SIGKILL, signal.SIGTERM):
        with daemon(scratch() + "/state") as running:
            running.await_log("event=ready")
            wait_until(lambda: running.rcode("127.0.0.2") == "NOERROR", 30, "an answer")
            with Load(running.dns, listed, **RETRY) as load:
                fell_and_rose(running, load, signo)
        assert load.answered == load.asked and not load.wrong, load
        print("# %s: %s" % (signo.name, load))


if __name__ == "__main__":
    harness.main(needs_lab=False)
