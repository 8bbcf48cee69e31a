#pragma once
/* keep/apikey.h -- keys with which a CSIRT's script asks; the only writer of
 * `apikey`.
 *
 * A key is a random text that is shown once; the store has its SHA-256 only. */

#include "keep/control.h"

enum { APIKEY_TEXT = 48 };

/* Is text (hostile) a key that holds now?  Returns 1, 0, or a negative error. */
int apikey_holds(struct keep *k, struct str text) MUST_CHECK;

/* The requests key-add, key-list and key-revoke; the operator's alone. */
void apikey_verb_add(struct request *r);
void apikey_verb_list(struct request *r);
void apikey_verb_revoke(struct request *r);
