#pragma once
/* tool/sunset_say.h -- the keeper's answer to sunset, for a person. */

#include <jansson.h>
#include <stdio.h>

/* done: the end of the request (sekimori.control(7)).  Texts in it are cleaned. */
void sunset_say(FILE *out, const json_t *done);
