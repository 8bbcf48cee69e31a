"""mini_dns.py -- a DNS query in raw bytes, so that tests see what is on the wire and need no tool."""

import collections
import ipaddress
import secrets
import socket
import struct

import amplification

OURS = {"::1"}  # who else belongs there adds itself: servers of ours that are asked by UDP
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
         "OPT": 41, "IXFR": 251, "AXFR": 252, "ANY": 255}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}

# aa and tc are flags; answer, authority and additional are lists of Record; size in octets
Reply = collections.namedtuple("Reply", "rcode aa tc answer authority additional size")
Record = collections.namedtuple("Record", "name type ttl data")


def reverse(address, zone):
    """The name under which a list answers for an address."""
    pointer = ipaddress.ip_address(address).reverse_pointer
    return pointer.replace(".in-addr.arpa", "").replace(".ip6.arpa", "") + "." + zone


def encode_name(name):
    labels = [label for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def question(name, qtype, edns=True, flags=0x0100):
    number = TYPES.get(qtype) or int(qtype)
    header = struct.pack("!6H", secrets.randbelow(65536), flags, 1, 0, 0, 1 if edns else 0)
    opt = b"\0" + struct.pack("!HHIH", TYPES["OPT"], 1232, 0, 0) if edns else b""
    return header + encode_name(name) + struct.pack("!2H", number, 1) + opt


def read_name(wire, at):
    labels, end = [], None
    while wire[at]:
        if wire[at] >= 0xC0:
            end = end or at + 2
            at = struct.unpack_from("!H", wire, at)[0] & 0x3FFF
            continue
        labels.append(wire[at + 1:at + 1 + wire[at]].decode("latin-1"))
        at += 1 + wire[at]
    return ".".join(labels) + ".", end or at + 1


def _data(wire, at, length, rtype):
    raw = wire[at:at + length]
    if rtype in ("A", "AAAA"):
        return str(ipaddress.ip_address(raw))
    if rtype in ("NS", "PTR", "CNAME"):
        return read_name(wire, at)[0]
    if rtype == "MX":
        return "%d %s" % (struct.unpack_from("!H", raw)[0], read_name(wire, at + 2)[0])
    if rtype == "TXT":
        text = b""
        while raw:
            text, raw = text + raw[1:1 + raw[0]], raw[1 + raw[0]:]
        return text.decode()
    if rtype == "SOA":
        mname, at = read_name(wire, at)
        rname, at = read_name(wire, at)
        return " ".join([mname, rname] + [str(n) for n in struct.unpack_from("!5I", wire, at)])
    return raw.hex()


def parse(wire):
    flags, questions, *counts = struct.unpack_from("!5H", wire, 2)
    at = 12
    for _ in range(questions):
        at = read_name(wire, at)[1] + 4
    sections = []
    for count in counts:
        records = []
        for _ in range(count):
            name, at = read_name(wire, at)
            number, _, ttl, length = struct.unpack_from("!HHIH", wire, at)
            rtype = TYPE_NAMES.get(number, str(number))
            records.append(Record(name, rtype, ttl, _data(wire, at + 10, length, rtype)))
            at += 10 + length
        sections.append(records)
    rcode = RCODES.get(flags & 15, str(flags & 15))
    return Reply(rcode, bool(flags & 0x400), bool(flags & 0x200), *sections, len(wire))


def _exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise ConnectionError("connection ended within a message")
        data += more
    return data


def is_ours(server):
    """On the host's loopback nobody else answers, in the laboratory it is this address."""
    return server[0].startswith("127.") or server[0] in OURS


def exchange_udp(server, query, timeout=2):
    with socket.socket(socket.AF_INET6 if ":" in server[0] else socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        s.connect(server)
        s.send(query)
        while True:
            wire = s.recv(65535)
            if wire[:2] == query[:2]:
                if is_ours(server):
                    amplification.check_wires(query, wire)
                return wire


def exchange_tcp(server, query, timeout=2):
    with socket.create_connection(server, timeout=timeout) as s:
        s.sendall(struct.pack("!H", len(query)) + query)
        return _exactly(s, struct.unpack("!H", _exactly(s, 2))[0])


def dig(server, name, qtype="A", tcp=False, edns=True):
    """Asks (address, port), by TCP again when the answer says so, as resolvers do. Inside the laboratory: within
    `with lab.inside():`."""
    exchange = exchange_tcp if tcp else exchange_udp
    reply = parse(exchange(server, question(name, qtype, edns)))
    return reply if tcp or not reply.tc else dig(server, name, qtype, True, edns)
