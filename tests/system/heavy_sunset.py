#!/usr/bin/env python3
"""The end of a list, rehearsed: Postfix asks it through Unbound at each step, and mail keeps flowing.

Postfix has the very file of conf/examples, Unbound serves expired answers and keeps its own memory of dead
servers, NSD, Knot and BIND are secondaries. TTLs are 5 s; what takes time is measured and printed."""

import atexit
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time

import ask
import harness
import lab
import mini_dns
import mini_smtp
import peers
from peers import Peer

POSTFIX = lab.ASKERS["ask-postfix"]
UNBOUND = Peer("dns-unbound")
SECONDARIES = {"nsd": "dns-nsd", "knot": "dns-knot", "bind": "dns-bind"}
LISTED = lab.SERVERS["open-postfix"]
CLEAN = lab.SERVERS["debian-postfix"]
OTHER = lab.SERVERS["sender-relay"]  # listed too
REASON = ("--reason", "a rehearsal")
TTL_S = 5
PATIENCE_S = 120
TEST_ENTRIES = ("2.0.0.127." + harness.ZONE, mini_dns.reverse("::ffff:7f00:2", harness.ZONE))
GONE = ("192.0.2.1", "2001:db8::1")  # what the end points to

keys = peers.Keys()
daemon = harness.Daemon(peers.settings(keys, "ttl = %d" % TTL_S, "negative_ttl = %d" % TTL_S), web=False)
daemon.inside = (lab.LIST_SERVER + ":53", "[%s]:53" % lab.LIST_SERVER6)
numbers = itertools.count(1)


# --- mail ---

def resolve_by(address):
    """Postfix asks that resolver: the laboratory's own forgets soon, for other tests' sake."""
    files = "/etc/resolv.conf /var/spool/postfix/etc/resolv.conf"
    done = lab.script("exec", POSTFIX.name, "sh", "-c",
                      "for f in %s; do echo nameserver %s >$f; done" % (files, address))
    assert done.returncode == 0, done.stderr


def forget(variant="filtered"):
    """Postfix's processes keep answers all their life: new ones."""
    lab.set_variant(POSTFIX.name, variant)


def in_the_mailbox(subject):
    return subject in lab.script("exec", POSTFIX.name, "cat", "/var/mail/root").stdout


def mail(client):
    """One mail from that server's network: (accepted, seconds until it was decided). What was accepted is delivered."""
    subject = "rehearsal %d of %s" % (next(numbers), client.name)
    began = time.monotonic()
    sock = lab.connect(POSTFIX.ipv4, 25, name=client.name, timeout=PATIENCE_S)
    step, code, text = mini_smtp.send(
        sock, "someone@" + client.domain, "root@" + POSTFIX.domain, helo=client.host,
        letter="Subject: %s\r\n\r\nHello.\r\n." % subject)
    took = time.monotonic() - began
    if (step, code) == ("body", 250):
        harness.wait_until(lambda: in_the_mailbox(subject), 30, subject + " delivered")
        return True, took
    assert (step, code) == ("rcpt", 554) and "blocked using " + harness.ZONE in text, (step, code, text)
    return False, took


def clean_flows(at):
    accepted, took = mail(CLEAN)
    assert accepted, at
    print("# %s: who is not listed is accepted after %.2f s" % (at, took))


def both_flow(at):
    """Nobody is refused, the listed one neither, with the example's filter of codes and without."""
    for variant in ("filtered", "unfiltered"):
        forget(variant)
        for client in (CLEAN, LISTED):
            accepted, took = mail(client)
            assert accepted, (at, client.name)
            print("# %s, %s: %s is accepted after %.2f s" % (at, variant, client.name, took))


def until_accepted(at):
    """The listed server is refused as long as caches remember; how long is printed. The other one never is."""
    began, refusals = time.monotonic(), 0
    while True:
        forget()
        clean_flows(at)
        accepted, _ = mail(LISTED)
        if accepted:
            break
        refusals += 1
        assert time.monotonic() - began < 60, "still refused"
    print("# %s: the listed one is accepted after %.1f s and %d refusals" % (
        at, time.monotonic() - began, refusals))


