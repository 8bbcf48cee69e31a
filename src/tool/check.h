#pragma once
/* tool/check.h -- sekimori check: mail servers of domains, and lists. */

#include <stdio.h>

/* The whole command; needs no daemon.  Returns its exit code. */
int check_main(int argc, char **argv, FILE *out, FILE *err);
