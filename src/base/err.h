#pragma once
/* base/err.h -- how a function says that it failed.
 *
 * Negative: failed, nothing that the contract promises has happened; pass it
 * up unchanged.  0: done.  Positive: a condition named in that one header,
 * handled on the spot, never passed up.  What a remote host said (a 550) is a
 * finding, not an error, and is never carried in this type. */

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum sek_err {
	SEK_OK = 0,
	SEK_ENOMEM = -1,	/* allocation refused */
	SEK_ESYS = -2,		/* the kernel refused; errno is kept */
	SEK_ELIMIT = -3,	/* a bound in the contract was reached */
	SEK_EPARSE = -4,	/* bytes break the grammar they claim */
	SEK_ESTORE = -5,	/* the database refused; store_why() has its words */
	SEK_ELIB = -6,		/* a library refused; the module says how */
};

/* Says err in a few English words for logs; for SEK_ESYS the text of errno.
 * Returns a static string, or strerror's buffer. */
const char *sek_strerror(int err);

/* Exit codes of every program of ours (sysexits(3) from 64 on).  What a
 * command finds has codes below 64, in its manual. */
enum {
	EXIT_USAGE = 64,	/* the command line */
	EXIT_DATA = 65,		/* a file's contents */
	EXIT_NOINPUT = 66,	/* a file that cannot be read */
	EXIT_NOHOST = 68,	/* a name that does not resolve */
	EXIT_UNAVAILABLE = 69,	/* the daemon does not answer */
	EXIT_SOFTWARE = 70,	/* our own mistake */
	EXIT_OSERR = 71,	/* the system refused (memory, fork) */
	EXIT_CANTCREAT = 73,	/* a file or socket that cannot be made */
	EXIT_IOERR = 74,	/* reading or writing broke; disk full */
	EXIT_TEMPFAIL = 75,	/* try again later */
	EXIT_NOPERM = 77,	/* no permission, no basis */
	EXIT_CONFIG = 78,	/* the configuration */
};
