#pragma once
/* tool/check_input.h -- what is to be checked, one after the other: the
 * operands, then the lines of files, never all of them in memory.
 *
 * A line is one name; # at its beginning or after a blank begins a comment.
 * All octets are hostile. */

#include <stdio.h>

#include "tool/check_name.h"
#include "tool/option.h"

enum {
	CHECK_MAX = 1000000,	/* names in all */
	/* what check_input_next() returns besides 0 */
	CHECK_END = 1,
	CHECK_LATER = 2,	/* a pipe has nothing just now */
	CHECK_BAD_LINE = 3,	/* said on err */
};

struct check_input;

/* Borrows all of it.  files: "-" is standard input.
 * Returns 0 or SEK_ENOMEM. */
int check_input_open(struct check_input **out, char *const *operands, size_t n,
    const struct option_list *files, bool host, FILE *err) MUST_CHECK;
void check_input_close(struct check_input *in);	/* in may be NULL */

/* The next name.  Returns 0, CHECK_END, CHECK_LATER, CHECK_BAD_LINE, or the
 * exit code (64 or more) after one message: EXIT_USAGE (an operand is none),
 * EXIT_NOINPUT, EXIT_DATA (more than CHECK_MAX), EXIT_OSERR. */
int check_input_next(struct check_input *in, struct check_name *out) MUST_CHECK;

/* How far it is, for an estimate: octets used up and octets there are, both 0
 * when a pipe is among the files. */
void check_input_far(const struct check_input *in, uint64_t *read, uint64_t *all);
