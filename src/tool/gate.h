#pragma once
/* tool/gate.h -- watching one's own servers through a change, without a daemon.
 *
 * Keeper, prober and mailbox run in this process, as for `sekimori probe`; the
 * keeper's request `gate` does the work, so permit, pace, opt-outs, ledger and
 * verdict are those of any test. */

#include <stdio.h>

#include "sys/stream.h"

/* Runs the command (argv[0] is ignored) and returns the exit code: 1 when any
 * server was open at some time, else 2 when any is undecided, else 0; 64 and up
 * with one message on err; 130 after SIGINT when nothing was open, with the
 * report of what was watched.
 * dialer: &dialer_real, or a fake one in tests. */
int gate_main(int argc, char **argv, struct dialer *dialer, FILE *out, FILE *err);
