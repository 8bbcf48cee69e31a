#!/usr/bin/env python3
"""The API on a running daemon: every path, method, status and problem of openapi.json, and nothing beside them."""

import calendar
import hashlib
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import api
import ask
import harness
import lab
import openapi

OPEN = lab.SERVERS["open-postfix"].ipv4
OPEN6 = lab.SERVERS["open-postfix"].ipv6
CLOSED = lab.SERVERS["exim-closed"].ipv4
OTHER = lab.SERVERS["sender-relay"].ipv4
NOBODY = "198.18.77.77"  # in the laboratory's range, and nobody there
VISITOR, SECOND, THIRD, CSIRT = "198.18.200.1", "198.18.201.1", "198.18.203.1", "198.18.202.1"
FOURTH = "198.18.204.1"
STATES = ["queued", "connecting", "testing", "waiting", "done"]
CLEAR_MS = 1000
CROWD = 500
with open(os.path.join(harness.BUILD, "libexec", "sekimori", "sekimori-role-web"), "rb") as program:
    SANITIZED = b"__asan_init" in program.read()  # its memory says nothing

# Who comes through 127.0.0.1 is whom X-Forwarded-For names.
SETTINGS = """
web {
	proxies = {"127.0.0.1/32"}
	metrics = {"198.18.202.0/24"}
	tests_per_asker = 1
	tests_per_day = 3
}
"""

# Every operation that a key can be brought to.
CLOSED_TO_SOME = [
    ("GET", "/v1/ip/" + OPEN, None),
    ("POST", "/v1/tests", {"addr": OTHER}),
    ("GET", "/v1/tests/aaaaaaaa", None),
    ("PATCH", "/v1/tests/aaaaaaaa", {"state": "cancelled"}),
    ("GET", "/v1/tests/aaaaaaaa/events", None),
    ("GET", "/v1/gates/bbbbbbbb", None),
    ("PATCH", "/v1/gates/bbbbbbbb", {"state": "cancelled"}),
    ("GET", "/v1/evidence/" + OPEN, None),
    ("GET", "/v1/evidence/%s/%s" % (OPEN, "0" * 64), None),
]

# What no outside request can bring about in a sound daemon; tests/unit/web/test_api.c does.
UNIT_ONLY = {"gate-day", "gate-day-over", "gate-every", "gate-many", "public-unchecked", "list-empty", "list-frozen", "internal", "memory", "store", "no-space", "too-many", "starting"}

daemon = harness.Daemon(SETTINGS)
web = api.Api(daemon)
known = {}  # what one test leaves for the next


def ip(address, **about):
    return web.get("/v1/ip/" + address, **about)


def said(answer):
    return answer.json["sekimori"]


def start_test(address, client=VISITOR, **about):
    return web.post("/v1/tests", {"addr": address}, client=client, **about)


def test_start():
    """a new list is healthy, and says of an address that it is not listed"""
    daemon.start()
    health = web.get("/v1/health").json
    assert health["status"] == "ok" and health["reasons"] == [], health
    assert health["dns"]["zone"] == harness.ZONE and health["dns"]["entries"] == 0, health
    answer = ip(OPEN, client=VISITOR)
    assert answer.json["status"] == ["not listed"], answer
    assert said(answer)["history"] == [] and said(answer)["role"] == "public", answer
    assert [n["tag"] for n in answer.json["notices"]] == ["lab", "criteria"], answer


def test_document():
    """the description that is served is that of the tree"""
    answer = web.get("/v1/openapi.json")
    assert answer.text == openapi.FILE.read_bytes()
    assert answer.headers["Cache-Control"] == "max-age=3600", answer.headers


