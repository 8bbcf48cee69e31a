"""dns_load.py -- asks a name server over UDP without pause, and counts what came of it."""

import contextlib
import select
import socket
import struct
import threading
import time

import amplification
import mini_dns

SOCKETS = 4
WINDOW = 16  # queries out at once on each


class Load(threading.Thread):
    """Runs for as long as the `with`; after it the counts are final.

    expect: {name: rcode}, asked for A in turn; "wrong" counts other answers. A query without an answer is
    sent again after wait_s, up to `tries` times in all, then "lost". "stray" is what nobody waits for."""

    def __init__(self, server, expect, tries=1, wait_s=20):
        super().__init__(daemon=True)
        self.server, self.tries, self.wait_s = server, tries, wait_s
        self.queries = [(mini_dns.question(name, "A")[2:], rcode) for name, rcode in expect.items()]
        self.asked = self.answered = self.again = self.lost = self.wrong = self.stray = 0
        self.ending = False
        self.sockets = [self._socket(number) for number in range(SOCKETS)]
        self.out = {sock: {} for sock in self.sockets}  # {id: [query, rcode, sent at, tries]}

    def _socket(self, number):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.bind(("127.0.%d.1" % (number + 1), 0))
        sock.connect(self.server)
        return sock

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.join()
        for sock in self.sockets:
            sock.close()

    def __str__(self):
        return "%d asked, %d answered, %d again, %d lost, %d wrong, %d stray" % (
            self.asked, self.answered, self.again, self.lost, self.wrong, self.stray)

    def _send(self, sock, number, slot):
        slot[2] = time.monotonic()
        slot[3] += 1
        with contextlib.suppress(OSError):  # refused by a port that nobody holds just now: as if lost
            sock.send(struct.pack("!H", number) + slot[0])

    def _fill(self, sock):
        while len(self.out[sock]) < WINDOW:
            query, rcode = self.queries[self.asked % len(self.queries)]
            number = self.asked & 0xFFFF
            self.asked += 1
            self.out[sock][number] = slot = [query, rcode, 0, 0]
            self._send(sock, number, slot)

    def _hear(self, sock):
        while True:
            try:
                wire = sock.recv(4096)
            except OSError:
                return
            slot = self.out[sock].pop(struct.unpack_from("!H", wire)[0], None)
            if slot is None:
                self.stray += 1
                continue
            self.answered += 1
            amplification.check(2 + len(slot[0]), len(wire))
            self.wrong += mini_dns.RCODES.get(wire[3] & 15) != slot[1]

    def _sweep(self):
        now = time.monotonic()
        for sock, out in self.out.items():
            for number, slot in list(out.items()):
                if now - slot[2] < self.wait_s:
                    continue
                if slot[3] < self.tries:
                    self.again += 1
                    self._send(sock, number, slot)
                else:
                    self.lost += 1
                    del out[number]

    def run(self):
        poll, by_number = select.poll(), {sock.fileno(): sock for sock in self.sockets}
        for sock in self.sockets:
            poll.register(sock, select.POLLIN)
        swept = time.monotonic()
        while not self.ending or any(self.out.values()):
            for sock in self.sockets if not self.ending else ():
                self._fill(sock)
            for number, _ in poll.poll(50):
                self._hear(by_number[number])
            if time.monotonic() - swept > 0.05:
                self._sweep()
                swept = time.monotonic()
