#pragma once
/* tool/option.h -- one table of options per command, one helper for all.
 *
 * The table is read by the parser, by --help and by the manual lint.  On a
 * mistake one message says what, where and what to do instead; the exit code
 * is EXIT_USAGE. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum option_type {
	OPTION_FLAG,		/* bool, set to true */
	OPTION_TEXT,		/* const char *, borrowed from argv */
	OPTION_LINE,		/* const char *: 1..500 octets of UTF-8, no control characters */
	OPTION_COUNT,		/* uint32_t within min..max */
	OPTION_SECONDS,		/* uint32_t within min..max: 90, 90s, 5m, 2h, 1d */
	OPTION_LIST,		/* struct option_list: may be given often */
};

enum { OPTION_LIST_MAX = 64 };

struct option_list {
	const char	*v[OPTION_LIST_MAX];	/* borrowed from argv */
	size_t		 n;
};

struct option_row {
	const char		*name;		/* "basis", without dashes; NULL ends a table */
	char			 letter;	/* 'f', or 0 */
	enum option_type	 type;
	size_t			 offset;	/* of the field in the values */
	const char		*arg;		/* "WORD": what follows; NULL for a flag */
	const char		*help;		/* N_() one line */
	const char *const	*words;		/* allowed texts, NULL-terminated; NULL: any */
	uint32_t		 min, max;	/* of numbers */
	bool			 required;
};

struct option_usage {
	const char			*command;	/* "nominate" */
	const char			*operands;	/* "ADDRESS|HOST" or "" */
	const char			*does;		/* N_() one sentence */
	const struct option_row		*rows;		/* of this command */
	const struct option_row		*common;	/* of every command; may be NULL */
	int				 min, max;	/* operands; max < 0: no bound */
};

enum { OPTION_HELP = 1 };	/* --help was asked for and printed to out */

/* Reads the command line into values (the struct of the offsets; defaults are
 * set before).  *operands is the index in argv of the first operand; argv may
 * be reordered.  Errors are one line on err.
 * Returns 0, OPTION_HELP, or SEK_EPARSE (said already; exit EXIT_USAGE). */
int option_read(const struct option_usage *u, void *values, int argc,
    char **argv, int *operands, FILE *out, FILE *err) MUST_CHECK;

/* Looks ahead for --lang, so that even the first error is in the language
 * asked for.  Returns its value as given, or NULL. */
const char *option_lang(int argc, char **argv);

/* "90", "90s", "5m", "2h", "1d" to seconds.  Returns 0 or SEK_EPARSE. */
int option_seconds(uint32_t *out, const char *text) MUST_CHECK;

/* Is text one line for people: valid UTF-8, no control characters? */
bool option_is_line(const char *text);
