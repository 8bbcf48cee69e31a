/* Response policy zones: every trigger that is an address is an entry, or an
 * exception where it lets pass.  One file is ZONE's, or out.ZONE's; which, its
 * SOA says: rpz.ZONE, rpz.out.ZONE. */

#include <string.h>

#include "base/i18n.h"
#include "fact/returncode.h"
#include "tool/zone_take.h"
#include "wire/master_line.h"
#include "wire/rpz.h"

struct state {
	bool			 fresh;		/* a file begins */
	struct master_state	 file;
	struct master_line	 line;
	struct dns_name		 apex;		/* len 0: no SOA yet in this file */
	struct zone_soa		 soa;
	bool			 out;
};

static void
begin(void *state, const struct zone_reader *r)
{
	(void)r;
	((struct state *)state)->fresh = true;
}

static int
refuse(struct zone_take *t, const char *why)
{
	t->why = why;
	return SEK_EPARSE;
}

/* What is below the first label; name itself if that is another one. */
static struct dns_name
without(const struct dns_name *name, struct str label)
{
	struct dns_name rest = *name;
	size_t n = name->o[0];

	if (n + 2 > name->len || !str_ieq((struct str){ (const char *)name->o + 1,
	    n }, label))
		return rest;
	rest.len = (uint8_t)(name->len - n - 1);
	memcpy(rest.o, name->o + n + 1, rest.len);
	return rest;
}

/* Which zone is it a policy of? */
static void
find_zone(struct state *s, struct zone_take *t)
{
	struct dns_name *zone = &t->meta->zone.zone;
	struct dns_name of = without(&s->apex, STR("rpz"));
	struct dns_name exits = without(&of, STR("out"));

	if (zone->len == 0)
		*zone = of;
	s->out = !dns_name_eq(&exits, &of) && dns_name_eq(&exits, zone);
}

static int
take_soa(struct state *s, struct zone_take *t)
{
	const struct dns_record *r = &s->line.r;

	if (s->apex.len > 0 && !dns_name_eq(&s->apex, &r->owner))
		return refuse(t, _("a second zone in one file"));
	s->apex = r->owner;
	find_zone(s, t);
	if (s->out)
		t->meta->head.flags |= SNAPSHOT_OUT;
	return zone_take_soa(&s->soa, t, r, !s->out);
}

static int
take_apex(struct state *s, struct zone_take *t)
{
	const struct dns_record *r = &s->line.r;
	char room[MASTER_TEXT];
	struct str text = { room, 0 };

	if (r->type == DNS_NS)
		zone_meta_ns(t->meta, &r->name);
	else if (r->type == DNS_TXT && dns_txt_join(room, sizeof(room), &text.n, r) == 0)
		zone_meta_status(t->meta, text);
	else
		t->others++;
	return 0;
}

static int
take_trigger(struct state *s, struct zone_take *t, size_t above)
{
	const struct addr a = addr_v4(127, 0, 0, s->out ? RETURNCODE_EXIT : RETURNCODE_ENTRY);
	enum rpz_action action = rpz_action(&s->line.r.name);
	struct net net;

	switch (rpz_read(&net, &s->line.r.owner, above)) {
	case RPZ_BROKEN:
		return refuse(t, _("no address or prefix in front of rpz-client-ip or rpz-ip"));
	case RPZ_CLIENT_IP:
	case RPZ_IP:
		if (action != RPZ_OTHER)
			return zone_take_net(t, s->out, action == RPZ_PASS ? NULL : a.o + 12, &net);
		break;
	case RPZ_NONE:
		break;
	}
	t->others++;
	return 0;
}

static int
take_record(struct state *s, struct zone_take *t)
{
	const struct dns_record *r = &s->line.r;
	size_t above = 0;

	if (s->line.kind == MASTER_RECORD && r->type == DNS_SOA)
		return take_soa(s, t);
	if (s->apex.len == 0)
		return refuse(t, _("a record before the SOA"));
	if (!dns_name_below(&r->owner, &s->apex, &above))
		return refuse(t, _("a name of another zone"));
	if (above == 0)
		return take_apex(s, t);
	if (r->type == DNS_CNAME)
		return take_trigger(s, t, above);
	t->others++;
	return 0;
}

static int
line(void *state, struct zone_take *t, struct str text)
{
	struct state *s = state;
	int err;

	if (s->fresh) {
		s->file = (struct master_state){ .origin = t->meta->zone.zone };
		s->apex.len = 0;
	}
	s->fresh = false;
	err = zone_take_entry(&s->line, &s->file, t, text);
	if (err != 0)
		return err;
	return s->line.kind == MASTER_EMPTY ? 0 : take_record(s, t);
}

static int
end(void *state, struct zone_take *t)
{
	zone_take_primary(&((struct state *)state)->soa, t);
	return 0;
}

const struct zone_reader zone_reader_rpz = {
	"rpz", sizeof(struct state), begin, line, end, 0
};
