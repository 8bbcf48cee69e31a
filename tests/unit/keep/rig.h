#pragma once
/* tests/unit/keep/rig.h -- the lower stages of a keeper alone: commit, token,
 * journal and list on fake time, without roles. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <unistd.h>
#include <cmocka.h>

#include "fact/verdict.h"
#include "keep/evidence.h"
#include "keep/journal.h"
#include "keep/keep.h"
#include "keep/list.h"
#include "keep/token.h"
#include "sys/loop.h"

enum { RIG_START_S = 1795000000, HOUR = 3600, DAY = 86400 };

struct rig {
	struct keep		k;	/* first */
	struct clock_fake	clock;
	struct rand		rand;
	struct conf		*conf;
	char			dir[64];	/* "" in memory */
	uint64_t		attempt;
};

static inline void
rig_set(struct rig *r, const char *key, const char *value)
{
	struct conf_why why;

	if (conf_set(r->conf, key, str_of(value), &why) != 0)
		fail_msg("%s", why.text);
}

/* Opens store and stages; dir "" is a store in memory.  Returns false with a
 * store that does not open. */
static inline bool
rig_up(struct rig *r, char why[STORE_WHY])
{
	char url[128] = "memory:";

	if (r->dir[0] != '\0')
		snprintf(url, sizeof(url), "sqlite:%s/db", r->dir);
	if (store_open(&r->k.store, url, why) != 0)
		return false;
	if (keep_commit_open(&r->k) != 0 || token_open(&r->k) != 0 ||
	    journal_open(&r->k) != 0) {
		snprintf(why, STORE_WHY, "a stage does not open");
		return false;
	}
	return true;
}

static inline void
rig_down(struct rig *r)
{
	keep_commit_close(&r->k);
	journal_close(&r->k);
	token_close(&r->k);
	store_close(r->k.store);
	r->k.store = NULL;
}

static inline struct rig *
rig_new(const char *dir)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	clock_fake_init(&r->clock, (struct wall){ RIG_START_S });
	rand_seeded(&r->rand, 1);
	r->k.loop = loop_new_fake(&r->clock);
	r->k.clock = loop_clock(r->k.loop);
	r->k.rand = &r->rand;
	assert_int_equal(conf_default(&r->conf), 0);
	r->k.conf = r->conf;
	rig_set(r, "lab.range", "198.18.0.0/15");
	snprintf(r->dir, sizeof(r->dir), "%s", dir);
	if (dir[0] != '\0')
		rig_set(r, "state.dir", dir);
	return r;
}

static inline void
rig_free(struct rig *r)
{
	if (r->k.store != NULL)
		rig_down(r);
	loop_free(r->k.loop);
	conf_free(r->conf);
	free(r);
}

static inline void
rig_remove_dir(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[400];

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

static inline int
rig_memory(void **state)
{
	char why[STORE_WHY];
	struct rig *r = rig_new("");

	if (!rig_up(r, why))
		fail_msg("%s", why);
	*state = r;
	return 0;
}

static inline int
rig_file(void **state)
{
	char dir[64] = "/tmp/sekimori-keep.XXXXXX", why[STORE_WHY];
	struct rig *r;

	assert_non_null(mkdtemp(dir));
	r = rig_new(dir);
	if (!rig_up(r, why))
		fail_msg("%s", why);
	*state = r;
	return 0;
}

static inline int
rig_end(void **state)
{
	struct rig *r = *state;
	char dir[64];

	strcpy(dir, r->dir);
	rig_free(r);
	if (dir[0] != '\0')
		rig_remove_dir(dir);
	return 0;
}

static inline void
rig_pass(struct rig *r, int64_t s)
{
	loop_run(r->k.loop, (struct mono){ r->clock.mono.ms + s * 1000 });
}

static inline struct addr
rig_addr(unsigned n)
{
	return addr_v4(198, 18, (uint8_t)(n >> 8), (uint8_t)n);
}

struct rig_proof {
	struct addr	addr, exit;	/* exit ::: the address itself */
	bool		unlinked;
	int64_t		minted_ago;	/* seconds before now */
};

/* A receipt that counts, inside a write.  Returns what list_proof() did. */
static inline int
rig_prove_in(struct rig *r, const struct rig_proof *p, bool *listed)
{
	struct wall now = keep_now(&r->k);
	struct attempt a = {
		.id = ++r->attempt, .addr = p->addr, .port = 25,
		.minted = { now.s - p->minted_ago }, .sent = { now.s - p->minted_ago },
	};
	struct receipt c = {
		.attempt = a.id, .kind = TOKEN_RECIPIENT, .counts = 1, .made = now,
		.entry_addr = p->addr, .linked = !p->unlinked,
		.exit_addr = addr_is_none(&p->exit) ? p->addr : p->exit,
	};
	char mail[64];
	int err;

	snprintf(mail, sizeof(mail), "mail %llu", (unsigned long long)a.id);
	err = evidence_put(&c.mail, &r->k, EVIDENCE_RETURNED, str_of(mail));
	if (err == 0)
		err = store_put(r->k.store, &receipt_shape, &c);
	return err == 0 ? list_proof(&r->k, &a, &c, listed) : err;
}

static inline bool
rig_prove(struct rig *r, struct rig_proof p)
{
	bool listed = false;

	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, rig_prove_in(r, &p, &listed)), 0);
	assert_int_equal(keep_flush(&r->k), 0);
	return listed;
}

struct rig_all { struct listing at[512]; size_t n; };

static inline int
rig_take(void *ctx, const void *row)
{
	struct rig_all *all = ctx;

	assert_true(all->n < 512);
	all->at[all->n++] = *(const struct listing *)row;
	return 0;
}

static inline int
rig_take_listing(void *ctx, const struct listing *l)
{
	return rig_take(ctx, l);
}

static inline void
rig_listings(struct rig *r, struct rig_all *out)
{
	out->n = 0;
	assert_int_equal(store_each(r->k.store, Q_LISTING_ALL, NO_ARGS, rig_take, out), 0);
}

static inline bool
rig_listed(struct rig *r, struct addr a, uint8_t code, struct listing *out)
{
	static struct rig_all all;

	rig_listings(r, &all);
	for (size_t i = 0; i < all.n; i++)
		if (addr_eq(&all.at[i].addr, &a) && all.at[i].code == code) {
			if (out != NULL)
				*out = all.at[i];
			return true;
		}
	return false;
}

/* The invariants that hold after everything: the chain verifies, and listing
 * is what the journal says. */
static inline void
rig_check(struct rig *r)
{
	static struct rig_all live, told;
	uint64_t bad = 0;

	if (journal_verify(&r->k, &bad) != 0)
		fail_msg("the chain is broken at %llu", (unsigned long long)bad);
	rig_listings(r, &live);
	told.n = 0;
	assert_int_equal(journal_replay(&r->k, (struct wall){ INT64_MAX },
	    rig_take_listing, &told), 0);
	assert_int_equal(live.n, told.n);
	for (size_t i = 0; i < live.n; i++) {
		const struct listing *a = &live.at[i], *b = &told.at[i];

		if (!addr_eq(&a->addr, &b->addr) || a->code != b->code ||
		    a->since.s != b->since.s || a->until.s != b->until.s ||
		    a->proof.s != b->proof.s || a->proofs != b->proofs ||
		    memcmp(&a->evidence, &b->evidence, sizeof(a->evidence)) != 0)
			fail_msg("row %zu of listing is not what the journal says", i);
	}
}
