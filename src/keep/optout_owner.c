#include "keep/optout_owner.h"

#include <stdio.h>

#include "keep/asker.h"
#include "keep/nominate.h"
#include "keep/optouts.h"
#include "keep/verbs.h"
#include "keep/visit.h"

enum { AGAIN_S = 3600 };

/* A CSIRT speaks for no owner. */
static bool
may_opt_out(const struct visitor *v)
{
	return v->role == ROLE_OWNER || v->role == ROLE_OPERATOR ||
	    (v->role == ROLE_CSIRT && v->method != PROOF_NONE);
}

static int
opt_out(struct request *r, const struct visitor *v, struct str reason)
{
	struct net n = { v->addr, 128 }, from = { asker_net(&v->asker),
	    addr_is_v4(&v->asker) ? 120 : 64 };
	char net[NET_TEXT], who[TEXT_WHO], proof[64];

	net_text(net, &from);
	snprintf(proof, sizeof(proof), "owner, by %s", proof_name(v->method));
	if (v->role == ROLE_OPERATOR)
		snprintf(who, sizeof(who), "%s", r->who);
	else
		snprintf(who, sizeof(who), "visitor of %s", net);
	return nominate_optout(r->keep, &n, str_of(proof), reason, str_of(who));
}

/* Said within the hour already?  1, 0, or an error: rows stay for ever. */
static int
said_lately(struct request *r, const struct visitor *v)
{
	struct wall made;
	int opted = optouts_find(r->keep, &v->addr, &made);

	return opted != 1 ? opted : keep_now(r->keep).s - made.s < AGAIN_S;
}

void
optout_owner_verb(struct request *r)
{
	struct str reason = str_trim(verb_member(r, "reason"));
	struct visitor v;
	int err;

	if (!visit_read(&v, r))
		return;
	if (!may_opt_out(&v)) {
		verb_refuse(r, "owner-not-proved");
		return;
	}
	if (reason.n == 0 || reason.n > TEXT_REASON) {
		verb_refuse(r, "no-reason");
		return;
	}
	err = said_lately(r, &v);
	if (err == 0)
		err = opt_out(r, &v, reason);
	else if (err > 0)
		err = 0;
	if (err != 0)
		verb_fail_store(r, err);
	else
		request_done(r, 0, NULL);
}
