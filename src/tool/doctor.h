#pragma once
/* tool/doctor.h -- `sekimori doctor`: the start-up checklist.
 *
 * Asks the keeper what is configured, looks (tool/doctor_gather), has the
 * keeper send its control letter, judges (tool/doctor_judge), hands in the
 * results, and shows each with what to do. */

#include <stdio.h>

struct dialer;

/* Runs the command and returns the exit code: 0 it is a pass, 1 a required
 * check failed or was not shown, 64 and up, 130 after SIGINT. */
int doctor_main(int argc, char **argv, struct dialer *dialer, FILE *out, FILE *err);
