#pragma once
/* xfer/udp.h -- signed queries by UDP, which the workers of serve hand over.
 *
 * Each comes as a message with the socket that it came by (serve/signed.h), and
 * the answer leaves from there.  Everything in it is hostile. */

#include "xfer/server.h"

struct udp;

/* s stays the caller's.  fd: our end of the way from serve, owned.
 * Returns 0 or a negative sek_err. */
int udp_new(struct udp **out, struct server *s, int fd) MUST_CHECK;
void udp_free(struct udp *u);	/* u may be NULL */
