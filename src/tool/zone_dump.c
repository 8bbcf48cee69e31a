#include "tool/zone_dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/rand.h"
#include "tool/zone.h"
#include "tool/zone_lines.h"
#include "tool/zone_record.h"
#include "wire/master_line.h"
#include "wire/siphash.h"

enum {
	BUCKETS = 65536,
	LOOKED_AT = 64,		/* buckets whose records are named */
	ITEMS = 200000,		/* of those buckets, at most: 55 MB */
	JOIN_LINES = 1000,
};

struct item {
	uint64_t	hash;
	bool		ours;
	uint16_t	type;
	struct dns_name	owner;
};

struct dump {
	const struct snapshot	*s;
	const char		*path;
	FILE			*err;
	enum answer_zone	 which;
	struct dns_name		 apex;		/* len 0: no SOA yet */
	uint8_t			 by_owner[SIPHASH_KEY], by_all[SIPHASH_KEY];
	uint64_t		*sums;		/* BUCKETS; owned */
	uint64_t		 records;	/* of the dump */
	bool			 naming;
	struct item		*items;		/* ITEMS; owned */
	size_t			 n_items;
	bool			 more;
	struct master_state	 file;
	struct master_line	 line;
	struct gbuf		 joined;	/* an entry of several lines */
};

/* Sums ------------------------------------------------------------------- */

static void
add_item(struct dump *u, const struct dns_record *r, uint64_t hash, bool ours)
{
	if (u->n_items == ITEMS) {
		u->more = true;
		return;
	}
	u->items[u->n_items++] = (struct item){ hash, ours, r->type, r->owner };
}

static void
add(struct dump *u, const struct dns_record *r, bool ours)
{
	uint8_t octets[ZONE_RECORD];
	size_t n = zone_record_octets(octets, r);
	uint64_t *sum, hash;

	if (n == 0)
		return;
	sum = &u->sums[siphash(u->by_owner, octets, r->owner.len) % BUCKETS];
	hash = siphash(u->by_all, octets, n);
	if (u->naming && *sum != 0)
		add_item(u, r, hash, ours);
	else if (!u->naming)
		*sum += ours ? 0 - hash : hash;
}

static int
add_ours(void *ctx, const struct dns_record *r)
{
	add(ctx, r, true);
	return 0;
}

/* The dump --------------------------------------------------------------- */

static int
refuse(const struct dump *u, uint64_t line, const char *why)
{
	char shown[300];

	str_clean(shown, sizeof(shown), str_of(u->path));
	fprintf(u->err, "sekimori zone: %s:%" PRIu64 ": %s\n", shown, line, why);
	return EXIT_DATA;
}

/* Which zone is it, and of which moment? */
static int
take_soa(struct dump *u, uint64_t line)
{
	const struct dns_record *r = &u->line.r;
	const struct dns_name *zone = &u->s->base->zone.zone;
	struct dns_name out;
	char why[200];

	u->which = dns_name_eq(&r->owner, zone) ? ANSWER_ZONE : ANSWER_OUT;
	if (u->which == ANSWER_OUT && (dns_name_under(&out, STR("out"), zone) != 0 ||
	    !dns_name_eq(&r->owner, &out)))
		return refuse(u, line, _("the SOA is of another zone than the snapshot's"));
	if (r->soa[0] != snapshot_now(u->s)->serial) {
		snprintf(why, sizeof(why), _("serial %lu, and the snapshot has %lu: make "
		    "both of one moment"), (unsigned long)r->soa[0],
		    (unsigned long)snapshot_now(u->s)->serial);
		return refuse(u, line, why);
	}
	u->apex = r->owner;
	return 0;
}

/* A transfer ends with the SOA that it began with. */
static int
take_record(struct dump *u, uint64_t line)
{
	const struct dns_record *r = &u->line.r;
	bool soa = r->type == DNS_SOA;

	if (u->line.kind == MASTER_EMPTY)
		return 0;
	if (u->apex.len == 0 && !soa)
		return refuse(u, line, _("a record before the SOA"));
	if (u->apex.len > 0 && soa && dns_name_eq(&u->apex, &r->owner))
		return 0;
	if (soa) {
		int rc = take_soa(u, line);

		if (rc != 0)
			return rc;
	}
	if (u->line.kind == MASTER_RECORD)
		add(u, r, false);
	u->records++;
	return 0;
}

/* One line; rc MASTER_MORE when an entry goes on. */
static int
take_line(struct dump *u, struct str text, uint64_t line, bool *more)
{
	struct str entry = text;
	const char *why = NULL;
	int err = 0;

	if (u->joined.len > 0) {
		err = gbuf_add(&u->joined, text.p, text.n);
		entry = (struct str){ (const char *)u->joined.p, u->joined.len };
	}
	if (err == 0)
		err = master_line_read(&u->line, &u->file, entry, &why);
	*more = err == MASTER_MORE;
	if (*more && u->joined.len == 0)
		err = gbuf_add(&u->joined, text.p, text.n);
	if (*more && err >= 0)
		err = gbuf_add(&u->joined, "\n", 1);
	if (err == SEK_ENOMEM)
		return zone_refuse(u->err, EXIT_OSERR, u->path, sek_strerror(err));
	if (err != 0)
		return refuse(u, line, why != NULL ? _(why) : _("the record that began "
		    "above does not end, or is too long"));
	if (*more)
		return 0;
	u->joined.len = 0;
	return take_record(u, line);
}

