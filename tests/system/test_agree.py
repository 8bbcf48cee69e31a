#!/usr/bin/env python3
"""Agreement: what DNS answers, what `zone export` writes, what show says and what the database holds."""

import collections
import ipaddress
import os
import shutil
import sqlite3
import subprocess
import tempfile

import ask
import harness
import lab
import mini_dns

TYPES = ("A", "AAAA", "TXT", "NS", "SOA", "MX")
ZONE = harness.ZONE + "."
TEST_ENTRIES = ("127.0.0.2", "::ffff:127.0.0.2")  # RFC 5782 section 5
V4_MAPPED = b"\0" * 10 + b"\xff\xff"

daemon = harness.Daemon()


def listed_servers():
    """Addresses of the two relays, IPv4 and IPv6."""
    pair = lab.SERVERS["open-postfix"], lab.SERVERS["sender-relay"]
    return [a for server in pair for a in (server.ipv4, server.ipv6)]


def test_listings():
    """four listings, two of them IPv6, and one that is taken away again"""
    daemon.start()
    runs = [ask.follow(daemon, address, "--depth", "full") for address in listed_servers()]
    for run in runs:
        answer = run.end(90)
        assert answer.exit == 1, (answer, run.events[-3:])
    gone = lab.SERVERS["open-postfix"].ipv6
    assert ask.ask(daemon, "remove", gone, "--reason", "a system test").exit == 0
    daemon.wait_listed(gone, [])


# --- the database ---

def rows(query):
    with sqlite3.connect("file:%s/sekimori.db?mode=ro" % daemon.state, uri=True) as database:
        return database.execute(query).fetchall()


def address_of(octets):
    if octets.startswith(V4_MAPPED):
        return str(ipaddress.IPv4Address(octets[12:]))
    return str(ipaddress.IPv6Address(octets))


def in_database():
    """{address: (code, since, until, proofs)} of the listing table."""
    return {address_of(row[0]): row[1:] for row in
            rows("SELECT addr, code, since, until, proofs FROM listing")}


def test_database():
    """the listing table has what show says, and the journal's last row for each address"""
    table = in_database()
    assert len(table) == 3, table
    for address, row in table.items():
        shown = ask.ask(daemon, "show", address).done
        assert shown["listed"] and len(shown["listings"]) == 1, shown
        got = tuple(shown["listings"][0][key] for key in ("code", "since", "until", "proofs"))
        assert got == row, (address, got, row)
    last = {address_of(addr): kind for addr, kind in
            rows("SELECT addr, kind FROM journal WHERE kind != 4 ORDER BY seq")}  # 4: of the list, no address
    for address, kind in last.items():
        assert (address in table) == (kind != 2), (address, kind, table)


# --- the zone file ---

