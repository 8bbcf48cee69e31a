#!/usr/bin/env python3
"""dnstap read by its real consumers: what was asked and answered, with collectors that come, go and sleep."""

import os
import re
import signal
import socket
import struct
import urllib.request

import base_file
import collector
import harness
import mini_dns
import test_serve
from harness import wait_until

LISTED, NOT = "192.0.2.7", "192.0.2.8"
ALL = ("dns.dnstap_sample=1",)
WITH_CLIENTS = ("dns.dnstap_clients=true",)


def serving(there, *settings):
    """sekimori serve with one worker, and that collector's socket."""
    file = os.path.join(os.path.dirname(there.socket), "base.snap")
    base_file.put(file, base_file.octets(1, [LISTED]))
    return test_serve.serve(file, "--listen", "127.0.0.1:0", "--workers", "1", *(
        word for setting in ("dns.dnstap=" + there.socket, *settings) for word in ("--set", setting)))


def ask(running, query, tcp=False):
    """(query, its answer, our port)"""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
        sock.settimeout(20)
        sock.connect(running.dns)
        port = sock.getsockname()[1]
        sock.sendall(struct.pack("!H", len(query)) + query if tcp else query)
        if not tcp:
            return query, sock.recv(4096), port
        with sock.makefile("rb") as stream:
            return query, stream.read(struct.unpack("!H", stream.read(2))[0]), port


def question(number, address=LISTED):
    """One that can be told from others by its id."""
    return struct.pack("!H", number) + mini_dns.question(mini_dns.reverse(address, harness.ZONE), "A")[2:]


def seen(there):
    """{id: answer} of what a stopped collector has."""
    return {struct.unpack("!H", query.wire[:2])[0]: answer.wire for query, answer in there.pairs()}


def test_octets():
    """each query and its answer, by UDP and TCP, octet by octet, with who asked"""
    there = collector.Collector(test_serve.scratch())
    with there:
        with serving(there, *ALL, *WITH_CLIENTS) as running:
            running.await_log("event=dnstap-begins")
            asked = [ask(running, question(number, address), tcp) + (tcp,) for number, (address, tcp) in enumerate(
                (address, tcp) for tcp in (False, True) for address in (LISTED, NOT, LISTED))]
            odd = question(100).replace(b"bl", b"Bl"), mini_dns.question("elsewhere.example", "TXT")
            asked += [ask(running, query) + (False,) for query in odd]
        there.await_end()
    found = {(query.wire, answer.wire, query.peer, query.protocol) for query, answer in there.pairs()}
    want = {(query, answer, "127.0.0.1:%d" % port, "TCP" if tcp else "UDP") for query, answer, port, tcp in asked}
    assert found == want, (found - want, want - found)
    assert running.process.returncode == 0
    assert re.search(r"event=dnstap-ends why=\"xfer stops\" written=%d dropped=0" % len(want), running.log())


def test_one_of_so_many():
    """one answer in ten is shown, and by default without who asked"""
    there = collector.Collector(test_serve.scratch())
    with there:
        with serving(there, "dns.dnstap_sample=10") as running:
            running.await_log("event=dnstap-begins")
            for number in range(205):
                ask(running, question(number))
        there.await_end()
    assert sorted(seen(there)) == list(range(9, 205, 10))
    assert all("?" in message.peer for message in there.messages())


def test_comes_and_goes():
    """the collector is absent, comes, xfer is killed, the collector is killed and comes back: all is shown then"""
    there = collector.Collector(test_serve.scratch())
    with serving(there, *ALL) as running:
        running.await_log("event=ready")
        running.await_log("event=dnstap-absent socket=" + there.socket)
        ask(running, question(1))  # which waits
        with there:
            running.await_log("event=dnstap-begins")
            ask(running, question(2))
            there.await_frames(4)
            os.kill(running.pids("xfer")[0], signal.SIGKILL)
            running.await_log("event=dnstap-begins", 2)
            ask(running, question(3))
            ask(running, question(4), True)
            there.await_frames(8)
        assert sorted(seen(there)) == [1, 2, 3, 4]
        running.await_log("event=dnstap-ends")
        with there:
            running.await_log("event=dnstap-begins", 3)
            there.stop(signal.SIGKILL)
        running.await_log("event=dnstap-ends", 2)
        ask(running, question(5))
        with there:
            running.await_log("event=dnstap-begins", 4)
            ask(running, question(6))
            assert running.stop() == 0
            there.await_end()
    assert sorted(seen(there)) == [5, 6]


def counted(daemon):
    """{written, dropped: number}"""
    with urllib.request.urlopen("http://%s:%d/metrics" % daemon.web, timeout=10) as answer:
        text = answer.read().decode()
    return {key: int(number) for key, number in
            re.findall(r'^sekimori_dns_dnstap_total{is="(\w+)"} (\d+)$', text, re.M)}


def test_slow():
    """a collector that sleeps costs no answer: what finds no room is dropped, and each one is counted as what it was"""
    many, stuck = 4000, collector.Stuck(os.path.join(test_serve.scratch(), "dnstap"))
    with harness.Daemon('\ndns {\n\tdnstap = "%s"\n\tdnstap_sample = 1\n\trate = 0\n}\n' % stuck.path) as daemon:
        stuck.accept()
        wait_until(lambda: "event=dnstap-begins" in daemon.log(), 30, "frames")
        before = sum(counted(daemon).values())
        for number in range(many):
            mini_dns.exchange_udp(daemon.dns, question(number), 20)
        wait_until(lambda: counted(daemon)["dropped"] > 0, 30, "something that is dropped")
        stuck.close()
        wait_until(lambda: sum(counted(daemon).values()) >= before + many - 128 * 2, 30, "an end of every answer")
        now = counted(daemon)
    print("# %d of %d dropped" % (now["dropped"], many))
    assert 0 < now["written"] < many and sum(now.values()) <= before + many, now


if __name__ == "__main__":
    harness.main()
