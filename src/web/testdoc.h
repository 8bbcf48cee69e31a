#pragma once
/* web/testdoc.h -- a test as the API shows it, and as its events do.
 *
 * Pure but for memory.  Copied out of the keeper's snapshot of a test
 * (sekimori.control(7), test-show) by a table: form, class, steps and the reason
 * of the verdict only for who may see them (web/allow.h). */

#include <jansson.h>
#include <stdbool.h>

#include "base/str.h"

enum { TESTDOC_TICKET = 64 };	/* octets of a ticket at most */

/* The document: a new object, or NULL: out of memory, or no ticket in it.
 * snapshot  or the answer to "test", which is the beginning of one
 * may  the reader may see what is private
 * url  web.url */
json_t *testdoc_make(const json_t *snapshot, bool may, const char *url);

/* Is it over (done, cancelled)? */
bool testdoc_over(const json_t *snapshot);

/* The ticket in the keeper's answer; NULL when it is none: 1..64 of a-z 0-9. */
const char *testdoc_ticket(const json_t *snapshot);
