#!/usr/bin/env python3
"""sekimori doctor on the real daemon: all is right, then one thing after the other is not.

Nothing outside of the laboratory is ever probed here: whether it might be is asked of `status`."""

import contextlib
import json
import signal
import subprocess

import ask
import harness
import lab
import tamper

CANARY = lab.SERVERS["open-postfix"].ipv4
REVERSE = "1.0.18.198.in-addr.arpa"  # of the prober
RECEIVER6 = "fd00:18::25"

REQUIRED = {"clock", "disk", "descriptors", "resolver", "nxdomain", "fcrdns", "mx", "wildcard",
            "receiver", "postmaster", "contact", "control", "port25", "dns", "delegation", "entries",
            "web"}
ADVICE = {"budget", "dnssec", "ptr"}


class World:
    resolver = None


daemon = harness.Daemon(web=False)  # its pages are where the configuration says
PAGES = (lab.LIST_SERVER, 80)
LISTS = {"web.listen"}


def settings(**changed):
    """Lines that come after the laboratory's configuration; what is set twice is set anew."""
    values = {"probe.public": "true", "probe.canary": CANARY, "probe.control_wait": "30s",
              "web.url": "http://ns.bl.example/", "web.listen": "%s:%d" % PAGES, "evidence.megabytes": "1",
              "probe.resolver": "127.0.0.1:%d" % World.resolver.port}
    values.update((key.replace("__", "."), value) for key, value in changed.items())
    return "".join('%s {\n\t%s = %s\n}\n' % (*key.split("."), '{"%s"}' % value if key in LISTS else '"%s"' % value)
                   for key, value in values.items())


def restart(**changed):
    daemon.stop()
    daemon.settings = settings(**changed)
    daemon.start()


def doctor():
    """({check: its event}, the end), both ways of exit compared."""
    run = daemon.sekimori("doctor", "--json", timeout=120)
    events = [json.loads(line) for line in run.stdout.splitlines()]
    assert events and events[-1]["event"] == "done", (run.returncode, run.stderr, run.stdout)
    assert run.returncode == (0 if events[-1]["pass"] else 1), (run.returncode, events[-1])
    return {e["check"]: e for e in events[:-1]}, events[-1]


def page(path):
    """The status with which the daemon's pages answer."""
    with lab.connect(*PAGES) as sock:
        sock.sendall(b"GET %s HTTP/1.0\r\nHost: ns.bl.example\r\n\r\n" % path.encode())
        return int(sock.recv(4096).split()[1])


def public():
    return ask.ask(daemon, "status").done["public"]


def not_ok(checks):
    return {name: event["state"] for name, event in checks.items()
            if event["state"] != "ok" and name not in ADVICE}


def passes():
    checks, end = doctor()
    assert end["pass"] and end["missing"] == [] and not not_ok(checks), (not_ok(checks), checks, end)
    assert public()["open"], public()
    return checks


def fails(why, *names):
    """The checks named first fail with that trouble; whatever else fails hangs on it and is named too."""
    checks, end = doctor()
    bad = not_ok(checks)
    assert set(bad) == set(names), (bad, [checks[name]["troubles"] for name in bad])
    troubles = {t["why"]: t for t in checks[names[0]]["troubles"]}
    assert why in troubles, (why, troubles)
    assert not end["pass"] and names[0] in end["missing"], end
    is_public = public()
    assert not is_public["open"] and is_public["why"] == "public-unchecked", is_public
    assert is_public["checklist"] == "failed", is_public
    return troubles[why]


@contextlib.contextmanager
def falsified(false):
    World.resolver.false = false
    try:
        yield
    finally:
        World.resolver.false = {}


def say(lang):
    """What a person reads, by check: the lines below "CHECK: "."""
    run = daemon.sekimori("doctor", "--lang", lang, timeout=120)
    assert run.returncode == 1, (run.returncode, run.stderr)
    blocks = run.stdout.split("\n\n")
    return run.stdout, {block.split(":")[0].strip(): block for block in blocks[1:]}


def test_start():
    """public probing is on in the configuration, and closed until the checklist passes"""
    World.resolver = tamper.Resolver()
    daemon.settings = settings()
    daemon.start()
    assert "event=public open=0 why=public-unchecked checklist=never" in daemon.log()
    is_public = public()
    assert (is_public["open"], is_public["checklist"]) == (False, "never"), is_public
    text = daemon.sekimori("status", "--lang", "en").stdout
    assert "public addresses: not probed: the start-up checklist was never run; run `sekimori doctor`" in text, text


