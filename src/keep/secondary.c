#include "keep/secondary.h"

#include "keep/doctor.h"

void
secondary_verb(struct request *r)
{
	const struct conf *c = r->keep->conf;

	request_answer(r, json_pack("{ss sb ss so ss sb}", "zone", c->zone,
	    "out", (int)c->out_zone, "catalog", c->catalog,
	    "dns", doctor_listens(c->dns, c->n_dns), "keys", c->transfer_keys,
	    "nokey", (int)c->transfer_nokey));
}