def listed_is_refused(at):
    forget()
    accepted, took = mail(LISTED)
    assert not accepted, at
    print("# %s: who is listed is refused after %.2f s" % (at, took))
    clean_flows(at)


# --- DNS ---

def status_at(address):
    """The text of _status there; "" while there is none, or nobody."""
    with contextlib.suppress(OSError):
        answer = peers.dig((address, 53), "_status." + harness.ZONE, "TXT").answer
        return answer[0].data.strip('"') if answer else ""
    return ""


def serial():
    return peers.serial((lab.LIST_SERVER, 53))


def everybody_sees(life, day=None):
    """Ours, each secondary and Unbound say that life; the secondaries' zones are ours, octet by octet."""
    now = status_at(lab.LIST_SERVER)
    assert now.startswith(life + " expires=") and now.endswith(" LAB"), now
    assert [w for w in now.split() if w.startswith("empties=")] == (["empties=" + day] if day else []), (now, day)
    ours = peers.axfr(lab.LIST_SERVER, key=keys.line)
    for name in SECONDARIES.values():
        Peer(name).wait_serial(serial(), 30)
        assert peers.axfr(Peer(name).address, key=keys.line) == ours, name
    began = time.monotonic()
    harness.wait_until(lambda: status_at(UNBOUND.address) == now, 60, "%s at Unbound" % now)
    print("# %s: Unbound says so after %.1f s" % (life, time.monotonic() - began))


def has_entries(there):
    """Test entries and listings are there, or not, at ours and at every secondary."""
    names = [*TEST_ENTRIES, mini_dns.reverse(LISTED.ipv4, harness.ZONE)]
    for address in [lab.LIST_SERVER, *(Peer(name).address for name in SECONDARIES.values())]:
        for name in names:
            reply = peers.dig((address, 53), name)
            assert (reply.rcode, [r.data for r in reply.answer]) == (
                ("NOERROR", ["127.0.0.2"]) if there else ("NXDOMAIN", [])), (address, name, reply)


def believed(state, why="", life=""):
    """`sekimori check`, asking Unbound, says that of the list."""
    def health():
        done = subprocess.run(
            ask.command("sekimori", "check", "--zone", harness.ZONE, "--resolver", UNBOUND.address, "--json", LISTED.ipv4),
            check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        entry = next(o for o in map(json.loads, done.stdout.splitlines()) if o["event"] == "list")
        return entry["ipv4"]["state"], entry["ipv4"].get("why", ""), entry.get("life", "")
    harness.wait_until(lambda: health() == (state, why, life), 60, "%s %s of a list that is %s" % (state, why, life))


# --- what the operator types ---

def take(step, *more):
    answer = ask.ask(daemon, "sunset", step, *REASON, *more)
    assert answer.exit == 0, answer
    harness.wait_until(lambda: serial() == answer.done["serial"], 10, "serial %d" % answer.done["serial"])
    return answer.done


def refused(code, error, step, *more):
    before = serial()
    answer = ask.ask(daemon, "sunset", step, *REASON, *more)
    assert (answer.exit, answer.done["error"]) == (code, error), answer
    assert serial() == before


def in_days(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400 * days))


def test_alive():
    """alive: the listed server is refused, another one is not; secondaries and Unbound have the list"""
    lab.up_more([POSTFIX.name, UNBOUND.name, *SECONDARIES.values()])
    daemon.start()
    for server in (LISTED, OTHER):
        assert ask.follow(daemon, server.ipv4, "--depth", "full").end(90).exit == 1
        daemon.wait_listed(server.ipv4, ["127.0.0.2"])
    for server, name in SECONDARIES.items():
        Peer(name).load(peers.block(daemon, server, "--readers", "198.18.0.0/15"))
    UNBOUND.load("")
    resolve_by(UNBOUND.address)
    atexit.register(resolve_by, lab.RESOLVER)
    everybody_sees("alive")
    has_entries(True)
    believed("ok", life="alive")
    listed_is_refused("alive")


