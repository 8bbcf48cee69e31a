#!/usr/bin/env python3
"""judge_fixtures.py PROGRAM LOGS [MTA/STORY...] -- sekimori-account on logs of real servers, against what their
clients and the far ends counted (README): verdicts and numbers with the configuration, the same verdicts when the
owner says what is ours, no wrong one and no wrong number when nobody says it, and "undecided" when the lines that decide are cut out.
TAP."""

import datetime
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import zoneinfo

SIZE_LEAST = 0.9  # servers that count an end of line as one octet
LINE_S = 2  # a line of the log may be that much off the client's clock
HEADER_OCTETS = 1000  # what a server adds to a message, at most
ABUSE = {"open-relay", "stolen-account", "local-script", "backscatter"}
# The class of recipients that a verdict is about.
CLASS = {"open-relay": "relayed", "stolen-account": "submitted", "local-script": "scripted",
         "backscatter": "noticed"}

# Lines that say where a message came from, by server: without them no verdict about strangers, accounts or
# programs can stand.
ORIGIN = {
    "postfix": r"( [0-9A-Za-z]+: client=|pickup\[\d+\]: )",
    "exim": r" <= (?!<>)",
    "sendmail": r": from=(?!<>)",
    "opensmtpd": r"smtp (connected|message|envelope|authentication)|event=(connected|message|auth)",
}
# The server's own notices.
NOTICE = {
    "postfix": r"(delivery status|non-delivery|delay) notification|: from=<>,",
    "exim": r" <= <> ",
    "sendmail": r": (DSN|sender notify|postmaster notify|return to sender)|: from=<>",
    "opensmtpd": r"from=<>",
}
# Where a message went.  OpenSMTPD, and Exim with that log selector, write the recipients when they accept them:
# there the verdict stands.
WENT = {
    "postfix": r"postfix/(smtp|lmtp|local|virtual|pipe|error|bounce)\[",
    "exim": r" (=>|->|\*\*|==|>>) ",
    "sendmail": r": to=",
}
# Verdict -> what is cut out: then the verdict is gone, and it is said that something is missing.
CUTS = {
    "open-relay": {"origin": ORIGIN, "where it went": WENT},
    "stolen-account": {"origin": ORIGIN, "before the burst": None},
    "local-script": {"origin": ORIGIN},
    "backscatter": {"notices": NOTICE},
    "forwarding": {"origin": ORIGIN},
    "nothing-found": {"origin": ORIGIN},
}


class Wrong(Exception):
    pass


def need(so, what):
    if not so:
        raise Wrong(what)


def seconds(when):
    at = when and datetime.datetime.fromisoformat(when["at"].replace("Z", "+00:00"))
    return at and round(at.timestamp())


def near(name, got, want, by=LINE_S):
    need((got is None) == (want is None) and (got is None or abs(got - want) <= by),
         "%s: want %s, got %s" % (name, want, got))


