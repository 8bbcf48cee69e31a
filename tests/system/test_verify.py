#!/usr/bin/env python3
"""`sekimori zone verify`: live answers = snapshot = journal = dump, and what differs is named."""

import ipaddress
import json
import os
import sqlite3
import subprocess
import threading

import ask
import harness
import lab
import mini_dns
import peers

LIVE = lab.LIST_SERVER + ":53"
RELAYS = lab.SERVERS["open-postfix"], lab.SERVERS["sender-relay"]
# to everybody of the laboratory, without keys
SETTINGS = """
dns {
	transfer_from = {"198.18.0.0/15"}
	transfer_nokey = true
}
"""

daemon = harness.Daemon(SETTINGS, web=False)


def path(name):
    return os.path.join(daemon.state, name)


def write(name, text):
    with open(path(name), "w", encoding="utf-8") as out:
        out.write(text)
    return path(name)


def verify(*more, code=0):
    done = daemon.sekimori("zone", "verify", *more)
    assert done.returncode == code, (more, done.returncode, done.stdout, done.stderr)
    return done.stdout


def export():
    done = daemon.sekimori("zone", "export")
    assert done.returncode == 0, done.stderr
    return done.stdout


def range_of(address):
    return ipaddress.ip_network(address + "/24", strict=False)


def test_listings():
    """listings of both families, a range with an exception, and one that is gone: all agree"""
    daemon.start()
    verify()  # of an empty list
    runs = [ask.follow(daemon, a, "--depth", "full") for server in RELAYS for a in (server.ipv4, server.ipv6)]
    for run in runs:
        assert run.end(90).exit == 1, run.events[-3:]
    net = range_of(RELAYS[0].ipv4)
    assert ask.ask(daemon, "widen", str(net), "--reason", "a system test").exit == 0
    assert ask.ask(daemon, "except", str(net[200]), "--reason", "a system test").exit == 0
    assert ask.ask(daemon, "remove", RELAYS[1].ipv6, "--reason", "a system test").exit == 0
    said = verify().splitlines()
    assert [line.split(" (")[0] for line in said[1:]] == ["journal: agrees", LIVE + ": agrees"], said
    assert "entries: 5)" in said[1], said  # three addresses, the range and its exception


def test_dumps():
    """the export and a transfer agree with it, and a dump of another serial is refused"""
    text = export()
    ours = write("ours", text)
    lab.up_more(["dns-knot"])
    theirs = write("theirs", peers.transfer(lab.LIST_SERVER))
    said = verify("--dump", ours, "--dump", theirs)
    assert "%s: agrees (records: %d)" % (ours, len(text.splitlines())) in said, said
    assert "%s: agrees (" % theirs in said, said
    assert ask.ask(daemon, "except", str(range_of(RELAYS[0].ipv4)[201]), "--reason", "a system test").exit == 0
    done = daemon.sekimori("zone", "verify", "--dump", ours)
    assert done.returncode == 65 and ":1: serial " in done.stderr and "make both of one moment" in done.stderr, done


def test_dump_differs():
    """a record that is another, one that is missing and one too many are named, and counted in JSON too"""
    lines = export().splitlines()
    name = mini_dns.reverse(RELAYS[0].ipv6, harness.ZONE)
    of_relay = [i for i, line in enumerate(lines) if line.startswith(name + ".")]
    lines[of_relay[0]] = lines[of_relay[0]].replace("127.0.0.2", "127.0.0.4")
    del lines[of_relay[1]]
    lines.append("1.2.0.192.%s.\t300\tIN\tA\t127.0.0.2" % harness.ZONE)
    bad = write("bad", "\n".join(lines) + "\n")
    said = verify("--dump", bad, code=1).splitlines()
    assert [line.removeprefix(bad + ": ") for line in said[-5:]] == [
        name + " A: in the dump alone", name + " A: not in the dump", name + " TXT: not in the dump",
        "1.2.0.192.%s A: in the dump alone" % harness.ZONE, "DIFFERS: 4 differences (records: %d)" % len(lines)], said
    objects = [json.loads(line) for line in verify("--dump", bad, "--json", code=1).splitlines()]
    assert objects[-1] == {"event": "compared", "with": bad, "compared": len(lines), "differing": 4, "more": False}


def test_while_it_changes():
    """a list that changes all the while agrees with itself"""
    enough = threading.Event()
    changes = []

    def change():
        address = str(range_of(RELAYS[0].ipv4)[202])
        while not enough.is_set():
            changes.append(ask.ask(daemon, "except", address, "--reason", "a system test").exit)
            changes.append(ask.ask(daemon, "except", address, "--end", "--reason", "a system test").exit)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(10):
            verify()
    finally:
        enough.set()
        thread.join()
    assert set(changes) == {0}, changes
    verify()


def test_other_server():
    """a server with another list is told from ours, name by name"""
    text = export()
    write("table", "ip\n192.0.2.9\n")
    other = path("other.snap")
    serial = text.split(" ")[2]
    done = subprocess.run([os.path.join(harness.BUILD, "bin/sekimori"), "zone", "import", "-f", "csv", "-s", other,
                           "--zone", harness.ZONE, "--serial", serial, path("table")], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    said = verify("--snapshot", other, "--server", LIVE, code=1)
    assert "%s: 9.2.0.192.%s A: answered otherwise, or not at all" % (LIVE, harness.ZONE) in said, said
    done = daemon.sekimori("zone", "verify", "--snapshot", other, "--server", "198.18.0.2:9")
    assert done.returncode == 69 and "198.18.0.2:9: does not answer by UDP" in done.stderr, done


def test_journal_differs():
    """an entry whose rows are lost from the journal is missed, by name"""
    address = RELAYS[0].ipv6
    with sqlite3.connect(path("sekimori.db"), timeout=30) as database:
        database.execute("DROP TRIGGER journal_no_delete")
        gone = database.execute("DELETE FROM journal WHERE addr = ?", (ipaddress.ip_address(address).packed,))
        assert gone.rowcount > 0
    said = verify(code=1).splitlines()
    assert said[1] == "journal: %s 127.0.0.2: not in the journal" % ipaddress.ip_address(address), said
    assert said[2].startswith("journal: DIFFERS: 1 differences (entries: "), said


harness.main()