def test_listed():
    """a listed address: status, events, links, history; the same from any spelling of it"""
    run = ask.follow(daemon, OPEN)
    assert run.end().exit == 1, run.events[-3:]
    daemon.wait_listed(OPEN, ["127.0.0.2"])
    answer = ip(OPEN, client=VISITOR)
    known["listed_at"] = said(answer)["as_of"]
    assert answer.json["status"][0] == "listed", answer
    assert {e["eventAction"] for e in answer.json["events"]} >= {"first seen", "last seen", "registration", "expiration"}
    assert [h["event"] for h in said(answer)["history"]] == ["add"], answer
    assert said(answer)["dns_name"] == "10.1.18.198." + harness.ZONE, answer
    assert said(answer)["may"]["retest"] and not said(answer)["may"]["probe"], answer
    for spelling in ("::ffff:" + OPEN, "0:0:0:0:0:FFFF:c612:010a"):
        same = ip(spelling, client=VISITOR)
        assert same.json["handle"] == OPEN and same.json["status"] == answer.json["status"], same
    assert {link["rel"] for link in answer.json["links"]} >= {"self", "alternate", "related"}, answer


def test_sides():
    """what is the owner's is not in the public answer"""
    answer = ip(OPEN, client=VISITOR)
    for name in ("verdict", "proved_until", "optout"):
        assert name not in said(answer), (name, answer)
    assert b"/v1/evidence/" not in answer.text, answer
    own = ip(OPEN, client=OPEN)
    assert said(own)["own"] and said(own)["role"] == "public", own


def test_conditional():
    """ETag: the same is not sent twice; HEAD has the head of GET; what changed is sent"""
    answer = ip(OPEN, client=VISITOR)
    tag = answer.headers["ETag"]
    assert tag.startswith('W/"') and answer.headers["Cache-Control"] == "max-age=0, must-revalidate", answer
    again = ip(OPEN, client=VISITOR, If_None_Match=tag)
    assert again.status == 304 and again.text == b"" and again.headers["ETag"] == tag, again
    assert ip(OPEN, client=VISITOR, If_None_Match=tag, language="ja").status == 200
    head = web.ask("HEAD", "/v1/ip/" + OPEN, client=VISITOR)
    assert head.status == 200 and head.text == b"" and head.headers["ETag"] == tag, head
    assert head.headers["Content-Length"] == answer.headers["Content-Length"], head


def test_languages():
    """notices and problems in the language that is asked for; both in every problem"""
    assert ip(OPEN, language="ja").json["lang"] == "ja"
    assert ip(OPEN, language="fr, ja;q=0.3").json["lang"] == "ja"
    assert ip(OPEN, language="fr").json["lang"] == "en"
    answer = web.problem("bad-address", "GET", "/v1/ip/x", language="ja-JP")
    assert answer.json["detail"] == answer.json["detail_ja"] != answer.json["detail_en"], answer


