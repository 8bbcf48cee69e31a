"""field_testers.py -- the testers that people have, on the field: nmap's smtp-open-relay and a line of swaks, each
out of its Debian package, which is unpacked like the laboratory's servers and installed nowhere."""

import concurrent.futures
import re
import sysconfig
import tempfile

import lab

AT_ONCE = 16
OPEN = re.compile(r"Server is an open relay \((\d+)/(\d+) tests\)")
# nmap's libblas is where only an alternative, made when it is installed, would lead to.
LIBRARIES = "LD_LIBRARY_PATH=/usr/lib/%s/blas" % sysconfig.get_config_var("MULTIARCH")


def _run(root, *command):
    with tempfile.TemporaryDirectory(prefix="sekimori-bench.") as directory:
        return lab.tool("--lab", root, *command, cwd=directory)


def nmap(address):
    """Did it say "open relay", at one of the ports that its script knows? A 2xx to RCPT is what it goes by."""
    done = _run("nmap", "env", LIBRARIES, "nmap", *(["-6"] if ":" in address else []), "-Pn", "-n", "-p", "25,465,587",
                "--script", "smtp-open-relay", "--script-args",
                "smtp-open-relay.domain=probe.example,smtp-open-relay.from=relaytest,smtp-open-relay.to=relaytest",
                address)
    assert done.returncode == 0 and "Nmap done" in done.stdout, done
    return any(int(passed) > 0 for passed, _ in OPEN.findall(done.stdout))


def swaks(address):
    """Was one letter from us to us taken? Exit 0 is a 250 behind the end of data."""
    done = _run("swaks", "swaks", "--server", address, "--helo", "relaytest.probe.example", "--from",
                "sender@probe.example", "--to", "relaytest@probe.example", "--timeout", "60")
    said = done.stdout + done.stderr
    assert done.returncode != 127 and "Unknown option" not in said and "not available" not in said, done
    return done.returncode == 0


TESTERS = {"nmap": nmap, "swaks": swaks}


def prepare(names):
    done = lab.script("prepare", *names)
    assert done.returncode == 0, done.stderr


def judge(name, rows):
    """The names of the rows that it calls open."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(lambda row: TESTERS[name](row.address), rows))
    return {row.name for row, is_open in zip(rows, said) if is_open}
