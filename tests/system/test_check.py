#!/usr/bin/env python3
"""`sekimori check`: domains, faults, lists that are and are not believed, the past, formats, exit codes."""

import csv
import io
import json
import os
import signal
import subprocess
import tempfile
import time

import ask
import harness
import lab
import mini_dns
import mini_dnsd

OPEN = lab.SERVERS["open-postfix"]
EXIM = lab.SERVERS["exim-closed"]
ALL_LISTS = ("good", "dead", "wild", "error", "parked", "silent")

daemon = harness.Daemon()
_dir = tempfile.TemporaryDirectory(prefix="sekimori-check-")


def line(*arguments, resolver=lab.RESOLVER):
    return ask.command("sekimori", "check", "--resolver", resolver,
                       "--socket", os.path.join(daemon.state, "control"), *arguments)


def check(*arguments, given=None, **options):
    return subprocess.run(line(*arguments, **options), check=False, capture_output=True, text=True,
                          timeout=90, input=given)


def lists(*names):
    return [word for name in names for word in ("--list", name + ".lists.example")]


def as_json(*arguments, **options):
    """(exit, {event: [objects]})"""
    done = check("--json", *arguments, **options)
    events = {}
    for text in done.stdout.splitlines():
        event = json.loads(text)
        assert event["v"] == 1, event
        events.setdefault(event["event"], []).append(event)
    assert events["done"][0]["exit"] == done.returncode, done
    return done.returncode, events


def state_of(target, address, zone):
    (cell,) = [cell for addr in target["addrs"] if addr["addr"] == address
               for cell in addr["lists"] if cell["list"] == zone]
    return cell


def write(name, *lines):
    path = os.path.join(_dir.name, name)
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(text + "\n" for text in lines)
    return path


def test_listed():
    """a domain whose server was just listed: by which list, with text, since and until; exit 1"""
    daemon.start()
    answer = ask.follow(daemon, OPEN.ipv4).end()
    assert answer.exit == 1, answer
    daemon.wait_listed(OPEN.ipv4, ["127.0.0.2"])
    shown = ask.ask(daemon, "show", OPEN.ipv4).done["listings"][0]
    # the resolver may have asked before the daemon was there
    code, events = harness.wait_until(lambda: _unless_undecided("open.example"), 30, "an answer")
    (target,) = events["target"]
    assert code == 1 and target["state"] == "listed", events
    assert target["hosts"][0]["host"] == "mail.open.example", target
    cell = state_of(target, OPEN.ipv4, harness.ZONE)
    assert cell["state"] == "listed" and cell["codes"] == ["127.0.0.2"], cell
    assert cell["since"] == shown["since"] and cell["until"] == shown["until"], (cell, shown)
    assert cell["text"].startswith("LAB "), cell
    assert state_of(target, OPEN.ipv6, harness.ZONE)["state"] == "not-listed", target
    done = check("open.example")
    assert done.returncode == 1, done
    assert "1 of 1 domains has a listed mail server\n" in done.stdout, done
    assert "listed: bl.example 127.0.0.2 (LAB " in done.stdout, done


def _unless_undecided(name):
    code, events = as_json(name)
    return (code, events) if code != 2 else None


def test_zone_of_the_daemon():
    """without a zone the daemon's own is asked; without a daemon one must be named"""
    assert as_json(OPEN.ipv4)[1]["list"][0]["list"] == harness.ZONE
    bare = [word for word in line(OPEN.ipv4) if word not in ("--socket", os.path.join(daemon.state, "control"))]
    done = subprocess.run(bare, check=False, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "SEKIMORI_ZONE": ""})
    assert done.returncode == 64 and "--zone ZONE" in done.stderr, done
    done = subprocess.run(bare, check=False, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "SEKIMORI_ZONE": harness.ZONE})
    assert done.returncode == 1 and "since" not in done.stdout, done  # by DNS alone


def test_faults():
    """null MX, no MX, an alias, a missing and a silent server, no such name: each is said"""
    expected = {
        "null.example": ("no-mail-server", ["null-mx"], []),
        "implicit.example": ("not-listed", ["no-mx"], [[]]),
        "bare.example": ("no-mail-server", ["no-mx"], [["no-address"]]),
        "alias.example": ("not-listed", [], [["mx-is-alias"]]),
        "gone.example": ("no-mail-server", [], [["no-such-name"]]),
        "nowhere.example": ("undecided", ["no-such-name"], []),
        "www.silent.example": ("undecided", ["no-answer"], []),
    }
    code, events = as_json(*expected)
    got = {t["name"]: (t["state"], t["faults"], [h["faults"] for h in t["hosts"]])
           for t in events["target"]}
    assert got == expected, got
    assert list(got) == list(expected), "not in the order given"
    assert code == 2 and events["done"][0]["no_such_name"] == 1, events["done"]


