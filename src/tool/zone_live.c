#include "tool/zone_live.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "fact/returncode.h"
#include "tool/stop.h"
#include "tool/zone.h"
#include "tool/zone_asker.h"
#include "tool/zone_name.h"
#include "tool/zone_record.h"

enum {
	RECORDS = 4,		/* of an entry: A and TXT at two roots */
	SUSPECTS = 1000,	/* that are looked up in the journal */
	SERIAL_TRIES = 100, SERIAL_EVERY_MS = 50,	/* until it has ours */
	EXIT_STOPPED = 130,
};

struct want {			/* of a question */
	struct addr	about;	/* the address in its name, where there is one */
	bool		has_about;
	bool		only;	/* there is nothing beside it */
	size_t		n;	/* octets of the record; 0: there is none */
	uint8_t		octets[ZONE_RECORD];
};

struct suspect {
	struct addr	about;
	bool		has_about;
	uint16_t	type;
	const char	*what;
	struct dns_name	owner;
};

struct compare {
	struct zone_live	*l;
	const struct snapshot	*s;
	struct zone_differ	*d;
	struct zone_asker	*asker;
	struct want		 wants[ZONE_ASKER_WINDOW];
	enum answer_zone	 which;
	size_t			 n_roots;
	struct dns_name		 roots[2];	/* the longer one first */
	uint64_t		 at, step;	/* records */
	size_t			 n_suspects;
	struct suspect		 suspects[SUSPECTS];
	uint64_t		 unanswered;
	uint32_t		 serial;	/* of the last SOA that was answered */
	int			 err;
};

/* Answers ---------------------------------------------------------------- */

static void
suspect(struct compare *c, const struct want *w, const struct dns_name *owner,
    uint16_t type, const char *what)
{
	if (c->n_suspects == SUSPECTS) {
		c->d->more = true;
		return;
	}
	c->suspects[c->n_suspects++] = (struct suspect){ w->about, w->has_about, type,
		what, *owner };
}

/* Is the answer what the snapshot says? */
static bool
agrees(const struct want *w, struct dns_reply *reply)
{
	uint8_t octets[ZONE_RECORD];
	struct dns_record r;
	size_t n = 0;
	bool found = false;

	while (dns_reply_next(&r, reply) == 0) {
		found = found || (w->n > 0 && zone_record_octets(octets, &r) == w->n &&
		    memcmp(octets, w->octets, w->n) == 0);
		n++;
	}
	if (w->n == 0)
		return n == 0 && (reply->rcode == DNS_NOERROR || reply->rcode == DNS_NXDOMAIN);
	return found && reply->rcode == DNS_NOERROR && (n == 1 || !w->only);
}

static void
answered(void *ctx, size_t tag, const struct dns_name *owner, uint16_t type,
    struct dns_reply *reply)
{
	struct compare *c = ctx;
	const struct want *w = &c->wants[tag];

	if (reply == NULL) {
		c->unanswered++;
		suspect(c, w, owner, type, _("no answer"));
		return;
	}
	c->l->asked++;
	if (type == DNS_SOA) {
		struct dns_record r;

		c->serial = dns_reply_next(&r, reply) == 0 ? r.soa[0] : c->serial;
		return;
	}
	if (!agrees(w, reply))
		suspect(c, w, owner, type, w->n > 0 ? _("answered otherwise, or not at all") :
		    _("listed in the answer alone"));
}

/* Questions -------------------------------------------------------------- */

static int
ask(struct compare *c, const struct dns_name *owner, uint16_t type,
    const struct want *w)
{
	size_t tag;
	int err = zone_asker_room(c->asker, &tag);

	if (err == 0 && c->l->asked == 0 && c->unanswered > 0)
		return SEK_ESYS;	/* nobody is there */
	if (err != 0)
		return err;
	c->wants[tag] = *w;
	return zone_asker_send(c->asker, tag, owner, type);
}

/* The address that owner is about, and the root it is below. */
static enum zone_name_is
find_about(struct addr *about, const struct dns_name **root,
    const struct compare *c, const struct dns_name *owner)
{
	for (size_t i = 0; i < c->n_roots; i++) {
		struct net net;
		size_t above;
		enum zone_name_is is;

		if (!dns_name_below(owner, &c->roots[i], &above))
			continue;
		is = zone_name_read(&net, owner, above);
		*about = net.addr;
		*root = &c->roots[i];
		return is;
	}
	return ZONE_NAME_OTHER;
}

/* The address beside it, where nothing lists it: it has no A. */
static int
ask_neighbour(struct compare *c, struct addr a, const struct dns_name *root)
{
	const struct addr test = addr_v4(127, 0, 0, 2);
	struct want w = { .has_about = true };
	char labels[ADDR_LABELS];
	struct dns_name owner;

	a.o[15] ^= 1;
	if (addr_eq(&a, &test) || snapshot_has(c->s, &a, c->which == ANSWER_OUT ?
	    RETURNCODE_EXIT : RETURNCODE_ENTRY))
		return 0;
	w.about = a;
	addr_labels(labels, &a);
	if (dns_name_read_text(&owner, str_of(labels), root) != 0)
		return 0;	/* under so long a zone */
	return ask(c, &owner, DNS_A, &w);
}

