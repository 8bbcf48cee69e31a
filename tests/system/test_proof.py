#!/usr/bin/env python3
"""Owners: a record in a real zone, a code through real mail servers, what they see then, the retest, the end."""

import base64
import hashlib
import re
import threading

import ask
import control
import harness
import lab

OWNER = lab.SERVERS["open-postfix"]
STRANGER = "203.0.113.7"
SLOW, SLOW_PORT = lab.LIST_SERVER, 2599
SMARTHOST = lab.POST["smarthost"].ipv4
SETTINGS = """
mail {
	relay = {"%s:25"}
}
""" % SMARTHOST

daemon = harness.Daemon(SETTINGS)
grants = {}


def visit(verb, asker=STRANGER, **members):
    return control.visit(daemon, verb, asker, addr=OWNER.ipv4, **members)


def failed(answer, tag, code):
    assert (answer.done.get("error"), answer.exit) == (tag, code), answer.done


def test_listed():
    """an open relay is listed; a stranger sees that, and no more"""
    lab.up_more(["smarthost"])
    daemon.start()
    assert ask.ask(daemon, "nominate", OWNER.ipv4, *ask.BASIS, "--follow", "--wait", "60s", timeout=90).exit == 1
    seen = visit("check")
    assert seen.exit == 0 and seen.done["listed"] and seen.done["role"] == "public", seen.done
    assert seen.done["listings"][0]["kind"] == "entry" and seen.done["history"][0]["event"] == "add", seen.done
    assert seen.done["verdict"] is None and seen.done["optout"] is None and seen.done["last_test"], seen.done
    assert seen.done["may"] == {"retest": True, "why": None, "probe": False, "why_probe": "owner-not-proved"}
    failed(visit("evidence"), "owner-not-proved", 77)
    failed(visit("optout-owner", reason="x"), "owner-not-proved", 77)
    failed(control.visit(daemon, "remove", STRANGER, target=OWNER.ipv4, reason="x"), "operator-only", 77)


def test_by_a_record():
    """a TXT record in the zone of its confirmed name proves the owner, once"""
    begun = visit("prove", method="txt", step="begin").done
    reverse = ".".join(reversed(OWNER.ipv4.split("."))) + ".in-addr.arpa"
    assert begun["names"] == ["_sekimori." + reverse, "_sekimori." + OWNER.host], begun
    claim = {"method": "txt", "step": "check", "claim": begun["claim"]}
    failed(visit("prove", **claim), "proof-not-found", 77)
    lab.add_record("example", '_sekimori.%s. 0 TXT "%s"' % (OWNER.host, begun["value"]))
    proved = harness.wait_until(lambda: (lambda a: a if a.exit == 0 else None)(visit("prove", **claim)), 30,
                                "the record to be found")
    assert proved.done["name"] == "_sekimori." + OWNER.host and proved.done["method"] == "txt", proved.done
    grants["txt"] = proved.done["grant"]
    failed(visit("prove", **claim), "claim-used", 77)
    failed(control.visit(daemon, "prove", STRANGER, addr=lab.SERVERS["exim-closed"].ipv4, **claim), "bad-claim", 65)


def test_claim_stays_used():
    """a used claim stays used when the keeper is killed"""
    begun = visit("prove", method="txt", step="begin").done
    lab.add_record("example", '_sekimori.%s. 0 TXT "%s"' % (OWNER.host, begun["value"]))
    claim = {"method": "txt", "step": "check", "claim": begun["claim"]}
    harness.wait_until(lambda: visit("prove", **claim).exit == 0, 30, "the record to be found")
    old = daemon.kill_role("keeper")
    harness.wait_until(lambda: daemon.roles().get("keeper", old) != old and
                       daemon.sekimori("status").returncode == 0, 30, "a new keeper")
    failed(visit("prove", **claim), "claim-used", 77)
    assert visit("check", grant=grants["txt"]).done["role"] == "owner"


def mailbox():
    return lab.script("exec", "open-postfix", "sh", "-c", "cat /var/mail/root 2>/dev/null || true").stdout


