#pragma once
/* tool/batch_ask.h -- what the keeper is asked about one target of a list. */

#include "tool/probe_args.h"

/* The text of a request, to be freed; NULL: no memory.
 * name   of the target, as it stands in the list; named: addr was found by it
 * since  when the list was begun that this goes on with, or 0 */
char *batch_ask(const struct probe_args *a, const char *name, bool named,
    const struct addr *addr, uint16_t port, int64_t since);
