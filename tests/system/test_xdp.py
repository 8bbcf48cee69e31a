#!/usr/bin/env python3
"""dns.xdp on a veth pair of its own: `sekimori serve` answers from frames, the kernel has what is not plain DNS."""

import atexit
import base64
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile

import base_file
import collector
import harness
import mini_dns
from harness import wait_until

PREFIX = os.environ.get("SEKIMORI_LAB_PREFIX", "sekimori-test")
ASKS, ANSWERS = PREFIX + "-xdp-a", PREFIX + "-xdp-b"
LINK = "answer0"
V4, V6 = "198.18.7.2", "fd00:18:7::2"
LISTED, NOT = "192.0.2.7", "192.0.2.8"
CLONE_NEWNET = 0x40000000


def ip(*words):
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise harness.Skip("ip %s: %s" % (" ".join(words), done.stderr.strip()))


def down():
    for name in (ASKS, ANSWERS):
        subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)


def up():
    down()
    atexit.register(down)
    for name in (ASKS, ANSWERS):
        ip("netns", "add", name)
    ip("-n", ASKS, "link", "add", "dev", "ask0", "numrxqueues", "2", "numtxqueues", "2", "type", "veth",
       "peer", "name", LINK, "numrxqueues", "2", "numtxqueues", "2", "netns", ANSWERS)
    for name, link, host in ((ASKS, "ask0", 1), (ANSWERS, LINK, 2)):
        ip("-n", name, "addr", "add", "198.18.7.%d/24" % host, "dev", link)
        ip("-n", name, "addr", "add", "fd00:18:7::%d/64" % host, "dev", link, "nodad")
        ip("-n", name, "link", "set", link, "up")


@contextlib.contextmanager
def inside(name):
    """Sockets made in this block belong to the named network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net", "rb") as before, open("/run/netns/" + name, "rb") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(before.fileno(), CLONE_NEWNET)


def dig(address, host=V4, **options):
    with inside(ASKS):
        mini_dns.OURS.add(host)
        return mini_dns.dig((host, 53), mini_dns.reverse(address, harness.ZONE), "A", **options)


def asked(host=V4):
    """None while nobody answers."""
    try:
        return dig(LISTED, host).rcode
    except OSError:
        return None


def by_kernel():
    """Datagrams that the kernel gave to sockets of the answering side, so far."""
    total = 0
    with inside(ANSWERS):
        with open("/proc/thread-self/net/snmp", encoding="ascii") as file:
            udp = [line.split() for line in file if line.startswith("Udp:")]
        total += int(dict(zip(*udp))["InDatagrams"])
        with open("/proc/thread-self/net/snmp6", encoding="ascii") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith("Udp6InDatagrams"))
    return total


class Serve:
    """sekimori serve in its namespace, for as long as the `with`."""

    def __init__(self, *options):
        self.directory = tempfile.mkdtemp(prefix="sekimori-xdp-")
        os.chmod(self.directory, 0o755)
        file = os.path.join(self.directory, "base.snap")
        base_file.put(file, base_file.octets(1, [LISTED]))
        self.log_path = os.path.join(self.directory, "log")
        self.command = ["ip", "netns", "exec", ANSWERS, os.path.join(harness.BUILD, "bin/sekimori"), "serve",
                        "--snapshot", file, "--user", "nobody", "--workers", "2", *options]

    def __enter__(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        harness.show_if_failed(self)
        wait_until(lambda: "event=ready" in self.log() or self.process.poll() is not None, 30, "ready")
        if "was built without AF_XDP" in self.log():
            raise harness.Skip("this build has no AF_XDP")
        if "event=xdp-refused" in self.log():
            raise harness.Skip(self.log().split("event=xdp-refused ")[1].splitlines()[0])
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def workers(self):
        """Process ids that the log names and that still run."""
        pids = [line.split(" pid=")[1].split()[0] for line in self.log().splitlines()
                if "event=role-started name=serve " in line]
        return [int(pid) for pid in pids if os.path.exists("/proc/" + pid)]


LISTEN = ("--listen", V4 + ":53", "--listen", "[%s]:53" % V6, "--set", "dns.xdp=" + LINK)


def test_frames():
    """answers come out of frames, IPv4 and IPv6: no socket of the kernel saw the questions; TCP is the kernel's"""
    up()
    with Serve(*LISTEN) as running:
        assert "event=xdp interface=%s queues=2" % LINK in running.log(), running.log()
        for host in (V4, V6):
            wait_until(lambda host=host: asked(host) == "NOERROR", 10, "an answer")
        before = by_kernel()
        for _ in range(20):
            for host in (V4, V6):
                assert dig(LISTED, host).rcode == "NOERROR" and dig(NOT, host).rcode == "NXDOMAIN"
        assert by_kernel() == before
        assert dig(LISTED, tcp=True).rcode == "NOERROR"


