"""tamper.py -- a resolver that passes everything on to the laboratory's, but what a test falsifies."""

import contextlib
import socket
import struct
import threading

import lab
import mini_dns

RCODES = {name: number for number, name in mini_dns.RCODES.items()}


def _rdata(rtype, data):
    if rtype in ("PTR", "NS", "CNAME"):
        return mini_dns.encode_name(data)
    if rtype == "MX":
        pref, host = data.split()
        return struct.pack("!H", int(pref)) + mini_dns.encode_name(host)
    if rtype == "A":
        return socket.inet_aton(data)
    raise ValueError(rtype)


class Resolver:
    """Answers UDP on the loopback of the outer namespace, at .port.

    false maps (name, type) to an rcode in words, or a list of (type, data); a name alone stands for
    all types, "*.domain" for every name below."""

    def __init__(self):
        self.false = {}
        with lab.inside():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self):
        """Nobody is there any more."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, client = self._socket.recvfrom(4096)
                if not query:  # stopped
                    return
                # each in a thread: one that waits long holds up nobody
                threading.Thread(target=self._answer, args=(query, client), daemon=True).start()

    def _find(self, name, qtype):
        above = "*." + name.split(".", 1)[-1]
        for key in ((name, qtype), name, (above, qtype), above):
            if key in self.false:
                return self.false[key]
        return None

    def _answer(self, query, client):
        name, at = mini_dns.read_name(query, 12)
        number = struct.unpack_from("!H", query, at)[0]
        found = self._find(name.rstrip(".").lower(), mini_dns.TYPE_NAMES.get(number, str(number)))
        with contextlib.suppress(OSError):
            self._socket.sendto(self._pass_on(query) if found is None
                                else self._reply(query, at + 4, found), client)

    @staticmethod
    def _pass_on(query):
        with lab.inside():
            return mini_dns.exchange_udp((lab.RESOLVER, 53), query, timeout=10)

    @staticmethod
    def _reply(query, end, found):
        rcode, records = (RCODES[found], []) if isinstance(found, str) else (0, found)
        wire = query[:2] + struct.pack("!5H", 0x8180 | rcode, 1, len(records), 0, 0) + query[12:end]
        for rtype, data in records:
            raw = _rdata(rtype, data)
            wire += struct.pack("!HHHIH", 0xC00C, mini_dns.TYPES[rtype], 1, 60, len(raw)) + raw
        return wire
