/* CSV and JSON lines, as exports write them: columns and members are known by
 * their names, those of others are passed over, and only ip (or network) must
 * be there. */

#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "fact/returncode.h"
#include "tool/json.h"
#include "tool/zone_take.h"
#include "wire/csv_line.h"

enum column {
	COL_TIMESTAMP, COL_IP, COL_NETWORK, COL_STATE, COL_CODE, COL_TEXT, COL_PAGE,
	COL_ZONE, COL_SERIAL, COLUMNS,
};

static const char *const names[COLUMNS] = {
	[COL_TIMESTAMP] = "timestamp", [COL_IP] = "ip", [COL_NETWORK] = "network",
	[COL_STATE] = "state", [COL_CODE] = "return_code", [COL_TEXT] = "text",
	[COL_PAGE] = "page", [COL_ZONE] = "zone", [COL_SERIAL] = "serial",
};

struct state {
	bool		headed;		/* the line of names was read */
	uint8_t		at[COLUMNS];	/* CSV: 1 + its field, 0 none */
	struct csv_line	line;
};

static void
begin(void *state, const struct zone_reader *r)
{
	(void)r;
	((struct state *)state)->headed = false;
}

static int
refuse(struct zone_take *t, const char *why)
{
	t->why = why;
	return SEK_EPARSE;
}

/* Zone, serial and time of the first row that says them. */
static int
take_said(struct zone_take *t, const struct str row[COLUMNS], struct str zone)
{
	struct wall made;
	uint64_t serial;

	if (zone.n > 0 && t->meta->zone.zone.len == 0 &&
	    dns_name_read_text(&t->meta->zone.zone, zone, NULL) != 0)
		return refuse(t, _("zone is no domain name"));
	if (t->meta->head.serial == 0 && row[COL_SERIAL].n > 0) {
		if (str_u64(&serial, row[COL_SERIAL], UINT32_MAX) != 0)
			return refuse(t, _("serial is no number"));
		t->meta->head.serial = (uint32_t)serial;
	}
	if (t->meta->head.made_s == 0 && row[COL_TIMESTAMP].n > 0) {
		if (wall_parse(&made, row[COL_TIMESTAMP]) != 0)
			return refuse(t, _("timestamp is not like 2026-11-27T12:00:00Z"));
		t->meta->head.made_s = made.s;
	}
	return 0;
}

/* "out." is the zone of the exits, whose code the row then has or leaves out. */
static int
read_code(struct addr *a, struct str *zone, struct zone_take *t,
    const struct str row[COLUMNS])
{
	bool out = str_istarts(row[COL_ZONE], STR("out."));

	*zone = row[COL_ZONE];
	*a = addr_v4(127, 0, 0, out ? RETURNCODE_EXIT : RETURNCODE_ENTRY);
	if (row[COL_CODE].n > 0 && (addr_parse(a, row[COL_CODE]) != 0 || !addr_is_v4(a)))
		return refuse(t, _("return_code is no IPv4 address"));
	if (out && a->o[15] == RETURNCODE_EXIT)
		str_cut(zone, '.');
	return 0;
}

static int
read_net(struct net *net, struct zone_take *t, const struct str row[COLUMNS])
{
	struct str where = row[COL_NETWORK].n > 0 ? row[COL_NETWORK] : row[COL_IP];

	return net_parse(net, where) == 0 ? 0 :
	    refuse(t, _("neither ip nor network is an address or a prefix"));
}

/* False: the state is none that we know. */
static bool
read_state(bool *listed, struct str state)
{
	*listed = state.n == 0 || str_eq(state, STR("listed"));
	return *listed || str_eq(state, STR("excepted"));
}

static int
take_row(struct zone_take *t, const struct str row[COLUMNS])
{
	struct str zone;
	struct addr a;
	struct net net;
	bool listed, out;
	int err = read_code(&a, &zone, t, row);

	if (err == 0)
		err = take_said(t, row, zone);
	if (err == 0)
		err = read_net(&net, t, row);
	if (err != 0)
		return err;
	if (!read_state(&listed, row[COL_STATE]))
		return refuse(t, _("state is neither listed nor excepted"));
	out = zone.n < row[COL_ZONE].n;
	zone_meta_text(t->meta, row[COL_PAGE], row[COL_IP]);
	if (row[COL_TEXT].n > 0)
		zone_take_text(t, out ? RETURNCODE_EXIT : RETURNCODE_ENTRY, &net, row[COL_TEXT]);
	return zone_take_net(t, out, listed ? a.o + 12 : NULL, &net);
}

/* CSV -------------------------------------------------------------------- */

static int
take_names(struct state *s, struct zone_take *t)
{
	memset(s->at, 0, sizeof(s->at));
	for (size_t i = 0; i < s->line.n; i++)
		for (size_t c = 0; c < COLUMNS; c++)
			if (s->at[c] == 0 && str_ieq(s->line.field[i], str_of(names[c])))
				s->at[c] = (uint8_t)(i + 1);
	s->headed = true;
	if (s->at[COL_IP] == 0 && s->at[COL_NETWORK] == 0)
		return refuse(t, _("the first line must name the columns, ip or "
		    "network among them"));
	return 0;
}

static int
csv(void *state, struct zone_take *t, struct str text)
{
	static const struct str bom = STR("\xef\xbb\xbf");
	struct str row[COLUMNS] = { { NULL, 0 } };
	struct state *s = state;
	int err;

	if (!s->headed && str_istarts(text, bom))
		text = (struct str){ text.p + bom.n, text.n - bom.n };
	err = csv_line_read(&s->line, text, &t->why);
	if (err == CSV_MORE)
		return ZONE_TAKE_MORE;
	if (err != 0)
		return refuse(t, _(t->why));
	if (!s->headed)
		return take_names(s, t);
	if (s->line.n == 1 && s->line.field[0].n == 0)
		return 0;
	for (size_t c = 0; c < COLUMNS; c++)
		if (s->at[c] > 0 && s->at[c] <= s->line.n)
			row[c] = s->line.field[s->at[c] - 1];
	return take_row(t, row);
}

/* JSON ------------------------------------------------------------------- */

static int
jsonl(void *state, struct zone_take *t, struct str text)
{
	struct str row[COLUMNS];
	char serial[sizeof("18446744073709551615")];
	json_t *o;
	int err;

	(void)state;
	if (str_trim(text).n == 0)
		return 0;
	o = tool_json_read(text);
	if (o == NULL)
		return refuse(t, _("no JSON object"));
	for (size_t c = 0; c < COLUMNS; c++)
		row[c] = str_of(tool_json_text(o, names[c]));
	if (json_is_integer(json_object_get(o, names[COL_SERIAL]))) {
		snprintf(serial, sizeof(serial), "%lld",
		    (long long)tool_json_int(o, names[COL_SERIAL]));
		row[COL_SERIAL] = str_of(serial);
	}
	err = take_row(t, row);
	json_decref(o);
	return err;
}

const struct zone_reader zone_readers_rows[ZONE_READERS_ROWS] = {
	{ "csv", sizeof(struct state), begin, csv, NULL, 0 },
	{ "jsonl", sizeof(struct state), begin, jsonl, NULL, 0 },
};
