#include "xfer/transfer.h"

#include <stdlib.h>

#include "base/log.h"

struct transfer {
	struct transfer_about	 about;
	struct dns_query	 q;
	struct version		*version;
	struct source		*source;
	struct tsig		*tsig;
	struct mono		 began;
	uint64_t		 records, octets;
	uint32_t		 messages;
	bool			 ended;		/* the source is empty */
	bool			 waits;		/* next did not fit before */
	struct answer_record	 next;
};

int
transfer_new(struct transfer **out, const struct transfer_about *about,
    const struct ask *ask, struct version *version, struct source *source,
    struct tsig *tsig)
{
	struct transfer *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		source_free(source);
		tsig_free(tsig);
		version_drop(version);
		return SEK_ENOMEM;
	}
	t->about = *about;
	t->q = ask->q;
	t->version = version;
	t->source = source;
	t->tsig = tsig;
	t->began = about->clock->mono(about->clock);
	if (about->running != NULL)
		++*about->running;
	*out = t;
	return 0;
}

/* The record to be written next, in t->next.  Returns 0 or SOURCE_END. */
static int
look(struct transfer *t)
{
	int err = t->waits ? 0 : t->source->next(t->source, &t->next);

	t->waits = err == 0;
	t->ended = err == SOURCE_END;
	return err;
}

static int
fill(struct transfer *t, struct packet *p)
{
	int err;

	while ((err = look(t)) == 0) {
		if (!packet_put(p, &t->next))
			return p->an > 0 ? 0 : SEK_ELIMIT;
		t->waits = false;
		t->records++;
	}
	return err == SOURCE_END ? 0 : err;
}

int
transfer_next(struct transfer *t, uint8_t *out, size_t cap, size_t *n)
{
	const struct clock *clock = t->about.clock;
	bool first = t->messages == 0, opt = first && t->q.edns;
	struct packet p;
	int err;

	if (t->ended)
		return TRANSFER_END;
	if (clock->mono(clock).ms - t->began.ms > TRANSFER_MAX_MS)
		return SEK_ELIMIT;
	packet_begin(&p, &t->q, first, DNS_NOERROR, out, PACKET_MAX,
	    opt ? PACKET_OPT : 0);
	err = fill(t, &p);
	*n = packet_end(&p, opt);
	if (err == 0 && t->tsig != NULL)
		err = tsig_sign(t->tsig, out, n, cap);
	t->messages++;
	t->octets += *n;
	return err;
}

static void
log_end(const struct transfer *t, const char *why)
{
	const struct transfer_about *a = &t->about;
	const struct tsig_key *key = tsig_key_of(t->tsig);
	char zone[DNS_NAME_TEXT], name[DNS_NAME_TEXT] = "-", client[ADDR_TEXT];
	int64_t took_ms = a->clock->mono(a->clock).ms - t->began.ms;

	dns_name_text(zone, &t->q.name);
	addr_text(client, &a->client);
	if (key != NULL)
		dns_name_text(name, &key->name);
	if (why != NULL)
		log_event(LOG_LV_WARN, "transfer-failed", LOG_Z("zone", zone),
		    LOG_Z("client", client), LOG_N("serial", a->serial),
		    LOG_N("octets", t->octets), LOG_N("took_ms", took_ms),
		    LOG_Z("why", why));
	else
		log_event(LOG_LV_INFO, "transfer", LOG_Z("zone", zone),
		    LOG_Z("what", a->what), LOG_Z("client", client),
		    LOG_Z("key", name), LOG_N("serial", a->serial),
		    LOG_N("from", a->from), LOG_N("records", t->records),
		    LOG_N("messages", t->messages), LOG_N("octets", t->octets),
		    LOG_N("took_ms", took_ms));
}

void
transfer_free(struct transfer *t, const char *why)
{
	if (t == NULL)
		return;
	log_end(t, why);
	if (t->about.running != NULL)
		--*t->about.running;
	source_free(t->source);
	tsig_free(t->tsig);
	version_drop(t->version);
	free(t);
}
