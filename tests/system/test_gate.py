#!/usr/bin/env python3
"""`sekimori gate`: a real server that opens and closes while it is watched, reports, the hook, the pace."""

import html.parser
import json
import os
import subprocess
import tempfile
import time

import ask
import harness
import lab

SERVER = lab.SERVERS["open-postfix"]
CLOSED = lab.SERVERS["debian-postfix"]
EVERY = 3
NOBODY = SERVER.ipv4 + ":2599"
OWN_PACE = "10.77.0.9"  # RFC 1918 keeps the pace of an owner's server
OUTSIDE = "198.20.0.50"

_home = tempfile.TemporaryDirectory(prefix="sekimori-gate-")
HOOK = """#!/bin/sh
[ $# -eq 0 ] || exit 3
env | grep ^SEKIMORI_ >>"$TO/hook.$SEKIMORI_ADDR"
echo "hook of $SEKIMORI_HOST"
"""


def path(name):
    return os.path.join(_home.name, name)


def line(*arguments, ledger="ledger"):
    return ask.command("sekimori", "gate", "--receive", lab.RECEIVER + ":25", "--probe-domain", "probe.example",
                       "--helo", "relaytest.probe.example", "--from", lab.PROBER, "--resolver", lab.RESOLVER,
                       "--lab-range", "198.18.0.0/15", "--lab-range", "10.0.0.0/8",
                       "--state", path(ledger), *arguments)


def gate(*arguments, **options):
    return subprocess.run(line(*arguments, **options), check=False, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=90)


def check(done, code, *fragments):
    assert done.returncode == code, (code, done)
    for fragment in fragments:
        assert fragment in done.stdout + done.stderr, (fragment, done)


def report(name):
    with open(path(name), encoding="utf-8") as file:
        return file.read()


