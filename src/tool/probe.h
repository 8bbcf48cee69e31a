#pragma once
/* tool/probe.h -- relay tests without a daemon.
 *
 * The keeper's own code, the prober and the mailbox run in this one process
 * over socket pairs and one loop: the same basis, opt-out, pace, control
 * letter and verdict as with a daemon.  Requests go through the control
 * protocol, so that what a person sees is the same too.
 *
 * The ledger (a SQLite store below the state directory) remembers bases,
 * opt-outs, sessions and verdicts between runs; nothing is published. */

#include <stdio.h>

#include "sys/stream.h"

enum { PROBE_TARGETS = 4096, PROBE_AT_ONCE = 16 };

/* Runs the command (argv[0] is ignored) and returns the exit code: 1 when any
 * target is open, else 2 when any is undecided, else 0; 64 and up with one
 * message on err; 130 after SIGINT, when what is known was written.
 * dialer: &dialer_real, or a fake one in tests. */
int probe_main(int argc, char **argv, struct dialer *dialer, FILE *out, FILE *err);
