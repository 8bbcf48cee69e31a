"""lab.py -- the laboratory (tests/lab) as a test sees it: its servers, sockets in its network.

A socket keeps the network namespace it was made in. So a test stays outside and only makes its
sockets inside; what it starts in there goes through tests/lab/exec."""

import atexit
import collections
import contextlib
import ctypes
import os
import socket
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPTS = os.path.join(TOP, "tests", "lab")
STATE = os.path.abspath(os.environ.setdefault("SEKIMORI_LAB", os.path.join(TOP, "build", "lab")))
os.environ.setdefault("SEKIMORI_LAB_OWNER", str(os.getpid()))
PREFIX = os.environ.setdefault("SEKIMORI_LAB_PREFIX", "sekimori-test")

PROBER = "198.18.0.1"  # addresses of the outer namespace
LIST_SERVER = "198.18.0.2"
RECEIVER = "198.18.0.25"
RESOLVER = "198.18.0.54"

EXIT_SKIP = 77
CLONE_NEWNET = 0x40000000

Server = collections.namedtuple("Server", "name root kind ipv4 host domain variant ipv6")


def _read_servers():
    with open(os.path.join(SCRIPTS, "servers"), encoding="ascii") as table:
        rows = [line.split() for line in table if line.strip() and not line.startswith("#")]
    for row in rows:
        third, fourth = row[3].split(".")[2:]
        low = fourth if third == "0" else third + ":" + fourth
        yield row[0], Server(*row, "fd00:18::" + low)


SERVERS = dict(_read_servers())
MAIL_SERVERS = [s for s in SERVERS.values() if not s.ipv4.startswith("198.18.0.")]


def script(name, *arguments, **options):
    return subprocess.run(
        [os.path.join(SCRIPTS, name), *arguments], check=False, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, **options)


def netns_path(name):
    return "/run/netns/" + (PREFIX if name == "outer" else PREFIX + "-" + name)


def up():
    """Starts what is missing. Returns None, or in words why there can be no laboratory here.

    Who starts it ends it: found running (./dev test starts it once), it is left running."""
    if not os.path.exists(netns_path("outer")):
        atexit.register(script, "down")
    done = script("up")
    if done.returncode == EXIT_SKIP:
        return done.stderr.strip()
    if done.returncode != 0:
        raise RuntimeError("tests/lab/up: " + done.stderr)
    return None


def set_variant(name, variant):
    done = script("set", name, variant)
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def inside(name="outer"):
    """Sockets made in this block, by this thread, belong to the named network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(netns_path(name), os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        libc.setns(before, CLONE_NEWNET)
        os.close(there)
        os.close(before)


def _family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def connect(address, port, source=None, timeout=30, name="outer"):
    with inside(name):
        s = socket.socket(_family(address), socket.SOCK_STREAM)
    s.settimeout(timeout)
    if source:
        s.bind((source, 0))
    s.connect((address, port))
    return s


def listen(address, port):
    with inside():
        s = socket.socket(_family(address), socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.listen(16)
    return s
