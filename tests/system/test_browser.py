#!/usr/bin/env python3
"""People at the pages of a running daemon, in Chromium: search, listed page, retest, live progress, cleared; the same
without JavaScript, with the keyboard alone, on a phone; the owner's evidence and opt-out; hostile servers."""

import contextlib
import signal
import socketserver
import threading

import ask
import browser
import harness
import lab

OPEN, SENDER = lab.SERVERS["open-postfix"], lab.SERVERS["sender-relay"]
HOSTILE = "198.18.2.66"
# Who comes through 127.0.0.1 is whom X-Forwarded-For names: each visitor has a network of its own.
SETTINGS = """
web {
	proxies = {"127.0.0.1/32"}
	tests_per_asker = 20
}
"""

daemon = harness.Daemon(SETTINGS)


def nominate(address):
    """A result is the answer to whoever asks within ten minutes, so each flow that tests has an address of its own."""
    answer = ask.ask(daemon, "nominate", address, *ask.BASIS, "--depth", "full", "--follow", timeout=120)
    assert answer.exit == 1, answer
    daemon.wait_listed(address, ["127.0.0.2"], 5)


def test_start():
    """a daemon that lists two relays by both of their addresses"""
    browser.needed()
    browser.modules()
    daemon.start()
    for server in (OPEN, SENDER):
        nominate(server.ipv4)
        nominate(server.ipv6)


def test_open():
    """ja, desk: a retest of what is still open says so as it happens, and where help is"""
    browser.flow("open", daemon, addr=SENDER.ipv4, lang="ja", width=1200, asker="203.0.113.11")


def test_keyboard():
    """en, dark: the same with the Tab key alone, the focus always in sight"""
    browser.flow("keyboard", daemon, addr=SENDER.ipv6, lang="en", dark=True, asker="203.0.113.44")


def closed_then(name, address, **about):
    lab.set_variant("open-postfix", "closed")
    try:
        browser.flow(name, daemon, addr=address, **about)
        daemon.wait_listed(address, [], 5)
    finally:
        lab.set_variant("open-postfix", "open")


def test_cleared():
    """en, phone: closed in between, the retest clears it before one's eyes"""
    closed_then("cleared", OPEN.ipv4, lang="en", width=360, asker="203.0.113.22")


def test_without_script():
    """ja, phone: the same without JavaScript, by pages that ask again"""
    closed_then("cleared", OPEN.ipv6, lang="ja", width=360, js=False, asker="203.0.113.33")


def test_owner():
    """the owner proves it from the server and sees the evidence whole; a stranger is refused it"""
    browser.flow("owner", daemon, addr=SENDER.ipv4, lang="ja", asker=SENDER.ipv4)


class Hostile(socketserver.StreamRequestHandler):
    """A server that greets with markup and refuses with it."""

    MARKUP = b"<script>window.pwned = 1</script><img src=x onerror=window.pwned=1> \xe2\x80\xae &amp; \"'"

    def handle(self):
        self.wfile.write(b"220 " + self.MARKUP + b"\r\n")
        for line in iter(self.rfile.readline, b""):
            verb = line[:4].upper()
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else
                             (b"550 " if verb == b"RCPT" else b"250 ") + self.MARKUP + b"\r\n")
            if verb == b"QUIT":
                return


@contextlib.contextmanager
def hostile_server():
    added = lab.script("exec", "outer", "ip", "address", "add", HOSTILE + "/32", "dev", "lo")
    assert added.returncode == 0, added.stderr
    server = socketserver.ThreadingTCPServer((HOSTILE, 25), Hostile, bind_and_activate=False)
    server.socket.close()
    server.socket = lab.listen(HOSTILE, 25)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        lab.script("exec", "outer", "ip", "address", "delete", HOSTILE + "/32", "dev", "lo")


def test_hostile():
    """markup in banner and replies is text on the owner's page, live and after a reload"""
    with hostile_server():
        browser.flow("hostile", daemon, addr=HOSTILE, lang="en", asker=HOSTILE)


def test_broken():
    """ja: the web process dies under a test that waits: the page says so, mends itself, cancels the test"""
    sink = lab.SERVERS["sink"].ipv4
    browser.flow("broken", daemon, addr=sink, lang="ja", asker=sink, ready=lambda: daemon.kill_role("web"))


def test_optout():
    """an owner opts out by the form, with proof"""
    browser.flow("optout", daemon, addr=OPEN.ipv6, lang="ja", width=360, asker=OPEN.ipv6)


def test_optout_domain():
    """en: a domain opts out all its hosts, by a record in its DNS"""
    host = lab.SERVERS["sink"].host
    browser.flow("optoutDomain", daemon, domain=host, lang="en", width=360, asker="203.0.113.44",
                 ready=lambda record: lab.add_record("example", record.replace(" IN ", " 0 ")))
    answer = ask.ask(daemon, "nominate", host, *ask.BASIS)
    assert (answer.exit, answer.done["error"]) == (77, "opted-out"), answer


def test_alone():
    """with the keeper gone the page still answers and says what is missing"""
    daemon.kill_role("keeper", signal.SIGSTOP)
    try:
        browser.flow("alone", daemon, addr=SENDER.ipv4, lang="ja", asker="203.0.113.55")
    finally:
        daemon.kill_role("keeper", signal.SIGCONT)


harness.main()
