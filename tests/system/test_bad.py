#!/usr/bin/env python3
"""What a person gets wrong: every mistake ends at once with its exit code and one line that says what."""

import os
import socket
import subprocess
import tempfile

import ask
import harness
import lab

daemon = harness.Daemon()
BASIS = ["--basis", "authority", "--reason", "laboratory"]
PROBE = ["--receive", "127.0.0.1:2525", "--probe-domain", "probe.example"]
OPEN = lab.SERVERS["open-postfix"].ipv4

# arguments of `sekimori`, exit code, what the message says
COMMANDS = [
    ([], 64, "usage: sekimori COMMAND"),
    (["nominat"], 64, 'there is no command "nominat"; did you mean nominate?'),
    (["../../bin/sh"], 64, "there is no command"),
    (["nominate"], 64, "is missing"),
    (["nominate", *BASIS], 64, "an operand is missing: ADDRESS|HOST"),
    (["nominate", *BASIS, OPEN, OPEN], 64, "too many operands"),
    (["nominate", "--bassis", "authority", OPEN], 64, "--bassis: no such option"),
    (["nominate", "--basis", "authority", OPEN], 64, "--reason TEXT is missing"),
    (["nominate", "--basis", "authority", "--reason", "", OPEN], 64, "--reason: write one line"),
    (["nominate", "--basis", "authority", "--reason", "a\nb", OPEN], 64, "--reason: write one line"),
    (["nominate", "--basis", "authority", "--reason", "a\x1b[2J", OPEN], 64, "write one line"),
    (["nominate", "--basis", "authority", "--reason", "x" * 501, OPEN], 64, "write one line"),
    (["nominate", "--basis", "hearsay", "--reason", "x", OPEN], 64, "hearsay: no such word; one of"),
    (["nominate", *BASIS, "--depth", "abyss", OPEN], 64, "abyss: no such word"),
    (["nominate", *BASIS, "--wait", "soon", OPEN], 64, "not a time"),
    (["nominate", *BASIS, "--port", "65536", OPEN], 64, "not a number from 1 to 65535"),
    (["nominate", *BASIS, "198.18.1.300"], 64, "neither an address nor a host name"),
    (["nominate", *BASIS, "198.18.1.10:0"], 64, "not a number from 1 to 65535"),
    (["nominate", *BASIS, "[2001:db8::1"], 64, "the bracket is not closed"),
    (["nominate", *BASIS, "198.18.0.0/15"], 64, "neither an address nor a host name"),
    (["nominate", *BASIS, "a b"], 64, "neither an address nor a host name"),
    (["nominate", "--basis", "evidence", "--reason", "x", OPEN], 64, "needs --evidence FILE"),
    (["nominate", *BASIS, "--evidence", "/dev/null", OPEN], 64, "--basis evidence or log only"),
    (["nominate", "--basis", "log", "--reason", "x", "--evidence", "/nowhere", OPEN], 66, "No such file"),
    (["nominate", "--basis", "log", "--reason", "x", "--evidence", "/", OPEN], 66, "Is a directory"),
    (["nominate", "--basis", "log", "--reason", "x", "--evidence", "/dev/null", OPEN], 65, "is empty"),
    (["nominate", "--basis", "log", "--reason", "x", "--evidence", "/dev/zero", OPEN], 65, "megabytes"),
    (["optout", "--reason", "x", "198.18.1.10/15"], 64, "no bits"),
    (["optout", "198.18.1.10"], 64, "--reason TEXT is missing"),
    (["remove", "--reason", "x", "mail.open.example"], 64, "not an address"),
    (["retest", "198.18.1.10:25"], 64, "takes no port"),
    (["show", "1.2.3"], 64, "neither an address nor a host name"),
    (["journal", "burn"], 64, "no such work; only: verify"),
    (["zone", "inport"], 64, "no such work"),
    (["zone", "import"], 64, "an operand is missing: FILE"),
    (["zone", "export", "--snapshot", "/nowhere"], 66, "No such file"),
    (["zone", "verify", "--snapshot", "/dev/zero"], 66, "not a plain file"),
    (["show", "--socket", "", OPEN], 64, "control socket is empty or longer"),
    (["show", "--socket", "x" * 200, OPEN], 64, "control socket is empty or longer"),
    (["status", "--socket", "/nowhere/control"], 69, "the daemon does not answer at /nowhere/control"),
    (["nominate", "--socket", "/nowhere/control", *BASIS, OPEN], 69, "start sekimorid"),
    (["zone", "export", "--socket", "/nowhere/control"], 69, "the daemon does not answer"),
    (["probe", OPEN], 64, "--receive ADDR:PORT is missing"),
    (["probe", *PROBE], 64, "no target is given"),
    (["probe", *PROBE, "--lab-range", "20.30.0.0/16", "198.20.0.50"], 64, "--lab-range"),
    (["probe", *PROBE, "--lab-range", "0.0.0.0/0", OPEN], 64, "a range wholly inside"),
    (["probe", *PROBE, "--lab-range", "198.0.0.0/8", OPEN], 64, "a range wholly inside"),
    (["probe", *PROBE, "--no-ledger", OPEN], 64, "only with --lab-range"),
    (["probe", *PROBE, "--basis", "authority", OPEN], 64, "needs --reason TEXT"),
    (["probe", *PROBE, "--state", "here", OPEN], 64, "not an absolute path"),
    (["probe", *PROBE, "--file", "/nowhere"], 66, "No such file"),
]

