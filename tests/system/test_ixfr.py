#!/usr/bin/env python3
"""Changes at real secondaries: NSD, Knot and BIND have each by a signed NOTIFY and an IXFR."""

import contextlib
import time

import ask
import control
import harness
import lab
import mini_dns
import peers
from peers import Peer

PRIMARY = lab.LIST_SERVER
OUT = "out." + harness.ZONE
ZONES = (harness.ZONE, OUT)
SERVERS = {"nsd": "dns-nsd", "knot": "dns-knot", "bind": "dns-bind"}
FAR_AWAY = 1000  # serials
RELAY = lab.SERVERS["open-postfix"]
OTHER = lab.SERVERS["sender-relay"]
REASON = ("--reason", "a system test")

keys = peers.Keys()
daemon = harness.Daemon(peers.settings(keys, out=True), web=False)


def answers(server, name, wanted):
    return [r.data for r in peers.dig((server, 53), name).answer] == wanted


def settle():
    """Waits until all have the last serial. NSD fetches a zone whole when two differences come within the second
    that it takes to load one ("update failed, restarting transfer")."""
    for name in SERVERS.values():
        for zone in ZONES:
            Peer(name).wait_serial(peers.serial((PRIMARY, 53)), 30, zone)


class Seen:
    """What our log says of transfers from here on."""

    def __init__(self):
        self.start = len(daemon.log())

    def of(self, name, zone=harness.ZONE):
        """The transfers of a zone to that secondary: a list of what each was, and the serials it led from."""
        found = peers.transfers(daemon.log()[self.start:])
        return [t for t in found if t["client"] == Peer(name).address and t["zone"].rstrip(".") == zone]

    def differences(self):
        """Both zones came to each secondary as differences, signed, and as nothing else."""
        settle()
        for name in SERVERS.values():
            for zone in ZONES:
                came = self.of(name, zone)
                assert came and {t["what"] for t in came} == {"ixfr"}, (name, came)
                assert {t["key"].rstrip(".") for t in came} == {peers.KEY_NAME}, (name, came)


def same_everywhere():
    """Each zone of each server is the one that we transfer and export, octet by octet, at one serial."""
    settle()
    for zone in ZONES:
        ours = peers.axfr(PRIMARY, zone, keys.line)
        assert ours == peers.exported(daemon, zone), ours
        for name in SERVERS.values():
            theirs = peers.axfr(Peer(name).address, zone, keys.line)
            assert theirs == ours, (name, theirs, ours)


def arrive(what, name, wanted):
    """Waits until we and all secondaries answer that, and prints how long after us, as far as a look every 20 ms can
    tell, and after the command (of a listing: with the whole test of the relay) each of them does."""
    asked = time.monotonic()
    harness.wait_until(lambda: answers(PRIMARY, name, wanted), 60, "%s: our own answer" % what)
    began, late = time.monotonic(), dict(SERVERS)

    def look():
        for server, where in list(late.items()):
            if answers(Peer(where).address, name, wanted):
                del late[server]
                now = time.monotonic()
                print("# %s at %s: %.2f s after us, %.2f s after the command" % (what, server, now - began, now - asked))
        return not late

    harness.wait_until(look, 30, "%s at %s" % (what, list(late)))


def change(what, name, wanted, *command):
    """A command of the operator, which reaches everybody by IXFR."""
    settle()
    seen = Seen()
    run = ask.stream(daemon, *command)  # beside it, since it ends after the change has arrived
    arrive(what, name, wanted)
    assert run.end().exit == 0, command
    seen.differences()
    same_everywhere()


def reverse(address):
    return mini_dns.reverse(address, harness.ZONE)


def test_first():
    """each has both zones, with the block and key that `zone secondary` prints"""
    lab.up_more(SERVERS.values())
    daemon.start()
    for server, name in SERVERS.items():
        Peer(name).load(peers.block(daemon, server, "--readers", "198.18.0.0/15"))
    same_everywhere()


def test_listing_and_removal():
    """a listing, and a removal, is at NSD, Knot and BIND by NOTIFY and IXFR"""
    seen = Seen()
    run = ask.follow(daemon, RELAY.ipv4, "--depth", "full")
    arrive("a listing", reverse(RELAY.ipv4), ["127.0.0.2"])
    assert run.end(90).exit == 1
    seen.differences()
    same_everywhere()
    change("a removal", reverse(RELAY.ipv4), [], "remove", RELAY.ipv4, *REASON)


# --- ranges ---

NET4 = RELAY.ipv4.rsplit(".", 1)[0] + ".0/24"
NET6 = "fd00:18::/64"
IN4, OUT4 = "198.18.1.250", "198.18.2.250"
IN6, OUT6 = "fd00:18::9:9:9", "fd00:18:0:1::9"
TYPES = ("A", "TXT", "AAAA", "SOA", "NS", "MX", "65280")


def names_above(name):
    """The name and what is above it, down to the zone."""
    labels = name.removesuffix("." + harness.ZONE).split(".")
    return [".".join(labels[i:] + [harness.ZONE]) for i in range(len(labels) + 1)]


