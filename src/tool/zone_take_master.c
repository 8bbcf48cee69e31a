/* Master files: ZONE, and out.ZONE as a zone of its own or inside.  in.ZONE says
 * the same as ZONE and is passed over. */

#include <string.h>

#include "base/i18n.h"
#include "fact/returncode.h"
#include "tool/zone_name.h"
#include "tool/zone_take.h"
#include "wire/master_line.h"

enum part {
	PART_MAIN, PART_OUT,	/* sets of the pile */
	PART_KNOWN,		/* says what is said elsewhere: in.ZONE, test entries */
	PART_NONE,		/* of another zone */
};

struct state {
	bool			 fresh;		/* a file begins */
	struct master_state	 file;
	struct master_line	 line;
	struct zone_soa		 soa;
	/* the owner of the record before, and what it is */
	struct dns_name		 owner;
	enum part		 part;
	size_t			 above;		/* octets of it above ZONE or out.ZONE */
	enum zone_name_is	 is;
	struct net		 net;
	bool			 listed;	/* has an A record */
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

/* The owner's records are all read, where a zone keeps them together. */
static int
leave_owner(struct state *s, struct zone_take *t)
{
	bool except = s->owner.len > 0 && s->part <= PART_OUT &&
	    s->is == ZONE_NAME_ADDRESS && !s->listed;

	s->owner.len = 0;
	if (!except)
		return 0;
	t->entries++;
	t->by_code[ZONE_EXCEPT]++;
	return zone_pile_name(t->pile, (unsigned)s->part, &s->net.addr);
}

/* The label nearest to ZONE tells the part. */
static void
find_part(struct state *s, const struct dns_name *zone)
{
	size_t last = 0, at = 0;
	struct str label;

	s->part = PART_NONE;
	s->above = 0;
	if (!dns_name_below(&s->owner, zone, &s->above))
		return;
	for (; at < s->above; at += s->owner.o[at] + 1u)
		last = at;
	label = (struct str){ (const char *)s->owner.o + last + 1, s->owner.o[last] };
	s->part = PART_MAIN;
	if (s->above > 0 && str_ieq(label, STR("out"))) {
		s->part = PART_OUT;
		s->above = last;
	} else if (s->above > 0 && str_ieq(label, STR("in"))) {
		s->part = PART_KNOWN;
	}
}

/* Both families have one of RFC 5782 5. */
static bool
is_test(const struct state *s)
{
	const struct addr test = addr_v4(127, 0, 0, 2);

	return (s->is == ZONE_NAME_ADDRESS || s->is == ZONE_NAME_MAPPED) &&
	    addr_eq(&s->net.addr, &test);
}

static int
enter_owner(struct state *s, struct zone_take *t)
{
	int err;

	if (s->owner.len > 0 && dns_name_eq(&s->owner, &s->line.r.owner))
		return 0;
	err = leave_owner(s, t);
	if (err != 0)
		return err;
	s->owner = s->line.r.owner;
	s->listed = false;
	find_part(s, &t->meta->zone.zone);
	s->is = zone_name_read(&s->net, &s->owner, s->above);
	if (s->part <= PART_OUT && is_test(s))
		s->part = PART_KNOWN;
	return 0;
}

/* Records ---------------------------------------------------------------- */

static int
take_soa(struct state *s, struct zone_take *t)
{
	const struct dns_record *r = &s->line.r;

	if (s->part > PART_OUT || s->above > 0)
		return refuse(t, _("an SOA of another zone: --zone, or the files "
		    "before, say which one it is"));
	if (s->part == PART_OUT)
		t->meta->head.flags |= SNAPSHOT_OUT;
	return zone_take_soa(&s->soa, t, r, s->part == PART_MAIN);
}

static bool
is_wide(const struct net *net)
{
	return net->len < (addr_is_v4(&net->addr) ? SNAPSHOT_RANGE_V4 : SNAPSHOT_RANGE_V6);
}

static int
take_a(struct state *s, struct zone_take *t)
{
	const struct dns_record *r = &s->line.r;

	if (s->is == ZONE_NAME_OTHER) {
		zone_meta_host(t->meta, &r->owner, &r->addr);
		return 0;
	}
	if (s->is == ZONE_NAME_MAPPED) {
		t->others++;
		return 0;
	}
	if (s->is == ZONE_NAME_WILDCARD && is_wide(&s->net))
		return refuse(t, _("a wildcard above a /24 (IPv6: /64): nobody has "
		    "proved so much"));
	s->listed = true;
	return zone_take_net(t, (unsigned)s->part, r->addr.o + 12, &s->net);
}

static int
take_aaaa(struct state *s, struct zone_take *t)
{
	if (s->is == ZONE_NAME_OTHER)
		zone_meta_host(t->meta, &s->line.r.owner, &s->line.r.addr);
	else
		t->others++;
	return 0;
}

static bool
is_status(const struct state *s)
{
	static const uint8_t label[] = "\7_status";

	return s->part == PART_MAIN && s->above == sizeof(label) - 1 &&
	    memcmp(s->owner.o, label, sizeof(label) - 1) == 0;
}

static int
take_txt(struct state *s, struct zone_take *t)
{
	unsigned code = s->part == PART_OUT ? RETURNCODE_EXIT : RETURNCODE_ENTRY;
	char room[MASTER_TEXT];
	struct str text = { room, 0 };

	if (dns_txt_join(room, sizeof(room), &text.n, &s->line.r) != 0)
		return 0;	/* as long as no text of ours */
	if (is_status(s))
		zone_meta_status(t->meta, text);
	else if (s->is == ZONE_NAME_ADDRESS || s->is == ZONE_NAME_WILDCARD)
		zone_take_text(t, code, &s->net, text);
	else
		t->others++;
	return 0;
}

static int
take_ns(struct state *s, struct zone_take *t)
{
	if (s->above > 0)
		t->others++;
	else if (s->part == PART_MAIN)
		zone_meta_ns(t->meta, &s->line.r.name);
	return 0;
}

static const struct {
	uint16_t	type;
	int		(*take)(struct state *s, struct zone_take *t);
} takes[] = {
	{ DNS_A, take_a }, { DNS_TXT, take_txt }, { DNS_AAAA, take_aaaa }, { DNS_NS, take_ns },
};

static int
take_record(struct state *s, struct zone_take *t)
{
	struct dns_name *zone = &t->meta->zone.zone;
	bool soa = s->line.r.type == DNS_SOA;
	int err;

	if (zone->len == 0 && !soa)
		return refuse(t, _("a record before the SOA, which names the zone: "
		    "name it with --zone"));
	if (zone->len == 0)
		*zone = s->line.r.owner;
	err = enter_owner(s, t);
	if (err != 0)
		return err;
	if (soa)
		return take_soa(s, t);
	if (s->part == PART_KNOWN)
		return 0;
	for (size_t i = 0; s->part != PART_NONE && i < sizeof(takes) / sizeof(takes[0]); i++)
		if (takes[i].type == s->line.r.type)
			return takes[i].take(s, t);
	t->others++;
	return 0;
}

static int
line(void *state, struct zone_take *t, struct str text)
{
	struct state *s = state;
	int err;

	if (s->fresh)
		s->file = (struct master_state){ .origin = t->meta->zone.zone };
	s->fresh = false;
	err = zone_take_entry(&s->line, &s->file, t, text);
	if (err != 0)
		return err;
	return s->line.kind == MASTER_EMPTY ? 0 : take_record(s, t);
}

static int
end(void *state, struct zone_take *t)
{
	struct state *s = state;

	zone_take_primary(&s->soa, t);
	return leave_owner(s, t);
}

const struct zone_reader zone_reader_master = {
	"master", sizeof(struct state), begin, line, end, 0
};
