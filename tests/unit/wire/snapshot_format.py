#!/usr/bin/env python3
"""snapshot_format.py PROGRAM -- reads files that PROGRAM (snapshot_files) wrote by what
sekimori-snapshot(5) says, and by nothing else.  TAP."""

import ctypes
import ipaddress
import random
import subprocess
import sys
import tempfile
from pathlib import Path

xxhash = ctypes.CDLL("libxxhash.so.0")
xxhash.XXH3_64bits.restype = ctypes.c_uint64

ADDRESS, RANGE, EXCEPT = 0, 1, 2
BASE, OVERLAY, TAIL = 1, 2, 3
# type: kind of file, octets of a record or of its key, form, IPv6
KEYS = {4: (BASE, 16, ADDRESS, True), 8: (BASE, 3, RANGE, False), 9: (BASE, 8, RANGE, True),
        10: (BASE, 4, EXCEPT, False), 11: (BASE, 16, EXCEPT, True),
        5: (OVERLAY, 4, ADDRESS, False), 6: (OVERLAY, 16, ADDRESS, True),
        12: (OVERLAY, 3, RANGE, False), 13: (OVERLAY, 8, RANGE, True),
        14: (OVERLAY, 4, EXCEPT, False), 15: (OVERLAY, 16, EXCEPT, True)}


class Refused(Exception):
    pass


def need(is_so, what):
    if not is_so:
        raise Refused(what)


def digest_of(octets):
    return xxhash.XXH3_64bits(octets, ctypes.c_size_t(len(octets)))


def number(octets, signed=False):
    return int.from_bytes(octets, "big", signed=signed)


def address(octets, v6):
    full = octets + bytes((16 if v6 else 4) - len(octets))
    return ipaddress.ip_address(full)


def mapped(octets):
    a = ipaddress.IPv6Address(octets)
    return a.ipv4_mapped or a


