"""collector.py -- dnstap's real consumers: fstrm_capture takes frames, dnstap-read reads them."""

import collections
import os
import re
import shutil
import signal
import socket
import struct
import subprocess

import harness
from harness import wait_until

CONTENT = b"protobuf:dnstap.Dnstap"
ACCEPT, READY = 1, 4

# kind: AQ, AR; wire: the message's octets; peer: "?" or "address:port"
Message = collections.namedtuple("Message", "kind peer protocol wire")


class Collector:
    """fstrm_capture on a socket of that directory, for as long as the `with`; the next one begins anew."""

    def __init__(self, directory):
        self.socket = os.path.join(directory, "dnstap")
        self.file, self.log_path = os.path.join(directory, "frames"), os.path.join(directory, "capture.log")
        self.process = None

    def __enter__(self):
        for program, package in (("fstrm_capture", "fstrm-bin"), ("dnstap-read", "bind9-dnsutils")):
            if shutil.which(program) is None:
                raise harness.Skip("no %s (package %s)" % (program, package))
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["fstrm_capture", "-t", CONTENT.decode(), "-u", self.socket, "-w", self.file,
                 "-dddddd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: "opened output file" in self.log() or self.process.poll() is not None, 30, "collector")
        assert self.process.poll() is None, self.log()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(30)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def await_end(self):
        """Until a connection has ended and all that it said is read."""
        wait_until(lambda: "closing (read " in self.log(), 30, "the end of the frames")

    def await_frames(self, count):
        """Until so many came, in all."""
        wait_until(lambda: self.log().count("processing data frame") >= count, 30, "%d frames" % count)

    def messages(self):
        """What it wrote, once stopped, in order."""
        done = subprocess.run(["dnstap-read", "-x", self.file], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        lines, found = done.stdout.splitlines(), []
        for head, octets in zip(lines[::2], lines[1::2]):
            kind, peer, protocol = re.match(r"\S+ \S+ (\S+) (\S+) (?:->|<-) \S+ (\S+) ", head).groups()
            found.append(Message(kind, peer, protocol, bytes.fromhex(octets)))
        return found

    def pairs(self):
        """[(query, answer)], after their peers, with what must hold for each."""
        messages = self.messages()
        queries, answers = messages[::2], messages[1::2]
        assert len(queries) == len(answers)
        for query, answer in zip(queries, answers):
            assert (query.kind, answer.kind) == ("AQ", "AR"), (query, answer)
            assert query[1:3] == answer[1:3] and query.wire[:2] == answer.wire[:2], (query, answer)
        return list(zip(queries, answers))


class Stuck:
    """A collector that says it takes frames and then reads none."""

    def __init__(self, path):
        self.path, self.sock = path, None
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listening.bind(path)
        self.listening.listen()
        self.listening.settimeout(60)

    def accept(self):
        self.sock, _ = self.listening.accept()
        self.sock.settimeout(60)
        ready = self.control()
        assert struct.unpack("!I", ready[:4]) == (READY,) and ready.endswith(CONTENT), ready
        said = struct.pack("!3I", ACCEPT, 1, len(CONTENT)) + CONTENT
        self.sock.sendall(struct.pack("!2I", 0, len(said)) + said)

    def control(self):
        """The next control frame."""
        escape, length = struct.unpack("!2I", self.exactly(8))
        assert escape == 0
        return self.exactly(length)

    def exactly(self, count):
        octets = self.sock.recv(count, socket.MSG_WAITALL)
        assert len(octets) == count
        return octets

    def close(self):
        self.listening.close()
        self.sock.close()