def test_all_right():
    """all is right: exit 0, every check is there, a pass is recorded, status says until when"""
    checks = passes()
    assert set(checks) == REQUIRED | ADVICE, checks.keys()
    assert {name for name, event in checks.items() if event["required"]} == REQUIRED
    assert checks["budget"]["state"] == checks["ptr"]["state"] == "ok", checks
    assert page("/en/optout") == 200
    assert checks["dnssec"]["state"] == "not-shown"  # the laboratory signs nothing, and that is advice
    assert "event=checklist pass=1" in daemon.log()
    harness.wait_until(lambda: "event=public open=1" in daemon.log(), 10, "event=public")
    text = daemon.sekimori("status", "--lang", "en").stdout
    assert "public addresses: probed; the start-up checklist holds until 20" in text, text
    text = daemon.sekimori("status", "--lang", "ja").stdout
    assert "公開アドレス: 検査する" in text, text
    run = daemon.sekimori("doctor", "--lang", "ja", timeout=120)
    assert run.returncode == 0 and "合格" in run.stdout, run


def test_restart():
    """the pass outlives the daemon, not a change of what was looked at"""
    restart()
    assert public()["open"]
    restart(probe__sessions="7")
    assert public()["open"]
    restart(operator__name="Another")
    assert public() | {"until": 0} == {"open": False, "why": "public-unchecked",
                                       "checklist": "changed", "until": 0}
    restart()
    assert public()["open"]
    restart(probe__public="false")
    assert public()["why"] == "public-off" and public()["checklist"] == "passed"
    restart()


FALSIFIED = [
    ("ptr-none", ("fcrdns",), {(REVERSE, "PTR"): "NXDOMAIN"}),
    ("ptr-other", ("fcrdns",), {(REVERSE, "PTR"): [("PTR", "host1.other.example")]}),
    ("no-answer", ("fcrdns",), {(REVERSE, "PTR"): "SERVFAIL"}),
    ("helo-elsewhere", ("fcrdns",), {("relaytest.probe.example", "A"): [("A", "198.18.0.9")]}),
    ("mx-none", ("mx", "wildcard", "control", "port25", "clock"), {("probe.example", "MX"): []}),
    ("mx-alias", ("mx",), {("rx.probe.example", "CNAME"): [("CNAME", "mail.probe.example")]}),
    ("mx-elsewhere", ("mx", "control", "port25", "clock"),
     {("rx.probe.example", "A"): [("A", "198.18.1.15")]}),
    ("wild-none", ("wildcard",), {("*.probe.example", "MX"): "NXDOMAIN"}),
    ("wild-other", ("wildcard",), {("*.probe.example", "MX"): [("MX", "10 mail.sink.example")]}),
    ("zone-unknown", ("delegation", "entries"), {("bl.example", "NS"): "NXDOMAIN"}),
    ("zone-broken", ("delegation", "entries"), {("bl.example", "NS"): "SERVFAIL"}),
    ("ns-strange", ("delegation",), {("bl.example", "NS"): [("NS", "ns.bl.example"), ("NS", "dns.lab.example")]}),
    ("ns-missing", ("delegation",), {("bl.example", "NS"): [("NS", "dns.lab.example")]}),
    ("ns-lame", ("delegation",), {("ns.bl.example", "A"): [("A", "198.18.0.53")]}),
    ("ns-outside", ("delegation",), {("ns.bl.example", "A"): [("A", "192.0.2.53")]}),
    ("entry-stranger", ("entries",), {("1.0.0.127.bl.example", "A"): [("A", "127.0.0.2")]}),
    ("entry-none", ("entries",), {("2.0.0.127.bl.example", "A"): []}),
]


def test_falsified():
    """each record that is missing or wrong fails its check, and public probing closes"""
    for why, names, false in FALSIFIED:
        print("# %s" % why)
        with falsified(false):
            trouble = fails(why, *names)
        assert trouble["found"] and trouble["fix"], trouble
        if why == "ptr-none":
            assert REVERSE + ". PTR relaytest.probe.example." in trouble["fix"], trouble
    passes()


