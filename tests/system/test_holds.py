#!/usr/bin/env python3
"""What must hold while a client asks all the time: a keeper killed over a base, a full disk, damaged files, an
old state that is put back. No answer is lost or wrong, and the serial never goes back (a clock: heavy_clock.py)."""

import atexit
import contextlib
import ipaddress
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import threading

import big_store
import harness
import mini_dns
import test_serve
import test_transfer
from dns_load import Load
from harness import wait_until
from test_serve import ALWAYS, EXPECT, scratch

SMALL, LARGE = 3000, 100000  # the larger one's first base is a child's work
JUMP = 100001  # over what may have been served


def addresses(count):
    """ALWAYS, and others that no test asks for by itself."""
    first = int(ipaddress.IPv4Address("11.0.0.0"))
    return [ALWAYS, *(str(ipaddress.IPv4Address(first + 37 * i)) for i in range(count - 1))]


def new_state(count, state=None):
    """A state directory with a list of that many."""
    state = state or scratch() + "/state"
    with test_serve.daemon(state) as empty:
        empty.await_log("event=ready")
    big_store.fill(state, addresses(count))
    return state


def tool(state, *words):
    return subprocess.run([test_serve.path("bin/sekimori"), words[0], "--socket", state + "/control", *words[1:]],
                          check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


def done(state, *words):
    answer = tool(state, *words)
    assert answer.returncode == 0, (words, answer)
    return answer.stdout


def remove(state, address):
    done(state, "remove", address, "--reason", "a system test")


class Serial(threading.Thread):
    """Asks for the SOA all the time, also while nobody is there: the serial must never go back."""

    def __init__(self, running):
        super().__init__(daemon=True)
        self.running, self.last, self.back, self.ending = running, 0, [], threading.Event()

    def run(self):
        while not self.ending.wait(0.005):
            with contextlib.suppress(OSError, IndexError):
                serial = int(mini_dns.dig(self.running.dns, harness.ZONE, "SOA").answer[0].data.split()[2])
                if serial < self.last:
                    self.back.append((self.last, serial))
                self.last = max(self.last, serial)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join()
        assert not self.back, "the serial went back: %s" % self.back[:5]


@contextlib.contextmanager
def asked(running):
    """Clients that ask all the time; what they saw is judged at the end."""
    wait_until(lambda: running.rcode(ALWAYS) == "NOERROR", 60, "the list in DNS")
    with Serial(running), Load(running.dns, EXPECT) as load:
        yield load
    print("# %s" % load)
    assert load.answered == load.asked > 0 and not load.wrong + load.stray + load.lost, load


def in_database(state):
    """(addresses of the listing table, those that the journal replayed says, its serial)"""
    with contextlib.closing(sqlite3.connect("file:%s/sekimori.db?mode=ro" % state, uri=True)) as db, db:
        listing = {row[0] for row in db.execute("SELECT addr FROM listing")}
        replayed = set()
        for kind, addr in db.execute("SELECT kind, addr FROM journal WHERE kind <= 3 ORDER BY seq"):
            (replayed.add if kind == big_store.ADD else replayed.discard)(addr)
        return listing, replayed, db.execute("SELECT max(serial) FROM journal").fetchone()[0]


def name_of(addr):
    return mini_dns.reverse(str(ipaddress.IPv4Address(addr[12:])), harness.ZONE)


def agrees(running, state):
    """Live answers = dump = listing table = the journal replayed, of one serial, and the chain is whole."""
    done(state, "journal", "verify")
    dumped = wait_until(lambda: export(state), 60, "a zone to export")
    lines = [line.split("\t") for line in dumped.splitlines()]
    dump = {line[0].removesuffix(".") for line in lines if line[3:] == ["A", "127.0.0.2"] and ".in." not in line[0]}
    listing, replayed, serial = in_database(state)
    assert listing == replayed, listing ^ replayed
    names = {name_of(addr) for addr in listing}
    tests = {mini_dns.reverse(a, harness.ZONE) for a in ("127.0.0.2", "::ffff:127.0.0.2")}
    assert dump == names | tests, list(dump ^ names)[:5]
    wait_until(lambda: running.soa() == serial, 60, "serial %d in DNS" % serial)
    for name in random.Random(serial).sample(sorted(names), 200):
        assert mini_dns.dig(running.dns, name).rcode == "NOERROR", name
        other = "9" + name  # 11.x.y.z has no neighbour 9z or 99z
        assert other in names or mini_dns.dig(running.dns, other).rcode == "NXDOMAIN", other


def ready(running, role="keeper"):
    return running.log().count("event=role-ready name=%s " % role)


def export(state):
    """The zone, once there is a base to take it from."""
    answer = tool(state, "zone", "export")
    assert answer.returncode == 0 or "not made yet" in answer.stderr, answer
    return answer.stdout


def kill_keeper(running):
    before = ready(running)
    os.kill(running.pids("keeper")[0], signal.SIGKILL)
    running.await_log("event=role-ready name=keeper ", before + 1)


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def is_gone(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def hold_the_file(state):
    """Makes the next writer of base.snap wait until somebody reads from this pipe. One that writes now ends first."""
    pipe = state + "/base.snap.new"

    def made():
        try:
            os.mkfifo(pipe)
        except FileExistsError:
            return False
        return True

    wait_until(made, 60, "the end of a base in progress")
    os.chown(pipe, os.stat(state).st_uid, os.stat(state).st_gid)
    return pipe


def held_builder(running):
    """The child of the keeper that makes a base, once it is there."""
    keeper = running.pids("keeper")[0]
    return wait_until(lambda: children(keeper), 60, "a base in progress")[0]


def test_killed_over_a_base():
    """kill -9 of the keeper while its child writes a base: the child goes too, the next base is whole"""
    state = new_state(SMALL)
    with test_serve.daemon(state) as running, asked(running):
        running.await_log("event=ready")
        pipe = hold_the_file(state)
        remove(state, addresses(2)[1])
        builder = held_builder(running)
        os.unlink(pipe)
        kill_keeper(running)
        wait_until(lambda: is_gone(builder), 10, "the end of the child")
        agrees(running, state)
        assert running.rcode(addresses(2)[1]) == "NXDOMAIN"
    done(state, "zone", "verify", "--snapshot", state + "/base.snap")


def test_killed_over_the_first_base():
    """kill -9 of the keeper while the first base of a large list is made, and again: the list answers"""
    state = new_state(LARGE)
    with test_serve.daemon(state) as running:
        running.await_log("event=ready")
        wait_until(lambda: running.rcode(ALWAYS) == "NOERROR", 60, "the list in DNS")
        with asked(running):
            for _ in range(2):
                pipe = hold_the_file(state)
                before = ready(running)
                os.kill(running.pids("keeper")[0], signal.SIGKILL)
                running.await_log("event=role-ready name=keeper ", before + 1)
                builder = held_builder(running)
                os.unlink(pipe)
                kill_keeper(running)
                wait_until(lambda pid=builder: is_gone(pid), 10, "the end of the child")
            agrees(running, state)


def test_killed_over_a_tail():
    """kill -9 of the keeper at each acknowledgement, before its tail is out: what was acknowledged is in DNS"""
    state, gone = new_state(SMALL), addresses(SMALL)[10:15]
    with test_serve.daemon(state) as running, asked(running):
        running.await_log("event=ready")
        for address in gone:
            remove(state, address)
            kill_keeper(running)
            wait_until(lambda a=address: running.rcode(a) == "NXDOMAIN", 60, "the removal in DNS")
        agrees(running, state)


def kill_all(running):
    """All at once, so that nobody leaves anything tidy behind."""
    everybody = [pid for role in ("keeper", "probe", "receive", "serve", "xfer") for pid in running.pids(role)]
    running.process.send_signal(signal.SIGSTOP)  # nobody is started again
    for pid in everybody:
        os.kill(pid, signal.SIGKILL)
    running.stop(signal.SIGKILL)
    wait_until(lambda: all(map(is_gone, everybody)), 10, "the end of all")


def test_killed_daemon():
    """kill -9 of everything after changes that no base file has: they are in DNS when it answers again"""
    state, gone = new_state(SMALL), addresses(SMALL)[20]
    with test_serve.daemon(state) as running:
        wait_until(lambda: running.rcode(ALWAYS) == "NOERROR", 60, "the list in DNS")
        remove(state, gone)
        wait_until(lambda: running.rcode(gone) == "NXDOMAIN", 60, "the removal in DNS")
        serial = running.soa()
        kill_all(running)
    with open(state + "/served", encoding="ascii") as served:
        assert served.read().split()[::2] == [str(serial), "behind"]
    programs = test_serve.held_keeper()
    with test_serve.daemon(state, programs) as running:  # before its keeper is up: base and overlay
        wait_until(lambda: running.rcode(ALWAYS) == "NOERROR", 60, "the list in DNS")
        assert (running.rcode(gone), running.soa()) == ("NXDOMAIN", serial)
        open(programs + "/go", "w", encoding="ascii").close()
        running.await_log("event=ready")
        agrees(running, state)


def set_back(state, seconds):
    """The line of `served` was written as long ago; None: before 1970 was over."""
    with open(state + "/served", "r+b") as file:
        serial, at, word = file.read(47).split()
        file.seek(0)
        file.write((b"%s %d %s" % (serial, int(at) - seconds if seconds else 1, word)).ljust(47) + b"\n")


def test_lost_overlay():
    """the same where what was served cannot be had for sure: no answer rather than an old one, until the keeper's"""
    state = new_state(SMALL)
    for gone, lose in zip(addresses(SMALL)[21:], (
            lambda: os.truncate(state + "/overlay.snap", 100),
            lambda: os.unlink(state + "/overlay.snap"),
            lambda: set_back(state, None))):  # as after a power cut: from before the machine started
        with test_serve.daemon(state) as running:
            wait_until(lambda r=running: r.rcode(ALWAYS) == "NOERROR", 60, "the list in DNS")
            running.await_log("event=ready")
            remove(state, gone)
            wait_until(lambda r=running, a=gone: r.rcode(a) == "NXDOMAIN", 60, "the removal in DNS")
            kill_all(running)
        lose()
        programs = test_serve.held_keeper()
        with test_serve.daemon(state, programs) as running:
            running.await_log("event=base-behind")
            wait_until(lambda r=running, a=gone: r.rcode(a) == "SERVFAIL", 60, "SERVFAIL")
            open(programs + "/go", "w", encoding="ascii").close()
            wait_until(lambda r=running: r.rcode(ALWAYS) == "NOERROR", 60, "the list in DNS")
            running.await_log("event=ready")
            agrees(running, state)


# --- a full disk ---

def unmount(path):
    subprocess.run(["umount", "--lazy", path], check=False, stderr=subprocess.DEVNULL)


def small_disk(megabytes):
    """A state directory on a disk of its own."""
    place = scratch()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm,mode=755" % megabytes, "sekimori", place],
                             check=False, capture_output=True, text=True)
    if mounted.returncode != 0:
        raise harness.Skip("tmpfs cannot be mounted: " + mounted.stderr.strip())
    atexit.register(unmount, place)
    return place + "/state"


def fill_disk(place):
    size = 1 << 20
    with open(place + "/ballast", "ab", buffering=0) as ballast:
        while size:
            try:
                ballast.write(b"x" * size)
            except OSError:
                size //= 2


def file_serial(state):
    """That of base.snap, by its head; 0 without one."""
    with contextlib.suppress(OSError), open(state + "/base.snap", "rb") as file:
        return struct.unpack_from("!I", file.read(64), 24)[0]
    return 0


def test_full_disk():
    """a full disk: removals are taken and published, the base file waits and is written when there is space"""
    state = new_state(SMALL, small_disk(24))
    ballast, gone = os.path.dirname(state), addresses(SMALL)
    with test_serve.daemon(state) as running, asked(running):
        running.await_log("event=ready")
        fill_disk(ballast)
        remove(state, gone[30])
        wait_until(lambda: running.rcode(gone[30]) == "NXDOMAIN", 60, "the removal in DNS")
        fill_disk(ballast)  # what the reserve gave back
        running.await_log("event=publish-failed what=file")
        assert "No space left" in running.log(), running.log()
        answer = tool(state, "zone", "export")
        assert answer.returncode == 74 and "make some" in answer.stderr, answer
        kill_keeper(running)
        assert running.rcode(gone[30]) == "NXDOMAIN"
        os.unlink(ballast + "/ballast")
        running.await_log("event=base-file")  # by itself
        assert file_serial(state) == running.soa()
        remove(state, gone[31])
        agrees(running, state)
    assert running.process.returncode == 0


# --- files that are damaged at rest ---

def spoil(state, how):
    path = state + "/base.snap"
    size = os.path.getsize(path)
    if how == "cut":
        os.truncate(path, size // 2)
    elif how == "empty":
        os.truncate(path, 0)
    else:
        with open(path, "r+b") as file:
            file.seek(how)
            octet = file.read(1)[0]
            file.seek(how)
            file.write(bytes([octet ^ 1]))


def test_damaged_file():
    """base.snap cut, emptied, or with one bit turned anywhere: refused, made anew, and the serial goes up"""
    state = new_state(SMALL)
    with test_serve.daemon(state) as running:
        wait_until(lambda: running.rcode(ALWAYS) == "NOERROR", 60, "the list in DNS")
        serial = running.soa()
    chance = random.Random(7)
    size = os.path.getsize(state + "/base.snap")
    for how in ("cut", "empty", 25, size - 1, *(chance.randrange(size) for _ in range(3))):
        spoil(state, how)
        with test_serve.daemon(state) as running:
            running.await_log("event=base-refused")
            wait_until(lambda r=running: r.rcode(ALWAYS) == "NOERROR", 60, "the list in DNS")
            running.await_log("event=ready")
            assert running.soa() > serial, (how, serial, running.soa())
            serial = running.soa()
            agrees(running, state)


# --- a backup ---

def fetched(running, serial):
    """How a secondary with that serial gets the zone: "whole", "difference" or "current"."""
    answer = [kind for _, kind, _ in test_transfer.records(
        test_transfer.kdig(running.dns, harness.ZONE, "IXFR=%d" % serial))]
    assert answer[0] == "SOA", answer
    return "current" if len(answer) == 1 else "difference" if answer[1] == "SOA" else "whole"


def test_old_state():
    """yesterday's state put back whole: the serial jumps above what was served, and no difference leads across"""
    state = new_state(SMALL)
    gone = addresses(SMALL)[60:64]
    copy = scratch() + "/copy"
    with test_serve.daemon(state) as running:
        wait_until(lambda: running.rcode(ALWAYS) == "NOERROR", 60, "the list in DNS")
    shutil.copytree(state, copy, ignore=lambda *_: ["control"])
    with test_serve.daemon(state) as running:
        running.await_log("event=ready")
        for address in gone:
            remove(state, address)
        wait_until(lambda: running.rcode(gone[-1]) == "NXDOMAIN", 60, "the removal in DNS")
        served = running.soa()
        assert fetched(running, served - 1) == "difference"
        assert fetched(running, served) == "current"
    set_back(copy, 86400)
    for name in os.listdir(copy):
        shutil.copy2(copy + "/" + name, state + "/" + name)
    with test_serve.daemon(state) as running:
        running.await_log("event=serial-jump why=old")
        wait_until(lambda: running.soa() > served, 60, "a serial above what was served")
        wait_until(lambda: running.rcode(gone[0]) == "NOERROR", 60, "the list of yesterday")
        assert running.soa() >= served + JUMP - len(gone)
        assert fetched(running, served) == fetched(running, served - len(gone)) == "whole"
        agrees(running, state)


def test_old_database():
    """yesterday's database beside today's files: the serial jumps above that of the files"""
    state, gone = new_state(SMALL), addresses(SMALL)[70:72]
    copy = scratch() + "/db"
    with test_serve.daemon(state) as running:
        wait_until(lambda: running.rcode(ALWAYS) == "NOERROR", 60, "the list in DNS")
    shutil.copy2(state + "/sekimori.db", copy)
    with test_serve.daemon(state) as running:
        running.await_log("event=ready")
        for address in gone:
            remove(state, address)
        wait_until(lambda: running.rcode(gone[-1]) == "NXDOMAIN", 60, "the removal in DNS")
        served = running.soa()
    shutil.copy2(copy, state + "/sekimori.db")
    with test_serve.daemon(state) as running:
        running.await_log("event=serial-jump why=restored")
        wait_until(lambda: running.soa() == served + JUMP, 60, "a serial above what was served")
        wait_until(lambda: running.rcode(gone[0]) == "NOERROR", 60, "the list of yesterday")
        agrees(running, state)


if __name__ == "__main__":
    harness.main(needs_lab=False)
