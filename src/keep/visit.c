#include "keep/visit.h"

#include "keep/apikey.h"
#include "keep/asker.h"
#include "keep/quota.h"
#include "keep/verbs.h"

static const char *const role_names[ROLE_N] = {
	[ROLE_PUBLIC] = "public", [ROLE_OWNER] = "owner", [ROLE_CSIRT] = "csirt",
	[ROLE_OPERATOR] = "operator",
};

const char *
visit_role_name(enum role role)
{
	return role_names[role];
}

/* web must say for whom it asks, or the caps would count nothing. */
static bool
read_asker(struct visitor *v, struct request *r)
{
	struct str asker = verb_member(r, "asker");

	v->asker = addr_none;
	if (asker.n == 0 && !r->web)
		return true;
	if (addr_parse(&v->asker, asker) == 0 && !addr_is_none(&v->asker))
		return true;
	request_fail(r, EXIT_USAGE, "bad-request", "asker is missing or not an address");
	return false;
}

/* A key that does not hold is told, since its script would go on in the dark. */
static bool
read_key(struct visitor *v, struct request *r)
{
	struct str key = verb_member(r, "key");
	int holds = key.n == 0 ? 0 : apikey_holds(r->keep, key);

	if (holds < 0) {
		verb_fail_store(r, holds);
		return false;
	}
	if (key.n > 0 && holds == 0) {
		request_fail(r, EXIT_NOPERM, "bad-key", "the API key is unknown, "
		    "revoked or over: ask the operator for another");
		return false;
	}
	if (holds > 0)
		v->role = ROLE_CSIRT;
	return true;
}

bool
visit_read_asker(struct visitor *v, struct request *r)
{
	*v = (struct visitor){ .role = r->web ? ROLE_PUBLIC : ROLE_OPERATOR };
	if (!read_asker(v, r))
		return false;
	return !r->web || read_key(v, r);
}

bool
visit_read_for(struct visitor *v, struct request *r, const struct addr *a)
{
	if (!visit_read_asker(v, r))
		return false;
	v->addr = *a;
	v->own = addr_eq(&v->addr, &v->asker) && !addr_is_none(a);
	if (!grant_holds(r->keep, verb_member(r, "grant"), a, &v->method, &v->until)) {
		v->method = PROOF_NONE;
		v->until = (struct wall){ 0 };
	} else if (v->role == ROLE_PUBLIC)
		v->role = ROLE_OWNER;
	return true;
}

bool
visit_read(struct visitor *v, struct request *r)
{
	struct addr a;

	if (addr_parse(&a, verb_member(r, "addr")) == 0)
		return visit_read_for(v, r, &a);
	request_fail(r, EXIT_USAGE, "bad-addr", "addr is not an address: "
	    "give it as 192.0.2.25 or 2001:db8::25");
	return false;
}

enum role
visit_role(const struct visitor *v, struct wall now)
{
	return v->role == ROLE_OWNER && v->until.s <= now.s ? ROLE_PUBLIC : v->role;
}

bool
visit_may_resolve(const struct visitor *v, struct request *r)
{
	struct addr net = asker_net(&v->asker);
	int64_t wait = v->role >= ROLE_CSIRT ? 0 : quota_take(r->keep, &net);

	if (wait > 0)
		request_fail_with(r, EXIT_TEMPFAIL, "asker-limit", "retry_after",
		    json_integer(wait), "too many names were looked up for you: ask "
		    "again later");
	return wait == 0;
}

bool
visit_proved(const struct visitor *v)
{
	return v->role > ROLE_OWNER ||
	    (v->role == ROLE_OWNER && v->method != PROOF_SOURCE);
}