def export(*arguments):
    done = daemon.sekimori("zone", "export", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def but_status(records):
    """Without _status, which holds the time at which the file was made."""
    return {key: value for key, value in records.items() if key != ("_status." + ZONE, "TXT")}


def unquote(text):
    return "".join(part for part in text.split('"')[1::2])


def parse(text):
    """{(owner, type): {(ttl, data)}} of a master file as ours are written: one record a line."""
    records = collections.defaultdict(set)
    for line in text.splitlines():
        owner, ttl, _, rtype, data = line.split("\t", 4)
        data = unquote(data) if rtype == "TXT" else data
        records[owner.lower(), rtype].add((int(ttl), data))
    return dict(records)


def names_of(records):
    """Every owner and every name between one and the zone's apex."""
    names = set()
    for owner, _ in records:
        while owner != ZONE:
            names.add(owner)
            owner = owner.split(".", 1)[1]
    return names | {ZONE}


def neighbours(names):
    """Names that are not there, one label beside and one below each that is."""
    for name in names:
        first, rest = name.split(".", 1)
        beside = "0" if first != "0" else "1"
        candidates = ["nothing." + name] + ([beside + "." + rest] if name != ZONE else [])
        yield from (c for c in candidates if c not in names)


def answers(name, tcp):
    """{(owner, type): {(ttl, data)}} that the daemon answers for one name; checks each reply."""
    found = {}
    for qtype in TYPES:
        reply = daemon.dig(name, qtype, tcp=tcp)
        assert reply.rcode == "NOERROR" and reply.aa and not reply.tc, (name, qtype, reply)
        if reply.answer:
            found[name, qtype] = {(r.ttl, r.data) for r in reply.answer}
            assert {r.type for r in reply.answer} == {qtype}, reply
        else:
            assert [r.type for r in reply.authority] == ["SOA"], (name, qtype, reply)
    return found


def live(names, tcp):
    found = {}
    for name in names:
        found.update(answers(name, tcp))
    return found


def check_same(found, exported):
    """But for _status: a new base may be made between the two."""
    assert set(found) == set(exported), set(found) ^ set(exported)
    assert but_status(found) == but_status(exported), (found, exported)


def test_walk():
    """every name of the zone file answers the same, over UDP and TCP, and nothing else is there"""
    exported = parse(export())
    names = names_of(exported)
    assert len(names) > 70, "an IPv6 entry alone has 32 labels: %d" % len(names)
    for tcp in (False, True):
        check_same(live(names, tcp), exported)
    for name in neighbours(names):
        reply = daemon.dig(name)
        assert (reply.rcode, reply.answer) == ("NXDOMAIN", []), (name, reply)


def test_table_is_zone():
    """the entries of the zone file are the rows of the table and the two test entries, no more"""
    exported = parse(export())
    entries = {owner for owner, rtype in exported if rtype == "A" and owner != "ns." + ZONE}
    wanted = [*in_database(), *TEST_ENTRIES]
    zones = (harness.ZONE, "in." + harness.ZONE)
    assert entries == {mini_dns.reverse(a, zone) + "." for a in wanted for zone in zones}, entries
    for address, row in in_database().items():
        got = exported[mini_dns.reverse(address, harness.ZONE) + ".", "A"]
        assert {data for _, data in got} == {"127.0.0.%d" % row[0]}, (address, row, got)
    soa = next(iter(exported[ZONE, "SOA"]))[1]
    serial = rows("SELECT max(serial) FROM journal")[0][0]
    assert int(soa.split()[2]) == serial, (soa, serial)


def test_while_it_changes():
    """answers from the overlay, before a new base is written, are the file's that follows it"""
    gone = lab.SERVERS["sender-relay"].ipv6
    before = names_of(parse(export()))
    assert ask.ask(daemon, "remove", gone, "--reason", "a system test").exit == 0
    daemon.wait_listed(gone, [])
    there = {name for name in before if daemon.dig(name).rcode == "NOERROR"}
    found = live(there, False)
    exported = parse(export())
    check_same(found, exported)
    assert there == names_of(exported), there ^ names_of(exported)


def test_range():
    """a whole /24 is a wildcard, its exception a name without an address; the zone file says the same"""
    inside = ipaddress.ip_address(lab.SERVERS["open-postfix"].ipv4)
    net = ipaddress.ip_network((inside, 24), strict=False)
    beside, excepted = str(net[200]), str(net[201])
    assert ask.ask(daemon, "widen", str(net), "--reason", "a system test").exit == 0
    daemon.wait_listed(beside, ["127.0.0.2"])
    assert ask.ask(daemon, "except", excepted, "--reason", "a system test").exit == 0
    daemon.wait_listed(excepted, [])
    says = {a: daemon.dig(mini_dns.reverse(a, harness.ZONE), "TXT").answer[0].data for a in (beside, excepted)}
    assert "Open relays in %s." % net in says[beside], says
    assert "Not listed: excluded from %s." % net in says[excepted], says
    below = daemon.dig("any.thing." + mini_dns.reverse(beside, harness.ZONE))
    assert [r.data for r in below.answer] == ["127.0.0.2"], below
    exported = parse(export())
    names = names_of(exported)
    assert "*." + mini_dns.reverse(str(inside), harness.ZONE).split(".", 1)[1] + "." in names, names
    assert mini_dns.reverse(str(inside), harness.ZONE) + "." not in names, "hidden by the range"
    for tcp in (False, True):
        check_same(live(names, tcp), exported)


def checkers():
    """Programs that read a zone file as name servers do: those that are here, and the laboratory's own."""
    for name, line in (("kzonecheck", ["kzonecheck", "-o", ZONE]),
                       ("named-checkzone", ["named-checkzone", "-q", ZONE])):
        if shutil.which(name):
            yield line
    inside = os.path.join(lab.SCRIPTS, "exec")
    yield [inside, "dns", "sh", "-c", 'cat >/run/z && nsd-checkzone "$0" /run/z', ZONE, "<"]


def test_zone_checkers():
    """name servers load the file: nsd-checkzone, and kzonecheck and named-checkzone where they are"""
    with tempfile.NamedTemporaryFile("w", suffix=".zone") as file:
        file.write(export())
        file.flush()
        for line in checkers():
            with open(file.name, encoding="ascii") as text:
                words = line[:-1] if line[-1] == "<" else [*line, file.name]
                done = subprocess.run(words, stdin=text, check=False, capture_output=True, text=True)
            print("# %s: %d" % (" ".join(line[:3]), done.returncode))
            assert done.returncode == 0, (line, done.stdout, done.stderr)


def test_checker_can_fail():
    """those checks can fail: a broken file is refused"""
    line = list(checkers())[-1][:-1]
    broken = export() + "x.%s\t300\tIN\tA\t300.1.1.1\n" % ZONE
    done = subprocess.run(line, input=broken, check=False, capture_output=True, text=True)
    assert done.returncode != 0, done.stdout


def test_output_file():
    """--output writes the same file whole, and a snapshot file gives the same zone without the daemon"""
    path = os.path.join(daemon.state, "out.zone")
    export("--output", path)
    with open(path, encoding="ascii") as file:
        written = file.read()
    snapshot = export("--snapshot", os.path.join(daemon.state, "base.snap"))
    whole = but_status(parse(export()))
    assert but_status(parse(written)) == whole
    assert but_status(parse(snapshot)) == whole
    assert not os.path.exists(path + ".new")


def test_journal():
    """journal verify counts every row and finds the chain whole"""
    answer = ask.ask(daemon, "journal", "verify")
    count = rows("SELECT count(*) FROM journal")[0][0]
    assert answer.exit == 0 and answer.done["ok"] and answer.done["rows"] == count, answer


def test_after_restart():
    """the same zone after a stop and a start"""
    before = parse(export())
    assert daemon.stop() == 0
    daemon.start()
    after = parse(export())
    assert but_status(before) == but_status(after)
    check_same(live(names_of(after), False), after)
    assert any(owner.startswith("*.") for owner, _ in after), "the range of test_range is there still"
    assert daemon.stop() == 0
    assert "role-died" not in daemon.log()


harness.main()
