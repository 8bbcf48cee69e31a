#pragma once
/* tool/json.h -- members of a JSON object with defaults, and one way to write
 * an object on a line. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* A member, or "" / 0 / false when it is missing or of another type. */
const char *tool_json_text(const json_t *o, const char *key);
int64_t tool_json_int(const json_t *o, const char *key);
bool tool_json_bool(const json_t *o, const char *key);

/* A new list of texts; one that is no UTF-8 is null in it. */
json_t *tool_json_list(const char *const *v, size_t n);

/* Reads one object.  Returns a new reference, or NULL: no object. */
json_t *tool_json_read(struct str s);

/* One compact line, ASCII only (all else as \uNNNN), members in order. */
void tool_json_line(FILE *out, const json_t *o);
