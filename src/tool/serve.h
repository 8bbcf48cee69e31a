#pragma once
/* tool/serve.h -- `sekimori serve`: DNS in the foreground, from a snapshot file
 * alone.  No daemon, no store, no network but the addresses it listens on. */

#include <stdio.h>

/* Runs the command (argv[0] is ignored) until SIGTERM or SIGINT.  Returns the
 * exit code: 0, or 64 and up with one message on err; once it listens it logs
 * to standard error as sekimorid(8) does. */
int serve_main(int argc, char **argv, FILE *out, FILE *err);
