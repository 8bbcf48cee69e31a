"""amplification.py -- no UDP answer of ours to who may not be there is longer than three times its query.

Every UDP answer that a system test gets from a server of ours goes through here; the largest is printed at the
end of the test file. Who sends a cookie of the server is there."""

import struct

TIMES = 3
COOKIE = struct.pack("!2H", 10, 24)  # option and length of client's and server's together

worst = (0, 1)  # octets of an answer and of its query


def check(query, answer):
    """By their octets: of an answer without a cookie of the server in its query."""
    global worst
    assert answer <= TIMES * query, "%d octets for %d" % (answer, query)
    if answer * worst[1] > worst[0] * query:
        worst = (answer, query)


def check_wires(query, answer):
    holder = query[-28:-24] == COOKIE and query[-24:] in answer
    if not holder:
        check(len(query), len(answer))


def text():
    """A line for the end, or ""."""
    return worst[0] and "largest UDP answer without a cookie: %.2f times its query (%d octets for %d)" % (
        worst[0] / worst[1], *worst) or ""
