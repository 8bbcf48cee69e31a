#pragma once
/* tool/account_put.h -- where an account goes: opened by the parent, written by
 * the sandboxed child, put in place by the parent when it is whole.
 *
 * Standard output is written into a memory file first, files beside their
 * place under a name of their own: of a child that dies nothing is seen. */

#include "account/result.h"
#include "tool/account_args.h"

enum { ACCOUNT_PUT = 24 };	/* parts at most: the tables and four */

struct account_put;

struct account_part {
	char	*path;		/* where it belongs; NULL: standard output */
	char	*made;		/* where it is until then */
	FILE	*f;
	int	(*render)(struct account_put *p, FILE *f, const struct account_result *r);
				/* NULL: one of the tables, which are rendered together */
};

struct account_put {
	const struct account_args	*args;
	struct account_part		 part[ACCOUNT_PUT];
	size_t				 n;
	bool				 color, ascii;
};

/* Opens all that args ask for.  Returns 0, or an exit code after one message. */
int account_put_open(struct account_put *p, const struct account_args *args, FILE *out,
    FILE *err) MUST_CHECK;

/* In the child: writes everything.  Returns 0, SEK_ENOMEM, or an exit code after one
 * message: what could not be written, and why. */
int account_put_render(struct account_put *p, const struct account_result *r,
    FILE *err) MUST_CHECK;

/* In the parent, once: with `good` everything goes to its place, else nothing
 * does.  Returns 0, or an exit code after one message. */
int account_put_finish(struct account_put *p, bool good, FILE *out, FILE *err);
