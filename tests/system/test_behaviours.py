#!/usr/bin/env python3
"""What servers do that is neither yes nor no (greylisting, tarpits, 421, holding, bouncing, answering machines), on
the real servers of the field: each gets the verdict that is true, and nobody is called open who did not relay."""

import collections
import re

import ask
import harness
import lab

# name -> what to ask for, its verdict, whether that may still change, is it listed
Want = collections.namedtuple("Want", "arguments verdict provisional listed")
GENTLE, SHORT = ("--depth", "gentle"), ("--depth", "gentle", "--wait", "20s")
WANTED = {
    "pf-postgrey": Want(GENTLE, "open", False, True),
    "pf-postscreen": Want(GENTLE, "open", False, True),
    "pf-postscreen-closed": Want(GENTLE, "closed", False, False),
    "pf-slow": Want(GENTLE, "open", False, True),
    "ms-msmtpd": Want(GENTLE, "open", False, True),
    "pf-tarpit": Want(("--depth", "normal", "--wait", "25s"), "inconclusive", True, False),
    "ex-tarpit": Want(GENTLE, "closed", False, False),
    "ex-data": Want(GENTLE, "closed", False, False),
    "pf-blocks-us": Want(GENTLE, "inconclusive", False, False),
    "pf-bouncer": Want(GENTLE, "closed", False, False),
    "ex-bouncer": Want(GENTLE, "closed", False, False),
    "pf-discard": Want(SHORT, "accepts", True, False),
    "ex-discard": Want(SHORT, "accepts", True, False),
    "pf-hold": Want(SHORT, "accepts", True, False),
    "pf-auto": Want(("--depth", "normal", "--wait", "25s"), "accepts", True, False),
}
OTHERS = ["pf-smart"]  # ms-msmtpd hands on to it
REMEMBER = ["pf-postgrey", "pf-postscreen", "pf-postscreen-closed"]  # whoever came before

daemon = harness.Daemon()
runs = {}


def findings(name, finding, **members):
    return runs[name].all("found", finding=finding, **members)


def test_verdicts():
    """each of fifteen servers gets its verdict, and is in the list or is not"""
    assert lab.script("down", "--only", *REMEMBER).returncode == 0
    lab.up_more([*WANTED, *OTHERS])
    daemon.start()
    for name, want in WANTED.items():
        runs[name] = ask.follow(daemon, lab.FIELD[name].ipv4, *want.arguments)
    wrong = []
    for name, want in WANTED.items():
        answer = runs[name].end(90)
        got = (answer.done.get("verdict"), answer.done.get("provisional"))
        print("# %-20s %s" % (name, got))
        if got != (want.verdict, want.provisional) or bool(runs[name].all("listed")) != want.listed:
            wrong.append((name, got, runs[name].events[-3:]))
    assert not wrong, wrong


def test_dns():
    """what the list answers is what was proved"""
    for name, want in WANTED.items():
        daemon.wait_listed(lab.FIELD[name].ipv4, ["127.0.0.2"] if want.listed else [])


def test_greylisting():
    """greylisted forms are put off, and what came back in the end has the very token of the first try"""
    put_off = findings("pf-postgrey", "deferred", code=450, form="P01")
    assert put_off and "Greylisted" in put_off[0]["said"], put_off
    token = re.search("<(a[a-z2-7]+)@", put_off[0]["said"]).group(1)
    assert re.search("event=mail .* to=%s@probe.example .*code=250" % token, daemon.log()), token


def test_postscreen():
    """postscreen turns the first visit away and lets the second through to the server behind it"""
    for name, then in (("pf-postscreen", "accepted"), ("pf-postscreen-closed", "refused")):
        assert findings(name, "deferred", code=450), name
        assert findings(name, then), name
        sessions = runs[name].all("connected")
        assert len(sessions) >= 2, sessions


def test_late_banner():
    """a greeting that lets one wait is waited for"""
    assert findings("pf-slow", "accepted"), runs["pf-slow"].events
    took = re.search(r"event=session .*took_ms=(\d+) banner=\"mail.pf-slow", daemon.log())
    assert took and int(took.group(1)) >= 1000, took


def test_tarpits():
    """replies that dawdle are waited for; 421 at the error limit ends a session, not the test, and is no refusal"""
    refused = findings("ex-tarpit", "refused")
    took = [int(ms) for ms in re.findall(
        r"event=session .*finding=done took_ms=(\d+) banner=\"mail.ex-tarpit", daemon.log())]
    assert len(took) == 3 and min(took) >= 1000 and len(refused) == 3, (took, refused)
    busy = runs["pf-tarpit"].all("ended", finding="busy")
    assert busy and len(findings("pf-tarpit", "refused")) > 3, runs["pf-tarpit"].events
    assert not runs["pf-tarpit"].all("verdict", verdict="closed")
    after = [e for e in runs["pf-tarpit"].all("connected") if e["at"] > busy[0]["at"]]
    assert after, "it never came back"


def test_data():
    """yes to every recipient and no to DATA is a refusal"""
    refused = findings("ex-data", "refused", code=550)
    assert len(refused) == 3 and all("relay not permitted" in e["said"] for e in refused), refused
    assert not runs["ex-data"].all("receipt")


def test_blocked():
    """a server that does not talk to us at all is not closed"""
    (verdict,) = runs["pf-blocks-us"].all("verdict")
    assert verdict["why"] == "blocks-us" and verdict["done"] == 0 and not verdict["clears"], verdict


def test_bounces():
    """accepted and sent back: the bounce at the sender token counts, and closes that form alone"""
    for name in ("pf-bouncer", "ex-bouncer"):
        accepted = {e["form"] for e in findings(name, "accepted")}
        bounced = {e["form"] for e in runs[name].all("receipt", kind="sender", counts=True)}
        assert accepted and accepted <= bounced, (name, accepted, bounced)
        assert not runs[name].all("receipt", kind="recipient"), name


def test_nothing_back():
    """discarded or held: nothing comes back, which proves nothing"""
    for name in ("pf-discard", "ex-discard", "pf-hold"):
        assert findings(name, "accepted") and not runs[name].all("receipt"), name


def test_answering_machine():
    """an answering machine that quotes the whole letter proves nothing, however often it answers"""
    answers = runs["pf-auto"].all("receipt")
    assert answers and {(e["kind"], e["counts"], e["why"]) for e in answers} == {
        ("sender", False, "not-a-bounce")}, answers


def test_without_rset():
    """a server that knows no RSET and leaves no trace is found in its first session"""
    (proof,) = runs["ms-msmtpd"].all("receipt")
    assert proof["exit"] in (lab.FIELD["pf-smart"].ipv4, lab.FIELD["pf-smart"].ipv6) and proof["counts"], proof
    assert len(runs["ms-msmtpd"].all("connected")) == 1


def test_end():
    """no role died over it"""
    assert daemon.stop() == 0
    assert "role-died" not in daemon.log()


harness.main()
