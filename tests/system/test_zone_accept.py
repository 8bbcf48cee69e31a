#!/usr/bin/env python3
"""What `sekimori zone export` writes is read by the real programs, which say the same entries; what they write is
imported, and is the same when exported again."""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile

import harness
import lab
import mini_dns
import peers

OUT = "out." + harness.ZONE
POLICY = "rpz." + harness.ZONE
DIRECTORY = tempfile.mkdtemp(prefix="sekimori-accept-")
atexit.register(shutil.rmtree, DIRECTORY, True)

HEAD = "ip,network,state,return_code,zone\n"
ADDRESSES = """198.51.100.25,,listed,127.0.0.2,bl.example
,192.0.2.0/24,listed,127.0.0.2,bl.example
192.0.2.0,,excepted,,bl.example
192.0.2.7,,excepted,,bl.example
1.2.3.4,,listed,127.0.0.2,bl.example
2001:db8::25,,listed,127.0.0.2,bl.example
203.0.113.9,,listed,127.0.0.3,out.bl.example
,198.51.100.0/24,listed,127.0.0.3,out.bl.example
"""
RANGES6 = """,2001:db8:1::/64,listed,127.0.0.2,bl.example
2001:db8:1::7,,excepted,,bl.example
,2001:db8:2::/63,listed,127.0.0.2,bl.example
"""
# `rbldnsd -d` writes a range of IPv6 as some of its addresses, so its dump is compared without
LISTS = {"all": HEAD + ADDRESSES + RANGES6, "v4": HEAD + ADDRESSES}
FORMS = {"master": "main", "rbldnsd": "", "rpz": "main", "csv": "main", "jsonl": "main"}


def path(name):
    return os.path.join(DIRECTORY, name)


def sekimori(*words, code=0):
    done = subprocess.run([os.path.join(harness.BUILD, "bin/sekimori"), "zone", *words], check=False, text=True,
                          capture_output=True, cwd=DIRECTORY)
    assert done.returncode == code, (words, done.stderr)
    return done


def imported(snapshot, form, *files):
    """Nothing of it may be passed over, which would be said."""
    done = sekimori("import", "-f", form, "-s", snapshot, "--zone", harness.ZONE, *files)
    return done.stderr


def exported(snapshot, form, *more):
    return sekimori("export", "-s", snapshot, "--format", form, *more).stdout


def write(name, text):
    with open(path(name), "w", encoding="utf-8") as out:
        out.write(text)
    return name


def run(root, *command):
    done = lab.tool(root, *command, cwd=DIRECTORY)
    if done.returncode == lab.EXIT_SKIP:
        raise harness.Skip(done.stderr.strip())
    return done


def zones(name):
    return {harness.ZONE: exported(name, "master"), OUT: exported(name, "master", "--zone", "out")}


def test_made():
    """a table becomes a snapshot, and every form of it is written"""
    for name, text in LISTS.items():
        write("list.csv", text)
        sekimori("import", "-f", "csv", "-s", name, "--zone", harness.ZONE, "--url", "https://bl.example",
                 "--ns", "ns1.example.net ns2.example.net", "--serial", "7", "list.csv")
        for form in FORMS:
            write("%s.%s" % (name, form), exported(name, form))
        write(name + ".out", exported(name, "master", "--zone", "out"))
        write(name + ".rpz.out", exported(name, "rpz", "--zone", "out"))
    assert len(exported("all", "master").splitlines()) > 30


FILES = {harness.ZONE: "all.master", OUT: "all.out", POLICY: "all.rpz", "rpz." + OUT: "all.rpz.out"}


def taken_by(root, *check):
    """The program's command, without zone and file, takes each zone."""
    for zone, name in FILES.items():
        done = run(root, *check, zone, name)
        assert done.returncode == 0, (zone, done.stdout, done.stderr)


def come_back(root, *printed):
    """What the program read, it writes; imported, that is the same list."""
    for zone, name in FILES.items():
        done = run(root, *printed, zone, name)
        assert done.returncode == 0 and zone in done.stdout, (zone, done.stdout, done.stderr)
        write(name + ".theirs", done.stdout)
    assert imported("back", "master", "all.master.theirs", "all.out.theirs") == ""
    assert zones("back") == zones("all")
    assert imported("back", "rpz", "all.rpz.theirs", "all.rpz.out.theirs") == ""
    for zone in ("main", "out"):
        assert exported("back", "rpz", "--zone", zone) == exported("all", "rpz", "--zone", zone)


def test_nsd():
    """nsd-checkzone takes every zone, and what it prints comes back as the same list"""
    taken_by("dns", "nsd-checkzone")
    come_back("dns", "nsd-checkzone", "-p")