STATE = 'state {\n\tdir = "@STATE@"\n}\nrole {\n\tuser = ""\n}\n'

# a configuration behind STATE (6 lines), exit code, what the message says
CONFIGURATIONS = [
    ("dns {\n\tzoen = \"bl.example\"\n}\n", 78, ":8: dns.zoen: no such key; did you mean dns.zone?"),
    ("dsn {\n}\n", 78, ":7: dsn"),
    ("dns {\n\tworkers = 65\n}\n", 78, ":8: dns.workers"),
    ("dns {\n\tttl = 1s\n}\n", 78, ":8: dns.ttl"),
    ("dns {\n\tttl = often\n}\n", 78, ":8: dns.ttl"),
    ("dns {\n\tlisten = {\"127.0.0.1:70000\"}\n}\n", 78, ":8: dns.listen"),
    ("dns {\n\tzone = \"-.example\"\n}\n", 78, ":8: dns.zone"),
    ("dns {\n", 78, "dns is not closed"),
    ("lab {\n\trange = {\"20.30.0.0/16\"}\n}\n", 78, ":8: lab.range"),
    ("lab {\n\trange = {\"0.0.0.0/0\"}\n}\n", 78, "a range wholly inside"),
    ("lab {\n\trange = {\"198.18.0.0/14\"}\n}\n", 78, ":8: lab.range"),
    ("lab {\n\trange = {\"2000::/3\"}\n}\n", 78, ":8: lab.range"),
    ("probe {\n\tdomain = \"x.bl.example\"\n}\n", 78, "probe.domain: must be neither dns.zone"),
    ("probe {\n\tpublic = true\n}\n", 78, "probe.public: needs operator.contact"),
    ("receive {\n\tcert = \"/nowhere.pem\"\n}\n", 78, "receive.cert: needs receive.key"),
    ("receive {\n\tlisten = {\"127.0.0.1:@BUSY@\"}\n}\n", 73, "is in use by another program"),
    ("dns {\n\tlisten = {\"127.0.0.1:@BUSY@\"}\n}\n", 73, "is in use by another program"),
    ("dns {\n\tlisten = {\"198.51.100.7:53\"}\n}\n", 73, "this machine has no such address"),
    ("role {\n\tuser = \"nobody-at-all\"\n}\n", 78, "there is no user nobody-at-all"),
    ("\0\n", 78, ""),
    ("}\n", 78, ""),
]


def check(name, done, code, fragment):
    """One message, of one or two lines (the second says how to get help), and the exit code."""
    text = done.stderr
    assert done.returncode == code, "%s: want %d, got %d: %s" % (name, code, done.returncode, text)
    assert fragment in text, "%s: want %r in %r" % (name, fragment, text)
    assert 0 < len(text.strip()) < 2000, (name, text)
    assert done.stdout == "", (name, done.stdout)
    if "usage" not in fragment:
        lines = [line for line in text.splitlines() if "--help" not in line and " help" not in line]
        assert len(lines) == 1, (name, text)
    assert all(ch == "\n" or ch.isprintable() for ch in text), (name, text)


def run(arguments, **options):
    try:
        return subprocess.run(arguments, check=False, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=20, **options)
    except PermissionError as error:  # the tree lies where another user cannot go
        raise harness.Skip(str(error)) from None


def test_commands():
    """every mistake on the command line has its exit code and one message"""
    daemon.start()
    for arguments, code, fragment in COMMANDS:
        line = list(arguments)
        if line and line[0] != "probe" and "--socket" not in line and "zone" not in line:
            line[1:1] = ["--socket", os.path.join(daemon.state, "control")]
        shown = ["%.40s" % word for word in arguments]
        check(shown, run(ask.command("sekimori", *line)), code, fragment)


def test_still_there():
    """none of that reached the daemon's records"""
    for server in lab.MAIL_SERVERS:
        assert ask.ask(daemon, "show", server.ipv4).done["nominees"] == [], server
    assert ask.ask(daemon, "status").done["listings"] == 0


def evidence(text, *arguments):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        return ask.ask(daemon, "nominate", OPEN, "--reason", "x", "--evidence", file.name, *arguments)


