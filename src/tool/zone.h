#pragma once
/* tool/zone.h -- list files: `sekimori zone export` and `zone verify`.
 *
 * Reads a base snapshot, from a file or asked of the keeper, and walks it with
 * the code that answers queries, so that the master file says what the live
 * answers say. */

#include <stdio.h>

/* Runs the command (argv[0] is ignored) and returns the exit code: 0, or 64
 * and up with one message on err. */
int zone_main(int argc, char **argv, FILE *out, FILE *err);
