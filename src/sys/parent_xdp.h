#pragma once
/* sys/parent_xdp.h -- the parent gives workers the AF_XDP sockets of dns.xdp.
 *
 * Used by sys/parent*.c alone.  Queue q belongs to worker q modulo workers.
 * The parent keeps no socket: one that dies with its worker leaves the queue
 * to the kernel, until the next worker has a fresh one. */

#include "sys/parent_kid.h"

/* Hooks into the interface of dns.xdp, if there is one.  Returns 0, or what
 * xdp_hook_open() says; logged. */
int parent_xdp_open(struct family *f) MUST_CHECK;

/* As the senders of parent_kid.c.  A queue whose old socket the kernel has not
 * taken down yet waits until k->xdp_at. */
int parent_xdp_send(struct family *f, struct kid *k) MUST_CHECK;
bool parent_xdp_due(const struct family *f, const struct kid *k);
