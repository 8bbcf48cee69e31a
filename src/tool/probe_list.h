#pragma once
/* tool/probe_list.h -- the list of `sekimori probe -f`: ADDRESS[:PORT] or
 * HOST[:PORT], one a line, # begins a comment.
 *
 * All of it is read before anything is sent, so that a slip in line 90,000 is
 * told at the beginning.  What a target takes is its name and 12 octets. */

#include <stdio.h>

#include "base/buf.h"
#include "tool/target.h"

enum {
	PROBE_LIST_MAX = 1000000,	/* targets */
	PROBE_LIST_LINE = 300,		/* octets of a line */
	PROBE_LIST_EMPTY = 1,		/* blank, or a comment alone */
};

struct probe_line {
	uint32_t	name;		/* offset */
	uint32_t	line;		/* where it stands; 0: an operand */
	uint16_t	port;
};

struct probe_list {	/* zero is an empty one */
	struct gbuf	 names;		/* each with its NUL */
	struct probe_line *v;		/* owned */
	size_t		 n, cap;
	uint32_t	*seen;		/* hash of what is in it: index + 1, or 0 */
	size_t		 n_seen;
	uint8_t		 key[16];	/* of that hash */
	size_t		 repeated;	/* lines that stood there before */
	size_t		 bad;		/* lines that are no target */
};

/* Reads one line without its end; octets are hostile.
 * Returns 0; PROBE_LIST_EMPTY; SEK_EPARSE with *why (static, translated). */
int probe_list_line(struct target *out, struct str line, const char **why) MUST_CHECK;

/* Adds a target; port 0 is 25.  One that is there already is counted only.
 * Returns 0, SEK_ENOMEM, or SEK_ELIMIT past PROBE_LIST_MAX. */
int probe_list_add(struct probe_list *l, const struct target *t, uint32_t line) MUST_CHECK;

/* Adds the lines of path ("-": standard input).  Each bad line is told on err
 * with its number; the first SHOWN of them where they are a reason to stop.
 * Returns 0, or the exit code: EXIT_NOINPUT, EXIT_DATA (bad lines without
 * skip_bad, too many, or nothing in it), EXIT_OSERR. */
int probe_list_read(struct probe_list *l, const char *path, bool skip_bad,
    FILE *err) MUST_CHECK;

const char *probe_list_name(const struct probe_list *l, size_t i);
void probe_list_free(struct probe_list *l);
