#pragma once
/* account/span.h -- a run of log lines as counts: one reader's work.
 *
 * A span takes lines in order, joins them to messages (join), counts those
 * that are over (tally) and remembers what only its neighbours can tell: ids
 * whose beginning is before it, a half line at either end.  Spans of files
 * that follow each other are joined in order, and the result is the same as
 * of one span that read them all: so readers can be threads, one a file, and
 * a log may be cut anywhere.
 *
 * Memory: messages in flight, distinct names up to their caps, and a bounded
 * number of recipients whose side is not yet known (forensics.md 1: never by
 * the number of messages). */

#include "account/country.h"
#include "account/own.h"
#include "account/result.h"
#include "account/years.h"

struct account_span;

struct account_limits {		/* 0: the default */
	size_t	in_flight, names, undecided_rcpts, hours;
	const struct account_country *country;	/* borrowed; NULL: none */
	unsigned threads;	/* that may end a span together; 0: one */
};

/* own is borrowed and only read; what is learned stays in the span.  first:
 * nothing is before it, so that all it reads is whole.  NULL: no memory. */
struct account_span *account_span_new(const struct account_own *own,
    const struct account_limits *limits, bool first);
void account_span_free(struct account_span *s);

/* A file begins, or one that was read before goes on (whole lines so far): its
 * index and how its stamps are to be read. */
int account_span_file(struct account_span *s, uint32_t file,
    const struct account_clock *clock) MUST_CHECK;

/* Octets of the open file, cut anywhere.  Returns 0, SEK_ENOMEM. */
int account_span_octets(struct account_span *s, const char *p, size_t n) MUST_CHECK;

/* Of the file begun last: sets octets, lines, lines_other, lines_cut, first_s and
 * last_s of *f as far as this span read it. */
void account_span_counts(const struct account_span *s, struct account_file *f);

/* The year clock of that file, borrowed. */
const struct account_years *account_span_years(const struct account_span *s);

/* What the log itself showed to be ours; after account_span_end() or _look(). */
const struct account_own *account_span_learned(const struct account_span *s);

/* Joins b, which follows a, into a; b is empty afterwards and freed. */
int account_span_join(struct account_span *a, struct account_span *b) MUST_CHECK;

/* No more lines of a first span: what is open is queued, sides are settled with what was
 * learned.  Then counts, tables and hours of *out are filled (not verdicts;
 * files, gaps of files and own_* by others), borrowed from s. */
int account_span_end(struct account_span *s, struct account_result *out) MUST_CHECK;

/* For --follow: the same as a view of now, without ending. */
int account_span_look(struct account_span *s, struct account_result *out) MUST_CHECK;