def test_host():
    """--host does not ask for MX; a mail address and a URL are taken apart"""
    _, events = as_json("--host", "mail.exim.example")
    assert [addr["addr"] for addr in events["target"][0]["addrs"]] == [EXIM.ipv4, EXIM.ipv6], events
    assert events["target"][0]["kind"] == "host", events
    _, events = as_json("postmaster@exim.example", "http://exim.example:8080/?q")
    assert [(t["kind"], t["name"], t["state"]) for t in events["target"]] == [
        ("domain", "exim.example", "not-listed")] * 2, events


def test_lists():
    """dead, wildcard, error-code, parked and silent lists are not believed; only the good one lists"""
    code, events = as_json(*lists(*ALL_LISTS), "open.example", "exim.example")
    health = {entry["list"].split(".")[0]: (entry["ipv4"]["state"], entry["ipv4"].get("why", ""))
              for entry in events["list"]}
    assert health == {
        "bl": ("ok", ""), "good": ("ok", ""), "dead": ("broken", "no-test-entry"),
        "wild": ("broken", "lists-everything"), "error": ("broken", "error-code"),
        "parked": ("broken", "no-code"), "silent": ("no-answer", "")}, health
    listed, other = events["target"]
    states = {cell["list"].split(".")[0]: cell["state"]
              for cell in listed["addrs"][0]["lists"]}
    assert states == {
        "bl": "listed", "good": "listed", "dead": "list-broken", "wild": "list-broken",
        "error": "list-broken", "parked": "list-broken", "silent": "no-answer"}, states
    good = state_of(listed, OPEN.ipv4, "good.lists.example")
    assert (good["codes"], good["text"]) == (["127.0.0.10"], "listed for a test"), good
    assert state_of(listed, OPEN.ipv6, "good.lists.example")["state"] == "no-ipv6", listed
    assert other["state"] == "undecided" and code == 1, (other, code)
    assert as_json(*lists("error"), "exim.example")[0] == 2, "127.255.255.254 is never a listing"
    done = check(*lists("wild", "silent"), EXIM.ipv4)
    assert "the list wild.lists.example is not believed: broken" in done.stderr, done
    assert "list wild.lists.example: broken: it lists what cannot be listed" in done.stdout, done
    assert "list silent.lists.example: no answer" in done.stdout, done


def test_codes():
    """only the codes that count list"""
    _, events = as_json("--list", "good.lists.example=2,4-9", OPEN.ipv4)
    cell = state_of(events["target"][0], OPEN.ipv4, "good.lists.example")
    assert (cell["state"], cell["why"]) == ("not-listed", "other-code"), cell
    _, events = as_json("--list", "good.lists.example=127.0.0.4-127.0.0.11", OPEN.ipv4)
    assert state_of(events["target"][0], OPEN.ipv4, "good.lists.example")["state"] == "listed", events


def test_lying_resolver():
    """a resolver that rewrites NXDOMAIN makes nobody listed; one that refuses is no answer"""
    with mini_dnsd.Liar(rewrite="192.0.2.80") as liar:
        code, events = as_json(*lists("good"), EXIM.ipv4, resolver=liar.where)
        assert code == 2 and events["target"][0]["state"] == "undecided", events
        assert {entry["ipv4"]["why"] for entry in events["list"]} == {"rewritten"}, events["list"]
        names = [name for name in liar.asked() if name.endswith(".bl.example")]
        assert len(names) == len(set(names)), "asked twice: %s" % names
    with mini_dnsd.Liar(refuse=".good.lists.example") as liar:
        code, events = as_json(*lists("good"), EXIM.ipv4, resolver=liar.where)
        assert code == 2, events
        assert state_of(events["target"][0], EXIM.ipv4, "good.lists.example")["state"] == "no-answer"
        assert state_of(events["target"][0], EXIM.ipv4, harness.ZONE)["state"] == "not-listed", events


def test_many():
    """81 towns, three of them on the listed server: the total line, each server asked once"""
    towns = ["t%d.town.example" % number for number in range(78)]
    path = write("towns", "# a prefecture", *towns, "open.example # the first", "east.open.example", "",
                 "west.open.example")
    with mini_dnsd.Liar() as truthful:
        done = check("--quiet", "-f", path, resolver=truthful.where)
        assert truthful.asked().count("mail.exim.example") == 2, truthful.asked()  # A and AAAA
    assert done.returncode == 1, done
    assert "3 of 81 domains have a listed mail server\n" in done.stdout, done.stdout
    assert "town" not in done.stdout and done.stdout.count("example: listed") == 3, done.stdout
    assert done.stderr == "", done.stderr
    done = check("--progress", "always", "-f", "-", given="\n".join(towns))
    assert done.returncode == 0 and "0 of 78 domains" in done.stdout, done


