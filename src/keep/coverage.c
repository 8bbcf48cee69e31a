#include "keep/coverage.h"

#include "fact/basis.h"
#include "fact/relaytest.h"
#include "fact/verdict.h"
#include "keep/watch.h"
#include "sys/json_put.h"

const char *
coverage_depth(const struct run *r)
{
	return r->kind == RUN_PROBE && r->depth < DEPTH_N ? depth_names[r->depth] : NULL;
}

void
coverage_put_plan(json_t *o, const struct run *r, int *err)
{
	const char *depth = r == NULL ? NULL : coverage_depth(r);

	json_put(o, "catalogue", json_integer(RELAYTEST_N), err);
	json_put(o, "depth", depth == NULL ? json_null() : json_string(depth), err);
}

int
coverage_put(json_t *o, struct keep *k, const struct verdict_row *v)
{
	struct run r;
	int err = 0, got;

	json_put(o, "verdict", json_string(verdict_name(v->verdict)), &err);
	json_put(o, "provisional", json_boolean(v->provisional), &err);
	json_put(o, "done", json_integer(v->done), &err);
	json_put(o, "total", json_integer(v->total), &err);
	json_put(o, "ports", watch_text(v->ports), &err);
	got = store_one(k->store, Q_RUN_BY_ID, ARGS(ARG_I(v->run)), &r);
	if (got < 0)
		return got;
	coverage_put_plan(o, got == 0 ? &r : NULL, &err);
	return err;
}
