#pragma once
/* account/read.h -- files to one span: look, put in order, read, join.
 *
 * Runs in the sandboxed child on descriptors that were opened before.  The
 * files are put in the order of their lines, copies left out, and what is left
 * is cut into runs of about the same work: threads read them, one span each,
 * and the spans are joined in order.  A plain file may be cut between lines. */

#include "account/far.h"
#include "account/order.h"
#include "account/span.h"

enum { ACCOUNT_JOBS = 64 };
#define ACCOUNT_NO_FILE UINT32_MAX

struct account_read_rules {
	const struct account_own	*own;
	const struct account_limits	*limits;
	const struct account_zone	*zone;	/* NULL: UTC */
	int64_t				 now_s;
	int64_t				 since_s, until_s;	/* 0: all */
	int32_t				 year;	/* no line is younger; 0: not given */
	unsigned			 jobs;	/* threads, 1..ACCOUNT_JOBS */
	struct account_far		*far;	/* NULL: nobody looks */
	bool				 no_pipes;	/* they are read later (account/live) */
};

struct account_reading {
	struct account_span	*span;		/* all of it; owned */
	struct account_file	*file;		/* in reading order; owned; names borrowed from seen */
	size_t			 n;
	uint32_t		*file_of;	/* of each seen; ACCOUNT_NO_FILE: left out; owned */
	size_t			 left_out;	/* found in directories, and no mail log */
	size_t			 troubled;	/* files that were not read whole: ACCOUNT_GAP_FILE */
	size_t			 first_troubled;	/* its index */
	bool			 stopped;	/* before the end, by wish */
	bool			 year_inferred;
};

/* Reads seen[0..n), of which name, fd and walked are given.  Returns 0 (whatever
 * the files were; that stands in file[].trouble) or SEK_ENOMEM, SEK_ESYS (no
 * thread).  account_reading_free() in any case. */
int account_read(struct account_reading *out, struct account_seen *seen, size_t n,
    const struct account_read_rules *rules) MUST_CHECK;
void account_reading_free(struct account_reading *r);
