#pragma once
/* keep/receipt.h -- mails that reached the probe mailbox; the only writer of
 * `receipt`.
 *
 * What counts is decided here, after relay-tests section 6: the token in the
 * envelope recipient, its MAC, its attempt, its time, the letter itself, and
 * the way it took. */

#include "keep/keep.h"

int receipt_open(struct keep *k) MUST_CHECK;
void receipt_close(struct keep *k);

/* MSG_RCPT, MSG_MAIL, MSG_MAIL_PART, MSG_MAIL_END, MSG_MAIL_DROP of the receive role. */
void receipt_message(struct keep *k, struct frame *f);

/* The receive role died: half mails are dropped (their senders got no 250). */
void receipt_lost(struct keep *k);