def test_signed():
    """a question that is signed comes in a frame too; its answer, by xfer, leaves from the socket of that address"""
    if shutil.which("kdig") is None:
        raise harness.Skip("no kdig (package knot-dnsutils)")
    key = "hmac-sha256:xfer.example:%s" % base64.b64encode(b"0123456789abcdef").decode()
    with tempfile.NamedTemporaryFile("w") as keys:  # for its owner alone
        keys.write(key + "\n")
        keys.flush()
        with Serve(*LISTEN, "--set", "dns.transfer_keys=" + keys.name,
                   "--set", "dns.transfer_from=198.18.7.0/24", "--set", "dns.transfer_from=fd00:18:7::/64"):
            for host in (V4, V6):
                wait_until(lambda host=host: asked(host) == "NOERROR", 10, "an answer")
                before = by_kernel()
                text = subprocess.run(
                    ["ip", "netns", "exec", ASKS, "kdig", "-y", key, "+retry=0", "@" + host, harness.ZONE, "SOA"],
                    check=False, capture_output=True, text=True).stdout
                assert by_kernel() == before
                assert "\tSOA\t" in text and "\tTSIG\t" in text and "from " + host in text.lower(), text


def test_fallen():
    """a worker that is killed loses its queue to the kernel and gets it back: questions are answered all the time"""
    with Serve(*LISTEN) as running:
        wait_until(lambda: asked() == "NOERROR", 10, "an answer")
        for pid in running.workers():
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(running.workers()) == 2, 30, "two workers again")

        def by_frames():
            before = by_kernel()
            return all(asked() == "NOERROR" for _ in range(8)) and by_kernel() == before
        wait_until(by_frames, 30, "frames again")
        assert "event=xdp-failed" not in running.log(), running.log()


def test_shown():
    """answers out of frames are shown to a dnstap collector, with who asked"""
    there = collector.Collector(tempfile.mkdtemp(prefix="sekimori-xdp-"))
    with there:
        with Serve(*LISTEN, *(word for setting in ("dnstap=" + there.socket, "dnstap_sample=1", "dnstap_clients=true")
                              for word in ("--set", "dns." + setting))) as running:
            wait_until(lambda: "event=dnstap-begins" in running.log(), 30, "the collector")
            for host in (V4, V6):
                wait_until(lambda host=host: asked(host) == "NOERROR", 10, "an answer")
            before = by_kernel()
            for host in (V4, V6):
                assert dig(NOT, host).rcode == "NXDOMAIN"
            assert by_kernel() == before
        there.await_end()
    shown = [(query.peer.rsplit(":", 1)[0], mini_dns.parse(answer.wire).rcode) for query, answer in there.pairs()]
    assert ("198.18.7.1", "NXDOMAIN") in shown and ("fd00:18:7::1", "NXDOMAIN") in shown, shown


def test_left():
    """when serve ends nothing of it stays on the interface"""
    shown = subprocess.run(["ip", "-n", ANSWERS, "link", "show", "dev", LINK], check=True, capture_output=True, text=True)
    assert "prog/xdp" not in shown.stdout, shown.stdout


def test_refused():
    """an interface that is not there, and addresses that are not written out, are refused with what to do"""
    for listen, link, words in ((V4 + ":53", "nowhere0", "there is no interface nowhere0"),
                                ("0.0.0.0:53", LINK, "must be written out")):
        bad = Serve("--listen", listen, "--set", "dns.xdp=" + link)
        done = subprocess.run(bad.command, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 78 and words in done.stderr, (done.returncode, done.stderr)


harness.main(needs_lab=False)
