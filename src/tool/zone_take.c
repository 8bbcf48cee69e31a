#include "tool/zone_take.h"

#include <string.h>

#include "base/i18n.h"
#include "fact/returncode.h"

static const struct { const struct zone_reader *r; size_t n; } readers[] = {
	{ zone_readers_rbldnsd, ZONE_READERS_RBLDNSD }, { &zone_reader_master, 1 },
	{ &zone_reader_rpz, 1 }, { zone_readers_rows, ZONE_READERS_ROWS },
};

const struct zone_reader *
zone_reader_of(const char *name)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		for (size_t j = 0; j < readers[i].n; j++)
			if (strcmp(readers[i].r[j].name, name) == 0)
				return &readers[i].r[j];
	return NULL;
}

/* Returns 0 and the code to add with; 1: the entry is left out. */
static int
find_code(unsigned *code, struct zone_take *t, const uint8_t *a)
{
	int is = a == NULL ? ZONE_EXCEPT : zone_code(t->codes, a);

	*code = (unsigned)is;
	if (is == ZONE_CODE_NONE) {
		snprintf(t->room, sizeof(t->room), _("no code for the A value "
		    "%u.%u.%u.%u; give it one, as in --code %u.%u.%u.%u=2"),
		    a[0], a[1], a[2], a[3], a[0], a[1], a[2], a[3]);
		t->why = t->room;
		return SEK_EPARSE;
	}
	if (a != NULL && is == ZONE_CODE_OUT) {
		t->left_out++;
		return 1;
	}
	return 0;
}

static int
taken(struct zone_take *t, unsigned code, int err)
{
	if (err == 0) {
		t->entries++;
		t->by_code[code]++;
	}
	if (err != SEK_ELIMIT)
		return err;
	snprintf(t->room, sizeof(t->room), _("the range is more than %d pieces "
	    "(addresses, /24, /64), or holds all of IPv4"), (int)ZONE_PIECES);
	t->why = t->room;
	return SEK_EPARSE;
}

int
zone_take_range(struct zone_take *t, unsigned set, const uint8_t *a,
    uint32_t first, uint32_t last, unsigned len)
{
	unsigned code;
	int rc = find_code(&code, t, a);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	return taken(t, code, zone_pile_add4(t->pile, set, code, first, last, len));
}

int
zone_take_net(struct zone_take *t, unsigned set, const uint8_t *a,
    const struct net *net)
{
	unsigned code;
	int rc = find_code(&code, t, a);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	return taken(t, code, zone_pile_add(t->pile, set, code, net));
}

/* A text that we would write for net too. */
static bool
is_ours(const struct zone_take *t, unsigned code, const struct net *net,
    struct str text)
{
	const struct str url = t->meta->zone.url;
	bool lab = (t->meta->head.flags & SNAPSHOT_LAB) != 0;
	const struct addr test = addr_v4(127, 0, 0, 2);
	struct net range = snapshot_range(&net->addr);
	char room[RETURNCODE_TEXT];

	if (addr_eq(&net->addr, &test))
		return str_eq(text, (struct str){ room,
		    returncode_write_test(room, lab) });
	if (net->len < 128)
		return str_eq(text, (struct str){ room,
		    returncode_write_range(room, code, net, url, lab) });
	return str_eq(text, (struct str){ room,
	    returncode_write(room, code, &net->addr, url, lab) }) ||
	    str_eq(text, (struct str){ room,
	    returncode_write_except(room, &range, lab) });
}

/* Where there is no room for the page, the text of a range ends in the URL. */
static void
look_for_url(struct zone_take *t, struct str text)
{
	while (str_find(text, ' ') >= 0)
		str_cut(&text, ' ');
	if (text.n > 0 && text.p[text.n - 1] == '/')
		(void)zone_meta_url(t->meta, text);
}

void
zone_take_text(struct zone_take *t, unsigned code, const struct net *net,
    struct str text)
{
	char addr[ADDR_TEXT];

	addr_text(addr, &net->addr);
	zone_meta_text(t->meta, text, str_of(addr));
	if (net->len < 128 && t->meta->zone.url.n == 0)
		look_for_url(t, text);
	t->texts += !is_ours(t, code, net, text);
}

int
zone_take_entry(struct master_line *out, struct master_state *file,
    struct zone_take *t, struct str line)
{
	int err = master_line_read(out, file, line, &t->why);

	if (err < 0)
		t->why = _(t->why);
	return err;
}

int
zone_take_soa(struct zone_soa *s, struct zone_take *t,
    const struct dns_record *r, bool main)
{
	if (s->primary.len > 0 && s->serial != r->soa[0]) {
		t->why = _("another serial than in the SOA before: these zones "
		    "are not of one moment");
		return SEK_EPARSE;
	}
	s->serial = r->soa[0];
	if (s->primary.len == 0 || main)
		s->primary = r->name;
	zone_meta_soa(t->meta, &r->mbox, r->soa, r->ttl_s);
	return 0;
}

void
zone_take_primary(const struct zone_soa *s, struct zone_take *t)
{
	if (s->primary.len > 0)
		zone_meta_primary(t->meta, &s->primary);
}
