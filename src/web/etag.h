#pragma once
/* web/etag.h -- weak entity tags of documents (RFC 9110 8.8.3, 13.1.2). Pure. */

#include "base/str.h"

enum { ETAG_TEXT = 48 };

/* W/"SERIAL-HASH", the hash being of text: what reads the same has the same. */
void etag_of(char out[ETAG_TEXT], uint32_t serial, struct str text);

/* Does an If-None-Match field (hostile) name that tag, compared weakly?  "*"
 * does. */
bool etag_match(struct str field, const char *etag);