class Story:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.truth = json.loads((folder / "truth.json").read_text())
        self.mta = folder.parent.name
        self.files = [folder / name for name in self.truth["files"]]
        zone = zoneinfo.ZoneInfo(self.truth["zone"])
        self.year = datetime.datetime.fromtimestamp(self.truth["read_at"], zone).year
        # A story of next year whose stamps have no year: no log is of the future, so it is read as this year's.
        self.early_s = 0
        if self.truth["stamps"] == "rfc3164" and self.truth["read_at"] > time.time():
            self.early_s = 365 * 86400
            self.year -= 1

    def account(self, *options, files=None):
        """The account as Python, with its exit status."""
        stamps = ["--year", str(self.year)] if self.truth["stamps"] == "rfc3164" else []
        done = subprocess.run(
            [self.program, "--json", "--timezone", self.truth["zone"], *stamps, *options, *map(str, files or self.files)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=120)
        need(done.returncode in (0, 1, 2), "exit %d: %s" % (done.returncode, done.stderr.decode(errors="replace")))
        told = json.loads(done.stdout)
        told["exit"] = done.returncode
        return told

    def configured(self):
        return ["--from-config", str(self.folder / "config")]

    def said(self):
        own = self.truth["own"]
        words = [("--own-net", net) for net in own["networks"]]
        words += [("--own-domain", name) for name in own["domains"] + own["relay_domains"] + own["hosts"]]
        return [word for pair in words for word in pair]


def causes(told):
    return {verdict["cause"] for verdict in told["verdicts"]}


def why(told):
    return "; ".join("%s: %s" % (v["cause"], " ".join(r["tag"] + str(r["numbers"]) + str(r["texts"])
                                                      for r in v["reasons"])) for v in told["verdicts"])


def right_verdicts(told, story):
    want = set(story.truth["verdicts"])
    need(causes(told) == want, "want %s, got %s" % (sorted(want), why(told)))
    need(told["exit"] == (1 if want & (ABUSE - {"backscatter"}) else told["exit"]), "exit %d" % told["exit"])


def right_numbers(told, story):
    """Of what holds, that is: a cause that is not decided has no numbers."""
    for cause, want in story.truth["abuse"].items():
        verdict = next((v for v in told["verdicts"] if v["cause"] == cause), None)
        if verdict is None:
            continue
        count = verdict["count"]
        if story.truth.get("lines_lost"):
            need(told["at_least"], "not said: at least")
            need(0 < count["messages"] <= want["messages"], "%s: messages: %d" % (cause, count["messages"]))
            continue
        # of notices the far ends know those that came
        for name in ("messages", "recipients", "delivered", "bounced") if cause != "backscatter" else ("delivered",):
            if name in want:
                need(count[name] == want[name], "%s: %s: want %d, got %d" % (cause, name, want[name], count[name]))
        if "neither" in want:
            rest = count["deferred"] + count["queued"]
            need(rest == want["neither"], "%s: neither: want %d, got %d" % (cause, want["neither"], rest))
        if "bytes" in want:
            least, most = want["bytes"] * SIZE_LEAST, want["bytes"] + HEADER_OCTETS * want["messages"]
            need(least <= count["octets"] <= most, "%s: octets %d" % (cause, count["octets"]))
        slack_s = want.get("first_arrived", want["first_accepted"]) - want["first_accepted"]
        near(cause + " first", seconds(verdict["first"]), want["first_accepted"] - story.early_s, LINE_S + slack_s)
        if cause != "backscatter":  # there the far ends say when the last one came
            near(cause + " last", seconds(verdict["last"]), want["last_accepted"] - story.early_s)
        if "first_refused_after" in want:
            after = want["first_refused_after"]
            near(cause + " refused", seconds(verdict["refused_first"]), after and after - story.early_s)
        need(not want.get("accounts") or set(verdict["who"]) == set(want["accounts"]), "who: %s" % verdict["who"])


def table(told, axis, cause):
    """{name: messages of the class} of a table."""
    rows = told["tables"][axis]["rows"]
    counts = {row["name"]: row["classes"].get(CLASS[cause], {}) for row in rows}
    return {name: count for name, count in counts.items() if count.get("messages")}


def right_tables(told, story):
    want = story.truth["abuse"].get("open-relay")
    if want is None or story.truth.get("lines_lost"):
        return
    got = {name: count["messages"] for name, count in table(told, "client", "open-relay").items()}
    need(got == want["clients"], "clients: want %s, got %s" % (want["clients"], got))
    got = {name: count["recipients"] for name, count in table(told, "domain", "open-relay").items()}
    need(got == want["domains"], "domains: want %s, got %s" % (want["domains"], got))


def not_wrong(told, story):
    """Nobody says what is ours: what is learned may be too little, but must not make anybody guilty."""
    may = set(story.truth["verdicts"]) | {"undecided"}
    if "nothing-found" not in may:  # too little for a verdict is not nothing
        need("nothing-found" not in causes(told), "got %s" % why(told))
    need(causes(told) <= may | {"forwarding"}, "want some of %s, got %s" % (sorted(may), why(told)))
    right_numbers(told, story)  # nor is what an office sent counted as a stranger's


def stamp(line, story):
    """When a line was written, of any of the forms that the stories have."""
    zone = zoneinfo.ZoneInfo(story.truth["zone"])
    text = re.sub(rb"^<\d+>1 ", b"", line).decode("ascii", "replace")
    if text[:4].isdigit():
        at = datetime.datetime.fromisoformat(text[:19])
    else:
        at = datetime.datetime.strptime("%d %s" % (story.year, text[:15]), "%Y %b %d %H:%M:%S")
    return at.replace(tzinfo=zone).timestamp()


def is_cut(story, cause, patterns):
    """What says whether a line is one of those that are cut."""
    if patterns is None:
        since = story.truth["abuse"][cause]["first_accepted"] - story.early_s - 60
        return lambda line: stamp(line, story) < since
    pattern = re.compile(patterns[story.mta].encode())
    return lambda line: pattern.search(line)


def cut_out(story, cause, patterns):
    cut = is_cut(story, cause, patterns)
    with tempfile.TemporaryDirectory() as scratch:
        files, gone = [], 0
        for file in story.files:
            octets = file.read_bytes()
            lines = (gzip.decompress(octets) if octets[:2] == b"\x1f\x8b" else octets).splitlines(keepends=True)
            left = [line for line in lines if not cut(line)]
            gone += len(lines) - len(left)
            files.append(pathlib.Path(scratch) / file.name)
            files[-1].write_bytes(b"".join(left))
        need(gone > 0, "nothing was cut")
        told = story.account(*story.configured(), files=files)
    need(cause not in causes(told) and "undecided" in causes(told), "got %s" % why(told))


def checks(story):
    yield "verdicts", lambda: right_verdicts(story.account(*story.configured()), story)
    yield "numbers", lambda: right_numbers(story.account(*story.configured()), story)
    yield "tables", lambda: right_tables(story.account(*story.configured()), story)
    yield "verdicts, the owner says what is ours", lambda: right_verdicts(story.account(*story.said()), story)
    yield "nothing said", lambda: not_wrong(story.account(), story)
    for verdict in story.truth["verdicts"]:
        for name, patterns in CUTS[verdict].items():
            if patterns is WENT and "log-rcpts" in story.truth["settings"]:
                continue
            if patterns is None or story.mta in patterns:
                yield "%s without lines of %s" % (verdict, name), \
                    lambda v=verdict, p=patterns: cut_out(story, v, p)


def main():
    program, logs, only = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    number = 0
    for truth in sorted(logs.glob("*/*/truth.json")):
        story = Story(program, truth.parent)
        name = "%s/%s" % (story.mta, truth.parent.name)
        if only and name not in only:
            continue
        for what, check in checks(story):
            number += 1
            try:
                check()
                print("ok %d - %s: %s" % (number, name, what))
            except (Wrong, KeyError, StopIteration, json.JSONDecodeError) as e:
                print("not ok %d - %s: %s" % (number, name, what))
                print("# %s" % str(e or type(e)).replace("\n", "\n# "))
    print("1..%d" % number)


if __name__ == "__main__":
    main()
