"""dns_change.py -- takes entries out of a running list, through its keeper, and sees when DNS says so."""

import contextlib
import json
import os
import select
import socket
import statistics
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import control  # pylint: disable=wrong-import-position
import mini_dns  # pylint: disable=wrong-import-position

CONNECTIONS = 16
AT_ONCE = 16  # what the keeper takes of one connection
PATIENCE_S = 60  # with what is not acknowledged or not in DNS at the end


def entry(number, of):
    """As dns_entries.h has it."""
    width = 0xD0000000 // of
    mixed = (number + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    return ".".join(map(str, struct.pack("!I", 0x0B000000 + number * width + (mixed >> 32) % width)))


class Changes(threading.Thread):
    """So many removals a second, for as long as the `with`; of each `every`-th one the time from its
    acknowledgement, which comes after the commit, to DNS without the entry, in ms: .delays"""

    def __init__(self, control_path, dns, entries, rate, every):
        super().__init__(daemon=True)
        self.entries, self.rate, self.every = entries, rate, every
        self.made = self.refused = 0
        self.delays = []
        self.ending = False
        self.lines = [self._connect(control_path) for _ in range(CONNECTIONS)]
        self.out = {line: {} for line in self.lines}  # {id: address}
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setblocking(False)
        self.udp.connect(dns)
        self.waiting = {}  # {id of a query: (acknowledged at, query)}

    @staticmethod
    def _connect(path):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.connect(path)
        line.setblocking(False)
        return line

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.join()
        for sock in (*self.lines, self.udp):
            sock.close()

    def _remove(self, line, number):
        address = entry(number * 7919 % self.entries, self.entries)
        text = json.dumps({"verb": "remove", "target": address, "reason": "measured"}).encode()
        line.send(control.frame(control.CTL, number, text))
        line.send(control.frame(control.CTL_GO, number))
        self.out[line][number] = address

    def _send_due(self, sent, due):
        for line in self.lines:
            while sent < due and len(self.out[line]) < AT_ONCE:
                sent += 1
                self._remove(line, sent + Changes.base)
        return sent

    def _hear(self, line):
        with contextlib.suppress(BlockingIOError):
            while True:
                packet = line.recv(65536)
                if struct.unpack_from(">H", packet)[0] != control.CTL_DONE:
                    continue
                address = self.out[line].pop(struct.unpack_from(">Q", packet, 8)[0])
                if json.loads(packet[20:])["exit"] != 0:
                    self.refused += 1
                    continue
                self.made += 1
                if self.made % self.every == 0:
                    query = mini_dns.question(mini_dns.reverse(address, "bl.example"), "A")
                    self.waiting[query[:2]] = time.monotonic(), query
                    self.udp.send(query)

    def _hear_dns(self):
        with contextlib.suppress(OSError):
            while True:
                wire = self.udp.recv(4096)
                if wire[:2] not in self.waiting:
                    continue
                began, query = self.waiting[wire[:2]]
                if wire[3] & 15 == 3:
                    self.delays.append((time.monotonic() - began) * 1e3)
                    del self.waiting[wire[:2]]
                else:
                    self.udp.send(query)

    def _unfinished(self):
        return sum(map(len, self.out.values())) + len(self.waiting)

    def run(self):
        poll, began, sent = select.poll(), time.monotonic(), 0
        asked_again = began
        for sock in (*self.lines, self.udp):
            poll.register(sock, select.POLLIN)
        while not self.ending or self._unfinished():
            now = time.monotonic()
            if not self.ending:
                end_by = now + PATIENCE_S
                self.took_s = now - began
                sent = self._send_due(sent, int(self.took_s * self.rate))
            poll.poll(1)
            for line in self.lines:
                self._hear(line)
            self._hear_dns()
            if now > asked_again + 0.5:  # its own questions may be lost, too
                asked_again = now
                for _, query in self.waiting.values():
                    self.udp.send(query)
            if now > end_by:
                break
        Changes.base += sent

    base = 0  # removals of earlier ones: nothing is removed twice

    def __str__(self):
        if not self.delays:
            return "no change was seen, %d refused, %d not done" % (self.refused, self._unfinished())
        ranked = sorted(self.delays)
        return "%d changes, %.0f a second%s%s; commit to DNS: median %.1f ms, 99%% %.1f ms, slowest %.1f ms" % (
            self.made, self.made / self.took_s, ", %d refused" % self.refused if self.refused else "",
            ", %d NOT DONE %d s later" % (self._unfinished(), PATIENCE_S) if self._unfinished() else "",
            statistics.median(ranked), ranked[int(len(ranked) * 0.99)], ranked[-1])
