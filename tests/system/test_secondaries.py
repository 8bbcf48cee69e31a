#!/usr/bin/env python3
"""The list at real secondaries: what NSD, Knot and BIND transfer is what sekimorid answers and exports."""

import os
import re
import tempfile

import ask
import harness
import lab
import mini_dns
import peers
from peers import Peer

PRIMARY = lab.LIST_SERVER
OUT = "out." + harness.ZONE
CATALOG = "catalog.example"
ZONES = (harness.ZONE, OUT)
ALL = {"nsd": "dns-nsd", "knot": "dns-knot", "bind": "dns-bind"}
TOLD = [*ALL.values(), "dns-signer"]
READERS = ("--readers", "198.18.0.0/15")
LISTED = [server.ipv4 for server in (lab.SERVERS["open-postfix"], lab.SERVERS["sender-relay"])]
LISTED6 = lab.SERVERS["sender-relay"].ipv6

keys = peers.Keys()
# to everybody of the laboratory, without keys
BY_ADDRESS = """
dns {
	transfer_from = {"198.18.0.0/15"}
	transfer_nokey = true
	secondaries = {%s}
	out = true
}
""" % ", ".join('"%s:53"' % Peer(name).address for name in ALL.values())

daemon = harness.Daemon(peers.settings(keys, notify=TOLD, out=True, catalog=CATALOG), web=False)


def reverse(address):
    return mini_dns.reverse(address, harness.ZONE)


def serial():
    return peers.serial((PRIMARY, 53))


def wait_xfer(zone, wanted):
    """A new serial comes to each process by itself: to xfer perhaps after the keeper and the workers have it."""
    harness.wait_until(lambda: int(peers.dig((PRIMARY, 53), zone, "SOA", tcp=True).answer[0].data.split()[2]) == wanted,
                       30, "serial %d of %s by TCP" % (wanted, zone))


def same_everywhere(names, key=""):
    """Each zone of those servers is the one that we transfer, octet by octet, and the one that we export."""
    for zone in ZONES:
        exported = peers.exported(daemon, zone)
        wait_xfer(zone, int(exported.split()[6]))
        ours = peers.axfr(PRIMARY, zone, key)
        assert ours == exported, (ours, exported)
        for name in names:
            Peer(name).wait_serial(serial(), 30, zone)
            theirs = peers.axfr(Peer(name).address, zone, key)
            assert theirs == ours, (name, theirs, ours)


def load(servers, *options):
    for server, name in servers.items():
        Peer(name).load(peers.block(daemon, server, *READERS, *options))


def test_closed():
    """who configures nothing gives no zone away: AXFR and IXFR are refused, whoever asks"""
    lab.up_more(ALL.values())
    with harness.Daemon(web=False):
        for zone in (harness.ZONE, OUT, CATALOG):
            for what in ("AXFR", "IXFR=0"):
                for key in ("", keys.line):
                    text = peers.transfer(PRIMARY, zone, key, what)
                    assert re.search("REFUSED|BADKEY", text) and "\tSOA\t" not in text, (zone, what, text)


def test_listings():
    """three listings, one of IPv6"""
    daemon.start()
    runs = [ask.follow(daemon, address, "--depth", "full") for address in [*LISTED, LISTED6]]
    for run in runs:
        assert run.end(90).exit == 1
    for address in [*LISTED, LISTED6]:
        daemon.wait_listed(address, ["127.0.0.2"])


def test_by_key():
    """NSD, Knot and BIND with the printed block, key and all: both zones, octet by octet"""
    load(ALL)
    same_everywhere(ALL.values(), keys.line)
    for address in [*LISTED, LISTED6]:
        for name in ALL.values():
            reply = Peer(name).dig(reverse(address))
            assert [r.data for r in reply.answer] == ["127.0.0.2"] and reply.aa, (name, reply)


