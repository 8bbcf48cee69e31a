"""ask.py -- `sekimori COMMAND ... --json` as a test sees it: events as they come, and the end."""

import collections
import json
import os
import subprocess
import threading
import time

import harness
import lab

Answer = collections.namedtuple("Answer", "exit done text")  # exit code, last object, standard error

BASIS = ("--basis", "authority", "--reason", "laboratory")


def command(*arguments):
    """The command line that runs a program of ours in the laboratory's outer namespace."""
    program = os.path.join(harness.BUILD, "bin", arguments[0])
    return [os.path.join(lab.SCRIPTS, "exec"), "outer", program, *arguments[1:]]


def ask(daemon, *arguments, timeout=60):
    """One request, to its end."""
    done = daemon.sekimori(*arguments, "--json", timeout=timeout)
    last = done.stdout.splitlines()[-1:] or ["{}"]
    return Answer(done.returncode, json.loads(last[0]), done.stderr)


class Stream:
    """A running tool that writes one JSON object a line; each event gets "at", its time of arrival."""

    def __init__(self, arguments):
        self.events = []
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            event["at"] = time.monotonic()
            self.events.append(event)

    def all(self, name, **members):
        """Every event of that name with these members, so far."""
        return [e for e in list(self.events) if e["event"] == name
                and all(e.get(key) == value for key, value in members.items())]

    def wait_for(self, name, count=1, deadline_s=30, **members):
        """Waits for the count-th such event and returns it; an end without it is a failure."""
        found = harness.wait_until(
            lambda: self.all(name, **members)[count - 1:] or self._ended(), deadline_s,
            "%d x %s %s in %s" % (count, name, members, self.events[-3:]))
        assert found is not True, "ended without %s: %s" % (name, self.events[-3:])
        return found[0]

    def _ended(self):
        return self.process.poll() is not None and not self._reader.is_alive()

    def end(self, deadline_s=60):
        """Waits for its end. Returns an Answer."""
        try:
            code = self.process.wait(deadline_s)
        finally:
            self.process.kill()
        self._reader.join()
        text = self.process.stderr.read()
        self.process.stderr.close()
        self.process.stdout.close()
        return Answer(code, self.events[-1] if self.events else {}, text)


def stream(daemon, name, *arguments):
    """A request to a daemon, running."""
    socket = os.path.join(daemon.state, "control")
    return Stream(command("sekimori", name, "--socket", socket, *arguments, "--json"))


def follow(daemon, address, *arguments):
    """`nominate --follow`, running."""
    return stream(daemon, "nominate", address, *BASIS, "--follow", *arguments)
