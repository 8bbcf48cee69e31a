#pragma once
/* tool/ask.h -- the commands that ask the keeper: nominate, retest, optout,
 * remove, retract, widen, narrow, except, note, show, status, follow, key,
 * sunset, journal.
 *
 * One row per command (its options, its operands, how its request is made),
 * one way through: read the command line, connect, send, show what comes. */

#include <stdio.h>

enum { ASK_EVIDENCE_MAX = 10 * 1024 * 1024 };	/* octets of an evidence file */

/* Runs a command with its arguments (argv[0] is ignored) and returns the exit
 * code: 0, of a followed verdict 0, 1 or 2, or 64 and up with one message on
 * err.  130 after SIGINT. */
int ask_main(const char *command, int argc, char **argv, FILE *out, FILE *err);
