/* tests/scenario/growth.c -- a thousand probes leave nothing behind.
 *
 * Runs 1,000 whole tests (nominate, dialogue, mail, verdict) in one process
 * and compares open descriptors and allocated octets after the first 700 with
 * those at the end.  Under a sanitizer the allocator cannot be asked; there
 * the leak check at the end says the same. */
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "keep/nominate.h"
#include "world.h"

enum { ALL = 1000, WARM = 700, SLACK_OCTETS = 16 * 1024 };

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

static unsigned
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n;
}

/* Without SQLite's own, whose page cache fills up to its bound (16 MiB). */
static size_t
octets(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd - (size_t)sqlite3_memory_used();
}

/* One whole test: three of four targets refuse, relay, keep or bounce. */
static void
probe(struct world *w, unsigned i)
{
	struct nomination n = {
		.addr = addr_v4(198, 18, (uint8_t)(2 + i / 250), (uint8_t)(1 + i % 250)),
		.port = 25, .basis = BASIS_AUTHORITY, .depth = DEPTH_GENTLE,
		.has_depth = true, .reason = STR("growth"), .who = STR("test"),
	};
	struct peer *p = &w->peers[0];
	bool joined, reused;

	*p = (struct peer){ .addr = n.addr, .relays = i % 4 == 1, .bounces = i % 4 == 2 };
	w->n_peers = 1;
	if (i % 4 == 0) {
		p->n = 1;
		snprintf(p->rules[0].verb, sizeof(p->rules[0].verb), "RCPT");
		snprintf(p->rules[0].reply, sizeof(p->rules[0].reply), "550 no");
	}
	if (keep_write(w->keep) != 0 ||
	    keep_done(w->keep, nominate_add(w->keep, &n, &joined, &reused)) != 0)
		die("nominate: %s", store_why(w->keep->store));
	world_pass(w, 30);
}

int
main(void)
{
	static struct world w;
	char dir[] = "/tmp/growth.XXXXXX";
	struct conf_why why;
	unsigned fds = 0, fds_end;
	size_t heap = 0, heap_end;
	bool ok_fds, ok_heap;

	if (mkdtemp(dir) == NULL)
		die("no temporary directory");
	world_open(&w, dir);
	if (conf_set(w.conf, "lab.range", STR("198.18.0.0/15"), &why) != 0)
		die("%s", why.text);
	world_start(&w);
	for (unsigned i = 0; i < ALL; i++) {
		if (i == WARM) {
			fds = descriptors();
			heap = octets();
		}
		probe(&w, i);
	}
	fds_end = descriptors();
	heap_end = octets();
	ok_fds = fds_end <= fds;
	ok_heap = SANITIZED || heap_end <= heap + SLACK_OCTETS;
	printf("1..2\n# descriptors %u, then %u; octets %zu, then %zu\n",
	    fds, fds_end, heap, heap_end);
	printf("%s 1 - no descriptor is left over\n", ok_fds ? "ok" : "not ok");
	printf("%s 2 - memory does not grow\n", ok_heap ? "ok" : "not ok");
	world_close(&w);
	world_remove(dir);
	return !(ok_fds && ok_heap);
}