# --- a list that dies unannounced ---

def scratch(name):
    directory = tempfile.mkdtemp(prefix="sekimori-sunset-")
    atexit.register(shutil.rmtree, directory, True)
    os.chmod(directory, 0o755)
    return os.path.join(directory, name)


def expired_copy():
    """A snapshot file of what the daemon has listed, vouched for until a moment ago."""
    lines, snapshot = scratch("list"), scratch("list.snap")
    done = daemon.sekimori("zone", "export", "--format", "rbldnsd", "-o", lines)
    assert done.returncode == 0, done.stderr
    done = subprocess.run(
        ask.command("sekimori", "zone", "import", "--snapshot", snapshot, "-f", "combined",
                    "--zone", harness.ZONE, "--ns", "ns." + harness.ZONE, "--life", "1s", lines),
        check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return snapshot


@contextlib.contextmanager
def served(snapshot):
    """`sekimori serve` in the daemon's place."""
    where = [word for address in daemon.inside for word in ("--listen", address)]
    process = subprocess.Popen(ask.command("sekimori", "serve", "--snapshot", snapshot, "--user", "nobody", *where),
                               stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        harness.wait_until(lambda: status_at(lab.LIST_SERVER), 10, "an answer of serve")
        yield
    finally:
        process.terminate()
        process.wait(15)


def expiry(text):
    return text.split("expires=")[1].split()[0]


def test_expired():
    """a list that nobody keeps any more is seen to be dead by its _status; mail flows as ever"""
    snapshot = expired_copy()
    assert daemon.stop() == 0
    with served(snapshot):
        harness.wait_until(lambda: expiry(status_at(UNBOUND.address)) == expiry(status_at(lab.LIST_SERVER)),
                           60, "the last _status at Unbound")
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        assert expiry(status_at(UNBOUND.address)) < now, (status_at(UNBOUND.address), now)
        believed("broken", "expired", "alive")
        listed_is_refused("expired")
    daemon.start()
    everybody_sees("alive")


# --- steps ---

def test_order():
    """what is out of order, or without a reason, is refused, and nothing is written"""
    for step in ("empty", "end", "cancel"):
        refused(65, "sunset-order", step)
    answer = ask.ask(daemon, "sunset", "freeze")
    assert answer.exit == 64 and "--reason" in answer.text, answer
    before = serial()
    assert take("freeze", "--dry-run")["state"] == "frozen" and serial() == before


def test_announced():
    """announced: all works as ever, and everybody can see that the list is closing"""
    take("announce", "--on", in_days(1))
    everybody_sees("closing", in_days(1)[:10])
    has_entries(True)
    believed("ok", life="closing")
    listed_is_refused("announced")


def test_cancelled():
    """cancelled: alive again"""
    assert take("cancel")["state"] == "alive"
    everybody_sees("alive")
    take("announce", "--on", in_days(1))


def test_frozen():
    """frozen: nothing new is tested or listed; what is listed stays, and can be removed"""
    take("freeze")
    everybody_sees("closing", in_days(1)[:10])
    answer = ask.ask(daemon, "nominate", CLEAN.ipv4, *ask.BASIS)
    assert (answer.exit, answer.done["error"]) == (77, "list-frozen"), answer
    assert ask.ask(daemon, "remove", OTHER.ipv4, *REASON).exit == 0
    daemon.wait_listed(OTHER.ipv4, [])
    listed_is_refused("frozen")


def test_emptied():
    """empty: nobody is listed, the test entries neither, at any secondary; after the TTL nobody is refused"""
    listed_is_refused("before it is emptied")  # so that caches know it
    take("empty")
    everybody_sees("empty")
    has_entries(False)
    until_accepted("emptied")
    believed("broken", "emptied", "empty")
    both_flow("empty")


def test_rights():
    """empty: removals and opt-outs work, tests do not, and the secondaries follow by IXFR"""
    for word in ("nominate", "retest"):
        more = ask.BASIS if word == "nominate" else ()
        answer = ask.ask(daemon, word, LISTED.ipv4, *more)
        assert (answer.exit, answer.done["error"]) == (77, "list-empty"), answer
    assert ask.ask(daemon, "optout", OTHER.ipv4, *REASON).exit == 0
    before = serial()
    assert ask.ask(daemon, "remove", LISTED.ipv4, *REASON).exit == 0
    harness.wait_until(lambda: serial() > before, 10, "a new serial")
    text = peers.transfer(lab.LIST_SERVER, key=keys.line, what="IXFR=%d" % before)
    assert text.count("\tSOA\t") == 4 and "\tA\t127" not in text, text
    everybody_sees("empty")
    has_entries(False)


def test_restarted():
    """a restart changes nothing: still empty"""
    assert daemon.stop() == 0
    daemon.start()
    everybody_sees("empty")
    has_entries(False)
    both_flow("empty, restarted")


# --- the end ---

def zone_text():
    with open(os.path.join(lab.SCRIPTS, "conf", "zones", "example.zone"), encoding="ascii") as file:
        return file.read()


@contextlib.contextmanager
def delegated_to(lines):
    """The zone above has these records in place of our NS and its addresses."""
    kept = []
    ours = False
    for line in zone_text().splitlines():
        owner = line.split()[0] if line[:1].strip() else None
        ours = ours if owner is None and line.strip() else owner in ("bl", "ns.bl")
        if not ours:
            kept.append(line)
    lab.put_zone("example", "\n".join([*kept, *lines]) + "\n")
    try:
        yield
    finally:
        lab.put_zone("example", zone_text())


def ip(name, *words):
    return subprocess.run(["ip", "-n", os.path.basename(lab.netns_path(name)), *words],
                          check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def black_hole(name):
    """What that server sends to the documentation addresses goes to a station that is not there: no answer, no error."""
    device = ip(name, "-o", "-4", "route", "show", "198.18.0.0/15").split(" dev ")[1].split()[0]
    words = [(address, ("dev", device)) for address in GONE]
    for address, where in words:
        ip(name, "neigh", "replace", address, "lladdr", "02:00:00:00:00:01", *where, "nud", "permanent")
        ip(name, "route", "add", address, *where)
    try:
        yield
    finally:
        for address, where in words:
            ip(name, "route", "del", address, *where)
            ip(name, "neigh", "del", address, *where)


def test_ended():
    """ended: what goes into the zone above is no wildcard, and while both stand nobody is refused"""
    dry = take("end", "--dry-run")
    done = take("end")
    assert dry["parent"] == done["parent"] and done["next"] == [], done
    text = daemon.sekimori("sunset", "status").stdout
    for line in done["parent"]:
        assert "*" not in line and line in text, (line, text)
    refused(65, "sunset-order", "cancel")
    everybody_sees("empty")
    with delegated_to(done["parent"]):
        both_flow("ended, the daemon still there")


def test_gone():
    """the daemon is gone: with the old delegation in caches, and with the new one, all mail is delivered"""
    lines = ask.ask(daemon, "sunset", "status").done["parent"]
    assert daemon.stop() == 0
    with delegated_to(lines), black_hole(UNBOUND.name):
        both_flow("the daemon gone, caches remember it")
        UNBOUND.load("")  # with it goes all that it remembers
        seen = lab.log_size(POSTFIX.name, "mail.log")
        both_flow("the delegation leads nowhere")
        log = lab.log_text(POSTFIX.name, "mail.log", seen)
        assert "RBL lookup error" in log, log
        dump = UNBOUND.run("unbound-control", "-c", "/run/unbound.conf", "dump_infra").stdout
        print("# Unbound of 192.0.2.1: " + next(line for line in dump.splitlines() if line.startswith(GONE[0])))


harness.main()
