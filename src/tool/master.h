#pragma once
/* tool/master.h -- a zone as a master file (RFC 1035 5), one record a line.
 *
 * Names are absolute; every octet that a reader could take for syntax is
 * \DDD, so nothing in a zone can break out of its line. */

#include <stdio.h>

#include "fact/answer.h"

/* Writes all records of the zone.  Returns 0; SEK_ESYS when writing failed
 * (errno); SEK_EPARSE for a record type that it does not know. */
int master_write(FILE *out, const struct snapshot *s, enum answer_zone which,
    struct wall now, uint64_t *records) MUST_CHECK;

/* Writes one record, rdata of the types that a zone has, or a CNAME.  Returns
 * as above. */
int master_put(FILE *out, const struct dns_record *r) MUST_CHECK;
