#!/usr/bin/env python3
"""An open host that relays through its provider's smarthost: the host is listed, the smarthost never is; only
where the operator has switched it on stands it in out.ZONE, and only for a path that was proved."""

import csv

import ask
import harness
import lab
import mini_dns

RELAY = lab.FIELD["pf-via-smart"]  # relays for everybody, through
SMART = lab.FIELD["pf-smart"]  # which relays for its customers alone
STRIPS = lab.FIELD["pf-strip"]  # relays for everybody through it too, and shows nobody where from
ENTRY, EXIT = ["127.0.0.2"], ["127.0.0.3"]
OUT, IN = "out." + harness.ZONE, "in." + harness.ZONE
BOTH = ("ipv4", "ipv6")

daemon = harness.Daemon()


def listed(address, zone=harness.ZONE):
    """Its codes in that zone over UDP, which TCP must say too; None where the zone is not ours."""
    replies = [daemon.dig(mini_dns.reverse(address, zone), tcp=tcp) for tcp in (False, True)]
    assert replies[0] == replies[1], replies
    if replies[0].rcode == "REFUSED":
        return None
    assert replies[0].rcode in ("NOERROR", "NXDOMAIN"), replies[0]
    return [record.data for record in replies[0].answer]


def whole_zone():
    """Every address of ZONE and in.ZONE, as who copies it gets them."""
    exported = daemon.sekimori("zone", "export", "--format", "csv", "--zone", "main")
    assert exported.returncode == 0, exported.stderr
    return {row["ip"] for row in csv.DictReader(exported.stdout.splitlines()) if row["ip"]}


def check_never_entry():
    """Nowhere in the list of entries is the smarthost, by neither of its addresses and in no form."""
    for family in BOTH:
        address = getattr(SMART, family)
        assert listed(address) == [] and listed(address, IN) == [], address
        codes = {listing["code"] for listing in ask.ask(daemon, "show", address).done["listings"]}
        assert codes <= {3}, (address, codes)
    assert not whole_zone() & {SMART.ipv4, SMART.ipv6}, whole_zone()


def probe_relay(family):
    """Probes the relay: open, and its letter came out of the smarthost over a path that links."""
    address = getattr(RELAY, family)
    run = ask.follow(daemon, address)
    answer = run.end()
    assert answer.exit == 1, (answer, run.events[-4:])
    (proof,) = run.all("receipt", counts=True)
    assert proof["entry"] == address and proof["exit"] in (SMART.ipv4, SMART.ipv6), proof
    assert proof["linked"], proof
    daemon.wait_listed(address, ENTRY)


def test_start():
    """two relays and the smarthost behind them are up"""
    lab.up_more([RELAY.name, SMART.name, STRIPS.name])
    daemon.start()


def test_off():
    """the relay is listed by both its addresses, the smarthost by none; out.ZONE is not there"""
    for family in BOTH:
        probe_relay(family)
    check_never_entry()
    assert listed(SMART.ipv4, OUT) in (None, []) and listed(SMART.ipv6, OUT) in (None, [])


def test_itself():
    """asked for itself it is closed: it refuses whoever is not its customer"""
    for family in BOTH:
        answer = ask.follow(daemon, getattr(SMART, family), "--depth", "normal").end()
        assert answer.exit == 0, answer
    check_never_entry()


def test_on():
    """with dns.out it stands in out.ZONE as an exit, for as long as its entry does, and nowhere else"""
    assert daemon.stop() == 0
    daemon.settings = "\ndns {\n\tout = true\n}\n"
    daemon.start()
    for family in BOTH:
        probe_relay(family)
    exits = [getattr(SMART, family) for family in BOTH if listed(getattr(SMART, family), OUT) == EXIT]
    assert exits, "no exit at all"
    check_never_entry()
    assert listed(RELAY.ipv4, OUT) == [] and listed(RELAY.ipv4, IN) == ENTRY
    assert {RELAY.ipv4, RELAY.ipv6} <= whole_zone()
    for family in BOTH:
        answer = ask.ask(daemon, "remove", getattr(RELAY, family), "--reason", "a system test")
        assert answer.exit == 0, answer
    for address in exits:
        gone = mini_dns.reverse(address, OUT)
        harness.wait_until(lambda n=gone: not daemon.dig(n).answer, 5, "%s gone from out.ZONE" % address)
        assert listed(address, OUT) == [], address
    check_never_entry()


def test_stripped():
    """a path that shows no link lists neither of the two at its first proof, although the verdict is open"""
    run = ask.follow(daemon, STRIPS.ipv4)
    answer = run.end()
    assert answer.exit == 1, (answer, run.events[-4:])
    (proof,) = run.all("receipt", counts=True)
    assert not proof["linked"] and proof["exit"] in (SMART.ipv4, SMART.ipv6), proof
    assert listed(STRIPS.ipv4) == [] and listed(SMART.ipv4, OUT) == [] and listed(SMART.ipv6, OUT) == []
    check_never_entry()


def test_journal():
    """the journal, which every other list is made of, has no entry for the smarthost"""
    answer = ask.ask(daemon, "journal", "verify")
    assert answer.exit == 0 and answer.done["ok"], answer
    assert daemon.stop() == 0


harness.main()
