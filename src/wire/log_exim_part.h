#pragma once
/* wire/log_exim_part.h -- what the files of Exim's grammar share; its rules
 * stand in log_exim.c. */

#include "wire/mail_event.h"

struct exim_field {
	struct str	key;	/* "" for a word without = */
	struct str	value;	/* quotes and <> off */
};

/* Takes one field with the blank in front of it; false at the end. */
bool log_exim_field(struct exim_field *f, struct str *s);

/* Is word one that stands in front of =, or alone among such? */
bool log_exim_is_key(struct str word);

/* "name (helo) [address]:port" into client, client_name and helo. */
bool log_exim_client(struct mail_event *e, struct str *s);

/* One field that arrivals and refusals have. */
void log_exim_arrival_field(struct mail_event *e, const struct exim_field *f);

/* The rest of a line behind its flag, filled into e. */
void log_exim_arrival(struct mail_event *e, struct str s);
void log_exim_sent(struct mail_event *e, struct str s);
void log_exim_failed(struct mail_event *e, struct str s);
void log_exim_deferred(struct mail_event *e, struct str s);

/* "H=... rejected what: why", "H=... Warning: ..." and the like. */
void log_exim_talk(struct mail_event *e, struct str s);

/* "driver authenticator failed for ...": true when it is one. */
bool log_exim_login_failed(struct mail_event *e, struct str s);
