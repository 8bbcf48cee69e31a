#pragma once
/* web/cause_view.h -- why it relays and what to change, as pages say it.
 *
 * By allow-list, for those who may see it; what names and addresses it holds are
 * a remote host's word: hostile. */

#include <jansson.h>

/* Puts into view the member cause (tag, likely, rows of name and items, and the
 * fixes alone), out of the members of keep/cause.h in a verdict; nothing where
 * there are none. */
void cause_view(json_t *view, const json_t *verdict);
