/* tests/bench/dns_store.c -- a daemon's state with the entries of dns_entries.h.
 *
 *	dns_store ENTRIES DIRECTORY
 *
 * Listings of today, which nothing is due for, and their rows of the journal:
 * at its start a keeper takes away what is in no journal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns_entries.h"
#include "keep/journal.h"
#include "keep/keeper.h"
#include "keep/list.h"

enum { BATCH = 50000 };

static void
need(int err, const char *what)
{
	if (err == 0)
		return;
	fprintf(stderr, "dns_store: %s: %d\n", what, err);
	exit(EXIT_FAILURE);
}

static void
list(struct keep *k, uint32_t from, uint32_t n, uint32_t of)
{
	struct wall now = keep_now(k);

	need(keep_write(k), "write");
	for (uint32_t i = from; i < from + n && i < of; i++) {
		uint32_t a = dns_entries_at(i, of);
		struct listing l = { .addr = addr_v4((uint8_t)(a >> 24), (uint8_t)(a >> 16),
			(uint8_t)(a >> 8), (uint8_t)a), .len = 128, .code = CODE_ENTRY,
			.since = now, .proof = now, .until = { now.s + 86400 * 29 }, .proofs = 2 };
		struct journal_row j = { .kind = JOURNAL_ADD, .addr = l.addr, .len = 128,
			.code = CODE_ENTRY, .made = now, .until = l.until, .proofs = 2 };

		need(journal_append(k, &j), "journal");
		need(store_put(k->store, &listing_shape, &l), "listing");
	}
	need(keep_done(k, 0), "done");
	need(keep_flush(k), "flush");
}

int
main(int argc, char **argv)
{
	uint32_t n = argc == 3 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	char url[4096], why[256] = "";
	struct keeper_in in = { .store = url };
	struct clock_fake clock;
	struct rand rand;
	struct conf *conf;
	struct conf_why cw;
	struct keep *k;

	if (n == 0 || n > DNS_ENTRIES_MAX) {
		fprintf(stderr, "usage: dns_store ENTRIES DIRECTORY\n");
		return EXIT_FAILURE;
	}
	clock_fake_init(&clock, clock_real.wall(&clock_real));
	snprintf(url, sizeof(url), "sqlite:%s/sekimori.db", argv[2]);
	rand_real(&rand);
	need(conf_default(&conf), "conf");
	need(conf_set(conf, "state.dir", str_of(argv[2]), &cw), "state.dir");
	in.loop = loop_new_fake(&clock);
	in.rand = &rand;
	in.conf = conf;
	need(keeper_new(&k, &in, why), why);
	for (uint32_t i = 0; i < n; i += BATCH)
		list(k, i, BATCH, n);
	keeper_free(k);
	loop_free(in.loop);
	conf_free(conf);
	return EXIT_SUCCESS;
}
