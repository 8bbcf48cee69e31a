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

/* A number of this boot of the machine, below 2^63; 0 when the kernel does not
 * say.  What CLOCK_MONOTONIC counts means something within one boot only. */
uint64_t own_boot(void);
