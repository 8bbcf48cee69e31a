#pragma once
/* keep/watch.h -- who follows what: live lines for people who wait.
 *
 * Events are JSON objects (their members are in sekimori.control(7)); they go
 * to every follower of an address and are never waited for: a follower whose
 * queue is full misses some. */

#include <jansson.h>

#include "keep/keep.h"

int watch_open(struct keep *k) MUST_CHECK;
void watch_close(struct keep *k);

struct watch;

/* Follows a.  event gets each one (borrowed); give_up runs once when wait_s
 * are over.  Returns 0 or SEK_ENOMEM. */
int watch_add(struct watch **out, struct keep *k, const struct addr *a,
    void (*event)(void *ctx, json_t *ev), void (*give_up)(void *ctx),
    void *ctx, int64_t wait_s) MUST_CHECK;
void watch_remove(struct watch *w);	/* w may be NULL; legal inside its own callbacks */

/* Tells all followers of a, or everybody when a is NULL.  Takes over ev (NULL:
 * nothing is told). */
void watch_event(struct keep *k, const struct addr *a, json_t *ev);

/* The same once the open write is committed; dropped if it is rolled back.  A
 * member "serial" is set to that commit's. */
void watch_event_after(struct keep *k, const struct addr *a, json_t *ev);

/* A hostile text as a JSON string that is valid UTF-8 and harmless. */
json_t *watch_text(struct str s);
