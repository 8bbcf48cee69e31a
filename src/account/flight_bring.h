#pragma once
/* account/flight_bring.h -- what a line needs of its message, asked of memory
 * while the line is read.
 *
 * A record is known by its id's hash, its recipient by the record, the address
 * by the recipient: each a place anywhere in memory, so one after the other. */

#include "account/flight.h"

/* Asks memory for the record of an id that is to be looked for soon.  Returns
 * its number, if it is that one, or FLIGHT_NONE. */
static inline uint32_t
flight_bring(const struct flights *fs, uint64_t id)
{
	uint32_t i = fs->slots == 0 ? FLIGHT_NONE : fs->by_id[id & (fs->slots - 1)];

	if (i != FLIGHT_NONE)
		__builtin_prefetch(&fs->f[i], 1);
	return i;
}

/* A while later: for its recipient that is probably told of next. */
static inline void
flight_bring_rcpt(const struct flight *f)
{
	if (f->cap == 0)
		return;
	__builtin_prefetch(&f->rcpt[f->guess], 1);
	__builtin_prefetch((const char *)&f->rcpt[f->guess] + FLIGHT_LINE, 1);
}

/* And again: for its address. */
static inline void
flight_bring_address(const struct flight *f)
{
	if (f->guess < f->n)
		__builtin_prefetch(f->text + f->rcpt[f->guess].address.at);
}
