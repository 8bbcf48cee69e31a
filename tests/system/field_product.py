"""field_product.py -- what the product finds in the field (field.py): it is told each server's address and
nothing else, tests it at some depth, and its verdict, cause and outputs are set beside the truth."""

import collections
import concurrent.futures
import contextlib
import time

import control
import field
import harness
from field_forms import DEPTHS, SOURCES

AT_ONCE = 48  # requests; the keeper takes 64 clients
PATIENCE_S = 60  # beyond the time that a request may wait for its verdict
NOT_TO_BE_FOUND = ("closed", "accepts", "output-only", "never-listed")

# One server's judgement: its last verdict (provisional: nothing was sent for want of time, or what was accepted
# may still come), the form and cause that go with it, the addresses at which letters came out, and those that
# were listed.
Judged = collections.namedtuple("Judged", "row verdict provisional why form cause causes outputs listed done total took_s")


def _of(events, name):
    return [event for event in events if event["event"] == name]


def _judged(row, events, done, took_s):
    verdicts = _of(events, "verdict")
    last = dict(verdicts[-1] if verdicts else {"why": "the wait was over"}, **done)
    cause = next((event for event in reversed(verdicts) if "cause" in event), {})
    return Judged(
        row, last["verdict"], last["provisional"], last.get("why"), last.get("form"), cause.get("cause"),
        [c for c in (cause.get("cause"), cause.get("cause_second")) if c],
        {event["exit"] for event in _of(events, "receipt") if event["counts"] and event["kind"] == "recipient"},
        {event["addr"] for event in _of(events, "listed")}, last["done"], last["total"], took_s)


def _test(daemon, row, depth, wait_s, members):
    began = time.monotonic()
    events = []
    request = control.Request(daemon, "nominate", target=row.address, basis="owner", reason="the field", depth=depth,
                              follow=True, wait_s=wait_s, **members)
    request.socket.settimeout(wait_s + PATIENCE_S)
    with contextlib.closing(request):
        while True:
            what, thing = request.read()
            if what == "done":
                assert thing["exit"] in (0, 1, 2), (row.name, thing)
                return _judged(row, events, thing, time.monotonic() - began)
            events.append(thing)


def settings_for(source):
    """The prober's second address, whose PTR name is the server's (form W01), and a certificate of the authority
    that the field knows."""
    return 'probe {\n\tptr_from = "%s"\n\tcert = "%s"\n\tkey = "%s"\n}\n' % (source, *field.client_certificate())


def judge_with(daemon, rows, plan, **members):
    """Tests the rows, some at a time; their judgements in order. plan(row): (depth, seconds to wait for a verdict)."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda row: _test(daemon, row, *plan(row), members), rows))


def judge(rows, plan, **members):
    """The same with daemons of its own, one for each second address that some row needs."""
    by_source = collections.defaultdict(list)
    usual = min(SOURCES.values())
    for row in rows:
        by_source[SOURCES.get(row.name, usual)].append(row)
    judged = {}
    for source, some in by_source.items():
        with harness.Daemon(settings=settings_for(source), web=False) as daemon:
            judged.update((one.row.name, one) for one in judge_with(daemon, some, plan, **members))
    return [judged[row.name] for row in rows]


# --- beside the truth ---

def in_reach(row, depth):
    """Is there a form of that depth, or before it, which proves that it is open?"""
    return row.truth == "open" and DEPTHS.index(row.depth) <= DEPTHS.index(depth)


def false_alarms(judged):
    return [one for one in judged if one.row.truth != "open" and one.verdict == "open"]


def found(judged):
    return [one for one in judged if one.row.truth == "open" and one.verdict == "open"]


def missed(judged, depth):
    """Those that could have been found at that depth."""
    return [one for one in judged if in_reach(one.row, depth) and one.verdict != "open"]


def wrong_causes(judged):
    return [one for one in found(judged) if one.cause not in one.row.cause + ["undetermined"]]


def undetermined(judged):
    return [one for one in found(judged) if one.cause == "undetermined" and "undetermined" not in one.row.cause]


def wrong_outputs(judged):
    """Letters came out where the row does not say, or what is an output only was listed as an entry."""
    entries = {address for one in judged for address in one.listed}
    return ([one for one in found(judged) if not one.outputs or not one.outputs <= one.row.outputs] +
            [one for one in judged if one.row.truth == "output-only" and {one.row.ipv4, one.row.ipv6} & entries])


def without_verdict(judged):
    """Closed ones of which the product did not say so."""
    return [one for one in judged if one.row.truth == "closed" and one.verdict not in ("closed", "open")]
