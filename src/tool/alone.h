#pragma once
/* tool/alone.h -- what commands that run the keeper's code without the daemon
 * have in common: where the mailbox is, who we are, the ledger. */

#include "sys/conf.h"
#include "tool/option.h"

enum { ALONE_STORE = 512 };

/* First in a command's values, since the rows below hold its offsets. */
struct alone {
	struct option_list	 receive, lab;
	const char		*domain, *domain2, *resolver, *from, *ptr_from, *helo, *canary,
				*cert, *key, *state;
	bool			 no_ledger, verbose;
	uint32_t		 control_s;	/* 0: as ever */
};

/* A table for option_usage.common. */
extern const struct option_row alone_rows[];

/* Puts the options into c, each by the check of its key; makes the directory of
 * the ledger, and writes its url.  Returns 0, or the exit code after one message
 * on err ("sekimori COMMAND: ..."). */
int alone_setup(const struct alone *a, struct conf *c, char store[ALONE_STORE],
    const char *command, FILE *err) MUST_CHECK;

/* That message: what is cleaned.  Returns EXIT_USAGE. */
int alone_refuse(FILE *err, const char *command, const char *what, const char *why);