def names_at(address, network):
    """All names on the way to an address and some below it, and the wildcard that may cover it."""
    name = reverse(address)
    above = names_above(name)
    star = "*." + above[1 if ":" not in network else 16]
    return [*above, "x." + name, "a.b." + name, "*." + name, star, "x." + star, "*." + star]


def said(reply, qtype):
    """What an answer says. Beside records some servers say who has the zone (RFC 1034 4.3.2), others do not; to
    who asked for an SOA that is not there BIND says that this must not be kept (its zero-no-soa-ttl)."""
    negative = [] if reply.answer else [r for r in reply.authority if r.type == "SOA"]
    if qtype == "SOA":
        negative = [r._replace(ttl=0) for r in negative]
    beside = {r.type for r in reply.authority} - {"SOA"}
    assert beside <= ({"NS"} if reply.answer else set()), reply
    return reply.rcode, reply.aa, sorted(reply.answer), negative


def alike(*places):
    """The four servers answer alike for all names at those places, whatever is asked for."""
    names = sorted({name for place in places for name in names_at(*place)}, key=len)
    asked = [(name, qtype) for name in names for qtype in TYPES]
    for where in SERVERS.values():
        for name, qtype in asked:
            ours = said(peers.dig((PRIMARY, 53), name, qtype), qtype)
            theirs = said(Peer(where).dig(name, qtype), qtype)
            assert ours == theirs, (where, name, qtype, ours, theirs)
        for name in names:  # minimal answers differ (RFC 8482)
            ours, theirs = peers.dig((PRIMARY, 53), name, "ANY"), Peer(where).dig(name, "ANY")
            assert (ours.rcode, ours.aa, bool(ours.answer)) == (theirs.rcode, theirs.aa, bool(theirs.answer)), (
                where, name, ours, theirs)
    print("# %d questions, the same answers" % (len(asked) + len(names)))


ALL4 = [(address, NET4) for address in (RELAY.ipv4, OTHER.ipv4, IN4, OUT4, "127.0.0.2", "127.0.0.1")]
ALL6 = [(address, NET6) for address in (OTHER.ipv6, IN6, OUT6, "::ffff:127.0.0.2")]


def test_range4():
    """a /24 that begins, has an exception, has none, and ends: by IXFR, and answered alike by all, name by name"""
    assert ask.follow(daemon, OTHER.ipv4, "--depth", "full").end(90).exit == 1
    arrive("a listing", reverse(OTHER.ipv4), ["127.0.0.2"])
    alike(*ALL4)
    change("a range", reverse(IN4), ["127.0.0.2"], "widen", NET4, *REASON)
    alike(*ALL4)
    change("an exception", reverse(IN4), [], "except", IN4, *REASON)
    alike(*ALL4)
    change("its end", reverse(IN4), ["127.0.0.2"], "except", IN4, "--end", *REASON)
    alike(*ALL4)
    change("the end of the range", reverse(IN4), [], "narrow", NET4, *REASON)
    alike(*ALL4)


def test_range6():
    """the same of a /64, whose names are of up to 32 labels"""
    assert ask.follow(daemon, OTHER.ipv6, "--depth", "full").end(90).exit == 1
    change("a range", reverse(IN6), ["127.0.0.2"], "widen", NET6, *REASON)
    alike(*ALL6)
    change("an exception", reverse(IN6), [], "except", IN6, *REASON)
    alike(*ALL6)
    change("its end", reverse(IN6), ["127.0.0.2"], "except", IN6, "--end", *REASON)
    change("the end of the range", reverse(IN6), [], "narrow", NET6, *REASON)
    alike(*ALL6)


# --- away ---

def commits(count):
    """That many serials: an address of a listed range is excepted, and not, in turns."""
    for i in range(count):
        done = control.ask(daemon, "except", target=IN4, reason="a system test", end=bool(i % 2))
        assert done.exit == 0, done


def test_away():
    """who was away for 1,000 serials catches up by one IXFR"""
    settle()
    with contextlib.ExitStack() as away:
        for name in SERVERS.values():
            away.enter_context(Peer(name).away(PRIMARY))
        before = peers.serial((PRIMARY, 53))
        assert ask.ask(daemon, "widen", NET4, *REASON).exit == 0
        commits(FAR_AWAY)
        harness.wait_until(lambda: peers.serial((PRIMARY, 53)) - before > FAR_AWAY, 10, "1,000 serials")
        for name in SERVERS.values():
            assert Peer(name).serial() == before, name
        seen = Seen()
    seen.differences()
    for name in SERVERS.values():
        for zone in ZONES:
            came, = seen.of(name, zone)
            assert int(came["from"]) == before and int(came["serial"]) - before > FAR_AWAY, came
        print("# %s: %s records, %s octets" % (name, seen.of(name)[0]["records"], seen.of(name)[0]["octets"]))
    same_everywhere()


harness.main()
