#pragma once
/* account/journal.h -- the mail servers' entries of the journal as lines of a
 * log, by a process of its own.
 *
 * libsystemd opens files by name, so it cannot run where the lines are read: it
 * runs in a process that may read the journal's directories and write into one
 * pipe, and nothing else.  Lines are as syslog's with an ISO stamp in UTC:
 *   2026-11-28T08:00:00.123456+00:00 mx postfix/smtpd[77]: connect from ... */

#include "account/far.h"

struct account_journal {
	const char		*dir;	/* of a copied journal; NULL: the system's */
	int64_t			 since_s, until_s;	/* 0: all */
	bool			 follow;	/* wait for more at the end */
	bool			 strict;	/* the sandbox's */
	struct account_far	*far;	/* asked whether to stop */
	int			 out;	/* the pipe */
};

/* In a child of its own.  Never returns: ends with 0, 66 when there is no journal
 * or it may not be read, 71, 74; messages on standard error. */
_Noreturn void account_journal(const struct account_journal *j);
