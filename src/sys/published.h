#pragma once
/* sys/published.h -- the snapshot that a role answers from.
 *
 * libc only.  MSG_PUBLISH brings sealed memory files; each is mapped, verified
 * whole once (wire/snapshot.h), and only then put in the place of the one
 * before, which is unmapped.  A bad one is refused and the last good one stays.
 * Call between two answers: views taken from s end with the next take. */

#include "sys/frame.h"
#include "wire/snapshot.h"

struct published_map;

struct published_file {
	struct snapshot_view	 view;
	struct published_map	*map;	/* NULL: none */
};

struct published {		/* zeroed: nothing published yet */
	struct snapshot		s;	/* what to answer from */
	/* not for the caller: */
	struct published_file	base, overlay, tail;
	struct published_file	next;	/* a base that waits for its overlay */
};

enum { PUBLISHED_WAITS = 1 };

/* Takes what m announces.  fd: owned and closed in any case.
 * why  set unless 0 is returned: which part was wrong, in English
 * Returns 0; PUBLISHED_WAITS: a good base, older than what is served, that is
 * switched to together with its overlay; SEK_EPARSE: not sealed, not of that
 * size or kind, damaged, an overlay of another base, or older than what is
 * served (a serial never goes backwards); SEK_ESYS or SEK_ENOMEM: it cannot be
 * mapped. */
int published_take(struct published *p, const struct msg_publish *m, int fd,
    const char **why) MUST_CHECK;

/* The same for a message of the parent, which must be MSG_PUBLISH.  f->fd is
 * taken.  Logs what is refused. */
void published_frame(struct published *p, struct frame *f);

/* The tail that ends at the serial served, or NULL. */
const struct snapshot_view *published_tail(const struct published *p);

void published_close(struct published *p);

/* What is served at one moment, kept while p goes on: a transfer that takes
 * minutes never mixes serials.  Costs as much memory as differs from what is
 * served meanwhile, so bound the time.  The hold's address must not change. */
struct published_hold {
	struct snapshot			 s;	/* base NULL: nothing published */
	const struct snapshot_view	*tail;	/* as published_tail(), or NULL */
	/* not for the caller: */
	struct published_file		 base, overlay, end;
};
void published_hold(struct published_hold *h, const struct published *p);
bool published_held(const struct published_hold *h, const struct published *p);	/* is it what p has now? */
void published_release(struct published_hold *h);	/* zeroed: nothing happens */
