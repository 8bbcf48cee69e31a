#pragma once
/* account/peek.h -- what a file is, by a look at its edges.
 *
 * Only its beginning is unpacked, and of a plain file its end read, so that a
 * folder of years of logs is put in order at once. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/source.h"
#include "wire/syslog.h"

enum {
	ACCOUNT_HEAD = 512,	/* octets by which copies are suspected */
	ACCOUNT_PEEK = 256 * 1024,	/* octets (unpacked) in which a mail log shows itself */
	ACCOUNT_TAIL = 64 * 1024,
};

struct account_stamp {
	int64_t			at_s;
	enum syslog_stamp	kind;
};

struct account_seen {
	/* given */
	const char		*name;		/* borrowed, hostile (a name of a file) */
	int			 fd;		/* -1: could not be opened */
	int			 look_fd;	/* of a pipe: one more with its octets; 0: none */
	bool			 walked;	/* in a directory: counts if it is a mail log */
	bool			 live;		/* will be read on: whole lines only now */
	/* seen */
	bool			 regular;
	enum account_packing	 packing;
	uint64_t		 size;		/* as stored; of a live one, up to its last LF */
	int64_t			 mtime_s;
	char			 head[ACCOUNT_HEAD];	/* the first octets, unpacked */
	size_t			 head_n;
	bool			 whole;		/* all of it was looked at */
	bool			 mail;		/* there is a line of a mail server */
	bool			 has_first, has_last;
	struct account_stamp	 first, last;	/* of lines with a stamp */
	char			 host[64];	/* the first one named, cleaned; "" : none */
	const char		*trouble;	/* tag; NULL: none */
	int			 why;		/* errno of an opening that failed; 0: it did not */
};

/* Fills what is seen.  A pipe is only asked what it is: nothing is read of it.
 * Returns 0 or SEK_ENOMEM; what cannot be read is told in trouble. */
int account_peek(struct account_seen *s) MUST_CHECK;

/* Where the line after the first LF from octet `from` of a plain file on begins
 * (within ACCOUNT_TAIL).  false: no line ends there. */
bool account_peek_cut(const struct account_seen *s, uint64_t from, uint64_t *line_at);

/* The first stamp behind octet `from`, which begins a line (within a few lines).
 * false: there is none. */
bool account_peek_stamp(const struct account_seen *s, uint64_t from,
    struct account_stamp *stamp);

/* Is it a line of one of the four servers? */
bool account_peek_is_mail(const struct syslog_line *line);

enum account_likeness { ACCOUNT_DIFFERENT, ACCOUNT_EQUAL, ACCOUNT_BEGINS_B, ACCOUNT_BEGINS_A };

/* Compares two regular files, unpacked, octet by octet: equal, a is the whole
 * beginning of b (BEGINS_B), or b of a.  Less than ACCOUNT_HEAD octets are never
 * a copy: a log may say the same line twice.  Returns 0 or SEK_ENOMEM. */
int account_peek_compare(enum account_likeness *out, const struct account_seen *a,
    const struct account_seen *b, struct account_far *far) MUST_CHECK;
