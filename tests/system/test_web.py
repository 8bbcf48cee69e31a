#!/usr/bin/env python3
"""The web role as a process: sandbox, deaths, and crowds of clients; what a request may look like is in
tests/unit/web."""

import contextlib
import errno
import http.client
import itertools
import json
import os
import resource
import select
import signal
import socket
import struct
import time

import harness
import mini_dns

PATIENCE_S = 30
CONNECTIONS = 2000  # web.connections and web.per_address, the defaults
PER_ADDRESS = 64
STORM = 100_000
BATCH = 500
HALF_OPEN = 3000
DESCRIPTORS = 10_000  # that the crowds take here
MEMORY_KB = 96 * 1024  # of 2,000 connections; each has 32 KiB of the library's, mostly not touched
RESET_AT_CLOSE = struct.pack("ii", 1, 0)

daemon = harness.Daemon()


def get(path, headers=None, timeout=PATIENCE_S):
    """(status, headers, body) of a new connection."""
    with contextlib.closing(http.client.HTTPConnection(*daemon.web, timeout=timeout)) as connection:
        connection.request("GET", path, headers=headers or {})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()


def health():
    status, _, body = get("/v1/health")
    assert status == 200, (status, body)
    return json.loads(body)


def web_pid():
    (pid,) = daemon.roles()["web"]
    return pid


def resident_kb(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def sources():
    """Loopback addresses to connect from, each as often as web.per_address allows."""
    for third, fourth in itertools.product(range(1, 250), range(1, 250)):
        for _ in range(PER_ADDRESS):
            yield "127.8.%d.%d" % (third, fourth)


def dial(source):
    sock = socket.socket()
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)  # no port stays in TIME_WAIT
    sock.bind((source, 0))
    error = sock.connect_ex(daemon.web)
    assert error in (0, errno.EINPROGRESS), os.strerror(error)
    return sock


def test_start():
    """web is ready in its whole sandbox and answers"""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(most, DESCRIPTORS),) * 2)
    daemon.start()
    ready = [line for line in daemon.log().splitlines() if "event=role-ready name=web " in line]
    assert len(ready) == 1 and "uid,root,nnp,landlock" in ready[0] and "seccomp" in ready[0], ready
    health()


def test_web_dies():
    """web is killed: DNS goes on, and pages are there again"""
    before = daemon.roles()
    daemon.kill_role("web")
    reply = daemon.dig(mini_dns.reverse("127.0.0.2", harness.ZONE))
    assert reply.rcode == "NOERROR", reply
    harness.wait_until(lambda: daemon.log().count("event=role-ready name=web ") == 2, PATIENCE_S, "web again")
    health()
    after = daemon.roles()
    assert {n: p for n, p in before.items() if n != "web"} == {n: p for n, p in after.items() if n != "web"}


def test_keeper_dies():
    """keeper is killed again and again: what stands in the snapshot is answered all the while"""
    asked = 0
    for _ in range(3):
        harness.wait_until(lambda: "keeper" in daemon.roles(), PATIENCE_S, "keeper")
        ready = daemon.log().count("event=role-ready name=keeper ")
        daemon.kill_role("keeper")
        while daemon.log().count("event=role-ready name=keeper ") == ready:
            health()
            asked += 1
    print("# %d requests without a keeper" % asked)
    assert asked > 10


def test_keeper_hangs():
    """keeper hangs: what needs nothing of it is answered, and the state, which says so"""
    (pid,) = daemon.roles()["keeper"]
    os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(20):
            assert get("/robots.txt")[0] == 200
        assert "keeper-away" in health()["reasons"]
    finally:
        os.kill(pid, signal.SIGCONT)


def honest(connection):
    """One more request on a connection of its own that is kept."""
    connection.request("GET", "/robots.txt")
    reply = connection.getresponse()
    assert reply.status == 200, reply.status
    reply.read()


def test_storm_of_connects():
    """100,000 connections that come and go: bounded memory, and others are served meanwhile"""
    pid, began, most = web_pid(), time.monotonic(), 0
    places = itertools.cycle(sources())
    for done in range(0, STORM, BATCH):
        crowd = [dial(next(places)) for _ in range(BATCH)]
        for sock in crowd:
            sock.close()
        if done % (20 * BATCH) == 0:
            status, _, _ = get("/robots.txt")
            assert status == 200
            most = max(most, resident_kb(pid))
    print("# %.1f s, %d MiB" % (time.monotonic() - began, most // 1024))
    assert web_pid() == pid and most < MEMORY_KB, most
    health()


def test_storm_of_holds():
    """100,000 connections that send half a head and stay: the oldest make room, memory is bounded"""
    pid, began, most = web_pid(), time.monotonic(), 0
    places, held = sources(), []
    for done in range(0, STORM, BATCH):
        crowd = [dial(next(places)) for _ in range(BATCH)]
        poll = select.poll()
        for sock in crowd:
            poll.register(sock, select.POLLOUT)
        poll.poll(1000)
        for sock in crowd:
            with contextlib.suppress(OSError):  # turned away already, or not connected yet
                sock.send(b"GET / HTTP/1.1\r\nHost: x\r\nA: ")
        held += crowd
        while len(held) > 2 * CONNECTIONS:
            held.pop(0).close()
        if done % (10 * BATCH) == 0:
            status, _, _ = get("/robots.txt")
            assert status == 200
            most = max(most, resident_kb(pid))
    for sock in held:
        sock.close()
    print("# %.1f s, %d MiB" % (time.monotonic() - began, most // 1024))
    assert web_pid() == pid and most < MEMORY_KB, most
    health()


def test_slow_loris():
    """3,000 heads that drip: honest clients are answered, new ones and those that stay"""
    places, drips = sources(), []
    with contextlib.ExitStack() as stack:
        stays = stack.enter_context(contextlib.closing(
            http.client.HTTPConnection(*daemon.web, timeout=PATIENCE_S)))
        honest(stays)
        for number in range(HALF_OPEN):
            sock = dial(next(places))
            stack.callback(sock.close)
            drips.append(sock)
            if number % 100 == 0:
                honest(stays)
        slowest = 0
        for _ in range(20):
            for sock in drips:
                with contextlib.suppress(OSError):
                    sock.send(b"G")
            began = time.monotonic()
            status, _, _ = get("/robots.txt")
            honest(stays)
            assert status == 200
            slowest = max(slowest, time.monotonic() - began)
        print("# slowest answer %.3f s" % slowest)
    health()


def test_end():
    """all of it left no error in the log, and the daemon ends well"""
    wrong = [line for line in daemon.log().splitlines() if "role=web" in line and
             "event=http-stop" not in line and "event=descriptors-short" not in line]
    assert not wrong, wrong[:5]
    assert daemon.stop() == 0
    assert "role=web event=http-stop" in daemon.log()


if __name__ == "__main__":
    harness.main()
