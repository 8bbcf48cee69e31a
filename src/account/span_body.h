#pragma once
/* account/span_body.h -- between the files of span. */

#include "account/join.h"
#include "account/span.h"
#include "account/tally.h"
#include "base/arena.h"
#include "wire/syslog.h"

struct counted {	/* of one file */
	uint32_t	file;
	uint64_t	octets, lines, other, cut;
	uint64_t	rest;	/* its first line is the end of one that began in another file */
	bool		any;
	int64_t		first_s, last_s;
};

/* The beginning of a line whose end was not read yet, or the other way round. */
struct half {
	char	*text;		/* at most SYSLOG_LINE_MAX of it */
	size_t	 n, cap;
	size_t	 whole;		/* its length */
};

struct place {		/* where a line stands */
	struct account_years	years;
	int64_t			since_s, until_s;
	uint32_t		file;
	uint64_t		line;
	size_t			open;	/* of counted */
};

struct account_span {
	const struct account_own *own;
	struct account_limits	 limits;
	struct account_tally	 tally;
	struct account_join	 join;
	struct place		 at;			/* the open file */
	bool			 any_file, first;
	/* the end of a file that has no LF there: a line, or the half of one
	 * whose other half begins the next file */
	struct half		 carry;
	struct place		 carry_at;
	/* head: what stands before the first LF of the first file; whose
	 * beginning the span before may have */
	struct account_clock	 head_clock;
	uint32_t		 head_file;
	struct half		 head, tail;
	bool			 in_head, head_ends;	/* being read; its LF was read */
	bool			 head_open;		/* its file ended without a LF, and no line followed */
	struct counted		*counted;
	size_t			 n_counted, cap_counted;
	char			*unwrapped;		/* SYSLOG_LINE_MAX */
	struct syslog_before	 before;
	struct arena		*shown;			/* of the result */
	struct account_span	*view;			/* of account_span_look */
};

/* span.c: of the open file */
struct counted *span_counts(struct account_span *s);
int span_counted_open(struct account_span *s, uint32_t file) MUST_CHECK;
int span_half_more(struct half *h, const char *p, size_t n) MUST_CHECK;

/* The line in tail is whole; the file has ended; what is left of the one before
 * was no half of a line. */
int span_tail_next(struct account_span *s) MUST_CHECK;
int span_file_close(struct account_span *s) MUST_CHECK;
int span_carry_take(struct account_span *s) MUST_CHECK;
void span_stamp_count(struct counted *c, int64_t at_s);
void span_parts_free(struct account_span *s);

/* span_open.c: counts what is open at the end, as queued. */
int span_open_end(struct account_span *s) MUST_CHECK;

/* span_join.c: b, which follows a, but for what is freed with b. */
int span_parts_join(struct account_span *a, struct account_span *b) MUST_CHECK;