class Page(html.parser.HTMLParser):
    """What a browser would see: balanced elements, nothing fetched, the text."""

    VOID = {"meta"}

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.lang = [], "", None
        self.feed(text)
        assert self.open == [], self.open

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        assert tag not in ("script", "img", "link", "iframe"), tag
        assert not {"src", "href", "style", "onclick"} & set(names), (tag, names)
        if tag == "html":
            self.lang = names["lang"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text += data + " "


def postfix(*command):
    done = lab.script("exec", SERVER.name, *command)
    assert done.returncode == 0, done.stderr


class Watch:
    """A gate that runs on the open server, which begins closed."""

    def __init__(self, *arguments):
        lab.set_variant(SERVER.name, "closed")
        self.run = ask.Stream(line("--json", *arguments, SERVER.ipv4))
        self.run.wait_for("gate-round", round=0, verdict="closed")

    def cancel(self):
        """As by Ctrl-C: what was watched counts."""
        self.run.process.send_signal(2)
        answer = self.run.end(20)
        return answer, self.run.all("gate-end")[-1]


def test_opens_and_closes():
    """opened in the middle and closed again: told within two intervals, which form, when, why, and the hook ran"""
    hook = path("hook")
    with open(hook, "w", encoding="ascii") as file:
        file.write(HOOK)
    os.chmod(hook, 0o755)
    os.environ["TO"] = _home.name
    watch = Watch("--for", "5m", "--every", "%ds" % EVERY, "--depth", "gentle", "--reason", "change 4711",
                  "--on-open", hook, "--report", path("r.json"), "--report", path("r.html"),
                  "--report", path("r.txt"))
    lab.set_variant(SERVER.name, "open")
    opened = time.time()
    told = watch.run.wait_for("gate-open")
    every = watch.run.all("gate-plan")[-1]["every_s"]  # longer than asked for where rounds take longer
    assert told["told"] <= opened + 2 * every + 1, (told, opened, every)
    lab.set_variant(SERVER.name, "closed")
    closed = time.time()
    harness.wait_until(lambda: [r for r in watch.run.all("gate-round", verdict="closed") if r["began"] >= closed], 30)
    answer, end = watch.cancel()
    assert answer.exit == 1 and end["exit"] == 1 and end["state"] == "cancelled", (answer, end)
    # whole seconds are kept; the new settings hold a moment before the command that made them returns
    assert opened - 4 <= end["first"]["taken"] <= end["last"]["taken"] <= closed + 1, (opened, closed, end)
    assert end["first"]["form"] == "P01" and end["first"]["port"] == 25, end
    assert 0 < end["closed_before"] <= end["first"]["taken"] and end["closed_after"] >= end["last"]["taken"], end
    assert end["closed"] >= 2 and end["open"] >= 1 and end["undecided"] == 0, end
    assert "hook of " + SERVER.ipv4 in answer.text, answer
    facts = dict(row.split("=", 1) for row in report("hook." + SERVER.ipv4).splitlines())
    assert facts["SEKIMORI_EVENT"] == "open" and facts["SEKIMORI_FORM"] == "P01", facts
    assert int(facts["SEKIMORI_TAKEN"]) == told["taken"] and facts["SEKIMORI_REASON"] == "change 4711", facts


def test_reports():
    """the reports of it agree: text, JSON, and a page that needs nothing else, in the language asked for"""
    document = json.loads(report("r.json"))
    target = document["targets"][0]
    assert document["exit"] == 1 and document["reason"] == "change 4711", document
    assert target["addr"] == SERVER.ipv4 and target["end"]["exit"] == 1, target
    assert [span["verdict"] for span in target["spans"]] == ["closed", "open", "closed"], target["spans"]
    assert target["openings"] and target["proof"]["cause"], target
    assert any(c["what"] == "verdict" and c["back"] for c in target["changes"]), target["changes"]
    assert {"banner", "offer", "port"} <= {fact["what"] for fact in target["facts"]}, target["facts"]
    page = Page(report("r.html"))
    for text in (page.text, report("r.txt")):
        for fragment in ("OPEN: it relayed", "change 4711", SERVER.ipv4, "form P01", "Course", "PIPELINING",
                         "Why, and what to change"):
            assert fragment in text, (fragment, text)
    assert page.lang == "en"


def test_closed_and_different():
    """closed all the time; what the server offers is told when it goes, and when it is back"""
    watch = Watch("--for", "5m", "--every", "2s", "--depth", "gentle")
    try:
        postfix("postconf", "-e", "smtpd_discard_ehlo_keywords=chunking,etrn", "smtpd_banner=$myhostname ESMTP other")
        postfix("postfix", "reload")
        gone = watch.run.wait_for("gate-change", what="offer", back=False)
        banner = watch.run.wait_for("gate-change", what="banner", back=False)
        assert "ETRN" in gone["was"] and "ETRN" not in gone["is"] and gone["port"] == 25, gone
        assert banner["is"].endswith(" ESMTP other"), banner
    finally:
        postfix("postconf", "-X", "smtpd_discard_ehlo_keywords", "smtpd_banner")
        postfix("postfix", "reload")
    watch.run.wait_for("gate-change", what="offer", back=True)
    answer, end = watch.cancel()
    assert answer.exit == 130 and end["exit"] == 0 and end["closed"] == end["rounds"] >= 3, (answer, end)


def test_text():
    """for people: the plan first, in a pipe only what is new, then the whole"""
    done = gate("--for", "2s", "--every", "2s", "--depth", "gentle", "--progress", "never", "--lang", "ja", "--report", path("j.html"),
                CLOSED.ipv4, SERVER.ipv4)
    check(done, 0, "基準を含め 2 回: 中継拒否 2", CLOSED.ipv4, SERVER.ipv4, "間隔 lab")
    assert Page(report("j.html")).lang == "ja"
    assert done.stderr == "", done


def test_silent():
    """who does not answer is undecided, never closed"""
    done = gate("--for", "0", "--depth", "gentle", NOBODY)
    check(done, 2, "undecided", "no connection")


def test_interrupted():
    """Ctrl-C ends it with 130 and with the report of what was watched"""
    run = ask.Stream(line("--json", "--for", "1h", "--every", "2s", "--depth", "gentle", "--report",
                          path("c.json"), CLOSED.ipv4))
    run.wait_for("gate-round", round=1)
    run.process.send_signal(2)
    assert run.end(15).exit == 130, run.events[-3:]
    document = json.loads(report("c.json"))
    end = document["targets"][0]["end"]
    assert document["cut"] and end["state"] == "cancelled" and end["closed"] >= 2, document


def test_interrupted_twice():
    """a second Ctrl-C does not wait for what is known; it ends with 130 all the same"""
    for pause in (0, 0.02):
        run = ask.Stream(line("--json", "--for", "1h", "--every", "2s", CLOSED.ipv4))
        run.wait_for("gate-plan")
        run.process.send_signal(2)
        time.sleep(pause)
        run.process.send_signal(2)
        answer = run.end(15)
        assert answer.exit == 130 and "Sanitizer" not in answer.text, answer


def test_pace():
    """what the pace class forbids is refused with the reason and with what fits; nothing is sent"""
    check(gate("--for", "10m", "--every", "5s", "--depth", "gentle", OWN_PACE), 64, "33 s", "a round: 3")
    check(gate("--for", "10h", "--every", "1m", "--depth", "gentle", OWN_PACE), 64, "200 sessions")


def test_refused():
    """outside of the laboratory, or a report that cannot be written: refused before anything is sent"""
    check(gate("--for", "1s", OUTSIDE), 77, OUTSIDE)
    check(gate("--report", path("none/r.html"), CLOSED.ipv4), 73, "No such file")
    check(gate("--report", path("r.pdf"), CLOSED.ipv4), 64, ".html")
    check(gate("--on-open", "hook", CLOSED.ipv4), 64, "--on-open")


harness.main()
