#!/usr/bin/env python3
"""The mail servers that ask, by the very files of conf/examples: refuse, accept again, go on without the list."""

import concurrent.futures
import http.client
import json
import re

import ask
import fake_list
import harness
import lab
import mini_dns
import mini_smtp

OPEN = lab.SERVERS["open-postfix"]  # will be listed, by IPv4 and IPv6
CLEAN = lab.SERVERS["debian-postfix"]
PAGE = "https://bl.example/ip/"
REASON = "LAB Relays mail for strangers. " + PAGE  # the TXT record

# server -> step and code of the refusal, what its text says; %s is the client's address
REFUSALS = {
    "ask-postfix": ("rcpt", 554, "blocked using bl.example; " + REASON + "%s"),
    "ask-postscreen": ("rcpt", 550, "client [%s] blocked using bl.example, see https://bl.example/"),
    "ask-exim": ("rcpt", 550, "listed in bl.example. " + REASON + "%s"),
    "ask-sendmail": ("rcpt", 550, "listed in bl.example; see " + PAGE + "%s"),
    "ask-opensmtpd": ("body", 550, "relays mail for strangers, see " + PAGE + "%s"),
}
ACCEPTED = ("body", 250)
MTAS = list(REFUSALS)
SPARES_POSTMASTER = ["ask-postfix", "ask-exim", "ask-sendmail"]
ASKS_IPV6 = [name for name in MTAS if name != "ask-sendmail"]
POINTS = {"rspamd": {"SEKIMORI_OPEN_RELAY": 4.0}, "spamassassin": {"SEKIMORI_OPEN_RELAY": 2.5}}
EXIT_POINTS = {"rspamd": {"SEKIMORI_RELAY_EXIT": 0.5}, "spamassassin": {"SEKIMORI_RELAY_EXIT": 0.5}}
NO_POINTS = {"rspamd": {}, "spamassassin": {}}
# The MTAs' own resolvers give up after 5 to 10 s, the filters earlier.
PATIENCE_S = 60

daemon = harness.Daemon()
daemon.inside = (lab.LIST_SERVER + ":53", "[%s]:53" % lab.LIST_SERVER6)


# --- what is done in every test ---

def forget():
    """Nobody knows an earlier answer: not the resolver, not Postfix, whose processes keep answers all their life."""
    lab.forget_names(harness.ZONE)
    lab.set_variant("ask-postfix", "filtered")


def send(client, name, to="root", ipv6=False):
    """One mail from a server's network to another server. Returns (step, code), text."""
    server = lab.ASKERS[name]
    sock = lab.connect(server.ipv6 if ipv6 else server.ipv4, 25, name=client.name, timeout=PATIENCE_S)
    step, code, text = mini_smtp.send(
        sock, "someone@" + client.domain, "%s@%s" % (to, server.domain), helo=client.host)
    return (step, code), text.replace(" / ", " ")


def at_once(function, arguments):
    """{argument: what the function returned}, all of them at the same time."""
    with concurrent.futures.ThreadPoolExecutor(len(arguments)) as pool:
        return dict(zip(arguments, pool.map(function, arguments)))


def both(*functions):
    """What they return, run at the same time."""
    return list(at_once(lambda function: function(), functions).values())


def all_accept(client, to="root", servers=MTAS):
    got = at_once(lambda name: send(client, name, to), servers)
    assert {name: answer for name, (answer, _) in got.items()} == dict.fromkeys(servers, ACCEPTED), got


def check_refusal(name, address, answer, text):
    step, code, words = REFUSALS[name]
    assert answer == (step, code) and words % address in text, (name, answer, text)


def all_refuse(servers=MTAS, ipv6=False):
    got = at_once(lambda name: send(OPEN, name, ipv6=ipv6), servers)
    for name, (answer, text) in got.items():
        print("# %s: %s %s" % (name, answer[1], text))
        check_refusal(name, OPEN.ipv6 if ipv6 else OPEN.ipv4, answer, text)


LETTER = """\
From: A <a@open.example>
To: root@ask-spamassassin.example
Subject: hello
Date: Fri, 27 Nov 2026 10:41:59 +0000
Message-ID: <laboratory.1@open.example>

Hello there.
"""