def test_wrong_requests():
    """each mistake in a request has its own problem"""
    web.problem("bad-address", "GET", "/v1/ip/mx.example")
    web.problem("bad-address", "GET", "/v1/evidence/300.1.1.1")
    web.problem("bad-address", "GET", "/v1/evidence/300.1.1.1/" + "0" * 64)
    web.problem("bad-query", "GET", "/v1/ip/%s?att=1" % OPEN)
    web.problem("bad-time", "GET", "/v1/ip/%s?at=tomorrow" % OPEN)
    web.problem("bad-time", "GET", "/v1/ip/%s?at=%d" % (OPEN, time.time() + 3600))
    web.problem("bad-json", "POST", "/v1/tests", '{"addr":', Content_Type="application/json")
    web.problem("bad-json", "POST", "/v1/tests", '{"addr":"%s","addr":"%s"}' % (OPEN, OPEN), Content_Type="application/json")
    answer = web.problem("unknown-member", "POST", "/v1/tests", {"addr": OPEN, "sort": 1})
    assert answer.json["names"] == ["sort"], answer
    answer = web.problem("missing-member", "POST", "/v1/tests", {})
    assert answer.json["names"] == ["addr"], answer
    answer = web.problem("bad-member", "POST", "/v1/tests", {"addr": OPEN, "port": 70000})
    assert answer.json["names"] == ["port"], answer
    web.problem("not-json", "POST", "/v1/tests", "addr=" + OPEN, Content_Type="application/x-www-form-urlencoded")
    web.problem("other-site", "POST", "/v1/tests", {"addr": OPEN}, Origin="https://other.example")
    web.problem("no-such-test", "GET", "/v1/tests/aaaaaaaa")
    web.problem("no-such-test", "GET", "/v1/tests/aaaaaaaa/events")
    web.problem("no-such-test", "PATCH", "/v1/tests/aaaaaaaa", {"state": "cancelled"})
    web.problem("no-such-gate", "GET", "/v1/gates/aaaaaaaa")
    web.problem("no-such-gate", "PATCH", "/v1/gates/aaaaaaaa", {"state": "cancelled"})
    web.problem("bad-member", "PATCH", "/v1/tests/aaaaaaaa", {"state": "done"})
    web.problem("not-json", "PATCH", "/v1/tests/aaaaaaaa", "state=cancelled")
    web.problem("bad-member", "POST", "/v1/gates", {"addr": OPEN, "depth": "lab"})
    web.problem("not-json", "POST", "/v1/gates", "addr=" + OPEN)
    web.problem("not-json", "PATCH", "/v1/gates/aaaaaaaa", "state=cancelled")
    for method, path, body in CLOSED_TO_SOME:
        web.problem("bad-authorization", method, path, body, Authorization="Basic eDp5")


def test_refusals():
    """what may not be tested is refused, each with its reason"""
    web.problem("special-use", "POST", "/v1/tests", {"addr": "127.0.0.1"}, client=VISITOR)
    web.problem("not-listed", "POST", "/v1/tests", {"addr": NOBODY}, client=VISITOR)
    web.problem("owner-not-proved", "POST", "/v1/tests", {"addr": NOBODY, "kind": "probe"}, client=VISITOR)
    web.problem("owner-not-proved", "GET", "/v1/evidence/" + OPEN, client=VISITOR)
    web.problem("own-receiver", "POST", "/v1/tests", {"addr": lab.RECEIVER}, client=VISITOR)
    web.problem("public-off", "POST", "/v1/tests", {"addr": "198.20.0.50"}, client=VISITOR)
    web.problem("too-deep", "POST", "/v1/tests", {"addr": OPEN, "port": 2525}, client=VISITOR)
    assert ip("127.0.0.2").json["status"] == ["not listed"]
    assert "special-use" in [n["tag"] for n in ip("10.0.0.1").json["notices"]]


def test_nothing_else():
    """what openapi.json does not have is not served: other paths 404, other methods 405"""
    for path in ("/v1", "/v1/", "/v1/ip", "/v1/ip/192.0.2.0/24", "/v1/surveys", "/v1/tests/a/b", "/v2/health", "/metrics/x"):
        answer = web.get(path)
        assert answer.status == 404, (path, answer)
    web.problem("no-such-page", "GET", "/v1/surveys")
    methods = {"GET", "POST", "PATCH", "DELETE", "PUT"}
    for path, item in api.DOC["paths"].items():
        real = path.format(addr=OPEN, id="aaaaaaaa", digest="aa")
        for method in methods - {m.upper() for m in item}:
            answer = web.problem("wrong-method", method, real, "{}" if method in ("POST", "PATCH", "PUT") else None)
            allowed = set(answer.headers["Allow"].split(", "))
            assert allowed - {"HEAD", "OPTIONS"} == {m.upper() for m in item}, (path, answer.headers)
        options = web.ask("OPTIONS", real)
        assert options.status == 204 and set(options.headers["Allow"].split(", ")) == allowed, (path, options)


