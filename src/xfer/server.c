#include "xfer/server.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { REFUSALS_MS = 1000 };	/* between two lines of the log */

struct talk {			/* one query */
	struct server		*s;
	const struct server_client *client;
	uint8_t			*q;	/* without its TSIG, once that is checked */
	size_t			 n;
	struct ask		 ask;
	struct tsig		*tsig;	/* NULL: not signed; owned */
	uint8_t			*out;
	size_t			 cap;	/* without what a signature needs */
	size_t			*len;
	struct transfer		**transfer;
	struct answer_info	 info;	/* for counters */
};

static void
log_refusal(struct talk *k, const char *why)
{
	const struct clock *clock = loop_clock(k->s->loop);
	struct server_refusals *r = &k->s->refusals;
	char zone[DNS_NAME_TEXT] = "-", client[ADDR_TEXT];
	struct mono now = clock->mono(clock);

	if (r->last.ms != 0 && now.ms - r->last.ms < REFUSALS_MS) {
		r->more++;
		return;
	}
	if (k->ask.q.name.len > 0)
		dns_name_text(zone, &k->ask.q.name);
	addr_text(client, &k->client->addr);
	log_event(LOG_LV_NOTICE, "transfer-refused", LOG_Z("zone", zone),
	    LOG_Z("client", client), LOG_Z("why", why),
	    LOG_N("more", r->more));
	*r = (struct server_refusals){ .last = { now.ms != 0 ? now.ms : 1 } };
}

/* Answers -------------------------------------------------------------------- */

static size_t
opt_room(const struct talk *k)
{
	return k->ask.q.edns ? PACKET_OPT : 0;
}

/* An answer of the head and the question alone. */
static int
say(struct talk *k, unsigned rcode)
{
	struct packet p;

	packet_begin(&p, &k->ask.q, true, rcode, k->out, k->cap, opt_room(k));
	k->info.rcode = rcode;
	*k->len = packet_end(&p, k->ask.q.edns);
	return 0;
}

/* Whoever asks for a transfer by UDP gets the SOA, and comes by TCP if it is a
 * newer one. */
static int
say_soa(struct talk *k, const struct answer_record *soa)
{
	struct packet p;

	packet_begin(&p, &k->ask.q, true, DNS_NOERROR, k->out, k->cap, opt_room(k));
	(void)packet_put(&p, soa);
	*k->len = packet_end(&p, k->ask.q.edns);
	return 0;
}

static int
say_catalog(struct talk *k)
{
	struct packet p;

	packet_begin(&p, &k->ask.q, true, DNS_NOERROR, k->out, k->cap, opt_room(k));
	p.flags |= (uint16_t)catalog_answer(&p, &k->s->catalog, &k->ask.q);
	*k->len = packet_end(&p, k->ask.q.edns);
	return 0;
}

static int
say_answer(struct talk *k)
{
	const struct clock *clock = loop_clock(k->s->loop);
	const struct answer_asker who = { .tcp = true, .now = clock->wall(clock),
		.peer = k->client->addr, .policy = &k->s->policy };

	*k->len = answer_make(&k->s->published->s, k->q, k->n, &who, k->out,
	    k->cap, &k->info);
	return *k->len > 0 ? 0 : SEK_EPARSE;
}

/* Transfers ------------------------------------------------------------------ */

/* Takes tsig of k. */
static int
begin(struct talk *k, const char *what, struct version *v, uint32_t serial,
    struct source *source)
{
	const struct transfer_about about = {
		.client = k->client->addr, .what = what, .serial = serial,
		.from = k->ask.serial, .running = &k->s->running,
		.clock = loop_clock(k->s->loop),
	};
	struct tsig *tsig = k->tsig;

	k->tsig = NULL;
	return transfer_new(k->transfer, &about, &k->ask,
	    v != NULL ? version_keep(v) : NULL, source, tsig);
}

/* RFC 1995 2: who has what we have, or something newer, gets our SOA alone. */
static bool
is_current(const struct ask *a, uint32_t serial)
{
	return a->kind == ASK_IXFR && (int32_t)(a->serial - serial) >= 0;
}

static int
transfer_catalog(struct talk *k)
{
	struct answer_record r[CATALOG_RECORDS + 1];
	size_t n = catalog_records(r, &k->s->catalog);
	uint32_t serial = k->s->catalog.serial;
	bool current = is_current(&k->ask, serial);
	struct source *source;
	int err;

	if (k->client->udp)
		return say_soa(k, &r[0]);
	r[n] = r[0];
	err = source_list(&source, r, current ? 1 : n + 1);
	return err != 0 ? err : begin(k, current ? "soa" :
	    k->ask.kind == ASK_AXFR ? "axfr" : "axfr-ixfr", NULL, serial, source);
}

/* The way from what the client has, or the whole; *what: which of them. */
static int
find_way(struct source **out, const char **what, const struct talk *k,
    const struct version *v, enum answer_zone which)
{
	const struct snapshot *s = &v->hold.s;
	struct answer_record soa;
	int err = SOURCE_WHOLE;

	if (is_current(&k->ask, snapshot_now(s)->serial)) {
		*what = "soa";
		source_soa(&soa, s, which, snapshot_now(s)->serial);
		return source_list(out, &soa, 1);
	}
	*what = "ixfr";
	if (k->ask.kind == ASK_IXFR)
		err = source_difference(out, s, v->hold.tail, which, k->ask.serial);
	if (err != SOURCE_WHOLE)
		return err;
	*what = k->ask.kind == ASK_AXFR ? "axfr" : "axfr-ixfr";
	return source_zone(out, s, which);
}

