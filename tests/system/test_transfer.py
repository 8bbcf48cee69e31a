#!/usr/bin/env python3
"""Zone transfers of the real roles, asked for with kdig: who may, what comes, and in how many pieces."""

import base64
import os
import shutil
import signal
import socket
import struct
import subprocess

import base_file
import harness
import mini_dns
import test_serve

ZONE = harness.ZONE
CATALOG = "cat.example"
KEYS = {name: "hmac-%s:%s.example:%s" % (how, name, base64.b64encode(os.urandom(32)).decode())
        for name, how in (("first", "sha256"), ("second", "sha512"), ("elsewhere", "sha384"), ("unknown", "sha256"))}
MANY = ["198.18.%d.%d" % (n >> 8, n & 255) for n in range(2000)]


def key_file(directory):
    path = os.path.join(directory, "keys")
    with open(path, "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write("# of a test\n%s\n%s # may be used by all\n%s 203.0.113.0/24\n" % (
            KEYS["first"], KEYS["second"], KEYS["elsewhere"]))
    return path


def kdig(server, name, qtype, key=None, *options):
    """kdig's whole output, by TCP unless an option says otherwise; it checks signatures."""
    if shutil.which("kdig") is None:
        raise harness.Skip("no kdig (package knot-dnsutils)")
    done = subprocess.run(
        ["kdig", "@" + server[0], "-p", str(server[1]), "+tcp", "+retry=0", "+time=20", *options,
         *(["-y", KEYS[key]] if key else []), name, qtype],
        check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def records(text):
    """[(owner, type, data)] of a transfer, in order."""
    rows = [line.split(None, 4) for line in text.splitlines() if line and not line.startswith(";")]
    return [(row[0].lower(), row[3], row[4]) for row in rows if row[3] != "TSIG"]


def zone(server, name, key, *options):
    """The records of a transfer, without the SOA that ends it."""
    text = kdig(server, name, "AXFR", key, *options)
    found = records(text)
    assert len(found) > 1 and found[0] == found[-1] and found[0][1] == "SOA", text
    return found[:-1]


def serving(addresses=("192.0.2.7",), *options, serial=1, keys=True, listen="127.0.0.1:0"):
    """A running serve; .file is its base."""
    directory = test_serve.scratch()
    path = os.path.join(directory, "base.snap")
    base_file.put(path, base_file.octets(serial, addresses))
    given = ["--set", "dns.transfer_keys=" + key_file(directory)] if keys else []
    running = test_serve.serve(path, "--listen", listen, "--workers", "1", *given, *(
        options or ("--set", "dns.transfer_from=127.0.0.0/8", "--set", "dns.transfer_from=::1/128",
                    "--set", "dns.catalog=" + CATALOG)))
    running.file = path
    return running


def test_whole():
    """a zone comes whole, each record as a live answer gives it, with each of the keys and their algorithms"""
    with serving() as running:
        running.await_log("event=ready")
        found = zone(running.dns, ZONE, "first")
        assert zone(running.dns, ZONE, "second") == found
        owners = {owner for owner, _, _ in found}
        assert {"7.2.0.192.%s." % ZONE, "7.2.0.192.in.%s." % ZONE, "_status.%s." % ZONE} <= owners, owners
        assert len(found) == len(set(found))
        for owner, qtype, data in found:
            live = [record.data for record in mini_dns.dig(running.dns, owner, qtype, True).answer]
            assert len([o for o, t, _ in found if (o, t) == (owner, qtype)]) == len(live), (owner, qtype)
            if qtype == "A":
                assert data in live, (owner, data, live)


def test_pieces():
    """a zone of many messages: everything is there, in messages below 16 KiB, each of them signed"""
    with serving(MANY) as running:
        running.await_log("event=ready")
        found = zone(running.dns, ZONE, "first")
        listed = {owner for owner, qtype, data in found if qtype == "A" and data == "127.0.0.2"}
        assert {mini_dns.reverse(address, where) + "." for address in MANY
                for where in (ZONE, "in." + ZONE)} <= listed
        running.await_log("event=transfer zone=%s" % ZONE)
        line = next(line for line in running.log().splitlines() if "event=transfer " in line)
        facts = dict(word.split("=", 1) for word in line.split() if "=" in word)
        assert facts["what"] == "axfr" and facts["key"] == "first.example" and facts["client"] == "127.0.0.1", line
        assert int(facts["records"]) == len(found) + 1 and int(facts["messages"]) > 8, line
        print("# %s octets of %s records: %.1f each" % (
            facts["octets"], facts["records"], int(facts["octets"]) / int(facts["records"])))


def test_refused():
    """no key, a key of other addresses, one that is not known: nothing of the zone, and the log says why"""
    with serving() as running:
        running.await_log("event=ready")
        for key, says, why in ((None, "REFUSED", "no-key"), ("elsewhere", "REFUSED", "key"),
                               ("unknown", "BADKEY", "badkey")):
            text = kdig(running.dns, ZONE, "AXFR", key)
            assert says in text or "NOTAUTH" in text, text
            assert not records(text), text
            if key is None:
                running.await_log("why=" + why)
        text = kdig(running.dns, "elsewhere.example", "AXFR", "first")
        assert not records(text) and "REFUSED" in text, text


def test_wrong_secret():
    """a known name with another secret is refused, as are ordinary questions with it"""
    with serving() as running:
        running.await_log("event=ready")
        KEYS["wrong"] = "hmac-sha256:first.example:" + base64.b64encode(b"?" * 32).decode()
        for qtype in ("AXFR", "SOA"):
            text = kdig(running.dns, ZONE, qtype, "wrong")
            assert not records(text) and ("BADSIG" in text or "NOTAUTH" in text), text


def test_closed():
    """without dns.transfer_from nobody transfers, whatever key he has"""
    with serving(("192.0.2.7",), "--set", "dns.transfers=3") as running:
        running.await_log("event=ready")
        text = kdig(running.dns, ZONE, "AXFR", "first")
        assert not records(text) and "REFUSED" in text, text
        running.await_log("why=closed")


def test_address_alone():
    """dns.transfer_nokey: the address decides"""
    with serving(("192.0.2.7",), "--set", "dns.transfer_from=127.0.0.1/32", "--set", "dns.transfer_nokey=true",
                 keys=False) as running:
        running.await_log("event=ready")
        assert len(zone(running.dns, ZONE, None)) > 5
    with serving(("192.0.2.7",), "--set", "dns.transfer_from=192.0.2.1/32", "--set", "dns.transfer_nokey=true",
                 keys=False) as running:
        running.await_log("event=ready")
        assert not records(kdig(running.dns, ZONE, "AXFR"))


def test_catalog():
    """the catalog zone names the zones, for who may transfer alone"""
    with serving() as running:
        running.await_log("event=ready")
        found = zone(running.dns, CATALOG, "first")
        assert [data for _, qtype, data in found if qtype == "PTR"] == [ZONE + "."], found
        assert ("version.%s." % CATALOG, "TXT", '"2"') in found, found
        assert mini_dns.dig(running.dns, "version." + CATALOG, "TXT", True).rcode == "REFUSED"
        assert records(kdig(running.dns, "version." + CATALOG, "TXT", "first"))


def test_current():
    """IXFR of who has the serial already, or a newer one: the SOA alone"""
    with serving(serial=9) as running:
        running.await_log("event=ready")
        for serial in (9, 10):
            text = kdig(running.dns, ZONE, "IXFR=%d" % serial, "first")
            assert [qtype for _, qtype, _ in records(text)] == ["SOA"], text
        assert len(records(kdig(running.dns, ZONE, "IXFR=8", "first"))) > 5


def test_pipelined():
    """questions behind a transfer on one connection are answered after it, and in order"""
    with serving(MANY, "--set", "dns.transfer_from=127.0.0.1/32", "--set", "dns.transfer_nokey=true",
                 keys=False) as running:
        running.await_log("event=ready")
        with socket.create_connection(running.dns, 20) as sock:
            for number, (name, qtype) in enumerate(((ZONE, 252), (ZONE, 6), (ZONE, 252), ("x." + ZONE, 1))):
                query = struct.pack("!6H", number, 0, 1, 0, 0, 0) + mini_dns.encode_name(name) + struct.pack("!2H", qtype, 1)
                sock.sendall(struct.pack("!H", len(query)) + query)
            ids = []
            with sock.makefile("rb") as stream:
                while not ids or ids[-1] != 3:
                    size, = struct.unpack("!H", stream.read(2))
                    ids.append(struct.unpack("!H", stream.read(size)[:2])[0])
        assert ids == sorted(ids) and set(ids) == {0, 1, 2, 3}, ids


def by_udp(where, name, qtype, key):
    """(records, TC) of a signed question by UDP, of which the answer is signed."""
    text = kdig(where, name, qtype, key, "+notcp", "+ignore")
    assert "\tTSIG\t" in text and "WARNING" not in text, text
    return records(text), " tc" in text


def test_udp_signed():
    """a signed question by UDP, as BIND's refresh, gets a signed answer from where it asked, also while xfer restarts"""
    for address, hosts in (("127.0.0.1", ["127.0.0.1"]), ("0.0.0.0", ["127.0.0.1", "127.0.0.3"]), ("[::]", ["::1"])):
        with serving(serial=7, listen=address + ":0") as running:
            running.await_log("event=ready")
            for host in hosts:
                where = (host, running.dns[1])
                found, _ = by_udp(where, ZONE, "SOA", "first")
                assert [(r[1], r[2].split()[2]) for r in found] == [("SOA", "7")], found
                assert by_udp(where, mini_dns.reverse("192.0.2.7", ZONE), "A", "second")[0][0][2] == "127.0.0.2"
                assert [r[1] for r in by_udp(where, ZONE, "IXFR=6", "first")[0]] == ["SOA"]
                assert by_udp(where, CATALOG, "SOA", "first")[0]
            text = kdig(where, ZONE, "SOA", "unknown", "+notcp")
            assert "BADKEY" in text and not records(text), text
            for pid in running.pids("xfer"):
                os.kill(pid, signal.SIGKILL)
            assert by_udp(where, ZONE, "SOA", "first")[0]  # it waits for the next xfer


class Secondary:
    """Hears NOTIFY on a port of its own, and fetches the zone when told; what it has is in .serial."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(20)
        self.where = "127.0.0.1:%d" % self.sock.getsockname()[1]

    def hear(self, answers=True):
        """(zone, serial) of the next NOTIFY."""
        wire, sender = self.sock.recvfrom(2048)
        assert wire[2] >> 3 & 15 == 4, wire.hex()
        if answers:
            self.sock.sendto(wire[:2] + bytes([wire[2] | 0x80]) + wire[3:], sender)
        message = mini_dns.parse(wire)
        return message.answer[0].name.lower().rstrip("."), int(message.answer[0].data.split()[2])

    def until(self, zone, serial):
        """Hears until that is said."""
        while self.hear() != (zone, serial):
            pass


def test_notify():
    """each new serial is told to the secondaries, from the address they ask, until they answer; and then is there"""
    secondary = Secondary()
    with serving(("192.0.2.7",), "--set", "dns.transfer_from=127.0.0.0/8", "--set", "dns.secondaries=" + secondary.where,
                 "--set", "dns.transfer_nokey=true", keys=False) as running:
        assert secondary.hear(answers=False) == (ZONE, 1)
        secondary.until(ZONE, 1)
        for serial in range(2, 6):
            base_file.put(running.file, base_file.octets(serial, ["192.0.2.%d" % serial]))
            running.process.send_signal(signal.SIGHUP)
            secondary.until(ZONE, serial)
            found = zone(running.dns, ZONE, None)
            assert found[0][2].split()[2] == str(serial), found[0]
            assert ("%d.2.0.192.%s." % (serial, ZONE), "A", "127.0.0.2") in found


def test_bad_keys():
    """a file of keys that everybody reads, or with a slip in it, ends the start with words"""
    directory = test_serve.scratch()
    path = os.path.join(directory, "base.snap")
    base_file.put(path, base_file.octets(1, ["192.0.2.7"]))
    keys = key_file(directory)
    os.chmod(keys, 0o644)
    code, text = test_serve.refused("--snapshot", path, "--listen", "127.0.0.1:0", "-o", "dns.transfer_keys=" + keys)
    assert code == 78 and "chmod 0640" in text, (code, text)
    os.chmod(keys, 0o600)
    with open(keys, "a", encoding="ascii") as file:
        file.write("hmac-md5:old.example:xxxx\n")
    code, text = test_serve.refused("--snapshot", path, "--listen", "127.0.0.1:0", "-o", "dns.transfer_keys=" + keys)
    assert code == 78 and ":5 " in text, (code, text)


if __name__ == "__main__":
    harness.main(needs_lab=False)
