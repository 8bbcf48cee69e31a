#!/usr/bin/env python3
"""The main job on real servers: nominate, probe, verdict, listing, DNS, closing, retest, removal, opt-out."""

import contextlib
import secrets
import socket
import time

import ask
import harness
import lab
import mini_dns

OUTSIDE = "198.20.0.50"  # public, in no laboratory range: never a packet there
OPEN = lab.SERVERS["open-postfix"].ipv4
CLEAR_MS = 1000  # from the verdict of a retest to the answer in DNS

# server -> (arguments of nominate, verdict, exit code, is it listed)
EXPECTED = {
    "open-postfix": ((), "open", 1, True),
    "debian-postfix": (("--wait", "60s"), "closed", 0, False),  # its 454 4.7.1 is a refusal
    "exim-closed": ((), "closed", 0, False),
    "opensmtpd-closed": ((), "closed", 0, False),
    "sender-relay": (("--depth", "full"), "open", 1, True),
    "sink": (("--wait", "8s"), "accepts", 2, False),
}

daemon = harness.Daemon()


def test_start():
    """a daemon without a listing answers for its test entry, its status and NXDOMAIN for the rest"""
    daemon.start()
    assert daemon.listed("127.0.0.2") == ["127.0.0.2"]
    assert daemon.listed("127.0.0.1") == []
    for server in lab.MAIL_SERVERS:
        assert daemon.listed(server.ipv4) == [], server


def check_verdict(name, run):
    _, verdict, code, listed = EXPECTED[name]
    answer = run.end(90)
    got = run.all("verdict")[-1:] or [answer.done]
    assert answer.exit == code, (name, answer, run.events[-3:])
    assert got[0]["verdict"] == verdict, (name, got)
    assert got[0]["provisional"] == (verdict == "accepts"), (name, got)
    assert bool(run.all("listed")) == listed, (name, run.all("listed"))


def check_shown(name):
    _, verdict, _, listed = EXPECTED[name]
    address = lab.SERVERS[name].ipv4
    answer = ask.ask(daemon, "show", address)
    assert answer.exit == 0 and answer.done["listed"] == listed, (name, answer)
    assert answer.done["verdict"]["verdict"] == verdict, (name, answer.done["verdict"])
    assert [n["basis"] for n in answer.done["nominees"]] == ["authority"], answer.done
    daemon.wait_listed(address, ["127.0.0.2"] if listed else [])


def test_six_servers():
    """each of the six servers gets its verdict, exit code and listing, or none, in show and in DNS"""
    runs = {name: ask.follow(daemon, lab.SERVERS[name].ipv4, *row[0])
            for name, row in EXPECTED.items()}
    for name, run in runs.items():
        check_verdict(name, run)
    for name in runs:
        check_shown(name)


def test_ipv6():
    """the same server by its IPv6 address is a listing of its own"""
    server = lab.SERVERS["open-postfix"]
    run = ask.follow(daemon, server.ipv6)
    answer = run.end()
    assert answer.exit == 1, (answer, run.events[-3:])
    daemon.wait_listed(server.ipv6, ["127.0.0.2"])


def both(name, qtype):
    """The reply, which must be the same over UDP and TCP."""
    udp, tcp = daemon.dig(name, qtype), daemon.dig(name, qtype, tcp=True)
    assert udp == tcp, (name, qtype, udp, tcp)
    assert udp.aa, udp
    return udp.rcode, [record.data for record in udp.answer]


def test_dns():
    """A, TXT, SOA and _status, the same over UDP and TCP; the serial counts the changes"""
    listed = mini_dns.reverse(OPEN, harness.ZONE)
    serial = ask.ask(daemon, "status").done["serial"]
    assert serial >= 3
    assert both(listed, "A") == ("NOERROR", ["127.0.0.2"])
    rcode, texts = both(listed, "TXT")
    assert rcode == "NOERROR" and texts[0].startswith("LAB ") and OPEN in texts[0], texts
    assert both(listed, "AAAA") == ("NOERROR", [])
    rcode, soa = both(harness.ZONE, "SOA")
    assert soa[0].split()[:3] == ["ns.bl.example.", "hostmaster.bl.example.", str(serial)], soa
    rcode, status = both("_status." + harness.ZONE, "TXT")
    assert status[0].startswith("alive expires="), status
    assert status[0].endswith(" LAB"), status
    closed = mini_dns.reverse(lab.SERVERS["exim-closed"].ipv4, harness.ZONE)
    assert both(closed, "A") == ("NXDOMAIN", [])
    assert daemon.dig("www.example.net").rcode == "REFUSED"


def resolve(name):
    """The reply of the laboratory's resolver as a mail server hears it."""
    def once():
        with lab.inside("exim-closed"), contextlib.suppress(TimeoutError):
            return mini_dns.dig((lab.RESOLVER, 53), name, "A")
        return None

    # it may have asked before the daemon was there, and then waits before it asks again
    return harness.wait_until(once, 20, "an answer of the resolver")


