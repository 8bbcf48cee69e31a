#!/usr/bin/env python3
"""Who asks too much, who may ask, and cookies: the real workers, the counters of all of them."""

import re
import select
import socket
import struct
import urllib.request

import amplification
import harness
import mini_dns

RATE = 50  # dns.rate here; the burst is five seconds' worth
FLOOD = 3000
ENTRY = "2.0.0.127." + harness.ZONE
COOKIE = 10
SO_RCVBUFFORCE = 33
ROOM = 8 << 20  # for all answers at once: none may be lost on our side, whenever we are woken
CLIENT = b"clientco"

daemon = harness.Daemon("\ndns {\n\trate = %d\n\tworkers = 2\n}\n" % RATE)


def with_cookie(cookie, name=ENTRY):
    query = mini_dns.question(name, "A")
    option = struct.pack("!2H", COOKIE, len(cookie)) + cookie
    return query[:-2] + struct.pack("!H", len(option)) + option


def cookie_of(wire):
    """The cookie at the end of an answer."""
    assert wire[-28:-24] == struct.pack("!2H", COOKIE, 24), wire.hex()
    return wire[-24:]


def extended(wire):
    """The rcode with the upper bits of the OPT record, which is the last one."""
    reply = mini_dns.parse(wire)
    opt = reply.additional[-1]
    assert opt.type == "OPT"
    return opt.ttl >> 24 << 4 | wire[3] & 15


def metrics():
    """{name and labels: number} of DNS."""
    with urllib.request.urlopen("http://%s:%d/metrics" % daemon.web, timeout=10) as answer:
        text = answer.read().decode()
    return {key: int(value) for key, value in re.findall(r"^(sekimori_dns_\S+) (\d+)$", text, re.M)}


def limited():
    """Queries that were not answered, so far."""
    return sum(number for key, number in metrics().items() if key.startswith("sekimori_dns_limited_total"))


def flood(queries):
    """Sends all of them as fast as they are taken. Returns the answers, once each has one or was not given one."""
    answers, asked, before, sent = [], {}, limited(), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        def drain():
            while select.select([sock], [], [], 0)[0]:
                answers.append(sock.recv(2048))
                amplification.check(asked[answers[-1][:2]], len(answers[-1]))
            return answers

        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        sock.connect(daemon.dns)
        for query in queries:
            asked[query[:2]] = len(query)
            sock.send(query)
            sent += 1
            drain()
        harness.wait_until(lambda: len(drain()) + limited() - before == sent, 10, "an end of every query")
    return answers


def test_counters():
    """each query is counted, by transport and by what became of it"""
    daemon.start()
    harness.wait_until(lambda: daemon.dig(ENTRY).rcode == "NOERROR", 10, "an answer from the list")
    before = metrics()
    for _ in range(3):
        assert daemon.dig(ENTRY).rcode == "NOERROR"
    assert daemon.dig("1." + ENTRY).rcode == "NXDOMAIN"
    assert daemon.dig("elsewhere.example").rcode == "REFUSED"
    assert daemon.dig(ENTRY, tcp=True).rcode == "NOERROR"
    after = metrics()
    grown = {key: after[key] - before[key] for key in after if after[key] != before[key]}
    assert grown == {
        'sekimori_dns_queries_total{transport="udp"}': 5, 'sekimori_dns_queries_total{transport="tcp"}': 1,
        'sekimori_dns_answers_total{transport="udp",rcode="noerror"}': 3,
        'sekimori_dns_answers_total{transport="tcp",rcode="noerror"}': 1,
        'sekimori_dns_answers_total{transport="udp",rcode="nxdomain"}': 1,
        'sekimori_dns_answers_total{transport="udp",rcode="refused"}': 1}, grown


def test_cookie():
    """a client's cookie is answered with the server's, which comes back as it is"""
    first = cookie_of(mini_dns.exchange_udp(daemon.dns, with_cookie(CLIENT)))
    assert first[:8] == CLIENT and first[8] == 1
    assert cookie_of(mini_dns.exchange_udp(daemon.dns, with_cookie(first))) == first
    assert metrics()['sekimori_dns_cookies_total{transport="udp",is="valid"}'] == 1


def test_limit():
    """a flood from one prefix: the burst is answered, of the rest a part as TC, the others not at all"""
    answers = flood(mini_dns.question(ENTRY, "A") for _ in range(FLOOD))
    truncated = sum(mini_dns.parse(wire).tc for wire in answers)
    print("# %d asked, %d answered, %d of them truncated" % (FLOOD, len(answers), truncated))
    assert FLOOD / 4 < truncated < FLOOD / 2, truncated
    assert len(answers) - truncated < FLOOD / 2


def test_way_out():
    """within the flood: TCP is answered, and who has a client cookie learns the server's and is answered then"""
    flood(mini_dns.question(ENTRY, "A") for _ in range(FLOOD))
    assert daemon.dig(ENTRY, tcp=True).rcode == "NOERROR"
    answers = flood(with_cookie(CLIENT) for _ in range(100))
    bad = [wire for wire in answers if extended(wire) == 23]
    assert bad, "no BADCOOKIE among %d" % len(answers)
    for _ in range(50):
        wire = mini_dns.exchange_udp(daemon.dns, with_cookie(cookie_of(bad[0])))
        assert wire[3] & 15 == 0 and not mini_dns.parse(wire).tc


def test_who_may_ask():
    """where dns.allow does not have the asker: REFUSED, with the extended error, by UDP and TCP"""
    assert daemon.stop() == 0
    with harness.Daemon('\ndns {\n\tallow = {"203.0.113.0/24"}\n}\n') as other:
        harness.wait_until(lambda: other.dig(ENTRY).rcode == "REFUSED", 10, "REFUSED")
        wire = mini_dns.exchange_udp(other.dns, mini_dns.question(ENTRY, "A"))
        assert wire.endswith(struct.pack("!3H", 15, 2, 18)), wire.hex()


if __name__ == "__main__":
    harness.main()
