/* One file of type "combined": a set a code and family, because what a set
 * excepts with "!" it excepts for all of its codes; _status and the addresses
 * of name servers in a set of type "generic", which knows no AAAA. */

#include <inttypes.h>

#include "fact/answer_cursor.h"
#include "fact/returncode.h"
#include "tool/zone_give.h"
#include "wire/rbldnsd.h"

struct set {
	unsigned	 code;
	const char	*name, *below;		/* names of subzones */
	char		 template[RBLDNSD_TEXT];
	size_t		 n_template;
};

static void
put_name(FILE *out, const struct dns_name *name)
{
	char text[DNS_NAME_TEXT];

	dns_name_text(text, name);
	fputs(text, out);
}

static void
put_head(struct zone_give *g)
{
	const struct snapshot_zone *z = &g->s.base->zone;

	fprintf(g->out, "$SOA %" PRIu32 " ", z->ttl_s);
	put_name(g->out, &z->ns[0]);
	fputc(' ', g->out);
	put_name(g->out, &z->hostmaster);
	fprintf(g->out, " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32
	    "\n$NS %" PRIu32, snapshot_now(&g->s)->serial, z->refresh_s, z->retry_s,
	    z->expire_s, z->negative_ttl_s, z->ttl_s);
	for (size_t i = 0; i < z->n_ns; i++) {
		fputc(' ', g->out);
		put_name(g->out, &z->ns[i]);
	}
	fprintf(g->out, "\n$TTL %" PRIu32 "\n", z->ttl_s);
}

/* rbldnsd reads yyyy:mm:dd:hh:mi:ss, and stops answering after the second. */
static void
put_stamps(struct zone_give *g)
{
	const struct snapshot_head *h = snapshot_now(&g->s);
	const int64_t times[] = { h->made_s, h->expiry_s };

	fputs("$TIMESTAMP", g->out);
	for (size_t i = 0; i < 2; i++) {
		char text[WALL_TEXT];

		wall_text(text, (struct wall){ .s = times[i] });
		if (text[0] == '-')		/* no year of four digits */
			fputs(" 0", g->out);
		else
			fprintf(g->out, " %.4s:%.2s:%.2s:%.2s:%.2s:%.2s", text,
			    text + 5, text + 8, text + 11, text + 14, text + 17);
	}
	fputc('\n', g->out);
}

/* A text without variables. */
static void
put_text(FILE *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '$')
			fputc('$', out);
		fputc(text[i], out);
	}
}

static void
put_value(struct zone_give *g, const struct set *set, const char *text, size_t n)
{
	fprintf(g->out, " :127.0.0.%u:", set->code);
	put_text(g->out, text, n);
}

/* The text of an address with $ for the address: from one whose text is short
 * enough to be whole. */
static void
make_template(struct zone_give *g, struct set *set)
{
	const struct snapshot_entry e = { .addr = addr_v4(0, 0, 0, 0),
		.code = (uint8_t)set->code };
	static const struct str addr = STR("0.0.0.0");
	char text[RETURNCODE_TEXT];
	struct str all = { text, zone_give_text(text, g, &e) }, rest = all;
	struct wbuf w = wbuf_of(set->template, sizeof(set->template));

	if (g->s.base->zone.url.n > 0 && str_iends(rest, addr))
		rest.n -= addr.n;
	for (size_t i = 0; i < rest.n; i++)
		wbuf_printf(&w, rest.p[i] == '$' ? "$$" : "%c", rest.p[i]);
	if (rest.n < all.n)
		wbuf_u8(&w, '$');
	set->n_template = w.len;
}

static void
begin_set(struct zone_give *g, const struct set *set, bool v6)
{
	bool lab = (snapshot_now(&g->s)->flags & SNAPSHOT_LAB) != 0;
	char test[RETURNCODE_TEXT];

	fprintf(g->out, "$DATASET %s:%s%s %s\n:127.0.0.%u:%.*s\n",
	    v6 ? "ip6trie" : "ip4set", set->name, v6 ? "6" : "4", set->below,
	    set->code, (int)set->n_template, set->template);
	if (snapshot_emptied(&g->s))
		return;
	fputs(v6 ? "::ffff:7f00:2" : "127.0.0.2", g->out);
	put_value(g, set, test, returncode_write_test(test, lab));
	fputc('\n', g->out);
}