def test_bad_lines():
    """a bad line is named by file and line, skipped, and the exit code is 65; --strict ends there"""
    path = write("bad", "exim.example", "not a name", "sink.example")
    done = check("-f", path)
    assert done.returncode == 65, done
    assert path + ":2: not a name: " in done.stderr, done.stderr
    assert "0 of 2 domains" in done.stdout and "lines that were skipped: 1" in done.stdout, done.stdout
    done = check("--strict", "-f", path)
    assert done.returncode == 65 and "0 of 1 domains" in done.stdout, done


def test_csv():
    """CSV is read back by another program, with a row for each address on each list"""
    done = check("--csv", "--bom", *lists("good"), "open.example", "null.example")
    assert done.returncode == 1 and done.stdout.startswith("\ufefftarget,"), done
    rows = list(csv.DictReader(io.StringIO(done.stdout[1:], newline="")))
    assert [(r["target"], r["address"], r["list"], r["state"]) for r in rows] == [
        ("open.example", OPEN.ipv4, "bl.example", "listed"),
        ("open.example", OPEN.ipv4, "good.lists.example", "listed"),
        ("open.example", OPEN.ipv6, "bl.example", "not-listed"),
        ("open.example", OPEN.ipv6, "good.lists.example", "no-ipv6"),
        ("null.example", "", "", "")], rows
    assert rows[0]["since"].endswith("Z") and rows[0]["host"] == "mail.open.example", rows[0]
    assert rows[-1]["faults"] == "null-mx", rows[-1]


def test_nagios():
    """one line and 0 to 3 for a monitor, also for errors"""
    for code, word, arguments in (
            (0, "OK", [EXIM.ipv4]), (2, "CRITICAL", [EXIM.ipv4, OPEN.ipv4]),
            (1, "WARNING", ["--critical", "2", OPEN.ipv4]),
            (1, "WARNING", ["--warning", "1", OPEN.ipv4]),
            (3, "UNKNOWN", [*lists("dead"), EXIM.ipv4]), (3, "UNKNOWN", ["192.0.2.256"])):
        done = check("--nagios", *arguments)
        assert done.returncode == code and done.stdout.startswith("SEKIMORI %s - " % word), done
        assert done.stdout.count("\n") == 1, done.stdout
    assert " | listed=1;1;1;0;2 undecided=0" in check("--nagios", EXIM.ipv4, OPEN.ipv4).stdout


def test_interrupted():
    """Ctrl-C writes what is known and ends with 130"""
    run = subprocess.Popen(line("-f", "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    with run:
        run.stdin.write("exim.example\n")
        run.stdin.flush()
        first = run.stdout.readline()
        run.send_signal(signal.SIGINT)
        rest = run.stdout.read()
        assert run.wait(10) == 130, rest
    assert first == "exim.example: not listed\n", first
    assert "0 of 1 domains" in rest and "stopped before the end" in rest, rest


def test_past():
    """--at: listed then, with the day of its removal; not before, not after; other zones refused"""
    since = ask.ask(daemon, "show", OPEN.ipv4).done["listings"][0]["since"]
    harness.wait_until(lambda: time.time() > since + 1, 10, "another second")
    assert ask.ask(daemon, "remove", OPEN.ipv4, "--reason", "a system test").exit == 0
    removed = time.time()
    harness.wait_until(lambda: time.time() > removed + 1, 10, "another second")
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since))
    code, events = as_json("--at", stamp, "open.example")
    cell = state_of(events["target"][0], OPEN.ipv4, harness.ZONE)
    assert code == 1 and cell["state"] == "listed" and cell["since"] == since, cell
    assert since < cell["removed"] <= time.time() and "retracted" not in cell, cell
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    assert as_json("--at", now, OPEN.ipv4)[0] == 0
    code, events = as_json("--at", "2001-01-01", OPEN.ipv4)
    cell = state_of(events["target"][0], OPEN.ipv4, harness.ZONE)
    assert code == 2 and cell == {"list": harness.ZONE, "state": "no-answer", "why": "before-journal"}, cell
    done = check("--at", stamp, "--zone", "other.example", OPEN.ipv4)
    assert done.returncode == 64, done
    answer = check("--at", stamp, OPEN.ipv4)
    assert "; removed on " in answer.stdout and "as of " in answer.stdout, answer


def test_gone():
    """removed, it is not listed any more once the resolver forgets; without the daemon --at says so"""
    harness.wait_until(lambda: mini_dns.dig(daemon.dns, mini_dns.reverse(OPEN.ipv4, harness.ZONE)).rcode
                       == "NXDOMAIN", 5, "NXDOMAIN")
    daemon.stop()
    done = check("--at", "2026-01-01", OPEN.ipv4)
    assert done.returncode == 69 and "start sekimorid" in done.stderr, done


harness.main()