def letter_with(text):
    """The newest mail that holds a text, its base64 body undone."""
    for mail in reversed(re.split(r"^From ", mailbox(), flags=re.M)):
        if text in mail:
            head, body = mail.split("\n\n", 1)
            return head, base64.b64decode(body).decode()
    return None


def test_by_a_code():
    """a code goes through a real relay to the postmaster of its confirmed name, and proves the owner"""
    begun = harness.wait_until(lambda: (lambda a: a if a.exit == 0 else None)(
        visit("prove", method="mail", step="begin")), 30, "the prober to be back").done
    assert begun["to"] == "postmaster@" + OWNER.host, begun
    head, body = harness.wait_until(lambda: letter_with("Auto-Submitted: auto-generated"), 30, "the letter")
    assert "Return-Path: <postmaster@probe.example>" in head and "mail.smarthost.example" in head, head
    assert STRANGER in body and OWNER.ipv4 in body and "If it was not you" in body and "確認コード" in body, body
    code = re.search(r"^Code: (\S+)$", body, re.M)[1]
    step = {"method": "mail", "step": "check", "claim": begun["claim"]}
    wrong = visit("prove", code="aaaa-aaaa", **step)
    failed(wrong, "wrong-code", 77)
    assert wrong.done["left"] == 4, wrong.done
    proved = visit("prove", code=code.upper().replace("-", " "), **step)
    assert proved.exit == 0 and proved.done["method"] == "mail", proved.done
    grants["mail"] = proved.done["grant"]
    failed(visit("prove", code=code, **step), "claim-used", 77)
    again = visit("prove", method="mail", step="begin")
    failed(again, "code-limit", 75)
    assert 0 < again.done["retry_after"] <= 600, again.done


def test_evidence():
    """the grant opens the evidence, whole: way, dialogue, and the mail octet by octet"""
    for grant in grants.values():
        shown = visit("evidence", grant=grant)
        assert shown.exit == 0 and shown.done["proofs"] == 1 and not shown.done["cut"], shown.done
        proof = [e for e in shown.events if e["event"] == "proof"][0]
        assert proof["entry"] == OWNER.ipv4 and proof["exit"] in (OWNER.ipv4, OWNER.ipv6) and proof["linked"], proof
        assert OWNER.host in proof["chain"][0] and proof["believed"] == lab.PROBER, proof
        text = "".join(e["text"] for e in shown.events if e["event"] == "transcript")
        assert "S: 220 " + OWNER.host in text and "RCPT TO:<" + proof["rcpt_to_sent"] in text, text
        assert [e["kind"] for e in shown.events if e["event"] == "journal"] == ["add"]
        mail = visit("evidence-mail", grant=grant, digest=proof["mail"])
        octets = b"".join(base64.b64decode(e["base64"]) for e in mail.events)
        assert hashlib.sha256(octets).hexdigest() == proof["mail"] == mail.done["digest"], mail.done
        assert proof["token"].encode() in octets and len(octets) == proof["octets"]
    failed(visit("evidence-mail", grant=grants["txt"], digest="0" * 64), "no-such-mail", 65)


def test_source_address():
    """who asks from the address itself is its owner, but not for every port"""
    failed(visit("prove", method="source"), "owner-not-proved", 77)
    proved = visit("prove", asker=OWNER.ipv4, method="source")
    assert proved.exit == 0, proved.done
    failed(visit("test", asker=OWNER.ipv4, kind="probe", port=2000, grant=proved.done["grant"]), "too-deep", 77)


