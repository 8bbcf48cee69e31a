#pragma once
/* tool/check_report.h -- what was found, for people, programs and monitors.
 *
 * One format is one table of three functions.  Every text that a stranger
 * chose was made harmless before it came here; JSON and CSV are safe again by
 * themselves. */

#include <stdio.h>

#include "tool/check_item.h"

enum { CHECK_NAMED = 8 };	/* listed ones whose names a monitor's line has */

struct check_totals {
	uint64_t	n[CHECK_KINDS], listed[CHECK_KINDS];
	uint64_t	undecided, no_name, no_server;	/* no_name is among undecided */
	uint64_t	bad_lines;
	int64_t		took_ms;
	bool		stopped;	/* not all that was given */
};

struct check_report;

struct check_format {
	void	(*begin)(struct check_report *r);	/* the lists are known */
	void	(*item)(struct check_report *r, const struct check_item *it);
	void	(*end)(struct check_report *r);
};

extern const struct check_format check_format_text, check_format_json,
    check_format_csv, check_format_nagios;

struct check_report {
	const struct check_format *format;
	FILE			*out;
	const struct check_lists *lists;
	struct wall		 at;		/* of --at, or 0 */
	bool			 color, quiet, bom;
	uint32_t		 warning, critical;	/* numbers of listed ones; UINT32_MAX: never */
	struct check_totals	 totals;
	char			 named[CHECK_NAMED][CHECK_NAME];
};

void check_report_begin(struct check_report *r);

/* One that is done; counts it too. */
void check_report_item(struct check_report *r, const struct check_item *it);
void check_report_end(struct check_report *r);

/* 0 none listed, 1 some, 2 undecided; EXIT_DATA when lines were skipped, 130
 * when it was stopped.  As a monitor says it: 0 OK, 1 WARNING, 2 CRITICAL,
 * 3 UNKNOWN. */
int check_report_exit(const struct check_report *r);

/* "3 of 81 domains have a listed mail server", the same for each kind there
 * was; then what is open, each with a text before it. */
void check_report_totals(FILE *out, const struct check_totals *t, const char *between);
void check_report_rests(FILE *out, const struct check_totals *t, const char *before);

/* "127.0.0.2" */
enum { CHECK_CODE_TEXT = 16 };
void check_code_text(char out[CHECK_CODE_TEXT], uint32_t code);

/* A list's health in a few words: "good", "broken: ...". */
void check_report_health(FILE *out, const struct check_belief *b);