def test_wrong_key():
    """another secret, another name, no key: refused, and a secondary with a wrong key has no zone"""
    wrong = peers.Keys()
    for key, why in ((wrong.line, "BADSIG"), (peers.Keys("x.example").line, "BADKEY"), ("", "REFUSED")):
        text = peers.transfer(PRIMARY, harness.ZONE, key)
        assert why in text and "\tSOA\t" not in text, (why, text)
    assert "event=transfer-refused" in daemon.log()
    knot = Peer("dns-signer")
    lab.up_more([knot.name])
    seen = knot.log_size()
    knot.load(peers.block(daemon, "knot").replace(keys.secret, wrong.secret))
    harness.wait_until(lambda: "BADSIG" in knot.log(seen) or "TSIG" in knot.log(seen), 30, "Knot's complaint")
    assert knot.serial() is None


# --- resolvers behind the secondaries ---

NETWORK, NEIGHBOUR = "198.18.1.0/24", "198.18.1.200"  # where two are listed, of which the neighbour is none
ABOVE = "1.18.198." + harness.ZONE  # a name without records, with names below


def resolve_by(name, servers, *statements):
    stubs = "".join("\tstub-addr: %s\n" % Peer(server).address for server in servers)
    Peer(name).load("server:\n%sstub-zone:\n\tname: %s\n%s" % (
        "".join("\t%s\n" % line for line in statements), harness.ZONE, stubs))


def test_resolver():
    """Unbound, minimising names strictly, resolves by the secondaries; while none answers it serves what expired"""
    unbound = Peer("dns-unbound")
    lab.up_more([unbound.name])
    load(ALL)
    for name in ALL.values():
        Peer(name).wait_serial(serial(), 30)
    resolve_by(unbound.name, ALL.values(), "cache-max-ttl: 1")
    for address in [*LISTED, LISTED6]:
        assert [r.data for r in unbound.dig(reverse(address)).answer] == ["127.0.0.2"], address
    assert unbound.dig(reverse(NEIGHBOUR)).rcode == "NXDOMAIN"
    reply = unbound.dig(ABOVE)
    assert (reply.rcode, reply.answer) == ("NOERROR", []), reply
    for name in ALL.values():
        Peer(name).stop()

    def expired():
        answer = unbound.dig(reverse(LISTED[0])).answer
        return [(r.ttl, r.data) for r in answer] == [(30, "127.0.0.2")]  # 30 s: RFC 8767

    harness.wait_until(expired, 10, "an expired answer")
    for name in ALL.values():
        Peer(name).begin()


def refresh(name, *zones):
    """Knot is told to look for a new serial now."""
    done = Peer(name).run("knotc", "-c", "/run/knot.conf", "zone-refresh", *zones)
    assert done.returncode == 0, done.stderr


def validated(name):
    """(rcode, is it proved) by the validating resolver."""
    text = peers.kdig("@" + Peer("dns-validator").address, "+dnssec", name, "A")
    return re.search("status: ([A-Z]+)", text).group(1), bool(re.search(";; Flags:.* ad[ ;]", text))


def change(verb, target, *more):
    assert ask.ask(daemon, verb, target, *more, "--reason", "a system test").exit == 0, (verb, target)


def test_signed():
    """Knot signs what it transferred, Unbound proves what is there and what is not, also after a change by IXFR"""
    signer = Peer("dns-signer")
    lab.up_more([signer.name, "dns-validator"])
    signer.load(peers.block(daemon, "knot", "--sign"))
    refresh(signer.name, *ZONES)  # it may wait, since it had a wrong key
    harness.wait_until(lambda: signer.dig(harness.ZONE, "48").answer, 30, "a signed zone")
    done = signer.run("keymgr", "-c", "/run/knot.conf", harness.ZONE, "ds")
    anchor = next(line for line in done.stdout.splitlines() if " 13 2 " in line)
    resolve_by("dns-validator", [signer.name], "trust-anchor: '%s'" % anchor, "cache-max-ttl: 0",
               "cache-max-negative-ttl: 0")
    for address in [*LISTED, LISTED6]:
        assert validated(reverse(address)) == ("NOERROR", True), address
    assert validated(reverse(NEIGHBOUR)) == ("NXDOMAIN", True)
    assert validated(ABOVE) == ("NOERROR", True)
    seen = len(daemon.log())
    for verb, target, more, listed in (
            ("widen", NETWORK, (), True), ("except", NEIGHBOUR, (), False), ("except", NEIGHBOUR, ("--end",), True),
            ("narrow", NETWORK, (), False)):
        change(verb, target, *more)
        harness.wait_until(lambda: bool(signer.dig(reverse(NEIGHBOUR)).answer) == listed, 30, verb)
        there = "NOERROR" if listed or verb == "except" else "NXDOMAIN"
        assert validated(reverse(NEIGHBOUR)) == (there, True), verb
        assert validated(reverse(LISTED[0])) == ("NOERROR", True), verb
        assert validated("x." + reverse(NEIGHBOUR)) == ("NOERROR" if listed else "NXDOMAIN", True), verb
    came = [t for t in peers.transfers(daemon.log()[seen:]) if t["client"] == signer.address]
    assert came and {t["what"] for t in came} == {"ixfr"}, came


