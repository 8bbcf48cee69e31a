#pragma once
/* keep/show.h -- the requests that only read. */

#include "keep/control.h"

int show_open(struct keep *k) MUST_CHECK;
void show_close(struct keep *k);

void show_addr(struct request *r);
void show_at(struct request *r);
void show_status(struct request *r);
void show_journal(struct request *r);
void show_base(struct request *r);

/* Ends the request with the last verdict of an address, or with that one, as a
 * result that is used again. */
void show_verdict(struct request *r, const struct verdict_row *v);
void show_last_verdict(struct request *r, const struct addr *a);

json_t *show_serial(struct keep *k);	/* {"serial": N} */
