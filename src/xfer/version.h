#pragma once
/* xfer/version.h -- the zones at one serial, for as long as somebody needs it.
 *
 * What is published comes in files, one after the other.  A version is one where
 * snapshot and tail belong together, so that who is told of a serial can have
 * the way to it; a tail that does not come is waited for VERSION_LATE_MS. */

#include "sys/loop.h"
#include "sys/published.h"

enum { VERSION_LATE_MS = 200 };

struct version {
	unsigned		users;
	struct published_hold	hold;	/* hold.s.base is never NULL */
};

struct versions;

/* Watches p, which stays the caller's.  changed(ctx) is called for each new
 * version.  Returns 0 or SEK_ENOMEM. */
int versions_new(struct versions **out, struct loop *l, const struct published *p,
    void (*changed)(void *ctx), void *ctx) MUST_CHECK;
void versions_free(struct versions *v);	/* v may be NULL */

/* To be called whenever p has changed. */
void versions_look(struct versions *v);

/* The newest one, or NULL: nothing is published yet.  Borrowed until the next
 * event. */
struct version *versions_now(const struct versions *v);

/* Keeps v until version_drop(). */
struct version *version_keep(struct version *v);
void version_drop(struct version *v);	/* v may be NULL */