def test_through_resolver():
    """a mail server's own resolver finds the listing by the zone's delegation"""
    fresh = resolve("x%s.%s" % (secrets.token_hex(8), harness.ZONE))  # in nobody's cache
    soa = daemon.dig(harness.ZONE, "SOA").answer[0].data
    assert fresh.rcode == "NXDOMAIN" and fresh.authority[0].data == soa, (fresh, soa)
    # what the zone says of its own server counts more to a resolver than the delegation's glue
    own = daemon.dig("ns." + harness.ZONE)
    assert [record.data for record in own.answer] == [lab.LIST_SERVER], own
    listed = resolve(mini_dns.reverse(OPEN, harness.ZONE))
    assert [record.data for record in listed.answer] == ["127.0.0.2"], listed


def test_closing():
    """closed by its owner and tested again it is gone from DNS at most 1 s after the verdict"""
    lab.set_variant("open-postfix", "closed")
    run = ask.stream(daemon, "retest", OPEN, "--follow")
    verdict = run.wait_for("verdict", provisional=False)
    harness.wait_until(lambda: daemon.listed(OPEN) == [], 5, "NXDOMAIN")
    took_ms = (time.monotonic() - verdict["at"]) * 1000
    answer = run.end()
    print("# NXDOMAIN %.1f ms after the verdict event" % took_ms)
    assert took_ms <= CLEAR_MS, took_ms
    assert verdict["verdict"] == "closed" and answer.exit == 0, (verdict, answer)
    assert [e["addr"] for e in run.all("removed")] == [OPEN], run.events[-4:]
    assert both(mini_dns.reverse(OPEN, harness.ZONE), "A") == ("NXDOMAIN", [])
    assert not ask.ask(daemon, "show", OPEN).done["listed"]


def test_reopened():
    """opened again and nominated again it is listed again"""
    lab.set_variant("open-postfix", "open")
    answer = ask.follow(daemon, OPEN).end()
    assert answer.exit == 1, answer
    daemon.wait_listed(OPEN, ["127.0.0.2"])


def test_remove():
    """remove and retract take a listing away within a second, and only once"""
    for verb, address in (("remove", OPEN), ("retract", lab.SERVERS["sender-relay"].ipv4)):
        answer = ask.ask(daemon, verb, address, "--reason", "a system test")
        assert answer.exit == 0 and answer.done["serial"] > 0, answer
        daemon.wait_listed(address, [])
        assert ask.ask(daemon, verb, address, "--reason", "again").exit == 65


def test_optout():
    """after an opt-out the address and all of its network are refused with 77, others are not"""
    assert ask.ask(daemon, "optout", "198.18.1.12/31", "--reason", "asked by mail").exit == 0
    for name in ("exim-closed", "opensmtpd-closed"):
        answer = ask.ask(daemon, "nominate", lab.SERVERS[name].ipv4, *ask.BASIS)
        assert answer.exit == 77 and answer.done["error"] == "opted-out", answer
        assert ask.ask(daemon, "show", lab.SERVERS[name].ipv4).done["optout"]
    answer = ask.ask(daemon, "nominate", lab.SERVERS["sink"].ipv4, *ask.BASIS)
    assert answer.exit == 0, answer


class Sniffer:
    """Sees every frame that leaves the outer namespace by its bridge."""

    def __init__(self):
        with lab.inside():
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.sock.setblocking(False)

    def seen(self, address):
        """How many frames so far hold that address's octets."""
        needle, count = socket.inet_aton(address), 0
        while True:
            try:
                count += needle in self.sock.recv(65535)
            except BlockingIOError:
                return count


def test_outside():
    """an address outside the laboratory is refused with 77, and no packet goes there"""
    sniffer = Sniffer()
    for target in (OUTSIDE, OUTSIDE + ":2525"):
        answer = ask.ask(daemon, "nominate", target, *ask.BASIS, "--follow")
        assert answer.exit == 77 and answer.done["error"] == "public-off", answer
    assert ask.ask(daemon, "retest", OUTSIDE).exit == 77
    assert sniffer.seen(OUTSIDE) == 0


def test_sniffer():
    """that check can fail: the sniffer sees the packets of a probe inside the laboratory"""
    sniffer = Sniffer()
    assert ask.follow(daemon, OPEN).end().exit == 1
    assert sniffer.seen(OPEN) > 0


def test_journal():
    """the journal's chain of hashes is whole and its serial is the zone's"""
    answer = ask.ask(daemon, "journal", "verify")
    soa = daemon.dig(harness.ZONE, "SOA").answer[0].data
    assert answer.exit == 0 and answer.done["ok"] and answer.done["rows"] >= 6, answer
    assert answer.done["serial"] == int(soa.split()[2]), (answer, soa)


def test_end():
    """told to end it ends in time, with 0, and no role died meanwhile"""
    assert daemon.stop() == 0
    assert "role-died" not in daemon.log()


harness.main()