# --- a digest of the whole zone (ZONEMD, RFC 8976) ---

def verified(text):
    """Does ldns find the signatures and the digest good?"""
    with tempfile.TemporaryDirectory(prefix="sekimori-zonemd-") as directory:
        with open(os.path.join(directory, "zone"), "w", encoding="ascii") as out:
            out.write(text)
        done = lab.tool("ldns", "ldns-verify-zone", "-ZZ", "zone", cwd=directory)
    if done.returncode == lab.EXIT_SKIP:
        raise harness.Skip(done.stderr.strip())
    return done.returncode == 0, done.stdout + done.stderr


def test_digest():
    """with --digest the signed zone has a ZONEMD, also after a change; ldns believes it, and nothing tampered with"""
    signer = Peer("dns-signer")
    signer.load(peers.block(daemon, "knot", "--sign", "--digest", *READERS))
    for verb in ("widen", "narrow"):
        change(verb, NETWORK)
        harness.wait_until(lambda: bool(signer.dig(reverse(NEIGHBOUR)).answer) == (verb == "widen"), 30, verb)
        text = peers.axfr(signer.address, harness.ZONE, keys.line)
        signed = re.search(r"\sSOA\s+\S+\s+\S+\s+(\d+)", text).group(1)
        assert re.search(r"\sZONEMD\s+%s 1 1 " % signed, text), text
        good, why = verified(text)
        assert good, why
    line = next(line for line in text.splitlines() if " A " in line and "127.0.0.2" in line)
    for bad in (text.replace(line + "\n", ""), text.replace("ZONEMD", "TYPE65281", 1)):
        assert bad != text and not verified(bad)[0]


def test_unsigned():
    """from a secondary that does not sign the same resolver takes nothing"""
    done = Peer("dns-signer").run("keymgr", "-c", "/run/knot.conf", harness.ZONE, "ds")
    anchor = next(line for line in done.stdout.splitlines() if " 13 2 " in line)
    resolve_by("dns-validator", ["dns-nsd"], "trust-anchor: '%s'" % anchor)
    assert validated(reverse(LISTED[0])) == ("SERVFAIL", False)


# --- the catalog ---

def load_catalog():
    Peer("dns-knot").load(peers.block(daemon, "knot", "--catalog", *READERS))
    halves = [peers.block(daemon, "bind", "--catalog", *READERS, *more) for more in ((), ("--options",))]
    Peer("dns-bind").load("// options\n".join(halves))


def again(settings):
    """The daemon anew, with other settings, with what it knew."""
    assert daemon.stop() == 0
    daemon.settings = settings
    daemon.start()


def test_catalog():
    """Knot and BIND take both zones from the catalog; told that out.ZONE has left it, they leave it too"""
    members = ("dns-knot", "dns-bind")
    load_catalog()
    same_everywhere(members, keys.line)
    again(peers.settings(keys, notify=TOLD, catalog=CATALOG))
    for name in members:
        peer = Peer(name)
        harness.wait_until(lambda: not peer.dig(OUT, "SOA").answer, 30, "%s gone at %s" % (OUT, name))
        peer.wait_serial(serial(), 30)
    again(peers.settings(keys, notify=TOLD, out=True, catalog=CATALOG))
    same_everywhere(members, keys.line)


# --- without keys ---

def test_by_address():
    """NSD, Knot and BIND by address alone, where the configuration says so: both zones, octet by octet"""
    again(BY_ADDRESS)
    load(ALL)
    change("widen", NETWORK)  # of which they hear
    same_everywhere(ALL.values())


harness.main()
