#pragma once
/* web/check_view.h -- what the page of an address shows, out of what the keeper
 * said or, where it says nothing, of the published list alone.
 *
 * Pure but for memory.  By allow-list: a member that is not named here reaches no
 * page, whatever the keeper's answer holds (architecture 5: form, cause,
 * transcript, headers and chain are not public). */

#include "web/page.h"

/* Adds to view what the keeper's answer to "check" says.
 * then  the page is of a past moment (?at=) */
void check_view(json_t *view, const json_t *answer, bool then, enum lang lang);

/* Adds to view what s says of a: listed or not, as of which serial. */
void check_view_alone(json_t *view, const struct snapshot *s, const struct addr *a,
    enum lang lang);
