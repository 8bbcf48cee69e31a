#include "tool/batch_ask.h"

#include "keep/candidate.h"
#include "sys/json_put.h"
#include "tool/json.h"

char *
batch_ask(const struct probe_args *a, const char *name, bool named,
    const struct addr *addr, uint16_t port, int64_t since)
{
	char target[ADDR_TEXT];
	int err = 0;
	json_t *o;
	char *text;

	addr_text(target, addr);
	o = json_pack("{ss ss si ss ss sb sb sI ss*}", "verb", "nominate", "target",
	    target, "port", (int)port, "basis", a->basis, "reason",
	    a->reason != NULL ? a->reason : "sekimori probe -f, run by hand",
	    "follow", 1, "quiet", 1, "wait_s", (json_int_t)a->wait_s, "depth", a->depth);
	if (named && candidate_domain(str_of(name)))
		json_put(o, "host", json_string(name), &err);
	if (since > 0)
		json_put(o, "since", json_integer(since), &err);
	if (a->every)
		json_put(o, "all", json_true(), &err);
	if (a->domains.n > 0)
		json_put(o, "domains", tool_json_list(a->domains.v, a->domains.n), &err);
	o = json_put_end(o, err);
	text = o == NULL ? NULL : json_put_text(o);
	json_decref(o);
	return text;
}
