#pragma once
/* sys/control_socket.h -- where the commands reach the keeper.
 *
 * An AF_UNIX SOCK_SEQPACKET socket at control.socket, or `control` in
 * state.dir; mode 0660, owned by role.user where there is root. */

#include "sys/conf.h"

/* Listens there, before the sandbox.  A socket that a dead keeper left is
 * replaced; one that somebody answers on is not.  Returns the descriptor, or
 * SEK_ESYS with errno: EADDRINUSE (another daemon runs there), ENAMETOOLONG, ... */
int control_listen_at(const struct conf *c) MUST_CHECK;
