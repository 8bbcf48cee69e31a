#!/usr/bin/env python3
"""follow.py PROGRAM -- `sekimori account --follow` on files and journals that grow, and what it tells.  TAP."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

from rig import BEGIN, Run, Running, append, folder, log, main, message, stamp, write

JOURNAL_MAKER = "/lib/systemd/systemd-journal-remote"


# --- files ---

def a_log_that_grows_is_followed_over_its_rotations():
    now = int(time.time()) - 3600
    with folder() as top:
        path = top / "mail.log"
        write(path, log(0, 10, now) + log(10, 1, now)[:50])
        run = Running("--follow", path)
        run.until(b"following")
        append(path, log(10, 1, now)[50:] + log(11, 9, now))
        path.rename(top / "mail.log.1")         # the writer goes on in the old one until it is told
        append(top / "mail.log.1", log(20, 10, now))
        write(path, log(30, 10, now))
        r = run.end(signal.SIGINT)
        assert r.code == 1 and r.messages == 40, (r.code, r.messages, r.err[-300:])
        assert [f["lines"] for f in r.r["files"]] == [150, 50], r.r["files"]


def a_log_that_is_truncated_in_place_is_followed():
    now = int(time.time()) - 3600
    with folder() as top:
        path = top / "mail.log"
        write(path, log(0, 10, now))
        run = Running("--follow", path)
        run.until(b"following")
        shutil.copy(path, top / "mail.log.1")
        os.truncate(path, 0)
        append(path, log(10, 4, now))
        r = run.end(signal.SIGINT)
        assert r.code == 1 and r.messages == 14, (r.code, r.messages, r.err[-300:])


def a_log_that_is_not_there_yet_is_followed():
    now = int(time.time()) - 3600
    with folder() as top:
        run = Running("--follow", top / "mail.log")
        run.until(b"following")
        write(top / "mail.log", log(0, 3, now))
        r = run.end(signal.SIGINT)
        assert r.code == 1 and r.messages == 3, (r.code, r.messages, r.err[-300:])


def alerts_come_while_it_happens():
    now = int(time.time()) - 60
    with folder() as top:
        path = top / "mail.log"
        write(path, b"%s mx postfix/smtpd[77]: connect from unknown[198.51.100.1]\n" % stamp(now).encode())
        write(top / "told", b"")
        (top / "told").chmod(0o666)
        (top / "hook").write_text("#!/bin/sh\necho $SEKIMORI_EVENT $SEKIMORI_MESSAGES >>%s\n" % (top / "told"))
        (top / "hook").chmod(0o755)
        run = Running("--follow", path, "--on-alert", top / "hook", "--metrics", top / "metrics")
        run.until(b"following")
        append(path, log(0, 3, now, step=1))
        line = run.process.stdout.readline()
        alert = json.loads(line)
        assert alert["event"] == "relay-begins" and alert["who"].startswith("198.51.100."), alert
        assert alert["messages"] in (1, 2, 3) and alert["line"] == 2, alert
        r = run.end(signal.SIGINT)
        assert r.code == 1 and r.messages == 3, (r.code, r.messages, r.err[-300:])
        assert (top / "told").read_text().startswith("relay-begins "), r.err[-300:]
        metrics = (top / "metrics").read_text()
        assert 'sekimori_account_messages_total{class="relayed"} 3\n' in metrics, metrics


# --- the journal ---

def entry(at_us, text, **fields):
    """in the export format: https://systemd.io/JOURNAL_EXPORT_FORMATS"""
    fields = {"_HOSTNAME": "mx", "_BOOT_ID": "1" * 32, "_MACHINE_ID": "2" * 32, **fields}
    return "__REALTIME_TIMESTAMP=%d\nMESSAGE=%s\n" % (at_us, text) + "".join(
        "%s=%s\n" % field for field in fields.items()) + "\n"


def entries(lines, at_us):
    """of the program and text of log lines"""
    out = []
    for k, line in enumerate(lines):
        program, text = line.split(" mx ", 1)[1].split(": ", 1)
        name, pid = program.rstrip("]").split("[")
        out.append(entry(at_us + k, text, SYSLOG_IDENTIFIER=name, SYSLOG_FACILITY="2", SYSLOG_PID=pid))
    return "".join(out)


def make_journal(top, n, first=0, begin=BEGIN, name="a.journal"):
    lines, text = [], ""
    for k in range(n):
        more = message(first + k, begin + k * 60)
        text += entries(more, (begin + k * 60) * 10**6 + len(lines))
        lines += more
    text += entry((begin + n * 60) * 10**6, "not for us", SYSLOG_IDENTIFIER="cron")
    subprocess.run([JOURNAL_MAKER, "-o", str(top / name), "-"], input=text.encode(), check=True,
                   stderr=subprocess.DEVNULL)
    return lines


