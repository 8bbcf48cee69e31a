#!/usr/bin/env python3
"""What `sekimori zone secondary` prints is read by NSD, Knot and BIND as it was printed."""

import json
import os

import harness
import lab
import peers

CATALOG = "catalog.example"
SERVERS = {"nsd": "dns-nsd", "knot": "dns-knot", "bind": "dns-bind"}
READERS = ("--readers", "198.18.0.0/15", "--readers", "fd00:18::/64")

keys = peers.Keys()
daemon = harness.Daemon(peers.settings(keys, out=True, catalog=CATALOG), web=False)


def test_start():
    """the daemon takes keys, secondaries and catalog; the peers are up"""
    daemon.start()
    lab.up_more(SERVERS.values())


def test_loaded():
    """each server's own checker takes its block, closed or with readers, for both zones"""
    for server, name in SERVERS.items():
        for options in ((), READERS):
            text = peers.block(daemon, server, *options)
            peers.Peer(name).load(text)
            assert keys.secret in text and "out." + harness.ZONE in text, text


def test_catalog():
    """Knot and BIND take the catalog's block; for NSD 4.6 there is none, which is said"""
    text = peers.block(daemon, "knot", "--catalog", *READERS)
    peers.Peer("dns-knot").load(text)
    assert '"%s"' % harness.ZONE not in text
    options = peers.block(daemon, "bind", "--catalog", "--options")
    peers.Peer("dns-bind").load(peers.block(daemon, "bind", "--catalog") + "// options\n" + options)
    done = daemon.sekimori("zone", "secondary", "nsd", "--catalog")
    assert done.returncode == 64 and "reads no catalog zones" in done.stderr, done


def test_signed():
    """Knot takes the block that signs, zone by zone and by catalog"""
    for options in (("--sign",), ("--sign", "--catalog"), ("--sign", "--digest")):
        text = peers.block(daemon, "knot", *options, *READERS)
        peers.Peer("dns-knot").load(text)
        assert "dnssec-signing: on" in text, text


def test_new_key():
    """a new key has 256 bits, is in the block and in the line for the file of keys, and is another each time"""
    lines = set()
    for _ in range(2):
        done = daemon.sekimori("zone", "secondary", "knot", "--new-key", "--key", "new.example", "--json")
        answer = json.loads(done.stdout)
        algorithm, name, secret = answer["key_line"].split(":")
        assert (algorithm, name, len(secret)) == ("hmac-sha256", "new.example", 44), answer
        assert secret in answer["block"] and keys.secret not in answer["block"]
        lines.add(answer["key_line"])
    assert len(lines) == 2


def refused(code, words, *options):
    done = daemon.sekimori("zone", "secondary", *options)
    assert (done.returncode, done.stdout) == (code, ""), (options, done)
    assert words in done.stderr and len(done.stderr.splitlines()) == 1, (options, done.stderr)


def test_mistakes():
    """each mistake is told in one line, and no half block is printed"""
    refused(64, "powerdns: no such server; one of nsd knot bind", "powerdns")
    refused(64, "--sign: only knot", "bind", "--sign")
    refused(64, "--digest: only with --sign", "knot", "--digest")
    refused(64, "--options: only bind", "bind", "--options")
    refused(64, "--primary: an address is needed", "nsd", "--primary", "ns.bl.example")
    refused(64, "--primary: is every address", "nsd", "--primary", "0.0.0.0")
    refused(64, "192.0.2.1/24: not an address or network", "nsd", "--readers", "192.0.2.1/24")
    refused(65, "holds no key of that name", "nsd", "--key", "other.example")
    refused(64, "--key: not a name for a key", "nsd", "--new-key", "--key", "a b")
    with open(keys.path, "a", encoding="ascii") as out:
        out.write(keys.line.replace("xfer.", "second.") + "\n")
    refused(64, "holds several keys", "nsd")
    assert "second." + harness.ZONE in peers.block(daemon, "nsd", "--key", "second." + harness.ZONE)
    with open(keys.path, "a", encoding="ascii") as out:
        out.write("hmac-md5:weak.example:AAAA\n")
    refused(78, "line 3: ", "nsd")
    os.unlink(keys.path)
    refused(66, keys.path, "nsd")


def test_closed():
    """without keys in the configuration nobody may transfer, and that is said"""
    assert daemon.stop() == 0
    with harness.Daemon(web=False) as closed:
        done = closed.sekimori("zone", "secondary", "nsd")
        assert done.returncode == 78 and "nobody may transfer" in done.stderr, done
        assert "198.18.0.2@53" in peers.block(closed, "nsd", "--new-key")


harness.main()
