#!/usr/bin/env python3
"""files.py PROGRAM -- `sekimori account` on files as they are found: packed, cut off, copied, rotated, dirty.  TAP."""

import bz2
import fcntl
import gzip
import lzma
import os
import random
import resource
import shutil
import subprocess
import sys

from rig import BEGIN, SANITIZED, Run, Running, folder, iso, log, main, stamp, write

LONG_LINE = (10 if "SEKIMORI_HEAVY" in os.environ else 1) << 30


# --- packing ---

def every_packing_counts_the_same():
    text = log(0, 40)
    zstd = shutil.which("zstd")
    packed = {"plain": text, "a.gz": gzip.compress(text), "a.xz": lzma.compress(text), "a.bz2": bz2.compress(text),
              "two.gz": gzip.compress(text[:3333]) + gzip.compress(text[3333:]), "lies.txt": gzip.compress(text)}
    if zstd:
        packed["a.zst"] = subprocess.run([zstd, "-c"], input=text, stdout=subprocess.PIPE, check=True).stdout
    for name, octets in packed.items():
        with folder() as top:
            write(top / name, octets)
            r = Run(top / name, code=1)
            assert r.messages == 40 and r.trouble(name) is None, (name, r.messages, r.files)
            assert Run("-", stdin=octets, code=1).messages == 40, name


