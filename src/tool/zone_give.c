#include "tool/zone_give.h"

#include <string.h>

#include "fact/returncode.h"
#include "tool/master.h"

static int
give_master(struct zone_give *g)
{
	return master_write(g->out, &g->s, g->which, g->now, &g->records);
}

static const struct zone_form forms[] = {
	{ "master", false, give_master },
	{ "rbldnsd", true, zone_give_rbldnsd },
	{ "rpz", false, zone_give_rpz },
	{ "csv", false, zone_give_csv },
	{ "jsonl", false, zone_give_jsonl },
};

const struct zone_form *
zone_form_of(const char *name)
{
	if (name == NULL)
		return &forms[0];
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	return NULL;
}

unsigned
zone_give_code(enum answer_zone which)
{
	return which == ANSWER_OUT ? RETURNCODE_EXIT : RETURNCODE_ENTRY;
}

void
zone_give_start(struct snapshot_cursor *c, const struct zone_give *g, unsigned code)
{
	static const struct snapshot_view nothing;
	static const struct snapshot emptied = { &nothing, NULL };

	snapshot_cursor_start(c, snapshot_emptied(&g->s) ? &emptied : &g->s, code);
}

size_t
zone_give_text(char out[], const struct zone_give *g,
    const struct snapshot_entry *e)
{
	const struct str url = g->s.base->zone.url;
	bool lab = (snapshot_now(&g->s)->flags & SNAPSHOT_LAB) != 0;
	struct net net = snapshot_entry_net(e);

	if (e->form == SNAPSHOT_ADDRESS)
		return returncode_write(out, e->code, &e->addr, url, lab);
	if (e->form == SNAPSHOT_RANGE)
		return returncode_write_range(out, e->code, &net, url, lab);
	net = snapshot_range(&e->addr);
	return returncode_write_except(out, &net, lab);
}