def rspamd(address):
    """{symbol of ours: score} of a mail that this address hands in."""
    server = lab.ASKERS["ask-opensmtpd"]
    connection = http.client.HTTPConnection(server.ipv4)
    connection.sock = lab.connect(server.ipv4, 11333, timeout=PATIENCE_S)
    connection.request("POST", "/checkv2", LETTER.encode(), {"IP": address, "From": "a@open.example"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return {name: symbol["score"] for name, symbol in answer["symbols"].items()
            if name.startswith("SEKIMORI")}


def spamc(address, *options, before=""):
    """What spamc says of a mail that this address handed to our server; before: the host before that."""
    host = "by mail.ask-spamassassin.example (Postfix) with ESMTP id 1; Fri, 27 Nov 2026 10:41:59 +0000"
    received = "Received: from mail.open.example (mail.open.example [%s])\n\t%s\n" % (address, host)
    if before:
        received += "Received: from [%s] by mail.open.example; Fri, 27 Nov 2026 10:41:58 +0000\n" % before
    done = lab.script("exec", "ask-spamassassin", "spamc", "-d", lab.ASKERS["ask-spamassassin"].ipv4,
                      *options, text_in=received + LETTER, timeout=PATIENCE_S)
    assert "spam" in done.stdout.lower(), (done.stdout, done.stderr)
    return done.stdout


def spamassassin(address, before=""):
    """{rule of ours: points} of its report."""
    return {name: float(points) for points, name in
            re.findall(r"^ *(-?\d+\.\d) (SEKIMORI\w*)", spamc(address, "-R", before=before), re.M)}


def points(address):
    """Of both filters; a symbol of rspamd without a score only says that it could not ask."""
    got = at_once(lambda function: function(address), (rspamd, spamassassin))
    return {"rspamd": {name: score for name, score in got[rspamd].items() if score},
            "spamassassin": got[spamassassin]}


class Questions:
    """Who has asked the resolver what since this was made."""

    def __init__(self):
        self.start = lab.log_size("resolver", "unbound.log")

    def askers(self, name):
        text = lab.log_text("resolver", "unbound.log", self.start)
        found = set(re.findall(r"info: ([0-9.]+) %s\. A IN" % re.escape(name), text))
        return sorted(server.name for server in lab.ASKERS.values() if server.ipv4 in found)


# --- the tests ---

def listed(address):
    answer = ask.follow(daemon, address).end()
    assert answer.exit == 1, answer
    daemon.wait_listed(address, ["127.0.0.2"])


def test_start():
    """a relay is listed by IPv4 and IPv6; the servers that ask are up"""
    daemon.start()
    for address in (OPEN.ipv4, OPEN.ipv6):
        listed(address)
    lab.up_more(lab.ASKERS)
    lab.resolver("set_option", "log-queries:", "yes")


def test_nothing_outside():
    """the servers that ask have no way out either, whatever rules and lists they would like to fetch"""
    for name in lab.ASKERS:
        for address in ("192.0.2.1", "2001:db8::1"):
            assert lab.unreachable(address, name), (name, address)


def test_refuse():
    """each of the five refuses the listed server, with the reason or the page, and accepts another one; by IPv6 too"""
    forget()
    questions = Questions()
    txt = daemon.dig(mini_dns.reverse(OPEN.ipv4, harness.ZONE), "TXT").answer[0].data
    assert txt == REASON + OPEN.ipv4, txt
    both(all_refuse, lambda: all_refuse(ASKS_IPV6, ipv6=True), lambda: all_accept(CLEAN))
    assert questions.askers(mini_dns.reverse(OPEN.ipv4, harness.ZONE)) == sorted(MTAS)


def test_sendmail_ipv6():
    """Sendmail's feature does not ask about IPv6: it accepts"""
    assert send(OPEN, "ask-sendmail", ipv6=True)[0] == ACCEPTED


def test_postmaster():
    """who is listed still reaches postmaster and abuse, where the server can tell at RCPT"""
    for to in ("postmaster", "abuse"):
        all_accept(OPEN, to, SPARES_POSTMASTER)


def test_points():
    """rspamd and SpamAssassin give points for the listed address, by header and report, none for another"""
    assert points(OPEN.ipv4) == POINTS, points(OPEN.ipv4)
    assert points(CLEAN.ipv4) == NO_POINTS, points(CLEAN.ipv4)
    assert rspamd(OPEN.ipv6) == POINTS["rspamd"], rspamd(OPEN.ipv6)
    assert re.search(r"^X-Spam-Status: .*\n?.*SEKIMORI_OPEN_RELAY", spamc(OPEN.ipv4), re.M)
    # not for a mail that came through a listed server before the one that connected
    assert spamassassin(CLEAN.ipv4, before=OPEN.ipv4) == {}


def test_watch():
    """watching first: Postfix and Exim accept and log what they would have refused"""
    lab.set_variant("ask-postfix", "watching")
    start = lab.log_size("ask-postfix", "mail.log")
    assert send(OPEN, "ask-postfix")[0] == ACCEPTED
    log = lab.log_text("ask-postfix", "mail.log", start)
    assert "reject_warning: RCPT from mail.open.example[%s]: 554" % OPEN.ipv4 in log, log
    lab.set_variant("ask-postfix", "filtered")
    talk = "EHLO x\r\nMAIL FROM:<a@open.example>\r\nRCPT TO:<root@ask-exim.example>\r\nQUIT\r\n"
    done = lab.script("exec", "ask-exim", "exim4", "-DSEKIMORI_WATCH=1", "-bh", OPEN.ipv4, text_in=talk)
    assert "250 Accepted" in done.stdout, done.stdout
    assert "X-Sekimori: bl.example 127.0.0.2 " + REASON in done.stderr, done.stderr[-2000:]
    assert "Warning: bl.example would have this refused: " + REASON in done.stderr, done.stderr[-2000:]


def test_stopped():
    """the daemon is stopped: all accept, after their resolvers' patience; started again it is asked again"""
    assert daemon.stop() == 0
    forget()
    starts = {name: lab.log_size(name, path) for name, path in LOGS.items()}
    _, got = both(lambda: all_accept(OPEN), lambda: points(OPEN.ipv4))
    assert got == NO_POINTS, got
    for name, path in LOGS.items():
        assert COULD_NOT_ASK[name] in lab.log_text(name, path, starts[name]), name
    daemon.start()
    daemon.wait_listed(OPEN.ipv4, ["127.0.0.2"])
    forget()
    all_refuse(SPARES_POSTMASTER)


LOGS = {"ask-postfix": "mail.log", "ask-exim": "exim4/mainlog"}
COULD_NOT_ASK = {"ask-postfix": "warning: 10.1.18.198.bl.example: RBL lookup error: ",
                 "ask-exim": "for 10.1.18.198.bl.example: assumed not in list"}


def test_removed():
    """after a removal all accept, and no points are left"""
    for address in (OPEN.ipv4, OPEN.ipv6):
        assert ask.ask(daemon, "remove", address, "--reason", "a system test").exit == 0
        daemon.wait_listed(address, [])
    forget()
    all_accept(OPEN)
    assert points(OPEN.ipv4) == NO_POINTS
    assert daemon.stop() == 0


def test_refused():
    """the daemon answers REFUSED: all accept"""
    name = mini_dns.reverse(OPEN.ipv4, harness.ZONE)
    other = harness.Daemon('\ndns {\n\tzone = "elsewhere.example"\n\tns = "ns.elsewhere.example"\n}\n')
    other.inside = daemon.inside
    with other:
        forget()
        assert other.dig(name).rcode == "REFUSED"
        with lab.inside():
            assert mini_dns.dig((lab.RESOLVER, 53), name, "A").rcode == "SERVFAIL"
        starts = {name: lab.log_size(name, path) for name, path in LOGS.items()}
        all_accept(OPEN)
        assert points(OPEN.ipv4) == NO_POINTS
        assert rspamd(OPEN.ipv4)["SEKIMORI_FAIL"] == 0
        for name, path in LOGS.items():
            assert COULD_NOT_ASK[name] in lab.log_text(name, path, starts[name]), name


def check_wrong_answer(address):
    with fake_list.FakeList(harness.ZONE, address):
        forget()
        questions = Questions()
        _, got = both(lambda: all_accept(OPEN), lambda: points(OPEN.ipv4))
        assert got == NO_POINTS, (address, got)
        asked = questions.askers(mini_dns.reverse(OPEN.ipv4, harness.ZONE))
        assert asked == sorted(lab.ASKERS), (address, asked)
        lab.set_variant("ask-postfix", "unfiltered")
        answer, text = send(CLEAN, "ask-postfix")
        assert answer == ("rcpt", 554) and "blocked using bl.example" in text, (address, answer, text)


def test_wrong_answers():
    """an error code or a wildcard for everything: all accept by their filters, and without one nobody would"""
    for address in ("127.255.255.254", "127.0.0.1", "192.0.2.1"):
        check_wrong_answer(address)


def test_exit():
    """an exit of a relay gets a few points, which OpenSMTPD's header shows, and nobody refuses it"""
    with fake_list.FakeList(harness.ZONE, "127.0.0.3", top="out." + harness.ZONE):
        forget()
        start = lab.log_size("ask-postscreen", "mail.log")
        all_accept(OPEN)
        assert points(OPEN.ipv4) == EXIT_POINTS, points(OPEN.ipv4)
        log = lab.log_text("ask-postscreen", "mail.log", start)
        assert "addr %s listed by domain out.bl.example as 127.0.0.3" % OPEN.ipv4 in log, log
        harness.wait_until(lambda: "SEKIMORI_RELAY_EXIT=0.500" in lab.script(
            "exec", "ask-opensmtpd", "cat", "/var/mail/root").stdout, 20, "the score in a delivered mail")


harness.main()
