#pragma once
/* sys/peer.h -- the address of who was accepted. */

#include "wire/addr.h"

struct sockaddr_storage;

/* Of accept4(2): IPv4 in its mapped form; :: for another family. */
struct addr peer_addr(const struct sockaddr_storage *ss);
