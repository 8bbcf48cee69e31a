#pragma once
/* tool/account_follow.h -- the child of `sekimori account --follow`, after it has
 * read what there was: goes on with what is added. */

#include "account/read.h"
#include "tool/account_child.h"

/* Reads on until it is asked to stop, or nothing can come any more.  in gets a
 * file more each time a log begins anew.  Returns 0, SEK_ENOMEM, SEK_ESYS. */
int account_follow(const struct account_child *c, struct account_reading *in,
    const struct account_own *own) MUST_CHECK;