class JournalWriter:
    """A journal file that grows: each batch is in it soon after it was written."""

    def __init__(self, path):
        self.process = subprocess.Popen([JOURNAL_MAKER, "-o", str(path), "-"], stdin=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)

    def write(self, lines, at_s):
        self.process.stdin.write(entries(lines, at_s * 10**6).encode())
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0


def until_relayed(path, n):
    """waits for the number of messages in the file of metrics"""
    words = 'sekimori_account_messages_total{class="relayed"} '
    for _ in range(600):
        text = path.read_text() if path.exists() else ""
        if words in text and int(text.split(words, 1)[1].split()[0]) >= n:
            return
        time.sleep(0.1)
    raise AssertionError((n, text[-2000:]))


def the_journal_is_read():
    with folder() as top:
        lines = make_journal(top, 30)
        r = Run("--journal-dir", top, code=1)
        assert r.messages == 30 and r.files["journal"]["lines"] == len(lines), r.files
        r = Run("--journal-dir", top, "--since", "2026-11-18 11:16:40", code=1)
        assert r.messages == 20, r.messages


def a_journal_that_grows_is_followed_over_its_rotations():
    now = int(time.time()) - 600
    harmless = ["Nov 18 11:06:40 mx postfix/smtpd[77]: connect from unknown[198.51.100.1]"]
    story = [line for k in range(40) for line in message(k, now)]
    with folder() as journal, folder(told=b"") as top:
        (top / "told").chmod(0o666)
        (top / "hook").write_text("#!/bin/sh\necho $SEKIMORI_EVENT >>%s\n" % (top / "told"))
        (top / "hook").chmod(0o755)
        first = JournalWriter(journal / "system.journal")
        first.write(harmless, now)
        while not any(journal.iterdir()):
            time.sleep(0.01)
        run = Running("--follow", "--journal-dir", journal, "--on-alert", top / "hook",
                      "--metrics", top / "metrics")
        run.until(b"following")
        first.write(story[:50], now)
        alert = json.loads(run.process.stdout.readline())
        assert alert["event"] == "relay-begins" and alert["file"] == "journal" and alert["line"] == 2, alert
        until_relayed(top / "metrics", 10)
        first.write(story[50:97], now + 1)      # a message is open when it is rotated
        first.close()
        # as systemd-journald does it: the old one gets another name, then there is a new one
        (journal / "system.journal").rename(journal / ("system@%s.journal" % ("3" * 32)))
        second = JournalWriter(journal / "system.journal")
        second.write(story[97:], now + 2)
        until_relayed(top / "metrics", 40)
        second.close()
        r = run.end(signal.SIGINT)
        assert r.code == 1 and r.messages == 40, (r.code, r.messages, r.err[-300:])
        assert [f["lines"] for f in r.r["files"]] == [1 + len(story)], r.r["files"]
        assert (top / "told").read_text() == "relay-begins\n", (top / "told").read_text()


def a_journal_that_is_not_there_is_said():
    with folder() as top:
        r = Run("--journal-dir", top)
        assert "No such file" in r.err and str(top) in r.err, (r.code, r.err)


def the_journal_beside_files_counts_once():
    with folder() as logs, folder() as journal:
        make_journal(journal, 100)
        write(logs / "mail.log", log(1000, 50, BEGIN - 50 * 60) + log(0, 100))
        write(logs / "mail.err", log(0, 100)[:5000])
        r = Run(logs, "--journal-dir", journal, code=1)
        assert r.messages == 150, (r.messages, r.files)
        assert r.trouble("mail.log") == "overlap" and r.trouble("journal") is None, r.files


TESTS = [a_log_that_grows_is_followed_over_its_rotations, a_log_that_is_truncated_in_place_is_followed,
         a_log_that_is_not_there_yet_is_followed, alerts_come_while_it_happens, the_journal_is_read,
         a_journal_that_grows_is_followed_over_its_rotations, a_journal_that_is_not_there_is_said,
         the_journal_beside_files_counts_once]
JOURNAL = [the_journal_is_read, the_journal_beside_files_counts_once,
           a_journal_that_grows_is_followed_over_its_rotations]
NO_JOURNAL = [] if os.path.exists(JOURNAL_MAKER) else [(test, "no systemd-journal-remote") for test in JOURNAL]

if __name__ == "__main__":
    sys.exit(main(TESTS, NO_JOURNAL))
