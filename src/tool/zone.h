#pragma once
/* tool/zone.h -- list files and snapshots: `sekimori zone WORK`.
 *
 * One row per work in zone.c's table: its name and what runs it.  Each has its
 * own options, read by tool/option. */

#include <stdio.h>

#include "tool/option.h"

/* Runs the command (argv[0] is ignored; the work is the first argument that is
 * no option and no value of one) and returns the exit code: 0, what the work
 * finds below 64, or 64 and up with one message on err. */
int zone_main(int argc, char **argv, FILE *out, FILE *err);

/* A work: its usage (command "zone NAME") and what runs it, given a values
 * struct that is all zero but for usage's options.  Returns the exit code. */
struct zone_work {
	const char			*name;
	const struct option_usage	*usage;
	int				(*run)(int argc, char **argv, FILE *out, FILE *err);
};

extern const struct zone_work zone_export, zone_import, zone_secondary,
    zone_verify;

/* "sekimori zone: WHAT: WHY" on err, what cleaned.  Returns code. */
int zone_refuse(FILE *err, int code, const char *what, const char *why);

extern const char *const zone_lang_words[];	/* of every work's --lang */
