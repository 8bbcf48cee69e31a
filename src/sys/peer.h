#pragma once
/* sys/peer.h -- addresses of sockets: of who was accepted, and back. */

#include <sys/socket.h>

#include "wire/addr.h"

/* Of accept4(2): IPv4 in its mapped form; :: for another family. */
struct addr peer_addr(const struct sockaddr_storage *ss);
uint16_t peer_port(const struct sockaddr_storage *ss);	/* 0 for another family */

/* Fills *ss, IPv4 as AF_INET.  Returns its octets. */
socklen_t peer_sockaddr(struct sockaddr_storage *ss, const struct addr *a,
    uint16_t port);
