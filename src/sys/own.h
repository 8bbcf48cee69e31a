#pragma once
/* sys/own.h -- the addresses of this machine.
 *
 * Whoever runs a command on the server itself is its owner (architecture 1.1).
 * Asked before a sandbox is entered; loopback and every interface count, of
 * which special-use ones are refused elsewhere anyway. */

#include "wire/addr.h"

enum { OWN_MAX = 64 };

/* Writes at most OWN_MAX addresses; returns how many, 0 when the kernel does
 * not say. */
size_t own_addresses(struct addr out[OWN_MAX]);
