"""mini_dnsd.py -- a resolver that lies as it is told and passes on the rest, so that tests see what a
tool makes of it."""

import contextlib
import socket
import struct
import threading

import lab
import mini_dns

NXDOMAIN, REFUSED = 3, 5


def question(query):
    """(name, where the question ends); a question has no pointers"""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1").lower())
        at += 1 + query[at]
    return ".".join(labels), at + 5


def with_rcode(query, rcode):
    """The header and question of a query, as an answer without records."""
    end = question(query)[1]
    return query[:2] + struct.pack("!5H", 0x8180 | rcode, 1, 0, 0, 0) + query[12:end]


def with_address(query, address):
    """The same with one A record."""
    empty = with_rcode(query, 0)
    record = struct.pack("!3HIH", 0xC00C, mini_dns.TYPES["A"], 1, 1, 4) + socket.inet_aton(address)
    return empty[:6] + struct.pack("!H", 1) + empty[8:] + record


class Liar:
    """Serves UDP on 198.18.0.1 while in its `with` block; .where is for --resolver.

    refuse: names ending so are REFUSED. rewrite: this address is there where nothing is."""

    def __init__(self, refuse=None, rewrite=None):
        self.refuse, self.rewrite = refuse, rewrite
        with lab.inside():
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((lab.PROBER, 0))
        self.where = "%s:%d" % self.sock.getsockname()
        self._asked = {}  # by number and question: a repetition of a lost one is the same

    def __enter__(self):
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return self

    def __exit__(self, *_):
        with lab.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.sock.getsockname())  # an empty one ends it
        self.thread.join()
        self.sock.close()

    def asked(self):
        """The name of every question so far, once for each that was meant."""
        return list(self._asked.values())

    def _serve(self):
        while True:
            query, asker = self.sock.recvfrom(4096)
            if not query:
                return
            with contextlib.suppress(TimeoutError):  # upstream is silent: so are we
                self.sock.sendto(self._answer(query), asker)

    def _answer(self, query):
        name, end = question(query)
        self._asked[query[:2] + query[12:end]] = name
        if self.refuse and name.endswith(self.refuse):
            return with_rcode(query, REFUSED)
        with lab.inside():
            reply = mini_dns.exchange_udp((lab.RESOLVER, 53), query)
        if self.rewrite and reply[3] & 15 == NXDOMAIN:
            return with_address(query, self.rewrite)
        return reply
