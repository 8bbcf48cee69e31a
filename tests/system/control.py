"""control.py -- the control socket without a tool: requests that only web asks, seen as a visitor sees them."""

import collections
import contextlib
import json
import os
import socket
import struct

Answer = collections.namedtuple("Answer", "exit done events")

CTL, CTL_PART, CTL_GO, CTL_EVENT, CTL_DONE, CTL_DROP = 24, 25, 26, 27, 28, 30
PACKET = 65536


def frame(kind, number, octets=None):
    body = struct.pack(">Q", number)
    if octets is not None:
        body += struct.pack(">I", len(octets)) + octets
    return struct.pack(">HHI", kind, 1, len(body)) + body


class Request:
    """One open request: events as they come, then the end."""

    def __init__(self, daemon, verb, **members):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(os.path.join(daemon.state, "control"))  # blocks while many others connect
        self.socket.settimeout(60)
        text = json.dumps(dict(members, verb=verb)).encode()
        self.socket.send(frame(CTL, 1, text))
        self.socket.send(frame(CTL_GO, 1))

    def read(self):
        """The next line: ("event" or "done", object); an end of the connection is a failure."""
        packet = self.socket.recv(PACKET)
        assert packet, "the keeper closed the connection"
        kind, version, size = struct.unpack(">HHI", packet[:8])
        number, octets = struct.unpack(">QI", packet[8:20])
        assert (version, number, size) == (1, 1, len(packet) - 8) and octets == len(packet) - 20, packet[:20]
        return ("done" if kind == CTL_DONE else "event"), json.loads(packet[20:])

    def drop(self):
        self.socket.send(frame(CTL_DROP, 1))

    def close(self):
        self.socket.close()


def ask(daemon, verb, **members):
    """A request to its end."""
    events = []
    with contextlib.closing(Request(daemon, verb, **members)) as request:
        while True:
            what, thing = request.read()
            if what == "done":
                return Answer(thing["exit"], thing, events)
            events.append(thing)


def visit(daemon, verb, asker, **members):
    """The same with a visitor's rights."""
    return ask(daemon, verb, **dict({"as": "web", "asker": asker}, **members))