def test_invented_names():
    """a resolver that answers for names that nobody has is found"""
    class Inventing(dict):
        def __contains__(self, key):
            return isinstance(key, tuple) and key[1] == "A" and "." not in key[0]

        def __getitem__(self, key):
            return [("A", "198.18.1.15")]

    with falsified(Inventing()):
        trouble = fails("name-invented", "nxdomain")
    assert "198.18.1.15" in trouble["found"], trouble


def test_two_languages():
    """what was found and what to do, exactly, in English and in Japanese"""
    record = REVERSE + ". PTR relaytest.probe.example."
    with falsified({(REVERSE, "PTR"): "NXDOMAIN"}):
        text, blocks = say("en")
        assert "FAILED     fcrdns" in text and "ok         mx" in text, text
        assert "198.18.0.1 has no name" in blocks["fcrdns"] and record in blocks["fcrdns"], blocks
        assert "Not passed" in text, text
        text, blocks = say("ja")
        assert "198.18.0.1 に名前がありません" in blocks["fcrdns"] and record in blocks["fcrdns"], blocks
        assert "不合格     fcrdns" in text and "\n不合格: " in text, text


def test_wrong_greeting():
    """a greeting name that does not lead back"""
    restart(probe__helo="wrong.probe.example")
    fails("helo-elsewhere", "fcrdns")
    restart()


def test_no_canary():
    """without a canary nothing shows that mail can leave, nor what time it is"""
    restart(probe__canary="")
    trouble = fails("port25-inside", "port25", "clock")
    assert "probe.canary" in trouble["fix"], trouble
    restart()


def test_canary_that_refuses():
    """a canary that does not relay: the control letter is lost"""
    restart(probe__control_wait="5s")
    lab.set_variant("open-postfix", "closed")
    try:
        fails("control-lost", "control", "port25", "clock")
    finally:
        lab.set_variant("open-postfix", "open")
    restart()


def test_receiver_stopped():
    """a receiver that does not answer"""
    restart(probe__control_wait="5s")
    daemon.kill_role("receive", signal.SIGSTOP)
    try:
        fails("smtp-silent", "receiver", "postmaster", "control", "port25", "clock")
    finally:
        daemon.kill_role("receive", signal.SIGCONT)
    restart()


def test_name_server_elsewhere():
    """a zone that is nobody's: not delegated"""
    restart(dns__zone="elsewhere.example", dns__ns="ns.bl.example")
    trouble = fails("zone-unknown", "delegation", "entries")
    assert "elsewhere.example. NS ns.bl.example." in trouble["fix"], trouble
    restart()


def test_contact():
    """a contact that our own receiver would refuse, and one whose domain takes no mail"""
    restart(operator__contact="me@probe.example")
    fails("contact-ours", "contact")
    restart(operator__contact="me@nowhere.example")
    fails("contact-nowhere", "contact")
    restart()


def test_pages():
    """pages that do not answer: who is probed could not opt out, so public probing closes"""
    daemon.kill_role("web", signal.SIGSTOP)
    try:
        fails("web-silent", "web")
    finally:
        daemon.kill_role("web", signal.SIGCONT)
    passes()


def test_resolver_down():
    """no resolver: said at once, and what hangs on it is skipped"""
    World.resolver.stop()
    checks, end = doctor()
    assert checks["resolver"]["troubles"][0]["why"] == "resolver-silent", checks["resolver"]
    states = not_ok(checks)
    for name in ("fcrdns", "mx", "wildcard", "delegation", "entries", "nxdomain"):
        assert states[name] == "skipped", (name, states)
    assert states["control"] == "failed", states
    assert checks["receiver"]["state"] == checks["dns"]["state"] == "ok", states
    assert not public()["open"]
    World.resolver = tamper.Resolver()
    restart()
    passes()


def test_small_disk():
    """a state directory without space: said how much is needed"""
    daemon.stop()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m,mode=755", "sekimori", daemon.state],
                          check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise harness.Skip("tmpfs cannot be mounted: " + done.stderr.strip())
    try:
        daemon.start()
        assert public()["checklist"] == "never"
        trouble = fails("disk-full", "disk")
        assert trouble["what"][0] == daemon.state and int(trouble["what"][1]) < 32, trouble
        assert daemon.stop() == 0
    finally:
        subprocess.run(["umount", "--lazy", daemon.state], check=False)


def test_end():
    """after all that the daemon ends as it should"""
    daemon.start()
    passes()
    assert daemon.stop() == 0
    World.resolver.stop()


harness.main()
