#pragma once
/* tool/cause_text.h -- why a server relays, and what to change, for a person.
 *
 * The words are those of the pages (web/texts): cause.TAG, sign.TAG, fix.TAG. */

#include <jansson.h>
#include <stdio.h>

/* Writes some indented lines for the members of keep/cause.h in o; nothing
 * where there are none.  Values may quote a remote host. */
void cause_text_show(FILE *out, const json_t *o);