def what_came_before_the_end_of_a_cut_file_is_kept():
    whole = gzip.compress(b"".join(log(i, 1) + os.urandom(200).hex().encode() + b"\n" for i in range(400)))
    with folder() as top:
        write(top / "mail.log.1.gz", whole[:len(whole) // 2])
        r = Run(top, code=1)
        assert r.trouble("mail.log.1.gz") == "truncated" and 100 < r.messages < 300, (r.messages, r.files)
        assert r.r["at_least"] is True, r.r["at_least"]
        assert [g["n"] for g in r.r["gaps"] if g["gap"] == "file"] == [1], r.r["gaps"]


# --- dirt ---

def crlf_and_nul_change_nothing():
    text = log(0, 30)
    with folder(crlf=text.replace(b"\n", b"\r\n"), nul=b"\0" * 5000 + text.replace(b"\n", b"\n\0\0\0", 3),
                no_end=text[:-1]) as top:
        for name in ("crlf", "nul", "no_end"):
            assert Run(top / name, code=1).messages == 30, name


def garbage_is_counted_and_said():
    seed = random.Random(7)
    garbage = bytes(seed.randrange(256) for _ in range(200000))
    with folder(garbage=garbage, mail__log=log(0, 5) + garbage + b"\n" + log(5, 5, BEGIN + 600)) as top:
        r = Run(top / "garbage", code=2)
        assert r.files["garbage"]["lines_other"] == r.files["garbage"]["lines"] > 100, r.files
        r = Run(top / "mail.log", code=1)
        assert r.messages == 10 and r.files["mail.log"]["lines_other"] > 100, r.files


def a_line_without_an_end_takes_no_memory():
    run = Running("-", stdin=subprocess.PIPE)
    fcntl.fcntl(run.process.stdin, fcntl.F_SETPIPE_SZ, 1 << 20)
    run.process.stdin.write(log(0, 5) + b"Nov 18 12:00:00 mx postfix/smtpd[1]: ")
    octets = bytes(1 << 20)
    for _ in range(LONG_LINE >> 20):
        run.process.stdin.write(octets)
    run.process.stdin.write(b"\n" + log(5, 5, BEGIN + 9000))
    run.process.stdin.close()
    run.process.stdin = None
    r = run.end()
    assert r.code == 1 and r.messages == 10 and r.files["-"]["lines_cut"] == 1, (r.code, r.files, r.err[-300:])
    assert r.files["-"]["octets"] > LONG_LINE, r.files
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert SANITIZED or most < 200 * 1024, most


def a_directory_without_rights_is_said():
    with folder(mail__log=log(0, 5)) as top:
        (top / "closed").mkdir()
        write(top / "closed" / "mail.log.1", log(5, 5))
        write(top / "secret.log", log(10, 5))
        (top / "secret.log").chmod(0)
        (top / "closed").chmod(0)
        drop = (lambda: os.setuid(65534)) if os.geteuid() == 0 else None
        r = Run(top, code=1, preexec_fn=drop)
        assert r.messages == 5 and r.trouble("closed") == r.trouble("secret.log") == "unreadable", r.files
        assert r.r["at_least"] is True
        (top / "closed").chmod(0o755)


def every_form_of_the_answer_is_written():
    with folder(mail__log=log(0, 5)) as top:
        r = Run("--html", top / "page.html", "--csv", top / "tables", "--report", "en", "--report-file",
                top / "draft", top / "mail.log", code=1)
        assert r.messages == 5
        assert "<html" in (top / "page.html").read_text() and "[to decide]" in (top / "draft").read_text()
        tables = sorted(os.listdir(top / "tables"))
        assert "clients.csv" in tables and all(t.endswith(".csv") for t in tables), tables
        assert oct((top / "page.html").stat().st_mode & 0o777 | os.umask(0o022)) == "0o666", "its mode"
        assert sorted(os.listdir(top)) == ["draft", "mail.log", "page.html", "tables"], os.listdir(top)


def nothing_to_read_is_66():
    with folder(empty=b"") as top:
        (top / "nothing").mkdir()
        for args, words in [([top / "not-there"], "not-there: cannot be read: No such file"), ([top / "nothing"], "no mail log")]:
            r = Run(*args, code=66)
            assert words in r.err and not r.out, (args, r.err[-300:])
        r = Run(top / "empty", top / "not-there", code=2)
        assert r.trouble("empty") == "empty" and r.trouble("not-there") == "unreadable", r.files


def mistakes_are_named():
    with folder(log=log(0, 1)) as top:
        for args, words in [([], "nothing to read"), (["--timezone", "Asia/Tokio", "x"], "--timezone"),
                            (["--own-net", "192.0.2.1/24", "x"], "--own-net"),
                            (["--own-domain", "a@own.example", "x"], "--own-domain"),
                            (["--since", "yesterday", "x"], "--since"), (["--year", "70", "x"], "--year"),
                            (["--since", "2026-11-22", "--until", "2026-11-21", "x"], "--until"),
                            (["--metrics", "/tmp/m", "x"], "--follow"), (["--report-file", "/x", "x"], "--report"),
                            (["--report", "ja", "x"], "--report-file")]:
            r = Run(*args, code=64)
            assert words in r.err and not r.out, (args, r.err[-300:])
        for args, code, words in [(["--html", top / "no" / "page.html", top / "log"], 73, "page.html"),
                                  (["--country-db", top / "log", top / "log"], 66, "MaxMind"),
                                  (["--from-config", top / "nothing", top / "log"], 66, "--from-config")]:
            r = Run(*args, code=code)
            assert words in r.err and not r.out, (args, r.err[-300:])


# --- copies and order ---

def copies_are_read_once():
    text = log(0, 60)
    with folder() as top:
        write(top / "mail.log.1", text)
        write(top / "mail.log.1.gz", gzip.compress(text))
        write(top / "copy", text)
        write(top / "begun", text[:len(text) // 2])
        os.link(top / "mail.log.1", top / "linked")
        r = Run(top, code=1)
        assert r.messages == 60, r.messages
        said = sorted((n, f["trouble"]) for n, f in r.files.items() if f["trouble"])
        assert [t for _, t in said] == ["same-beginning", "duplicate", "duplicate"], said
        assert r.trouble("mail.log.1.gz") == "duplicate", said


def what_stands_in_another_file_too_is_read_once():
    text = log(0, 200)
    lines = text.splitlines(keepends=True)
    syslog = b"".join(b"%s mx CRON[%d]: (root) CMD (something else)\n" % (line[:15], i) + line
                      for i, line in enumerate(lines))
    with folder(syslog=syslog, mail__log=text, mail__err=b"".join(lines[::7]),
                late__log=b"".join(lines[500:]) + log(200, 100, BEGIN + 200 * 60)) as top:
        r = Run(top, code=1)
        assert r.messages == 300, (r.messages, r.files)
        assert r.trouble("mail.log") == r.trouble("mail.err") == "duplicate", r.files
        assert r.trouble("syslog") is None and r.trouble("late.log") == "overlap", r.files


def two_hosts_are_no_copies():
    with folder(one=log(0, 50), two=log(0, 50, host="mx2")) as top:
        assert Run(top, code=1).messages == 100


def a_rotated_set_in_any_order():
    parts = [log(i * 50, 50, BEGIN + i * 3600) for i in range(6)]
    half = len(parts[3]) // 2 + 37  # a line is cut by the rotation
    parts[3], parts[4] = parts[3][:half], parts[3][half:] + parts[4]
    names = ["mail.log.5.gz", "mail.log.4.gz", "mail.log.3", "mail.log.2", "mail.log.1", "mail.log"]
    with folder() as top:
        for name, octets in zip(names, parts):
            write(top / name, gzip.compress(octets) if name.endswith(".gz") else octets)
        want = Run(*[top / n for n in names], code=1)
        assert want.messages == 300, want.messages
        for args in ([top], [top / n for n in reversed(names)], ["--jobs", "1", top], ["--jobs", "7", top]):
            got = Run(*args, code=1)
            assert got.r == want.r, args


def threads_count_what_one_counts():
    with folder() as top:  # large enough to be cut
        with open(top / "mail.log", "wb") as f:
            for i in range(80):
                f.write(log(i * 1000, 1000, BEGIN + i * 6000, step=6))
        write(top / "mail.log.1.gz", gzip.compress(log(90000, 30000, BEGIN - 300000, step=6), 1))
        one = Run("--jobs", "1", top, code=1)
        assert one.messages == 110000, one.messages
        for jobs in ("2", "5"):
            many = Run("--jobs", jobs, top, code=1)
            differ = [k for k in one.r if one.r[k] != many.r[k]]
            assert not differ, (jobs, differ)


# --- time ---

def new_year_and_years():
    new_year = 1767225600  # 2026-01-01
    with folder() as top:
        write(top / "mail.log", log(0, 40, new_year - 1200), new_year + 3600)
        r = Run(top, code=1)
        assert r.r["year_inferred"] is True and r.files["mail.log"]["first"] == "2025-12-31T23:40:00Z", r.files
        assert r.files["mail.log"]["last"] == "2026-01-01T00:19:02Z", r.files
        r = Run("--year", "2021", top, code=1)
        assert r.files["mail.log"]["first"] == "2020-12-31T23:40:00Z", r.files
        r = Run("--timezone", "Asia/Tokyo", top, code=1)
        assert r.files["mail.log"]["first"] == "2025-12-31T14:40:00Z", r.files
        assert r.r["time_zone"] == "Asia/Tokyo", r.r["time_zone"]
        # two years in one packed file: what is read first shows that the year was too high
        two = log(0, 1, new_year) + log(1, 1, new_year + 300 * 86400) + log(2, 1, new_year + 20 * 86400)
        write(top / "mail.log", gzip.compress(two), new_year + 86400 * 310)
        r = Run(top / "mail.log", code=1)
        assert r.files["mail.log"]["first"] == "2025-01-01T00:00:00Z", r.files
        write(top / "mail.log", log(0, 3, new_year, form=iso))
        assert Run(top, code=1).r["year_inferred"] is False


def a_window_of_time():
    with folder(mail__log=log(0, 100, form=iso)) as top:
        for args, n in [(["--since", "2026-11-18 12:06:40"], 40), (["--until", "2026-11-18T12:06:40Z"], 60),
                        (["--since", "2026-11-18 11:16", "--until", "2026-11-18 11:26"], 10),
                        (["--since", "2026-11-19"], 0), (["--until", "2026-11-18"], 0),
                        (["--timezone", "Asia/Tokyo", "--since", "2026-11-18 21:06:40"], 40)]:
            assert Run(*args, top).messages == n, args


# --- countries ---

def mmdb(net, bits, code):
    """a file in MaxMind's format (its specification, version 2.0) that knows one IPv4 network"""
    def text(s):
        return bytes([2 << 5 | len(s)]) + s.encode()

    def number(kind, size, value):
        octets = value.to_bytes(size, "big").lstrip(b"\0")
        return (bytes([kind << 5 | len(octets)]) if kind < 8 else bytes([len(octets), kind - 7])) + octets

    def table(**members):
        return bytes([7 << 5 | len(members)]) + b"".join(text(k) + v for k, v in members.items())

    address = int.from_bytes(bytes(map(int, net.split("."))), "big")
    tree = b""
    for i in range(bits):
        pair = [bits, bits]  # not known
        pair[address >> 31 - i & 1] = i + 1 if i + 1 < bits else bits + 16
        tree += pair[0].to_bytes(3, "big") + pair[1].to_bytes(3, "big")
    data = table(country=table(iso_code=text(code)))
    about = table(binary_format_major_version=number(5, 2, 2), binary_format_minor_version=number(5, 2, 0),
                  build_epoch=number(9, 8, BEGIN), database_type=text("test"), description=table(),
                  ip_version=number(5, 2, 4), languages=bytes([0, 4]), node_count=number(6, 4, bits),
                  record_size=number(5, 2, 24))
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + about


def countries_of_clients():
    with folder(mail__log=log(0, 20), a__mmdb=mmdb("198.51.100.0", 28, "JP"), cut__mmdb=b"\0" * 500) as top:
        r = Run("--country-db", top / "a.mmdb", top / "mail.log", code=1)
        rows = {row["name"]: row["classes"]["relayed"]["messages"] for row in r.r["tables"]["country"]["rows"]}
        assert rows == {"JP": 15, "": 5}, rows  # .1 to .15, and .16 to .20 are in no network that it knows
        assert Run("--country-db", top / "cut.mmdb", top / "mail.log", code=66).err


# --- what is missing ---

def gaps(r):
    return {g["gap"]: g["n"] for g in r.r["gaps"]}


def lines_that_a_logger_dropped_are_missed():
    for notice, lost in [("systemd-journald[9]: Suppressed 4711 messages from postfix@-.service", 4711),
                         ("rsyslogd: imjournal: 812 messages lost due to rate-limiting", 812)]:
        with folder(mail__log=log(0, 9) + ("%s mx %s\n" % (stamp(BEGIN + 600), notice)).encode() +
                    log(9, 9, BEGIN + 660)) as top:
            r = Run(top, code=1)
            assert r.messages == 18 and r.r["at_least"] is True, r.messages
            assert gaps(r).get("rate-limit") == lost, (notice, gaps(r))


def hours_without_a_line_are_missed():
    with folder(mail__log=log(0, 900) + log(900, 900, BEGIN + 40 * 3600)) as top:
        r = Run(top, code=1)
        assert gaps(r).get("hole", 0) > 0 and r.r["at_least"] is True, gaps(r)
    with folder(mail__log=log(0, 900)) as top:
        assert "hole" not in gaps(Run(top, code=1))


TESTS = [every_packing_counts_the_same, what_came_before_the_end_of_a_cut_file_is_kept, crlf_and_nul_change_nothing,
         garbage_is_counted_and_said, a_line_without_an_end_takes_no_memory, a_directory_without_rights_is_said,
         every_form_of_the_answer_is_written, nothing_to_read_is_66, mistakes_are_named, copies_are_read_once,
         what_stands_in_another_file_too_is_read_once, two_hosts_are_no_copies, a_rotated_set_in_any_order,
         threads_count_what_one_counts, new_year_and_years, a_window_of_time, countries_of_clients,
         lines_that_a_logger_dropped_are_missed, hours_without_a_line_are_missed]

if __name__ == "__main__":
    sys.exit(main(TESTS))
