#!/usr/bin/env python3
"""tally.py PLACE... -- counts test cases: a PLACE is a meson build directory or a TAP file.

Prints every failure and every skip by name; the last line is "N passed, N failed". Exit 1 if any
failed, or if nothing at all was counted."""

import json
import os
import re
import sys
import xml.etree.ElementTree

TAP_LINE = re.compile(r"(not ok|ok)\b\s*\d*\s*-?\s*([^#]*?)\s*(?:#\s*(SKIP|TODO)\b\s*(.*))?$", re.I)
GOOD = ("OK", "EXPECTEDFAIL", "SKIP")


def read_tap(path):
    """(outcome, name, why) of every case. What a plan promised and nobody reported has failed."""
    label = os.path.basename(path)
    planned, seen = None, 0
    with open(path, encoding="utf-8", errors="replace") as tap:
        for line in tap:
            plan = re.match(r"1\.\.(\d+)(?:\s*#\s*SKIP\s*(.*))?", line, re.I)
            if plan:
                planned = int(plan[1])
                if planned == 0:
                    yield "skipped", label, plan[2] or ""
                continue
            case = TAP_LINE.match(line.rstrip("\n"))
            if not case:
                continue
            seen += 1
            word, name, directive, why = case.groups()
            if directive and directive.upper() == "SKIP":
                yield "skipped", label + ": " + name, why
            else:
                good = word == "ok" or directive
                yield "passed" if good else "failed", label + ": " + name, ""
    if planned is None or seen < planned:
        yield "failed", label, "%d of %s planned cases were reported" % (seen, planned)


def read_cases(path):
    """{meson's test name: [(outcome, case name, why)]} from the JUnit file."""
    tests = {}
    for suite in xml.etree.ElementTree.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            outcome = "passed"
            if case.find("skipped") is not None:
                outcome = "skipped"
            elif case.find("failure") is not None or case.find("error") is not None:
                outcome = "failed"
            alone = case.get("classname", "").count(".") == 0
            test = case.get("name") if alone else suite.get("name").split(".", 1)[1]
            why = case.findtext("system-out") if outcome == "skipped" and not alone else ""
            tests.setdefault(test, []).append((outcome, case.get("name"), why or ""))
    return tests


def show_output(label, result):
    """Meson prints a failed TAP program's errors, but not its output, where the reasons are."""
    print("---- %s: %s: %s" % (label, result["name"], result["result"].lower()))
    lines = (result.get("stdout", "") + result.get("stderr", "")).splitlines()
    print("\n".join(line for line in lines[-60:] if not line.startswith("ok ")))


def read_meson(build):
    """The JUnit file has the single cases but calls a time-out passed; the JSON file has the results."""
    logs = os.path.join(build, "meson-logs")
    cases = read_cases(os.path.join(logs, "testlog.junit.xml"))
    with open(os.path.join(logs, "testlog.json"), encoding="utf-8") as log:
        results = [json.loads(line) for line in log]
    label = os.path.basename(build)
    for result in results:
        name, outcome = result["name"], result["result"]
        if outcome not in GOOD:
            show_output(label, result)
        of_this = cases.get(name, [])
        if outcome not in GOOD and not any(o == "failed" for o, _, _ in of_this):
            yield "failed", "%s: %s" % (label, name), outcome.lower()
            if len(of_this) == 1 and of_this[0][1] == name:
                continue
        for one, case, why in of_this:
            text = name if case == name else name + ": " + case
            yield one, "%s: %s" % (label, text), why


LARGEST = re.compile(r"# largest UDP answer without a cookie: \S+ times its query \((\d+) octets for (\d+)\)")


def largest(places):
    """(octets of an answer, of its query) of the worst that any test saw, or None."""
    found = []
    for place in places:
        path = os.path.join(place, "meson-logs", "testlog.json") if os.path.isdir(place) else place
        with open(path, encoding="utf-8", errors="replace") as log:
            found += [tuple(map(int, pair)) for pair in LARGEST.findall(log.read())]
    return max(found, key=lambda pair: pair[0] / pair[1], default=None)


def main(places):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    notes = {"failed": [], "skipped": []}
    for place in places:
        for outcome, name, why in read_meson(place) if os.path.isdir(place) else read_tap(place):
            counts[outcome] += 1
            if outcome != "passed":
                notes[outcome].append(name + (" (%s)" % why.strip() if why.strip() else ""))
    for outcome in ("skipped", "failed"):
        for note in notes[outcome]:
            print("%s: %s" % (outcome, note))
    worst = largest(places)
    if worst:
        print("amplification: a UDP answer without a cookie was at most %.2f times its query (%d octets for %d)" %
              (worst[0] / worst[1], *worst))
    print("%d passed, %d failed" % (counts["passed"], counts["failed"]))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
