#pragma once
/* tool/account.h -- `sekimori account`: what a mail server's own log says. */

#include <stdio.h>

/* Returns the exit code: 0 nothing found, 1 abuse, 2 undecided, or sysexits'. */
int account_main(int argc, char **argv, FILE *out, FILE *err);
