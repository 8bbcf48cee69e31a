"""helpers.py -- programs that stand beside a mail server on its own host: a content filter that takes mail by SMTP and
gives it back, and a policy service that puts off whom it does not know, asked as Postfix asks and as a milter. Both
find nothing wrong with anybody."""

import contextlib
import socket
import struct
import threading

from world import lab

AFTER_S = 300  # how long the policy service puts off


class Service:
    """Listens on a port of 127.0.0.1 inside a server, a thread for each connection."""

    port = None

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        with lab.inside(self.name):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", self.port))
        self.socket.listen(20)
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def accept(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                threading.Thread(target=self.serve, args=(self.socket.accept()[0],), daemon=True).start()

    def serve(self, s):
        raise NotImplementedError


class Proxy(Service):
    """Hands each line on to port 10025 and each answer back; the mail goes through whole."""

    port = 10024

    def serve(self, s):
        with contextlib.suppress(OSError), s, lab.connect("127.0.0.1", 10025, name=self.name) as behind:
            lines, answers = s.makefile("rb"), behind.makefile("rb")
            s.sendall(self.answer(answers))
            for line in lines:
                behind.sendall(line)
                code = self.answer(answers)
                s.sendall(code)
                if code.startswith(b"354"):
                    self.content(lines, behind)
                    s.sendall(self.answer(answers))

    @staticmethod
    def answer(answers):
        text = line = answers.readline()
        while line[3:4] == b"-":
            line = answers.readline()
            text += line
        return text

    @staticmethod
    def content(lines, behind):
        for line in lines:
            behind.sendall(line)
            if line == b".\r\n":
                return


class Greylist(Service):
    """SMTPD_POLICY_README of Postfix: attributes until an empty line, one action back."""

    port = 10023

    def __init__(self, name, clock):
        super().__init__(name)
        self.clock, self.seen = clock, {}

    def serve(self, s):
        with contextlib.suppress(OSError), s:
            asked = {}
            for line in s.makefile("r"):
                key, _, value = line.strip().partition("=")
                if key:
                    asked[key] = value
                    continue
                s.sendall(f"action={self.action(asked)}\n\n".encode())
                asked = {}

    def action(self, asked):
        if asked.get("client_address", "").startswith(("127.", "198.18.80.")):
            return "DUNNO"
        known = (asked.get("client_address"), asked.get("sender"), asked.get("recipient"))
        first = self.seen.setdefault(known, self.clock.now())
        waited = self.clock.now() - first >= AFTER_S
        return "DUNNO" if waited else "DEFER_IF_PERMIT Greylisted, try again in 300 seconds"


class Milter(Service):
    """The same by the milter protocol, as Sendmail's libmilter speaks it: packets of a length, a letter and its words.
    Wants no content; waits behind the policy service's door."""

    port = 10022
    NEVER = 0x10 | 0x20 | 0x40  # no body, no headers, no end of them

    def __init__(self, name, policy):
        super().__init__(name)
        self.policy = policy

    def serve(self, s):
        asked, file = {}, s.makefile("rb")
        with contextlib.suppress(OSError, struct.error), s:
            while True:
                (length,) = struct.unpack("!I", file.read(4))
                packet = file.read(length)
                answer = self.answer(packet[:1], packet[1:], asked)
                if answer:
                    s.sendall(struct.pack("!I", len(answer)) + answer)

    def answer(self, letter, words, asked):
        if letter == b"O":
            return b"O" + struct.pack("!III", 2, 0, self.NEVER)
        if letter in b"DAQ":  # macros, the end of a message, of a session
            return None
        if letter == b"C":
            asked["client_address"] = words[words.index(b"\0") + 4:].rstrip(b"\0").decode()
        if letter in b"MR":
            asked["sender" if letter == b"M" else "recipient"] = words.split(b"\0")[0].strip(b"<>").decode()
        if letter == b"R" and "DEFER" in self.policy.action(asked):
            return b"y451 4.7.1 Greylisted, try again in 300 seconds\0"
        return b"c"