/* The text is told where the template does not give it. */
static void
put_entry(struct zone_give *g, const struct set *set, const struct snapshot_entry *e)
{
	static const struct str vars[RBLDNSD_VARIABLES];
	struct net net = snapshot_entry_net(e);
	char where[NET_TEXT], addr[ADDR_TEXT], usual[RBLDNSD_TEXT];
	char text[RETURNCODE_TEXT];
	struct str is;

	addr_text(addr, &e->addr);
	net_text(where, &net);
	if (e->form == SNAPSHOT_EXCEPT)
		fputc('!', g->out);
	fputs(e->form == SNAPSHOT_RANGE ? where : addr, g->out);
	is = (struct str){ usual, rbldnsd_text(usual, (struct str){ set->template,
	    set->n_template }, str_of(addr), vars) };
	if (e->form != SNAPSHOT_EXCEPT) {
		size_t n = zone_give_text(text, g, e);

		if (e->form == SNAPSHOT_RANGE || !str_eq(is, (struct str){ text, n }))
			put_value(g, set, text, n);
	}
	fputc('\n', g->out);
	g->records++;
}

static void
put_set(struct zone_give *g, struct set *set)
{
	struct snapshot_cursor c;
	struct snapshot_entry e;
	bool v6 = false;

	make_template(g, set);
	begin_set(g, set, false);
	zone_give_start(&c, g, set->code);
	while (snapshot_cursor_next(&c, &e) == 0 && ferror(g->out) == 0) {
		if (!v6 && !addr_is_v4(&e.addr)) {
			v6 = true;
			begin_set(g, set, true);
		}
		put_entry(g, set, &e);
	}
	if (!v6)
		begin_set(g, set, true);
}

/* Names in a generic set are written without the zone's. */
static void
put_host(struct zone_give *g, const struct dns_name *name, const struct addr *a)
{
	char text[DNS_NAME_TEXT], zone[DNS_NAME_TEXT], addr[ADDR_TEXT];
	struct str full, below;

	dns_name_text(text, name);
	dns_name_text(zone, &g->s.base->zone.zone);
	addr_text(addr, a);
	full = str_of(text);
	below = str_of(zone);
	if (!addr_is_v4(a) || full.n <= below.n + 1 || !str_iends(full, below) ||
	    text[full.n - below.n - 1] != '.')
		return;
	fprintf(g->out, "%.*s A %s\n", (int)(full.n - below.n - 1), text, addr);
}

static int
put_generic(struct zone_give *g)
{
	const struct snapshot_zone *z = &g->s.base->zone;
	struct answer_record r;
	int err = answer_status_record(&r, &g->s, snapshot_now(&g->s));

	if (err != 0)
		return err;
	fprintf(g->out, "$DATASET generic:zone @\n_status TXT \"%.*s\"\n",
	    (int)r.data[0], (const char *)r.data + 1);
	for (size_t i = 0; i < z->n_hosts; i++)
		put_host(g, &z->ns[z->hosts[i].ns], &z->hosts[i].addr);
	return 0;
}

int
zone_give_rbldnsd(struct zone_give *g)
{
	struct set entry = { .code = RETURNCODE_ENTRY, .name = "entry", .below = "@ in" };
	struct set exits = { .code = RETURNCODE_EXIT, .name = "exit", .below = "out" };
	int err;

	put_head(g);
	put_stamps(g);
	err = put_generic(g);
	if (err != 0)
		return err;
	put_set(g, &entry);
	if ((snapshot_now(&g->s)->flags & SNAPSHOT_OUT) != 0)
		put_set(g, &exits);
	return fflush(g->out) != 0 || ferror(g->out) ? SEK_ESYS : 0;
}