static int
transfer_zone(struct talk *k, enum answer_zone which)
{
	struct version *v = versions_now(k->s->versions);
	struct answer_record soa;
	struct source *source;
	const char *what;
	int err;

	if (k->client->udp) {
		source_soa(&soa, &v->hold.s, which, snapshot_now(&v->hold.s)->serial);
		return say_soa(k, &soa);
	}
	err = find_way(&source, &what, k, v, which);
	return err != 0 ? err :
	    begin(k, what, v, snapshot_now(&v->hold.s)->serial, source);
}

/* Is the name that of out.ZONE? */
static bool
is_out(const struct snapshot *s, const struct dns_name *name)
{
	struct dns_name out;

	return (snapshot_now(s)->flags & SNAPSHOT_OUT) != 0 &&
	    dns_name_under(&out, STR("out"), &s->base->zone.zone) == 0 &&
	    dns_name_eq(&out, name);
}

static int
transfer(struct talk *k)
{
	const struct dns_name *name = &k->ask.q.name;
	struct version *v = versions_now(k->s->versions);
	size_t above;

	if (k->client->udp && k->ask.kind == ASK_AXFR)
		return say(k, DNS_REFUSED);	/* RFC 5936 4.2 */
	if (!k->client->udp && k->s->running >= k->s->most) {
		log_refusal(k, "busy");
		return say(k, DNS_SERVFAIL);
	}
	if (k->s->catalog.n != 0 && dns_name_eq(name, &k->s->catalog.name))
		return transfer_catalog(k);
	if (v == NULL)
		return say_answer(k);	/* SERVFAIL, not ready */
	if (dns_name_eq(name, &v->hold.s.base->zone.zone))
		return transfer_zone(k, ANSWER_ZONE);
	if (is_out(&v->hold.s, name))
		return transfer_zone(k, ANSWER_OUT);
	log_refusal(k, "no-zone");
	return catalog_has(&k->s->catalog, name) ||
	    dns_name_below(name, &v->hold.s.base->zone.zone, &above) ?
	    say(k, DNS_NOTAUTH) : say_answer(k);
}

/* One that can be understood, its signature good or none. */
static int
answer(struct talk *k)
{
	const struct dns_query *q = &k->ask.q;
	bool plain = q->class != DNS_IN || q->version != 0;
	enum access a = access_check(&k->s->access, &k->client->addr,
	    tsig_key_of(k->tsig));

	if (plain)
		return say_answer(k);
	if (k->ask.kind != ASK_OTHER && a == ACCESS_OK)
		return transfer(k);
	if (k->ask.kind != ASK_OTHER)
		log_refusal(k, access_word(a));	/* the answer is REFUSED */
	return a == ACCESS_OK && catalog_has(&k->s->catalog, &q->name) ?
	    say_catalog(k) : say_answer(k);
}

/* Signatures ----------------------------------------------------------------- */

/* What does not fit into a datagram is to be asked for by TCP (RFC 8945 5.3.2). */
static void
shorten(struct talk *k)
{
	size_t room = !k->ask.q.edns ? DNS_PLAIN :
	    k->ask.q.size < DNS_EDNS ? k->ask.q.size : DNS_EDNS;
	struct packet p;

	if (*k->len + tsig_room(k->tsig) <= room)
		return;
	packet_begin(&p, &k->ask.q, true, DNS_NOERROR, k->out, k->cap, opt_room(k));
	p.flags |= DNS_TC;
	*k->len = packet_end(&p, k->ask.q.edns);
	k->info.truncated = true;
}

/* Checks the signature and answers. */
static int
answer_signed(struct talk *k)
{
	int err = tsig_check(&k->tsig, k->s->ring, k->q, &k->n);

	if (err == TSIG_BROKEN)
		return say(k, DNS_FORMERR);
	k->cap -= TSIG_ROOM;
	if (err == TSIG_REFUSED) {
		log_refusal(k, tsig_error_word(k->tsig));
		err = say(k, DNS_NOTAUTH);
	} else if (err == 0) {
		err = answer(k);
		if (err == 0 && k->client->udp)
			shorten(k);
	}
	k->cap += TSIG_ROOM;
	if (err == 0 && k->tsig != NULL)
		err = tsig_sign(k->tsig, k->out, k->len, k->cap);
	return err;
}

static int
query(struct talk *k)
{
	int is = ask_read(&k->ask, k->q, k->n);
	struct dns_query plain;

	if (k->client->udp && !k->ask.q.tsig)
		return SEK_EPARSE;	/* serve answers those */
	if (is == 0)
		return k->ask.q.tsig ? answer_signed(k) : answer(k);
	if (is == DNS_QUERY_FORMERR && dns_query_read(&plain, k->q, k->n) == 0)
		return say(k, DNS_FORMERR);	/* only ask_read() saw why */
	return say_answer(k);
}

static void
count(const struct talk *k)
{
	struct counters_slot *c = k->client->udp ? k->s->udp_counters :
	    k->s->counters;

	if (c != NULL)
		counters_answer(c, &k->info, *k->len);
}

int
server_query(struct server *s, const struct server_client *client, const uint8_t *q,
    size_t n, uint8_t *out, size_t cap, size_t *len, struct transfer **t)
{
	struct talk k = { .s = s, .client = client, .n = n, .out = out,
		.cap = cap, .len = len, .transfer = t };
	int err;

	*t = NULL;
	*len = 0;
	if (n < DNS_HEAD)
		return SEK_EPARSE;
	k.q = malloc(n);	/* checking a signature changes it */
	if (k.q == NULL)
		return SEK_ENOMEM;
	memcpy(k.q, q, n);
	err = query(&k);
	count(&k);
	tsig_free(k.tsig);
	free(k.q);
	return err;
}