def test_knot():
    """kzonecheck takes every zone"""
    taken_by("knot", "kzonecheck", "-o")


def test_bind():
    """named-checkzone takes every zone, and what named-compilezone writes comes back as the same list, short or whole"""
    taken_by("bind", "named-checkzone", "-i", "local")
    for style in ("full", "relative"):
        come_back("bind", "named-compilezone", "-q", "-i", "none", "-s", style, "-o", "-")


def dump(name):
    done = run("rbldnsd", "rbldnsd", "-d", "%s:combined:%s" % (harness.ZONE, name))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_rbldnsd():
    """rbldnsd takes the data file, and its dump comes back as the same list"""
    assert "*.2.0.192\tA\t127.0.0.2" in dump("all.rbldnsd")
    write("dump", dump("v4.rbldnsd"))
    # what is excepted has an alias there, which is no record of ours
    said = imported("back", "master", "dump")
    assert said.startswith("sekimori zone: note: 2 lines are no entries") and said.count("\n") == 1, said
    assert zones("back") == zones("v4")


def test_tables():
    """tables and data files come back, too"""
    for form, words in (("rbldnsd", "combined"), ("csv", "csv"), ("jsonl", "jsonl")):
        files = ["all." + form]
        if FORMS[form]:
            files.append(write("all.%s.out" % form, exported("all", form, "--zone", "out")))
        assert imported("back", words, *files) == "", form
        assert exported("back", form) == exported("all", form), form


# Unbound with the policy: who asks is listed by range, excepted, or not listed at all
LISTED, EXCEPTED, STRANGER = "dns-nsd", "dns-knot", "outer"
RELAY, OTHER = lab.SERVERS["open-postfix"], lab.SERVERS["sender-relay"]
CLIENTS = """,198.18.3.0/24,listed,127.0.0.2,bl.example
%s,,excepted,,bl.example
%s,,listed,127.0.0.2,bl.example
%s,,listed,127.0.0.2,bl.example
"""
CONF = """server:
	module-config: "respip validator iterator"
rpz:
	name: %s
	zonefile: /run/list.rpz
	rpz-log: yes
	rpz-log-name: sekimori
"""

unbound = peers.Peer("dns-unbound")


def load(trigger, action):
    """The policy goes into Unbound; what it is about is asked for the first time."""
    write("clients.csv", HEAD + CLIENTS % (lab.PEERS[EXCEPTED].ipv4, lab.PEERS[LISTED].ipv6, RELAY.ipv4))
    sekimori("import", "-f", "csv", "-s", "clients", "--zone", harness.ZONE, "--lab", "clients.csv")
    text = exported("clients", "rpz", "--trigger", trigger, "--action", action)
    unbound.put("/run/list.rpz", text)
    unbound.load(CONF % POLICY)


def ask(asker, name, ipv6=False):
    with lab.inside(asker):
        return mini_dns.dig((unbound.server.ipv6 if ipv6 else unbound.server.ipv4, 53), name)


def test_resolver():
    """Unbound answers a listed client as the policy says, by range and by address, and the others as ever"""
    lab.up_more([unbound.name, LISTED, EXCEPTED])
    for action, rcode in (("nxdomain", "NXDOMAIN"), ("nodata", "NOERROR")):
        load("client-ip", action)
        for ipv6 in (False, True):
            answer = ask(LISTED, RELAY.host, ipv6)
            assert (answer.rcode, answer.answer) == (rcode, []), (action, answer)
        for asker in (EXCEPTED, STRANGER):
            assert [r.data for r in ask(asker, RELAY.host).answer] == [RELAY.ipv4], (action, asker)
        assert [r.data for r in ask(EXCEPTED, RELAY.host, True).answer] == [RELAY.ipv4]


def test_dropped():
    """with --action drop a listed client gets nothing, and the others still do"""
    load("client-ip", "drop")
    start = unbound.log_size()
    with lab.inside(LISTED), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((unbound.server.ipv4, 53))
        s.send(mini_dns.question(RELAY.host, "A"))
        harness.wait_until(lambda: "rpz-drop" in unbound.log(start), 15, "the log of the policy")
        # one that is not listed asked later and has its answer
        assert [r.data for r in ask(EXCEPTED, RELAY.host).answer] == [RELAY.ipv4]
        s.setblocking(False)
        try:
            raise AssertionError(s.recv(512))
        except BlockingIOError:
            pass


def test_answers():
    """with --trigger ip nobody gets a name that leads to a listed address"""
    load("ip", "nxdomain")
    for asker in (LISTED, STRANGER):
        assert ask(asker, RELAY.host).rcode == "NXDOMAIN", asker
        assert [r.data for r in ask(asker, OTHER.host).answer] == [OTHER.ipv4], asker


harness.main()
