#pragma once
/* keep/publish_build.h -- a new base, made while the loop goes on.
 *
 * Where there is a base already, the new one is that base with the changes
 * over it: a child reads both out of the memory that it inherits and writes;
 * the store is not asked.  The first base of a process comes from the store:
 * pages of BUILD_PAGE keys, one in each round of the loop, so that nobody
 * waits longer than one page takes.  Pages may be of different moments; what
 * changed meanwhile is among the changes, and their word counts.
 *
 * No connection to the store crosses fork(2). */

#include "keep/keep.h"
#include "keep/publish_entries.h"

enum {
	BUILD_PAGE = 8192,	/* keys read in one round */
	BUILD_AT_ONCE = 8,	/* pages of a small store are read at once */
};

struct build_plan {		/* all borrowed */
	struct snapshot_head	head;
	const struct snapshot_zone *zone;
	const struct snapshot_view *base;	/* NULL: entries hold all */
	struct publish_entries	*entries;
	const struct publish_changes *changes;
	void			*room;		/* snapshot_builder_size() octets */
	const char		*dir;		/* of the file; "": none */
};

enum { BUILD_NO_FILE = 1 };	/* the memory file is good, the one on disk is not there */

/* Writes the base into fd, and its file.  Returns 0, BUILD_NO_FILE, or an
 * error: nothing that could be used. */
int build_write(int fd, struct build_plan *p) MUST_CHECK;

struct build;

/* done(k, err, fd): as build_write() returned in the child, or SEK_ESYS when
 * that died; fd is the caller's to take or close (-1 on an error). */
int build_open(struct build **out, struct keep *k,
    void (*done)(struct keep *k, int err, int fd)) MUST_CHECK;
void build_close(struct build *b);	/* waits for a child; b may be NULL */

/* Starts a child.  p->room and the rest are read in the child alone.
 * Returns 0 (done will be called), or an error. */
int build_start(struct build *b, struct build_plan *p) MUST_CHECK;
bool build_busy(const struct build *b);
int64_t build_took_ms(const struct build *b);	/* the last child */

/* Reads the next page of the listing into e; *end: that was the last one.
 * Commits an open group before, since its rows are no facts yet.
 * Returns 0, SEK_ELIMIT (try again: groups follow each other), SEK_ENOMEM,
 * SEK_ESTORE. */
int build_page(struct build *b, struct publish_entries *e, bool *end) MUST_CHECK;
void build_page_first(struct build *b);		/* begins anew */

/* The exceptions that stand, as changes: they are few and in the journal alone.
 * Returns 0, SEK_ENOMEM, SEK_ESTORE. */
int build_excepts(struct build *b, struct publish_changes *c) MUST_CHECK;
