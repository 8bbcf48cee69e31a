#!/usr/bin/env python3
"""kill -9 of every role and of sekimorid, at several moments of a running test: nothing acknowledged is lost."""

import contextlib
import os
import signal
import threading
import time

import ask
import harness
import lab
import mini_dns

OPEN = lab.SERVERS["open-postfix"].ipv4
CLOSED = lab.SERVERS["exim-closed"].ipv4
LONG = ("--depth", "full")  # 70 forms take about ten seconds
MOMENTS = (1, 5, 9)  # kills come with this many more answers found by the run
EVERY_S = 0.02
NO_DAEMON = 69

daemon = harness.Daemon()


class Asker:
    """Asks DNS every 20 ms for a listed address, as a client with one retry."""

    def __init__(self):
        self.asked = self.retried = 0
        self.wrong = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _once(self):
        with contextlib.suppress(TimeoutError, ConnectionError):
            return daemon.dig(mini_dns.reverse(OPEN, harness.ZONE))
        return None

    def _run(self):
        while not self._ending.wait(EVERY_S):
            self.asked += 1
            reply = self._once()
            if reply is None:
                self.retried += 1
                reply = self._once()
            if reply is None or [r.data for r in reply.answer] != ["127.0.0.2"]:
                self.wrong.append(reply)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()


def ready_count(role):
    return daemon.log().count("event=role-ready name=%s " % role)


def kill(victims):
    """Kills {role: [pid]}; waits until as many new ones are ready, and the others are untouched."""
    before, ready = daemon.roles(), {role: ready_count(role) for role in victims}
    killed = {pid for pids in victims.values() for pid in pids}
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    for role, pids in victims.items():
        harness.wait_until(lambda r=role, p=pids: ready_count(r) >= ready[r] + len(p), 40,
                           role + " again")
    after = daemon.roles()
    for name in before:
        kept = set(before[name]) - killed
        assert kept <= set(after[name]), (name, before, after)
        assert len(after[name]) == len(before[name]), (name, before, after)
        assert not killed & set(after[name]), (killed, after)


def joined(address):
    """Follows the live run of an address again, after the keeper was killed."""
    run = ask.stream(daemon, "follow", address)
    harness.wait_until(lambda: run.events or run.process.poll() is not None, 20, "an event")
    return run


def finish(run, address):
    """The answer of a run, followed anew as often as the daemon goes away."""
    answer = run.end(90)
    while answer.exit == NO_DAEMON:
        answer = joined(address).end(90)
    return answer


def at_moment(run, address, count):
    """Waits until the run found as many more answers; returns a run that is still followed."""
    if run.process.poll() is not None:
        run = joined(address)
    run.wait_for("found", len(run.all("found")) + count)
    return run


def check_roles(choose, *roles):
    """Kills roles at each moment of a run of a closed server, whose verdict is to be right."""
    with Asker() as asker:
        run = ask.follow(daemon, CLOSED, *LONG)
        for count in MOMENTS:
            run = at_moment(run, CLOSED, count)
            there = daemon.roles()
            kill({role: choose(there[role]) for role in roles})
        answer = finish(run, CLOSED)
        assert (answer.exit, answer.done["verdict"]) == (0, "closed"), answer
        answer = finish(ask.follow(daemon, OPEN), OPEN)
        assert (answer.exit, answer.done["verdict"]) == (1, "open"), answer
    print("# %d queries, %d retried" % (asker.asked, asker.retried))
    assert asker.asked > 100 and asker.wrong == [], asker.wrong
    return asker


def test_start():
    """one open relay is listed"""
    daemon.start()
    assert ask.follow(daemon, OPEN).end().exit == 1
    daemon.wait_listed(OPEN, ["127.0.0.2"])


def test_keeper():
    """keeper killed: DNS answers without a retry, the run goes on from the store to its verdict"""
    assert check_roles(list, "keeper").retried == 0


def test_probe():
    """probe killed: its sessions are made again, the verdict is right"""
    assert check_roles(list, "probe").retried == 0


def test_receive_and_xfer():
    """receive and xfer killed: UDP answers without a retry, the run and TCP go on"""
    assert check_roles(list, "receive", "xfer").retried == 0
    name = mini_dns.reverse(OPEN, harness.ZONE)
    assert daemon.dig(name, tcp=True) == daemon.dig(name)


def test_serve():
    """one answering worker killed: a client's single retry is answered, the run goes on"""
    check_roles(lambda pids: pids[:1], "serve")


def test_all_at_once():
    """every role killed in the same moment: all come back and the run ends rightly"""
    run = at_moment(ask.follow(daemon, CLOSED), CLOSED, 3)
    kill(daemon.roles())
    assert finish(run, CLOSED).exit == 0
    daemon.wait_listed(OPEN, ["127.0.0.2"])


def kill_keeper():
    kill({"keeper": daemon.roles()["keeper"]})


def test_acknowledged():
    """a nominee, an opt-out and a listing that were acknowledged outlive a keeper killed at once"""
    assert daemon.stop() == 0  # a role that fell often comes back late; a new parent forgets that
    daemon.start()
    sink = lab.SERVERS["sink"].ipv4
    assert ask.ask(daemon, "nominate", sink, *ask.BASIS).exit == 0
    kill_keeper()
    assert len(ask.ask(daemon, "show", sink).done["nominees"]) == 1
    assert ask.ask(daemon, "optout", "198.18.7.0/24", "--reason", "asked").exit == 0
    kill_keeper()
    assert ask.ask(daemon, "show", "198.18.7.9").done["optout"]
    assert ask.ask(daemon, "nominate", "198.18.7.9", *ask.BASIS).exit == 77
    relay = lab.SERVERS["open-postfix"].ipv6
    ask.follow(daemon, relay).wait_for("listed")
    kill_keeper()
    assert ask.ask(daemon, "show", relay).done["listed"]
    daemon.wait_listed(relay, ["127.0.0.2"])
    assert ask.ask(daemon, "journal", "verify").done["ok"]


def all_answers():
    """Everything but the time of _status that the answering roles say of some names."""
    names = [mini_dns.reverse(server.ipv4, harness.ZONE) for server in lab.MAIL_SERVERS]
    return [(n, t, daemon.dig(n, t, tcp=tcp).answer) for n in names for t in ("A", "TXT")
            for tcp in (False, True)]


def serial():
    return int(daemon.dig(harness.ZONE, "SOA").answer[0].data.split()[2])


def is_gone(pid):
    """Also a zombie is gone: whoever adopts it reaps it some time."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_sekimorid():
    """sekimorid killed: all roles end at once; started again it answers the same and the run goes on"""
    for count in (1, 9):
        run = at_moment(ask.follow(daemon, CLOSED), CLOSED, count)
        before, number = all_answers(), serial()
        roles = [pid for pids in daemon.roles().values() for pid in pids]
        daemon.stop(how=signal.SIGKILL)
        harness.wait_until(lambda pids=roles: all(map(is_gone, pids)), 5, "end of all roles")
        assert run.end().exit == NO_DAEMON
        began = time.monotonic()
        daemon.start()
        print("# ready again after %.2f s" % (time.monotonic() - began))
        assert all_answers() == before
        assert serial() >= number, (serial(), number)
        assert finish(joined(CLOSED), CLOSED).exit == 0
        assert ask.ask(daemon, "journal", "verify").done["ok"]


def test_end():
    """after all of that it ends in time, with 0"""
    assert daemon.stop() == 0


harness.main()
