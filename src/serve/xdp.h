#pragma once
/* serve/xdp.h -- frames from and to one AF_XDP socket.
 *
 * The parent opens the socket and the memory of its frames (sys/xdp.h), since
 * that needs rights that a worker has not; here they are mapped and used.  The
 * kernel is trusted with the rings, what stands in the frames is hostile.
 * Build option `xdp`.  Source: Linux, Documentation/networking/af_xdp.rst. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sys/xdp_size.h"

enum { XDP_BATCH = 32 };	/* what the kernel sends at one call, at most */

struct xdp;

struct xdp_frame { uint8_t *p; size_t len; };

/* Maps the socket's rings and frames.
 * Both descriptors are owned in any case; frames is closed once it is mapped.
 * Returns 0, SEK_ENOMEM or SEK_ESYS. */
int xdp_new(struct xdp **out, int sock, int frames) MUST_CHECK;
void xdp_free(struct xdp *x);	/* x may be NULL */

int xdp_fd(const struct xdp *x);	/* to poll for POLLIN */

/* What came: up to XDP_BATCH frames, borrowed until xdp_flush().
 * Returns how many. */
size_t xdp_receive(struct xdp *x, struct xdp_frame in[XDP_BATCH]);

/* Room of XDP_FRAME octets for one frame to send; NULL while all are with the
 * kernel.  It stays the caller's until xdp_send() takes it. */
uint8_t *xdp_room(struct xdp *x);

/* Puts the last xdp_room(), len octets of it, into the queue. */
void xdp_send(struct xdp *x, size_t len);

/* Gives back what xdp_receive() lent and has the queue sent. */
void xdp_flush(struct xdp *x);
