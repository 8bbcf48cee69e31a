#pragma once
/* keep/queued.h -- the answer to a nomination, once it is on disk. */

#include "keep/control.h"
#include "keep/nominate.h"

/* Tells r what was queued (n but for the address; addrs, at most
 * MESSAGE_ADDRS) after the commit, and then ends it; where it follows, it does
 * so at once: a control letter may fail before.  Many that come together share
 * one commit.  After the keep_done() of that write; r may be gone. */
void queued_answer(struct request *r, const struct nomination *n,
    const struct addr *addrs, size_t count);