def test_retest():
    """a stranger's retest, watched live to the removal; a second one joins it"""
    lab.set_variant(OWNER.name, "closed")
    begun = visit("test", kind="retest", note="mended")
    assert begun.exit == 0 and not begun.done["reused"], begun.done
    joined = visit("test", asker="192.0.2.1", kind="retest")
    assert joined.done["test"] == begun.done["test"], joined.done
    shown = control.visit(daemon, "test-show", STRANGER, test=begun.done["test"], follow=True)
    states = [e["state"] for e in shown.events]
    assert shown.exit == 0 and shown.done["state"] == "done" == states[-1], shown.done
    assert shown.done["removed"] and not shown.done["listed"] and shown.done["mine"], shown.done
    assert shown.done["verdict"]["verdict"] == "closed" and "steps" not in shown.done, shown.done
    daemon.wait_listed(OWNER.ipv4, [])
    seen = visit("check").done
    assert not seen["listed"] and seen["clean_by"] and seen["history"][0]["event"] == "remove", seen
    assert visit("test", kind="retest").done["reused"], "the result is given again"
    failed(visit("test", asker="198.51.100.1", kind="retest"), "not-listed", 65)


def dialogue(listener, lines):
    """A mail server that answers all but RCPT; every line it hears is noted."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as file:
        connection.sendall(b"220 slow.example ESMTP\r\n")
        for line in file:
            lines.append(line.decode().strip())
            if not line.startswith(b"RCPT"):
                connection.sendall(b"250 slow.example\r\n")
    lines.append("end")


def test_cancel():
    """a test is cancelled in the dialogue: no further form, and the connection ends at once"""
    lines = []
    with lab.listen(SLOW, SLOW_PORT) as listener:
        server = threading.Thread(target=dialogue, args=(listener, lines), daemon=True)
        server.start()
        run = ask.stream(daemon, "nominate", "%s:%d" % (SLOW, SLOW_PORT), *ask.BASIS, "--follow", "--wait", "60s")
        harness.wait_until(lambda: any(line.startswith("RCPT") for line in lines), 30, "RCPT")
        test = control.ask(daemon, "test", addr=SLOW, kind="probe").done["test"]
        shown = control.visit(daemon, "test-show", STRANGER, test=test).done
        assert shown["state"] == "testing" and "form" not in shown, shown
        assert control.ask(daemon, "test-show", test=test).done["class"] == "plain"
        failed(control.visit(daemon, "test-cancel", STRANGER, test=test), "not-yours", 77)
        assert control.ask(daemon, "test-cancel", test=test).done["state"] == "cancelled"
        harness.wait_until(lambda: lines[-1] == "end", 10, "the end of the connection")
        assert sum(line.startswith("RCPT") for line in lines) == 1, lines
        assert run.end(30).exit == 2 and run.all("cancelled", by="request"), run.events
        server.join()


def test_opt_out():
    """the owner ends all tests for good"""
    assert visit("optout-owner", grant=grants["mail"], reason="no more tests").exit == 0
    assert visit("check", grant=grants["mail"]).done["optout"]
    failed(visit("test", kind="probe", grant=grants["txt"]), "opted-out", 77)


def test_keys():
    """a CSIRT's key opens what the owner sees, until it is revoked"""
    made = daemon.sekimori("key", "add", "CSIRT", "--for", "30d")
    key = made.stdout.splitlines()[0]
    assert made.returncode == 0 and visit("evidence", key=key).exit == 0, (made, key)
    assert visit("check", key=key).done["role"] == "csirt"
    listed = daemon.sekimori("key", "list").stdout
    assert "1  CSIRT; made" in listed and key not in listed, listed
    assert daemon.sekimori("key", "revoke", "1", "--reason", "over").returncode == 0
    failed(visit("evidence", key=key), "bad-key", 77)
    assert daemon.sekimori("key", "revoke", "1", "--reason", "over").returncode == 65


def test_without_a_relay():
    """a relay that is not there is told; without one there are no letters"""
    other = lab.SERVERS["exim-closed"].ipv4
    for settings, tag, code in ((SETTINGS.replace(":25", ":26"), "letter-refused", 75), ("", "no-mail-relay", 69)):
        daemon.stop()
        daemon.settings = settings
        daemon.start()
        answer = control.visit(daemon, "prove", "192.0.2.99", addr=other, method="mail", step="begin")
        failed(answer, tag, code)
        assert code == 69 or 'said="connection refused"' in daemon.log(), answer.done


harness.main()
