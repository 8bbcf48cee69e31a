#include "tool/zone_take.h"

#include <string.h>

#include "base/i18n.h"

const struct zone_reader *
zone_reader_of(const char *name)
{
	for (size_t i = 0; i < sizeof(zone_readers_rbldnsd) / sizeof(zone_readers_rbldnsd[0]); i++)
		if (strcmp(zone_readers_rbldnsd[i].name, name) == 0)
			return &zone_readers_rbldnsd[i];
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