def test_evidence():
    """evidence that proves nothing is refused by the daemon, in words"""
    for text, basis, code, error in (
            ("Subject: no trace\n\n", "evidence", 65, "evidence-unreadable"),
            ("Received: from x (x [%s])\n\tby mx.stranger.example; Sun, 22 Nov 2026 22:00:00 +0000\n\n"
             % OPEN, "evidence", 77, "receiver-not-trusted"),
            ("connect from x[198.18.1.100]\n", "log", 65, "evidence-names-another")):
        answer = evidence(text, "--basis", basis)
        assert (answer.exit, answer.done["error"]) == (code, error), (text, answer)
        assert answer.text.count("\n") == 1, answer.text
    answer = ask.ask(daemon, "nominate", lab.RECEIVER, *ask.BASIS)
    assert (answer.exit, answer.done["error"]) == (77, "own-receiver"), answer
    answer = ask.ask(daemon, "nominate", "nobody.open.example", *ask.BASIS)
    assert (answer.exit, answer.done["error"]) == (68, "no-such-name"), answer
    assert daemon.stop() == 0


def start(text, *arguments, as_user=None, state=None):
    """sekimorid with a configuration; it is to end by itself."""
    with tempfile.TemporaryDirectory(prefix="sekimori-") as home, socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(1)
        os.chmod(home, 0o755)
        path = os.path.join(home, "conf")
        text = text.replace("@STATE@", state or os.path.join(home, "state"))
        with open(path, "w", encoding="ascii") as conf:
            conf.write(text.replace("@BUSY@", str(busy.getsockname()[1])))
        daemon_path = os.path.join(harness.BUILD, "bin", "sekimorid")
        return run([daemon_path, "-c", path, *arguments], user=as_user)


def test_configurations():
    """every mistake in a configuration has its exit code and one message, with the line where it is"""
    for text, code, fragment in CONFIGURATIONS:
        check(text, start(STATE + text), code, fragment)


def test_options():
    """mistakes in sekimorid's options"""
    for arguments, code, fragment in (
            (["-o", "dns.workers=65"], 64, "-o dns.workers"),
            (["-o", "dns.wrokers=1"], 64, "did you mean dns.workers?"),
            (["-o", "dns"], 64, "is not KEY=VALUE"),
            (["-o", "lab.range=20.30.0.0/16"], 64, "-o lab.range")):
        check(arguments, start(STATE, *arguments), code, fragment)
    for arguments in (["-x"], ["something"]):
        done = start(STATE, *arguments)
        assert done.returncode == 64 and "usage: sekimorid" in done.stderr, done


def test_configuration_unreadable():
    """a configuration that is not there, is a directory or may not be read"""
    daemon_path = os.path.join(harness.BUILD, "bin", "sekimorid")
    check("missing", run([daemon_path, "-c", "/nowhere.conf"]), 66, "/nowhere.conf")
    check("directory", run([daemon_path, "-c", "/"]), 66, "/")
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0o600)
        done = run([daemon_path, "-c", file.name], user="nobody")
        check("forbidden", done, 66, "Permission denied")


def test_state_directory():
    """a state directory that cannot be made, written or is another user's"""
    dns = 'dns {\n\tlisten = {"127.0.0.1:0"}\n}\n'
    check("/root", start(STATE + dns, as_user="nobody", state="/root/sekimori"), 77, "state.dir")
    check("/", start(STATE + dns, as_user="nobody", state="/usr"), 77, "state.dir")
    with tempfile.NamedTemporaryFile() as file:
        check("file", start(STATE + dns, state=file.name), 73, "not a directory")
    with tempfile.TemporaryDirectory() as other:
        os.chown(other, 12345, 12345)
        check("other's", start(STATE + dns, state=other), 77, "belongs to user 12345")


def test_damaged_database():
    """a file that is no database: sekimorid ends with 74 after the first try, and the log says why"""
    with tempfile.TemporaryDirectory(prefix="sekimori-") as state:
        with open(os.path.join(state, "sekimori.db"), "wb") as file:
            file.write(b"not a database " * 1000)
        done = start(STATE + 'dns {\n\tlisten = {"127.0.0.1:0"}\n}\n'
                     'receive {\n\tlisten = {"127.0.0.1:0"}\n}\n', state=state)
    assert done.returncode == 74, done
    assert "event=store-closed" in done.stderr and "not a database" in done.stderr, done.stderr
    assert done.stderr.count("role-started name=keeper") == 1, done.stderr


def test_check_only():
    """-n reads and prints the laboratory's own configuration, and starts nothing"""
    with open(os.path.join(lab.SCRIPTS, "sekimori.conf.in"), encoding="utf-8") as template:
        done = start(template.read(), "-n")
    assert done.returncode == 0 and done.stderr == "", done
    assert "198.18.0.0/15" in done.stdout and "bl.example" in done.stdout, done.stdout


def test_secret_not_shown():
    """-n says of a secret that it is set, and no complaint repeats one"""
    secret = "0011223344556677c0ffee8899aabbcc"
    done = start('dns {\n\tcookie_secret = "%s"\n}\n' % secret, "-n")
    assert done.returncode == 0 and "cookie_secret is set" in done.stdout, done
    assert secret not in done.stdout + done.stderr, done
    done = start("", "-o", "dns.cookie_secret=%s00" % secret)
    assert done.returncode == 64 and "dns.cookie_secret: is not 32" in done.stderr, done
    assert secret not in done.stdout + done.stderr, done


harness.main()
