"""base_file.py -- writes a base snapshot after sekimori-snapshot(5) alone, IPv4 entries of one code."""

import bisect
import ctypes
import ipaddress
import os
import struct

import mini_dns

HEAD, ROW, ZONE, INDEX, KEYS = 64, 40, 1, 2, 3
EXPIRY = 4102444800  # the year 2100

_xxhash = ctypes.CDLL("libxxhash.so.0")
_xxhash.XXH3_64bits.restype = ctypes.c_uint64


def _hash(octets):
    return struct.pack("!Q", _xxhash.XXH3_64bits(octets, ctypes.c_size_t(len(octets))))


def _zone(name):
    url = b"https://%s/" % name.encode()
    return (mini_dns.encode_name(name) + mini_dns.encode_name("hostmaster." + name) +
            b"\1" + mini_dns.encode_name("ns.example.net") + b"\0" +
            struct.pack("!5I", 300, 300, 3600, 600, 86400) + struct.pack("!H", len(url)) + url)


def _lists(addresses, code):
    """Index and keys as rows (type, code, records, octets)."""
    numbers = sorted(int(ipaddress.IPv4Address(address)) for address in addresses)
    index = [bisect.bisect_left(numbers, half << 16) for half in range(65537)]
    yield INDEX, code, len(index), struct.pack("!%dI" % len(index), *index)
    yield KEYS, code, len(numbers), struct.pack("!%dH" % len(numbers), *(n & 0xFFFF for n in numbers))


def octets(serial, addresses, zone="bl.example", code=2):
    """A whole file."""
    sections = [(ZONE, 0, 1, _zone(zone)), *_lists(addresses, code)]
    table, body = b"", b""
    begin = HEAD + ROW * len(sections)
    for kind, of, records, data in sections:
        table += struct.pack("!HHIQQQ", kind, of, 0, begin + len(body), len(data), records) + _hash(data)
        body += data + b"\0" * (-(begin + len(body) + len(data)) % 8)
    head = b"SEKISNAP" + struct.pack("!HHIQIIQQIB3x", 2, 1, len(sections), begin + len(body), serial, serial, 0,
                                     EXPIRY, 0, 1)
    return head + _hash(head + table) + table + body


def put(path, data):
    """As a careful writer does it: whole under another name, then renamed."""
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)
