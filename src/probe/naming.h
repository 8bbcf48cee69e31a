#pragma once
/* probe/naming.h -- the names of a target: asked for, confirmed, told keeper.
 *
 * Internal to probe/.  Before the connection: the names that were given and
 * those of the PTR.  After it: what the target calls itself in banner, EHLO
 * reply and certificate.  A name may stand in a probe when its A, AAAA or MX
 * leads to the target, or it lies under the domain of a confirmed PTR; in a
 * laboratory any name but a PTR that leads elsewhere (relay-tests section 1).
 * Names that keeper knows are not asked for again. */

#include "fact/message.h"
#include "sys/resolve.h"

struct session;

/* Starts either half; naming_done() of the session follows, perhaps before
 * this returns.  Without memory the names are left out. */
void naming_start(struct session *s);	/* of DNS */
void naming_words(struct session *s);	/* of what it said */

/* Of what the first form needs of DNS: a name whose MX list holds the target
 * behind a host of higher preference (plan.mx), or what the PTR of our second
 * source address says (source_ptr). */
bool naming_needed(const struct session *s);
void naming_form(struct session *s);

/* The resolver's answer to the question in flight. */
void naming_answer(struct session *s, const struct resolve_answer *a);

/* Out of time: what is left is not told.  naming_done() follows. */
void naming_stop(struct session *s);