static int
ask_record(void *ctx, const struct dns_record *r)
{
	const struct dns_name *root = NULL;
	struct compare *c = ctx;
	struct want w = { .only = false };
	enum zone_name_is is;

	if (r->type == DNS_SOA)
		return 0;
	is = find_about(&w.about, &root, c, &r->owner);
	w.has_about = is == ZONE_NAME_ADDRESS || is == ZONE_NAME_WILDCARD;
	w.only = w.has_about;
	if (w.has_about && c->at++ % c->step != 0)
		return 0;
	w.n = zone_record_octets(w.octets, r);
	c->err = ask(c, &r->owner, r->type, &w);
	if (c->err == 0 && is == ZONE_NAME_ADDRESS && r->type == DNS_A)
		c->err = ask_neighbour(c, w.about, root);
	return c->err != 0 ? SEK_ESYS : 0;
}

/* The snapshot was made a moment ago, and who answers may not have it yet. */
static int
await_serial(struct compare *c)
{
	const uint32_t want = snapshot_now(c->s)->serial;
	const struct want none = { .n = 0 };
	int err = 0;

	for (unsigned i = 0; err == 0 && i < SERIAL_TRIES; i++) {
		c->serial = want - 1;
		err = ask(c, &c->s->base->zone.zone, DNS_SOA, &none);
		if (err == 0)
			err = zone_asker_finish(c->asker);
		if (err == 0 && c->unanswered > 0)
			return SEK_ESYS;
		if (err == 0 && (int32_t)(c->serial - want) >= 0)
			return 0;
		if (err == 0 && poll(NULL, 0, SERIAL_EVERY_MS) != 0 && stop_asked())
			err = ZONE_ASKER_STOP;
	}
	if (err == 0)
		zone_differ_name(c->d, "SOA", _("an older serial, or none"));
	return err;
}

/* Odd, so that A and TXT at either root come in turns. */
static uint64_t
step_of(const struct compare *c)
{
	uint64_t all = snapshot_count(c->s) * RECORDS;

	return all <= c->l->most ? 1 : (all / c->l->most) | 1;
}

static int
ask_zone(struct compare *c, enum answer_zone which)
{
	const struct dns_name *zone = &c->s->base->zone.zone;
	struct str sub = which == ANSWER_OUT ? STR("out") : STR("in");
	int err;

	c->which = which;
	c->at = 0;
	c->n_roots = which == ANSWER_OUT ? 1 : 2;
	c->roots[1] = *zone;
	if (dns_name_under(&c->roots[0], sub, zone) != 0)
		return SEK_ELIMIT;
	err = answer_each(c->s, which, (struct wall){ 0 }, ask_record, c);
	return c->err != 0 ? c->err : err;
}

/* The end ---------------------------------------------------------------- */

/* What the journal has changed since is no difference. */
static int
settle(struct compare *c)
{
	int rc = 0;

	for (size_t i = 0; i < c->n_suspects && rc == 0; i++) {
		const struct suspect *p = &c->suspects[i];
		char name[DNS_NAME_TEXT], text[DNS_NAME_TEXT + 8];
		struct addr about = p->has_about ? p->about : addr_none;
		bool changed = false;

		if (c->l->journal != NULL)
			rc = zone_journal_changed(c->l->journal, &about, &changed);
		if (rc != 0 || changed)
			continue;
		dns_name_text(name, &p->owner);
		snprintf(text, sizeof(text), "%s %s", name, zone_record_type(p->type));
		zone_differ_name(c->d, text, p->what);
	}
	return rc;
}

static int
refuse(const struct compare *c, int err, FILE *out)
{
	char where[ADDR_TEXT + 8], addr[ADDR_TEXT];

	if (err == ZONE_ASKER_STOP)
		return EXIT_STOPPED;
	addr_text(addr, &c->l->to);
	snprintf(where, sizeof(where), addr_is_v4(&c->l->to) ? "%s:%u" : "[%s]:%u",
	    addr, c->l->port);
	if (err == SEK_ESYS && c->unanswered > 0)
		return zone_refuse(out, EXIT_UNAVAILABLE, where, _("does not answer by UDP"));
	return zone_refuse(out, EXIT_OSERR, where, sek_strerror(err));
}

static int
ask_all(struct compare *c)
{
	int err = zone_asker_open(&c->asker, &c->l->to, c->l->port, answered, c);

	c->step = step_of(c);
	if (err == 0)
		err = await_serial(c);
	if (err == 0)
		err = ask_zone(c, ANSWER_ZONE);
	if (err == 0)
		err = ask_zone(c, ANSWER_OUT);
	if (err == 0)
		err = zone_asker_finish(c->asker);
	zone_asker_close(c->asker);
	return err;
}

int
zone_live_compare(struct zone_differ *d, struct zone_live *l,
    const struct snapshot *s, FILE *err)
{
	struct compare *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return zone_refuse(err, EXIT_OSERR, d->with, sek_strerror(SEK_ENOMEM));
	c->l = l;
	c->s = s;
	c->d = d;
	l->asked = 0;
	rc = ask_all(c);
	if (rc != 0)
		rc = refuse(c, rc, err);
	else
		rc = settle(c);
	free(c);
	return rc;
}