def test_two_clients():
    """two that ask at once are given the same test, and so is who asks again"""
    assert ask.follow(daemon, OTHER, "--depth", "full").end().exit == 1
    answers = []
    threads = [threading.Thread(target=lambda c=c: answers.append(start_test(OTHER, c))) for c in (VISITOR, VISITOR)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.append(start_test(OTHER, SECOND))
    assert {a.status for a in answers} == {202}, answers
    assert len({a.headers["Location"] for a in answers}) == 1, [a.headers for a in answers]
    known["test"] = answers[0].json["test"]
    assert answers[0].headers["Location"] == "/v1/tests/" + known["test"], answers[0]


def test_still_open():
    """the events of a retest that finds it open come in order, outlive a killed keeper, end with the verdict"""
    events = api.Events(web, known["test"], client=VISITOR)
    late = api.Events(web, known["test"], client=CSIRT)
    harness.wait_until(lambda: events.events and late.events, 20, "first events")
    daemon.kill_role("keeper")
    name, number, last = events.wait_end()
    late.wait_end()
    assert (name, number) == ("state", "end"), events.events[-1]
    assert last["state"] == "done" and last["verdict"]["verdict"] == "open", last
    assert last["listed"] and not last["removed"], last
    assert events.states()[-1] == "done" and set(events.states()) <= set(STATES), events.states()
    assert not any("steps" in d or "form" in d for _, _, d in events.events), "the public saw forms"
    assert late.events[-1][2]["verdict"] == last["verdict"], late.events[-1]
    # the test may have ended before the keeper did, which is then not back yet
    again = harness.wait_until(lambda: (a := web.get("/v1/tests/" + known["test"], client=VISITOR)).status == 200 and a,
                               20, "the keeper is back")
    assert again.json["verdict"] == last["verdict"], (again, last)
    gone = web.get("/v1/tests/%s/events" % known["test"], Last_Event_ID="end")
    assert gone.status == 204, gone


def test_reused():
    """who asks for a test that has just ended is given its result"""
    answer = start_test(OTHER, SECOND)
    assert answer.status == 200 and answer.json["state"] == "done" and answer.json["reused"], answer
    assert answer.json["test"] == known["test"] and answer.json["verdict"]["verdict"] == "open", answer


def test_asker_limit():
    """a network that had its tests of the day is told when to come again"""
    assert ask.follow(daemon, OPEN6).end().exit == 1
    answer = web.problem("asker-limit", "POST", "/v1/tests", {"addr": OPEN6}, client=VISITOR)
    assert 0 < answer.json["retry_after"] <= 86400, answer


def test_cleared():
    """closed by its owner, it is cleared by a retest: events in order, removed, clean_by; DNS within a second"""
    lab.set_variant("open-postfix", "closed")
    answer = start_test(OPEN, SECOND)
    assert answer.status == 202, answer
    events = api.Events(web, answer.json["test"], client=SECOND)
    _, number, last = events.wait_end()
    began = time.monotonic()
    harness.wait_until(lambda: daemon.listed(OPEN) == [], 5, "NXDOMAIN")
    took_ms = (time.monotonic() - began) * 1000
    print("# NXDOMAIN %.1f ms after the last event" % took_ms)
    assert took_ms <= CLEAR_MS, took_ms
    assert number == "end" and last["verdict"]["verdict"] == "closed", last
    assert last["removed"] and not last["listed"] and last["clean_by"] and last["mine"], last
    places = [STATES.index(state) for state in events.states()]
    assert places == sorted(places) and places[-1] == STATES.index("done"), events.states()
    now = ip(OPEN, client=VISITOR)
    assert now.json["status"] == ["not listed"] and said(now)["clean_by"] == last["clean_by"], now
    assert [h["event"] for h in said(now)["history"]] == ["remove", "add"], now


def test_as_of():
    """as of a moment before the removal it is listed; the same moment by three spellings"""
    moment = known["listed_at"]
    answer = ip(OPEN + "?at=" + moment, client=VISITOR)
    assert answer.json["status"] == ["listed"] and said(answer)["as_of"] == moment, answer
    assert [h["event"] for h in said(answer)["history"]] == ["add"], answer
    assert "as-of" in [n["tag"] for n in answer.json["notices"]], answer
    seconds = calendar.timegm(time.strptime(moment, "%Y-%m-%dT%H:%M:%SZ"))
    tokyo = time.strftime("%Y-%m-%dT%H:%M:%S%%2B09:00", time.gmtime(seconds + 9 * 3600))
    for spelling in (str(seconds), tokyo):
        same = ip("%s?at=%s" % (OPEN, spelling), client=VISITOR)
        assert said(same) == said(answer), (spelling, same)
    before = ip("%s?at=%d" % (OPEN, seconds - 86400), client=VISITOR)
    assert before.json["status"] == ["not listed"] and said(before)["history"] == [], before


def key_add(name):
    done = ask.ask(daemon, "key", "add", name)
    assert done.exit == 0, done
    return done.done


def test_evidence():
    """with a CSIRT's key: verdict, evidence with its chain, and the mail that came back, by its digest"""
    known["key"] = key_add("a CSIRT")
    key = known["key"]["key"]
    answer = ip(OTHER, client=CSIRT, key=key)
    assert said(answer)["role"] == "csirt" and said(answer)["verdict"]["verdict"] == "open", answer
    assert "ETag" not in answer.headers and answer.headers["Cache-Control"] == "no-store", answer.headers
    assert said(answer)["verdict"]["cause"] and said(answer)["verdict"]["fix"], answer
    closed = said(ip(OPEN, client=CSIRT, key=key))["verdict"]
    assert [closed[n] for n in ("verdict", "form", "catalogue", "depth")] == ["closed", None, 92, None], closed
    found = web.get("/v1/evidence/" + OTHER, client=CSIRT, key=key).json
    assert found["proofs"] and found["verdicts"] and found["transcripts"] and found["journal"] and found["sessions"], found
    proof = found["proofs"][0]
    assert proof["entry"] == OTHER and proof["token"] and proof["chain"], proof
    assert any("S: 220" in part["text"] for part in found["transcripts"]), found["transcripts"][:3]
    items = [link["href"] for link in found["links"] if link["rel"] == "item"]
    assert any(href.endswith("/v1/evidence/%s/%s" % (OTHER, proof["mail"])) for href in items), items
    mail = web.get("/v1/evidence/%s/%s" % (OTHER, proof["mail"]), client=CSIRT, key=key)
    assert hashlib.sha256(mail.text).hexdigest() == proof["mail"], mail.headers
    web.problem("no-such-mail", "GET", "/v1/evidence/%s/%s" % (OTHER, "0" * 64), client=CSIRT, key=key)
    web.problem("owner-not-proved", "GET", "/v1/evidence/%s/%s" % (OTHER, proof["mail"]), client=CSIRT)
    shown = web.get("/v1/tests/" + known["test"], client=CSIRT, key=key).json
    assert shown["steps"] and shown["verdict"]["why"] == "token-returned", shown


def rss_kb(role):
    """Resident memory that is the role's own."""
    pid, = daemon.roles()[role]
    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as rollup:
        fields = dict(line.split(":", 1) for line in rollup if ":" in line)
    return int(fields["Private_Dirty"].split()[0])


class Crowd:
    """Many streams of one test, without a thread for each."""

    def __init__(self, path):
        self.socks = []
        for _ in range(CROWD):
            sock = socket.create_connection(daemon.web)
            sock.settimeout(30)
            sock.sendall(b"GET %s/events HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\n\r\n" % (
                path.encode(), THIRD.encode()))
            self.socks.append(sock)
        self.texts = [self._until(sock, b'"state":') for sock in self.socks]

    def _until(self, sock, what):
        text = b""
        while what not in text:
            more = sock.recv(65536)
            assert more, text
            text += more
        return text

    def wait_end(self):
        for sock in self.socks:
            assert b'"state":"cancelled"' in self._until(sock, b"0\r\n\r\n")
            sock.close()


def check_crowd(path, end):
    """One test, many viewers: one follow at the keeper, little memory, all of them told of the end."""
    before = rss_kb("web")
    crowd = Crowd(path)
    took = rss_kb("web") - before
    lines = dict(line.rsplit(" ", 1) for line in web.get("/metrics", client=CSIRT).text.decode().splitlines())
    print("# %d streams: %d KiB" % (CROWD, took))
    assert int(lines["sekimori_test_viewers"]) >= CROWD and int(lines["sekimori_test_follows"]) == 2, lines
    assert took < 20 * 1024 or SANITIZED, took
    end()
    crowd.wait_end()


def test_cancel():
    """a test is cancelled with a key and by nobody else; its events end, 500 streams of the public too"""
    key = known["key"]["key"]
    with lab.inside("exim-closed"):
        silent = socket.create_server((CLOSED, 587))
    with silent:
        assert ask.ask(daemon, "nominate", CLOSED, "--port", "587", *ask.BASIS).exit == 0
        answer = web.post("/v1/tests", {"addr": CLOSED, "kind": "probe", "port": 587}, client=CSIRT, key=key)
        assert answer.status == 202, answer
        path = "/v1/tests/" + answer.json["test"]
        events = api.Events(web, answer.json["test"], client=CSIRT, key=key)
        web.problem("not-yours", "PATCH", path, {"state": "cancelled"}, client=VISITOR)
        done = {}
        check_crowd(path, lambda: done.update(web.ask("PATCH", path, {"state": "cancelled"}, client=CSIRT, key=key).json))
        assert done["state"] == "cancelled", done
        assert events.wait_end(20)[2]["state"] == "cancelled", events.states()
        assert web.get(path, client=VISITOR).json["state"] == "cancelled"


def test_opted_out():
    """an opted-out address is refused, also with a key; a probe without a basis too"""
    key = known["key"]["key"]
    web.problem("no-basis", "POST", "/v1/tests", {"addr": NOBODY, "kind": "probe"}, client=CSIRT, key=key)
    assert ask.ask(daemon, "optout", NOBODY, "--reason", "asked by mail").exit == 0
    web.problem("opted-out", "POST", "/v1/tests", {"addr": NOBODY, "kind": "probe"}, client=CSIRT, key=key)
    assert "opted out" in ip(NOBODY, client=CSIRT, key=key).json["status"]
    assert "opted out" in ip(NOBODY, client=NOBODY).json["status"]
    assert "opted out" not in ip(NOBODY, client=VISITOR).json["status"]


def prove(address):
    """The cookie that the page gives to who asks from that very address."""
    answer = web.ask("POST", "/en/ip/%s/prove" % address, "method=source", client=address,
                     Content_Type="application/x-www-form-urlencoded")
    assert answer.status == 303, answer
    return answer.headers["Set-Cookie"].split(";")[0]


def test_grant():
    """the proof on the page opens verdict, evidence and steps of that address, in the API too, and of no other"""
    cookie = prove(OTHER)
    answer = ip(OTHER, client=VISITOR, Cookie=cookie)
    assert said(answer)["role"] == "owner" and said(answer)["verdict"]["verdict"] == "open", answer
    assert said(answer)["proved_until"] and not said(answer)["own"], answer
    assert web.get("/v1/evidence/" + OTHER, client=VISITOR, Cookie=cookie).json["proofs"]
    assert web.get("/v1/tests/" + known["test"], client=THIRD, Cookie=cookie).json["steps"]
    assert said(ip(OPEN6, client=VISITOR, Cookie=cookie))["role"] == "public"
    web.problem("owner-not-proved", "GET", "/v1/evidence/" + OPEN6, client=VISITOR, Cookie=cookie)
    moved = cookie.replace(cookie[6:38], ipaddress.ip_address(OPEN6).packed.hex())
    web.problem("owner-not-proved", "GET", "/v1/evidence/" + OPEN6, client=VISITOR, Cookie=moved)


def test_gate():
    """the proved owner has the server watched, looks, and cancels; nobody else sees more than that it is"""
    cookie = prove(OTHER)
    order = {"addr": OTHER, "for_s": 600, "every_s": 3, "depth": "gentle", "note": "change 4711"}
    web.problem("owner-not-proved", "POST", "/v1/gates", order, client=FOURTH)
    web.problem("gate-rounds", "POST", "/v1/gates", dict(order, for_s=86400, every_s=1), client=FOURTH, Cookie=cookie)
    begun = web.post("/v1/gates", order, client=FOURTH, Cookie=cookie)
    assert begun.status == 202 and begun.json["state"] == "running", begun
    assert begun.headers["Location"] == "/v1/gates/" + begun.json["gate"], begun
    path = begun.headers["Location"]
    web.problem("gate-busy", "POST", "/v1/gates", order, client=FOURTH, Cookie=cookie)
    gate = harness.wait_until(lambda: (g := web.get(path, client=THIRD, Cookie=cookie).json)["rounds"] >= 2 and g, 60)
    assert gate["result"] == "closed" and gate["spans"][0]["verdict"] == "closed", gate
    assert {"banner", "offer", "port"} <= {fact["what"] for fact in gate["facts"]}, gate
    public = web.get(path, client=VISITOR).json
    assert set(public) == {"v", "gate", "addr", "state", "role", "links"}, public
    web.problem("not-yours", "PATCH", path, {"state": "cancelled"}, client=VISITOR)
    cancelled = web.ask("PATCH", path, {"state": "cancelled"}, client=VISITOR, Cookie=cookie)
    assert cancelled.status == 200 and cancelled.json["state"] == "cancelled", cancelled
    assert web.get(path, client=CSIRT, key=known["key"]["key"]).json["rounds"] >= 2
    web.problem("asker-limit", "POST", "/v1/gates", order, client=FOURTH, Cookie=cookie)
    known["gate"] = begun.json["gate"]


def test_day_limit():
    """all tests of the day are used: 503, with the time after which one is free"""
    answer = web.problem("day-limit", "POST", "/v1/tests", {"addr": OPEN6}, client=THIRD)
    assert 0 < answer.json["retry_after"] <= 86400, answer


def test_bad_keys():
    """a key that is revoked, or never was, opens nothing and is told so"""
    key = known["key"]
    assert ask.ask(daemon, "key", "revoke", str(key["id"]), "--reason", "lost").exit == 0
    for method, path, body in CLOSED_TO_SOME:
        path = path.replace("aaaaaaaa", known["test"]).replace("bbbbbbbb", known["gate"])
        for bad in (key["key"], "a" * 32):
            web.problem("bad-key", method, path, body, client=CSIRT, key=bad)


def test_metrics():
    """the numbers are those of the list, in Prometheus' format, for the addresses that may read them"""
    web.problem("not-for-you", "GET", "/metrics", client=VISITOR)
    answer = web.get("/metrics", client=CSIRT)
    lines = dict(line.rsplit(" ", 1) for line in answer.text.decode().splitlines() if not line.startswith("#"))
    status = ask.ask(daemon, "status").done
    assert int(lines["sekimori_snapshot_serial"]) == status["serial"], (lines, status)
    assert int(lines["sekimori_listings"]) == status["listings"], (lines, status)
    assert lines['sekimori_role_up{role="keeper"}'] == lines['sekimori_role_up{role="probe"}'] == "1", lines
    assert lines['sekimori_life{state="alive"}'] == "1" and lines["sekimori_lab"] == "1", lines
    assert int(lines["sekimori_database_bytes"]) > 0 and int(lines["sekimori_keeper_uptime_seconds"]) >= 0, lines
    assert int(lines['sekimori_http_answers_total{class="4xx"}']) > 20, lines
    assert int(lines['sekimori_bases{basis="authority"}']) >= 3, lines
    if shutil.which("promtool"):
        subprocess.run(["promtool", "check", "metrics"], input=answer.text, check=True, capture_output=True)
        rules = os.path.join(lab.TOP, "conf", "examples", "prometheus", "sekimori.yml")
        subprocess.run(["promtool", "check", "rules", rules], check=True, capture_output=True)


def test_keeper_away():
    """while the keeper does not answer: state from the snapshot, 503 with Retry-After for the rest, health degraded"""
    keeper, = daemon.roles()["keeper"]
    answers = {}
    asks = {
        "ip": lambda: ip(OTHER, client=VISITOR),
        "gone": lambda: ip(OPEN, client=VISITOR),
        "health": lambda: web.get("/v1/health"),
        "metrics": lambda: web.get("/metrics", client=CSIRT),
        "past": lambda: web.problem("history-away", "GET", "/v1/ip/%s?at=%s" % (OTHER, known["listed_at"])),
        "post": lambda: web.problem("unavailable", "POST", "/v1/tests", {"addr": NOBODY}, client=VISITOR),
        "test": lambda: web.problem("unavailable", "GET", "/v1/tests/" + known["test"]),
        "events": lambda: web.problem("unavailable", "GET", "/v1/tests/%s/events" % known["test"]),
        "cancel": lambda: web.problem("unavailable", "PATCH", "/v1/tests/" + known["test"], {"state": "cancelled"}),
        "gate": lambda: web.problem("unavailable", "GET", "/v1/gates/" + known["gate"]),
        "gate-post": lambda: web.problem("unavailable", "POST", "/v1/gates", {"addr": OTHER}, client=VISITOR),
        "gate-cancel": lambda: web.problem("unavailable", "PATCH", "/v1/gates/" + known["gate"], {"state": "cancelled"}),
        "evidence": lambda: web.problem("unavailable", "GET", "/v1/evidence/" + OTHER),
        "mail": lambda: web.problem("unavailable", "GET", "/v1/evidence/%s/%s" % (OTHER, "0" * 64)),
    }
    os.kill(keeper, signal.SIGSTOP)
    try:
        threads = [threading.Thread(target=lambda n=n, f=f: answers.update({n: f()})) for n, f in asks.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        os.kill(keeper, signal.SIGCONT)
    assert set(answers) == set(asks), (set(asks) - set(answers), "failed; see above")
    assert answers["ip"].json["status"] == ["listed"] and answers["gone"].json["status"] == ["not listed"], answers
    assert "history-away" in [n["tag"] for n in answers["ip"].json["notices"]], answers["ip"]
    assert answers["health"].json["reasons"] == ["keeper-away"] and answers["health"].json["dns"]["entries"] == 2, answers
    assert b'sekimori_role_up{role="keeper"} 0' in answers["metrics"].text, answers["metrics"]
    assert said(ip(OTHER, client=VISITOR))["history"], "it is there again"


def test_all_was_asked():
    """every operation, every status and every problem of openapi.json was met, but for those of test_api.c"""
    missing = []
    for path, method, operation in openapi.operations(api.DOC):
        tags = set(operation["x-problem-tags"])
        by_unit = {str(api.DOC["x-problems"][t]["status"]) for t in tags & UNIT_ONLY} - {
            str(api.DOC["x-problems"][t]["status"]) for t in tags - UNIT_ONLY}
        if not tags:
            by_unit = {"503"}  # health: nothing was ever published
        for status in set(operation["responses"]) - by_unit:
            if (path, method, int(status)) not in web.seen:
                missing.append((method, path, status))
    assert not missing, missing
    tags = set(api.DOC["x-problems"]) - UNIT_ONLY
    assert tags <= web.tags, tags - web.tags


def test_end():
    """told to end it ends in time, with 0"""
    assert daemon.stop() == 0


harness.main()
