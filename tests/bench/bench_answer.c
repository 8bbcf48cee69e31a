/* tests/bench/bench_answer.c -- nanoseconds per answer over a million entries;
 * records a second of a walk.
 *
 *	bench_answer [ENTRIES]
 *
 * Not a test: it prints what it measured and judges nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rand.h"
#include "fact/answer_cursor.h"
#include "fact/answer_quick.h"
#include "wire/snapshot_build.h"

enum { QUERIES = 4096, ROUNDS = 1000000 };

struct source { uint32_t n, at, step; };

static int
rewind_source(void *ctx)
{
	((struct source *)ctx)->at = 0;
	return 0;
}

static struct addr
nth(const struct source *s, uint32_t i)
{
	uint32_t a = 0x0b000000 + i * s->step;

	return addr_v4((uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a);
}

static int
next_entry(void *ctx, struct snapshot_entry *out)
{
	struct source *s = ctx;

	if (s->at == s->n)
		return SNAPSHOT_END;
	*out = (struct snapshot_entry){ nth(s, s->at++), 2, SNAPSHOT_ADDRESS };
	return 0;
}

static double
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void *
build(struct source *src, size_t *octets)
{
	const struct snapshot_source source = { rewind_source, next_entry, src };
	const struct snapshot_head head = { .serial = 1, .base_serial = 1, .life = SNAPSHOT_ALIVE };
	struct snapshot_memory m = { .cap = (size_t)src->n * 2 + (1 << 20) };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_builder *room = malloc(snapshot_builder_size());
	struct snapshot_zone zone;
	char url[SNAPSHOT_URL + 1];
	uint64_t len;

	m.p = malloc(m.cap);
	if (m.p == NULL || room == NULL ||
	    snapshot_zone_set(&zone, url, STR("bl.example"), STR("ns.example.net"),
	    STR("hostmaster@bl.example"), STR("https://bl.example/")) != 0 ||
	    snapshot_write_base(&sink, &head, &zone, &source, room, &len) != 0)
		exit(EXIT_SOFTWARE);
	free(room);
	*octets = m.len;
	return m.p;
}

static void
measure(const struct answer_quick *k, const char *what, uint8_t (*q)[DNS_QUERY_MAX],
    const size_t *n)
{
	const struct answer_asker who = { .tcp = false };
	uint8_t out[DNS_EDNS];
	double start = now_s();
	size_t octets = 0;

	for (size_t i = 0; i < ROUNDS; i++)
		octets += answer_quick_make(k, q[i % QUERIES], n[i % QUERIES],
		    &who, out, sizeof(out), NULL);
	printf("%-28s %6.0f ns  %zu octets\n", what,
	    (now_s() - start) / ROUNDS * 1e9, octets / ROUNDS);
}

/* Every record of the zone, as a transfer asks for them. */
static void
walk(const struct snapshot *s)
{
	struct answer_cursor c;
	struct answer_record r;
	double start = now_s(), took;
	size_t n = 0;

	if (answer_cursor_start(&c, s, ANSWER_ZONE) != 0)
		exit(EXIT_SOFTWARE);
	while (answer_cursor_next(&c, &r) == 0)
		n++;
	took = now_s() - start;
	printf("walked: %zu records, %.1f million a second\n", n, (double)n / took / 1e6);
}

static void
ask(uint8_t q[DNS_QUERY_MAX], size_t *n, const struct addr *a, uint16_t type, size_t cut)
{
	char text[ADDR_LABELS + 16], labels[ADDR_LABELS];
	struct dns_name name;

	addr_labels(labels, a);
	for (; cut > 0; cut--)
		memmove(labels, strchr(labels, '.') + 1, strlen(strchr(labels, '.')));
	snprintf(text, sizeof(text), "%s.bl.example", labels);
	if (dns_name_parse(&name, str_of(text)) != 0)
		exit(EXIT_SOFTWARE);
	*n = dns_query_build(q, 1, &name, type);
}

int
main(int argc, char **argv)
{
	static uint8_t q[QUERIES][DNS_QUERY_MAX];
	static struct snapshot_view view;
	static struct answer_quick quick;
	static const struct { const char *what; uint16_t type; bool listed; size_t cut; } rows[] = {
		{ "listed, A", DNS_A, true, 0 }, { "listed, TXT", DNS_TXT, true, 0 },
		{ "not listed, A", DNS_A, false, 0 }, { "empty non-terminal, A", DNS_A, true, 2 },
	};
	struct source src = { .n = 1000000, .step = 211 };
	struct snapshot s = { .base = &view };
	size_t n[QUERIES], octets;
	struct rand r;
	const char *part;
	double start = now_s();
	void *file;

	if (argc > 1)
		src.n = (uint32_t)strtoul(argv[1], NULL, 10);
	src.step = 0xd0000000u / (src.n + 1);
	if (src.n == 0 || src.step < 2)
		return EXIT_USAGE;
	file = build(&src, &octets);
	printf("%" PRIu32 " entries: %zu octets, written in %.0f ms\n", src.n, octets, (now_s() - start) * 1e3);
	start = now_s();
	if (snapshot_open(&view, file, octets, &part) != 0)
		return EXIT_SOFTWARE;
	printf("verified in %.1f ms\n", (now_s() - start) * 1e3);
	answer_quick_set(&quick, &s);
	rand_seeded(&r, 1);
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		for (size_t i = 0; i < QUERIES; i++) {
			struct addr a = nth(&src, (uint32_t)(rand_u64(&r) % src.n));

			a.o[15] ^= rows[k].listed ? 0 : 1;
			ask(q[i], &n[i], &a, rows[k].type, rows[k].cut);
		}
		measure(&quick, rows[k].what, q, n);
	}
	walk(&s);
	free(file);
	return 0;
}
