#!/usr/bin/env python3
"""Hostile octets at the mailbox and at the DNS sockets: bounded answers, and everything still works after."""

import contextlib
import random
import select
import socket
import struct
import time

import ask
import harness
import lab
import mini_dns
import mini_smtp

OPEN = lab.SERVERS["open-postfix"].ipv4
SEED = random.SystemRandom().randrange(1 << 32)
STRANGERS = 300
PER_ADDRESS = 20  # receive.per_address, the default
LIMIT_S = 20

daemon = harness.Daemon("\ndns {\n\trate = 0\n}\n")  # floods from here are the point


def mailbox():
    return mini_smtp.Client(lab.connect(lab.RECEIVER, 25, timeout=LIMIT_S))


def test_start():
    """one relay is listed, its mails arrive"""
    daemon.start()
    assert ask.follow(daemon, OPEN).end().exit == 1


# what follows DATA, each hiding a second mail; the reply is to close, not to read on
SMUGGLED = [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\n\n.\r\n", b"\r\r\n.\r\r\n"]
HIDDEN = b"MAIL FROM:<evil@open.example>\r\nRCPT TO:<postmaster@probe.example>\r\nDATA\r\nevil\r\n.\r\n"


def closing_reply(smtp):
    """Every reply until the end of the connection."""
    codes = []
    with contextlib.suppress(ConnectionError):
        while True:
            code, _ = smtp.reply()
            if code == 0:
                break
            codes.append(code)
    return codes


def test_smuggling():
    """no end of data but CRLF.CRLF: each other form ends the session with 521, nothing hidden is read"""
    for form in SMUGGLED:
        with mailbox() as smtp:
            smtp.reply()
            for line in ("EHLO mail.open.example", "MAIL FROM:<a@open.example>",
                         "RCPT TO:<postmaster@probe.example>"):
                assert smtp.say(line)[0] == 250, line
            assert smtp.say("DATA")[0] == 354
            smtp.sock.sendall(b"Subject: x\r\n\r\nbody" + form + HIDDEN)
            assert closing_reply(smtp) == [521], form
    assert "from=evil@open.example" not in daemon.log()


def test_smuggling_commands():
    """a bare CR or LF within commands ends the session too"""
    for line in (b"EHLO x\nMAIL FROM:<>\r\n", b"EHLO x\rNOOP\r\n", b"NOOP\0\nNOOP\r\n"):
        with mailbox() as smtp:
            smtp.reply()
            smtp.sock.sendall(line)
            codes = closing_reply(smtp)
            assert codes and codes[-1] == 521 and 250 not in codes, (line, codes)


def test_long_lines():
    """ten megabytes in one line, as a command and within a mail: refused before they are all read"""
    flood = b"x" * (10 << 20)
    for opening in ([], ["EHLO x.example", "MAIL FROM:<>", "RCPT TO:<postmaster@probe.example>", "DATA"]):
        with mailbox() as smtp:
            smtp.reply()
            for line in opening:
                assert smtp.say(line)[0] in (250, 354), line
            with contextlib.suppress(ConnectionError):  # it may hang up in the middle
                smtp.sock.sendall(flood)
            codes = closing_reply(smtp)
            assert all(code >= 400 for code in codes), codes


def test_no_relay():
    """the mailbox itself relays for nobody"""
    for recipient in ("victim@open.example", "victim@[198.18.1.10]", "victim%open.example@probe.example",
                      "@probe.example:victim@open.example", "a@probe.example@open.example"):
        step, code, text = mini_smtp.send(lab.connect(lab.RECEIVER, 25), "a@b.example", recipient)
        assert step == "rcpt" and 500 <= code < 600, (recipient, step, code, text)


def test_many_connections():
    """300 connections from one address: those over the bound are turned away, others get in at once"""
    socks = []
    for _ in range(STRANGERS):
        with contextlib.suppress(OSError):
            socks.append(lab.connect(lab.RECEIVER, 25, source=lab.PROBER, timeout=LIMIT_S))
    greeted = 0
    for sock in socks:
        with contextlib.suppress(OSError):
            greeted += sock.recv(4) == b"220 "
    assert 1 <= greeted <= PER_ADDRESS, greeted
    with mini_smtp.Client(lab.connect(lab.RECEIVER, 25, source=lab.LIST_SERVER)) as smtp:
        assert smtp.reply()[0] == 220, "another address is kept out"
    for sock in socks:
        sock.close()


def test_slow_client():
    """one octet at a time holds up nobody: a probe of a relay is done meanwhile"""
    with mailbox() as slow:
        slow.reply()
        slow.sock.sendall(b"EHLO ")
        run = ask.follow(daemon, OPEN)
        sent = 0
        while run.process.poll() is None:
            slow.sock.sendall(b"x")
            sent += 1
            assert not select.select([slow.sock], [], [], 0.02)[0], "an answer to half a command"
        assert run.end().exit == 1 and sent > 1
        assert slow.say(".example")[0] == 250, "a slow client is a client"


def garbage(rng):
    """A datagram: noise, or a query with some octets changed, cut or added."""
    if rng.random() < 0.3:
        return rng.randbytes(rng.randrange(0, 600))
    wire = bytearray(mini_dns.question(mini_dns.reverse(OPEN, harness.ZONE), "A"))
    for _ in range(rng.randrange(1, 6)):
        wire[rng.randrange(len(wire))] = rng.randrange(256)
    return bytes(wire[:rng.randrange(len(wire) + 1)]) + rng.randbytes(rng.randrange(0, 3) * 8)


def test_datagrams():
    """20,000 datagrams of garbage: no answer is longer than 1,232 octets, real queries are answered"""
    print("# seed %d" % SEED)
    rng = random.Random(SEED)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(daemon.dns)
        sock.setblocking(False)
        for number in range(20000):
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                sock.send(garbage(rng))
            with contextlib.suppress(BlockingIOError):
                reply = sock.recv(65535)
                assert 12 <= len(reply) <= 1232 and reply[2] & 0x80, (SEED, number, reply)
            if number % 500 == 0:
                daemon.wait_listed(OPEN, ["127.0.0.2"], 5)
    daemon.wait_listed(OPEN, ["127.0.0.2"], 5)


def test_no_answer_to_answers():
    """a response is never answered, so two servers cannot be made to talk for ever"""
    wire = mini_dns.question(harness.ZONE, "SOA", flags=0x8180)
    with contextlib.suppress(TimeoutError):
        raise AssertionError(mini_dns.exchange_udp(daemon.dns, wire, timeout=0.3))


def tcp_once(octets):
    """Sends octets, ends sending, reads what comes until the end."""
    with socket.create_connection(daemon.dns, timeout=LIMIT_S) as sock:
        with contextlib.suppress(OSError):
            sock.sendall(octets)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65535):
                pass


