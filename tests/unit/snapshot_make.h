#pragma once
/* tests/unit/snapshot_make.h -- snapshots in memory, for tests. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/snapshot_build.h"

struct make_source { const struct snapshot_entry *e; size_t n, at; };

static inline int
make_rewind(void *ctx)
{
	((struct make_source *)ctx)->at = 0;
	return 0;
}

static inline int
make_next(void *ctx, struct snapshot_entry *out)
{
	struct make_source *s = ctx;

	if (s->at == s->n)
		return SNAPSHOT_END;
	*out = s->e[s->at++];
	return 0;
}

enum { MAKE_MAX = 4 * 1024 * 1024, MAKE_TTL = 300, MAKE_NEGATIVE = 120 };

/* zone bl.example, one name server inside with an address, one outside. */
static inline void
make_zone(struct snapshot_zone *z, char url[SNAPSHOT_URL + 1])
{
	const struct addr host = addr_v4(192, 0, 2, 53);

	if (snapshot_zone_set(z, url, STR("bl.example"),
	    STR("ns.bl.example ns.example.net"), STR("hostmaster@bl.example"),
	    STR("https://bl.example")) != 0 || snapshot_zone_host(z, 0, &host) != 0)
		abort();
	z->negative_ttl_s = MAKE_NEGATIVE;
}

static inline struct snapshot_head
make_head(uint32_t serial, uint32_t base, uint32_t flags)
{
	return (struct snapshot_head){ .serial = serial, .base_serial = base,
		.made_s = 1700000000, .expiry_s = 1700086400, .flags = flags,
		.life = SNAPSHOT_ALIVE };
}

/* Writes a base of sorted entries into *out (free it).  Returns octets, or a
 * negative sek_err. */
static inline int64_t
make_base(uint8_t **out, uint32_t serial, uint32_t flags,
    const struct snapshot_entry *e, size_t n)
{
	struct make_source src = { e, n, 0 };
	const struct snapshot_source source = { make_rewind, make_next, &src };
	struct snapshot_memory m = { malloc(MAKE_MAX), MAKE_MAX, 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_builder *room = malloc(snapshot_builder_size());
	struct snapshot_head h = make_head(serial, serial, flags);
	struct snapshot_zone *z = malloc(sizeof(*z));
	char url[SNAPSHOT_URL + 1];
	uint64_t octets = 0;
	int err;

	if (m.p == NULL || room == NULL || z == NULL)
		abort();
	make_zone(z, url);
	err = snapshot_write_base(&sink, &h, z, &source, room, &octets);
	free(room);
	free(z);
	if (err != 0 || octets != m.len) {
		free(m.p);
		*out = NULL;
		return err != 0 ? err : SEK_ELIMIT;
	}
	*out = realloc(m.p, octets);	/* exact, so that ASan sees one too far */
	return (int64_t)octets;
}

static inline int64_t
make_overlay(uint8_t **out, uint32_t serial, uint32_t flags,
    const struct snapshot_view *base, const struct snapshot_change *c, size_t n)
{
	struct snapshot_memory m = { malloc(snapshot_overlay_max(n)),
		snapshot_overlay_max(n), 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_head h = make_head(serial, 0, flags);
	uint64_t octets = 0;
	int err;

	if (m.p == NULL)
		abort();
	err = snapshot_write_overlay(&sink, &h, base, c, n, &octets);
	if (err != 0 || octets != m.len) {
		free(m.p);
		*out = NULL;
		return err != 0 ? err : SEK_ELIMIT;
	}
	*out = realloc(m.p, octets);
	return (int64_t)octets;
}

static inline int
make_cmp(const void *a, const void *b)
{
	return snapshot_entry_cmp(a, b);
}

/* Sorts and drops doubles; returns how many are left. */
static inline size_t
make_sort(struct snapshot_entry *e, size_t n)
{
	size_t k = 0;

	qsort(e, n, sizeof(*e), make_cmp);
	for (size_t i = 0; i < n; i++)
		if (k == 0 || make_cmp(&e[k - 1], &e[i]) != 0)
			e[k++] = e[i];
	return k;
}

/* For snapshot_each(): entries as words into a FILE, "+" an address, "*" a
 * range, "-" an exception. */
static inline int
make_words(void *ctx, const struct snapshot_entry *e)
{
	struct net net = snapshot_entry_net(e);
	char text[NET_TEXT];

	net_text(text, &net);
	fprintf(ctx, "%c%s=%u ", "+*-"[e->form], text, e->code);
	return 0;
}
