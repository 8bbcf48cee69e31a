#pragma once
/* keep/optouts.h -- is an address, or a name, within an opt-out?  Answered
 * without a walk through the store: pages ask it of every address.
 *
 * A copy of `optout` in memory, in order of prefix; read at the first question
 * and told of every new row by keep/nominate, the table's only writer. */

#include "keep/keep.h"

int optouts_open(struct keep *k) MUST_CHECK;
void optouts_close(struct keep *k);

/* The newest opt-out that covers a.  Returns 1 and when it was made; 0; or a
 * negative error.  Works from the store where the stage is not open. */
int optouts_find(struct keep *k, const struct addr *a, struct wall *made) MUST_CHECK;

/* The same of a host's name: opt-outs of that domain or one above it.  Case and
 * a dot at the end do not matter.  An empty name is in none. */
int optouts_find_name(struct keep *k, struct str name, struct wall *made) MUST_CHECK;

/* Is there any of a domain?  1, 0, or a negative error. */
int optouts_has_names(struct keep *k) MUST_CHECK;

/* A row was committed: of a prefix, or of a domain (lower case). */
void optouts_add(struct keep *k, const struct net *n, struct wall made);
void optouts_add_domain(struct keep *k, struct str domain, struct wall made);
