"""fake_list.py -- a list gone wrong, on the list server's addresses, in place of the daemon.

What dead and mistaken lists have really answered: a wildcard (of a name that was lost and taken by
somebody else), codes that mean "you may not ask". Answers have TTL 0, so that nobody keeps them."""

import selectors
import socket
import struct
import threading

import lab
import mini_dns

A, SOA = mini_dns.TYPES["A"], mini_dns.TYPES["SOA"]
NXDOMAIN = 3
TO_NAME = b"\xc0\x0c"  # the question's name, by a pointer


def _record(owner, number, data):
    return owner + struct.pack("!2HIH", number, 1, 0, len(data)) + data


def _soa(zone):
    names = mini_dns.encode_name("ns." + zone) + mini_dns.encode_name("hostmaster." + zone)
    return _record(mini_dns.encode_name(zone), SOA, names + struct.pack("!5I", 1, 900, 300, 604800, 0))


class FakeList:
    """Answers every A question at and below a name with the address, other types with NODATA.

    The name is the zone's own, or top; then the rest of the zone is NXDOMAIN. Use in a `with`."""

    def __init__(self, zone, address, top=None):
        self.zone, self.address, self.top = zone, address, top or zone
        self._sockets = []
        self._stop, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        for address in (lab.LIST_SERVER, lab.LIST_SERVER6):
            self._sockets.append(lab.bind_udp(address, 53))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._wake.close()
        self._thread.join()
        for sock in [*self._sockets, self._stop]:
            sock.close()

    def _serve(self):
        with selectors.DefaultSelector() as waiting:
            for sock in [*self._sockets, self._stop]:
                waiting.register(sock, selectors.EVENT_READ)
            while True:
                for key, _ in waiting.select():
                    if key.fileobj is self._stop:
                        return
                    query, client = key.fileobj.recvfrom(4096)
                    key.fileobj.sendto(self._reply(query), client)

    def _reply(self, query):
        name, end = mini_dns.read_name(query, 12)
        number = struct.unpack_from("!H", query, end)[0]
        name = name.lower().rstrip(".")
        listed = ("." + name).endswith("." + self.top)
        rcode = 0 if listed or name == self.zone else NXDOMAIN
        answer = _record(TO_NAME, A, socket.inet_aton(self.address)) if listed and number == A else b""
        authority = b"" if answer else _soa(self.zone)
        head = query[:2] + struct.pack("!5H", 0x8400 | rcode, 1, bool(answer), bool(authority), 0)
        return head + query[12:end + 4] + answer + authority
