"""lab.py -- the laboratory (tests/lab) as a test sees it: its servers, sockets in its network.

A socket keeps the network namespace it was made in. So a test stays outside and only makes its
sockets inside; what it starts in there goes through tests/lab/exec."""

import atexit
import collections
import contextlib
import ctypes
import errno
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
LIST_SERVER6 = "fd00:18::2"
RECEIVER = "198.18.0.25"
RESOLVER = "198.18.0.54"

EXIT_SKIP = 77
CLONE_NEWNET = 0x40000000

Server = collections.namedtuple("Server", "name root kind ipv4 host domain variant group ipv6")


def _read_servers():
    with open(os.path.join(SCRIPTS, "servers"), encoding="ascii") as table:
        rows = [line.split() for line in table if line.strip() and not line.startswith("#")]
    field = subprocess.run(
        ["awk", "-f", SCRIPTS + "/field.awk", "-v", "want=servers", SCRIPTS + "/field.tsv"],
        check=True, capture_output=True, text=True).stdout
    rows += [line.split() for line in field.splitlines()]
    for row in rows:
        third, fourth = row[3].split(".")[2:]
        low = fourth if third == "0" else third + ":" + fourth
        yield row[0], Server(*row, "fd00:18::" + low)


_ALL = dict(_read_servers())
SERVERS = {name: server for name, server in _ALL.items() if server.group == "main"}
ASKERS = {name: server for name, server in _ALL.items() if server.group == "ask"}
POST = {name: server for name, server in _ALL.items() if server.group == "post"}
FIELD = {name: server for name, server in _ALL.items() if server.group == "field"}
PEERS = {name: server for name, server in _ALL.items() if server.group == "dns"}
LOGGED = {name: server for name, server in _ALL.items() if server.group == "account"}
MAIL_SERVERS = [s for s in SERVERS.values() if not s.ipv4.startswith("198.18.0.")]


def script(name, *arguments, text_in="", **options):
    return subprocess.run(
        [os.path.join(SCRIPTS, name), *arguments], check=False, text=True,
        input=text_in, capture_output=True, **options)


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


def up_more(names):
    """Starts servers of another group than "main"; those that were not there end with this process."""
    new = [name for name in names if not os.path.exists(netns_path(name))]
    if new:
        atexit.register(script, "down", "--only", *new)
    done = script("up", *names)
    assert done.returncode == 0, done.stderr


def tool(root, *command, cwd):
    """Runs a program of an unpacked root (tests/lab/packages) on the files of a directory. .returncode
    EXIT_SKIP: that cannot be here."""
    return script("tool", root, *command, cwd=cwd)


def set_variant(name, variant):
    done = script("set", name, variant)
    assert done.returncode == 0, done.stderr


def add_record(zone, record):
    """One more record in a zone of the laboratory's name server, for as long as it runs."""
    done = script("exec", "dns", "/lab/kind/nsd", "add", zone, record)
    assert done.returncode == 0, done.stderr


def put_zone(zone, text):
    """Another text of a zone of the laboratory's name server (the file of conf/zones is what it begins with)."""
    done = script("exec", "dns", "/lab/kind/nsd", "put", zone, text_in=text)
    assert done.returncode == 0, done.stderr


def resolver(*command):
    """Tells the laboratory's resolver something (unbound-control)."""
    done = script("exec", "resolver", "unbound-control", "-c", "/run/unbound.conf", *command)
    assert done.returncode == 0, (command, done.stdout, done.stderr)


def forget_names(zone):
    """The resolver forgets what it has heard of a zone and of all servers, and what it still waits for."""
    resolver("flush_requestlist")
    resolver("flush_zone", zone)
    resolver("flush_infra", "all")


def log_text(name, path, start=0):
    """What a server has written into a file of its /var/log, from that offset on."""
    with open(os.path.join(STATE, PREFIX, "log", name, path), encoding="utf-8", errors="replace") as log:
        log.seek(start)
        return log.read()


def log_size(name, path):
    return os.path.getsize(os.path.join(STATE, PREFIX, "log", name, path))


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


def unreachable(address, name):
    """From that namespace no route leads there, which is known at once."""
    try:
        connect(address, 25, timeout=5, name=name).close()
    except OSError as error:
        return error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH)
    return False


def bind_udp(address, port):
    with inside():
        s = socket.socket(_family(address), socket.SOCK_DGRAM)
    s.bind((address, port))
    return s


def listen(address, port):
    with inside():
        s = socket.socket(_family(address), socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.listen(16)
    return s
