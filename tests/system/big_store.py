"""big_store.py -- puts listings into the database of a daemon that is not running, with their journal rows."""

import contextlib
import hashlib
import ipaddress
import os
import sqlite3
import struct
import time

NOTHING = b"\0" * 32
ADD = 1  # enum journal_kind
CODE = 2


def _addr(address):
    number = ipaddress.ip_address(address)
    return number.packed if number.version == 6 else b"\0" * 10 + b"\xff\xff" + number.packed


def _row(seq, serial, addr, made, until, prev):
    """A row of the journal: its fields are hashed in this order, big-endian (fact/record.h)."""
    octets = struct.pack("!QIB16sBBqqH", seq, serial, ADD, addr, 128, CODE, made, until, 2) + NOTHING + NOTHING + prev
    return (seq, serial, ADD, addr, 128, CODE, made, until, 2, NOTHING, NOTHING, prev, hashlib.sha256(octets).digest())


def fill(state, addresses, days=29):
    """All of them in one commit, as proved today and valid for as many days."""
    made = int(time.time())
    until = made + days * 86400
    with contextlib.closing(sqlite3.connect(os.path.join(state, "sekimori.db"))) as db, db:
        seq, serial, prev = db.execute("SELECT seq, serial, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        rows = []
        for addr in map(_addr, addresses):
            seq += 1
            rows.append(_row(seq, serial + 1, addr, made, until, prev))
            prev = rows[-1][-1]
        db.executemany("INSERT INTO journal VALUES (%s)" % ",".join("?" * 13), rows)
        db.executemany("INSERT INTO listing VALUES (?, 128, ?, ?, ?, ?, 2, ?)",
                       [(row[3], CODE, made, until, made, NOTHING) for row in rows])
