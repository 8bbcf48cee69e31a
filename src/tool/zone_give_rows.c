/* Rows for people and programs: a line an entry, the same members in both. */

#include <inttypes.h>

#include "fact/returncode.h"
#include "tool/check_report.h"
#include "tool/csv_field.h"
#include "tool/json.h"
#include "tool/zone_give.h"

struct row {
	char		made[WALL_TEXT], ip[ADDR_TEXT], net[NET_TEXT];
	char		zone[DNS_NAME_TEXT + 4];
	char		text[RETURNCODE_TEXT + 1], page[SNAPSHOT_URL + 3 + ADDR_TEXT];
	const char	*state, *kind;
	unsigned	 code;
	uint32_t	 serial;
};

static const char *const kinds[] = {
	[SNAPSHOT_ADDRESS] = "address", [SNAPSHOT_RANGE] = "range",
	[SNAPSHOT_EXCEPT] = "exception",
};

/* What all rows of an export share. */
static void
start_row(struct row *r, const struct zone_give *g)
{
	const struct snapshot_head *h = snapshot_now(&g->s);
	char zone[DNS_NAME_TEXT];

	dns_name_text(zone, &g->s.base->zone.zone);
	snprintf(r->zone, sizeof(r->zone), "%s%s", g->which == ANSWER_OUT ? "out." : "", zone);
	wall_text(r->made, (struct wall){ .s = h->made_s });
	r->code = zone_give_code(g->which);
	r->serial = h->serial;
}

static void
fill_row(struct row *r, const struct zone_give *g, const struct snapshot_entry *e)
{
	struct net net = snapshot_entry_net(e);
	struct str url = g->s.base->zone.url;

	addr_text(r->ip, &e->addr);
	net_text(r->net, &net);
	r->text[zone_give_text(r->text, g, e)] = '\0';
	r->page[0] = '\0';
	if (url.n > 0)
		snprintf(r->page, sizeof(r->page), "%.*sip/%s", (int)url.n, url.p, r->ip);
	r->state = e->form == SNAPSHOT_EXCEPT ? "excepted" : "listed";
	r->kind = kinds[e->form];
}

static int
put_rows(struct zone_give *g, int (*put)(FILE *out, const struct row *r))
{
	struct snapshot_cursor c;
	struct snapshot_entry e;
	struct row r;
	int err = 0;

	start_row(&r, g);
	zone_give_start(&c, g, r.code);
	while (err == 0 && snapshot_cursor_next(&c, &e) == 0) {
		fill_row(&r, g, &e);
		err = put(g->out, &r);
		if (err == 0 && ferror(g->out))
			err = SEK_ESYS;
		g->records++;
	}
	return err == 0 && fflush(g->out) != 0 ? SEK_ESYS : err;
}

static int
put_csv(FILE *out, const struct row *r)
{
	fprintf(out, "%s,%s,%s,%s,127.0.0.%u,%s", r->made, r->ip, r->net, r->state,
	    r->code, r->kind);
	csv_field_put(out, false, str_of(r->text));
	csv_field_put(out, false, str_of(r->page));
	csv_field_put(out, false, str_of(r->zone));
	fprintf(out, ",%" PRIu32 "\r\n", r->serial);
	return 0;
}

int
zone_give_csv(struct zone_give *g)
{
	fputs("timestamp,ip,network,state,return_code,kind,text,page,zone,serial\r\n",
	    g->out);
	return put_rows(g, put_csv);
}

static int
put_json(FILE *out, const struct row *r)
{
	char code[sizeof("127.0.0.255")];
	json_t *o;

	snprintf(code, sizeof(code), "127.0.0.%u", r->code & 255);
	o = json_pack("{ss ss ss ss ss ss ss ss ss sI}", "timestamp", r->made,
	    "ip", r->ip, "network", r->net, "state", r->state, "return_code", code,
	    "kind", r->kind, "text", r->text, "page", r->page, "zone", r->zone,
	    "serial", (json_int_t)r->serial);
	if (o == NULL)
		return SEK_ENOMEM;
	tool_json_line(out, o);
	json_decref(o);
	return 0;
}

int
zone_give_jsonl(struct zone_give *g)
{
	return put_rows(g, put_json);
}
