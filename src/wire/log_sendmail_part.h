#pragma once
/* wire/log_sendmail_part.h -- what the files of Sendmail's grammar share; its
 * rules stand in log_sendmail.c. */

#include "wire/mail_event.h"

/* "host [address] (may be forged)", "user@localhost" into client or user. */
void log_sendmail_client(struct mail_event *e, struct str who);

/* The rest of a line behind to=. */
void log_sendmail_to(struct mail_event *e, struct str s);
