#!/usr/bin/env python3
"""`sekimori probe` without a daemon: verdicts as exit codes, refusals, and a ledger that outlives a run."""

import os
import sqlite3
import subprocess
import tempfile

import ask
import harness
import lab

OUTSIDE = "198.20.0.50"
OPEN = lab.SERVERS["open-postfix"].ipv4
LABORATORY = ("--lab-range", "198.18.0.0/15", "--lab-range", "fd00:18::/64",
              "--lab-range", "10.0.0.0/8")
SILENT = "10.77.0.9"  # nobody there; RFC 1918 keeps the pace of an owner's server: 10 s between sessions

_home = tempfile.TemporaryDirectory(prefix="sekimori-probe-")


def line(*arguments, ledger="ledger", laboratory=LABORATORY):
    state = os.path.join(_home.name, ledger)
    return ask.command("sekimori", "probe", "--receive", lab.RECEIVER + ":25", "--probe-domain",
                       "probe.example", "--probe-domain2", "probe2.example", "--helo",
                       "relaytest.probe.example", "--from", lab.PROBER, "--resolver", lab.RESOLVER,
                       "--state", state, *laboratory, *arguments)


def probe(*arguments, **options):
    return subprocess.run(line(*arguments, **options), check=False, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=90)


def check(done, code, *fragments):
    assert done.returncode == code, (code, done)
    for fragment in fragments:
        assert fragment in done.stdout + done.stderr, (fragment, done)


def test_open():
    """an open relay: exit 1, and the word open"""
    check(probe(OPEN), 1, OPEN + ": open")


def verdict_of(*arguments):
    run = ask.Stream(line("--json", *arguments))
    run.end()
    return run.all("verdict")[-1]


def test_cause():
    """why it is open: too many are trusted, or a sender's word; a closed one has no cause"""
    wide = verdict_of(OPEN)
    assert (wide["cause"], wide["mta"]) == ("trusted-v4", "postfix"), wide
    assert not wide["cause_sure"] and wide["cause_second"] == "wildcard-domain", wide
    assert wide["seen_client"] == lab.PROBER and wide["fix"] == [
        "trusted-v4-postfix", "wildcard-domain-postfix"], wide
    sender = verdict_of("--depth", "full", lab.SERVERS["sender-relay"].ipv4)
    assert sender["cause"] == "sender-domain" and "plain-refused" in sender["cause_for"], sender
    assert "cause" not in verdict_of(lab.SERVERS["debian-postfix"].ipv4)
    check(probe("--lang", "ja", OPEN), 1, "有力な原因", "Postfix: mynetworks が広すぎます")


def test_certificate():
    """a certificate without its key, or one that cannot be read, is refused before anything is sent"""
    pem = os.path.join(lab.STATE, "roots", "base", "etc", "ssl", "certs", "ssl-cert-snakeoil.pem")
    check(probe("--cert", pem, OPEN, ledger="certificate"), 64, "--cert, --key")
    check(probe("--cert", pem, "--key", "/nonexistent", OPEN, ledger="certificate"), 64, "/nonexistent")
    ledger = os.path.join(_home.name, "certificate", "ledger.db")
    assert not os.path.exists(ledger) or rows("certificate", "SELECT count(*) FROM session")[0][0] == 0


def test_closed():
    """a closed server: exit 0, and how many forms were refused"""
    check(probe(lab.SERVERS["exim-closed"].ipv4), 0, "closed: ", " forms")


def test_sink():
    """a server that takes and keeps everything: exit 2, accepts is not open"""
    done = probe("--wait", "7s", lab.SERVERS["sink"].ipv4)
    check(done, 2, "accepts but does not deliver (provisional)")
    assert ": open" not in done.stdout, done.stdout


def test_many():
    """several at once, by name (all its addresses) and by address: the gravest verdict decides"""
    done = probe("mail.open.example", lab.SERVERS["opensmtpd-closed"].ipv4 + ":25")
    check(done, 1, OPEN + ": open", lab.SERVERS["open-postfix"].ipv6 + ": open", ": closed")


def test_json():
    """--json: one object a line, and the event of every form"""
    run = ask.Stream(line("--json", lab.SERVERS["exim-closed"].ipv4))
    answer = run.end()
    assert answer.exit == 0, answer
    forms = {event["form"] for event in run.all("found")}
    assert len(forms) >= 20, forms
    assert run.all("verdict")[-1]["verdict"] == "closed", run.events[-2:]
    assert run.all("listed") == [] and run.all("published") == [], "nothing is listed without a daemon"


def test_outside():
    """outside the laboratory: refused, and nothing was sent or remembered as a session"""
    done = probe(OUTSIDE, ledger="outside")
    check(done, 77, OUTSIDE)
    done = probe("--basis", "authority", "--reason", "x", OUTSIDE, ledger="outside")
    check(done, 77, OUTSIDE)
    done = probe(OPEN, ledger="outside", laboratory=("--lab-range", "10.0.0.0/8"))
    check(done, 77, OPEN)
    assert rows("outside", "SELECT count(*) FROM session")[0][0] == 0


def rows(ledger, query, *values):
    path = os.path.join(_home.name, ledger, "ledger.db")
    with sqlite3.connect(path) as database:
        return database.execute(query, values).fetchall()


def octets(address):
    return b"\0" * 10 + b"\xff\xff" + bytes(int(part) for part in address.split("."))


def test_optout_holds():
    """an opt-out in the ledger holds in every later run"""
    probe("--wait", "1s", OPEN, ledger="optout")
    rows("optout", "INSERT INTO optout (addr, len, made, proof, reason, who) VALUES (?, 128, "
         "strftime('%s', 'now'), x'', CAST('asked' AS BLOB), CAST('test' AS BLOB))", octets(OPEN))
    for _ in range(2):
        done = probe(OPEN, ledger="optout")
        check(done, 77, OPEN, "opted out")


def sessions():
    return rows("pace", "SELECT started FROM session WHERE addr = ? ORDER BY started", octets(SILENT))


def test_pace_holds():
    """the pace between sessions holds from one run to the next, and each begins with a pause"""
    for _ in range(2):
        run = ask.Stream(line("--json", "--wait", "13s", SILENT, ledger="pace"))
        assert run.end().exit == 2, run.events
        assert run.all("waiting")[0]["why"] == "pace", run.events
    starts = [start for start, in sessions()]
    assert len(starts) >= 2, (run.events, starts)
    assert all(after - before >= 10 for before, after in zip(starts, starts[1:])), starts


def test_no_ledger():
    """--no-ledger leaves nothing behind"""
    done = probe("--no-ledger", OPEN, ledger="none")
    check(done, 1, ": open")
    assert not os.path.exists(os.path.join(_home.name, "none"))


def test_busy_mailbox():
    """a port in use: 73 and which one"""
    with lab.listen(lab.RECEIVER, 25):
        check(probe(OPEN), 73, "--receive: 198.18.0.25 port 25")


def test_interrupted():
    """Ctrl-C ends it at once with 130 and what is known so far"""
    run = subprocess.Popen(line("--progress", "always", lab.SERVERS["exim-closed"].ipv4),
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with run:
        for text in run.stdout:
            if " P01 " in text:
                break
        run.send_signal(2)
        rest = run.stdout.read()
        assert run.wait(5) == 130, rest
    assert lab.SERVERS["exim-closed"].ipv4 in rest, rest


harness.main()
