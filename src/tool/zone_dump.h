#pragma once
/* tool/zone_dump.h -- a zone that a server wrote out, beside a snapshot.
 *
 * Records come in any order and may be a hundred million, so neither side is
 * kept: each record's keyed hash is added to a sum by its owner's bucket, the
 * snapshot's are taken off, and what is not zero then differs.  Only the first
 * such buckets are read once more, to name what is in them. */

#include "fact/answer.h"
#include "tool/zone_differ.h"

/* Compares the master file at path, of ZONE or out.ZONE, with s.
 * compared  records of the dump
 * Returns 0 (d says what differs), or an exit code of 64 and up after one
 * message on err: no such file, a line that cannot be read, another zone,
 * another serial. */
int zone_dump_compare(struct zone_differ *d, const struct snapshot *s,
    const char *path, uint64_t *compared, FILE *err) MUST_CHECK;
