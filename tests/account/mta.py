"""mta.py -- a mail server of the laboratory: what is the same for all of them. Each is started afresh for each story,
in a root of its own, on the day that the story says (clock.c), with Debian's rsyslogd or what writes its log."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

from world import HERE, lab

USERS = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")
PASSWORDS = {user: f"{user}-2718" for user in USERS}
FIRST_UID = 1001
OFFICE = "198.18.80.0/24"  # the network that may relay
INSIDE = "198.18.68.25"  # a host of ours behind a gateway
SETTLE_S, QUIET_S, TICK_S = 60, 0.6, 0.1

# What /etc/rsyslog.conf of Debian says about mail, with the stamps of Debian 12, of Debian 11 and before, and those
# of RFC 5424, which people choose who send their logs elsewhere. The kernel's stamps would be of another day.
RSYSLOG = """module(load="imuxsock" SysSock.UseSysTimeStamp="off"%(limit)s) # provides support for local system logging
$FileOwner root
$FileGroup adm
$FileCreateMode 0640
$DirCreateMode 0755
$Umask 0022
%(template)smail.*				-/var/log/mail.log
"""
TEMPLATES = {
    "iso": "",
    "rfc3164": "$ActionFileDefaultTemplate RSYSLOG_TraditionalFileFormat\n",
    "rfc5424": "$ActionFileDefaultTemplate RSYSLOG_SyslogProtocol23Format\n",
}


class Server:
    """name: its row in tests/lab/servers. A subclass says how it is configured, started and asked."""

    log = "/var/log/mail.log"
    settle_s = SETTLE_S
    process = None  # its name; one of them runs while nothing is to be done

    def __init__(self, name):
        self.name = name
        self.row = lab.LOGGED[name]
        self.features, self.style, self.zone = frozenset(), "iso", "UTC"
        self.root = self.init = None
        self.passwords = dict(PASSWORDS)

    # -- the root it stands in

    def fresh(self):
        lab.script("down", "--only", self.name)
        done = lab.script("up", self.name)
        if done.returncode != 0:
            raise SystemExit("play: " + done.stderr)
        init = subprocess.run([os.path.join(HERE, "..", "lab", "init"), self.name], check=True, text=True,
                              capture_output=True).stdout.strip()
        self.root, self.init = f"/proc/{init}/root", init

    def path(self, path):
        return self.root + path

    def write(self, path, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(self.path(path), mode)

    def read(self, path):
        with open(self.path(path), encoding="utf-8", errors="replace") as text:
            return text.read()

    def run(self, *command, text="", check=True):
        """Files and no pipes: a daemon that begins here keeps what it was given."""
        with tempfile.TemporaryFile("w+", errors="replace") as out, tempfile.TemporaryFile("w+") as given:
            given.write(text)
            given.seek(0)
            done = subprocess.run([lab.SCRIPTS + "/exec", self.name, *command], stdin=given, stdout=out,
                                  stderr=subprocess.STDOUT, check=False)
            out.seek(0)
            done.stdout = out.read()
        if check and done.returncode != 0:
            raise SystemExit(f"play: {self.name}: {' '.join(command)}: {done.stdout}")
        return done

    def run_as(self, user, *command, text="", check=True):
        return self.run("chroot", f"--userspec={user}", "/", *command, text=text, check=check)

    def on_its_own_day(self):
        """From now on programs that start in there see the story's clock."""
        library = self.path("/usr/lib/account-clock.so")
        subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, HERE + "/clock.c"],
                       check=True)
        self.write("/etc/ld.so.preload", "/usr/lib/account-clock.so\n")
        shutil.copyfile("/usr/share/zoneinfo/" + self.zone, self.path("/etc/localtime"))

    def people(self):
        with open(self.path("/etc/passwd"), "a", encoding="ascii") as passwd:
            for uid, user in enumerate(USERS, FIRST_UID):
                passwd.write(f"{user}:x:{uid}:{uid}::/home/{user}:/bin/sh\n")
                os.makedirs(self.path(f"/home/{user}"))
                os.chown(self.path(f"/home/{user}"), uid, uid)
        with open(self.path("/etc/group"), "a", encoding="ascii") as group:
            for uid, user in enumerate(USERS, FIRST_UID):
                group.write(f"{user}:x:{uid}:\n")
        os.makedirs(self.path("/var/mail"), exist_ok=True)
        shutil.chown(self.path("/var/mail"), 0, 8)
        os.chmod(self.path("/var/mail"), 0o3777)

    def mailboxes(self):
        return "".join(self.read("/var/mail/" + name) for name in sorted(os.listdir(self.path("/var/mail"))))

    # -- the log

    def start_syslog(self, limited=False):
        """limited: as journald and older rsyslogds were, by the number of lines; it says so into the same file."""
        limit = ' SysSock.RateLimit.Interval="300" SysSock.RateLimit.Burst="80"' if limited else ""
        text = RSYSLOG % {"limit": limit, "template": TEMPLATES.get(self.style, "")}
        self.write("/etc/rsyslog.conf", text.replace("mail.*", "mail.*;syslog.*") if limited else text)
        os.makedirs(self.path("/var/spool/rsyslog"), exist_ok=True)
        self.run("rsyslogd")
        self.wait(lambda: os.path.exists(self.path("/dev/log")))

    def logs(self):
        """Names in the fixture -> path in the root."""
        found = {}
        folder, base = os.path.split(self.log)
        for name in sorted(os.listdir(self.path(folder))):
            if name == base or name.startswith(base + "."):
                found[name] = folder + "/" + name
        return found

    def rotate(self):
        """As logrotate does, with the file before the last one compressed."""
        log = self.path(self.log)
        if os.path.exists(log + ".1"):
            subprocess.run(["gzip", "-n9", log + ".1"], check=True)
            older = 2
            while os.path.exists(f"{log}.{older}.gz"):
                older += 1
            for n in range(older, 2, -1):
                os.rename(f"{log}.{n - 1}.gz", f"{log}.{n}.gz")
            os.rename(log + ".1.gz", log + ".2.gz")
        os.rename(log, log + ".1")
        self.reopen()

    def reopen(self):
        """rsyslogd makes the new file with the next line."""
        self.run("sh", "-c", "kill -HUP $(cat /run/rsyslogd.pid)")
        time.sleep(QUIET_S)

    def size(self):
        try:
            return os.path.getsize(self.path(self.log))
        except FileNotFoundError:
            return 0

    # -- waiting

    def wait(self, holds, seconds=SETTLE_S):
        until = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > until:
                raise SystemExit(f"play: {self.name}: it takes too long ({holds.__qualname__})")
            time.sleep(TICK_S)

    def listens(self, port=25):
        with open(f"/proc/{self.init}/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in table]
        return any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)

    def settle(self):
        """Nothing is being delivered and the log has not grown for a while."""
        quiet, last = 0.0, -1
        until = time.monotonic() + self.settle_s
        while quiet < QUIET_S and time.monotonic() < until:
            time.sleep(TICK_S)
            size = self.size()
            quiet = quiet + TICK_S if size == last and not self.busy() else 0.0
            last = size

    def pids(self, name):
        """Of the processes of that name in there, by their numbers in there."""
        found = []
        for pid in filter(str.isdigit, os.listdir(self.path("/proc"))):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if self.read(f"/proc/{pid}/comm").strip() == name:
                    found.append(int(pid))
        return sorted(found)

    def idle(self, seconds):
        """Waits until nothing is being delivered, but not longer."""
        until = time.monotonic() + seconds
        while self.busy() and time.monotonic() < until:
            time.sleep(0.02)

    def drain(self):
        """Whatever can still be delivered now is; then nothing moves any more."""
        until = time.monotonic() + SETTLE_S
        while self.busy() and time.monotonic() < until:
            time.sleep(QUIET_S)
        self.settle()

    def busy(self):
        return len(self.pids(self.process)) > 1

    def years_on(self, when):
        """By how many years a story that begins then has to be later, for the server's sake."""
        return 0

    # -- what a subclass says

    def configure(self, features):
        raise NotImplementedError

    def start(self):
        raise NotImplementedError

    def reconfigure(self, features):
        raise NotImplementedError

    def flush(self):
        raise NotImplementedError

    def queued(self):
        """Recipients still in the queue."""
        raise NotImplementedError

    def config_files(self):
        """What is kept for --from-config: paths in the root."""
        raise NotImplementedError

    def version(self):
        raise NotImplementedError
