#pragma once
/* sys/xdp.h -- opens AF_XDP sockets, in sekimorid, which has the rights.
 *
 * A hook is a filter of ours on one interface: UDP datagrams to the addresses
 * and ports of dns.listen, whole and plain, go to the AF_XDP socket of the
 * queue they came in by; everything else, and all while no socket is there,
 * goes to the kernel as ever.  So a worker that dies loses no query: those
 * arrive on its ordinary socket.  The hook ends with its descriptors.
 * Build option `xdp`.  Source: Linux, Documentation/networking/af_xdp.rst. */

#include "sys/conf.h"

enum { XDP_QUEUES = 64 };

struct xdp_hook {
	int		ifindex, map, link;	/* link: -1 none */
	unsigned	queues;
};

/* Loads the filter and attaches it to the interface.
 * at[0..n)  addresses must be definite: of a wildcard socket the kernel knows
 *           which addresses are its own, a filter does not
 * Returns 0, or SEK_ESYS with a sentence in why: no such interface, no right,
 * another filter is attached, the kernel has no AF_XDP. */
int xdp_hook_open(struct xdp_hook *h, const char *interface,
    const struct conf_listen *at, size_t n, struct conf_why *why) MUST_CHECK;
void xdp_hook_close(struct xdp_hook *h);

/* A fresh socket for one queue, in the place of the one before, and the memory
 * of its frames; both owned by the caller.  Returns 0 or SEK_ESYS (errno). */
int xdp_socket_open(int *sock, int *frames, const struct xdp_hook *h,
    unsigned queue) MUST_CHECK;

/* From now on what comes by this queue goes to sock, where it waits until
 * somebody looks; until the last descriptor of sock is closed.  Returns 0 or SEK_ESYS. */
int xdp_socket_join(const struct xdp_hook *h, unsigned queue, int sock) MUST_CHECK;

/* sys/xdp_filter.c: the program.  Returns its descriptor or SEK_ESYS. */
int xdp_filter_load(int map, const struct conf_listen *at, size_t n) MUST_CHECK;
