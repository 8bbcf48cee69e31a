"""heavy.py -- what the heavy tests share: the compile flags of the build, jobs, TAP."""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess

JOBS = 2
# What decides how a source is understood; code generation is each test's own.
FLAG = re.compile(r"-(I|std=|W(?!error)|D(?!_FORTIFY_SOURCE))")


def run(words, **options):
    """Runs a command in the C locale. Returns (exit status, what it said)."""
    env = {**os.environ, "LC_ALL": "C", **options.pop("env", {})}
    done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", env=env, **options)
    return done.returncode, done.stdout


def side_by_side(function, items):
    """[(item, function(item))] in the order of the items, JOBS at a time."""
    items = list(items)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return list(zip(items, pool.map(function, items)))


def source_flags(top, build):
    """{"src/...c": [flags]}, paths absolute, as meson compiles each source in the build directory."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if not path.is_relative_to(top / "src"):
            continue
        flags = []
        for word in filter(FLAG.match, shlex.split(entry["command"])):
            if word.startswith("-I"):
                word = "-I" + os.path.normpath(os.path.join(entry["directory"], word[2:]))
            flags.append(word)
        found.setdefault(str(path.relative_to(top)), flags)
    return dict(sorted(found.items()))


class Tap:
    """Counts cases and prints them; the text of a failure follows it as a comment."""

    def __init__(self):
        self.count = self.failed = 0

    def case(self, good, name, text=""):
        self.count += 1
        self.failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, name))
        for line in [] if good else text.rstrip().splitlines():
            print("# " + line)

    def end(self):
        """Prints the plan. Returns the exit status; nothing tested is a failure."""
        print("1..%d" % self.count, flush=True)
        return 1 if self.failed or not self.count else 0