class Snapshot:
    def __init__(self, octets):
        self.octets = octets
        self.sets = {}          # (code, form, v6): addresses, or (address, +1 or -1) of an overlay
        self.steps = []
        self.zone = None
        self.head()
        self.sections()

    def at(self, where, n, signed=False):
        need(where + n <= len(self.octets), "cut")
        return number(self.octets[where:where + n], signed)

    def head(self):
        o = self.octets
        need(o[:8] == b"SEKISNAP" and self.at(8, 2) == 2, "magic")
        self.kind, self.n = self.at(10, 2), self.at(12, 4)
        need(self.kind in (BASE, OVERLAY, TAIL) and self.n <= 64, "kind")
        need(self.at(16, 8) == len(o), "length")
        self.serial, self.base = self.at(24, 4), self.at(28, 4)
        self.made, self.until = self.at(32, 8, True), self.at(40, 8, True)
        self.flags, self.life = self.at(48, 4), self.at(52, 1)
        self.empties = self.at(53, 3)
        need(self.flags < 4 and 1 <= self.life <= 4 and (self.empties == 0 or self.life == 3), "flags")
        need(self.base <= self.serial and (self.kind != BASE or self.base == self.serial), "serial")
        table = o[64:64 + 40 * self.n]
        need(len(table) == 40 * self.n, "table")
        need(digest_of(o[:56] + table) == self.at(56, 8), "head hash")

    def sections(self):
        end = 64 + 40 * self.n
        before = None
        for i in range(self.n):
            row = 64 + 40 * i
            kind, code = self.at(row, 2), self.at(row + 2, 2)
            begin, n, records, digest = (self.at(row + k, 8) for k in (8, 16, 24, 32))
            need(self.at(row + 4, 4) == 0 and begin == end and begin + n <= len(self.octets), "row")
            data = self.octets[begin:begin + n]
            need(digest_of(data) == digest, "hash")
            end = -(-(begin + n) // 8) * 8
            need(not any(self.octets[begin + n:end]) and end <= len(self.octets), "padding")
            need((before == 2) == (kind == 3), "index without addresses")
            self.section(kind, code, data, records)
            before = kind
        need(before != 2 and end == len(self.octets), "end")
        need((self.zone is not None) == (self.kind == BASE), "zone")
        need(len({(code, v6) for code, form, v6 in self.sets}) <= 16, "lists")

    def section(self, kind, code, data, records):
        if kind >= 0x8000:
            return
        need(code == 0 if kind in (1, 7) else 2 <= code <= 63, "code")
        if kind == 1:
            need(self.kind == BASE and self.zone is None and records == 1, "zone")
            self.read_zone(data)
        elif kind == 2:
            need(self.kind == BASE and len(data) == 4 * records == 4 * 65537, "index")
            self.index = code, [number(data[i:i + 4]) for i in range(0, len(data), 4)]
            need(self.index[1][0] == 0 and sorted(self.index[1]) == self.index[1], "index order")
        elif kind == 3:
            self.read_v4(code, data, records)
        elif kind == 7:
            need(self.kind == TAIL and not self.steps and len(data) == 24 * records, "steps")
            self.read_steps(data)
        else:
            need(kind in KEYS, "unknown type")
            self.read_keys(kind, code, data, records)

    def read_v4(self, code, data, records):
        for_code, index = self.index
        need(self.kind == BASE and code == for_code and len(data) == 2 * records == 2 * index[65536], "v4")
        found = []
        for high in range(65536):
            low = [data[2 * i:2 * i + 2] for i in range(index[high], index[high + 1])]
            need(all(a < b for a, b in zip(low, low[1:])), "v4 order")
            found += [address(high.to_bytes(2, "big") + x, False) for x in low]
        self.put(code, ADDRESS, False, found)

    def put(self, code, form, v6, found):
        need((code, form, v6) not in self.sets, "twice")
        self.sets[code, form, v6] = found

    def read_keys(self, kind, code, data, records):
        where, width, form, v6 = KEYS[kind]
        stride = width + (4 if where == OVERLAY else 0)
        need(where == self.kind and len(data) == stride * records, "keys")
        found, last, total = [], b"", 0
        for i in range(0, len(data), stride):
            key = data[i:i + width]
            a = address(key, v6)
            need(i == 0 or last < key, "order")
            need(not v6 or form == RANGE or a.ipv4_mapped is None, "mapped")
            if form == RANGE:
                need(key != b"\x7f\0\0" and key != bytes(8) and (v6 or max(key) >= 10), "range")
            last = key
            if where == OVERLAY:
                now = number(data[i + width:i + stride], True)
                need(abs(now - total) == 1, "sum")
                a, total = (a, now - total), now
            found.append(a)
        self.put(code, form, v6, found)

    def read_zone(self, data):
        at = 0

        def take(n):
            nonlocal at
            need(at + n <= len(data), "zone")
            at += n
            return data[at - n:at]

        def name():
            labels = []
            while True:
                n = take(1)[0]
                need(n < 64, "label")
                if n == 0:
                    return ".".join(labels)
                labels.append(take(n).decode("latin-1"))

        zone = {"zone": name(), "hostmaster": name()}
        zone["ns"] = [name() for _ in range(take(1)[0])]
        zone["hosts"] = [(zone["ns"][take(1)[0]], mapped(take(16))) for _ in range(take(1)[0])]
        zone["ttl"], zone["negative"] = number(take(4)), number(take(4))
        zone["soa"] = [number(take(4)) for _ in range(3)]
        zone["url"] = take(number(take(2))).decode("latin-1")
        need(1 <= len(zone["ns"]) <= 8 and len(zone["hosts"]) <= 16 and at == len(data), "zone")
        self.zone = zone

    def read_steps(self, data):
        before = self.base
        for i in range(0, len(data), 24):
            serial = number(data[i:i + 4])
            kind, code, length, zero = data[i + 4:i + 8]
            need(zero == 0 and before <= serial <= self.serial, "step")
            need(serial > self.base or (i == 0 and kind == 4), "step before the tail")
            self.steps.append((serial, kind, code, length, mapped(data[i + 8:i + 24])))
            before = serial


def entries(base, overlay=None):
    found = {(a, code, form) for (code, form, _), all_of in base.sets.items() for a in all_of}
    if overlay is not None:
        need(overlay.base == base.serial, "an overlay of another base")
        for (code, form, _), changes in overlay.sets.items():
            for a, what in changes:
                need(((a, code, form) in found) == (what < 0), "a change that changes nothing")
                (found.add if what > 0 else found.remove)((a, code, form))
    return found


def listed(found, a, code):
    whole = ipaddress.ip_network((a, 24 if a.version == 4 else 64), strict=False).network_address
    if (whole, code, RANGE) in found:
        return (a, code, EXCEPT) not in found
    return (a, code, ADDRESS) in found


def wanted(path):
    want = {"base": set(), "overlay": set()}
    asked, steps = [], []
    for line in path.read_text().splitlines():
        when, what, *rest = line.split()
        if what == "entry":
            want[when].add((ipaddress.ip_address(rest[0]), int(rest[1]), int(rest[2])))
        elif what == "listed":
            asked.append((when, ipaddress.ip_address(rest[0]), int(rest[1]), rest[2] == "1"))
        else:
            steps.append((*map(int, rest[:4]), mapped(ipaddress.ip_address(rest[4]).packed)
                          if ":" in rest[4] else ipaddress.ip_address(rest[4])))
    return want, asked, steps


ok = True
count = 0


def test(name, is_so, why=""):
    global ok, count
    count += 1
    ok = ok and is_so
    print(f"{'ok' if is_so else 'not ok'} {count} - {name}" + (f"\n# {why}" if not is_so else ""), flush=True)


def one(directory, i):
    files = {what: Snapshot((directory / f"{i}.{what}").read_bytes()) for what in ("base", "overlay", "tail")}
    base, overlay, tail = files["base"], files["overlay"], files["tail"]
    want, asked, steps = wanted(directory / f"{i}.want")
    now = {"base": entries(base), "overlay": entries(base, overlay)}
    test(f"entries of base {i}", now["base"] == want["base"], now["base"] ^ want["base"])
    test(f"entries of overlay {i}", now["overlay"] == want["overlay"], now["overlay"] ^ want["overlay"])
    wrong = [(when, a, code) for when, a, code, is_so in asked if listed(now[when], a, code) != is_so]
    test(f"what counts as listed in {i}", not wrong, wrong[:3])
    test(f"steps of tail {i}", tail.steps == steps, tail.steps[:2])
    day = 0x010203 if i % 2 else 0
    first = ipaddress.IPv6Address(bytes(4) + day.to_bytes(4, "big") + (0x201).to_bytes(8, "big"))
    test(f"the day of {i}", (base.empties, tail.empties, tail.life) == (0, day, 3 if i % 2 else 1) and
         tail.steps[0] == (100, 4, tail.life, 128, first), (tail.empties, tail.steps[0]))
    test(f"head and zone of {i}", (base.serial, base.made, base.until, base.life) == (7, 1700000000, 1700086400, 1)
         and base.flags == (2 if i % 2 else 1) and (overlay.serial, overlay.base) == (9, 7)
         and (tail.serial, tail.base) == (1000, 100) and base.zone == {
             "zone": "bl.example", "hostmaster": "hostmaster.bl.example", "ns": ["ns.bl.example", "ns.example.net"],
             "hosts": [("ns.bl.example", ipaddress.ip_address("192.0.2.53"))], "ttl": 300, "negative": 120,
             "soa": [900, 300, 604800], "url": "https://bl.example/"}, base.zone)


def damage(directory, i, chance):
    """Any octet that is changed is seen."""
    missed = []
    for what in ("base", "overlay", "tail"):
        octets = bytearray((directory / f"{i}.{what}").read_bytes())
        for _ in range(3 if what == "base" else 60):
            where, bit = chance.randrange(len(octets)), 1 << chance.randrange(8)
            octets[where] ^= bit
            try:
                Snapshot(bytes(octets))
                missed.append((what, where))
            except Refused:
                pass
            octets[where] ^= bit
    test(f"any changed octet of {i} is seen", not missed, missed)


with tempfile.TemporaryDirectory() as made:
    subprocess.run([sys.argv[1], made], check=True)
    chance = random.Random(4)
    numbers = sorted(int(p.stem) for p in Path(made).glob("*.want"))
    for number_of in numbers:
        one(Path(made), number_of)
    for number_of in numbers[:3]:
        damage(Path(made), number_of, chance)
print(f"1..{count}")
sys.exit(0 if ok else 1)
