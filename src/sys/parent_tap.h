#pragma once
/* sys/parent_tap.h -- the connection to the collector at dns.dnstap.
 *
 * Used by sys/parent*.c alone.  xfer, which writes to it, may not connect: the
 * parent does, hands the socket over (MSG_SOCKET, "dnstap") and keeps a copy,
 * from which it learns that the connection ended, whoever ended it: the
 * collector, or xfer by shutdown(2).  Then, and when there is no collector, it
 * tries again after 1, 2, 4 .. 30 s.  Nothing here waits. */

#include "sys/parent_kid.h"

/* As the senders of parent_kid.c: connects for k, where k is xfer and its time
 * has come. */
int parent_tap_send(struct family *f, struct kid *k) MUST_CHECK;
bool parent_tap_due(const struct family *f, const struct kid *k);

/* When to try again; INT64_MAX: nothing is to be tried. */
int64_t parent_tap_at_ms(const struct family *f);

/* The copy says that the connection ended. */
void parent_tap_ended(struct family *f);

/* k is gone; when it was xfer, its connection goes with it. */
void parent_tap_died(struct family *f, const struct kid *k);

void parent_tap_close(struct family *f);