static int
read_lines(struct dump *u, struct zone_lines *l)
{
	unsigned joined = 0;
	struct str text;
	bool more = false;
	int rc = 0, err = 0;

	while (rc == 0 && (err = zone_lines_next(l, &text)) != ZONE_LINES_END) {
		if (err == ZONE_LINES_LONG)
			return refuse(u, l->line, _("the line is too long"));
		if (err != 0)
			return zone_refuse(u->err, EXIT_NOINPUT, u->path, strerror(errno));
		rc = take_line(u, text, l->line, &more);
		joined = more ? joined + 1 : 0;
		if (joined > JOIN_LINES)
			break;
	}
	if (rc == 0 && more)
		return refuse(u, l->line, _("the record that began above does not end, or "
		    "is too long"));
	if (rc == 0 && u->apex.len == 0)
		return zone_refuse(u->err, EXIT_DATA, u->path, _("no SOA in it"));
	return rc;
}

static int
read_dump(struct dump *u)
{
	struct zone_lines l;
	int rc, err = zone_lines_open(&l, u->path);

	u->apex.len = 0;
	u->records = 0;
	u->joined.len = 0;
	u->file = (struct master_state){ .origin = u->s->base->zone.zone };
	if (err != 0)
		rc = zone_refuse(u->err, err == SEK_ENOMEM ? EXIT_OSERR :
		    errno == EACCES ? EXIT_NOPERM : EXIT_NOINPUT, u->path,
		    err == SEK_ENOMEM ? sek_strerror(err) : strerror(errno));
	else
		rc = read_lines(u, &l);
	zone_lines_close(&l);
	return rc;
}

static int
read_both(struct dump *u)
{
	int rc = read_dump(u), err;

	if (rc != 0)
		return rc;
	err = answer_each(u->s, u->which, (struct wall){ 0 }, add_ours, u);
	return err == 0 ? 0 : zone_refuse(u->err, EXIT_SOFTWARE, u->path, sek_strerror(err));
}

/* Names ------------------------------------------------------------------ */

static int
by_hash(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;

	return a->hash != b->hash ? (a->hash < b->hash ? -1 : 1) : a->ours - b->ours;
}

static int
by_owner(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;
	int c = memcmp(a->owner.o, b->owner.o, a->owner.len < b->owner.len ?
	    a->owner.len : b->owner.len);

	return c != 0 ? c : a->type != b->type ? a->type - b->type : a->ours - b->ours;
}

/* Takes off what both sides have, as often as both have it. */
static void
cancel(struct dump *u)
{
	size_t kept = 0, end;

	qsort(u->items, u->n_items, sizeof(u->items[0]), by_hash);
	for (size_t i = 0; i < u->n_items; i = end) {
		size_t ours = 0, both;

		for (end = i; end < u->n_items && u->items[end].hash == u->items[i].hash; end++)
			ours += u->items[end].ours;
		both = ours < end - i - ours ? ours : end - i - ours;
		/* theirs stand first */
		for (size_t j = i; j < end - ours - both; j++)
			u->items[kept++] = u->items[j];
		for (size_t j = end - ours; j < end - both; j++)
			u->items[kept++] = u->items[j];
	}
	u->n_items = kept;
}

static void
name_items(struct dump *u, struct zone_differ *d)
{
	cancel(u);
	qsort(u->items, u->n_items, sizeof(u->items[0]), by_owner);
	for (size_t i = 0; i < u->n_items; i++) {
		const struct item *it = &u->items[i];
		char name[DNS_NAME_TEXT], text[DNS_NAME_TEXT + 8];

		dns_name_text(name, &it->owner);
		snprintf(text, sizeof(text), "%s %s", name, zone_record_type(it->type));
		zone_differ_name(d, text, it->ours ? _("not in the dump") :
		    _("in the dump alone"));
	}
	if (d->n == 0)
		zone_differ_name(d, u->path, _("changes while it is read"));
}

/* Keeps the first buckets that differ; whether there are any. */
static bool
choose(struct dump *u)
{
	size_t n = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		if (u->sums[i] == 0)
			continue;
		if (n++ >= LOOKED_AT) {
			u->sums[i] = 0;
			u->more = true;
		}
	}
	return n > 0;
}

static int
compare(struct dump *u, struct zone_differ *d)
{
	int rc = read_both(u);

	if (rc != 0 || !choose(u))
		return rc;
	u->items = calloc(ITEMS, sizeof(u->items[0]));
	if (u->items == NULL)
		return zone_refuse(u->err, EXIT_OSERR, u->path, sek_strerror(SEK_ENOMEM));
	u->naming = true;
	rc = read_both(u);
	if (rc == 0)
		name_items(u, d);
	d->more = u->more;
	return rc;
}

int
zone_dump_compare(struct zone_differ *d, const struct snapshot *s,
    const char *path, uint64_t *compared, FILE *err)
{
	struct dump *u = calloc(1, sizeof(*u));
	struct rand r;
	int rc;

	if (u != NULL)
		u->sums = calloc(BUCKETS, sizeof(u->sums[0]));
	if (u == NULL || u->sums == NULL) {
		free(u);
		return zone_refuse(err, EXIT_OSERR, path, sek_strerror(SEK_ENOMEM));
	}
	u->s = s;
	u->path = path;
	u->err = err;
	u->joined.max = ZONE_LINE_MAX;
	rand_real(&r);
	rand_fill(&r, u->by_owner, sizeof(u->by_owner));
	rand_fill(&r, u->by_all, sizeof(u->by_all));
	rc = compare(u, d);
	*compared = u->records;
	gbuf_free(&u->joined);
	free(u->items);
	free(u->sums);
	free(u);
	return rc;
}