def test_tcp_framing():
    """lengths that lie, zero lengths, half messages and noise over TCP: the connection ends, no more"""
    rng = random.Random(SEED)
    query = mini_dns.question(harness.ZONE, "SOA")
    whole = struct.pack("!H", len(query)) + query
    for octets in (b"", b"\0", b"\0\0", b"\0\0" * 1000, b"\xff\xff" + query, b"\0\x01x", whole[:-1],
                   whole * 300, whole + b"\xff", struct.pack("!H", 11) + query[:11],
                   *(rng.randbytes(rng.randrange(1, 3000)) for _ in range(200))):
        tcp_once(octets)
    assert daemon.dig(harness.ZONE, "SOA", tcp=True).rcode == "NOERROR"


def test_tcp_connections():
    """300 idle TCP connections from one address do not keep another address out"""
    idle = []
    for _ in range(STRANGERS):
        with contextlib.suppress(OSError):
            idle.append(socket.create_connection(daemon.dns, timeout=1))
    with lab.inside():  # the other pair of sockets, from another address
        reply = mini_dns.dig((lab.LIST_SERVER, 53), harness.ZONE, "SOA", tcp=True)
    assert reply.rcode == "NOERROR", reply
    daemon.wait_listed(OPEN, ["127.0.0.2"])
    for sock in idle:
        sock.close()
    harness.wait_until(tcp_answers, 5, "TCP from here again")


def tcp_answers():
    with contextlib.suppress(OSError):
        return daemon.dig(harness.ZONE, "SOA", tcp=True).rcode == "NOERROR"
    return False


def test_after():
    """after all of that the main job works as before, and no role died or was restarted"""
    began = time.monotonic()
    assert ask.follow(daemon, OPEN).end().exit == 1
    assert ask.ask(daemon, "remove", OPEN, "--reason", "a system test").exit == 0
    daemon.wait_listed(OPEN, [])
    assert time.monotonic() - began < LIMIT_S
    assert daemon.stop() == 0
    for word in ("role-died", "role-broken", "bad-message"):
        assert "event=" + word not in daemon.log(), word


harness.main()
