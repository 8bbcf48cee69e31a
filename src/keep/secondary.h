#pragma once
/* keep/secondary.h -- what a secondary's operator has to know of the
 * configuration: `sekimori zone secondary` asks for it.  No secret is in it. */

#include "keep/control.h"

/* Request of the control socket (sekimori.control(7)). */
void secondary_verb(struct request *r);
