"""browser.py -- Chromium for the system tests: its modules, one flow, all states.

playwright-core and axe-core come from npm as tests/browser/package-lock.json pins them; Chromium is Debian's. They
are for development only: nothing that is installed knows of them."""

import filecmp
import json
import os
import shutil
import subprocess
import threading

import harness
import lab

HERE = os.path.join(lab.TOP, "tests", "browser")
MODULES = os.path.join(lab.TOP, "build", "browser")
STATES = os.path.join(lab.TOP, "tests", "unit", "web", "states")
# of the tree that was installed to harness.BUILD: writes the page of each state
RENDER = os.path.join(os.path.dirname(harness.BUILD), "tests", "unit", "web", "render")
CHROMIUM = next((found for found in map(shutil.which, ("chromium", "chromium-browser")) if found), None)


def modules():
    """The directory that has the modules of the lock file; they are fetched when they are not there."""
    lock = os.path.join(HERE, "package-lock.json")
    mine = os.path.join(MODULES, "package-lock.json")
    if os.path.exists(mine) and filecmp.cmp(lock, mine, shallow=False) and os.path.isdir(
            os.path.join(MODULES, "node_modules", "playwright-core")):
        return MODULES
    os.makedirs(MODULES, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(HERE, name), MODULES)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                           "--cache", os.path.join(MODULES, "cache")],
                          cwd=MODULES, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, "npm ci: " + done.stderr
    return MODULES


def needed():
    """Skips the test where there is no browser."""
    for name, found in (("chromium", CHROMIUM), ("node", shutil.which("node")), ("npm", shutil.which("npm"))):
        if not found:
            raise harness.Skip("there is no %s here (./dev deps installs it)" % name)


def node(script, *arguments, timeout=200, ready=None):
    """Runs a script of tests/browser. Returns what it printed; its failure is one.

    ready() is called when the script says so, with what it says behind that word, if anything."""
    needed()
    environment = {**os.environ, "SEKIMORI_NODE": modules(), "SEKIMORI_CHROMIUM": CHROMIUM,
                   "SEKIMORI_STATES": STATES}
    with subprocess.Popen(["node", os.path.join(HERE, script), *arguments], env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
        watchdog = threading.Timer(timeout, running.kill)
        watchdog.start()
        said = []
        for line in running.stdout:
            said.append(line)
            if ready and line.split(" ", 1)[0].strip() == "ready":
                ready(*line.strip().split(" ", 1)[1:])
        running.wait()
        watchdog.cancel()
    assert running.returncode == 0, "exit %d\n%s" % (running.returncode, "".join(said))
    return "".join(said)


def flow(name, daemon, ready=None, **about):
    """One flow of flows.mjs against a running daemon; about: addr, lang, width, dark, js, asker."""
    about.setdefault("lang", "ja")
    return node("flows.mjs", name, json.dumps({"url": "http://%s:%d" % daemon.web, **about}), ready=ready)
